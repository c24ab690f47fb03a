//! How SQLite's columns are read, and lists of ids on their way into a statement.

use std::borrow::Cow;
use std::fmt::Display;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::storage::columns::StoredRow;

impl StoredRow for SqliteRow {
    fn integer(&self, column: usize) -> sqlx::Result<Option<i64>> {
        self.try_get(column)
    }

    fn flag(&self, column: usize) -> sqlx::Result<Option<bool>> {
        self.try_get(column)
    }

    fn text(&self, column: usize) -> sqlx::Result<Option<Cow<'_, str>>> {
        Ok(self.try_get::<Option<&str>, _>(column)?.map(Cow::Borrowed))
    }

    fn bytes(&self, column: usize) -> sqlx::Result<Option<&[u8]>> {
        self.try_get(column)
    }
}

/// Ids as a JSON list of hexadecimal text, so that one parameter takes any number of them.
pub(super) fn listed(ids: impl IntoIterator<Item = impl Display>) -> String {
    let mut list = String::from("[");
    for id in ids {
        let comma = if list.len() > 1 { "," } else { "" };
        list.push_str(&format!("{comma}\"{id}\""));
    }
    list.push(']');
    list
}
