//! Commits and moves in SQL: what a [`Plan`] needs is read under the locks of its books, what it adds is
//! written in one statement.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{BookId, DocumentId};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::fault::{Fault, Outcome};
use super::rows;
use super::script::{Present, Query, Script};
use crate::storage::codec::{self, known_columns, replacement_columns};
use crate::storage::columns::Columns;
use crate::storage::plan::Plan;
use crate::storage::sealing::MasterId;
use crate::storage::{Commit, CommitOutcome, MoveOrder, Stored, StoredBook};

/// Decides commits to one book one after the other and writes them together. A failure is that of all
/// of them: nothing of any may stay.
pub(super) async fn apply(
    connection: &mut PgConnection,
    commits: &[Commit],
) -> Outcome<Vec<Outcome<CommitOutcome>>> {
    let mut plan = read(connection, commits).await?;
    let (documents, streams) = (keys(&plan.known), keys(&plan.streams));
    let outcomes = commits.iter().map(|commit| plan.commit(commit).map_err(Fault::from)).collect();
    write(connection, &plan, &documents, &streams).await?;
    Ok(outcomes)
}

/// Decides a move order and writes it.
pub(super) async fn apply_move(connection: &mut PgConnection, order: &MoveOrder) -> Outcome<CommitOutcome> {
    let Locked { books, .. } = lock_books(connection, &[order.from, order.to].into()).await?;
    let mut query = Query::of(rows::DOCUMENTS_LISTED);
    query.ids(order.documents.iter().map(|(id, _)| id.as_bytes()));
    let found = query.fetch(connection).await?;
    let found = found.iter().map(|row| codec::document(row).map(|document| (document.id, document)));
    let mut plan = Plan { books, ..Plan::default() };
    let found: BTreeMap<_, _> = found.collect::<Stored<_>>()?;
    let documents = keys(&found);
    let outcome = plan.move_documents(order, found)?;
    write(connection, &plan, &documents, &BTreeSet::new()).await?;
    Ok(outcome)
}

/// Reads under the book's lock: whoever held it before has committed, and every statement sees that.
async fn read(connection: &mut PgConnection, commits: &[Commit]) -> Outcome<Plan> {
    let books = commits.iter().map(|commit| commit.book).collect();
    let Locked { books, rules, master } = lock_books(connection, &books).await?;
    let mut plan = Plan { rules, master, books, ..Plan::default() };
    let ids: Vec<_> = commits.iter().flat_map(|commit| &commit.documents).collect();
    if !ids.is_empty() {
        let mut query = Query::of(concat!("SELECT ", known_columns!(), " FROM documents WHERE id = ANY($1)"));
        query.ids(ids.iter().map(|document| document.state.id.as_bytes()));
        plan.known = codec::all(&query.fetch(connection).await?, codec::known)?;
    }
    let streams: Vec<_> = commits.iter().filter_map(|commit| commit.stream.as_ref()).collect();
    if !streams.is_empty() {
        let mut query = Query::of(rows::STREAMS_TO_WRITE);
        query.ids(streams.iter().map(|stream| stream.actor.as_bytes()));
        let found = query.fetch(connection).await?;
        let found = found.iter().map(|row| codec::stream(row).map(|stream| (stream.actor, stream)));
        plan.streams = found.collect::<Stored<_>>()?;
    }
    Ok(plan)
}

/// Books that are this transaction's, and what the hub's row says.
struct Locked {
    books: BTreeMap<BookId, StoredBook>,
    rules: u64,
    master: Option<MasterId>,
}

/// Locks books, and reads them with the hub's row.
async fn lock_books(connection: &mut PgConnection, books: &BTreeSet<BookId>) -> Outcome<Locked> {
    let mut query = Query::of(rows::BOOKS_TO_WRITE);
    query.ids(books.iter().map(|book| book.as_bytes()));
    let found = query.fetch(connection).await?;
    let (rules, master) = found.first().map(hub_beside).transpose()?.unwrap_or_default();
    let books = found.iter().map(|row| codec::book(row).map(|book| (book.id, book)));
    Ok(Locked { books: books.collect::<Stored<_>>()?, rules, master })
}

/// What the hub's row says, in a row of [`rows::BOOKS_TO_WRITE`].
fn hub_beside(row: &PgRow) -> Outcome<(u64, Option<MasterId>)> {
    let mut columns = Columns::of(row);
    (0..sqlx::Row::len(row) - 2).for_each(|_| _ = columns.skip());
    Ok((columns.number()?, codec::master(&mut columns)?))
}

fn keys<K: Copy + Ord, V>(map: &BTreeMap<K, V>) -> BTreeSet<K> {
    map.keys().copied().collect()
}

/// Writes what a plan adds; `documents` and `streams` are those that were there before.
async fn write(
    connection: &mut PgConnection,
    plan: &Plan,
    documents: &BTreeSet<DocumentId>,
    streams: &BTreeSet<document_model::Actor>,
) -> Outcome<()> {
    let added = &plan.added;
    let mut script = Script::default();
    if added.rules {
        script.set_number("hub", "rules", plan.rules);
    }
    let books: Vec<_> = added.books.iter().filter_map(|id| plan.books.get(id)).collect();
    rows::put_books(&mut script, &books);
    rows::append_feed(&mut script, &added.entries);
    rows::append_ledger(&mut script, &added.ledger);
    let (old, new): (Vec<_>, Vec<_>) =
        added.documents.values().partition(|document| documents.contains(&document.id));
    rows::replace_documents(&mut script, &old);
    rows::add_documents(&mut script, &new);
    let moved = added.streams.iter().filter_map(|actor| plan.streams.get(actor));
    let (old, new): (Vec<_>, Vec<_>) = moved.partition(|stream| streams.contains(&stream.actor));
    rows::advance_streams(&mut script, &old);
    rows::add_streams(&mut script, &new, Present::Crossed);
    let (replacements, fill) = (&added.replacements[..], codec::fill_replacement);
    rows::add_keys(&mut script, &added.keys);
    script.insert("replacements", replacement_columns!(), Present::Stays, replacements, |row, one| {
        fill(row, *one)
    });
    script.run(connection).await
}
