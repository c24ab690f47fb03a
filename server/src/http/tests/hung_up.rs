//! Clients that hang up at every point where a write request waits, over the databases people use.
//!
//! What waits is dropped there. Then what was begun must be finished, nothing may be left in a
//! transaction, and the same request once more must come to the same end.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::str::FromStr;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Builder;
use document_model::DocumentId;
use futures::{StreamExt, stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use sync_protocol::sign_in::RefreshRequest;
use sync_protocol::{PushResult, encode};
use tower::ServiceExt;

use super::*;
use crate::app::tests::app_over;
use crate::storage::conformance::scratch;
use crate::storage::postgres::PostgresStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Entries, FeedBody, Storage};

/// Pieces a request's body comes in, with a wait before each.
const PIECES: usize = 3;

/// Series of cuts at most, until one has met several waits.
const SERIES: usize = 20;

/// A write that takes longer waits for a transaction that nobody ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that writes for a client.
const WRITES: [Write; 6] = [
    Write::Request(Route::Sync),
    Write::Request(Route::SignIn),
    Write::Request(Route::Refresh),
    Write::Request(Route::SignOut),
    Write::Work(Route::Sync),
    Write::Work(Route::Refresh),
];

/// What is cut off: a request, as by a client that hangs up, or the work behind it, as by a hub that
/// stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    Request(Route),
    Work(Route),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Sync,
    SignIn,
    Refresh,
    SignOut,
}

/// Drops a future at its `n`-th wait; what it came to if it was done before.
async fn cut_off<T>(future: impl Future<Output = T>, n: usize) -> Option<T> {
    let (mut future, mut waits) = (pin!(future), 0);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            waits += 1;
            if waits == n { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

/// A body that comes in pieces.
fn in_pieces(bytes: &[u8]) -> Body {
    let pieces: Vec<_> = bytes.chunks(bytes.len().div_ceil(PIECES).max(1)).map(<[u8]>::to_vec).collect();
    Body::from_stream(stream::iter(pieces).then(async |piece| {
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(piece)
    }))
}

fn with_json(builder: Builder, body: &impl serde::Serialize) -> Request<Body> {
    let body = serde_json::to_vec(body).unwrap();
    builder.header(CONTENT_TYPE, "application/json").body(in_pieces(&body)).unwrap()
}

/// One device and what it asks for.
struct Asking {
    signed: SignInResponse,
    customer: DocumentId,
    push: Vec<u8>,
}

impl Asking {
    async fn of<S: Storage>(world: &World<S>, customer: DocumentId) -> Self {
        let signed = world.signed_in("kim").await;
        let push = encode(&pushing(&signed, customer, "김철수"));
        Self { signed, customer, push }
    }

    fn request(&self, route: Route) -> Request<Body> {
        match route {
            Route::Sync => exchange_request(&self.signed.access_token, &[], in_pieces(&self.push)),
            Route::SignIn => with_json(Request::post(http::SIGN_IN_PATH), &sign_in()),
            Route::Refresh => with_json(Request::post(http::REFRESH_PATH), &self.refresh()),
            Route::SignOut => Request::post(http::SIGN_OUT_PATH)
                .header(AUTHORIZATION, format!("Bearer {}", self.signed.access_token))
                .body(Body::empty())
                .unwrap(),
        }
    }

    fn refresh(&self) -> RefreshRequest {
        RefreshRequest { refresh_token: self.signed.refresh_token.clone() }
    }

    /// The write, cut off at its `n`-th wait; true when it was done before.
    async fn cut<S: Storage>(&self, world: &World<S>, write: Write, n: usize) -> bool {
        let (hub, desk, now) = (world.app.hub.clone(), world.app.desk.clone(), world.app.clock.now());
        match write {
            Write::Request(route) => {
                cut_off(world.router.clone().oneshot(self.request(route)), n).await.is_some()
            }
            Write::Work(Route::Sync) => {
                let principal = world.shell.desk.keys.read(&self.signed.access_token, now);
                let principal = principal.expect("a valid token").principal;
                let request = sync_protocol::decode(&self.push, limits::REQUEST_BYTES).unwrap();
                cut_off(Box::pin(hub.exchange(&principal, request, now)), n).await.is_some()
            }
            Write::Work(_) => {
                let (refresh, mut entropy) = (self.refresh(), SystemEntropy);
                let refreshed = desk.refresh(hub.storage(), &refresh, now, &mut entropy);
                cut_off(Box::pin(refreshed), n).await.is_some()
            }
        }
    }

    /// The same once more comes to the end it would have come to.
    async fn comes_again<S: Storage>(&self, world: &World<S>, route: Route) {
        let told = world.send(self.request(route)).await;
        match route {
            Route::Sync => {
                assert!(matches!(told.response().results[..], [PushResult::Accepted]), "{:?}", told.body);
            }
            Route::SignIn | Route::Refresh => {
                assert_eq!(told.status, StatusCode::OK, "{:?}", told.body);
                let signed: SignInResponse = serde_json::from_slice(&told.body).unwrap();
                let quiet = encode(&quiet(&signed));
                assert_eq!(world.exchange(&signed.access_token, &[], quiet).await.status, StatusCode::OK);
            }
            Route::SignOut => {
                // Who is signed out already is told that the sign-in has ended.
                let out = [StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED];
                assert!(out.contains(&told.status), "{:?}", told.body);
                let refused = world.send(self.request(Route::Refresh)).await;
                assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{:?}", refused.body);
            }
        }
    }
}

fn sign_in() -> SignInRequest {
    SignInRequest { user: "kim".to_owned(), password: PASSWORD.to_owned(), device_name: "phone".to_owned() }
}

/// How often the customer is in its book's feed.
async fn times_stored<S: Storage>(world: &World<S>, customer: DocumentId) -> usize {
    let book = BookId::of_rep(&"P1".into());
    let rows = world
        .app
        .hub
        .storage()
        .feed(book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX)
        .await
        .unwrap();
    let changes = rows.iter().filter(|row| row.document == customer);
    let hashes: Vec<_> = changes
        .filter_map(|row| match row.body {
            FeedBody::Change { hash, .. } => Some(hash),
            _ => None,
        })
        .collect();
    assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), hashes.len(), "no change is there twice");
    hashes.len()
}

