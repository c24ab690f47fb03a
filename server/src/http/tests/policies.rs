//! From a figure to the policies behind it, and from a policy to the single edit.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use document_model::{Moment, RecordFacts};

use super::organisation::wide;
use super::*;
use crate::app::Clock;
use crate::hub::RecordWrite;
use crate::storage::conformance::Furnish;

/// What must never be told: the customer's name and phone, and the number that policies name the customer by.
const SECRETS: [&str; 3] = ["Hong Gildong", "010-5555-7777", "07070707070707070707070707070707"];

const THIS_MONTH: &str = "from=2026-09-01&to=today";

/// A hub whose clock goes on by a second whenever it is looked at, so that nothing arrives with something else.
async fn ticking() -> World {
    let mut app = app_with(Config::default()).await;
    let time = Arc::new(AtomicI64::new(NOW.0));
    app.clock = Clock::of(move || Moment(time.fetch_add(1_000, Ordering::Relaxed)));
    World::over(app).await
}

fn id_of(rep: &str, number: u32) -> DocumentId {
    DocumentId::derived("policy", &format!("{rep} {number}"))
}

impl<S: Storage> World<S> {
    /// Writes these fields of such a policy as headquarters.
    async fn change(&self, rep: &str, number: u32, fields: &[(&str, FieldValue)]) {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let write = HubWrite { fields, ..self.policy(rep, "WL01", number).await };
        let now = self.app.clock.now();
        self.app.hub.write("han", &[write], now, &mut SystemEntropy).await.unwrap();
    }

    /// The customer that policies name, with a name and a phone.
    async fn meet(&self) {
        let fields = [("name", SECRETS[0]), ("phone", SECRETS[1])];
        let write = HubWrite {
            document: DocumentId([7; 16]),
            kind: Kind::Customer,
            book: BookId::of_rep(&"P1".into()),
            fields: fields.map(|(name, value)| (name.to_owned(), FieldValue::from(value))).into(),
            imported: true,
            only_new: false,
        };
        let now = self.app.clock.now();
        self.app.hub.write("han", &[write], now, &mut SystemEntropy).await.unwrap();
    }

    async fn lapse(&self, policy: DocumentId, on: &str) {
        let fields = [("status", "lapsed"), ("lapsed_on", on)];
        let fields = fields.map(|(name, value)| (name.to_owned(), FieldValue::from(value)));
        let write = RecordWrite { policy, fields: fields.into() };
        let now = self.app.clock.now();
        self.app.hub.write_records("han", &[write], now, &mut SystemEntropy).await.unwrap();
    }
}

/// A branch with policies of every fate: in force, corrected, withdrawn, lapsed, withdrawn and taken back, and one
/// that counts no more.
async fn fates(world: &World) {
    world.meet().await;
    for (rep, product, number) in [
        ("P1", "WL01", 1),
        ("P1", "TL01", 2),
        ("P1", "WL01", 3),
        ("P1", "CI01", 4),
        ("P2", "WL01", 5),
        ("P2", "WL01", 6),
    ] {
        world.sell(rep, product, number).await;
    }
    world.change("P1", 1, &[("premium_won", 70_000.into())]).await;
    world.change("P1", 2, &[("withdrawn_on", "2026-09-21".into())]).await;
    world.lapse(id_of("P1", 3), "2026-09-21").await;
    world.change("P2", 5, &[("premium_won", (-1).into())]).await;
}

