//! A hub restored from an older copy: what it acknowledged since is given back to it, proved by receipts
//! it gave then. What it does not take goes to the tray, and the document comes anew from the hub.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Actor, BookId, Change, ChangeHash, Document, DocumentId, change_hash};
use sync_protocol::{
    BookPage, Digest, EntryBody, Exchange, Proof, PushedDocument, Statement, SyncResponse, limits,
};

use super::desk::Desk;
use super::open::parents_of;
use super::reply::Findings;
use super::working::Working;
use super::{Engine, EngineError, Outgoing, reasons};
use crate::records::{ReceiptRecord, encode, keys};
use crate::store::Batch;

/// Responses whose receipts are kept: the newest ones.
const RECEIPTS: u64 = 4_096;

impl Engine {
    /// True when a hub lacks changes it acknowledged once: composing then needs the receipts.
    #[must_use]
    pub(crate) fn gives_back(&self) -> bool {
        self.index.values().any(|entry| entry.lacks)
    }

    /// Keeps what a response vouches for.
    pub(super) fn keep_receipt(&mut self, outgoing: &Outgoing, response: &SyncResponse, batch: &mut Batch) {
        let Some(receipt) = &response.receipt else { return };
        let documents: Vec<_> = outgoing.documents.iter().copied().map(Some).collect();
        let exchange =
            Exchange { request: &outgoing.request, documents: &documents, user: &self.device.user, response };
        let record = ReceiptRecord { receipt: receipt.clone(), statements: exchange.statements() };
        if !record.statements.is_empty() {
            batch.put(keys::receipt(self.device.receipts % RECEIPTS), encode(&record));
            self.device.receipts += 1;
        }
    }

    /// Downloads these books' differences again: documents were dropped that the hub may hold.
    pub(super) fn fetch_again(&mut self, books: &BTreeSet<BookId>) {
        for id in books {
            if let Some(book) = self.books.get_mut(id) {
                // No digest of the hub's: whatever it says, it is asked.
                book.repair = Some(Digest::default());
            }
        }
    }
}

/// The documents that a repair says its book does not hold. One that left the book in the ordinary way is
/// named by an entry of the feed besides.
pub(super) fn not_held(page: &BookPage) -> BTreeSet<DocumentId> {
    let left = page.entries.iter().filter(|entry| entry.body == EntryBody::Left);
    let mut times: BTreeMap<DocumentId, u32> = BTreeMap::new();
    left.filter_map(|entry| entry.document).for_each(|document| *times.entry(document).or_default() += 1);
    times.into_iter().filter_map(|(document, times)| (times == 1).then_some(document)).collect()
}

/// Compares a document with the hub's, which was just taken in. Where both hold different changes under the
/// same numbers, the hub's stands; and so it does of headquarters' own documents, which no device can give
/// back.
pub(super) fn compare(
    desk: &mut Desk,
    id: DocumentId,
    hubs: Document,
    snapshot: &[u8],
    findings: &mut Findings,
) -> Result<(), EngineError> {
    let Some(working) = desk.find(id) else { return Ok(()) };
    if !working.record.kind.written_by_reps() {
        if working.base()?.heads() != hubs.heads() || working.base_forked {
            working.begin_from(hubs, snapshot);
        }
        return Ok(());
    }
    working.hub_holds(Some(&hubs))?;
    if working.base_forked {
        desk.give_up(id, &BTreeSet::new(), findings)?;
        if let Some(working) = desk.find(id) {
            working.begin_from(hubs, snapshot);
        }
    } else {
        findings.again |= !working.record.lacking.is_empty();
    }
    Ok(())
}

/// A push that gives back what the hub lacks; `None` when nothing of it can be proved.
pub(super) struct GivingBack {
    /// What can be proved of what the hub lacks, parents first.
    pub(super) changes: Vec<Change>,
    pub(super) proofs: Vec<Proof>,
    /// True when that is all: the unsent edits can follow.
    pub(super) whole: bool,
}

