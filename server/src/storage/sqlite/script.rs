//! Several statements as one: the driver runs every connection on a thread of its own, and the way
//! there and back (about 50 us) costs more than most statements.
//!
//! Parameters are bound in order over all statements of a script. The driver runs such scripts by
//! executing one statement after the other; it stops at the first that fails.

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Encode, Executor, Sqlite, SqliteConnection, Type};

use super::fault::{Fault, Outcome};
use crate::storage::columns::{Fill, Value};

/// Rows one statement inserts: SQLite takes 32,766 parameters, the widest row has 22.
const ROWS_PER_STATEMENT: usize = 256;

/// Scripts with more rows than this are compiled each time: their shapes do not come again, and
/// each would hold memory in the cache of compiled statements.
const CACHED_ROWS: usize = 16;

/// Statements with their parameters.
#[derive(Default)]
pub(super) struct Script {
    sql: String,
    arguments: SqliteArguments,
    rows: usize,
}

impl Script {
    /// Adds a statement; its parameters are bound next.
    pub(super) fn statement(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self.sql.push(';');
        self
    }

    /// Binds the next parameter.
    pub(super) fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        self.arguments.add(value).expect("integers, text and blobs always encode");
        self
    }

    /// Adds rows to a table, each filled by `fill` in the order of `columns`; `tail` is what to do when
    /// a row is there already.
    pub(super) fn insert<R>(
        &mut self,
        table: &str,
        columns: &str,
        tail: &str,
        rows: &[R],
        fill: impl Fn(&mut Self, &R),
    ) -> &mut Self {
        let row = vec!["?"; columns.split(',').count()].join(",");
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let many = vec![format!("({row})"); chunk.len()].join(",");
            self.statement(&format!("INSERT INTO {table} ({columns}) VALUES {many} {tail}"));
            chunk.iter().for_each(|row| fill(self, row));
        }
        self.rows += rows.len();
        self
    }

    /// Runs one statement; its rows.
    pub(super) async fn fetch(self, connection: &mut SqliteConnection) -> Outcome<Vec<SqliteRow>> {
        let [rows] = self.fetch_all(connection).await?;
        Ok(rows)
    }

    /// Runs all statements, so many; the rows of each.
    pub(super) async fn fetch_all<const N: usize>(
        self,
        connection: &mut SqliteConnection,
    ) -> Outcome<[Vec<SqliteRow>; N]> {
        let found = self.steps(connection).await?;
        found.try_into().map_err(|_| Fault::failed("a script of another length"))
    }

    async fn steps(self, connection: &mut SqliteConnection) -> Outcome<Vec<Vec<SqliteRow>>> {
        let query = sqlx::query_with(AssertSqlSafe(self.sql), self.arguments);
        let query = query.persistent(self.rows <= CACHED_ROWS);
        let mut steps = connection.fetch_many(query);
        let (mut all, mut rows) = (Vec::new(), Vec::new());
        while let Some(step) = steps.try_next().await? {
            match step {
                Either::Right(row) => rows.push(row),
                Either::Left(_end_of_statement) => all.push(std::mem::take(&mut rows)),
            }
        }
        Ok(all)
    }

    /// Runs all statements.
    pub(super) async fn run(self, connection: &mut SqliteConnection) -> Outcome<()> {
        if !self.sql.is_empty() {
            self.steps(connection).await?;
        }
        Ok(())
    }
}

impl Fill for Script {
    fn put(&mut self, value: Value<'_>) {
        match value {
            Value::Integer(value) => self.bind(value),
            Value::Flag(value) => self.bind(value),
            Value::Text(value) => self.bind(value),
            Value::Bytes(value) => self.bind(value),
        };
    }
}
