//! What an administrator set, and the link that makes the first one.

use std::collections::BTreeMap;

use super::Furnish;
use super::cases;
use crate::auth::{Account, Role};
use crate::organisation::NATION;
use crate::storage::{SetUp, SetUpOutcome, SettingChanges, SetupLink, Storage, StoredSettings};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        settings_change_by_who_knows_the_version,
        there_is_one_setup_link_or_none,
        a_link_makes_one_administrator,
        a_link_that_does_not_hold_makes_nobody,
        accounts_and_administrators_are_told_apart,
    );
}

const AT_MS: i64 = 1_790_000_000_000;
const LINK: SetupLink = SetupLink { hash: [7; 32], ends_ms: AT_MS + 1 };

fn changes(all: &[(&str, Option<&str>)]) -> SettingChanges {
    all.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
}

fn stored(version: u64, all: &[(&str, &str)]) -> StoredSettings {
    let values = all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    StoredSettings { version, values: values.collect::<BTreeMap<_, _>>() }
}

fn account(name: &str, role: Role) -> Account {
    let password_hash = "$argon2id$".to_owned();
    Account { name: name.to_owned(), role, unit: NATION.into(), password_hash, disabled: false }
}

fn order(token: u8, at_ms: i64, name: &str) -> SetUp {
    let changes = changes(&[("company", Some("\"한빛\"")), ("http.drain_s", None)]);
    SetUp { presented: [token; 32], at_ms, account: account(name, Role::Admin), changes }
}

async fn settings_change_by_who_knows_the_version<S: Storage>(storage: S) {
    assert_eq!(storage.settings().await, Ok(StoredSettings::default()));
    let first = changes(&[("zone", Some("\"Asia/Seoul\"")), ("http.drain_s", Some("3"))]);
    assert_eq!(storage.put_settings(1, first.clone()).await, Ok(false), "it is not that far");
    assert_eq!(storage.put_settings(0, first).await, Ok(true));
    let both = stored(1, &[("http.drain_s", "3"), ("zone", "\"Asia/Seoul\"")]);
    assert_eq!(storage.settings().await, Ok(both.clone()));
    let second = changes(&[("http.drain_s", Some("4")), ("zone", None), ("log.filter", None)]);
    assert_eq!(storage.put_settings(0, second.clone()).await, Ok(false), "somebody was first");
    assert_eq!(storage.settings().await, Ok(both));
    assert_eq!(storage.put_settings(1, second).await, Ok(true));
    assert_eq!(storage.settings().await, Ok(stored(2, &[("http.drain_s", "4")])));
    assert_eq!(storage.put_settings(2, changes(&[("http.drain_s", None)])).await, Ok(true));
    assert_eq!(storage.settings().await, Ok(stored(3, &[])));
}

async fn there_is_one_setup_link_or_none<S: Storage>(storage: S) {
    assert_eq!(storage.setup_link().await, Ok(None));
    storage.put_setup_link(Some(LINK)).await.expect("a link is stored");
    assert_eq!(storage.setup_link().await, Ok(Some(LINK)));
    let other = SetupLink { hash: [8; 32], ends_ms: AT_MS + 9 };
    storage.put_setup_link(Some(other.clone())).await.expect("another takes its place");
    assert_eq!(storage.setup_link().await, Ok(Some(other)));
    storage.put_setup_link(None).await.expect("a link ends");
    assert_eq!(storage.setup_link().await, Ok(None));
}

async fn a_link_makes_one_administrator<S: Storage>(storage: S) {
    assert_eq!(storage.put_settings(0, changes(&[("http.drain_s", Some("3"))])).await, Ok(true));
    storage.put_setup_link(Some(LINK)).await.expect("a link is stored");
    let (one, other) = (storage.set_up(order(7, AT_MS, "han")), storage.set_up(order(7, AT_MS, "mo")));
    let (one, other) = futures::join!(one, other);
    let (one, other) = (one.expect("it is decided"), other.expect("it is decided"));
    assert!(
        [(SetUpOutcome::Done, SetUpOutcome::NoLink), (SetUpOutcome::NoLink, SetUpOutcome::Done)]
            .contains(&(one, other)),
        "{one:?}, {other:?}"
    );
    let accounts = storage.accounts().await.expect("accounts are listed");
    let name = if one == SetUpOutcome::Done { "han" } else { "mo" };
    assert!(accounts == [account(name, Role::Admin)], "{accounts:?}");
    assert_eq!(storage.settings().await, Ok(stored(2, &[("company", "\"한빛\"")])));
    assert_eq!(storage.setup_link().await, Ok(None), "it is used up");
}

async fn a_link_that_does_not_hold_makes_nobody<S: Storage>(storage: S) {
    assert_eq!(storage.set_up(order(7, AT_MS, "han")).await, Ok(SetUpOutcome::NoLink), "there is none");
    storage.put_setup_link(Some(LINK)).await.expect("a link is stored");
    assert_eq!(storage.set_up(order(8, AT_MS, "han")).await, Ok(SetUpOutcome::NoLink), "it is another one");
    assert_eq!(storage.set_up(order(7, AT_MS + 1, "han")).await, Ok(SetUpOutcome::NoLink), "it is over");
    assert_eq!(storage.add_account(account("han", Role::Rep)).await, Ok(true));
    assert_eq!(storage.set_up(order(7, AT_MS, "han")).await, Ok(SetUpOutcome::NameTaken));
    assert_eq!(storage.setup_link().await, Ok(Some(LINK)), "another name may still be given");
    assert_eq!(storage.settings().await, Ok(StoredSettings::default()));
    assert_eq!(storage.add_account(account("root", Role::Admin)).await, Ok(true));
    assert_eq!(storage.set_up(order(7, AT_MS, "mo")).await, Ok(SetUpOutcome::NoLink), "there is one");
    assert_eq!(storage.accounts().await.map(|all| all.len()), Ok(2));
}

async fn accounts_and_administrators_are_told_apart<S: Storage>(storage: S) {
    let told = async || {
        let any = storage.has_accounts().await.expect("it is known");
        (any, storage.has_administrator().await.expect("it is known"))
    };
    assert_eq!(told().await, (false, false));
    assert_eq!(storage.add_account(account("han", Role::Hq)).await, Ok(true));
    assert_eq!(told().await, (true, false));
    let closed = Account { disabled: true, ..account("root", Role::Admin) };
    assert_eq!(storage.add_account(closed.clone()).await, Ok(true));
    assert_eq!(told().await, (true, false), "nobody signs in with a closed one");
    assert_eq!(storage.update_account(Account { disabled: false, ..closed }).await, Ok(true));
    assert_eq!(told().await, (true, true));
}
