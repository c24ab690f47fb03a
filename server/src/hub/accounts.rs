//! Accounts of people and the devices they signed in on: who there is, and what administrators change of them.

use std::collections::BTreeMap;

use document_model::{DeviceId, Moment, UnitCode};
use serde::Serialize;
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use utoipa::ToSchema;

use super::{COMMIT_ATTEMPTS, Gate, Hub, HubError, INVITATION_DAYS_MOST};
use crate::audit::{AuditAction, AuditFact, By};
use crate::auth::{Account, Device, Invitation, OPEN_INVITATIONS, Role};
use crate::organisation::{Level, Roster};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, ContentHash, Storage, StorageError};

/// Why something about an account cannot be done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefused {
    /// The name cannot be typed or shown.
    #[error("{0:?} is no name")]
    Name(String),
    /// Nobody knows the unit.
    #[error("there is no unit {0}")]
    UnknownUnit(UnitCode),
    /// Nobody of this role works for the unit.
    #[error("{unit} is a {}", .level.as_str())]
    Unit {
        /// The unit.
        unit: UnitCode,
        /// What it is.
        level: Level,
        /// The role.
        role: Role,
    },
    /// The name is taken.
    #[error("there is an account {0:?} already")]
    Exists(String),
    /// There is no such account.
    #[error("there is no account {0:?}")]
    Unknown(String),
    /// There is no such device.
    #[error("there is no device {0}")]
    UnknownDevice(DeviceId),
    /// It is the device that asks.
    #[error("{0} is the device you are asking from")]
    ThisDevice(DeviceId),
    /// Only reps whose account is open are invited.
    #[error("{0} is no rep, or the account is closed")]
    NotInvited(String),
    /// An invitation cannot hold for so long.
    #[error("an invitation does not hold for {0} days")]
    InvitationDays(u32),
    /// As many invitations are open as may be.
    #[error("{OPEN_INVITATIONS} invitations are open, as many as may be")]
    TooManyInvitations,
    /// The unit is no branch.
    #[error("{0} is no branch")]
    NoBranch(UnitCode),
    /// Nobody would be left who may run the system.
    #[error("{0} is the last one who may run the system")]
    LastAdmin(String),
    /// It is not as it was when this was decided.
    #[error("somebody changed {0} meanwhile")]
    Changed(String),
    /// The hub cannot go on.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl AccountRefused {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "USER-NAME",
            Self::UnknownUnit(_) => "USER-UNIT-UNKNOWN",
            Self::Unit { .. } => "USER-UNIT",
            Self::Exists(_) => "USER-EXISTS",
            Self::Unknown(_) => "USER-UNKNOWN",
            Self::UnknownDevice(_) => "DEVICE-UNKNOWN",
            Self::ThisDevice(_) => "DEVICE-THIS",
            Self::NotInvited(_) => "INVITE-REP",
            Self::InvitationDays(_) => "INVITE-DAYS",
            Self::TooManyInvitations => "INVITE-FULL",
            Self::NoBranch(_) => "INVITE-BRANCH",
            Self::LastAdmin(_) => "LAST-ADMIN",
            Self::Changed(_) => "CHANGED-MEANWHILE",
            Self::Hub(error) => error.code().as_str(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn to_do(&self) -> String {
        match self {
            Self::Name(_) => format!("Give 1 to {SIGN_IN_TEXT_BYTES} bytes without blanks around them"),
            Self::UnknownUnit(_) => {
                "Give one of the organisation; importing the organisation brings units".to_owned()
            }
            Self::Unit { role, .. } => {
                let wanted = match role {
                    Role::Rep => "the rep's own code",
                    Role::Manager => "a branch or a region",
                    Role::Hq | Role::Admin => "`nation`",
                };
                format!("Give {wanted}: that is the unit of a {}", role.as_str())
            }
            Self::Exists(_) => "Choose another name; the list of accounts shows those taken".to_owned(),
            Self::Unknown(_) => "The list of accounts (`fieldbook user list`) names them all".to_owned(),
            Self::UnknownDevice(_) => {
                "The list of devices (`fieldbook device list`) names them all".to_owned()
            }
            Self::ThisDevice(_) => "Sign out on it instead".to_owned(),
            Self::NotInvited(_) => "Invite reps; others sign in with a password or at a provider".to_owned(),
            Self::InvitationDays(_) => format!("Give 1 to {INVITATION_DAYS_MOST}"),
            Self::TooManyInvitations => {
                "Invite the others when these have signed in, or their invitations have ended".to_owned()
            }
            Self::NoBranch(_) => "Give a branch, or a single rep".to_owned(),
            Self::LastAdmin(_) => "Give somebody else the role admin first".to_owned(),
            Self::Changed(_) => "Look at it as it is now, then decide again".to_owned(),
            Self::Hub(_) => "Try again in a moment".to_owned(),
        }
    }
}

