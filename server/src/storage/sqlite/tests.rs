//! What only this engine must show; what all of them promise is in [`crate::storage::conformance`].

use std::path::Path;

use document_model::BookId;
use futures::future::{join_all, poll_immediate};
use futures::{FutureExt, join};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::fault::{Fault, Outcome};
use super::{FILE, SqliteStorage, rows};
use crate::auth::{Account, Device, Role, Session};
use crate::organisation::{Level, NATION, UnitSpan};
use crate::storage::conformance::Furnish;
use crate::storage::conformance::sample::{
    BOOK, OTHER, actor, birth, change, check, commit, day, device, done, edit, every_entry, feed, hash, id,
    numbered, path, sale, state, stored, whole, with_books,
};
use crate::storage::{
    AccountStorage, Commit, CommitOutcome, CommittedChange, DocumentCommit, DocumentStorage, FigureQuery,
    FigureStorage, OrganisationStorage, SplitBy, StorageError, Stored, StreamAdvance, View, conformance,
};

async fn open(folder: &Path) -> SqliteStorage {
    SqliteStorage::open(folder).await.unwrap()
}

/// Has the writer run a statement.
async fn execute(storage: &SqliteStorage, sql: String) {
    let work = async move |connection: &mut SqliteConnection| -> Outcome<()> {
        Ok(sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)?)
    };
    storage.write(|connection| Box::pin(work(connection))).await.unwrap();
}

#[tokio::test]
async fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    let fresh = async || {
        count.set(count.get() + 1);
        open(&folder.path().join(count.get().to_string())).await
    };
    conformance::run(&fresh).await;
    conformance::run_keys(&fresh).await;
    let pair = async || {
        count.set(count.get() + 1);
        let path = folder.path().join(count.get().to_string());
        (open(&path).await, open(&path).await)
    };
    conformance::run_together(pair).await;
}

#[tokio::test]
async fn blocks_are_right_or_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    let run = async |sql: &'static str| execute(&storage, sql.to_owned()).await;
    conformance::blocks_are_right_or_not_read(storage.clone(), run).await;
}

/// Everything a storage says, to compare.
async fn said(storage: &SqliteStorage) -> impl PartialEq + std::fmt::Debug + use<> {
    let query = FigureQuery {
        from: day("2026-01-01"),
        to: day("2026-12-31"),
        level: Level::Rep,
        under: None,
        by: SplitBy::Day,
        view: View::Now,
        placed: None,
    };
    let sales = (storage.cells().await.unwrap(), storage.figures(&query).await.unwrap());
    let streams = storage.streams(&[actor(1)]).await.unwrap();
    let replacements = storage.replacements(&[(id(1), hash(1, 99))]).await.unwrap();
    let people = (storage.accounts().await.unwrap(), storage.devices().await.unwrap());
    let session = storage.session(device(1)).await.unwrap().map(|session| session.current);
    (whole(storage).await, sales, streams, replacements, people, session, storage.roster().await.unwrap())
}

/// Something in every table.
async fn fill(storage: SqliteStorage) -> SqliteStorage {
    let storage = with_books(storage).await;
    let replacing = CommittedChange { replaces: Some(hash(1, 99)), ..change(1, 2) };
    let postings = vec![
        sale("2026-06-01", "WL01", path("P1", "B1", "R1")),
        sale("2026-06-02", "WL01", path("P1", "B1", "R1")),
    ];
    let first = DocumentCommit { changes: vec![replacing], postings, ..birth(1) };
    let stream =
        StreamAdvance { actor: actor(1), device: device(1), user: "kim".into(), current: 0, next: u64::MAX };
    done(&storage, Commit { stream: Some(stream), ..commit(BOOK, vec![first]) }).await;
    storage.fold(1, 0).await.unwrap();
    let kim = Account {
        name: "kim".into(),
        role: Role::Rep,
        unit: "P1".into(),
        password_hash: "x".into(),
        disabled: false,
    };
    storage.add_account(kim).await.unwrap();
    let phone = Device {
        id: device(1),
        user: "kim".into(),
        name: "phone".into(),
        registered_ms: 1,
        last_seen_ms: 2,
        complete_ms: None,
        revoked: true,
        told: Some(crate::auth::Told { version: "0.1.0".into(), unsent: 3, tray: 1, at_ms: 2 }),
    };
    storage.add_device(phone).await.unwrap();
    let session = Session { device: device(1), current: [1; 32], previous: None, expires_ms: 9 };
    storage.replace_session(None, session).await.unwrap();
    let region = UnitSpan {
        code: "R1".into(),
        from: None,
        to: None,
        level: Level::Region,
        name: "서울".into(),
        parent: NATION.into(),
        successor: None,
    };
    storage.put_units(vec![region]).await.unwrap();
    storage
}

#[tokio::test]
async fn opening_again_finds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let storage = fill(open(folder.path()).await).await;
    let before = said(&storage).await;
    drop(storage);
    assert_eq!(said(&open(folder.path()).await).await, before);
}

