//! What a rep is told of the own month and the own devices, and nobody else.

use document_model::parse_date;

use super::organisation::wide;
use super::*;
use crate::audit::AuditAction;
use crate::auth::Told as Said;
use crate::config::RepsConfig;
use crate::organisation::{Target, TargetLine, TargetMeasure};
use crate::storage::AuditStorage;

const STANDING: &str = "/api/v1/me/standing";
const DEVICES: &str = "/api/v1/me/devices";

async fn write(world: &World, write: HubWrite) {
    let now = world.app.clock.now();
    world.app.hub.write("han", &[write], now, &mut SystemEntropy).await.unwrap();
}

/// A sale of a rep, in the book of the rep.
async fn sell(world: &World, rep: &str, number: u32, on: &str, premium_won: i64) {
    let mut policy = world.policy(rep, "WL01", number).await;
    for (name, value) in &mut policy.fields {
        match name.as_str() {
            "sale_date" => *value = FieldValue::from(on),
            "premium_won" => *value = FieldValue::Number(premium_won),
            _ => {}
        }
    }
    write(world, policy).await;
}

async fn customer(world: &World, rep: &str, number: u32) {
    let customer = HubWrite {
        document: DocumentId::derived("customer", &format!("{rep} {number}")),
        kind: Kind::Customer,
        fields: vec![("name".to_owned(), FieldValue::from("김철수"))],
        ..world.policy(rep, "WL01", number).await
    };
    write(world, customer).await;
}

fn rep(code: &str, branch: &str, days: (Option<&str>, Option<&str>)) -> UnitSpan {
    let day = |text: Option<&str>| text.and_then(parse_date);
    let name = format!("Unit {code}");
    let (from, to) = (day(days.0), day(days.1));
    UnitSpan { code: code.into(), from, to, level: Level::Rep, name, parent: branch.into(), successor: None }
}

/// 21 September: P1 and P2 sold alike, P4 came from B2 in the middle of the month and sold more, P3 sits in B2; P5 has
/// left B1.
async fn company(config: Config) -> World {
    let world = World::with(config).await;
    world.wider().await;
    let moved = [rep("P4", "B2", (None, Some("2026-09-09"))), rep("P4", "B1", (Some("2026-09-10"), None))];
    let units = moved.into_iter().chain([rep("P5", "B1", (None, Some("2026-09-20")))]).collect();
    let storage = world.app.hub.storage();
    assert!(storage.put_units(units).await.unwrap());
    let books = ["P4", "P5"].map(UnitCode::from).map(|rep| (BookId::of_rep(&rep), rep.0.clone(), Some(rep)));
    storage.create_books(books.into()).await.unwrap();
    let sales = [
        ("P1", "2026-08-31", 900_000),
        ("P1", "2026-09-01", 30_000),
        ("P1", "2026-09-21", 20_000),
        ("P2", "2026-09-10", 50_000),
        ("P3", "2026-09-10", 800_000),
        ("P4", "2026-09-02", 70_000),
        ("P5", "2026-09-15", 990_000),
    ];
    for (number, (rep, on, premium_won)) in (0..).zip(sales) {
        sell(&world, rep, number, on, premium_won).await;
    }
    for number in 0..3 {
        customer(&world, "P1", number).await;
    }
    customer(&world, "P2", 9).await;
    world
}

async fn set_targets(world: &World) {
    let line = |of: Option<&str>, measure| TargetLine {
        unit: "P1".into(),
        product_type: of.map(str::to_owned),
        measure,
    };
    let target = |line, from: &str, value| {
        Target::new(line, parse_date(from).unwrap(), parse_date("2026-09-30").unwrap(), value)
    };
    let targets = vec![
        target(line(None, TargetMeasure::Premium), "2026-09-01", 400_000),
        target(line(Some("life"), TargetMeasure::Premium), "2026-09-01", 7),
        target(line(None, TargetMeasure::Net), "2026-09-01", 8),
    ];
    world.app.hub.storage().put_targets(targets).await.unwrap();
}

#[tokio::test]
async fn a_rep_is_told_what_figures_and_targets_say() {
    let world = company(Config::default()).await;
    let kim = world.token("kim").await;
    let told = world.get(&kim, STANDING).await.json();
    assert!(told["target"].is_null(), "nobody has set one: {told}");
    set_targets(&world).await;
    let specification = specification::specification(&world).await;
    let schema =
        &specification["paths"][STANDING]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let told = world.get(&kim, STANDING).await.json();
    specification::compare(&specification, schema, &told, "standing");
    let total = world.get(&kim, "/api/v1/figures?from=2026-09-01&to=today").await.json()["total"].clone();
    assert_eq!(
        (&told["net"], &told["premium_net_won"]),
        (&total["net"], &total["premium_net_won"]),
        "as figures tell it"
    );
    assert_eq!((&told["net"], &told["premium_net_won"]), (&2.into(), &50_000.into()));
    let rows = world.get(&kim, "/api/v1/targets?from=2026-09-01&to=2026-09-30").await.json()["rows"].clone();
    let row =
        rows.as_array().unwrap().iter().find(|row| row["measure"] == "premium" && row["type"].is_null());
    let row = row.expect("the rep's own row").clone();
    let target = &told["target"];
    assert_eq!(
        (&target["premium_won"], &target["attainment_percent"], &target["missing_won"]),
        (&row["target"], &row["attainment_percent"], &row["missing"])
    );
    assert_eq!((&target["premium_won"], &target["attainment_percent"]), (&400_000.into(), &12.5.into()));
    assert_eq!(
        (&told["customers"], &told["from"], &told["today"]),
        (&3.into(), &"2026-09-01".into(), &"2026-09-21".into())
    );
}

