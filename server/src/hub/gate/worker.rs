//! The worker process: `fieldbook gate-worker`. Jobs come on standard input, findings leave on standard
//! output, and nothing else is open. It ends when its input does: with the hub, however that ends.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use super::confine::{allow_cpu, confine};
use super::hot::Hot;
use super::judge::Base;
use super::wire::{Answer, Batch, Finding, Job, SavedHash, State, read, receive, send};
use super::{GateVerdict, judge_on_safely, load_safely};

/// What one worker may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Seconds of processor time for one job; the one begun counts whole.
    pub cpu_s: u64,
    /// Bytes, as estimated, of documents it keeps loaded; 0 keeps none.
    pub hot_bytes: u64,
}

/// Judges what comes on standard input until that is closed.
#[must_use]
pub fn work(allowance: Allowance) -> ExitCode {
    report_panics_by_place();
    match serve(allowance) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("the worker stops: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(allowance: Allowance) -> io::Result<()> {
    let ready = confine(allowance.memory_bytes);
    allow_cpu(allowance.cpu_s);
    let (mut input, mut output) = (io::stdin().lock(), output()?);
    send(&mut output, &ready)?;
    let worker = Worker { hot: Hot::new(allowance.hot_bytes) };
    let mut buffer = Vec::new();
    while receive(&mut input, &mut buffer)? {
        let batch: Batch<'_> = read(&buffer)?;
        for (index, job) in (0..).zip(&batch.jobs) {
            allow_cpu(allowance.cpu_s);
            let finding = worker.judge(job);
            send(&mut output, &Answer { batch: batch.number, index, finding })?;
        }
    }
    Ok(())
}

/// Standard output without a buffer: one system call, and one wake-up of the hub, for each frame.
#[cfg(unix)]
fn output() -> io::Result<impl Write> {
    use std::os::fd::AsFd;
    Ok(std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn output() -> io::Result<impl Write> {
    Ok(io::stdout())
}

/// A panic's message may quote what a person typed: the hub's log gets the place alone.
fn report_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => say(&format!("a panic was caught at {place}")),
        None => say("a panic was caught"),
    }));
}

/// A line for the hub's log. When the hub is gone there is nobody to hear it.
fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

struct Worker {
    hot: Hot,
}

impl Worker {
    fn judge(&self, job: &Job<'_>) -> Finding {
        let content = job.to_job();
        let (base, name) = match job.state {
            State::Hot(name) => match self.hot.get(name) {
                Some(base) if base.document.kind() == job.kind => (base, Some(name)),
                _ => return Finding::SendIt,
            },
            State::New | State::Saved(..) => match load_safely(&content) {
                Ok(base) => (Arc::new(base), name_of(job)),
                Err(verdict) => return Finding::Judged { verdict, hot: None },
            },
        };
        let (verdict, proved) = judge_on_safely(&base, &content);
        let hot = match (&verdict, proved) {
            _ if !job.keep => None,
            (GateVerdict::Admitted(admitted), Some(document)) if !admitted.fresh.is_empty() => {
                name.inspect(|name| self.hot.forget(*name));
                let name = SavedHash::of(&admitted.saved);
                let base = Base { document, saved_bytes: admitted.saved.len() };
                Some(self.keep(name, Arc::new(base)))
            }
            // Something panicked while it had the document: load it anew the next time.
            (GateVerdict::Admitted(_), None) => {
                name.inspect(|name| self.hot.forget(*name));
                None
            }
            _ => name.map(|name| self.keep(name, base)),
        };
        Finding::Judged { verdict, hot }
    }

    fn keep(&self, name: SavedHash, base: Arc<Base>) -> SavedHash {
        self.hot.keep(name, base);
        name
    }
}

fn name_of(job: &Job<'_>) -> Option<SavedHash> {
    match job.state {
        State::Saved(_, name) => name,
        State::New => None,
        State::Hot(name) => Some(name),
    }
}
