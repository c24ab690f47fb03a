//! Taking pushes: a few commits per book, one answer per document.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use document_model::{
    BookId, ChangeHash, Document, DocumentError, DocumentId, Moment, RecordFacts, first_parent,
};
use sync_protocol::planted::{Bug, armed};
use sync_protocol::{PushResult, PushedDocument, RefusalCode, Replacement, StreamStatus, SyncRequest};

use super::gate::{Admitted, Gate, GateJob, GateVerdict, JobChange};
use super::receipts::Vouched;
use super::{COMMIT_ATTEMPTS, Hub, HubError, Rules, project};
use crate::auth::{Action, Object, Principal, may};
use crate::storage::{
    Commit, CommitOutcome, CommittedChange, DocumentCommit, Storage, StorageError, StoredBook,
    StoredDocument, StoredStream, StreamAdvance,
};

/// Documents of one commit: between two of them others have theirs written, who would wait for a thousand.
/// To write so many takes about three times as long as to write one.
const COMMIT_DOCUMENTS: usize = 32;

/// What became of a request's pushes.
pub(super) struct Pushed {
    /// One per pushed document.
    pub(super) results: Vec<PushResult>,
    /// Feed numbers this request itself produced, by book.
    pub(super) own: Vec<(BookId, RangeInclusive<u64>)>,
    /// Whether the device's stream has moved to its next generation.
    advanced: bool,
}

/// What one exchange asks, by whom and when.
pub(super) struct Asked<'a> {
    pub(super) principal: &'a Principal,
    pub(super) request: &'a SyncRequest,
    /// The document of each push; `None` where its name leads nowhere.
    pub(super) names: Vec<Option<DocumentId>>,
    pub(super) now: Moment,
}