impl From<StorageError> for AccountRefused {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// An account as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountRow {
    /// The name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The unit it works for.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// The unit's name, where the organisation has such a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// Whether nobody may sign in with it.
    pub disabled: bool,
    /// Its devices that are not shut out.
    pub devices: usize,
    /// When the last of them was in contact, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_ms: Option<i64>,
    /// Until when a code of it holds that nobody used, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited_until_ms: Option<i64>,
    /// Sent back with a change: it holds for the account as it is here alone.
    pub version: String,
}

/// Which accounts are asked for. What is not said takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountsWanted {
    /// A part of the name, or of the unit's code or name.
    pub text: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// Whether it is closed.
    pub disabled: Option<bool>,
}

/// A device as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeviceRow {
    /// Its id.
    #[schema(value_type = String)]
    pub device: DeviceId,
    /// The account it is registered to.
    pub user: String,
    /// The account's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitCode>,
    /// What it calls itself.
    pub name: String,
    /// When it was registered, milliseconds since the epoch.
    pub registered_ms: i64,
    /// When it was last in contact, milliseconds since the epoch.
    pub last_seen_ms: i64,
    /// Up to when all its edits have arrived, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_ms: Option<i64>,
    /// Whether it is shut out.
    pub revoked: bool,
    /// Edits it had not sent when it last said so. What was typed since then is on the device alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u32>,
    /// Items that lay in its tray then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tray: Option<u32>,
    /// The version of its program then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it said so, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_ms: Option<i64>,
}

impl DeviceRow {
    /// Its place in a list of those that hold work first, the longest silent before others. Devices that are shut out
    /// hold none that anybody waits for.
    #[must_use]
    pub fn urgency(&self) -> String {
        let holds = self.waiting.unwrap_or_default() > 0 || self.tray.unwrap_or_default() > 0;
        let rank = if holds && !self.revoked { 0 } else { 1 };
        // Instants of one length, so that texts stand in their order.
        format!("{rank} {:020} {}", self.last_seen_ms.max(0), self.device)
    }
}

/// Which devices are asked for. What is not said takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevicesWanted {
    /// A part of its id or name, or of the account's name.
    pub text: Option<String>,
    /// The account.
    pub user: Option<String>,
    /// Whether it is shut out.
    pub revoked: Option<bool>,
    /// Only those that were last in contact before this, milliseconds since the epoch.
    pub silent_since_ms: Option<i64>,
}

/// A new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The unit it works for.
    pub unit: UnitCode,
    /// The password's hash.
    pub password_hash: String,
}

/// What is to be different of an account. What is not said stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The version it is meant for; without one, whatever is there.
    pub version: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// The unit.
    pub unit: Option<UnitCode>,
    /// Whether nobody may sign in with it.
    pub disabled: Option<bool>,
    /// The hash of a new password.
    pub password_hash: Option<String>,
}

/// An account that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedAccount {
    /// What it is now.
    pub account: Account,
    /// The devices whose sign-in ended.
    pub signed_out: Vec<DeviceId>,
}

impl AccountChange {
    fn applied_to(&self, account: &Account) -> Account {
        Account {
            name: account.name.clone(),
            role: self.role.unwrap_or(account.role),
            unit: self.unit.clone().unwrap_or_else(|| account.unit.clone()),
            password_hash: self.password_hash.clone().unwrap_or_else(|| account.password_hash.clone()),
            disabled: self.disabled.unwrap_or(account.disabled),
        }
    }
}

/// What is noted of a change.
fn note_of(by: &By, before: &Account, after: &Account, now: Moment) -> AuditFact {
    let is_password = before.password_hash != after.password_hash;
    let action = if is_password { AuditAction::AccountPassword } else { AuditAction::AccountChange };
    let mut said = Vec::new();
    if before.role != after.role {
        said.push(format!("role {} to {}", before.role.as_str(), after.role.as_str()));
    }
    if before.unit != after.unit {
        said.push(format!("unit {} to {}", before.unit, after.unit));
    }
    if before.disabled != after.disabled {
        said.push(if after.disabled { "closed" } else { "opened" }.to_owned());
    }
    by.did(action, after.name.clone(), now).with(said.join("; "))
}

/// A name that can be typed and shown.
fn check_name(name: &str) -> Result<(), AccountRefused> {
    let fits = !name.is_empty()
        && name.len() <= SIGN_IN_TEXT_BYTES
        && name.trim() == name
        && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AccountRefused::Name(name.to_owned())) }
}

