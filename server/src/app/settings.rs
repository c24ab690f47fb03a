//! What an administrator set, for commands that work without a hub, and for a hub that is being set up.

use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{App, AppError, DataFolder, Missing};
use crate::hub::Gate;
use crate::storage::{Engine, SettingStorage, Storage, StoredSettings};

/// How often a hub without accounts looks whether another one on its database was set up.
const SETUP_PACE: Duration = Duration::from_secs(5);

/// What an administrator set in the database of a data folder; nothing where there is none.
///
/// # Errors
/// As opening it.
pub async fn stored_settings(data: &Path, database: Option<&str>) -> Result<StoredSettings, AppError> {
    match open(data, database).await? {
        Some(storage) => Ok(storage.settings().await?),
        None => Ok(StoredSettings::default()),
    }
}

/// Takes back what an administrator set, whatever it is; whether there was anything.
///
/// # Errors
/// As opening the database, and writing to it.
pub async fn forget_setting(data: &Path, database: Option<&str>, key: &str) -> Result<bool, AppError> {
    let Some(storage) = open(data, database).await? else { return Ok(false) };
    loop {
        let stored = storage.settings().await?;
        if !stored.values.contains_key(key) {
            return Ok(false);
        }
        if storage.put_settings(stored.version, [(key.to_owned(), None)].into()).await? {
            return Ok(true);
        }
    }
}

async fn open(data: &Path, database: Option<&str>) -> Result<Option<Engine>, AppError> {
    let folder = match DataFolder::open(data, Missing::Refuse) {
        Err(AppError::NoFolder(_)) => return Ok(None),
        opened => opened?,
    };
    let database = folder.database(database)?;
    if !folder.remembers() {
        return Ok(None);
    }
    database.must_be_there(folder.path())?;
    Ok(Some(database.open(folder.path()).await?))
}

/// Puts the zone in force that was chosen at another hub of the database, once there are accounts. A hub that begins
/// with accounts has it already.
pub(super) async fn take_zone_once_set_up<S: Storage, G: Gate>(app: App<S, G>, stop: CancellationToken) {
    let has_accounts = async || app.hub.storage().has_accounts().await.unwrap_or_default();
    if has_accounts().await {
        return;
    }
    while !has_accounts().await {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SETUP_PACE) => {}
        }
    }
    let stored = app.hub.storage().settings().await.map_err(AppError::from);
    let zone = stored.and_then(|stored| Ok(app.layers.with(&stored.values)?.time_zone()?));
    match zone {
        Ok(zone) => app.hub.set_zone(zone),
        Err(error) => {
            tracing::error!(error.reason = %error, "the company's zone is not known here; start this hub again");
        }
    }
}
