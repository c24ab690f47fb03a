//! The gate in real worker processes, under attack: what a device can push, what can happen to a worker,
//! and that nobody else notices.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod deaths;
mod lives;
mod serial_heavy;
mod served;

use std::path::Path;
use std::time::Duration;

use document_model::{Actor, Document, Kind};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use server::config::GateConfig;
use server::hub::gate::{Admitted, GateJob, GateVerdict, JobChange, Workers};
use server::hub::{Gate, ProcessGate};
use sync_protocol::RefusalCode;
use tests::gate::{Good, STREAM, good_jobs, workers};
use tests::programs::children_of;
use tokio::time::{interval, timeout};

/// How long anything is waited for that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits until something is so.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let looking = async {
        let mut looks = interval(LOOK_EVERY);
        while !so().await {
            looks.tick().await;
        }
    };
    assert!(timeout(PATIENCE, looking).await.is_ok(), "in vain: {what}");
}

fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have ended by itself meanwhile.
    assert!(matches!(kill_process(pid, signal), Ok(()) | Err(Errno::SRCH)));
}

/// The workers of this test's gate.
fn own_workers() -> Vec<u32> {
    children_of(std::process::id())
}

/// A gate of one worker with these limits, which is up.
async fn gate_of_one(memory_mib: u64, cpu_s: u64, deadline_ms: u64) -> ProcessGate {
    let gate = tests::gate::open(&GateConfig { workers: 1, memory_mib, cpu_s, deadline_ms });
    gate.ready().await.unwrap();
    gate
}

/// The push of a new customer with these changes.
fn push_of(changes: Vec<Vec<u8>>) -> GateJob {
    on_saved(None, changes)
}

fn on_saved(saved: Option<Vec<u8>>, changes: Vec<Vec<u8>>) -> GateJob {
    let changes = changes.into_iter().map(|bytes| JobChange { bytes, replaces: None }).collect();
    GateJob { kind: Kind::Customer, saved, stream: STREAM, vouched: Vec::new(), changes }
}

/// What a job is answered whose changes are all refused: its document as it is.
fn refused(verdict: &GateVerdict, document: &Document) -> RefusalCode {
    let GateVerdict::Admitted(admitted) = verdict else { panic!("not refused: {verdict:?}") };
    let Admitted { saved, heads, fields, fresh, already, refused } = &**admitted;
    assert_eq!((saved, heads), (&document.save(), &document.heads()));
    assert_eq!((fields, fresh.len(), already.len()), (&document.fields(), 0, 0));
    let Some((0, code)) = refused else { panic!("{refused:?}") };
    *code
}

/// A customer somebody else has edited.
fn customer() -> Document {
    let stored = |good: &Good| good.job.saved.clone().filter(|_| good.job.kind == Kind::Customer);
    let saved = good_jobs().unwrap().iter().rev().find_map(stored).unwrap();
    let customer = Document::load(Kind::Customer, &saved).unwrap();
    assert_eq!(customer.last_seq(STREAM), 0, "{:?} has not written yet", Actor(STREAM.0));
    customer
}

/// Good jobs around a bad one: what they are answered is what they are answered without it.
async fn among_innocents(gate: &ProcessGate, bad: GateJob) -> GateVerdict {
    let good = good_jobs().unwrap();
    let middle = good.len() / 2;
    let mut jobs: Vec<_> = good.iter().map(|good| good.job.clone()).collect();
    jobs.insert(middle, bad);
    let mut verdicts = gate.judge(jobs).await.unwrap();
    let verdict = verdicts.remove(middle);
    for (verdict, good) in verdicts.into_iter().zip(&good) {
        assert_eq!(verdict, good.verdict);
    }
    verdict
}

/// Two workers of another program.
fn workers_of(program: &Path) -> Workers {
    let config = GateConfig { workers: 2, ..GateConfig::default() };
    Workers { program: program.to_owned(), ..workers(&config) }
}
