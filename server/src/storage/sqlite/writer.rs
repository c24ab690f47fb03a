//! The one writer: jobs wait in a queue, run together in one transaction, and are answered once it
//! is durable.
//!
//! Commits that wait one behind the other are decided and written together; every other job runs in
//! a savepoint of its own. A job that fails takes nothing with it. Whoever waits for a job may go
//! away: the job is done all the same.
//!
//! When the disk is full or fails, all of a transaction are refused and so is whoever comes later, until the
//! writer has opened the database again and a probe became durable ([`proof`] says what that takes).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use super::fault::{Fault, Outcome};
use super::proof::{self, Acknowledged};
use super::{Readers, commit};
use crate::storage::standing::Standing;
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

/// Keeps what the last job did, and makes all durable; then says how long the log is.
const LAST: &str = "RELEASE job; COMMIT; PRAGMA wal_checkpoint(NOOP)";

/// Carries the log over into the database, as far as no reader needs it and as it was when that began.
const CARRY_OVER: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Pages the log grows by before it is carried over (32 MiB). Commits touch pages all over the file, the same
/// ones again and again; carried over less often, they are written less often.
const CHECKPOINT_PAGES: i64 = 8_000;

/// The first pause after the disk failed, before the database is opened again; each later one is twice as
/// long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

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
    standing: Arc<Standing>,
}

impl Writer {
    /// Starts the writer on its connection; `options` open the next one, should this one fail. With a
    /// reason to be `halted` it says why and writes nothing until the reason is gone.
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        readers: Readers,
        halted: Option<Fault>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUED_JOBS);
        let standing = Arc::<Standing>::default();
        let mut task = Task {
            connection: Some(connection),
            file: options.get_filename().to_owned(),
            options,
            readers,
            standing: Arc::clone(&standing),
            acknowledged: Acknowledged::new(),
            doubtful: false,
            pause: FIRST_PAUSE,
            next_try: Instant::now(),
            carrying: None,
        };
        if let Some(fault) = halted {
            task.stop(&fault);
        }
        tokio::spawn(task.run(jobs));
        Self { queue, standing }
    }

    /// Says why nothing is written, if so.
    pub(super) fn writable(&self) -> Stored<()> {
        self.standing.writable()
    }

    /// Says why a write would not become durable, if so.
    pub(super) async fn ready(&self) -> Stored<()> {
        self.standing.ready(self.write(|connection| Box::pin(proof::probe(connection)))).await
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
    file: PathBuf,
    options: SqliteConnectOptions,
    readers: Readers,
    standing: Arc<Standing>,
    /// What the newest transaction with commits was acknowledged with.
    acknowledged: Acknowledged,
    /// What the disk holds is uncertain: all of the log must be written once more.
    doubtful: bool,
    /// How long to wait before the database is opened again, and until when.
    pause: Duration,
    next_try: Instant,
    /// The log on its way into the database, on a connection of its own: it takes several commits' time, and
    /// nobody's write waits for it.
    carrying: Option<JoinHandle<Outcome<()>>>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        loop {
            let taken = tokio::select! {
                taken = queue.recv_many(&mut jobs, JOBS_PER_TRANSACTION) => taken,
                carried = ended(&mut self.carrying) => {
                    self.carried(carried).await;
                    continue;
                }
                () = sleep_until(self.next_try), if self.standing.writable().is_err() => {
                    self.go_on().await;
                    continue;
                }
            };
            if taken == 0 {
                return self.leave_log().await;
            }
            let span = tracing::debug_span!("db.write", db.jobs = jobs.len());
            self.batch(jobs.drain(..).collect()).instrument(span).await;
        }
    }

    /// Runs all jobs in one transaction and answers them.
    async fn batch(&mut self, mut jobs: VecDeque<Job>) {
        if let Err(error) = self.standing.writable() {
            return jobs.into_iter().for_each(|job| job.refuse(error.clone().into()));
        }
        let mut batch = Batch::default();
        let committed = self.transaction(&mut jobs, &mut batch).await;
        match &committed {
            Ok(_) => {
                self.standing.wrote();
                if !batch.reached.is_empty() {
                    self.acknowledged = batch.reached;
                }
            }
            Err(fault) => {
                self.stop(fault);
                jobs.into_iter().for_each(|job| job.refuse(fault.clone()));
            }
        }
        let durable = committed.as_ref().map(drop).map_err(Clone::clone);
        batch.answers.into_iter().for_each(|answer| answer(durable.clone()));
        if committed.is_ok_and(|pages| pages >= CHECKPOINT_PAGES) && self.carrying.is_none() {
            self.carrying = Some(tokio::spawn(carry_over(self.options.clone())));
        }
    }

    /// Jobs that were begun leave `jobs` for `batch`. After a failure the connection is gone: the
    /// next transaction opens another. The pages of the log.
    async fn transaction(&mut self, jobs: &mut VecDeque<Job>, batch: &mut Batch) -> Outcome<i64> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        sqlx::query(FIRST).execute(&mut connection).await?;
        while let Some(job) = jobs.pop_front() {
            match job {
                Job::Commit(commit, reply) => {
                    commits(&mut connection, (commit, reply), jobs, batch).await?;
                }
                Job::Other(work) => {
                    let (fault, answer) = work.run(&mut connection).await;
                    batch.answers.push(answer);
                    if let Some(fault) = fault {
                        undo(&mut connection, &fault).await?;
                    }
                }
            }
            if !jobs.is_empty() {
                sqlx::query(NEXT).execute(&mut connection).await?;
            }
        }
        let (_, pages, _): (i64, i64, i64) = sqlx::query_as(LAST).fetch_one(&mut connection).await?;
        self.connection = Some(connection);
        Ok(pages)
    }

    /// The log as it was is carried over, or could not be. What was written since is carried over too, and the
    /// log begins anew. What was acknowledged stands in it all the same, so a failure only stops what comes.
    async fn carried(&mut self, carried: Outcome<()>) {
        if let Err(fault) = carried {
            return self.stop(&fault);
        }
        let Some(connection) = &mut self.connection else { return };
        if let Err(error) = sqlx::query(CARRY_OVER).execute(connection).await {
            self.connection = None;
            self.stop(&error.into());
        }
    }

    /// Waits until nobody is at the log.
    async fn leave_log(&mut self) {
        if self.carrying.is_some()
            && let Err(fault) = ended(&mut self.carrying).await
        {
            tracing::debug!(error = %fault.error, "the log was not carried over");
            self.doubtful |= fault.disk;
        }
    }

    /// Takes nothing more after a failure that is everybody's.
    fn stop(&mut self, fault: &Fault) {
        if !fault.stops() {
            tracing::error!(error = %fault.error, "a write transaction failed");
            return;
        }
        self.connection = None;
        self.doubtful |= fault.disk;
        self.standing.failed(&fault.error);
        self.wait();
    }

    fn wait(&mut self) {
        self.next_try = Instant::now() + self.pause;
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
    }

    /// Opens the database again. Writes are taken once a probe has become durable.
    async fn go_on(&mut self) {
        match self.open_again().await {
            Ok(connection) => {
                self.connection = Some(connection);
                self.doubtful = false;
                self.pause = FIRST_PAUSE;
                self.standing.wrote();
            }
            Err(fault) if fault.stops() => self.stop(&fault),
            Err(fault) => {
                tracing::debug!(error = %fault.error, "the database was not opened again");
                if matches!(fault.error, StorageError::Damaged(_)) {
                    self.standing.failed(&fault.error);
                }
                self.wait();
            }
        }
    }

    async fn open_again(&mut self) -> Outcome<SqliteConnection> {
        // Whatever came of it: all handles are closed first, and all of the log is written once more.
        self.leave_log().await;
        if self.doubtful {
            self.readers.while_closed(proof::renew(&self.file, &self.acknowledged)).await?;
        } else if self.standing.writable() == Err(StorageError::Full) {
            proof::find_room(&self.file).await?;
        }
        let mut connection = self.options.connect().await?;
        proof::probe(&mut connection).await?;
        Ok(connection)
    }
}

