//! The desk in front of the workers: callers put jobs in line, idle workers are woken and take them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::limits;
use super::line::{Lines, Ticket};
use super::wire::{Ready, SavedHash};

/// How a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is being started.
    Starting,
    /// It takes jobs.
    Up(Ready),
    /// It cannot be started; that is tried again and again.
    Down,
}

/// The line, shared by callers and workers.
pub(super) struct Queue {
    state: Mutex<State>,
    /// One for each worker: there is something to do.
    calls: Vec<Notify>,
    /// Places in the line.
    pub(super) room: Arc<Semaphore>,
    /// Which worker, in which life of it, has a document loaded.
    places: Cache<SavedHash, (usize, u64)>,
    phases: watch::Sender<Vec<Phase>>,
    closing: CancellationToken,
}

struct State {
    lines: Lines,
    workers: Vec<Worker>,
}

/// What callers know of a worker.
#[derive(Debug, Clone, Copy)]
struct Worker {
    phase: Phase,
    /// Counts its starts: what an earlier one had loaded is gone.
    life: u64,
    idle: bool,
}

impl Queue {
    pub(super) fn new(workers: usize) -> Self {
        let worker = Worker { phase: Phase::Starting, life: 0, idle: false };
        Self {
            state: Mutex::new(State { lines: Lines::default(), workers: vec![worker; workers] }),
            calls: (0..workers).map(|_| Notify::new()).collect(),
            room: Arc::new(Semaphore::new(limits::QUEUE_JOBS as usize)),
            places: Cache::builder()
                .max_capacity(workers as u64 * limits::HOT_DOCUMENTS)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            phases: watch::Sender::new(vec![Phase::Starting; workers]),
            closing: CancellationToken::new(),
        }
    }

    /// How every worker is, and when that changes.
    pub(super) fn phases(&self) -> watch::Receiver<Vec<Phase>> {
        self.phases.subscribe()
    }

    /// Puts jobs in line; turns them away when no worker can be started.
    pub(super) fn put(&self, tickets: Vec<Ticket>) {
        let mut state = self.lock();
        if self.is_closed() || state.is_down() {
            drop(state);
            tickets.into_iter().for_each(Ticket::turn_away);
            return;
        }
        for ticket in tickets {
            let place = ticket.name.and_then(|name| self.places.get(&name));
            let holder = place.filter(|(worker, life)| state.workers[*worker].life == *life);
            state.lines.put(ticket, holder.map(|(worker, _)| worker));
        }
        self.call(&mut state);
    }

    /// Puts jobs back that a worker took and could not do.
    pub(super) fn put_back(&self, tickets: VecDeque<Ticket>) {
        let mut state = self.lock();
        state.lines.put_back(tickets);
        let away = if self.is_closed() || state.is_down() { state.lines.drain() } else { Vec::new() };
        self.call(&mut state);
        drop(state);
        away.into_iter().for_each(Ticket::turn_away);
    }

    /// Wakes idle workers, as many as there is work for: first those that have documents of it loaded.
    fn call(&self, state: &mut State) {
        let mut wanted = state.lines.waiting();
        let State { lines, workers } = state;
        let count = workers.len();
        for own in [true, false] {
            for (place, worker) in workers.iter_mut().enumerate() {
                let has_work = worker.idle && lines.has_some(place, count);
                if wanted > 0 && has_work && (!own || lines.has_own(place)) {
                    worker.idle = false;
                    wanted -= 1;
                    self.calls[place].notify_one();
                }
            }
        }
    }

    /// The next jobs of a worker, once there are some; `None` when the gate is closed. May be dropped
    /// and called again at any time.
    pub(super) async fn next(&self, worker: usize) -> Option<VecDeque<Ticket>> {
        loop {
            {
                let mut state = self.lock();
                if self.is_closed() {
                    return None;
                }
                let workers = state.workers.len();
                let batch = state.lines.take(worker, workers);
                state.workers[worker].idle = batch.is_empty();
                // Of a call that had all the workers it may have, one may have come back without more of it.
                self.call(&mut state);
                if !batch.is_empty() {
                    return Some(batch.into());
                }
            }
            self.calls[worker].notified().await;
        }
    }

    /// Whether a worker has a job's document loaded.
    pub(super) fn holds(&self, worker: usize, ticket: &Ticket) -> bool {
        let place = ticket.name.and_then(|name| self.places.get(&name));
        place.is_some_and(|place| place == (worker, self.lock().workers[worker].life))
    }

    /// Notes that a worker has a document loaded now, and no longer the one before it.
    pub(super) fn note(&self, worker: usize, before: Option<SavedHash>, now: Option<SavedHash>) {
        if let Some(before) = before.filter(|_| before != now) {
            self.places.invalidate(&before);
        }
        if let Some(now) = now {
            let life = self.lock().workers[worker].life;
            self.places.insert(now, (worker, life));
        }
    }

    /// Notes how a worker is. One that is not up has nothing loaded; when none can be started, everybody
    /// is turned away.
    pub(super) fn set_phase(&self, worker: usize, phase: Phase) {
        let mut state = self.lock();
        state.workers[worker].phase = phase;
        state.workers[worker].idle = false;
        if !matches!(phase, Phase::Up(_)) {
            state.workers[worker].life += 1;
            state.lines.release(worker);
            self.call(&mut state);
        }
        let away = if state.is_down() { state.lines.drain() } else { Vec::new() };
        drop(state);
        away.into_iter().for_each(Ticket::turn_away);
        self.phases.send_modify(|phases| phases[worker] = phase);
    }

    /// Ends the gate: workers stop, and everybody in line is turned away.
    pub(super) fn close(&self) {
        self.closing.cancel();
        let away = self.lock().lines.drain();
        self.calls.iter().for_each(Notify::notify_one);
        away.into_iter().for_each(Ticket::turn_away);
    }

    /// True once the gate is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Ends when the gate is closed.
    pub(super) async fn closed(&self) {
        self.closing.cancelled().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the lines would still be lines.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_down(&self) -> bool {
        self.workers.iter().all(|worker| worker.phase == Phase::Down)
    }
}

/// What the gate has done since it was opened.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) judged: AtomicU64,
    pub(super) hot: AtomicU64,
    pub(super) sent_again: AtomicU64,
    pub(super) started: AtomicU64,
    pub(super) died: AtomicU64,
    pub(super) convicted: AtomicU64,
}

impl Counts {
    pub(super) fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}
