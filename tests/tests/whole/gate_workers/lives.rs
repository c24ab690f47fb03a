//! The lives of workers: what they inherit, what happens when somebody ends them, and that they never
//! outlive their hub.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use futures::{StreamExt, stream};
use server::hub::Gate;
use tests::programs::{has_ended, processor_ticks, program};

use super::*;

/// Workers ended from outside in the course of one test.
const KILLS: usize = 40;

#[tokio::test]
async fn a_worker_inherits_nothing_and_is_limited() {
    let given = targets(std::process::id());
    let _socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let _file = tempfile::tempfile().unwrap();
    let _gate = gate_of_one(300, 3, 10_000).await;
    let [worker] = own_workers()[..] else { panic!("one worker") };
    let of_worker = |what: &str| format!("/proc/{worker}/{what}");
    assert_eq!(
        std::fs::read(of_worker("environ")).unwrap(),
        b"MIMALLOC_ARENA_RESERVE=0\0",
        "for its allocator"
    );
    assert_eq!(std::fs::read_link(of_worker("cwd")).unwrap(), Path::new("/"));
    // What whoever started this test left open for it is not the hub's to close.
    let ours = targets(worker).into_iter().filter(|target| !given.contains(target));
    let pipes: Vec<_> = ours.inspect(|target| assert!(target.starts_with("pipe:"), "{target}")).collect();
    assert!((3..=4).contains(&pipes.len()), "{pipes:?}");
    let limits = std::fs::read_to_string(of_worker("limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max address space"), (300 * 1024 * 1024).to_string());
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max cpu time"), "4", "three seconds and the one begun");
}

#[tokio::test]
async fn workers_ended_from_outside_cost_nobody_a_verdict() {
    let gate = tests::gate::open(&GateConfig { workers: 2, ..GateConfig::default() });
    gate.ready().await.unwrap();
    let good = good_jobs().unwrap();
    let jobs: Vec<_> = good.iter().map(|good| good.job.clone()).collect();
    // Two calls are always under way when a worker is ended.
    let mut calls = stream::iter(0..KILLS).map(|_| gate.judge(jobs.clone())).buffered(3);
    let mut killed = 0;
    while let Some(verdicts) = calls.next().await {
        for (verdict, good) in verdicts.unwrap().into_iter().zip(&good) {
            assert_eq!(verdict, good.verdict);
        }
        if let Some(worker) = own_workers().first() {
            kill(*worker, Signal::KILL);
            killed += 1;
        }
    }
    assert!(killed > KILLS / 2, "{killed} were there to be ended");
    until("a worker is up again", async || gate.state().up).await;
    assert_eq!(gate.counts().convicted, 0);
    assert!(gate.counts().died >= 10, "{:?}", gate.counts());
}

#[tokio::test]
async fn an_idle_worker_that_is_ended_is_replaced_before_it_is_needed() {
    let gate = gate_of_one(512, 3, 10_000).await;
    let [worker] = own_workers()[..] else { panic!("one worker") };
    kill(worker, Signal::KILL);
    until("another worker is up", async || gate.counts().started == 2 && gate.state().up).await;
    let good = good_jobs().unwrap().remove(0);
    assert_eq!(gate.judge(vec![good.job]).await.unwrap(), [good.verdict]);
    assert_eq!(gate.counts().died, 1);
}

#[tokio::test]
async fn callers_that_go_away_leave_every_frame_in_step() {
    let gate = tests::gate::open(&GateConfig { workers: 2, ..GateConfig::default() });
    gate.ready().await.unwrap();
    let good = good_jobs().unwrap();
    let all: Vec<_> = good.iter().map(|good| good.job.clone()).collect();
    for (number, good) in good.iter().cycle().take(100).enumerate() {
        // Begun, and dropped while its jobs are in line or at a worker.
        let mut leaving = Box::pin(gate.judge(all.clone()));
        assert!(futures::poll!(leaving.as_mut()).is_pending());
        if number % 2 == 0 {
            tokio::task::yield_now().await;
        }
        drop(leaving);
        assert_eq!(gate.judge(vec![good.job.clone()]).await.unwrap(), std::slice::from_ref(&good.verdict));
    }
    assert_eq!(gate.counts().died, 0);
}

#[tokio::test]
async fn workers_end_with_the_gate() {
    let gate = tests::gate::open(&GateConfig { workers: 3, ..GateConfig::default() });
    until("all workers are up", async || gate.counts().started == 3).await;
    let workers = own_workers();
    assert_eq!(workers.len(), 3);
    drop(gate);
    until("all workers have ended", async || workers.iter().all(|worker| has_ended(*worker))).await;
}

#[tokio::test]
async fn a_gate_that_cannot_start_workers_turns_everybody_away_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("fieldbook");
    let gate = ProcessGate::start(workers_of(&absent));
    let good = good_jobs().unwrap().remove(0);
    assert!(gate.judge(vec![good.job.clone()]).await.is_err(), "nobody is refused for it");
    assert!(gate.ready().await.is_err() && !gate.state().up);
    assert!(gate.judge(vec![good.job.clone()]).await.is_err());
    std::os::unix::fs::symlink(program("fieldbook"), &absent).unwrap();
    until("a worker is up", async || gate.state().up).await;
    assert_eq!(gate.judge(vec![good.job]).await.unwrap(), [good.verdict]);
}

#[tokio::test]
async fn workers_that_end_at_once_turn_everybody_away() {
    let gate = ProcessGate::start(workers_of(Path::new("/bin/false")));
    let good = good_jobs().unwrap().remove(0);
    assert!(gate.judge(vec![good.job]).await.is_err());
    assert_eq!((gate.counts().started, gate.counts().convicted), (0, 0));
}

/// The campaign's program has workers at work all the time: killed, it must leave none behind.
#[tokio::test]
async fn workers_at_work_do_not_outlive_a_killed_hub() {
    let mut hub = Command::new(program("gate"))
        .args(["campaign", "--count", "100000000"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("it has workers", async || !children_of(hub.id()).is_empty()).await;
    let workers = children_of(hub.id());
    until("they are at work", async || workers.iter().all(|worker| processor_ticks(*worker) > 2)).await;
    kill(hub.id(), Signal::KILL);
    hub.wait().unwrap();
    until("all workers have ended", async || workers.iter().all(|worker| has_ended(*worker))).await;
}

/// What a process has open.
fn targets(pid: u32) -> Vec<String> {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = open.map(|entry| std::fs::read_link(entry.unwrap().path()));
    // The folder itself is open while it is read, and gone afterwards.
    links.flatten().map(|target| target.to_string_lossy().into_owned()).collect()
}
