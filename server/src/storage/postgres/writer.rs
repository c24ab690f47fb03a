//! Transactions: how they begin, end, are done again, and who waits for whom.
//!
//! Commits wait in one lane per book. What waits in a lane is decided and written together, in one
//! transaction; lanes run side by side, each on a connection of its own. Whoever waits for a write may
//! go away: it is done all the same.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use document_model::BookId;
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use tracing::Instrument;

use super::fault::{Fault, Kind, Outcome};
use super::{commit, proof};
use crate::storage::standing::Standing;
use crate::storage::{Commit, CommitOutcome, StorageError, Stored};

/// Connections for writing, and so transactions that write at the same time.
pub(super) const WRITERS: u32 = 8;

/// Writes that wait at most; whoever comes later waits for a place.
const QUEUED_WRITES: usize = 512;

/// Documents after which no more commits are added to those written together: all are in memory
/// several times while they are written.
const DOCUMENTS_TOGETHER: usize = 1_000;

/// Times a transaction is begun at most when others come in between, or a connection is lost. More than
/// there are connections: when the server was restarted, each of them may turn out to be dead.
pub(super) const ATTEMPTS: u32 = WRITERS + 4;

/// How long all statements of a transaction may take, and then its COMMIT, before the connection is
/// given up. Longer than the database's own limit for one statement, which says more.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same of one that goes over everything there is.
const LONG_PATIENCE: Duration = Duration::from_secs(3_600);

/// How long a connection is waited for while the database is known to be in trouble.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// A transaction that took longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(1);

/// How a transaction begins, with what it must hold before it reads.
///
/// The rules' lock is what keeps a commit and a change of the rules from crossing: a commit holds it
/// shared until it is visible, so that whoever changed the rules and then judges all documents again
/// sees every document that was judged by the old ones. It is a lock of its own and no lock on the row:
/// it writes nothing, and commits of different books share it without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// Several reads of one snapshot.
    Snapshot,
    /// Writes that no rule judges.
    Write,
    /// Writes judged by the rules as they are.
    Judged,
    /// Writes that change the rules.
    NewRules,
    /// Writes that no rule judges, over everything there is: they take as long as they take.
    Whole,
}

impl Begin {
    const fn sql(self) -> &'static str {
        match self {
            Self::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Judged => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock_shared(17986, 2)"
            }
            Self::NewRules => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(17986, 2)"
            }
            Self::Whole => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0",
        }
    }

    const fn patience(self) -> Duration {
        match self {
            Self::Whole => LONG_PATIENCE,
            Self::Snapshot | Self::Write | Self::Judged | Self::NewRules => PATIENCE,
        }
    }
}

/// What is done in a transaction, given what it works on. It may be done several times.
pub(super) type Work<A, T> = for<'c> fn(&'c mut PgConnection, &'c A) -> BoxFuture<'c, Outcome<T>>;

/// A pool's connection, possibly inside a transaction. sqlx 0.9 does not know that it is inside one when
/// its own `begin` was cut off; so a connection whose transaction was not seen to end is closed, never
/// given back.
struct Session {
    connection: PoolConnection<Postgres>,
    open: bool,
}

impl Session {
    async fn acquire(pool: &PgPool) -> Outcome<Self> {
        Ok(Self { connection: pool.acquire().await?, open: false })
    }

    async fn begin(&mut self, begin: Begin) -> Outcome<()> {
        self.open = true;
        sqlx::raw_sql(begin.sql()).execute(&mut *self.connection).await?;
        Ok(())
    }

