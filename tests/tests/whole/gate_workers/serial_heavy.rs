//! The campaigns in short: the long ones are `cargo xtask soak`.

use server::config::GateConfig;
use tests::gate::{Plan, campaign, open, siege};
use tests::programs::{Memory, memory_kib};

/// Mutated changes.
const COUNT: u64 = 20_000;
/// The same changes each time.
const SEED: u64 = 20_260_921;
/// Memory the process that pushes them may take more.
const MEMORY_KIB: u64 = 64 * 1024;

#[tokio::test]
async fn thousands_of_mutated_changes_break_no_promise() {
    let gate = open(&GateConfig::default());
    gate.ready().await.unwrap();
    let before = memory_kib(std::process::id(), Memory::Peak).unwrap();
    let tally = campaign(&gate, Plan { count: COUNT, seed: SEED }, &|_| ()).await.unwrap();
    println!("{tally}");
    assert_eq!(tally.mutated, COUNT);
    // A campaign that does not get through the first checks shows nothing.
    assert!(tally.accepted > COUNT / 200 && tally.innocent > COUNT / 20, "{tally}");
    assert!(
        memory_kib(std::process::id(), Memory::Peak).unwrap() - before < MEMORY_KIB,
        "{before} KiB before"
    );
}

/// How much slower the other devices are is printed here and a promise of the long run alone: what else
/// this machine does counts too.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_mutated_changes_over_http_break_no_promise() {
    let siege = siege(Plan { count: COUNT, seed: SEED }, |_| ()).await.unwrap();
    println!("{siege}");
    assert_eq!(siege.mutated(), COUNT);
    siege.shows_something().unwrap();
}
