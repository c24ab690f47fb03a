//! What others did to the book since the person last looked, and the day's traffic.
//!
//! Lines are made by comparing rows before and after an exchange. They are stored right after it, in a commit of their
//! own: a program that ends in between shows the changes and not the line about them.

use std::collections::BTreeSet;

use document_model::{Date, DocumentId, FieldValue, Kind, Moment, day_number, format_moment};
use minicbor::{Decode, Encode};
use serde::Serialize;

use super::App;
use super::cards::Card;
use crate::ClientError;
use crate::client::SyncReport;
use crate::records::{Row, decode, encode, keys};
use crate::store::{Batch, Store, StoreError};
use crate::transport::Transport;

/// Lines kept; the oldest go first.
const LINES_KEPT: usize = 300;
/// Days the person said are complete that are remembered.
const DAYS_KEPT: usize = 60;

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub(super) enum What {
    #[n(0)]
    Joined,
    #[n(1)]
    Left,
    #[n(2)]
    Changed,
    #[n(3)]
    Refused,
    #[n(4)]
    Clash,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Line {
    #[n(0)]
    at_ms: i64,
    #[n(1)]
    author: String,
    #[n(2)]
    document: DocumentId,
    #[n(3)]
    title: String,
    #[n(4)]
    what: What,
    #[n(5)]
    fields: Vec<String>,
}

/// The one record of it all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Journal {
    #[n(0)]
    seen_ms: i64,
    #[n(1)]
    lines: Vec<Line>,
    /// The working day that the bytes are of: days since 1970-01-01.
    #[n(2)]
    day: i32,
    #[n(3)]
    bytes_up: u64,
    #[n(4)]
    bytes_down: u64,
    #[n(5)]
    last_sent_ms: i64,
    #[n(6)]
    last_received_ms: i64,
    #[n(7)]
    days_said: Vec<i32>,
}

#[derive(Serialize)]
pub(super) struct DigestAnswer {
    since: String,
    lines: Vec<LineAnswer>,
}

#[derive(Serialize)]
struct LineAnswer {
    at: String,
    author: String,
    document: DocumentId,
    title: String,
    what: What,
    fields: Vec<String>,
}

impl Journal {
    pub(super) async fn read(store: &impl Store) -> Result<Self, StoreError> {
        let found = store.get(&[keys::JOURNAL.to_vec()]).await?.pop().flatten();
        found.map_or_else(|| Ok(Self::default()), |bytes| decode(&bytes))
    }

    fn store(&self, batch: &mut Batch) {
        batch.put(keys::JOURNAL, encode(self));
    }

    pub(super) fn digest(&self) -> DigestAnswer {
        let line = |line: &Line| LineAnswer {
            at: format_moment(Moment(line.at_ms)),
            author: line.author.clone(),
            document: line.document,
            title: line.title.clone(),
            what: line.what,
            fields: line.fields.clone(),
        };
        let lines = self.lines.iter().rev().map(line).collect();
        DigestAnswer { since: format_moment(Moment(self.seen_ms)), lines }
    }

    pub(super) fn seen(&mut self, now: Moment, batch: &mut Batch) {
        self.seen_ms = now.0;
        self.lines.clear();
        self.store(batch);
    }

    pub(super) fn note(&mut self, lines: Vec<Line>, now: Moment, batch: &mut Batch) {
        if lines.is_empty() {
            return;
        }
        if self.seen_ms == 0 {
            self.seen_ms = now.0;
        }
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(LINES_KEPT);
        self.lines.drain(..over);
        self.store(batch);
    }

    /// Adds what exchanges took. Without news it is stored with the next write.
    pub(super) fn traffic(&mut self, total: &SyncReport, day: Date, now: Moment, batch: &mut Batch) {
        if self.day != day_number(day) {
            (self.day, self.bytes_up, self.bytes_down) = (day_number(day), 0, 0);
        }
        self.bytes_up += total.bytes_up;
        self.bytes_down += total.bytes_down;
        if total.report.sent > 0 {
            self.last_sent_ms = now.0;
        }
        if total.report.received > 0 {
            self.last_received_ms = now.0;
        }
        if total.report.sent + total.report.received > 0 {
            self.store(batch);
        }
    }

    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.bytes_up, self.bytes_down)
    }

    pub(super) fn last(&self) -> (Option<String>, Option<String>) {
        let told = |ms: i64| (ms > 0).then(|| format_moment(Moment(ms)));
        (told(self.last_sent_ms), told(self.last_received_ms))
    }

    pub(super) fn day_said(&mut self, day: Date, batch: &mut Batch) {
        let number = day_number(day);
        if !self.days_said.contains(&number) {
            self.days_said.push(number);
            let over = self.days_said.len().saturating_sub(DAYS_KEPT);
            self.days_said.drain(..over);
            self.store(batch);
        }
    }

    pub(super) fn is_said(&self, day: Date) -> bool {
        self.days_said.contains(&day_number(day))
    }
}

