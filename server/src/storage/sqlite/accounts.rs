//! Accounts, devices and sessions.

use std::collections::BTreeMap;

use document_model::{DeviceId, UnitCode};
use futures::FutureExt;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::SqliteStorage;
use super::columns::Columns;
use super::fault::Outcome;
use super::script::Script;
use crate::auth::{Account, Device, Role, Session};
use crate::storage::{AccountStorage, Stored};

macro_rules! account_columns {
    () => {
        "name, role, unit, password_hash, disabled"
    };
}

macro_rules! device_columns {
    () => {
        "id, account, name, registered_ms, last_seen_ms, revoked"
    };
}

impl AccountStorage for SqliteStorage {
    async fn add_account(&self, account: Account) -> Stored<bool> {
        let sql = concat!(
            "INSERT INTO accounts (",
            account_columns!(),
            ") VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING"
        );
        let mut script = Script::default();
        script
            .statement(sql)
            .bind(account.name.as_str())
            .bind(account.role.as_str())
            .bind(account.unit.as_str());
        script.bind(account.password_hash.as_str()).bind(account.disabled);
        self.write_one(script).await
    }

    async fn update_account(&self, account: Account) -> Stored<bool> {
        let sql = "UPDATE accounts SET role = ?, unit = ?, password_hash = ?, disabled = ? WHERE name = ?";
        let mut script = Script::default();
        script.statement(sql).bind(account.role.as_str()).bind(account.unit.as_str());
        script.bind(account.password_hash.as_str()).bind(account.disabled).bind(account.name.as_str());
        self.write_one(script).await
    }

    async fn account(&self, name: &str) -> Stored<Option<Account>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", account_columns!(), " FROM accounts WHERE name = ?")).bind(name);
        Ok(self.read(script).await?.first().map(account).transpose()?)
    }

    async fn accounts(&self) -> Stored<Vec<Account>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", account_columns!(), " FROM accounts ORDER BY name"));
        Ok(self.read(script).await?.iter().map(account).collect::<Outcome<_>>()?)
    }

    async fn add_device(&self, device: Device) -> Stored<()> {
        let mut script = Script::default();
        script.statement(concat!(
            "INSERT OR REPLACE INTO devices (",
            device_columns!(),
            ") VALUES (?, ?, ?, ?, ?, ?)"
        ));
        script.bind(device.id.as_bytes()).bind(device.user.as_str()).bind(device.name.as_str());
        script.bind(device.registered_ms).bind(device.last_seen_ms).bind(device.revoked);
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        let mut script = Script::default();
        script
            .statement(concat!("SELECT ", device_columns!(), " FROM devices WHERE id = ?"))
            .bind(id.as_bytes());
        Ok(self.read(script).await?.first().map(device).transpose()?)
    }

    async fn devices(&self) -> Stored<Vec<Device>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", device_columns!(), " FROM devices ORDER BY id"));
        Ok(self.read(script).await?.iter().map(device).collect::<Outcome<_>>()?)
    }

    async fn revoke_device(&self, id: DeviceId) -> Stored<bool> {
        let mut script = Script::default();
        script.statement("UPDATE devices SET revoked = 1 WHERE id = ?").bind(id.as_bytes());
        self.write_one(script).await
    }

    async fn touch_devices(&self, contacts: Vec<(DeviceId, i64)>) -> Stored<()> {
        let mut newest: BTreeMap<DeviceId, i64> = BTreeMap::new();
        for (id, seen_ms) in contacts {
            newest.entry(id).and_modify(|known| *known = seen_ms.max(*known)).or_insert(seen_ms);
        }
        if newest.is_empty() {
            return Ok(());
        }
        let contacts: Vec<_> = newest.iter().map(|(id, seen_ms)| (id.to_string(), seen_ms)).collect();
        let contacts = serde_json::to_string(&contacts).expect("text and numbers always encode");
        let mut script = Script::default();
        let sql = "UPDATE devices SET last_seen_ms = max(last_seen_ms, seen_ms) \
            FROM (SELECT unhex(value ->> 0) AS wanted, value ->> 1 AS seen_ms FROM json_each(?)) WHERE id = wanted";
        script.statement(sql).bind(contacts);
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn session(&self, device: DeviceId) -> Stored<Option<Session>> {
        let found = self.read(session_of(device)).await?;
        Ok(found.first().map(session).transpose()?)
    }

    async fn replace_session(&self, expected: Option<Session>, session: Session) -> Stored<bool> {
        self.write(|connection| replace_session(connection, expected, session).boxed()).await
    }

    async fn end_session(&self, device: DeviceId) -> Stored<()> {
        let mut script = Script::default();
        script.statement("DELETE FROM sessions WHERE device = ?").bind(device.as_bytes());
        self.write(|connection| script.run(connection).boxed()).await
    }
}

impl SqliteStorage {
    /// Runs one statement that changes one row at most; whether it did.
    async fn write_one(&self, mut script: Script) -> Stored<bool> {
        script.statement("SELECT changes()");
        let work = async move |connection: &mut SqliteConnection| -> Outcome<bool> {
            let [_, changes] = script.fetch_all(connection).await?;
            Ok(Columns::only(&changes)?.number()? > 0)
        };
        self.write(|connection| Box::pin(work(connection))).await
    }
}

async fn replace_session(
    connection: &mut SqliteConnection,
    expected: Option<Session>,
    new: Session,
) -> Outcome<bool> {
    let found = session_of(new.device).fetch(connection).await?;
    if found.first().map(session).transpose()? != expected {
        return Ok(false);
    }
    let mut script = Script::default();
    script.statement(
        "INSERT OR REPLACE INTO sessions (device, current, previous, expires_ms) VALUES (?, ?, ?, ?)",
    );
    script.bind(new.device.as_bytes()).bind(&new.current[..]);
    script.bind(new.previous.as_ref().map(|hash| &hash[..])).bind(new.expires_ms);
    script.run(connection).await?;
    Ok(true)
}

fn session_of(device: DeviceId) -> Script {
    let mut script = Script::default();
    let sql = "SELECT device, current, previous, expires_ms FROM sessions WHERE device = ?";
    script.statement(sql).bind(device.as_bytes());
    script
}

fn account(row: &SqliteRow) -> Outcome<Account> {
    let mut columns = Columns::of(row);
    Ok(Account {
        name: columns.take()?,
        role: Role::of_str(columns.take()?).ok_or_else(|| columns.damaged("an unknown role"))?,
        unit: UnitCode(columns.take()?),
        password_hash: columns.take()?,
        disabled: columns.take()?,
    })
}

fn device(row: &SqliteRow) -> Outcome<Device> {
    let mut columns = Columns::of(row);
    Ok(Device {
        id: DeviceId(columns.array()?),
        user: columns.take()?,
        name: columns.take()?,
        registered_ms: columns.take()?,
        last_seen_ms: columns.take()?,
        revoked: columns.take()?,
    })
}

fn session(row: &SqliteRow) -> Outcome<Session> {
    let mut columns = Columns::of(row);
    Ok(Session {
        device: DeviceId(columns.array()?),
        current: columns.array()?,
        previous: columns.maybe_array()?,
        expires_ms: columns.take()?,
    })
}
