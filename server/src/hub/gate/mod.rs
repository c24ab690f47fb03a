//! The gate: the only way foreign bytes enter.
//!
//! A job is bytes in, a verdict out, with nothing shared between jobs, so that it can run in another
//! process. [`judge`] decides; where it runs is a [`Gate`]'s own matter.

mod claims;
mod confine;
mod hot;
mod judge;
mod keeper;
mod limits;
mod line;
mod pool;
mod process;
mod queue;
mod wire;
mod worker;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use document_model::{Actor, ChangeHash, Document, FieldValue, Kind};
use minicbor::{Decode, Encode};
use sync_protocol::{RefusalCode, Replacement};

pub use judge::judge;
pub use pool::{GateCounts, ProcessGate, Workers};
pub use process::this_program;
pub use worker::{Allowance, work};

use judge::{Base, judge_on};

/// One document's pushed changes and the state they are for.
#[derive(Debug, Clone)]
pub struct GateJob {
    /// The document's kind.
    pub kind: Kind,
    /// The saved document; `None` for a new one.
    pub saved: Option<Vec<u8>>,
    /// The stream that pushes: the only actor new changes may have, but for what `vouched` covers.
    pub stream: Actor,
    /// Changes known to have been in history once, with all that they follow, whoever made them.
    pub vouched: Vec<ChangeHash>,
    /// The changes, parents first.
    pub changes: Vec<JobChange>,
}

/// One pushed change.
#[derive(Debug, Clone)]
pub struct JobChange {
    /// The chunk as it came.
    pub bytes: Vec<u8>,
    /// The unsent edit it was authored again for.
    pub replaces: Option<ChangeHash>,
}

/// What the gate says of a job.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum GateVerdict {
    /// These changes may enter; those from `refused` on may not.
    #[n(0)]
    Admitted(#[n(0)] Box<Admitted>),
    /// Parents are missing.
    #[n(1)]
    Need(#[n(0)] Vec<ChangeHash>),
    /// The actor has another change of the same number in history.
    #[n(2)]
    Fork,
    /// The hub's own saved document cannot be read.
    #[n(3)]
    Damaged(#[n(0)] String),
}

/// The document after the admitted changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Admitted {
    /// Saved, proved readable.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub saved: Vec<u8>,
    /// Its sorted heads.
    #[n(1)]
    pub heads: Vec<ChangeHash>,
    /// Its visible fields.
    #[n(2)]
    pub fields: BTreeMap<String, FieldValue>,
    /// Changes that were not in history, parents first.
    #[n(3)]
    pub fresh: Vec<FreshChange>,
    /// Replaced edits that are in history themselves.
    #[n(4)]
    pub already: Vec<Replacement>,
    /// The first refused change and why.
    #[n(5)]
    pub refused: Option<(u32, RefusalCode)>,
}

/// A change that was not in history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FreshChange {
    /// Its place in the job.
    #[n(0)]
    pub index: usize,
    /// Its hash.
    #[n(1)]
    pub hash: ChangeHash,
    /// Its author's stream.
    #[n(2)]
    pub actor: Actor,
    /// The unsent edit it was authored again for.
    #[n(3)]
    pub replaces: Option<ChangeHash>,
    /// When, by the author's clock, seconds since the epoch.
    #[n(4)]
    pub made_at_s: i64,
}

/// The gate can judge nothing right now. Nobody's edits are refused for that: they are to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gate cannot judge edits right now. Nothing was taken in and nothing is lost; push again")]
pub struct GateDown;

/// How a gate is, for whoever watches the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateState {
    /// Whether it can judge.
    pub up: bool,
    /// Where it judges, and what keeps that within bounds.
    pub place: GatePlace,
}

/// Where jobs are judged, and what keeps that within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatePlace {
    /// In the hub's own process.
    Here,
    /// In processes of their own.
    Workers {
        /// Whether the system limits their memory.
        memory_limited: bool,
        /// Whether the system limits their processor time.
        cpu_limited: bool,
    },
}

impl GatePlace {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Here => "in process",
            Self::Workers { memory_limited: true, cpu_limited: true } => "limited workers",
            Self::Workers { memory_limited: false, cpu_limited: true } => "workers without a memory limit",
            Self::Workers { memory_limited: true, cpu_limited: false } => "workers without a time limit",
            Self::Workers { memory_limited: false, cpu_limited: false } => "workers without limits",
        }
    }
}

/// Where jobs are judged: in this process, or in limited worker processes.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Judges each job on its own, in order; one job's fault never touches another's verdict.
    fn judge(&self, jobs: Vec<GateJob>) -> impl Future<Output = Result<Vec<GateVerdict>, GateDown>> + Send;

    /// How the gate is now.
    fn state(&self) -> GateState {
        GateState { up: true, place: GatePlace::Here }
    }
}

/// Judges on the calling task: for the simulation.
#[derive(Debug, Clone, Copy, Default)]
pub struct InlineGate;

impl Gate for InlineGate {
    async fn judge(&self, jobs: Vec<GateJob>) -> Result<Vec<GateVerdict>, GateDown> {
        Ok(jobs.iter().map(judge_safely).collect())
    }
}

/// Judges on threads for blocking work, so that the network never waits for a merge: for commands that
/// write headquarters' own documents. No limit holds for what a hostile change takes here.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadGate;

impl Gate for ThreadGate {
    async fn judge(&self, jobs: Vec<GateJob>) -> Result<Vec<GateVerdict>, GateDown> {
        let judged = tokio::task::spawn_blocking(move || jobs.iter().map(judge_safely).collect()).await;
        judged.map_err(|error| {
            tracing::error!(error.reason = %error, "the gate's thread stopped");
            GateDown
        })
    }
}

/// Judges one job; a panic inside the merge engine refuses this document and nothing else.
fn judge_safely(job: &GateJob) -> GateVerdict {
    match load_safely(job) {
        Ok(base) => judge_on_safely(&base, job).0,
        Err(verdict) => verdict,
    }
}

/// Loads what a job brings.
fn load_safely(job: &GateJob) -> Result<Base, GateVerdict> {
    catch_unwind(|| Base::of(job)).unwrap_or_else(|_| Err(unreadable()))
}

/// Judges a job on its document; gives back the document after the admitted changes too, where there
/// is one.
fn judge_on_safely(base: &Base, job: &GateJob) -> (GateVerdict, Option<Document>) {
    let attempt = catch_unwind(AssertUnwindSafe(|| judge_on(base, job)));
    attempt.unwrap_or_else(|_| (refuse_all(base, job), None))
}

/// The document as it was, every change refused.
fn refuse_all(base: &Base, job: &GateJob) -> GateVerdict {
    let unchanged = GateJob { changes: Vec::new(), ..job.clone() };
    match catch_unwind(AssertUnwindSafe(|| judge_on(base, &unchanged).0)) {
        Ok(GateVerdict::Admitted(mut admitted)) => {
            admitted.refused = Some((0, RefusalCode::Malformed));
            GateVerdict::Admitted(admitted)
        }
        Ok(verdict) => verdict,
        Err(_) => unreadable(),
    }
}

fn unreadable() -> GateVerdict {
    GateVerdict::Damaged("the saved document cannot be read".to_owned())
}
