//! Documents while an event is worked on, and writing them back.

use std::collections::BTreeMap;

use document_model::{
    Actor, BookId, Change, ChangeHash, DeviceId, Document, DocumentId, Entropy, Kind, Moment, Product,
    intents_of,
};
use minicbor::bytes::ByteVec;
use sync_protocol::Digest;
use sync_protocol::planted::{Bug, armed};

use super::open::{Opened, damaged, load_base, tail_changes};
use super::{Engine, EngineError, Records, fold_intents};
use crate::records::{DocumentRecord, IndexRecord, OriginRecord, TailChange, TrayItem, encode, keys};
use crate::store::Batch;

/// The device that stands for the hub's own writes.
const HUB_DEVICE: DeviceId = DeviceId([0; 16]);

/// One document being worked on.
pub(super) struct Working {
    pub(super) record: DocumentRecord,
    pub(super) base: Document,
    /// The document with its unsent edits as it was before anything was taken in: what the edits
    /// are read from when they have to be authored again.
    original: Option<Document>,
    touched: bool,
}

/// All documents an event touches.
pub(super) struct Desk {
    records: Records,
    open: BTreeMap<DocumentId, Working>,
    pub(super) tray: Vec<TrayItem>,
    now: Moment,
    first_seen_on: String,
}

impl Desk {
    pub(super) fn new(records: Records, now: Moment, first_seen_on: String) -> Self {
        Self { records, open: BTreeMap::new(), tray: Vec::new(), now, first_seen_on }
    }

    /// The document, if the device holds it.
    pub(super) fn find(&mut self, id: DocumentId) -> Result<Option<&mut Working>, EngineError> {
        if !self.open.contains_key(&id) {
            let Some(record) = self.records.remove(&id).flatten() else { return Ok(None) };
            let base = load_base(&record)?;
            self.open.insert(id, Working::new(record, base));
        }
        Ok(self.open.get_mut(&id))
    }

    /// The document, made empty if the device does not hold it.
    pub(super) fn find_or_make(
        &mut self,
        id: DocumentId,
        kind: Kind,
        lineage: u32,
    ) -> Result<&mut Working, EngineError> {
        if self.find(id)?.is_none() {
            let record = DocumentRecord {
                kind,
                lineage,
                books: Vec::new(),
                made_for: None,
                base: ByteVec::from(Vec::new()),
                tail: Vec::new(),
                replaced: Vec::new(),
                resend: false,
                first_seen_on: self.first_seen_on.clone(),
            };
            self.open.insert(id, Working::new(record, Document::born(kind)));
        }
        Ok(self.open.get_mut(&id).expect("found or just made"))
    }

    /// All documents that are open, to be written back.
    pub(super) fn open_ids(&self) -> Vec<DocumentId> {
        self.open.keys().copied().collect()
    }

    /// Moves the tail from `from` on into the tray.
    pub(super) fn move_to_tray(
        &mut self,
        id: DocumentId,
        from: usize,
        reason: &str,
    ) -> Result<u64, EngineError> {
        let now = self.now;
        let Some(working) = self.find(id)? else { return Ok(0) };
        let Some(item) = working.take_tail(id, from, reason, now)? else { return Ok(0) };
        let count = item.changes.len() as u64;
        if armed(Bug::DropRefused) {
            return Ok(count);
        }
        self.tray.push(item);
        Ok(count)
    }
}

impl Working {
    fn new(record: DocumentRecord, base: Document) -> Self {
        Self { record, base, original: None, touched: false }
    }

    /// The document with its unsent edits, as it was when work on it began.
    pub(super) fn original(&mut self) -> Result<&Document, EngineError> {
        if self.original.is_none() {
            let mut full = self.base.clone();
            full.apply(tail_changes(&self.record.tail)?).map_err(damaged)?;
            self.original = Some(full);
        }
        Ok(self.original.as_ref().expect("just made"))
    }

