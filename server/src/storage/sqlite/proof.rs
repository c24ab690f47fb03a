//! Proof that what is written becomes durable: a probe, and what must happen after the disk failed.
//!
//! **A failed sync is final.** The system may drop the pages it could not write and call the next sync a
//! success, so nothing that was under way can be trusted, and no later success on the same handles proves
//! anything. [`renew`] is what a crash and a start would be: with every handle of this process closed, it reads
//! the log anew, copies *all* of it into the database, so that each page is written once more, and syncs that.
//! Whether a commit whose sync failed is there then is settled for good, and durable if it is.
//!
//! SQLite by itself would do less. It forgets how much of the log it has carried over only when the last handle
//! is closed; it passes over a failure when it carries the log over after a commit; and a program that ended in
//! the middle leaves a log that the next one reads from the system's memory, and believes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use document_model::BookId;
use sqlx::sqlite::{SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::io::AsyncWriteExt;

use super::fault::Outcome;
use super::{commit, options};
use crate::storage::StorageError;

/// Writes a page that stays as it was: the commit of this is written and synced like any other.
const PROBE: &str = "PRAGMA user_version = 0";

/// Room there must be before a full disk counts as one that is not: a large push and its figures.
const ROOM_BYTES: usize = 1024 * 1024;

/// Books and how far their feeds were when the newest transaction was acknowledged.
pub(super) type Acknowledged = BTreeMap<BookId, u64>;

/// A write that shows whether writes become durable.
pub(super) async fn probe(connection: &mut SqliteConnection) -> Outcome<()> {
    sqlx::query(PROBE).execute(connection).await?;
    Ok(())
}

/// Carries a log that an earlier program left over into the database, unless others are at work on it: then
/// one of them has.
pub(super) async fn renew_what_was_left(file: &Path) -> Outcome<()> {
    let left = tokio::fs::metadata(beside(file, "wal")).await.is_ok_and(|log| log.len() > 0);
    if !left {
        return Ok(());
    }
    match renew(file, &Acknowledged::new()).await {
        Err(fault) if fault.error == StorageError::Busy => Ok(()),
        done => done,
    }
}

/// Reads the log anew and writes everything in it once more. Nothing acknowledged may be missing afterwards.
/// `Busy` while anybody has the database open.
pub(super) async fn renew(file: &Path, acknowledged: &Acknowledged) -> Outcome<()> {
    // Alone from the first look, SQLite makes its index of the log in memory, from the log.
    let alone = options(file)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::ZERO)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = alone.connect().await?;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as(sql).fetch_one(&mut connection).await?;
    if busy != 0 {
        return Err(StorageError::Busy.into());
    }
    if !commit::reach(&mut connection, acknowledged).await? {
        return Err(
            StorageError::Damaged("the disk has lost a commit that was acknowledged".to_owned()).into()
        );
    }
    Ok(connection.close().await?)
}

/// Whether the disk has room again, for more than the next small commit.
pub(super) async fn find_room(file: &Path) -> Outcome<()> {
    let place = beside(file, "room");
    let done = take_room(&place).await;
    // Also what there was room for.
    match tokio::fs::remove_file(&place).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => done.and(Err(error.into())),
        _ => done,
    }
}

async fn take_room(place: &Path) -> Outcome<()> {
    let mut file = tokio::fs::File::create(place).await?;
    file.write_all(&vec![0; ROOM_BYTES]).await?;
    Ok(file.sync_all().await?)
}

fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!("-{what}"));
    name.into()
}
