//! Signing in from a browser: the cookie, and whose pages may send it.

use axum::http::header::{COOKIE, SET_COOKIE};

use super::*;
use crate::app::Line;
use crate::http::browser::{REFRESH_PATH, SIGN_IN_PATH, SIGN_OUT_PATH};

fn body(user: &str, password: &str) -> String {
    serde_json::json!({"user": user, "password": password, "device_name": "Chrome"}).to_string()
}

/// What a browser sends of a page of the hub, with these headers besides.
async fn post(world: &World, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// The cookie as a browser sends it back.
fn cookie(told: &Told) -> String {
    told.header(SET_COOKIE.as_str()).split(';').next().unwrap().to_owned()
}

async fn signed_in(world: &World, user: &str) -> Told {
    let told = post(world, SIGN_IN_PATH, &[("sec-fetch-site", "same-origin")], &body(user, PASSWORD)).await;
    assert_eq!(told.status, 200, "{:?}", told.body);
    told
}

#[tokio::test]
async fn the_whole_way_in_a_browser() {
    let world = World::new().await;
    let first = signed_in(&world, "mo").await;
    let (told, first) = (first.json(), cookie(&first));
    assert_eq!(
        (&told["user"], &told["role"], &told["unit"]),
        (&"mo".into(), &"manager".into(), &"B1".into())
    );
    assert_eq!((&told["now_ms"], &told["expires_ms"]), (&NOW.0.into(), &(NOW.0 + 600_000).into()));
    assert!(!told.to_string().contains(first.split('=').nth(1).unwrap()), "no script sees the refresh token");
    let token = told["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&token, "/api/v1/me").await.status, 200);
    let again = post(&world, REFRESH_PATH, &[(COOKIE.as_str(), &first)], "").await;
    let second = cookie(&again);
    assert_eq!((again.status.as_u16(), &again.json()["device"]), (200, &told["device"]));
    assert_ne!(first, second);
    let out = post(&world, SIGN_OUT_PATH, &[(COOKIE.as_str(), &second)], "").await;
    assert_eq!((out.status.as_u16(), cookie(&out).as_str()), (204, "fieldbook_session="));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(world.get(&token, "/api/v1/me").await.problem(), "SYNC-SIGN-IN");
    let over = post(&world, REFRESH_PATH, &[(COOKIE.as_str(), &second)], "").await;
    assert_eq!((over.problem(), over.status.as_u16()), ("SYNC-SIGN-IN".to_owned(), 401));
    assert!(over.header("set-cookie").contains("Max-Age=0"), "a cookie that never holds again is taken away");
}

#[tokio::test]
async fn no_script_and_no_other_site_gets_the_cookie() {
    let world = World::new().await;
    let told = signed_in(&world, "mo").await;
    let rest = told.header("set-cookie").split_once(';').unwrap().1;
    assert_eq!(rest, " HttpOnly; SameSite=Strict; Path=/auth/v1/browser; Max-Age=7776000");
    let mut shell = world.shell.clone();
    shell.is_private = true;
    let private = World { router: router(shell.clone()), shell, app: world.app };
    assert!(signed_in(&private, "mo").await.header("set-cookie").ends_with("; Secure"));
    assert!(Line::Proxied.is_private() && !Line::Clear.is_private());
}

#[tokio::test]
async fn other_sites_pages_are_refused() {
    let world = World::new().await;
    let told = signed_in(&world, "mo").await;
    let cookie = cookie(&told);
    for site in ["cross-site", "same-site", "", "Same-Origin"] {
        for path in [SIGN_IN_PATH, REFRESH_PATH, SIGN_OUT_PATH] {
            let headers = [("sec-fetch-site", site), (COOKIE.as_str(), &*cookie)];
            let told = post(&world, path, &headers, &body("mo", PASSWORD)).await;
            assert_eq!(
                (told.problem(), told.header("set-cookie")),
                ("SYNC-NOT-ALLOWED".to_owned(), ""),
                "{path}"
            );
        }
    }
    for path in [SIGN_IN_PATH, REFRESH_PATH, SIGN_OUT_PATH] {
        let request = Request::post(path).header(CONTENT_TYPE, "text/plain").header(COOKIE, &cookie);
        let told = world.send(request.body(body("mo", PASSWORD).into()).unwrap()).await;
        assert_eq!((told.problem(), told.status.as_u16()), ("API-MEDIA-TYPE".to_owned(), 415), "{path}");
        assert_eq!(world.get("", path).await.problem(), "API-METHOD", "{path}");
    }
    // Nothing of it ended the sign-in.
    for site in ["same-origin", "none"] {
        let headers = [("sec-fetch-site", site), (COOKIE.as_str(), &*cookie)];
        assert_eq!(post(&world, REFRESH_PATH, &headers, "").await.status, 200, "{site}");
    }
}

#[tokio::test]
async fn without_a_cookie_nobody_stays_signed_in() {
    let world = World::new().await;
    let cases: [&[(&str, &str)]; 4] = [
        &[],
        &[("cookie", "fieldbook_session=")],
        &[("cookie", "fieldbook_session=made-up")],
        &[("cookie", "theme=dark")],
    ];
    for headers in cases {
        let told = post(&world, REFRESH_PATH, headers, "").await;
        assert_eq!((told.problem(), told.status.as_u16()), ("SYNC-SIGN-IN".to_owned(), 401), "{headers:?}");
        assert_eq!(post(&world, SIGN_OUT_PATH, headers, "").await.status, 204, "{headers:?}");
    }
    let wrong = post(&world, SIGN_IN_PATH, &[], &body("mo", "another password")).await;
    assert_eq!((wrong.problem(), wrong.header("set-cookie")), ("SYNC-SIGN-IN".to_owned(), ""));
}

#[tokio::test]
async fn a_cookie_that_was_traded_long_ago_ends_the_sign_in() {
    let world = World::new().await;
    let told = signed_in(&world, "mo").await;
    let trade = async |cookie: &str| post(&world, REFRESH_PATH, &[("cookie", cookie)], "").await;
    let first = cookie(&told);
    let second = cookie(&trade(&first).await);
    let third = cookie(&trade(&second).await);
    assert_eq!(trade(&first).await.problem(), "SYNC-SIGN-IN");
    assert_eq!(trade(&third).await.problem(), "SYNC-SIGN-IN", "which of the two is the thief cannot be told");
}
