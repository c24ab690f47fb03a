//! Accounts, devices and sessions.

use document_model::DeviceId;
use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::fault::Outcome;
use super::script::Script;
use crate::auth::{Account, Device, Invitation, Role, Session};
use crate::organisation::ReportingDevice;
use crate::storage::codec::{self, account_columns, device_columns, invitation_columns, session_columns};
use crate::storage::columns::Columns;
use crate::storage::{AccountStorage, Contact, Stored};

impl AccountStorage for SqliteStorage {
    async fn account(&self, name: &str) -> Stored<Option<Account>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", account_columns!(), " FROM accounts WHERE name = ?")).bind(name);
        self.read(script).await?.first().map(codec::account).transpose()
    }

    async fn accounts(&self) -> Stored<Vec<Account>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", account_columns!(), " FROM accounts ORDER BY name"));
        codec::all(&self.read(script).await?, codec::account)
    }

    async fn add_device(&self, device: Device) -> Stored<()> {
        let mut script = Script::default();
        let over = "ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, \
            registered_ms = excluded.registered_ms, last_seen_ms = excluded.last_seen_ms, \
            revoked = excluded.revoked, complete_ms = excluded.complete_ms, program = excluded.program, \
            unsent = excluded.unsent, tray = excluded.tray, told_ms = excluded.told_ms";
        script.insert("devices", device_columns!(), over, &[device], codec::fill_device);
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        let mut script = Script::default();
        script
            .statement(concat!("SELECT ", device_columns!(), " FROM devices WHERE id = ?"))
            .bind(id.as_bytes());
        self.read(script).await?.first().map(codec::device).transpose()
    }

    async fn devices(&self) -> Stored<Vec<Device>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", device_columns!(), " FROM devices ORDER BY id"));
        codec::all(&self.read(script).await?, codec::device)
    }

    async fn devices_of(&self, account: &str) -> Stored<Vec<Device>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", device_columns!(), " FROM devices WHERE account = ? ORDER BY id");
        script.statement(sql).bind(account);
        codec::all(&self.read(script).await?, codec::device)
    }

    async fn revoke_device(&self, id: DeviceId) -> Stored<bool> {
        let mut script = Script::default();
        script.statement("UPDATE devices SET revoked = 1 WHERE id = ?").bind(id.as_bytes());
        self.write_one(script).await
    }

    async fn touch_devices(&self, contacts: Vec<Contact>) -> Stored<()> {
        let newest = Contact::newest(contacts);
        if newest.is_empty() {
            return Ok(());
        }
        let row = |contact: &Contact| {
            let told = contact.told.clone().map(|told| (told.version, told.unsent, told.tray, told.at_ms));
            (contact.device.to_string(), contact.seen_ms, contact.complete_ms, told)
        };
        let contacts: Vec<_> = newest.iter().map(row).collect();
        let contacts = serde_json::to_string(&contacts).expect("text and numbers always encode");
        let mut script = Script::default();
        let sql = "UPDATE devices SET last_seen_ms = max(last_seen_ms, seen_ms), \
            complete_ms = max(ifnull(complete_ms, upto_ms), ifnull(upto_ms, complete_ms)), \
            program = iif(ifnull(told_ms, said_ms) <= said_ms, said ->> 0, program), \
            unsent = iif(ifnull(told_ms, said_ms) <= said_ms, said ->> 1, unsent), \
            tray = iif(ifnull(told_ms, said_ms) <= said_ms, said ->> 2, tray), \
            told_ms = iif(ifnull(told_ms, said_ms) <= said_ms, said_ms, told_ms) \
            FROM (SELECT unhex(value ->> 0) AS wanted, value ->> 1 AS seen_ms, value ->> 2 AS upto_ms, \
            value -> 3 AS said, value -> 3 ->> 3 AS said_ms FROM json_each(?)) WHERE id = wanted";
        script.statement(sql).bind(contacts);
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn reporting_devices(&self) -> Stored<Vec<ReportingDevice>> {
        let mut script = Script::default();
        let sql = format!("{} WHERE role = ? AND disabled = 0", codec::REPORTING_DEVICES);
        script.statement(&sql).bind(Role::Rep.as_str());
        codec::all(&self.read(script).await?, codec::reporting_device)
    }

    async fn session(&self, device: DeviceId) -> Stored<Option<Session>> {
        self.read(session_of(device)).await?.first().map(codec::session).transpose()
    }

    async fn replace_session(&self, expected: Option<Session>, session: Session) -> Stored<bool> {
        self.write(|connection| replace_session(connection, expected, session).boxed()).await
    }

    async fn end_session(&self, device: DeviceId) -> Stored<()> {
        let mut script = Script::default();
        script.statement("DELETE FROM sessions WHERE device = ?").bind(device.as_bytes());
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn invitations(&self) -> Stored<Vec<Invitation>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", invitation_columns!(), " FROM invitations ORDER BY account"));
        codec::all(&self.read(script).await?, codec::invitation)
    }

    async fn invitation(&self, code: [u8; 32]) -> Stored<Option<Invitation>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", invitation_columns!(), " FROM invitations WHERE hash = ?");
        script.statement(sql).bind(code.to_vec());
        self.read(script).await?.first().map(codec::invitation).transpose()
    }

    async fn open_invitations(&self, at_ms: i64) -> Stored<u64> {
        let mut script = Script::default();
        let sql = "SELECT count(*) FROM invitations WHERE used_ms IS NULL AND ends_ms > ?";
        script.statement(sql).bind(at_ms);
        Columns::only(&self.read(script).await?)?.number()
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

pub(super) async fn replace_session(
    connection: &mut SqliteConnection,
    expected: Option<Session>,
    new: Session,
) -> Outcome<bool> {
    let found = session_of(new.device).fetch(connection).await?;
    if found.first().map(codec::session).transpose()? != expected {
        return Ok(false);
    }
    let mut script = Script::default();
    let over = "ON CONFLICT (device) DO UPDATE SET current = excluded.current, previous = excluded.previous, \
        expires_ms = excluded.expires_ms";
    script.insert("sessions", session_columns!(), over, &[new], codec::fill_session);
    script.run(connection).await?;
    Ok(true)
}

fn session_of(device: DeviceId) -> Script {
    let mut script = Script::default();
    let sql = concat!("SELECT ", session_columns!(), " FROM sessions WHERE device = ?");
    script.statement(sql).bind(device.as_bytes());
    script
}
