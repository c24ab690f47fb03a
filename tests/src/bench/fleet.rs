//! Many devices push at once, against the gate alone judging the very same pushes.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use client_sdk::store::MemoryStore;
use document_model::DocumentId;
use server::app::Clock;
use server::hub::gate::{GateJob, GateVerdict, JobChange, judge};
use server::storage::DocumentStorage;
use sync_protocol::SyncRequest;

use super::stand::{Device, FLEET, FLEET_BOOK, Sent, Stand, customers};
use super::{RUNS, Row, Target, median};

/// Threads of the bare gate.
const GATE_THREADS: usize = 2;

/// Documents a second that one node makes durable, and what the gate alone could judge.
pub(super) async fn fleet(stand: &Stand) -> Result<Row> {
    let (mut devices, mut taps) = (Vec::new(), Vec::new());
    for rep in 1..=FLEET {
        let (mut device, sent) = stand.sign_in(rep, MemoryStore::new()).await?;
        stand.sync(&mut device).await?;
        devices.push(device);
        taps.push(sent);
    }
    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        for (device, rep) in devices.iter_mut().zip(1..) {
            for (number, customer) in customers(rep).enumerate() {
                let detail =
                    format!("address.detail={}-{}", 101 + run, 1_000 + (rep * 31 + number * 37) % 900);
                stand.set(device, customer, &detail).await?;
            }
        }
        let saved = saved_documents(stand).await?;
        taps.iter().try_for_each(|tap| tap.take().map(drop))?;
        let since = Instant::now();
        devices = push_all(devices, &stand.app.clock).await?;
        let documents = FLEET * FLEET_BOOK;
        rates.push(documents as f64 / since.elapsed().as_secs_f64());
        let jobs = jobs_of(&taps, &saved)?;
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

/// All devices sync at the same time, each on a thread of its own.
async fn push_all(devices: Vec<Device<MemoryStore>>, clock: &Clock) -> Result<Vec<Device<MemoryStore>>> {
    let push = |mut device: Device<MemoryStore>| {
        let (runtime, clock) = (tokio::runtime::Handle::current(), clock.clone());
        tokio::task::spawn_blocking(move || {
            let report = runtime.block_on(device.sync(|| clock.now()))?;
            ensure!(report.report.sent == FLEET_BOOK as u64, "{} edits arrived", report.report.sent);
            Ok(device)
        })
    };
    let running: Vec<_> = devices.into_iter().map(push).collect();
    let mut done = Vec::new();
    for device in running {
        done.push(device.await??);
    }
    Ok(done)
}

/// What the hub has of the fleet's books.
async fn saved_documents(stand: &Stand) -> Result<BTreeMap<DocumentId, Vec<u8>>> {
    let ids: Vec<_> = (1..=FLEET).flat_map(customers).collect();
    let stored = stand.app.hub.storage().documents(&ids).await?;
    let saved = ids.into_iter().zip(stored);
    saved.map(|(id, stored)| Ok((id, stored.context("a customer is missing")?.saved))).collect()
}

/// The pushes of the fleet as the gate gets them.
fn jobs_of(taps: &[Sent], saved: &BTreeMap<DocumentId, Vec<u8>>) -> Result<Vec<GateJob>> {
    let mut jobs = Vec::new();
    for tap in taps {
        let requests: Vec<SyncRequest> = tap.take()?;
        for request in &requests {
            jobs.extend(request.pushes.iter().map(|push| {
                GateJob {
                    kind: push.kind,
                    saved: saved.get(&push.document).cloned(),
                    stream: request.stream.actor,
                    changes: push
                        .changes
                        .iter()
                        .map(|change| JobChange { bytes: change.bytes.to_vec(), replaces: change.replaces })
                        .collect(),
                }
            }));
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
