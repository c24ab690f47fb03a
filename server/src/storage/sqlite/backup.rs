//! Copies of the whole database: as one file, and out of and into another engine.

use std::path::Path;
use std::time::Duration;

use futures::{FutureExt, TryStreamExt};
use sqlx::sqlite::{SqliteJournalMode, SqliteLockingMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::fault::{Fault, Outcome};
use super::script::Script;
use super::{FILE, SqliteStorage, options};
use crate::storage::Stored;
use crate::storage::columns::Columns;
use crate::storage::tables::{ROWS_TOGETHER, Row, TABLES, Table};

impl SqliteStorage {
    /// Writes all of it, as it is at one moment, into a new database at `file`, which must not be there. The
    /// storage goes on meanwhile.
    ///
    /// # Errors
    /// `Full` and `Failed`; what was begun lies at `file` then.
    pub async fn copy_to(&self, file: &Path) -> Stored<()> {
        Ok(self.copy_inside(file).await?)
    }

    async fn copy_inside(&self, file: &Path) -> Outcome<()> {
        let name = file.to_str().ok_or_else(|| Fault::failed("the name of the copy is no text"))?;
        let mut script = Script::default();
        script.statement("VACUUM INTO ?").bind(name);
        let mut connection = self.readers.acquire().await?;
        script.run(&mut connection).await
    }

    /// Removes the rows a fresh database has, to make room for another's.
    pub(in crate::storage) async fn make_room(&self) -> Stored<()> {
        self.write(|connection| {
            let mut script = Script::default();
            script.statement("DELETE FROM hub").statement("DELETE FROM books");
            script.run(connection).boxed()
        })
        .await
    }

    /// Adds rows of a table as they lie.
    pub(in crate::storage) async fn put_rows(&self, table: &'static Table, rows: Vec<Row>) -> Stored<()> {
        self.write(move |connection| put_rows(connection, table, rows).boxed()).await
    }

    /// Reads all rows of all tables, in one snapshot, so many at a time.
    pub(in crate::storage) async fn each_rows(
        &self,
        mut sink: impl AsyncFnMut(&'static Table, Vec<Row>) -> Stored<()>,
    ) -> Stored<()> {
        let mut snapshot = self.readers.begin().await?;
        for table in &TABLES {
            let mut found = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *snapshot);
            let mut rows = Vec::new();
            while let Some(row) = found.try_next().await.map_err(Fault::from)? {
                rows.push(table.row(&row).map_err(Fault::from)?);
                if rows.len() == ROWS_TOGETHER {
                    sink(table, std::mem::take(&mut rows)).await?;
                }
            }
            sink(table, rows).await?;
        }
        Ok(())
    }

    /// Begins another epoch of every feed: no cursor of before holds.
    ///
    /// # Errors
    /// As writes.
    pub async fn begin_epoch(&self) -> Stored<()> {
        self.write(|connection| {
            let mut script = Script::default();
            script.statement("UPDATE books SET epoch = epoch + 1");
            script.run(connection).boxed()
        })
        .await
    }
}

impl SqliteStorage {
    /// Marks this database as a backup made at this instant, milliseconds since the epoch.
    ///
    /// # Errors
    /// As writes.
    pub async fn mark_backup(&self, made_ms: i64) -> Stored<()> {
        self.write(move |connection| {
            let mut script = Script::default();
            script.statement("CREATE TABLE backup (made_ms INTEGER NOT NULL) STRICT");
            script.statement("INSERT INTO backup (made_ms) VALUES (?)").bind(made_ms);
            script.run(connection).boxed()
        })
        .await
    }

    /// When this backup was made; `None` when it is none.
    ///
    /// # Errors
    /// As reads.
    pub async fn backup_mark(&self) -> Stored<Option<i64>> {
        let mut script = Script::default();
        script.statement("SELECT 1 FROM sqlite_schema WHERE name = 'backup'");
        if self.read(script).await?.is_empty() {
            return Ok(None);
        }
        let mut script = Script::default();
        script.statement("SELECT made_ms FROM backup");
        self.read(script).await?.first().map(|row| Columns::of(row).integer()).transpose()
    }

    /// Takes the mark away.
    ///
    /// # Errors
    /// As writes.
    pub async fn unmark_backup(&self) -> Stored<()> {
        self.write(|connection| {
            let mut script = Script::default();
            script.statement("DROP TABLE backup");
            script.run(connection).boxed()
        })
        .await
    }

    /// Carries the log of the database in a folder over into its file, so that the file is all of it.
    ///
    /// # Errors
    /// `Busy` when another process has it open.
    pub async fn fold_log(folder: &Path) -> Stored<()> {
        Ok(fold_log(&folder.join(FILE)).await?)
    }
}

async fn fold_log(file: &Path) -> Outcome<()> {
    let alone = options(file)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::from_millis(200))
        .journal_mode(SqliteJournalMode::Delete);
    let mut connection = alone.connect().await?;
    sqlx::query("DELETE FROM accounts WHERE 0").execute(&mut connection).await?;
    Ok(connection.close().await?)
}

async fn put_rows(connection: &mut SqliteConnection, table: &Table, rows: Vec<Row>) -> Outcome<()> {
    let mut script = Script::default();
    script.insert(table.name, table.columns, "", &rows, |into, row| row.fill(into));
    script.run(connection).await
}

/// The file of the database in a folder.
#[must_use]
pub fn file_in(folder: &Path) -> std::path::PathBuf {
    folder.join(FILE)
}
