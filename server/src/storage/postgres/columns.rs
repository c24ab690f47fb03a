//! How PostgreSQL's columns are read, and the one letter its text cannot hold.

use std::borrow::Cow;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::storage::columns::StoredRow;

impl StoredRow for PgRow {
    fn integer(&self, column: usize) -> sqlx::Result<Option<i64>> {
        self.try_get(column)
    }

    fn flag(&self, column: usize) -> sqlx::Result<Option<bool>> {
        self.try_get(column)
    }

    fn text(&self, column: usize) -> sqlx::Result<Option<Cow<'_, str>>> {
        Ok(self.try_get::<Option<&str>, _>(column)?.map(of_database))
    }

    fn bytes(&self, column: usize) -> sqlx::Result<Option<&[u8]>> {
        self.try_get(column)
    }
}

/// Begins two letters that stand for one.
const MARK: char = '\u{1}';

/// Text as the database can hold it. PostgreSQL refuses the letter U+0000, and a device may send it: it
/// must not fail one engine's commits and pass the other's. The order of texts stays as it was.
pub(super) fn for_database(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    let mut held = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        match letter {
            '\0' => held.extend([MARK, '0']),
            MARK => held.extend([MARK, '1']),
            other => held.push(other),
        }
    }
    Cow::Owned(held)
}

/// Text as it was before [`for_database`].
fn of_database(held: &str) -> Cow<'_, str> {
    if !held.contains(MARK) {
        return Cow::Borrowed(held);
    }
    let mut text = String::with_capacity(held.len());
    let mut letters = held.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            MARK if letters.next() == Some('0') => '\0',
            other => other,
        });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_comes_back_and_the_order_stays() {
        let mut texts =
            ["", "a", "김철수", "\0", "a\0", "a\0b", "\u{1}", "\u{1}0", "\u{1}\0\u{1}1", "\u{2}", "a\u{2}"];
        for text in texts {
            let held = for_database(text);
            assert!(!held.contains('\0'), "{text:?}");
            assert_eq!(of_database(&held), text);
        }
        texts.sort_unstable();
        assert!(texts.is_sorted_by_key(|text| for_database(text)), "{texts:?}");
    }
}
