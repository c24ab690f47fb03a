//! Runs the simulation over many seeds and prints what it met: `simulate --seeds 2000`.

use std::process::ExitCode;

use clap::Parser;
use tests::sim::{Plan, Stats, histories, run, run_many};

/// Runs the simulation over many seeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// First seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Number of seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// Reps of a run.
    #[arg(long, default_value_t = 3)]
    reps: usize,
    /// Devices of the first rep.
    #[arg(long, default_value_t = 2)]
    devices: usize,
    /// Devices of each further rep.
    #[arg(long, default_value_t = 2)]
    further_devices: usize,
    /// Steps of chaos.
    #[arg(long, default_value_t = 400)]
    steps: usize,
    /// Customers a device makes before it keeps to those it has.
    #[arg(long, default_value_t = 100)]
    customers: usize,
    /// So many histories of three to eight devices of one book, instead of the above.
    #[arg(long, conflicts_with_all = ["from", "seeds", "reps", "devices", "further_devices", "steps", "customers"])]
    histories: Option<u64>,
    /// Put the hub's storage back to an older copy now and then.
    #[arg(long)]
    restored_hub: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan {
        reps: arguments.reps,
        devices: arguments.devices,
        further_devices: arguments.further_devices,
        steps: arguments.steps,
        customers: arguments.customers,
        restored_hub: arguments.restored_hub,
        bug: None,
    };
    let campaigns = match arguments.histories {
        Some(count) => histories(count),
        None => vec![(arguments.from..arguments.from + arguments.seeds, plan)],
    };
    let (mut stats, mut runs, mut failed) = (Stats::default(), 0, 0);
    for (seeds, plan) in campaigns {
        let outcomes = run_many(seeds, &plan, &|outcome| {
            if let Some(failure) = &outcome.failure {
                println!("seed {}: {failure}", outcome.seed);
            }
        });
        outcomes.iter().for_each(|outcome| stats.add(&outcome.stats));
        runs += outcomes.len();
        failed += outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
        for outcome in outcomes.iter().step_by(20) {
            if run(outcome.seed, &plan).trace != outcome.trace {
                println!("seed {} ran differently the second time", outcome.seed);
                return ExitCode::FAILURE;
            }
        }
    }
    println!("met: {stats}");
    println!("{runs} seeds, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
