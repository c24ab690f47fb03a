//! Hub, PostgreSQL and `fieldbook-rep` killed at 60 writes and flushes of a scripted run; the long run
//! is part of `cargo xtask soak`.

use tests::crash::{Plan, run, strace_works};

/// Points in every run of the tests.
const POINTS: usize = 60;

/// What a laptop lacks is a notice; nothing is left out in CI.
fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    println!("skipped: {why}");
}

#[test]
fn nothing_is_lost_or_doubled_wherever_a_program_dies() {
    if !strace_works() {
        return skipped("strace is missing or may not do its work");
    }
    let Some(tally) = run(Plan::of(POINTS), &|_| ()).expect("the programs run") else {
        return skipped("PostgreSQL is not installed");
    };
    println!("{tally}");
    assert_eq!(tally.objection(), None);
    assert_eq!(tally.points(), POINTS);
}
