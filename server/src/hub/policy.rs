//! One policy: every entry it has in the ledger, every edit of it, and which edit led to which entry.
//!
//! Told is what figures come from, and nothing of a customer: of an edit only the fields named here.

use std::collections::{BTreeMap, BTreeSet};

use document_model::sales::{EntryKind, LedgerKey, Posting, Sums, postings};
use document_model::{
    Actor, BookId, ChangeHash, DeviceId, Document, DocumentId, FieldValue, Kind, RecordFacts, UnitCode,
    intents_of,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::name_of;
use super::policies::product_name;
use super::{Gate, Hub, HubError, Rules};
use crate::auth::{Action, Object, Principal, may};
use crate::storage::{
    Counted, Entries, FeedBody, LedgerEntry, Storage, StorageError, Stored, StoredDocument, StoredEdit,
};

/// Entries of one policy that are listed, the oldest.
const ENTRIES: usize = 1_000;
/// Edits of one document that are listed, the newest.
const EDITS: usize = 1_000;
/// Edits of one document whose fields are told, the newest: each costs two looks into the past.
const EDITS_OPENED: usize = 200;

/// The fields that figures come from, of a policy and of headquarters' record of it.
const FIELDS: [&str; 11] = [
    "product",
    "premium_won",
    "payment_mode",
    "sale_date",
    "application_date",
    "certificate_date",
    "withdrawn_on",
    "status",
    "lapsed_on",
    "reinstated_on",
    "approved_sale_date",
];

/// A policy and all that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyShown {
    /// The policy.
    #[schema(value_type = String)]
    pub policy: DocumentId,
    /// The product; null where none is named.
    pub product: Option<String>,
    /// The product's name; its code where the catalogue does not have it.
    pub product_name: Option<String>,
    /// Who sold it.
    #[schema(value_type = Option<String>)]
    pub rep: Option<UnitCode>,
    /// The rep's name.
    pub rep_name: Option<String>,
    /// Its entries in the ledger, in order of arrival.
    pub entries: Vec<PolicyEntry>,
    /// The edits of it and of headquarters' record of it, in order of arrival. Of a policy that was begun anew,
    /// the edits of before are those that led to entries.
    pub edits: Vec<PolicyEdit>,
}

/// A ledger entry of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyEntry {
    /// The book whose ledger has it.
    #[schema(value_type = String)]
    pub book: BookId,
    /// Its number in that ledger.
    pub number: u64,
    /// What happened: `sold`, `corrected`, `withdrawn`, `lapsed`, `reinstated`, `transferred`, `uncounted`.
    pub kind: &'static str,
    /// What it adds to the net number of policies.
    pub count: i64,
    /// What it adds to the net premium, in won.
    pub won: i64,
    /// What it adds to the net annual premium equivalent, in won.
    pub ape_won: i64,
    /// What it adds to the policies that lapsed.
    pub lapsed: i64,
    /// The day it counts on.
    pub business_date: String,
    /// When the hub stored it, milliseconds since the epoch.
    pub arrived_ms: i64,
    /// The units it counts under.
    pub unit_path: PathShown,
    /// The product.
    pub product: String,
    /// The edit behind it. Where no edit led to it, but a change of the rules, it names only the newest entry that
    /// the policy's feed had then.
    pub cause: EditShown,
}

/// The units something counts under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PathShown {
    /// The region.
    #[schema(value_type = String)]
    pub region: UnitCode,
    /// The branch.
    #[schema(value_type = String)]
    pub branch: UnitCode,
    /// The rep.
    #[schema(value_type = String)]
    pub rep: UnitCode,
}

/// An edit: what it is called, whose it is, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EditShown {
    /// The book whose feed has it.
    #[schema(value_type = String)]
    pub book: BookId,
    /// Its number in that feed.
    pub seq: u64,
    /// The change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Whose account made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The device it was made on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub device: Option<DeviceId>,
    /// What that device calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// When the hub stored it, milliseconds since the epoch.
    pub arrived_ms: i64,
    /// When it was made, by the clock of the device, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_ms: Option<i64>,
}

