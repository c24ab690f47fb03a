//! Answering what a device lacks, from feed rows and saved documents; nothing here writes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use document_model::{Actor, BookId, DocumentId, Kind, UnitCode};
use minicbor::bytes::ByteVec;
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{
    ActorOrigin, BookPage, BookTitle, Cursor, Cursors, Digest, DownloadToken, DownloadedDocument, Entry,
    EntryBody, Payload, RepairAsk, StreamStatus, SyncRequest, cursors_hash, limits,
};

use super::push::Asked;
use super::{Gate, Hub, HubError};
use crate::auth::{Action, Object, Principal, may};
use crate::storage::{
    Carried, DownloadPart, DownloadRows, Entries, FeedBody, FeedRow, Storage, StoredBook, WholeDocument,
};

/// Everything pulled by one request.
pub(super) struct Pulled {
    pub(super) pages: Vec<BookPage>,
    pub(super) gone: Vec<BookId>,
    pub(super) origins: Vec<ActorOrigin>,
    pub(super) list_cursors: bool,
}

/// What one request may still carry, and what it has carried so far.
struct Reader<'a> {
    bytes_left: usize,
    /// The device's own stream, whose earlier changes it holds; `None` when its store is stale.
    own_stream: Option<Actor>,
    own_entries: &'a [(BookId, RangeInclusive<u64>)],
    /// Where in the request each document was pushed.
    pushed: BTreeMap<DocumentId, u32>,
    sellers: BTreeMap<DocumentId, UnitCode>,
    actors: BTreeSet<Actor>,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Pages for every book the person may read.
    pub(super) async fn pull(
        &self,
        asked: &Asked<'_>,
        stream: StreamStatus,
        own_entries: &[(BookId, RangeInclusive<u64>)],
    ) -> Result<Pulled, HubError> {
        let Asked { principal, request, names, .. } = asked;
        let books = self.scope(principal).await?;
        let mut pulled =
            Pulled { pages: Vec::new(), gone: Vec::new(), origins: Vec::new(), list_cursors: false };
        let cursors: BTreeMap<BookId, Cursor> = match &request.cursors {
            Cursors::List(list) => list.iter().map(|cursor| (cursor.book, *cursor)).collect(),
            Cursors::Hash(hash) => {
                let heads: Vec<_> = books.iter().map(StoredBook::head).collect();
                pulled.list_cursors = cursors_hash(&heads) != *hash;
                return Ok(pulled);
            }
        };
        let held: BTreeSet<BookId> = books.iter().map(|book| book.id).collect();
        let named = cursors.keys().copied().chain(request.downloads.iter().map(|ask| ask.book));
        pulled.gone =
            named.filter(|book| !held.contains(book)).collect::<BTreeSet<_>>().into_iter().collect();
        let mut reader = Reader {
            bytes_left: (request.page_bytes as usize).clamp(limits::PAGE_BYTES_MIN, limits::PAGE_BYTES),
            own_stream: (stream == StreamStatus::Current).then_some(request.stream.actor),
            own_entries,
            pushed: (0..).zip(names).filter_map(|(index, name)| Some(((*name)?, index))).collect(),
            sellers: BTreeMap::new(),
            actors: BTreeSet::new(),
        };
        for book in &books {
            let cursor = cursors.get(&book.id);
            let page = self.page(book, request, cursor, &mut reader).await?;
            let ask = request.repairs.iter().find(|repair| repair.book == book.id);
            pulled.pages.extend(match (ask, cursor) {
                (Some(ask), Some(cursor)) => Some(self.repair(book, ask, *cursor, page, &mut reader).await?),
                _ => page,
            });
        }
        pulled.origins = self.origins(&reader.actors).await?;
        Ok(pulled)
    }

    /// The books this person may read.
    async fn scope(&self, principal: &Principal) -> Result<Vec<StoredBook>, HubError> {
        if armed(Bug::NoScope) {
            return Ok(self.storage.books().await?);
        }
        let readable = |book: &StoredBook| match &book.owner {
            None => may(principal, Action::Read, Object::SharedBook),
            Some(owner) => may(principal, Action::Read, Object::Book { owner }),
        };
        Ok(self.storage.books_of(&principal.unit).await?.into_iter().filter(readable).collect())
    }

    async fn page(
        &self,
        book: &StoredBook,
        request: &SyncRequest,
        cursor: Option<&Cursor>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<BookPage>, HubError> {
        let asked = request.downloads.iter().find(|ask| ask.book == book.id);
        let holds = match cursor {
            Some(cursor) if asked.is_none() => self.cursor_holds(book, cursor).await?,
            _ => false,
        };
        if let Some(cursor) = cursor.filter(|_| asked.is_none() && !holds) {
            self.notice_older_copy(book, cursor);
        }
        let known = match cursor {
            Some(cursor) if holds => cursor,
            // A cursor this feed does not know begins anew: documents the device holds are merged, and what
            // the hub acknowledged after an older copy was made comes back from there.
            _ => return self.download(book, asked.and_then(|ask| ask.token), reader).await.map(Some),
        };
        if known.seq == book.seq {
            return Ok(None);
        }
        if reader.bytes_left == 0 {
            return Ok(Some(BookPage { more: true, cursor: Some(*known), ..empty(book.id) }));
        }
        let (rows, current) = self.unread(book, known.seq, reader).await?;
        self.look_up(&rows, reader).await?;
        Ok(Some(reader.feed_page(book, *known, rows, current)))
    }

    /// Entries after `after` but for those this very request made; true when they are all that is left.
    async fn unread(
        &self,
        book: &StoredBook,
        after: u64,
        reader: &Reader<'_>,
    ) -> Result<(Vec<FeedRow>, bool), HubError> {
        let mut rows: Vec<FeedRow> = Vec::new();
        let mut bytes_left = reader.bytes_left;
        for (after, upto) in reader.stretches(book, after) {
            let entries = limits::PAGE_ENTRIES.saturating_sub(rows.len());
            if entries == 0 || bytes_left == 0 {
                return Ok((rows, false));
            }
            let stretch =
                self.storage.feed(book.id, Entries::Telling, (after, upto), entries, bytes_left).await?;
            let read = stretch.last().map_or(after, |row| row.seq);
            bytes_left = bytes_left.saturating_sub(stretch.iter().map(|row| row.body.size()).sum());
            rows.extend(stretch);
            if read < upto {
                return Ok((rows, false));
            }
        }
        Ok((rows, true))
    }

    /// Looks up what entries do not say themselves: whose streams the saved documents inside them bring
    /// along, and who sold the policies that came into the book.
    async fn look_up(&self, rows: &[FeedRow], reader: &mut Reader<'_>) -> Result<(), HubError> {
        let tells_little = |row: &&FeedRow| match &row.body {
            FeedBody::Joined { kind, saved, .. } => *kind == Kind::Policy || saved.is_some(),
            FeedBody::Change { carried, .. } => matches!(carried, Carried::Snapshot { .. }),
            body => matches!(body, FeedBody::Snapshot { .. }),
        };
        let ids: Vec<_> = rows.iter().filter(tells_little).map(|row| row.document).collect();
        if !ids.is_empty() {
            for document in self.storage.documents(&ids).await?.into_iter().flatten() {
                let seller = seller(document.kind, document.selling_rep.as_ref());
                reader.sellers.extend(seller.map(|seller| (document.id, seller)));
                reader.actors.extend(document.actors);
            }
        }
        Ok(())
    }

    async fn cursor_holds(&self, book: &StoredBook, cursor: &Cursor) -> Result<bool, HubError> {
        if cursor.epoch != book.epoch || cursor.seq > book.seq {
            return Ok(false);
        }
        let chain = if cursor.seq == book.seq {
            Some(book.chain)
        } else {
            self.storage.chain_at(book.id, cursor.seq).await?
        };
        Ok(chain.is_some_and(|chain| chain.check() == cursor.check))
    }

    /// Says so when a device knows a feed that this database does not: an older copy is in its place, or
    /// the device made its cursor up.
    fn notice_older_copy(&self, book: &StoredBook, cursor: &Cursor) {
        tracing::warn!(
            name: "hub.older_copy",
            book = %book.id,
            told = cursor.seq,
            stored = book.seq,
            "a device knows another history of this book: if an older copy was put in the place of the database, \
             devices give back what they hold"
        );
    }

    /// One page of a first download: recently used documents first, then those used meanwhile.
    async fn download(
        &self,
        book: &StoredBook,
        token: Option<DownloadToken>,
        reader: &mut Reader<'_>,
    ) -> Result<BookPage, HubError> {
        let title =
            token.is_none().then(|| BookTitle { name: book.name.clone(), read_only: book.owner.is_none() });
        let known = match token {
            // A walk that began in a feed this one is not goes on nowhere.
            Some(token) if self.cursor_holds(book, &token.as_of).await? => Some(token),
            _ => None,
        };
        let mut token = match known {
            Some(token) => token,
            None => DownloadToken { as_of: book.head(), last_used: book.seq + 1, revisited: None },
        };
        let mut page = BookPage { title, ..empty(book.id) };
        if token.revisited.is_none() {
            let rows = self.rows(book.id, DownloadPart::Before(token.last_used), reader).await?;
            token.last_used = rows.documents.last().map_or(token.last_used, |document| document.last_seq);
            reader.carry(&mut page, &rows);
            if !rows.finished {
                return Ok(BookPage { download: Some(token), more: true, ..page });
            }
            token.last_used = 0;
        }
        let part = DownloadPart::UsedAfter { as_of: token.as_of.seq, after: token.revisited };
        let rows = self.rows(book.id, part, reader).await?;
        reader.carry(&mut page, &rows);
        if !rows.finished {
            let revisited = rows.documents.last().map(|document| document.id).or(token.revisited);
            let token = DownloadToken { revisited, ..token };
            return Ok(BookPage { download: Some(token), more: true, ..page });
        }
        let current = token.as_of.seq == book.seq;
        let digest = current.then_some(book.digest);
        Ok(BookPage { cursor: Some(token.as_of), more: !current, digest, ..page })
    }

    async fn rows(
        &self,
        book: BookId,
        part: DownloadPart,
        reader: &Reader<'_>,
    ) -> Result<DownloadRows, HubError> {
        if reader.bytes_left == 0 {
            return Ok(DownloadRows { documents: Vec::new(), finished: false });
        }
        Ok(self.storage.download(book, part, limits::DOWNLOAD_DOCUMENTS, reader.bytes_left).await?)
    }

    /// Adds to a page the documents whose state differs, and names those the book does not hold. Only
    /// where the feed is read to its end: before that, differences are no surprise.
    async fn repair(
        &self,
        book: &StoredBook,
        ask: &RepairAsk,
        cursor: Cursor,
        page: Option<BookPage>,
        reader: &mut Reader<'_>,
    ) -> Result<BookPage, HubError> {
        let mut page = page.unwrap_or_else(|| BookPage { cursor: Some(cursor), ..empty(book.id) });
        if page.more {
            return Ok(page);
        }
        let held: BTreeMap<DocumentId, u64> =
            ask.held.iter().map(|held| (held.document, held.state)).collect();
        let mut missing: BTreeSet<DocumentId> = held.keys().copied().collect();
        let mut after = None;
        loop {
            let documents = self.storage.documents_of(book.id, after, limits::DOWNLOAD_DOCUMENTS).await?;
            let Some(last) = documents.last() else { break };
            after = Some(last.id);
            for document in documents {
                missing.remove(&document.id);
                let term = Digest::of_document(&document.id, document.lineage, &document.heads);
                if held.get(&document.id) != Some(&term.0) {
                    reader
                        .carry(&mut page, &DownloadRows { documents: vec![document.into()], finished: true });
                }
            }
        }
        let left = |document| Entry {
            seq: book.seq,
            document: Some(document),
            lineage: 1,
            body: EntryBody::Left,
            pushed: None,
        };
        page.entries.extend(missing.into_iter().map(left));
        page.digest = Some(book.digest);
        Ok(page)
    }

    async fn origins(&self, actors: &BTreeSet<Actor>) -> Result<Vec<ActorOrigin>, HubError> {
        let actors: Vec<_> = actors.iter().copied().collect();
        if actors.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.storage.streams(&actors).await?.into_iter().flatten();
        Ok(known
            .map(|stream| ActorOrigin { actor: stream.actor, user: stream.user, device: stream.device })
            .collect())
    }
}

