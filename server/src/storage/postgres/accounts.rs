//! Accounts, devices and sessions.

use document_model::DeviceId;
use futures::{FutureExt, TryFutureExt};
use sqlx::PgConnection;

use super::PostgresStorage;
use super::columns::for_database;
use super::fault::Outcome;
use super::script::Query;
use super::writer::Begin;
use crate::auth::{Account, Device, Invitation, Role, Session, Told};
use crate::organisation::ReportingDevice;
use crate::storage::codec::{self, account_columns, device_columns, invitation_columns, session_columns};
use crate::storage::columns::{Columns, Fill};
use crate::storage::{AccountStorage, Contact, Stored};

impl AccountStorage for PostgresStorage {
    async fn account(&self, name: &str) -> Stored<Option<Account>> {
        let mut query = Query::of(concat!("SELECT ", account_columns!(), " FROM accounts WHERE name = $1"));
        query.text(name);
        self.read(query).await?.first().map(codec::account).transpose()
    }

    async fn accounts(&self) -> Stored<Vec<Account>> {
        let query = Query::of(concat!("SELECT ", account_columns!(), " FROM accounts ORDER BY name"));
        codec::all(&self.read(query).await?, codec::account)
    }

    async fn add_device(&self, device: Device) -> Stored<()> {
        let mut query = Query::of(concat!(
            "INSERT INTO devices (",
            device_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE SET account = excluded.account, \
             name = excluded.name, registered_ms = excluded.registered_ms, \
             last_seen_ms = excluded.last_seen_ms, revoked = excluded.revoked, \
             complete_ms = excluded.complete_ms, program = excluded.program, unsent = excluded.unsent, \
             tray = excluded.tray, told_ms = excluded.told_ms"
        ));
        codec::fill_device(&mut query, &device);
        self.write_one("add device", query).await.map(drop)
    }