/// An edit with what it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyEdit {
    /// The edit.
    #[serde(flatten)]
    pub edit: EditShown,
    /// What was edited: the `policy`, or headquarters' `record` of it.
    pub document: &'static str,
    /// The fields it changed, of those that figures come from; left out where that is not looked up any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldEdit>>,
}

/// A field that an edit changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldEdit {
    /// The field.
    pub field: String,
    /// What it was, in words; null: nothing.
    pub old: Option<String>,
    /// What it became.
    pub new: Option<String>,
}

/// A document with its history.
struct Opened {
    id: DocumentId,
    document: Document,
    /// Its newest changes, the newest last.
    history: Vec<ChangeHash>,
}

impl Opened {
    fn of(stored: &StoredDocument) -> Stored<Self> {
        let document = Document::load(stored.kind, &stored.saved);
        let document = document.map_err(|error| StorageError::Damaged(format!("{}: {error}", stored.id)))?;
        let mut history = document.history();
        history.drain(..history.len().saturating_sub(EDITS));
        Ok(Self { id: stored.id, document, history })
    }

    /// When a change was made, where it is part of the document still.
    fn made_ms(&self, change: &ChangeHash) -> Option<i64> {
        let made_at_s = self.document.change(change)?.timestamp();
        (made_at_s > 0).then(|| made_at_s.saturating_mul(1_000))
    }

    /// What a change did to the fields that figures come from.
    fn fields(&self, change: &ChangeHash) -> Option<Vec<FieldEdit>> {
        let opened = &self.history[self.history.len().saturating_sub(EDITS_OPENED)..];
        let change = self.document.change(change).filter(|_| opened.contains(change))?;
        let intents = intents_of(&self.document, &change).into_iter();
        let told = intents.filter(|intent| FIELDS.contains(&intent.field.as_str()));
        let edit = |(field, old, new)| FieldEdit { field, old: in_words(old), new: in_words(new) };
        Some(told.map(|intent| edit((intent.field, intent.old, intent.new))).collect())
    }
}

fn in_words(value: FieldValue) -> Option<String> {
    match value {
        FieldValue::Nothing => None,
        FieldValue::Flag(flag) => Some(flag.to_string()),
        FieldValue::Number(number) => Some(number.to_string()),
        FieldValue::Text(text) => Some(text),
    }
}

/// Whose edits are whose.
type Authors = BTreeMap<Actor, (String, DeviceId, Option<String>)>;

/// All that is known of the edits of a policy.
struct History {
    policy: Opened,
    record: Option<Opened>,
    /// Of both, in order of arrival.
    edits: Vec<StoredEdit>,
    authors: Authors,
}

impl History {
    fn opened(&self, document: DocumentId) -> Option<&Opened> {
        [Some(&self.policy), self.record.as_ref()].into_iter().flatten().find(|opened| opened.id == document)
    }

    /// The edit that led to an entry. An entry names the newest feed entry of its policy; it arrived with the edit
    /// behind it, be that one of the policy or of the record that headquarters keeps.
    fn cause(&self, entry: &LedgerEntry) -> Option<&StoredEdit> {
        let here = || {
            self.edits.iter().filter(|edit| (edit.book, edit.arrived_ms) == (entry.book, entry.arrived_ms))
        };
        let of_policy = here().find(|edit| edit.document == self.policy.id && edit.seq == entry.cause_seq);
        let of_record = here().rfind(|edit| edit.document != self.policy.id);
        if entry.posting.kind == EntryKind::Lapsed {
            of_record.or(of_policy)
        } else {
            of_policy.or(of_record)
        }
    }

    fn shown(&self, edit: &StoredEdit) -> EditShown {
        let author = self.authors.get(&edit.actor);
        EditShown {
            book: edit.book,
            seq: edit.seq,
            change: Some(edit.hash.to_string()),
            by: author.map(|(user, ..)| user.clone()),
            device: author.map(|(_, device, _)| *device),
            device_name: author.and_then(|(.., name)| name.clone()),
            arrived_ms: edit.arrived_ms,
            made_ms: self.opened(edit.document).and_then(|opened| opened.made_ms(&edit.hash)),
        }
    }

