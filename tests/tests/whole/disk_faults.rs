//! Hub, PostgreSQL and `fieldbook-rep` on a disk that is full, whose writes fail, whose syncs fail: nothing
//! acknowledged is lost, nothing counts twice, and everything goes on by itself.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test with a line number")]

use tests::crash::{Found, Ground, When, Wrong, strace_works};

/// What a laptop lacks is a notice; nothing is left out in CI.
fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    println!("skipped: {why}");
}

fn strace_is_missing() -> bool {
    let missing = !strace_works();
    if missing {
        skipped("strace is missing or may not do its work");
    }
    missing
}

/// Prints what a case found, which must be something.
fn proved(found: anyhow::Result<Found>) -> Found {
    let found = found.unwrap();
    println!("{found}");
    assert!(found.hits > 0 && found.refused > 0, "nothing failed, so nothing is proved: {found}");
    assert_eq!((found.lost, found.doubled), (0, 0), "{found}");
    found
}

/// The same of a hub, which says what is wrong.
fn said(found: anyhow::Result<Found>, code: &str) {
    let found = proved(found);
    assert_eq!(found.said.iter().collect::<Vec<_>>(), [code], "{found}");
    assert_eq!((found.acknowledged[1], found.logged), (0, 1), "{found}");
}

#[test]
fn a_hub_stops_at_once_says_why_and_goes_on_by_itself() {
    if strace_is_missing() {
        return;
    }
    let mut ground = Ground::sqlite().unwrap();
    said(ground.hub(Wrong::NoRoom, When::From(1), false), "HUB-DISK-FULL");
    said(ground.hub(Wrong::Writes, When::From(1), false), "HUB-DISK-FAILED");
    said(ground.hub(Wrong::Syncs, When::From(1), false), "HUB-DISK-UNSYNCED");
}

#[test]
fn after_a_failed_sync_a_hub_trusts_nothing_it_has_open() {
    if strace_is_missing() {
        return;
    }
    let mut ground = Ground::sqlite().unwrap();
    let found = proved(ground.one_sync());
    assert_eq!(found.logged, 1, "{found}");
    let found = proved(ground.hub(Wrong::Syncs, When::From(1), true));
    assert_eq!(found.acknowledged[1], 0, "{found}");
}

#[test]
fn a_hub_on_postgresql_goes_on_when_the_database_does() {
    if strace_is_missing() {
        return;
    }
    let Some(mut ground) = Ground::postgres().unwrap() else {
        return skipped("PostgreSQL is not installed");
    };
    for wrong in [Wrong::NoRoom, Wrong::Writes, Wrong::Syncs] {
        let found = proved(ground.hub(wrong, When::From(1), false));
        assert_eq!(found.acknowledged[1], 0, "{found}");
        assert!(!found.said.is_empty() && found.logged < found.refused, "{found}");
    }
}

#[test]
fn a_device_says_what_is_not_saved_and_keeps_what_is() {
    if strace_is_missing() {
        return;
    }
    let mut ground = Ground::sqlite().unwrap();
    proved(ground.device(Wrong::NoRoom, &["STORE-FULL"]));
    proved(ground.device(Wrong::Writes, &["STORE-IO"]));
    proved(ground.device(Wrong::Syncs, &["STORE-IO"]));
}
