//! Yesterday's copy of the hub's database is put in the place of today's, by hand and without a word to the
//! hub, or by command. New work goes past the old place in the feed before the old devices return. With the real programs,
//! on both engines: everything that any device holds comes back with its author, nothing twice, and the
//! figures are exact.

use std::path::{Path, PathBuf};

use serde_json::Value;
use server::storage::conformance::scratch::{self, Databases};
use tempfile::TempDir;
use tests::black_box::{HubProgram, RepProgram, copy_files, fieldbook, fieldbook_json};

const REP: &str = "P1";
const BACKUP: &str = "backup.db";
/// Works on the same book under a name of its own.
const ASSISTANT: &str = "assistant";
/// Exchanges of all devices after which nothing may be left to send or to read.
const ROUNDS: usize = 4;

/// Where yesterday's copy lies.
enum Copy<'a> {
    /// A backup, made by command under a hub that serves.
    Backup(TempDir),
    Folder(TempDir),
    Database {
        databases: &'a Databases,
        url: String,
        copy: String,
    },
}

/// A copy of a stopped hub's database.
async fn copy_of<'a>(hub: &HubProgram, on: Option<(&'a Databases, &str)>) -> Copy<'a> {
    match on {
        Some((databases, url)) => {
            Copy::Database { databases, url: url.to_owned(), copy: databases.copy_of(url).await }
        }
        None => {
            let folder = tempfile::tempdir().expect("a temporary folder");
            for file in database_files(hub) {
                std::fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("copied");
            }
            Copy::Folder(folder)
        }
    }
}

fn database_files(hub: &HubProgram) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(hub.data()).expect("the folder is read");
    let paths = entries.map(|entry| entry.expect("the folder is read").path());
    let of_database =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("hub.db"));
    paths.filter(of_database).collect()
}

async fn put_back(hub: &HubProgram, copy: &Copy<'_>) {
    match copy {
        Copy::Folder(folder) => {
            database_files(hub).into_iter().for_each(|file| std::fs::remove_file(file).expect("removed"));
            copy_files(folder.path(), &hub.data());
        }
        Copy::Database { databases, url, copy } => databases.put_back(url, copy).await,
        Copy::Backup(folder) => {
            let file = folder.path().join(BACKUP);
            let restore =
                |words: &[&str]| fieldbook(&hub.data(), &[words, &[&*file.to_string_lossy()]].concat());
            assert!(!restore(&["restore"]).status.success(), "something is there");
            let done = restore(&["restore", "--replace"]);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    }
}

/// A backup of a hub that serves, by command.
fn backup_of<'a>(hub: &HubProgram) -> Copy<'a> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join(BACKUP);
    let file = file.to_string_lossy();
    let told = fieldbook_json(&hub.data(), &["backup", &file]);
    assert_eq!(told["found"], 0, "{told}");
    assert!(!fieldbook(&hub.data(), &["backup", &file]).status.success(), "it would be overwritten");
    Copy::Backup(folder)
}

fn add(device: &RepProgram, name: &str) -> String {
    let added = device.json(&["customer", "add", "--name", name, "phone=010-0000-0000"]);
    added["id"].as_str().expect("an id").to_owned()
}

fn sell(device: &RepProgram, customer: &str, premium: &str) {
    let sale = ["policy", "add", "--customer", customer, "--product", "WL01", "--premium", premium];
    device.run_ok(&sale);
}

/// Syncs; gives how many edits were given back.
fn sync(device: &RepProgram) -> u64 {
    device.json(&["sync"])["given_back"].as_u64().expect("a count")
}

/// The values of the clash in the phone number, with their authors, sorted.
fn clash_of(shown: &Value) -> Vec<(&str, &str)> {
    let clash = shown["clashes"].as_array().into_iter().flatten().find(|clash| clash["field"] == "phone");
    let values = clash.and_then(|clash| clash["values"].as_array()).into_iter().flatten();
    let mut found: Vec<_> = values.map(|value| (&value["value"], &value["author"])).collect();
    found.sort_by_key(|(value, _)| value.as_str());
    found
        .into_iter()
        .map(|(value, author)| (value.as_str().unwrap_or_default(), author.as_str().unwrap_or_default()))
        .collect()
}

