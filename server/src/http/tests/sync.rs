//! The sync route for devices that mean well.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use document_model::{DeviceId, DocumentId};
use sync_protocol::{ErrorCode, PushResult, StreamStatus, encode};
use tower::ServiceExt;

use super::*;
use crate::hub::gate::{GateJob, GateVerdict};
use crate::hub::{Gate, GateDown, Hub, HubWrite, ReceiptKey};

const CUSTOMER: DocumentId = DocumentId([7; 16]);

#[tokio::test]
async fn a_pushed_customer_is_stored_and_acknowledged() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    let told = world.exchange(&kim.access_token, &[], encode(&pushing(&kim, CUSTOMER, "김철수"))).await;
    let response = told.response();
    assert_eq!((response.stream, response.hub_time_ms), (StreamStatus::Current, NOW.0));
    assert!(matches!(response.results[..], [PushResult::Accepted]));
    let stored = world.app.hub.storage().documents(&[CUSTOMER]).await.unwrap();
    assert!(stored[0].is_some());
}

#[tokio::test]
async fn compressed_requests_are_read_and_large_answers_compressed() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    let body = zstd::bulk::compress(&encode(&quiet(&kim)), 3).unwrap();
    let headers = [("content-encoding", "zstd"), ("accept-encoding", "zstd, gzip")];
    let told = world.exchange(&kim.access_token, &headers, body).await;
    assert_eq!((told.status.as_u16(), told.header("content-encoding")), (200, "zstd"));
    let plain = zstd::stream::decode_all(&told.body[..]).unwrap();
    assert!(told.body.len() * 2 < plain.len(), "{} of {}", told.body.len(), plain.len());
    // The shared book with catalogue and schemas is in it.
    let response: SyncResponse = sync_protocol::decode(&plain, limits::RESPONSE_BYTES).unwrap();
    assert!(response.books.iter().any(|page| page.book == BookId::SHARED));

    let told =
        world.exchange(&kim.access_token, &[("content-encoding", "identity")], encode(&quiet(&kim))).await;
    assert_eq!((told.status.as_u16(), told.header("content-encoding")), (200, ""));
    let gzip = gzip_stored(&encode(&quiet(&kim)));
    assert_eq!(world.exchange(&kim.access_token, &[("content-encoding", "gzip")], gzip).await.status, 200);
}

#[tokio::test]
async fn a_device_without_a_valid_token_signs_in_first() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    let body = encode(&quiet(&kim));
    for token in ["", "nonsense", &kim.refresh_token] {
        let told = world.exchange(token, &[], body.clone()).await;
        assert_eq!(told.wire_code(), ErrorCode::SignInNeeded);
        assert_eq!(told.header("www-authenticate"), "Bearer");
    }
    let anonymous = Request::post(http::SYNC_PATH).header(CONTENT_TYPE, http::MEDIA_TYPE);
    assert_eq!(world.send(anonymous.body(body.into()).unwrap()).await.wire_code(), ErrorCode::SignInNeeded);
}

#[tokio::test]
async fn a_revoked_device_is_told_so() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    assert!(world.app.hub.storage().revoke_device(kim.device).await.unwrap());
    let told = world.exchange(&kim.access_token, &[], encode(&pushing(&kim, CUSTOMER, "김철수"))).await;
    assert_eq!((told.wire_code(), told.status.as_u16()), (ErrorCode::DeviceRevoked, 403));
    assert_eq!(world.app.hub.storage().documents(&[CUSTOMER]).await.unwrap(), [None]);
}

