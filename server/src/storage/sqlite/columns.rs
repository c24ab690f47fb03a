//! Reading a row's columns in order, checking that each is what it should be.

use std::fmt::Display;

use document_model::{Actor, ChangeHash, Date, ProductCode, UnitCode};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use super::fault::{Fault, Outcome};

/// A row being read from left to right. What does not fit is a damaged database: every value was
/// written by this engine.
pub(super) struct Columns<'r> {
    row: &'r SqliteRow,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) fn of(row: &'r SqliteRow) -> Self {
        Self { row, next: 0 }
    }

    /// The row of a table or query that always has one.
    pub(super) fn only(rows: &'r [SqliteRow]) -> Outcome<Self> {
        rows.first().map(Self::of).ok_or_else(|| Fault::damaged("a table lacks the row it always has"))
    }

    /// The next column.
    pub(super) fn take<T: Decode<'r, Sqlite> + Type<Sqlite>>(&mut self) -> Outcome<T> {
        let column = self.next;
        self.next += 1;
        Ok(self.row.try_get(column)?)
    }

    /// Passes over the next column.
    pub(super) fn skip(&mut self) -> &mut Self {
        self.next += 1;
        self
    }

    /// A number without sign.
    pub(super) fn number(&mut self) -> Outcome<u64> {
        self.take::<i64>().map(i64::cast_unsigned)
    }

    /// A small number of any type.
    pub(super) fn small<T: TryFrom<i64>>(&mut self) -> Outcome<T> {
        let number: i64 = self.take()?;
        T::try_from(number).map_err(|_| self.damaged("a number that is out of range"))
    }

    /// Bytes of an id or a hash.
    pub(super) fn array<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        let bytes: &[u8] = self.take()?;
        bytes.try_into().map_err(|_| self.damaged("an id of another length"))
    }

    /// Bytes of an id or a hash, or nothing.
    pub(super) fn maybe_array<const N: usize>(&mut self) -> Outcome<Option<[u8; N]>> {
        let bytes: Option<&[u8]> = self.take()?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.damaged("an id of another length"))).transpose()
    }

    /// Hashes, one after the other.
    pub(super) fn hashes(&mut self) -> Outcome<Vec<ChangeHash>> {
        Ok(self.arrays()?.iter().copied().map(ChangeHash).collect())
    }

    /// Actors, one after the other.
    pub(super) fn actors(&mut self) -> Outcome<Vec<Actor>> {
        Ok(self.arrays()?.iter().copied().map(Actor).collect())
    }

    fn arrays<const N: usize>(&mut self) -> Outcome<&'r [[u8; N]]> {
        let (arrays, rest) = self.take::<&[u8]>()?.as_chunks();
        if rest.is_empty() { Ok(arrays) } else { Err(self.damaged("a list with a part of an id")) }
    }

    /// A day.
    pub(super) fn day(&mut self) -> Outcome<Date> {
        self.maybe_day()?.ok_or_else(|| self.damaged("no day"))
    }

    /// A day, or none.
    pub(super) fn maybe_day(&mut self) -> Outcome<Option<Date>> {
        let text: Option<&str> = self.take()?;
        text.map(|text| text.parse().map_err(|_| self.damaged("a day that is none"))).transpose()
    }

    /// The code of a unit.
    pub(super) fn unit(&mut self) -> Outcome<UnitCode> {
        self.take().map(UnitCode)
    }

    /// The code of a product.
    pub(super) fn product(&mut self) -> Outcome<ProductCode> {
        self.take().map(ProductCode)
    }

    /// The fault of a column just read that holds something else.
    pub(super) fn damaged(&self, what: &str) -> Fault {
        Fault::damaged(format!("column {} of a row holds {what}", self.next))
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

/// `limit` as SQLite counts, which is to the largest signed number.
pub(super) fn bounded(limit: impl TryInto<i64>) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}
