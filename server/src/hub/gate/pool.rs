//! The gate in worker processes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sync_protocol::RefusalCode;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::keeper::Keeper;
use super::line::Ticket;
use super::queue::{Counts, Phase, Queue};
use super::wire::SavedHash;
use super::worker::Allowance;
use super::{Gate, GateDown, GateJob, GatePlace, GateState, GateVerdict, limits};
use crate::config::GateConfig;

/// The workers of a gate: how many, of which program, and what each may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workers {
    /// The program `fieldbook`.
    pub program: PathBuf,
    /// How many; at least one.
    pub count: usize,
    /// What each may take.
    pub allowance: Allowance,
    /// How long one job may take by the clock on the wall.
    pub deadline: Duration,
}

impl Workers {
    /// Workers of a program file, as the settings say.
    #[must_use]
    pub fn of(program: PathBuf, config: &GateConfig) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let memory_bytes = config.memory_mib * 1024 * 1024;
        let allowance = Allowance {
            memory_bytes,
            cpu_s: config.cpu_s,
            hot_bytes: memory_bytes / limits::HOT_PART_OF_MEMORY,
        };
        // A call never has all of them: one more lets a large call have every core while nobody else comes.
        let count = if config.workers == 0 { cores() + 1 } else { config.workers };
        Self { program, count, allowance, deadline: Duration::from_millis(config.deadline_ms) }
    }
}

/// What a gate has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GateCounts {
    /// Jobs judged.
    pub judged: u64,
    /// Jobs sent with their document's name alone.
    pub hot: u64,
    /// Jobs sent again, because the document was not loaded any more.
    pub sent_again: u64,
    /// Workers started.
    pub started: u64,
    /// Workers that ended before they were told to.
    pub died: u64,
    /// Jobs refused because a worker died of them.
    pub convicted: u64,
}

/// A verdict to come.
type Verdict = oneshot::Receiver<Result<GateVerdict, GateDown>>;

/// Judges in a pool of worker processes with limited memory and processor time. Clones share the pool;
/// with the last one the workers end.
#[derive(Clone)]
pub struct ProcessGate {
    pool: Arc<Pool>,
}

struct Pool {
    queue: Arc<Queue>,
    counts: Arc<Counts>,
    keeps_documents: bool,
    calls: AtomicU64,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl ProcessGate {
    /// Starts the workers, without waiting for them. Needs a running tokio runtime.
    #[must_use]
    pub fn start(workers: Workers) -> Self {
        let workers = Arc::new(Workers { count: workers.count.max(1), ..workers });
        let (queue, counts) = (Arc::new(Queue::new(workers.count)), Arc::<Counts>::default());
        for place in 0..workers.count {
            tokio::spawn(Keeper::new(place, queue.clone(), workers.clone(), counts.clone()).keep());
        }
        let keeps_documents = workers.allowance.hot_bytes > 0;
        Self { pool: Arc::new(Pool { queue, counts, keeps_documents, calls: AtomicU64::new(0) }) }
    }

    /// Waits until the first worker is up, and says so in the log if it works without limits. An error
    /// when none can be started.
    pub async fn ready(&self) -> Result<(), GateDown> {
        let mut phases = self.pool.queue.phases();
        let settled =
            |phases: &Vec<Phase>| state_of(phases).up || phases.iter().all(|phase| *phase == Phase::Down);
        phases.wait_for(settled).await.map_err(|_| GateDown)?;
        let GateState { up, place } = self.state();
        let limited = GatePlace::Workers { memory_limited: true, cpu_limited: true };
        if up && place != limited {
            tracing::warn!(
                gate = place.as_str(),
                "this system does not limit all that a gate worker takes: a hostile edit can slow down the whole machine"
            );
        }
        if up { Ok(()) } else { Err(GateDown) }
    }

    /// What the gate has done so far.
    #[must_use]
    pub fn counts(&self) -> GateCounts {
        let counts = &self.pool.counts;
        GateCounts {
            judged: counts.judged.load(Ordering::Relaxed),
            hot: counts.hot.load(Ordering::Relaxed),
            sent_again: counts.sent_again.load(Ordering::Relaxed),
            started: counts.started.load(Ordering::Relaxed),
            died: counts.died.load(Ordering::Relaxed),
            convicted: counts.convicted.load(Ordering::Relaxed),
        }
    }
}

impl Gate for ProcessGate {
    async fn judge(&self, jobs: Vec<GateJob>) -> Result<Vec<GateVerdict>, GateDown> {
        let call = self.pool.calls.fetch_add(1, Ordering::Relaxed);
        let mut replies = Vec::with_capacity(jobs.len());
        let mut jobs = jobs.into_iter();
        while jobs.len() > 0 {
            let part: Vec<_> = jobs.by_ref().take(limits::QUEUE_PART).collect();
            replies.extend(self.pool.put_in_line(call, part).await?);
        }
        let mut verdicts = Vec::with_capacity(replies.len());
        for reply in replies {
            verdicts.push(reply.await.unwrap_or(Err(GateDown))?);
        }
        Ok(verdicts)
    }

    fn state(&self) -> GateState {
        state_of(&self.pool.queue.phases().borrow())
    }
}

impl Pool {
    /// Waits for room and puts jobs in line, all at once, so that they are shared out well.
    async fn put_in_line(&self, call: u64, jobs: Vec<GateJob>) -> Result<Vec<Verdict>, GateDown> {
        let count = u32::try_from(jobs.len()).map_err(|_| GateDown)?;
        let room = self.queue.room.clone().acquire_many_owned(count);
        let Ok(Ok(mut room)) = timeout(limits::QUEUE_WAIT, room).await else {
            tracing::warn!(jobs = count, "the gate has more to judge than it can; a push is to come again");
            return Err(GateDown);
        };
        let (mut tickets, mut verdicts) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
        for job in jobs {
            let name = job.saved.as_deref().filter(|_| self.keeps_documents).map(SavedHash::of);
            let (reply, verdict) = oneshot::channel();
            let room = room.split(1).ok_or(GateDown)?;
            verdicts.push(verdict);
            let ticket =
                Ticket { call, job, name, alone: false, deaths: 0, refused: None, reply, _room: room };
            tickets.extend(checked(ticket));
        }
        self.queue.put(tickets);
        Ok(verdicts)
    }
}

/// A job too large to travel loses its changes; a document too large is answered here.
fn checked(ticket: Ticket) -> Option<Ticket> {
    if ticket.bytes() <= limits::JOB_BYTES {
        return Some(ticket);
    }
    let ticket = ticket.without_changes(RefusalCode::TooLarge);
    if ticket.bytes() <= limits::JOB_BYTES {
        return Some(ticket);
    }
    let why = format!("the saved document has {} bytes, more than the gate takes", ticket.bytes());
    ticket.answer(GateVerdict::Damaged(why));
    None
}

/// How the gate is when its workers are like this: as limited as the least limited of them.
fn state_of(phases: &[Phase]) -> GateState {
    let mut up = phases.iter().filter_map(|phase| match phase {
        Phase::Up(ready) => Some(*ready),
        Phase::Starting | Phase::Down => None,
    });
    let first = up.next();
    let limits = first.into_iter().chain(up);
    let (memory_limited, cpu_limited) = limits
        .fold((first.is_some(), first.is_some()), |(memory, cpu), ready| {
            (memory && ready.memory_limited, cpu && ready.cpu_limited)
        });
    GateState { up: first.is_some(), place: GatePlace::Workers { memory_limited, cpu_limited } }
}
