//! A row's columns, read and written in order, whatever the engine.
//!
//! Four kinds of column are all there are. An engine says how it reads and writes each; what the hub's
//! records are made of is said once, in [`super::codec`].

use std::borrow::Cow;

use document_model::{Actor, ChangeHash, Date, ProductCode, UnitCode};
use futures::TryStreamExt;
use futures::stream::BoxStream;

use super::{StorageError, Stored};

/// A row of a database. Columns are counted from 0; `None` is NULL.
pub(super) trait StoredRow {
    /// A whole number.
    fn integer(&self, column: usize) -> sqlx::Result<Option<i64>>;

    /// Yes or no.
    fn flag(&self, column: usize) -> sqlx::Result<Option<bool>>;

    /// Text.
    fn text(&self, column: usize) -> sqlx::Result<Option<Cow<'_, str>>>;

    /// Bytes.
    fn bytes(&self, column: usize) -> sqlx::Result<Option<&[u8]>>;
}

/// A value on its way into a column; `None` is NULL.
pub(super) enum Value<'v> {
    /// A whole number.
    Integer(Option<i64>),
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(Option<&'v str>),
    /// Bytes.
    Bytes(Option<&'v [u8]>),
}

/// Takes the columns of a row from left to right.
pub(super) trait Fill {
    /// The next column.
    fn put(&mut self, value: Value<'_>);

    /// A whole number, or nothing.
    fn integer(&mut self, value: impl Into<Option<i64>>) -> &mut Self {
        self.put(Value::Integer(value.into()));
        self
    }

    /// A number without sign: databases have none.
    fn number(&mut self, value: u64) -> &mut Self {
        self.integer(value.cast_signed())
    }

    /// Yes or no.
    fn flag(&mut self, value: bool) -> &mut Self {
        self.put(Value::Flag(value));
        self
    }

    /// Text, or nothing.
    fn text<'v>(&mut self, value: impl Into<Option<&'v str>>) -> &mut Self {
        self.put(Value::Text(value.into()));
        self
    }

    /// A day, or none.
    fn day(&mut self, value: impl Into<Option<Date>>) -> &mut Self {
        let text = value.into().map(|day| day.to_string());
        self.text(text.as_deref())
    }

    /// Bytes, or nothing.
    fn bytes<'v>(&mut self, value: impl Into<Option<&'v [u8]>>) -> &mut Self {
        self.put(Value::Bytes(value.into()));
        self
    }
}

/// A row being read from left to right. What does not fit is a damaged database: every value was
/// written by the hub.
pub(super) struct Columns<'r, R> {
    row: &'r R,
    next: usize,
}

impl<'r, R: StoredRow> Columns<'r, R> {
    pub(super) fn of(row: &'r R) -> Self {
        Self { row, next: 0 }
    }

    /// The row of a table or query that always has one.
    pub(super) fn only(rows: &'r [R]) -> Stored<Self> {
        let absent = || StorageError::Damaged("a table lacks the row it always has".to_owned());
        rows.first().map(Self::of).ok_or_else(absent)
    }

    /// Passes over the next column.
    pub(super) fn skip(&mut self) -> &mut Self {
        self.next += 1;
        self
    }

    /// A whole number, or nothing.
    pub(super) fn maybe_integer(&mut self) -> Stored<Option<i64>> {
        self.take(R::integer)
    }

    /// A whole number.
    pub(super) fn integer(&mut self) -> Stored<i64> {
        self.maybe_integer()?.ok_or_else(|| self.damaged("no number"))
    }

    /// A number without sign.
    pub(super) fn number(&mut self) -> Stored<u64> {
        self.integer().map(i64::cast_unsigned)
    }

    /// A small number of any type.
    pub(super) fn small<T: TryFrom<i64>>(&mut self) -> Stored<T> {
        let number = self.integer()?;
        T::try_from(number).map_err(|_| self.damaged("a number that is out of range"))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self) -> Stored<bool> {
        self.take(R::flag)?.ok_or_else(|| self.damaged("neither yes nor no"))
    }

