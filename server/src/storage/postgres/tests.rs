//! What only this engine must show; what all of them promise is in [`crate::storage::conformance`].
//!
//! Trouble is made where it comes from: in the database, by triggers, locks and connections cut off.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use document_model::{BookId, Moment};
use futures::future::{join_all, poll_immediate};
use futures::{FutureExt, join};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::fault::Fault;
use super::script::Script;
use super::writer::{ATTEMPTS, Begin};
use super::{PostgresStorage, rows};
use crate::audit::{AuditAction, By};
use crate::organisation::{Level, NATION, UnitSpan};
use crate::storage::conformance::Furnish;
use crate::storage::conformance::sample::{
    ARRIVED_MS, BOOK, OTHER, birth, check, commit, day, done, edit, every_entry, feed, id, numbered, path,
    posting_birth, sale, state, stored, with_books,
};
use crate::storage::conformance::{self, scratch};
use crate::storage::{
    AdminChange, AdminOrder, AuditStorage, CommitOutcome, DocumentStorage, Entries, FigureQuery,
    FigureStorage, MoveOrder, OrganisationStorage, SplitBy, StorageError, Stored, View,
};

async fn open(url: &str) -> PostgresStorage {
    PostgresStorage::open(url).await.unwrap()
}

/// A connection of somebody else to the same database.
struct Outside(PgConnection);

impl Outside {
    async fn of(url: &str) -> Self {
        Self(PgConnection::connect(url).await.unwrap())
    }

    async fn execute(&mut self, sql: impl Into<String>) {
        sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut self.0).await.unwrap();
    }

    async fn count(&mut self, sql: impl Into<String>) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_one(&mut self.0).await.unwrap()
    }

    /// Takes a book for itself, until it rolls back.
    async fn hold(&mut self, book: BookId) {
        self.execute(format!("BEGIN; SELECT 1 FROM books WHERE id = '\\x{book}' FOR UPDATE")).await;
    }

    /// Waits until so many of the hub's connections wait for a lock.
    async fn until_locked(&mut self, count: i64) {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
            AND wait_event_type = 'Lock'";
        self.until(sql, count).await;
    }

    /// Asks until the answer is `expected`.
    async fn until(&mut self, sql: &str, expected: i64) {
        for _ in 0..20_000 {
            if self.count(sql).await == expected {
                return;
            }
        }
        panic!("{sql} is never {expected}");
    }

    /// Has the next entries of feeds do `what`, so many times in all, whatever becomes of the
    /// transaction; `when` they are written, or when the transaction commits.
    async fn make_trouble(&mut self, times: u32, when: &str, what: &str) {
        let timing = if when == "COMMIT" { "AFTER INSERT" } else { "BEFORE INSERT" };
        let constraint = if when == "COMMIT" { "CONSTRAINT" } else { "" };
        let deferred = if when == "COMMIT" { "DEFERRABLE INITIALLY DEFERRED" } else { "" };
        self.execute(format!(
            "DROP TRIGGER IF EXISTS trouble ON feed; DROP SEQUENCE IF EXISTS troubles; CREATE SEQUENCE troubles;
             CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF nextval('troubles') <= {times} THEN {what}; END IF; RETURN NEW; END $$;
             CREATE {constraint} TRIGGER trouble {timing} ON feed {deferred} FOR EACH ROW EXECUTE FUNCTION trouble()"
        ))
        .await;
    }
}

fn raise(state: &str) -> String {
    format!("RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}'")
}

const TERMINATE: &str = "PERFORM pg_terminate_backend(pg_backend_pid())";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    scratch::with_databases(async |databases| {
        let fresh = async || open(&databases.fresh().await).await;
        conformance::run(&fresh).await;
        conformance::run_keys(&fresh).await;
        let pair = async || {
            let url = databases.fresh().await;
            (open(&url).await, open(&url).await)
        };
        conformance::run_together(pair).await;
    })
    .await;
}

