//! The API apps call: edits that never wait for a network, and syncing.

use std::collections::{BTreeMap, BTreeSet};

use document_model::schema::Schema;
use document_model::{
    Actor, BookId, Date, DocumentId, Entropy, Kind, Moment, Operation, Product, SaleRules, day_number,
};
use jiff::tz::TimeZone;
use sync_protocol::sign_in::{PairRequest, SignInRequest, SignInResponse};

mod exchange;

pub use exchange::{Errand, Next, Told};

use crate::engine::{Effects, Engine, EngineError, Event, Records, Report};
use crate::records::{DeviceRecord, OriginRecord, Row, TrayItem, decode as decode_record, keys};
use crate::store::{Batch, Store, StoreError};
use crate::transport::{Transport, TransportError};

/// Exchanges one call of [`Client::sync`] makes at most; a book of any size needs fewer.
const EXCHANGES: usize = 10_000;
/// Days said to be complete that wait for the hub: a year.
const CLOSED_DAYS_KEPT: usize = 366;

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
    /// Documents whose rows were written since somebody asked.
    changed: BTreeSet<DocumentId>,
}

impl<S: Store, T: Transport> Client<S, T> {
    /// Opens the client over a store. Randomness comes from `entropy`; `zone` is the company's.
    pub async fn open(
        store: S,
        transport: T,
        zone: TimeZone,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, ClientError> {
        let mut client = Self { store, transport, engine: None, zone, entropy, changed: BTreeSet::new() };
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
        let document = self.new_id(now);
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

    /// Loads what the event needs, takes the step, commits its writes.
    pub(crate) async fn run(&mut self, event: Event, now: Moment) -> Result<Effects, ClientError> {
        self.run_with(event, Batch::new(), now).await
    }

    /// The same; `also` is in the batch that the step writes first, or written alone where it writes none.
    pub(crate) async fn run_with(
        &mut self,
        event: Event,
        also: Batch,
        now: Moment,
    ) -> Result<Effects, ClientError> {
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
                let mut writes = std::mem::take(&mut effects.writes);
                match writes.first_mut() {
                    Some(first) => first.extend(also),
                    None => writes.push(also),
                }
                let rows = writes.iter().flat_map(|batch| batch.keys_with(keys::ROWS));
                let rows: Vec<_> = rows.filter_map(DocumentId::from_slice).collect();
                self.commit(writes).await?;
                self.changed.extend(rows);
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

    /// Documents whose rows were written since this was last asked.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<DocumentId> {
        std::mem::take(&mut self.changed)
    }

    /// The id of a document to be made.
    pub(crate) fn new_id(&mut self, now: Moment) -> DocumentId {
        DocumentId::generate(now.0, self.entropy.as_mut())
    }

    pub(crate) async fn commit(&self, writes: Vec<Batch>) -> Result<(), ClientError> {
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

fn new_device(device: &mut DeviceRecord, server: &str, answer: &SignInResponse, now: Moment) {
    server.clone_into(&mut device.server);
    device.user.clone_from(&answer.user);
    device.unit = answer.unit.clone();
    device.device = answer.device;
    // The old stream belongs to the old device; unsent edits are authored again under a new one.
    device.renew_stream = true;
    keep_tokens(device, answer, now);
}

pub(crate) fn keep_tokens(device: &mut DeviceRecord, answer: &SignInResponse, now: Moment) {
    device.access_token.clone_from(&answer.access_token);
    device.refresh_token.clone_from(&answer.refresh_token);
    device.access_until_ms = now.0 + i64::from(answer.expires_in_s) * 1000;
}

pub(crate) fn id_of<I>(key: &[u8], prefix: &[u8], read: fn(&[u8]) -> Option<I>) -> Result<I, StoreError> {
    let id = key.strip_prefix(prefix).and_then(read);
    id.ok_or_else(|| StoreError::Damaged { what: "a key that is no id".to_owned() })
}
