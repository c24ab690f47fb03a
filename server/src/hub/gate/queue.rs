//! The line in front of the workers: who takes which job next.
//!
//! Jobs wait in one common line, or at the desk of the worker that has their document loaded. An idle
//! worker takes from its own desk, then from the common line, then what is too much for another desk.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use sync_protocol::RefusalCode;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::limits;
use super::wire::{Ready, SavedHash};
use super::{GateDown, GateJob, GateVerdict};

/// Where a job's verdict goes.
pub(super) type Reply = oneshot::Sender<Result<GateVerdict, GateDown>>;

/// A job in line.
pub(super) struct Ticket {
    pub(super) job: GateJob,
    /// The name of its saved document, where workers keep documents.
    pub(super) name: Option<SavedHash>,
    /// Workers that died of it by somebody else's hand or for reasons that may have been others'.
    pub(super) deaths: u8,
    /// Why its changes are refused, where they were taken out and the document is judged without them.
    pub(super) refused: Option<RefusalCode>,
    pub(super) reply: Reply,
    pub(super) _room: OwnedSemaphorePermit,
}

impl Ticket {
    /// Bytes of its document and changes.
    pub(super) fn bytes(&self) -> usize {
        let changes: usize = self.job.changes.iter().map(|change| change.bytes.len()).sum();
        changes + self.job.saved.as_ref().map_or(0, Vec::len)
    }

    /// Takes the changes out: they are refused, and what is judged is the document as it is.
    pub(super) fn without_changes(mut self, code: RefusalCode) -> Self {
        self.job.changes.clear();
        Self { refused: Some(code), deaths: 0, ..self }
    }

    /// Tells the caller.
    pub(super) fn answer(self, verdict: GateVerdict) {
        // A caller that is gone needs no answer.
        drop(self.reply.send(Ok(verdict)));
    }

    /// Nobody can judge it now.
    pub(super) fn turn_away(self) {
        // A caller that is gone needs no answer.
        drop(self.reply.send(Err(GateDown)));
    }
}

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
    common: VecDeque<Ticket>,
    desks: Vec<Desk>,
}

struct Desk {
    own: VecDeque<Ticket>,
    phase: Phase,
    life: u64,
    idle: bool,
}

impl Queue {
    pub(super) fn new(workers: usize) -> Self {
        let desk = |_| Desk { own: VecDeque::new(), phase: Phase::Starting, life: 0, idle: false };
        let state = State { common: VecDeque::new(), desks: (0..workers).map(desk).collect() };
        Self {
            state: Mutex::new(state),
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
        if self.is_closed() || state.desks.iter().all(|desk| desk.phase == Phase::Down) {
            drop(state);
            tickets.into_iter().for_each(Ticket::turn_away);
            return;
        }
        for ticket in tickets {
            let place = ticket.name.and_then(|name| self.places.get(&name));
            match place {
                Some((worker, life)) if state.desks[worker].life == life => {
                    state.desks[worker].own.push_back(ticket);
                }
                _ => state.common.push_back(ticket),
            }
        }
        self.call(&mut state);
    }

    /// Wakes idle workers: those with jobs of their own, and as many more as there are others.
    fn call(&self, state: &mut State) {
        let mut others = state.common.len();
        for (desk, call) in state.desks.iter_mut().zip(&self.calls).filter(|(desk, _)| desk.idle) {
            if desk.own.is_empty() && others == 0 {
                continue;
            }
            if desk.own.is_empty() {
                others -= 1;
            }
            desk.idle = false;
            call.notify_one();
        }
    }

    /// The next jobs of a worker, once there are some; `None` when the gate is closed. May be dropped
    /// and called again at any time.
    pub(super) async fn next(&self, worker: usize) -> Option<Vec<Ticket>> {
        loop {
            {
                let mut state = self.lock();
                if self.is_closed() {
                    return None;
                }
                let batch = state.take(worker);
                state.desks[worker].idle = batch.is_empty();
                if !batch.is_empty() {
                    return Some(batch);
                }
            }
            self.calls[worker].notified().await;
        }
    }

    /// Whether a worker has a job's document loaded.
    pub(super) fn holds(&self, worker: usize, ticket: &Ticket) -> bool {
        let place = ticket.name.and_then(|name| self.places.get(&name));
        place.is_some_and(|place| place == (worker, self.lock().desks[worker].life))
    }

    /// Notes that a worker has a document loaded now, and no longer the one before it.
    pub(super) fn note(&self, worker: usize, before: Option<SavedHash>, now: Option<SavedHash>) {
        if before != now
            && let Some(before) = before
        {
            self.places.invalidate(&before);
        }
        if let Some(now) = now {
            let life = self.lock().desks[worker].life;
            self.places.insert(now, (worker, life));
        }
    }

    /// Notes how a worker is. What waits at the desk of one that is not up goes to the others; when none
    /// can be started, everybody is turned away.
    pub(super) fn set_phase(&self, worker: usize, phase: Phase) {
        let mut away = Vec::new();
        {
            let mut state = self.lock();
            let desk = &mut state.desks[worker];
            desk.phase = phase;
            desk.idle = false;
            if !matches!(phase, Phase::Up(_)) {
                desk.life += 1;
                let own = std::mem::take(&mut desk.own);
                state.common.extend(own);
                self.call(&mut state);
            }
            if state.desks.iter().all(|desk| desk.phase == Phase::Down) {
                away.extend(state.common.drain(..));
            }
        }
        away.into_iter().for_each(Ticket::turn_away);
        self.phases.send_modify(|phases| phases[worker] = phase);
    }

    /// Ends the gate: workers stop, and everybody in line is turned away.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        self.closing.cancel();
        let mut away: Vec<_> = state.common.drain(..).collect();
        state.desks.iter_mut().for_each(|desk| away.extend(desk.own.drain(..)));
        drop(state);
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
        // Nothing panics while it is held; if it did, the line would still be a line.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A fair share of what waits. Jobs whose caller is gone are dropped on the way.
    fn take(&mut self, worker: usize) -> Vec<Ticket> {
        let waiting = self.common.len() + self.desks[worker].own.len();
        let share = waiting.div_ceil(self.desks.len()).clamp(limits::BATCH_SHARE, limits::BATCH_JOBS);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < share && bytes < limits::BATCH_BYTES {
            let Some(ticket) = self.pop(worker) else { break };
            if !ticket.reply.is_closed() {
                bytes += ticket.bytes();
                batch.push(ticket);
            }
        }
        batch
    }

    fn pop(&mut self, worker: usize) -> Option<Ticket> {
        let own = self.desks[worker].own.pop_front();
        own.or_else(|| self.common.pop_front()).or_else(|| {
            let crowded = self.desks.iter_mut().find(|desk| desk.own.len() > limits::BATCH_JOBS)?;
            crowded.own.pop_back()
        })
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
