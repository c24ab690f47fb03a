//! The store of a laptop or phone: one SQLite file in the home folder.
//!
//! One table, one connection that has the file to itself, a write-ahead log, and a sync of the disk with
//! every commit.

use std::collections::HashMap;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, QueryBuilder, Sqlite, SqliteConnection};
use tokio::sync::Mutex;

use super::folder::{self, Folder};
use super::{Batch, Store, StoreError};

/// Format of the file, kept in SQLite's `user_version`.
const FORMAT: i64 = 1;
/// Rows that one statement reads or writes. Every statement is a round trip to the connection's
/// thread, which costs more than the row.
const ROWS_PER_STATEMENT: usize = 100;
/// The oldest SQLite without the bug that can lose committed pages when a write-ahead log is
/// reset (fixed in 3.51.3).
const OLDEST_ENGINE: (u32, u32, u32) = (3, 51, 3);

/// Handle to an open store on disk. Clones share it; the home folder is free for another program
/// once the last clone is gone, its running commit has ended, or [`close`](Self::close) returned.
#[derive(Clone)]
pub struct SqliteStore {
    /// `None` once closed. The lock is fair, so commits run in the order in which they began.
    database: Arc<Mutex<Option<Database>>>,
}

struct Database {
    // Declared first, so that the connection goes before the lock of the folder.
    connection: SqliteConnection,
    _folder: Folder,
    /// Set while a commit runs, and for good by one of which only opening again tells whether it
    /// happened.
    uncertain: bool,
    /// A program that ended in the middle left a log. The system may show it and the disk not hold it: what
    /// is written behind a gap would be lost with it.
    unproved: bool,
}

/// Work on the open database.
type Working<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

impl SqliteStore {
    /// Opens the store in `home`, creating folder and file where they are missing.
    ///
    /// Errors: [`StoreError::Locked`] when another program has it open, `Damaged` when the file is
    /// no store, `TooNew`, `OldEngine`, `Unwritable`, `Full`, `Io`.
    pub async fn open(home: &Path) -> Result<Self, StoreError> {
        let folder = Folder::claim(home)?;
        let (path, unproved) = (folder.database()?, folder.holds_log()?);
        let mut connection = connect(&path).await.map_err(from_sqlx)?;
        prepare(&mut connection, &folder).await?;
        let mut database = Database { connection, _folder: folder, uncertain: false, unproved };
        // Where the disk is full or fails, what is there can be read all the same.
        database.prove().await.ok();
        Ok(Self { database: Arc::new(Mutex::new(Some(database))) })
    }

    /// Whether a store was ever made in `home`. Looks and makes nothing.
    pub fn exists(home: &Path) -> Result<bool, StoreError> {
        Folder::holds_database(home)
    }

    /// Ends the store in order: the log is folded into the file and the folder is free when this
    /// returns. Other clones get an error from then on. Dropping every clone is safe too, only
    /// later and with the log left behind.
    pub async fn close(self) -> Result<(), StoreError> {
        let Some(database) = self.database.lock().await.take() else { return Ok(()) };
        database.connection.close().await.map_err(from_sqlx)
    }
}

impl SqliteStore {
    /// Does `work` when all that began before is done, in a task of its own. A caller that goes
    /// away cannot cut a transaction, and one that merely stops polling holds up nobody else.
    async fn in_turn<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Database) -> Working<'a, T> + Send + 'static,
    {
        let mut turn = Box::pin(tokio::task::unconstrained(Arc::clone(&self.database).lock_owned()));
        // The first poll takes the place in the queue. The task must not do it: tasks start in any
        // order.
        let first = poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await;
        let task = tokio::spawn(async move {
            let mut slot = match first {
                Poll::Ready(slot) => slot,
                Poll::Pending => turn.await,
            };
            let database = slot.as_mut().filter(|database| !database.uncertain).ok_or_else(closed)?;
            work(database).await
        });
        task.await.unwrap_or_else(|error| Err(StoreError::io(error)))
    }
}

