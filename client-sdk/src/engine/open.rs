//! A document record opened: the document as the person sees it.

use std::collections::BTreeMap;

use document_model::{Change, ChangeHash, Document, DocumentId, Moment, format_moment};

use super::EngineError;
use crate::records::{DocumentRecord, RecordState, Row, TailChange};

/// A record with its document loaded.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The acknowledged document with the unsent edits: what the person sees.
    pub(crate) full: Document,
}

impl Opened {
    pub(crate) fn of(record: &DocumentRecord) -> Result<Self, EngineError> {
        let mut full = load_base(record)?;
        full.apply(tail_changes(&record.tail)?).map_err(damaged)?;
        Ok(Self { full })
    }

    /// The row lists and searches read.
    pub(crate) fn row(&self, id: DocumentId, record: &DocumentRecord, imported: bool) -> Row {
        Row {
            id,
            kind: record.kind,
            fields: self.full.fields(),
            clashes: self.full.clashes().into_iter().map(|clash| clash.field).collect(),
            first_seen_on: record.first_seen_on.clone(),
            imported,
            state: state_of(&record.tail),
        }
    }
}

pub(super) fn load_base(record: &DocumentRecord) -> Result<Document, EngineError> {
    if record.base.is_empty() {
        return Ok(Document::born(record.kind));
    }
    Document::load(record.kind, &record.base).map_err(damaged)
}

pub(super) fn tail_changes(tail: &[TailChange]) -> Result<Vec<Change>, EngineError> {
    tail.iter().map(|change| Change::from_bytes(change.bytes.to_vec()).map_err(damaged)).collect()
}

pub(super) fn parents_of(change: &Change) -> Vec<ChangeHash> {
    change.deps().iter().map(|parent| ChangeHash::from(*parent)).collect()
}

fn state_of(tail: &[TailChange]) -> RecordState {
    match tail {
        [] => RecordState::Confirmed,
        changes if changes.iter().all(|change| change.sent) => RecordState::Sent,
        _ => RecordState::Saved,
    }
}

pub(super) fn damaged(error: impl std::fmt::Display) -> EngineError {
    EngineError::Damaged(error.to_string())
}

/// A clash's values as people and programs see them: value, author, time.
pub(crate) fn clashes_shown(
    document: &Document,
    authors: &BTreeMap<document_model::Actor, String>,
) -> Vec<serde_json::Value> {
    let author = |actor: document_model::Actor| authors.get(&actor).map_or("unknown", String::as_str);
    let clashes = document.clashes().into_iter();
    clashes
        .map(|clash| {
            let values = clash.values.iter().map(|value| {
                serde_json::json!({
                    "value": value.value,
                    "author": author(value.actor),
                    "time": format_moment(Moment(value.made_at_s.saturating_mul(1000))),
                    "shown": value.shown,
                })
            });
            serde_json::json!({ "field": clash.field, "values": values.collect::<Vec<_>>() })
        })
        .collect()
}
