//! The hub's answer: results of pushes, then pages, then what must go, all in one commit.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use document_model::{BookId, Change, Document, DocumentId, Entropy, Moment, change_hash};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{
    BookPage, DayResult, Digest, Entry, EntryBody, PROTOCOL_VERSION, Payload, PushResult, PushedDocument,
    StreamStatus, SyncRequest, SyncResponse,
};

use super::desk::Desk;
use super::open::{OpenedSnapshot, damaged, load_snapshot};
use super::restored::{compare, given_back, not_held};
use super::{Effects, Engine, EngineError, Outgoing, Records, Report, reasons};
use crate::records::{BookRecord, DeviceRecord, OriginRecord, encode, keys};
use crate::store::Batch;

/// The time of contact is stored at least this often.
const CONTACT_STORED_EVERY_MS: i64 = 60 * 1_000;

/// What is stored of the device and its books beside the documents.
type State = (DeviceRecord, BTreeMap<BookId, BookRecord>);

/// What reading an answer found out, besides the documents.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) report: Report,
    /// The store turned out to be an older copy, or forked.
    renew: bool,
    pub(super) again: bool,
    /// Books whose documents are to be compared with the hub's: some were dropped here.
    pub(super) fetch: BTreeSet<BookId>,
}

impl Engine {
    pub(super) fn needed_for_reply(
        &self,
        request: &Outgoing,
        response: &SyncResponse,
    ) -> BTreeSet<DocumentId> {
        let pushed = request.documents.iter().copied();
        let named = response.books.iter().flat_map(|page| {
            let entries = page.entries.iter().filter_map(|entry| request.about(entry));
            entries.chain(page.downloaded.iter().map(|document| document.document))
        });
        let gone: BTreeSet<_> = response.gone.iter().collect();
        // Documents of books that are gone, and documents left behind by an exchange cut short.
        let leaving = self
            .index
            .iter()
            .filter(|(_, entry)| entry.homeless || entry.books.iter().any(|book| gone.contains(book)));
        pushed.chain(named).chain(leaving.map(|(id, _)| *id)).collect()
    }

