//! Invitations: one for each account, used once.

use super::audit::{account, fact, noted, ordered};
use super::cases;
use super::sample::{ARRIVED_MS, device};
use crate::auth::{Account, Device, Invitation, Role, Session};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, Storage};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        an_account_has_one_invitation_or_none,
        a_code_signs_one_device_in,
        a_code_that_does_not_hold_signs_nobody_in,
        invitations_are_open_until_they_are_used_or_end,
    );
}

/// That of an account, by a code of this hash.
pub(super) fn invitation(user: &str, code: u8) -> Invitation {
    Invitation {
        user: user.to_owned(),
        hash: [code; 32],
        made_ms: ARRIVED_MS - 5,
        made_by: "ada".to_owned(),
        ends_ms: ARRIVED_MS + 1,
        used_ms: None,
    }
}

/// A device that presents a code.
pub(super) fn pairing(n: u8, user: &str, code: u8) -> AdminChange {
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
    let session = Session { device: device.id, current: [n; 32], previous: None, expires_ms: ARRIVED_MS + 9 };
    AdminChange::Pair { code: [code; 32], device, session }
}

pub(super) async fn with_reps<S: Storage>(storage: &S, names: &[&str]) {
    for name in names {
        let add = AdminChange::AddAccount(account(name, Role::Rep));
        assert_eq!(ordered(storage, add, "add").await, AdminOutcome::Done);
    }
}

async fn invite<S: Storage>(storage: &S, invitation: Invitation) -> AdminOutcome {
    ordered(storage, AdminChange::Invite(invitation), "invite").await
}

async fn an_account_has_one_invitation_or_none<S: Storage>(storage: S) {
    with_reps(&storage, &["lee", "kim"]).await;
    assert_eq!(storage.invitations().await, Ok(Vec::new()));
    assert_eq!(invite(&storage, invitation("nobody", 1)).await, AdminOutcome::Absent);
    let first = Invitation { used_ms: Some(7), made_by: String::new(), ..invitation("kim", 1) };
    assert_eq!(invite(&storage, first.clone()).await, AdminOutcome::Done);
    assert!(storage.invitation([1; 32]).await == Ok(Some(first)), "every part of it");
    assert_eq!(invite(&storage, invitation("lee", 1)).await, AdminOutcome::Changed, "the code is taken");
    assert_eq!(invite(&storage, invitation("lee", 2)).await, AdminOutcome::Done);
    assert_eq!(invite(&storage, invitation("kim", 3)).await, AdminOutcome::Done);
    assert_eq!(invite(&storage, invitation("kim", 3)).await, AdminOutcome::Done, "it is that account's own");
    assert!(
        storage.invitations().await == Ok(vec![invitation("kim", 3), invitation("lee", 2)]),
        "by account"
    );
    for gone in [1, 9] {
        assert!(storage.invitation([gone; 32]).await == Ok(None));
    }
    assert_eq!(noted(&storage).await[2..], ["invite", "invite", "invite", "invite"]);
}

async fn a_code_signs_one_device_in<S: Storage>(storage: S) {
    with_reps(&storage, &["kim"]).await;
    assert_eq!(invite(&storage, invitation("kim", 1)).await, AdminOutcome::Done);
    assert_eq!(ordered(&storage, pairing(1, "kim", 1), "in").await, AdminOutcome::Done);
    let used = Invitation { used_ms: Some(ARRIVED_MS), ..invitation("kim", 1) };
    assert!(storage.invitation([1; 32]).await == Ok(Some(used.clone())));
    let AdminChange::Pair { device: paired, session, .. } = pairing(1, "kim", 1) else { unreachable!() };
    assert_eq!(storage.devices().await, Ok(vec![paired]));
    assert!(storage.session(device(1)).await == Ok(Some(session)));
    assert_eq!(ordered(&storage, pairing(2, "kim", 1), "again").await, AdminOutcome::Changed);
    assert_eq!(storage.device(device(2)).await, Ok(None), "once");
    assert!(storage.session(device(2)).await == Ok(None));
    // A device's id is taken: nothing is done, and the code stays unused.
    assert_eq!(invite(&storage, invitation("kim", 2)).await, AdminOutcome::Done);
    let taken = AdminOrder { change: pairing(1, "kim", 2), note: fact("x", 1) };
    assert!(storage.administer(taken).await.is_err(), "an id is not registered twice");
    assert!(storage.invitation([2; 32]).await == Ok(Some(invitation("kim", 2))));
    assert_eq!(noted(&storage).await, ["add", "invite", "in", "invite"]);
}

async fn a_code_that_does_not_hold_signs_nobody_in<S: Storage>(storage: S) {
    with_reps(&storage, &["kim", "lee", "gone"]).await;
    let gone = account("gone", Role::Rep);
    let closed = Account { disabled: true, ..gone.clone() };
    let close = AdminChange::ChangeAccount { expected: gone, account: closed, sign_out: true };
    assert_eq!(ordered(&storage, close, "close").await, AdminOutcome::Done);
    let ended = Invitation { ends_ms: ARRIVED_MS, ..invitation("lee", 2) };
    for one in [invitation("kim", 1), ended, invitation("gone", 3)] {
        assert_eq!(invite(&storage, one).await, AdminOutcome::Done);
    }
    let wrong = [("kim", 9), ("lee", 1), ("lee", 2), ("gone", 3), ("nobody", 1), ("kim", 2)];
    for (n, (user, code)) in (1..).zip(wrong) {
        assert_eq!(
            ordered(&storage, pairing(n, user, code), "x").await,
            AdminOutcome::Changed,
            "{user} {code}"
        );
    }
    assert_eq!(storage.devices().await, Ok(Vec::new()));
    let used = storage.invitations().await.expect("invitations are listed");
    assert!(used.iter().all(|one| one.used_ms.is_none()), "no code was used up");
    assert!(!noted(&storage).await.contains(&"x".to_owned()));
}

async fn invitations_are_open_until_they_are_used_or_end<S: Storage>(storage: S) {
    with_reps(&storage, &["kim", "lee", "han"]).await;
    assert_eq!(storage.open_invitations(ARRIVED_MS).await, Ok(0));
    for (user, code) in [("kim", 1), ("lee", 2), ("han", 3)] {
        assert_eq!(invite(&storage, invitation(user, code)).await, AdminOutcome::Done);
    }
    assert_eq!(storage.open_invitations(ARRIVED_MS).await, Ok(3));
    assert_eq!(ordered(&storage, pairing(1, "lee", 2), "in").await, AdminOutcome::Done);
    assert_eq!(storage.open_invitations(ARRIVED_MS).await, Ok(2));
    assert_eq!(storage.open_invitations(ARRIVED_MS + 1).await, Ok(0), "they end at their end");
    let longer = Invitation { ends_ms: ARRIVED_MS + 2, ..invitation("kim", 4) };
    assert_eq!(invite(&storage, longer).await, AdminOutcome::Done);
    assert_eq!(storage.open_invitations(ARRIVED_MS + 1).await, Ok(1));
}
