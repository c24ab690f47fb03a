//! What people wrote lies readable in no file of a hub, nor in a backup; and another master key takes over while
//! the hub serves and reps work.

use std::path::{Path, PathBuf};

use server::storage::conformance::scratch;
use tests::black_box::{HubProgram, RepProgram, fieldbook, fieldbook_json, fieldbook_with};

const REP: &str = "P1";
/// Written by people; none may lie open.
const CANARIES: [&str; 3] = ["김카나리아", "010-7777-1234", "likes canaries"];
const VARIABLE: &str = "FIELDBOOK_MASTER_KEY";

#[test]
fn the_files_of_a_hub_tell_nothing_and_the_master_key_changes_under_it() {
    master_keys(HubProgram::start(&[REP], ""), &|hub| files_in(&hub.data()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_of_postgres_tell_nothing_and_the_master_key_changes_under_it() {
    // The files of the server are its own user's; what is looked through is a backup, row by row the same.
    scratch::with_database(async |url| {
        master_keys(HubProgram::start_on(Some(&url), &[REP], ""), &|_| Vec::new());
    })
    .await;
}

fn master_keys(mut hub: HubProgram, files: &dyn Fn(&HubProgram) -> Vec<PathBuf>) {
    let device = RepProgram::signed_in(&hub.url(), REP);
    let customer = add(&device, CANARIES[0]);
    device.run_ok(&[
        "customer",
        "set",
        &customer,
        &format!("phone={}", CANARIES[1]),
        &format!("notes={}", CANARIES[2]),
    ]);
    device.run_ok(&["sync"]);
    let away = tempfile::tempdir().expect("a temporary folder");
    let backup = |name: &str| {
        let file = away.path().join(name);
        assert_eq!(fieldbook_json(&hub.data(), &["backup", &file.to_string_lossy()])["found"], 0);
        file
    };
    let before = backup("before.db");
    let mut looked = nothing_open_in(&files(&hub));
    looked += nothing_open_in(std::slice::from_ref(&before));

    // Another key, while the hub serves and the device writes.
    let shown = fieldbook_json(&hub.data(), &["key", "show"]);
    let rotated = fieldbook_json(&hub.data(), &["key", "rotate"]);
    assert_ne!(rotated["in_use"], shown["in_use"]);
    assert!(rotated["rewrapped"].as_u64() > Some(1), "{rotated}");
    let second = add(&device, "이카나리아");
    device.run_ok(&["customer", "set", &customer, "address.city=Seoul"]);
    device.run_ok(&["sync"]);
    let now = fieldbook_json(&hub.data(), &["key", "show"]);
    assert_eq!(now["wrapping"], serde_json::json!([rotated["in_use"]]), "the serving hub uses it too");
    assert_eq!(now["at_hand"].as_array().map(Vec::len), Some(2), "the older one is kept for older backups");

    // Started again, without the older key: everything is read, an older backup is not.
    let forgot = fieldbook_json(&hub.data(), &["key", "rotate", "--forget"]);
    assert_eq!(
        (&forgot["forgotten"], fieldbook_json(&hub.data(), &["verify"])["found"].clone()),
        (&2.into(), 0.into())
    );
    hub.kill();
    hub.serve();
    let other = RepProgram::signed_in(&hub.url(), REP);
    other.run_ok(&["sync"]);
    for id in [&customer, &second] {
        assert_eq!(
            other.json(&["customer", "show", id])["fields"],
            device.json(&["customer", "show", id])["fields"]
        );
    }
    let there = away.path().join("there");
    let refused = fieldbook(&there, &["restore", &before.to_string_lossy(), "--json"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("HUB-MASTER-KEY"), "{refused:?}");
    looked += nothing_open_in(&files(&hub));
    println!("looked through {looked} bytes; rewrapped the keys of {} documents", rotated["rewrapped"]);

    in_the_environment(&hub);
}

/// The same key, given by whoever starts the hub.
fn in_the_environment(hub: &HubProgram) {
    let file = hub.data().join("secrets/master.key");
    let text = std::fs::read_to_string(&file).expect("the key is read");
    std::fs::remove_file(&file).expect("the file goes");
    let sound = fieldbook_with(&hub.data(), (VARIABLE, text.trim()), &["verify"]);
    assert!(sound.status.success(), "{sound:?}");
    let more = fieldbook_with(&hub.data(), (VARIABLE, text.trim()), &["key", "rotate", "--json"]);
    let said = String::from_utf8_lossy(&more.stderr).into_owned();
    assert!(
        !more.status.success() && said.contains("HUB-MASTER-KEY") && said.contains("at the end"),
        "{said}"
    );
    let junk = fieldbook_with(&hub.data(), (VARIABLE, "secret"), &["verify", "--json"]);
    let said = String::from_utf8_lossy(&junk.stderr).into_owned();
    assert!(said.contains("HUB-MASTER-KEY") && said.contains("64 hexadecimal digits"), "{said}");
    assert!(!said.contains("secret\""), "what was given is not repeated: {said}");
    let two = format!("{},{}", text.trim(), "0f".repeat(32));
    let rotated = fieldbook_with(&hub.data(), (VARIABLE, &two), &["key", "rotate"]);
    assert!(rotated.status.success(), "{rotated:?}");
    let newest = fieldbook_with(&hub.data(), (VARIABLE, &"0f".repeat(32)), &["verify"]);
    assert!(newest.status.success(), "{newest:?}");
}

fn add(device: &RepProgram, name: &str) -> String {
    let added = device.json(&["customer", "add", "--name", name]);
    added["id"].as_str().expect("an id").to_owned()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is read").flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// The bytes looked through.
fn nothing_open_in(files: &[PathBuf]) -> usize {
    let mut looked = 0;
    for file in files {
        let bytes = std::fs::read(file).expect("the file is read");
        for canary in CANARIES {
            let open = bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
            assert!(!open, "{canary} lies open in {}", file.display());
        }
        looked += bytes.len();
    }
    looked
}
