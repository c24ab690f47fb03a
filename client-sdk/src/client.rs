//! The API apps call: edits that never wait for a network, and syncing.

use std::collections::BTreeMap;

use document_model::schema::Schema;
use document_model::{
    Actor, BookId, Date, DocumentId, Entropy, Kind, Moment, Operation, Product, SaleRules, day_number,
};
use jiff::tz::TimeZone;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{Advice, DeviceReport, ErrorCode, SyncRequest, SyncResponse, decode, encode, limits};

use crate::engine::{Effects, Engine, EngineError, Event, Failure, OpenedSnapshot, Records, Report};
use crate::platform::map_each;
use crate::records::{DeviceRecord, OriginRecord, Row, TrayItem, decode as decode_record, keys};
use crate::store::{Batch, Store, StoreError};
use crate::transport::{Answer, Transport, TransportError};

/// Exchanges one call of [`Client::sync`] makes at most; a book of any size needs fewer.
const EXCHANGES: usize = 10_000;
/// Days said to be complete that wait for the hub: a year.
const CLOSED_DAYS_KEPT: usize = 366;
/// What the hub is told this program is.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// An access token this close to its end is renewed first.
const TOKEN_MARGIN_MS: i64 = 30_000;

/// Why a call could not do what it was asked to. What was saved before stays saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nobody signed in on this store yet.
    #[error("nobody has signed in here yet; run `login` first")]
    NotSignedIn,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The edit is not possible.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The hub was not reached or said no.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The sign-in has ended; work goes on, sending waits.
    #[error("sign in again to send and receive; your work is safe on this device and nothing is lost")]
    SignInNeeded,
    /// There is no such item.
    #[error("there is no such {0} on this device")]
    Unknown(&'static str),
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub user: String,
    /// Its unit.
    pub unit: String,
    /// The registered device.
    pub device: document_model::DeviceId,
}

/// What a sync did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// What happened to edits.
    pub report: Report,
    /// Exchanges made.
    pub exchanges: u64,
    /// Bytes of request bodies on the wire.
    pub bytes_up: u64,
    /// Bytes of answer bodies on the wire.
    pub bytes_down: u64,
}

/// A device's client over any store and transport.
pub struct Client<S, T> {
    pub(crate) store: S,
    transport: T,
    engine: Option<Engine>,
    zone: TimeZone,
    entropy: Box<dyn Entropy + Send>,
}

