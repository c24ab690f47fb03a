//! Composing a request: unsent edits up, cursors, downloads and repairs.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Actor, Change, DocumentId, Entropy, Moment, first_parent, is_genesis, stands_for};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{
    Cursor, Cursors, DownloadAsk, HeldDocument, PROTOCOL_VERSION, PushedChange, PushedDocument, RepairAsk,
    SCHEMA_VERSION, StreamState, SyncRequest, cursors_hash, limits,
};

use super::desk::Desk;
use super::reply::Findings;
use super::restored::GivingBack;
use super::{Effects, Engine, EngineError, Outgoing, Records};
use crate::records::{BookRecord, IndexRecord, ReceiptRecord, encode, keys};
use crate::store::Batch;

/// Bytes of pushed changes in one request; the rest goes with the next.
const PUSH_BYTES: usize = limits::REQUEST_BYTES / 2;

/// What a request carries.
#[derive(Default)]
struct Pushes {
    pushes: Vec<PushedDocument>,
    /// Their documents, in the same order.
    documents: Vec<DocumentId>,
    /// How many of each document's unsent edits are among them.
    edits: BTreeMap<DocumentId, u32>,
}

impl Engine {
    /// Documents with unsent edits, as many as one request carries.
    pub(super) fn needed_to_compose(&self) -> BTreeSet<DocumentId> {
        let waits = |entry: &IndexRecord| entry.unsent > 0 || entry.lacks;
        let unsent = self.index.iter().filter(|(_, entry)| waits(entry)).map(|(id, _)| *id);
        unsent.filter(|id| !self.set_aside.contains(id)).take(self.push_limit).collect()
    }

