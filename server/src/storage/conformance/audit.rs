//! What administrators change, each with its note, and the audit log.

use document_model::{BookId, Moment};

use super::cases;
use super::sample::{ARRIVED_MS, day, device};
use super::{FURNISHER, Furnish};
use crate::audit::{AuditAction, AuditEntry, AuditFact, AuditOutcome, AuditWalk, By};
use crate::auth::{Account, Device, Role, Session};
use crate::organisation::{Absence, CalendarDay, Level, NATION, Target, TargetLine, TargetMeasure, UnitSpan};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, AuditStretch, ContentHash, Storage, Stored};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        rows_are_numbered_chained_and_read_both_ways,
        every_part_of_a_row_is_kept,
        signing_in_and_out_is_one_write_each,
        accounts_are_added_once_and_changed_by_who_saw_them,
        the_last_administrator_stays,
        a_device_is_shut_out_with_its_session,
        units_are_changed_by_who_saw_the_rules,
        absences_days_and_targets_are_changed_by_who_saw_them,
    );
}

pub(super) fn fact(object: &str, at_ms: i64) -> AuditFact {
    By::command_line().did(AuditAction::Import, object, Moment(at_ms))
}

/// Has a change carried out, noted by a word.
pub(super) async fn ordered<S: Storage>(storage: &S, change: AdminChange, object: &str) -> AdminOutcome {
    let note = fact(object, ARRIVED_MS);
    storage.administer(AdminOrder { change, note }).await.expect("an order is answered")
}

/// The objects of all rows, in order; the chain must be whole.
pub(super) async fn noted<S: Storage>(storage: &S) -> Vec<String> {
    let rows = storage.audit_after(0, usize::MAX).await.expect("the log is read");
    let mut walk = AuditWalk::default();
    walk.pass(&rows, None);
    assert_eq!(walk.wrong, None, "each row is chained to the one before");
    rows.into_iter()
        .map(|row| row.fact)
        .filter(|fact| fact.user != FURNISHER)
        .map(|fact| fact.object)
        .collect()
}

pub(super) fn account(name: &str, role: Role) -> Account {
    let unit = if role == Role::Rep { "P1" } else { NATION };
    let password_hash = format!("$argon2id$ {name}");
    Account { name: name.to_owned(), role, unit: unit.into(), password_hash, disabled: false }
}

fn registered(n: u8, user: &str) -> (Device, Session) {
    let device = Device {
        id: device(n),
        user: user.to_owned(),
        name: format!("phone {n}"),
        registered_ms: ARRIVED_MS,
        last_seen_ms: ARRIVED_MS,
        complete_ms: None,
        revoked: false,
        told: None,
    };
    let session = Session { device: device.id, current: [n; 32], previous: None, expires_ms: ARRIVED_MS + 1 };
    (device, session)
}

async fn signed_in<S: Storage>(storage: &S, n: u8, user: &str) {
    let (device, session) = registered(n, user);
    let change = AdminChange::SignIn { device, session };
    assert_eq!(ordered(storage, change, "in").await, AdminOutcome::Done);
}

fn numbers(rows: Stored<Vec<AuditEntry>>) -> Vec<u64> {
    rows.expect("the log is read").iter().map(|row| row.number).collect()
}

async fn rows_are_numbered_chained_and_read_both_ways<S: Storage>(storage: S) {
    assert_eq!(storage.audit_after(0, 9).await, Ok(Vec::new()));
    storage.note(Vec::new()).await.expect("nothing is noted");
    let facts = (1..=5).map(|n| fact(&format!("f{n}"), ARRIVED_MS + n)).collect();
    storage.note(facts).await.expect("facts are noted");
    storage.note(vec![fact("earlier", ARRIVED_MS)]).await.expect("a clock may go back");
    assert_eq!(noted(&storage).await, ["f1", "f2", "f3", "f4", "f5", "earlier"]);
    assert_eq!(numbers(storage.audit_after(2, 2).await), [3, 4]);
    assert_eq!(numbers(storage.audit_after(6, 2).await), [0_u64; 0]);
    let all = AuditStretch { before: u64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, max: usize::MAX };
    assert_eq!(numbers(storage.audit(all).await), [6, 5, 4, 3, 2, 1]);
    assert_eq!(numbers(storage.audit(AuditStretch { before: 4, max: 2, ..all }).await), [3, 2]);
    let some = AuditStretch { from_ms: ARRIVED_MS + 2, to_ms: ARRIVED_MS + 4, ..all };
    assert_eq!(numbers(storage.audit(some).await), [3, 2], "from the first instant on, before the second");
    assert_eq!(numbers(storage.audit(AuditStretch { to_ms: ARRIVED_MS + 1, ..all }).await), [6]);
}

