//! What apps show: documents, lists, search, clashes, tray, status and own figures, read from rows.

use std::collections::BTreeMap;

use document_model::problem::{Circumstances, any_blocking, problems};
use document_model::{
    Actor, ChangeHash, DocumentId, FieldValue, Intent, Kind, Moment, RecordFacts, format_moment, intents_of,
    parse_date,
};
use serde::Serialize;
use serde_json::Value;

use crate::client::{Client, ClientError, id_of};
use crate::engine::{clashes_shown, load_full};
use crate::records::{DocumentRecord, RecordState, Row, TrayItem, decode, keys};
use crate::store::Store;
use crate::transport::Transport;
use crate::{Query, Rank, keys_of};

/// One document as people and programs see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentView {
    /// Its id.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Visible fields, plain and typed.
    pub fields: BTreeMap<String, FieldValue>,
    /// Fields with several concurrent values.
    pub clashes: Vec<Value>,
    /// Rules it breaks.
    pub problems: Vec<ProblemView>,
    /// How far it has come.
    pub state: RecordState,
}

/// One rule a document breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemView {
    /// The rule.
    pub code: &'static str,
    /// The field to put right.
    pub field: String,
    /// True when the document counts for nothing until then.
    pub blocking: bool,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListItem {
    /// The document.
    pub id: DocumentId,
    /// Visible fields.
    pub fields: BTreeMap<String, FieldValue>,
    /// Number of clashes.
    pub clashes: usize,
    /// True when a problem keeps it from counting.
    pub blocked: bool,
    /// How far it has come.
    pub state: RecordState,
}

/// A document with its clashes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClashesOf {
    /// The document.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// The clashes, each with its values, authors and times.
    pub clashes: Vec<Value>,
}

/// A tray item as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrayView {
    /// Its id.
    pub id: DocumentId,
    /// The document the edits were made to.
    pub document: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Why the edits are here.
    pub reason: String,
    /// When they came here.
    pub at: String,
    /// The edits: field, old value, new value, when.
    pub edits: Vec<Value>,
}

/// One edit of a document's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The change.
    pub change: ChangeHash,
    /// Who made it, by the hub's record.
    pub author: String,
    /// When, by the author's clock.
    pub time: String,
    /// What it did: field, old value, new value.
    pub edits: Vec<Intent>,
}

/// The device's state in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The account.
    pub user: String,
    /// The unit.
    pub unit: String,
    /// The registered device.
    pub device: String,
    /// The hub.
    pub server: String,
    /// True while signed in.
    pub signed_in: bool,
    /// Edits the hub has not acknowledged.
    pub unsent: u64,
    /// Items in the tray.
    pub tray: usize,
    /// Documents with a clash.
    pub clashes: usize,
    /// Documents held.
    pub documents: usize,
    /// The names of the books held.
    pub books: Vec<String>,
    /// When the hub was last reached.
    pub last_contact: Option<String>,
    /// Days said to be complete that the hub does not know of yet.
    pub closed_days: Vec<String>,
}

impl<S: Store, T: Transport> Client<S, T> {
    /// One document, with clashes, problems and state.
    pub async fn show(&self, id: DocumentId, now: Moment) -> Result<DocumentView, ClientError> {
        let found = self.store.get(&[keys::document(id), keys::row(id)]).await?;
        let [Some(record), Some(row)] = found.as_slice() else {
            return Err(ClientError::Unknown("document"));
        };
        let record: DocumentRecord = decode(record)?;
        let row = Row::decode(id, row)?;
        let full = load_full(&record)?;
        let record = self.rows_of(&[RecordFacts::document_of(id)]).await?;
        let record = records_in(&record).remove(&id).unwrap_or_default();
        let problems = self.problems_of(&row, record, now)?;
        Ok(DocumentView {
            id,
            kind: row.kind,
            clashes: clashes_shown(&full, &self.authors().await?),
            fields: row.fields,
            problems,
            state: self.engine()?.state_of(id),
        })
    }

