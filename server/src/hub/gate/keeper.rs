//! Keeping one worker at work: starting it, handing it jobs, and what its death means.
//!
//! A death says nothing about the other jobs of the batch: they are judged again, one at a time. The job
//! it happened on is refused when that is what it does to a fresh worker that has done nothing else, or
//! when it took more processor time than one job may; so a verdict depends neither on what else a worker
//! did nor on who else ends processes on this machine. A refused job's document is judged without its
//! changes; a stored document that ends workers by itself is damaged, and nobody is refused for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use document_model::change_actor;
use sync_protocol::RefusalCode;
use tokio::time::sleep;

use super::line::Ticket;
use super::pool::Workers;
use super::process::{Death, Process};
use super::queue::{Counts, Phase, Queue};
use super::wire::{Batch, Finding, Job, State, frame};
use super::{Admitted, FreshChange, GateJob, GateVerdict, limits};

/// Keeps one worker at work until the gate closes.
pub(super) struct Keeper {
    place: usize,
    queue: Arc<Queue>,
    workers: Arc<Workers>,
    counts: Arc<Counts>,
    process: Option<Process>,
    /// Failed starts in a row.
    failures: u32,
}

impl Keeper {
    pub(super) fn new(place: usize, queue: Arc<Queue>, workers: Arc<Workers>, counts: Arc<Counts>) -> Self {
        Self { place, queue, workers, counts, process: None, failures: 0 }
    }

    /// Works until the gate closes.
    pub(super) async fn keep(mut self) {
        while !self.queue.is_closed() {
            let up = self.up().await;
            let Some(process) = self.process.as_mut().filter(|_| up) else {
                self.rest().await;
                continue;
            };
            tokio::select! {
                batch = self.queue.next(self.place) => match batch {
                    Some(batch) => self.work_off(batch).await,
                    None => break,
                },
                death = process.ended() => self.bury(&death).await,
            }
        }
        if let Some(process) = self.process.take() {
            process.farewell().await;
        }
    }

    /// Starts the worker where there is none; false when that fails again and again.
    async fn up(&mut self) -> bool {
        while self.process.is_none() {
            match Process::start(&self.workers.program, self.workers.allowance).await {
                Ok(process) => {
                    if self.failures >= limits::START_ATTEMPTS {
                        tracing::info!(worker.pid = process.pid, "a gate worker could be started again");
                    }
                    self.failures = 0;
                    Counts::add(&self.counts.started);
                    self.queue.set_phase(self.place, Phase::Up(process.ready));
                    self.process = Some(process);
                }
                Err(error) => {
                    self.failures = self.failures.saturating_add(1);
                    tracing::error!(failures = self.failures, error.reason = %error, "a gate worker does not come up");
                    if self.failures >= limits::START_ATTEMPTS {
                        self.queue.set_phase(self.place, Phase::Down);
                        return false;
                    }
                    self.rest().await;
                }
            }
        }
        true
    }

    /// Waits before the next start: longer after each failure, within bounds.
    async fn rest(&self) {
        let doublings = self.failures.saturating_sub(1).min(16);
        let wait: Duration = limits::BACK_OFF_FIRST.saturating_mul(1 << doublings);
        tokio::select! {
            () = sleep(wait.min(limits::BACK_OFF_LONGEST)) => {}
            () = self.queue.closed() => {}
        }
    }

    /// Sees to it that each job of a batch gets its verdict, whatever dies on the way.
    async fn work_off(&mut self, batch: VecDeque<Ticket>) {
        let mut waiting = batch;
        while !waiting.is_empty() {
            if !self.up().await {
                self.queue.put_back(waiting);
                return;
            }
            let mut round = std::mem::take(&mut waiting);
            let Err(death) = self.round(&mut round, &mut waiting).await else { continue };
            let fresh = self.process.as_ref().is_none_or(|process| process.answered == 0);
            self.bury(&death).await;
            // The suspect is next on the fresh worker; all others go to whoever is free first.
            let suspect = round.pop_front();
            round.append(&mut waiting);
            round.iter_mut().for_each(|ticket| ticket.alone = true);
            self.queue.put_back(round);
            waiting.extend(suspect.and_then(|suspect| self.accuse(suspect, &death, fresh)));
        }
    }

