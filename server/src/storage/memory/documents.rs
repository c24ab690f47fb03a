//! Books, documents and feeds in memory.

use std::collections::BTreeSet;

use document_model::{Actor, BookId, ChangeHash, DocumentId, Kind, UnitCode};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{Digest, FeedChain, Replacement};

use super::{MemoryStorage, State};
use crate::storage::plan::check_master;
use crate::storage::sealing::opened_len;
use crate::storage::{
    Carried, Commit, CommitOutcome, Compaction, DocumentCommit, DocumentStorage, DownloadPart, DownloadRows,
    Entries, FeedBody, FeedRow, LedgerEntry, MoveOrder, StorageError, Stored, StoredBook, StoredDocument,
    StoredStream, StreamAdvance,
};

impl DocumentStorage for MemoryStorage {
    async fn documents(&self, ids: &[DocumentId]) -> Stored<Vec<Option<StoredDocument>>> {
        Ok(self.with(|state| ids.iter().map(|id| state.documents.get(id).cloned()).collect()).await)
    }

    async fn documents_with(&self, changes: &[ChangeHash]) -> Stored<Vec<Option<DocumentId>>> {
        let find = |state: &mut State| changes.iter().map(|change| *state.changes.get(change)?).collect();
        Ok(self.with(find).await)
    }