    /// All documents of a kind, newest last.
    pub async fn list(&self, kind: Kind, now: Moment) -> Result<Vec<ListItem>, ClientError> {
        let rows = self.rows(kind).await?;
        let records = if kind == Kind::Policy { self.records().await? } else { BTreeMap::new() };
        let item = |row: Row| self.item(records.get(&row.id).copied().unwrap_or_default(), row, now);
        rows.into_iter().map(item).collect()
    }

    /// Customers by name, phone, address or initial consonants, best match first.
    pub async fn search(&self, text: &str, now: Moment) -> Result<Vec<ListItem>, ClientError> {
        let query = Query::parse(text);
        let mut found: Vec<(Rank, Row)> = Vec::new();
        for row in self.rows(Kind::Customer).await? {
            if let Some(rank) = query.rank(&keys_of(&searched_texts(&row))) {
                found.push((rank, row));
            }
        }
        found.sort_by(|a, b| (&a.0, a.1.id).cmp(&(&b.0, b.1.id)));
        found.into_iter().map(|(_, row)| self.item(RecordFacts::default(), row, now)).collect()
    }

    /// Every document with a clash.
    pub async fn clashes(&self) -> Result<Vec<ClashesOf>, ClientError> {
        let authors = self.authors().await?;
        let mut found = Vec::new();
        for row in self.all_rows().await?.into_iter().filter(|row| !row.clashes.is_empty()) {
            let Some(record) = self.store.get(&[keys::document(row.id)]).await?.pop().flatten() else {
                continue;
            };
            let record: DocumentRecord = decode(&record)?;
            let clashes = clashes_shown(&load_full(&record)?, &authors);
            found.push(ClashesOf { id: row.id, kind: row.kind, clashes });
        }
        Ok(found)
    }

    /// Who changed a document, and when: every edit, oldest first.
    pub async fn history(&self, id: DocumentId) -> Result<Vec<HistoryLine>, ClientError> {
        let found = self.store.get(&[keys::document(id)]).await?.pop().flatten();
        let record: DocumentRecord = decode(&found.ok_or(ClientError::Unknown("document"))?)?;
        let (full, authors) = (load_full(&record)?, self.authors().await?);
        let changes = full.history().into_iter().filter_map(|hash| Some((hash, full.change(&hash)?)));
        let lines = changes.map(|(hash, change)| {
            let author = Actor::of(change.actor_id()).and_then(|actor| authors.get(&actor).cloned());
            HistoryLine {
                change: hash,
                author: author.unwrap_or_else(|| "unknown".to_owned()),
                time: format_moment(Moment(change.timestamp().saturating_mul(1000))),
                edits: intents_of(&full, &change),
            }
        });
        Ok(lines.collect())
    }

    /// Every tray item.
    pub async fn tray(&self) -> Result<Vec<TrayView>, ClientError> {
        let items = self.store.scan(keys::TRAY).await?;
        items
            .into_iter()
            .map(|(key, value)| {
                let id = id_of(&key, keys::TRAY, DocumentId::from_slice)?;
                Ok(tray_view(TrayItem::decode(id, &value)?))
            })
            .collect()
    }

    /// The changes of a tray item as they were made.
    pub async fn tray_changes(&self, id: DocumentId) -> Result<Vec<Vec<u8>>, ClientError> {
        let item = self.tray_item(id).await?;
        Ok(item.changes.into_iter().map(Vec::from).collect())
    }

    /// The device's state.
    pub async fn status(&self) -> Result<Status, ClientError> {
        let engine = self.engine()?;
        let device = engine.device();
        Ok(Status {
            user: device.user.clone(),
            unit: device.unit.0.clone(),
            device: device.device.to_string(),
            server: device.server.clone(),
            signed_in: !device.refresh_token.is_empty(),
            unsent: engine.unsent(),
            tray: self.store.scan(keys::TRAY).await?.len(),
            clashes: self.all_rows().await?.iter().filter(|row| !row.clashes.is_empty()).count(),
            documents: engine.index().values().filter(|entry| entry.kind.written_by_reps()).count(),
            books: engine.books().values().map(|book| book.name.clone()).collect(),
            closed_days: device.days_waiting().collect(),
            last_contact: (device.last_contact_ms > 0).then(|| format_moment(Moment(device.last_contact_ms))),
        })
    }

