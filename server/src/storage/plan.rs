//! What commits and moves make of what is stored, decided in memory: state in, additions out.
//!
//! The database engines read what a [`Plan`] needs and write what it adds, in one transaction: what a
//! commit comes to is decided here alone. Several commits are decided on one plan, each seeing what
//! those before it did, and written together. Numbers and chains go on from the books' rows.

use std::collections::{BTreeMap, BTreeSet};

use document_model::sales::Posting;
use document_model::{Actor, BookId, ChangeHash, DocumentId};
use sync_protocol::{Digest, FeedChain};

use super::sealing::{MasterId, WrappedKey};
use super::{
    Carried, Commit, CommitOutcome, DocumentCommit, FeedBody, FeedRow, LedgerEntry, MoveOrder, StorageError,
    Stored, StoredBook, StoredDocument, StoredStream, StreamAdvance,
};

/// What is stored, as far as the commits to decide touch it, and what they add.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) rules: u64,
    /// The master key that keys must be wrapped by.
    pub(super) master: Option<MasterId>,
    pub(super) books: BTreeMap<BookId, StoredBook>,
    pub(super) streams: BTreeMap<Actor, StoredStream>,
    pub(super) known: BTreeMap<DocumentId, Known>,
    pub(super) added: Added,
}

/// What is stored of a document that a commit wants to change.
pub(super) struct Known {
    pub(super) book: BookId,
    pub(super) version: u64,
    pub(super) last_seq: u64,
    pub(super) joined_seq: u64,
    pub(super) lineage: u32,
    /// Its term of the book's digest.
    pub(super) term: Digest,
}

/// What is to be written. Rows of books and streams are in the plan itself.
#[derive(Default)]
pub(super) struct Added {
    pub(super) rules: bool,
    pub(super) books: BTreeSet<BookId>,
    pub(super) streams: BTreeSet<Actor>,
    pub(super) entries: Vec<(BookId, FeedRow)>,
    pub(super) ledger: Vec<LedgerEntry>,
    pub(super) documents: BTreeMap<DocumentId, StoredDocument>,
    pub(super) replacements: Vec<(DocumentId, ChangeHash, ChangeHash)>,
    pub(super) keys: Vec<(DocumentId, WrappedKey)>,
}

/// Where and when entries are added.
#[derive(Clone, Copy)]
struct Place {
    book: BookId,
    arrived_ms: i64,
    rules: u64,
}

/// No key comes in under a master key that is not in use any more.
pub(super) fn check_master(master: Option<MasterId>, commit: &Commit) -> Stored<()> {
    match commit.keys.iter().find(|(_, key)| Some(key.master) != master) {
        Some((_, key)) => Err(StorageError::MasterKey(format!("{} is not in use any more", key.master))),
        None => Ok(()),
    }
}

impl Plan {
    /// Decides a commit. Only `Done` adds anything.
    pub(super) fn commit(&mut self, commit: &Commit) -> Stored<CommitOutcome> {
        self.book(commit.book)?;
        if let Some(outcome) = self.objection(commit) {
            return Ok(outcome);
        }
        check_master(self.master, commit)?;
        if let Some(advance) = &commit.stream {
            self.advance(advance);
        }
        let place = Place { book: commit.book, arrived_ms: commit.arrived_ms, rules: commit.rules };
        for document in &commit.documents {
            self.write(document, place)?;
        }
        self.added.keys.extend(commit.keys.iter().cloned());
        if commit.changes_rules {
            self.rules += 1;
            self.added.rules = true;
        }
        Ok(CommitOutcome::Done { seq: self.book(commit.book)?.seq })
    }

    /// Decides a move order over the documents found. Only `Done` adds anything; its number is that
    /// of the book the documents are in now.
    pub(super) fn move_documents(
        &mut self,
        order: &MoveOrder,
        mut found: BTreeMap<DocumentId, StoredDocument>,
    ) -> Stored<CommitOutcome> {
        self.book(order.from)?;
        self.book(order.to)?;
        let (mut moving, mut conflicts) = (Vec::with_capacity(order.documents.len()), Vec::new());
        for (id, version) in &order.documents {
            match found.remove(id) {
                Some(document) if document.version == *version && document.book == order.from => {
                    moving.push(document)
                }
                _ => conflicts.push(*id),
            }
        }
        if !conflicts.is_empty() {
            return Ok(CommitOutcome::Conflict(conflicts));
        }
        for document in moving {
            self.carry_over(document, order)?;
        }
        Ok(CommitOutcome::Done { seq: self.book(order.to)?.seq })
    }

    fn book(&mut self, book: BookId) -> Stored<&mut StoredBook> {
        self.books.get_mut(&book).ok_or_else(|| StorageError::Damaged(format!("book {book} has no row")))
    }

    /// Why a commit cannot be applied to this state.
    fn objection(&self, commit: &Commit) -> Option<CommitOutcome> {
        if commit.stream.as_ref().is_some_and(|advance| !self.fits(advance)) {
            return Some(CommitOutcome::StaleStream);
        }
        if commit.rules != self.rules {
            return Some(CommitOutcome::RulesChanged);
        }
        let differs = |document: &&DocumentCommit| match self.known.get(&document.state.id) {
            Some(known) => known.version != document.expected_version || known.book != commit.book,
            None => document.expected_version != 0,
        };
        let conflicts: Vec<_> =
            commit.documents.iter().filter(differs).map(|document| document.state.id).collect();
        (!conflicts.is_empty()).then_some(CommitOutcome::Conflict(conflicts))
    }

