//! What administrators change, and the audit log.

use document_model::{BookId, DeviceId, UnitCode};
use futures::FutureExt;
use sqlx::PgConnection;

use super::PostgresStorage;
use super::accounts::replace_session;
use super::fault::{Fault, Outcome};
use super::organisation::{
    ALL_DAYS, ALL_TARGETS, RULES, put_absences, put_calendar, put_targets, put_units, rules,
};
use super::script::{Present, Query, Script};
use super::writer::Begin;
use crate::audit::{AuditEntry, AuditFact, AuditWalk};
use crate::auth::{Account, Device, Invitation, Role, Session};
use crate::organisation::{Absence, UnitSpan};
use crate::storage::codec::{
    self, absence_columns, account_columns, audit_columns, book_columns, device_columns, invitation_columns,
};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::{
    AdminChange, AdminOrder, AdminOutcome, AuditStorage, AuditStretch, ContentHash, Stored,
};

/// Rows are numbered one transaction after the other. Taken last, and so never in a ring of waiting.
const ALONE: &str = "SELECT pg_advisory_xact_lock(17986, 4)";

impl AuditStorage for PostgresStorage {
    async fn administer(&self, order: AdminOrder) -> Stored<AdminOutcome> {
        // Signing in and out touches rows of one device alone. What else is ordered is rare: each is alone, as a
        // change of the rules is, so that two of them do not mix.
        let begin = match order.change {
            AdminChange::SignIn { .. } | AdminChange::Pair { .. } | AdminChange::SignOut(_) => Begin::Write,
            _ => Begin::NewRules,
        };
        self.writer
            .write("administer", begin, order, |connection, order| administer(connection, order).boxed())
            .await
    }

    async fn note(&self, facts: Vec<AuditFact>) -> Stored<()> {
        self.writer
            .write("note", Begin::Write, facts, |connection, facts| append(connection, facts).boxed())
            .await
    }

    async fn audit(&self, stretch: AuditStretch) -> Stored<Vec<AuditEntry>> {
        let AuditStretch { before, from_ms, to_ms, max } = stretch;
        let mut query = Query::of(concat!(
            "SELECT ",
            audit_columns!(),
            " FROM audit WHERE number < $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY number DESC LIMIT $4"
        ));
        query.integer(bounded(before)).integer(from_ms).integer(to_ms).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::audit_entry)
    }

    async fn audit_after(&self, after: u64, max: usize) -> Stored<Vec<AuditEntry>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            audit_columns!(),
            " FROM audit WHERE number > $1 ORDER BY number LIMIT $2"
        ));
        query.integer(bounded(after)).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::audit_entry)
    }
}

async fn append(connection: &mut PgConnection, facts: &[AuditFact]) -> Outcome<()> {
    Query::of(ALONE).run(connection).await?;
    let last = Query::of(concat!("SELECT ", audit_columns!(), " FROM audit ORDER BY number DESC LIMIT 1"));
    let last = last.fetch(connection).await?.first().map(codec::audit_entry).transpose()?;
    let entries = last.as_ref().map_or_else(AuditWalk::default, AuditWalk::at).append(facts.to_vec());
    let mut script = Script::default();
    script.insert("audit", audit_columns!(), Present::Crossed, &entries, codec::fill_audit_entry);
    script.run(connection).await
}

async fn administer(connection: &mut PgConnection, order: &AdminOrder) -> Outcome<AdminOutcome> {
    let outcome = change(connection, &order.change).await?;
    if outcome == AdminOutcome::Done {
        append(connection, std::slice::from_ref(&order.note)).await?;
    }
    Ok(outcome)
}

async fn change(connection: &mut PgConnection, change: &AdminChange) -> Outcome<AdminOutcome> {
    match change {
        AdminChange::SignIn { device, session } => sign_in(connection, device, session).await?,
        AdminChange::Pair { code, device, session } => {
            if !use_invitation(connection, code, device).await? {
                return Ok(AdminOutcome::Changed);
            }
            sign_in(connection, device, session).await?;
        }
        AdminChange::SignOut(device) => end_session(connection, *device).await?,
        AdminChange::AddAccount(account) => {
            if account_of(connection, &account.name).await?.is_some() {
                return Ok(AdminOutcome::Absent);
            }
            let accounts = std::slice::from_ref(account);
            let mut script = Script::default();
            script.insert("accounts", account_columns!(), Present::Crossed, accounts, codec::fill_account);
            script.run(connection).await?;
        }
        AdminChange::ChangeAccount { expected, account, sign_out } => {
            return change_account(connection, expected, account, *sign_out).await;
        }
        AdminChange::Invite(invitation) => return invite(connection, invitation).await,
        AdminChange::RevokeDevice(id) => {
            let mut query = Query::of("UPDATE devices SET revoked = TRUE WHERE id = $1");
            query.bytes(id.as_bytes());
            if query.run(connection).await? == 0 {
                return Ok(AdminOutcome::Absent);
            }
            end_session(connection, *id).await?;
        }
        AdminChange::Units { rules, spans, books } => {
            return change_units(connection, *rules, spans, books).await;
        }
        AdminChange::Absences { rep, expected, absences } => {
            if absences_of(connection, rep).await? != *expected {
                return Ok(AdminOutcome::Changed);
            }
            put_absences(connection, rep, absences).await?;
        }
        AdminChange::Calendar { expected, days } => {
            let known = Query::of(ALL_DAYS).fetch(connection).await?;
            if ContentHash::of_calendar(&codec::all::<_, _, Vec<_>>(&known, codec::calendar_day)?)
                != *expected
            {
                return Ok(AdminOutcome::Changed);
            }
            put_calendar(connection, days).await?;
        }
        AdminChange::Targets { expected, targets } => {
            let known = Query::of(ALL_TARGETS).fetch(connection).await?;
            if ContentHash::of_targets(&codec::all::<_, _, Vec<_>>(&known, codec::target)?) != *expected {
                return Ok(AdminOutcome::Changed);
            }
            put_targets(connection, targets).await?;
        }
    }
    Ok(AdminOutcome::Done)
}

