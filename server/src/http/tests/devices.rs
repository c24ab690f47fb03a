//! What devices say of themselves, and how it is shown.

use sync_protocol::DeviceReport;

use super::organisation::wide;
use super::*;

const DEVICES: &str = "/api/v1/devices";

fn report(unsent: u32, tray: u32) -> Option<DeviceReport> {
    Some(DeviceReport { version: "0.1.0\u{1b}[2J".to_owned(), unsent, tray })
}

#[tokio::test]
async fn devices_say_what_they_have_not_sent() {
    let (world, [.., ada]) = wide().await;
    let kim = world.signed_in("kim").await;
    let exchange = async |request: &SyncRequest| {
        let told = world.exchange(&kim.access_token, &[], sync_protocol::encode(request)).await;
        assert_eq!(told.status, 200);
        told.response()
    };
    let row =
        async || world.get(&ada, &format!("{DEVICES}?text={}", kim.device)).await.json()["rows"][0].clone();
    exchange(&quiet(&kim)).await;
    let silent = row().await;
    assert!(
        silent["waiting"].is_null() && silent["version"].is_null(),
        "an older program says nothing: {silent}"
    );
    // One edit of five goes out with the request: four are left.
    let pushing = SyncRequest { report: report(5, 2), ..pushing(&kim, DocumentId([8; 16]), "Kim") };
    let answer = exchange(&pushing).await;
    assert_eq!(answer.results, [sync_protocol::PushResult::Accepted]);
    let told = row().await;
    assert_eq!(
        (&told["waiting"], &told["tray"], &told["version"]),
        (&4.into(), &2.into(), &"0.1.0[2J".into())
    );
    let specification = specification::specification(&world).await;
    let schema =
        &specification["paths"][DEVICES]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let told = world.get(&ada, &format!("{DEVICES}?order=urgency&limit=1")).await.json();
    specification::compare(&specification, schema, &told, "devices");
    exchange(&SyncRequest { report: report(0, 0), ..quiet(&kim) }).await;
    exchange(&quiet(&kim)).await;
    assert_eq!(row().await["waiting"], 0, "silence unsays nothing");
    let waiting = world.app.hub.contacts().take();
    world.app.hub.storage().touch_devices(waiting.clone()).await.unwrap();
    world.app.hub.contacts().written(&waiting, false);
    assert_eq!(row().await["waiting"], 0, "it was written");
    let long = DeviceReport { version: "1".repeat(33), unsent: 0, tray: 0 };
    let long = sync_protocol::encode(&SyncRequest { report: Some(long), ..quiet(&kim) });
    assert_eq!(world.exchange(&kim.access_token, &[], long).await.wire_code(), ErrorCode::TooLarge);
}

#[tokio::test]
async fn who_holds_work_and_is_silent_comes_first() {
    let (world, [.., ada]) = wide().await;
    let names = [("kim", 3_u32, 0_u32, 30), ("lee", 0, 1, 20), ("mo", 0, 0, 10), ("han", 9, 0, 40)];
    let mut expected = Vec::new();
    for (user, unsent, tray, seen_s) in names {
        let signed = world.signed_in(user).await;
        let now = world.app.clock.now().0;
        let told = crate::auth::Told { version: String::new(), unsent, tray, at_ms: now + seen_s * 1_000 };
        world.app.hub.contacts().told(signed.device, told);
        expected.push((user, signed.device));
    }
    let revoke = format!("{DEVICES}/{}/revoke", expected[3].1);
    let request = Request::post(revoke).header(AUTHORIZATION, format!("Bearer {ada}"));
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 200);
    let mut listed = Vec::new();
    let mut after = String::new();
    loop {
        let page = world.get(&ada, &format!("{DEVICES}?order=urgency&limit=1{after}")).await.json();
        listed.push(page["rows"][0]["user"].as_str().unwrap().to_owned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", next.replace(' ', "%20")),
            None => break,
        }
    }
    let ours: Vec<_> = listed.iter().filter(|user| names.iter().any(|(name, ..)| name == user)).collect();
    assert_eq!(&ours[..2], ["lee", "kim"], "the longest silent first: {listed:?}");
    assert_eq!(
        ours.last().map(|user| user.as_str()),
        Some("han"),
        "nobody waits for a device that is shut out"
    );
    let told = world.get(&ada, &format!("{DEVICES}?order=age")).await;
    assert_eq!(told.problem(), "API-QUESTION");
}