    fn entry(&self, entry: LedgerEntry) -> PolicyEntry {
        let unknown = || EditShown {
            book: entry.book,
            seq: entry.cause_seq,
            change: None,
            by: None,
            device: None,
            device_name: None,
            arrived_ms: entry.arrived_ms,
            made_ms: None,
        };
        let cause = self.cause(&entry).map_or_else(unknown, |edit| self.shown(edit));
        let mut sums = Sums::default();
        sums.post(&entry.posting);
        let key = entry.posting.key;
        PolicyEntry {
            book: entry.book,
            number: entry.number,
            kind: entry.posting.kind.as_str(),
            count: sums.net(),
            won: sums.premium_net_won(),
            ape_won: sums.ape_net_won(),
            lapsed: sums.lapsed(),
            business_date: key.day.to_string(),
            arrived_ms: entry.arrived_ms,
            unit_path: PathShown { region: key.path.region, branch: key.path.branch, rep: key.path.rep },
            product: key.product.0,
            cause,
        }
    }

    fn edit(&self, edit: &StoredEdit) -> PolicyEdit {
        PolicyEdit {
            edit: self.shown(edit),
            document: if edit.document == self.policy.id { "policy" } else { "record" },
            fields: self.opened(edit.document).and_then(|opened| opened.fields(&edit.hash)),
        }
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The edit of headquarters' record of a policy that arrived with an entry of it.
    pub(super) async fn record_edit(&self, entry: &LedgerEntry) -> Stored<Option<StoredEdit>> {
        let record = self.storage.documents(&[RecordFacts::document_of(entry.document)]).await?;
        let Some(record) = record.into_iter().flatten().next() else { return Ok(None) };
        let record = Opened::of(&record)?;
        let asked: Vec<_> = record.history.iter().map(|change| (record.id, *change)).collect();
        let mut edits = self.storage.edits(&asked).await?.into_iter();
        Ok(edits.rfind(|edit| (edit.book, edit.arrived_ms) == (entry.book, entry.arrived_ms)))
    }

    /// A policy to `principal`, who may see the rep who sold it, or a unit it counts or counted under. What nobody
    /// knows of and what may not be seen are told alike.
    pub async fn policy_for(
        &self,
        principal: &Principal,
        policy: DocumentId,
    ) -> Result<PolicyShown, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let mut found =
            self.storage.documents(&[policy, RecordFacts::document_of(policy)]).await?.into_iter();
        let (stored, record) = (found.next().flatten(), found.next().flatten());
        let stored = stored.filter(|stored| stored.kind == Kind::Policy).ok_or(HubError::NotAllowed)?;
        let opened = Opened::of(&stored)?;
        let record = record.as_ref().map(Opened::of).transpose()?;
        let asked = [Some(&opened), record.as_ref()].into_iter().flatten();
        let asked: Vec<_> =
            asked.flat_map(|one| one.history.iter().map(|change| (one.id, *change))).collect();
        let mut edits = self.storage.edits(&asked).await?;
        let entries = self.entries_of(&stored, &edits).await?;
        if !may_see(principal, &stored, &entries, &rules) {
            return Err(HubError::NotAllowed);
        }
        edits.extend(self.causes_of_before(&entries, &edits).await?);
        edits.sort();
        let authors = self.authors(&edits).await?;
        let product =
            opened.document.fields().get("product").and_then(FieldValue::as_text).map(str::to_owned);
        let history = History { policy: opened, record, edits, authors };
        Ok(PolicyShown {
            policy,
            product_name: product.as_deref().map(|code| product_name(&code.into(), &rules.catalogue)),
            product,
            rep_name: stored.selling_rep.as_ref().map(|rep| name_of(rep, &rules.roster)),
            rep: stored.selling_rep,
            entries: entries.into_iter().map(|entry| history.entry(entry)).collect(),
            edits: history.edits.iter().map(|edit| history.edit(edit)).collect(),
        })
    }

