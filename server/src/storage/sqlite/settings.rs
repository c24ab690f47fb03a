//! What an administrator set, and the link that makes the first one.

use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::fault::Outcome;
use super::script::Script;
use crate::auth::Role;
use crate::storage::codec::{self, account_columns, setting_columns};
use crate::storage::columns::Columns;
use crate::storage::{
    SetUp, SetUpOutcome, SettingChanges, SettingStorage, SetupLink, Stored, StoredSettings,
};

const ANY_ADMINISTRATOR: &str = "SELECT 1 FROM accounts WHERE role = ? AND disabled = 0 LIMIT 1";

impl SettingStorage for SqliteStorage {
    async fn settings(&self) -> Stored<StoredSettings> {
        codec::settings(&self.read(of(codec::SETTINGS)).await?)
    }

    async fn put_settings(&self, expected: u64, changes: SettingChanges) -> Stored<bool> {
        self.write(move |connection| put_settings(connection, expected, changes).boxed()).await
    }

    async fn has_accounts(&self) -> Stored<bool> {
        Ok(!self.read(of(codec::ANY_ACCOUNT)).await?.is_empty())
    }

    async fn has_administrator(&self) -> Stored<bool> {
        Ok(!self.read(any_administrator()).await?.is_empty())
    }

    async fn setup_link(&self) -> Stored<Option<SetupLink>> {
        let found = self.read(of(codec::SETUP_LINK)).await?;
        found.first().map_or(Ok(None), codec::setup_link)
    }

    async fn put_setup_link(&self, link: Option<SetupLink>) -> Stored<()> {
        self.write(move |connection| {
            let mut script = Script::default();
            script.statement("UPDATE hub SET setup = ?, setup_ends_ms = ?");
            script.bind(link.as_ref().map(|link| link.hash.to_vec()));
            script.bind(link.as_ref().map(|link| link.ends_ms));
            script.run(connection).boxed()
        })
        .await
    }

    async fn set_up(&self, order: SetUp) -> Stored<SetUpOutcome> {
        self.write(move |connection| set_up(connection, order).boxed()).await
    }
}

/// One statement without parameters.
fn of(sql: &str) -> Script {
    let mut script = Script::default();
    script.statement(sql);
    script
}

fn any_administrator() -> Script {
    let mut script = Script::default();
    script.statement(ANY_ADMINISTRATOR).bind(Role::Admin.as_str());
    script
}

async fn put_settings(
    connection: &mut SqliteConnection,
    expected: u64,
    changes: SettingChanges,
) -> Outcome<bool> {
    let found = of("SELECT settings_version FROM hub").fetch(connection).await?;
    if Columns::only(&found)?.number()? != expected {
        return Ok(false);
    }
    let mut script = Script::default();
    change(&mut script, changes);
    script.run(connection).await?;
    Ok(true)
}

/// Puts changes in the place of what is stored, and moves the version on.
fn change(script: &mut Script, changes: SettingChanges) {
    let keys: Vec<_> = changes.keys().map(String::as_str).collect();
    let keys = serde_json::to_string(&keys).expect("text always encodes");
    script.statement("UPDATE hub SET settings_version = settings_version + 1");
    script.statement("DELETE FROM settings WHERE key IN (SELECT value FROM json_each(?))").bind(keys);
    let set: Vec<_> = changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    script.insert("settings", setting_columns!(), "", &set, codec::fill_setting);
}

async fn set_up(connection: &mut SqliteConnection, order: SetUp) -> Outcome<SetUpOutcome> {
    let SetUp { presented, at_ms, account, changes } = order;
    let found = of(codec::SETUP_LINK).fetch(connection).await?;
    let link = found.first().map_or(Ok(None), codec::setup_link)?;
    let opens = link.is_some_and(|link| link.opens_by(&presented, at_ms));
    if !opens || !any_administrator().fetch(connection).await?.is_empty() {
        return Ok(SetUpOutcome::NoLink);
    }
    let mut add = Script::default();
    let keep = "ON CONFLICT (name) DO NOTHING RETURNING 1";
    add.insert("accounts", account_columns!(), keep, &[account], codec::fill_account);
    if add.fetch(connection).await?.is_empty() {
        return Ok(SetUpOutcome::NameTaken);
    }
    let mut script = Script::default();
    script.statement("UPDATE hub SET setup = NULL, setup_ends_ms = NULL");
    change(&mut script, changes);
    script.run(connection).await?;
    Ok(SetUpOutcome::Done)
}