async fn sign_in(connection: &mut PgConnection, device: &Device, session: &Session) -> Outcome<()> {
    let mut script = Script::default();
    let devices = std::slice::from_ref(device);
    script.insert("devices", device_columns!(), Present::Fails, devices, codec::fill_device);
    script.run(connection).await?;
    if replace_session(connection, None, session).await? {
        return Ok(());
    }
    Err(Fault::failed("a new device id was taken already"))
}

/// Uses up an invitation of the device's account. Whoever comes second waits here, and finds it used.
async fn use_invitation(connection: &mut PgConnection, code: &[u8; 32], device: &Device) -> Outcome<bool> {
    let sql = "UPDATE invitations SET used_ms = $3 WHERE account = $1 AND hash = $2 AND used_ms IS NULL \
        AND ends_ms > $3 AND EXISTS (SELECT 1 FROM accounts WHERE name = account AND NOT disabled)";
    let mut query = Query::of(sql);
    query.text(device.user.as_str()).bytes(&code[..]).integer(device.registered_ms);
    Ok(query.run(connection).await? > 0)
}

async fn invite(connection: &mut PgConnection, invitation: &Invitation) -> Outcome<AdminOutcome> {
    if account_of(connection, &invitation.user).await?.is_none() {
        return Ok(AdminOutcome::Absent);
    }
    let mut taken = Query::of("SELECT 1 FROM invitations WHERE hash = $1 AND account <> $2");
    taken.bytes(&invitation.hash[..]).text(invitation.user.as_str());
    if !taken.fetch(connection).await?.is_empty() {
        return Ok(AdminOutcome::Changed);
    }
    let sql = concat!(
        "INSERT INTO invitations (",
        invitation_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, \
         made_ms = excluded.made_ms, made_by = excluded.made_by, ends_ms = excluded.ends_ms, \
         used_ms = excluded.used_ms"
    );
    let mut query = Query::of(sql);
    codec::fill_invitation(&mut query, invitation);
    query.run(connection).await?;
    Ok(AdminOutcome::Done)
}

async fn end_session(connection: &mut PgConnection, device: DeviceId) -> Outcome<()> {
    let mut query = Query::of("DELETE FROM sessions WHERE device = $1");
    query.bytes(device.as_bytes());
    query.run(connection).await.map(drop)
}

async fn account_of(connection: &mut PgConnection, name: &str) -> Outcome<Option<Account>> {
    let sql = concat!("SELECT ", account_columns!(), " FROM accounts WHERE name = $1 FOR UPDATE");
    let mut query = Query::of(sql);
    query.text(name);
    Ok(query.fetch(connection).await?.first().map(codec::account).transpose()?)
}

async fn change_account(
    connection: &mut PgConnection,
    expected: &Account,
    account: &Account,
    sign_out: bool,
) -> Outcome<AdminOutcome> {
    if account_of(connection, &account.name).await?.as_ref() != Some(expected) {
        return Ok(AdminOutcome::Changed);
    }
    let mut query =
        Query::of("SELECT count(*) FROM accounts WHERE role = $1 AND NOT disabled AND name <> $2");
    query.text(Role::Admin.as_str()).text(account.name.as_str());
    let others = Columns::only(&query.fetch(connection).await?)?.number()?;
    if expected.may_administer() && !account.may_administer() && others == 0 {
        return Ok(AdminOutcome::LastAdmin);
    }
    let sql = "UPDATE accounts SET role = $2, unit = $3, password_hash = $4, disabled = $5 WHERE name = $1";
    let mut query = Query::of(sql);
    codec::fill_account(&mut query, account);
    query.run(connection).await?;
    if sign_out {
        let sql = "DELETE FROM sessions WHERE device IN (SELECT id FROM devices WHERE account = $1)";
        let mut query = Query::of(sql);
        query.text(account.name.as_str());
        query.run(connection).await?;
    }
    Ok(AdminOutcome::Done)
}

async fn change_units(
    connection: &mut PgConnection,
    decided_on: u64,
    spans: &[UnitSpan],
    books: &[(BookId, String, Option<UnitCode>)],
) -> Outcome<AdminOutcome> {
    if rules(&Query::of(RULES).fetch(connection).await?)? != decided_on {
        return Ok(AdminOutcome::Changed);
    }
    let mut script = Script::default();
    script.insert("books", book_columns!(), Present::Stays, books, |row, (id, name, owner)| {
        codec::fill_new_book(row, *id, name, owner.as_ref());
    });
    script.run(connection).await?;
    put_units(connection, spans).await?;
    Ok(AdminOutcome::Done)
}

async fn absences_of(connection: &mut PgConnection, rep: &UnitCode) -> Outcome<Vec<Absence>> {
    let sql = concat!("SELECT ", absence_columns!(), " FROM absences WHERE rep = $1 ORDER BY from_day");
    let mut query = Query::of(sql);
    query.text(rep.as_str());
    Ok(codec::all(&query.fetch(connection).await?, codec::absence)?)
}
