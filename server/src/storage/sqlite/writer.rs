//! The one writer: jobs wait in a queue, run together in one transaction, and are answered once it
//! is durable.
//!
//! Commits that wait one behind the other are decided and written together; every other job runs in
//! a savepoint of its own. A job that fails takes nothing with it. Whoever waits for a job may go
//! away: the job is done all the same.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::commit;
use super::fault::{Fault, Outcome};
use crate::storage::{Commit, CommitOutcome, StorageError, Stored};

/// Jobs that wait at most; whoever comes later waits for a place.
const QUEUED_JOBS: usize = 512;

/// Jobs of one transaction at most.
const JOBS_PER_TRANSACTION: usize = 256;

/// Documents after which no more commits are added to those written together: all are in memory
/// twice while they are written.
const DOCUMENTS_TOGETHER: usize = 1_000;

/// Begins a transaction and its first job.
const FIRST: &str = "BEGIN IMMEDIATE; SAVEPOINT job";

/// Keeps what a job did, and begins the next.
const NEXT: &str = "RELEASE job; SAVEPOINT job";

/// Keeps what the last job did, and makes all durable.
const LAST: &str = "RELEASE job; COMMIT";

/// Answers a job's caller once the fate of the transaction is known.
type Answer = Box<dyn FnOnce(Outcome<()>) + Send>;

/// The way back to a job's caller.
type Reply<T> = oneshot::Sender<Outcome<T>>;

/// A caller's answer, given what the job came to. Nobody may be waiting any more; the write stands
/// all the same.
fn answer<T: Send + 'static>(reply: Reply<T>, done: Outcome<T>) -> Answer {
    Box::new(|committed| _ = reply.send(committed.and(done)))
}

/// One write waiting for its turn.
enum Job {
    Commit(Commit, Reply<CommitOutcome>),
    Other(Box<dyn Work>),
}

/// A job of any result.
trait Work: Send {
    /// Runs; its own failure, if it failed, and its answer.
    fn run<'c>(
        self: Box<Self>,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, (Option<Fault>, Answer)>;

    /// Answers without running.
    fn refuse(self: Box<Self>, fault: Fault);
}

struct Write<T, F> {
    work: F,
    reply: Reply<T>,
}

impl<T, F> Work for Write<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
{
    fn run<'c>(
        self: Box<Self>,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, (Option<Fault>, Answer)> {
        let Self { work, reply } = *self;
        Box::pin(async move {
            let done = work(connection).await;
            (done.as_ref().err().cloned(), answer(reply, done))
        })
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        _ = self.reply.send(Err(fault));
    }
}

impl Job {
    fn refuse(self, fault: Fault) {
        match self {
            Self::Commit(_, reply) => _ = reply.send(Err(fault)),
            Self::Other(work) => work.refuse(fault),
        }
    }
}

/// The way to the writer. Clones lead to the same one; it ends with the last of them.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    halt: Arc<OnceLock<StorageError>>,
}