    /// Keeps the original before the base moves, where there are unsent edits to be read from it.
    fn keep_original(&mut self) -> Result<(), EngineError> {
        if !self.record.tail.is_empty() {
            self.original()?;
        }
        Ok(())
    }

    /// True when history holds other changes under the numbers of unsent ones: another copy of this
    /// store wrote with the same stream.
    pub(super) fn is_forked(&self) -> Result<bool, EngineError> {
        let changes = tail_changes(&self.record.tail)?;
        let taken = |change: &Change| {
            Actor::of(change.actor_id()).is_some_and(|actor| self.base.last_seq(actor) >= change.seq())
        };
        Ok(changes.iter().any(taken))
    }

    /// True when an unsent edit was written with another stream than `actor`.
    pub(super) fn has_foreign_tail(&self, actor: Actor) -> Result<bool, EngineError> {
        let changes = tail_changes(&self.record.tail)?;
        Ok(changes.iter().any(|change| Actor::of(change.actor_id()) != Some(actor)))
    }

    /// Marks the record for writing.
    pub(super) fn touch(&mut self) -> &mut DocumentRecord {
        self.touched = true;
        &mut self.record
    }

    /// Takes acknowledged changes in. `false`: parents are missing here.
    pub(super) fn absorb(&mut self, changes: Vec<Change>) -> Result<bool, EngineError> {
        if !self.base.missing_parents(&changes).is_empty() {
            return Ok(false);
        }
        self.touched = true;
        self.keep_original()?;
        self.base.apply(changes).map_err(damaged)?;
        self.drop_acknowledged();
        Ok(true)
    }

    /// Takes a saved document in.
    pub(super) fn merge(&mut self, snapshot: &[u8]) -> Result<(), EngineError> {
        let other = Document::load(self.record.kind, snapshot).map_err(damaged)?;
        self.touched = true;
        self.keep_original()?;
        self.base.merge(&other).map_err(damaged)?;
        self.drop_acknowledged();
        Ok(())
    }

    /// Moves the first `count` edits of the tail into the base.
    pub(super) fn acknowledge(&mut self, count: usize) -> Result<(), EngineError> {
        let changes = tail_changes(&self.record.tail[..count])?;
        self.touched = true;
        self.base.apply(changes).map_err(damaged)?;
        self.drop_acknowledged();
        Ok(())
    }

    /// Edits that the base holds are no longer unsent.
    fn drop_acknowledged(&mut self) {
        let base = &self.base;
        self.record.tail.retain(|change| !base.contains(&change.hash));
    }

    fn take_tail(
        &mut self,
        id: DocumentId,
        from: usize,
        reason: &str,
        now: Moment,
    ) -> Result<Option<TrayItem>, EngineError> {
        if from >= self.record.tail.len() {
            return Ok(None);
        }
        self.touched = true;
        let changes = tail_changes(&self.record.tail[from..])?;
        let original = self.original()?;
        let intents = changes.iter().flat_map(|change| intents_of(original, change)).collect();
        let taken: Vec<TailChange> = self.record.tail.drain(from..).collect();
        let first = taken.first().map_or(ChangeHash([0; 32]), |change| change.hash);
        Ok(Some(TrayItem {
            // The first change names the item, so that the same edits make the same item once.
            id: DocumentId::derived("tray", &first.to_string()),
            document: id,
            kind: self.record.kind,
            reason: reason.to_owned(),
            intents: fold_intents(intents),
            changes: taken.into_iter().map(|change| change.bytes).collect(),
            at_ms: now.0,
        }))
    }
}

