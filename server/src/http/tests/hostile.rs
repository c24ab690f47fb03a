//! Bytes, sizes and loads that nobody means well with.

use std::io::Write;

use futures::{StreamExt, stream};
use sync_protocol::{ErrorCode, encode};

use super::*;

/// Memory one refused bomb may cost at its worst; the bound of PROMISES.md, P10.
const BOMB_MEMORY_KIB: u64 = 64 * 1024;
/// What the bombs inflate to.
const BOMB_BYTES: usize = 1024 * 1024 * 1024;

async fn kim() -> (World, SignInResponse) {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    (world, kim)
}

#[tokio::test]
async fn bytes_that_are_no_message_are_malformed() {
    let (world, kim) = kim().await;
    let good = encode(&quiet(&kim));
    let longer = [&good[..], &[0]].concat();
    for body in [&b""[..], b"\xff", b"{}", &good[..good.len() - 1], &longer] {
        let told = world.exchange(&kim.access_token, &[], body.to_vec()).await;
        assert_eq!(told.wire_code(), ErrorCode::Malformed);
    }
    let json = Request::post(http::SYNC_PATH)
        .header(AUTHORIZATION, format!("Bearer {}", kim.access_token))
        .header(CONTENT_TYPE, "application/json");
    assert_eq!(world.send(json.body(good.into()).unwrap()).await.wire_code(), ErrorCode::Malformed);
}

#[tokio::test]
async fn other_versions_are_told_to_upgrade() {
    let (world, kim) = kim().await;
    for protocol in [0, 2, u16::MAX] {
        let body = encode(&SyncRequest { protocol, ..quiet(&kim) });
        let told = world.exchange(&kim.access_token, &[], body).await;
        assert_eq!((told.wire_code(), told.status.as_u16()), (ErrorCode::UpgradeNeeded, 426));
    }
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused_said_or_streamed() {
    let (world, kim) = kim().await;
    let large = vec![0; limits::REQUEST_BYTES + 1];
    let length = large.len().to_string();
    let said = world.exchange(&kim.access_token, &[("content-length", &length)], large.clone()).await;
    assert_eq!((said.wire_code(), said.status.as_u16()), (ErrorCode::TooLarge, 413));
    let chunks = repeated(vec![0; 1 << 16], 129);
    let streamed = world.exchange(&kim.access_token, &[], chunks).await;
    assert_eq!(streamed.wire_code(), ErrorCode::TooLarge);
    // Frames that inflate to nothing count as the bytes they are.
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 0, 0, 1, 0][..], &[0; 1 << 16]].concat();
    let endless = repeated(skippable, 200);
    let told = world.exchange(&kim.access_token, &[("content-encoding", "zstd")], endless).await;
    assert_eq!(told.wire_code(), ErrorCode::TooLarge);
}

/// A body of so many chunks, whose length nobody says.
fn repeated(chunk: Vec<u8>, times: usize) -> Body {
    let chunk = Bytes::from(chunk);
    Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone())).take(times))
}

#[tokio::test]
async fn a_bomb_is_refused_while_it_is_small() {
    let (world, kim) = kim().await;
    let mut bomb = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..BOMB_BYTES >> 20).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    let before = peak_kib();
    let told = world.exchange(&kim.access_token, &[("content-encoding", "zstd")], bomb).await;
    assert_eq!(told.wire_code(), ErrorCode::TooLarge);
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        assert!(after - before < BOMB_MEMORY_KIB, "{before} KiB before, {after} KiB after");
    }
    assert_eq!(world.exchange(&kim.access_token, &[], encode(&quiet(&kim))).await.status, 200);
}

/// The most memory this process ever held; `None` where the system does not say.
pub(super) fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[tokio::test]
async fn broken_and_unknown_encodings_are_malformed() {
    let (world, kim) = kim().await;
    let good = encode(&quiet(&kim));
    let packed = zstd::bulk::compress(&good, 3).unwrap();
    // A frame that asks for a window of 2 GiB.
    let window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
    for (encoding, body) in [
        ("zstd", good.clone()),
        ("zstd", packed[..packed.len() - 3].to_vec()),
        ("zstd", window),
        ("gzip", packed.clone()),
        ("br", packed.clone()),
        ("zstd, gzip", packed.clone()),
        ("deflate", good),
    ] {
        let told = world.exchange(&kim.access_token, &[("content-encoding", encoding)], body).await;
        assert_eq!(told.wire_code(), ErrorCode::Malformed, "{encoding}");
    }
}