async fn every_part_of_a_row_is_kept<S: Storage>(storage: S) {
    let by = By { user: "김철수".to_owned(), device: Some(device(3)) };
    let full = by.did(AuditAction::SignIn, "Chrome", Moment(ARRIVED_MS)).with("'; DROP TABLE audit; --");
    let bare = AuditFact { user: String::new(), object: String::new(), ..fact("", i64::from(i32::MAX)) };
    let facts = vec![full, bare.refused(), fact("", 0).with("")];
    storage.note(facts.clone()).await.expect("facts are noted");
    let rows = storage.audit_after(0, 9).await.expect("the log is read");
    assert_eq!(rows.into_iter().map(|row| row.fact).collect::<Vec<_>>(), facts);
    assert_eq!((facts[1].outcome, &facts[2].detail), (AuditOutcome::Refused, &None));
}

async fn signing_in_and_out_is_one_write_each<S: Storage>(storage: S) {
    signed_in(&storage, 1, "kim").await;
    let (kim, session) = registered(1, "kim");
    assert_eq!(storage.device(kim.id).await, Ok(Some(kim.clone())));
    assert!(storage.session(kim.id).await == Ok(Some(session.clone())));
    let again =
        AdminOrder { change: AdminChange::SignIn { device: kim.clone(), session }, note: fact("x", 1) };
    assert!(storage.administer(again).await.is_err(), "an id is not registered twice");
    assert_eq!(ordered(&storage, AdminChange::SignOut(kim.id), "out").await, AdminOutcome::Done);
    assert!(storage.session(kim.id).await == Ok(None));
    assert_eq!(storage.device(kim.id).await, Ok(Some(kim)), "the device stays");
    assert_eq!(noted(&storage).await, ["in", "out"], "what failed is not noted");
}

async fn accounts_are_added_once_and_changed_by_who_saw_them<S: Storage>(storage: S) {
    let (kim, lee) = (account("kim", Role::Rep), account("lee", Role::Rep));
    let add =
        async |account: &Account| ordered(&storage, AdminChange::AddAccount(account.clone()), "add").await;
    assert_eq!((add(&kim).await, add(&lee).await), (AdminOutcome::Done, AdminOutcome::Done));
    assert_eq!(add(&Account { role: Role::Admin, ..kim.clone() }).await, AdminOutcome::Absent);
    for (n, user) in [(1, "kim"), (2, "kim"), (3, "lee")] {
        signed_in(&storage, n, user).await;
    }
    let change = async |expected: &Account, account: &Account, sign_out| {
        let (expected, account) = (expected.clone(), account.clone());
        ordered(&storage, AdminChange::ChangeAccount { expected, account, sign_out }, "change").await
    };
    let moved = Account { unit: "P2".into(), ..kim.clone() };
    for seen in [
        Account { password_hash: "$other".into(), ..kim.clone() },
        Account { disabled: true, ..kim.clone() },
        Account { unit: "P3".into(), ..kim.clone() },
        Account { role: Role::Manager, ..kim.clone() },
    ] {
        assert_eq!(change(&seen, &moved, true).await, AdminOutcome::Changed, "{seen:?}");
    }
    let nobody = account("nobody", Role::Rep);
    assert_eq!(change(&nobody, &nobody, true).await, AdminOutcome::Changed);
    assert!(storage.account("kim").await == Ok(Some(kim.clone())), "nothing of it was done");
    assert!(storage.session(device(1)).await.is_ok_and(|session| session.is_some()));
    assert_eq!(change(&kim, &moved, false).await, AdminOutcome::Done);
    let closed = Account { disabled: true, ..moved.clone() };
    assert_eq!(change(&moved, &closed, true).await, AdminOutcome::Done);
    assert!(storage.accounts().await == Ok(vec![closed, lee]));
    let mut sessions = Vec::new();
    for n in [1, 2, 3] {
        sessions.push(storage.session(device(n)).await.expect("a session is read").is_some());
    }
    assert_eq!(sessions, [false, false, true], "those of that account alone");
    assert_eq!(noted(&storage).await, ["add", "add", "in", "in", "in", "change", "change"]);
}