#[tokio::test]
async fn a_request_speaks_for_its_own_device_alone() {
    let world = World::new().await;
    let (kim, lee) = (world.signed_in("kim").await, world.signed_in("lee").await);
    let told = world.exchange(&kim.access_token, &[], encode(&quiet(&lee))).await;
    assert_eq!(told.wire_code(), ErrorCode::NotAllowed);
    let unknown = SyncRequest { device: DeviceId([0xaa; 16]), ..quiet(&kim) };
    assert_eq!(
        world.exchange(&kim.access_token, &[], encode(&unknown)).await.wire_code(),
        ErrorCode::NotAllowed
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_cut_a_write() {
    let full = {
        let world = World::new().await;
        let kim = world.signed_in("kim").await;
        count_polls(&world, &kim).await
    };
    assert!(full > 3, "the handler gives way before and while the exchange runs: {full}");
    for cut in 0..full {
        let world = World::new().await;
        let kim = world.signed_in("kim").await;
        let request = exchange_request(&kim.access_token, &[], encode(&pushing(&kim, CUSTOMER, "김철수")));
        {
            let mut answer = pin!(world.router.clone().oneshot(request));
            for _ in 0..cut {
                drop(poll_once(answer.as_mut()));
                tokio::task::yield_now().await;
            }
        }
        world.shell.drained().await;
        let begun = !world.app.hub.contacts().take().is_empty();
        let stored = world.app.hub.storage().documents(&[CUSTOMER]).await.unwrap()[0].is_some();
        assert_eq!(stored, begun, "cut at {cut} of {full}: what was begun is finished");
        assert_eq!(world.app.hub.verify(&|_| ()).await.unwrap().found, 0, "cut at {cut}");
        let again = world.exchange(&kim.access_token, &[], encode(&pushing(&kim, CUSTOMER, "김철수"))).await;
        assert_eq!(again.response().results.len(), 1, "the device comes again and is answered");
    }
}

/// How often the handler gives way until it answers.
async fn count_polls(world: &World, kim: &SignInResponse) -> usize {
    let request = exchange_request(&kim.access_token, &[], encode(&pushing(kim, CUSTOMER, "김철수")));
    let mut answer = pin!(world.router.clone().oneshot(request));
    let mut polls = 1;
    while poll_once(answer.as_mut()).is_pending() {
        polls += 1;
        tokio::task::yield_now().await;
    }
    polls
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A gzip file that holds `content` as it is (RFC 1951, stored block).
fn gzip_stored(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let crc = content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(content);
    file.extend((!crc).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

/// Headquarters, which edits a customer each time that one of its edits is judged.
#[derive(Clone)]
struct Meddler {
    hub: Hub<MemoryStorage, InlineGate>,
    times: Arc<AtomicU64>,
}

impl Gate for Meddler {
    async fn judge(&self, jobs: Vec<GateJob>) -> Result<Vec<GateVerdict>, GateDown> {
        let time = self.times.fetch_add(1, Ordering::Relaxed).to_string();
        let write = HubWrite {
            document: CUSTOMER,
            kind: Kind::Customer,
            book: BookId::of_rep(&"P1".into()),
            fields: vec![("occupation".to_owned(), FieldValue::from(time.as_str()))],
            imported: false,
            only_new: false,
        };
        self.hub.write("hq", &[write], NOW, &mut SystemEntropy).await.unwrap();
        InlineGate.judge(jobs).await
    }
}

#[tokio::test]
async fn a_push_that_others_always_come_before_is_not_acknowledged() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await;
    let App { hub, desk, config, .. } = world.app.clone();
    let principal = desk.authenticate(hub.storage(), &kim.access_token, NOW).await.unwrap().principal;
    let times = Arc::new(AtomicU64::new(0));
    let meddler = Meddler { hub: hub.clone(), times: times.clone() };
    let zone = config.time_zone().unwrap();
    let busy = Hub::new(hub.storage().clone(), meddler, zone, Actor([3; 16]), ReceiptKey::of(&[3; 32]));
    let push = pushing(&kim, CUSTOMER, "김철수");
    let response = busy.exchange(&principal, push.clone(), NOW).await.unwrap();
    assert_eq!(response.results, [PushResult::Retry]);
    assert!(times.load(Ordering::Relaxed) > 1, "it was tried again");
    let name = async || {
        let stored = hub.storage().documents(&[CUSTOMER]).await.unwrap().pop().flatten().unwrap();
        Document::load(stored.kind, &stored.saved).unwrap().fields().get("name").cloned()
    };
    assert_eq!(name().await, None);
    // Nobody meddles any more.
    let response = hub.exchange(&principal, push, NOW).await.unwrap();
    assert_eq!((response.results, name().await), (vec![PushResult::Accepted], Some("김철수".into())));
}