    async fn end(&mut self, how: &'static str) -> Outcome<()> {
        sqlx::raw_sql(how).execute(&mut *self.connection).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}

/// Runs `work` in a transaction, and all of it again when another transaction came in between or the
/// connection was lost before anything was stored. `name` is the transaction's name in the log.
///
/// The future may be dropped: nothing is stored then, unless the COMMIT was under way.
pub(super) async fn run_tx<A, T>(
    pool: &PgPool,
    name: &'static str,
    begin: Begin,
    given: &A,
    work: Work<A, T>,
) -> Outcome<T> {
    let span = tracing::debug_span!("db.transaction", db.name = name, db.attempts = 0, db.ms = 0);
    let started = Instant::now();
    let mut attempts = 0;
    let done = loop {
        attempts += 1;
        match attempt(pool, begin, given, work).instrument(span.clone()).await {
            Err(fault) if fault.again() && attempts < ATTEMPTS => {
                tracing::debug!(parent: &span, db.attempt = attempts, error = %fault.error, "done again");
            }
            done => break done,
        }
    };
    let took = started.elapsed();
    span.record("db.attempts", attempts).record("db.ms", took.as_millis());
    if took > SLOW || attempts > 1 {
        tracing::info!(
            db.name = name,
            db.attempts = attempts,
            db.ms = took.as_millis(),
            "a slow transaction"
        );
    }
    done
}

async fn attempt<A, T>(pool: &PgPool, begin: Begin, given: &A, work: Work<A, T>) -> Outcome<T> {
    let mut session = Session::acquire(pool).await?;
    let working = async {
        session.begin(begin).await?;
        work(&mut session.connection, given).await
    };
    let patience = begin.patience();
    let done = timeout(patience, working).await.unwrap_or_else(|_| Err(Fault::silent(patience)));
    let done = match done {
        Ok(done) => done,
        Err(fault) => {
            if fault.kind != Kind::Lost {
                give_back(session).await;
            }
            return Err(fault);
        }
    };
    if begin == Begin::Snapshot {
        give_back(session).await;
        return Ok(done);
    }
    let committed = timeout(PATIENCE, session.end("COMMIT")).await;
    committed.unwrap_or_else(|_| Err(Fault::silent(PATIENCE))).map_err(Fault::while_committing)?;
    Ok(done)
}

/// Ends a transaction that keeps nothing. A connection on which that does not work is closed instead,
/// which comes to the same.
async fn give_back(mut session: Session) {
    match timeout(PATIENCE, session.end("ROLLBACK")).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::debug!(error = %fault.error, "a connection is closed"),
        Err(_) => tracing::debug!("a connection that does not answer is closed"),
    }
}

/// A commit waiting in its lane.
struct Waiting {
    commit: Commit,
    reply: oneshot::Sender<Outcome<CommitOutcome>>,
    /// Its place among all that wait, free again once it is answered.
    _place: OwnedSemaphorePermit,
}

/// The way to the writing connections. Clones lead to the same ones.
#[derive(Clone)]
pub(super) struct Writer {
    pool: PgPool,
    shared: Arc<Shared>,
}

struct Shared {
    /// A lane is there while a task works on it.
    lanes: Mutex<BTreeMap<BookId, VecDeque<Waiting>>>,
    places: Arc<Semaphore>,
    turns: Semaphore,
    standing: Standing,
    /// Held by the one who tries whether the trouble is over.
    trial: tokio::sync::Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can panic happens under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> StorageError {
    StorageError::Failed("the writer has ended".to_owned())
}

impl Writer {
    /// Writes over the connections of `pool`.
    pub(super) fn new(pool: PgPool) -> Self {
        let shared = Shared {
            lanes: Mutex::default(),
            places: Arc::new(Semaphore::new(QUEUED_WRITES)),
            turns: Semaphore::new(WRITERS as usize),
            standing: Standing::default(),
            trial: tokio::sync::Mutex::default(),
        };
        Self { pool, shared: Arc::new(shared) }
    }

    /// Says why the newest write failed, if it was the database's trouble and not the write's.
    pub(super) fn writable(&self) -> Stored<()> {
        self.shared.standing.writable()
    }

    /// Says why a write would not become durable, if so.
    pub(super) async fn ready(&self) -> Stored<()> {
        let probe = self.write("probe", Begin::Write, (), |connection, ()| proof::probe(connection).boxed());
        self.shared.standing.ready(probe).await
    }

    /// Has a commit applied; answers once it is durable.
    pub(super) async fn commit(&self, commit: Commit) -> Stored<CommitOutcome> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { commit, reply, _place: self.place().await };
        self.line_up(waiting);
        Ok(answer.await.map_err(|_| ended())??)
    }