/// A unit that exists and that somebody of this role works for.
fn check_unit(roster: &Roster, role: Role, unit: &UnitCode) -> Result<(), AccountRefused> {
    let level = roster.level(unit).ok_or_else(|| AccountRefused::UnknownUnit(unit.clone()))?;
    let fits = match role {
        Role::Rep => level == Level::Rep,
        Role::Manager => matches!(level, Level::Branch | Level::Region),
        Role::Hq | Role::Admin => level == Level::Nation,
    };
    if fits { Ok(()) } else { Err(AccountRefused::Unit { unit: unit.clone(), level, role }) }
}

/// Whether one of these texts has `part` in it, small and capital letters alike.
fn has<'t>(part: &Option<String>, texts: impl IntoIterator<Item = &'t str>) -> bool {
    let Some(part) = part.as_ref().map(|part| part.to_lowercase()) else { return true };
    texts.into_iter().any(|text| text.to_lowercase().contains(&part))
}

impl AccountRow {
    fn of(account: &Account, devices: &[&Device], invited: Option<&Invitation>, roster: &Roster) -> Self {
        let unit_name = roster.level(&account.unit).map(|_| super::name_of(&account.unit, roster));
        Self {
            name: account.name.clone(),
            role: account.role,
            unit: account.unit.clone(),
            unit_name,
            disabled: account.disabled,
            devices: devices.iter().filter(|device| !device.revoked).count(),
            last_seen_ms: devices.iter().map(|device| device.last_seen_ms).max(),
            invited_until_ms: invited.filter(|one| one.used_ms.is_none()).map(|one| one.ends_ms),
            version: ContentHash::of_account(account).to_string(),
        }
    }
}

impl DeviceRow {
    fn of(device: Device, unit: Option<UnitCode>) -> Self {
        let told = device.told.as_ref();
        Self {
            waiting: told.map(|told| told.unsent),
            tray: told.map(|told| told.tray),
            version: told.map(|told| told.version.clone()),
            told_ms: told.map(|told| told.at_ms),
            device: device.id,
            unit,
            user: device.user,
            name: device.name,
            registered_ms: device.registered_ms,
            last_seen_ms: device.last_seen_ms,
            complete_ms: device.complete_ms,
            revoked: device.revoked,
        }
    }
}

impl AccountsWanted {
    fn takes(&self, row: &AccountRow) -> bool {
        let texts = [row.name.as_str(), row.unit.as_str()].into_iter().chain(row.unit_name.as_deref());
        self.role.is_none_or(|role| role == row.role)
            && self.disabled.is_none_or(|disabled| disabled == row.disabled)
            && has(&self.text, texts)
    }
}

impl DevicesWanted {
    fn takes(&self, device: &Device) -> bool {
        let id = device.id.to_string();
        self.user.as_ref().is_none_or(|user| *user == device.user)
            && self.revoked.is_none_or(|revoked| revoked == device.revoked)
            && self.silent_since_ms.is_none_or(|since| device.last_seen_ms < since)
            && has(&self.text, [id.as_str(), &device.name, &device.user])
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The accounts that are asked for, by name.
    pub async fn account_rows(&self, wanted: &AccountsWanted) -> Result<Vec<AccountRow>, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let devices = self.storage.devices().await?;
        let mut by_user: BTreeMap<&str, Vec<&Device>> = BTreeMap::new();
        devices.iter().for_each(|device| by_user.entry(&device.user).or_default().push(device));
        let none = Vec::new();
        let (accounts, invited) = futures::try_join!(self.storage.accounts(), self.storage.invitations())?;
        let invited: BTreeMap<_, _> = invited.iter().map(|one| (one.user.as_str(), one)).collect();
        let rows = accounts.iter().map(|account| {
            let devices = by_user.get(account.name.as_str()).unwrap_or(&none);
            AccountRow::of(account, devices, invited.get(account.name.as_str()).copied(), &rules.roster)
        });
        Ok(rows.filter(|row| wanted.takes(row)).collect())
    }