    pub(super) fn compose(
        &mut self,
        receipts: &[ReceiptRecord],
        records: Records,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<Effects, EngineError> {
        let ids: Vec<_> = records.keys().copied().collect();
        let device = self.device.clone();
        let mut desk = Desk::new(records, now, self.day(now).to_string());
        let mut ready = Vec::new();
        let wait = self.pages_wait();
        if self.device.renew_stream && !wait {
            self.renew_stream(entropy);
        }
        for id in ids {
            let Some(working) = desk.find(id) else { continue };
            let again = !working.record.replaced.is_empty() || working.has_foreign_tail(self.device.actor)?;
            // History must be known before edits are authored again: pages first.
            if !again || (!wait && self.reauthor(&mut desk, id, now)?) {
                ready.push(id);
            }
        }
        if self.device.renew_stream {
            ready.clear();
        }
        let mut lost = Findings::default();
        let Pushes { pushes, documents, edits } = self.pushes(&mut desk, &ready, receipts, &mut lost)?;
        self.fetch_again(&lost.fetch);
        if !pushes.is_empty() && self.device.next == 0 {
            self.device.next = Self::fresh_generation(entropy);
        }
        let mut batch = Batch::new();
        self.write_back(desk, false, &mut batch)?;
        if self.device != device {
            batch.put(keys::DEVICE, encode(&self.device));
        }
        self.goes_out(&edits, &mut batch);
        let all: u64 = edits.values().copied().map(u64::from).sum();
        let complete = (all >= self.unsent()).then_some(now.0);
        let request = self.request(pushes, complete);
        let send = Some(Box::new(Outgoing { request, documents }));
        Ok(Effects { writes: vec![batch], send, report: lost.report, ..Effects::default() })
    }

    /// True while a book's history is only partly read.
    fn pages_wait(&self) -> bool {
        self.books.values().any(|book| book.download.is_some() || book.behind)
    }

    fn pushes(
        &self,
        desk: &mut Desk,
        ready: &[DocumentId],
        receipts: &[ReceiptRecord],
        lost: &mut Findings,
    ) -> Result<Pushes, EngineError> {
        let Pushes { mut pushes, mut documents, mut edits } = Pushes::default();
        let mut bytes = 0;
        for id in ready {
            if pushes.len() >= self.push_limit || bytes >= PUSH_BYTES || self.set_aside.contains(id) {
                break;
            }
            let Some(working) = desk.find(*id) else { continue };
            let Some(book) = working.record.books.first().copied().or(working.record.made_for) else {
                continue;
            };
            let mut changes: Vec<PushedChange> = Vec::new();
            let (mut proofs, mut tail_follows) = (None, true);
            if !working.record.lacking.is_empty() {
                let Some(back) = GivingBack::of(*id, working, self.device.actor, receipts)? else {
                    desk.give_up(*id, &BTreeSet::new(), lost)?;
                    continue;
                };
                changes.extend(back.changes.iter().map(pushed));
                (proofs, tail_follows) = (Some(back.proofs), back.whole);
            } else if working.record.resend {
                let own = working.base()?.changes_after(&[]).into_iter().filter(|change| self.is_own(change));
                changes.extend(own.map(|change| pushed(&change)));
            }
            let resent = changes.len();
            let tail = working
                .record
                .tail
                .iter()
                .map(|change| PushedChange { bytes: change.bytes.clone(), replaces: change.replaces });
            changes.extend(tail.filter(|_| tail_follows));
            changes.truncate(fitting(&changes, PUSH_BYTES - bytes));
            if changes.is_empty() {
                continue;
            }
            bytes += changes.iter().map(|change| change.bytes.len()).sum::<usize>();
            // A hub that acknowledged the base knows the document by it: the first change names its parent.
            let by_history = !working.record.base.is_empty() && !working.record.resend && proofs.is_none();
            let parent = changes.first().and_then(|change| first_parent(&change.bytes));
            let named = by_history && parent.is_some_and(|parent| !is_genesis(working.record.kind, &parent));
            documents.push(*id);
            edits.insert(*id, changes.len().saturating_sub(resent) as u32);
            pushes.push(PushedDocument {
                document: (!named).then_some(*id),
                kind: working.record.kind,
                lineage: working.record.lineage,
                book,
                changes,
                proofs,
            });
            if armed(Bug::ForgetOnSend) {
                working.acknowledge(working.record.tail.len())?;
            }
        }
        Ok(Pushes { pushes, documents, edits })
    }

    fn is_own(&self, change: &Change) -> bool {
        Actor::of(change.actor_id()) == Some(self.device.actor)
    }

    fn request(&self, pushes: Vec<PushedDocument>, complete_up_to_ms: Option<i64>) -> SyncRequest {
        let days = self.device.closed_days.iter().take(limits::CLOSED_DAYS).copied();
        let days: Vec<_> = days.filter(|_| complete_up_to_ms.is_some()).collect();
        let closed_days = (!days.is_empty()).then_some(days);
        let cursors: Vec<Cursor> = self.books.values().filter_map(|book| book.cursor).collect();
        let downloads: Vec<_> = self
            .books
            .iter()
            .filter(|(_, book)| book.download.is_some())
            .map(|(id, book)| DownloadAsk { book: *id, token: book.download })
            .collect();
        let repairs = self.repairs();
        let quiet = pushes.is_empty() && downloads.is_empty() && repairs.is_empty();
        let hashed = cursors.len() > limits::BOOKS_BEFORE_HASH && quiet && !self.list_cursors;
        SyncRequest {
            protocol: PROTOCOL_VERSION,
            schema: SCHEMA_VERSION,
            device: self.device.device,
            stream: StreamState {
                actor: self.device.actor,
                current: self.device.current,
                next: self.device.next,
            },
            cursors: if hashed { Cursors::Hash(cursors_hash(&cursors)) } else { Cursors::List(cursors) },
            pushes,
            downloads,
            repairs,
            complete_up_to_ms,
            bundle_version: None,
            page_bytes: self.page_bytes,
            wiped: None,
            closed_days,
            report: None,
        }
    }

    fn repairs(&self) -> Vec<RepairAsk> {
        let wanted = |book: &BookRecord| book.repair.is_some() && book.download.is_none();
        let wanting = self.books.iter().filter(|(_, book)| wanted(book));
        wanting
            .map(|(id, _)| {
                let of_book = self.index.iter().filter(|(_, entry)| entry.books.contains(id));
                let held = of_book.filter_map(|(document, entry)| {
                    entry.term.map(|term| HeldDocument { document: *document, state: term.0 })
                });
                RepairAsk { book: *id, held: held.take(limits::REPAIR_DOCUMENTS).collect() }
            })
            .collect()
    }
}

/// How many of a document's changes go along: at least one, and never so many that the hub would turn
/// the whole request away.
fn fitting(changes: &[PushedChange], room: usize) -> usize {
    let mut bytes = 0;
    let fits = |change: &&PushedChange| {
        bytes += change.bytes.len();
        bytes <= room
    };
    changes.iter().take(limits::PUSHED_CHANGES).take_while(fits).count().max(1)
}

/// A change of history on its way: it says itself which edit it stands for.
fn pushed(change: &Change) -> PushedChange {
    PushedChange { bytes: change.raw_bytes().to_vec().into(), replaces: stands_for(change) }
}
