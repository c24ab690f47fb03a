//! `/api/v1/health`: how the hub is, in detail, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::admin::Admin;
use super::error::{ApiError, Cause, Problem, Refusal};
use super::shell::Shell;
use crate::app::{Check, CheckState, JobRun};
use crate::audit::AuditAction;
use crate::hub::Gate;
use crate::storage::{AuditStretch, Storage};

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/health";

/// Where background work is ordered to run at once.
pub(super) const RUN_PATH: &str = "/api/v1/health/jobs/{job}/run";

/// Milliseconds a clock may be behind what was stored: hubs on one database differ a little.
const CLOCK_SLACK_MS: i64 = 60_000;
/// Signing may be late by so many of its turns before somebody should look.
const LATE_TURNS: i64 = 3;
/// Tenths of the room for sockets that may be taken before somebody should look.
const FULL_TENTHS: usize = 9;

/// How the hub is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// The program's version.
    version: &'static str,
    /// When this process began, milliseconds since the epoch.
    started_ms: i64,
    /// The hub's clock, milliseconds since the epoch.
    now_ms: i64,
    /// The engine of its database: `sqlite`, `postgres`.
    engine: &'static str,
    /// The worst of the checks.
    state: CheckState,
    /// What was looked at.
    checks: Vec<Check>,
    /// What background work came to the last time.
    jobs: Vec<JobRun>,
    /// Open sockets.
    sockets: Sockets,
}

/// Open sockets.
#[derive(Debug, Serialize, ToSchema)]
struct Sockets {
    /// How many there are.
    open: usize,
    /// For how many there is room.
    of: usize,
}

/// How the hub is, in detail
///
/// For administrators.
#[utoipa::path(
    get,
    operation_id = "health",
    path = PATH,
    tag = "administration",
    responses((status = 200, description = "How it is.", body = Status), Problem)
)]
pub(super) async fn status<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: Admin,
) -> Result<Json<Status>, ApiError> {
    let now = shell.clock.now();
    let (open, of) = shell.sockets.in_use();
    let jobs = shell.watch.jobs.last();
    let mut checks =
        vec![shell.database().await, shell.time(now.0).await, shell.gate(), shell.figures(&jobs).await];
    checks.extend(shell.sealed_heads(&jobs, now.0));
    checks.push(room_for_sockets(open, of));
    checks.extend((shell.watch.probe)(now).await);
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        started_ms: shell.watch.started.0,
        now_ms: now.0,
        engine: shell.watch.engine,
        state: checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok),
        checks,
        jobs,
        sockets: Sockets { open, of },
    }))
}

/// Run background work at once
///
/// For administrators: where work failed, and what it lacked is there again. It runs by itself all the same.
#[utoipa::path(
    post,
    operation_id = "run_job",
    path = RUN_PATH,
    tag = "administration",
    params(("job" = String, Path, description = "The work, as health names it.")),
    responses((status = 202, description = "It is ordered; what its last run came to.", body = JobRun), Problem)
)]
pub(super) async fn run_job<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(job): Path<String>,
) -> Result<(StatusCode, Json<JobRun>), ApiError> {
    let known = shell.watch.jobs.last().into_iter().any(|run| run.job == job);
    if !known {
        let what = format!("no background work is called {job:?}, or it was never done yet");
        return Err(Refusal::absent("JOB-UNKNOWN", what, "give one that health names"));
    }
    // Noted first: what is ordered must not go unsaid.
    shell.hub.note(by.did(AuditAction::JobRun, job.as_str(), shell.clock.now())).await?;
    let last = shell.watch.jobs.order(&job).ok_or_else(ApiError::internal)?;
    Ok((StatusCode::ACCEPTED, Json(last)))
}

fn room_for_sockets(open: usize, of: usize) -> Check {
    let detail = format!("{open} of {of} sockets are open");
    if open * 10 < of * FULL_TENTHS {
        return Check::ok("sockets", detail);
    }
    let to_do = "Raise `pokes.sockets`, or add a hub: who finds no room is told to come again";
    Check::not("sockets", CheckState::Warning, detail, to_do)
}

impl<S: Storage, G: Gate> Shell<S, G> {
    /// Whether what is written now becomes durable.
    async fn database(&self) -> Check {
        match (self.ready)().await {
            Ok(()) => Check::ok("database", "what is written becomes durable"),
            Err(error) => {
                let told = Cause::of(error).in_words();
                let to_do = "Look into the hub's log; it goes on by itself when the cause is gone";
                Check::not("database", CheckState::Bad, told, to_do)
            }
        }
    }

    /// Whether the clock is behind what was stored.
    async fn time(&self, now_ms: i64) -> Check {
        let stretch = AuditStretch { before: u64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, max: 1 };
        let newest = self.hub.storage().audit(stretch).await.ok().and_then(|mut rows| rows.pop());
        match newest.map(|row| row.fact.at_ms - now_ms) {
            Some(ahead) if ahead > CLOCK_SLACK_MS => {
                let detail = format!("the clock is {} s behind what was stored", ahead / 1_000);
                let to_do = "Set the clock of this machine, and let it be kept by NTP";
                Check::not("clock", CheckState::Bad, detail, to_do)
            }
            _ => Check::ok("clock", "it goes on from what was stored"),
        }
    }

    /// Whether edits can be judged, and within what limits.
    fn gate(&self) -> Check {
        let state = self.hub.gate().state();
        if state.up {
            return Check::ok("gate", state.place.as_str());
        }
        let to_do = "Look into the hub's log: the system may refuse processes or memory";
        Check::not("gate", CheckState::Bad, "no gate worker can be started", to_do)
    }

    /// Whether the figures follow the rules, and cells the ledger. Answers are exact all the same.
    async fn figures(&self, jobs: &[JobRun]) -> Check {
        let storage = self.hub.storage();
        let versions = futures::try_join!(storage.judged(), storage.rules_version());
        let folds = jobs.iter().find(|run| run.job == "fold").is_none_or(|run| run.trouble.is_none());
        match versions {
            Ok((judged, rules)) if judged < rules => {
                let detail = "policies are being judged by newer rules";
                Check::not("figures", CheckState::Warning, detail, "Wait until it is done")
            }
            Ok(_) if folds => Check::ok("figures", "every policy is judged by the rules in force"),
            Ok(_) | Err(_) => {
                let detail = "entries wait to be added up; answers are exact, and slower by and by";
                Check::not("figures", CheckState::Warning, detail, "Look into the hub's log")
            }
        }
    }

    /// Whether the ends of the ledgers and of the audit log are signed in time. A hub without a folder signs none.
    fn sealed_heads(&self, jobs: &[JobRun], now_ms: i64) -> Option<Check> {
        self.heads.as_ref()?;
        let turn_ms = i64::try_from(self.config.background.sign_interval_s).unwrap_or(i64::MAX) * 1_000;
        let Some(run) = jobs.iter().find(|run| run.job == "sign_heads") else {
            return Some(Check::ok("sealed_heads", "they were not yet signed since the hub began"));
        };
        let age_s = (now_ms - run.last_ms) / 1_000;
        let detail = format!("the ends of the ledgers were looked at {age_s} s ago");
        if run.trouble.is_none() && now_ms - run.last_ms <= LATE_TURNS * turn_ms {
            return Some(Check::ok("sealed_heads", detail));
        }
        Some(Check::not("sealed_heads", CheckState::Warning, detail, "Look into the hub's log"))
    }
}