impl Engine {
    /// Writes every touched document back: record, index and row; updates digests and catalogue.
    /// Documents that no book holds go, at the end of an exchange alone.
    pub(super) fn write_back(
        &mut self,
        desk: Desk,
        end_of_exchange: bool,
        batch: &mut Batch,
    ) -> Result<(), EngineError> {
        for actor in std::mem::take(&mut self.former_actors) {
            let record = OriginRecord { user: self.device.user.clone(), device: self.device.device };
            batch.put(keys::origin(actor), encode(&record));
        }
        for item in &desk.tray {
            batch.put(keys::tray(item.id), item.encode());
        }
        for (id, working) in desk.open {
            let orphaned = working.record.books.is_empty() && working.record.made_for.is_none();
            if orphaned && end_of_exchange && working.record.tail.is_empty() && !armed(Bug::KeepLeftDocuments)
            {
                self.forget(id, batch);
            } else if working.touched {
                self.write_record(id, working, batch)?;
            }
        }
        Ok(())
    }

    fn write_record(
        &mut self,
        id: DocumentId,
        working: Working,
        batch: &mut Batch,
    ) -> Result<(), EngineError> {
        let Working { mut record, base, .. } = working;
        let acknowledged = !base.history().is_empty();
        record.base = if acknowledged { base.save().into() } else { ByteVec::from(Vec::new()) };
        let term = acknowledged.then(|| Digest::of_document(&id, record.lineage, &base.heads()));
        let mut full = base;
        full.apply(tail_changes(&record.tail)?).map_err(damaged)?;
        let opened = Opened { full };
        let row = opened.row(id, &record, self.is_import(&opened.full));
        if row.kind == Kind::Product {
            Product::of_fields(&row.fields).into_iter().for_each(|product| self.catalogue.insert(product));
        }
        let index = IndexRecord {
            kind: record.kind,
            books: record.books.clone(),
            unsent: record.tail.len() as u32,
            term,
            homeless: record.books.is_empty() && record.made_for.is_none(),
        };
        batch.put(keys::document(id), encode(&record));
        batch.put(keys::row(id), row.encode());
        batch.put(keys::index(id), encode(&index));
        self.reindex(id, Some(index));
        Ok(())
    }

    fn forget(&mut self, id: DocumentId, batch: &mut Batch) {
        batch.delete(keys::document(id));
        batch.delete(keys::row(id));
        batch.delete(keys::index(id));
        self.reindex(id, None);
    }

    fn reindex(&mut self, id: DocumentId, entry: Option<IndexRecord>) {
        let before = match entry {
            Some(entry) => {
                let new = entry.clone();
                let old = self.index.insert(id, entry);
                self.count(&new, Digest::plus);
                old
            }
            None => self.index.remove(&id),
        };
        if let Some(before) = before {
            self.count(&before, Digest::minus);
        }
    }

    fn count(&mut self, entry: &IndexRecord, operation: fn(Digest, Digest) -> Digest) {
        let Some(term) = entry.term else { return };
        for book in &entry.books {
            let sum = self.digests.entry(*book).or_default();
            *sum = operation(*sum, term);
        }
    }

    /// True for documents the hub's import made: their first change is the hub's own.
    fn is_import(&self, document: &Document) -> bool {
        let first = document.history().first().and_then(|hash| document.change(hash));
        let actor = first.and_then(|change| Actor::of(change.actor_id()));
        actor.is_some_and(|actor| self.hub_actors.contains(&actor))
    }

    /// Notes whose an actor is; the hub's own mark imports.
    pub(super) fn note_origin(&mut self, actor: Actor, device: DeviceId) {
        if device == HUB_DEVICE {
            self.hub_actors.insert(actor);
        }
    }

    /// A book's digest as this device has it.
    pub(super) fn digest(&self, book: BookId) -> Digest {
        self.digests.get(&book).copied().unwrap_or_default()
    }

    /// Sixteen random bytes as a generation; never 0, which means none.
    pub(super) fn fresh_generation(entropy: &mut dyn Entropy) -> u64 {
        let bytes = entropy.sixteen();
        u64::from_be_bytes(bytes[..8].try_into().expect("eight of sixteen bytes")) | 1
    }
}
