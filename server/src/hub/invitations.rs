//! Invitations: codes that sign a device in without a password, made by administrators.
//!
//! Reps alone are invited: what eight digits open is one rep's books. Everybody else signs in with a password or at a
//! provider.

use std::collections::BTreeSet;
use std::fmt;

use document_model::{Entropy, Moment, UnitCode};

use super::{AccountRefused, COMMIT_ATTEMPTS, Gate, Hub};
use crate::audit::{AuditAction, By};
use crate::auth::{Account, Invitation, OPEN_INVITATIONS, Role, TokenKeys, made_code};
use crate::organisation::Level;
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, Storage, StorageError};

/// Days an invitation holds, where nobody says otherwise.
pub const INVITATION_DAYS: u32 = 7;
/// At most so many.
pub const INVITATION_DAYS_MOST: u32 = 30;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// An invitation that was made. The code is told this once.
#[derive(Clone, PartialEq, Eq)]
pub struct Invited {
    /// The account.
    pub user: String,
    /// The rep's unit.
    pub unit: UnitCode,
    /// The rep's name.
    pub name: String,
    /// Eight digits.
    pub code: String,
    /// When it ends, milliseconds since the epoch.
    pub ends_ms: i64,
}

impl fmt::Debug for Invited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invited")
            .field("user", &self.user)
            .field("ends_ms", &self.ends_ms)
            .finish_non_exhaustive()
    }
}

impl Invited {
    /// The code as people read it out: four digits and four.
    #[must_use]
    pub fn code_in_words(&self) -> String {
        let (first, second) = self.code.split_at(self.code.len() / 2);
        format!("{first} {second}")
    }

    /// The page that takes the code, on this hub. What stands behind `#` no browser sends and no log holds.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/rep/#pair={}", self.code)
    }
}

/// The reps of a branch, as far as somebody invites them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToInvite {
    /// The accounts that have no device.
    pub users: Vec<String>,
    /// How many have one.
    pub with_device: usize,
}

/// The reps of a branch who were invited together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedTogether {
    /// Their codes.
    pub invited: Vec<Invited>,
    /// How many were passed over, because they have a device.
    pub with_device: usize,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Makes a code that signs one device of a rep in, once, within so many days. It takes the place of the code
    /// before.
    pub async fn invite(
        &self,
        by: &By,
        keys: &TokenKeys,
        user: &str,
        days: u32,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Invited, AccountRefused> {
        if !(1..=INVITATION_DAYS_MOST).contains(&days) {
            return Err(AccountRefused::InvitationDays(days));
        }
        let account = self.storage.account(user).await?;
        let account = account.ok_or_else(|| AccountRefused::Unknown(user.to_owned()))?;
        if account.role != Role::Rep || account.disabled {
            return Err(AccountRefused::NotInvited(account.name));
        }
        if self.storage.open_invitations(now.0).await? >= OPEN_INVITATIONS {
            return Err(AccountRefused::TooManyInvitations);
        }
        let rules = self.rules.current(&self.storage).await?;
        let name = super::name_of(&account.unit, &rules.roster);
        let ends_ms = now.0 + i64::from(days) * DAY_MS;
        for _ in 0..COMMIT_ATTEMPTS {
            let code = made_code(entropy);
            let invitation = Invitation {
                user: account.name.clone(),
                hash: keys.hash_code(&code),
                made_ms: now.0,
                made_by: by.user.clone(),
                ends_ms,
                used_ms: None,
            };
            let note =
                by.did(AuditAction::AccountInvite, account.name.clone(), now).with(format!("{days} days"));
            match self
                .storage
                .administer(AdminOrder { change: AdminChange::Invite(invitation), note })
                .await?
            {
                AdminOutcome::Done => {
                    return Ok(Invited { user: account.name, unit: account.unit, name, code, ends_ms });
                }
                // Another account has this very code.
                AdminOutcome::Changed => {}
                _ => return Err(AccountRefused::Unknown(account.name)),
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Invites all of a branch's reps of today who have no device yet, or nobody where there is no room for all.
    pub async fn invite_branch(
        &self,
        by: &By,
        keys: &TokenKeys,
        branch: &UnitCode,
        days: u32,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<InvitedTogether, AccountRefused> {
        let ToInvite { users, with_device } = self.to_invite(branch, now).await?;
        let further = u64::try_from(users.len()).unwrap_or(u64::MAX);
        if self.storage.open_invitations(now.0).await?.saturating_add(further) > OPEN_INVITATIONS {
            return Err(AccountRefused::TooManyInvitations);
        }
        let mut invited = Vec::with_capacity(users.len());
        for user in &users {
            match self.invite(by, keys, user, days, now, entropy).await {
                Ok(one) => invited.push(one),
                // Somebody closed the account, or took it away, since the branch was looked through.
                Err(AccountRefused::NotInvited(_) | AccountRefused::Unknown(_)) => {}
                Err(refused) => return Err(refused),
            }
        }
        Ok(InvitedTogether { invited, with_device })
    }

    /// Who of a branch's reps of today has an account that somebody may sign in with, and no device yet.
    pub async fn to_invite(&self, branch: &UnitCode, now: Moment) -> Result<ToInvite, AccountRefused> {
        let rules = self.rules.current(&self.storage).await?;
        match rules.roster.level(branch) {
            Some(Level::Branch) => {}
            Some(_) => return Err(AccountRefused::NoBranch(branch.clone())),
            None => return Err(AccountRefused::UnknownUnit(branch.clone())),
        }
        let day = rules.day(now);
        let (accounts, devices) = futures::try_join!(self.storage.accounts(), self.storage.devices())?;
        let is_theirs = |account: &Account| {
            let path = rules.roster.path(&account.unit, day);
            account.role == Role::Rep && !account.disabled && path.is_some_and(|path| path.branch == *branch)
        };
        let devices = devices.into_iter().filter(|device| !device.revoked);
        let have_one: BTreeSet<_> = devices.map(|device| device.user).collect();
        let theirs = accounts.into_iter().filter(is_theirs).map(|account| account.name);
        let (with_device, users): (Vec<_>, Vec<_>) = theirs.partition(|user| have_one.contains(user));
        Ok(ToInvite { users, with_device: with_device.len() })
    }
}
