//! `verify`: rebuilds every cache from the feeds and the rules and compares. The caches are saved
//! documents, heads, projections, ledger, cells, digests and chains.

use std::collections::{BTreeMap, BTreeSet};

use document_model::sales::{LedgerKey, Sums, postings};
use document_model::{
    BookId, Change, ChangeHash, Date, Document, DocumentId, Kind, Moment, ProductCode, RecordFacts, UnitCode,
};
use serde::Serialize;
use sync_protocol::{Digest, FeedChain};

use super::project::{Standing, judge};
use super::{Gate, Hub, HubError, LedgerHead, LedgerHeads, Rules};
use crate::organisation::Level;
use crate::storage::{
    Carried, CellKey, Closing, Commit, CommitOutcome, Counted, DocumentCommit, Entries, FeedBody, FeedRow,
    FigureQuery, LedgerEntry, SplitBy, Stamps, Storage, StorageError, StoredBook, StoredDocument, View,
};

/// Rows read at a time.
const PAGE: usize = 2_000;
/// Payload bytes read at a time.
const PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Times everything is read before a hub that never rests is called busy.
const ATTEMPTS: usize = 5;
/// Differences listed before the rest is only counted.
const LISTED: usize = 200;

/// One place where a cache is not what the truth makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which cache.
    pub cache: &'static str,
    /// Which row of it.
    pub row: String,
    /// What differs.
    pub what: String,
}

/// What `verify` looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Books looked at.
    pub books: u64,
    /// Feed entries replayed.
    pub entries: u64,
    /// Documents rebuilt.
    pub documents: u64,
    /// Ledger entries summed.
    pub ledger_entries: u64,
    /// Cells compared.
    pub cells: u64,
    /// Rows of the audit log walked.
    pub audit_entries: u64,
    /// Differences found, in all.
    pub found: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

impl VerifyReport {
    fn differ(&mut self, cache: &'static str, row: impl ToString, what: impl ToString) {
        self.found += 1;
        if self.differences.len() < LISTED {
            self.differences.push(Difference { cache, row: row.to_string(), what: what.to_string() });
        }
    }
}

/// Everything the feeds say, replayed.
#[derive(Default)]
struct Replay {
    documents: BTreeMap<DocumentId, Replayed>,
    /// What headquarters' records say of policies, wherever they lie.
    records: BTreeMap<DocumentId, RecordFacts>,
    posted: BTreeMap<DocumentId, BTreeMap<LedgerKey, (i64, i64, i64)>>,
    cells: BTreeMap<CellKey, Sums>,
    /// Saved documents that are not what their entries make them, as they should be.
    to_mend: Vec<StoredDocument>,
    /// All entries, folded and pending, as figures are asked for.
    figures: BTreeMap<(Level, UnitCode, ProductCode), Sums>,
    /// The stamps of units' days.
    stamps: Stamps,
    /// What the entries sum to that each stamp is the first one of its unit to hold.
    stamped: BTreeMap<(Date, UnitCode, u32), Sums>,
}

/// One document as the feeds tell it.
struct Replayed {
    kind: Kind,
    /// What is told of its newest lineage.
    lineage: u32,
    changes: Vec<Change>,
    /// Snapshots that carried it, when it joined another book, when its entries were compacted, or when a
    /// new lineage began.
    snapshots: Vec<Vec<u8>>,
    /// Every change that an entry is about, whatever that carries.
    named: BTreeSet<ChangeHash>,
    book: Option<BookId>,
}

