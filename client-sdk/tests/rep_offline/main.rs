//! `fieldbook-rep` without a hub: what programs rely on, exit codes and JSON, and that no command of
//! a rep's day needs a network.

#![expect(clippy::unwrap_used, reason = "a panic in a test is a failed test with a line number")]

mod seed;

use std::path::Path;

use client_sdk::store::SqliteStore;
use seed::{SERVER, answer, refusal, rep, signed_in};
use serde_json::{Value, json};
use tempfile::TempDir;

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn refused(home: &TempDir, arguments: &[&str]) -> (i32, String) {
    refusal(&mut rep(home.path(), arguments))
}

fn is(code: i32, name: &str) -> (i32, String) {
    (code, name.to_owned())
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn before_the_first_sign_in_everything_says_so_and_makes_nothing() {
    let home = home();
    for arguments in [
        &["status"][..],
        &["sync"],
        &["logout"],
        &["clashes"],
        &["figures"],
        &["tray"],
        &["customer", "list"],
        &["customer", "show", "7"],
        &["policy", "list"],
    ] {
        assert_eq!(refused(&home, arguments), is(4, "SIGN-IN-NONE"), "{arguments:?}");
    }
    assert_eq!(files(home.path()), 0);
    let words = rep(home.path(), &[]).arg("status").env_remove("FIELDBOOK_PASSPHRASE").output().unwrap();
    assert_eq!(words.status.code(), Some(4), "no passphrase is asked for a store that is not there");
}

#[test]
fn a_line_that_cannot_be_read_is_usage() {
    let home = home();
    for arguments in
        [&["customer", "add"][..], &["nonsense"], &["figures", "--from", "soon"], &["login", "--user", "kim"]]
    {
        assert_eq!(refused(&home, arguments), is(2, "USAGE"), "{arguments:?}");
    }
    let mut plain = assert_cmd::Command::new(env!("CARGO_BIN_EXE_fieldbook-rep"));
    plain.arg("nonsense").assert().code(2);
    let mut help = assert_cmd::Command::new(env!("CARGO_BIN_EXE_fieldbook-rep"));
    let help = help.args(["customer", "add", "--help"]).assert().success();
    assert!(String::from_utf8_lossy(&help.get_output().stdout).contains("Example:"));
}

#[test]
fn signing_in_needs_a_hub() {
    let home = home();
    let login = ["login", "--server", SERVER, "--user", "kim", "--password-stdin"];
    assert_eq!(refusal(rep(home.path(), &login).write_stdin("secret\n")), is(3, "SYNC-UNREACHABLE"));
    assert_eq!(refusal(rep(home.path(), &login).write_stdin("\n")), is(2, "USAGE"));
    assert_eq!(refused(&home, &["status"]), is(4, "SIGN-IN-NONE"));
}

#[test]
fn a_home_is_one_persons() {
    let home = home();
    signed_in(home.path());
    let login = ["login", "--server", SERVER, "--user", "lee", "--password-stdin"];
    assert_eq!(refusal(rep(home.path(), &login).write_stdin("secret\n")), is(1, "OTHER-PERSON"));
}

#[test]
fn troubles_of_the_store_are_told_apart() {
    let home = home();
    signed_in(home.path());
    let mut wrong = rep(home.path(), &["status"]);
    assert_eq!(refusal(wrong.env("FIELDBOOK_PASSPHRASE", "another")), is(1, "STORE-WRONG-KEY"));

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let open = runtime.block_on(SqliteStore::open(home.path())).unwrap();
    assert_eq!(refused(&home, &["status"]), is(1, "STORE-LOCKED"));
    runtime.block_on(open.close()).unwrap();
    answer(home.path(), &["status"]);

    let file = home.path().join("store.db");
    assert_eq!(refusal(&mut rep(&file, &["status"])), is(1, "STORE-UNWRITABLE"));
    std::fs::write(&file, "no database at all").unwrap();
    assert_eq!(refused(&home, &["status"]), is(1, "STORE-DAMAGED"));
}

#[test]
fn a_customer_lives_without_a_network() {
    let home = home();
    signed_in(home.path());
    let at = home.path();
    assert_eq!(answer(at, &["customer", "list"]), json!([]));
    let customer = id(&answer(at, &["customer", "add", "--name", "김철수", "phone=010-1111-0000"]));
    answer(
        at,
        &["customer", "set", &customer, "phone=010-2222-0000", "phone+=02-555-0100", "address.city=Seoul"],
    );
    answer(at, &["customer", "note", &customer, "called", "back"]);
    answer(at, &["customer", "note", &customer, "second line"]);
    answer(at, &["customer", "visit", &customer, "--outcome", "asked for a quote"]);

    let shown = answer(at, &["customer", "show", &customer]);
    assert_eq!((&shown["id"], &shown["state"]), (&json!(customer), &json!("saved")));
    assert_eq!((&shown["clashes"], &shown["problems"]), (&json!([]), &json!([])));
    let fields = &shown["fields"];
    assert_eq!(fields["phone"], "010-2222-0000");
    assert_eq!(fields["address.city"], "Seoul");
    assert_eq!(fields["notes"], "called back\nsecond line");
    assert_eq!(fields["visits"], 1);
    let text = fields.to_string();
    assert!(text.contains("02-555-0100") && text.contains("visit: asked for a quote"), "{text}");

    for words in ["철수", "ㄱㅊㅅ", "2222"] {
        assert_eq!(answer(at, &["customer", "search", words])[0]["id"], json!(customer), "{words}");
    }
    assert_eq!(answer(at, &["customer", "search", "이영희"]), json!([]));
    let status = answer(at, &["status"]);
    assert_eq!((&status["unsent"], &status["documents"]), (&json!(5), &json!(1)));
    assert_eq!((&status["tray"], &status["clashes"]), (&json!(0), &json!(0)));
    assert_eq!((answer(at, &["tray"]), answer(at, &["clashes"])), (json!([]), json!([])));
}

#[test]
fn a_policy_counts_on_the_device_until_it_is_withdrawn() {
    let home = home();
    signed_in(home.path());
    let at = home.path();
    let customer = id(&answer(at, &["customer", "add", "--name", "Kim"]));
    let add = |premium| {
        ["policy", "add", "--customer", &customer, "--product", "WL01", "--premium", premium]
            .map(str::to_owned)
    };
    let added = |premium| answer(at, &add(premium).each_ref().map(String::as_str));
    let policy = id(&added("50,000"));
    assert_eq!(added("-1")["problems"][0]["code"], "not_positive");

    let shown = answer(at, &["policy", "show", &policy]);
    let fields = &shown["fields"];
    assert_eq!((&fields["premium_won"], &fields["payment_mode"]), (&json!(50_000), &json!("monthly")));
    assert_eq!((&fields["customer"], &fields["product"]), (&json!(customer), &json!("WL01")));

    let figures = answer(at, &["figures"]);
    assert_eq!(
        figures["total"],
        json!({
            "sold": 1, "withdrawn": 0, "net": 1, "premium_gross_won": 50_000, "premium_net_won": 50_000,
            "ape_net_won": 600_000,
        })
    );
    assert_eq!(figures["headquarters"]["sold"], 0, "it has heard of nothing");
    let why: Vec<_> = figures["differences"].as_array().unwrap().iter().map(|one| &one["why"]).collect();
    assert!(
        why.contains(&&json!("waiting")) && why.contains(&&json!("problem")) && why.len() == 2,
        "{why:?}"
    );
    assert_eq!((&figures["level"], &figures["rows"][0]["unit"]), (&json!("rep"), &json!("P1")));
    assert_eq!((&figures["blocked"], &figures["from"]), (&json!(1), &figures["to"]));
    assert_eq!(answer(at, &["figures", "--from", "yesterday", "--to", "yesterday"])["total"]["sold"], 0);
    assert_eq!(refused(&home, &["figures", "--from", "today", "--to", "yesterday"]), is(2, "USAGE"));

    answer(at, &["policy", "set", &policy, "premium=60000", "mode=annual"]);
    answer(at, &["policy", "withdraw", &policy]);
    let total = &answer(at, &["figures"])["total"];
    assert_eq!((&total["net"], &total["premium_gross_won"]), (&json!(0), &json!(60_000)));
    assert_eq!(answer(at, &["policy", "list", "--customer", &customer]).as_array().unwrap().len(), 2);
}

#[test]
fn the_answer_is_no_for_what_is_not_here_and_usage_for_what_is_no_field() {
    let home = home();
    signed_in(home.path());
    let at = home.path();
    let customer = id(&answer(at, &["customer", "add", "--name", "Kim"]));
    let stranger = "0123456789abcdef0123456789abcdef";
    for arguments in [
        &["customer", "show", stranger][..],
        &["customer", "show", "not-an-id"],
        &["policy", "show", &customer],
        &["customer", "set", stranger, "name=x"],
        &["resolve", stranger, "phone", "1"],
        &["tray", "apply", stranger],
        &["tray", "drop", stranger],
        &["policy", "add", "--customer", stranger, "--product", "WL01", "--premium", "1"],
    ] {
        assert_eq!(refused(&home, arguments), is(1, "UNKNOWN-ID"), "{arguments:?}");
    }
    assert_eq!(refused(&home, &["customer", "set", &customer, "shoe=44"]), is(2, "UNKNOWN-FIELD"));
    assert_eq!(refused(&home, &["customer", "set", &customer, "birth_date=soon"]), is(2, "WRONG-TYPE"));
    assert_eq!(refused(&home, &["customer", "add", "--name", " "]), is(2, "USAGE"));
    assert_eq!(refused(&home, &["resolve", &customer, "phone", "1"]), is(1, "NO-CLASH"));
    assert_eq!(
        answer(at, &["resolve", &customer, "name", "Kim"])["value"],
        "Kim",
        "settled that way already"
    );
    assert_eq!(answer(at, &["status"])["unsent"], 1, "nothing but the first edit was made");
}

#[test]
fn without_a_hub_work_is_kept_and_after_signing_out_too() {
    let home = home();
    signed_in(home.path());
    let at = home.path();
    let customer = id(&answer(at, &["customer", "add", "--name", "Kim"]));
    assert_eq!(refused(&home, &["sync"]), is(3, "SYNC-UNREACHABLE"));
    assert_eq!(refused(&home, &["logout"]), is(1, "UNSENT"));
    assert_eq!(answer(at, &["logout", "--keep-unsent"]), json!({ "signed_out": true, "unsent": 1 }));
    assert_eq!(answer(at, &["logout"])["signed_out"], true, "once is enough");

    assert_eq!(refused(&home, &["sync"]), is(4, "SIGN-IN-EXPIRED"));
    answer(at, &["customer", "set", &customer, "occupation=teacher"]);
    assert_eq!(answer(at, &["customer", "show", &customer])["fields"]["occupation"], "teacher");
    let status = answer(at, &["status"]);
    assert_eq!((&status["unsent"], &status["signed_in"]), (&json!(2), &json!(false)));
}

#[test]
fn people_get_words() {
    let home = home();
    signed_in(home.path());
    let said = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_fieldbook-rep"));
        command
            .env("FIELDBOOK_PASSPHRASE", seed::PASSPHRASE)
            .env("FIELDBOOK_HOME", home.path())
            .args(arguments);
        let output = command.output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    assert!(said(&["customer", "list"]).contains("fieldbook-rep customer add"));
    said(&["customer", "add", "--name", "김철수"]);
    assert!(said(&["customer", "list"]).contains("김철수"));
    let failed = said(&["sync"]);
    assert!(failed.starts_with("error: cannot reach the hub") && failed.contains("safe"), "{failed}");
    assert!(failed.trim_end().ends_with("(SYNC-UNREACHABLE)"), "{failed}");
}