    fn item(&self, record: RecordFacts, row: Row, now: Moment) -> Result<ListItem, ClientError> {
        let blocked = any_blocking(&self.judge(&row, record, now)?);
        let state = self.engine()?.state_of(row.id);
        Ok(ListItem { id: row.id, clashes: row.clashes.len(), fields: row.fields, blocked, state })
    }

    pub(crate) fn problems_of(
        &self,
        row: &Row,
        record: RecordFacts,
        now: Moment,
    ) -> Result<Vec<ProblemView>, ClientError> {
        let view = |problem: document_model::problem::Problem| ProblemView {
            code: problem.code,
            field: problem.field,
            blocking: problem.blocking,
        };
        Ok(self.judge(row, record, now)?.into_iter().map(view).collect())
    }

    /// The same rules as the hub's, over what headquarters' record of the policy says.
    pub(crate) fn judge(
        &self,
        row: &Row,
        record: RecordFacts,
        now: Moment,
    ) -> Result<Vec<document_model::problem::Problem>, ClientError> {
        let engine = self.engine()?;
        let today = engine.day(now);
        let circumstances = Circumstances {
            catalogue: engine.catalogue(),
            sale_rules: engine.sale_rules(),
            record,
            // The hub's day is not known here, only that it is not to come: a clock may have been fast.
            created_on: parse_date(&row.first_seen_on).map_or(today, |seen| seen.min(today)),
            judged_on: today,
            imported: row.imported,
        };
        Ok(problems(row.kind, &row.fields, circumstances))
    }

    pub(crate) async fn rows(&self, kind: Kind) -> Result<Vec<Row>, ClientError> {
        let engine = self.engine()?;
        let of_kind = engine.index().iter().filter(|(_, entry)| entry.kind == kind);
        let ids: Vec<_> = of_kind.map(|(id, _)| *id).collect();
        self.rows_of(&ids).await
    }

    /// What headquarters' records on this device say, by policy.
    pub(crate) async fn records(&self) -> Result<BTreeMap<DocumentId, RecordFacts>, ClientError> {
        Ok(records_in(&self.rows(Kind::PolicyRecord).await?))
    }

    pub(crate) async fn all_rows(&self) -> Result<Vec<Row>, ClientError> {
        let rows = self.store.scan(keys::ROWS).await?;
        rows.into_iter()
            .map(|(key, value)| Ok(Row::decode(id_of(&key, keys::ROWS, DocumentId::from_slice)?, &value)?))
            .collect()
    }

    async fn authors(&self) -> Result<BTreeMap<Actor, String>, ClientError> {
        let device = self.engine()?.device();
        let mut authors: BTreeMap<Actor, String> =
            self.origins().await?.into_iter().map(|(actor, origin)| (actor, origin.user)).collect();
        authors.insert(device.actor, device.user.clone());
        Ok(authors)
    }
}

/// What these records say, by policy.
fn records_in(rows: &[Row]) -> BTreeMap<DocumentId, RecordFacts> {
    let told =
        |row: &Row| Some((RecordFacts::policy_of(row.id, &row.fields)?, RecordFacts::of_fields(&row.fields)));
    rows.iter().filter_map(told).collect()
}

/// What a customer is found by: the name first, then phones, mail and addresses.
pub(crate) fn searched_texts(row: &Row) -> Vec<&str> {
    let also = ["phone", "email", "address", "work_address"];
    let name = row.fields.get("name").and_then(FieldValue::as_text);
    let others = row.fields.iter().filter(|(field, _)| also.iter().any(|also| field.starts_with(also)));
    name.into_iter().chain(others.filter_map(|(_, value)| value.as_text())).collect()
}

fn tray_view(item: TrayItem) -> TrayView {
    let edit = |intent: &document_model::Intent| {
        serde_json::json!({
            "field": intent.field,
            "old": intent.old,
            "new": intent.new,
            "time": format_moment(Moment(intent.made_at_s.saturating_mul(1000))),
        })
    };
    TrayView {
        id: item.id,
        document: item.document,
        kind: item.kind,
        reason: item.reason,
        at: format_moment(Moment(item.at_ms)),
        edits: item.intents.iter().map(edit).collect(),
    }
}
