//! Storage in PostgreSQL: for a hub of several processes, or one whose data is looked after elsewhere.
//!
//! Reads take a connection from a pool and see the newest committed state; a read of several
//! statements is one transaction, hence one snapshot. Writes go through the [`writer`], one transaction
//! per book; the book's row, locked, is what gives numbers their order. Other processes work on the same
//! database: nothing is remembered between transactions.

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

use std::str::FromStr;
use std::time::Duration;

use futures::FutureExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::time::timeout;

use super::Stored;
use super::columns::{Columns, Fill, take_page};
use fault::{Fault, Outcome};
use script::Query;
use writer::{Begin, WRITERS, Work, Writer, run_tx};

/// The oldest PostgreSQL this engine is tested with, as the server numbers itself.
const OLDEST_POSTGRES: u32 = 15_00_00;

/// Connections for reading.
const READERS: u32 = 8;

/// How long a connection is waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection unused for longer is asked whether it is still there before it is used.
const SURELY_ALIVE: Duration = Duration::from_secs(1);

/// Unused connections are closed after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// Connections are renewed after this time: what a server keeps for one only grows.
const LIFETIME: Duration = Duration::from_secs(1_800);

/// Prepared statements a connection keeps.
const STATEMENTS: usize = 256;

/// Times a read is tried on a connection that turns out to be dead, as each of them may.
const READ_ATTEMPTS: u32 = READERS + 2;

/// How long a read may take before its connection is given up; longer than the server's own limit.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// What the server enforces by itself, in milliseconds: for one statement, for waiting for a lock, and
/// for a transaction nobody works on, whose locks hold up its book.
const LIMITS: [(&str, &str); 4] = [
    ("statement_timeout", "30000"),
    ("lock_timeout", "10000"),
    ("idle_in_transaction_session_timeout", "60000"),
    ("client_min_messages", "warning"),
];

/// Whether an address of PostgreSQL can be read; whether anything is there is another matter.
#[must_use]
pub fn is_address(url: &str) -> bool {
    PgConnectOptions::from_str(url).is_ok()
}

/// The hub's storage in a PostgreSQL database. Clones share connections; they are closed with the last.
#[derive(Clone)]
pub struct PostgresStorage {
    readers: PgPool,
    writer: Writer,
}

impl PostgresStorage {
    /// Opens the storage at an address (`postgres://...`), and brings it to this version's shape. Needs
    /// the runtime it is later used on.
    ///
    /// # Errors
    /// `Failed` when the database cannot be reached or used or a step of its history was changed, `Busy`
    /// when it is starting or another process holds it.
    pub async fn open(url: &str) -> Stored<Self> {
        Ok(Self::open_with(url, READERS).await?)
    }

    async fn open_with(url: &str, readers: u32) -> Outcome<Self> {
        let mut options = PgConnectOptions::from_str(url)?
            .application_name("fieldbook")
            .options(LIMITS)
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(not_let_in)?;
        if check(&mut connection).await? == Durable::OnRequest {
            options = options.options([("synchronous_commit", "on")]);
        }
        migrate(&mut connection).await?;
        connection.close().await?;
        let pool = |size| {
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
                .max_lifetime(LIFETIME)
                .test_before_acquire(false)
                .before_acquire(|connection, about| {
                    Box::pin(
                        async move { Ok(about.idle_for < SURELY_ALIVE || connection.ping().await.is_ok()) },
                    )
                })
                .connect_lazy_with(options.clone())
        };
        Ok(Self { readers: pool(readers), writer: Writer::new(pool(WRITERS)) })
    }

    /// Whether writes are taken: the newest one was, or failed by its own fault.
    ///
    /// # Errors
    /// Why it failed.
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

    /// Whether the server has such a role.
    pub(in crate::storage) async fn has_role(&self, name: &str) -> Stored<bool> {
        let mut query = Query::of("SELECT count(*) FROM pg_roles WHERE rolname = $1");
        query.text(name);
        Ok(Columns::only(&self.read(query).await?)?.integer()? > 0)
    }

