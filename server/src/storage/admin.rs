//! What administrators order: a change, what it was decided on, and the note of it, all or nothing.

use document_model::{BookId, DeviceId, UnitCode};
use sha2::{Digest, Sha256};

use crate::audit::AuditFact;
use crate::auth::{Account, Device, Invitation, Session};
use crate::organisation::{Absence, CalendarDay, Target, UnitSpan};

/// A change and its note in the audit log.
#[derive(Debug, Clone)]
pub struct AdminOrder {
    /// What is to be changed.
    pub change: AdminChange,
    /// What is noted of it, where it was done.
    pub note: AuditFact,
}

/// What is to be changed, with what the decision was made on where that matters.
#[derive(Debug, Clone)]
pub enum AdminChange {
    /// A new device, signed in.
    SignIn {
        /// The device.
        device: Device,
        /// Its first session.
        session: Session,
    },
    /// A new device, signed in with an invitation, which is used up by it.
    Pair {
        /// The hash of the code presented.
        code: [u8; 32],
        /// The device, of the invitation's account, registered now.
        device: Device,
        /// Its first session.
        session: Session,
    },
    /// A device's session ends.
    SignOut(DeviceId),
    /// A new account.
    AddAccount(Account),
    /// Another state of an account.
    ChangeAccount {
        /// The account as it was when this was decided.
        expected: Account,
        /// What it becomes.
        account: Account,
        /// Whether the sessions of all its devices end.
        sign_out: bool,
    },
    /// An invitation of an account, in the place of the one before.
    Invite(Invitation),
    /// A device is shut out, and its session ends.
    RevokeDevice(DeviceId),
    /// Other spans of units, and books for new reps.
    Units {
        /// The rules' version this was decided on.
        rules: u64,
        /// All spans of the units that are different.
        spans: Vec<UnitSpan>,
        /// Books that are made unless they are there.
        books: Vec<(BookId, String, Option<UnitCode>)>,
    },
    /// Other absences of a rep.
    Absences {
        /// The rep.
        rep: UnitCode,
        /// The rep's absences as they were.
        expected: Vec<Absence>,
        /// What they become.
        absences: Vec<Absence>,
    },
    /// Days of the calendar.
    Calendar {
        /// The calendar this was decided on.
        expected: ContentHash,
        /// The days.
        days: Vec<CalendarDay>,
    },
    /// Targets, each line named as a whole.
    Targets {
        /// All targets this was decided on.
        expected: ContentHash,
        /// The targets of the lines that are different.
        targets: Vec<Target>,
    },
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminOutcome {
    /// It was carried out and noted.
    Done,
    /// What it was decided on is another by now. Nothing was changed.
    Changed,
    /// The name is taken, or there is none such. Nothing was changed.
    Absent,
    /// Nobody would be left who may run the system. Nothing was changed.
    LastAdmin,
}

/// A hash over stored rows: what is the same has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash([u8; 16]);

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ContentHash {
    fn of(parts: impl IntoIterator<Item = Vec<Option<String>>>) -> Self {
        let mut hash = Sha256::new();
        for part in parts.into_iter().flatten() {
            hash.update([u8::from(part.is_some())]);
            let text = part.unwrap_or_default();
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let hash = hash.finalize();
        Self(hash[..16].try_into().expect("sixteen of thirty-two bytes"))
    }

    /// That of an account. What it is made of besides cannot be found out from it.
    #[must_use]
    pub fn of_account(account: &Account) -> Self {
        let Account { name, role, unit, password_hash, disabled } = account;
        let (role, unit) = (role.as_str().to_owned(), unit.0.clone());
        let parts = [name.clone(), role, unit, password_hash.clone(), disabled.to_string()];
        Self::of([parts.map(Some).into()])
    }

    /// That of a rep's absences, in their order.
    #[must_use]
    pub fn of_absences(absences: &[Absence]) -> Self {
        let part = |absence: &Absence| {
            let to = absence.to.map(|day| day.to_string());
            let from = absence.from.to_string();
            vec![Some(absence.rep.0.clone()), Some(from), to, Some(absence.reason.clone())]
        };
        Self::of(absences.iter().map(part))
    }

    /// That of the calendar.
    #[must_use]
    pub fn of_calendar(days: &[CalendarDay]) -> Self {
        let part = |day: &CalendarDay| {
            [day.day.to_string(), day.working.to_string(), day.name.clone()].map(Some).into()
        };
        Self::of(days.iter().map(part))
    }

    /// That of all targets, in their order.
    #[must_use]
    pub fn of_targets<'t>(targets: impl IntoIterator<Item = &'t Target>) -> Self {
        let part = |target: &Target| {
            let line = &target.line;
            let days = [target.from, target.to, target.spread_from, target.spread_to];
            let mut parts = vec![
                Some(line.unit.0.clone()),
                line.product_type.clone(),
                Some(line.measure.as_str().to_owned()),
                Some(target.value.to_string()),
            ];
            parts.extend(days.map(|day| Some(day.to_string())));
            parts
        };
        Self::of(targets.into_iter().map(part))
    }
}

/// Rows of the audit log, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditStretch {
    /// Only rows before this number.
    pub before: u64,
    /// Only rows of this instant or later, milliseconds since the epoch.
    pub from_ms: i64,
    /// Only rows before this instant.
    pub to_ms: i64,
    /// So many at most.
    pub max: usize,
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::auth::Role;
    use crate::organisation::{TargetLine, TargetMeasure};

