//! The campaign: good changes with a few bytes changed and the checksum made right again, by the
//! thousand, among innocent ones. Nothing hostile is ever read in this process.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, ensure};
use document_model::{Actor, Author, Document, Entropy, Kind, Moment, Operation, parse_assignment};
use futures::{StreamExt, stream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use server::hub::gate::{Admitted, GateCounts, GateJob, GateVerdict, JobChange, judge};
use server::hub::{Gate, ProcessGate};

use super::chunk::{body_at, operations_at, seal};
use super::payloads::STREAM;

/// Jobs of one call.
const CALL: u64 = 64;
/// Calls at the same time.
const CALLS: usize = 4;
/// One job in so many is innocent.
const INNOCENT: u64 = 16;
/// One change in so many is changed anywhere, the others behind parents and actor.
const EVERYWHERE: u64 = 4;
/// Bytes changed in one change at most.
const BYTES: u64 = 4;

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

/// A good job, and what is said of it.
#[derive(Debug, Clone)]
pub struct Good {
    /// The job.
    pub job: GateJob,
    /// What it is judged in this process.
    pub verdict: GateVerdict,
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
    let bytes = &mut job.changes[victim].bytes;
    // Parents and actor are most of a small change and all the same: one of a few goes there.
    let everywhere = below(EVERYWHERE, dice) == 0;
    let from = if everywhere { body_at(bytes) } else { operations_at(bytes) };
    for _ in 0..1 + below(BYTES, dice) {
        let at = from + below((bytes.len() - from) as u64, dice);
        bytes[at] = dice.next_u32() as u8;
    }
    seal(bytes);
    (job, None)
}

fn below(end: u64, dice: &mut ChaCha8Rng) -> usize {
    (dice.next_u64() % end) as usize
}

/// Ids of entries, one after the other.
struct Counting(u8);

impl Entropy for Counting {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0 += 1;
        [self.0; 16]
    }
}

/// Good pushes of many forms: fields, entries, text, counters, several changes, on new and on old
/// documents.
pub fn good_jobs() -> Result<Vec<Good>> {
    let mut good = Vec::new();
    for (kind, scripts) in [(Kind::Customer, customer_scripts()?), (Kind::Policy, policy_scripts()?)] {
        let mut old = Document::born(kind);
        for script in &scripts {
            good.push(pushed(&Document::born(kind), false, script)?);
            good.push(pushed(&old, true, script)?);
            edit(&mut old, Actor([9; 16]), script)?;
        }
    }
    Ok(good)
}

fn customer_scripts() -> Result<Vec<Vec<Operation>>> {
    let set = |text| anyhow::Ok(Operation::Set(parse_assignment(Kind::Customer, text)?));
    let add = |text| anyhow::Ok(Operation::Add(parse_assignment(Kind::Customer, text)?));
    let line = |line: &str| Operation::Append { field: "notes".to_owned(), line: line.to_owned() };
    let visit = |by| Operation::Increment { field: "visits".to_owned(), by };
    Ok(vec![
        vec![set("name=김철수")?],
        vec![set("name=Kim")?, set("birth_date=1970-01-02")?, set("phone=010-1234-5678")?],
        vec![add("phone=010-1111-2222")?, add("phone=010-3333-4444")?, add("email=kim@example.org")?],
        vec![line("called, wants a quote"), line("again")],
        vec![visit(1), visit(2), set("tag.vip=true")?],
        vec![set("address.city=Seoul")?, set("address.detail=101-1203")?, set("address.city=Busan")?],
        vec![set("consent.marketing=granted")?, set("consent.marketing=withdrawn")?, set("custom.a=baduk")?],
        vec![add("contact=met at the fair")?, add("household=daughter")?, set("name=")?],
    ])
}

fn policy_scripts() -> Result<Vec<Vec<Operation>>> {
    let set = |text| anyhow::Ok(Operation::Set(parse_assignment(Kind::Policy, text)?));
    Ok(vec![
        vec![set("product=WL01")?, set("premium_won=50000")?, set("sale_date=2026-09-21")?],
        vec![set("premium_won=60000")?, set("payment_mode=annual")?, set("withdrawn_on=2026-09-22")?],
    ])
}

fn pushed(document: &Document, stored: bool, script: &[Operation]) -> Result<Good> {
    let changes = edit(&mut document.clone(), STREAM, script)?;
    let changes = changes.into_iter().map(|bytes| JobChange { bytes, replaces: None }).collect();
    let saved = stored.then(|| document.save());
    let job = GateJob { kind: document.kind(), saved, stream: STREAM, vouched: Vec::new(), changes };
    let verdict = judge(&job);
    let admitted = matches!(&verdict, GateVerdict::Admitted(admitted) if admitted.refused.is_none());
    ensure!(admitted, "a good job is refused: {script:?}");
    Ok(Good { job, verdict })
}

/// Does what a script says, each as one change; what changes nothing makes none.
fn edit(document: &mut Document, actor: Actor, script: &[Operation]) -> Result<Vec<Vec<u8>>> {
    let author = Author { actor, now: Moment(1_790_000_000_000) };
    let mut changes = Vec::new();
    let mut entropy = Counting(0);
    for operation in script {
        let edited = document.edit(author, std::slice::from_ref(operation), &mut entropy)?;
        changes.extend(edited.map(|edited| edited.change.raw_bytes().to_vec()));
    }
    ensure!(!changes.is_empty(), "a script without effect: {script:?}");
    Ok(changes)
}
