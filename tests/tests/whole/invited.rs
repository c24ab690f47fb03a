//! From an invitation to a device at work, with the real programs: a code holds once, for one person, and the hub is
//! told what the device has not sent.

use serde_json::Value;
use tests::black_box::{HubProgram, RepProgram, fieldbook_json};

/// What a command that was refused said, as programs read it.
fn refusal(device: &RepProgram, arguments: &[&str]) -> String {
    let output = device.run(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let told: Value = serde_json::from_slice(&output.stderr).expect("a refusal is JSON");
    told["error"]["code"].as_str().expect("it has a code").to_owned()
}

fn code(hub: &HubProgram, user: &str) -> String {
    let invited = fieldbook_json(&hub.data(), &["invite", "--user", user]);
    invited[0]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_rep_comes_in_by_a_code_and_the_hub_knows_the_device() {
    let hub = HubProgram::start(&["P1", "P2"], "");
    let (url, first) = (hub.url(), code(&hub, "P1"));
    let phone = RepProgram::empty();
    let spoken = format!("{} {}", &first[..4], &first[4..]);
    let signed = phone.json(&["login", "--server", &url, "--code", &spoken, "--device", "phone"]);
    assert_eq!((&signed["user"], &signed["synced"]), (&"P1".into(), &true.into()));
    phone.run_ok(&["customer", "add", "--name", "Kim"]);
    phone.run_ok(&["sync"]);
    let devices = fieldbook_json(&hub.data(), &["devices"]);
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "{devices}");
    let told = [&devices[0]["name"], &devices[0]["user"], &devices[0]["revoked"]];
    assert_eq!(told, [&Value::from("phone"), &"P1".into(), &false.into()]);

    let laptop = RepProgram::empty();
    let refused =
        |device: &RepProgram, code: &str| refusal(device, &["login", "--server", &url, "--code", code]);
    assert_eq!(refused(&laptop, &first), "PAIR-CODE-WRONG", "it was used");
    let (again, others) = (code(&hub, "P1"), code(&hub, "P2"));
    assert_eq!(refused(&phone, &others), "PAIR-CODE-WRONG", "the phone is P1's");
    laptop.run_ok(&["login", "--server", &url, "--code", &others]);
    // The sign-in ended: another code, and the records are there.
    phone.run_ok(&["logout"]);
    phone.run_ok(&["login", "--server", &url, "--code", &again]);
    assert_eq!(phone.json(&["customer", "list"]).as_array().map(Vec::len), Some(1));
}
