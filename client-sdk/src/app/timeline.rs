//! One document opened: its fields with entries, its clashes, its history, and a customer's timeline.

use std::collections::BTreeMap;

use document_model::schema::{Meaning, Schema, Slot};
use document_model::{
    Actor, Change, Document, DocumentId, FieldValue, Intent, Kind, Moment, RecordFacts, format_moment,
    intents_of,
};
use serde::Deserialize;

use super::answers::{
    ClashAnswer, ClashValueAnswer, DocumentAnswer, EditAnswer, Entry, HistoryAnswer, Shown, TimelineLine,
    TrayAnswer,
};
use super::cards::Card;
use super::{App, CallProblem};
use crate::engine::load_full;
use crate::records::Row;
use crate::store::Store;
use crate::transport::Transport;
use crate::{ClientError, TrayView};

/// Lines of a timeline at most.
const LINES: usize = 500;

/// Whose an actor is.
pub(super) struct Author {
    user: String,
    device: String,
}

type Authors = BTreeMap<Actor, Author>;

#[derive(Deserialize)]
pub(super) struct TimelineArgs {
    customer: DocumentId,
    limit: usize,
}

impl<S: Store, T: Transport> App<S, T> {
    pub(super) async fn document(&self, id: DocumentId, now: Moment) -> Result<DocumentAnswer, CallProblem> {
        let record = self.record_of(id).await?;
        let full = load_full(&record)?;
        let card = self.cards.get(id).ok_or(ClientError::Unknown("document"))?;
        let hq = self.cards.get(RecordFacts::document_of(id));
        let facts = hq.map(|card| RecordFacts::of_fields(&card.row.fields)).unwrap_or_default();
        // Most have no clash, and nobody to name.
        let authors = if card.row.clashes.is_empty() { Authors::new() } else { self.authors().await? };
        Ok(DocumentAnswer {
            id,
            kind: record.kind,
            fields: shown_fields(&full),
            clashes: self.clashes_of(&card.row, &full, &authors),
            problems: self.client.problems_of(&card.row, facts, now)?,
            state: self.client.engine()?.state_of(id),
        })
    }

    pub(super) async fn clashes(&self) -> Result<Vec<ClashAnswer>, CallProblem> {
        let authors = self.authors().await?;
        let mut found = Vec::new();
        for card in self.cards.all().filter(|card| !card.row.clashes.is_empty()) {
            let full = load_full(&self.record_of(card.row.id).await?)?;
            found.extend(self.clashes_of(&card.row, &full, &authors));
        }
        Ok(found)
    }

    fn clashes_of(&self, row: &Row, full: &Document, authors: &Authors) -> Vec<ClashAnswer> {
        let answer = |clash: document_model::Clash| ClashAnswer {
            document: row.id,
            kind: row.kind,
            title: self.title_of(row.id),
            field: clash.field,
            values: clash.values.into_iter().map(|value| clash_value(value, authors)).collect(),
        };
        full.clashes().into_iter().map(answer).collect()
    }

    pub(super) async fn history(&self, id: DocumentId) -> Result<Vec<HistoryAnswer>, CallProblem> {
        let full = load_full(&self.record_of(id).await?)?;
        let authors = self.authors().await?;
        let mut lines = Vec::new();
        for change in newest_changes(&full, LINES) {
            let (author, device) = named(&authors, &change);
            let edit = |intent: Intent| EditAnswer {
                field: intent.field,
                old: intent.old,
                new: intent.new,
                at: None,
            };
            lines.push(HistoryAnswer {
                change: document_model::ChangeHash::from(change.hash()).to_string(),
                author,
                device,
                time: time_of(&change),
                edits: intents_of(&full, &change).into_iter().map(edit).collect(),
            });
        }
        Ok(lines)
    }

    pub(super) async fn timeline(&self, args: &TimelineArgs) -> Result<Vec<TimelineLine>, CallProblem> {
        let full = load_full(&self.record_of(args.customer).await?)?;
        let authors = self.authors().await?;
        let limit = args.limit.min(LINES);
        let mut lines = Vec::new();
        for change in newest_changes(&full, limit) {
            let (author, _) = named(&authors, &change);
            let told = told_by(&intents_of(&full, &change));
            lines.extend(told.into_iter().map(|(kind, text)| TimelineLine {
                at: time_of(&change),
                kind,
                text,
                author: author.clone(),
                document: args.customer,
            }));
        }
        for card in self.cards.policies_of(args.customer) {
            lines.extend(sale_line(card));
        }
        lines.sort_by(|a, b| b.at.cmp(&a.at));
        lines.truncate(limit);
        Ok(lines)
    }

    pub(super) async fn tray(&self) -> Result<Vec<TrayAnswer>, CallProblem> {
        let answer = |view: TrayView| TrayAnswer {
            title: self.title_of(view.document),
            id: view.id,
            document: view.document,
            kind: view.kind,
            reason: view.reason,
            at: view.at,
            edits: view.edits.iter().filter_map(edit_of_tray).collect(),
        };
        Ok(self.client.tray().await?.into_iter().map(answer).collect())
    }

    /// What a document is called: the customer's name, or the product and its customer.
    pub(super) fn title_of(&self, id: DocumentId) -> String {
        let Some(card) = self.cards.get(id) else { return String::new() };
        let text = |field: &str| card.text(field).unwrap_or_default().to_owned();
        match card.row.kind {
            Kind::Policy => {
                let customer = card.text("customer").and_then(|id| id.parse().ok());
                let name = customer.and_then(|id| self.cards.name_of(id)).unwrap_or_default();
                format!("{name} {}", text("product")).trim().to_owned()
            }
            _ => text("name"),
        }
    }

