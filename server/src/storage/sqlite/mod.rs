//! Storage in SQLite, the default engine: one file in one folder, no server beside the hub.
//!
//! Reads take a connection from a pool and see the newest committed state; a read of several
//! statements is one transaction, hence one snapshot. Writes go through the one [`writer`]. Another
//! process may have the same folder open: nothing is remembered between transactions.

mod accounts;
mod backup;
mod columns;
mod commit;
mod compaction;
mod documents;
mod fault;
mod feed;
mod figures;
mod organisation;
mod rows;
mod script;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};

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

/// Pages the log grows by before it is carried over into the database (32 MiB). Commits touch pages all
/// over the file, the same ones again and again; carried over less often, they are written less often.
const CHECKPOINT_PAGES: &str = "8000";

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
    readers: SqlitePool,
    writer: Writer,
}

impl SqliteStorage {
    /// Opens the storage of a folder, which is made if it is missing, and brings it to this version's
    /// shape. Needs the runtime it is later used on.
    ///
    /// # Errors
    /// `Damaged` when the file is no database or its content broken, `Busy` when another process
    /// holds it, `Unwritable` or `Failed` when the folder cannot be used or a step of its history was
    /// changed. A database that can be read but not written is open for reading, and
    /// [`Self::writable`] says why.
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
        let options = options(&folder.join(FILE));
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .pragma("cache_size", WRITER_CACHE);
        let mut connection = writing.connect().await?;
        check_version(&mut connection).await?;
        migrate(&mut connection).await?;
        let halted = try_writing(&mut connection).await.err();
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        let readers = pool.connect_with(options.read_only(true)).await?;
        Ok(Self { readers, writer: Writer::start(connection, writing, halted.map(Fault::into)) })
    }

    /// Whether writes are taken. They are not where the database cannot be written, and not after a
    /// failure of the disk: what it holds is then uncertain until the storage is opened again.
    ///
    /// # Errors
    /// The failure.
    pub fn writable(&self) -> Stored<()> {
        self.writer.writable()
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
        script.fetch(&mut connection).await
    }

    /// A snapshot for reads of several statements.
    async fn snapshot(&self) -> Outcome<Transaction<'static, Sqlite>> {
        Ok(self.readers.begin().await?)
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
