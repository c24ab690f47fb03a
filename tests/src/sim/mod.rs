//! The simulation: the shipping hub and the shipping device client in one process, in virtual time,
//! every choice drawn from one seed.
//!
//! A run has four parts: *chaos*, where people edit while the network, the hub and the devices fail;
//! *heal*, where faults stop and nobody edits any more; *quiesce*, with a bound on how long outboxes
//! may take to empty; and the *oracle*, which looks at everything that is left.

mod chaos;
mod choice;
mod device;
mod net;
mod oracle;
mod recount;
mod stats;
mod world;

pub use choice::Entropies;
pub use device::SimDevice;
pub use net::{Net, SimHub, SimTransport};
pub use stats::Stats;
pub use world::{Plan, World};

/// What one seed showed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What the run met.
    pub stats: Stats,
    /// A hash over everything that happened: equal for equal seeds.
    pub trace: u64,
    /// The first broken promise, if one was broken.
    pub failure: Option<String>,
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64, plan: &Plan) -> Outcome {
    let mut world = World::new(seed, plan);
    let failure = world.live().err();
    Outcome { seed, stats: world.stats(), trace: world.trace(), failure }
}

/// So many random histories over three to eight replicas of one book, from the start; copied stores come on top. A second
/// rep with one device is where documents go when they leave the book, and come back from.
#[must_use]
pub fn histories(count: u64) -> Vec<(std::ops::Range<u64>, Plan)> {
    const REPLICAS: std::ops::RangeInclusive<usize> = 3..=8;
    let kinds = REPLICAS.count() as u64;
    let plan = |place: u64, devices: usize| {
        let from = 1_000_000 * devices as u64;
        let runs = count / kinds + u64::from(place < count % kinds);
        let plan = Plan { reps: 2, devices, further_devices: 1, steps: 160, customers: 2, ..Plan::USUAL };
        (from..from + runs, plan)
    };
    (0..).zip(REPLICAS).map(|(place, devices)| plan(place, devices)).collect()
}

/// Runs many seeds on all cores, in order of seed. `progress` is called after each.
#[must_use]
pub fn run_many(
    seeds: std::ops::Range<u64>,
    plan: &Plan,
    progress: &(dyn Fn(&Outcome) + Sync),
) -> Vec<Outcome> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = run(seed, plan);
                    progress(&outcome);
                    done.lock().expect("no panic while holding it").push(outcome);
                }
            });
        }
    });
    let mut outcomes = done.into_inner().expect("all threads are done");
    outcomes.sort_by_key(|outcome| outcome.seed);
    outcomes
}