impl Store for SqliteStore {
    async fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let asked = keys.to_vec();
        let found = self
            .in_turn(move |database| Box::pin(async move { database.get(&asked).await.map_err(from_sqlx) }))
            .await?;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn scan(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let prefix = prefix.to_vec();
        self.in_turn(move |database| Box::pin(async move { database.scan(&prefix).await.map_err(from_sqlx) }))
            .await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.in_turn(move |database| Box::pin(database.commit(batch))).await
    }
}

impl Database {
    async fn get(&mut self, keys: &[Vec<u8>]) -> sqlx::Result<HashMap<Vec<u8>, Vec<u8>>> {
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT key, value FROM records WHERE key IN (");
            let mut list = query.separated(", ");
            keys.iter().for_each(|key| {
                list.push_bind(key.as_slice());
            });
            query.push(")");
            let rows = query.build_query_as().persistent(worth_keeping(keys.len()));
            found.extend(rows.fetch_all(&mut self.connection).await?);
        }
        Ok(found)
    }

    async fn scan(&mut self, prefix: &[u8]) -> sqlx::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let rows = match end_of(prefix) {
            Some(end) => {
                sqlx::query_as("SELECT key, value FROM records WHERE key >= ? AND key < ? ORDER BY key")
                    .bind(prefix)
                    .bind(end)
            }
            None => sqlx::query_as("SELECT key, value FROM records WHERE key >= ? ORDER BY key").bind(prefix),
        };
        rows.fetch_all(&mut self.connection).await
    }

    /// Writes the log that was left over into the file, each page once more, and syncs that. Until it is done
    /// nothing is saved: after a sync that failed, a later one that succeeds proves nothing of what was under
    /// way then.
    async fn prove(&mut self) -> Result<(), StoreError> {
        if self.unproved {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let done: (i64, i64, i64) =
                sqlx::query_as(sql).fetch_one(&mut self.connection).await.map_err(from_sqlx)?;
            self.unproved = done.0 != 0;
        }
        if self.unproved { Err(StoreError::Locked) } else { Ok(()) }
    }

    /// The transaction is in plain statements: sqlx counts open transactions itself, and counts
    /// wrong for good once SQLite ends one on its own, as it does when the disk is full.
    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.prove().await?;
        self.uncertain = true;
        let outcome = self.transaction(batch).await.map_err(from_sqlx);
        match outcome {
            Ok(()) => {}
            // Plain refusals: nothing was written.
            Err(StoreError::Full | StoreError::Unwritable { .. } | StoreError::Locked) => {
                self.leave_transaction().await?;
            }
            // After a failed sync, say, nobody knows what the disk holds, and a second sync may
            // report success over lost pages.
            Err(_) => return outcome,
        }
        self.uncertain = false;
        outcome
    }

    async fn transaction(&mut self, batch: Batch) -> sqlx::Result<()> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        self.write(batch).await?;
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Makes sure that no transaction is open, whether or not SQLite has ended it already.
    async fn leave_transaction(&mut self) -> Result<(), StoreError> {
        // Fails when none is open, which is as good; a new one begins only if none is.
        sqlx::query("ROLLBACK").execute(&mut self.connection).await.ok();
        for statement in ["BEGIN", "ROLLBACK"] {
            sqlx::query(statement).execute(&mut self.connection).await.map_err(from_sqlx)?;
        }
        Ok(())
    }

    async fn write(&mut self, batch: Batch) -> sqlx::Result<()> {
        let mut puts = Vec::new();
        let mut deletes = Vec::new();
        for (key, value) in batch.into_last_writes() {
            match value {
                Some(value) => puts.push((key, value)),
                None => deletes.push(key),
            }
        }
        for rows in puts.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO records (key, value) ");
            query.push_values(rows, |mut row, (key, value)| {
                row.push_bind(key.as_slice()).push_bind(value.as_slice());
            });
            query.push(" ON CONFLICT (key) DO UPDATE SET value = excluded.value");
            query.build().persistent(worth_keeping(rows.len())).execute(&mut self.connection).await?;
        }
        for keys in deletes.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM records WHERE key IN (");
            let mut list = query.separated(", ");
            keys.iter().for_each(|key| {
                list.push_bind(key.as_slice());
            });
            query.push(")");
            query.build().persistent(worth_keeping(keys.len())).execute(&mut self.connection).await?;
        }
        Ok(())
    }
}

