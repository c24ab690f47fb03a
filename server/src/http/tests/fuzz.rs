//! Any bytes on any route: a clear error within a second, no panic, no jump of memory, and the hub goes on.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::http::Method;
use axum::http::header::CONTENT_ENCODING;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sync_protocol::encode;

use super::hostile::peak_kib;
use super::*;
use crate::config::HttpConfig;

const SEED: u64 = 20_261_126;
/// Requests of one run.
const REQUESTS: usize = 6_000;
/// The longest any may take, in the promise's words.
const PATIENCE: Duration = Duration::from_secs(1);
/// Memory all of them may cost.
const MEMORY_KIB: u64 = 64 * 1024;
/// Bytes of a body that nobody meant.
const JUNK_BYTES: u32 = 64 * 1024;

const MANY: NonZeroU32 = NonZeroU32::MAX;
const METHODS: [Method; 6] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD];
const TYPES: [&str; 5] =
    [http::MEDIA_TYPE, "application/json", "application/json; charset=utf-8", "text/html", "\u{7f}/"];

/// What a run sends, drawn from a seed.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let count = u32::try_from(all.len()).unwrap();
        &all[self.below(count) as usize]
    }

    fn junk(&mut self, most: u32) -> Vec<u8> {
        let mut bytes = vec![0; self.below(most) as usize];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// The bytes with some changed, some gone, or some twice.
    fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            let end = u32::try_from(bytes.len()).unwrap().max(1);
            let at = (self.below(end) as usize).min(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_within(at..),
                2 => bytes.insert(at, self.0.next_u32().to_le_bytes()[0]),
                _ if at < bytes.len() => bytes[at] = self.0.next_u32().to_le_bytes()[0],
                _ => {}
            }
        }
        bytes
    }
}

/// Where requests go: each route as it is, spoiled, and what is none.
fn path(dice: &mut Dice, paths: &[String]) -> String {
    let path = dice.of(paths).clone();
    if dice.one_in(3) {
        let spoiled = String::from_utf8_lossy(&dice.spoil(path.into_bytes())).into_owned();
        let kept: String = spoiled.chars().filter(|letter| letter.is_ascii_graphic()).collect();
        return format!("/{}", kept.trim_start_matches('/'));
    }
    path
}

fn request(dice: &mut Dice, paths: &[String], bodies: &[Vec<u8>], tokens: &[String]) -> Request<Body> {
    let uri = path(dice, paths);
    let method = if dice.one_in(3) { dice.of(&METHODS).clone() } else { Method::POST };
    let mut request = Request::builder().method(method);
    // Who signs out has nothing more to say.
    let tokens = if uri.starts_with(http::SIGN_OUT_PATH) { &tokens[..1] } else { &tokens[1..] };
    let token = dice.of(tokens).clone();
    let token = if dice.one_in(4) { dice.spoil(token.into_bytes()) } else { token.into_bytes() };
    let mut headers = vec![
        (AUTHORIZATION, [b"Bearer ", &token[..]].concat()),
        (CONTENT_TYPE, dice.of(&TYPES).as_bytes().to_vec()),
    ];
    let mut body = match dice.below(4) {
        0 => dice.junk(JUNK_BYTES),
        1 => dice.of(bodies).clone(),
        _ => {
            let meant = dice.of(bodies).clone();
            dice.spoil(meant)
        }
    };
    if dice.one_in(3) {
        if dice.one_in(2) {
            body = zstd::bulk::compress(&body, 1).unwrap();
        }
        headers.push((CONTENT_ENCODING, if dice.one_in(8) { dice.junk(9) } else { b"zstd".to_vec() }));
    }
    for (name, value) in headers {
        // What no header may hold never reaches a hub.
        if let Ok(value) = axum::http::HeaderValue::from_bytes(&value) {
            request = request.header(name, value);
        }
    }
    match request.uri(uri).body(Body::from(body.clone())) {
        Ok(request) => request,
        // An address that is none never does either.
        Err(_) => Request::post(http::SYNC_PATH).body(Body::from(body)).unwrap(),
    }
}