    /// Runs a script that nobody outside wrote a word of, on a connection of its own.
    pub(in crate::storage) async fn run_script(&self, script: String) -> Stored<()> {
        let mut connection = self.writer.connection(&self.readers).await?;
        connection.close_on_drop();
        let ran = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *connection).await;
        Ok(ran.map(drop).map_err(Fault::from)?)
    }

    /// All rows of one statement.
    async fn read(&self, query: Query) -> Outcome<Vec<PgRow>> {
        self.reading(&query, |connection, query| query.clone().fetch(connection).boxed()).await
    }

    /// Rows of one statement up to `max_bytes`, at least one; true when there were no more.
    async fn page<T>(
        &self,
        query: Query,
        max_bytes: usize,
        read: fn(&PgRow) -> Stored<T>,
        size: fn(&T) -> usize,
    ) -> Outcome<(Vec<T>, bool)>
    where
        T: Send,
    {
        let given = (query, max_bytes, read, size);
        self.reading(&given, |connection, (query, max_bytes, read, size)| {
            let mut found = query.clone().stream(connection);
            async move { take_page(&mut found, *max_bytes, *read, size).await }.boxed()
        })
        .await
    }

    /// Reads on a connection, and on another one when the first turns out to be dead.
    async fn reading<A, T>(&self, given: &A, read: Work<A, T>) -> Outcome<T> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut connection = self.writer.connection(&self.readers).await?;
            let reading = timeout(READ_PATIENCE, read(&mut connection, given)).await;
            match reading.unwrap_or_else(|_| Err(Fault::silent(READ_PATIENCE))) {
                Err(fault) if fault.again() => {
                    connection.close_on_drop();
                    if attempts == READ_ATTEMPTS {
                        self.writer.note(&fault);
                        return Err(fault);
                    }
                }
                done => return done,
            }
        }
    }

    /// Several reads of one snapshot.
    async fn snapshot<A, T>(&self, name: &'static str, given: &A, work: Work<A, T>) -> Outcome<T> {
        run_tx(&self.readers, name, Begin::Snapshot, given, work).await
    }
}

/// Why the very first connection cannot be had. Later ones are tried again, this one is not.
fn not_let_in(error: sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Io(why) => Fault::failed(format!(
            "no PostgreSQL answers at its address: {why}. Start it, or mend the address"
        )),
        sqlx::Error::Tls(why) => Fault::failed(format!("no safe line to PostgreSQL: {why}")),
        other => other.into(),
    }
}

/// Whether an acknowledged write survives a crash of the server.
#[derive(Debug, PartialEq, Eq)]
enum Durable {
    /// It does.
    Already,
    /// It would not, as the server is set up; a session may ask for it.
    OnRequest,
}

/// Checks that the server is one this engine can work with.
async fn check(connection: &mut PgConnection) -> Outcome<Durable> {
    let version = connection.server_version_num().unwrap_or_default();
    if version < OLDEST_POSTGRES {
        let (major, oldest) = (version / 10_000, OLDEST_POSTGRES / 10_000);
        return Err(Fault::failed(format!("PostgreSQL {major} is too old; {oldest} or newer is needed")));
    }
    let sql = "SELECT current_setting('server_encoding'), current_setting('fsync'), \
        current_setting('synchronous_commit')";
    let (encoding, fsync, commit): (String, String, String) =
        sqlx::query_as(sql).fetch_one(connection).await?;
    if encoding != "UTF8" {
        return Err(Fault::failed(format!("the database's encoding is {encoding}; it must be UTF8")));
    }
    if fsync == "off" {
        tracing::warn!("the database runs with fsync=off: a power failure loses acknowledged edits");
    }
    Ok(if commit == "off" { Durable::OnRequest } else { Durable::Already })
}

/// Runs what is missing of the migrations, one process at a time. They may take longer than a statement
/// of every day.
async fn migrate(connection: &mut PgConnection) -> Outcome<()> {
    let begin = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
        SELECT pg_advisory_xact_lock(17986, 1)";
    sqlx::raw_sql(begin).execute(&mut *connection).await?;
    let mut steps = sqlx::migrate!("../migrations/postgres");
    // Steps of a newer version only add, so this one may go on after it was tried.
    steps.set_ignore_missing(true);
    // Not `run`: its future cannot be spawned.
    steps.run_direct(None, &mut *connection, false).await?;
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
