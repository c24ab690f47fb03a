//! Statements with their parameters, and several writes as one statement: each way to the database and
//! back costs more than most writes.
//!
//! Rows are sent column by column, as arrays. So the text of a statement does not depend on how many
//! rows there are, and the database prepares it once.

use futures::stream::BoxStream;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, PgConnection, Postgres, SqlSafeStr, SqlStr, Type};

use super::columns::for_database;
use super::fault::{Fault, Outcome};
use crate::storage::columns::{Columns, Fill, Value};

/// Bytes of values after which rows go into another statement: the database takes messages up to 1 GiB
/// and holds each several times.
const STATEMENT_BYTES: usize = 32 * 1024 * 1024;

/// Parameters after which writes go into another statement; the database takes 65,535.
const STATEMENT_PARAMETERS: usize = 1_000;

/// One statement with its parameters.
#[derive(Clone)]
pub(super) struct Query {
    sql: SqlStr,
    arguments: PgArguments,
}

impl Query {
    /// A statement; the parameters `$1`, `$2`... are put next, in this order.
    pub(super) fn of(sql: impl SqlSafeStr) -> Self {
        Self { sql: sql.into_sql_str(), arguments: PgArguments::default() }
    }

    /// A statement put together from constant parts.
    pub(super) fn of_parts(sql: String) -> Self {
        Self::of(AssertSqlSafe(sql))
    }

    /// A parameter that is a list of ids.
    pub(super) fn ids<'i>(&mut self, ids: impl IntoIterator<Item = &'i [u8]>) -> &mut Self {
        self.bind(ids.into_iter().collect::<Vec<_>>())
    }

    /// A parameter that is a list of texts.
    pub(super) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> &mut Self {
        self.bind(texts.into_iter().map(|text| for_database(text).into_owned()).collect::<Vec<_>>())
    }

    /// Any parameter that needs no translation.
    pub(super) fn bind<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: T) -> &mut Self {
        add(&mut self.arguments, value);
        self
    }

    /// All rows.
    pub(super) async fn fetch(self, connection: &mut PgConnection) -> Outcome<Vec<PgRow>> {
        Ok(sqlx::query_with(self.sql, self.arguments).fetch_all(connection).await?)
    }

    /// Rows one after the other.
    pub(super) fn stream(self, connection: &mut PgConnection) -> BoxStream<'_, sqlx::Result<PgRow>> {
        sqlx::query_with(self.sql, self.arguments).fetch(connection)
    }

    /// Runs; the number of rows it changed.
    pub(super) async fn run(self, connection: &mut PgConnection) -> Outcome<u64> {
        Ok(sqlx::query_with(self.sql, self.arguments).execute(connection).await?.rows_affected())
    }
}

impl Fill for Query {
    fn put(&mut self, value: Value<'_>) {
        match value {
            Value::Integer(value) => add(&mut self.arguments, value),
            Value::Flag(value) => add(&mut self.arguments, value),
            Value::Text(value) => add(&mut self.arguments, value.map(for_database)),
            Value::Bytes(value) => add(&mut self.arguments, value),
        }
    }
}

fn add<'t, T: Encode<'t, Postgres> + Type<Postgres>>(arguments: &mut PgArguments, value: T) {
    arguments.add(value).expect("integers, text, bytes and lists of them always encode");
}

/// Writes that run together. Each writes rows no other one writes.
#[derive(Default)]
pub(super) struct Script {
    statements: Vec<Together>,
}

/// Writes of one statement.
#[derive(Default)]
struct Together {
    writes: Vec<String>,
    /// How many rows each write must change, where that says something.
    expected: Vec<Option<usize>>,
    arguments: PgArguments,
    bytes: usize,
}

/// What is done when a row is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    /// It cannot be.
    Fails,
    /// It stays.
    Stays,
    /// Another transaction was first: all is done again.
    Crossed,
}

impl Script {
    /// Adds rows to a table, each filled by `fill` in the order of `columns`.
    pub(super) fn insert<R>(
        &mut self,
        table: &str,
        columns: &str,
        present: Present,
        rows: &[R],
        fill: impl Fn(&mut Rows, &R),
    ) {
        let tail = if present == Present::Fails { "" } else { " ON CONFLICT DO NOTHING" };
        self.write(rows, fill, present != Present::Stays, |new| {
            format!("INSERT INTO {table} ({columns}) SELECT * FROM unnest({new}){tail}")
        });
    }

    /// Changes columns of rows that are there, found by the first of `columns`; one that is not there
    /// any more was another transaction's doing.
    pub(super) fn update<R>(
        &mut self,
        table: &str,
        columns: &str,
        changed: &str,
        rows: &[R],
        fill: impl Fn(&mut Rows, &R),
    ) {
        let key = columns.split(',').next().unwrap_or_default();
        let set: Vec<_> = changed.split(',').map(|name| format!("{0} = new.{0}", name.trim())).collect();
        let set = set.join(", ");
        self.write(rows, fill, true, |new| {
            format!(
                "UPDATE {table} SET {set} FROM unnest({new}) AS new ({columns}) WHERE {table}.{key} = new.{key}"
            )
        });
    }