/// Carries the log over on a connection of its own.
async fn carry_over(options: SqliteConnectOptions) -> Outcome<()> {
    let mut connection = options.connect().await?;
    sqlx::query(CARRY_OVER).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Ends when the log is carried over, or never, where it is not under way.
async fn ended(carrying: &mut Option<JoinHandle<Outcome<()>>>) -> Outcome<()> {
    match carrying {
        Some(task) => {
            let carried = task.await;
            *carrying = None;
            carried.unwrap_or_else(|error| Err(Fault::failed(error.to_string())))
        }
        None => std::future::pending().await,
    }
}

/// What a transaction came to, on its way to those who asked.
#[derive(Default)]
struct Batch {
    answers: Vec<Answer>,
    /// The books it wrote and how far their feeds are then.
    reached: Acknowledged,
}

/// Applies a commit and those waiting right behind it together; should that fail, one by one.
async fn commits(
    connection: &mut SqliteConnection,
    first: (Commit, Reply<CommitOutcome>),
    jobs: &mut VecDeque<Job>,
    batch: &mut Batch,
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
    for (index, reply) in replies.into_iter().enumerate() {
        let outcome = outcome_of(index);
        if let Ok(CommitOutcome::Done { seq }) = outcome {
            batch.reached.insert(commits[index].book, seq);
        }
        batch.answers.push(answer(reply, outcome));
    }
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
    if fault.stops() || undone.is_err() { Err(fault.clone()) } else { Ok(()) }
}
