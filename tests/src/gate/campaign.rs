//! The campaign: good changes with a few bytes changed and the checksum made right again, by the
//! thousand, among innocent ones. Nothing hostile is ever read in this process.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, ensure};
use document_model::Document;
use futures::{StreamExt, stream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use server::hub::gate::{Admitted, GateCounts, GateJob, GateVerdict};
use server::hub::{Gate, ProcessGate};

use super::mutant::{Good, below, good_jobs, mutate};

/// Jobs of one call.
const CALL: u64 = 64;
/// Calls at the same time.
const CALLS: usize = 4;
/// One job in so many is innocent.
const INNOCENT: u64 = 16;

/// What a campaign does.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Mutated changes.
    pub count: u64,
    /// The same seed makes the same changes.
    pub seed: u64,
}

/// What became of a campaign's changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mutated changes pushed.
    pub mutated: u64,
    /// Of them, accepted; each was loaded again.
    pub accepted: u64,
    /// Known already: the bytes changed were put back.
    pub known: u64,
    /// Refused, by code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Whose parents are missing.
    pub need: u64,
    /// With a number that was there already.
    pub fork: u64,
    /// Innocent jobs among them, each judged as in this process.
    pub innocent: u64,
    /// What the gate did meanwhile.
    pub gate: GateCounts,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: u64 = self.refused.values().sum();
        let codes: Vec<_> = self.refused.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let GateCounts { started, died, convicted, hot, sent_again, .. } = self.gate;
        write!(
            f,
            "{} mutated: {} accepted and loaded again, {} known, {refused} refused ({}), {} of missing parents, {} \
             forks; {} innocent judged as ever; workers: {started} started, {died} died, {convicted} changes \
             refused for it; documents: {hot} hot, {sent_again} sent again",
            self.mutated,
            self.accepted,
            self.known,
            codes.join(", "),
            self.need,
            self.fork,
            self.innocent
        )
    }
}

/// Pushes mutated changes and looks at every verdict. An error is a broken promise of the gate.
pub async fn campaign(gate: &ProcessGate, plan: Plan, progress: &dyn Fn(&Tally)) -> Result<Tally> {
    let good = good_jobs()?;
    let calls = stream::iter(0..plan.count.div_ceil(CALL)).map(|call| {
        let mut dice = ChaCha8Rng::seed_from_u64(plan.seed);
        dice.set_stream(call);
        let count = CALL.min(plan.count - call * CALL);
        let drawn: Vec<_> =
            (0..count + count / INNOCENT).map(|number| draw(&good, number, &mut dice)).collect();
        async move {
            let jobs = drawn.iter().map(|(job, _)| job.clone()).collect();
            anyhow::Ok((gate.judge(jobs).await?, drawn))
        }
    });
    let mut calls = calls.buffer_unordered(CALLS);
    let mut tally = Tally::default();
    while let Some(call) = calls.next().await {
        let (verdicts, drawn) = call?;
        ensure!(verdicts.len() == drawn.len(), "a verdict is missing");
        for (verdict, (job, innocent)) in verdicts.into_iter().zip(drawn) {
            match innocent {
                Some(good) => {
                    ensure!(verdict == good.verdict, "an innocent job was judged otherwise: {verdict:?}");
                    tally.innocent += 1;
                }
                None => tally.add(&job, verdict)?,
            }
        }
        tally.gate = gate.counts();
        progress(&tally);
    }
    Ok(tally)
}

impl Tally {
    fn add(&mut self, job: &GateJob, verdict: GateVerdict) -> Result<()> {
        self.mutated += 1;
        match verdict {
            GateVerdict::Admitted(admitted) => match admitted.refused {
                Some((_, code)) => *self.refused.entry(code.as_str()).or_default() += 1,
                None if admitted.fresh.is_empty() => self.known += 1,
                None => {
                    load_again(job, &admitted)?;
                    self.accepted += 1;
                }
            },
            GateVerdict::Need(_) => self.need += 1,
            GateVerdict::Fork => self.fork += 1,
            GateVerdict::Damaged(what) => anyhow::bail!("a good stored document was called damaged: {what}"),
        }
        Ok(())
    }
}

/// What was accepted can be read, and is what was said.
fn load_again(job: &GateJob, admitted: &Admitted) -> Result<()> {
    let loaded =
        Document::load(job.kind, &admitted.saved).context("an accepted change made a document unreadable")?;
    ensure!(loaded.heads() == admitted.heads, "the heads are others than said");
    ensure!(loaded.fields() == admitted.fields, "the fields are others than said");
    ensure!(
        admitted.fresh.iter().all(|change| loaded.contains(&change.hash)),
        "an accepted change is missing"
    );
    Ok(())
}

/// A mutated job, or now and then a good one.
fn draw<'g>(good: &'g [Good], number: u64, dice: &mut ChaCha8Rng) -> (GateJob, Option<&'g Good>) {
    let chosen = &good[below(good.len() as u64, dice)];
    let mut job = chosen.job.clone();
    if number % (INNOCENT + 1) == INNOCENT {
        return (job, Some(chosen));
    }
    let victim = below(job.changes.len() as u64, dice);
    mutate(&mut job.changes[victim].bytes, dice);
    (job, None)
}
