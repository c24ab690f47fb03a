//! How the hub is, for whoever runs it: what background work came to, and what only the data folder tells.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use document_model::Moment;
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Clock;
use super::folder::DataFolder;
use crate::storage::{Engine, SealedEngine};

/// Characters of what is told of a failure.
const TROUBLE_CHARACTERS: usize = 200;
/// Bytes that a disk should have room for: less is a warning.
const ROOM_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Less than this and the hub stops taking edits before long.
const LEAST_BYTES: u64 = 256 * 1024 * 1024;
/// A backup that is older than this is a warning.
const BACKUP_MS: i64 = 2 * 86_400_000;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Somebody should look at it.
    Warning,
    /// Something does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// What: `database`, `disk`, `clock`, `gate`, `master_key`, `figures`, `sealed_heads`, `backup`, `sockets`.
    pub check: &'static str,
    /// How it is.
    pub state: CheckState,
    /// That in words.
    pub detail: String,
    /// What to do, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_do: Option<String>,
}

impl Check {
    /// It is as it should be.
    #[must_use]
    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, state: CheckState::Ok, detail: detail.into(), to_do: None }
    }

    /// It is not.
    #[must_use]
    pub fn not(
        check: &'static str,
        state: CheckState,
        detail: impl Into<String>,
        to_do: impl Into<String>,
    ) -> Self {
        Self { check, state, detail: detail.into(), to_do: Some(to_do.into()) }
    }
}

/// What came of one kind of background work the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobRun {
    /// Which: `fold`, `judge`, `sign_heads`...
    pub job: &'static str,
    /// When it ended, milliseconds since the epoch.
    pub last_ms: i64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// `done` or `failed`.
    pub outcome: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What background work came to. Clones share it.
#[derive(Clone)]
pub struct Jobs {
    clock: Clock,
    runs: Arc<Mutex<BTreeMap<&'static str, JobRun>>>,
    bells: Arc<Mutex<BTreeMap<&'static str, Arc<Notify>>>>,
}

impl Jobs {
    /// Nothing has run yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, runs: Arc::default(), bells: Arc::default() }
    }

    /// Does work and remembers what it came to. Work that is cut off leaves no trace.
    pub async fn run<T, E: Display>(
        &self,
        job: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let begun = Instant::now();
        let done = work.await;
        let trouble = done.as_ref().err();
        let trouble = trouble.map(|why| why.to_string().chars().take(TROUBLE_CHARACTERS).collect());
        let run = JobRun {
            job,
            last_ms: self.clock.now().0,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome: if trouble.is_none() { "done" } else { "failed" },
            trouble,
        };
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(job, run);
        done
    }

    /// Orders work to be done at once; its last run until then. `None`: no such work was ever done here.
    #[must_use]
    pub fn order(&self, job: &str) -> Option<JobRun> {
        let known = self.last().into_iter().find(|run| run.job == job)?;
        self.bell(known.job).notify_one();
        Some(known)
    }

    /// Ends when work was ordered to be done at once. An order that comes while it is done holds for the next turn.
    pub(super) async fn ordered(&self, job: &'static str) {
        self.bell(job).notified().await;
    }

    fn bell(&self, job: &'static str) -> Arc<Notify> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(job).or_default().clone()
    }

    /// The clock that runs are told by.
    #[must_use]
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The last run of each, by name.
    #[must_use]
    pub fn last(&self) -> Vec<JobRun> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Looks at what only the data folder and the engine tell.
pub type Probe = Arc<dyn Fn(Moment) -> BoxFuture<'static, Vec<Check>> + Send + Sync>;

/// What is watched of a hub. Clones share it.
#[derive(Clone)]
pub struct Watch {
    /// The engine of its database.
    pub engine: &'static str,
    /// When this process began.
    pub started: Moment,
    /// What background work came to.
    pub jobs: Jobs,
    /// What only the data folder and the engine tell.
    pub probe: Probe,
}

impl Watch {
    /// That of a hub in memory.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        let probe: Probe = Arc::new(|_| Box::pin(async { Vec::new() }));
        Self { engine: "memory", started: clock.now(), jobs: Jobs::new(clock.clone()), probe }
    }

    /// That of a hub of a data folder.
    pub(super) fn of(folder: &DataFolder, storage: &SealedEngine, clock: &Clock) -> Self {
        let engine = match storage.inner() {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        };
        let (folder, storage) = (folder.clone(), storage.clone());
        let probe: Probe = Arc::new(move |now| {
            let (folder, storage) = (folder.clone(), storage.clone());
            Box::pin(async move {
                let key = master_key(&storage).await;
                let looking = tokio::task::spawn_blocking(move || [disk(&folder), backup(&folder, now)]);
                let looked = looking.await.into_iter().flatten().flatten();
                looked.chain([key]).collect()
            })
        });
        Self { engine, probe, ..Self::new(clock) }
    }
}

