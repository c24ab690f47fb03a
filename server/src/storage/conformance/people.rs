//! Accounts, devices, sessions.

use super::Furnish;
use super::cases;
use super::sample::{ARRIVED_MS, device};
use crate::auth::{Account, Device, Role, Session, Told};
use crate::organisation::ReportingDevice;
use crate::storage::{Contact, Storage};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_name_is_taken_once,
        an_account_is_replaced_whole,
        devices_are_registered_and_revoked,
        contact_never_goes_back,
        what_devices_say_of_themselves_is_kept,
        devices_of_reps_who_may_sign_in_report,
        a_session_is_replaced_only_by_who_knows_it,
        sessions_end_one_by_one,
    );
}

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.to_owned(),
        role,
        unit: "P1".into(),
        password_hash: "$argon2id$".to_owned(),
        disabled: false,
    }
}

fn registered(n: u8) -> Device {
    Device {
        id: device(n),
        user: "kim".to_owned(),
        name: format!("phone {n}"),
        registered_ms: ARRIVED_MS,
        last_seen_ms: ARRIVED_MS,
        complete_ms: None,
        revoked: false,
        told: None,
    }
}

fn session(n: u8, token: u8) -> Session {
    Session { device: device(n), current: [token; 32], previous: None, expires_ms: ARRIVED_MS + 1 }
}

async fn a_name_is_taken_once<S: Storage>(storage: S) {
    for (name, role) in [("lee", Role::Manager), ("kim", Role::Rep), ("Kim", Role::Admin), ("park", Role::Hq)]
    {
        assert_eq!(storage.add_account(account(name, role)).await, Ok(true));
    }
    assert_eq!(storage.add_account(account("kim", Role::Admin)).await, Ok(false));
    let kim = storage.account("kim").await.expect("an account is read");
    assert!(
        kim == Some(account("kim", Role::Rep)),
        "the account whose name was asked for again is as it was"
    );
    for absent in ["nobody", "kim\0", "\0"] {
        assert!(storage.account(absent).await == Ok(None), "whatever is typed, it is an account or none");
    }
    let names: Vec<_> =
        storage.accounts().await.expect("accounts are listed").into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["Kim", "kim", "lee", "park"], "in order of name");
}

async fn an_account_is_replaced_whole<S: Storage>(storage: S) {
    assert_eq!(storage.update_account(account("kim", Role::Rep)).await, Ok(false), "there is none");
    assert!(storage.account("kim").await == Ok(None));
    storage.add_account(account("kim", Role::Rep)).await.expect("an account is added");
    storage.add_account(account("lee", Role::Rep)).await.expect("an account is added");
    let changed = Account {
        unit: "B1".into(),
        password_hash: "$another$".to_owned(),
        disabled: true,
        ..account("kim", Role::Manager)
    };
    assert_eq!(storage.update_account(changed.clone()).await, Ok(true));
    assert_eq!(storage.update_account(changed.clone()).await, Ok(true), "there is one, changed or not");
    assert!(storage.accounts().await == Ok(vec![changed, account("lee", Role::Rep)]));
}

async fn devices_are_registered_and_revoked<S: Storage>(storage: S) {
    assert_eq!(storage.device(device(1)).await, Ok(None));
    assert_eq!(storage.revoke_device(device(1)).await, Ok(false), "there is none");
    for n in [2, 1] {
        storage.add_device(registered(n)).await.expect("a device is registered");
    }
    assert_eq!(storage.device(device(2)).await, Ok(Some(registered(2))));
    assert_eq!(storage.revoke_device(device(2)).await, Ok(true));
    assert_eq!(storage.revoke_device(device(2)).await, Ok(true), "there is one, revoked or not");
    let revoked = Device { revoked: true, ..registered(2) };
    assert_eq!(storage.devices().await, Ok(vec![registered(1), revoked.clone()]), "in order of id");

    let others = Device { user: "park".to_owned(), ..registered(3) };
    storage.add_device(others.clone()).await.expect("a device is registered");
    assert_eq!(storage.devices_of(&revoked.user).await, Ok(vec![registered(1), revoked]), "in order of id");
    assert_eq!(storage.devices_of("park").await, Ok(vec![others]));
    assert_eq!(storage.devices_of("par").await, Ok(Vec::new()));
}

async fn contact_never_goes_back<S: Storage>(storage: S) {
    for n in [1, 2, 3] {
        storage.add_device(registered(n)).await.expect("a device is registered");
    }
    let contact = |n, seen_ms, complete_ms| Contact { device: device(n), seen_ms, complete_ms, told: None };
    let contacts = vec![
        contact(1, ARRIVED_MS + 9, None),
        contact(1, ARRIVED_MS + 4, Some(ARRIVED_MS + 3)),
        contact(2, ARRIVED_MS - 1, Some(ARRIVED_MS - 2)),
        contact(9, ARRIVED_MS, None),
    ];
    storage.touch_devices(contacts).await.expect("contacts are noted");
    storage.touch_devices(Vec::new()).await.expect("no contacts are noted");
    let seen: Vec<_> =
        storage.devices().await.expect("devices are listed").iter().map(|d| d.last_seen_ms).collect();
    assert_eq!(seen, [ARRIVED_MS + 9, ARRIVED_MS, ARRIVED_MS], "the newest of each, never an older one");
    let complete = async || {
        let devices = storage.devices().await.expect("devices are listed");
        devices.iter().map(|device| device.complete_ms).collect::<Vec<_>>()
    };
    assert_eq!(complete().await, [Some(ARRIVED_MS + 3), Some(ARRIVED_MS - 2), None]);
    let older = vec![contact(1, ARRIVED_MS, Some(ARRIVED_MS)), contact(2, ARRIVED_MS, Some(ARRIVED_MS))];
    storage.touch_devices(older).await.expect("contacts are noted");
    storage.touch_devices(vec![contact(2, ARRIVED_MS, None)]).await.expect("contacts are noted");
    assert_eq!(complete().await, [Some(ARRIVED_MS + 3), Some(ARRIVED_MS), None], "nobody unsays it");
}