/// Cuts every write off at every wait; `left_open` counts what stands in a transaction.
async fn cut_everything_off<S: Storage>(engine: &str, storage: S, left_open: impl AsyncFn() -> i64) {
    let world = World::over(app_over(storage, Config::default()).await).await;
    let mut customers = (1..).map(document);
    for write in WRITES {
        // A database that answers before it is asked for the answer makes a series short.
        let mut waits = 0;
        for _ in 0..SERIES {
            waits = waits.max(cut_off_everywhere(&world, write, &mut customers, &left_open).await);
            if waits > 1 {
                break;
            }
        }
        println!("{engine}: {write:?} waits {waits} times");
        assert!(waits > 1, "{write:?} was cut off at {waits} points");
    }
    assert_eq!(world.app.hub.verify(&|_| ()).await.unwrap().found, 0);
}

/// Cuts one write off at each of its waits, whose number is returned.
async fn cut_off_everywhere<S: Storage>(
    world: &World<S>,
    write: Write,
    customers: &mut impl Iterator<Item = DocumentId>,
    left_open: &impl AsyncFn() -> i64,
) -> usize {
    for n in 1.. {
        let asking = Asking::of(world, customers.next().expect("there are many")).await;
        drop(world.app.hub.contacts().take());
        let done = asking.cut(world, write, n).await;
        look_after(world, write, &asking, left_open).await;
        if done {
            return n - 1;
        }
    }
    unreachable!("every write ends")
}

fn document(n: u32) -> DocumentId {
    DocumentId::derived("hung up", &n.to_string())
}

async fn look_after<S: Storage>(
    world: &World<S>,
    write: Write,
    asking: &Asking,
    left_open: &impl AsyncFn() -> i64,
) {
    world.shell.drained().await;
    let (Write::Request(route) | Write::Work(route)) = write;
    if write == Write::Request(Route::Sync) {
        let begun = !world.app.hub.contacts().take().is_empty();
        let stored = times_stored(world, asking.customer).await > 0;
        assert_eq!(stored, begun, "what was begun is finished");
    }
    let again = tokio::time::timeout(PATIENCE, asking.comes_again(world, route)).await;
    assert!(again.is_ok(), "{write:?}: a transaction was left that nobody ends");
    if route == Route::Sync {
        assert_eq!(times_stored(world, asking.customer).await, 1, "{write:?}");
    }
    let gone = async { while left_open().await > 0 {} };
    assert!(
        tokio::time::timeout(PATIENCE, gone).await.is_ok(),
        "{write:?}: a connection stands in a transaction"
    );
}

#[tokio::test]
async fn a_write_cut_off_anywhere_is_finished_or_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path()).await.unwrap();
    // One connection writes: the write that comes again proves that it is free.
    cut_everything_off("SQLite", storage, async || 0).await;
}

#[tokio::test]
async fn a_write_cut_off_anywhere_is_finished_or_not_begun_on_postgres() {
    scratch::with_database(async |url| {
        let storage = PostgresStorage::open(&url).await.unwrap();
        let left_open = async || {
            let options = PgConnectOptions::from_str(&url).unwrap();
            let mut outside: PgConnection = options.connect().await.unwrap();
            let sql = "SELECT count(*) FROM pg_stat_activity \
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
            sqlx::query_scalar(sql).fetch_one(&mut outside).await.unwrap()
        };
        cut_everything_off("PostgreSQL", storage, left_open).await;
    })
    .await;
}
