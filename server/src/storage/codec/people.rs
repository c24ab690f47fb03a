//! Accounts, devices and sessions.

use std::borrow::Cow;

use document_model::DeviceId;

use crate::auth::{Account, Device, Invitation, Role, Session, Told};
use crate::organisation::ReportingDevice;
use crate::storage::Stored;
use crate::storage::columns::{Columns, Fill, StoredRow};

macro_rules! account_columns {
    () => {
        "name, role, unit, password_hash, disabled"
    };
}

macro_rules! device_columns {
    () => {
        "id, account, name, registered_ms, last_seen_ms, revoked, complete_ms, program, unsent, tray, told_ms"
    };
}

macro_rules! session_columns {
    () => {
        "device, current, previous, expires_ms"
    };
}

macro_rules! invitation_columns {
    () => {
        "account, hash, made_ms, made_by, ends_ms, used_ms"
    };
}

pub(in crate::storage) use {account_columns, device_columns, invitation_columns, session_columns};

pub(in crate::storage) fn account(row: &impl StoredRow) -> Stored<Account> {
    let mut columns = Columns::of(row);
    Ok(Account {
        name: columns.string()?,
        role: Role::of_str(&columns.text()?).ok_or_else(|| columns.damaged("an unknown role"))?,
        unit: columns.unit()?,
        password_hash: columns.string()?,
        disabled: columns.flag()?,
    })
}

pub(in crate::storage) fn fill_account(row: &mut impl Fill, account: &Account) {
    row.text(account.name.as_str()).text(account.role.as_str()).text(account.unit.as_str());
    row.text(account.password_hash.as_str()).flag(account.disabled);
}

pub(in crate::storage) fn device(row: &impl StoredRow) -> Stored<Device> {
    let mut columns = Columns::of(row);
    Ok(Device {
        id: DeviceId(columns.array()?),
        user: columns.string()?,
        name: columns.string()?,
        registered_ms: columns.integer()?,
        last_seen_ms: columns.integer()?,
        revoked: columns.flag()?,
        complete_ms: columns.maybe_integer()?,
        told: told(&mut columns)?,
    })
}

fn told(columns: &mut Columns<'_, impl StoredRow>) -> Stored<Option<Told>> {
    let version = columns.maybe_text()?.map(Cow::into_owned);
    let (unsent, tray, at_ms) =
        (columns.maybe_integer()?, columns.maybe_integer()?, columns.maybe_integer()?);
    let count = |stored: Option<i64>| u32::try_from(stored.unwrap_or_default()).unwrap_or(u32::MAX);
    let (unsent, tray) = (count(unsent), count(tray));
    Ok(at_ms.map(|at_ms| Told { version: version.unwrap_or_default(), unsent, tray, at_ms }))
}

pub(in crate::storage) fn fill_device(row: &mut impl Fill, device: &Device) {
    row.bytes(device.id.as_bytes()).text(device.user.as_str()).text(device.name.as_str());
    row.integer(device.registered_ms).integer(device.last_seen_ms).flag(device.revoked);
    row.integer(device.complete_ms);
    let told = device.told.as_ref();
    row.text(told.map(|told| told.version.as_str())).integer(told.map(|told| i64::from(told.unsent)));
    row.integer(told.map(|told| i64::from(told.tray))).integer(told.map(|told| told.at_ms));
}

/// What is asked of devices of reps who may sign in: the rep, and what is known of the device.
pub(in crate::storage) const REPORTING_DEVICES: &str = "SELECT unit, devices.id, devices.name, last_seen_ms, \
    complete_ms, revoked FROM devices JOIN accounts ON accounts.name = devices.account";

pub(in crate::storage) fn reporting_device(row: &impl StoredRow) -> Stored<ReportingDevice> {
    let mut columns = Columns::of(row);
    Ok(ReportingDevice {
        rep: columns.unit()?,
        device: DeviceId(columns.array()?),
        name: columns.string()?,
        last_seen_ms: columns.integer()?,
        complete_ms: columns.maybe_integer()?,
        revoked: columns.flag()?,
    })
}

pub(in crate::storage) fn session(row: &impl StoredRow) -> Stored<Session> {
    let mut columns = Columns::of(row);
    Ok(Session {
        device: DeviceId(columns.array()?),
        current: columns.array()?,
        previous: columns.maybe_array()?,
        expires_ms: columns.integer()?,
    })
}

pub(in crate::storage) fn fill_session(row: &mut impl Fill, session: &Session) {
    row.bytes(session.device.as_bytes()).bytes(&session.current[..]);
    row.bytes(session.previous.as_ref().map(|hash| &hash[..])).integer(session.expires_ms);
}

pub(in crate::storage) fn invitation(row: &impl StoredRow) -> Stored<Invitation> {
    let mut columns = Columns::of(row);
    Ok(Invitation {
        user: columns.string()?,
        hash: columns.array()?,
        made_ms: columns.integer()?,
        made_by: columns.string()?,
        ends_ms: columns.integer()?,
        used_ms: columns.maybe_integer()?,
    })
}

pub(in crate::storage) fn fill_invitation(row: &mut impl Fill, invitation: &Invitation) {
    row.text(invitation.user.as_str()).bytes(&invitation.hash[..]).integer(invitation.made_ms);
    row.text(invitation.made_by.as_str()).integer(invitation.ends_ms).integer(invitation.used_ms);
}