async fn the_last_administrator_stays<S: Storage>(storage: S) {
    let (ada, bob) = (account("ada", Role::Admin), account("bob", Role::Admin));
    let gone = Account { disabled: true, ..account("gone", Role::Admin) };
    for account in [&ada, &bob, &gone, &account("han", Role::Hq)] {
        assert_eq!(storage.add_account(account.clone()).await, Ok(true));
    }
    let change = async |expected: &Account, account: Account| {
        let expected = expected.clone();
        ordered(&storage, AdminChange::ChangeAccount { expected, account, sign_out: false }, "change").await
    };
    let closed = Account { disabled: true, ..bob.clone() };
    assert_eq!(change(&bob, closed.clone()).await, AdminOutcome::Done, "ada is left");
    for less in [Account { disabled: true, ..ada.clone() }, Account { role: Role::Hq, ..ada.clone() }] {
        assert_eq!(change(&ada, less).await, AdminOutcome::LastAdmin);
    }
    let renewed = Account { password_hash: "$new".into(), ..ada.clone() };
    assert_eq!(
        change(&ada, renewed.clone()).await,
        AdminOutcome::Done,
        "another password takes nothing away"
    );
    assert_eq!(change(&gone, Account { role: Role::Hq, ..gone.clone() }).await, AdminOutcome::Done);
    assert_eq!(change(&closed, bob.clone()).await, AdminOutcome::Done);
    assert_eq!(change(&renewed, Account { role: Role::Hq, ..renewed.clone() }).await, AdminOutcome::Done);
    assert_eq!(noted(&storage).await.len(), 5, "what was refused is not noted as done");
}

async fn a_device_is_shut_out_with_its_session<S: Storage>(storage: S) {
    signed_in(&storage, 1, "kim").await;
    let revoke = AdminChange::RevokeDevice(device(1));
    assert_eq!(ordered(&storage, revoke.clone(), "revoke").await, AdminOutcome::Done);
    assert!(storage.device(device(1)).await.is_ok_and(|one| one.is_some_and(|one| one.revoked)));
    assert!(storage.session(device(1)).await == Ok(None));
    assert_eq!(ordered(&storage, revoke, "again").await, AdminOutcome::Done, "there is one, revoked or not");
    assert_eq!(ordered(&storage, AdminChange::RevokeDevice(device(9)), "x").await, AdminOutcome::Absent);
    assert_eq!(noted(&storage).await, ["in", "revoke", "again"]);
}

pub(super) fn span(code: &str, level: Level, parent: &str) -> UnitSpan {
    UnitSpan {
        code: code.into(),
        from: None,
        to: None,
        level,
        name: format!("Unit {code}"),
        parent: parent.into(),
        successor: None,
    }
}

