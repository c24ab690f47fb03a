//! The hub's HTTP surface and what strangers send: every request is raw bytes, so that nonsense travels as it
//! is.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use document_model::{Actor, Moment};
use serde_json::Value;
use server::auth::{Principal, Role, TokenKeys};
use sync_protocol::sign_in::SignInResponse;
use sync_protocol::{StreamState, SyncRequest, SyncResponse, WireError, decode, encode, http, limits};
use tests::forger::quiet_request;

use super::stand::{PASSWORD, Stand, Template, USER, WRONG_PASSWORD, harmless};
use super::{all_played, three_parts};

/// Longer than any answer takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(60);
/// Short enough to wait for.
const SETTINGS: &str = "[http]\nheader_timeout_s = 1\nsign_in_timeout_s = 2\nrequest_timeout_s = 5\n";
/// What stands in requests and must not stand in the log.
const PERSONAL: [&str; 4] = [USER, "canary-query", "canary-path", "canary-header"];
/// A moment whose tokens ended long ago, and one whose tokens have not.
const LONG_AGO: Moment = Moment(1_000_000_000_000);
const FAR_AHEAD: Moment = Moment(4_000_000_000_000);

/// One situation: what is sent, and what must be answered.
struct Case {
    name: &'static str,
    sent: fn(&Served) -> Sent,
    told: Told,
}

