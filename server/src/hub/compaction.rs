//! Compaction: the entries of a document give up what they carry in favour of one snapshot.
//!
//! Feeds grow with every edit, and a device that comes from far behind would read each. An entry keeps its
//! number, hash, author and time for ever; its payload goes once a later entry of the same document carries
//! the saved document, which holds that change. Nothing is given up that the saved document was not seen to
//! hold, byte for byte.

use std::collections::BTreeMap;

use document_model::{BookId, Document, DocumentId, Moment, saved_heads};
use serde::Serialize;
use sync_protocol::planted::{Bug, armed};

use super::gate::Gate;
use super::{Hub, HubError};
use crate::storage::{
    Carried, Compaction, Entries, EntrySnapshot, FeedBody, FeedRow, Storage, StoredDocument,
};

/// Entries read at a time.
const PAGE: usize = 2_000;
/// Payload bytes read at a time.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Payload bytes gathered before documents are compacted; a book with more is compacted in parts.
const GATHERED_BYTES: usize = 32 * 1024 * 1024;
/// Documents compacted in one transaction.
const TOGETHER: usize = 64;
/// Entries of a document are worth compacting once they carry more than this, in percent of the document.
const WORTH_PERCENT: usize = 120;

/// What compaction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// Books looked at.
    pub books: u64,
    /// Documents whose entries were compacted.
    pub documents: u64,
    /// Entries that carry nothing any more.
    pub entries: u64,
    /// Payload bytes of the entries looked at, before.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
    /// Documents left as they are, because their saved form lacks what their entries carry.
    pub damaged: u64,
}

/// Entries of a stretch of a book's feed, by document.
#[derive(Default)]
struct Gathered {
    rows: BTreeMap<DocumentId, Vec<FeedRow>>,
    bytes: usize,
    upto: u64,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Compacts the books in which at least `least` entries arrived before an instant since the last time.
    pub async fn compact_due(&self, least: u64, before: Moment) -> Result<Compacted, HubError> {
        let books = self.storage.to_compact(least, before.0).await?;
        self.compact(&books, before, &|_| {}).await
    }