    async fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, Replacement)>> {
        let find = |state: &mut State| {
            let found = edits.iter().filter_map(|edit| {
                let by = *state.replacements.get(edit)?;
                Some((edit.0, Replacement { replaced: edit.1, by }))
            });
            found.collect()
        };
        Ok(self.with(find).await)
    }

    async fn known_changes(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, ChangeHash, u32)>> {
        let find = |state: &mut State| {
            let told = |row: &FeedRow| match &row.body {
                FeedBody::Change { hash, .. } => Some((row.document, *hash, row.lineage)),
                _ => None,
            };
            let known: BTreeSet<_> = state.feeds.values().flatten().filter_map(told).collect();
            let wanted =
                |(document, hash, _): &(DocumentId, ChangeHash, u32)| edits.contains(&(*document, *hash));
            known.into_iter().filter(wanted).collect()
        };
        Ok(self.with(find).await)
    }

    async fn commit(&self, commit: Commit) -> Stored<CommitOutcome> {
        self.with(|state| state.commit(commit)).await
    }

    async fn move_documents(&self, order: MoveOrder) -> Stored<CommitOutcome> {
        self.with(|state| state.move_documents(&order)).await
    }

    async fn streams(&self, actors: &[Actor]) -> Stored<Vec<Option<StoredStream>>> {
        Ok(self.with(|state| actors.iter().map(|actor| state.streams.get(actor).cloned()).collect()).await)
    }

    async fn register_stream(&self, stream: StoredStream) -> Stored<()> {
        self.with(|state| {
            state.streams.entry(stream.actor).or_insert(stream);
        })
        .await;
        Ok(())
    }

    async fn book(&self, book: BookId) -> Stored<Option<StoredBook>> {
        Ok(self.with(|state| state.books.get(&book).cloned()).await)
    }

    async fn books_of(&self, owner: &UnitCode) -> Stored<Vec<StoredBook>> {
        let theirs = |book: &&StoredBook| book.id == BookId::SHARED || book.owner.as_ref() == Some(owner);
        Ok(self.with(|state| state.books.values().filter(theirs).cloned().collect()).await)
    }

    async fn books(&self) -> Stored<Vec<StoredBook>> {
        Ok(self.with(|state| state.books.values().cloned().collect()).await)
    }

    async fn create_books(&self, books: Vec<(BookId, String, Option<UnitCode>)>) -> Stored<()> {
        self.with(|state| books.into_iter().for_each(|(id, name, owner)| state.add_book(id, name, owner)))
            .await;
        Ok(())
    }

    async fn chain_at(&self, book: BookId, seq: u64) -> Stored<Option<FeedChain>> {
        let find = |state: &mut State| match seq {
            0 => Some(FeedChain::default()),
            _ => state.feed_of(book).iter().find(|row| row.seq == seq).map(|row| row.chain),
        };
        Ok(self.with(find).await)
    }

    async fn feed(
        &self,
        book: BookId,
        entries: Entries,
        (after, upto): (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> Stored<Vec<FeedRow>> {
        let wanted = |row: &&FeedRow| {
            row.seq > after && row.seq <= upto && (entries == Entries::All || !row.body.is_silent())
        };
        let page = |state: &mut State| {
            let mut rows = Vec::new();
            let mut bytes = 0;
            for row in state.feed_of(book).iter().filter(wanted) {
                if rows.len() == max_entries || (!rows.is_empty() && bytes >= max_bytes) {
                    break;
                }
                bytes += row.body.size();
                rows.push(row.clone());
            }
            rows
        };
        Ok(self.with(page).await)
    }

    async fn to_compact(&self, least: u64, before_ms: i64) -> Stored<Vec<BookId>> {
        let due = |state: &mut State| {
            let seen = |book| state.compacted.get(&book).copied().unwrap_or_default();
            let old = |book| {
                let mut later = state.feed_of(book).iter().filter(|row| row.seq == seen(book) + least);
                later.next().is_some_and(|row| row.arrived_ms < before_ms)
            };
            state.books.keys().copied().filter(|book| old(*book)).collect()
        };
        Ok(self.with(due).await)
    }

    async fn compact(&self, book: BookId, upto: u64, compactions: Vec<Compaction>) -> Stored<usize> {
        self.with(|state| state.compact(book, upto, &compactions)).await
    }

    async fn download(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> Stored<DownloadRows> {
        Ok(self.with(|state| state.download(book, part, max_documents, max_bytes)).await)
    }

    async fn documents_of(
        &self,
        book: BookId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<StoredDocument>> {
        let page = |state: &mut State| {
            let inside = |document: &&StoredDocument| document.book == book && Some(document.id) > after;
            state.documents.values().filter(inside).take(max).cloned().collect()
        };
        Ok(self.with(page).await)
    }

    async fn count_of(&self, book: BookId, kind: Kind) -> Stored<u64> {
        let count = |state: &mut State| {
            let counted = |document: &&StoredDocument| document.book == book && document.kind == kind;
            state.documents.values().filter(counted).count() as u64
        };
        Ok(self.with(count).await)
    }

    async fn documents_awaiting(&self, after: Option<DocumentId>, max: usize) -> Stored<Vec<StoredDocument>> {
        let page = |state: &mut State| {
            let awaits = |document: &&StoredDocument| {
                document.awaiting_sale_date.is_some() && Some(document.id) > after
            };
            state.documents.values().filter(awaits).take(max).cloned().collect()
        };
        Ok(self.with(page).await)
    }
}

impl State {
    fn feed_of(&self, book: BookId) -> &[FeedRow] {
        self.feeds.get(&book).map_or(&[], Vec::as_slice)
    }

    fn compact(&mut self, book: BookId, upto: u64, compactions: &[Compaction]) -> Stored<usize> {
        self.check_writable()?;
        self.book_mut(book)?;
        let mut done = 0;
        for compaction in compactions {
            let version = self.documents.get(&compaction.document).map(|stored| stored.version);
            if version != Some(compaction.expected_version) {
                continue;
            }
            for row in self.feeds.entry(book).or_default() {
                let carries = compaction.snapshot.as_ref().filter(|snapshot| snapshot.seq == row.seq);
                if compaction.emptied.contains(&row.seq) {
                    row.body.carry(None);
                } else if let Some(snapshot) = carries {
                    row.body.carry(Some(snapshot));
                }
            }
            done += 1;
        }
        let seen = self.compacted.entry(book).or_default();
        *seen = upto.max(*seen);
        Ok(done)
    }

    fn download(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> DownloadRows {
        let inside = self.documents.values().filter(|document| document.book == book);
        let mut wanted: Vec<_> = match part {
            DownloadPart::Before(seq) => inside.filter(|document| document.last_seq < seq).collect(),
            DownloadPart::UsedAfter { as_of, after } => inside
                .filter(|document| document.last_seq > as_of && document.joined_seq <= as_of)
                .filter(|document| Some(document.id) > after)
                .collect(),
        };
        if matches!(part, DownloadPart::Before(_)) {
            wanted.sort_by_key(|document| std::cmp::Reverse(document.last_seq));
        }
        let mut bytes = 0;
        let mut documents = Vec::new();
        for document in &wanted {
            if documents.len() == max_documents || (!documents.is_empty() && bytes >= max_bytes) {
                break;
            }
            bytes += opened_len(&document.saved);
            documents.push((*document).clone().into());
        }
        DownloadRows { finished: documents.len() == wanted.len(), documents }
    }

    fn commit(&mut self, commit: Commit) -> Stored<CommitOutcome> {
        self.check_writable()?;
        if let Some(outcome) = self.objection(&commit) {
            return Ok(outcome);
        }
        check_master(self.master, &commit)?;
        self.book_mut(commit.book)?;
        if let Some(stream) = &commit.stream {
            self.advance(stream);
        }
        for document in &commit.documents {
            self.write_document(document, &commit)?;
        }
        self.keys.extend(commit.keys.iter().cloned());
        self.rules += u64::from(commit.changes_rules);
        let seq = self.book_mut(commit.book)?.seq;
        Ok(CommitOutcome::Done { seq })
    }

    /// Why a commit cannot be applied to this state.
    fn objection(&self, commit: &Commit) -> Option<CommitOutcome> {
        if commit.stream.as_ref().is_some_and(|stream| !self.stream_fits(stream)) {
            return Some(CommitOutcome::StaleStream);
        }
        if commit.rules != self.rules {
            return Some(CommitOutcome::RulesChanged);
        }
        let moved_on = |document: &&DocumentCommit| match self.documents.get(&document.state.id) {
            Some(_) if armed(Bug::NoVersionCheck) => false,
            Some(stored) => stored.version != document.expected_version || stored.book != commit.book,
            None => document.expected_version != 0,
        };
        let conflicts: Vec<_> =
            commit.documents.iter().filter(moved_on).map(|document| document.state.id).collect();
        (!conflicts.is_empty()).then_some(CommitOutcome::Conflict(conflicts))
    }

    fn stream_fits(&self, stream: &StreamAdvance) -> bool {
        match self.streams.get(&stream.actor) {
            None => stream.current == 0,
            Some(known) => {
                known.device == stream.device
                    && (known.generation == stream.current || known.generation == stream.next)
            }
        }
    }

    fn advance(&mut self, stream: &StreamAdvance) {
        let StreamAdvance { actor, device, user, next, .. } = stream.clone();
        self.streams.insert(actor, StoredStream { actor, device, user, generation: next });
    }

    fn book_mut(&mut self, book: BookId) -> Stored<&mut StoredBook> {
        self.books.get_mut(&book).ok_or_else(|| StorageError::Damaged(format!("book {book} has no row")))
    }

    fn append(
        &mut self,
        book: BookId,
        document: DocumentId,
        lineage: u32,
        ms: i64,
        body: FeedBody,
    ) -> Stored<u64> {
        let row = self.book_mut(book)?;
        row.seq += 1;
        row.chain = row.chain.link(row.seq, &document, body.number(), &body.chained());
        let entry = FeedRow { seq: row.seq, document, lineage, arrived_ms: ms, body, chain: row.chain };
        let seq = entry.seq;
        self.feeds.entry(book).or_default().push(entry);
        Ok(seq)
    }

    fn write_document(&mut self, write: &DocumentCommit, commit: &Commit) -> Stored<()> {
        let mut state = write.state.clone();
        let (id, lineage) = (state.id, state.lineage);
        let before = self.documents.get(&id).map(|old| Digest::of_document(&id, old.lineage, &old.heads));
        if let Some(old) = self.documents.get(&id) {
            (state.joined_seq, state.last_seq) = (old.joined_seq, old.last_seq);
            if old.lineage < lineage {
                let anew = FeedBody::Snapshot { kind: state.kind, saved: Some(state.saved.clone()) };
                state.last_seq = self.append(commit.book, id, lineage, commit.arrived_ms, anew)?;
            }
        }
        if write.expected_version == 0 {
            let born = FeedBody::Joined { kind: state.kind, heads: Vec::new(), saved: None };
            state.joined_seq = self.append(commit.book, id, lineage, commit.arrived_ms, born)?;
            state.last_seq = state.joined_seq;
        }
        for change in &write.changes {
            let carried = Carried::Change(change.bytes.clone());
            let body = FeedBody::Change { hash: change.hash, actor: change.actor, carried };
            state.last_seq = self.append(commit.book, id, lineage, commit.arrived_ms, body)?;
            // Known of two documents, it names neither.
            self.changes.entry(change.hash).and_modify(|known| *known = None).or_insert(Some(id));
            if let Some(replaced) = change.replaces {
                self.replacements.entry((id, replaced)).or_insert(change.hash);
            }
        }
        state.version = write.expected_version + 1;
        let after = Digest::of_document(&id, lineage, &state.heads);
        let book = self.book_mut(commit.book)?;
        book.digest = before.map_or(book.digest, |term| book.digest.minus(term)).plus(after);
        self.post(write, commit, state.last_seq)?;
        self.documents.insert(id, state);
        Ok(())
    }

    fn post(&mut self, write: &DocumentCommit, commit: &Commit, cause_seq: u64) -> Stored<()> {
        for posting in &write.postings {
            let document = write.state.id;
            let book = self.book_mut(commit.book)?;
            book.ledger_number += 1;
            let mut entry = LedgerEntry {
                book: commit.book,
                number: book.ledger_number,
                document,
                posting: posting.clone(),
                arrived_ms: commit.arrived_ms,
                cause_seq,
                rules: commit.rules,
                chain: FeedChain::default(),
                moment: None,
            };
            book.ledger_chain = entry.link(book.ledger_chain);
            entry.chain = book.ledger_chain;
            self.ledger.push(entry);
        }
        Ok(())
    }

    fn move_documents(&mut self, order: &MoveOrder) -> Stored<CommitOutcome> {
        self.check_writable()?;
        let stays = |(id, version): &&(DocumentId, u64)| {
            let stored = self.documents.get(id);
            stored.is_none_or(|document| document.version != *version || document.book != order.from)
        };
        let conflicts: Vec<_> = order.documents.iter().filter(stays).map(|(id, _)| *id).collect();
        if !conflicts.is_empty() {
            return Ok(CommitOutcome::Conflict(conflicts));
        }
        self.book_mut(order.from)?;
        self.book_mut(order.to)?;
        for (id, _) in &order.documents {
            self.move_document(*id, order)?;
        }
        Ok(CommitOutcome::Done { seq: self.book_mut(order.to)?.seq })
    }

    fn move_document(&mut self, id: DocumentId, order: &MoveOrder) -> Stored<()> {
        let Some(mut document) = self.documents.get(&id).cloned() else { return Ok(()) };
        let term = Digest::of_document(&id, document.lineage, &document.heads);
        self.append(order.from, id, document.lineage, order.arrived_ms, FeedBody::Left)?;
        let joined = FeedBody::Joined {
            kind: document.kind,
            heads: document.heads.clone(),
            saved: Some(document.saved.clone()),
        };
        document.joined_seq = self.append(order.to, id, document.lineage, order.arrived_ms, joined)?;
        document.last_seq = document.joined_seq;
        document.book = order.to;
        document.version += 1;
        let from = self.book_mut(order.from)?;
        from.digest = from.digest.minus(term);
        let to = self.book_mut(order.to)?;
        to.digest = to.digest.plus(term);
        self.documents.insert(id, document);
        Ok(())
    }
}
