//! The routes as a device and a person's program see them, over a hub in memory.

mod absences;
mod admin;
mod browser;
mod console;
mod devices;
mod doors;
mod figures;
mod fuzz;
mod hostile;
mod hung_up;
mod live;
mod orders;
mod organisation;
mod own;
mod pairing;
mod people;
mod pokes;
mod policies;
mod setup;
mod specification;
mod sync;
mod targets;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use document_model::{
    Actor, Assignment, Author, BookId, Document, DocumentId, FieldValue, Kind, Operation, UnitCode,
};
use serde_json::Value;
use sync_protocol::sign_in::{SignInRequest, SignInResponse};
use sync_protocol::{
    Cursors, ErrorCode, PROTOCOL_VERSION, PushedChange, PushedDocument, SCHEMA_VERSION, StreamState,
    SyncRequest, SyncResponse, WireError, http, limits,
};
use tower::ServiceExt;

use super::{Shell, router};
use crate::app::tests::{NOW, app_with};
use crate::app::{App, SystemEntropy};
use crate::auth::{Account, Role};
use crate::config::Config;
use crate::hub::{HubWrite, InlineGate, WriteResult};
use crate::organisation::{Level, NATION, UnitSpan};
use crate::storage::conformance::Furnish;
use crate::storage::memory::MemoryStorage;
use crate::storage::{AccountStorage, DocumentStorage, FigureStorage, SettingStorage, Storage};

pub(super) const PASSWORD: &str = "a good password";

/// A hub with an organisation and people, and its routes.
pub(super) struct World<S = MemoryStorage> {
    pub(super) app: App<S, InlineGate>,
    pub(super) shell: Shell<S, InlineGate>,
    pub(super) router: Router,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(super) async fn with(config: Config) -> Self {
        Self::over(app_with(config).await).await
    }
}

