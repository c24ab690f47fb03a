//! Signing in, figures, health, and what every answer has.

use super::*;

fn sign_in_body(user: &str, password: &str) -> String {
    serde_json::json!({"user": user, "password": password, "device_name": "phone"}).to_string()
}

#[tokio::test]
async fn the_whole_way_from_password_to_sign_out() {
    let world = World::new().await;
    let told = world.post_json(http::SIGN_IN_PATH, &sign_in_body("kim", PASSWORD)).await;
    assert_eq!(told.status, 200);
    let first: SignInResponse = serde_json::from_slice(&told.body).unwrap();
    assert_eq!((first.user.as_str(), first.unit.as_str(), first.role.as_str()), ("kim", "P1", "rep"));
    let body = serde_json::json!({"refresh_token": first.refresh_token}).to_string();
    let told = world.post_json(http::REFRESH_PATH, &body).await;
    let second: SignInResponse = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(second.device, first.device);
    assert_eq!(
        world.exchange(&second.access_token, &[], sync_protocol::encode(&quiet(&second))).await.status,
        200
    );
    let sign_out =
        Request::post(http::SIGN_OUT_PATH).header(AUTHORIZATION, format!("Bearer {}", second.access_token));
    assert_eq!(world.send(sign_out.body(Body::empty()).unwrap()).await.status, 204);
    let body = serde_json::json!({"refresh_token": second.refresh_token}).to_string();
    assert_eq!(world.post_json(http::REFRESH_PATH, &body).await.problem(), "SYNC-SIGN-IN");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_alike() {
    let world = World::new().await;
    let wrong = world.post_json(http::SIGN_IN_PATH, &sign_in_body("kim", "another password")).await;
    let unknown = world.post_json(http::SIGN_IN_PATH, &sign_in_body("nobody", PASSWORD)).await;
    assert_eq!((wrong.problem(), wrong.status.as_u16()), ("SYNC-SIGN-IN".to_owned(), 401));
    let shape = |told: &Told| {
        let names: Vec<_> = told.headers.keys().map(|name| name.as_str().to_owned()).collect();
        (told.status, told.body.clone(), names)
    };
    assert_eq!(shape(&wrong), shape(&unknown));
}

#[tokio::test]
async fn sign_ins_that_are_none_are_refused() {
    let world = World::new().await;
    for body in ["", "{}", "[]", &sign_in_body("kim", PASSWORD).replace('}', r#","admin":true}"#)] {
        assert_eq!(world.post_json(http::SIGN_IN_PATH, body).await.problem(), "SYNC-MALFORMED", "{body}");
    }
    let long = world.post_json(http::SIGN_IN_PATH, &sign_in_body("kim", &"x".repeat(257))).await;
    assert_eq!((long.problem(), long.status.as_u16()), ("SYNC-TOO-LARGE".to_owned(), 413));
    let huge = world.post_json(http::SIGN_IN_PATH, &sign_in_body("kim", &"x".repeat(100_000))).await;
    assert_eq!(huge.problem(), "SYNC-TOO-LARGE");
    // What another site's page could send without asking.
    let form = Request::post(http::SIGN_IN_PATH).header(CONTENT_TYPE, "text/plain");
    let told = world.send(form.body(sign_in_body("kim", PASSWORD).into()).unwrap()).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("API-MEDIA-TYPE".to_owned(), 415));
}

#[tokio::test]
async fn a_revoked_device_cannot_refresh() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    assert!(world.app.hub.storage().revoke_device(kim.device).await.unwrap());
    let body = serde_json::json!({"refresh_token": kim.refresh_token}).to_string();
    let told = world.post_json(http::REFRESH_PATH, &body).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("SYNC-DEVICE-REVOKED".to_owned(), 403));
}

#[tokio::test]
async fn figures_are_for_those_who_may_see_them() {
    let world = World::new().await;
    let ask = async |user: &str, rest: &str| {
        let signed = world.signed_in(user).await;
        world.get(&signed.access_token, &format!("/api/v1/figures?from=2026-09-01&to=today{rest}")).await
    };
    let own = ask("kim", "").await;
    assert_eq!((own.status.as_u16(), own.json()["level"].as_str()), (200, Some("rep")));
    assert_eq!(own.json()["total"]["sold"], 0);
    assert_eq!(ask("mo", "&level=rep&unit=P2&by=product").await.status, 200);
    assert_eq!(ask("mo", "").await.json()["level"], "branch");
    assert_eq!(ask("han", "&unit=nation&level=region&by=day").await.status, 200);
    for (user, rest) in
        [("kim", "&unit=P2"), ("kim", "&unit=B1"), ("kim", "&unit=nowhere"), ("mo", "&unit=nation")]
    {
        let told = ask(user, rest).await;
        assert_eq!(
            (told.problem(), told.status.as_u16()),
            ("SYNC-NOT-ALLOWED".to_owned(), 403),
            "{user} {rest}"
        );
    }
    for rest in ["&level=town", "&by=hour", "&level=nation", "&unitt=P1", "&to=today"] {
        let told = ask("kim", rest).await;
        assert_eq!((told.problem(), told.status.as_u16()), ("API-QUESTION".to_owned(), 400), "{rest}");
    }
    let path = "/api/v1/figures?from=today&to=today";
    assert_eq!(world.get("no token", path).await.problem(), "SYNC-SIGN-IN");
}

