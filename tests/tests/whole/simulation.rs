//! The simulation over many seeds: no promise broken, and every kind of trouble really met.

use tests::sim::{Outcome, Plan, Stats, histories, run, run_many};

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

/// Five thousand seeds of twenty devices are in `cargo xtask soak simulation`.
#[test]
fn serial_heavy_a_thousand_seeds() {
    let stats = campaign(0..1_000, &Plan::USUAL);
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

/// Ten thousand are in `cargo xtask soak histories`.
#[test]
fn serial_heavy_two_thousand_histories() {
    let met = ["lost_requests", "lost_answers", "repeats", "reorderings", "clashes", "refusals", "moves"];
    for (seeds, plan) in histories(2_000) {
        println!("{} replicas of one book:", plan.devices);
        assert_met(&campaign(seeds, &plan), &met);
    }
}
