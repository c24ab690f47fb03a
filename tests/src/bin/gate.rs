//! The gate under fire and under load: `gate campaign --count 400000`, `gate siege --count 400000`,
//! `gate payloads`, `gate pace`.

use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use document_model::{Document, Kind};
use server::config::GateConfig;
use server::hub::Gate;
use server::hub::gate::{GateJob, GateVerdict, JobChange};
use tests::gate::{Pace, Paces, Plan, STREAM, Tally, campaign, heavy, measure, open, payloads, siege};
use tests::programs::{Memory, memory_kib};

/// Mutated changes between two lines of progress.
const TOLD_EVERY: u64 = 10_000;

/// How many times as long other devices' exchanges may take at the 99th percentile.
const SLOWER_AT_MOST: f64 = 2.0;

/// The gate through real worker processes of the program `fieldbook` in the target folder.
#[derive(Debug, Parser)]
enum Command {
    /// Push good changes with a few bytes changed, among innocent ones; fails where a promise is broken.
    Campaign {
        /// Mutated changes.
        #[arg(long, default_value_t = 400_000)]
        count: u64,
        /// The same seed makes the same changes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Push mutated changes over HTTP into a served hub that other devices use; fails where a promise is
    /// broken, or where the others take more than twice as long.
    Siege {
        /// Mutated changes.
        #[arg(long, default_value_t = 400_000)]
        count: u64,
        /// The same seed makes the same changes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Push the known hostile changes and say what becomes of each.
    Payloads,
    /// Measure documents a second.
    Pace,
}

fn main() -> Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    match Command::parse() {
        Command::Campaign { count, seed } => runtime.block_on(fight(Plan { count, seed }))?,
        Command::Siege { count, seed } => return runtime.block_on(besiege(Plan { count, seed })),
        Command::Payloads => runtime.block_on(show())?,
        Command::Pace => runtime.block_on(pace())?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn fight(plan: Plan) -> Result<()> {
    let gate = open(&GateConfig::default());
    gate.ready().await?;
    let since = Instant::now();
    let tell = telling(since);
    let tell = |tally: &Tally| tell(tally.mutated, tally);
    let tally = campaign(&gate, plan, &tell).await?;
    println!("seed {}: {tally}; {:.0} s", plan.seed, since.elapsed().as_secs_f64());
    if let Some(peak) = memory_kib(std::process::id(), Memory::Peak) {
        println!("this process held {peak} KiB at most");
    }
    Ok(())
}

async fn besiege(plan: Plan) -> Result<ExitCode> {
    let tell = telling(Instant::now());
    let siege = siege(plan, move |siege| tell(siege.mutated(), siege)).await?;
    println!("seed {}: {siege}", plan.seed);
    siege.shows_something()?;
    let held_up = siege.slower() > SLOWER_AT_MOST;
    if held_up {
        println!("the other devices were held up: more than {SLOWER_AT_MOST} times as long");
    }
    Ok(if held_up { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Tells how far it has come, now and then.
fn telling(since: Instant) -> impl Fn(u64, &dyn Display) + Clone {
    let told = Arc::new(AtomicU64::new(0));
    move |mutated, tally| {
        let part = mutated / TOLD_EVERY;
        if told.swap(part, Ordering::Relaxed) < part {
            eprintln!("{:6.1} s: {tally}", since.elapsed().as_secs_f64());
        }
    }
}

async fn show() -> Result<()> {
    let gate = open(&GateConfig::default());
    gate.ready().await?;
    let single = payloads().into_iter().map(|payload| (payload.name.to_owned(), vec![payload.change]));
    let born = Document::born(Kind::Customer);
    let heavy = [1, 5, 25, 100]
        .map(|changes| (format!("{changes} changes of 20,000 operations"), heavy(&born, changes)));
    for (name, changes) in single.chain(heavy) {
        let before = gate.counts();
        let bytes: usize = changes.iter().map(Vec::len).sum();
        let changes = changes.into_iter().map(|bytes| JobChange { bytes, replaces: None }).collect();
        let job = GateJob { kind: Kind::Customer, saved: None, stream: STREAM, vouched: Vec::new(), changes };
        let since = Instant::now();
        let verdict = gate.judge(vec![job]).await?.pop();
        let said = match verdict {
            Some(GateVerdict::Admitted(admitted)) => match admitted.refused {
                Some((_, code)) => code.as_str().to_owned(),
                None => format!("ACCEPTED, {} bytes saved", admitted.saved.len()),
            },
            other => format!("{other:?}"),
        };
        let (died, took) = (gate.counts().died - before.died, since.elapsed().as_secs_f64());
        println!("{name:45} {bytes:>6} bytes: {said}, {died} workers died, {took:.2} s");
    }
    Ok(())
}

async fn pace() -> Result<()> {
    for (edits, call) in [(20, 1), (20, 20), (200, 20), (1_000, 20)] {
        let Paces { saved_bytes, threads, cold, hot } = measure(edits, call).await?;
        println!("{saved_bytes} bytes saved, {call} a call");
        for (place, pace) in [("threads", threads), ("workers", cold), ("workers, hot documents", hot)] {
            let share = pace.documents_per_s / threads.documents_per_s;
            let Pace { documents_per_s, cpu_us } = pace;
            println!(
                "  {place:24} {documents_per_s:>6.0}/s ({share:.2})  {cpu_us:>6.0} us of processor time each"
            );
        }
    }
    Ok(())
}
