//! What administrators ask and change: for whom it is, what is refused, and what is noted of it.

use super::organisation::wide;
use super::*;
use crate::audit::{AuditEntry, AuditOutcome};
use crate::storage::conformance::FURNISHER;
use crate::storage::{AuditStorage, OrganisationStorage};

const ACCOUNTS: &str = "/api/v1/accounts";
const ORDERS: &str = "/api/v1/organisation/orders";
const AUDIT: &str = "/api/v1/audit";
/// Rows of the log before anybody signs in: units and accounts, put there long ago.
const FURNISHED: u64 = 8;

async fn post(world: &World, token: &str, path: &str, body: Value) -> Told {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(body.to_string().into()).unwrap()).await
}

async fn bring(world: &World, token: &str, path: &str, file: impl Into<Body>) -> Told {
    let request = Request::post(path).header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(file.into()).unwrap()).await
}

/// What was noted: who, what, of what, and whether it was done.
async fn noted(world: &World) -> Vec<(String, String, String, bool)> {
    let rows = world.app.hub.storage().audit_after(0, 10_000).await.unwrap();
    let row = |AuditEntry { fact, .. }: AuditEntry| {
        (fact.user, fact.action, fact.object, fact.outcome == AuditOutcome::Done)
    };
    let is_ours =
        |(user, action, ..): &(String, String, String, bool)| action != "sign_in" && user != FURNISHER;
    rows.into_iter().map(row).filter(is_ours).collect()
}

fn row(user: &str, action: &str, object: &str) -> (String, String, String, bool) {
    (user.to_owned(), action.to_owned(), object.to_owned(), true)
}

