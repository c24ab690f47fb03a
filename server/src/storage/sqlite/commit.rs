//! Applying a commit: one script reads what it is checked against, one writes what it changes.

use std::collections::BTreeMap;

use document_model::{BookId, ChangeHash, DocumentId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use sync_protocol::Digest;

use super::columns::{Columns, listed};
use super::fault::{Fault, Outcome};
use super::open_book::OpenBook;
use super::rows::{self, book_columns, stream_columns};
use super::script::Script;
use crate::storage::{Commit, CommitOutcome, DocumentCommit, FeedBody, StoredDocument, StoredStream, StreamAdvance};

/// What is stored of a document that a commit wants to change.
struct Known {
    book: BookId,
    version: u64,
    last_seq: u64,
    joined_seq: u64,
    term: Digest,
}

/// What a commit is checked against and goes on from, all of the same transaction.
struct Present {
    rules: u64,
    book: OpenBook,
    stream: Option<StoredStream>,
    documents: BTreeMap<DocumentId, Known>,
}

/// Applies a commit inside the caller's savepoint. Only `Done` wrote anything.
pub(super) async fn apply(connection: &mut SqliteConnection, commit: Commit) -> Outcome<CommitOutcome> {
    let mut present = read(connection, &commit).await?;
    if let Some(outcome) = present.objection(&commit) {
        return Ok(outcome);
    }
    let mut script = Script::default();
    if let Some(advance) = &commit.stream {
        put_stream(&mut script, advance, present.stream.as_ref());
    }
    if commit.changes_rules {
        script.statement("UPDATE hub SET rules = rules + 1");
    }
    if !commit.documents.is_empty() {
        write_documents(&mut script, &mut present, commit);
    }
    let seq = present.book.seq();
    script.run(connection).await?;
    Ok(CommitOutcome::Done { seq })
}

async fn read(connection: &mut SqliteConnection, commit: &Commit) -> Outcome<Present> {
    let actor = commit.stream.as_ref().map(|stream| stream.actor.as_bytes());
    let ids = listed(commit.documents.iter().map(|document| document.state.id));
    let mut script = Script::default();
    script.statement("SELECT rules FROM hub");
    script.statement(concat!("SELECT ", book_columns!(), " FROM books WHERE id = ?")).bind(commit.book.as_bytes());
    script.statement(concat!("SELECT ", stream_columns!(), " FROM streams WHERE actor = ?")).bind(actor);
    let documents = "SELECT id, book, version, last_seq, joined_seq, lineage, heads \
        FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN documents ON id = wanted";
    script.statement(documents).bind(ids);
    let found: [Vec<SqliteRow>; 4] =
        script.fetch(connection).await?.try_into().map_err(|_| Fault::failed("a script broke off"))?;
    let [rules, book, stream, documents] = &found;
    Ok(Present {
        rules: rules.first().map_or(Ok(0), |row| Columns::of(row).number())?,
        book: OpenBook::of(commit.book, book, commit.arrived_ms)?,
        stream: stream.first().map(rows::stream).transpose()?,
        documents: documents.iter().map(known).collect::<Outcome<_>>()?,
    })
}

fn known(row: &SqliteRow) -> Outcome<(DocumentId, Known)> {
    let mut columns = Columns::of(row);
    let id = DocumentId(columns.array()?);
    let (book, version) = (BookId(columns.array()?), columns.number()?);
    let (last_seq, joined_seq) = (columns.number()?, columns.number()?);
    let term = Digest::of_document(&id, columns.small()?, &columns.hashes()?);
    Ok((id, Known { book, version, last_seq, joined_seq, term }))
}

impl Present {
    /// Why a commit cannot be applied to this state.
    fn objection(&self, commit: &Commit) -> Option<CommitOutcome> {
        if commit.stream.as_ref().is_some_and(|advance| !fits(advance, self.stream.as_ref())) {
            return Some(CommitOutcome::StaleStream);
        }
        if commit.rules != self.rules {
            return Some(CommitOutcome::RulesChanged);
        }
        let differs = |document: &&DocumentCommit| match self.documents.get(&document.state.id) {
            Some(known) => known.version != document.expected_version || known.book != commit.book,
            None => document.expected_version != 0,
        };
        let conflicts: Vec<_> = commit.documents.iter().filter(differs).map(|document| document.state.id).collect();
        (!conflicts.is_empty()).then_some(CommitOutcome::Conflict(conflicts))
    }
}

/// True when the stream is at the generation presented, or has taken this very step before.
fn fits(advance: &StreamAdvance, stream: Option<&StoredStream>) -> bool {
    stream.map_or(advance.current == 0, |stream| {
        let known = [advance.current, advance.next].contains(&stream.generation);
        stream.device == advance.device && known
    })
}

/// Moves the stream on, unless it has taken this step before.
fn put_stream(script: &mut Script, advance: &StreamAdvance, stream: Option<&StoredStream>) {
    let StreamAdvance { actor, device, user, next, .. } = advance;
    match stream {
        Some(stream) if stream.generation == *next => {}
        Some(_) => {
            let sql = "UPDATE streams SET generation = ? WHERE actor = ?";
            script.statement(sql).bind(next.cast_signed()).bind(actor.as_bytes());
        }
        None => {
            let new = StoredStream { actor: *actor, device: *device, user: user.clone(), generation: *next };
            add_stream(script, &new);
        }
    }
}

/// Registers a stream, unless it is known.
pub(super) fn add_stream(script: &mut Script, stream: &StoredStream) {
    let sql = concat!("INSERT INTO streams (", stream_columns!(), ") VALUES (?,?,?,?) ON CONFLICT (actor) DO NOTHING");
    script.statement(sql).bind(stream.actor.as_bytes()).bind(stream.device.as_bytes());
    script.bind(stream.user.as_str()).bind(stream.generation.cast_signed());
}

fn write_documents(script: &mut Script, present: &mut Present, commit: Commit) {
    let mut states = Vec::with_capacity(commit.documents.len());
    let mut replacements = Vec::new();
    for document in commit.documents {
        let known = present.documents.get(&document.state.id);
        states.push(write_document(&mut present.book, known, document, commit.rules, &mut replacements));
    }
    present.book.write(script);
    rows::put_documents(script, &states);
    let into = "INSERT INTO replacements (document, replaced, by)";
    let keep = " ON CONFLICT (document, replaced) DO NOTHING";
    script.insert(into, "(?,?,?)", keep, &replacements, |script, (document, replaced, by)| {
        script.bind(document.as_bytes()).bind(replaced.as_bytes()).bind(by.as_bytes());
    });
}

/// Appends what a document's commit says to its book; the document's new state.
fn write_document(
    book: &mut OpenBook,
    known: Option<&Known>,
    document: DocumentCommit,
    rules: u64,
    replacements: &mut Vec<(DocumentId, ChangeHash, ChangeHash)>,
) -> StoredDocument {
    let DocumentCommit { expected_version, mut state, changes, postings } = document;
    let (id, lineage) = (state.id, state.lineage);
    (state.joined_seq, state.last_seq) = match known {
        Some(known) => (known.joined_seq, known.last_seq),
        None => {
            let born = book.append(id, lineage, FeedBody::Joined { kind: state.kind, heads: Vec::new(), saved: None });
            (born, born)
        }
    };
    for change in changes {
        replacements.extend(change.replaces.map(|replaced| (id, replaced, change.hash)));
        let body = FeedBody::Change { hash: change.hash, actor: change.actor, bytes: change.bytes };
        state.last_seq = book.append(id, lineage, body);
    }
    state.version = expected_version + 1;
    state.book = book.id();
    if let Some(known) = known {
        book.count_out(known.term);
    }
    book.count_in(&state);
    postings.into_iter().for_each(|posting| book.post(id, posting, state.last_seq, rules));
    state
}