#[tokio::test]
async fn a_new_folder_is_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    open(&inner).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert!(inner.join(FILE).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_a_new_folder_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub");
    let opening = || {
        let path = path.clone();
        tokio::spawn(async move { SqliteStorage::open(&path).await })
    };
    for opened in join_all((0..6).map(|_| opening())).await {
        assert_eq!(opened.unwrap().unwrap().books().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_job_that_fails_takes_nothing_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    let fail = async |connection: &mut SqliteConnection| -> Outcome<()> {
        sqlx::query("DELETE FROM books").execute(connection).await?;
        Err(Fault::failed("on purpose"))
    };
    let half = storage.write(move |connection| Box::pin(fail(connection)));
    let nowhere = storage.commit(commit(BookId([9; 16]), vec![birth(2)]));
    let (first, half, nowhere, last) = join!(
        storage.commit(commit(BOOK, vec![birth(1)])),
        half,
        nowhere,
        storage.commit(commit(BOOK, vec![birth(3)])),
    );
    assert_eq!((first, last), (Ok(CommitOutcome::Done { seq: 2 }), Ok(CommitOutcome::Done { seq: 4 })));
    assert_eq!(half, Err(StorageError::Failed("on purpose".to_owned())));
    assert!(matches!(nowhere, Err(StorageError::Damaged(_))), "{nowhere:?}");
    assert_eq!(storage.books().await.unwrap().len(), 3);
    check(&storage).await;
}

#[tokio::test]
async fn a_damaged_document_holds_up_no_other_commit() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    execute(&storage, format!("UPDATE documents SET heads = x'00' WHERE id = x'{}'", id(1))).await;
    let edited = |n| storage.commit(commit(BOOK, vec![edit(state(n), 1, &[2])]));
    let (first, damaged, last) = join!(edited(2), edited(1), storage.commit(commit(BOOK, vec![birth(3)])));
    assert_eq!((first, last), (Ok(CommitOutcome::Done { seq: 5 }), Ok(CommitOutcome::Done { seq: 7 })));
    assert!(matches!(damaged, Err(StorageError::Damaged(_))), "{damaged:?}");
}

#[tokio::test]
async fn a_caller_who_leaves_cancels_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    for n in 0..20 {
        let asked = poll_immediate(storage.commit(commit(BOOK, vec![numbered(n)]))).await;
        assert_eq!(asked, None, "nobody waits for this one");
    }
    assert_eq!(done(&storage, commit(BOOK, vec![numbered(20)])).await, 42, "all of them came before");
    check(&storage).await;
}

#[tokio::test]
async fn a_full_disk_stores_nothing_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    let limit = async |pages: u32| execute(&storage, format!("PRAGMA max_page_count = {pages}")).await;
    limit(1).await;
    let mut large = birth(1);
    large.state.saved = vec![0; 1_000_000];
    let (full, small) =
        join!(storage.commit(commit(BOOK, vec![large.clone()])), storage.commit(commit(OTHER, Vec::new())),);
    assert_eq!(full, Err(StorageError::Full));
    assert!(matches!(small, Ok(CommitOutcome::Done { seq: 0 }) | Err(StorageError::Full)), "{small:?}");
    assert_eq!((storage.writable(), feed(&storage, BOOK).await), (Err(StorageError::Full), Vec::new()));
    assert_eq!(storage.ready().await, Err(StorageError::Full));
    assert_eq!(storage.commit(commit(OTHER, Vec::new())).await, Err(StorageError::Full), "at once");
    // The limit was that of the connection given up.
    until(&storage, |writable| writable.is_ok()).await;
    assert_eq!(storage.ready().await, Ok(()));
    assert_eq!(done(&storage, commit(BOOK, vec![large])).await, 2);
    assert!(!folder.path().join(format!("{FILE}-room")).exists());
    check(&storage).await;
}

/// Waits until the storage stands so.
async fn until(storage: &SqliteStorage, so: impl Fn(&Stored<()>) -> bool) {
    while !so(&storage.writable()) {
        tokio::task::yield_now().await;
    }
}

/// A storage whose log held nothing when it was opened.
async fn with_all_in_the_file(folder: &Path) -> SqliteStorage {
    drop(with_books(open(folder).await).await);
    // Connections close in threads of their own.
    while SqliteStorage::fold_log(folder).await.is_err() {}
    open(folder).await
}

/// Cuts the log off, as a failing disk would, and writes.
async fn cut_the_log_and_write(folder: &Path, storage: &SqliteStorage) {
    let log = folder.join(format!("{FILE}-wal"));
    std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap();
    let failed = storage.commit(commit(BOOK, vec![birth(2)])).await;
    assert!(matches!(failed, Err(StorageError::Disk(_))), "{failed:?}");
}

#[tokio::test]
async fn after_a_failure_of_the_disk_nothing_is_written_until_the_database_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_all_in_the_file(folder.path()).await;
    let other = open(folder.path()).await;
    done(&other, commit(BOOK, vec![birth(1)])).await;
    cut_the_log_and_write(folder.path(), &storage).await;
    assert!(storage.writable().is_err());
    let (one, two) = join!(storage.commit(commit(OTHER, Vec::new())), storage.fold(1, 0));
    assert_eq!((one.err(), two.err()), (storage.writable().err(), storage.writable().err()));
    // Only alone can it know what the disk holds.
    drop(other);
    until(&storage, |writable| writable.is_ok()).await;
    done(&storage, commit(BOOK, vec![birth(3)])).await;
    check(&storage).await;
}