async fn version_of(world: &World, token: &str, name: &str) -> String {
    let rows = world.get(token, &format!("{ACCOUNTS}?text={name}")).await.json();
    rows["rows"][0]["version"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_route_is_for_those_it_is_for() {
    let (world, tokens) = wide().await;
    let nobody = "0".repeat(32);
    let revoke = format!("/api/v1/devices/{nobody}/revoke");
    let json = serde_json::json!({});
    let gets = [ACCOUNTS, "/api/v1/devices", AUDIT, "/api/v1/health"];
    let posts = [
        (ACCOUNTS, serde_json::json!({"name": "new", "role": "hq", "unit": "nowhere"})),
        ("/api/v1/accounts/nobody", serde_json::json!({"version": "x"})),
        ("/api/v1/accounts/nobody/password", json.clone()),
        ("/api/v1/accounts/nobody/invitation", json.clone()),
        ("/api/v1/invitations", serde_json::json!({"branch": "nowhere"})),
        (revoke.as_str(), json.clone()),
        (ORDERS, serde_json::json!({"orders": [], "dry_run": true})),
        ("/api/v1/imports/calendar?dry_run=true", json),
        ("/api/v1/audit/check", Value::Null),
        ("/api/v1/absences", serde_json::json!({"rep": "nobody", "back": "today"})),
        ("/api/v1/health/jobs/nothing/run", Value::Null),
    ];
    for (who, token) in tokens.iter().enumerate() {
        for path in gets {
            let told = world.get(token, path).await;
            assert_eq!(told.status.as_u16(), if who == 4 { 200 } else { 403 }, "{path} by {who}");
        }
        for (path, body) in &posts {
            let told = post(&world, token, path, body.clone()).await;
            assert_eq!(told.status == 403, who != 4, "{path} by {who}: {:?}", told.body);
        }
        let targets = serde_json::json!({"rows": [], "dry_run": true});
        let told = post(&world, token, "/api/v1/targets", targets).await;
        assert_eq!(told.status.as_u16(), if who >= 3 { 200 } else { 403 }, "targets by {who}");
    }
    for path in gets {
        assert_eq!(world.get("nobody", path).await.problem(), "SYNC-SIGN-IN");
    }
    let rows = world.app.hub.storage().audit_after(0, 10_000).await.unwrap();
    let refused = rows.iter().filter(|row| row.fact.action == "administer");
    let refused: Vec<_> = refused.map(|row| (row.fact.user.as_str(), row.fact.object.as_str())).collect();
    assert!(refused.contains(&("kim", "GET /api/v1/accounts")), "{refused:?}");
    assert!(refused.contains(&("mo", "POST /api/v1/devices/{device}/revoke")), "{refused:?}");
    assert!(!refused.iter().any(|(user, _)| *user == "ada"));
    assert!(refused.iter().filter(|(user, _)| *user == "kim").count() <= 12, "no more than a few of each");
}

#[tokio::test]
async fn accounts_are_added_changed_and_listed() {
    let (world, [.., ada]) = wide().await;
    let new = serde_json::json!({"name": "박 B7", "role": "manager", "unit": "B1"});
    let added = post(&world, &ada, ACCOUNTS, new.clone()).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let password = added.json()["password"].as_str().unwrap().to_owned();
    assert_eq!((password.len(), &added.json()["account"]["unit_name"]), (19, &"Unit B1".into()));
    let request = SignInRequest {
        user: "박 B7".to_owned(),
        password: password.clone(),
        device_name: "Chrome".to_owned(),
    };
    let storage = world.app.hub.storage();
    world.app.desk.sign_in(storage, request, NOW, &mut SystemEntropy).await.expect("the password opens");
    let own =
        serde_json::json!({"name": "한", "role": "hq", "unit": "nation", "password": "a long enough one"});
    assert!(
        post(&world, &ada, ACCOUNTS, own).await.json()["password"].is_null(),
        "whoever chose it knows it"
    );
    for (body, status, code) in [
        (new, 409, "USER-EXISTS"),
        (serde_json::json!({"name": " x", "role": "hq", "unit": "nation"}), 400, "USER-NAME"),
        (serde_json::json!({"name": "x", "role": "hq", "unit": "B1"}), 400, "USER-UNIT"),
        (serde_json::json!({"name": "x", "role": "rep", "unit": "P9"}), 400, "USER-UNIT-UNKNOWN"),
        (
            serde_json::json!({"name": "x", "role": "hq", "unit": "nation", "password": "short"}),
            400,
            "USER-PASSWORD",
        ),
        (serde_json::json!({"name": "x", "role": "root", "unit": "nation"}), 400, "SYNC-MALFORMED"),
    ] {
        let told = post(&world, &ada, ACCOUNTS, body.clone()).await;
        assert_eq!((told.problem(), told.status.as_u16()), (code.to_owned(), status), "{body}");
    }
    let listed = world.get(&ada, &format!("{ACCOUNTS}?limit=2")).await.json();
    assert_eq!((&listed["total"], &listed["next"]), (&8.into(), &"han".into()));
    let names = async |rest: &str| {
        let rows = world.get(&ada, &format!("{ACCOUNTS}?{rest}")).await.json();
        let rows = rows["rows"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("after=han&limit=2").await, ["kim", "lee"]);
    assert_eq!(names("role=manager&text=unit%20b1").await, ["mo", "박 B7"]);
    assert_eq!(names("text=P2").await, ["lee"]);
    let version = version_of(&world, &ada, "lee").await;
    let change = serde_json::json!({"version": version, "unit": "P1"});
    let changed = post(&world, &ada, &format!("{ACCOUNTS}/lee"), change).await.json();
    assert_eq!((&changed["unit"], &changed["role"]), (&"P1".into(), &"rep".into()));
    assert_ne!(changed["version"], version);
    let told =
        post(&world, &ada, &format!("{ACCOUNTS}/nobody"), serde_json::json!({"version": version})).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("USER-UNKNOWN".to_owned(), 404));
    let rows = noted(&world).await;
    assert_eq!(
        rows,
        [
            row("ada", "account_add", "박 B7"),
            row("ada", "account_add", "한"),
            row("ada", "account_change", "lee")
        ]
    );
    let all = world.app.hub.storage().audit_after(0, 1_000).await.unwrap();
    let texts: Vec<_> = all.iter().map(|row| format!("{:?}", row.fact)).collect();
    assert!(!texts.iter().any(|text| text.contains(&password) || text.contains("argon2")), "{texts:?}");
}

#[tokio::test]
async fn the_second_of_two_administrators_is_told_and_changes_nothing() {
    let (world, [kim, .., ada]) = wide().await;
    let path = format!("{ACCOUNTS}/kim");
    let version = version_of(&world, &ada, "kim").await;
    let close = serde_json::json!({"version": version, "disabled": true});
    assert_eq!(world.get(&kim, "/api/v1/me").await.status, 200);
    assert_eq!(post(&world, &ada, &path, close).await.json()["disabled"], true);
    assert_eq!(world.get(&kim, "/api/v1/me").await.problem(), "SYNC-SIGN-IN", "shut out at once");
    let other = serde_json::json!({"version": version, "role": "manager", "unit": "B2"});
    let told = post(&world, &ada, &path, other).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    let account = world.app.hub.storage().account("kim").await.unwrap().unwrap();
    assert_eq!((account.role, account.unit.as_str(), account.disabled), (Role::Rep, "P1", true));
    assert_eq!(noted(&world).await, [row("ada", "account_change", "kim")]);
    let organisation = world.get(&ada, "/api/v1/organisation").await.json()["version"].clone();
    let order = |unit: &str| {
        let order = serde_json::json!({"order": "move", "unit": unit, "day": "2026-06-01", "to": "B2"});
        let open =
            serde_json::json!({"order": "open", "unit": "B7", "day": "2026-06-01", "to": "R1", "name": unit});
        serde_json::json!({"orders": [order, open], "version": organisation})
    };
    let first = post(&world, &ada, ORDERS, order("P1")).await.json();
    assert_eq!(
        (&first["done"], &first["new"], &first["changed"]),
        (&true.into(), &1.into(), &1.into()),
        "{first}"
    );
    let told = post(&world, &ada, ORDERS, order("P2")).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    let (roster, _) = world.app.hub.storage().roster().await.unwrap();
    let parent = |code: &str| roster.newest(&code.into()).unwrap().parent.clone();
    assert_eq!((parent("P1").as_str(), parent("P2").as_str()), ("B2", "B1"));
    assert_eq!(roster.name(&"B7".into()), "P1", "nothing of the second one's orders");
    let now = world.get(&ada, "/api/v1/organisation").await.json()["version"].clone();
    assert_eq!(first["version"], now, "what the first one is told is what holds now");
}

#[tokio::test]
async fn the_last_administrator_stays_and_passwords_sign_devices_out() {
    let (world, [kim, .., ada]) = wide().await;
    let path = format!("{ACCOUNTS}/ada");
    let version = version_of(&world, &ada, "ada").await;
    for less in [serde_json::json!({"disabled": true}), serde_json::json!({"role": "hq"})] {
        let mut body = less;
        body["version"] = version.clone().into();
        let told = post(&world, &ada, &path, body).await;
        assert_eq!((told.problem(), told.status.as_u16()), ("LAST-ADMIN".to_owned(), 409));
    }
    assert_eq!(world.get(&ada, "/api/v1/me").await.json()["role"], "admin");
    let set = async |body| post(&world, &ada, &format!("{ACCOUNTS}/kim/password"), body).await;
    let made = set(serde_json::json!({})).await.json();
    assert!(made["password"].as_str().is_some_and(|password| password.len() == 19), "{made}");
    assert_eq!(world.get(&kim, "/api/v1/me").await.problem(), "SYNC-SIGN-IN");
    assert_eq!(set(serde_json::json!({"password": "short"})).await.problem(), "USER-PASSWORD");
    let mut rows = noted(&world).await;
    assert_eq!(rows.pop(), Some(row("ada", "account_password", "kim")));
    assert_eq!(
        rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        [false, false],
        "what was refused: {rows:?}"
    );
}

#[tokio::test]
async fn devices_are_listed_and_shut_out() {
    let (world, [kim, .., ada]) = wide().await;
    let list = async |rest: &str| world.get(&ada, &format!("/api/v1/devices?{rest}")).await.json();
    let all = list("").await;
    assert_eq!(all["total"], 5);
    let own = list("user=kim").await["rows"][0].clone();
    assert_eq!(
        (&own["name"], &own["unit"], &own["revoked"]),
        (&"kim's phone".into(), &"P1".into(), &false.into())
    );
    assert_eq!(
        (
            list("silent_days=1").await["total"].clone(),
            list("silent_days=0&text=phone").await["total"].clone()
        ),
        (0.into(), 0.into())
    );
    let revoke = format!("/api/v1/devices/{}/revoke", own["device"].as_str().unwrap());
    assert_eq!(post(&world, &ada, &revoke, Value::Null).await.json()["revoked"], true);
    assert_eq!(world.get(&kim, "/api/v1/me").await.problem(), "SYNC-DEVICE-REVOKED");
    assert_eq!(
        (&list("state=revoked").await["total"], &list("state=active").await["total"]),
        (&1.into(), &4.into())
    );
    let unknown = format!("/api/v1/devices/{}/revoke", "0".repeat(32));
    assert_eq!(post(&world, &ada, &unknown, Value::Null).await.problem(), "DEVICE-UNKNOWN");
    assert_eq!(post(&world, &ada, "/api/v1/devices/x/revoke", Value::Null).await.problem(), "API-QUESTION");
    assert_eq!(noted(&world).await, [row("ada", "device_revoke", own["device"].as_str().unwrap())]);
}

#[tokio::test]
async fn orders_are_tried_refused_and_carried_out_as_one() {
    let (world, [.., ada]) = wide().await;
    let order = |order: &str, unit: &str, to: &str| serde_json::json!({"order": order, "unit": unit, "day": "2026-06-01", "to": to});
    let orders =
        |orders: Vec<Value>, dry_run: bool| serde_json::json!({"orders": orders, "dry_run": dry_run});
    let dry = post(&world, &ada, ORDERS, orders(vec![order("move", "P1", "B2")], true)).await.json();
    assert_eq!(
        (&dry["done"], &dry["dry_run"], &dry["kind"]),
        (&false.into(), &true.into(), &"orders".into())
    );
    let line = serde_json::json!([{"what": "unit", "key": "P1", "before": "Unit P1: in B1", "after": "Unit P1: in B1 until 2026-05-31; in B2 from 2026-06-01"}]);
    assert_eq!(dry["diff"], line);
    let wrong = vec![
        order("move", "P1", "B2"),
        order("move", "P2", "B9"),
        order("fire", "P1", "B2"),
        order("move", "P 1", "B2"),
    ];
    let refused = post(&world, &ada, ORDERS, orders(wrong, false)).await.json();
    let mut rows: Vec<_> =
        refused["problems"].as_array().unwrap().iter().map(|one| one["row"].as_u64().unwrap()).collect();
    rows.sort_unstable();
    assert_eq!((rows, &refused["done"]), (vec![2, 3, 4], &false.into()), "{refused}");
    assert!(
        refused["problems"].as_array().unwrap().iter().any(|one| one["code"] == "ORG-UNKNOWN"),
        "{refused}"
    );
    let (roster, _) = world.app.hub.storage().roster().await.unwrap();
    assert_eq!(roster.spans(&"P1".into()).len(), 1, "neither the trial nor the wrong ones changed anything");
    assert_eq!(noted(&world).await, []);
    world.sell("P1", "WL01", 1).await;
    let today = serde_json::json!({"order": "move", "unit": "P1", "day": "today", "to": "B2"});
    let done = post(&world, &ada, ORDERS, orders(vec![today], false)).await.json();
    assert_eq!((&done["done"], &done["rejudged"]), (&true.into(), &1.into()), "{done}");
    let figures = world.get(&ada, "/api/v1/figures?from=today&to=today&unit=B2").await.json();
    assert_eq!(figures["total"]["sold"], 1, "what was sold today followed");
    assert_eq!(noted(&world).await, [row("ada", "organisation_order", "P1")]);
}

#[tokio::test]
async fn files_are_taken_whole_and_strange_ones_are_told() {
    let (world, [.., ada]) = wide().await;
    let calendar = "/api/v1/imports/calendar";
    let file = "day,working,name\n2026-12-24,no,founded\n";
    let dry = bring(&world, &ada, &format!("{calendar}?dry_run=true"), file).await.json();
    assert_eq!(
        (&dry["new"], &dry["done"], &dry["diff"][0]["after"]),
        (&1.into(), &false.into(), &"free founded".into())
    );
    let version = dry["version"].as_str().unwrap();
    let meant = format!("{calendar}?version={version}");
    let done = bring(&world, &ada, &meant, file).await.json();
    assert_eq!((&done["done"], &done["rows"]), (&true.into(), &1.into()));
    let told = bring(&world, &ada, &meant, "day,working\n2026-12-25,no\n").await;
    assert_eq!((told.problem(), told.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    assert_eq!(world.app.hub.storage().calendar().await.unwrap().len(), 1);
    let next = format!("{calendar}?version={}", done["version"].as_str().unwrap());
    let bad = bring(&world, &ada, &next, "day,working\n2026-12-25,no\n2026-13-01,no\n").await.json();
    assert_eq!(
        (&bad["problems"][0]["row"], &bad["problems_count"], &bad["done"]),
        (&3.into(), &1.into(), &false.into())
    );
    let xlsx = b"PK\x03\x04 cut off".to_vec();
    let strange: [(&str, Vec<u8>); 7] = [
        ("PDF", b"%PDF-1.7\n...".to_vec()),
        ("web page", b"<!DOCTYPE html><html>".to_vec()),
        ("picture", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("workbook", xlsx),
        ("empty", Vec::new()),
        ("column", b"unit,measure\nB1,net\n".to_vec()),
        ("UTF-8", b"d\0a\0y\0".to_vec()),
    ];
    for (what, file) in strange {
        let told = bring(&world, &ada, calendar, file).await;
        let detail = told.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            (told.problem(), told.status.as_u16()),
            ("IMPORT-FILE".to_owned(), 400),
            "{what}: {detail}"
        );
        assert!(detail.contains(what), "{what}: {detail}");
    }
    assert_eq!(bring(&world, &ada, "/api/v1/imports/customers", file).await.problem(), "API-QUESTION");
    let large = vec![b'x'; 16 * 1024 * 1024 + 1];
    assert_eq!(bring(&world, &ada, calendar, large).await.problem(), "SYNC-TOO-LARGE");
    assert_eq!(noted(&world).await, [row("ada", "import", "calendar")]);
}

#[tokio::test]
async fn every_kind_of_file_is_taken_and_noted() {
    let (world, [.., ada]) = wide().await;
    let orders = "order,unit,day,to,name,units\nmove,P1,2026-06-01,B2,,\n";
    let org =
        "region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,Unit R1,B1,Unit B1,P7,Park\n";
    let products = "product_code,product_name,type\nCAR1,Car,vehicle\n";
    let targets = "unit,measure,from,to,value\nB1,net,2026-06-01,2026-06-30,7\n";
    for (kind, file, what, key) in [
        ("orders", orders, "unit", "P1"),
        ("org", org, "unit", "P7"),
        ("products", products, "product", "CAR1"),
        ("targets", targets, "target", "B1 net"),
    ] {
        let path = format!("/api/v1/imports/{kind}");
        let dry = bring(&world, &ada, &format!("{path}?dry_run=true"), file).await.json();
        let line = &dry["diff"][0];
        assert_eq!(
            (&line["what"], &line["key"], &dry["done"]),
            (&what.into(), &key.into(), &false.into()),
            "{dry}"
        );
        let version = dry["version"].as_str().unwrap();
        let done = bring(&world, &ada, &format!("{path}?version={version}"), file).await.json();
        assert_eq!((&done["done"], &done["diff"]), (&true.into(), &dry["diff"]), "{done}");
        let again = bring(&world, &ada, &format!("{path}?version={version}"), file).await;
        assert_eq!(again.problem(), "CHANGED-MEANWHILE", "{kind}");
    }
    let rows = ["orders", "org", "products", "targets"].map(|kind| row("ada", "import", kind));
    assert_eq!(noted(&world).await, rows);
    assert!(world.app.hub.current_rules().await.unwrap().catalogue.get(&"CAR1".into()).is_some());
}

#[tokio::test]
async fn headquarters_sets_targets() {
    let (world, [_, mo, _, han, ada]) = wide().await;
    let path = "/api/v1/targets";
    let asked = "/api/v1/targets?from=today&to=today";
    assert!(world.get(&mo, asked).await.json()["version"].is_null(), "who may not set them needs none");
    let version = world.get(&han, asked).await.json()["version"].clone();
    let row_of = |unit: &str, value: i64| serde_json::json!({"unit": unit, "measure": "net", "from": "today", "to": "today", "value": value});
    let set = |rows: Vec<Value>, version: &Value| serde_json::json!({"rows": rows, "version": version});
    let bad =
        post(&world, &han, path, set(vec![row_of("B1", 4), row_of("B9", 4), row_of("B2", -1)], &version))
            .await
            .json();
    let codes: Vec<_> = bad["problems"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert_eq!(
        (codes, &bad["done"]),
        (vec!["TARGET-UNIT".into(), "TARGET-VALUE".into()], &false.into()),
        "{bad}"
    );
    assert_eq!(world.app.hub.storage().targets().await.unwrap(), []);
    let done = post(&world, &han, path, set(vec![row_of("B1", 4)], &version)).await.json();
    assert_eq!((&done["done"], &done["new"]), (&true.into(), &1.into()), "{done}");
    let told = post(&world, &ada, path, set(vec![row_of("B1", 9)], &version)).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    let shown = world.get(&han, &format!("{asked}&level=branch")).await.json();
    assert_eq!((&shown["rows"][0]["target"], &shown["version"]), (&4.into(), &done["version"]));
    assert_eq!(noted(&world).await, [row("han", "target_set", "B1")]);
}

#[tokio::test]
async fn what_leaves_the_hub_and_what_is_ordered_is_noted() {
    let (world, [kim, _, _, han, _]) = wide().await;
    world.sell("P1", "WL01", 1).await;
    let figures = "/api/v1/figures?from=today&to=today&unit=nation";
    assert_eq!(world.get(&han, figures).await.status, 200);
    for form in ["csv", "xlsx"] {
        assert_eq!(world.get(&han, &format!("{figures}&format={form}")).await.status, 200);
    }
    let policy = DocumentId::derived("policy", "P1 1").to_string();
    assert_eq!(world.get(&kim, &format!("/api/v1/policies/{policy}")).await.status, 200);
    post(&world, &han, "/api/v1/closings", serde_json::json!({"date": "today"})).await;
    let exception = serde_json::json!({"unit": "B1", "date": "today", "user": "kim", "until": "2026-09-22T18:00", "reason": "why"});
    post(&world, &han, "/api/v1/exceptions", exception).await;
    post(&world, &han, "/api/v1/exceptions/close", serde_json::json!({"id": 1})).await;
    let request = Request::post(http::SIGN_OUT_PATH).header(AUTHORIZATION, format!("Bearer {kim}"));
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 204);
    let expected = [
        row("han", "figures_export", "csv"),
        row("han", "figures_export", "xlsx"),
        row("kim", "policy_open", &policy),
        row("han", "day_close", "2026-09-21"),
        row("han", "exception_open", "1"),
        row("han", "exception_end", "1"),
        row("kim", "sign_out", "kim's phone"),
    ];
    assert_eq!(noted(&world).await, expected);
}

#[tokio::test]
async fn sign_ins_are_noted_and_no_password_is() {
    let (world, _) = wide().await;
    let sign_in = async |user: &str, password: &str| {
        let body = serde_json::json!({"user": user, "password": password, "device_name": "x"});
        world.post_json(http::SIGN_IN_PATH, &body.to_string()).await.status.as_u16()
    };
    assert_eq!((sign_in("kim", PASSWORD).await, sign_in("kim", "my secret").await), (200, 401));
    assert_eq!(sign_in("my secret", "kim").await, 401);
    let rows = world.app.hub.storage().audit_after(FURNISHED + 5, 9).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.fact.user.as_str(), row.fact.outcome.as_str(), row.fact.detail.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("kim", "done", None),
            ("kim", "refused", Some("a wrong password")),
            ("", "refused", Some("an unknown name"))
        ]
    );
    assert!(
        !format!("{rows:?}").contains("my secret"),
        "a password typed in the place of a name is not kept"
    );
    assert!(rows[0].fact.device.is_some());
}

#[tokio::test]
async fn the_log_is_read_by_pages_filtered_as_a_file_and_checked() {
    let (world, [.., ada]) = wide().await;
    for n in 1..=3 {
        let new = serde_json::json!({"name": format!("=cmd{n}"), "role": "hq", "unit": "nation"});
        assert_eq!(post(&world, &ada, ACCOUNTS, new).await.status, 201);
    }
    let list = async |rest: &str| world.get(&ada, &format!("{AUDIT}?{rest}")).await.json();
    let numbers = |told: &Value| {
        told["rows"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let first = list("limit=2").await;
    assert_eq!(
        (numbers(&first), &first["next"]),
        (vec![FURNISHED + 8, FURNISHED + 7], &(FURNISHED + 7).into())
    );
    let after = format!("limit=2&after={}", FURNISHED + 7);
    assert_eq!(numbers(&list(&after).await), [FURNISHED + 6, FURNISHED + 5]);
    let adds = list("action=account_add&user=ada&text=CMD2").await;
    assert_eq!((numbers(&adds), &adds["next"]), (vec![FURNISHED + 7], &Value::Null));
    assert_eq!(
        (&adds["rows"][0]["device_name"], &adds["rows"][0]["outcome"]),
        (&"ada's phone".into(), &"done".into())
    );
    assert_eq!(numbers(&list("from=today&to=today&limit=1000").await).len(), 8);
    assert_eq!(numbers(&list("to=yesterday").await), (1..=FURNISHED).rev().collect::<Vec<_>>());
    assert_eq!(world.get(&ada, &format!("{AUDIT}?from=never")).await.problem(), "API-QUESTION");
    let file = world.get(&ada, &format!("{AUDIT}?format=csv&action=account_add")).await;
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    assert_eq!((file.header("content-type"), text.lines().count()), ("text/csv; charset=utf-8", 4));
    assert!(text.contains(",'=cmd1,") && !text.contains(",=cmd1,"), "no formula: {text}");
    assert_eq!(noted(&world).await.pop(), Some(row("ada", "audit_export", "csv")));
    let check = async || post(&world, &ada, "/api/v1/audit/check", Value::Null).await.json();
    assert_eq!(check().await, serde_json::json!({"entries": FURNISHED + 9, "whole": true}));
    world.app.hub.storage().tamper(|rows| rows[6].fact.user = "bob".to_owned());
    assert_eq!(
        check().await,
        serde_json::json!({"entries": FURNISHED + 9, "whole": false, "first_wrong": 7})
    );
}

#[tokio::test]
async fn the_hub_says_how_it_is() {
    let (world, [.., ada]) = wide().await;
    let health = world.get(&ada, "/api/v1/health").await.json();
    assert_eq!((&health["engine"], &health["now_ms"]), (&"memory".into(), &NOW.0.into()));
    let state = |health: &Value, of: &str| {
        let checks = health["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == of).unwrap()["state"].clone()
    };
    for check in ["database", "clock", "gate", "sockets"] {
        assert_eq!(state(&health, check), "ok", "{health}");
    }
    assert_eq!(health["sockets"]["open"], 0);
    assert_eq!(state(&health, "figures"), "warning", "nothing judges here: {health}");
    world.app.hub.rejudge(NOW).await.unwrap();
    assert_eq!(state(&world.get(&ada, "/api/v1/health").await.json(), "figures"), "ok");
    world.app.hub.storage().tamper(|rows| rows.last_mut().unwrap().fact.at_ms += 120_000);
    let behind = world.get(&ada, "/api/v1/health").await.json();
    assert_eq!((state(&behind, "clock"), &behind["state"]), ("bad".into(), &"bad".into()));
}

#[tokio::test]
async fn failed_work_is_ordered_to_run_again() {
    let (world, [.., ada]) = wide().await;
    let jobs = &world.shell.watch.jobs;
    assert!(jobs.run("compact", async { Err::<(), _>("the disk was full") }).await.is_err());
    let run = "/api/v1/health/jobs/compact/run";
    let told = post(&world, &ada, run, Value::Null).await;
    assert_eq!((told.status.as_u16(), &told.json()["outcome"]), (202, &"failed".into()));
    let specification = specification::specification(&world).await;
    let schema = &specification["paths"]["/api/v1/health/jobs/{job}/run"]["post"]["responses"]["202"];
    specification::compare(
        &specification,
        &schema["content"]["application/json"]["schema"],
        &told.json(),
        "run",
    );
    let told = post(&world, &ada, "/api/v1/health/jobs/nothing/run", Value::Null).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("JOB-UNKNOWN".to_owned(), 404));
    assert_eq!(noted(&world).await, [row("ada", "job_run", "compact")]);
}
