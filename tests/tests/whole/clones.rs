//! Copied homes and restored backups, with the real programs: nothing lost, nothing twice, and the
//! hub itself saw a store that was not the newest of its line.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::black_box::{HubProgram, RepProgram, SIGN_IN_NEEDED, UNREACHABLE, fieldbook, fieldbook_json};

const REP: &str = "P1";
/// Every access token is renewed before each exchange, so that the second of two copies presents a
/// used refresh token and must sign in again.
const SHORT_TOKENS: &str = "[sign_in]\naccess_token_s = 30\n";
/// Exchanges of all copies after which nothing may be left to send or to read.
const ROUNDS: usize = 3;

/// Sold policies and their premium, as a test counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sold {
    policies: i64,
    premium_won: i64,
}

/// A rep's home with a customer on whom everything is edited, and the count of what was sold.
struct Story {
    hub: HubProgram,
    customer: String,
    /// A customer nobody edits at the same time.
    quiet: String,
    sold: Sold,
}

impl Story {
    /// A device with two customers and one policy, all confirmed.
    fn begin(config: &str) -> (Self, RepProgram) {
        let hub = HubProgram::start(&[REP], config);
        let device = RepProgram::signed_in(&hub.url(), REP);
        let add = |name: &str| {
            let added = device.json(&["customer", "add", "--name", name, "phone=010-0000-0000"]);
            added["id"].as_str().expect("an id").to_owned()
        };
        let (customer, quiet) = (add("김철수"), add("이영희"));
        device.run_ok(&["customer", "note", &customer, "[met at the fair]"]);
        let mut story = Self { hub, customer, quiet, sold: Sold::default() };
        story.sell(&device, 10_000);
        assert_eq!(device.json(&["sync"])["unsent"], 0);
        (story, device)
    }

    fn sell(&mut self, device: &RepProgram, premium_won: i64) {
        let premium = premium_won.to_string();
        device.run_ok(&[
            "policy",
            "add",
            "--customer",
            &self.customer,
            "--product",
            "WL01",
            "--premium",
            &premium,
        ]);
        self.sold.policies += 1;
        self.sold.premium_won += premium_won;
    }

    fn set(&self, device: &RepProgram, assignment: &str) {
        device.run_ok(&["customer", "set", &self.customer, assignment]);
    }

    fn note(&self, device: &RepProgram, line: &str) {
        device.run_ok(&["customer", "note", &self.customer, line]);
    }

    fn visit(&self, device: &RepProgram) {
        device.run_ok(&["customer", "visit", &self.customer]);
    }

    /// Syncs; signs in again where that is asked for, with everything unsent still there. Gives how
    /// often the device found its store to be an older copy.
    fn sync(&self, device: &RepProgram) -> u64 {
        let unsent = device.json(&["status"])["unsent"].clone();
        let output = device.run(&["sync", "--json"]);
        if output.status.code() == Some(SIGN_IN_NEEDED) {
            assert_eq!(device.json(&["status"])["unsent"], unsent, "nothing leaves the outbox unsent");
            // Signing in brings the books, and sends what waits.
            device.sign_in(&self.hub.url(), REP);
            return 0;
        }
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_str(&said).expect("the report is JSON");
        report["renewed"].as_u64().expect("a count")
    }

    /// Syncs all in turn until everything is everywhere. Gives what [`Self::sync`] gave, by device.
    fn settle(&self, devices: &[&RepProgram]) -> Vec<u64> {
        let mut renewed = vec![0; devices.len()];
        for _ in 0..ROUNDS {
            devices.iter().zip(&mut renewed).for_each(|(device, count)| *count += self.sync(device));
        }
        for device in devices {
            let status = device.json(&["status"]);
            assert_eq!((&status["unsent"], &status["tray"]), (&0.into(), &0.into()), "{status}");
        }
        renewed
    }

    /// The device and a fresh one show the same: these fields, and each line of the notes once.
    fn expect(&self, devices: &[&RepProgram], fields: &[(&str, Value)], notes: &[&str], clash: &[&str]) {
        let fresh = RepProgram::signed_in(&self.hub.url(), REP);
        let shown = fresh.json(&["customer", "show", &self.customer]);
        for (field, value) in fields {
            assert_eq!(&shown["fields"][field], value, "{field} of {shown}");
        }
        let text = shown["fields"]["notes"].as_str().expect("notes");
        for line in notes {
            assert_eq!(text.matches(line).count(), 1, "{line:?} in {text:?}");
        }
        assert_eq!(clash_of(&shown, "phone"), clash, "{shown}");
        let quiet = fresh.json(&["customer", "show", &self.quiet]);
        assert_eq!(quiet["fields"]["phone"], "010-0000-0000");
        let all = everything(&fresh);
        assert_eq!(all.len(), 2 + usize::try_from(self.sold.policies).expect("a small count"));
        for device in devices {
            assert_eq!(everything(device), all, "all devices show the same");
        }
        self.expect_counted();
    }

    /// Each policy counts once at every level, and the hub's caches stand up to `verify`.
    fn expect_counted(&self) {
        let data = self.hub.data();
        for level in ["nation", "region", "branch", "rep"] {
            let days = ["figures", "--from", "yesterday", "--to", "today", "--level", level];
            let total = &fieldbook_json(&data, &days)["total"];
            let number = |key: &str| total[key].as_i64().expect("a number");
            let counted = Sold { policies: number("sold"), premium_won: number("premium_net_won") };
            assert_eq!(counted, self.sold, "{level}: {total}");
        }
        let verified = fieldbook(&data, &["verify"]);
        assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    }
}