async fn units_are_changed_by_who_saw_the_rules<S: Storage>(storage: S) {
    let rep = document_model::UnitCode::from("P1");
    let units = |rules, spans| {
        let books = vec![(BookId::of_rep(&rep), "Kim".to_owned(), Some(rep.clone()))];
        AdminChange::Units { rules, spans, books }
    };
    let spans = vec![span("R1", Level::Region, NATION), span("B1", Level::Branch, "R1")];
    assert_eq!(ordered(&storage, units(2, spans.clone()), "early").await, AdminOutcome::Changed);
    assert_eq!(storage.roster().await.map(|(roster, rules)| (roster.iter().count(), rules)), Ok((0, 1)));
    assert_eq!(storage.book(BookId::of_rep(&rep)).await, Ok(None), "no book either");
    assert_eq!(ordered(&storage, units(1, spans.clone()), "first").await, AdminOutcome::Done);
    assert_eq!(storage.roster().await, Ok((spans.iter().cloned().collect(), 2)));
    let book = storage.book(BookId::of_rep(&rep)).await.expect("a book is read");
    assert_eq!(book.map(|book| (book.name, book.owner)), Some(("Kim".to_owned(), Some(rep.clone()))));
    assert_eq!(
        ordered(&storage, units(1, vec![span("B1", Level::Branch, "R2")]), "late").await,
        AdminOutcome::Changed
    );
    assert_eq!(ordered(&storage, units(2, spans), "same").await, AdminOutcome::Done);
    assert_eq!(storage.rules_version().await, Ok(2), "what is there changes no rules");
    assert_eq!(noted(&storage).await, ["first", "same"]);
}

async fn absences_days_and_targets_are_changed_by_who_saw_them<S: Storage>(storage: S) {
    let absence = |from: &str| Absence { rep: "P1".into(), from: day(from), to: None, reason: "away".into() };
    let (first, second) = (vec![absence("2026-06-01")], vec![absence("2026-07-01")]);
    let absences = |expected: &[Absence], absences: &[Absence]| AdminChange::Absences {
        rep: "P1".into(),
        expected: expected.to_vec(),
        absences: absences.to_vec(),
    };
    assert_eq!(ordered(&storage, absences(&first, &second), "x").await, AdminOutcome::Changed);
    assert_eq!(ordered(&storage, absences(&[], &first), "absences").await, AdminOutcome::Done);
    assert_eq!(ordered(&storage, absences(&[], &second), "x").await, AdminOutcome::Changed);
    assert_eq!(storage.absences().await, Ok(first));
    let free = |text: &str| CalendarDay { day: day(text), working: false, name: "founded".into() };
    let days = |known: &[CalendarDay], days: &[CalendarDay]| AdminChange::Calendar {
        expected: ContentHash::of_calendar(known),
        days: days.to_vec(),
    };
    let (one, two) = (free("2026-06-01"), free("2026-06-02"));
    assert_eq!(ordered(&storage, days(&[], std::slice::from_ref(&one)), "days").await, AdminOutcome::Done);
    assert_eq!(ordered(&storage, days(&[], std::slice::from_ref(&two)), "x").await, AdminOutcome::Changed);
    let known = [one.clone()];
    assert_eq!(ordered(&storage, days(&known, std::slice::from_ref(&two)), "days").await, AdminOutcome::Done);
    assert_eq!(storage.calendar().await, Ok(vec![one, two]), "days not named stay");
    let target = |unit: &str, value| {
        let line = TargetLine { unit: unit.into(), product_type: None, measure: TargetMeasure::Net };
        Target::new(line, day("2026-06-01"), day("2026-06-30"), value)
    };
    let targets = |known: &[Target], targets: &[Target]| AdminChange::Targets {
        expected: ContentHash::of_targets(known),
        targets: targets.to_vec(),
    };
    let (b1, b2) = (vec![target("B1", 7)], vec![target("B2", 8)]);
    assert_eq!(ordered(&storage, targets(&b1, &b2), "x").await, AdminOutcome::Changed);
    assert_eq!(ordered(&storage, targets(&[], &b1), "targets").await, AdminOutcome::Done);
    assert_eq!(ordered(&storage, targets(&[], &b2), "x").await, AdminOutcome::Changed);
    assert_eq!(ordered(&storage, targets(&b1, &b2), "targets").await, AdminOutcome::Done);
    assert_eq!(storage.targets().await, Ok([b1, b2].concat()));
    assert_eq!(noted(&storage).await, ["absences", "days", "days", "targets", "targets"]);
}