    /// Text, or nothing.
    pub(super) fn maybe_text(&mut self) -> Stored<Option<Cow<'r, str>>> {
        self.take(R::text)
    }

    /// Text.
    pub(super) fn text(&mut self) -> Stored<Cow<'r, str>> {
        self.maybe_text()?.ok_or_else(|| self.damaged("no text"))
    }

    /// Text to keep.
    pub(super) fn string(&mut self) -> Stored<String> {
        self.text().map(Cow::into_owned)
    }

    /// The code of a unit.
    pub(super) fn unit(&mut self) -> Stored<UnitCode> {
        self.string().map(UnitCode)
    }

    /// The code of a unit, or none.
    pub(super) fn maybe_unit(&mut self) -> Stored<Option<UnitCode>> {
        Ok(self.maybe_text()?.map(|code| UnitCode(code.into_owned())))
    }

    /// The code of a product.
    pub(super) fn product(&mut self) -> Stored<ProductCode> {
        self.string().map(ProductCode)
    }

    /// A day.
    pub(super) fn day(&mut self) -> Stored<Date> {
        self.maybe_day()?.ok_or_else(|| self.damaged("no day"))
    }

    /// A day, or none.
    pub(super) fn maybe_day(&mut self) -> Stored<Option<Date>> {
        let text = self.maybe_text()?;
        text.map(|text| text.parse().map_err(|_| self.damaged("a day that is none"))).transpose()
    }

    /// Bytes, or nothing.
    pub(super) fn maybe_bytes(&mut self) -> Stored<Option<&'r [u8]>> {
        self.take(R::bytes)
    }

    /// Bytes.
    pub(super) fn bytes(&mut self) -> Stored<&'r [u8]> {
        self.maybe_bytes()?.ok_or_else(|| self.damaged("no bytes"))
    }

    /// Bytes of an id or a hash.
    pub(super) fn array<const N: usize>(&mut self) -> Stored<[u8; N]> {
        self.maybe_array()?.ok_or_else(|| self.damaged("no id"))
    }

    /// Bytes of an id or a hash, or nothing.
    pub(super) fn maybe_array<const N: usize>(&mut self) -> Stored<Option<[u8; N]>> {
        let bytes = self.maybe_bytes()?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.damaged("an id of another length"))).transpose()
    }

    /// Hashes, one after the other.
    pub(super) fn hashes(&mut self) -> Stored<Vec<ChangeHash>> {
        Ok(self.arrays()?.iter().copied().map(ChangeHash).collect())
    }

    /// Actors, one after the other.
    pub(super) fn actors(&mut self) -> Stored<Vec<Actor>> {
        Ok(self.arrays()?.iter().copied().map(Actor).collect())
    }

    fn arrays<const N: usize>(&mut self) -> Stored<&'r [[u8; N]]> {
        let (arrays, rest) = self.bytes()?.as_chunks();
        if rest.is_empty() { Ok(arrays) } else { Err(self.damaged("a list with a part of an id")) }
    }

    /// The error of a column just read that holds something else.
    pub(super) fn damaged(&self, what: &str) -> StorageError {
        StorageError::Damaged(format!("column {} of a row holds {what}", self.next))
    }

    fn take<T>(&mut self, read: fn(&'r R, usize) -> sqlx::Result<Option<T>>) -> Stored<Option<T>> {
        let column = self.next;
        self.next += 1;
        read(self.row, column).map_err(|error| StorageError::Damaged(error.to_string()))
    }
}

/// `limit` as databases count, which is to the largest signed number.
pub(super) fn bounded(limit: impl TryInto<i64>) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}

/// Takes rows until `max_bytes` are reached, at least one; true when there were no more.
pub(super) async fn take_page<R, T, E: From<sqlx::Error> + From<StorageError>>(
    found: &mut BoxStream<'_, sqlx::Result<R>>,
    max_bytes: usize,
    read: fn(&R) -> Stored<T>,
    size: impl Fn(&T) -> usize,
) -> Result<(Vec<T>, bool), E> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.try_next().await? {
        if !page.is_empty() && bytes >= max_bytes {
            return Ok((page, false));
        }
        let item = read(&row)?;
        bytes += size(&item);
        page.push(item);
    }
    Ok((page, true))
}