impl Reader<'_> {
    /// What lies between a place in a feed, the entries this request made, and the end: each stretch
    /// as the number before it and its last one.
    fn stretches(&self, book: &StoredBook, after: u64) -> Vec<(u64, u64)> {
        let own = self.own_entries.iter().filter(|(id, _)| *id == book.id).map(|(_, seqs)| seqs);
        let (mut stretches, mut from) = (Vec::new(), after);
        for seqs in own {
            stretches.push((from, seqs.start() - 1));
            from = *seqs.end();
        }
        stretches.push((from, book.seq));
        stretches.retain(|(after, upto)| after < upto);
        stretches
    }

    fn feed_page(&mut self, book: &StoredBook, from: Cursor, rows: Vec<FeedRow>, current: bool) -> BookPage {
        let last = rows.last().map_or(from, |row| Cursor { seq: row.seq, check: row.chain.check(), ..from });
        let end = if current || armed(Bug::CursorSkipsEntries) { book.head() } else { last };
        let digest = current.then_some(book.digest);
        let mut page = BookPage { cursor: Some(end), more: !current, digest, ..empty(book.id) };
        for row in rows {
            self.bytes_left = self.bytes_left.saturating_sub(row.body.size());
            page.entries.extend(self.entry(row));
        }
        page
    }

    /// An entry as readers are told it; `None` when a later one carries what it says.
    fn entry(&mut self, row: FeedRow) -> Option<Entry> {
        let body = match row.body {
            FeedBody::Change { carried: Carried::Snapshot { kind, saved }, .. }
            | FeedBody::Snapshot { kind, saved: Some(saved) } => {
                EntryBody::Snapshot { kind, snapshot: saved.into() }
            }
            FeedBody::Change { carried: Carried::Nothing, .. } | FeedBody::Snapshot { saved: None, .. } => {
                return None;
            }
            FeedBody::Change { hash, actor, carried: Carried::Change(bytes) } => {
                let payload = if self.own_stream == Some(actor) {
                    Payload::Known(vec![hash])
                } else {
                    self.actors.insert(actor);
                    Payload::Raw(vec![ByteVec::from(bytes)])
                };
                EntryBody::Changes { arrived_ms: row.arrived_ms, payload }
            }
            FeedBody::Joined { kind, heads, saved } => {
                let selling_rep = self.sellers.get(&row.document).cloned();
                EntryBody::Joined { kind, heads, snapshot: saved.map(ByteVec::from), selling_rep }
            }
            FeedBody::Left => EntryBody::Left,
            FeedBody::Redirected { to } => EntryBody::Redirected { to },
            FeedBody::Erased => EntryBody::Erased,
        };
        let pushed = self.pushed.get(&row.document).copied();
        let pushed = pushed.filter(|_| matches!(body, EntryBody::Changes { .. }));
        let document = pushed.is_none().then_some(row.document);
        Some(Entry { seq: row.seq, document, lineage: row.lineage, body, pushed })
    }

    /// Puts saved documents on a page.
    fn carry(&mut self, page: &mut BookPage, rows: &DownloadRows) {
        for document in &rows.documents {
            self.bytes_left = self.bytes_left.saturating_sub(document.saved.len());
            self.actors.extend(&document.actors);
            page.downloaded.push(downloaded(document));
        }
    }
}

/// Who sold a policy; nobody sells anything else.
fn seller(kind: Kind, selling_rep: Option<&UnitCode>) -> Option<UnitCode> {
    selling_rep.filter(|_| kind == Kind::Policy).cloned()
}

fn downloaded(document: &WholeDocument) -> DownloadedDocument {
    DownloadedDocument {
        document: document.id,
        kind: document.kind,
        lineage: document.lineage,
        snapshot: document.saved.clone().into(),
        selling_rep: seller(document.kind, document.selling_rep.as_ref()),
    }
}

fn empty(book: BookId) -> BookPage {
    BookPage {
        book,
        title: None,
        downloaded: Vec::new(),
        download: None,
        entries: Vec::new(),
        cursor: None,
        more: false,
        digest: None,
    }
}