#[tokio::test]
async fn a_full_hub_says_when_to_come_again_and_health_still_answers() {
    let mut config = Config::default();
    config.http.concurrent_requests = 1;
    let world = World::with(config).await;
    let kim = world.signed_in("kim").await;
    // A push whose body never ends holds the one place there is.
    let (reached, mut waiting) = tokio::sync::mpsc::channel(1);
    let body = stream::once(async move {
        reached.send(()).await.unwrap();
        std::future::pending::<Result<Bytes, std::io::Error>>().await
    });
    let slow = exchange_request(&kim.access_token, &[], Body::from_stream(body.boxed()));
    let slow = tokio::spawn(world.router.clone().oneshot(slow));
    waiting.recv().await.unwrap();
    let told = world.exchange(&kim.access_token, &[], encode(&quiet(&kim))).await;
    let error = told.wire_error();
    assert_eq!((error.code, told.status.as_u16()), (ErrorCode::Busy, 503));
    assert!(error.retry_after_ms.is_some() && told.header("retry-after") == "2");
    assert_eq!(world.get("", "/healthz").await.status, 200);
    assert_eq!(world.get(&kim.access_token, "/api/v1/figures").await.problem(), "SYNC-BUSY");
    slow.abort();
    assert!(slow.await.is_err());
    assert_eq!(world.exchange(&kim.access_token, &[], encode(&quiet(&kim))).await.status, 200);
}

#[tokio::test]
async fn storage_that_cannot_write_is_told_and_nothing_is_acknowledged() {
    let (world, kim) = kim().await;
    let push = encode(&pushing(&kim, document_model::DocumentId([7; 16]), "김철수"));
    world.app.hub.storage().fail_commits(1);
    let told = world.exchange(&kim.access_token, &[], push.clone()).await;
    assert_eq!((told.wire_code(), told.status.as_u16()), (ErrorCode::StorageFailed, 503));
    assert_eq!(world.exchange(&kim.access_token, &[], push).await.status, 200);
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_when_to_come_again_and_others_notice_nothing() {
    let mut config = Config::default();
    config.http.device_requests_per_s = 1.try_into().unwrap();
    config.http.device_burst = 3.try_into().unwrap();
    let world = World::with(config).await;
    let (wild, calm) = (world.signed_in("kim").await, world.signed_in("kim").await);
    for _ in 0..3 {
        assert_eq!(world.exchange(&wild.access_token, &[], encode(&quiet(&wild))).await.status, 200);
    }
    // Whatever it sends: it is told before the body is read.
    let told = world.exchange(&wild.access_token, &[], b"no message".to_vec()).await;
    let error = told.wire_error();
    assert_eq!((error.code, told.status.as_u16()), (ErrorCode::SlowDown, 429));
    let wait = error.retry_after_ms.expect("a wait");
    assert!((1..=1_000).contains(&wait) && told.header("retry-after") == "1", "{wait} ms");
    let told = world.get(&wild.access_token, "/api/v1/figures?from=today&to=today").await;
    assert_eq!(told.problem(), "SYNC-SLOW-DOWN");
    assert_eq!(world.exchange(&calm.access_token, &[], encode(&quiet(&calm))).await.status, 200);
    // A stranger has no bucket to empty and no part in anybody's.
    assert_eq!(world.get("no token", "/api/v1/figures").await.problem(), "SYNC-SIGN-IN");
}

#[tokio::test]
async fn guessed_passwords_are_told_to_wait() {
    let world = World::new().await;
    let guess = r#"{"user":"kim","password":"a wrong password","device_name":"phone"}"#;
    for _ in 0..3 {
        assert_eq!(world.post_json(http::SIGN_IN_PATH, guess).await.problem(), "SYNC-SIGN-IN");
    }
    let told = world.post_json(http::SIGN_IN_PATH, guess).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("SYNC-SLOW-DOWN".to_owned(), 429));
    assert_eq!(told.header("retry-after"), "1");
}