/// What must be answered.
enum Told {
    /// This status and code, in the form of the address.
    Code(u16, &'static str),
    /// This status alone: what came was no request, so there is no address whose form would be right.
    Status(u16),
    /// Nothing; the hub hangs up.
    Nothing,
}

use Told::{Code, Nothing, Status};

/// What is sent on one connection.
struct Sent {
    bytes: Vec<u8>,
    /// Whether the sender then says that nothing more comes.
    ends: bool,
    /// Whether it was meant for the sync route, which answers in CBOR.
    sync: bool,
}

/// A served hub with what strangers may have got hold of.
struct Served {
    stand: Stand,
    signed: SignInResponse,
    /// Tokens of a device that was revoked.
    revoked: SignInResponse,
}

const MALFORMED: Told = Code(400, "SYNC-MALFORMED");
const SIGN_IN: Told = Code(401, "SYNC-SIGN-IN");
const TOO_LARGE: Told = Code(413, "SYNC-TOO-LARGE");
const NOT_FOUND: Told = Code(404, "API-NOT-FOUND");
const UPGRADE: Told = Code(426, "SYNC-UPGRADE");
const QUESTION: Told = Code(400, "API-QUESTION");
const TYPE: Told = Code(415, "API-MEDIA-TYPE");
const METHOD: Told = Code(405, "API-METHOD");

const fn case(name: &'static str, sent: fn(&Served) -> Sent, told: Told) -> Case {
    Case { name, sent, told }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("a wrong method, sync", |_| get(http::SYNC_PATH), MALFORMED),
    case("a wrong method, sign-in", |_| get(http::SIGN_IN_PATH), METHOD),
    case("a wrong method, figures", |hub| hub.post("/api/v1/figures", "application/json", b"{}"), METHOD),
    case("a method nobody knows", |_| plain("CANARY /healthz HTTP/1.1"), METHOD),
    case("TRACE", |_| plain("TRACE / HTTP/1.1"), NOT_FOUND),
    case("CONNECT", |_| plain("CONNECT canary-path.example:443 HTTP/1.1"), NOT_FOUND),
    case("an unknown path", |_| get("/canary-path"), NOT_FOUND),
    case("an unknown version of the protocol's path", |_| get("/sync/v2"), NOT_FOUND),
    case("a path that climbs", |_| get("/../../canary-path/etc/passwd"), NOT_FOUND),
    case("a path that climbs, escaped", |_| get("/%2e%2e/%2e%2e/canary-path/secrets/token.key"), NOT_FOUND),
    case("a path that climbs out of the sync route", |_| get("/sync/v1/../../auth/v1/sign-in"), NOT_FOUND),
    case("a path with a NUL", |_| get("/healthz%00canary-path"), NOT_FOUND),
    case("a path of bytes", |_| sent(b"GET /\xff\xfe HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n".to_vec()), Status(400)),
    case("a long path", |_| get(&format!("/{}", "canary-path".repeat(1_000))), NOT_FOUND),

    case("JSON on the sync route", |hub| hub.sync_with(&["content-type: application/json"], &hub.quiet()), MALFORMED),
    case("no type on the sync route", |hub| hub.sync_with(&[], &hub.quiet()), MALFORMED),
    case("a form for a sign-in", |hub| hub.post(http::SIGN_IN_PATH, "application/x-www-form-urlencoded", b"user=canary-account"), TYPE),
    case("text for a sign-in", |hub| hub.post(http::SIGN_IN_PATH, "text/plain", b"{}"), TYPE),

    case("a body too large, as it says", |hub| hub.sync_head(&[CBOR, &format!("content-length: {}", limits::REQUEST_BYTES + 1)]), TOO_LARGE),
    case("a body too large beyond all numbers", |hub| hub.sync_head(&[CBOR, "content-length: 9223372036854775807"]), TOO_LARGE),
    case("a body too large, in chunks", |hub| hub.sync_chunks(limits::REQUEST_BYTES + 1), TOO_LARGE),
    case("a sign-in too large", |hub| hub.post(http::SIGN_IN_PATH, JSON, &vec![b' '; 8_000]), TOO_LARGE),
    case("a cut body", |hub| hub.sync_head(&[CBOR, "content-length: 100"]).and(b"half").ended(), MALFORMED),
    case("a cut body, sign-in", |_| head("POST", http::SIGN_IN_PATH, &["content-type: application/json", "content-length: 100"]).and(b"{\"user\":").ended(), MALFORMED),
    case("a cut chunk", |hub| hub.sync_head(&[CBOR, "transfer-encoding: chunked"]).and(b"ff\r\nhalf").ended(), MALFORMED),
    case("a chunk of no size", |hub| hub.sync_head(&[CBOR, "transfer-encoding: chunked"]).and(b"xyz\r\nhalf\r\n0\r\n\r\n"), MALFORMED),
    case("a chunk of a size beyond all numbers", |hub| hub.sync_head(&[CBOR, "transfer-encoding: chunked"]).and(b"fffffffffffffffff\r\nhalf\r\n"), MALFORMED),
    case("a body that never comes, sign-in", |_| head("POST", http::SIGN_IN_PATH, &["content-type: application/json", "content-length: 100"]), Code(503, "SYNC-BUSY")),
    case("a body that never comes, sync", |hub| hub.sync_head(&[CBOR, "content-length: 100"]), Code(503, "SYNC-BUSY")),

    case("a header too large", |_| head("GET", "/healthz", &[&format!("x-canary-header: {}", "x".repeat(40_000))]), Status(431)),
    case("too many headers", |_| head("GET", "/healthz", &["x-canary-header: 1"; 200]), Status(431)),
    case("a request line too large", |_| get(&format!("/{}", "canary-path".repeat(6_000))), Status(431)),
    case("headers that never end", |_| sent(b"GET /healthz HTTP/1.1\r\nx-canary-header: ".to_vec()), Nothing),
    case("a connection that says nothing", |_| sent(Vec::new()), Nothing),
    case("half a request", |_| sent(b"POST /sync/v1 HT".to_vec()).ended(), Nothing),
    case("two lengths", |hub| hub.sync_head(&[CBOR, "content-length: 1", "content-length: 2"]), Status(400)),
    case("a length below nothing", |hub| hub.sync_head(&[CBOR, "content-length: -1"]), Status(400)),
    case("a length and chunks", |hub| hub.sync_head(&[CBOR, "content-length: 4", "transfer-encoding: chunked"]).and(b"0\r\n\r\nGET /canary-path HTTP/1.1\r\n\r\n"), MALFORMED),
    case("an encoding of transfer nobody knows", |hub| hub.sync_head(&[CBOR, "transfer-encoding: canary-header"]), Status(400)),
    case("a header with a NUL", |_| sent(b"GET /healthz HTTP/1.1\r\nx-canary: canary-header\x00\r\n\r\n".to_vec()), Status(400)),
    case("a header without a name", |_| sent(b"GET /healthz HTTP/1.1\r\n: canary-header\r\n\r\n".to_vec()), Status(400)),
    case("a version nobody speaks", |_| plain("GET /healthz HTTP/7.3"), Status(400)),
    case("bytes that are no request", |_| sent((0..=255).rev().cycle().take(4_096).collect()), Status(400)),
    case("TLS where there is none", |_| sent(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03canary-header\r\n\r\n".to_vec()), Status(400)),
    case("HTTP/2 that is none", |_| sent(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ncanary-header, which is no frame".to_vec()), Nothing),

    case("no token", |hub| sync(&[CBOR], &hub.quiet()), SIGN_IN),
    case("no token, figures", |_| get("/api/v1/figures?from=today&to=today"), SIGN_IN),
    case("no token, signing out", |_| head("POST", http::SIGN_OUT_PATH, &["content-length: 0"]), SIGN_IN),
    case("two tokens", |hub| sync(&[CBOR, &hub.bearer(), &hub.bearer()], &hub.quiet()), SIGN_IN),
    case("a token of another kind", |hub| sync(&[CBOR, "authorization: Basic Y2FuYXJ5LWhlYWRlcg=="], &hub.quiet()), SIGN_IN),
    case("a garbage token", |hub| hub.sync_as("canary-header"), SIGN_IN),
    case("a token of bytes", |hub| sync_bytes(hub, b"authorization: Bearer \xff\xfe"), SIGN_IN),
    case("a token too large", |hub| hub.sync_as(&"x".repeat(8_000)), SIGN_IN),
    case("a token that nobody signed", |hub| hub.sync_as(&hub.unsigned()), SIGN_IN),
    case("a token whose seal was changed", |hub| hub.sync_as(&format!("{}x", hub.signed.access_token)), SIGN_IN),
    case("a token of another hub", |hub| hub.sync_as(&hub.token(&TokenKeys::new(&[7; 32]), FAR_AHEAD)), SIGN_IN),
    case("a token that has ended", |hub| hub.sync_as(&hub.token(&hub.keys(), LONG_AGO)), SIGN_IN),
    case("a refresh token for an access token", |hub| hub.sync_as(&hub.signed.refresh_token), SIGN_IN),
    case("an access token for a refresh token", |hub| hub.refresh(&hub.signed.access_token), SIGN_IN),
    case("a garbage refresh token", |hub| hub.refresh("canary-header"), SIGN_IN),
    case("a revoked device", |hub| hub.sync_as(&hub.revoked.access_token), Code(403, "SYNC-DEVICE-REVOKED")),
    case("a revoked device, figures", |hub| figures(&hub.revoked.access_token, "from=today&to=today"), Code(403, "SYNC-DEVICE-REVOKED")),
    case("a revoked device, refreshing", |hub| hub.refresh(&hub.revoked.refresh_token), Code(403, "SYNC-DEVICE-REVOKED")),
    case("a wrong password", |hub| hub.sign_in(USER, WRONG_PASSWORD), SIGN_IN),
    case("a name nobody has", |hub| hub.sign_in("canary-account-of-nobody", PASSWORD), SIGN_IN),
    case("a name too long", |hub| hub.sign_in(&"canary-account".repeat(40), PASSWORD), TOO_LARGE),

    case("junk for a message", |hub| hub.sync_with(&[CBOR], b"\xff no message"), MALFORMED),
    case("nothing for a message", |hub| hub.sync_with(&[CBOR], b""), MALFORMED),
    case("a cut message", |hub| hub.sync_with(&[CBOR], &hub.quiet()[..20]), MALFORMED),
    case("a message with something behind it", |hub| hub.sync_with(&[CBOR], &[hub.quiet(), vec![0]].concat()), MALFORMED),
    case("a message of endless depth", |hub| hub.sync_with(&[CBOR], &[0x81; 1 << 20]), MALFORMED),
    case("an array of untold length", |hub| hub.sync_with(&[CBOR], b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), MALFORMED),
    case("a device of somebody else", |hub| hub.sync_with(&[CBOR], &encode(&SyncRequest { device: hub.revoked.device, ..hub.request() })), Code(403, "SYNC-NOT-ALLOWED")),
    case("an old version", |hub| hub.sync_with(&[CBOR], &hub.version(0)), UPGRADE),
    case("a version to come", |hub| hub.sync_with(&[CBOR], &hub.version(u16::MAX)), UPGRADE),
    case("a bomb", |hub| hub.packed(&vec![0; 256 << 20]), TOO_LARGE),
    case("a bomb in a bomb", |hub| hub.packed(&zstd(&vec![0; 256 << 20])), MALFORMED),
    case("frames that are no zstd", |hub| hub.sync_with(&[CBOR, "content-encoding: zstd"], b"no frame"), MALFORMED),
    case("a cut zstd frame", |hub| hub.sync_with(&[CBOR, "content-encoding: zstd"], &zstd(&hub.quiet())[..20]), MALFORMED),
    case("an encoding nobody knows", |hub| hub.sync_with(&[CBOR, "content-encoding: canary-header"], &hub.quiet()), MALFORMED),
    case("encoded twice", |hub| hub.sync_with(&[CBOR, "content-encoding: zstd, zstd"], &zstd(&zstd(&hub.quiet()))), MALFORMED),

    case("a sign-in that is no JSON", |hub| hub.post(http::SIGN_IN_PATH, JSON, b"canary-query"), MALFORMED),
    case("a sign-in of endless depth", |hub| hub.post(http::SIGN_IN_PATH, JSON, &[b'['; 5_000]), MALFORMED),
    case("a sign-in with more to it", |hub| hub.post(http::SIGN_IN_PATH, JSON, br#"{"user":"u","password":"p","device_name":"d","role":"admin"}"#), MALFORMED),
    case("a sign-in with two names", |hub| hub.post(http::SIGN_IN_PATH, JSON, br#"{"user":"u","user":"v","password":"p","device_name":"d"}"#), MALFORMED),
    case("a sign-in that is no text", |hub| hub.post(http::SIGN_IN_PATH, JSON, b"{\"user\":\"\xff\",\"password\":\"p\",\"device_name\":\"d\"}"), MALFORMED),
    case("a sign-in of half a letter", |hub| hub.post(http::SIGN_IN_PATH, JSON, br#"{"user":"\ud800","password":"p","device_name":"d"}"#), MALFORMED),

    case("an upgrade that is none", |_| get(http::POKES_PATH), MALFORMED),
    case("an upgrade to something else", |_| head("GET", http::POKES_PATH, &["connection: upgrade", "upgrade: h2c"]), MALFORMED),
    case("an upgrade without a key", |_| head("GET", http::POKES_PATH, &["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"]), MALFORMED),
    case("an upgrade of another version", |_| head("GET", http::POKES_PATH, &["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 8", WS_KEY]), MALFORMED),
    case("an upgrade by POST", |_| head("POST", http::POKES_PATH, &["connection: upgrade", "upgrade: websocket", "content-length: 0"]), METHOD),
    case("an upgrade of another site's page", |_| head("GET", http::POKES_PATH, &["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", WS_KEY, "origin: https://canary-header.example"]), Code(403, "SYNC-NOT-ALLOWED")),

    case("no question", |hub| hub.figures(""), QUESTION),
    case("a question of garbage", |hub| hub.figures("%ff%00&&=&canary-query"), QUESTION),
    case("a day that is none", |hub| hub.figures("from=canary-query&to=today"), QUESTION),
    case("a level that is none", |hub| hub.figures("from=today&to=today&level=canary-query"), QUESTION),
    case("a split that is none", |hub| hub.figures("from=today&to=today&by=canary-query"), QUESTION),
    case("the same day twice", |hub| hub.figures("from=today&from=today&to=today"), QUESTION),
    case("SQL for a unit", |hub| hub.figures("from=today&to=today&unit=%27%3BDROP%20TABLE%20accounts--canary-query"), Code(403, "SYNC-NOT-ALLOWED")),
    case("a unit somebody else works for", |hub| hub.figures("from=today&to=today&unit=B1"), Code(403, "SYNC-NOT-ALLOWED")),
    case("days without end", |hub| hub.figures("from=-9999-01-01&to=9999-12-31"), QUESTION),
];

const CBOR: &str = "content-type: application/cbor";
const JSON: &str = "application/json";
const WS_KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";

#[test]
fn the_hub_answers_nonsense_with_a_code_and_goes_on() {
    let hub = Served::start();
    let failed: Vec<_> = CASES.iter().filter(|case| !hub.plays(case)).map(|case| case.name).collect();
    assert!(failed.is_empty(), "these failed: {failed:?}");
    let mut stand = hub.stand;
    let after = stand.state_of_hub();
    assert_eq!(after[0].as_array().unwrap().len(), 1, "accounts: {after}");
    stand.edit_arrives("after all nonsense");
    stand.stop();
    stand.verified();
    all_played(CASES.len());
}

impl Served {
    fn start() -> Self {
        let mut stand = Template::make().stand();
        fs::write(stand.hub.join("fieldbook.toml"), SETTINGS).unwrap();
        stand.serve();
        let (signed, revoked) = (signed_in(&stand), signed_in(&stand));
        assert_eq!(stand.hub(&["device", "revoke", &revoked.device.to_string()], "").exit, Some(0));
        let hub = Self { stand, signed, revoked };
        hub.serves("at first");
        hub
    }

    /// Plays a situation; false when something was not as it must be, which is printed.
    fn plays(&self, case: &Case) -> bool {
        let played = std::panic::AssertUnwindSafe(|| self.play(case));
        std::panic::catch_unwind(played).is_ok()
    }

    fn play(&self, case: &Case) {
        let name = case.name;
        let sent = (case.sent)(self);
        let answer = talk(&self.stand.address, &sent);
        case.told.is(name, &answer, sent.sync);
        harmless(name, &String::from_utf8_lossy(&answer));
        self.serves(name);
        let log = self.stand.log();
        harmless(name, &log);
        for words in PERSONAL.into_iter().chain(["a panic was caught", " ERROR "]) {
            assert!(!log.contains(words), "{name}: {words:?} stands in the log: {log}");
        }
        println!("{name}: {}", case.told.in_words());
    }

    /// An ordinary exchange succeeds.
    fn serves(&self, name: &str) {
        let answer = Answer::of(name, &talk(&self.stand.address, &self.sync_with(&[CBOR], &self.quiet())));
        assert_eq!(answer.status, 200, "{name}: an ordinary exchange failed");
        decode::<SyncResponse>(&answer.body, limits::RESPONSE_BYTES)
            .unwrap_or_else(|why| panic!("{name}: {why:?}"));
    }

    fn request(&self) -> SyncRequest {
        let device = self.signed.device;
        let stream = StreamState { actor: Actor(device.0), current: 0, next: 1 };
        SyncRequest { page_bytes: limits::PAGE_BYTES as u32, ..quiet_request(device, stream) }
    }

    /// The bytes of an exchange that has nothing to say.
    fn quiet(&self) -> Vec<u8> {
        encode(&self.request())
    }

    fn version(&self, protocol: u16) -> Vec<u8> {
        encode(&SyncRequest { protocol, ..self.request() })
    }

    fn bearer(&self) -> String {
        format!("authorization: Bearer {}", self.signed.access_token)
    }

    fn sync_head(&self, headers: &[&str]) -> Sent {
        head("POST", http::SYNC_PATH, &[headers, &[&self.bearer()]].concat())
    }

    fn sync_with(&self, headers: &[&str], body: &[u8]) -> Sent {
        sync(&[headers, &[&self.bearer()]].concat(), body)
    }

    fn sync_as(&self, token: &str) -> Sent {
        sync(&[CBOR, &format!("authorization: Bearer {token}")], &self.quiet())
    }

    /// A body of so many bytes that nobody said beforehand.
    fn sync_chunks(&self, bytes: usize) -> Sent {
        let body = [format!("{bytes:x}\r\n").as_bytes(), &vec![0; bytes], b"\r\n0\r\n\r\n"].concat();
        self.sync_head(&[CBOR, "transfer-encoding: chunked"]).and(&body)
    }

    fn packed(&self, body: &[u8]) -> Sent {
        self.sync_with(&[CBOR, "content-encoding: zstd"], &zstd(body))
    }

    fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Sent {
        let (media_type, length) =
            (format!("content-type: {media_type}"), format!("content-length: {}", body.len()));
        head("POST", path, &[&media_type, &length]).and(body)
    }

    fn sign_in(&self, user: &str, password: &str) -> Sent {
        self.post(http::SIGN_IN_PATH, JSON, &sign_in(user, password))
    }

    fn refresh(&self, token: &str) -> Sent {
        let body = serde_json::json!({"refresh_token": token}).to_string();
        self.post(http::REFRESH_PATH, JSON, body.as_bytes())
    }

    fn figures(&self, query: &str) -> Sent {
        figures(&self.signed.access_token, query)
    }

    /// The keys the hub itself signs with.
    fn keys(&self) -> TokenKeys {
        let secret = fs::read(self.stand.hub.join("secrets/token.key")).unwrap();
        TokenKeys::new(&secret.try_into().unwrap())
    }

    fn token(&self, keys: &TokenKeys, now: Moment) -> String {
        let (device, unit) = (self.signed.device, self.signed.unit.clone());
        keys.issue(&Principal { user: USER.to_owned(), role: Role::Rep, unit, device }, now, 60)
    }

    /// The token with a head that asks for no signature.
    fn unsigned(&self) -> String {
        let claims = self.signed.access_token.split('.').nth(1).unwrap();
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")
    }
}

fn signed_in(stand: &Stand) -> SignInResponse {
    let body = sign_in(USER, PASSWORD);
    let length = format!("content-length: {}", body.len());
    let sent = head("POST", http::SIGN_IN_PATH, &["content-type: application/json", &length]).and(&body);
    let answer = Answer::of("signing in", &talk(&stand.address, &sent));
    assert_eq!(answer.status, 200, "{}", answer.head);
    serde_json::from_slice(&answer.body).unwrap()
}

fn sign_in(user: &str, password: &str) -> Vec<u8> {
    serde_json::json!({"user": user, "password": password, "device_name": "phone"}).to_string().into_bytes()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 1).unwrap()
}

fn sent(bytes: Vec<u8>) -> Sent {
    Sent { bytes, ends: false, sync: false }
}

impl Sent {
    fn and(mut self, more: &[u8]) -> Self {
        self.bytes.extend_from_slice(more);
        self
    }

    fn ended(self) -> Self {
        Self { ends: true, ..self }
    }
}

fn head(method: &str, path: &str, headers: &[&str]) -> Sent {
    let close = if headers.iter().any(|header| header.starts_with("connection:")) {
        ""
    } else {
        "connection: close\r\n"
    };
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: hub\r\n{close}{lines}\r\n");
    Sent { sync: path == http::SYNC_PATH, ..sent(head.into_bytes()) }
}

fn plain(line: &str) -> Sent {
    sent(format!("{line}\r\nhost: hub\r\nconnection: close\r\n\r\n").into_bytes())
}

fn get(path: &str) -> Sent {
    head("GET", path, &[])
}

fn figures(token: &str, query: &str) -> Sent {
    head("GET", &format!("/api/v1/figures?{query}"), &[&format!("authorization: Bearer {token}")])
}

fn sync(headers: &[&str], body: &[u8]) -> Sent {
    let length = format!("content-length: {}", body.len());
    head("POST", http::SYNC_PATH, &[headers, &[&length]].concat()).and(body)
}

/// An exchange with a header that is no text.
fn sync_bytes(hub: &Served, header: &[u8]) -> Sent {
    let body = hub.quiet();
    let start = format!("POST {} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{CBOR}\r\n", http::SYNC_PATH);
    let end = format!("\r\ncontent-length: {}\r\n\r\n", body.len());
    Sent { sync: true, ..sent([start.as_bytes(), header, end.as_bytes(), &body].concat()) }
}

/// Sends, and gives back everything that came until the hub hung up.
fn talk(address: &str, sent: &Sent) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // The hub may hang up before all is sent; what it said before that counts.
    drop(stream.write_all(&sent.bytes));
    if sent.ends {
        drop(stream.shutdown(Shutdown::Write));
    }
    let mut answer = Vec::new();
    if let Err(why) = stream.read_to_end(&mut answer) {
        assert_eq!(why.kind(), std::io::ErrorKind::ConnectionReset, "the hub did not hang up: {answer:?}");
    }
    answer
}

/// One HTTP answer.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{name}: no answer: {}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_lowercase(), body: bytes[end + 4..].to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

impl Told {
    fn in_words(&self) -> String {
        match self {
            Code(status, code) => format!("{status} {code}"),
            Status(status) => status.to_string(),
            Nothing => "hung up".to_owned(),
        }
    }

    fn is(&self, name: &str, bytes: &[u8], sync: bool) {
        if matches!(self, Nothing) {
            return assert!(!bytes.starts_with(b"HTTP/1.1 2"), "{name}: {}", String::from_utf8_lossy(bytes));
        }
        let answer = Answer::of(name, bytes);
        match self {
            Code(status, code) if sync => {
                assert_eq!((answer.status, wire_code(name, &answer)), (*status, *code), "{name}");
            }
            Code(status, code) => {
                assert_eq!((answer.status, problem(name, &answer).as_str()), (*status, *code), "{name}");
            }
            Status(status) => assert_eq!((answer.status, answer.body.len()), (*status, 0), "{name}"),
            Nothing => {}
        }
        assert!(answer.status != 401 || answer.header("www-authenticate") == Some("bearer"), "{name}");
        assert!(answer.status != 503 || answer.header("retry-after").is_some(), "{name}");
    }
}

/// The code of an answer of the sync route.
fn wire_code(name: &str, answer: &Answer) -> &'static str {
    assert_eq!(answer.header("content-type"), Some(http::MEDIA_TYPE), "{name}: {}", answer.head);
    let error: WireError = minicbor::decode(&answer.body).unwrap_or_else(|why| panic!("{name}: {why}"));
    error.code.as_str()
}

/// The code of an answer of every other route, which says what happened, what is safe and what to do.
fn problem(name: &str, answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}: {}", answer.head);
    let problem: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut members: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["code", "detail", "status", "title", "type"], "{name}");
    assert_eq!(problem["status"], answer.status, "{name}: {problem}");
    three_parts(name, problem["detail"].as_str().unwrap(), &["", "; nothing was changed; ", ""]);
    problem["code"].as_str().unwrap().to_owned()
}
