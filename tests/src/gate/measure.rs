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

/// Documents.
const DOCUMENTS: usize = 500;
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
const RUNS: usize = 5;
/// Times every document is edited.
const ROUNDS: usize = 6;
/// Calls at the same time, and jobs of each: devices that push.
const CALLS: usize = 8;

/// Documents a second.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Jobs of one call.
    pub call: usize,
    /// Bytes of a saved document.
    pub saved_bytes: usize,
    /// On as many threads of this process as there are workers.
    pub threads: f64,
    /// Through workers that keep no documents.
    pub cold: f64,
    /// Through workers that keep documents.
    pub hot: f64,
}

struct Zero;

impl Entropy for Zero {
    fn sixteen(&mut self) -> [u8; 16] {
        [0; 16]
    }
}

/// Measures with documents that have had so many edits, pushed so many at a time.
pub async fn measure(edits: usize, call: usize) -> Result<Pace> {
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
    let (threads, cold, hot) = (median(on)?, median(through_cold)?, median(through_hot)?);
    Ok(Pace { call, saved_bytes, threads, cold, hot })
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
            anyhow::Ok(GateJob { kind: Kind::Customer, saved, stream: STREAM, changes })
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

fn on_threads(rounds: &[Vec<GateJob>], threads: usize) -> Result<f64> {
    let since = Instant::now();
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
    Ok(pace(since))
}

async fn through(gate: &ProcessGate, rounds: &[Vec<GateJob>], call: usize) -> Result<f64> {
    gate.ready().await?;
    let since = Instant::now();
    for round in rounds {
        let calls = round.chunks(call).map(|part| gate.judge(part.to_vec()));
        let mut calls = stream::iter(calls).buffer_unordered(CALLS);
        while let Some(verdicts) = calls.next().await {
            ensure!(verdicts?.iter().all(admitted), "a good edit was refused");
        }
    }
    Ok(pace(since))
}

fn pace(since: Instant) -> f64 {
    (DOCUMENTS * ROUNDS) as f64 / since.elapsed().as_secs_f64()
}

fn admitted(verdict: &GateVerdict) -> bool {
    matches!(verdict, GateVerdict::Admitted(admitted) if admitted.fresh.len() == 1 && admitted.refused.is_none())
}