impl GivingBack {
    /// Finds the proofs.
    pub(super) fn of(
        id: DocumentId,
        working: &mut Working,
        own: Actor,
        receipts: &[ReceiptRecord],
    ) -> Result<Option<Self>, EngineError> {
        let lineage = working.record.lineage;
        let lacking = working.lacking()?;
        let mut search = Search {
            parents: lacking.iter().map(|change| (change.hash().into(), parents_of(change))).collect(),
            proved: BTreeSet::new(),
            strangers: authors(&lacking).filter(|actor| *actor != own).collect(),
            proofs: Vec::new(),
        };
        for receipt in receipts {
            for index in 0..receipt.statements.len() {
                search.look_at(id, lineage, receipt, index);
            }
        }
        let Search { proved, proofs, .. } = search;
        let whole = proved.len() == lacking.len();
        let changes: Vec<_> =
            lacking.into_iter().filter(|change| proved.contains(&change.hash().into())).collect();
        Ok((!changes.is_empty()).then_some(Self { changes, proofs, whole }))
    }
}

fn authors(changes: &[Change]) -> impl Iterator<Item = Actor> {
    changes.iter().filter_map(|change| Actor::of(change.actor_id()))
}

/// Proofs being gathered.
struct Search {
    parents: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    proved: BTreeSet<ChangeHash>,
    strangers: BTreeSet<Actor>,
    proofs: Vec<Proof>,
}

impl Search {
    fn look_at(&mut self, id: DocumentId, lineage: u32, receipt: &ReceiptRecord, index: usize) {
        let useful = match &receipt.statements[index] {
            Statement::History { document, lineage: of, heads } => {
                *document == id && *of == lineage && self.prove(heads)
            }
            Statement::Origin(origin) => self.strangers.remove(&origin.actor),
        };
        if useful && self.proofs.len() < limits::PROOFS {
            self.proofs.extend(Proof::of(&receipt.statements, index, &receipt.receipt));
        }
    }

    /// Notes what these changes prove; `true` when something was not proved before.
    fn prove(&mut self, heads: &[ChangeHash]) -> bool {
        let before = self.proved.len();
        let mut waiting = heads.to_vec();
        while let Some(hash) = waiting.pop() {
            if let Some(parents) = self.parents.get(&hash)
                && self.proved.insert(hash)
            {
                waiting.extend(parents);
            }
        }
        self.proved.len() > before
    }
}

/// The hub has the first `count` pushed changes again.
pub(super) fn given_back(
    working: &mut Working,
    push: &PushedDocument,
    count: usize,
    findings: &mut Findings,
) {
    if !working.record.lacking.is_empty() {
        let taken: BTreeSet<_> =
            push.changes[..count].iter().map(|change| change_hash(&change.bytes)).collect();
        let lacking = &mut working.touch().lacking;
        let before = lacking.len();
        lacking.retain(|hash| !taken.contains(hash));
        findings.report.given_back += (before - lacking.len()) as u64;
        findings.again |= !lacking.is_empty();
    }
}

impl Desk {
    /// What the hub lacks of a document and will not take back goes to the tray, the unsent edits with
    /// it; then the document goes, to come anew from the hub. Edits in `elsewhere` are in history in
    /// another form and go nowhere.
    pub(super) fn give_up(
        &mut self,
        id: DocumentId,
        elsewhere: &BTreeSet<ChangeHash>,
        findings: &mut Findings,
    ) -> Result<(), EngineError> {
        findings.report.refused += self.move_to_tray(id, 0, reasons::LOST_PLACE)?;
        let now = self.now();
        let Some(working) = self.find(id) else { return Ok(()) };
        let lost = working.take_lacking(id, elsewhere, reasons::LOST_BY_HUB, now)?;
        findings.fetch.extend(&working.record.books);
        working.begin_anew();
        findings.report.refused += lost.as_ref().map_or(0, |item| item.changes.len() as u64);
        self.tray.extend(lost);
        Ok(())
    }
}
