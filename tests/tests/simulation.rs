//! The simulation over many seeds: no promise broken, and every kind of trouble really met.

use std::time::Instant;

use tests::sim::{Outcome, Plan, Stats, run, run_many};

/// Sums what all runs met and fails on the first broken promise.
fn campaign(seeds: std::ops::Range<u64>, plan: &Plan) -> Stats {
    let outcomes = run_many(seeds, plan, &|_| ());
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.failure.is_some()).collect();
    for outcome in failed.iter().take(10) {
        println!("seed {}: {}", outcome.seed, outcome.failure.as_deref().unwrap_or_default());
    }
    let mut stats = Stats::default();
    outcomes.iter().for_each(|outcome| stats.add(&outcome.stats));
    println!("{} runs met: {stats}", outcomes.len());
    assert!(failed.is_empty(), "{} of {} seeds broke a promise", failed.len(), outcomes.len());
    stats
}

/// Every count of these names is above zero, and there is such a count.
fn assert_met(stats: &Stats, names: &[&str]) {
    let counts: std::collections::BTreeMap<_, _> = stats.named().into_iter().collect();
    for name in names {
        let count = counts.get(name).unwrap_or_else(|| panic!("nothing counts {name}"));
        assert!(*count > 0, "the campaign never met {name}");
    }
}

/// Seeds that once found a defect, kept for ever.
#[test]
fn regressions_stay_fixed() {
    for seed in [0, 4, 10, 26, 33, 79, 105, 191, 211, 324, 388, 395, 886, 1272, 1343, 1458] {
        let outcome = run(seed, &Plan::USUAL);
        assert_eq!(outcome.failure, None, "seed {seed}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let plan = Plan { steps: 300, ..Plan::USUAL };
    for seed in 0..25 {
        assert_eq!(run(seed, &plan).trace, run(seed, &plan).trace, "seed {seed}");
    }
}

#[test]
fn serial_heavy_two_thousand_seeds() {
    let stats = campaign(0..2_000, &Plan::USUAL);
    // Copies of stores are only tested where stale generations and forks reached the hub itself.
    assert_met(&stats, &["clones", "restores", "stale_pushes", "forks", "replaced"]);
    let other_plans = ["hub_restores", "given_back"];
    let all: Vec<_> = stats.named().into_iter().map(|(name, _)| name).collect();
    let all: Vec<_> = all.into_iter().filter(|name| !other_plans.contains(name)).collect();
    assert_met(&stats, &all);
}

/// The hub's storage is put back to an older copy under devices that go on: whatever any of them still holds
/// comes back, once, with its author, and figures are exact.
#[test]
fn serial_heavy_restored_hubs() {
    let plan = Plan { restored_hub: true, ..Plan::USUAL };
    let stats = campaign(0..500, &plan);
    assert_met(&stats, &["hub_restores", "given_back", "clones", "stale_pushes", "refusals", "policies"]);
}

/// Random histories over three to eight replicas of one book, from the start; copied stores come on
/// top. A second rep with one device is where documents go when they leave the book, and come back from.
#[test]
fn serial_heavy_ten_thousand_histories() {
    const HISTORIES: u64 = 10_000;
    let met = ["lost_requests", "lost_answers", "repeats", "reorderings", "clashes", "refusals", "moves"];
    let mut stats = Stats::default();
    let counts: Vec<u64> = (3..=8).collect();
    let (each, rest) = (HISTORIES / counts.len() as u64, HISTORIES % counts.len() as u64);
    for (place, replicas) in counts.into_iter().enumerate() {
        let from = 1_000_000 * replicas;
        let runs = each + u64::from((place as u64) < rest);
        let devices = usize::try_from(replicas).expect("a small number");
        let plan = Plan { reps: 2, devices, further_devices: 1, steps: 160, customers: 2, ..Plan::USUAL };
        let begun = Instant::now();
        println!("{replicas} replicas of one book:");
        let of_these = campaign(from..from + runs, &plan);
        println!("  in {:.0} s", begun.elapsed().as_secs_f64());
        assert_met(&of_these, &met);
        stats.add(&of_these);
    }
    println!("{HISTORIES} histories met: {stats}");
}
