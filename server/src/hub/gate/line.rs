//! What waits for a worker, and who takes what next.
//!
//! Every call of the gate has a line of its own, and workers take from the lines in turn; where there are
//! several workers, one call never has them all, and no more than half of the others once somebody else has come.
//! A push of a thousand documents, or of a few that each take seconds, does not hold up everybody else's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sync_protocol::RefusalCode;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::wire::SavedHash;
use super::{GateDown, GateJob, GateVerdict, limits};

/// Where a job's verdict goes.
pub(super) type Reply = oneshot::Sender<Result<GateVerdict, GateDown>>;

/// A job in line.
pub(super) struct Ticket {
    /// The call it belongs to.
    pub(super) call: u64,
    pub(super) job: GateJob,
    /// The name of its saved document, where workers keep documents.
    pub(super) name: Option<SavedHash>,
    /// Whether it travels alone: a worker died in its company.
    pub(super) alone: bool,
    /// Workers that died of it, perhaps for reasons that were others'.
    pub(super) deaths: u8,
    /// Why its changes are refused, where they were taken out and the document is judged without them.
    pub(super) refused: Option<RefusalCode>,
    /// Where its verdict goes.
    pub(super) reply: Reply,
    /// Its place among those that may wait.
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

/// The lines of all calls that have jobs waiting.
#[derive(Default)]
pub(super) struct Lines {
    /// The next in turn first.
    lines: VecDeque<Line>,
    waiting: usize,
    /// The calls each worker has taken jobs of, until it comes for more.
    at_work: BTreeMap<usize, BTreeSet<u64>>,
}

/// The jobs of one call.
struct Line {
    call: u64,
    /// Those of any worker.
    free: VecDeque<Ticket>,
    /// Those whose document a worker has loaded.
    held: BTreeMap<usize, VecDeque<Ticket>>,
    /// Whether another call came since: whoever asks for a little comes often, and finds a processor free.
    has_company: bool,
}

impl Lines {
    /// Jobs that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Puts a job at the end of its call's line, for `holder` if a worker has its document loaded.
    pub(super) fn put(&mut self, ticket: Ticket, holder: Option<usize>) {
        for line in &mut self.lines {
            line.has_company |= line.call != ticket.call;
        }
        let line = self.line_of(ticket.call);
        match holder {
            Some(worker) => line.held.entry(worker).or_default().push_back(ticket),
            None => line.free.push_back(ticket),
        }
        self.waiting += 1;
    }

    /// Puts jobs that were taken before back to the beginning of their lines.
    pub(super) fn put_back(&mut self, tickets: VecDeque<Ticket>) {
        for ticket in tickets.into_iter().rev() {
            self.line_of(ticket.call).free.push_front(ticket);
            self.waiting += 1;
        }
    }

    /// Whether there are jobs that a worker may take.
    pub(super) fn has_some(&self, worker: usize, workers: usize) -> bool {
        self.lines.iter().any(|line| self.may_take(worker, workers, line))
    }

    /// Whether a worker has jobs here that are its own.
    pub(super) fn has_own(&self, worker: usize) -> bool {
        self.lines.iter().any(|line| line.held.contains_key(&worker))
    }

    /// Whether a worker may take jobs of a call: one is left to all others, and in company half of the rest too.
    fn may_take(&self, worker: usize, workers: usize, line: &Line) -> bool {
        let at_work = self.at_work.iter();
        let others = at_work.filter(|(other, calls)| **other != worker && calls.contains(&line.call));
        let most = workers.saturating_sub(1) / if line.has_company { 2 } else { 1 };
        others.count() < most.max(1)
    }

    /// A worker has nothing loaded any more.
    pub(super) fn release(&mut self, worker: usize) {
        self.at_work.remove(&worker);
        for line in &mut self.lines {
            line.free.extend(line.held.remove(&worker).unwrap_or_default());
        }
    }

    /// All that waits.
    pub(super) fn drain(&mut self) -> Vec<Ticket> {
        self.waiting = 0;
        self.lines
            .drain(..)
            .flat_map(|line| line.free.into_iter().chain(line.held.into_values().flatten()))
            .collect()
    }