async fn yesterday_again(on: Option<(&Databases, &str)>, by_command: bool) {
    let mut hub = HubProgram::start_on(on.map(|(_, url)| url), &[REP], "");
    hub.add_rep(ASSISTANT, REP);
    let laptop = RepProgram::signed_in(&hub.url(), REP);
    let phone = RepProgram::signed_in(&hub.url(), ASSISTANT);
    let old = add(&laptop, "김철수");
    sell(&laptop, &old, "10000");
    assert_eq!((sync(&laptop), sync(&phone)), (0, 0));
    let yesterday = if by_command {
        backup_of(&hub)
    } else {
        hub.kill();
        let copy = copy_of(&hub, on).await;
        hub.serve();
        copy
    };

    // Today: edits of what was there, a new customer with a policy, and an edit of both on the other device.
    laptop.run_ok(&["customer", "set", &old, "occupation=clerk"]);
    let new = add(&laptop, "이영희");
    sell(&laptop, &new, "20000");
    laptop.run_ok(&["customer", "note", &old, "[asked for a quote]"]);
    sync(&laptop);
    sync(&phone);
    phone.run_ok(&["customer", "note", &new, "[likes tea]"]);
    phone.run_ok(&["customer", "set", &old, "phone=010-2222-2222"]);
    laptop.run_ok(&["customer", "set", &old, "phone=010-1111-1111"]);
    phone.run_ok(&["customer", "visit", &new]);
    sync(&phone);
    sync(&laptop);
    // Not sent before it happens.
    laptop.run_ok(&["customer", "visit", &new]);

    hub.kill();
    put_back(&hub, &yesterday).await;
    hub.serve();
    let tablet = RepProgram::signed_in(&hub.url(), REP);
    assert!(!tablet.run(&["customer", "show", &new]).status.success(), "the copy knows it");
    // Past the place in the feed that the old devices have read to.
    let later: Vec<_> = (0..12).map(|number| add(&tablet, &format!("박민수{number}"))).collect();
    sell(&tablet, &later[0], "40000");
    assert_eq!(sync(&tablet), 0);

    // The phone comes first, and gives back the laptop's edits too.
    let by_phone = sync(&phone);
    assert_eq!(by_phone, 7, "three edits of the old customer, the new one, its policy, note and visit");
    let mut by_laptop = 0;
    for _ in 0..ROUNDS {
        by_laptop += sync(&laptop);
        sync(&phone);
        sync(&tablet);
    }
    println!("given back: {by_phone} by the phone, {by_laptop} by the laptop");
    for device in [&laptop, &phone, &tablet, &RepProgram::signed_in(&hub.url(), REP)] {
        let status = device.json(&["status"]);
        assert_eq!((&status["unsent"], &status["tray"]), (&0.into(), &0.into()), "{status}");
        let list = device.json(&["customer", "list"]);
        assert_eq!(list.as_array().expect("a list").len(), 2 + later.len());
        let shown = device.json(&["customer", "show", &new]);
        assert_eq!(
            (&shown["fields"]["visits"], &shown["fields"]["notes"]),
            (&2.into(), &"[likes tea]".into())
        );
        let shown = device.json(&["customer", "show", &old]);
        assert_eq!(shown["fields"]["occupation"], "clerk");
        assert_eq!(shown["fields"]["notes"], "[asked for a quote]");
        assert_eq!(clash_of(&shown), [("010-1111-1111", REP), ("010-2222-2222", ASSISTANT)], "{shown}");
    }
    hub.kill();
    let figures =
        fieldbook_json(&hub.data(), &["figures", "--from", "today", "--to", "today", "--level", "nation"]);
    let total = &figures["total"];
    assert_eq!((&total["sold"], &total["premium_gross_won"]), (&3.into(), &70_000.into()), "{figures}");
    assert_eq!(fieldbook_json(&hub.data(), &["verify"])["found"], 0);
}

#[tokio::test]
async fn yesterdays_copy_in_sqlite() {
    yesterday_again(None, false).await;
}

#[tokio::test]
async fn yesterdays_copy_in_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        yesterday_again(Some((databases, &url)), false).await;
    })
    .await;
}

#[tokio::test]
async fn yesterdays_backup_by_command() {
    yesterday_again(None, true).await;
}

/// Brings a hub's master key to another data folder.
fn give_master_key(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("secrets")).expect("a folder is made");
    std::fs::copy(from.join("secrets/master.key"), to.join("secrets/master.key")).expect("the key is copied");
}

/// A hub moves from SQLite to PostgreSQL and back, and nothing about it differs.
#[tokio::test]
async fn a_backup_moves_a_hub_to_the_other_engine_and_back() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        let hub = HubProgram::start(&[REP], "");
        let device = RepProgram::signed_in(&hub.url(), REP);
        let customer = add(&device, "김\u{1}철수");
        sell(&device, &customer, "10000");
        sync(&device);
        let away = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| away.path().join(name).to_string_lossy().into_owned();
        // Without their moment: the hub may add up in the background between the question and the copy.
        let figures_of = |data: &Path| {
            let asked = ["figures", "--from", "today", "--to", "today", "--level", "rep"];
            let mut figures = fieldbook_json(data, &asked);
            figures.as_object_mut().expect("figures").remove("moment").expect("their moment");
            figures
        };
        let (first, figures) = (file("first.db"), figures_of(&hub.data()));
        let made = fieldbook_json(&hub.data(), &["backup", &first]);
        let there = away.path().join("on-postgres");
        // Without the master key a backup is of no use to anybody, and nothing is made of it.
        let keyless = fieldbook(&there, &["--database", &url, "restore", &first, "--json"]);
        let said = String::from_utf8_lossy(&keyless.stderr).into_owned();
        assert!(!keyless.status.success() && said.contains("HUB-MASTER-KEY"), "{said}");
        give_master_key(&hub.data(), &there);
        let told = fieldbook_json(&there, &["--database", &url, "restore", &first]);
        assert_eq!((&told["found"], &told["documents"]), (&0.into(), &made["documents"]));
        assert_eq!(figures_of(&there), figures);
        assert_eq!(fieldbook_json(&there, &["verify"])["found"], 0);
        assert!(!fieldbook(&there, &["restore", &first]).status.success(), "something is there");
        let second = file("second.db");
        assert_eq!(fieldbook_json(&there, &["backup", &second])["documents"], made["documents"]);
        let back = away.path().join("back");
        give_master_key(&hub.data(), &back);
        assert_eq!(fieldbook_json(&back, &["restore", &second])["found"], 0);
        assert_eq!(figures_of(&back), figures);
        assert_eq!(fieldbook_json(&back, &["verify"])["found"], 0);
        assert!(
            !fieldbook(&back, &["restore", "--replace", &hub.data().join("hub.db").to_string_lossy()])
                .status
                .success(),
            "no backup"
        );
        // A hub that serves keeps its database.
        assert!(!fieldbook(&hub.data(), &["restore", "--replace", &second]).status.success());
        assert_eq!(figures_of(&hub.data()), figures);
    })
    .await;
}
