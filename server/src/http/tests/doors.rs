//! The doors of a demo, and that other hubs have none.

use super::*;
use crate::http::Doors;

#[tokio::test]
async fn a_demos_doors_sign_a_browser_in() {
    let World { mut app, .. } = World::new().await;
    let doors =
        Doors::to([("manager".to_owned(), "mo".to_owned()), ("gone".to_owned(), "nobody".to_owned())]);
    app.doors = doors;
    let shell = app.shell();
    let router = router(shell.clone());
    let demo = World { app, shell, router };
    let told = demo.get("", "/as/manager").await;
    assert_eq!((told.status.as_u16(), told.header("location")), (303, "/"));
    let cookie = told.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict; Path=/auth/v1/browser;"), "{cookie}");
    let request = Request::post("/auth/v1/browser/refresh").header(CONTENT_TYPE, "application/json");
    let request = request.header("cookie", cookie.split(';').next().unwrap());
    let signed = demo.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!((&signed["user"], &signed["role"]), (&"mo".into(), &"manager".into()));
    assert_eq!(demo.get("", "/as/kim").await.problem(), "API-NOT-FOUND", "only the doors there are");
    assert_eq!(demo.get("", "/as/gone").await.problem(), "SYNC-SIGN-IN");
}

#[tokio::test]
async fn a_reps_door_leads_to_the_app_with_a_fresh_code() {
    let World { mut app, .. } = World::new().await;
    app.doors = Doors::to([("rep".to_owned(), "kim".to_owned())]);
    let shell = app.shell();
    let router = router(shell.clone());
    let demo = World { app, shell, router };
    let code = async || {
        let told = demo.get("", "/as/rep").await;
        assert_eq!((told.status.as_u16(), told.header("set-cookie")), (303, ""), "the app signs itself in");
        let code = told.header("location").strip_prefix("/rep/#pair=").expect("the app's page").to_owned();
        assert_eq!(code.len(), 8);
        code
    };
    let pair = async |code: &str| {
        let body = serde_json::json!({"code": code, "device_name": "phone"}).to_string();
        demo.post_json(http::PAIR_PATH, &body).await
    };
    let first = pair(&code().await).await;
    assert_eq!((first.status.as_u16(), &first.json()["user"]), (200, &"kim".into()));
    assert_eq!(pair(&code().await).await.status, 200, "each visit has a code of its own");
}

#[tokio::test]
async fn a_hub_that_is_no_demo_has_no_doors() {
    let world = World::new().await;
    for who in ["manager", "mo", "admin"] {
        let told = world.get("", &format!("/as/{who}")).await;
        assert_eq!((told.header("set-cookie"), told.header("location")), ("", ""), "{who}");
        assert_ne!(told.status, 303);
    }
}