#[tokio::test]
async fn the_place_is_that_in_the_branch_of_today() {
    let world = company(Config::default()).await;
    let rank = async |user: &str| {
        let told = world.get(&world.token(user).await, STANDING).await.json();
        (told["rank"]["place"].as_u64(), told["rank"]["of"].as_u64())
    };
    // P4's sale was made elsewhere and is P4's own; who has left does not count.
    assert_eq!((rank("kim").await, rank("lee").await), ((Some(2), Some(3)), (Some(2), Some(3))));
    sell(&world, "P2", 20, "2026-09-20", 20_000).await;
    assert_eq!(
        (rank("kim").await, rank("lee").await),
        ((Some(3), Some(3)), (Some(1), Some(3))),
        "level with P4"
    );
    let out = vec![rep("P1", "B1", (None, Some("2026-09-20")))];
    assert!(world.app.hub.storage().put_units(out).await.unwrap());
    assert_eq!(rank("kim").await, (None, None), "in no branch there is no place");
    let silent = company(Config { reps: RepsConfig { branch_rank: false }, ..Config::default() }).await;
    let told = silent.get(&silent.token("kim").await, STANDING).await.json();
    assert_eq!((&told["rank"], &told["net"]), (&Value::Null, &2.into()), "the company does not tell it");
}

#[tokio::test]
async fn what_is_a_reps_own_is_for_reps() {
    let (world, tokens) = wide().await;
    let nobody = "0".repeat(32);
    let revoke = format!("{DEVICES}/{nobody}/revoke");
    for (who, token) in tokens.iter().enumerate() {
        for path in [STANDING, DEVICES] {
            let told = world.get(token, path).await;
            assert_eq!(told.status.as_u16(), if who == 0 { 200 } else { 403 }, "{path} by {who}");
            assert!(who == 0 || told.problem() == "SYNC-NOT-ALLOWED");
        }
        let told = post(&world, token, &revoke).await;
        assert_eq!(told.problem(), if who == 0 { "DEVICE-UNKNOWN" } else { "SYNC-NOT-ALLOWED" });
    }
    for path in [STANDING, DEVICES] {
        assert_eq!(world.get("nobody", path).await.problem(), "SYNC-SIGN-IN");
    }
}

async fn post(world: &World, token: &str, path: &str) -> Told {
    let request = Request::post(path).header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_rep_ends_the_sign_in_of_a_lost_phone() {
    let world = World::new().await;
    let (lost, here, lee) =
        (world.signed_in("kim").await, world.signed_in("kim").await, world.signed_in("lee").await);
    let seen = |at_ms| Said { version: String::new(), unsent: 0, tray: 0, at_ms };
    let now_ms = world.app.clock.now().0;
    world.app.hub.contacts().told(lost.device, seen(now_ms + 5_000));
    let rows = async || world.get(&here.access_token, DEVICES).await.json()["rows"].clone();
    let row = |signed: &SignInResponse, last_seen_ms: i64, this: bool, revoked: bool| {
        serde_json::json!({
            "device": signed.device, "name": "kim's phone", "registered_ms": now_ms,
            "last_seen_ms": last_seen_ms, "this": this, "revoked": revoked,
        })
    };
    let own = row(&here, now_ms, true, false);
    assert_eq!(
        rows().await,
        serde_json::json!([row(&lost, now_ms + 5_000, false, false), own]),
        "seen last first"
    );
    let specification = specification::specification(&world).await;
    let schema =
        &specification["paths"][DEVICES]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let told = world.get(&here.access_token, DEVICES).await.json();
    specification::compare(&specification, schema, &told, "devices");
    let revoke =
        async |device: &str| post(&world, &here.access_token, &format!("{DEVICES}/{device}/revoke")).await;
    let another = revoke(&lee.device.to_string()).await;
    assert_eq!((another.problem(), another.status.as_u16()), ("DEVICE-UNKNOWN".to_owned(), 404));
    let this = revoke(&here.device.to_string()).await;
    assert_eq!((this.problem(), this.status.as_u16()), ("DEVICE-THIS".to_owned(), 409));
    assert_eq!(revoke("phone").await.problem(), "API-QUESTION");
    let exchange = async |signed: &SignInResponse| {
        world.exchange(&signed.access_token, &[], sync_protocol::encode(&quiet(signed))).await
    };
    for signed in [&lost, &here, &lee] {
        assert_eq!(exchange(signed).await.status, 200, "nothing was done yet");
    }
    let done = revoke(&lost.device.to_string()).await;
    assert_eq!((done.status.as_u16(), done.json()["revoked"].as_bool()), (200, Some(true)));
    assert_eq!(exchange(&lost).await.wire_code(), ErrorCode::DeviceRevoked);
    assert_eq!((exchange(&here).await.status.as_u16(), exchange(&lee).await.status.as_u16()), (200, 200));
    let listed = rows().await;
    let revoked = listed.as_array().unwrap().iter().find(|row| row["revoked"] == true);
    assert_eq!(revoked.unwrap()["device"], serde_json::json!(lost.device));
    let noted = world.app.hub.storage().audit_after(0, 10_000).await.unwrap();
    let revokes = noted.iter().filter(|entry| entry.fact.action == AuditAction::DeviceRevoke.as_str());
    let revokes: Vec<_> = revokes
        .map(|entry| (entry.fact.user.as_str(), entry.fact.device, entry.fact.object.clone()))
        .collect();
    assert_eq!(revokes, [("kim", Some(here.device), lost.device.to_string())], "once, by whoever did it");
}