async fn what_devices_say_of_themselves_is_kept<S: Storage>(storage: S) {
    let told = |version: &str, unsent, at_ms| Told { version: version.to_owned(), unsent, tray: 2, at_ms };
    let first = Device { told: Some(told("0.1", u32::MAX, ARRIVED_MS)), ..registered(1) };
    for one in [first.clone(), registered(2), registered(3)] {
        storage.add_device(one).await.expect("a device is registered");
    }
    assert_eq!(storage.device(device(1)).await, Ok(Some(first)));
    let contact = |n, told| Contact { device: device(n), seen_ms: ARRIVED_MS, complete_ms: None, told };
    let said = async || {
        let devices = storage.devices().await.expect("devices are listed");
        devices.into_iter().map(|one| one.told).collect::<Vec<_>>()
    };
    // Nothing is said by silence, and an older word comes too late.
    let newer = told("\0김\u{1}", 0, ARRIVED_MS + 1);
    let contacts = vec![
        contact(1, Some(told("0.0", 9, ARRIVED_MS - 1))),
        contact(2, Some(newer.clone())),
        contact(2, None),
        contact(2, Some(told("0.2", 5, ARRIVED_MS))),
        contact(3, None),
    ];
    storage.touch_devices(contacts).await.expect("contacts are noted");
    assert_eq!(said().await, [Some(told("0.1", u32::MAX, ARRIVED_MS)), Some(newer.clone()), None]);
    let same = told("0.3", 4, ARRIVED_MS);
    let contacts = vec![contact(1, Some(same.clone())), contact(2, None), contact(3, Some(same.clone()))];
    storage.touch_devices(contacts).await.expect("contacts are noted");
    assert_eq!(said().await, [Some(same.clone()), Some(newer), Some(same)], "the newest of each");
}

async fn devices_of_reps_who_may_sign_in_report<S: Storage>(storage: S) {
    assert_eq!(storage.reporting_devices().await, Ok(Vec::new()));
    let mut gone = account("gone", Role::Rep);
    gone.disabled = true;
    for account in [account("kim", Role::Rep), account("lee", Role::Manager), gone] {
        assert_eq!(storage.add_account(account).await, Ok(true));
    }
    let owners = [(1, "kim"), (2, "kim"), (3, "lee"), (4, "gone"), (5, "nobody")];
    for (n, user) in owners {
        let device = Device { user: user.to_owned(), complete_ms: Some(ARRIVED_MS), ..registered(n) };
        storage.add_device(device).await.expect("a device is registered");
    }
    assert_eq!(storage.revoke_device(device(2)).await, Ok(true));
    let mut reporting = storage.reporting_devices().await.expect("devices are listed");
    reporting.sort_by_key(|one| one.device);
    let expected = [(1, false), (2, true)].map(|(n, revoked)| ReportingDevice {
        rep: "P1".into(),
        device: device(n),
        name: format!("phone {n}"),
        last_seen_ms: ARRIVED_MS,
        complete_ms: Some(ARRIVED_MS),
        revoked,
    });
    assert_eq!(reporting, expected);
}

async fn a_session_is_replaced_only_by_who_knows_it<S: Storage>(storage: S) {
    let (first, other) = (session(1, 1), session(1, 2));
    assert!(storage.session(device(1)).await == Ok(None));
    assert_eq!(
        storage.replace_session(Some(other.clone()), first.clone()).await,
        Ok(false),
        "there is none yet"
    );
    assert_eq!(storage.replace_session(None, first.clone()).await, Ok(true));
    assert_eq!(storage.replace_session(None, other.clone()).await, Ok(false), "there is one by now");
    let next = Session { current: [3; 32], previous: Some(first.current), ..first.clone() };
    assert_eq!(
        storage.replace_session(Some(other.clone()), next.clone()).await,
        Ok(false),
        "it is another one"
    );
    let later = Session { expires_ms: first.expires_ms + 1, ..first.clone() };
    assert_eq!(storage.replace_session(Some(later), next.clone()).await, Ok(false), "it differs in its end");
    assert!(storage.session(device(1)).await == Ok(Some(first.clone())));
    assert_eq!(storage.replace_session(Some(first), next.clone()).await, Ok(true));
    assert!(storage.session(device(1)).await == Ok(Some(next.clone())));
    assert_eq!(storage.replace_session(Some(next), other.clone()).await, Ok(true));
    assert!(storage.session(device(1)).await == Ok(Some(other)), "the token before it is absent again");
}

async fn sessions_end_one_by_one<S: Storage>(storage: S) {
    for n in [1, 2] {
        assert_eq!(storage.replace_session(None, session(n, n)).await, Ok(true));
    }
    storage.end_session(device(1)).await.expect("a session ends");
    storage.end_session(device(1)).await.expect("no session ends");
    assert!(storage.session(device(1)).await == Ok(None));
    assert!(storage.session(device(2)).await == Ok(Some(session(2, 2))));
    assert_eq!(storage.replace_session(None, session(1, 7)).await, Ok(true), "a new line begins");
}