    #[test]
    fn every_part_of_an_account_is_in_its_hash() {
        let account = Account {
            name: "kim".into(),
            role: Role::Rep,
            unit: "P1".into(),
            password_hash: "$a".into(),
            disabled: false,
        };
        let others = [
            Account { name: "kim2".into(), ..account.clone() },
            Account { role: Role::Hq, ..account.clone() },
            Account { unit: "P2".into(), ..account.clone() },
            Account { password_hash: "$b".into(), ..account.clone() },
            Account { disabled: true, ..account.clone() },
        ];
        let hash = ContentHash::of_account(&account);
        assert_eq!(hash, ContentHash::of_account(&account.clone()));
        assert!(others.iter().all(|other| ContentHash::of_account(other) != hash));
        assert_eq!(hash.to_string().len(), 32);
    }

    #[test]
    fn every_part_of_absences_is_in_their_hash() {
        let day = |text: &str| parse_date(text).unwrap();
        let absence = Absence { rep: "P1".into(), from: day("2026-06-01"), to: None, reason: "a".into() };
        let others = [
            Absence { rep: "P2".into(), ..absence.clone() },
            Absence { from: day("2026-06-02"), ..absence.clone() },
            Absence { to: Some(day("2026-06-01")), ..absence.clone() },
            Absence { reason: "b".into(), ..absence.clone() },
        ];
        let hash = ContentHash::of_absences(std::slice::from_ref(&absence));
        assert!(others.into_iter().all(|other| ContentHash::of_absences(&[other]) != hash));
        assert_ne!(ContentHash::of_absences(&[]), hash);
    }

    #[test]
    fn every_part_of_targets_and_days_is_in_their_hash() {
        let day = |text: &str| parse_date(text).unwrap();
        let line = TargetLine { unit: "B1".into(), product_type: None, measure: TargetMeasure::Net };
        let target = Target::new(line.clone(), day("2026-06-01"), day("2026-06-30"), 7);
        let of_type = TargetLine { product_type: Some(String::new()), ..line };
        let others = [
            Target { line: of_type, ..target.clone() },
            Target { value: 8, ..target.clone() },
            Target { to: day("2026-06-29"), ..target.clone() },
            Target { spread_from: day("2026-05-01"), ..target.clone() },
        ];
        let hash = ContentHash::of_targets([&target]);
        assert!(others.iter().all(|other| ContentHash::of_targets([other]) != hash));
        assert_ne!(ContentHash::of_targets([&target, &target]), hash);
        let free = |name: &str| CalendarDay { day: day("2026-06-01"), working: false, name: name.into() };
        let days = [free("a")];
        assert_ne!(ContentHash::of_calendar(&days), ContentHash::of_calendar(&[free("b")]));
        assert_eq!(ContentHash::of_calendar(&days), ContentHash::of_calendar(&days.clone()));
    }
}