impl Writer {
    /// Starts the writer on its connection; `options` open the next one, should this one fail. With a
    /// reason to be `halted` it writes nothing and says why.
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        halted: Option<StorageError>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUED_JOBS);
        let halt = Arc::new(halted.map_or_else(OnceLock::new, OnceLock::from));
        let task = Task { connection: Some(connection), options, halt: Arc::clone(&halt) };
        tokio::spawn(task.run(jobs));
        Self { queue, halt }
    }

    /// Says why nothing is written any more, if so.
    pub(super) fn writable(&self) -> Stored<()> {
        self.halt.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Has a commit applied; answers once it is durable.
    pub(super) async fn commit(&self, commit: Commit) -> Stored<CommitOutcome> {
        self.ask(|reply| Job::Commit(commit, reply)).await
    }

    /// Has `work` done inside a transaction; answers once it is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Stored<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
    {
        self.ask(|reply| Job::Other(Box::new(Write { work, reply }))).await
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Stored<T> {
        let ended = || StorageError::Failed("the writer has ended".to_owned());
        self.writable()?;
        let (reply, answer) = oneshot::channel();
        self.queue.send(job(reply)).await.map_err(|_| ended())?;
        Ok(answer.await.map_err(|_| ended())??)
    }
}

struct Task {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    halt: Arc<OnceLock<StorageError>>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        while queue.recv_many(&mut jobs, JOBS_PER_TRANSACTION).await > 0 {
            let span = tracing::debug_span!("db.write", db.jobs = jobs.len());
            self.batch(jobs.drain(..).collect()).instrument(span).await;
        }
    }

    /// Runs all jobs in one transaction and answers them.
    async fn batch(&mut self, mut jobs: VecDeque<Job>) {
        let mut answers = Vec::with_capacity(jobs.len());
        let committed = self.transaction(&mut jobs, &mut answers).await;
        if let Err(fault) = &committed {
            tracing::error!(error = %fault.error, "a write transaction failed");
            self.note(fault);
            jobs.into_iter().for_each(|job| job.refuse(fault.clone()));
        }
        answers.into_iter().for_each(|answer| answer(committed.clone()));
    }

    /// Jobs that were begun leave `jobs` for `answers`. After a failure the connection is gone: the
    /// next transaction opens another.
    async fn transaction(&mut self, jobs: &mut VecDeque<Job>, answers: &mut Vec<Answer>) -> Outcome<()> {
        if let Some(error) = self.halt.get() {
            return Err(Fault { error: error.clone(), disk: false });
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        sqlx::query(FIRST).execute(&mut connection).await?;
        while let Some(job) = jobs.pop_front() {
            match job {
                Job::Commit(commit, reply) => {
                    commits(&mut connection, (commit, reply), jobs, answers).await?
                }
                Job::Other(work) => {
                    let (fault, answer) = work.run(&mut connection).await;
                    answers.push(answer);
                    if let Some(fault) = fault {
                        undo(&mut connection, &fault).await?;
                    }
                }
            }
            let after = if jobs.is_empty() { LAST } else { NEXT };
            sqlx::query(after).execute(&mut connection).await?;
        }
        self.connection = Some(connection);
        Ok(())
    }

    /// Stops all writing after a failure of the disk: what it holds is uncertain.
    fn note(&self, fault: &Fault) {
        if fault.disk && self.halt.set(fault.error.clone()).is_ok() {
            tracing::error!("the disk failed: nothing is written until the storage is opened again");
        }
    }
}

/// Applies a commit and those waiting right behind it together; should that fail, one by one.
async fn commits(
    connection: &mut SqliteConnection,
    first: (Commit, Reply<CommitOutcome>),
    jobs: &mut VecDeque<Job>,
    answers: &mut Vec<Answer>,
) -> Outcome<()> {
    let mut documents = first.0.documents.len();
    let (mut commits, mut replies) = (vec![first.0], vec![first.1]);
    while documents < DOCUMENTS_TOGETHER {
        let Some(Job::Commit(commit, reply)) = jobs.pop_front_if(|job| matches!(job, Job::Commit(..))) else {
            break;
        };
        documents += commit.documents.len();
        commits.push(commit);
        replies.push(reply);
    }
    let decided = decide(connection, &commits).await;
    let outcome_of =
        |index: usize| decided.as_ref().map_or_else(|fault| Err(fault.clone()), |all| all[index].clone());
    let outcomes = (0..commits.len()).map(outcome_of);
    answers.extend(replies.into_iter().zip(outcomes).map(|(reply, outcome)| answer(reply, outcome)));
    decided.map(drop)
}

/// What commits applied together come to; should that fail, one by one. Fails with the transaction.
async fn decide(
    connection: &mut SqliteConnection,
    commits: &[Commit],
) -> Outcome<Vec<Outcome<CommitOutcome>>> {
    let fault = match commit::apply(connection, commits).await {
        Ok(outcomes) => return Ok(outcomes),
        Err(fault) => fault,
    };
    undo(connection, &fault).await?;
    if commits.len() == 1 {
        return Ok(vec![Err(fault)]);
    }
    let mut outcomes = Vec::with_capacity(commits.len());
    for one in commits.chunks(1) {
        match commit::apply(connection, one).await {
            Ok(outcome) => outcomes.extend(outcome),
            Err(fault) => {
                undo(connection, &fault).await?;
                outcomes.push(Err(fault));
            }
        }
        sqlx::query(NEXT).execute(&mut *connection).await?;
    }
    Ok(outcomes)
}

/// Undoes what a failed job did. A failure that took the whole transaction along is everybody's.
async fn undo(connection: &mut SqliteConnection, fault: &Fault) -> Outcome<()> {
    let undone = sqlx::query("ROLLBACK TO job").execute(connection).await;
    if fault.disk || undone.is_err() { Err(fault.clone()) } else { Ok(()) }
}