#[tokio::test]
async fn blocks_are_right_or_not_read() {
    scratch::with_database(async |url| {
        let run = async |sql: &'static str| Outside::of(&url).await.execute(sql).await;
        conformance::blocks_are_right_or_not_read(open(&url).await, run).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_an_empty_database_at_once() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        let opening = || {
            let url = url.clone();
            tokio::spawn(async move { PostgresStorage::open(&url).await })
        };
        for opened in join_all((0..6).map(|_| opening())).await {
            assert_eq!(opened.unwrap().unwrap().books().await.unwrap().len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_versions_step_is_no_hindrance_but_a_changed_one_is() {
    scratch::with_database(async |url| {
        let mut outside = Outside::of(&url).await;
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
            VALUES (9999, 'later', TRUE, '', 0)";
        outside.execute(later).await;
        assert_eq!(open(&url).await.rules_version().await, Ok(1));
        outside.execute("UPDATE _sqlx_migrations SET checksum = ''").await;
        let opened = PostgresStorage::open(&url).await.map(drop);
        assert!(matches!(opened, Err(StorageError::Failed(_))), "{opened:?}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_would_lose_commits_is_asked_not_to() {
    scratch::with_database(async |url| {
        let mut outside = Outside::of(&url).await;
        let name: String =
            sqlx::query_scalar("SELECT current_database()").fetch_one(&mut outside.0).await.unwrap();
        outside.execute(format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
        let storage = with_books(open(&url).await).await;
        // The trigger lets a commit pass only where the session's setting is what it should be.
        let what = "IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'off'; END IF";
        outside.make_trouble(1_000, "INSERT", what).await;
        done(&storage, commit(BOOK, vec![birth(1)])).await;
    })
    .await;
}

#[tokio::test]
async fn rows_that_make_no_sense_are_damaged() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
        for spoiled in ["kind = 99", "heads = '\\x00'", "created_on = 'someday'", "book = ''"] {
            outside.execute(format!("UPDATE documents SET {spoiled} WHERE id = '\\x{}'", id(1))).await;
            let read = storage.documents(&[id(1)]).await;
            assert!(matches!(read, Err(StorageError::Damaged(_))), "{spoiled}: {read:?}");
        }
        assert_eq!(stored(&storage, 2).await.version, 1, "the others can still be read");
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_entry_is_kept() {
    scratch::with_database(async |url| {
        let storage = with_books(open(&url).await).await;
        let entries = every_entry();
        let expected: Vec<_> = entries.iter().map(|(_, entry)| entry.clone()).collect();
        storage.put("entries", move |script: &mut Script| rows::append_feed(script, &entries)).await.unwrap();
        assert_eq!(feed(&storage, BOOK).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_document_holds_up_no_other_commit() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
        outside.execute(format!("UPDATE documents SET heads = '\\x00' WHERE id = '\\x{}'", id(1))).await;
        let edited = |n| storage.commit(commit(BOOK, vec![edit(state(n), 1, &[2])]));
        let (first, damaged, last, nowhere) = join!(
            edited(2),
            edited(1),
            storage.commit(commit(BOOK, vec![birth(3)])),
            storage.commit(commit(BookId([9; 16]), vec![birth(4)])),
        );
        assert_eq!((first, last), (Ok(CommitOutcome::Done { seq: 5 }), Ok(CommitOutcome::Done { seq: 7 })));
        assert!(matches!(damaged, Err(StorageError::Damaged(_))), "{damaged:?}");
        assert!(matches!(nowhere, Err(StorageError::Damaged(_))), "{nowhere:?}");
        assert_eq!(storage.writable(), Ok(()), "none of that is the database's trouble");
    })
    .await;
}

#[tokio::test]
async fn work_that_fails_or_panics_takes_nothing_with_it() {
    scratch::with_database(async |url| {
        let storage = with_books(open(&url).await).await;
        let half = storage.writer.write("half", Begin::Write, (), |connection, ()| {
            let work = async {
                sqlx::query("DELETE FROM books").execute(connection).await?;
                Err::<(), _>(Fault::failed("on purpose"))
            };
            work.boxed()
        });
        assert_eq!(half.await, Err(StorageError::Failed("on purpose".to_owned())));
        let panics = storage.writer.write::<_, ()>("panic", Begin::Write, (), |_, ()| panic!("on purpose"));
        assert!(matches!(panics.await, Err(StorageError::Failed(_))));
        assert_eq!(storage.books().await.unwrap().len(), 3);
        done(&storage, commit(BOOK, vec![birth(1)])).await;
    })
    .await;
}

/// One book is held by somebody: its commits wait and go together, everything else goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_do_not_wait_for_each_other_and_commits_of_one_go_together() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        let mut holder = Outside::of(&url).await;
        holder.hold(BOOK).await;
        let spawn = |n| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.commit(commit(BOOK, vec![numbered(n)])).await })
        };
        let first = spawn(1);
        outside.until_locked(1).await;
        let held: Vec<_> = (2..=30).map(spawn).collect();
        done(&storage, commit(OTHER, vec![birth(200)])).await;
        assert_eq!(feed(&storage, BOOK).await.len(), 0, "readers do not wait");
        assert_eq!(storage.fold(10, 0).await.unwrap().entries, 0, "nor does the folder");
        holder.execute("ROLLBACK").await;
        for commit in [first].into_iter().chain(held) {
            assert!(matches!(commit.await.unwrap(), Ok(CommitOutcome::Done { .. })));
        }
        let sql = format!("SELECT count(DISTINCT xmin::text) FROM feed WHERE book = '\\x{BOOK}'");
        assert_eq!(outside.count(sql).await, 2, "one went alone, those that waited together");
        check(&storage).await;
    })
    .await;
}

fn region(name: &str) -> UnitSpan {
    let (code, name, parent) = ("R1".into(), name.to_owned(), NATION.into());
    UnitSpan { code, from: None, to: None, level: Level::Region, name, parent, successor: None }
}

/// Whoever changes the rules waits for the commits judged by the old ones, and they for nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_rules_waits_for_commits_under_way() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        let mut holder = Outside::of(&url).await;
        holder.hold(BOOK).await;
        let judged = tokio::spawn({
            let storage = storage.clone();
            async move { storage.commit(commit(BOOK, vec![birth(1)])).await }
        });
        outside.until_locked(1).await;
        let changing = tokio::spawn({
            let storage = storage.clone();
            async move { storage.put_units(vec![region("서울")]).await }
        });
        outside.until_locked(2).await;
        holder.execute("ROLLBACK").await;
        assert_eq!(judged.await.unwrap(), Ok(CommitOutcome::Done { seq: 2 }));
        assert_eq!((changing.await.unwrap(), storage.rules_version().await), (Ok(true), Ok(2)));
        assert_eq!(storage.commit(commit(BOOK, vec![birth(2)])).await, Ok(CommitOutcome::RulesChanged));
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_leaves_cancels_nothing() {
    scratch::with_database(async |url| {
        let storage = with_books(open(&url).await).await;
        for n in 0..20 {
            let asked = poll_immediate(storage.commit(commit(BOOK, vec![numbered(n)]))).await;
            assert_eq!(asked, None, "nobody waits for this one");
        }
        assert_eq!(done(&storage, commit(BOOK, vec![numbered(20)])).await, 42, "all of them came before");
        let change = AdminChange::Units { rules: 1, spans: vec![region("서울")], books: Vec::new() };
        let note = By::command_line().did(AuditAction::Import, "", Moment(ARRIVED_MS));
        assert_eq!(poll_immediate(storage.administer(AdminOrder { change, note })).await, None);
        let documents = vec![(numbered(20).state.id, 1)];
        let order = MoveOrder { documents, from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
        assert_eq!(poll_immediate(storage.move_documents(order)).await, None);
        let mut outside = Outside::of(&url).await;
        outside.until("SELECT rules FROM hub", 2).await;
        outside.until(&format!("SELECT seq FROM books WHERE id = '\\x{OTHER}'"), 1).await;
        check(&storage).await;
    })
    .await;
}

/// Drops a future at the point after `n` where it waits; what it came to if it was done before.
async fn cut_off<T>(future: impl Future<Output = T>, n: usize) -> Option<T> {
    let (mut future, mut waits) = (std::pin::pin!(future), 0);
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waits == n => Poll::Ready(None),
        Poll::Pending => {
            waits += 1;
            Poll::Pending
        }
    })
    .await
}

fn everything() -> FigureQuery {
    let (from, to) = (day("2026-01-01"), day("2026-12-31"));
    FigureQuery {
        from,
        to,
        level: Level::Nation,
        under: None,
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    }
}

/// With one connection for reading, whoever comes next gets the one that was cut off: inside a
/// transaction it would read an old snapshot for ever.
#[tokio::test]
async fn a_read_cut_off_anywhere_leaves_no_transaction_behind() {
    scratch::with_database(async |url| {
        let storage = with_books(PostgresStorage::open_with(&url, 1).await.unwrap()).await;
        let mut outside = Outside::of(&url).await;
        let (mut n, mut waits, mut ended) = (0, 0, 0);
        while ended < 3 {
            let cut = match ended {
                0 => cut_off(storage.figures(&everything()), waits).await.map(drop_ok),
                1 => cut_off(storage.roster(), waits).await.map(drop_ok),
                _ => cut_off(storage.feed(BOOK, Entries::All, (0, u64::MAX), 9, 9_999), waits)
                    .await
                    .map(drop_ok),
            };
            (waits, ended) = if cut.is_some() { (0, ended + 1) } else { (waits + 1, ended) };
            for _ in 0..2 {
                n += 1;
                let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
                let mut document = posting_birth(1, &[posting]);
                document.state.id = numbered(n).state.id;
                done(&storage, commit(BOOK, vec![document])).await;
                let seen = storage.ledger(BOOK, 0, usize::MAX).await.unwrap().len();
                assert_eq!(seen, usize::from(n), "after wait {waits} of read {ended}");
                assert_eq!(storage.figures(&everything()).await.unwrap().rows[0].sums.sold, i64::from(n));
            }
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state LIKE 'idle in transaction%'";
            assert_eq!(outside.count(sql).await, 0, "after wait {waits} of read {ended}");
        }
        // How often a read waits is the server's affair; three rounds are those that were not cut off.
        println!("reads were cut off at {} points", n / 2 - 3);
        assert!(n > 6, "no read was cut off");
    })
    .await;
}

fn drop_ok<T: std::fmt::Debug>(read: Stored<T>) {
    read.unwrap();
}

#[tokio::test]
async fn a_write_cut_off_anywhere_is_whole_or_not_there() {
    scratch::with_database(async |url| {
        let storage = with_books(open(&url).await).await;
        let (mut waits, mut begun) = (0, BTreeSet::new());
        loop {
            let n = u16::try_from(waits).unwrap();
            begun.insert(numbered(n).state.id);
            let cut = cut_off(storage.commit(commit(BOOK, vec![numbered(n)])), waits).await;
            waits += 1;
            if cut.is_some() {
                break;
            }
        }
        done(&storage, commit(BOOK, vec![numbered(1_000)])).await;
        let moving = |n: u16, waits| {
            let documents = vec![(numbered(n).state.id, 1)];
            let order = MoveOrder { documents, from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
            cut_off(storage.move_documents(order), waits)
        };
        let mut waits = 0;
        while moving(1_000, waits).await.is_none() {
            waits += 1;
        }
        // What was begun is under way; a commit to each book comes after it.
        done(&storage, commit(BOOK, vec![numbered(1_001)])).await;
        done(&storage, commit(OTHER, vec![numbered(1_002)])).await;
        let all = storage.documents_of(BOOK, None, usize::MAX).await.unwrap();
        let kept: BTreeSet<_> = all.iter().map(|document| document.id).collect();
        assert!(begun.is_subset(&kept), "a commit that was begun is done");
        check(&storage).await;
    })
    .await;
}

#[tokio::test]
async fn what_came_in_between_is_done_again_and_not_for_ever() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        let mut n = 0;
        for (when, state) in [("INSERT", "40001"), ("INSERT", "40P01"), ("COMMIT", "40001")] {
            outside.make_trouble(3, when, &raise(state)).await;
            n += 1;
            assert_eq!(
                done(&storage, commit(BOOK, vec![birth(n)])).await,
                u64::from(n) * 2,
                "{state} at {when}"
            );
            assert!(outside.count("SELECT last_value FROM troubles").await >= 4, "it was tried four times");
        }
        outside.make_trouble(1_000, "INSERT", &raise("40001")).await;
        let given_up = storage.commit(commit(BOOK, vec![birth(9)])).await;
        assert_eq!(given_up, Err(StorageError::Busy));
        let tried = outside.count("SELECT last_value FROM troubles").await;
        assert_eq!(tried, i64::from(ATTEMPTS), "a bounded number of times");
        assert_eq!(storage.writable(), Ok(()));
        check(&storage).await;
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_stores_nothing_and_recovers() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        outside.make_trouble(1, "INSERT", &raise("53100")).await;
        let (full, other) =
            join!(storage.commit(commit(BOOK, vec![birth(1)])), storage.commit(commit(OTHER, Vec::new())));
        assert_eq!((full, other), (Err(StorageError::Full), Ok(CommitOutcome::Done { seq: 0 })));
        assert_eq!(feed(&storage, BOOK).await, Vec::new());
        outside.make_trouble(1, "INSERT", &raise("53100")).await;
        assert_eq!(storage.commit(commit(BOOK, vec![birth(1)])).await, Err(StorageError::Full));
        assert_eq!(storage.writable(), Err(StorageError::Full), "the newest write failed");
        assert_eq!(done(&storage, commit(BOOK, vec![birth(1)])).await, 2);
        assert_eq!(storage.writable(), Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_is_replaced() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        outside.make_trouble(1, "INSERT", TERMINATE).await;
        assert_eq!(done(&storage, commit(BOOK, vec![birth(1)])).await, 2, "done again on another one");
        for n in 2..=4 {
            assert_eq!(feed(&storage, BOOK).await.len(), usize::from(n - 1) * 2);
            let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            assert!(outside.count(all).await >= 2, "every idle connection is dead");
            done(&storage, commit(BOOK, vec![birth(n)])).await;
        }
        check(&storage).await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_lost_in_the_commit_is_never_acknowledged() {
    scratch::with_database(async |url| {
        let (storage, mut outside) = (with_books(open(&url).await).await, Outside::of(&url).await);
        outside.make_trouble(1, "COMMIT", TERMINATE).await;
        let unsure = storage.commit(commit(BOOK, vec![birth(1)])).await;
        assert!(matches!(unsure, Err(StorageError::Unsure(_))), "{unsure:?}");
        assert_eq!(feed(&storage, BOOK).await, Vec::new(), "this time it was not stored");
        assert_eq!(done(&storage, commit(BOOK, vec![birth(1)])).await, 2);
    })
    .await;
}

/// Passes on what goes to and fro between the hub and the server of `url`, in a folder of its own. Once
/// told to, it hangs up between a COMMIT and its answer.
async fn behind_a_cut_line(url: &str, folder: &std::path::Path, cut: Arc<AtomicBool>) -> String {
    let (address, server) = url.split_once("?host=").unwrap();
    let socket = |folder: &str| format!("{folder}/.s.PGSQL.5432");
    let listener = UnixListener::bind(socket(&folder.display().to_string())).unwrap();
    let server = socket(server);
    tokio::spawn(async move {
        while let Ok((hub, _)) = listener.accept().await {
            let server = UnixStream::connect(&server).await.unwrap();
            tokio::spawn(pass_on(hub, server, Arc::clone(&cut)));
        }
    });
    format!("{address}?host={}", folder.display())
}

async fn pass_on(mut hub: UnixStream, mut server: UnixStream, cut: Arc<AtomicBool>) {
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    let mut cutting = false;
    loop {
        tokio::select! {
            count = hub.read(&mut asked) => {
                let Ok(count @ 1..) = count else { return };
                let commits = asked[..count].windows(7).any(|word| word == b"COMMIT\0");
                cutting = commits && cut.swap(false, Ordering::SeqCst);
                server.write_all(&asked[..count]).await.unwrap();
            }
            count = server.read(&mut told) => {
                // The answer is there: the transaction has been committed.
                let Ok(count @ 1..) = count else { return };
                if cutting || hub.write_all(&told[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_unsure_and_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    scratch::with_database(async |url| {
        let cut = Arc::new(AtomicBool::new(false));
        let storage =
            with_books(open(&behind_a_cut_line(&url, folder.path(), Arc::clone(&cut)).await).await).await;
        done(&storage, commit(BOOK, vec![birth(1)])).await;
        cut.store(true, Ordering::SeqCst);
        let unsure = storage.commit(commit(BOOK, vec![birth(2)])).await;
        assert!(matches!(unsure, Err(StorageError::Unsure(_))), "{unsure:?}");
        assert!(storage.writable().is_err());
        assert_eq!(stored(&storage, 2).await.version, 1, "this time it was stored");
        let again = storage.commit(commit(BOOK, vec![birth(2)])).await;
        assert_eq!(again, Ok(CommitOutcome::Conflict(vec![id(2)])), "asked again, it is known");
        assert_eq!(feed(&storage, BOOK).await.len(), 4);
        check(&storage).await;
    })
    .await;
}
