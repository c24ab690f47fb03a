//! What an administrator set, and the link that makes the first one: records, and what decides about a link. Pure.

use std::collections::BTreeMap;
use std::fmt;

use subtle::ConstantTimeEq;

use crate::auth::Account;

/// What an administrator set in place of defaults, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredSettings {
    /// How often it was changed.
    pub version: u64,
    /// By the setting's name, `http.drain_s`; values are JSON.
    pub values: BTreeMap<String, String>,
}

/// Changes of what is stored: another value, or none any more.
pub type SettingChanges = BTreeMap<String, Option<String>>;

/// A link that makes the first administrator. Of its token only the hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupLink {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// When it ends, milliseconds since the epoch.
    pub ends_ms: i64,
}

impl fmt::Debug for SetupLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupLink").field("ends_ms", &self.ends_ms).finish_non_exhaustive()
    }
}

impl SetupLink {
    /// Whether a token of this hash opens it at an instant. How long that takes tells nothing of the hash.
    #[must_use]
    pub fn opens_by(&self, presented: &[u8; 32], now_ms: i64) -> bool {
        bool::from(self.hash.ct_eq(presented)) && now_ms < self.ends_ms
    }
}

/// The first administrator, made with a link.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// SHA-256 of the token presented.
    pub presented: [u8; 32],
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// The account.
    pub account: Account,
    /// What is set with it.
    pub changes: SettingChanges,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpOutcome {
    /// The account is there, and the link is used up.
    Done,
    /// No such link holds: it is wrong, over or used, or there is an administrator.
    NoLink,
    /// The name is taken; the link still holds.
    NameTaken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_by_its_own_token_until_its_end() {
        let link = SetupLink { hash: [7; 32], ends_ms: 1_000 };
        let mut close = [7; 32];
        close[31] = 8;
        assert!(link.opens_by(&[7; 32], 999));
        assert!(!link.opens_by(&[7; 32], 1_000) && !link.opens_by(&close, 999));
        assert!(!format!("{link:?}").contains('7'), "{link:?}");
    }
}