impl<S: Storage> World<S> {
    /// Region R1 with branch B1 and reps P1 and P2; kim and lee keep their books, mo runs the branch,
    /// han sits at headquarters.
    pub(super) async fn over(app: App<S, InlineGate>) -> Self {
        let storage = app.hub.storage();
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: format!("Unit {code}"),
            parent: parent.into(),
            successor: None,
        };
        let units = vec![
            span("R1", Level::Region, NATION),
            span("B1", Level::Branch, "R1"),
            span("P1", Level::Rep, "B1"),
            span("P2", Level::Rep, "B1"),
        ];
        assert!(storage.put_units(units).await.unwrap());
        let books =
            ["P1", "P2"].map(UnitCode::from).map(|rep| (BookId::of_rep(&rep), rep.0.clone(), Some(rep)));
        storage.create_books(books.into()).await.unwrap();
        let hash = app.desk.passwords.hash(PASSWORD.to_owned(), [1; 16]).await.unwrap();
        let people = [
            ("kim", Role::Rep, "P1"),
            ("lee", Role::Rep, "P2"),
            ("mo", Role::Manager, "B1"),
            ("han", Role::Hq, NATION),
        ];
        for (name, role, unit) in people {
            let (name, unit, password_hash) = (name.to_owned(), unit.into(), hash.clone());
            let account = Account { name, role, unit, password_hash, disabled: false };
            assert!(storage.add_account(account).await.unwrap());
        }
        let shell = app.shell();
        let router = router(shell.clone());
        Self { app, shell, router }
    }

    /// Signs somebody in without the cost of a password.
    pub(super) async fn signed_in(&self, user: &str) -> SignInResponse {
        let request = SignInRequest {
            user: user.to_owned(),
            password: PASSWORD.to_owned(),
            device_name: format!("{user}'s phone"),
        };
        let storage = self.app.hub.storage();
        self.app.desk.sign_in(storage, request, self.app.clock.now(), &mut SystemEntropy).await.unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Told {
        Told::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// One exchange with this body and these headers besides.
    pub(super) async fn exchange(
        &self,
        token: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Told {
        self.send(exchange_request(token, headers, body)).await
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Told {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The same by a client that holds the answers of these tags.
    pub(super) async fn get_unless(&self, token: &str, path: &str, held: &str) -> Told {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.header(IF_NONE_MATCH, held).body(Body::empty()).unwrap()).await
    }

    /// A policy the rep has sold today, in the book of the rep.
    pub(super) async fn policy(&self, rep: &str, product: &str, number: u32) -> HubWrite {
        let day = self.app.hub.current_rules().await.unwrap().day(self.app.clock.now());
        let fields = [
            ("customer", FieldValue::from(DocumentId([7; 16]).to_string().as_str())),
            ("product", FieldValue::from(product)),
            ("sale_date", FieldValue::from(day.to_string().as_str())),
            ("premium_won", FieldValue::Number(50_000)),
        ];
        HubWrite {
            document: DocumentId::derived("policy", &format!("{rep} {number}")),
            kind: Kind::Policy,
            book: BookId::of_rep(&UnitCode::from(rep)),
            fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
            imported: true,
            only_new: false,
        }
    }

    /// Stores such a policy.
    pub(super) async fn sell(&self, rep: &str, product: &str, number: u32) {
        let (policy, now) = (self.policy(rep, product, number).await, self.app.clock.now());
        let written = self.app.hub.write("han", &[policy], now, &mut SystemEntropy).await.unwrap();
        assert_eq!(written, [WriteResult::Created]);
    }

    pub(super) async fn post_json(&self, path: &str, body: &str) -> Told {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

impl Told {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, limits::RESPONSE_BYTES).await.unwrap();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The wire's error it must be.
    pub(super) fn wire_error(&self) -> WireError {
        assert_eq!(self.header("content-type"), http::MEDIA_TYPE);
        let error: WireError = sync_protocol::decode(&self.body, 100).unwrap();
        assert_eq!(self.status.as_u16(), error.code.status());
        error
    }

    pub(super) fn wire_code(&self) -> ErrorCode {
        self.wire_error().code
    }

    /// The problem it must be, by its code.
    pub(super) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn response(&self) -> SyncResponse {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.body);
        sync_protocol::decode(&self.body, limits::RESPONSE_BYTES).unwrap()
    }
}

pub(super) fn exchange_request(
    token: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::post(http::SYNC_PATH)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(CONTENT_TYPE, http::MEDIA_TYPE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// A request of a signed-in device that asks for nothing.
pub(super) fn quiet(signed: &SignInResponse) -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        schema: SCHEMA_VERSION,
        device: signed.device,
        stream: StreamState { actor: Actor(signed.device.0), current: 0, next: 1 },
        cursors: Cursors::List(Vec::new()),
        pushes: Vec::new(),
        downloads: Vec::new(),
        repairs: Vec::new(),
        complete_up_to_ms: None,
        bundle_version: None,
        page_bytes: limits::PAGE_BYTES as u32,
        wiped: None,
        closed_days: None,
        report: None,
    }
}

/// The same with a new customer of that name.
pub(super) fn pushing(signed: &SignInResponse, customer: DocumentId, name: &str) -> SyncRequest {
    let quiet = quiet(signed);
    let author = Author { actor: quiet.stream.actor, now: NOW };
    let name = Operation::Set(Assignment { field: "name".to_owned(), value: FieldValue::from(name) });
    let edited = Document::born(Kind::Customer).edit(author, &[name], &mut SystemEntropy).unwrap().unwrap();
    let change = PushedChange { bytes: edited.change.raw_bytes().to_vec().into(), replaces: None };
    let push = PushedDocument {
        document: Some(customer),
        kind: Kind::Customer,
        lineage: 1,
        book: BookId::of_rep(&signed.unit),
        changes: vec![change],
        proofs: None,
    };
    SyncRequest { pushes: vec![push], ..quiet }
}