/// What an answer is: done, or an error with its code.
fn kind_of(told: &Told, path: &str) -> String {
    if told.status.is_success() || told.status.is_informational() {
        return "done".to_owned();
    }
    assert!(told.status.is_client_error() || told.status.as_u16() == 503, "{path}: {}", told.status);
    match told.header("content-type") {
        // An answer to HEAD has no body.
        _ if told.body.is_empty() => told.status.to_string(),
        http::MEDIA_TYPE => told.wire_error().code.as_str().to_owned(),
        _ => told.problem(),
    }
}

#[tokio::test]
async fn any_bytes_on_any_route_are_answered_soon_and_clearly() {
    // Who asks too often is told so, which is another test's matter.
    let http = HttpConfig { device_requests_per_s: MANY, device_burst: MANY, ..HttpConfig::default() };
    let world = World::with(Config { http, ..Config::default() }).await;
    let [kim, han, mo] =
        [world.signed_in("kim").await, world.signed_in("han").await, world.signed_in("mo").await];
    let customer = DocumentId([7; 16]);
    let told = world.exchange(&kim.access_token, &[], encode(&pushing(&kim, customer, "Kim"))).await;
    told.response();
    let paths = [
        http::SYNC_PATH,
        http::SYNC_PATH,
        http::SIGN_IN_PATH,
        http::REFRESH_PATH,
        http::SIGN_OUT_PATH,
        http::POKES_PATH,
        "/api/v1/figures?from=2026-09-01&to=2026-09-30&level=rep&by=product",
        "/api/v1/closings?from=2026-09-01&to=2026-09-30",
        "/api/v1/explain?unit=nation&date=2026-09-01&between=closed,now",
        "/healthz",
        "/readyz",
        "/",
    ]
    .map(str::to_owned);
    let refresh = format!("{{\"refresh_token\":\"{}\"}}", mo.refresh_token);
    let bodies = [
        encode(&quiet(&kim)),
        encode(&pushing(&kim, DocumentId([8; 16]), "Lee")),
        encode(&pushing(&kim, customer, "Park")),
        // A password costs its time on purpose; none of these gets so far.
        b"{\"user\":\"kim\",\"password\":17}".to_vec(),
        refresh.into_bytes(),
        b"{\"date\":\"2026-09-01\",\"unit\":\"B1\",\"final\":false}".to_vec(),
        Vec::new(),
    ];
    let tokens = [mo.access_token.clone(), kim.access_token.clone(), han.access_token.clone(), String::new()];
    let (mut dice, mut met, mut slowest) =
        (Dice(ChaCha8Rng::seed_from_u64(SEED)), BTreeMap::new(), Duration::ZERO);
    let before = peak_kib();
    for number in 0..REQUESTS {
        let request = request(&mut dice, &paths, &bodies, &tokens);
        let (what, since) = (format!("{number}: {} {}", request.method(), request.uri()), Instant::now());
        let told = tokio::time::timeout(PATIENCE, world.send(request)).await;
        let told = told.unwrap_or_else(|_| panic!("{what} hangs"));
        slowest = slowest.max(since.elapsed());
        *met.entry(kind_of(&told, &what)).or_insert(0_usize) += 1;
    }
    println!("{REQUESTS} requests, the slowest in {slowest:?}, met: {met:?}");
    assert!(met.len() >= 8 && met.values().all(|count| *count < REQUESTS / 2), "they get nowhere: {met:?}");
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        assert!(after - before < MEMORY_KIB, "{} KiB more", after - before);
    }
    // The hub goes on, with what it had.
    assert!(world.app.hub.storage().documents(&[customer]).await.unwrap()[0].is_some());
    let lee = world.signed_in("lee").await;
    world.exchange(&lee.access_token, &[], encode(&quiet(&lee))).await.response();
    assert_eq!(world.app.hub.verify(&|_| ()).await.unwrap().found, 0);
}
