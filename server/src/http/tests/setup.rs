//! The first administrator, how people sign in, and what administrators set.

use serde_json::json;

use super::*;
use crate::app::Clock;
use crate::app::tests::app;
use crate::auth::SETUP_LINK_MS;
use crate::http::setup::{CHECK_PATH, PATH, WAYS_PATH};
use crate::storage::conformance::Furnish;

/// A hub nobody has set up, and its routes.
async fn fresh() -> World {
    let app = app().await;
    let shell = app.shell();
    World { router: router(shell.clone()), shell, app }
}

async fn link(world: &World) -> String {
    let (desk, storage) = (&world.app.desk, world.app.hub.storage());
    desk.new_setup_link(storage, NOW, &mut SystemEntropy).await.unwrap().0
}

/// The same routes after so many milliseconds.
fn later(world: &World, ms: i64) -> World {
    let mut shell = world.shell.clone();
    shell.clock = Clock::of(move || document_model::Moment(NOW.0 + ms));
    World { router: router(shell.clone()), shell, app: world.app.clone() }
}

fn setup(token: &str, user: &str) -> Value {
    json!({"token": token, "company": "한빛생명", "zone": "Asia/Tokyo", "language": "en", "user": user,
        "password": PASSWORD, "device_name": "Chrome"})
}

async fn set_up(world: &World, body: &Value) -> Told {
    world.post_json(PATH, &body.to_string()).await
}

fn token_body(token: &str) -> String {
    json!({"token": token}).to_string()
}

#[tokio::test]
async fn the_first_administrator_is_made_with_a_link_and_is_signed_in() {
    let world = fresh().await;
    let ways = world.get("", WAYS_PATH).await.json();
    let nothing_said =
        json!({"setup": true, "password": true, "openid": null, "company": null, "language": null});
    assert_eq!(ways, nothing_said);
    let token = link(&world).await;
    let told = world.post_json(CHECK_PATH, &token_body(&token)).await.json();
    assert_eq!((&told["expires_ms"], &told["zone"]), (&(NOW.0 + SETUP_LINK_MS).into(), &"Asia/Seoul".into()));
    assert!(told["zones"].as_array().unwrap().contains(&"Asia/Tokyo".into()));
    let signed = set_up(&world, &setup(&token, "root")).await;
    assert_eq!(signed.status, 200, "{:?}", signed.body);
    assert!(signed.header("set-cookie").starts_with("fieldbook_session="));
    let (access, told) = (signed.json()["access_token"].as_str().unwrap().to_owned(), signed.json());
    assert_eq!((&told["role"], &told["unit"]), (&"admin".into(), &NATION.into()));
    let me = world.get(&access, "/api/v1/me").await.json();
    assert_eq!(
        (&me["company"], &me["language"], &me["zone"]),
        (&"한빛생명".into(), &"en".into(), &"Asia/Tokyo".into()),
        "the zone is in force at once"
    );
    let ways = world.get("", WAYS_PATH).await.json();
    assert_eq!(
        (&ways["setup"], &ways["company"], &ways["language"]),
        (&false.into(), &"한빛생명".into(), &"en".into())
    );
    let devices = world.app.hub.storage().devices().await.unwrap();
    assert_eq!(devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["Chrome"]);
    let settings = world.get(&access, "/api/v1/settings").await.json();
    let row = settings["rows"].as_array().unwrap().iter().find(|row| row["key"] == "zone").unwrap().clone();
    assert_eq!((&row["origin"], &row["waits"]), (&"administrator".into(), &false.into()));
}

