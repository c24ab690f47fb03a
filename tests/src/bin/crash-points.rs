//! Kills hub, PostgreSQL and `fieldbook-rep` at every write and flush of a scripted run:
//! `crash-points --points 2000`, or in pieces, `crash-points --points 2000 --part 3/10`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tests::crash::{Part, Plan, run, strace_works};

/// Points between two lines of progress.
const TOLD_EVERY: usize = 20;

/// Kills the real programs of the target folder and looks whether anything is lost.
#[derive(Debug, Parser)]
struct Arguments {
    /// Points at which a program is killed.
    #[arg(long, default_value_t = 60)]
    points: usize,
    /// Play this part of the points, such as 3/10.
    #[arg(long, default_value = "1/1")]
    part: Part,
}

fn main() -> Result<ExitCode> {
    let Arguments { points, part } = Arguments::parse();
    ensure!(strace_works(), "strace is missing or may not do its work");
    let (since, done) = (Instant::now(), AtomicUsize::new(0));
    let tally = run(Plan::of(points).part(part), &|tally| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(TOLD_EVERY) {
            eprintln!("{:6.1} s: {done} points: {tally}", since.elapsed().as_secs_f64());
            tally.failures().iter().for_each(|failure| eprintln!("{failure}"));
        }
    })?;
    let tally = tally.context("PostgreSQL is not installed")?;
    tally.failures().iter().for_each(|failure| println!("{failure}"));
    println!("{tally}; {:.0} s", since.elapsed().as_secs_f64());
    let objection = tally.objection();
    objection.iter().for_each(|why| println!("FAILED: {why}"));
    Ok(if objection.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