/// Whether a statement of this many rows comes often enough to stay prepared.
fn worth_keeping(rows: usize) -> bool {
    rows <= 4 || rows == ROWS_PER_STATEMENT
}

/// The smallest key after all keys with this prefix; `None` when there is no such key.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

async fn connect(path: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(path)
        // One connection has the file, so the index of the log can be in its memory. Beside the file it
        // would need room, and a full disk would keep even readers out.
        .locking_mode(SqliteLockingMode::Exclusive)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // On macOS a plain sync leaves the data in the cache of the drive. Elsewhere no effect.
        .pragma("fullfsync", "1")
        .pragma("checkpoint_fullfsync", "1")
        .disable_statement_logging()
        .connect()
        .await
}

/// Checks that the engine and the file are ones we can trust; gives a new file its table.
async fn prepare(connection: &mut SqliteConnection, folder: &Folder) -> Result<(), StoreError> {
    let (engine, format, tables, ours) = inspect(connection).await.map_err(from_sqlx)?;
    check_engine(&engine)?;
    match (format, tables, ours) {
        (FORMAT, _, 1) => Ok(()),
        (0, 0, _) => {
            create(connection).await.map_err(from_sqlx)?;
            folder.sync_names()
        }
        (newer, _, _) if newer > FORMAT => {
            Err(StoreError::TooNew { found: u32::try_from(newer).unwrap_or(u32::MAX) })
        }
        _ => Err(StoreError::damaged("store.db is a database of something else")),
    }
}

/// Version of the engine, format of the file, number of its tables, and of those named like ours.
async fn inspect(connection: &mut SqliteConnection) -> sqlx::Result<(String, i64, i64, i64)> {
    sqlx::query_as(
        "SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version), count(*), \
         count(CASE WHEN name = 'records' THEN 1 END) FROM sqlite_schema",
    )
    .fetch_one(connection)
    .await
}

async fn create(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "CREATE TABLE records (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query("PRAGMA user_version = 1").execute(&mut *transaction).await?;
    transaction.commit().await
}

fn check_engine(version: &str) -> Result<(), StoreError> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0_u32));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) >= OLDEST_ENGINE {
        return Ok(());
    }
    Err(StoreError::OldEngine { found: version.to_owned() })
}

fn closed() -> StoreError {
    StoreError::io("it was closed, or a write to it failed before")
}

fn from_sqlx(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(cause) => {
            let code = cause.code().and_then(|code| code.parse().ok()).unwrap_or(0);
            from_code(code, cause.message())
        }
        sqlx::Error::Io(cause) => folder::from_io(cause),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::damaged(error.to_string()),
        _ => StoreError::io(error),
    }
}