    /// The next jobs of a worker that has done those before: a fair share of what waits, a few from each
    /// line in turn; or one that travels alone. With nothing else to do it takes what another worker would
    /// do faster.
    pub(super) fn take(&mut self, worker: usize, workers: usize) -> Vec<Ticket> {
        self.at_work.remove(&worker);
        let share = self.waiting.div_ceil(workers).clamp(limits::BATCH_SHARE, limits::BATCH_JOBS);
        let mut batch = Batch { tickets: Vec::new(), bytes: 0, share };
        let barred = self.lines.iter().filter(|line| !self.may_take(worker, workers, line));
        let barred: BTreeSet<_> = barred.map(|line| line.call).collect();
        let may_take = |line: &Line| !barred.contains(&line.call);
        self.take_turns(&mut batch, |line, batch| {
            if may_take(line) { line.next(batch, |line| line.queue_of(worker)) } else { None }
        });
        if batch.tickets.is_empty() {
            batch.share = limits::BATCH_SHARE;
            self.take_turns(&mut batch, |line, batch| {
                if may_take(line) { line.next(batch, Line::queue_of_others) } else { None }
            });
        }
        if !batch.tickets.is_empty() {
            self.at_work.insert(worker, batch.tickets.iter().map(|ticket| ticket.call).collect());
        }
        batch.tickets
    }

    /// Goes from line to line until the batch is full or no line has more for it.
    fn take_turns(&mut self, batch: &mut Batch, next: impl Fn(&mut Line, &Batch) -> Option<Ticket>) {
        let mut silent = 0;
        while silent < self.lines.len() && batch.has_room() {
            let Some(mut line) = self.lines.pop_front() else { return };
            let before = batch.tickets.len();
            while batch.tickets.len() < before + limits::BATCH_SHARE && batch.has_room() {
                let Some(ticket) = next(&mut line, batch) else { break };
                self.waiting -= 1;
                // A caller that is gone needs no verdict.
                if !ticket.reply.is_closed() {
                    batch.bytes += ticket.bytes();
                    batch.tickets.push(ticket);
                }
            }
            silent = if batch.tickets.len() == before { silent + 1 } else { 0 };
            if !line.is_empty() {
                self.lines.push_back(line);
            }
        }
    }

    fn line_of(&mut self, call: u64) -> &mut Line {
        let place = match self.lines.iter().rposition(|line| line.call == call) {
            Some(place) => place,
            None => {
                let (free, held) = (VecDeque::new(), BTreeMap::new());
                self.lines.push_back(Line { call, free, held, has_company: false });
                self.lines.len() - 1
            }
        };
        &mut self.lines[place]
    }
}

/// A batch as it fills up.
struct Batch {
    tickets: Vec<Ticket>,
    bytes: usize,
    share: usize,
}

impl Batch {
    fn has_room(&self) -> bool {
        let alone = self.tickets.first().is_some_and(|ticket| ticket.alone);
        self.tickets.len() < self.share && self.bytes < limits::BATCH_BYTES && !alone
    }
}

impl Line {
    fn is_empty(&self) -> bool {
        self.free.is_empty() && self.held.is_empty()
    }

    /// The next job of a queue of this line, if it may join the batch.
    fn next(
        &mut self,
        batch: &Batch,
        queue: impl Fn(&mut Self) -> Option<&mut VecDeque<Ticket>>,
    ) -> Option<Ticket> {
        let queue = queue(self)?;
        let fits = queue.front().is_some_and(|ticket| !ticket.alone || batch.tickets.is_empty());
        let ticket = if fits { queue.pop_front() } else { None };
        self.held.retain(|_, queue| !queue.is_empty());
        ticket
    }

    /// What a worker takes from: its own jobs first.
    fn queue_of(&mut self, worker: usize) -> Option<&mut VecDeque<Ticket>> {
        if self.held.contains_key(&worker) { self.held.get_mut(&worker) } else { Some(&mut self.free) }
    }