    /// Sets a number of a table that has one row.
    pub(super) fn set_number(&mut self, table: &str, column: &str, number: u64) {
        let together = self.together();
        add(&mut together.arguments, number.cast_signed());
        together.writes.push(format!("UPDATE {table} SET {column} = ${}", together.arguments.len()));
        together.expected.push(Some(1));
    }

    fn write<R>(
        &mut self,
        rows: &[R],
        fill: impl Fn(&mut Rows, &R),
        all: bool,
        sql: impl Fn(&str) -> String,
    ) {
        let mut left = rows.iter();
        while left.len() > 0 {
            let mut taken = Rows::default();
            while let Some(row) = (taken.bytes < STATEMENT_BYTES).then(|| left.next()).flatten() {
                fill(&mut taken, row);
                taken.end_of_row();
            }
            let together = self.together();
            together.expected.push(all.then_some(taken.count));
            let new = taken.into_parameters(together);
            together.writes.push(sql(&new));
        }
    }

    /// The statement that takes the next write.
    fn together(&mut self) -> &mut Together {
        let full =
            |last: &Together| last.bytes >= STATEMENT_BYTES || last.arguments.len() >= STATEMENT_PARAMETERS;
        if self.statements.last().is_none_or(full) {
            self.statements.push(Together::default());
        }
        self.statements.last_mut().expect("one was added when there was none")
    }

    /// Runs all writes; a count that is another transaction's doing is [`Fault::crossed`].
    pub(super) async fn run(self, connection: &mut PgConnection) -> Outcome<()> {
        for together in self.statements {
            together.run(connection).await?;
        }
        Ok(())
    }
}

impl Together {
    async fn run(self, connection: &mut PgConnection) -> Outcome<()> {
        let (mut writes, mut counts) = (Vec::new(), Vec::new());
        for (index, write) in self.writes.iter().enumerate() {
            writes.push(format!("write{index} AS ({write} RETURNING 1)"));
            counts.push(format!("(SELECT count(*) FROM write{index})"));
        }
        let sql = format!("WITH {} SELECT {}", writes.join(", "), counts.join(", "));
        let query = Query { sql: AssertSqlSafe(sql).into_sql_str(), arguments: self.arguments };
        let found = query.fetch(connection).await?;
        let mut columns = Columns::only(&found)?;
        for expected in self.expected {
            let count: usize = columns.small()?;
            if expected.is_some_and(|expected| expected != count) {
                return Err(Fault::crossed());
            }
        }
        Ok(())
    }
}

/// Rows on their way into the database, column by column.
#[derive(Default)]
pub(super) struct Rows {
    columns: Vec<Column>,
    next: usize,
    count: usize,
    bytes: usize,
}

/// The values of one column.
enum Column {
    Integers(Vec<Option<i64>>),
    Flags(Vec<bool>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Rows {
    fn end_of_row(&mut self) {
        assert_eq!(self.next, self.columns.len(), "every row has the same columns");
        self.next = 0;
        self.count += 1;
    }

    /// Makes each column a parameter; their names, with types, as `unnest` takes them.
    fn into_parameters(self, together: &mut Together) -> String {
        together.bytes += self.bytes;
        let mut names = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let kind = match column {
                Column::Integers(values) => (add(&mut together.arguments, values), "bigint").1,
                Column::Flags(values) => (add(&mut together.arguments, values), "boolean").1,
                Column::Texts(values) => (add(&mut together.arguments, values), "text").1,
                Column::Bytes(values) => (add(&mut together.arguments, values), "bytea").1,
            };
            names.push(format!("${}::{kind}[]", together.arguments.len()));
        }
        names.join(",")
    }
}

impl Fill for Rows {
    fn put(&mut self, value: Value<'_>) {
        if self.next == self.columns.len() {
            self.columns.push(match value {
                Value::Integer(_) => Column::Integers(Vec::new()),
                Value::Flag(_) => Column::Flags(Vec::new()),
                Value::Text(_) => Column::Texts(Vec::new()),
                Value::Bytes(_) => Column::Bytes(Vec::new()),
            });
        }
        match (&mut self.columns[self.next], value) {
            (Column::Integers(values), Value::Integer(value)) => values.push(value),
            (Column::Flags(values), Value::Flag(value)) => values.push(value),
            (Column::Texts(values), Value::Text(value)) => {
                self.bytes += value.map_or(0, str::len);
                values.push(value.map(|text| for_database(text).into_owned()));
            }
            (Column::Bytes(values), Value::Bytes(value)) => {
                self.bytes += value.map_or(0, <[u8]>::len);
                values.push(value.map(<[u8]>::to_vec));
            }
            _ => panic!("every row has the same columns"),
        }
        self.next += 1;
    }
}
