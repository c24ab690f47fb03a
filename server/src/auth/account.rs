//! Accounts, registered devices and their sessions, as stored.

use document_model::{DeviceId, UnitCode};
use serde::{Deserialize, Serialize};
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use utoipa::ToSchema;

/// What an account may do in principle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Keeps the books of one rep.
    Rep,
    /// Watches a branch or region.
    Manager,
    /// Watches the nation.
    Hq,
    /// Runs the system.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Rep, Self::Manager, Self::Hq, Self::Admin];

    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Manager => "manager",
            Self::Hq => "hq",
            Self::Admin => "admin",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// One person's account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The unit it works for: a rep's own code, a manager's branch or region, `nation`.
    pub unit: UnitCode,
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// True when nobody may sign in with it.
    pub disabled: bool,
}

impl Account {
    /// Whether somebody may run the system with it.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("role", &self.role).field("unit", &self.unit).finish_non_exhaustive()
    }
}

/// Whether a name can be typed and shown.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= SIGN_IN_TEXT_BYTES
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

/// A registered device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The account it is registered to.
    pub user: String,
    /// What it calls itself.
    pub name: String,
    /// When it was registered, milliseconds since the epoch.
    pub registered_ms: i64,
    /// When it was last in contact, milliseconds since the epoch.
    pub last_seen_ms: i64,
    /// Up to when all its edits have arrived, milliseconds since the epoch; `None` until it said so.
    pub complete_ms: Option<i64>,
    /// True when it may do nothing any more.
    pub revoked: bool,
    /// What it said of itself; `None` until it did.
    pub told: Option<Told>,
}

/// What a device said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The version of its program.
    pub version: String,
    /// Edits it had not sent, but for those it sent then.
    pub unsent: u32,
    /// Items in its tray.
    pub tray: u32,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
}

/// An invitation: a code that signs one device of an account in, once. Of the code only the hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The account.
    pub user: String,
    /// [`super::TokenKeys::hash_code`] of the code.
    pub hash: [u8; 32],
    /// When it was made, milliseconds since the epoch.
    pub made_ms: i64,
    /// Who made it.
    pub made_by: String,
    /// When it ends, milliseconds since the epoch.
    pub ends_ms: i64,
    /// When a device signed in with it, milliseconds since the epoch.
    pub used_ms: Option<i64>,
}

impl Invitation {
    /// Whether a device may sign in with it at an instant.
    #[must_use]
    pub fn is_open(&self, at_ms: i64) -> bool {
        self.used_ms.is_none() && at_ms < self.ends_ms
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("ends_ms", &self.ends_ms).finish_non_exhaustive()
    }
}

/// A device's sign-in: hashes of the refresh tokens of its one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The device.
    pub device: DeviceId,
    /// SHA-256 of the newest refresh token.
    pub current: [u8; 32],
    /// SHA-256 of the one before, honoured once more while the newest was never used: its answer
    /// may have been lost on the way.
    pub previous: Option<[u8; 32]>,
    /// When the line ends for good, milliseconds since the epoch.
    pub expires_ms: i64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("device", &self.device).finish_non_exhaustive()
    }
}
