//! What stored documents cost the hub's memory: nothing, or it would end one day.

use anyhow::{Context, Result, ensure};
use client_sdk::store::MemoryStore;
use document_model::{Document, DocumentId, Kind, Operation, parse_assignment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use server::app::{App, Clock, Missing, SystemEntropy};
use server::hub::{ThreadGate, WriteResult};
use server::storage::{
    Commit, CommitOutcome, CommittedChange, DocumentCommit, DocumentStorage, OrganisationStorage,
    SealedEngine, StoredDocument,
};

use super::stand::{SEED, book_of, code_of, open_accounts, organise, sign_in, written};
use super::{Row, Target};
use crate::black_box::HubProgram;
use crate::programs::{Memory, children_of, memory_kib};

/// Few documents, and many.
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Documents of a book.
const BOOK: usize = 400;
/// Reps whose devices work while memory is looked at.
const AT_WORK: usize = 20;
/// Documents each of them edits.
const EDITED: usize = 20;

/// What the hub holds at most while the same devices do the same work, beside many documents and beside few.
pub(super) async fn stored_documents() -> Result<Row> {
    let floor = memory_beside(FEW).await?;
    let ours = memory_beside(MANY).await?;
    Ok(Row {
        name: "1,000,000 stored",
        unit: "MiB",
        ours,
        floor: Some(floor),
        target: Target::FloorsAtMost(1.1),
    })
}

async fn memory_beside(documents: usize) -> Result<f64> {
    let mut hub = HubProgram::start(&[&code_of(0)], "");
    hub.kill();
    let app = App::open(&hub.data(), None, Missing::Refuse).await?;
    organise(&app, 1..=MANY / BOOK).await?;
    open_accounts(&app, 1..=AT_WORK).await?;
    let template = write_books(&app).await?;
    for rep in AT_WORK + 1..=documents / BOOK {
        fill_book(&app, rep, &template).await?;
    }
    drop(app);
    hub.serve();
    for rep in 1..=AT_WORK {
        work(&hub.url(), rep).await.with_context(|| format!("rep {rep}"))?;
    }
    let pid = hub.pid();
    let held = [&[pid], &children_of(pid)[..]].concat().into_iter().map(|pid| memory_kib(pid, Memory::Peak));
    let held: u64 = held.map(|held| held.context("a process is gone")).sum::<Result<_>>()?;
    Ok(held as f64 / 1_024.0)
}

/// Writes the books of the reps at work as headquarters would; one of their documents.
async fn write_books(app: &App<SealedEngine, ThreadGate>) -> Result<(StoredDocument, CommittedChange)> {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    for rep in 1..=AT_WORK {
        let writes: Vec<_> = (0..BOOK).map(|number| written(rep, customer(rep, number), &mut dice)).collect();
        let results = app.hub.write("bench", &writes, app.clock.now(), &mut SystemEntropy).await?;
        ensure!(results.iter().all(|result| *result == WriteResult::Created), "a customer was there already");
    }
    let found = app.hub.storage().documents(&[customer(1, 0)]).await?.pop().flatten();
    let template = found.context("a customer is missing")?;
    let document = Document::load(template.kind, &template.saved)?;
    let hash = *template.heads.first().context("a customer without an edit")?;
    let change = document.change(&hash).context("the edit is missing")?;
    let bytes = change.raw_bytes().to_vec();
    let actor = *template.actors.first().context("a customer without an author")?;
    Ok((template, CommittedChange { hash, actor, bytes, replaces: None }))
}

/// Stores a book of documents like this one: beside the gate, which would take an hour.
async fn fill_book(
    app: &App<SealedEngine, ThreadGate>,
    rep: usize,
    (template, change): &(StoredDocument, CommittedChange),
) -> Result<()> {
    let storage = app.hub.storage();
    let born = |number| DocumentCommit {
        expected_version: 0,
        state: StoredDocument { id: customer(rep, number), book: book_of(rep), ..template.clone() },
        changes: vec![change.clone()],
        postings: Vec::new(),
    };
    let (rules, now) = (storage.rules_version().await?, app.clock.now());
    let outcome =
        storage.commit(Commit::of_hub(book_of(rep), rules, now, (0..BOOK).map(born).collect())).await?;
    ensure!(matches!(outcome, CommitOutcome::Done { .. }), "a book was not stored: {outcome:?}");
    Ok(())
}

/// A new device of a rep downloads the book, edits some of it, and sends that.
async fn work(server: &str, rep: usize) -> Result<()> {
    let clock = Clock::system();
    let (mut device, _) = sign_in(server, rep, MemoryStore::new()).await?;
    device.sync(|| clock.now()).await?;
    for number in 0..EDITED {
        let set = Operation::Set(parse_assignment(Kind::Customer, "occupation=pilot")?);
        device.edit(customer(rep, number), vec![set], clock.now()).await?;
    }
    let report = device.sync(|| clock.now()).await?;
    ensure!(report.report.sent == EDITED as u64, "{} edits arrived", report.report.sent);
    Ok(())
}

fn customer(rep: usize, number: usize) -> DocumentId {
    DocumentId::derived("bench stored", &format!("{rep} {number}"))
}