    /// Has `work` done in a transaction of its own; answers once it is durable.
    pub(super) async fn write<A, T>(
        &self,
        name: &'static str,
        begin: Begin,
        given: A,
        work: Work<A, T>,
    ) -> Stored<T>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let place = self.place().await;
        let writer = self.clone();
        let task = tokio::spawn(async move {
            let _place = place;
            let _turn = writer.turn().await;
            writer.transaction(name, begin, &given, work).await
        });
        Ok(task.await.map_err(|_| ended())??)
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.shared.places).acquire_owned().await.expect("places are never closed")
    }

    async fn turn(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.shared.turns.acquire().await.expect("turns are never closed")
    }

    async fn transaction<A, T>(
        &self,
        name: &'static str,
        begin: Begin,
        given: &A,
        work: Work<A, T>,
    ) -> Outcome<T> {
        // While the database is in trouble one write tries; the others need not wait as long to be refused.
        let _trial = match self.writable() {
            Ok(()) => None,
            Err(trouble) => {
                let trial = self.shared.trial.try_lock().map_err(|_| Fault::from(trouble))?;
                drop(self.connection(&self.pool).await?);
                Some(trial)
            }
        };
        let done = run_tx(&self.pool, name, begin, given, work).await;
        // There is a connection for each turn, so one that cannot be had is no connection of others.
        let done = done.map_err(|fault| if fault.kind == Kind::Unreachable { Fault::lost() } else { fault });
        match &done {
            Ok(_) => self.shared.standing.wrote(),
            Err(fault) => self.note(fault),
        }
        done
    }

    /// A connection of a pool, which is not waited for long while the database is in trouble.
    pub(super) async fn connection(&self, pool: &PgPool) -> Outcome<PoolConnection<Postgres>> {
        if self.writable().is_ok() {
            return Ok(pool.acquire().await?);
        }
        Ok(timeout(SHORT_PATIENCE, pool.acquire()).await.map_err(|_| Fault::lost())??)
    }

    /// Remembers a failure that any write would meet.
    pub(super) fn note(&self, fault: &Fault) {
        if fault.is_the_databases() {
            self.shared.standing.failed(&fault.error);
        }
    }

    /// Puts a commit into its book's lane, and has somebody work on the lane.
    fn line_up(&self, waiting: Waiting) {
        let book = waiting.commit.book;
        let mut lanes = lock(&self.shared.lanes);
        let idle = !lanes.contains_key(&book);
        lanes.entry(book).or_default().push_back(waiting);
        if idle {
            tokio::spawn(self.clone().run_lane(book));
        }
    }

    /// Writes what waits for a book until nothing does.
    async fn run_lane(self, book: BookId) {
        loop {
            let _turn = self.turn().await;
            let batch = self.next_batch(book);
            if batch.is_empty() {
                return;
            }
            let (commits, answers): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.commit, (waiting.reply, waiting._place))).unzip();
            // A task of its own: should it panic, those of this batch are told and the lane goes on.
            let deciding = tokio::spawn(self.clone().decide(commits));
            let Ok(outcomes) = deciding.await else { continue };
            for ((reply, _place), outcome) in answers.into_iter().zip(outcomes) {
                // Nobody may be waiting any more; the write stands all the same.
                _ = reply.send(outcome);
            }
        }
    }

    /// The commits that are written together next; the lane is gone when there are none.
    fn next_batch(&self, book: BookId) -> Vec<Waiting> {
        let mut lanes = lock(&self.shared.lanes);
        let mut batch = Vec::new();
        let mut documents = 0;
        while let Some(lane) = lanes.get_mut(&book).filter(|_| documents < DOCUMENTS_TOGETHER) {
            let Some(waiting) = lane.pop_front() else { break };
            documents += waiting.commit.documents.len().max(1);
            batch.push(waiting);
        }
        if batch.is_empty() {
            lanes.remove(&book);
        }
        batch
    }

    /// What commits to one book come to, written together; should one of them be at fault, one by one.
    async fn decide(self, commits: Vec<Commit>) -> Vec<Outcome<CommitOutcome>> {
        match self.apply(&commits).await {
            Ok(outcomes) => outcomes,
            Err(fault) if commits.len() == 1 || !fault.is_of_one() => vec![Err(fault); commits.len()],
            Err(_) => {
                let mut outcomes = Vec::with_capacity(commits.len());
                for commit in commits {
                    match self.apply(&vec![commit]).await {
                        Ok(outcome) => outcomes.extend(outcome),
                        Err(fault) => outcomes.push(Err(fault)),
                    }
                }
                outcomes
            }
        }
    }

    async fn apply(&self, commits: &Vec<Commit>) -> Outcome<Vec<Outcome<CommitOutcome>>> {
        let changes = commits.iter().any(|commit| commit.changes_rules);
        let begin = if changes { Begin::NewRules } else { Begin::Judged };
        self.transaction("commit", begin, commits, |connection, commits| {
            commit::apply(connection, commits).boxed()
        })
        .await
    }
}
