//! The one writer: jobs wait in a queue, run together in one transaction, and are answered once it
//! is durable.
//!
//! A job runs in a savepoint of its own, so that one that fails takes nothing with it. Whoever waits
//! for a job may go away: the job is done all the same.

use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::fault::{Fault, Outcome};
use crate::storage::{StorageError, Stored};

/// Jobs that wait at most; whoever comes later waits for a place.
const QUEUED_JOBS: usize = 512;

/// Jobs of one transaction at most.
const JOBS_PER_TRANSACTION: usize = 256;

/// Answers a job's caller once the fate of the transaction is known.
type Answer = Box<dyn FnOnce(Outcome<()>) + Send>;

/// A job that ran: its own failure, if it failed, and its answer.
type Ran = (Option<Fault>, Answer);

/// One write waiting for its turn.
trait Job: Send {
    fn run<'c>(self: Box<Self>, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Ran>;

    /// Answers without running.
    fn refuse(self: Box<Self>, fault: Fault);
}

struct Write<T, F> {
    work: F,
    reply: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
{
    fn run<'c>(self: Box<Self>, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Ran> {
        let Self { work, reply } = *self;
        Box::pin(async move {
            let done = work(connection).await;
            let fault = done.as_ref().err().cloned();
            // Nobody may be waiting any more; the write stands all the same.
            let answer = move |committed: Outcome<()>| _ = reply.send(committed.and(done));
            (fault, Box::new(answer) as Answer)
        })
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        _ = self.reply.send(Err(fault));
    }
}

/// The way to the writer. Clones lead to the same one; it ends with the last of them.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    halt: Arc<OnceLock<StorageError>>,
}

impl Writer {
    /// Starts the writer on its connection; `options` open the next one, should this one fail.
    pub(super) fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUED_JOBS);
        let halt = Arc::default();
        let task = Task { connection: Some(connection), options, halt: Arc::clone(&halt) };
        tokio::spawn(task.run(jobs));
        Self { queue, halt }
    }

    /// Says why nothing is written any more, if so.
    pub(super) fn writable(&self) -> Stored<()> {
        self.halt.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Has `work` done inside a transaction; answers once it is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Stored<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Outcome<T>> + Send + 'static,
    {
        let ended = || StorageError::Failed("the writer has ended".to_owned());
        self.writable()?;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Box::new(Write { work, reply })).await.map_err(|_| ended())?;
        Ok(answer.await.map_err(|_| ended())??)
    }
}

struct Task {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    halt: Arc<OnceLock<StorageError>>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::new();
        while queue.recv_many(&mut jobs, JOBS_PER_TRANSACTION).await > 0 {
            let span = tracing::debug_span!("db.write", db.jobs = jobs.len());
            self.batch(&mut jobs).instrument(span).await;
        }
    }

    /// Runs all jobs in one transaction and answers them.
    async fn batch(&mut self, jobs: &mut Vec<Box<dyn Job>>) {
        let mut answers = Vec::with_capacity(jobs.len());
        let committed = self.transaction(jobs, &mut answers).await;
        if let Err(fault) = &committed {
            tracing::error!(error = %fault.error, "a write transaction failed");
            self.connection = None;
            self.note(fault);
            jobs.drain(..).for_each(|job| job.refuse(fault.clone()));
        }
        answers.into_iter().for_each(|answer| answer(committed.clone()));
    }

    async fn transaction(&mut self, jobs: &mut Vec<Box<dyn Job>>, answers: &mut Vec<Answer>) -> Outcome<()> {
        if let Some(error) = self.halt.get() {
            return Err(Fault { error: error.clone(), disk: false });
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        sqlx::query("BEGIN IMMEDIATE; SAVEPOINT job").execute(&mut connection).await?;
        // From the back: a job that was not begun stays in the list.
        jobs.reverse();
        while let Some(job) = jobs.pop() {
            let (fault, answer) = job.run(&mut connection).await;
            answers.push(answer);
            if let Some(fault) = fault {
                undo(&mut connection, fault).await?;
            }
            let after = if jobs.is_empty() { "RELEASE job; COMMIT" } else { "RELEASE job; SAVEPOINT job" };
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

/// Undoes what a failed job did. A failure that took the whole transaction along is everybody's.
async fn undo(connection: &mut SqliteConnection, fault: Fault) -> Outcome<()> {
    let undone = sqlx::query("ROLLBACK TO job").execute(connection).await;
    if fault.disk || undone.is_err() { Err(fault) } else { Ok(()) }
}