/// Which document each entry of one feed is about.
type Entered = Vec<DocumentId>;

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Rebuilds and compares everything. `progress` is called with a sentence now and then.
    ///
    /// Reading everything takes many reads, and a hub at work commits in between: a difference counts
    /// only when nothing moved meanwhile, else everything is read again.
    pub async fn verify(&self, progress: &(dyn Fn(&str) + Sync)) -> Result<VerifyReport, HubError> {
        self.verify_against(&LedgerHeads::default(), progress).await
    }

    /// The same; and the ledgers hold what was signed of them before this began.
    pub async fn verify_against(
        &self,
        signed: &LedgerHeads,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<VerifyReport, HubError> {
        for _ in 0..ATTEMPTS {
            let before = self.marks().await?;
            let (report, _) = self.verify_once(signed, progress).await?;
            if report.found == 0 || self.marks().await? == before {
                return Ok(report);
            }
            progress("the hub was at work meanwhile; reading again");
        }
        Err(StorageError::Busy.into())
    }

    /// Puts saved documents that are damaged back to what their entries make them; says how many. Nothing else is
    /// touched; a document that changed meanwhile is left as it is.
    pub async fn mend(&self, now: Moment, progress: &(dyn Fn(&str) + Sync)) -> Result<usize, HubError> {
        let (_, to_mend) = self.verify_once(&LedgerHeads::default(), progress).await?;
        let mut mended = 0;
        for state in to_mend {
            let rules = self.rules.current(&self.storage).await?;
            let commit =
                Commit::of_hub(state.book, rules.version, now, vec![DocumentCommit::of_state(state)]);
            mended += usize::from(matches!(self.storage.commit(commit).await?, CommitOutcome::Done { .. }));
        }
        Ok(mended)
    }

    /// What every commit and every fold moves.
    async fn marks(&self) -> Result<(Vec<StoredBook>, u64, u64), HubError> {
        let nobody = FigureQuery {
            from: Date::MIN,
            to: Date::MIN,
            level: Level::Nation,
            under: None,
            by: SplitBy::Unit,
            view: View::Now,
            placed: None,
        };
        let moment = self.storage.figures(&nobody).await?.moment;
        Ok((self.storage.books().await?, moment, self.storage.rules_version().await?))
    }

    async fn verify_once(
        &self,
        signed: &LedgerHeads,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<(VerifyReport, Vec<StoredDocument>), HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let mut report = VerifyReport::default();
        let closings = self.storage.closings(Date::MIN, Date::MAX).await?;
        let mut replay = Replay { stamps: closings.iter().cloned().collect(), ..Replay::default() };
        let books = self.storage.books().await?;
        for (index, book) in books.iter().enumerate() {
            progress(&format!("reading feed {} of {}", index + 1, books.len()));
            let entered = self.replay_feed(book, &mut replay, &mut report).await?;
            self.replay_ledger(book, &entered, signed.get(book.id), &mut replay, &mut report).await?;
        }
        let there: BTreeSet<_> = books.iter().map(|book| book.id).collect();
        for (book, _) in signed.iter().filter(|(book, _)| !there.contains(book)) {
            report.differ("signed heads", book, "the book is gone");
        }
        replay.read_records();
        for (index, book) in books.iter().enumerate() {
            progress(&format!("comparing book {} of {}", index + 1, books.len()));
            self.compare_book(book, &mut replay, &rules, &mut report).await?;
        }
        for (id, replayed) in &replay.documents {
            if replayed.book.is_some() {
                report.differ("documents", id, "the feed has it, the table has not");
            }
        }
        progress("comparing cells and figures");
        self.compare_cells(&replay, &mut report).await?;
        self.compare_figures(&replay, &mut report).await?;
        compare_closings(&replay, &closings, &mut report);
        progress("walking the audit log");
        let log = self.check_audit(signed.audit()).await?;
        report.audit_entries = log.entries;
        if let Some(row) = log.first_wrong {
            report.differ("audit log", row, "from this row on it is not what was written");
        }
        Ok((report, replay.to_mend))
    }

    async fn replay_feed(
        &self,
        book: &StoredBook,
        replay: &mut Replay,
        report: &mut VerifyReport,
    ) -> Result<Entered, HubError> {
        report.books += 1;
        let mut entered = Entered::new();
        let (mut seq, mut chain) = (0, FeedChain::default());
        loop {
            let rows = self.storage.feed(book.id, Entries::All, (seq, u64::MAX), PAGE, PAGE_BYTES).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                report.entries += 1;
                if row.seq != seq + 1 {
                    report.differ(
                        "feed",
                        format!("{} {}", book.id, row.seq),
                        "numbers are missing before it",
                    );
                }
                seq = row.seq;
                chain = chain.link(row.seq, &row.document, row.body.number(), &row.body.chained());
                if chain != row.chain {
                    report.differ(
                        "feed chain",
                        format!("{} {}", book.id, row.seq),
                        "the chained hash differs",
                    );
                    chain = row.chain;
                }
                entered.push(row.document);
                replay.take(book.id, row, report);
            }
        }
        if (book.seq, book.chain) != (seq, chain) {
            report.differ("books", book.id, format!("the feed ends at {seq}, the row says {}", book.seq));
        }
        Ok(entered)
    }

    async fn replay_ledger(
        &self,
        book: &StoredBook,
        entered: &Entered,
        signed: Option<LedgerHead>,
        replay: &mut Replay,
        report: &mut VerifyReport,
    ) -> Result<(), HubError> {
        let (mut number, mut chain) = (0, FeedChain::default());
        let mut lacks = signed;
        loop {
            let entries = self.storage.ledger(book.id, number, PAGE).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                report.ledger_entries += 1;
                number += 1;
                chain = entry.link(chain);
                if (entry.number, entry.chain) != (number, chain) {
                    let row = format!("{} {}", book.id, entry.number);
                    report.differ("ledger chain", row, "the entry or its chained hash differs");
                    (number, chain) = (entry.number, entry.chain);
                }
                lacks = lacks.filter(|head| *head != LedgerHead { number, chain });
                let cause = usize::try_from(entry.cause_seq).ok().and_then(|seq| seq.checked_sub(1));
                if cause.and_then(|index| entered.get(index)) != Some(&entry.document) {
                    let row = format!("{} {}", book.id, entry.number);
                    report.differ("ledger", row, "no entry of the feed explains it");
                }
                replay.post(&entry);
            }
        }
        if (book.ledger_number, book.ledger_chain) != (number, chain) {
            report.differ(
                "books",
                book.id,
                format!("the ledger ends at {number}, the row says {}", book.ledger_number),
            );
        }
        if let Some(LedgerHead { number: was, .. }) = lacks {
            let what = format!("it no longer holds the {was} entries that were signed; it ends at {number}");
            report.differ("signed heads", book.id, what);
        }
        Ok(())
    }

    async fn compare_book(
        &self,
        book: &StoredBook,
        replay: &mut Replay,
        rules: &Rules,
        report: &mut VerifyReport,
    ) -> Result<(), HubError> {
        let mut digest = Digest::default();
        let mut after = None;
        loop {
            let page = self.storage.documents_of(book.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for stored in page {
                report.documents += 1;
                digest = digest.plus(Digest::of_document(&stored.id, stored.lineage, &stored.heads));
                replay.compare(&stored, rules, report);
            }
        }
        if digest != book.digest {
            report.differ("digest", book.id, "the sum over its documents differs");
        }
        Ok(())
    }

    async fn compare_cells(&self, replay: &Replay, report: &mut VerifyReport) -> Result<(), HubError> {
        let stored: BTreeMap<_, _> = self.storage.cells().await?.into_iter().collect();
        report.cells = stored.len() as u64;
        let keys: BTreeSet<_> = stored.keys().chain(replay.cells.keys()).collect();
        for key in keys {
            let (have, want) = (stored.get(key).copied(), replay.cells.get(key).copied());
            if have.unwrap_or_default() != want.unwrap_or_default() {
                let row = format!("{} {} {} {}", key.level.as_str(), key.unit(), key.day, key.product);
                report.differ("cells", row, format!("holds {have:?}, entries sum to {want:?}"));
            }
        }
        let wrong = self.storage.wrong_blocks().await?.unwrap_or_default();
        if wrong > 0 {
            report.differ("blocks", "of several days", format!("{wrong} are not what the cells add up to"));
        }
        Ok(())
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Asks the question people ask and compares the answers with the ledger's sums.
    async fn compare_figures(&self, replay: &Replay, report: &mut VerifyReport) -> Result<(), HubError> {
        for level in Level::ALL {
            let query = FigureQuery {
                from: Date::MIN,
                to: Date::MAX,
                level,
                under: None,
                by: SplitBy::Product,
                view: View::Now,
                placed: None,
            };
            let answer = self.storage.figures(&query).await?;
            let told: BTreeMap<_, _> = answer
                .rows
                .into_iter()
                .filter_map(|row| Some(((level, row.unit, row.product?), row.sums)))
                .collect();
            let due = replay.figures.iter().filter(|(key, sums)| key.0 == level && !sums.is_zero());
            let due: BTreeMap<_, _> = due.map(|(key, sums)| (key.clone(), *sums)).collect();
            for key in told.keys().chain(due.keys()).collect::<BTreeSet<_>>() {
                if told.get(key) != due.get(key) {
                    let row = format!("{} {} {}", key.0.as_str(), key.1, key.2);
                    let what = format!("answers {:?}, entries sum to {:?}", told.get(key), due.get(key));
                    report.differ("figures", row, what);
                }
            }
        }
        Ok(())
    }
}

/// Every stamp is the sum of the entries that it holds: those of the stamp before, and those it adds.
fn compare_closings(replay: &Replay, closings: &[Closing], report: &mut VerifyReport) {
    let mut before = (None, Sums::default());
    for closing in closings {
        let unit = (closing.day, &closing.unit);
        let mut due = if before.0 == Some(unit) { before.1 } else { Sums::default() };
        let added = replay.stamped.get(&(closing.day, closing.unit.clone(), closing.stamp));
        due.add(&added.copied().unwrap_or_default());
        if closing.sums != due {
            let row = format!("{} {} {}", closing.day, closing.unit, closing.stamp);
            report.differ("closings", row, format!("stamped {:?}, entries sum to {due:?}", closing.sums));
        }
        before = (Some(unit), due);
    }
}

impl Replay {
    fn take(&mut self, book: BookId, row: FeedRow, report: &mut VerifyReport) {
        let id = row.document;
        let place = format!("{book} {}", row.seq);
        match row.body {
            FeedBody::Joined { kind, saved, .. } => {
                let replayed = self.document(id, kind, row.lineage);
                replayed.book = Some(book);
                if replayed.lineage == row.lineage {
                    replayed.snapshots.extend(saved);
                }
            }
            FeedBody::Snapshot { kind, saved } => {
                let replayed = self.document(id, kind, row.lineage);
                if replayed.lineage == row.lineage {
                    replayed.snapshots.extend(saved);
                }
            }
            FeedBody::Change { .. }
                if self.documents.get(&id).is_some_and(|one| one.lineage > row.lineage) => {}
            FeedBody::Change { hash, carried: Carried::Nothing, .. } => {
                if let Some(replayed) = self.documents.get_mut(&id) {
                    replayed.named.insert(hash);
                }
            }
            FeedBody::Change { hash, carried: Carried::Snapshot { kind, saved }, .. } => {
                let replayed = self.document(id, kind, row.lineage);
                replayed.named.insert(hash);
                replayed.snapshots.push(saved);
            }
            FeedBody::Change { hash, carried: Carried::Change(bytes), .. } => {
                match (Change::from_bytes(bytes), self.documents.get_mut(&id)) {
                    (Ok(change), Some(replayed)) if change.hash().0 == hash.0 => {
                        if !replayed.named.insert(hash) {
                            report.differ("feed", place, "the change is in the feed twice");
                        }
                        replayed.changes.push(change);
                    }
                    (Ok(_), Some(_)) => {
                        report.differ("feed", place, "the change does not have the hash it is named by")
                    }
                    (Ok(_), None) => report.differ("feed", place, "a change before the document joined"),
                    (Err(error), _) => report.differ("feed", place, error),
                }
            }
            FeedBody::Left | FeedBody::Redirected { .. } | FeedBody::Erased => {}
        }
    }

    /// What is known of a document so far: when a newer lineage is told of, nothing of the older one any more.
    fn document(&mut self, id: DocumentId, kind: Kind, lineage: u32) -> &mut Replayed {
        let fresh = || Replayed {
            kind,
            lineage,
            changes: Vec::new(),
            snapshots: Vec::new(),
            named: BTreeSet::new(),
            book: None,
        };
        let replayed = self.documents.entry(id).or_insert_with(fresh);
        if replayed.lineage < lineage {
            *replayed = Replayed { book: replayed.book, ..fresh() };
        }
        replayed
    }

    /// Reads the records of policies. One that cannot be rebuilt is told of when it is compared.
    fn read_records(&mut self) {
        let records = self.documents.iter().filter(|(_, replayed)| replayed.kind == Kind::PolicyRecord);
        let told = records.filter_map(|(id, replayed)| {
            let fields = replayed.rebuild().ok()?.fields();
            Some((RecordFacts::policy_of(*id, &fields)?, RecordFacts::of_fields(&fields)))
        });
        self.records = told.collect();
    }

    fn post(&mut self, entry: &LedgerEntry) {
        let posting = &entry.posting;
        let sums = self.posted.entry(entry.document).or_default().entry(posting.key.clone()).or_default();
        *sums = (sums.0 + posting.count, sums.1 + posting.won, sums.2 + posting.ape_won);
        self.stamp(entry);
        for cell in CellKey::of_entry(&posting.key) {
            let asked = (cell.level, cell.unit(), cell.product.clone());
            self.figures.entry(asked).or_default().post(posting);
            if entry.moment.is_some() {
                self.cells.entry(cell).or_default().post(posting);
            }
        }
    }

    /// Adds an entry to the stamps that are the first ones of their units to hold it.
    fn stamp(&mut self, entry: &LedgerEntry) {
        let key = &entry.posting.key;
        for (unit, stamp) in self.stamps.holding(key, entry.moment) {
            let stamped = self.stamped.entry((key.day, unit.clone(), stamp)).or_default();
            stamped.post(&entry.posting);
        }
    }

    /// Compares one stored document with what the feed makes of it, and its ledger entries with
    /// what it counts for.
    fn compare(&mut self, stored: &StoredDocument, rules: &Rules, report: &mut VerifyReport) {
        let Some(replayed) = self.documents.remove(&stored.id) else {
            report.differ("documents", stored.id, "the table has it, no feed has");
            return;
        };
        let rebuilt = match replayed.rebuild() {
            Ok(rebuilt) => rebuilt,
            Err(error) => return report.differ("feed", stored.id, error),
        };
        if (replayed.kind, replayed.lineage) != (stored.kind, stored.lineage) {
            report.differ("documents", stored.id, "the kind or the lineage differs");
        }
        if replayed.named.iter().any(|hash| !rebuilt.contains(hash)) {
            report.differ("feed", stored.id, "a change that entries were compacted of is nowhere");
        }
        if stored.lineage == 1 && !rebuilt.history().iter().all(|hash| replayed.named.contains(hash)) {
            report.differ("feed", stored.id, "a snapshot holds a change that no entry is about");
        }
        if rebuilt.heads() != stored.heads {
            report.differ("heads", stored.id, "the heads are not those of its changes");
        }
        match Document::load(stored.kind, &stored.saved) {
            Ok(saved) if saved.heads() == rebuilt.heads() && saved.fields() == rebuilt.fields() => {}
            saved => {
                let sum = "the saved document is not its changes' sum".to_owned();
                let what = saved.map_or_else(|error| error.to_string(), |_| sum);
                report.differ("saved documents", stored.id, what);
                // Where the heads differ too, nothing says which of the two is right.
                if rebuilt.heads() == stored.heads && self.to_mend.len() < LISTED {
                    self.to_mend.push(StoredDocument { saved: rebuilt.save(), ..stored.clone() });
                }
            }
        }
        let counted = self.compare_judgement(stored, &rebuilt, rules, report);
        let placed = counted.as_ref().map(|counted| (&counted.facts, &counted.path));
        let due: BTreeMap<_, _> = postings(None, placed)
            .into_iter()
            .map(|posting| (posting.key, (posting.count, posting.won, posting.ape_won)))
            .collect();
        let mut posted = self.posted.remove(&stored.id).unwrap_or_default();
        posted.retain(|_, sums| *sums != (0, 0, 0));
        if posted != due {
            report.differ(
                "ledger",
                stored.id,
                format!("entries sum to {posted:?}, the policy counts {due:?}"),
            );
        }
    }
}

impl Replay {
    /// Judges a document by its fields and by the record there is of it, and compares. Gives back what it counts.
    fn compare_judgement(
        &self,
        stored: &StoredDocument,
        rebuilt: &Document,
        rules: &Rules,
        report: &mut VerifyReport,
    ) -> Option<Counted> {
        let record = self.records.get(&stored.id).copied().unwrap_or_default();
        if stored.record != record {
            let what = format!("holds {:?}, headquarters' record says {record:?}", stored.record);
            report.differ("projections", stored.id, what);
        }
        let judged = judge(&rebuilt.fields(), Standing { record, ..Standing::of(stored) }, rules);
        let awaiting = judged.awaiting_sale_date;
        if awaiting != stored.awaiting_sale_date {
            let what = format!("awaits {:?}, its fields await {awaiting:?}", stored.awaiting_sale_date);
            report.differ("projections", stored.id, what);
        }
        let counted = judged.counted;
        if counted != stored.counted {
            let what = format!("counts {:?}, its fields count {counted:?}", stored.counted);
            report.differ("projections", stored.id, what);
        }
        counted
    }
}

impl Replayed {
    fn rebuild(&self) -> Result<Document, document_model::DocumentError> {
        let mut document = Document::born(self.kind);
        // A document that joined from another book brings its history along as a snapshot; changes
        // of the older book are in that book's feed as well, read in any order of books. Where entries were
        // compacted, a later one carries a snapshot.
        for snapshot in &self.snapshots {
            document.merge(&Document::load(self.kind, snapshot)?)?;
        }
        document.apply(self.changes.clone())?;
        Ok(document)
    }
}