    /// One round trip. Answered jobs leave `round`; those to be sent with their document go to `again`.
    /// If the worker died, it died on the first that is left.
    async fn round(
        &mut self,
        round: &mut VecDeque<Ticket>,
        again: &mut VecDeque<Ticket>,
    ) -> Result<(), Death> {
        let Some(process) = &mut self.process else { return Ok(()) };
        process.batch = process.batch.wrapping_add(1);
        let number = process.batch;
        let keep = self.workers.allowance.hot_bytes > 0;
        let hot: Vec<_> = round.iter().map(|ticket| self.queue.holds(self.place, ticket)).collect();
        hot.iter().filter(|hot| **hot).for_each(|_| Counts::add(&self.counts.hot));
        let jobs = round.iter().zip(&hot).map(|(ticket, hot)| job_of(ticket, *hot, keep)).collect();
        let frame = frame(&Batch { number, jobs }).map_err(|error| Death::Nonsense(error.to_string()))?;
        process.send(&frame, self.workers.deadline).await?;
        for (index, hot) in (0..).zip(hot) {
            let Some(ticket) = round.front() else { break };
            let answer = process.answer(self.workers.deadline).await?;
            if (answer.batch, answer.index) != (number, index) {
                return Err(Death::Nonsense("an answer out of turn".to_owned()));
            }
            match answer.finding {
                Finding::SendIt if !hot => {
                    return Err(Death::Nonsense("it asks for what it was sent".to_owned()));
                }
                Finding::SendIt => {
                    Counts::add(&self.counts.sent_again);
                    self.queue.note(self.place, ticket.name, None);
                    again.extend(round.pop_front());
                }
                Finding::Judged { verdict, hot } => {
                    check(ticket, &verdict).map_err(|what| Death::Nonsense(what.to_owned()))?;
                    self.queue.note(self.place, ticket.name, hot);
                    if let Some(ticket) = round.pop_front() {
                        deliver(ticket, verdict, &self.counts);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes leave of a worker.
    async fn bury(&mut self, death: &Death) {
        self.queue.set_phase(self.place, Phase::Starting);
        let Some(process) = self.process.take() else { return };
        Counts::add(&self.counts.died);
        let (pid, answered) = (process.pid, process.answered);
        tracing::warn!(worker.pid = pid, worker.answered = answered, worker.death = %death, "a gate worker ended and is replaced");
        process.end().await;
    }

    /// Decides on the job a worker died on: it comes again, without its changes if they are to blame;
    /// `None` when its document itself cannot be judged, which is then answered.
    fn accuse(&self, mut ticket: Ticket, death: &Death, fresh: bool) -> Option<Ticket> {
        if !convicts(death, fresh, ticket.deaths) {
            ticket.deaths += 1;
            return Some(ticket);
        }
        let (changes, kind) = (ticket.job.changes.len(), ticket.job.kind);
        if ticket.refused.is_none() {
            Counts::add(&self.counts.convicted);
            tracing::warn!(document.kind = ?kind, changes, worker.death = %death, "changes that end a worker are refused");
            return Some(ticket.without_changes(RefusalCode::Malformed));
        }
        tracing::error!(document.kind = ?kind, worker.death = %death, "a stored document ends workers");
        let damaged = format!("the saved document cannot be read: a worker died of it ({death})");
        deliver(ticket, GateVerdict::Damaged(damaged), &self.counts);
        None
    }
}

/// Tells the caller; where changes were taken out, that they are refused.
fn deliver(ticket: Ticket, mut verdict: GateVerdict, counts: &Counts) {
    if let (GateVerdict::Admitted(admitted), Some(code)) = (&mut verdict, ticket.refused) {
        admitted.refused = Some((0, code));
    }
    Counts::add(&counts.judged);
    ticket.answer(verdict);
}

/// Whether a death is the job's own doing. Memory depends on what else a worker had done, so it counts on
/// a fresh one alone; a clock on the wall goes on while a machine is paused.
fn convicts(death: &Death, fresh: bool, deaths: u8) -> bool {
    match death {
        Death::Fault(_) => true,
        Death::GaveUp(_) | Death::Nonsense(_) => fresh || deaths >= limits::OUTSIDE_DEATHS,
        Death::Deadline => deaths >= limits::DEADLINES_MISSED,
        Death::Outside(_) => deaths >= limits::OUTSIDE_DEATHS,
    }
}

/// The job as it travels: with the document's name alone where this worker has it loaded.
fn job_of<'t>(ticket: &'t Ticket, hot: bool, keep: bool) -> Job<'t> {
    let state = match (&ticket.job.saved, ticket.name) {
        (None, _) => State::New,
        (Some(_), Some(name)) if hot => State::Hot(name),
        (Some(saved), name) => State::Saved(saved.as_slice().into(), name),
    };
    Job::of(&ticket.job, state, keep)
}

/// Whether a verdict can be one of this job: places beyond it would be looked up later.
fn check(ticket: &Ticket, verdict: &GateVerdict) -> Result<(), &'static str> {
    let GateVerdict::Admitted(admitted) = verdict else { return Ok(()) };
    let Admitted { fresh, refused, .. } = &**admitted;
    let GateJob { stream, vouched, changes: pushed, .. } = &ticket.job;
    let changes = pushed.len();
    let pushed_as = |change: &FreshChange| {
        let own = change.actor == *stream;
        let known_once =
            || !vouched.is_empty() && change_actor(&pushed[change.index].bytes) == Some(change.actor);
        change.index < changes && (own || known_once())
    };
    if !fresh.iter().all(pushed_as) {
        return Err("it admits a change that was not pushed");
    }
    if refused.is_some_and(|(from, _)| from as usize >= changes) {
        return Err("it refuses a change that was not pushed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_death_that_is_the_jobs_own_doing_convicts() {
        let memory = Death::GaveUp("memory".to_owned());
        let kill = Death::Outside("SIGKILL".to_owned());
        assert!(convicts(&Death::Fault("time"), false, 0));
        assert!(convicts(&memory, true, 0) && !convicts(&memory, false, 0) && convicts(&memory, false, 2));
        assert!(!convicts(&Death::Deadline, true, 0) && convicts(&Death::Deadline, true, 1));
        assert!(!convicts(&kill, true, 0) && !convicts(&kill, true, 1));
        assert!(convicts(&kill, false, 2), "it ends some day");
    }
}