#[tokio::test]
async fn a_disk_that_lost_what_was_acknowledged_is_not_written_to_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_all_in_the_file(folder.path()).await;
    done(&storage, commit(BOOK, vec![birth(1)])).await;
    let other = open(folder.path()).await;
    done(&other, commit(BOOK, vec![birth(3)])).await;
    drop(other);
    cut_the_log_and_write(folder.path(), &storage).await;
    until(&storage, |writable| matches!(writable, Err(StorageError::Damaged(_)))).await;
    assert!(matches!(storage.commit(commit(BOOK, vec![birth(4)])).await, Err(StorageError::Damaged(_))));
}

/// What a program that ends in the middle leaves is written once more before anything else is.
#[tokio::test]
async fn a_log_that_was_left_is_carried_over_first() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let storage = with_books(open(folder.path()).await).await;
    done(&storage, commit(BOOK, vec![birth(1)])).await;
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        std::fs::copy(folder.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let left = std::fs::metadata(copy.path().join(FILE)).unwrap().len();
    let copied = open(copy.path()).await;
    assert!(
        std::fs::metadata(copy.path().join(FILE)).unwrap().len() > left,
        "the file holds what the log held"
    );
    assert_eq!(feed(&copied, BOOK).await, feed(&storage, BOOK).await);
    assert_eq!(done(&copied, commit(BOOK, vec![birth(2)])).await, 4);
}

#[tokio::test]
async fn a_probe_is_written_like_a_commit_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    let log = async || {
        let pages = "PRAGMA wal_checkpoint(NOOP)";
        let mut connection = storage.readers.acquire().await.unwrap();
        let (_, pages, _): (i64, i64, i64) = sqlx::query_as(pages).fetch_one(&mut *connection).await.unwrap();
        pages
    };
    let (before, whole_before) = (log().await, whole(&storage).await);
    storage.write(|connection| Box::pin(super::proof::probe(connection))).await.unwrap();
    assert_eq!((log().await, whole(&storage).await), (before + 1, whole_before));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), vec![b'x'; 10_000]).unwrap();
    let opened = SqliteStorage::open(folder.path()).await.map(drop);
    assert!(matches!(opened, Err(StorageError::Damaged(_))), "{opened:?}");
}

#[tokio::test]
async fn rows_that_make_no_sense_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    for spoiled in ["kind = 99", "heads = x'00'", "created_on = 'someday'", "book = x''"] {
        execute(&storage, format!("UPDATE documents SET {spoiled} WHERE id = x'{}'", id(1))).await;
        let read = storage.documents(&[id(1)]).await;
        assert!(matches!(read, Err(StorageError::Damaged(_))), "{spoiled}: {read:?}");
    }
    assert_eq!(stored(&storage, 2).await.version, 1, "the others can still be read");
}

#[tokio::test]
async fn a_newer_versions_step_is_no_hindrance_but_a_changed_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (9999, 'later', TRUE, x'00', 0)";
    execute(&storage, sql.to_owned()).await;
    assert_eq!(open(folder.path()).await.rules_version().await, Ok(1));
    execute(&storage, "UPDATE _sqlx_migrations SET checksum = x'00'".to_owned()).await;
    let opened = SqliteStorage::open(folder.path()).await.map(drop);
    assert!(matches!(opened, Err(StorageError::Failed(_))), "{opened:?}");
}

#[tokio::test]
async fn every_kind_of_entry_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_books(open(folder.path()).await).await;
    let entries = every_entry();
    let mut script = super::Script::default();
    rows::append_feed(&mut script, &entries);
    storage.write(|connection| script.run(connection).boxed()).await.unwrap();
    let expected: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(feed(&storage, BOOK).await, expected);
}

/// A backup that forgot a column would say nothing and lose it.
#[tokio::test]
async fn every_column_of_every_table_is_copied() {
    use crate::storage::tables::{Sort, TABLES};
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path()).await.unwrap();
    let sql = "SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'";
    let found: Vec<(String, String, String)> =
        sqlx::query_as(sql).fetch_all(&mut *storage.readers.acquire().await.unwrap()).await.unwrap();
    let there: std::collections::BTreeSet<_> = found.into_iter().collect();
    let mut copied = std::collections::BTreeSet::new();
    for table in &TABLES {
        let columns: Vec<_> = table.columns.split(',').map(|name| name.trim().to_owned()).collect();
        assert_eq!(columns.len(), table.sorts.len(), "{}", table.name);
        for (column, sort) in columns.into_iter().zip(table.sorts) {
            let sort = match sort {
                Sort::Integer | Sort::Flag => "INTEGER",
                Sort::Text => "TEXT",
                Sort::Bytes => "BLOB",
            };
            copied.insert((table.name.to_owned(), column, sort.to_owned()));
        }
    }
    assert_eq!(copied, there);
}
