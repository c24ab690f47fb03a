//! What administrators change, and the audit log.

use document_model::{BookId, UnitCode};
use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::accounts::replace_session;
use super::fault::{Fault, Outcome};
use super::organisation::{
    absences_script, all_days, all_targets, days_script, put_units, rules, rules_script, targets_script,
};
use super::script::Script;
use crate::audit::{AuditEntry, AuditFact, AuditWalk};
use crate::auth::{Account, Device, Invitation, Role, Session};
use crate::organisation::{Absence, UnitSpan};
use crate::storage::codec::{
    self, absence_columns, account_columns, audit_columns, book_columns, device_columns, invitation_columns,
};
use crate::storage::columns::{Columns, bounded};
use crate::storage::{
    AdminChange, AdminOrder, AdminOutcome, AuditStorage, AuditStretch, ContentHash, Stored,
};

impl AuditStorage for SqliteStorage {
    async fn administer(&self, order: AdminOrder) -> Stored<AdminOutcome> {
        self.write(|connection| administer(connection, order).boxed()).await
    }

    async fn note(&self, facts: Vec<AuditFact>) -> Stored<()> {
        self.write(|connection| append(connection, facts).boxed()).await
    }

    async fn audit(&self, stretch: AuditStretch) -> Stored<Vec<AuditEntry>> {
        let AuditStretch { before, from_ms, to_ms, max } = stretch;
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            audit_columns!(),
            " FROM audit WHERE number < ? AND at_ms >= ? AND at_ms < ? ORDER BY number DESC LIMIT ?"
        );
        script.statement(sql).bind(bounded(before)).bind(from_ms).bind(to_ms).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::audit_entry)
    }

    async fn audit_after(&self, after: u64, max: usize) -> Stored<Vec<AuditEntry>> {
        let mut script = Script::default();
        let sql =
            concat!("SELECT ", audit_columns!(), " FROM audit WHERE number > ? ORDER BY number LIMIT ?");
        script.statement(sql).bind(bounded(after)).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::audit_entry)
    }
}

async fn append(connection: &mut SqliteConnection, facts: Vec<AuditFact>) -> Outcome<()> {
    let mut script = Script::default();
    script.statement(concat!("SELECT ", audit_columns!(), " FROM audit ORDER BY number DESC LIMIT 1"));
    let last = script.fetch(connection).await?.first().map(codec::audit_entry).transpose()?;
    let entries = last.as_ref().map_or_else(AuditWalk::default, AuditWalk::at).append(facts);
    let mut script = Script::default();
    script.insert("audit", audit_columns!(), "", &entries, codec::fill_audit_entry);
    script.run(connection).await
}

async fn administer(connection: &mut SqliteConnection, order: AdminOrder) -> Outcome<AdminOutcome> {
    let outcome = change(connection, order.change).await?;
    if outcome == AdminOutcome::Done {
        append(connection, vec![order.note]).await?;
    }
    Ok(outcome)
}

async fn change(connection: &mut SqliteConnection, change: AdminChange) -> Outcome<AdminOutcome> {
    let mut script = Script::default();
    match change {
        AdminChange::SignIn { device, session } => return sign_in(connection, device, session).await,
        AdminChange::Pair { code, device, session } => {
            return pair(connection, code, device, session).await;
        }
        AdminChange::SignOut(device) => {
            script.statement("DELETE FROM sessions WHERE device = ?").bind(device.as_bytes());
        }
        AdminChange::AddAccount(account) => {
            if account_of(connection, &account.name).await?.is_some() {
                return Ok(AdminOutcome::Absent);
            }
            script.insert("accounts", account_columns!(), "", &[account], codec::fill_account);
        }
        AdminChange::ChangeAccount { expected, account, sign_out } => {
            return change_account(connection, &expected, &account, sign_out).await;
        }
        AdminChange::Invite(invitation) => return invite(connection, invitation).await,
        AdminChange::RevokeDevice(id) => {
            let mut known = Script::default();
            known.statement("SELECT 1 FROM devices WHERE id = ?").bind(id.as_bytes());
            if known.fetch(connection).await?.is_empty() {
                return Ok(AdminOutcome::Absent);
            }
            script.statement("UPDATE devices SET revoked = 1 WHERE id = ?").bind(id.as_bytes());
            script.statement("DELETE FROM sessions WHERE device = ?").bind(id.as_bytes());
        }
        AdminChange::Units { rules, spans, books } => {
            return change_units(connection, rules, spans, &books).await;
        }
        AdminChange::Absences { rep, expected, absences } => {
            if absences_of(connection, &rep).await? != expected {
                return Ok(AdminOutcome::Changed);
            }
            script = absences_script(&rep, &absences);
        }
        AdminChange::Calendar { expected, days } => {
            let known =
                codec::all::<_, _, Vec<_>>(&all_days().fetch(connection).await?, codec::calendar_day)?;
            if ContentHash::of_calendar(&known) != expected {
                return Ok(AdminOutcome::Changed);
            }
            script = days_script(&days);
        }
        AdminChange::Targets { expected, targets } => {
            let known = codec::all::<_, _, Vec<_>>(&all_targets().fetch(connection).await?, codec::target)?;
            if ContentHash::of_targets(&known) != expected {
                return Ok(AdminOutcome::Changed);
            }
            script = targets_script(&targets);
        }
    }
    script.run(connection).await?;
    Ok(AdminOutcome::Done)
}

