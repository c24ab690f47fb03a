//! What an administrator set, and the link that makes the first one.

use futures::FutureExt;
use sqlx::PgConnection;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::{Present, Query, Script};
use super::writer::Begin;
use crate::auth::Role;
use crate::storage::codec::{self, account_columns, setting_columns};
use crate::storage::columns::{Columns, Fill};
use crate::storage::{
    SetUp, SetUpOutcome, SettingChanges, SettingStorage, SetupLink, Stored, StoredSettings,
};

const ANY_ADMINISTRATOR: &str = "SELECT 1 FROM accounts WHERE role = $1 AND NOT disabled LIMIT 1";

impl SettingStorage for PostgresStorage {
    async fn settings(&self) -> Stored<StoredSettings> {
        codec::settings(&self.read(Query::of(codec::SETTINGS)).await?)
    }

    async fn put_settings(&self, expected: u64, changes: SettingChanges) -> Stored<bool> {
        self.writer
            .write("put settings", Begin::Write, (expected, changes), |connection, (expected, changes)| {
                put_settings(connection, *expected, changes).boxed()
            })
            .await
    }

    async fn has_accounts(&self) -> Stored<bool> {
        Ok(!self.read(Query::of(codec::ANY_ACCOUNT)).await?.is_empty())
    }

    async fn has_administrator(&self) -> Stored<bool> {
        Ok(!self.read(any_administrator()).await?.is_empty())
    }

    async fn setup_link(&self) -> Stored<Option<SetupLink>> {
        let found = self.read(Query::of(codec::SETUP_LINK)).await?;
        found.first().map_or(Ok(None), codec::setup_link)
    }

    async fn put_setup_link(&self, link: Option<SetupLink>) -> Stored<()> {
        let mut query = Query::of("UPDATE hub SET setup = $1, setup_ends_ms = $2");
        query.bytes(link.as_ref().map(|link| &link.hash[..]));
        query.integer(link.as_ref().map(|link| link.ends_ms));
        self.write_one("put setup link", query).await.map(drop)
    }

    async fn set_up(&self, order: SetUp) -> Stored<SetUpOutcome> {
        self.writer
            .write("set up", Begin::Write, order, |connection, order| set_up(connection, order).boxed())
            .await
    }
}

fn any_administrator() -> Query {
    let mut query = Query::of(ANY_ADMINISTRATOR);
    query.text(Role::Admin.as_str());
    query
}

async fn put_settings(
    connection: &mut PgConnection,
    expected: u64,
    changes: &SettingChanges,
) -> Outcome<bool> {
    // The row is locked until the end: whoever comes second reads the next version.
    let found = Query::of("SELECT settings_version FROM hub FOR UPDATE").fetch(connection).await?;
    if Columns::only(&found)?.number()? != expected {
        return Ok(false);
    }
    change(connection, changes).await?;
    Ok(true)
}

/// Puts changes in the place of what is stored, and moves the version on.
async fn change(connection: &mut PgConnection, changes: &SettingChanges) -> Outcome<()> {
    Query::of("UPDATE hub SET settings_version = settings_version + 1").run(connection).await?;
    let mut gone = Query::of("DELETE FROM settings WHERE key = ANY($1)");
    gone.texts(changes.keys().map(String::as_str));
    gone.run(connection).await?;
    let set = changes.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
    let set: Vec<_> = set.collect();
    let mut script = Script::default();
    script.insert("settings", setting_columns!(), Present::Fails, &set, codec::fill_setting);
    script.run(connection).await
}

async fn set_up(connection: &mut PgConnection, order: &SetUp) -> Outcome<SetUpOutcome> {
    // The row is locked until the end: whoever comes second finds the link used up.
    let locked = Query::of_parts(format!("{} FOR UPDATE", codec::SETUP_LINK)).fetch(connection).await?;
    let link = locked.first().map_or(Ok(None), codec::setup_link)?;
    let opens = link.is_some_and(|link| link.opens_by(&order.presented, order.at_ms));
    if !opens || !any_administrator().fetch(connection).await?.is_empty() {
        return Ok(SetUpOutcome::NoLink);
    }
    let mut taken = Query::of("SELECT 1 FROM accounts WHERE name = $1");
    taken.text(order.account.name.as_str());
    if !taken.fetch(connection).await?.is_empty() {
        return Ok(SetUpOutcome::NameTaken);
    }
    let mut script = Script::default();
    let account = std::slice::from_ref(&order.account);
    script.insert("accounts", account_columns!(), Present::Crossed, account, codec::fill_account);
    script.run(connection).await?;
    Query::of("UPDATE hub SET setup = NULL, setup_ends_ms = NULL").run(connection).await?;
    change(connection, &order.changes).await?;
    Ok(SetUpOutcome::Done)
}
