//! Jobs that end workers: each by another limit, and what becomes of the job and of all others.

use document_model::{Document, Kind};
use server::hub::Gate;
use server::hub::gate::GateVerdict;
use sync_protocol::RefusalCode;
use tests::gate::{endless_document, heavy, payloads};
use tests::programs::{Memory, memory_kib};

use super::*;

/// Memory the hub may take more for all payloads together; the bound of one in PROMISES.md, P10.
const PAYLOADS_MEMORY_KIB: u64 = 64 * 1024;
/// Address space beyond that of an idle worker: enough for customers, and not for the many operations
/// that a change may have.
const LITTLE_MEMORY_MIB: u64 = 8;
/// Limits that a test does not reach.
const MUCH_MEMORY_MIB: u64 = 2 * 1024;
const LONG_S: u64 = 60;
const LONG_MS: u64 = 60_000;

#[tokio::test]
async fn known_payloads_are_refused_and_cost_nobody_anything() {
    let gate = gate_of_one(512, 3, 10_000).await;
    let born = Document::born(Kind::Customer);
    let before = memory_kib(std::process::id(), Memory::Peak).unwrap();
    for payload in payloads() {
        let verdict = among_innocents(&gate, push_of(vec![payload.change])).await;
        match verdict {
            // A number that was there already.
            GateVerdict::Fork => {}
            verdict => drop(refused(&verdict, &born)),
        }
    }
    let verdict = among_innocents(&gate, push_of(heavy(&born, 100))).await;
    let GateVerdict::Admitted(admitted) = verdict else { panic!("{verdict:?}") };
    assert_eq!((admitted.fresh.len(), admitted.refused), (12, Some((12, RefusalCode::TooLarge))));
    assert!(memory_kib(std::process::id(), Memory::Peak).unwrap() - before < PAYLOADS_MEMORY_KIB);
    let counts = gate.counts();
    assert_eq!((counts.started, counts.died), (1, 0), "caps come before the worker's limits");
}

#[tokio::test]
async fn changes_that_take_too_much_memory_are_refused_alone() {
    let idle_mib = {
        let _gate = gate_of_one(MUCH_MEMORY_MIB, LONG_S, LONG_MS).await;
        address_space_mib(own_workers()[0])
    };
    let gate = gate_of_one(idle_mib + LITTLE_MEMORY_MIB, LONG_S, LONG_MS).await;
    let customer = customer();
    let verdict = among_innocents(&gate, on_saved(Some(customer.save()), heavy(&customer, 12))).await;
    assert_eq!(refused(&verdict, &customer), RefusalCode::Malformed);
    let counts = gate.counts();
    assert_eq!((counts.died, counts.convicted), (2, 1), "what a worker had done before counts for nothing");
}

#[tokio::test]
async fn a_stored_document_that_never_ends_loading_is_damaged_and_not_tried_for_ever() {
    let gate = gate_of_one(MUCH_MEMORY_MIB, 1, LONG_MS).await;
    let edit = good_jobs().unwrap()[0].job.changes[0].bytes.clone();
    let verdict = among_innocents(&gate, on_saved(Some(endless_document()), vec![edit])).await;
    let GateVerdict::Damaged(why) = verdict else { panic!("{verdict:?}") };
    assert!(why.contains("more processor time"), "{why}");
    assert_eq!(gate.counts().died, 2, "once with its changes, once without");
}

#[tokio::test]
async fn a_worker_that_hangs_is_replaced_and_costs_nobody_a_verdict() {
    let gate = gate_of_one(512, 3, 1_000).await;
    kill(own_workers()[0], Signal::STOP);
    let good = good_jobs().unwrap();
    let verdicts = gate.judge(good.iter().map(|good| good.job.clone()).collect()).await.unwrap();
    assert!(verdicts.iter().eq(good.iter().map(|good| &good.verdict)));
    let counts = gate.counts();
    assert_eq!((counts.died, counts.convicted), (1, 0));
}

/// The address space a process has, rounded up.
fn address_space_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let kib: u64 = size.split_whitespace().next().unwrap().parse().unwrap();
    kib.div_ceil(1024)
}

#[tokio::test]
async fn a_worker_that_says_nonsense_is_ended_and_refuses_nobody_for_good() {
    // It says that it is ready, then gives back what it hears.
    let echo = script("printf '\\003\\000\\000\\000\\202\\365\\365'; exec cat");
    let gate = ProcessGate::start(workers_of(&echo.path().join("program")));
    gate.ready().await.unwrap();
    let good = good_jobs().unwrap().remove(0);
    let verdicts = gate.judge(vec![good.job]).await.unwrap();
    assert!(matches!(&verdicts[0], GateVerdict::Damaged(why) if why.contains("nonsense")), "{verdicts:?}");
    assert!(gate.counts().died <= 4, "{:?}", gate.counts());
}

/// A folder with a program that is this shell script.
fn script(text: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}