    /// One account as it is shown.
    pub async fn account_row(&self, account: &Account) -> Result<AccountRow, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let devices = self.storage.devices_of(&account.name).await?;
        let devices: Vec<_> = devices.iter().collect();
        let invited = self.storage.invitations().await?.into_iter().find(|one| one.user == account.name);
        Ok(AccountRow::of(account, &devices, invited.as_ref(), &rules.roster))
    }

    /// The devices that are asked for, by id.
    pub async fn device_rows(&self, wanted: &DevicesWanted) -> Result<Vec<DeviceRow>, HubError> {
        let accounts = self.storage.accounts().await?;
        let units: BTreeMap<_, _> =
            accounts.into_iter().map(|account| (account.name, account.unit)).collect();
        let mut devices = self.storage.devices().await?;
        self.contacts.overlay(&mut devices);
        let devices = devices.into_iter().filter(|device| wanted.takes(device));
        let row = |device: Device| {
            let unit = units.get(&device.user).cloned();
            DeviceRow::of(device, unit)
        };
        Ok(devices.map(row).collect())
    }

    /// One device as it is shown.
    pub async fn device_row(&self, device: Device) -> Result<DeviceRow, HubError> {
        let account = self.storage.account(&device.user).await?;
        Ok(DeviceRow::of(device, account.map(|account| account.unit)))
    }

    /// Whether an account of this name, role and unit could be added: asked before somebody thinks of a password.
    pub async fn check_new_account(
        &self,
        name: &str,
        role: Role,
        unit: &UnitCode,
    ) -> Result<(), AccountRefused> {
        check_name(name)?;
        check_unit(&self.storage.roster().await?.0, role, unit)
    }

    /// Adds an account.
    pub async fn add_account(
        &self,
        by: &By,
        new: NewAccount,
        now: Moment,
    ) -> Result<Account, AccountRefused> {
        let NewAccount { name, role, unit, password_hash } = new;
        self.check_new_account(&name, role, &unit).await?;
        let said = format!("{}, {unit}", role.as_str());
        let note = by.did(AuditAction::AccountAdd, name.clone(), now).with(said);
        let account = Account { name, role, unit, password_hash, disabled: false };
        let change = AdminChange::AddAccount(account.clone());
        match self.storage.administer(AdminOrder { change, note }).await? {
            AdminOutcome::Done => Ok(account),
            _ => Err(AccountRefused::Exists(account.name)),
        }
    }

    /// Changes an account. Where it is closed or gets a new password, the sign-ins of its devices end.
    pub async fn change_account(
        &self,
        by: &By,
        name: &str,
        change: &AccountChange,
        now: Moment,
    ) -> Result<ChangedAccount, AccountRefused> {
        for _ in 0..COMMIT_ATTEMPTS {
            let expected = self.storage.account(name).await?;
            let expected = expected.ok_or_else(|| AccountRefused::Unknown(name.to_owned()))?;
            let is_meant = |version: &String| *version == ContentHash::of_account(&expected).to_string();
            if !change.version.as_ref().is_none_or(is_meant) {
                return Err(AccountRefused::Changed(name.to_owned()));
            }
            let account = change.applied_to(&expected);
            if (account.role, &account.unit) != (expected.role, &expected.unit) {
                check_unit(&self.storage.roster().await?.0, account.role, &account.unit)?;
            }
            if account == expected {
                return Ok(ChangedAccount { account, signed_out: Vec::new() });
            }
            let sign_out = account.disabled || account.password_hash != expected.password_hash;
            let signed_out = if sign_out { self.signed_in_devices(name).await? } else { Vec::new() };
            let note = note_of(by, &expected, &account, now);
            let refused = note.clone().refused();
            let order = AdminChange::ChangeAccount { expected, account: account.clone(), sign_out };
            match self.storage.administer(AdminOrder { change: order, note }).await? {
                AdminOutcome::Done => return Ok(ChangedAccount { account, signed_out }),
                AdminOutcome::LastAdmin => {
                    self.storage.note(vec![refused]).await?;
                    return Err(AccountRefused::LastAdmin(name.to_owned()));
                }
                // Whoever named no version means whatever is there; whoever did is told.
                AdminOutcome::Changed | AdminOutcome::Absent => {}
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Shuts a device out for good.
    pub async fn revoke_device(&self, by: &By, id: DeviceId, now: Moment) -> Result<Device, AccountRefused> {
        let unknown = || AccountRefused::UnknownDevice(id);
        let device = self.storage.device(id).await?.ok_or_else(unknown)?;
        let note = by.did(AuditAction::DeviceRevoke, id.to_string(), now);
        let note = note.with(format!("{}: {}", device.user, device.name));
        let order = AdminOrder { change: AdminChange::RevokeDevice(id), note };
        match self.storage.administer(order).await? {
            AdminOutcome::Done => Ok(Device { revoked: true, ..device }),
            _ => Err(unknown()),
        }
    }

    /// The devices of an account that are signed in.
    async fn signed_in_devices(&self, name: &str) -> Result<Vec<DeviceId>, HubError> {
        let mut signed_in = Vec::new();
        for device in self.storage.devices_of(name).await? {
            if self.storage.session(device.id).await?.is_some() {
                signed_in.push(device.id);
            }
        }
        Ok(signed_in)
    }
}