impl<S: Store, T: Transport> App<S, T> {
    /// What an exchange brought, as lines. A first download is no news.
    pub(super) async fn news(&mut self, now: Moment) -> Result<Vec<Line>, ClientError> {
        let first = self.journal.last().1.is_none();
        let changed = self.refresh().await?;
        if first {
            return Ok(Vec::new());
        }
        let mut lines = Vec::new();
        for (id, before) in changed {
            let after = self.cards.get(id).map(|card| &card.row);
            let Some((what, fields)) = difference(before.as_ref().map(|card| &card.row), after) else {
                continue;
            };
            let author =
                if what == What::Left { Some(String::new()) } else { self.newest_author(id).await? };
            let Some(author) = author else { continue };
            let title = match &before {
                Some(card) if what == What::Left => name_of(card),
                _ => self.title_of(id),
            };
            lines.push(Line { at_ms: now.0, author, document: id, title, what, fields });
        }
        Ok(lines)
    }
}

fn name_of(card: &Card) -> String {
    card.text("name").or_else(|| card.text("product")).unwrap_or_default().to_owned()
}

/// What happened between two rows of a record that people keep; nothing where they show the same.
fn difference(before: Option<&Row>, after: Option<&Row>) -> Option<(What, Vec<String>)> {
    let kind = before.or(after)?.kind;
    if !matches!(kind, Kind::Customer | Kind::Policy | Kind::PolicyRecord) {
        return None;
    }
    let (before, after) = match (before, after) {
        (None, _) => return Some((What::Joined, Vec::new())),
        (_, None) => return Some((What::Left, Vec::new())),
        (Some(before), Some(after)) => (before, after),
    };
    let new_clashes: Vec<_> =
        after.clashes.iter().filter(|field| !before.clashes.contains(field)).cloned().collect();
    if !new_clashes.is_empty() {
        return Some((What::Clash, new_clashes));
    }
    let names: BTreeSet<_> = before.fields.keys().chain(after.fields.keys()).collect();
    let value = |row: &Row, name: &String| row.fields.get(name).cloned().unwrap_or(FieldValue::Nothing);
    let differ = names.into_iter().filter(|name| value(before, name) != value(after, name));
    let fields: Vec<_> = differ.cloned().collect();
    (!fields.is_empty()).then_some((What::Changed, fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, fields: &[(&str, &str)], clashes: &[&str]) -> Row {
        Row {
            id: DocumentId([1; 16]),
            kind,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
            clashes: clashes.iter().map(|field| (*field).to_owned()).collect(),
            first_seen_on: String::new(),
            imported: false,
            selling_rep: None,
        }
    }

    #[test]
    fn a_row_that_changed_says_what() {
        let kim = row(Kind::Customer, &[("name", "Kim"), ("phone", "1")], &[]);
        let moved = row(Kind::Customer, &[("name", "Kim"), ("phone", "2"), ("occupation", "pilot")], &[]);
        let clash = row(Kind::Customer, &[("name", "Kim"), ("phone", "2")], &["phone"]);
        let product = row(Kind::Product, &[("code", "X")], &[]);
        assert_eq!(difference(None, Some(&kim)), Some((What::Joined, vec![])));
        assert_eq!(difference(Some(&kim), None), Some((What::Left, vec![])));
        assert_eq!(difference(Some(&kim), Some(&kim)), None);
        let fields = vec!["occupation".to_owned(), "phone".to_owned()];
        assert_eq!(difference(Some(&kim), Some(&moved)), Some((What::Changed, fields)));
        assert_eq!(difference(Some(&kim), Some(&clash)), Some((What::Clash, vec!["phone".to_owned()])));
        assert_eq!(difference(None, Some(&product)), None, "the catalogue is no news of the book");
    }
}