    fn queue_of_others(&mut self) -> Option<&mut VecDeque<Ticket>> {
        self.held.values_mut().max_by_key(|queue| queue.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use document_model::{Actor, Kind};
    use tokio::sync::Semaphore;

    use super::*;

    type Verdict = oneshot::Receiver<Result<GateVerdict, GateDown>>;

    /// A job of a call; its seed is told by its stream.
    fn ticket(call: u64, seed: u8) -> (Ticket, Verdict) {
        let (reply, verdict) = oneshot::channel();
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let job = GateJob {
            kind: Kind::Customer,
            saved: None,
            stream: Actor([seed; 16]),
            vouched: Vec::new(),
            changes: Vec::new(),
        };
        let ticket =
            Ticket { call, job, name: None, alone: false, deaths: 0, refused: None, reply, _room: room };
        (ticket, verdict)
    }

    /// Puts so many jobs of a call in line.
    fn put(lines: &mut Lines, call: u64, seeds: std::ops::Range<u8>, holder: Option<usize>) -> Vec<Verdict> {
        let put = |seed| {
            let (ticket, verdict) = ticket(call, seed);
            lines.put(ticket, holder);
            verdict
        };
        seeds.map(put).collect()
    }

    fn seeds(batch: &[Ticket]) -> Vec<u8> {
        batch.iter().map(|ticket| ticket.job.stream.0[0]).collect()
    }

    #[test]
    fn a_large_call_is_shared_out_and_keeps_its_order() {
        let mut lines = Lines::default();
        let _verdicts = put(&mut lines, 1, 0..20, None);
        assert_eq!(seeds(&lines.take(0, 3)), (0..7).collect::<Vec<_>>());
        assert_eq!(seeds(&lines.take(1, 3)), (7..12).collect::<Vec<_>>());
        assert_eq!((seeds(&lines.take(0, 3)).len(), lines.waiting()), (4, 4));
        assert_eq!(seeds(&lines.take(1, 3)), (16..20).collect::<Vec<_>>());
        assert!(lines.take(0, 3).is_empty() && lines.lines.is_empty());
    }

    #[test]
    fn one_worker_is_left_to_the_others() {
        let mut lines = Lines::default();
        let _first = put(&mut lines, 1, 0..100, None);
        assert_eq!(lines.take(0, 2).len(), limits::BATCH_JOBS);
        assert!(lines.take(1, 2).is_empty() && !lines.has_some(1, 2), "a call has one of two workers");
        let _second = put(&mut lines, 2, 200..201, None);
        assert!(lines.has_some(1, 2));
        assert_eq!(seeds(&lines.take(1, 2)), [200]);
        assert_eq!(lines.take(0, 2).len(), limits::BATCH_JOBS, "it goes on");
        lines.release(0);
        assert!(lines.has_some(1, 2), "one that ended is at work on nothing");
        assert_eq!(lines.take(0, 1).len(), limits::BATCH_JOBS, "a single worker does everything");
    }

    #[test]
    fn in_company_a_call_has_half_of_the_workers() {
        let mut lines = Lines::default();
        let _first = put(&mut lines, 1, 0..200, None);
        let taken: Vec<_> = (0..3).map(|worker| lines.take(worker, 5).len()).collect();
        assert!(taken.iter().all(|count| *count > 0) && lines.has_some(3, 5), "alone it has four: {taken:?}");
        let _second = put(&mut lines, 2, 200..201, None);
        assert_eq!(seeds(&lines.take(3, 5)), [200], "the second has come: the first has no more than two");
        assert!(lines.take(0, 5).is_empty(), "it gives up one of its three");
        assert!(!lines.take(1, 5).is_empty() && !lines.take(2, 5).is_empty(), "and goes on with two");
    }

    #[test]
    fn calls_take_turns() {
        let mut lines = Lines::default();
        let _first = put(&mut lines, 1, 0..100, None);
        let _second = put(&mut lines, 2, 200..201, None);
        let batch = seeds(&lines.take(0, 2));
        assert!(batch.contains(&200) && batch.len() == limits::BATCH_JOBS, "{batch:?}");
    }

    #[test]
    fn a_worker_takes_its_own_jobs_first_and_others_when_idle() {
        let mut lines = Lines::default();
        let _others = put(&mut lines, 1, 0..6, Some(1));
        let _free = put(&mut lines, 1, 10..12, None);
        let _own = put(&mut lines, 1, 20..22, Some(0));
        assert!(lines.has_own(0));
        assert_eq!(seeds(&lines.take(0, 2)), [20, 21, 10, 11]);
        assert_eq!(seeds(&lines.take(0, 2)), [0, 1, 2, 3], "with nothing else to do");
        lines.release(1);
        assert!(!lines.has_own(1));
        assert_eq!(seeds(&lines.take(0, 2)), [4, 5]);
    }

    #[test]
    fn a_job_that_travels_alone_is_a_batch_of_its_own() {
        let mut lines = Lines::default();
        let _verdicts = put(&mut lines, 1, 0..4, None);
        let (mut lonely, _verdict) = ticket(1, 9);
        lonely.alone = true;
        lines.put_back(VecDeque::from([lonely]));
        assert_eq!(seeds(&lines.take(0, 1)), [9]);
        assert_eq!(seeds(&lines.take(0, 1)), [0, 1, 2, 3]);
    }

    #[test]
    fn a_full_batch_takes_no_more() {
        let mut lines = Lines::default();
        let mut verdicts = Vec::new();
        for seed in 0..4 {
            let (mut ticket, verdict) = ticket(1, seed);
            ticket.job.saved = Some(vec![0; limits::BATCH_BYTES / 2]);
            lines.put(ticket, None);
            verdicts.push(verdict);
        }
        assert_eq!(seeds(&lines.take(0, 1)), [0, 1]);
    }

    #[test]
    fn jobs_of_callers_that_are_gone_are_dropped() {
        let mut lines = Lines::default();
        drop(put(&mut lines, 1, 0..50, None));
        let _waiting = put(&mut lines, 1, 50..51, None);
        assert_eq!(seeds(&lines.take(0, 2)), [50]);
        assert_eq!(lines.waiting(), 0);
    }
}