    /// True when the stream is at the generation presented, or has taken this very step before.
    fn fits(&self, advance: &StreamAdvance) -> bool {
        self.streams.get(&advance.actor).map_or(advance.current == 0, |stream| {
            let known = [advance.current, advance.next].contains(&stream.generation);
            stream.device == advance.device && known
        })
    }

    /// Moves the stream on; a step taken before leaves it where it is.
    fn advance(&mut self, advance: &StreamAdvance) {
        let StreamAdvance { actor, device, ref user, next, .. } = *advance;
        let new = || StoredStream { actor, device, user: user.clone(), generation: next };
        self.streams.entry(actor).or_insert_with(new).generation = next;
        self.added.streams.insert(actor);
    }

    /// Appends to a book's feed; the entry's number.
    fn append(&mut self, place: Place, document: DocumentId, lineage: u32, body: FeedBody) -> Stored<u64> {
        let row = self.book(place.book)?;
        row.seq += 1;
        row.chain = row.chain.link(row.seq, &document, body.number(), &body.chained());
        let (seq, chain) = (row.seq, row.chain);
        let entry = FeedRow { seq, document, lineage, arrived_ms: place.arrived_ms, body, chain };
        self.added.entries.push((place.book, entry));
        self.added.books.insert(place.book);
        Ok(seq)
    }

    /// Appends what a document's commit says to its book and replaces its state.
    fn write(&mut self, document: &DocumentCommit, place: Place) -> Stored<()> {
        let mut state = document.state.clone();
        let (id, lineage) = (state.id, state.lineage);
        let before =
            self.known.get(&id).map(|known| (known.joined_seq, known.last_seq, known.lineage, known.term));
        (state.joined_seq, state.last_seq) = match before {
            Some((joined_seq, _, known, _)) if known < lineage => {
                let anew = FeedBody::Snapshot { kind: state.kind, saved: Some(state.saved.clone()) };
                (joined_seq, self.append(place, id, lineage, anew)?)
            }
            Some((joined_seq, last_seq, ..)) => (joined_seq, last_seq),
            None => {
                let born = FeedBody::Joined { kind: state.kind, heads: Vec::new(), saved: None };
                let seq = self.append(place, id, lineage, born)?;
                (seq, seq)
            }
        };
        for change in &document.changes {
            self.added.replacements.extend(change.replaces.map(|replaced| (id, replaced, change.hash)));
            let carried = Carried::Change(change.bytes.clone());
            let body = FeedBody::Change { hash: change.hash, actor: change.actor, carried };
            state.last_seq = self.append(place, id, lineage, body)?;
        }
        state.version = document.expected_version + 1;
        state.book = place.book;
        for posting in &document.postings {
            self.post(place, id, posting, state.last_seq)?;
        }
        self.replace(before.map(|(.., term)| (place.book, term)), state)
    }

    /// Appends a pending entry to a book's ledger.
    fn post(&mut self, place: Place, document: DocumentId, posting: &Posting, cause_seq: u64) -> Stored<()> {
        let row = self.book(place.book)?;
        row.ledger_number += 1;
        let mut entry = LedgerEntry {
            book: row.id,
            number: row.ledger_number,
            document,
            posting: posting.clone(),
            arrived_ms: place.arrived_ms,
            cause_seq,
            rules: place.rules,
            chain: FeedChain::default(),
            moment: None,
        };
        row.ledger_chain = entry.link(row.ledger_chain);
        entry.chain = row.ledger_chain;
        self.added.ledger.push(entry);
        Ok(())
    }

    /// Takes a document out of one book and into the other.
    fn carry_over(&mut self, mut document: StoredDocument, order: &MoveOrder) -> Stored<()> {
        let StoredDocument { id, lineage, kind, .. } = document;
        let place = |book| Place { book, arrived_ms: order.arrived_ms, rules: 0 };
        let term = Digest::of_document(&id, lineage, &document.heads);
        self.append(place(order.from), id, lineage, FeedBody::Left)?;
        let (heads, saved) = (document.heads.clone(), Some(document.saved.clone()));
        document.joined_seq =
            self.append(place(order.to), id, lineage, FeedBody::Joined { kind, heads, saved })?;
        document.last_seq = document.joined_seq;
        document.book = order.to;
        document.version += 1;
        self.replace(Some((order.from, term)), document)
    }

    /// Puts a document's new state where the old one was counted, if there was one.
    fn replace(&mut self, before: Option<(BookId, Digest)>, state: StoredDocument) -> Stored<()> {
        if let Some((book, term)) = before {
            let row = self.book(book)?;
            row.digest = row.digest.minus(term);
        }
        let StoredDocument { id, book, version, last_seq, joined_seq, lineage, .. } = state;
        let term = Digest::of_document(&id, lineage, &state.heads);
        let row = self.book(book)?;
        row.digest = row.digest.plus(term);
        self.added.books.insert(book);
        self.known.insert(id, Known { book, version, last_seq, joined_seq, lineage, term });
        self.added.documents.insert(id, state);
        Ok(())
    }
}