/// One pushed document on its way: where it stands in the request, and what is stored.
struct Candidate<'a> {
    index: usize,
    document: DocumentId,
    push: &'a PushedDocument,
    stored: Option<StoredDocument>,
    /// What the hub said of it before it was restored from an older copy.
    vouched: Vouched,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Takes all pushes of a request.
    pub(super) async fn push(&self, asked: &Asked<'_>, stream: StreamStatus) -> Result<Pushed, HubError> {
        let mut pushed = Pushed {
            results: vec![PushResult::Retry; asked.request.pushes.len()],
            own: Vec::new(),
            advanced: false,
        };
        if stream == StreamStatus::Stale {
            pushed.results.fill(PushResult::StaleStream);
            return Ok(pushed);
        }
        let mut waiting: Vec<usize> = (0..asked.request.pushes.len()).collect();
        for _ in 0..COMMIT_ATTEMPTS {
            if waiting.is_empty() {
                break;
            }
            waiting = self.attempt(asked, &waiting, &mut pushed).await?;
        }
        // What others always came before is not stored, whatever was computed of it.
        waiting.into_iter().for_each(|index| pushed.results[index] = PushResult::Retry);
        if !asked.request.pushes.is_empty() && !pushed.advanced {
            self.advance_alone(asked, &mut pushed).await?;
        }
        Ok(pushed)
    }

    /// The document each push is about, by its own name or by the history it goes on from.
    pub(super) async fn names(&self, request: &SyncRequest) -> Result<Vec<Option<DocumentId>>, HubError> {
        let parent = |push: &PushedDocument| match push.document {
            Some(_) => None,
            None => first_parent(&push.changes.first()?.bytes),
        };
        let parents: Vec<_> = request.pushes.iter().map(parent).collect();
        let asked: Vec<_> = parents.iter().copied().flatten().collect();
        let mut found = Vec::new().into_iter();
        if !asked.is_empty() {
            found = self.storage.documents_with(&asked).await?.into_iter();
        }
        let named = request.pushes.iter().zip(parents);
        Ok(named.map(|(push, parent)| push.document.or_else(|| parent.and_then(|_| found.next()?))).collect())
    }

    /// Moves the stream on when nothing else of the push was new: the device will present the next
    /// generation from now on.
    async fn advance_alone(&self, asked: &Asked<'_>, pushed: &mut Pushed) -> Result<(), HubError> {
        for _ in 0..COMMIT_ATTEMPTS {
            let commit = Commit {
                book: BookId::SHARED,
                stream: Some(advance_of(asked)),
                rules: self.rules.current(&self.storage).await?.version,
                changes_rules: false,
                arrived_ms: asked.now.0,
                documents: Vec::new(),
                keys: Vec::new(),
            };
            match self.storage.commit(commit).await? {
                CommitOutcome::StaleStream => {
                    pushed.results.fill(PushResult::StaleStream);
                    return Ok(());
                }
                CommitOutcome::Done { .. } => return Ok(()),
                CommitOutcome::RulesChanged | CommitOutcome::Conflict(_) => {}
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Tries to commit the documents at `waiting`; gives back those another commit came before.
    async fn attempt(
        &self,
        asked: &Asked<'_>,
        waiting: &[usize],
        pushed: &mut Pushed,
    ) -> Result<Vec<usize>, HubError> {
        let rules = self.rules.get(&self.storage).await?;
        let by_book = self.sort_by_book(asked, waiting, pushed).await?;
        let mut again = Vec::new();
        for (book, candidates) in by_book {
            let documents = self.compute(asked, candidates, &book, &rules, &mut pushed.results).await?;
            let mut documents = documents.into_iter().peekable();
            while documents.peek().is_some() {
                let part: Vec<_> = documents.by_ref().take(COMMIT_DOCUMENTS).collect();
                let indexes: Vec<_> = part.iter().map(|(index, _)| *index).collect();
                let done = self.commit_book(asked, &book, part, &rules, pushed).await?;
                if !done {
                    again.extend(indexes);
                }
            }
        }
        Ok(again)
    }

    /// Finds each document's book and asks whether this person may write it.
    async fn sort_by_book<'a>(
        &self,
        asked: &Asked<'a>,
        waiting: &[usize],
        pushed: &mut Pushed,
    ) -> Result<Vec<(StoredBook, Vec<Candidate<'a>>)>, HubError> {
        let named = |index: &usize| Some((*index, asked.names[*index]?));
        let named: Vec<(usize, DocumentId)> = waiting.iter().filter_map(named).collect();
        let ids: Vec<_> = named.iter().map(|(_, document)| *document).collect();
        let stored = self.storage.documents(&ids).await?;
        let own = self.storage.books_of(&asked.principal.unit).await?.into_iter();
        let books: BTreeMap<BookId, StoredBook> = own.map(|book| (book.id, book)).collect();
        let mut sorted: BTreeMap<BookId, Vec<Candidate<'a>>> = BTreeMap::new();
        for &index in waiting {
            pushed.results[index] = unknown(&asked.request.pushes[index]);
        }
        let mut seen = BTreeSet::new();
        for ((index, document), stored) in named.into_iter().zip(stored) {
            if !seen.insert(document) {
                // One push of a document at a time: the next request brings the other.
                pushed.results[index] = PushResult::Retry;
                continue;
            }
            let push = &asked.request.pushes[index];
            let book = stored.as_ref().map_or(push.book, |document| document.book);
            let vouched = self.receipts.vouched(document, push);
            match permitted(asked.principal, push, stored.as_ref(), &vouched, books.get(&book)) {
                Ok(()) => {
                    pushed.results[index] = PushResult::Retry;
                    let candidate = Candidate { index, document, push, stored, vouched };
                    sorted.entry(book).or_default().push(candidate);
                }
                Err(NOT_YOURS) if push.document.is_none() => {}
                Err(result) => pushed.results[index] = result,
            }
        }
        let with_rows =
            sorted.into_iter().filter_map(|(book, candidates)| Some((books.get(&book)?.clone(), candidates)));
        Ok(with_rows.collect())
    }

    /// Computes the commit of every document the gate admits; results of the others are final.
    async fn compute(
        &self,
        asked: &Asked<'_>,
        candidates: Vec<Candidate<'_>>,
        book: &StoredBook,
        rules: &Arc<Rules>,
        results: &mut [PushResult],
    ) -> Result<Vec<(usize, DocumentCommit)>, HubError> {
        let jobs = candidates.iter().map(|candidate| job_of(candidate, asked.request)).collect();
        let verdicts = self.gate.judge(jobs).await?;
        let mut admitted = Vec::new();
        for (candidate, verdict) in candidates.into_iter().zip(verdicts) {
            match verdict {
                GateVerdict::Admitted(verdict) => {
                    if self.knows_authors(&candidate, &verdict, asked).await? {
                        admitted.push((candidate, *verdict));
                    } else {
                        results[candidate.index] = UNKNOWN_AUTHOR;
                    }
                }
                GateVerdict::Need(parents) => results[candidate.index] = PushResult::Need { parents },
                GateVerdict::Fork => results[candidate.index] = PushResult::Fork,
                GateVerdict::Damaged(what) => {
                    // Its edits stay on the device until it is mended; the others go on.
                    let document = candidate.document;
                    tracing::error!(%document, what, "a saved document is damaged: `fieldbook verify --mend`");
                    results[candidate.index] = PushResult::Retry;
                }
            }
        }
        let mut existing = self.existing_edits(&admitted).await?;
        let mut documents = Vec::new();
        for (candidate, admitted) in admitted {
            let index = candidate.index;
            let pairs = existing.remove(&candidate.document).unwrap_or_default();
            results[index] = result_of(&admitted, pairs);
            let stands = !matches!(results[index], PushResult::Replaced { .. });
            if stands && !admitted.fresh.is_empty() {
                documents.push((index, commit_of(candidate, admitted, book, rules, asked.now)));
            }
        }
        Ok(documents)
    }

    /// Whether the hub knows the author of each change that came in by proof alone, by its own record or
    /// by proof; those it learns are written down.
    async fn knows_authors(
        &self,
        candidate: &Candidate<'_>,
        admitted: &Admitted,
        asked: &Asked<'_>,
    ) -> Result<bool, HubError> {
        let actors: BTreeSet<_> = admitted.fresh.iter().map(|change| change.actor).collect();
        let others: Vec<_> =
            actors.into_iter().filter(|actor| *actor != asked.request.stream.actor).collect();
        if others.is_empty() {
            return Ok(true);
        }
        let known = self.storage.streams(&others).await?;
        let unknown = others.iter().zip(known).filter_map(|(actor, known)| known.is_none().then_some(actor));
        for actor in unknown {
            let Some(origin) = candidate.vouched.origins.get(actor) else { return Ok(false) };
            // Where its store stands is not known: its device will take a new stream.
            let (actor, device, user) = (origin.actor, origin.device, origin.user.clone());
            let stream = StoredStream { actor, device, user, generation: 0 };
            self.storage.register_stream(stream).await?;
        }
        Ok(true)
    }

    /// Pushed edits that history has already, as themselves or authored again, by document.
    async fn existing_edits(
        &self,
        admitted: &[(Candidate<'_>, Admitted)],
    ) -> Result<BTreeMap<DocumentId, Vec<Replacement>>, HubError> {
        let (mut existing, mut asked) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
        if armed(Bug::ReplacementTwice) {
            return Ok(existing);
        }
        for (candidate, admitted) in admitted {
            let document = candidate.document;
            if !admitted.fresh.is_empty() {
                existing.entry(document).or_default().extend(&admitted.already);
            }
            let edits = admitted.fresh.iter().flat_map(|change| [Some(change.hash), change.replaces]);
            asked.extend(edits.flatten().map(|hash| (document, hash)));
        }
        if asked.is_empty() {
            return Ok(existing);
        }
        let mut pairs = self.storage.replacements(&asked).await?;
        let begun_anew = admitted.iter().filter_map(|(candidate, _)| candidate.stored.as_ref());
        let begun_anew: BTreeMap<_, _> =
            begun_anew.filter(|stored| stored.lineage > 1).map(|stored| (stored.id, stored)).collect();
        if !begun_anew.is_empty() {
            self.stand_for_older(&begun_anew, &asked, &mut pairs).await?;
        }
        for (document, pair) in pairs {
            existing.entry(document).or_default().push(pair);
        }
        Ok(existing)
    }

    /// What an older lineage held is in what the newer one began with: that stands for it.
    async fn stand_for_older(
        &self,
        begun_anew: &BTreeMap<DocumentId, &StoredDocument>,
        asked: &[(DocumentId, ChangeHash)],
        pairs: &mut Vec<(DocumentId, Replacement)>,
    ) -> Result<(), HubError> {
        let told = pairs.iter().map(|(document, pair)| (*document, pair.by));
        let mut edits: Vec<_> = asked.iter().copied().chain(told).collect();
        edits.retain(|(document, _)| begun_anew.contains_key(document));
        let mut older = BTreeMap::new();
        for (document, change, lineage) in self.storage.known_changes(&edits).await? {
            let Some(stored) = begun_anew.get(&document).filter(|stored| lineage < stored.lineage) else {
                continue;
            };
            let damaged = |error: DocumentError| StorageError::Damaged(error.to_string());
            let loaded = Document::load(stored.kind, &stored.saved).map_err(damaged)?;
            older.extend(loaded.began_anew_with().map(|stands| ((document, change), stands)));
        }
        for (document, pair) in pairs.iter_mut() {
            pair.by = older.get(&(*document, pair.by)).copied().unwrap_or(pair.by);
        }
        let themselves = asked.iter().filter_map(|edit| {
            let by = *older.get(edit)?;
            Some((edit.0, Replacement { replaced: edit.1, by }))
        });
        pairs.extend(themselves);
        Ok(())
    }

    /// Commits one book's documents. `false`: another commit came first, compute again.
    async fn commit_book(
        &self,
        asked: &Asked<'_>,
        book: &StoredBook,
        documents: Vec<(usize, DocumentCommit)>,
        rules: &Rules,
        pushed: &mut Pushed,
    ) -> Result<bool, HubError> {
        let (indexes, documents): (Vec<_>, Vec<_>) = documents.into_iter().unzip();
        let entries: u64 = documents.iter().map(entries_of).sum();
        self.outgrown.note(documents.iter().map(|document| &document.state));
        let commit = Commit {
            book: book.id,
            stream: Some(advance_of(asked)),
            rules: rules.version,
            changes_rules: false,
            arrived_ms: asked.now.0,
            documents,
            keys: Vec::new(),
        };
        match self.storage.commit(commit).await {
            Ok(CommitOutcome::Done { seq }) => {
                pushed.own.push((book.id, seq + 1 - entries..=seq));
                pushed.advanced = true;
                Ok(true)
            }
            Ok(CommitOutcome::Conflict(_)) => Ok(false),
            Ok(CommitOutcome::RulesChanged) => {
                self.rules.reload(&self.storage).await?;
                Ok(false)
            }
            Ok(CommitOutcome::StaleStream) => {
                indexes.into_iter().for_each(|index| pushed.results[index] = PushResult::StaleStream);
                Ok(true)
            }
            Err(_) if armed(Bug::AcknowledgeBeforeCommit) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

/// What others hold looks exactly like what nobody holds.
const NOT_YOURS: PushResult = PushResult::Refused { code: RefusalCode::NotYours, from: 0 };

/// Whose changes came by proof is not known.
const UNKNOWN_AUTHOR: PushResult = PushResult::Refused { code: RefusalCode::ForeignActor, from: 0 };

/// The answer to a push whose name leads nowhere, or to what this person may not know of.
fn unknown(push: &PushedDocument) -> PushResult {
    let first = push.changes.first().and_then(|change| first_parent(&change.bytes));
    PushResult::Need { parents: first.into_iter().collect() }
}

/// Whether a document may be pushed at all, before its changes are looked at. A superseded lineage
/// is answered before anything else that the document's own readers may know.
fn permitted(
    principal: &Principal,
    push: &PushedDocument,
    stored: Option<&StoredDocument>,
    vouched: &Vouched,
    book: Option<&StoredBook>,
) -> Result<(), PushResult> {
    let refuse = |code| Err(PushResult::Refused { code, from: 0 });
    // True of the kind alone, whoever holds the document: it tells nothing of what is stored.
    if !push.kind.written_by_reps() {
        return refuse(RefusalCode::HeadquartersOnly);
    }
    let owner = book.and_then(|book| book.owner.as_ref());
    let may_write = owner.is_some_and(|owner| may(principal, Action::Write, Object::Book { owner }));
    if !may_write {
        return Err(NOT_YOURS);
    }
    match stored {
        Some(document) if document.lineage != push.lineage => {
            Err(PushResult::Superseded { lineage: document.lineage })
        }
        Some(document) if document.kind != push.kind => refuse(RefusalCode::WrongKind),
        // One that the hub knew before it was restored may have begun anew since.
        None if push.lineage != 1 && vouched.heads.is_empty() => refuse(RefusalCode::Malformed),
        _ => Ok(()),
    }
}

fn advance_of(asked: &Asked<'_>) -> StreamAdvance {
    let Asked { principal, request, .. } = asked;
    StreamAdvance {
        actor: request.stream.actor,
        device: principal.device,
        user: principal.user.clone(),
        current: request.stream.current,
        next: request.stream.next,
    }
}

fn job_of(candidate: &Candidate<'_>, request: &SyncRequest) -> GateJob {
    let change = |change: &sync_protocol::PushedChange| JobChange {
        bytes: change.bytes.to_vec(),
        replaces: change.replaces,
    };
    GateJob {
        kind: candidate.push.kind,
        saved: candidate.stored.as_ref().map(|document| document.saved.clone()),
        stream: request.stream.actor,
        vouched: candidate.vouched.heads.clone(),
        changes: candidate.push.changes.iter().map(change).collect(),
    }
}

fn result_of(admitted: &Admitted, pairs: Vec<Replacement>) -> PushResult {
    if !pairs.is_empty() {
        return PushResult::Replaced { pairs };
    }
    match admitted.refused {
        Some((from, code)) => PushResult::Refused { code, from },
        None => PushResult::Accepted,
    }
}

fn commit_of(
    candidate: Candidate<'_>,
    admitted: Admitted,
    book: &StoredBook,
    rules: &Rules,
    now: Moment,
) -> DocumentCommit {
    let push = candidate.push;
    let fresh = admitted.fresh.iter().map(|change| CommittedChange {
        hash: change.hash,
        actor: change.actor,
        bytes: push.changes[change.index].bytes.to_vec(),
        replaces: change.replaces,
    });
    let changes: Vec<_> = fresh.collect();
    let today = rules.day(now);
    // A document that was known before the hub was restored is as old as its first change says.
    let oldest = admitted.fresh.first().filter(|_| !candidate.vouched.heads.is_empty());
    let created_on = oldest.map_or(today, |first| today.min(rules.day(Moment::of_seconds(first.made_at_s))));
    let stored = match candidate.stored {
        Some(stored) => StoredDocument { judged_on: today, ..stored },
        None => StoredDocument {
            id: candidate.document,
            kind: push.kind,
            book: book.id,
            lineage: push.lineage,
            version: 0,
            last_seq: 0,
            joined_seq: 0,
            heads: Vec::new(),
            actors: Vec::new(),
            saved: Vec::new(),
            created_on,
            judged_on: today,
            imported: false,
            selling_rep: book.owner.clone(),
            record: RecordFacts::default(),
            awaiting_sale_date: None,
            counted: None,
        },
    };
    project::project(stored, admitted, changes, rules)
}

/// Feed entries a document's commit makes: its birth and its changes.
fn entries_of(document: &DocumentCommit) -> u64 {
    u64::from(document.expected_version == 0) + document.changes.len() as u64
}
