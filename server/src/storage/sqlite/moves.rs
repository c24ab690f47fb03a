//! Applying a move order: documents change books together, or none does.

use std::collections::BTreeMap;

use document_model::DocumentId;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use sync_protocol::Digest;

use super::columns::listed;
use super::fault::{Fault, Outcome};
use super::open_book::OpenBook;
use super::rows::{self, book_columns};
use super::script::Script;
use crate::storage::{CommitOutcome, FeedBody, MoveOrder, StoredDocument};

/// Applies a move order inside the caller's savepoint. Only `Done` wrote anything; its number is that
/// of the book the documents are in now.
pub(super) async fn apply(connection: &mut SqliteConnection, order: MoveOrder) -> Outcome<CommitOutcome> {
    if order.from == order.to {
        return Err(Fault::failed("a move needs two books"));
    }
    let (mut from, mut to, mut found) = read(connection, &order).await?;
    let mut moving = Vec::with_capacity(order.documents.len());
    let mut conflicts = Vec::new();
    for (id, version) in &order.documents {
        match found.remove(id) {
            Some(document) if document.version == *version && document.book == order.from => moving.push(document),
            _ => conflicts.push(*id),
        }
    }
    if !conflicts.is_empty() {
        return Ok(CommitOutcome::Conflict(conflicts));
    }
    moving.iter_mut().for_each(|document| carry_over(document, &mut from, &mut to));
    let mut script = Script::default();
    from.write(&mut script);
    to.write(&mut script);
    rows::put_documents(&mut script, &moving);
    script.run(connection).await?;
    Ok(CommitOutcome::Done { seq: to.seq() })
}

type Found = (OpenBook, OpenBook, BTreeMap<DocumentId, StoredDocument>);

async fn read(connection: &mut SqliteConnection, order: &MoveOrder) -> Outcome<Found> {
    let mut script = Script::default();
    for book in [order.from, order.to] {
        script.statement(concat!("SELECT ", book_columns!(), " FROM books WHERE id = ?")).bind(book.as_bytes());
    }
    script.statement(rows::DOCUMENTS_LISTED).bind(listed(order.documents.iter().map(|(id, _)| id)));
    let found: [Vec<SqliteRow>; 3] =
        script.fetch(connection).await?.try_into().map_err(|_| Fault::failed("a script broke off"))?;
    let [from, to, documents] = &found;
    let documents = documents.iter().map(|row| rows::document(row).map(|document| (document.id, document)));
    Ok((
        OpenBook::of(order.from, from, order.arrived_ms)?,
        OpenBook::of(order.to, to, order.arrived_ms)?,
        documents.collect::<Outcome<_>>()?,
    ))
}

/// Takes a document out of one book and into the other.
fn carry_over(document: &mut StoredDocument, from: &mut OpenBook, to: &mut OpenBook) {
    let StoredDocument { id, lineage, kind, .. } = *document;
    from.append(id, lineage, FeedBody::Left);
    from.count_out(Digest::of_document(&id, lineage, &document.heads));
    let (heads, saved) = (document.heads.clone(), Some(document.saved.clone()));
    document.joined_seq = to.append(id, lineage, FeedBody::Joined { kind, heads, saved });
    document.last_seq = document.joined_seq;
    document.book = to.id();
    document.version += 1;
    to.count_in(document);
}
