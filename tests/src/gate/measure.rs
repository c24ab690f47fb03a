//! The gate's pace: customer-sized documents, one field edited, through the pool and on threads of this
//! process.

use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use document_model::{Author, Document, Entropy, Kind, Moment, Operation, parse_assignment};
use futures::{StreamExt, stream};
use server::config::GateConfig;
use server::hub::gate::{GateJob, GateVerdict, JobChange, judge};
use server::hub::{Gate, ProcessGate};

use super::payloads::STREAM;
use super::workers;
use crate::bench::median;
use crate::programs::{children_of, processor_ticks};

/// Documents.
const DOCUMENTS: usize = 300;
/// Edits of each before the first round: a saved document of about 520 bytes.
const FIELDS: [&str; 8] = [
    "name=Kim Minjun",
    "birth_date=1970-01-02",
    "occupation=teacher",
    "phone=010-1234-5678",
    "email=kim@example.org",
    "address.street=Jiho-gil 7",
    "address.city=Seoul",
    "address.zip=12345",
];
/// Runs of everything; the median counts.
const RUNS: usize = 3;
/// Times every document is edited.
const ROUNDS: usize = 4;
/// Microseconds of a tick, the unit Linux counts processor time in.
const TICK_US: f64 = 10_000.0;
/// Calls at the same time, and jobs of each: devices that push.
const CALLS: usize = 8;

/// How fast documents are judged, by the clock and by the processor time of hub and workers together,
/// which says the same on a busy machine.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Documents a second.
    pub documents_per_s: f64,
    /// Microseconds of processor time for each; 0 where the system does not say.
    pub cpu_us: f64,
}

/// The paces of one kind of document.
#[derive(Debug, Clone, Copy)]
pub struct Paces {
    /// Bytes of a saved document.
    pub saved_bytes: usize,
    /// On as many threads of this process as there are workers.
    pub threads: Pace,
    /// Through workers that keep no documents.
    pub cold: Pace,
    /// Through workers that keep documents.
    pub hot: Pace,
}

struct Zero;

impl Entropy for Zero {
    fn sixteen(&mut self) -> [u8; 16] {
        [0; 16]
    }
}

/// Measures with documents that have had so many edits, pushed so many at a time.
pub async fn measure(edits: usize, call: usize) -> Result<Paces> {
    let rounds = rounds(edits)?;
    let config = GateConfig::default();
    let workers = workers(&config);
    let mut cold = workers.clone();
    cold.allowance.hot_bytes = 0;
    let saved_bytes = rounds[0][0].saved.as_ref().map_or(0, Vec::len);
    let (mut on, mut through_cold, mut through_hot) = (Vec::new(), Vec::new(), Vec::new());
    // In turns: whatever else the machine does falls on all alike.
    for _ in 0..RUNS {
        on.push(on_threads(&rounds, workers.count)?);
        through_cold.push(through(&ProcessGate::start(cold.clone()), &rounds, call).await?);
        through_hot.push(through(&ProcessGate::start(workers.clone()), &rounds, call).await?);
    }
    let (threads, cold, hot) = (middle(on)?, middle(through_cold)?, middle(through_hot)?);
    Ok(Paces { saved_bytes, threads, cold, hot })
}

/// One edit of each document in each round, on what the round before left.
fn rounds(edits: usize) -> Result<Vec<Vec<GateJob>>> {
    let mut documents = Vec::new();
    for number in 0..DOCUMENTS {
        let mut document = Document::born(Kind::Customer);
        for field in FIELDS {
            edit(&mut document, field)?;
        }
        for edits in 0..edits {
            edit(&mut document, &format!("address.detail={edits}-{number}"))?;
        }
        documents.push(document);
    }
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let job = |document: &mut Document| {
            let saved = Some(document.save());
            let bytes = edit(document, &format!("address.detail=round {round}"))?;
            let changes = vec![JobChange { bytes, replaces: None }];
            anyhow::Ok(GateJob { kind: Kind::Customer, saved, stream: STREAM, vouched: Vec::new(), changes })
        };
        rounds.push(documents.iter_mut().map(job).collect::<Result<_>>()?);
    }
    Ok(rounds)
}

fn edit(document: &mut Document, assignment: &str) -> Result<Vec<u8>> {
    let author = Author { actor: STREAM, now: Moment(1_790_000_000_000) };
    let set = Operation::Set(parse_assignment(Kind::Customer, assignment)?);
    let edited = document.edit(author, &[set], &mut Zero)?.context("an edit without effect")?;
    Ok(edited.change.raw_bytes().to_vec())
}

fn on_threads(rounds: &[Vec<GateJob>], threads: usize) -> Result<Pace> {
    let begun = Begun::now();
    for round in rounds {
        let judge_all = |jobs: &[GateJob]| jobs.iter().all(|job| admitted(&judge(job)));
        let all = std::thread::scope(|scope| {
            let parts = round.chunks(round.len().div_ceil(threads));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || judge_all(part))).collect();
            let joined =
                threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread stopped")));
            joined.collect::<Result<Vec<_>>>()
        })?;
        ensure!(all.into_iter().all(|all| all), "a good edit was refused");
    }
    Ok(begun.pace())
}

async fn through(gate: &ProcessGate, rounds: &[Vec<GateJob>], call: usize) -> Result<Pace> {
    gate.ready().await?;
    let begun = Begun::now();
    for round in rounds {
        let calls = round.chunks(call).map(|part| gate.judge(part.to_vec()));
        let mut calls = stream::iter(calls).buffer_unordered(CALLS);
        while let Some(verdicts) = calls.next().await {
            ensure!(verdicts?.iter().all(admitted), "a good edit was refused");
        }
    }
    Ok(begun.pace())
}

/// When a measurement began, and the processor time that this process and each worker had used before.
struct Begun(Instant, Vec<(u32, u64)>);

impl Begun {
    fn now() -> Self {
        let own = std::process::id();
        let processes = children_of(own).into_iter().chain([own]);
        Self(Instant::now(), processes.map(|pid| (pid, processor_ticks(pid))).collect())
    }

    fn pace(&self) -> Pace {
        let Self(since, processes) = self;
        let documents = (DOCUMENTS * ROUNDS) as f64;
        let documents_per_s = documents / since.elapsed().as_secs_f64();
        let used = processes.iter().map(|(pid, before)| processor_ticks(*pid).saturating_sub(*before));
        Pace { documents_per_s, cpu_us: used.sum::<u64>() as f64 * TICK_US / documents }
    }
}

fn middle(paces: Vec<Pace>) -> Result<Pace> {
    let documents_per_s = median(paces.iter().map(|pace| pace.documents_per_s).collect())?;
    let cpu_us = median(paces.iter().map(|pace| pace.cpu_us).collect())?;
    Ok(Pace { documents_per_s, cpu_us })
}

fn admitted(verdict: &GateVerdict) -> bool {
    matches!(verdict, GateVerdict::Admitted(admitted) if admitted.fresh.len() == 1 && admitted.refused.is_none())
}
