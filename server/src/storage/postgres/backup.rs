//! Copies of the whole database, out into SQLite's one file and in from it.

use futures::TryStreamExt;
use sqlx::PgConnection;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres};

use super::PostgresStorage;
use super::fault::{Fault, Outcome};
use super::script::{Present, Script};
use crate::storage::sqlite::SqliteStorage;
use crate::storage::tables::{ROWS_TOGETHER, Row, TABLES, Table};
use crate::storage::{StorageError, Stored};

/// One snapshot, for as long as it takes.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0";
/// One transaction, for as long as it takes, that nobody else writes beside.
const BEGIN_WRITING: &str = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
     LOCK TABLE hub, books IN ACCESS EXCLUSIVE MODE; DELETE FROM hub; DELETE FROM books";

impl PostgresStorage {
    /// Writes all of it, as it is at one moment, into a fresh SQLite storage. This one goes on meanwhile.
    ///
    /// # Errors
    /// As reads here, and writes there.
    pub async fn copy_into(&self, copy: &SqliteStorage) -> Stored<()> {
        copy.make_room().await?;
        let mut connection = self.connection().await?;
        run(&mut connection, BEGIN_READING).await?;
        for table in &TABLES {
            let mut found = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *connection);
            let mut rows = Vec::new();
            while let Some(row) = found.try_next().await.map_err(Fault::from)? {
                rows.push(table.row(&row).map_err(Fault::from)?);
                if rows.len() == ROWS_TOGETHER {
                    copy.put_rows(table, std::mem::take(&mut rows)).await?;
                }
            }
            copy.put_rows(table, rows).await?;
        }
        Ok(run(&mut connection, "COMMIT").await?)
    }

    /// Takes over everything of a SQLite storage, in place of what a fresh database has, and begins another
    /// epoch of every feed: all or nothing.
    ///
    /// # Errors
    /// As writes here, and reads there.
    pub async fn take_over(&self, copy: &SqliteStorage) -> Stored<()> {
        let mut connection = self.connection().await?;
        run(&mut connection, BEGIN_WRITING).await?;
        copy.each_rows(async |table, rows| Ok(put_rows(&mut connection, table, rows).await?)).await?;
        run(&mut connection, "UPDATE books SET epoch = epoch + 1").await?;
        Ok(run(&mut connection, "COMMIT").await?)
    }

    /// A connection that is not given back: where its transaction was cut off, it ends with it.
    async fn connection(&self) -> Stored<PoolConnection<Postgres>> {
        let mut connection =
            self.readers.acquire().await.map_err(|error| StorageError::from(Fault::from(error)))?;
        connection.close_on_drop();
        Ok(connection)
    }
}

async fn put_rows(connection: &mut PgConnection, table: &Table, rows: Vec<Row>) -> Outcome<()> {
    let mut script = Script::default();
    script.insert(table.name, table.columns, Present::Fails, &rows, |into, row| row.fill(into));
    script.run(connection).await
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Outcome<()> {
    Ok(sqlx::raw_sql(sql).execute(connection).await.map(drop)?)
}