/// Whether the disk of the data folder has room.
fn disk(folder: &DataFolder) -> Option<Check> {
    let free = free_bytes(folder)?;
    let detail = format!("{} MiB are free", free / 1024 / 1024);
    let to_do = "Make room on the disk of the data folder, or move it to a larger one";
    Some(match free {
        ROOM_BYTES.. => Check::ok("disk", detail),
        LEAST_BYTES.. => Check::not("disk", CheckState::Warning, detail, to_do),
        _ => Check::not("disk", CheckState::Bad, detail, to_do),
    })
}

#[cfg(unix)]
fn free_bytes(folder: &DataFolder) -> Option<u64> {
    let found = rustix::fs::statvfs(folder.path()).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &DataFolder) -> Option<u64> {
    None
}

/// How old the last backup is that was made of this folder's hub.
fn backup(folder: &DataFolder, now: Moment) -> Option<Check> {
    let to_do = "Run `fieldbook backup`, every day";
    Some(match folder.last_backup() {
        None => Check::not("backup", CheckState::Warning, "no backup was made from this folder", to_do),
        Some(made) => {
            let hours = (now.0 - made.0).max(0) / HOUR_MS;
            let detail = format!("the last backup was made {hours} hours ago");
            match now.0 - made.0 {
                ..=BACKUP_MS => Check::ok("backup", detail),
                _ => Check::not("backup", CheckState::Warning, detail, to_do),
            }
        }
    })
}

/// Whether all keys are under the master key in use.
async fn master_key(storage: &SealedEngine) -> Check {
    let rotate = "Run `fieldbook key rotate`";
    match storage.in_use().await {
        Ok((wrapping, current)) if wrapping.iter().all(|key| *key == current) => {
            Check::ok("master_key", format!("master key {current} is in use"))
        }
        Ok((_, current)) => {
            let detail = format!("master key {current} is in use; documents are still under an older one");
            Check::not("master_key", CheckState::Warning, detail, rotate)
        }
        Err(_) => {
            let detail = "the master keys cannot be read, or the one in use is not among them";
            let to_do = "Put the file secrets/master.key back that the database was sealed with";
            Check::not("master_key", CheckState::Bad, detail, to_do)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::fresh;
    use super::super::tests::NOW;
    use super::*;

    #[tokio::test]
    async fn jobs_remember_what_came_of_them() {
        let jobs = Jobs::new(Clock::of(|| NOW));
        assert_eq!(jobs.run("fold", async { Ok::<_, String>(7) }).await, Ok(7));
        assert_eq!(
            jobs.run("judge", async { Err::<(), _>("x".repeat(1_000)) }).await.unwrap_err().len(),
            1_000
        );
        let told: Vec<_> = jobs.last().into_iter().map(|run| (run.job, run.last_ms, run.outcome)).collect();
        assert_eq!(told, [("fold", NOW.0, "done"), ("judge", NOW.0, "failed")]);
        assert_eq!(jobs.last()[1].trouble.as_ref().unwrap().len(), TROUBLE_CHARACTERS);
        assert_eq!(jobs.run("judge", async { Ok::<_, String>(()) }).await, Ok(()));
        assert_eq!((jobs.last()[1].outcome, &jobs.last()[1].trouble), ("done", &None));
    }

    #[tokio::test]
    async fn work_that_was_done_before_is_ordered_by_its_name() {
        let jobs = Jobs::new(Clock::of(|| NOW));
        assert_eq!(jobs.order("judge"), None, "it was never done");
        assert!(jobs.run("judge", async { Err::<(), _>("x") }).await.is_err());
        assert_eq!(jobs.order("judge").map(|run| run.outcome), Some("failed"));
        jobs.ordered("judge").await;
        let idle = futures::FutureExt::now_or_never(jobs.ordered("judge"));
        assert_eq!(idle, None, "once for each order");
        assert!(jobs.run("fold", async { Ok::<_, String>(()) }).await.is_ok());
        assert!(jobs.order("fold").is_some() && jobs.order("nothing").is_none());
        assert_eq!(
            futures::FutureExt::now_or_never(jobs.ordered("judge")),
            None,
            "each has a bell of its own"
        );
    }

    #[test]
    fn a_backup_is_missing_fresh_or_old() {
        let (_kept, folder) = fresh();
        let state = |now: i64| backup(&folder, Moment(now)).unwrap().state;
        assert_eq!(state(NOW.0), CheckState::Warning);
        folder.note_backup(NOW).unwrap();
        assert_eq!(folder.last_backup(), Some(NOW));
        assert_eq!(
            (state(NOW.0 + BACKUP_MS), state(NOW.0 + BACKUP_MS + 1)),
            (CheckState::Ok, CheckState::Warning)
        );
        assert!(disk(&folder).is_some_and(|check| check.detail.ends_with("MiB are free")));
    }
}
