//! What administrators change, and the audit log, in memory.

use super::{MemoryStorage, State};
use crate::audit::{AuditEntry, AuditFact, AuditWalk};
use crate::auth::{Account, Device, Invitation, Session};
use crate::storage::{
    AdminChange, AdminOrder, AdminOutcome, AuditStorage, AuditStretch, ContentHash, StorageError, Stored,
};

impl AuditStorage for MemoryStorage {
    async fn administer(&self, order: AdminOrder) -> Stored<AdminOutcome> {
        let administer = |state: &mut State| {
            if let AdminChange::SignIn { device, .. } | AdminChange::Pair { device, .. } = &order.change
                && state.devices.contains_key(&device.id)
            {
                return Err(StorageError::Failed("a new device id was taken already".to_owned()));
            }
            let outcome = state.change(order.change);
            if outcome == AdminOutcome::Done {
                state.append_audit(vec![order.note]);
            }
            Ok(outcome)
        };
        self.with(administer).await
    }

    async fn note(&self, facts: Vec<AuditFact>) -> Stored<()> {
        self.with(|state| state.append_audit(facts)).await;
        Ok(())
    }

    async fn audit(&self, stretch: AuditStretch) -> Stored<Vec<AuditEntry>> {
        let AuditStretch { before, from_ms, to_ms, max } = stretch;
        let is_asked =
            |entry: &&AuditEntry| entry.number < before && (from_ms..to_ms).contains(&entry.fact.at_ms);
        Ok(self.with(|state| state.audit.iter().rev().filter(is_asked).take(max).cloned().collect()).await)
    }

    async fn audit_after(&self, after: u64, max: usize) -> Stored<Vec<AuditEntry>> {
        let is_asked = |entry: &&AuditEntry| entry.number > after;
        Ok(self.with(|state| state.audit.iter().filter(is_asked).take(max).cloned().collect()).await)
    }
}

impl MemoryStorage {
    /// The rows of the audit log, for tests that lay hands on them.
    pub fn tamper(&self, work: impl FnOnce(&mut Vec<AuditEntry>)) {
        work(&mut self.lock().audit);
    }
}

impl State {
    fn append_audit(&mut self, facts: Vec<AuditFact>) {
        let last = self.audit.last();
        let mut walk = last.map_or_else(AuditWalk::default, AuditWalk::at);
        self.audit.extend(walk.append(facts));
    }

    fn change(&mut self, change: AdminChange) -> AdminOutcome {
        match change {
            AdminChange::SignIn { device, session } => self.sign_in(device, session),
            AdminChange::Pair { code, device, session } => return self.pair(code, device, session),
            AdminChange::SignOut(device) => drop(self.sessions.remove(&device)),
            AdminChange::AddAccount(account) => {
                if self.accounts.contains_key(&account.name) {
                    return AdminOutcome::Absent;
                }
                self.accounts.insert(account.name.clone(), account);
            }
            AdminChange::ChangeAccount { expected, account, sign_out } => {
                return self.change_account(&expected, account, sign_out);
            }
            AdminChange::Invite(invitation) => return self.invite(invitation),
            AdminChange::RevokeDevice(id) => match self.devices.get_mut(&id) {
                Some(device) => {
                    device.revoked = true;
                    self.sessions.remove(&id);
                }
                None => return AdminOutcome::Absent,
            },
            organisation => return self.change_organisation(organisation),
        }
        AdminOutcome::Done
    }

    fn sign_in(&mut self, device: Device, session: Session) {
        self.sessions.insert(session.device, session);
        self.devices.insert(device.id, device);
    }

    fn pair(&mut self, code: [u8; 32], device: Device, session: Session) -> AdminOutcome {
        let is_active = self.accounts.get(&device.user).is_some_and(|account| !account.disabled);
        let at_ms = device.registered_ms;
        match self.invitations.get_mut(&device.user) {
            Some(invitation) if is_active && invitation.hash == code && invitation.is_open(at_ms) => {
                invitation.used_ms = Some(at_ms);
            }
            _ => return AdminOutcome::Changed,
        }
        self.sign_in(device, session);
        AdminOutcome::Done
    }

    fn invite(&mut self, invitation: Invitation) -> AdminOutcome {
        if !self.accounts.contains_key(&invitation.user) {
            return AdminOutcome::Absent;
        }
        let is_taken = |other: &Invitation| other.user != invitation.user && other.hash == invitation.hash;
        if self.invitations.values().any(is_taken) {
            return AdminOutcome::Changed;
        }
        self.invitations.insert(invitation.user.clone(), invitation);
        AdminOutcome::Done
    }

    fn change_account(&mut self, expected: &Account, account: Account, sign_out: bool) -> AdminOutcome {
        if self.accounts.get(&account.name) != Some(expected) {
            return AdminOutcome::Changed;
        }
        let mut others = self.accounts.values().filter(|other| other.name != account.name);
        if expected.may_administer() && !account.may_administer() && !others.any(Account::may_administer) {
            return AdminOutcome::LastAdmin;
        }
        if sign_out {
            let devices = &self.devices;
            let is_other = |user: Option<&str>| user != Some(account.name.as_str());
            self.sessions.retain(|id, _| is_other(devices.get(id).map(|device| device.user.as_str())));
        }
        self.accounts.insert(account.name.clone(), account);
        AdminOutcome::Done
    }

    fn change_organisation(&mut self, change: AdminChange) -> AdminOutcome {
        match change {
            AdminChange::Units { rules, spans, books } if rules == self.rules => {
                books.into_iter().for_each(|(id, name, owner)| self.add_book(id, name, owner));
                let before = self.roster.clone();
                self.roster.put(spans);
                self.rules += u64::from(self.roster != before);
            }
            AdminChange::Absences { rep, expected, mut absences } => {
                if self.absences.get(&rep).map_or(&[][..], Vec::as_slice) != expected {
                    return AdminOutcome::Changed;
                }
                absences.sort();
                self.absences.insert(rep, absences);
            }
            AdminChange::Calendar { expected, days } => {
                let known: Vec<_> = self.calendar.values().cloned().collect();
                if ContentHash::of_calendar(&known) != expected {
                    return AdminOutcome::Changed;
                }
                self.calendar.extend(days.into_iter().map(|day| (day.day, day)));
            }
            AdminChange::Targets { expected, targets }
                if ContentHash::of_targets(self.targets.iter()) == expected =>
            {
                self.targets.put(targets);
            }
            _ => return AdminOutcome::Changed,
        }
        AdminOutcome::Done
    }
}
