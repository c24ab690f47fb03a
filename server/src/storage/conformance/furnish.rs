//! What tests and measurements put into a storage: by the way of administrators' orders, decided on what is there.

use std::future::Future;

use document_model::{Moment, UnitCode};

use crate::audit::{AuditAction, By};
use crate::auth::Account;
use crate::organisation::{Absence, CalendarDay, Target, UnitSpan};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, ContentHash, Storage, StorageError, Stored};

/// Whose orders they are in the audit log.
pub const FURNISHER: &str = "furnisher";
/// Times an order is decided anew because another one came first.
const ATTEMPTS: usize = 100;

/// Puts things into a storage at once, whoever sees what was there.
pub trait Furnish: Storage {
    /// Adds an account; `false` when the name is taken.
    fn add_account(&self, account: Account) -> impl Future<Output = Stored<bool>> + Send {
        async move { Ok(order(self, AdminChange::AddAccount(account)).await? == AdminOutcome::Done) }
    }

    /// Replaces an account; `false` when there is none.
    fn update_account(&self, account: Account) -> impl Future<Output = Stored<bool>> + Send {
        async move {
            let Some(expected) = self.account(&account.name).await? else { return Ok(false) };
            let change = AdminChange::ChangeAccount { expected, account, sign_out: false };
            Ok(order(self, change).await? == AdminOutcome::Done)
        }
    }

    /// Replaces the spans of the units named; `false` when nothing would change.
    fn put_units(&self, spans: Vec<UnitSpan>) -> impl Future<Output = Stored<bool>> + Send {
        async move {
            for _ in 0..ATTEMPTS {
                let (before, rules) = self.roster().await?;
                let change = AdminChange::Units { rules, spans: spans.clone(), books: Vec::new() };
                if order(self, change).await? == AdminOutcome::Done {
                    let mut after = before.clone();
                    after.put(spans);
                    return Ok(after != before);
                }
            }
            Err(StorageError::Busy)
        }
    }

    /// Replaces the absences of one rep.
    fn put_absences(&self, rep: UnitCode, absences: Vec<Absence>) -> impl Future<Output = Stored<()>> + Send {
        async move {
            for _ in 0..ATTEMPTS {
                let known = self.absences().await?.into_iter();
                let expected = known.filter(|absence| absence.rep == rep).collect();
                let (rep, absences) = (rep.clone(), absences.clone());
                let change = AdminChange::Absences { rep, expected, absences };
                if order(self, change).await? == AdminOutcome::Done {
                    return Ok(());
                }
            }
            Err(StorageError::Busy)
        }
    }

    /// Replaces what was said of these days.
    fn put_calendar(&self, days: Vec<CalendarDay>) -> impl Future<Output = Stored<()>> + Send {
        async move {
            for _ in 0..ATTEMPTS {
                let expected = ContentHash::of_calendar(&self.calendar().await?);
                let change = AdminChange::Calendar { expected, days: days.clone() };
                if order(self, change).await? == AdminOutcome::Done {
                    return Ok(());
                }
            }
            Err(StorageError::Busy)
        }
    }

    /// Replaces the targets of each line named.
    fn put_targets(&self, targets: Vec<Target>) -> impl Future<Output = Stored<()>> + Send {
        async move {
            for _ in 0..ATTEMPTS {
                let expected = ContentHash::of_targets(&self.targets().await?);
                let change = AdminChange::Targets { expected, targets: targets.clone() };
                if order(self, change).await? == AdminOutcome::Done {
                    return Ok(());
                }
            }
            Err(StorageError::Busy)
        }
    }
}

impl<S: Storage> Furnish for S {}

async fn order<S: Storage>(storage: &S, change: AdminChange) -> Stored<AdminOutcome> {
    let by = By { user: FURNISHER.to_owned(), device: None };
    let note = by.did(AuditAction::Import, "", Moment(0));
    storage.administer(AdminOrder { change, note }).await
}