fn sum(rows: &[Value], name: &str) -> i64 {
    rows.iter().map(|row| row[name].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn the_policies_of_a_figure_sum_to_it() {
    let (world, tokens) = wide().await;
    fates(&world).await;
    world.sell("P3", "WL01", 9).await;
    let units = ["P1", "B1", "B2", "nation", "nation"];
    for folded in [false, true] {
        for (token, unit) in tokens.iter().zip(units) {
            let figures = world.get(token, &format!("/api/v1/figures?{THIS_MONTH}&unit={unit}")).await.json();
            let told = world.get(token, &format!("/api/v1/policies?{THIS_MONTH}&unit={unit}")).await.json();
            let rows = told["rows"].as_array().unwrap();
            assert_eq!((&told["total"], &told["moment"]), (&figures["total"], &figures["moment"]), "{unit}");
            for name in
                ["sold", "withdrawn", "net", "premium_gross_won", "premium_net_won", "ape_net_won", "lapsed"]
            {
                assert_eq!(sum(rows, name), told["total"][name], "{unit} {name} {folded}");
            }
            let own = world.get(token, &format!("/api/v1/policies?{THIS_MONTH}")).await.json();
            assert_eq!(own, told, "without a unit it is the own one");
        }
        let hub = &world.app.hub;
        crate::storage::FigureStorage::fold(hub.storage(), 100, NOW.0).await.unwrap();
    }
    let told = world.get(&tokens[0], &format!("/api/v1/policies?{THIS_MONTH}")).await.json();
    let row = |number| {
        let id = id_of("P1", number).to_string();
        told["rows"].as_array().unwrap().iter().find(|row| row["policy"] == id.as_str()).unwrap().clone()
    };
    let first = serde_json::json!({
        "policy": id_of("P1", 1).to_string(), "rep": "P1", "rep_name": "Unit P1", "product": "WL01",
        "product_name": row(1)["product_name"], "type": "life", "business_date": "2026-09-21", "sold": 1,
        "withdrawn": 0, "net": 1, "premium_gross_won": 70_000, "premium_net_won": 70_000, "ape_net_won": 840_000,
        "lapsed": 0,
    });
    assert_eq!(row(1), first);
    assert_ne!(row(1)["product_name"], "WL01", "the catalogue's name");
    assert_eq!((&row(2)["sold"], &row(2)["withdrawn"], &row(2)["net"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!((&row(3)["net"], &row(3)["lapsed"]), (&1.into(), &1.into()));
    let gone = world.get(&tokens[1], &format!("/api/v1/policies?{THIS_MONTH}&unit=P2")).await.json();
    let gone = gone["rows"].as_array().unwrap().iter().find(|row| row["sold"] == 0).unwrap().clone();
    assert_eq!(gone["policy"], id_of("P2", 5).to_string(), "what comes to nothing stays listed");
}

#[tokio::test]
async fn pages_of_policies_hold_every_one_once_and_the_whole_total() {
    let (world, tokens) = wide().await;
    fates(&world).await;
    let ask = async |rest: &str| {
        world.get(&tokens[1], &format!("/api/v1/policies?{THIS_MONTH}{rest}")).await.json()
    };
    let whole = ask("").await;
    assert!(whole["next"].is_null() && whole["rows"].as_array().unwrap().len() == 6, "{whole}");
    for limit in 1..=7 {
        let (mut rows, mut rest) = (Vec::new(), String::new());
        loop {
            let mut page = ask(&format!("&limit={limit}{rest}")).await;
            assert_eq!(page["total"], whole["total"]);
            rows.append(page["rows"].as_array_mut().unwrap());
            assert!(rows.len() <= 6, "a policy comes twice");
            let Some(next) = page["next"].as_str() else { break };
            rest = format!("&after={next}");
        }
        assert_eq!(&rows, whole["rows"].as_array().unwrap(), "{limit}");
    }
    for rest in ["&limit=0", "&limit=1001", "&from=today", "&level=rep", "&to=someday"] {
        let told = world.get(&tokens[1], &format!("/api/v1/policies?{THIS_MONTH}{rest}")).await;
        assert_eq!(told.problem(), "API-QUESTION", "{rest}");
    }
    let path = format!("/api/v1/policies?{THIS_MONTH}");
    let tag = world.get(&tokens[1], &path).await.header("etag").to_owned();
    assert_eq!(world.get_unless(&tokens[1], &path, &tag).await.status, 304);
}

#[tokio::test]
async fn policies_are_for_those_who_may_see_the_figure() {
    let (world, tokens) = wide().await;
    fates(&world).await;
    let seen: [(&str, [bool; 5]); 6] = [
        ("nation", [false, false, false, true, true]),
        ("R1", [false, false, false, true, true]),
        ("B1", [false, true, false, true, true]),
        ("P1", [true, true, false, true, true]),
        ("P2", [false, true, false, true, true]),
        ("B9", [false; 5]),
    ];
    for (unit, may) in seen {
        for (token, may) in tokens.iter().zip(may) {
            let told = world.get(token, &format!("/api/v1/policies?{THIS_MONTH}&unit={unit}")).await;
            if may {
                assert_eq!(told.status, 200, "{unit}");
            } else {
                assert_eq!(told.problem(), "SYNC-NOT-ALLOWED", "{unit}");
            }
        }
    }
    let of = |policy: DocumentId| format!("/api/v1/policies/{policy}");
    let single = [
        (of(id_of("P1", 1)), [true, true, false, true, true]),
        (of(id_of("P2", 5)), [false, true, false, true, true]),
        (of(id_of("P9", 1)), [false; 5]),
        (of(DocumentId([7; 16])), [false; 5]),
        (of(RecordFacts::document_of(id_of("P1", 3))), [false; 5]),
    ];
    for (path, may) in single {
        for (token, may) in tokens.iter().zip(may) {
            let told = world.get(token, &path).await;
            if may {
                assert_eq!(told.status, 200, "{path}");
            } else {
                assert_eq!(told.problem(), "SYNC-NOT-ALLOWED", "{path}");
            }
        }
    }
    assert_eq!(world.get(&tokens[1], "/api/v1/policies/1234").await.problem(), "API-QUESTION");
    for path in [format!("/api/v1/policies?{THIS_MONTH}"), of(id_of("P1", 1))] {
        assert_eq!(world.get("nobody", &path).await.problem(), "SYNC-SIGN-IN");
    }
}

#[tokio::test]
async fn nothing_of_a_customer_is_told() {
    let (world, tokens) = wide().await;
    fates(&world).await;
    let stored = world.app.hub.storage().documents(&[DocumentId([7; 16])]).await.unwrap();
    assert!(stored[0].is_some(), "there is a customer to keep quiet about");
    let mut paths = vec![
        format!("/api/v1/policies?{THIS_MONTH}"),
        "/api/v1/organisation".to_owned(),
        "/api/v1/me".to_owned(),
        "/api/v1/approvals".to_owned(),
        "/api/v1/exceptions".to_owned(),
    ];
    paths.extend((1..=4).map(|number| format!("/api/v1/policies/{}", id_of("P1", number))));
    for token in &tokens {
        for path in &paths {
            let told = String::from_utf8(world.get(token, path).await.body.to_vec()).unwrap();
            for secret in SECRETS {
                assert!(!told.contains(secret), "{path} tells {secret}: {told}");
            }
        }
    }
}

/// A policy that kim sells on a device, pushed as devices push.
async fn push_policy(world: &World, signed: &SignInResponse, policy: DocumentId) {
    let quiet = quiet(signed);
    let fields = [
        ("customer", FieldValue::from(SECRETS[2])),
        ("product", "WL01".into()),
        ("premium_won", 50_000.into()),
        ("sale_date", "2026-09-21".into()),
    ];
    let set =
        |(field, value): (&str, FieldValue)| Operation::Set(Assignment { field: field.to_owned(), value });
    let author = Author { actor: quiet.stream.actor, now: Moment(NOW.0 - 60_000) };
    let edited =
        Document::born(Kind::Policy).edit(author, &fields.map(set), &mut SystemEntropy).unwrap().unwrap();
    let change = PushedChange { bytes: edited.change.raw_bytes().to_vec().into(), replaces: None };
    let push = PushedDocument {
        document: Some(policy),
        kind: Kind::Policy,
        lineage: 1,
        book: BookId::of_rep(&signed.unit),
        changes: vec![change],
        proofs: None,
    };
    let request = SyncRequest { pushes: vec![push], ..quiet };
    let told = world.exchange(&signed.access_token, &[], sync_protocol::encode(&request)).await.response();
    assert!(matches!(told.results[..], [sync_protocol::PushResult::Accepted]), "{:?}", told.results);
}

#[tokio::test]
async fn every_entry_of_a_policy_names_the_edit_behind_it() {
    let world = ticking().await;
    let kim = world.signed_in("kim").await;
    let policy = id_of("P1", 1);
    push_policy(&world, &kim, policy).await;
    world.change("P1", 1, &[("premium_won", 70_000.into())]).await;
    world
        .change("P1", 1, &[("certificate_date", "2026-09-21".into()), ("source", "Hong Gildong".into())])
        .await;
    world.lapse(policy, "2026-09-21").await;
    let mo = world.token("mo").await;
    let told = world.get(&mo, &format!("/api/v1/policies/{policy}")).await.json();
    assert_eq!(
        (&told["product"], &told["rep"], &told["rep_name"]),
        (&"WL01".into(), &"P1".into(), &"Unit P1".into())
    );
    let [edits, entries] = ["edits", "entries"].map(|name| told[name].as_array().unwrap());
    assert_eq!((edits.len(), entries.len()), (4, 3), "{told}");
    let kinds: Vec<_> = entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sold", "corrected", "lapsed"]);
    let behind = |entry: usize| {
        let cause = &entries[entry]["cause"];
        edits.iter().position(|edit| edit["change"] == cause["change"] && edit["seq"] == cause["seq"])
    };
    assert_eq!((behind(0), behind(1), behind(2)), (Some(0), Some(1), Some(3)), "{told}");
    let cause = &entries[0]["cause"];
    assert_eq!((&cause["by"], &cause["device_name"]), (&"kim".into(), &"kim's phone".into()));
    assert_eq!(cause["device"], kim.device.to_string());
    assert_eq!(cause["made_ms"], NOW.0 - 60_000);
    assert_eq!(cause["arrived_ms"], entries[0]["arrived_ms"]);
    assert_eq!(entries[1]["cause"]["by"], "han");
    let path = serde_json::json!({"region": "R1", "branch": "B1", "rep": "P1"});
    assert_eq!((&entries[0]["unit_path"], &entries[1]["won"]), (&path, &20_000.into()));
    let field = |field: &str, old: Option<&str>, new: &str| serde_json::json!({"field": field, "old": old, "new": new});
    assert_eq!(edits[1]["fields"], serde_json::json!([field("premium_won", Some("50000"), "70000")]));
    assert_eq!(
        edits[2]["fields"],
        serde_json::json!([field("certificate_date", None, "2026-09-21")]),
        "no source"
    );
    let lapsed = [field("lapsed_on", None, "2026-09-21"), field("status", None, "lapsed")];
    assert_eq!((&edits[3]["fields"], &edits[3]["document"]), (&lapsed.to_vec().into(), &"record".into()));
    for secret in SECRETS {
        assert!(!told.to_string().contains(secret), "{told}");
    }
}

#[tokio::test]
async fn entries_that_no_edit_led_to_name_none() {
    let world = ticking().await;
    world.wider().await;
    world.sell("P1", "WL01", 1).await;
    let moved = UnitSpan {
        code: "P1".into(),
        from: None,
        to: None,
        level: Level::Rep,
        name: "Unit P1".to_owned(),
        parent: "B2".into(),
        successor: None,
    };
    assert!(world.app.hub.storage().put_units(vec![moved]).await.unwrap());
    assert_eq!(world.app.hub.rejudge(world.app.clock.now()).await.unwrap(), 1);
    let path = format!("/api/v1/policies/{}", id_of("P1", 1));
    let told = world.get(&world.token("han").await, &path).await.json();
    let entries = told["entries"].as_array().unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sold", "transferred", "transferred"]);
    assert!(entries[0]["cause"]["change"].is_string());
    for entry in &entries[1..] {
        assert!(entry["cause"]["change"].is_null() && entry["cause"]["by"].is_null(), "{entry}");
        assert_eq!(entry["cause"]["arrived_ms"], entry["arrived_ms"]);
    }
    // Its figures were those of B1, and are those of B2: both managers may look.
    for user in ["mo", "yun"] {
        assert_eq!(world.get(&world.token(user).await, &path).await.status, 200, "{user}");
    }
}

#[tokio::test]
async fn a_policy_that_went_through_other_books_keeps_all_its_entries() {
    let world = ticking().await;
    world.wider().await;
    world.sell("P1", "WL01", 1).await;
    let policy = id_of("P1", 1);
    let go = async |from: &str, to: &str| {
        let [from, to] = [from, to].map(|rep| BookId::of_rep(&rep.into()));
        world.app.hub.move_documents(&[policy], from, to, world.app.clock.now()).await.unwrap();
    };
    go("P1", "P2").await;
    // In the second book it is judged again, without an edit.
    let moved = UnitSpan {
        code: "P1".into(),
        from: None,
        to: None,
        level: Level::Rep,
        name: "Unit P1".to_owned(),
        parent: "B2".into(),
        successor: None,
    };
    assert!(world.app.hub.storage().put_units(vec![moved]).await.unwrap());
    assert_eq!(world.app.hub.rejudge(world.app.clock.now()).await.unwrap(), 1);
    go("P2", "P3").await;
    let told = world.get(&world.token("han").await, &format!("/api/v1/policies/{policy}")).await.json();
    let books: Vec<_> =
        told["entries"].as_array().unwrap().iter().map(|entry| entry["book"].as_str().unwrap()).collect();
    let [first, second] = ["P1", "P2"].map(|rep| BookId::of_rep(&rep.into()).to_string());
    assert_eq!(books, [&first, &second, &second], "{told}");
    assert_eq!(told["edits"].as_array().unwrap().len(), 1);
}
