//! A device's way to a hub in the same process, over whatever storage: no network, no tokens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use client_sdk::Client;
use client_sdk::store::MemoryStore;
use client_sdk::transport::{Answer, Transport, TransportError};
use document_model::{
    Actor, BookId, DeviceId, DocumentId, Kind, Moment, Product, UnitCode, starter_products,
};
use jiff::tz::TimeZone;
use server::auth::{Account, Device, Principal, Role};
use server::hub::{Gate, Hub, HubWrite, InlineGate, ReceiptKey};
use server::organisation::{Level, NATION, UnitSpan};
use server::storage::Storage;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{WireError, decode_request, encode};

use crate::sim::Entropies;
use server::storage::conformance::Furnish;

/// The rep whose book the devices hold.
pub const REP: &str = "P1";

/// A hub over any storage, in this process.
pub type TestHub<S> = Hub<S, InlineGate>;

/// A device of that rep.
pub type TestClient<S> = Client<MemoryStore, Direct<S, InlineGate>>;

/// The way of one rep's devices: what their accounts are called, their unit is too.
#[derive(Clone)]
pub struct Direct<S, G> {
    /// The hub.
    pub hub: Hub<S, G>,
    /// The rep's unit and account.
    pub rep: UnitCode,
    /// The hub's clock.
    pub clock: Clock,
}

/// A clock that goes on when it is told to. Clones are one clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(now: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// What it says.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl<S, G> Direct<S, G> {
    fn principal(&self, device: DeviceId) -> Principal {
        Principal { user: self.rep.0.clone(), role: Role::Rep, unit: self.rep.clone(), device }
    }
}

impl<S: Storage, G: Gate> Transport for Direct<S, G> {
    async fn exchange(&self, _: &str, token: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        let device = token.parse().map_err(|_| TransportError::Unreachable("no token".to_owned()))?;
        let refused = |code| TransportError::Hub(WireError { code, retry_after_ms: None });
        let request = decode_request(&message).map_err(|error| refused(error.code()))?;
        let answer = self.hub.exchange(&self.principal(device), request, self.clock.now()).await;
        let body = encode(&answer.map_err(|error| refused(error.code()))?);
        Ok(Answer { bytes_up: message.len() as u64, bytes_down: body.len() as u64, body })
    }

    async fn sign_in(&self, _: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        let device = Device {
            id: DeviceId(DocumentId::derived("device", &request.device_name).0),
            user: self.rep.0.clone(),
            name: request.device_name.clone(),
            registered_ms: 0,
            last_seen_ms: 0,
            complete_ms: None,
            revoked: false,
            told: None,
        };
        let token = device.id.to_string();
        let answer = SignInResponse {
            device: device.id,
            user: self.rep.0.clone(),
            unit: self.rep.clone(),
            role: "rep".to_owned(),
            access_token: token.clone(),
            expires_in_s: u32::MAX,
            refresh_token: token,
        };
        let added = self.hub.storage().add_device(device).await;
        added.map(|()| answer).map_err(|error| TransportError::Unreachable(error.to_string()))
    }

    /// Nobody gave out a code here.
    async fn pair(&self, _: &str, _: &PairRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongPassword)
    }
}

/// A unit that is always there, named by its code.
#[must_use]
pub fn unit(code: &str, level: Level, parent: &str) -> UnitSpan {
    UnitSpan {
        code: code.into(),
        from: None,
        to: None,
        level,
        name: code.to_owned(),
        parent: parent.into(),
        successor: None,
    }
}

/// A hub with one rep, the rep's empty book and the starter catalogue.
///
/// # Panics
/// When the storage does not take them.
pub async fn company<S: Storage>(storage: S, now: Moment) -> TestHub<S> {
    let spans =
        vec![unit("R1", Level::Region, NATION), unit("B1", Level::Branch, "R1"), unit(REP, Level::Rep, "B1")];
    company_of(storage, spans, now).await
}

/// A hub with these units, an empty book and an account for each rep, and the starter catalogue.
///
/// # Panics
/// When the storage does not take them.
pub async fn company_of<S: Storage>(storage: S, spans: Vec<UnitSpan>, now: Moment) -> TestHub<S> {
    let reps: BTreeSet<_> =
        spans.iter().filter(|span| span.level == Level::Rep).map(|span| &span.code).collect();
    let book = |rep: &UnitCode| (BookId::of_rep(rep), "Book".to_owned(), Some(rep.clone()));
    let books = reps.iter().map(|rep| book(rep)).collect();
    for rep in &reps {
        let account = Account {
            name: rep.0.clone(),
            role: Role::Rep,
            unit: (*rep).clone(),
            password_hash: String::new(),
            disabled: false,
        };
        storage.add_account(account).await.expect("an account is added");
    }
    storage.create_books(books).await.expect("books are made");
    storage.put_units(spans.clone()).await.expect("units are stored");
    let hub = hub_over(storage);
    let product = |product: &Product| HubWrite {
        document: DocumentId::derived("product", product.code.as_str()),
        kind: Kind::Product,
        book: BookId::SHARED,
        fields: product.to_fields(),
        imported: false,
        only_new: false,
    };
    let products: Vec<_> = starter_products().iter().map(product).collect();
    hub.write("hq", &products, now, &mut Entropies::new(1, 1)).await.expect("the catalogue is written");
    hub
}

/// A client of the rep over a store. `number` sets its randomness apart from that of others.
///
/// # Panics
/// When the store cannot be read.
pub async fn client<S: Storage>(
    hub: &TestHub<S>,
    clock: &Clock,
    store: MemoryStore,
    number: u64,
) -> TestClient<S> {
    let way = Direct { hub: hub.clone(), rep: REP.into(), clock: clock.clone() };
    Client::open(store, way, seoul(), Box::new(Entropies::new(2, number))).await.expect("the store is read")
}

/// A device of any rep, signed in, that has synced nothing yet.
///
/// # Panics
/// When it cannot sign in.
pub async fn device_of<S: Storage>(
    hub: &TestHub<S>,
    clock: &Clock,
    rep: &UnitCode,
    number: u64,
) -> TestClient<S> {
    let way = Direct { hub: hub.clone(), rep: rep.clone(), clock: clock.clone() };
    let opened = Client::open(MemoryStore::new(), way, seoul(), Box::new(Entropies::new(3, number))).await;
    let mut client = opened.expect("the store is read");
    let name = format!("{rep} device {number}");
    client.sign_in("hub", rep.as_str(), "password", &name, clock.now()).await.expect("it signs in");
    client
}

/// A device of the rep, signed in, with what the hub has.
///
/// # Panics
/// When it cannot sign in or sync.
pub async fn device<S: Storage>(hub: &TestHub<S>, clock: &Clock, number: u64) -> TestClient<S> {
    let mut client = client(hub, clock, MemoryStore::new(), number).await;
    let name = format!("device {number}");
    client.sign_in("hub", REP, "password", &name, clock.now()).await.expect("it signs in");
    client.sync(|| clock.now()).await.expect("it syncs");
    client
}

/// A hub over a storage that has a company already.
pub fn hub_over<S: Storage>(storage: S) -> TestHub<S> {
    Hub::new(storage, InlineGate, seoul(), Actor([0x77; 16]), ReceiptKey::of(&[0x77; 32]))
}

/// The company's zone.
pub(crate) fn seoul() -> TimeZone {
    TimeZone::get("Asia/Seoul").expect("the zone is bundled")
}