    pub(super) fn reply(
        &mut self,
        outgoing: &Outgoing,
        response: SyncResponse,
        opened: Vec<Result<OpenedSnapshot, EngineError>>,
        records: Records,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<Effects, EngineError> {
        let request = &outgoing.request;
        if response.protocol != PROTOCOL_VERSION || response.results.len() != request.pushes.len() {
            return Err(EngineError::Answer("one result per pushed document was expected"));
        }
        if response.books.iter().map(|page| page.downloaded.len()).sum::<usize>() != opened.len() {
            return Err(EngineError::Answer("every downloaded document was to be opened"));
        }
        let days = request.closed_days.as_deref().unwrap_or_default();
        if response.day_results.as_ref().is_some_and(|results| results.len() != days.len()) {
            return Err(EngineError::Answer("one result per closed day was expected"));
        }
        let before = (self.device.clone(), self.books.clone());
        let mut batch = Batch::new();
        self.keep_receipt(outgoing, &response, &mut batch);
        let mut opened = opened.into_iter();
        let leftovers: Vec<_> = records.keys().copied().collect();
        let mut desk = Desk::new(records, now, self.day(now).to_string());
        let mut findings = Findings::default();
        for origin in &response.origins {
            let record = OriginRecord { user: origin.user.clone(), device: origin.device };
            batch.put(keys::origin(origin.actor), encode(&record));
            self.note_origin(origin.actor, origin.device);
        }
        let pushed = outgoing.documents.iter().zip(&request.pushes);
        for ((id, push), result) in pushed.zip(&response.results) {
            self.settle(&mut desk, *id, push, result, &mut findings)?;
        }
        let day_results = response.day_results.unwrap_or_default();
        self.settle_days(days, &day_results, &mut findings.report);
        let overtaken = response.results.contains(&PushResult::StaleStream);
        findings.report.stale += u64::from(overtaken || response.stream == StreamStatus::Stale);
        self.settle_stream(request, response.stream, &mut findings);
        let mut digests = Vec::new();
        for page in response.books {
            findings.again |= page.more;
            let asked_repair = request.repairs.iter().any(|ask| ask.book == page.book);
            digests.push((page.book, page.digest, asked_repair));
            self.read_page(&mut desk, outgoing, page, asked_repair, &mut opened, &mut findings)?;
        }
        for book in response.gone {
            self.leave_book(&mut desk, book, &leftovers, &mut batch)?;
        }
        self.write_on_new_lineages(&mut desk, &mut findings, entropy)?;
        for id in desk.open_ids() {
            let forked = desk.find(id).filter(|working| working.base_forked);
            forked.into_iter().for_each(|working| findings.fetch.extend(&working.record.books));
        }
        findings.again |= !findings.fetch.is_empty();
        let end = !findings.again && !response.list_cursors;
        if end {
            self.empty_orphans(&mut desk, &leftovers, &mut findings)?;
        }
        if self.mend_forks(&mut desk, now, entropy)? {
            findings.report.renewed += 1;
            findings.again = true;
        }
        self.list_cursors = response.list_cursors;
        let early = self.cursors_first(&before);
        self.write_back(desk, end, &mut batch)?;
        self.check_digests(&digests, &mut findings);
        self.fetch_again(&findings.fetch);
        self.finish(request, &mut findings, response.list_cursors, now);
        self.outcome_known(&outgoing.documents, &mut batch);
        self.store_state(&before, &mut batch);
        Ok(Effects {
            writes: early.into_iter().chain([batch]).collect(),
            send: None,
            again: findings.again,
            report: findings.report,
        })
    }

    /// What the hub answered of closed days waits no more.
    fn settle_days(&mut self, days: &[i32], results: &[DayResult], report: &mut Report) {
        for (day, result) in days.iter().zip(results) {
            self.device.closed_days.retain(|closed| closed != day);
            match result {
                DayResult::Noted => report.days_noted += 1,
                DayResult::NotYet | DayResult::TooOld | DayResult::NotARep => report.days_refused += 1,
            }
        }
    }

    /// Nothing, unless a bug is planted: then the cursors are stored before what they cover.
    fn cursors_first(&mut self, before: &State) -> Option<Batch> {
        armed(Bug::CursorBeforeApply).then(|| {
            let mut batch = Batch::new();
            self.store_state(before, &mut batch);
            batch
        })
    }

    /// Writes what differs from before. Where nothing but the time of contact does, an answer without
    /// news costs no write: that time is stored with the next one, or after a while.
    fn store_state(&mut self, (device, books): &State, batch: &mut Batch) {
        for (id, book) in self.books.iter().filter(|(id, book)| books.get(id) != Some(book)) {
            batch.put(keys::book(*id), encode(book));
        }
        let in_contact = DeviceRecord { last_contact_ms: self.device.last_contact_ms, ..device.clone() };
        let since_stored = self.device.last_contact_ms - self.contact_stored_ms;
        let stale = !(0..CONTACT_STORED_EVERY_MS).contains(&since_stored);
        if !batch.is_empty() || stale || in_contact != self.device {
            batch.put(keys::DEVICE, encode(&self.device));
            self.contact_stored_ms = self.device.last_contact_ms;
        }
    }

    /// What became of one pushed document.
    fn settle(
        &self,
        desk: &mut Desk,
        id: DocumentId,
        push: &PushedDocument,
        result: &PushResult,
        findings: &mut Findings,
    ) -> Result<(), EngineError> {
        match result {
            PushResult::Accepted => {
                let all = push.changes.len();
                findings.report.sent += accept(desk, id, push, all, findings)?;
            }
            PushResult::Retry => findings.again = true,
            PushResult::StaleStream => findings.renew = true,
            PushResult::Superseded { lineage } => {
                tracing::debug!(name: "engine.superseded", lineage);
                // The newer lineage comes with the pages, and the unsent edits go on there. An older one is that
                // of a hub that was put back: what it lacks cannot be given back to it.
                if let Some(working) = desk.find(id)
                    && working.record.lineage > *lineage
                {
                    working.hub_holds(None)?;
                    desk.give_up(id, &BTreeSet::new(), findings)?;
                }
            }
            _ if push.proofs.is_some() => {
                let pairs = match result {
                    PushResult::Replaced { pairs } => pairs.as_slice(),
                    _ => &[],
                };
                let replaced: BTreeSet<_> = pairs.iter().map(|pair| pair.replaced).collect();
                // An edit is in another form, or what stands for the same edit as one that is.
                let same = push
                    .changes
                    .iter()
                    .filter(|change| change.replaces.is_some_and(|edit| replaced.contains(&edit)));
                let elsewhere =
                    same.map(|change| change_hash(&change.bytes)).chain(replaced.iter().copied()).collect();
                desk.give_up(id, &elsewhere, findings)?;
            }
            PushResult::Refused { code, from } => {
                findings.report.sent += accept(desk, id, push, *from as usize, findings)?;
                findings.report.refused += desk.move_to_tray(id, 0, code.as_str())?;
                if let Some(working) = desk.find(id) {
                    // What was made for a book and refused whole belongs nowhere.
                    working.touch().made_for = None;
                }
            }
            PushResult::Held { code } => {
                tracing::debug!(name: "engine.held", code = code.as_str());
                findings.report.refused += desk.move_to_tray(id, 0, reasons::HELD)?;
            }
            PushResult::Need { parents } => {
                tracing::debug!(name: "engine.need", parents = parents.len());
                if let Some(working) = desk.find(id) {
                    findings.again |= !working.record.resend;
                    working.touch().resend = true;
                }
            }
            PushResult::Replaced { pairs } => {
                if let Some(working) = desk.find(id) {
                    working.touch().replaced = pairs.clone();
                    findings.again = true;
                }
            }
            PushResult::Fork => {
                findings.report.forked += 1;
                findings.renew = true;
            }
        }
        Ok(())
    }

    fn settle_stream(&mut self, request: &SyncRequest, status: StreamStatus, findings: &mut Findings) {
        if status == StreamStatus::Stale {
            findings.renew = true;
        } else if !request.pushes.is_empty() && request.stream.actor == self.device.actor {
            self.device.current = request.stream.next;
            self.device.next = 0;
        }
    }

    fn read_page(
        &mut self,
        desk: &mut Desk,
        outgoing: &Outgoing,
        page: BookPage,
        repair: bool,
        opened: &mut impl Iterator<Item = Result<OpenedSnapshot, EngineError>>,
        findings: &mut Findings,
    ) -> Result<(), EngineError> {
        let id = page.book;
        for (document, opened) in page.downloaded.iter().zip(opened) {
            // Damaged at the hub: the others go on. The digest differs until it is mended.
            let Ok(opened) = opened else {
                findings.report.unreadable += 1;
                continue;
            };
            let working = desk.find_or_make(document.document, document.kind, document.lineage);
            if document.lineage > working.record.lineage {
                begin_lineage(desk, document.document, document.lineage, &document.snapshot)?;
            } else if document.lineage < working.record.lineage {
                let hubs = load_snapshot(document)?;
                working.hub_holds(None)?;
                desk.give_up(document.document, &BTreeSet::new(), findings)?;
                desk.find_or_make(document.document, document.kind, document.lineage).begin_lineage(
                    document.lineage,
                    hubs,
                    &document.snapshot,
                );
            } else if document.lineage == working.record.lineage {
                let compared = repair || !working.record.lacking.is_empty();
                working.merge_opened(opened, &document.snapshot)?;
                if compared {
                    compare(desk, document.document, load_snapshot(document)?, &document.snapshot, findings)?;
                }
            }
            desk.find_or_make(document.document, document.kind, document.lineage)
                .sold_by(document.selling_rep.clone());
            findings.report.received += 1;
            join(desk, document.document, id)?;
        }
        let not_held = if repair { not_held(&page) } else { BTreeSet::new() };
        for entry in page.entries {
            let about = outgoing.about(&entry).ok_or(EngineError::Answer("an entry about no document"))?;
            if not_held.contains(&about) && self.was_acknowledged(desk, about, id)? {
                findings.again = true;
                continue;
            }
            self.read_entry(desk, id, about, entry, findings)?;
        }
        let empty = || BookRecord {
            name: String::new(),
            read_only: false,
            cursor: None,
            download: None,
            repair: None,
            repaired: None,
            behind: false,
        };
        let book = self.books.entry(id).or_insert_with(empty);
        if let Some(title) = page.title {
            book.name = title.name;
            book.read_only = title.read_only;
        }
        book.download = page.download;
        book.cursor = page.cursor.or(book.cursor);
        book.behind = page.more;
        Ok(())
    }

    /// Whether a document that the hub does not hold was one it acknowledged in this book: then it is to
    /// be given back.
    fn was_acknowledged(&self, desk: &mut Desk, id: DocumentId, book: BookId) -> Result<bool, EngineError> {
        let writable = self.books.get(&book).is_some_and(|book| !book.read_only);
        let Some(working) = desk.find(id).filter(|_| writable) else { return Ok(false) };
        let record = &working.record;
        if !record.books.contains(&book) || record.base.is_empty() || !record.kind.written_by_reps() {
            return Ok(false);
        }
        working.hub_holds(None)?;
        Ok(!working.record.lacking.is_empty())
    }

    fn read_entry(
        &self,
        desk: &mut Desk,
        book: BookId,
        id: DocumentId,
        entry: Entry,
        findings: &mut Findings,
    ) -> Result<(), EngineError> {
        match entry.body {
            EntryBody::Joined { kind, snapshot, selling_rep, .. } => {
                desk.find_or_make(id, kind, entry.lineage).sold_by(selling_rep);
                if let Some(snapshot) = snapshot {
                    read_snapshot(desk, id, entry.lineage, &snapshot)?;
                }
                findings.report.received += 1;
                join(desk, id, book)
            }
            EntryBody::Changes { payload, .. } => {
                // What an older lineage was told of is in the newer one; a newer one begins with a snapshot.
                let held = desk.find(id).is_some_and(|working| working.record.lineage == entry.lineage);
                if held { read_changes(desk, id, payload, findings) } else { Ok(()) }
            }
            EntryBody::Snapshot { kind, snapshot } => {
                desk.find_or_make(id, kind, entry.lineage);
                findings.report.received += 1;
                read_snapshot(desk, id, entry.lineage, &snapshot)?;
                join(desk, id, book)
            }
            EntryBody::Left | EntryBody::Redirected { .. } => leave(desk, id, book),
            EntryBody::Erased => {
                findings.report.refused += desk.move_to_tray(id, 0, reasons::ERASED)?;
                leave(desk, id, book)
            }
        }
    }

    fn leave_book(
        &mut self,
        desk: &mut Desk,
        book: BookId,
        documents: &[DocumentId],
        batch: &mut Batch,
    ) -> Result<(), EngineError> {
        self.books.remove(&book);
        batch.delete(keys::book(book));
        documents.iter().try_for_each(|id| leave(desk, *id, book))
    }

    /// At the end of an exchange: unsent edits of documents that no book holds go into the tray.
    fn empty_orphans(
        &self,
        desk: &mut Desk,
        leftovers: &[DocumentId],
        findings: &mut Findings,
    ) -> Result<(), EngineError> {
        let ids: BTreeSet<_> = leftovers.iter().copied().chain(desk.open_ids()).collect();
        for id in ids {
            let Some(working) = desk.find(id) else { continue };
            if working.record.books.is_empty() && working.record.made_for.is_none() {
                if armed(Bug::DropTailOnLeave) {
                    working.replace_tail(Vec::new());
                }
                findings.report.refused += desk.move_to_tray(id, 0, reasons::LEFT)?;
            }
        }
        Ok(())
    }

    /// Compares the hub's digests with this device's acknowledged state.
    fn check_digests(&mut self, digests: &[(BookId, Option<Digest>, bool)], findings: &mut Findings) {
        for (id, told, was_repair) in digests {
            let mine = self.digest(*id);
            let Some(book) = self.books.get_mut(id) else { continue };
            if *was_repair {
                book.repaired = book.repair.take();
                findings.report.repaired += 1;
            }
            let Some(told) = *told else { continue };
            if told == mine {
                book.repaired = None;
                book.repair = None;
            } else if book.repaired != Some(told) {
                book.repair = Some(told);
                findings.again = true;
            }
        }
    }

    fn finish(&mut self, request: &SyncRequest, findings: &mut Findings, list_cursors: bool, now: Moment) {
        if findings.renew && !self.device.renew_stream && request.stream.actor == self.device.actor {
            self.device.renew_stream = true;
            findings.report.renewed += 1;
            findings.again = true;
        }
        findings.again |= list_cursors;
        let pushable = self.index.iter().any(|(id, entry)| entry.unsent > 0 && !self.set_aside.contains(id));
        // Work that this request did not carry goes with the next one.
        findings.again |= pushable && findings.report.sent > 0;
        self.device.last_contact_ms = now.0;
        self.retry.done(now);
    }
}

impl Outgoing {
    /// The document an entry of the answer is about; `None` when it names a push that was not made.
    fn about(&self, entry: &Entry) -> Option<DocumentId> {
        entry.document.or_else(|| self.documents.get(entry.pushed? as usize).copied())
    }
}

/// Moves the pushed edits before `count` from the tail into the base.
fn accept(
    desk: &mut Desk,
    id: DocumentId,
    push: &PushedDocument,
    count: usize,
    findings: &mut Findings,
) -> Result<u64, EngineError> {
    let Some(working) = desk.find(id) else { return Ok(0) };
    given_back(working, push, count.min(push.changes.len()), findings);
    let pushed = &push.changes[..count.min(push.changes.len())];
    let pushed: BTreeSet<&[u8]> = pushed.iter().map(|change| change.bytes.as_slice()).collect();
    let tail = &working.record.tail;
    let taken = tail.iter().take_while(|change| pushed.contains(change.bytes.as_slice())).count();
    working.acknowledge(taken)?;
    let record = working.touch();
    record.resend = false;
    if taken > 0
        && let Some(book) = record.made_for.take()
        && !record.books.contains(&book)
    {
        record.books.push(book);
    }
    Ok(taken as u64)
}

/// Takes changes in. Where something is missing here, the digest at the end of the feed tells, and a
/// repair fetches it.
fn read_changes(
    desk: &mut Desk,
    id: DocumentId,
    payload: Payload,
    findings: &mut Findings,
) -> Result<(), EngineError> {
    let Some(working) = desk.find(id) else { return Ok(()) };
    let complete = match payload {
        Payload::Raw(raw) => {
            let changes: Result<Vec<_>, _> =
                raw.iter().map(|bytes| Change::from_bytes(bytes.to_vec())).collect();
            let changes = changes.map_err(damaged)?;
            findings.report.received += changes.len() as u64;
            working.absorb(changes)?
        }
        Payload::Known(hashes) => {
            let mut known = true;
            for hash in hashes {
                let place = working.record.tail.iter().position(|change| change.hash == hash);
                match place {
                    Some(place) => {
                        working.acknowledge(place + 1)?;
                        findings.report.sent += place as u64 + 1;
                    }
                    None if working.base()?.contains(&hash) => {}
                    None => {
                        // This stream made a change this store never saw: the store is an older copy.
                        known = false;
                        findings.renew = true;
                    }
                }
            }
            known
        }
        Payload::Snapshot(snapshot) => {
            working.merge(&snapshot)?;
            true
        }
        // Never announced, so never sent; repair fetches what it held.
        Payload::Bundle(_) => false,
    };
    if !complete {
        tracing::debug!(name: "engine.incomplete", document = %id);
    }
    Ok(())
}

/// Takes in a document that an entry carries: that of an older lineage tells nothing any more.
fn read_snapshot(desk: &mut Desk, id: DocumentId, lineage: u32, snapshot: &[u8]) -> Result<(), EngineError> {
    let Some(working) = desk.find(id) else { return Ok(()) };
    match lineage.cmp(&working.record.lineage) {
        Ordering::Less => Ok(()),
        Ordering::Equal => working.merge(snapshot),
        Ordering::Greater => begin_lineage(desk, id, lineage, snapshot),
    }
}

/// The document begins anew; its unsent edits are written on it again once the answer is read.
fn begin_lineage(desk: &mut Desk, id: DocumentId, lineage: u32, snapshot: &[u8]) -> Result<(), EngineError> {
    let Some(working) = desk.find(id) else { return Ok(()) };
    let document = Document::load(working.record.kind, snapshot).map_err(damaged)?;
    let unsent = working.take_unsent()?;
    working.begin_lineage(lineage, document, snapshot);
    if !unsent.is_empty() {
        desk.superseded.push((id, unsent));
    }
    Ok(())
}

fn join(desk: &mut Desk, id: DocumentId, book: BookId) -> Result<(), EngineError> {
    if let Some(working) = desk.find(id) {
        let record = working.touch();
        record.made_for = None;
        if !record.books.contains(&book) {
            record.books.push(book);
        }
    }
    Ok(())
}

fn leave(desk: &mut Desk, id: DocumentId, book: BookId) -> Result<(), EngineError> {
    if let Some(working) = desk.find(id) {
        let record = working.touch();
        record.books.retain(|held| *held != book);
        if record.made_for == Some(book) {
            record.made_for = None;
        }
    }
    Ok(())
}
