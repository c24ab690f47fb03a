//! Invitations, and devices that sign in with one.

use super::organisation::wide;
use super::*;
use crate::hub::INVITATION_DAYS;
use crate::storage::AuditStorage;

const ACCOUNTS: &str = "/api/v1/accounts";

async fn invite(world: &World, token: &str, user: &str, body: Value) -> Told {
    let request = Request::post(format!("{ACCOUNTS}/{user}/invitation"));
    let request = request.header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(body.to_string().into()).unwrap()).await
}

async fn pair(world: &World, code: &str) -> Told {
    let body = serde_json::json!({"code": code, "device_name": "phone"}).to_string();
    world.post_json(http::PAIR_PATH, &body).await
}

#[tokio::test]
async fn the_whole_way_from_an_invitation_to_an_exchange() {
    let (world, [.., ada]) = wide().await;
    let told = invite(&world, &ada, "kim", serde_json::json!({})).await;
    assert_eq!(told.status, 201, "{:?}", told.body);
    let made = told.json();
    let code = made["code"].as_str().unwrap();
    assert_eq!(made["path"], format!("/rep/#pair={code}"));
    let days = made["ends_ms"].as_i64().unwrap() - world.app.clock.now().0;
    assert!(days <= i64::from(INVITATION_DAYS) * 86_400_000 && days > 600_000_000, "{days}");
    let specification = specification::specification(&world).await;
    let schema =
        &specification["paths"][format!("{ACCOUNTS}/{{name}}/invitation")]["post"]["responses"]["201"];
    specification::compare(&specification, &schema["content"]["application/json"]["schema"], &made, "made");
    let row = async || world.get(&ada, &format!("{ACCOUNTS}?text=kim")).await.json()["rows"][0].clone();
    assert_eq!(row().await["invited_until_ms"], made["ends_ms"]);

    let told = pair(&world, code).await;
    assert_eq!((told.status.as_u16(), told.header("cache-control")), (200, "no-store"));
    let signed: SignInResponse = serde_json::from_slice(&told.body).unwrap();
    assert_eq!((signed.user.as_str(), signed.unit.as_str(), signed.role.as_str()), ("kim", "P1", "rep"));
    let exchange = sync_protocol::encode(&quiet(&signed));
    assert_eq!(world.exchange(&signed.access_token, &[], exchange).await.status, 200);
    let again = pair(&world, code).await;
    assert_eq!((again.problem(), again.status.as_u16()), ("SYNC-SIGN-IN".to_owned(), 401));
    assert!(again.json()["detail"].as_str().unwrap().contains("new code"), "{:?}", again.body);
    assert!(row().await["invited_until_ms"].is_null(), "it is used");

    let rows = world.app.hub.storage().audit_after(0, 10_000).await.unwrap();
    let rows = rows.iter().filter(|row| row.fact.action == "account_invite");
    let noted: Vec<_> = rows.map(|row| (row.fact.user.as_str(), row.fact.object.as_str())).collect();
    assert_eq!(noted, [("ada", "kim")]);
    let log = format!("{:?}", world.app.hub.storage().audit_after(0, 10_000).await.unwrap());
    assert!(!log.contains(code), "the code is in no log");
}

#[tokio::test]
async fn invitations_that_cannot_be_made_say_why() {
    let (world, [.., ada]) = wide().await;
    for (user, body, status, code) in [
        ("nobody", serde_json::json!({}), 404, "USER-UNKNOWN"),
        ("mo", serde_json::json!({}), 400, "INVITE-REP"),
        ("kim", serde_json::json!({"days": 0}), 400, "INVITE-DAYS"),
        ("kim", serde_json::json!({"days": 31}), 400, "INVITE-DAYS"),
        ("kim", serde_json::json!({"day": 1}), 400, "SYNC-MALFORMED"),
    ] {
        let told = invite(&world, &ada, user, body.clone()).await;
        assert_eq!((told.problem(), told.status.as_u16()), (code.to_owned(), status), "{user} {body}");
    }
    assert_eq!(world.app.hub.storage().invitations().await.unwrap().len(), 0);
    // The next one takes the place of the one before.
    let first = invite(&world, &ada, "kim", serde_json::json!({"days": 30})).await.json();
    let second = invite(&world, &ada, "kim", serde_json::json!({"days": 1})).await.json();
    assert_eq!(pair(&world, first["code"].as_str().unwrap()).await.problem(), "SYNC-SIGN-IN");
    assert_eq!(pair(&world, second["code"].as_str().unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_branch_is_invited_together() {
    let (world, [.., ada]) = wide().await;
    let ask = async |body: Value| {
        let request = Request::post("/api/v1/invitations").header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, format!("Bearer {ada}"));
        world.send(request.body(body.to_string().into()).unwrap()).await
    };
    for (body, status, code) in [
        (serde_json::json!({"branch": "nowhere"}), 400, "USER-UNIT-UNKNOWN"),
        (serde_json::json!({"branch": "R1"}), 400, "INVITE-BRANCH"),
        (serde_json::json!({"branch": "B1", "days": 31}), 400, "INVITE-DAYS"),
        (serde_json::json!({}), 400, "SYNC-MALFORMED"),
    ] {
        let told = ask(body.clone()).await;
        assert_eq!((told.problem(), told.status.as_u16()), (code.to_owned(), status), "{body}");
    }
    assert_eq!(world.app.hub.storage().invitations().await.unwrap().len(), 0);

    let told = ask(serde_json::json!({"branch": "B1", "days": 1})).await;
    assert_eq!(told.status, 201, "{:?}", told.body);
    let told = told.json();
    let specification = specification::specification(&world).await;
    let schema = &specification["paths"]["/api/v1/invitations"]["post"]["responses"]["201"];
    specification::compare(&specification, &schema["content"]["application/json"]["schema"], &told, "made");
    let whom = |told: &Value| -> Vec<String> {
        let rows = told["rows"].as_array().unwrap();
        rows.iter().map(|row| row["user"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((&told["with_device"], whom(&told)), (&1.into(), vec!["lee".to_owned()]), "kim has a device");
    for device in world.app.hub.storage().devices().await.unwrap() {
        if device.user == "kim" {
            assert!(world.app.hub.storage().revoke_device(device.id).await.unwrap());
        }
    }
    let told = ask(serde_json::json!({"branch": "B1"})).await.json();
    assert_eq!((&told["with_device"], whom(&told)), (&0.into(), vec!["kim".to_owned(), "lee".to_owned()]));
    let row = &told["rows"][0];
    assert_eq!((&row["user"], &row["unit"]), (&"kim".into(), &"P1".into()));
    let code = row["code"].as_str().unwrap();
    assert_eq!(row["path"], format!("/rep/#pair={code}"));
    assert_eq!(pair(&world, code).await.status, 200);
}

#[tokio::test]
async fn what_is_no_pairing_is_refused() {
    let world = World::new().await;
    for body in
        ["", "{}", r#"{"code":"1","device_name":"d","admin":true}"#, r#"{"code":12345678,"device_name":""}"#]
    {
        assert_eq!(world.post_json(http::PAIR_PATH, body).await.problem(), "SYNC-MALFORMED", "{body}");
    }
    assert_eq!(pair(&world, &"1".repeat(257)).await.problem(), "SYNC-TOO-LARGE");
    let form = Request::post(http::PAIR_PATH).header(CONTENT_TYPE, "text/plain");
    let told = world.send(form.body(r#"{"code":"1","device_name":""}"#.into()).unwrap()).await;
    assert_eq!(told.problem(), "API-MEDIA-TYPE", "what another site's page could send without asking");
}
