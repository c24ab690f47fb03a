//! Storage in SQLite, the default engine: one file in one folder, no server beside the hub.
//!
//! Reads take a connection from a pool and see the newest committed state; a read of several
//! statements is one transaction, hence one snapshot. Writes go through the one [`writer`]. Another
//! process may have the same folder open: nothing is remembered between transactions.

mod accounts;
mod audit;
mod backup;
mod blocks;
mod closings;
mod columns;
mod commit;
mod compaction;
mod documents;
mod fault;
mod feed;
mod figures;
mod history;
mod keys;
mod organisation;
mod proof;
mod rows;
mod script;
mod settings;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::RwLock;
use tokio::time::timeout;

use super::{StorageError, Stored};
pub use backup::file_in;
use fault::{Fault, Outcome};
use script::Script;
use writer::Writer;

/// The database's file in the hub's folder.
pub const FILE: &str = "hub.db";

/// The first SQLite without the error that could damage a write-ahead log two connections reset at
/// once (3.7.0 to 3.51.2).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// How long a connection waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections for reading.
const READERS: u32 = 4;

/// Rows a connection's thread reads ahead of whoever takes them; documents may be large.
const ROWS_AHEAD: usize = 64;

/// How long readers are waited for that must all leave.
const LEAVING: Duration = Duration::from_secs(5);

/// The writer's page cache, in KiB as SQLite wants it: negative.
const WRITER_CACHE: &str = "-65536";

/// How long opening is tried again when others open the same new database.
const OPENING: Duration = Duration::from_secs(2);

/// The wait between two tries.
const BETWEEN_OPENINGS: Duration = Duration::from_millis(25);

/// Compiled statements a connection keeps.
const STATEMENTS: usize = 256;

/// The hub's storage in a folder. Clones share connections; everything ends with the last clone.
#[derive(Clone)]
pub struct SqliteStorage {
    readers: Readers,
    writer: Writer,
}

/// Connections for reading. For a while all of them can be closed; whoever wants one waits then.
#[derive(Clone)]
struct Readers {
    options: Arc<SqliteConnectOptions>,
    pool: Arc<RwLock<SqlitePool>>,
}

impl SqliteStorage {
    /// Opens the storage of a folder, which is made if it is missing, and brings it to this version's
    /// shape. Needs the runtime it is later used on.
    ///
    /// # Errors
    /// `Damaged` when the file is no database or its content broken, `Busy` when another process
    /// holds it, `Unwritable` or `Failed` when the folder cannot be used or a step of its history was
    /// changed. A database that can be read but not written is open for reading,
    /// [`Self::writable`] says why, and it takes writes as soon as it can be written.
    pub async fn open(folder: &Path) -> Stored<Self> {
        // SQLite does not wait for others while a new database is being put into write-ahead mode.
        let begun = Instant::now();
        loop {
            match Self::open_inside(folder).await {
                Err(Fault { error: StorageError::Busy, .. }) if begun.elapsed() < OPENING => {
                    tokio::time::sleep(BETWEEN_OPENINGS).await;
                }
                opened => return Ok(opened?),
            }
        }
    }

    async fn open_inside(folder: &Path) -> Outcome<Self> {
        make_private(folder).await?;
        let file = folder.join(FILE);
        let left = match proof::renew_what_was_left(&file).await {
            Err(fault) if fault.stops() => Some(fault),
            done => done.map(|()| None)?,
        };
        let options = options(&file);
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // The writer does it, and notices when it fails.
            .pragma("wal_autocheckpoint", "0")
            .pragma("cache_size", WRITER_CACHE);
        let mut connection = writing.connect().await?;
        check_version(&mut connection).await?;
        migrate(&mut connection).await?;
        let halted = left.or(try_writing(&mut connection).await.err());
        let readers = Readers::open(options.read_only(true)).await?;
        let writer = Writer::start(connection, writing, readers.clone(), halted);
        Ok(Self { readers, writer })
    }

    /// Whether writes are taken. They are not where the database cannot be written, and not after a
    /// failure of the disk until the storage has been opened again and has proved itself.
    ///
    /// # Errors
    /// The failure.
    pub fn writable(&self) -> Stored<()> {
        self.writer.writable()
    }

    /// Whether what is written now becomes durable; where no write has shown it lately, one is made.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self) -> Stored<()> {
        self.writer.ready().await
    }

    async fn write<T, F>(&self, work: F) -> Stored<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// All rows of one statement.
    async fn read(&self, script: Script) -> Outcome<Vec<SqliteRow>> {
        let mut connection = self.readers.acquire().await?;
        script.fetch(&mut connection).await.map_err(Fault::while_reading)
    }

    /// A snapshot for reads of several statements.
    async fn snapshot(&self) -> Outcome<Transaction<'static, Sqlite>> {
        self.readers.begin().await
    }
}

impl Readers {
    async fn open(options: SqliteConnectOptions) -> Outcome<Self> {
        let pool = Self::pool().connect_with(options.clone()).await?;
        Ok(Self { options: Arc::new(options), pool: Arc::new(RwLock::new(pool)) })
    }

    fn pool() -> SqlitePoolOptions {
        SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    }

    async fn acquire(&self) -> Outcome<PoolConnection<Sqlite>> {
        self.pool.read().await.acquire().await.map_err(|error| Fault::from(error).while_reading())
    }

    async fn begin(&self) -> Outcome<Transaction<'static, Sqlite>> {
        self.pool.read().await.begin().await.map_err(|error| Fault::from(error).while_reading())
    }

    /// Does `work` while all of them are closed; `Busy` when some do not leave.
    async fn while_closed<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let mut pool = self.pool.write().await;
        let done = match timeout(LEAVING, pool.close()).await {
            Ok(()) => work.await,
            Err(_) => Err(StorageError::Busy.into()),
        };
        *pool = Self::pool().connect_lazy_with(SqliteConnectOptions::clone(&self.options));
        // One is open as long as there is a writer: the last handle that is closed carries the log over, and
        // nobody would hear of a failure.
        let first = pool.acquire().await;
        done.and_then(|done| first.map(|_| done).map_err(Fault::from))
    }
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(false)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_AHEAD)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging()
}

/// Makes the folder for this user alone, and its name durable.
async fn make_private(folder: &Path) -> Outcome<()> {
    if tokio::fs::try_exists(folder).await? {
        return Ok(());
    }
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await?;
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        tokio::fs::File::open(parent).await?.sync_all().await?;
    }
    Ok(())
}

async fn check_version(connection: &mut SqliteConnection) -> Outcome<()> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if parts[..] < OLDEST_SQLITE[..] {
        return Err(Fault::failed(format!("SQLite {version} can damage its log; 3.51.3 or newer is needed")));
    }
    Ok(())
}

/// Finds out whether the database can be written: SQLite opens one that cannot without a word. Nothing
/// is written.
async fn try_writing(connection: &mut SqliteConnection) -> Outcome<()> {
    sqlx::query("DELETE FROM accounts WHERE 0").execute(connection).await?;
    Ok(())
}

/// Runs what is missing of the migrations, one process at a time.
async fn migrate(connection: &mut SqliteConnection) -> Outcome<()> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut steps = sqlx::migrate!("../migrations/sqlite");
    // Steps of a newer version only add, so this one may go on after it was tried.
    steps.set_ignore_missing(true);
    // Not `run`: its future cannot be spawned.
    steps.run_direct(None, &mut *transaction, false).await?;
    Ok(transaction.commit().await?)
}