/// What a result code of SQLite means to a person; see <https://sqlite.org/rescode.html>. The low
/// byte is the class, the rest tells variants apart.
fn from_code(code: i32, message: &str) -> StoreError {
    const CORRUPT_FILE_SYSTEM: i32 = 10 | (33 << 8);
    let what = format!("{message}, SQLite code {code}");
    match (code, code & 0xff) {
        (CORRUPT_FILE_SYSTEM, _) | (_, 11 | 26) => StoreError::Damaged { what },
        (_, 3 | 8 | 14) => StoreError::Unwritable { what },
        (_, 5 | 6) => StoreError::Locked,
        (_, 13) => StoreError::Full,
        _ => StoreError::Io { what },
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::{Seek, SeekFrom, Write};

    use tempfile::TempDir;

    use super::*;
    use crate::store::conformance::{self, Rig, get_one, put_one};

    /// Keeps the folders of the stores it made; the last one is that of the newest store.
    #[derive(Default)]
    struct Disk {
        homes: Vec<TempDir>,
    }

    impl Rig for Disk {
        type Store = SqliteStore;

        async fn fresh(&mut self) -> SqliteStore {
            self.homes.push(tempfile::tempdir().unwrap());
            SqliteStore::open(self.homes.last().unwrap().path()).await.unwrap()
        }

        async fn reopen(&mut self, store: SqliteStore) -> SqliteStore {
            store.close().await.unwrap();
            SqliteStore::open(self.homes.last().unwrap().path()).await.unwrap()
        }
    }

    async fn code_of_open(home: &Path) -> &'static str {
        SqliteStore::open(home).await.err().expect("refused").code()
    }

    /// Runs a statement behind the store's back.
    async fn execute(store: &SqliteStore, statement: &'static str) {
        let mut slot = store.database.lock().await;
        sqlx::query(statement).execute(&mut slot.as_mut().unwrap().connection).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        conformance::run(Disk::default()).await;
    }

    #[tokio::test]
    async fn conforms_on_one_thread() {
        conformance::run(Disk::default()).await;
    }

    #[tokio::test]
    async fn the_second_program_is_told_that_the_store_is_open() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        let clone = store.clone();
        assert_eq!(code_of_open(home.path()).await, "STORE-LOCKED");
        store.close().await.unwrap();
        assert_eq!(get_one(&clone, "k").await.unwrap_err().code(), "STORE-IO");
        SqliteStore::open(home.path()).await.unwrap();
    }

    #[tokio::test]
    async fn a_dropped_store_can_be_opened_again_with_all_it_had() {
        let home = tempfile::tempdir().unwrap();
        for round in 0..5 {
            let store = SqliteStore::open(home.path()).await.unwrap();
            assert_eq!(store.scan(b"").await.unwrap().len(), round);
            put_one(&store, &format!("k{round}"), "v").await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_store_is_damaged_and_left_alone() {
        let junk: Vec<u8> = (0..10_000_u32).map(|index| (index * 7 % 251) as u8).collect();
        for garbage in [&junk[..], &junk[..10], b"SQLite format 3\0 and then nothing of the kind"] {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join("store.db");
            std::fs::write(&file, garbage).unwrap();
            assert_eq!(code_of_open(home.path()).await, "STORE-DAMAGED", "{} bytes", garbage.len());
            assert_eq!(std::fs::read(&file).unwrap(), garbage);
        }
    }

    #[tokio::test]
    async fn a_page_overwritten_in_the_middle_is_damaged() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        let mut batch = Batch::new();
        (0..500).for_each(|index| batch.put(format!("k{index}"), vec![7; 500]));
        store.commit(batch).await.unwrap();
        store.close().await.unwrap();

        let mut file = OpenOptions::new().write(true).open(home.path().join("store.db")).unwrap();
        file.seek(SeekFrom::Start(2 * 4096)).unwrap();
        file.write_all(&vec![0xa5; 8 * 4096]).unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        assert_eq!(store.scan(b"").await.unwrap_err().code(), "STORE-DAMAGED");
    }

    #[tokio::test]
    async fn formats_and_programs_are_told_apart() {
        for (statement, code) in [
            ("PRAGMA user_version = 2", "STORE-TOO-NEW"),
            ("PRAGMA user_version = 0", "STORE-DAMAGED"),
            ("PRAGMA user_version = -1", "STORE-DAMAGED"),
            ("ALTER TABLE records RENAME TO others", "STORE-DAMAGED"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(home.path()).await.unwrap();
            execute(&store, statement).await;
            store.close().await.unwrap();
            assert_eq!(code_of_open(home.path()).await, code, "{statement}");
        }
    }

    #[tokio::test]
    async fn a_full_disk_loses_only_the_batch_that_met_it() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        put_one(&store, "before", "1").await.unwrap();
        execute(&store, "PRAGMA max_page_count = 10").await;
        // Several statements. When the one without room has a single row, SQLite ends the whole
        // transaction on its own; with several rows it undoes the statement and waits.
        for large in ["z alone in the last statement", "a among others"] {
            let mut batch = Batch::new();
            (0..2 * ROWS_PER_STATEMENT).for_each(|index| batch.put(format!("small {index}"), "1"));
            batch.put(large, vec![0; 100_000]);
            assert_eq!(store.commit(batch).await, Err(StoreError::Full), "{large}");
            assert_eq!(store.scan(b"small").await.unwrap(), [], "{large}");
            put_one(&store, "after", large).await.unwrap();
        }
        assert_eq!(get_one(&store, "before").await.unwrap(), Some(b"1".to_vec()));
    }

    #[tokio::test]
    async fn a_store_that_became_read_only_still_reads_and_recovers() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        put_one(&store, "k", "1").await.unwrap();
        execute(&store, "PRAGMA query_only = 1").await;
        assert_eq!(put_one(&store, "k", "2").await.unwrap_err().code(), "STORE-UNWRITABLE");
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"1".to_vec()));
        execute(&store, "PRAGMA query_only = 0").await;
        put_one(&store, "k", "2").await.unwrap();
    }

    #[tokio::test]
    async fn after_a_write_that_failed_oddly_only_opening_again_helps() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        // A table that is gone stands for any failure that is neither full nor read-only.
        execute(&store, "ALTER TABLE records RENAME TO others").await;
        assert_eq!(put_one(&store, "k", "1").await.unwrap_err().code(), "STORE-IO");
        assert_eq!(put_one(&store, "k", "1").await, Err(closed()));
        assert_eq!(get_one(&store, "k").await, Err(closed()));
        store.close().await.unwrap();
        assert_eq!(code_of_open(home.path()).await, "STORE-DAMAGED");
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_says_so() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("file"), "x").unwrap();
        assert_eq!(code_of_open(&home.path().join("file/store")).await, "STORE-UNWRITABLE");
        std::fs::create_dir(home.path().join("store.db")).unwrap();
        assert_eq!(code_of_open(home.path()).await, "STORE-UNWRITABLE");
    }

    #[tokio::test]
    async fn a_log_that_was_left_is_written_into_the_file_before_anything_else() {
        let (home, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = SqliteStore::open(home.path()).await.unwrap();
        put_one(&store, "k", "1").await.unwrap();
        // What a program that ends here leaves.
        for name in ["store.db", "store.db-wal"] {
            std::fs::copy(home.path().join(name), copy.path().join(name)).unwrap();
        }
        let log = copy.path().join("store.db-wal");
        assert!(log.metadata().unwrap().len() > 0);
        let opened = SqliteStore::open(copy.path()).await.unwrap();
        assert_eq!(log.metadata().unwrap().len(), 0);
        assert_eq!(get_one(&opened, "k").await.unwrap(), Some(b"1".to_vec()));
        put_one(&opened, "k", "2").await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_log_beside_the_file_is_private_too() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        put_one(&store, "k", "1").await.unwrap();
        for name in ["store.db", "store.db-wal", "lock"] {
            let mode = std::fs::metadata(home.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn every_commit_is_synced() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).await.unwrap();
        let mut slot = store.database.lock().await;
        let connection = &mut slot.as_mut().unwrap().connection;
        let mode: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await.unwrap();
        let journal: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.unwrap();
        assert_eq!((mode, journal.as_str()), (2, "wal"));
    }

    #[test]
    fn engines_that_lose_pages_are_refused() {
        for good in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert_eq!(check_engine(good), Ok(()), "{good}");
        }
        for bad in ["3.51.2", "3.50.4", "3.9.9", "2.99.99", "", "junk"] {
            assert!(check_engine(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_of_the_engine_are_told_apart() {
        let rows = [
            (11, "STORE-DAMAGED"),
            (26, "STORE-DAMAGED"),
            (8_458, "STORE-DAMAGED"),
            (13, "STORE-FULL"),
            (8, "STORE-UNWRITABLE"),
            (14, "STORE-UNWRITABLE"),
            (5, "STORE-LOCKED"),
            (261, "STORE-LOCKED"),
            (1_034, "STORE-IO"),
            (1, "STORE-IO"),
        ];
        for (code, expected) in rows {
            assert_eq!(from_code(code, "").code(), expected, "code {code}");
        }
    }

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(end_of(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(end_of(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(end_of(b"\xff\xff"), None);
        assert_eq!(end_of(b""), None);
    }
}