    /// The ledger entries of a policy. They lie in the books it was edited in; where those do not come to what it
    /// counts, it was in another book meanwhile, and all are looked through.
    async fn entries_of(&self, stored: &StoredDocument, edits: &[StoredEdit]) -> Stored<Vec<LedgerEntry>> {
        let books: BTreeSet<_> = edits.iter().map(|edit| edit.book).chain([stored.book]).collect();
        let books: Vec<_> = books.into_iter().collect();
        let entries = self.storage.entries_about(stored.id, &books, ENTRIES).await?;
        if entries.len() == ENTRIES || come_to(&entries, stored.counted.as_ref()) {
            return Ok(entries);
        }
        let all: Vec<_> = self.storage.books().await?.into_iter().map(|book| book.id).collect();
        self.storage.entries_about(stored.id, &all, ENTRIES).await
    }

    /// The edits behind entries that the document does not remember, because it was begun anew.
    async fn causes_of_before(
        &self,
        entries: &[LedgerEntry],
        known: &[StoredEdit],
    ) -> Stored<Vec<StoredEdit>> {
        let known: BTreeSet<_> = known.iter().map(|edit| (edit.book, edit.seq)).collect();
        let causes: BTreeSet<_> = entries.iter().map(|entry| (entry.book, entry.cause_seq)).collect();
        let mut found = Vec::new();
        for (book, seq) in causes.into_iter().filter(|cause| !known.contains(cause)) {
            let rows = self.storage.feed(book, Entries::All, (seq.saturating_sub(1), seq), 1, 1).await?;
            found.extend(rows.into_iter().filter_map(|row| match row.body {
                FeedBody::Change { hash, actor, .. } => {
                    let (arrived_ms, document) = (row.arrived_ms, row.document);
                    Some(StoredEdit { arrived_ms, book, seq, document, hash, actor })
                }
                _ => None,
            }));
        }
        Ok(found)
    }

    /// Whose edits these are.
    async fn authors(&self, edits: &[StoredEdit]) -> Stored<Authors> {
        let actors: BTreeSet<_> = edits.iter().map(|edit| edit.actor).collect();
        let actors: Vec<_> = actors.into_iter().collect();
        let mut authors = Authors::new();
        for stream in self.storage.streams(&actors).await?.into_iter().flatten() {
            let name = self.storage.device(stream.device).await?.map(|device| device.name);
            authors.insert(stream.actor, (stream.user, stream.device, name));
        }
        Ok(authors)
    }
}

/// Whether entries come to what a policy counts at present.
fn come_to(entries: &[LedgerEntry], counted: Option<&Counted>) -> bool {
    let mut left: BTreeMap<&LedgerKey, [i64; 3]> = BTreeMap::new();
    let due = postings(None, counted.map(|counted| (&counted.facts, &counted.path)));
    let entered = entries.iter().map(|entry| (&entry.posting, 1));
    for (Posting { key, count, won, ape_won, .. }, sign) in entered.chain(due.iter().map(|due| (due, -1))) {
        let sums = left.entry(key).or_default();
        sums.iter_mut().zip([count, won, ape_won]).for_each(|(sum, part)| *sum += sign * part);
    }
    left.values().all(|sums| *sums == [0; 3])
}

fn may_see(principal: &Principal, stored: &StoredDocument, entries: &[LedgerEntry], rules: &Rules) -> bool {
    let may_see =
        |unit: &UnitCode| may(principal, Action::SeeFigures, Object::Figures { unit, roster: &rules.roster });
    let paths = entries.iter().map(|entry| &entry.posting.key.path);
    stored.selling_rep.as_ref().is_some_and(may_see)
        || paths.into_iter().any(|path| may_see(&path.rep) || may_see(&path.branch) || may_see(&path.region))
}