impl<S: Store, T: Transport> Client<S, T> {
    /// Opens the client over a store. Randomness comes from `entropy`; `zone` is the company's.
    pub async fn open(
        store: S,
        transport: T,
        zone: TimeZone,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, ClientError> {
        let mut client = Self { store, transport, engine: None, zone, entropy };
        client.reload().await?;
        Ok(client)
    }

    /// Makes the engine anew from what the store holds.
    pub async fn reload(&mut self) -> Result<(), ClientError> {
        self.engine = None;
        let Some(device) = self.store.get(&[keys::DEVICE.to_vec()]).await?.pop().flatten() else {
            return Ok(());
        };
        let device: DeviceRecord = decode_record(&device)?;
        let mut books = BTreeMap::new();
        for (key, value) in self.store.scan(keys::BOOKS).await? {
            books.insert(id_of(&key, keys::BOOKS, BookId::from_slice)?, decode_record(&value)?);
        }
        let mut index = BTreeMap::new();
        for (key, value) in self.store.scan(keys::INDEX).await? {
            index.insert(id_of(&key, keys::INDEX, DocumentId::from_slice)?, decode_record(&value)?);
        }
        let origins = self.origins().await?;
        let hub_actors =
            origins.iter().filter(|(_, origin)| origin.device.0 == [0; 16]).map(|(actor, _)| *actor);
        let engine = Engine::new(device, books, index, Vec::new(), hub_actors.collect(), self.zone.clone());
        let products: Vec<_> = engine
            .index()
            .iter()
            .filter(|(_, entry)| entry.kind == Kind::Product)
            .map(|(id, _)| *id)
            .collect();
        let on_their_way = self.store.get(&[keys::ON_THEIR_WAY.to_vec()]).await?.pop().flatten();
        let on_their_way = on_their_way.map(|bytes| decode_record(&bytes)).transpose()?.unwrap_or_default();
        let rows = self.rows_of(&products).await?;
        let products: Vec<_> = rows.iter().filter_map(|row| Product::of_fields(&row.fields)).collect();
        let engine = engine.with_products(products).with_on_their_way(on_their_way);
        let published = self.rows_of(&[Schema::document_of(Kind::Policy)]).await?.pop();
        let sale_rules = published.map(|row| SaleRules::of_fields(&row.fields)).unwrap_or_default();
        self.engine = Some(engine.with_sale_rules(sale_rules));
        Ok(())
    }

    /// The engine's state, once somebody signed in.
    pub fn engine(&self) -> Result<&Engine, ClientError> {
        self.engine.as_ref().ok_or(ClientError::NotSignedIn)
    }

    /// The engine, to be woken by a poke or a person.
    pub fn engine_mut(&mut self) -> Result<&mut Engine, ClientError> {
        self.engine.as_mut().ok_or(ClientError::NotSignedIn)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Signs in; the hub registers this store as a new device. Unsent edits stay and go out under
    /// the new sign-in.
    pub async fn sign_in(
        &mut self,
        server: &str,
        user: &str,
        password: &str,
        device_name: &str,
        now: Moment,
    ) -> Result<SignedIn, ClientError> {
        let server = server.trim_end_matches('/').to_owned();
        let request = SignInRequest {
            user: user.to_owned(),
            password: password.to_owned(),
            device_name: device_name.to_owned(),
        };
        self.can_keep().await?;
        let answer = self.transport.sign_in(&server, &request).await?;
        self.signed_in(server, answer, now).await
    }

    /// Signs in with a pairing code, as [`Client::sign_in`] does with a password. Where this store is somebody's,
    /// only that person's code is taken.
    pub async fn pair(
        &mut self,
        server: &str,
        code: &str,
        device_name: &str,
        now: Moment,
    ) -> Result<SignedIn, ClientError> {
        let server = server.trim_end_matches('/').to_owned();
        let request = PairRequest {
            code: code.to_owned(),
            device_name: device_name.to_owned(),
            user: self.engine.as_ref().map(|engine| engine.device().user.clone()),
        };
        self.can_keep().await?;
        let answer = self.transport.pair(&server, &request).await?;
        self.signed_in(server, answer, now).await
    }

    /// Each sign-in registers a device: a store that could not keep it says so before that.
    async fn can_keep(&self) -> Result<(), ClientError> {
        if let Some(engine) = &self.engine {
            let mut same = Batch::new();
            same.put(keys::DEVICE, crate::records::encode(engine.device()));
            self.store.commit(same).await?;
        }
        Ok(())
    }

    /// Keeps what a sign-in was answered with.
    async fn signed_in(
        &mut self,
        server: String,
        answer: SignInResponse,
        now: Moment,
    ) -> Result<SignedIn, ClientError> {
        let signed_in =
            SignedIn { user: answer.user.clone(), unit: answer.unit.0.clone(), device: answer.device };
        match &mut self.engine {
            Some(engine) => {
                let batch = engine.update_device(|device| new_device(device, &server, &answer, now));
                self.commit(vec![batch]).await?;
            }
            None => {
                let mut device = DeviceRecord {
                    server: server.clone(),
                    user: String::new(),
                    unit: answer.unit.clone(),
                    device: answer.device,
                    actor: Actor(self.entropy.sixteen()),
                    current: 0,
                    next: 0,
                    renew_stream: false,
                    access_token: String::new(),
                    refresh_token: String::new(),
                    access_until_ms: 0,
                    last_contact_ms: 0,
                    receipts: 0,
                    closed_days: Vec::new(),
                };
                new_device(&mut device, &server, &answer, now);
                device.renew_stream = false;
                let mut batch = Batch::new();
                batch.put(keys::DEVICE, crate::records::encode(&device));
                self.store.commit(batch).await?;
                self.reload().await?;
            }
        }
        Ok(signed_in)
    }

    /// Forgets the tokens. Documents and unsent edits stay on the device.
    pub async fn sign_out(&mut self) -> Result<(), ClientError> {
        let batch = self.engine_mut()?.update_device(|device| {
            device.access_token.clear();
            device.refresh_token.clear();
        });
        self.commit(vec![batch]).await
    }

    /// Makes a document.
    pub async fn create(
        &mut self,
        kind: Kind,
        operations: Vec<Operation>,
        now: Moment,
    ) -> Result<DocumentId, ClientError> {
        let document = DocumentId::generate(now.0, self.entropy.as_mut());
        self.run(Event::Edit { document, create: Some(kind), operations }, now).await?;
        Ok(document)
    }

    /// Edits a document.
    pub async fn edit(
        &mut self,
        document: DocumentId,
        operations: Vec<Operation>,
        now: Moment,
    ) -> Result<(), ClientError> {
        self.run(Event::Edit { document, create: None, operations }, now).await.map(drop)
    }

    /// The person says that a day is complete. It is stored, and goes to the hub with the next exchange that
    /// holds every unsent edit.
    pub async fn close_day(&mut self, day: Date, now: Moment) -> Result<(), ClientError> {
        let engine = self.engine_mut()?;
        if day > engine.day(now) {
            return Err(EngineError::DayToCome.into());
        }
        if engine.device().closed_days.len() >= CLOSED_DAYS_KEPT {
            return Err(EngineError::TooManyDays.into());
        }
        let number = day_number(day);
        let Err(place) = engine.device().closed_days.binary_search(&number) else { return Ok(()) };
        let batch = engine.update_device(|device| device.closed_days.insert(place, number));
        self.commit(vec![batch]).await
    }

    /// Does the edits of a tray item again.
    pub async fn apply_tray(&mut self, id: DocumentId, now: Moment) -> Result<(), ClientError> {
        let item = self.tray_item(id).await?;
        self.run(Event::ApplyTray(Box::new(item)), now).await.map(drop)
    }

    /// Drops a tray item: a person's own decision.
    pub async fn drop_tray(&mut self, id: DocumentId, now: Moment) -> Result<(), ClientError> {
        self.tray_item(id).await?;
        self.run(Event::DropTray(id), now).await.map(drop)
    }

    /// Syncs until nothing is left to send or to read.
    pub async fn sync(&mut self, now: impl Fn() -> Moment) -> Result<SyncReport, ClientError> {
        let mut total = SyncReport::default();
        for _ in 0..EXCHANGES {
            let again = self.exchange(now(), &mut total).await?;
            if !again {
                break;
            }
        }
        Ok(total)
    }

    /// One exchange; `true` when another should follow at once.
    pub async fn exchange(&mut self, now: Moment, total: &mut SyncReport) -> Result<bool, ClientError> {
        self.fresh_token(now).await?;
        let effects = self.compose(now).await?;
        total.report.add(&effects.report);
        let Some(request) = effects.send else { return Ok(false) };
        total.exchanges += 1;
        let sent = self.send_signed_in(&request.request, now).await?;
        let read = |answer: Answer| match read(&answer) {
            Ok(response) => Ok((response, answer)),
            Err(error) => Err((Failure::NoAnswer, error)),
        };
        match sent.and_then(read) {
            Ok((response, answer)) => {
                total.bytes_up += answer.bytes_up;
                total.bytes_down += answer.bytes_down;
                let downloaded: Vec<_> = response.books.iter().flat_map(|page| &page.downloaded).collect();
                let opened = map_each(&downloaded, |document| OpenedSnapshot::of(document));
                let event = Event::Reply { request, response: Box::new(response), opened };
                let effects = self.run(event, now).await?;
                total.report.add(&effects.report);
                Ok(effects.again)
            }
            Err((failure, error)) => {
                self.run(Event::Failed { failure, request }, now).await?;
                Err(error_for_person(error))
            }
        }
    }

    /// Composes a request; with the hub's receipts where it lacks what it once acknowledged.
    async fn compose(&mut self, now: Moment) -> Result<Effects, ClientError> {
        let mut receipts = Vec::new();
        if self.engine()?.gives_back() {
            for (_, record) in self.store.scan(keys::RECEIPTS).await? {
                receipts.push(decode_record(&record)?);
            }
        }
        let mut effects = self.run(Event::Sync { receipts }, now).await?;
        if let Some(outgoing) = &mut effects.send {
            outgoing.request.report = Some(self.report().await?);
        }
        Ok(effects)
    }

    /// What the hub is told of this device.
    async fn report(&self) -> Result<DeviceReport, ClientError> {
        let tray = self.store.scan(keys::TRAY).await?.len();
        let bounded = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (unsent, tray) = (bounded(self.engine()?.unsent()), bounded(tray as u64));
        Ok(DeviceReport { version: VERSION.to_owned(), unsent, tray })
    }

    /// Sends, once more with fresh tokens when the hub knows the old ones no longer. The outer error
    /// is one of this device's own store.
    async fn send_signed_in(
        &mut self,
        request: &SyncRequest,
        now: Moment,
    ) -> Result<Result<Answer, (Failure, TransportError)>, ClientError> {
        let first = self.send(request).await;
        let ended =
            matches!(&first, Err(TransportError::Hub(error)) if error.code == ErrorCode::SignInNeeded);
        if !ended || !self.can_refresh() {
            return Ok(first.map_err(|error| (failure_of(&error), error)));
        }
        match self.refresh(now).await {
            Ok(()) => {
                let second = self.send(request).await;
                Ok(second.map_err(|error| match failure_of(&error) {
                    // The refresh token was good just now: not a matter for a person, try again.
                    Failure::Hub(told) if told.code == ErrorCode::SignInNeeded => {
                        (Failure::Unreachable, error)
                    }
                    failure => (failure, error),
                }))
            }
            Err(ClientError::SignInNeeded) => Ok(first.map_err(|error| (failure_of(&error), error))),
            Err(ClientError::Transport(error)) => Ok(Err((before_sending(&error), error))),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, request: &SyncRequest) -> Result<Answer, TransportError> {
        let Some(engine) = &self.engine else {
            return Err(TransportError::Unreachable("signed out".to_owned()));
        };
        let device = engine.device();
        self.transport.exchange(&device.server, &device.access_token, encode(request)).await
    }

    fn can_refresh(&self) -> bool {
        self.engine.as_ref().is_some_and(|engine| !engine.device().refresh_token.is_empty())
    }

    async fn fresh_token(&mut self, now: Moment) -> Result<(), ClientError> {
        let device = self.engine()?.device();
        if device.refresh_token.is_empty() {
            return Err(ClientError::SignInNeeded);
        }
        if device.access_until_ms - TOKEN_MARGIN_MS > now.0 {
            return Ok(());
        }
        match self.refresh(now).await {
            Err(ClientError::Transport(error)) => {
                // The failure is counted like any other, so that trying again is armed.
                let effects = self.compose(now).await?;
                if let Some(request) = effects.send {
                    self.run(Event::Failed { failure: before_sending(&error), request }, now).await?;
                }
                Err(error.into())
            }
            other => other,
        }
    }

    /// Trades the refresh token. A refused one ends the sign-in, never the work.
    async fn refresh(&mut self, now: Moment) -> Result<(), ClientError> {
        let device = self.engine()?.device();
        let request = RefreshRequest { refresh_token: device.refresh_token.clone() };
        match self.transport.refresh(&device.server, &request).await {
            Ok(answer) => {
                let batch = self.engine_mut()?.update_device(|device| keep_tokens(device, &answer, now));
                self.commit(vec![batch]).await
            }
            Err(TransportError::WrongPassword) => {
                self.sign_out().await?;
                Err(ClientError::SignInNeeded)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Loads what the event needs, takes the step, commits its writes.
    async fn run(&mut self, event: Event, now: Moment) -> Result<Effects, ClientError> {
        if self.engine.is_none() {
            self.reload().await?;
        }
        let needed = self.engine()?.needed(&event);
        let mut records = Records::new();
        let wanted: Vec<_> = needed.iter().map(|id| keys::document(*id)).collect();
        let found = if wanted.is_empty() { Vec::new() } else { self.store.get(&wanted).await? };
        for (id, bytes) in needed.iter().zip(found) {
            records.insert(*id, bytes.map(|bytes| decode_record(&bytes)).transpose()?);
        }
        // From here until the writes are durable, the engine in memory may be ahead of the store:
        // it is taken out, and put back only when both agree.
        let mut engine = self.engine.take().ok_or(ClientError::NotSignedIn)?;
        let before = engine.clone_if_cheap(&event);
        match engine.step(event, records, now, self.entropy.as_mut()) {
            Ok(mut effects) => {
                let writes = std::mem::take(&mut effects.writes);
                self.commit(writes).await?;
                self.engine = Some(engine);
                Ok(effects)
            }
            Err(error) => {
                match before {
                    Some(before) => self.engine = Some(before),
                    None => self.reload().await?,
                }
                Err(error.into())
            }
        }
    }

    async fn commit(&self, writes: Vec<Batch>) -> Result<(), ClientError> {
        for batch in writes {
            if !batch.is_empty() {
                self.store.commit(batch).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn origins(&self) -> Result<BTreeMap<Actor, OriginRecord>, ClientError> {
        let mut origins = BTreeMap::new();
        for (key, value) in self.store.scan(keys::ORIGINS).await? {
            origins.insert(id_of(&key, keys::ORIGINS, Actor::from_slice)?, decode_record(&value)?);
        }
        Ok(origins)
    }

    pub(crate) async fn rows_of(&self, ids: &[DocumentId]) -> Result<Vec<Row>, ClientError> {
        let wanted: Vec<_> = ids.iter().map(|id| keys::row(*id)).collect();
        let found = ids.iter().zip(self.store.get(&wanted).await?);
        found.filter_map(|(id, row)| row.map(|row| Ok(Row::decode(*id, &row)?))).collect()
    }

    pub(crate) async fn tray_item(&self, id: DocumentId) -> Result<TrayItem, ClientError> {
        let found = self.store.get(&[keys::tray(id)]).await?.pop().flatten();
        let bytes = found.ok_or(ClientError::Unknown("tray item"))?;
        Ok(TrayItem::decode(id, &bytes)?)
    }
}

/// Reads the hub's answer; something unreadable counts as no answer.
fn read(answer: &Answer) -> Result<SyncResponse, TransportError> {
    decode(&answer.body, limits::RESPONSE_BYTES)
        .map_err(|error| TransportError::NoAnswer(format!("an answer that is no message: {error}")))
}

/// What a failed exchange means for what it carried.
fn failure_of(error: &TransportError) -> Failure {
    match error {
        TransportError::Hub(error) => Failure::Hub(*error),
        TransportError::Unreachable(_) => Failure::Unreachable,
        TransportError::WrongPassword | TransportError::WrongCode | TransportError::NoAnswer(_) => {
            Failure::NoAnswer
        }
    }
}

/// The same where what failed came before anything was sent: fetching fresh tokens.
fn before_sending(error: &TransportError) -> Failure {
    match failure_of(error) {
        Failure::Hub(error) if error.code.before_any_edit() => Failure::Hub(error),
        _ => Failure::Unreachable,
    }
}

fn error_for_person(error: TransportError) -> ClientError {
    match &error {
        TransportError::Hub(wire) if wire.code.advice() == Advice::SignIn => ClientError::SignInNeeded,
        _ => ClientError::Transport(error),
    }
}

fn new_device(device: &mut DeviceRecord, server: &str, answer: &SignInResponse, now: Moment) {
    server.clone_into(&mut device.server);
    device.user.clone_from(&answer.user);
    device.unit = answer.unit.clone();
    device.device = answer.device;
    // The old stream belongs to the old device; unsent edits are authored again under a new one.
    device.renew_stream = true;
    keep_tokens(device, answer, now);
}

fn keep_tokens(device: &mut DeviceRecord, answer: &SignInResponse, now: Moment) {
    device.access_token.clone_from(&answer.access_token);
    device.refresh_token.clone_from(&answer.refresh_token);
    device.access_until_ms = now.0 + i64::from(answer.expires_in_s) * 1000;
}

pub(crate) fn id_of<I>(key: &[u8], prefix: &[u8], read: fn(&[u8]) -> Option<I>) -> Result<I, StoreError> {
    let id = key.strip_prefix(prefix).and_then(read);
    id.ok_or_else(|| StoreError::Damaged { what: "a key that is no id".to_owned() })
}