#[tokio::test]
async fn a_link_holds_once_and_for_half_an_hour() {
    let world = fresh().await;
    let token = link(&world).await;
    let refused = async |world: &World, token: &str| {
        let told = world.post_json(CHECK_PATH, &token_body(token)).await;
        assert!(told.json()["detail"].as_str().unwrap().contains("fieldbook setup-link"));
        (told.problem(), told.status.as_u16())
    };
    let no_link = ("SETUP-LINK".to_owned(), 401);
    assert_eq!(refused(&later(&world, SETUP_LINK_MS), &token).await, no_link, "it is over");
    let almost = later(&world, SETUP_LINK_MS - 1);
    assert_eq!(almost.post_json(CHECK_PATH, &token_body(&token)).await.status, 200);
    assert_eq!(set_up(&world, &setup(&token, "root")).await.status, 200);
    assert_eq!(refused(&world, &token).await, no_link, "it was used");
    assert_eq!(set_up(&later(&world, 60_000), &setup(&token, "other")).await.problem(), "SETUP-LINK");
    let newer = link(&world).await;
    assert_eq!(refused(&later(&world, 120_000), &newer).await, no_link, "there is an administrator");
    assert_eq!(world.app.hub.storage().accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_people_with_one_link_make_one_administrator() {
    let world = fresh().await;
    let token = link(&world).await;
    let bodies = ["one", "other"].map(|user| setup(&token, user));
    let (one, other) = futures::join!(set_up(&world, &bodies[0]), set_up(&world, &bodies[1]));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    assert_eq!(world.app.hub.storage().accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn guessing_a_link_waits_and_its_owner_does_not() {
    let world = fresh().await;
    let token = link(&world).await;
    for _ in 0..3 {
        assert_eq!(world.post_json(CHECK_PATH, &token_body("made up")).await.problem(), "SETUP-LINK");
    }
    let told = world.post_json(CHECK_PATH, &token_body("made up")).await;
    assert_eq!(
        (told.problem(), told.status.as_u16(), told.header("retry-after")),
        ("SYNC-SLOW-DOWN".to_owned(), 429, "1")
    );
    assert_eq!(world.post_json(CHECK_PATH, &token_body(&token)).await.status, 200);
}

#[tokio::test]
async fn what_does_not_fit_uses_no_link_up() {
    let world = fresh().await;
    let token = link(&world).await;
    for (field, value, code) in [
        ("user", "", "API-QUESTION"),
        ("user", " root", "API-QUESTION"),
        ("password", "short", "API-QUESTION"),
        ("zone", "Seoul", "API-QUESTION"),
        ("language", "fr", "API-QUESTION"),
        ("company", "a\u{1b}b", "API-QUESTION"),
        ("token", "made up", "SETUP-LINK"),
    ] {
        let mut body = setup(&token, "root");
        body[field] = value.into();
        assert_eq!(set_up(&world, &body).await.problem(), code, "{field} {value:?}");
    }
    let request = Request::post(PATH).header(CONTENT_TYPE, "application/json");
    let request = request.header("sec-fetch-site", "cross-site");
    let foreign = world.send(request.body(setup(&token, "root").to_string().into()).unwrap()).await;
    assert_eq!(foreign.problem(), "SYNC-NOT-ALLOWED");
    assert!(!world.app.hub.storage().has_accounts().await.unwrap());
    assert_eq!(set_up(&world, &setup(&token, "root")).await.status, 200);
}

/// A hub with an administrator besides, and the token of somebody on it.
async fn with_admin() -> (World, String) {
    let world = World::new().await;
    let han = world.app.hub.storage().account("han").await.unwrap().unwrap();
    let root = Account { name: "root".to_owned(), role: Role::Admin, ..han };
    assert!(world.app.hub.storage().add_account(root).await.unwrap());
    let token = world.signed_in("root").await.access_token;
    (world, token)
}

async fn change(world: &World, token: &str, body: &Value) -> Told {
    let request = Request::post("/api/v1/settings").header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(body.to_string().into()).unwrap()).await
}

fn row(told: &Told, key: &str) -> Value {
    assert_eq!(told.status, 200, "{:?}", told.body);
    told.json()["rows"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone()
}

#[tokio::test]
async fn settings_are_for_administrators() {
    let (world, root) = with_admin().await;
    for user in ["kim", "mo", "han"] {
        let token = world.signed_in(user).await.access_token;
        assert_eq!(world.get(&token, "/api/v1/settings").await.problem(), "SYNC-NOT-ALLOWED", "{user}");
        let told = change(&world, &token, &json!({"version": 0, "values": {"company": "x"}})).await;
        assert_eq!(told.problem(), "SYNC-NOT-ALLOWED", "{user}");
    }
    assert_eq!(world.get("", "/api/v1/settings").await.problem(), "SYNC-SIGN-IN");
    assert!(world.app.hub.storage().settings().await.unwrap().values.is_empty());
    assert_eq!(world.get(&root, "/api/v1/settings").await.json()["version"], 0);
}

#[tokio::test]
async fn an_administrator_sets_and_takes_back() {
    let (world, root) = with_admin().await;
    let body = json!({"version": 0, "values": {"http.drain_s": 5, "company": "가온"}});
    let told = change(&world, &root, &body).await;
    let drain = row(&told, "http.drain_s");
    assert_eq!(
        (&drain["value"], &drain["default"], &drain["origin"], &drain["waits"], &drain["kind"]),
        (&5.into(), &8.into(), &"administrator".into(), &true.into(), &"number".into())
    );
    assert_eq!(row(&told, "company")["waits"], false);
    assert_eq!(world.get("", WAYS_PATH).await.json()["company"], "가온", "it counts at once");
    assert_eq!(world.app.config.http.drain_s, 8, "it is used from the next start");
    let again = change(&world, &root, &body).await;
    assert_eq!((again.problem(), again.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    let told = change(&world, &root, &json!({"version": 1, "values": {"http.drain_s": null}})).await;
    let drain = row(&told, "http.drain_s");
    assert_eq!(
        (&drain["value"], &drain["origin"], &drain["waits"]),
        (&8.into(), &"default".into(), &false.into())
    );
    assert_eq!(told.json()["version"], 2);
    for (values, code) in [
        (json!({"http.drain_s": 5, "gate.cpu_s": 0}), "SETTING-VALUE"),
        (json!({"http.drain_s": "5"}), "SETTING-VALUE"),
        (json!({"http.unheard_of": 5}), "SETTING-UNKNOWN"),
        (json!({"log.filter": "debug"}), "SETTING-FIXED"),
    ] {
        let told = change(&world, &root, &json!({"version": 2, "values": values})).await;
        assert_eq!(told.problem(), code, "{values}");
    }
    let stored = world.app.hub.storage().settings().await.unwrap();
    assert_eq!((stored.version, stored.values.len()), (2, 1), "nothing of it was stored");
}

#[tokio::test]
async fn the_zone_stays_once_there_are_sales() {
    let (world, root) = with_admin().await;
    let tokyo = |version: u64| json!({"version": version, "values": {"zone": "Asia/Tokyo"}});
    assert_eq!(row(&change(&world, &root, &tokyo(0)).await, "zone")["waits"], true);
    world.sell("P1", "WL01", 1).await;
    world.app.hub.storage().fold(10, NOW.0).await.unwrap();
    let told = change(&world, &root, &tokyo(1)).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("SETTING-ZONE".to_owned(), 409));
}

#[tokio::test]
async fn answers_are_as_the_specification_says() {
    let (world, root) = with_admin().await;
    let specification = specification::specification(&world).await;
    let holds = |path: &str, method: &str, told: &Told| {
        assert_eq!(told.status, 200, "{path}: {:?}", told.body);
        let answer = &specification["paths"][path][method]["responses"]["200"];
        specification::compare(
            &specification,
            &answer["content"]["application/json"]["schema"],
            &told.json(),
            path,
        );
    };
    holds(WAYS_PATH, "get", &world.get("", WAYS_PATH).await);
    holds("/api/v1/settings", "get", &world.get(&root, "/api/v1/settings").await);
    let body = json!({"version": 0, "values": {"http.drain_s": 5, "company": "가온"}});
    holds("/api/v1/settings", "post", &change(&world, &root, &body).await);
    holds("/api/v1/me", "get", &world.get(&root, "/api/v1/me").await);
    let fresh = fresh().await;
    let token = link(&fresh).await;
    holds(CHECK_PATH, "post", &fresh.post_json(CHECK_PATH, &token_body(&token)).await);
    holds(PATH, "post", &set_up(&fresh, &setup(&token, "root")).await);
}

#[tokio::test]
async fn a_hub_without_a_provider_says_so() {
    let world = World::new().await;
    for path in [
        "/auth/v1/openid/start?to=/today",
        "/auth/v1/openid/return?code=a&state=b",
        "/auth/v1/openid/return?code=a&code=b",
    ] {
        let told = world.get("", path).await;
        assert_eq!(
            (told.status.as_u16(), told.header("location")),
            (303, "/sign-in-failed?code=OPENID-OFF"),
            "{path}"
        );
    }
    for to in ["//evil.example", "https://evil.example", "%5C%5Cevil.example"] {
        let told = world.get("", &format!("/auth/v1/openid/start?to={to}")).await;
        assert_eq!((told.problem(), told.header("location")), ("API-QUESTION".to_owned(), ""), "{to}");
    }
}