#[tokio::test]
async fn days_are_closed_by_those_who_answer_for_them() {
    let world = World::new().await;
    let [kim, mo, han] = ["kim", "mo", "han"].map(|user| world.signed_in(user));
    let (kim, mo, han) = (kim.await.access_token, mo.await.access_token, han.await.access_token);
    let close = async |token: &str, body: &str| {
        let request = Request::post("/api/v1/closings").header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        world.send(request.body(body.to_owned().into()).unwrap()).await
    };
    for (token, body) in [
        (&kim, r#"{"date":"yesterday"}"#),
        (&kim, r#"{"date":"yesterday","unit":"P1"}"#),
        (&mo, r#"{"date":"yesterday"}"#),
        (&mo, r#"{"date":"yesterday","unit":"R1"}"#),
    ] {
        assert_eq!(close(token, body).await.problem(), "SYNC-NOT-ALLOWED", "{body}");
    }
    let explain = "/api/v1/explain?date=yesterday&between=closed,now";
    assert_eq!(world.get(&mo, explain).await.problem(), "API-QUESTION", "nothing is closed yet");
    let told = close(&mo, r#"{"date":"yesterday","unit":"B1"}"#).await.json();
    assert_eq!(
        (&told[0]["unit"], &told[0]["by"], &told[0]["state"]),
        (&"B1".into(), &"mo".into(), &"closed".into())
    );
    for body in [
        r#"{"date":"yesterday","unit":"B1"}"#,
        r#"{"date":"2026-02-30","unit":"B1"}"#,
        r#"{"date":"2199-01-01","unit":"B1"}"#,
    ] {
        assert_eq!(close(&mo, body).await.problem(), "API-QUESTION", "{body}");
    }
    assert_eq!(close(&han, r#"{"date":"yesterday"}"#).await.status, 200);
    let listed = async |token: &str| {
        let told = world.get(token, "/api/v1/closings?from=yesterday&to=today").await.json();
        told.as_array()
            .unwrap()
            .iter()
            .map(|one| one["unit"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(listed(&han).await.contains(&"nation".to_owned()));
    assert_eq!((listed(&mo).await, listed(&kim).await), (vec!["B1".to_owned()], vec![]));
    let told = world.get(&mo, explain).await.json();
    assert_eq!((&told["unit"], &told["difference"]["net"]), (&"B1".into(), &0.into()));
    let path = "/api/v1/figures?from=yesterday&to=yesterday&closed=true";
    assert_eq!(world.get(&mo, path).await.json()["view"], "closed");
    assert_eq!(world.get(&mo, &format!("{explain}&unit=R1")).await.problem(), "SYNC-NOT-ALLOWED");
    for wrong in ["closed", "closed,then", "closed,2199-01-01T00:00"] {
        let path = format!("/api/v1/explain?date=yesterday&between={wrong}");
        assert_eq!(world.get(&mo, &path).await.problem(), "API-QUESTION", "{wrong}");
    }
}

#[tokio::test]
async fn health_tells_a_running_hub_from_a_writing_one() {
    let world = World::new().await;
    assert_eq!(world.get("", "/healthz").await.json()["status"], "alive");
    let told = world.get("", "/readyz").await.json();
    assert_eq!((&told["status"], &told["hints"]), (&"ready".into(), &"off".into()));
    let App { hub, desk, config, clock, hints, .. } = world.app.clone();
    let ready: super::super::Ready =
        std::sync::Arc::new(|| Box::pin(async { Err(crate::storage::StorageError::Full) }));
    let router = router(Shell::new(hub, desk, clock, config, ready, hints));
    let full = World { router, ..world };
    assert_eq!(full.get("", "/healthz").await.status, 200);
    assert_eq!(full.get("", "/readyz").await.problem(), "HUB-DISK-FULL");
}

#[tokio::test]
async fn every_answer_has_its_headers_and_every_failure_its_form() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    let found = world.get("", "/healthz").await;
    let missing = world.get("", "/api/nothing").await;
    for told in [&found, &missing] {
        assert_eq!(told.header("x-content-type-options"), "nosniff");
        assert_eq!(told.header("cache-control"), "no-store");
        assert!(told.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(told.header("x-request-id").len(), 36);
    }
    assert_eq!((missing.problem(), missing.status.as_u16()), ("API-NOT-FOUND".to_owned(), 404));
    let method = world.get(&kim.access_token, http::SIGN_IN_PATH).await;
    assert_eq!((method.problem(), method.header("allow")), ("API-METHOD".to_owned(), "POST"));
    assert_eq!(world.get(&kim.access_token, http::SYNC_PATH).await.wire_code(), ErrorCode::Malformed);
    let no_socket = world.get(&kim.access_token, http::POKES_PATH).await;
    assert!(no_socket.status.is_client_error() && no_socket.problem().starts_with("SYNC-"));
}

#[tokio::test]
async fn a_panic_costs_one_answer() {
    let world = World::new().await;
    let App { hub, desk, config, clock, hints, .. } = world.app.clone();
    let ready: super::super::Ready = std::sync::Arc::new(|| Box::pin(async { panic!("a fault of the hub") }));
    let router = router(Shell::new(hub, desk, clock, config, ready, hints));
    let faulty = World { router, ..world };
    let told = faulty.get("", "/readyz").await;
    assert_eq!((told.problem(), told.status.as_u16()), ("SYNC-INTERNAL".to_owned(), 500));
    assert!(!String::from_utf8_lossy(&told.body).contains("a fault of the hub\""));
    assert_eq!(faulty.get("", "/healthz").await.status, 200);
}