    async fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        let mut query = Query::of(concat!("SELECT ", device_columns!(), " FROM devices WHERE id = $1"));
        query.bytes(id.as_bytes());
        self.read(query).await?.first().map(codec::device).transpose()
    }

    async fn devices(&self) -> Stored<Vec<Device>> {
        let query = Query::of(concat!("SELECT ", device_columns!(), " FROM devices ORDER BY id"));
        codec::all(&self.read(query).await?, codec::device)
    }

    async fn devices_of(&self, account: &str) -> Stored<Vec<Device>> {
        let sql = concat!("SELECT ", device_columns!(), " FROM devices WHERE account = $1 ORDER BY id");
        let mut query = Query::of(sql);
        query.text(account);
        codec::all(&self.read(query).await?, codec::device)
    }

    async fn revoke_device(&self, id: DeviceId) -> Stored<bool> {
        let mut query = Query::of("UPDATE devices SET revoked = TRUE WHERE id = $1");
        query.bytes(id.as_bytes());
        self.write_one("revoke device", query).await
    }

    async fn touch_devices(&self, contacts: Vec<Contact>) -> Stored<()> {
        let newest = Contact::newest(contacts);
        if newest.is_empty() {
            return Ok(());
        }
        // Of two times, one of which may be absent, the later one.
        let sql = "UPDATE devices SET last_seen_ms = greatest(last_seen_ms, seen.ms), \
            complete_ms = greatest(complete_ms, seen.upto_ms), \
            program = CASE WHEN coalesce(told_ms, said_ms) <= said_ms THEN said ELSE program END, \
            unsent = CASE WHEN coalesce(told_ms, said_ms) <= said_ms THEN said_unsent ELSE unsent END, \
            tray = CASE WHEN coalesce(told_ms, said_ms) <= said_ms THEN said_tray ELSE tray END, \
            told_ms = greatest(told_ms, said_ms) \
            FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], \
            $7::bigint[]) AS seen (device, ms, upto_ms, said, said_unsent, said_tray, said_ms) \
            WHERE id = seen.device AND (last_seen_ms < seen.ms OR said_ms IS NOT NULL OR \
            complete_ms IS DISTINCT FROM greatest(complete_ms, seen.upto_ms))";
        let mut query = Query::of(sql);
        query.ids(newest.iter().map(|contact| contact.device.as_bytes()));
        query.bind(newest.iter().map(|contact| contact.seen_ms).collect::<Vec<_>>());
        query.bind(newest.iter().map(|contact| contact.complete_ms).collect::<Vec<_>>());
        let told = |part: fn(&Told) -> i64| {
            newest.iter().map(|contact| contact.told.as_ref().map(part)).collect::<Vec<Option<i64>>>()
        };
        let versions = newest
            .iter()
            .map(|contact| contact.told.as_ref().map(|told| for_database(&told.version).into_owned()));
        query.bind(versions.collect::<Vec<Option<String>>>());
        query.bind(told(|told| told.unsent.into())).bind(told(|told| told.tray.into()));
        query.bind(told(|told| told.at_ms));
        self.write_one("touch devices", query).await.map(drop)
    }

    async fn reporting_devices(&self) -> Stored<Vec<ReportingDevice>> {
        let mut query =
            Query::of_parts(format!("{} WHERE role = $1 AND NOT disabled", codec::REPORTING_DEVICES));
        query.text(Role::Rep.as_str());
        codec::all(&self.read(query).await?, codec::reporting_device)
    }

    async fn session(&self, device: DeviceId) -> Stored<Option<Session>> {
        let sql = concat!("SELECT ", session_columns!(), " FROM sessions WHERE device = $1");
        let mut query = Query::of(sql);
        query.bytes(device.as_bytes());
        self.read(query).await?.first().map(codec::session).transpose()
    }

    async fn replace_session(&self, expected: Option<Session>, session: Session) -> Stored<bool> {
        let given = (expected, session);
        self.writer
            .write("replace session", Begin::Write, given, |connection, (expected, session)| {
                replace_session(connection, expected.as_ref(), session).boxed()
            })
            .await
    }

    async fn end_session(&self, device: DeviceId) -> Stored<()> {
        let mut query = Query::of("DELETE FROM sessions WHERE device = $1");
        query.bytes(device.as_bytes());
        self.write_one("end session", query).await.map(drop)
    }

    async fn invitations(&self) -> Stored<Vec<Invitation>> {
        let sql = concat!("SELECT ", invitation_columns!(), " FROM invitations ORDER BY account");
        codec::all(&self.read(Query::of(sql)).await?, codec::invitation)
    }

    async fn invitation(&self, code: [u8; 32]) -> Stored<Option<Invitation>> {
        let sql = concat!("SELECT ", invitation_columns!(), " FROM invitations WHERE hash = $1");
        let mut query = Query::of(sql);
        query.bytes(&code[..]);
        self.read(query).await?.first().map(codec::invitation).transpose()
    }

    async fn open_invitations(&self, at_ms: i64) -> Stored<u64> {
        let sql = "SELECT count(*) FROM invitations WHERE used_ms IS NULL AND ends_ms > $1";
        let mut query = Query::of(sql);
        query.integer(at_ms);
        Columns::only(&self.read(query).await?)?.number()
    }
}

impl PostgresStorage {
    /// Runs one statement in a transaction of its own; whether it changed any row.
    pub(super) async fn write_one(&self, name: &'static str, query: Query) -> Stored<bool> {
        self.writer
            .write(name, Begin::Write, query, |connection, query| {
                query.clone().run(connection).map_ok(|changed| changed > 0).boxed()
            })
            .await
    }
}

/// A row that is there is locked before it is compared; one that is not there may appear meanwhile, and
/// is then left as it is.
pub(super) async fn replace_session(
    connection: &mut PgConnection,
    expected: Option<&Session>,
    new: &Session,
) -> Outcome<bool> {
    let sql = concat!("SELECT ", session_columns!(), " FROM sessions WHERE device = $1 FOR UPDATE");
    let mut query = Query::of(sql);
    query.bytes(new.device.as_bytes());
    let found = query.fetch(connection).await?.first().map(codec::session).transpose()?;
    if found.as_ref() != expected {
        return Ok(false);
    }
    let sql = match found {
        Some(_) => "UPDATE sessions SET current = $2, previous = $3, expires_ms = $4 WHERE device = $1",
        None => concat!(
            "INSERT INTO sessions (",
            session_columns!(),
            ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        ),
    };
    let mut query = Query::of(sql);
    codec::fill_session(&mut query, new);
    Ok(query.run(connection).await? > 0)
}
