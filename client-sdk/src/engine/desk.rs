//! The documents an event works on, and writing them back.

use std::collections::BTreeMap;

use document_model::schema::Schema;
use document_model::{Actor, BookId, DeviceId, DocumentId, Entropy, Kind, Moment, Product, SaleRules};
use minicbor::bytes::ByteVec;
use sync_protocol::Digest;
use sync_protocol::planted::{Bug, armed};

use super::working::{Unsent, Working};
use super::{Engine, EngineError, Records};
use crate::platform::map_each;
use crate::records::{DocumentRecord, IndexRecord, OriginRecord, Row, TrayItem, encode, keys};
use crate::store::Batch;

/// The device that stands for the hub's own writes.
const HUB_DEVICE: DeviceId = DeviceId([0; 16]);

/// All documents an event touches.
pub(super) struct Desk {
    records: Records,
    /// Boxed: each is large, and a tree moves what it holds.
    open: BTreeMap<DocumentId, Box<Working>>,
    pub(super) tray: Vec<TrayItem>,
    /// Unsent edits of documents that began anew.
    pub(super) superseded: Vec<(DocumentId, Vec<Unsent>)>,
    now: Moment,
    first_seen_on: String,
}

impl Desk {
    pub(super) fn new(records: Records, now: Moment, first_seen_on: String) -> Self {
        Self { records, open: BTreeMap::new(), tray: Vec::new(), superseded: Vec::new(), now, first_seen_on }
    }

    pub(super) fn now(&self) -> Moment {
        self.now
    }

    /// The document, if the device holds it.
    pub(super) fn find(&mut self, id: DocumentId) -> Option<&mut Working> {
        if let Some(record) = self.records.remove(&id).flatten() {
            self.open.insert(id, Box::new(Working::stored(record)));
        }
        self.open.get_mut(&id).map(Box::as_mut)
    }

    /// The document, made empty if the device does not hold it.
    pub(super) fn find_or_make(&mut self, id: DocumentId, kind: Kind, lineage: u32) -> &mut Working {
        if self.find(id).is_none() {
            let record = DocumentRecord {
                kind,
                lineage,
                books: Vec::new(),
                made_for: None,
                base: ByteVec::from(Vec::new()),
                appended: 0,
                heads: Vec::new(),
                tail: Vec::new(),
                replaced: Vec::new(),
                resend: false,
                imported: false,
                selling_rep: None,
                lacking: Vec::new(),
                first_seen_on: self.first_seen_on.clone(),
            };
            self.open.insert(id, Box::new(Working::fresh(record)));
        }
        self.open.get_mut(&id).expect("found or just made")
    }

    /// All documents that were looked at, to be written back.
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
        let Some(working) = self.find(id) else { return Ok(0) };
        let Some(item) = working.take_tail(id, from, reason, now)? else { return Ok(0) };
        let count = item.changes.len() as u64;
        if armed(Bug::DropRefused) {
            return Ok(count);
        }
        self.tray.push(item);
        Ok(count)
    }
}

/// A document as it is to be stored.
struct Written {
    id: DocumentId,
    index: IndexRecord,
    /// Keys and values.
    records: Vec<(Vec<u8>, Vec<u8>)>,
    /// What lists read, where the engine itself goes by it.
    row: Option<Row>,
}

/// Whether a row says what the engine judges sales by.
fn concerns_the_engine(id: DocumentId, row: &Row) -> bool {
    row.kind == Kind::Product || id == Schema::document_of(Kind::Policy)
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
        let mut touched = Vec::new();
        for (id, working) in desk.open {
            let orphaned = working.record.books.is_empty() && working.record.made_for.is_none();
            let empty = working.record.tail.is_empty();
            let goes = end_of_exchange || working.record.base.is_empty();
            if orphaned && goes && empty && !armed(Bug::KeepLeftDocuments) {
                self.forget(id, batch);
            } else if working.touched {
                touched.push((id, working));
            }
        }
        for written in map_each(touched, |(id, working)| self.written(id, *working)) {
            self.put(written?, batch);
        }
        Ok(())
    }

    /// What is to be stored of a document. None knows of another, and opening, saving and looking through them is
    /// where the time of an exchange goes.
    fn written(&self, id: DocumentId, mut working: Working) -> Result<Written, EngineError> {
        if working.settle_base() {
            working.record.imported = self.is_import(working.first_author()?);
        }
        let row = if working.view_moved { Some(working.row(id)?) } else { None };
        let record = working.record;
        let acknowledged = !record.base.is_empty();
        let index = IndexRecord {
            kind: record.kind,
            books: record.books.clone(),
            unsent: record.tail.len() as u32,
            term: acknowledged.then(|| Digest::of_document(&id, record.lineage, &record.heads)),
            homeless: record.books.is_empty() && record.made_for.is_none(),
            lacks: !record.lacking.is_empty(),
        };
        let kept = [Some((keys::document(id), encode(&record))), Some((keys::index(id), encode(&index)))];
        let shown = row.as_ref().map(|row| (keys::row(id), row.encode()));
        let row = row.filter(|row| concerns_the_engine(id, row));
        Ok(Written { id, index, records: kept.into_iter().chain([shown]).flatten().collect(), row })
    }

    fn put(&mut self, written: Written, batch: &mut Batch) {
        let Written { id, index, records, row } = written;
        records.into_iter().for_each(|(key, value)| batch.put(key, value));
        match row {
            Some(row) if row.kind == Kind::Product => {
                let product = Product::of_fields(&row.fields);
                product.into_iter().for_each(|product| self.catalogue.insert(product));
            }
            Some(row) => self.sale_rules = SaleRules::of_fields(&row.fields),
            None => {}
        }
        self.reindex(id, Some(index));
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
    fn is_import(&self, first_author: Option<Actor>) -> bool {
        first_author.is_some_and(|actor| self.hub_actors.contains(&actor))
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