    pub(super) async fn authors(&self) -> Result<Authors, ClientError> {
        let own = self.client.engine()?.device();
        let origins = self.client.origins().await?.into_iter();
        let mut authors: Authors = origins
            .map(|(actor, origin)| (actor, Author { user: origin.user, device: origin.device.to_string() }))
            .collect();
        authors.insert(own.actor, Author { user: own.user.clone(), device: own.device.to_string() });
        Ok(authors)
    }

    /// Who made the newest edit of a document; nothing where it is one's own.
    pub(super) async fn newest_author(&self, id: DocumentId) -> Result<Option<String>, ClientError> {
        let full = load_full(&self.record_of(id).await?)?;
        let Some(change) = newest_changes(&full, 1).pop() else { return Ok(None) };
        let own = self.client.engine()?.device().actor;
        let is_own = Actor::of(change.actor_id()) == Some(own);
        Ok((!is_own).then_some(named(&self.authors().await?, &change).0))
    }
}

/// Visible fields; those that keep several values as entries with ids.
fn shown_fields(full: &Document) -> BTreeMap<String, Shown> {
    let schema = Schema::builtin(full.kind());
    let mut shown = BTreeMap::new();
    for (name, value) in full.fields() {
        match schema.slot(&name) {
            Some((field, Slot::Entry { .. })) if field.meaning == Meaning::KeepBoth => {
                shown.entry(field.name.clone()).or_insert_with(|| {
                    let entries = full.entries_of(&field.name).into_iter();
                    Shown::Several(entries.map(|(id, value)| Entry { id, value }).collect())
                });
            }
            _ => drop(shown.insert(name, Shown::One(value))),
        }
    }
    shown
}

fn newest_changes(full: &Document, limit: usize) -> Vec<Change> {
    let hashes = full.history();
    hashes.iter().rev().take(limit).filter_map(|hash| full.change(hash)).collect()
}

fn named(authors: &Authors, change: &Change) -> (String, String) {
    let author = Actor::of(change.actor_id()).and_then(|actor| authors.get(&actor));
    author.map_or_else(
        || ("unknown".to_owned(), String::new()),
        |author| (author.user.clone(), author.device.clone()),
    )
}

fn time_of(change: &Change) -> String {
    format_moment(Moment::of_seconds(change.timestamp()))
}

fn clash_value(value: document_model::ClashValue, authors: &Authors) -> ClashValueAnswer {
    let author = authors.get(&value.actor);
    ClashValueAnswer {
        shown: value.shown,
        author: author.map_or("unknown", |author| &author.user).to_owned(),
        device: author.map_or("", |author| &author.device).to_owned(),
        at: format_moment(Moment::of_seconds(value.made_at_s)),
        value: value.value,
    }
}

/// What one edit of a customer is in a timeline: contacts and notes in their own words, the rest by its fields.
fn told_by(intents: &[Intent]) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mut fields = Vec::new();
    for intent in intents {
        let new = intent.new.as_text().unwrap_or_default();
        match intent.field.split('.').next() {
            Some("contact") => {
                if !new.is_empty() {
                    lines.push(("contact", new.to_owned()));
                }
            }
            Some("notes") => {
                let old = intent.old.as_text().unwrap_or_default();
                let added = new.strip_prefix(old).unwrap_or(new).trim();
                if !added.is_empty() {
                    lines.push(("note", added.to_owned()));
                }
            }
            Some("visits") => {}
            _ => fields.push(intent.field.as_str()),
        }
    }
    if !fields.is_empty() {
        lines.push(("edit", fields.join(" ")));
    }
    lines
}

fn sale_line(card: &Card) -> Option<TimelineLine> {
    let day = card.text("sale_date")?;
    let won = card.row.fields.get("premium_won").and_then(FieldValue::as_number).unwrap_or(0);
    Some(TimelineLine {
        at: format!("{day}T00:00:00Z"),
        kind: "policy",
        text: format!("{} {won}", card.text("product").unwrap_or_default()),
        author: card.row.selling_rep.as_ref().map(|unit| unit.0.clone()).unwrap_or_default(),
        document: card.row.id,
    })
}

fn edit_of_tray(edit: &serde_json::Value) -> Option<EditAnswer> {
    let value = |name: &str| serde_json::from_value(edit[name].clone()).ok();
    Some(EditAnswer {
        field: edit["field"].as_str()?.to_owned(),
        old: value("old")?,
        new: value("new")?,
        at: edit["time"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(field: &str, old: &str, new: &str) -> Intent {
        let value = |text: &str| if text.is_empty() { FieldValue::Nothing } else { text.into() };
        Intent { field: field.to_owned(), old: value(old), new: value(new), made_at_s: 0 }
    }

    #[test]
    fn an_edit_reads_as_contacts_notes_and_fields() {
        let told = told_by(&[
            intent("contact.01", "", "2026-03-01 visit: met"),
            intent("notes", "likes tea", "likes tea\nand cake"),
            intent("visits", "", ""),
            intent("name", "Kim", "Lee"),
            intent("address.city", "", "Seoul"),
        ]);
        let expected =
            [("contact", "2026-03-01 visit: met"), ("note", "and cake"), ("edit", "name address.city")];
        assert_eq!(told, expected.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(told_by(&[intent("contact.01", "x", "")]), []);
    }
}
