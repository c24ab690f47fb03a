//! Commits and moves in SQL: one script reads what a [`Plan`] needs, one writes what it adds.

use std::collections::{BTreeMap, BTreeSet};

use document_model::BookId;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::listed;
use super::fault::{Fault, Outcome};
use super::rows;
use super::script::Script;
use crate::storage::codec::{self, known_columns, replacement_columns};
use crate::storage::columns::Columns;
use crate::storage::plan::Plan;
use crate::storage::{Commit, CommitOutcome, MoveOrder, Stored, StoredBook, StoredStream};

/// Decides commits one after the other and writes them together. A failure is that of all of them:
/// nothing of any may stay.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    commits: &[Commit],
) -> Outcome<Vec<Outcome<CommitOutcome>>> {
    let mut plan = read(connection, commits).await?;
    let outcomes = commits.iter().map(|commit| plan.commit(commit).map_err(Fault::from)).collect();
    write(connection, &plan).await?;
    Ok(outcomes)
}

/// Decides a move order and writes it.
pub(super) async fn apply_move(
    connection: &mut SqliteConnection,
    order: MoveOrder,
) -> Outcome<CommitOutcome> {
    let mut script = Script::default();
    script.statement(rows::BOOKS_LISTED).bind(listed([order.from, order.to]));
    script.statement(rows::DOCUMENTS_LISTED).bind(listed(order.documents.iter().map(|(id, _)| id)));
    let [books, documents] = script.fetch_all(connection).await?;
    let mut plan = Plan { books: books_by_id(&books)?, ..Plan::default() };
    let documents = documents.iter().map(|row| codec::document(row).map(|document| (document.id, document)));
    let outcome = plan.move_documents(&order, documents.collect::<Stored<_>>()?)?;
    write(connection, &plan).await?;
    Ok(outcome)
}

async fn read(connection: &mut SqliteConnection, commits: &[Commit]) -> Outcome<Plan> {
    let books: BTreeSet<_> = commits.iter().map(|commit| commit.book).collect();
    let actors = commits.iter().filter_map(|commit| commit.stream.as_ref()).map(|stream| stream.actor);
    let ids = commits.iter().flat_map(|commit| &commit.documents).map(|document| document.state.id);
    let mut script = Script::default();
    script.statement("SELECT rules, master FROM hub");
    script.statement(rows::BOOKS_LISTED).bind(listed(books));
    script.statement(rows::STREAMS_LISTED).bind(listed(actors));
    let documents = concat!(
        "SELECT ",
        known_columns!(),
        " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN documents ON id = wanted"
    );
    script.statement(documents).bind(listed(ids));
    let [rules, books, streams, documents] = script.fetch_all(connection).await?;
    let mut hub = Columns::only(&rules)?;
    let streams = streams.iter().map(|row| codec::stream(row).map(|stream| (stream.actor, stream)));
    Ok(Plan {
        rules: hub.number()?,
        master: codec::master(&mut hub)?,
        books: books_by_id(&books)?,
        streams: streams.collect::<Stored<_>>()?,
        known: codec::all(&documents, codec::known)?,
        ..Plan::default()
    })
}

/// Whether these books' feeds are as far as they were.
pub(super) async fn reach(connection: &mut SqliteConnection, books: &BTreeMap<BookId, u64>) -> Outcome<bool> {
    let mut script = Script::default();
    script.statement(rows::BOOKS_LISTED).bind(listed(books.keys()));
    let found = books_by_id(&script.fetch(connection).await?)?;
    Ok(books.iter().all(|(id, seq)| found.get(id).is_some_and(|book| book.seq >= *seq)))
}

fn books_by_id(found: &[SqliteRow]) -> Stored<BTreeMap<BookId, StoredBook>> {
    found.iter().map(|row| codec::book(row).map(|book| (book.id, book))).collect()
}

async fn write(connection: &mut SqliteConnection, plan: &Plan) -> Outcome<()> {
    let added = &plan.added;
    let mut script = Script::default();
    if added.rules {
        script.statement("UPDATE hub SET rules = ?").bind(plan.rules.cast_signed());
    }
    let books: Vec<_> = added.books.iter().filter_map(|id| plan.books.get(id)).collect();
    rows::put_books(&mut script, &books);
    rows::append_feed(&mut script, &added.entries);
    rows::append_ledger(&mut script, &added.ledger);
    let documents: Vec<_> = added.documents.values().collect();
    rows::put_documents(&mut script, &documents);
    rows::put_keys(&mut script, &added.keys);
    let streams: Vec<_> = added.streams.iter().filter_map(|actor| plan.streams.get(actor)).collect();
    rows::put_streams(&mut script, &streams, "DO UPDATE SET generation = excluded.generation");
    let keep = "ON CONFLICT (document, replaced) DO NOTHING";
    script.insert("replacements", replacement_columns!(), keep, &added.replacements, |row, replacement| {
        codec::fill_replacement(row, *replacement);
    });
    script.run(connection).await
}

/// Registers a stream, unless it is known.
pub(super) async fn register_stream(connection: &mut SqliteConnection, stream: StoredStream) -> Outcome<()> {
    let mut script = Script::default();
    rows::put_streams(&mut script, &[&stream], "DO NOTHING");
    script.run(connection).await
}