    /// Compacts these books' entries that arrived before an instant. `progress` is called with a sentence
    /// now and then.
    pub async fn compact(
        &self,
        books: &[BookId],
        before: Moment,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Compacted, HubError> {
        let mut done = Compacted::default();
        for (index, book) in books.iter().enumerate() {
            progress(&format!("compacting book {} of {}", index + 1, books.len()));
            self.compact_book(*book, before, &mut done).await?;
            done.books += 1;
        }
        Ok(done)
    }

    async fn compact_book(&self, book: BookId, before: Moment, done: &mut Compacted) -> Result<(), HubError> {
        let mut gathered = Gathered::default();
        loop {
            let stretch = (gathered.upto, u64::MAX);
            let rows = self.storage.feed(book, Entries::Telling, stretch, PAGE, PAGE_BYTES).await?;
            let read = rows.len();
            let old: Vec<_> = rows.into_iter().take_while(|row| row.arrived_ms < before.0).collect();
            let ends = read == 0 || old.len() < read;
            old.into_iter().for_each(|row| gathered.take(row));
            if ends || gathered.bytes > GATHERED_BYTES {
                self.compact_gathered(book, &mut gathered, done).await?;
            }
            if ends {
                return Ok(());
            }
        }
    }

    async fn compact_gathered(
        &self,
        book: BookId,
        gathered: &mut Gathered,
        done: &mut Compacted,
    ) -> Result<(), HubError> {
        let Gathered { rows, bytes, upto } = std::mem::take(gathered);
        gathered.upto = upto;
        done.bytes_before += bytes as u64;
        let ids: Vec<_> = rows.keys().copied().collect();
        let mut left = bytes;
        for ids in ids.chunks(TOGETHER) {
            let mut compactions = Vec::new();
            for stored in self.storage.documents(ids).await?.into_iter().flatten() {
                let rows = &rows[&stored.id];
                match decide(book, &stored, rows) {
                    Ok(Some(compaction)) => {
                        let growth = growth(&compaction, rows);
                        compactions.push((compaction, growth));
                    }
                    Ok(None) => {}
                    Err(what) => {
                        let document = stored.id;
                        tracing::error!(%document, what, "nothing of it is given up: `fieldbook verify` says more");
                        done.damaged += 1;
                    }
                }
            }
            let (compactions, growths): (Vec<_>, Vec<_>) = compactions.into_iter().unzip();
            let emptied: usize = compactions.iter().map(|compaction| compaction.emptied.len()).sum();
            let wanted = compactions.len();
            let compacted = self.storage.compact(book, upto, compactions).await?;
            done.documents += compacted as u64;
            // Where one changed meanwhile, the sums are told without this page: it comes again.
            if compacted == wanted {
                done.entries += emptied as u64;
                left = left.saturating_add_signed(growths.iter().sum::<isize>());
            }
        }
        done.bytes_after += left as u64;
        Ok(())
    }
}

impl Gathered {
    fn take(&mut self, row: FeedRow) {
        self.bytes += row.body.payload().map_or(0, <[u8]>::len);
        self.upto = row.seq;
        self.rows.entry(row.document).or_default().push(row);
    }
}

/// By how much payload bytes grow: what the new snapshot adds, less what is given up.
fn growth(compaction: &Compaction, rows: &[FeedRow]) -> isize {
    let new = compaction.snapshot.as_ref().map_or(0, |snapshot| snapshot.saved.len());
    let replaced = |row: &&FeedRow| {
        let carries = compaction.snapshot.as_ref().is_some_and(|snapshot| snapshot.seq == row.seq);
        carries || compaction.emptied.contains(&row.seq)
    };
    let old: usize = rows.iter().filter(replaced).map(size).sum();
    new.cast_signed() - old.cast_signed()
}

/// What becomes of a document's entries in a book; `None` when they are well as they are. `rows` are entries
/// of it in order, those from the start of the feed or the last part of it on.
///
/// # Errors
/// When an entry carries what the saved document does not hold: then nothing may be given up, and `verify`
/// says more.
fn decide(book: BookId, stored: &StoredDocument, rows: &[FeedRow]) -> Result<Option<Compaction>, String> {
    let ends = |(at, row): (usize, &FeedRow)| match row.body {
        FeedBody::Left | FeedBody::Redirected { .. } | FeedBody::Erased => Some(at + 1),
        // A new lineage carries all that a reader needs.
        FeedBody::Snapshot { .. } if row.lineage == stored.lineage => Some(at),
        _ => None,
    };
    let ends = rows.iter().enumerate().rev().find_map(ends);
    let (gone, present) = rows.split_at(ends.unwrap_or(0));
    let here = stored.book == book;
    let superseded = present.last().is_some_and(|row| row.lineage != stored.lineage);
    let mut given_up: Vec<&FeedRow> = gone.iter().filter(|row| size(row) > 0).collect();
    let carrying: Vec<&FeedRow> = present.iter().filter(|row| size(row) > 0).collect();
    let bytes: usize = carrying.iter().map(|row| size(row)).sum();
    let worth = carrying.len() > 1 && bytes * 100 > stored.saved.len() * WORTH_PERCENT;
    let mut snapshot = None;
    if superseded && here {
        // What began the newer lineage comes later and carries it.
        given_up.extend(&carrying);
    } else if here
        && worth
        && let Some(newest) = if armed(Bug::SnapshotTooEarly) { carrying.first() } else { carrying.last() }
    {
        given_up.extend(carrying.iter().filter(|row| row.seq != newest.seq));
        snapshot = Some(EntrySnapshot { seq: newest.seq, kind: stored.kind, saved: stored.saved.clone() });
    }
    if given_up.is_empty() {
        return Ok(None);
    }
    check(stored, rows)?;
    let emptied = given_up.iter().map(|row| row.seq).collect();
    Ok(Some(Compaction { document: stored.id, expected_version: stored.version, emptied, snapshot }))
}

fn size(row: &FeedRow) -> usize {
    row.body.payload().map_or(0, <[u8]>::len)
}

/// Makes sure that the saved document holds what these entries carry. What an older lineage held is gone by
/// intention.
fn check(stored: &StoredDocument, rows: &[FeedRow]) -> Result<(), String> {
    let document = Document::load(stored.kind, &stored.saved).map_err(|error| error.to_string())?;
    if document.heads() != stored.heads {
        return Err("the saved document has other heads than the row says".to_owned());
    }
    for row in rows.iter().filter(|row| row.lineage == stored.lineage) {
        let holds = match &row.body {
            FeedBody::Change { hash, carried: Carried::Change(bytes), .. } => {
                document.change(hash).is_some_and(|change| change.raw_bytes() == bytes.as_slice())
            }
            body => match body.payload() {
                Some(saved) => {
                    saved_heads(saved).is_some_and(|heads| heads.iter().all(|head| document.contains(head)))
                }
                None => true,
            },
        };
        if !holds {
            return Err(format!("entry {} carries what the saved document lacks", row.seq));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use document_model::{
        Actor, Author, ChangeHash, Entropy, Kind, Operation, RecordFacts, parse_assignment, parse_date,
    };
    use sync_protocol::FeedChain;

    use super::*;

    const BOOK: BookId = BookId([1; 16]);
    const ID: DocumentId = DocumentId([2; 16]);

    struct Zero;
    impl Entropy for Zero {
        fn sixteen(&mut self) -> [u8; 16] {
            [0; 16]
        }
    }

    /// A document of so many edits, and its entries: born, then one for each edit.
    fn edited(edits: u64) -> (StoredDocument, Vec<FeedRow>) {
        let actor = Actor([7; 16]);
        let mut document = Document::born(Kind::Customer);
        let mut rows =
            vec![row(1, FeedBody::Joined { kind: Kind::Customer, heads: Vec::new(), saved: None })];
        for n in 0..edits {
            let text = format!("custom.field{}=a value that takes some room, number {n}", n % 3);
            let set = Operation::Set(parse_assignment(Kind::Customer, &text).unwrap());
            let author = Author { actor, now: Moment(1_780_000_000_000) };
            let edited = document.edit(author, &[set], &mut Zero).unwrap().unwrap();
            let carried = Carried::Change(edited.change.raw_bytes().to_vec());
            rows.push(row(n + 2, FeedBody::Change { hash: edited.hash, actor, carried }));
        }
        let day = parse_date("2026-06-01").unwrap();
        let stored = StoredDocument {
            id: ID,
            kind: Kind::Customer,
            book: BOOK,
            lineage: 1,
            version: 3,
            last_seq: edits + 1,
            joined_seq: 1,
            heads: document.heads(),
            actors: vec![actor],
            saved: document.save(),
            created_on: day,
            judged_on: day,
            imported: false,
            selling_rep: None,
            record: RecordFacts::default(),
            awaiting_sale_date: None,
            counted: None,
        };
        (stored, rows)
    }

    fn row(seq: u64, body: FeedBody) -> FeedRow {
        FeedRow { seq, document: ID, lineage: 1, arrived_ms: 0, body, chain: FeedChain::default() }
    }

    /// Which entries are emptied, and which carries the document.
    fn decided(stored: &StoredDocument, rows: &[FeedRow]) -> Option<(Vec<u64>, Option<u64>)> {
        let compaction = decide(BOOK, stored, rows).unwrap()?;
        assert_eq!((compaction.document, compaction.expected_version), (ID, 3));
        if let Some(snapshot) = &compaction.snapshot {
            assert_eq!((snapshot.kind, &snapshot.saved), (stored.kind, &stored.saved));
        }
        Some((compaction.emptied, compaction.snapshot.map(|snapshot| snapshot.seq)))
    }

    #[test]
    fn the_newest_entry_carries_the_document_once_that_saves_room() {
        let (stored, rows) = edited(1);
        assert_eq!(decided(&stored, &rows), None, "one edit is smaller than any document");
        let (stored, rows) = edited(40);
        assert_eq!(decided(&stored, &rows), Some(((2..41).collect(), Some(41))));
        assert_eq!(decided(&stored, &rows[..30]), Some(((2..30).collect(), Some(30))), "younger ones stay");
        assert_eq!(
            decided(&StoredDocument { book: BookId([9; 16]), ..stored.clone() }, &rows),
            None,
            "moved"
        );
        let mut compacted = rows.clone();
        let snapshot = EntrySnapshot { seq: 40, kind: stored.kind, saved: stored.saved.clone() };
        compacted[1..39].iter_mut().for_each(|row| row.body.carry(None));
        compacted[39].body.carry(Some(&snapshot));
        assert!(size(&compacted[40]) * 100 < stored.saved.len() * (WORTH_PERCENT - 100));
        assert_eq!(decided(&stored, &compacted), None, "one more edit is not worth it");
    }

    #[test]
    fn what_left_and_what_a_new_lineage_replaced_is_given_up() {
        let (stored, mut rows) = edited(3);
        rows.push(row(5, FeedBody::Left));
        let elsewhere = StoredDocument { book: BookId([9; 16]), ..stored.clone() };
        assert_eq!(decided(&elsewhere, &rows), Some((vec![2, 3, 4], None)));
        let kind = stored.kind;
        let (heads, saved) = (stored.heads.clone(), Some(stored.saved.clone()));
        rows.push(row(9, FeedBody::Joined { kind, heads, saved: saved.clone() }));
        assert_eq!(decided(&stored, &rows), Some((vec![2, 3, 4], None)), "back again, with all in one entry");
        let (stored, mut rows) = edited(3);
        let anew = StoredDocument { lineage: 2, ..stored };
        assert_eq!(decided(&anew, &rows), Some((vec![2, 3, 4], None)), "the new lineage is younger");
        rows.push(FeedRow { lineage: 2, ..row(5, FeedBody::Snapshot { kind, saved }) });
        assert_eq!(decided(&anew, &rows), Some((vec![2, 3, 4], None)));
    }

    #[test]
    fn nothing_is_given_up_that_the_document_does_not_hold() {
        let (stored, rows) = edited(40);
        let spoilt = |change: &dyn Fn(&mut FeedRow)| {
            let mut rows = rows.clone();
            change(&mut rows[7]);
            decide(BOOK, &stored, &rows).expect_err("refused")
        };
        let error = spoilt(&|row| {
            let FeedBody::Change { hash, .. } = &mut row.body else { panic!("a change") };
            *hash = ChangeHash([3; 32]);
        });
        assert_eq!(error, "entry 8 carries what the saved document lacks");
        spoilt(&|row| {
            let FeedBody::Change { carried: Carried::Change(bytes), .. } = &mut row.body else {
                panic!("one")
            };
            bytes.push(0);
        });
        let (other, _) = edited(41);
        spoilt(&|row| {
            row.body.carry(Some(&EntrySnapshot { seq: 8, kind: other.kind, saved: other.saved.clone() }))
        });
        let damaged = StoredDocument { saved: vec![1, 2, 3], ..stored.clone() };
        decide(BOOK, &damaged, &rows).expect_err("the saved document cannot be read");
        let other_heads = StoredDocument { heads: Vec::new(), ..stored.clone() };
        decide(BOOK, &other_heads, &rows).expect_err("the saved document has other heads");
    }
}
