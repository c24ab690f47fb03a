//! Arms each planted bug in turn and prints the seed that finds it.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use sync_protocol::planted::Bug;
use tests::sim::{Plan, run};

/// Seeds within which every bug must be found.
const SEEDS: u64 = 500;

fn main() -> ExitCode {
    let mut missed = 0;
    for bug in Bug::ALL {
        match find(*bug) {
            Some((seed, failure)) => println!("{bug:?}: seed {seed}: {failure}"),
            None => {
                missed += 1;
                println!("{bug:?}: NOT FOUND in {SEEDS} seeds");
            }
        }
    }
    println!("{} of {} planted bugs found", Bug::ALL.len() - missed, Bug::ALL.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The lowest of the seeds tried that breaks a promise with this bug armed.
fn find(bug: Bug) -> Option<(u64, String)> {
    let plan = Plan { bug: Some(bug), ..Plan::USUAL };
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let next = AtomicU64::new(0);
    let found = std::sync::Mutex::new(None::<(u64, String)>);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let done = found.lock().expect("no panic while holding it").is_some();
                    if seed >= SEEDS || done {
                        break;
                    }
                    if let Some(failure) = run(seed, &plan).failure {
                        let mut best = found.lock().expect("no panic while holding it");
                        if best.as_ref().is_none_or(|(known, _)| *known > seed) {
                            *best = Some((seed, failure));
                        }
                    }
                }
            });
        }
    });
    found.into_inner().expect("all threads are done")
}