async fn sign_in(
    connection: &mut SqliteConnection,
    device: Device,
    session: Session,
) -> Outcome<AdminOutcome> {
    let mut script = Script::default();
    script.insert("devices", device_columns!(), "", &[device], codec::fill_device);
    script.run(connection).await?;
    if replace_session(connection, None, session).await? {
        return Ok(AdminOutcome::Done);
    }
    Err(Fault::failed("a new device id was taken already"))
}

async fn pair(
    connection: &mut SqliteConnection,
    code: [u8; 32],
    device: Device,
    session: Session,
) -> Outcome<AdminOutcome> {
    let at_ms = device.registered_ms;
    let mut open = Script::default();
    let sql = "UPDATE invitations SET used_ms = ? WHERE account = ? AND hash = ? AND used_ms IS NULL \
        AND ends_ms > ? AND EXISTS (SELECT 1 FROM accounts WHERE name = account AND disabled = 0) RETURNING 1";
    open.statement(sql).bind(at_ms).bind(device.user.as_str()).bind(code.to_vec()).bind(at_ms);
    if open.fetch(connection).await?.is_empty() {
        return Ok(AdminOutcome::Changed);
    }
    sign_in(connection, device, session).await
}

async fn invite(connection: &mut SqliteConnection, invitation: Invitation) -> Outcome<AdminOutcome> {
    if account_of(connection, &invitation.user).await?.is_none() {
        return Ok(AdminOutcome::Absent);
    }
    let mut taken = Script::default();
    let sql = "SELECT 1 FROM invitations WHERE hash = ? AND account <> ?";
    taken.statement(sql).bind(invitation.hash.to_vec()).bind(invitation.user.as_str());
    if !taken.fetch(connection).await?.is_empty() {
        return Ok(AdminOutcome::Changed);
    }
    let mut script = Script::default();
    script.statement("DELETE FROM invitations WHERE account = ?").bind(invitation.user.as_str());
    script.insert("invitations", invitation_columns!(), "", &[invitation], codec::fill_invitation);
    script.run(connection).await?;
    Ok(AdminOutcome::Done)
}

async fn account_of(connection: &mut SqliteConnection, name: &str) -> Outcome<Option<Account>> {
    let mut script = Script::default();
    script.statement(concat!("SELECT ", account_columns!(), " FROM accounts WHERE name = ?")).bind(name);
    Ok(script.fetch(connection).await?.first().map(codec::account).transpose()?)
}

async fn change_account(
    connection: &mut SqliteConnection,
    expected: &Account,
    account: &Account,
    sign_out: bool,
) -> Outcome<AdminOutcome> {
    if account_of(connection, &account.name).await?.as_ref() != Some(expected) {
        return Ok(AdminOutcome::Changed);
    }
    let mut script = Script::default();
    let others = "SELECT count(*) FROM accounts WHERE role = ? AND disabled = 0 AND name <> ?";
    script.statement(others).bind(Role::Admin.as_str()).bind(account.name.as_str());
    let others: u64 = Columns::only(&script.fetch(connection).await?)?.number()?;
    if expected.may_administer() && !account.may_administer() && others == 0 {
        return Ok(AdminOutcome::LastAdmin);
    }
    let mut script = Script::default();
    let sql = "UPDATE accounts SET role = ?, unit = ?, password_hash = ?, disabled = ? WHERE name = ?";
    script.statement(sql).bind(account.role.as_str()).bind(account.unit.as_str());
    script.bind(account.password_hash.as_str()).bind(account.disabled).bind(account.name.as_str());
    if sign_out {
        let sql = "DELETE FROM sessions WHERE device IN (SELECT id FROM devices WHERE account = ?)";
        script.statement(sql).bind(account.name.as_str());
    }
    script.run(connection).await?;
    Ok(AdminOutcome::Done)
}

async fn change_units(
    connection: &mut SqliteConnection,
    decided_on: u64,
    spans: Vec<UnitSpan>,
    books: &[(BookId, String, Option<UnitCode>)],
) -> Outcome<AdminOutcome> {
    if rules(&rules_script().fetch(connection).await?)? != decided_on {
        return Ok(AdminOutcome::Changed);
    }
    let mut script = Script::default();
    let keep = "ON CONFLICT (id) DO NOTHING";
    script.insert("books", book_columns!(), keep, books, |row, (id, name, owner)| {
        codec::fill_new_book(row, *id, name, owner.as_ref());
    });
    script.run(connection).await?;
    put_units(connection, spans).await?;
    Ok(AdminOutcome::Done)
}

async fn absences_of(connection: &mut SqliteConnection, rep: &UnitCode) -> Outcome<Vec<Absence>> {
    let mut script = Script::default();
    let sql = concat!("SELECT ", absence_columns!(), " FROM absences WHERE rep = ? ORDER BY from_day");
    script.statement(sql).bind(rep.as_str());
    Ok(codec::all(&script.fetch(connection).await?, codec::absence)?)
}