/// Every value of a field's clash, sorted; none without a clash.
fn clash_of<'a>(shown: &'a Value, field: &str) -> Vec<&'a str> {
    let clashes = shown["clashes"].as_array().expect("a list");
    let values = clashes.iter().filter(|clash| clash["field"] == field);
    let values = values.flat_map(|clash| clash["values"].as_array().expect("a list"));
    let mut values: Vec<_> = values.filter_map(|value| value["value"].as_str()).collect();
    values.sort_unstable();
    values
}

/// Every customer and policy of a device with its fields, by id.
fn everything(device: &RepProgram) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for kind in ["customer", "policy"] {
        for item in device.json(&[kind, "list"]).as_array().expect("a list") {
            let id = item["id"].as_str().expect("an id").to_owned();
            let known = all.insert(id, item["fields"].clone());
            assert!(known.is_none(), "{item} is listed twice");
        }
    }
    all
}

/// A home copied with unsent edits; both copies are edited, in the same field and in others. `meanwhile`
/// happens before the two sync. Gives how often each found its store to be an older copy.
fn copied_home(
    config: &str,
    hub_gone_once: bool,
    meanwhile: impl FnOnce(&Story, &RepProgram, &RepProgram),
) -> Vec<u64> {
    let (mut story, first) = Story::begin(config);
    story.set(&first, "occupation=pilot");
    story.note(&first, "[before the copy]");
    story.visit(&first);
    story.sell(&first, 20_000);
    if hub_gone_once {
        // The first try goes nowhere; what it would have moved to is in the store, and so in the copy.
        story.hub.kill();
        assert_eq!(first.run(&["sync"]).status.code(), Some(UNREACHABLE));
        story.hub.serve();
    }
    let second = first.copy();
    story.set(&first, "phone=010-1111-0000");
    story.set(&first, "address.city=Seoul");
    story.note(&first, "[by the first]");
    story.visit(&first);
    story.sell(&first, 30_000);
    story.set(&second, "phone=010-2222-0000");
    story.set(&second, "address.zip=06236");
    story.note(&second, "[by the second]");
    story.visit(&second);
    story.sell(&second, 40_000);
    meanwhile(&story, &first, &second);
    let renewed = story.settle(&[&first, &second]);
    let fields = [
        ("occupation", "pilot".into()),
        ("address.city", "Seoul".into()),
        ("address.zip", "06236".into()),
        ("visits", 3.into()),
    ];
    let notes = ["[met at the fair]", "[before the copy]", "[by the first]", "[by the second]"];
    story.expect(&[&first, &second], &fields, &notes, &["010-1111-0000", "010-2222-0000"]);
    // Both go on as devices of their own: no copy takes the line from the other for ever.
    story.set(&first, "phone=010-1111-0001");
    story.set(&second, "gender=male");
    assert_eq!(story.settle(&[&first, &second]), [0, 0], "parted once, and for good");
    let fields = [("phone", "010-1111-0001".into()), ("gender", "male".into()), ("visits", 3.into())];
    story.expect(&[&first, &second], &fields, &notes, &[]);
    renewed
}

#[test]
fn a_copied_home_and_its_original_both_go_on() {
    let renewed = copied_home("", false, |_, _, _| ());
    assert_eq!(renewed, [0, 1], "the hub saw the copy's stale generation");
}

#[test]
fn a_home_copied_in_the_middle_of_an_exchange_forks() {
    // Both copies present the same step of the line, which the hub takes for one request sent twice:
    // the copy's customer is a fork, its new policy goes in. The first then reads of a policy that its
    // own stream made and it never saw, and leaves that stream too.
    let renewed = copied_home("", true, |_, _, _| ());
    assert_eq!(renewed, [1, 1], "each took a stream of its own, once");
}

#[test]
fn a_copied_home_that_must_sign_in_again_keeps_its_outbox() {
    let renewed = copied_home(SHORT_TOKENS, false, |story, first, second| {
        // Two exchanges use the copied refresh token up, so that nobody can take it for a lost answer.
        assert_eq!((story.sync(first), story.sync(first)), (0, 0));
        assert_eq!(second.run(&["sync"]).status.code(), Some(SIGN_IN_NEEDED));
        assert_eq!(second.json(&["status"])["unsent"], 9, "everything typed on the copy is there");
    });
    // Signing in takes a stream of its own by itself, before anything stale reaches the hub. The
    // original, whose sign-in ended with the copy's, does the same.
    assert_eq!(renewed, [0, 0]);
}

/// A store put back to an older copy after newer edits were acknowledged, then edited and synced.
#[test]
fn a_restored_store_loses_nothing_the_hub_has() {
    let (mut story, mut device) = Story::begin("");
    story.set(&device, "occupation=pilot");
    story.note(&device, "[unsent in the backup]");
    story.visit(&device);
    story.sell(&device, 20_000);
    let backup = device.copy();
    story.set(&device, "phone=010-1111-0000");
    story.set(&device, "address.city=Seoul");
    story.note(&device, "[after the backup]");
    story.visit(&device);
    story.sell(&device, 30_000);
    assert_eq!(story.sync(&device), 0);

    device.restore(&backup);
    story.set(&device, "phone=010-2222-0000");
    story.set(&device, "address.zip=06236");
    story.note(&device, "[after the restore]");
    story.visit(&device);
    story.sell(&device, 40_000);
    assert_eq!(story.settle(&[&device]), [1], "the hub saw one stale generation");
    let fields = [
        ("occupation", "pilot".into()),
        ("address.city", "Seoul".into()),
        ("address.zip", "06236".into()),
        ("visits", 3.into()),
    ];
    let notes = ["[met at the fair]", "[unsent in the backup]", "[after the backup]", "[after the restore]"];
    story.expect(&[&device], &fields, &notes, &["010-1111-0000", "010-2222-0000"]);
}
