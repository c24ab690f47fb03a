//! Backups and putting them back: one file, whatever the engine, so that a hub can also move from one
//! engine to the other.
//!
//! A backup holds the database and none of the secrets: whoever finds one reads nothing in it, and it is of no
//! use without the master key it was sealed under. A hub that it is put back into keeps its secrets, and with
//! them the receipts it gave: devices give back what was acknowledged after the backup was made.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use document_model::{Actor, Moment};
use tempfile::TempDir;

use super::folder::unusable;
use super::{AppError, Clock, DataFolder, Database, Missing, seal};
use crate::config::Layers;
use crate::hub::{Hub, HubError, InlineGate, ReceiptKey, VerifyReport};
use crate::storage::SettingStorage;
use crate::storage::sqlite::{SqliteStorage, file_in};
use crate::storage::{Engine, Storage, StorageError};

/// A backup that was made or put back.
#[derive(Debug)]
pub struct Backup {
    /// When it was made.
    pub made: Moment,
    /// What looking through it found.
    pub report: VerifyReport,
    /// Where the database that was there before lies now.
    pub before: Vec<PathBuf>,
}

/// Makes a backup of the hub of a data folder, which may be serving.
///
/// # Errors
/// As the storage's; and when something is at `file`. Nothing is left there then.
pub async fn back_up(
    data: &Path,
    database: Option<&str>,
    file: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Backup, AppError> {
    if file.exists() {
        return Err(AppError::BackupExists(file.to_owned()));
    }
    let folder = DataFolder::open(data, Missing::Refuse)?;
    let storage = folder.database(database)?.open(folder.path()).await?;
    let stage = stage_beside(file)?;
    // Taken before the copy: whatever is said to be in it is.
    let made = Clock::system().now();
    progress("copying");
    storage.copy_to(stage.path()).await?;
    let copy = SqliteStorage::open(stage.path()).await?;
    copy.mark_backup(made.0).await?;
    let report = look_through(&folder, copy.clone(), progress).await?;
    progress("writing the file");
    let whole = stage.path().join("whole");
    copy.copy_to(&whole).await?;
    settle(&whole, file)?;
    folder.note_backup(made)?;
    Ok(Backup { made, report, before: Vec::new() })
}

/// Puts a backup in the place of a data folder's database. The hub must not be serving. What was there
/// stays aside under another name if `replace` says so; otherwise there may be nothing.
///
/// # Errors
/// As the storage's; and when the file is no backup, something is there, or a hub is serving. Nothing was
/// changed then.
pub async fn restore(
    data: &Path,
    database: Option<&str>,
    file: &Path,
    replace: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Backup, AppError> {
    if !file.is_file() {
        return Err(AppError::NoBackup { path: file.to_owned(), why: "there is no such file".to_owned() });
    }
    let folder = DataFolder::open(data, Missing::Create)?;
    let database = folder.database(database)?;
    let stage = stage_beside(&folder.path().join("restore"))?;
    progress("reading the backup");
    fs::copy(file, file_in(stage.path())).map_err(|why| unusable(file, &why))?;
    let no_backup = |why: String| AppError::NoBackup { path: file.to_owned(), why };
    let copy = match SqliteStorage::open(stage.path()).await {
        Err(StorageError::Damaged(why)) => return Err(no_backup(why)),
        opened => opened?,
    };
    let made =
        copy.backup_mark().await?.ok_or_else(|| no_backup("it is a database, and no backup".to_owned()))?;
    let looked = look_through(&folder, copy.clone(), progress).await;
    let report = looked.inspect_err(|_| folder.take_back())?;
    copy.unmark_backup().await?;
    progress("putting it in place");
    let before = match &database {
        Database::Own => into_folder(folder.path(), &copy, stage.path(), replace, made).await?,
        Database::Sqlite(other) => into_folder(other, &copy, stage.path(), replace, made).await?,
        Database::Postgres(_) => {
            let Engine::Postgres(storage) = database.open(folder.path()).await? else {
                return Err(StorageError::Failed("the database is of another kind".to_owned()).into());
            };
            if holds_anything(&storage).await? {
                return Err(AppError::NotEmpty { replaceable: false });
            }
            storage.take_over(&copy).await?;
            Vec::new()
        }
    };
    folder.remember(&database)?;
    // They end otherwise from here on.
    folder.put_heads_aside(made)?;
    // Its numbers would come again for other edits of headquarters'.
    folder.forget_own_stream()?;
    Ok(Backup { made: Moment(made), report, before })
}

/// Puts the copy into a folder as its database.
async fn into_folder(
    folder: &Path,
    copy: &SqliteStorage,
    stage: &Path,
    replace: bool,
    made: i64,
) -> Result<Vec<PathBuf>, AppError> {
    let place = file_in(folder);
    let whole = stage.join("whole");
    copy.begin_epoch().await?;
    copy.copy_to(&whole).await?;
    let mut before = Vec::new();
    if place.exists() {
        if !replace {
            return Err(AppError::NotEmpty { replaceable: true });
        }
        SqliteStorage::fold_log(folder).await?;
        let aside = place.with_extension(format!("db.before-{made}"));
        if aside.exists() {
            return Err(AppError::BackupExists(aside));
        }
        fs::rename(&place, &aside).map_err(|why| unusable(&place, &why))?;
        before.push(aside);
    }
    settle(&whole, &place)?;
    Ok(before)
}

/// Rebuilds everything that is derived, and compares.
async fn look_through(
    folder: &DataFolder,
    copy: SqliteStorage,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<VerifyReport, AppError> {
    let nobody = Actor([0; 16]);
    let config = Layers::read(folder.path())?.with(&copy.settings().await?.values)?;
    let sealed = seal(folder, copy).await?;
    let hub = Hub::new(sealed, InlineGate, config.time_zone()?, nobody, ReceiptKey::of(&[0; 32]));
    hub.verify(progress).await.map_err(|error| match error {
        HubError::Storage(error) => error.into(),
        other => AppError::from(StorageError::Failed(other.to_string())),
    })
}

async fn holds_anything<S: Storage>(storage: &S) -> Result<bool, AppError> {
    let books = storage.books().await?;
    Ok(books.len() > 1 || books.iter().any(|book| book.seq > 0) || !storage.accounts().await?.is_empty())
}

/// A folder for the way, on the same disk as the file, gone at the end.
fn stage_beside(file: &Path) -> Result<TempDir, AppError> {
    let above = file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".fieldbook-").tempdir_in(above);
    made.map_err(|why| unusable(above, &why))
}

/// Gives a finished file its name, durably; nothing that is there is replaced.
fn settle(finished: &Path, name: &Path) -> Result<(), AppError> {
    let store = || {
        fs::File::open(finished)?.sync_all()?;
        match fs::hard_link(finished, name) {
            Err(taken) if taken.kind() == ErrorKind::AlreadyExists => return Err(taken),
            // A disk without links.
            Err(_) => fs::rename(finished, name)?,
            Ok(()) => fs::remove_file(finished)?,
        }
        let above = name.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(above)?.sync_all()
    };
    store().map_err(|why| unusable(name, &why))
}
