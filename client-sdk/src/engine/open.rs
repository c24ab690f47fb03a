//! Document records opened: the acknowledged document, the unsent edits, and what the person sees.

use std::collections::BTreeMap;

use document_model::{Actor, Change, ChangeHash, Document, DocumentId, FieldValue, Moment, format_moment};
use sync_protocol::DownloadedDocument;

use super::EngineError;
use crate::records::{DocumentRecord, Row, TailChange};

/// The acknowledged document.
pub(crate) fn load_base(record: &DocumentRecord) -> Result<Document, EngineError> {
    if record.base.is_empty() {
        return Ok(Document::born(record.kind));
    }
    Document::load(record.kind, &record.base).map_err(damaged)
}

/// The acknowledged document with the unsent edits: what the person sees.
pub(crate) fn load_full(record: &DocumentRecord) -> Result<Document, EngineError> {
    let mut full = load_base(record)?;
    full.apply(tail_changes(&record.tail)?).map_err(damaged)?;
    Ok(full)
}

/// What a person sees of a document.
#[derive(Debug)]
pub(super) struct View {
    fields: BTreeMap<String, FieldValue>,
    clashes: Vec<String>,
}

impl View {
    pub(super) fn of(document: &Document) -> Self {
        let (fields, clashes) = document.fields_and_clashes();
        Self { fields, clashes: clashes.into_iter().map(|clash| clash.field).collect() }
    }

    /// The row lists and searches read.
    pub(super) fn into_row(self, id: DocumentId, record: &DocumentRecord) -> Row {
        Row {
            id,
            kind: record.kind,
            fields: self.fields,
            clashes: self.clashes,
            first_seen_on: record.first_seen_on.clone(),
            imported: record.imported,
            selling_rep: record.selling_rep.clone(),
        }
    }
}

/// A downloaded document, opened. Opening is most of the work of a first download, and no document
/// knows of another: whoever runs the engine may open them side by side.
///
/// The document itself is not kept: hardly ever is it looked at again, and giving a thousand of them back at the end
/// takes as long as opening a few hundred.
#[derive(Debug)]
pub struct OpenedSnapshot {
    pub(super) heads: Vec<ChangeHash>,
    pub(super) first_author: Option<Actor>,
    pub(super) view: View,
}

impl OpenedSnapshot {
    /// Opens a downloaded document.
    pub fn of(downloaded: &DownloadedDocument) -> Result<Self, EngineError> {
        let document = load_snapshot(downloaded)?;
        Ok(Self { heads: document.heads(), first_author: document.first_author(), view: View::of(&document) })
    }
}

/// A downloaded document.
pub(super) fn load_snapshot(downloaded: &DownloadedDocument) -> Result<Document, EngineError> {
    Document::load(downloaded.kind, &downloaded.snapshot).map_err(damaged)
}

pub(super) fn tail_changes(tail: &[TailChange]) -> Result<Vec<Change>, EngineError> {
    tail.iter().map(|change| Change::from_bytes(change.bytes.to_vec()).map_err(damaged)).collect()
}

pub(super) fn parents_of(change: &Change) -> Vec<ChangeHash> {
    change.deps().iter().map(|parent| ChangeHash::from(*parent)).collect()
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
