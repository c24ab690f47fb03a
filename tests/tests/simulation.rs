//! The simulation over many seeds: no promise broken, and every kind of trouble really met.

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

fn assert_met(stats: &Stats, names: &[&str]) {
    for (name, count) in stats.named() {
        assert!(!names.contains(&name) || count > 0, "the campaign never met {name}");
    }
}

/// Seeds that once found a defect, kept for ever.
#[test]
fn regressions_stay_fixed() {
    let plan = Plan { reps: 3, devices: 2, steps: 400, customers: 100, bug: None };
    for seed in [0, 4, 10, 26, 33, 79, 105, 191, 211, 324, 388, 395] {
        let outcome = run(seed, &plan);
        assert_eq!(outcome.failure, None, "seed {seed}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let plan = Plan { reps: 3, devices: 2, steps: 300, customers: 100, bug: None };
    for seed in 0..25 {
        assert_eq!(run(seed, &plan).trace, run(seed, &plan).trace, "seed {seed}");
    }
}

#[test]
fn serial_heavy_two_thousand_seeds() {
    let stats = campaign(0..2_000, &Plan { reps: 3, devices: 2, steps: 400, customers: 100, bug: None });
    let all: Vec<_> = stats.named().into_iter().map(|(name, _)| name).collect();
    assert_met(&stats, &all);
}

/// Random histories over three to eight replicas of one book.
#[test]
fn serial_heavy_ten_thousand_histories() {
    let mut stats = Stats::default();
    for replicas in 3..=8u64 {
        let from = 1_000_000 * replicas;
        let runs = if replicas == 3 { 1_670 } else { 1_666 };
        // Two reps, so that documents leave the book as well; the second one has fewer devices.
        let plan =
            Plan { reps: 2, devices: replicas.div_ceil(2) as usize, steps: 160, customers: 2, bug: None };
        stats.add(&campaign(from..from + runs, &plan));
    }
    println!("10,000 histories met: {stats}");
    assert_met(&stats, &["lost_requests", "lost_answers", "repeats", "reorderings", "clashes", "refusals"]);
}
