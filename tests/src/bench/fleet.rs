//! Many devices push at once, against the gate alone judging the very same pushes.
//!
//! What the devices send is composed beforehand: measured is what the hub does with it, not what fifty
//! devices on the hub's own two cores take to write it down.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use client_sdk::ClientError;
use client_sdk::store::MemoryStore;
use client_sdk::transport::{Answer, NativeTransport, Transport, TransportError};
use document_model::{DocumentId, Kind, first_parent};
use server::hub::gate::{GateJob, GateVerdict, JobChange, judge};
use server::storage::DocumentStorage;
use sync_protocol::{PushResult, PushedChange, PushedDocument, SyncResponse, limits};

use super::stand::{Device, FLEET, FLEET_BOOK, Message, Sent, Stand, customers};
use super::{RUNS, Row, Target, median};

/// Threads of the bare gate.
const GATE_THREADS: usize = 2;

/// A device of the fleet and what it sends.
pub(super) struct Member {
    pub(super) device: Device<MemoryStore>,
    sent: Sent,
}

/// A fleet that has all its books.
pub(super) async fn members(stand: &Stand) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for rep in 1..=FLEET {
        let (mut device, sent) = stand.sign_in(rep, MemoryStore::new()).await?;
        stand.sync(&mut device).await?;
        members.push(Member { device, sent });
    }
    Ok(members)
}

/// Documents a second that one node makes durable, and what the gate alone could judge.
pub(super) async fn fleet(stand: &Stand) -> Result<Row> {
    let mut members = members(stand).await?;
    let transport = NativeTransport::new()?;
    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let mut messages = Vec::new();
        for (member, rep) in members.iter_mut().zip(1..) {
            messages.push(compose(stand, member, edits(rep, run)).await?);
        }
        let saved = saved_documents(stand).await?;
        let since = Instant::now();
        let answers = send_all(&transport, &stand.server, &messages).await?;
        let documents = FLEET * FLEET_BOOK;
        rates.push(documents as f64 / since.elapsed().as_secs_f64());
        answers.iter().try_for_each(all_accepted)?;
        for member in &mut members {
            // Sent again, now by the device: it hears that all is there already.
            let report = stand.sync(&mut member.device).await?;
            ensure!(report.report.sent == FLEET_BOOK as u64, "{} edits arrived", report.report.sent);
        }
        let jobs = jobs_of(stand, &messages, &saved).await?;
        ensure!(jobs.len() == documents, "{} documents were pushed", jobs.len());
        floors.push(bare_gate(&jobs)?);
    }
    Ok(Row {
        name: "fleet",
        unit: "documents/s",
        ours: median(rates)?,
        floor: Some(median(floors)?),
        target: Target::ShareAtLeast(0.5),
    })
}

/// An edit of every customer of a rep.
fn edits(rep: usize, run: usize) -> impl Iterator<Item = (Kind, DocumentId, String)> {
    customers(rep).enumerate().map(move |(number, customer)| {
        let detail = format!("address.detail={}-{}", 101 + run, 1_000 + (rep * 31 + number * 37) % 900);
        (Kind::Customer, customer, detail)
    })
}

/// Edits documents of a member's book; the message that would go out.
pub(super) async fn compose(
    stand: &Stand,
    member: &mut Member,
    edits: impl Iterator<Item = (Kind, DocumentId, String)>,
) -> Result<Message> {
    for (kind, document, assignment) in edits {
        stand.set(&mut member.device, (kind, document), &assignment).await?;
    }
    member.sent.take();
    member.sent.hold(true);
    let held = stand.app.clock.now();
    let outcome = member.device.exchange(held, &mut client_sdk::SyncReport::default()).await;
    let not_sent = matches!(outcome, Err(ClientError::Transport(TransportError::Unreachable(_))));
    ensure!(not_sent, "a message went out: {outcome:?}");
    member.sent.hold(false);
    member.sent.take().pop().context("no message was composed")
}

/// All messages at the same time; the answers, and when each was there.
pub(super) async fn send_all(
    transport: &NativeTransport,
    server: &str,
    messages: &[Message],
) -> Result<Vec<(Answer, Instant)>> {
    let send = |message: &Message| {
        let (transport, server, message) = (transport.clone(), server.to_owned(), message.clone());
        tokio::spawn(async move {
            let answer = transport.exchange(&server, &message.token, message.bytes).await;
            answer.map(|answer| (answer, Instant::now()))
        })
    };
    let running: Vec<_> = messages.iter().map(send).collect();
    let mut answers = Vec::new();
    for answer in running {
        answers.push(answer.await??);
    }
    Ok(answers)
}

pub(super) fn all_accepted((answer, _): &(Answer, Instant)) -> Result<()> {
    let response: SyncResponse = sync_protocol::decode(&answer.body, limits::RESPONSE_BYTES)?;
    let accepted = response.results.iter().filter(|result| matches!(result, PushResult::Accepted));
    ensure!(accepted.count() == FLEET_BOOK, "not all was accepted: {:?}", response.results);
    Ok(())
}

/// What the hub has of the fleet's books.
async fn saved_documents(stand: &Stand) -> Result<BTreeMap<DocumentId, Vec<u8>>> {
    let ids: Vec<_> = (1..=FLEET).flat_map(customers).collect();
    let stored = stand.app.hub.storage().documents(&ids).await?;
    let saved = ids.into_iter().zip(stored);
    saved.map(|(id, stored)| Ok((id, stored.context("a customer is missing")?.saved))).collect()
}

/// The pushes of the fleet as the gate gets them.
async fn jobs_of(
    stand: &Stand,
    messages: &[Message],
    saved: &BTreeMap<DocumentId, Vec<u8>>,
) -> Result<Vec<GateJob>> {
    let mut jobs = Vec::new();
    for message in messages {
        let request = message.read()?;
        let first = |push: &PushedDocument| first_parent(&push.changes.first()?.bytes);
        let parents: Option<Vec<_>> = request.pushes.iter().map(first).collect();
        let parents = parents.context("a change without a parent")?;
        let documents = stand.app.hub.storage().documents_with(&parents).await?;
        for (push, document) in request.pushes.into_iter().zip(documents) {
            let change =
                |change: PushedChange| JobChange { bytes: change.bytes.into(), replaces: change.replaces };
            jobs.push(GateJob {
                kind: push.kind,
                saved: document.and_then(|document| saved.get(&document).cloned()),
                stream: request.stream.actor,
                vouched: Vec::new(),
                changes: push.changes.into_iter().map(change).collect(),
            });
        }
    }
    Ok(jobs)
}

/// Documents a second the gate alone judges: no network, no storage.
fn bare_gate(jobs: &[GateJob]) -> Result<f64> {
    let since = Instant::now();
    let admit = |jobs: &[GateJob]| {
        jobs.iter()
            .all(|job| matches!(judge(job), GateVerdict::Admitted(admitted) if !admitted.fresh.is_empty()))
    };
    let admitted = std::thread::scope(|scope| {
        let parts = jobs.chunks(jobs.len().div_ceil(GATE_THREADS));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || admit(part))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("the gate stopped")))
            .collect::<Result<Vec<_>>>()
    })?;
    ensure!(admitted.into_iter().all(|all| all), "the bare gate refused a push the hub took");
    Ok(jobs.len() as f64 / since.elapsed().as_secs_f64())
}
