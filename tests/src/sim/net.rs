//! The network of a run, and the hub behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use client_sdk::transport::{Answer, Transport, TransportError};
use document_model::{Actor, ChangeHash, DeviceId, DocumentId, Moment, UnitCode, change_hash, first_parent};
use jiff::tz::TimeZone;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use server::auth::{Device, Principal, Role};
use server::hub::{BegunAnew, Hub, HubError, InlineGate, ReceiptKey};
use server::storage::memory::MemoryStorage;
use server::storage::sealed::Sealed;
use server::storage::sealing::{KeyRing, MasterKey};
use server::storage::{AccountStorage, DocumentStorage, StorageError};
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{
    Entry, EntryBody, ErrorCode, PushResult, PushedDocument, StreamStatus, SyncRequest, SyncResponse,
    WireError, decode_request, encode,
};

use super::choice::{Entropies, Stream, stream};
use super::stats::Stats;

/// The hub's storage as simulated: sealed as it is shipped, over memory.
pub(crate) type SimStorage = Sealed<MemoryStorage>;

/// The hub as simulated: shipping code over memory.
pub type SimHub = Hub<SimStorage, InlineGate>;

/// The hub's own actor in every run.
const HUB_ACTOR: Actor = Actor([0xaa; 16]);

/// Everything between devices and the hub.
#[derive(Clone)]
pub struct Net {
    state: Arc<Mutex<State>>,
}

struct State {
    storage: SimStorage,
    masters: Masters,
    hub: SimHub,
    hub_starts: u64,
    now_ms: i64,
    rng: ChaCha8Rng,
    faults: bool,
    principals: BTreeMap<DeviceId, Principal>,
    /// Documents a device was ever sent, to be held against what it was entitled to.
    sent: BTreeMap<DeviceId, BTreeSet<DocumentId>>,
    /// Copies of requests that will arrive late.
    late: Vec<(DeviceId, Vec<u8>)>,
    expired: BTreeSet<DeviceId>,
    /// A copy of the hub's storage, put aside.
    backup: Option<MemoryStorage>,
    stats: Stats,
    pushed: BTreeMap<ChangeHash, Vec<u8>>,
    broken: Option<String>,
}

impl Net {
    /// A network with a fresh hub behind it.
    #[must_use]
    pub fn new(seed: u64, now_ms: i64) -> Self {
        let masters = Masters::new(seed);
        let storage = masters.seal(MemoryStorage::new(), 0);
        let state = State {
            masters,
            hub: hub_over(&storage),
            storage,
            hub_starts: 0,
            now_ms,
            rng: stream(seed, Stream::Network),
            faults: true,
            principals: BTreeMap::new(),
            sent: BTreeMap::new(),
            late: Vec::new(),
            expired: BTreeSet::new(),
            backup: None,
            stats: Stats::default(),
            pushed: BTreeMap::new(),
            broken: None,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hub as it runs now.
    #[must_use]
    pub fn hub(&self) -> SimHub {
        self.lock().hub.clone()
    }

    /// A promise was broken where nobody could be told.
    fn broke(&self, what: String) {
        self.lock().broken.get_or_insert(what);
    }

    /// The first promise that was.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        self.lock().broken.clone()
    }

    /// The hub's storage.
    #[must_use]
    pub fn storage(&self) -> SimStorage {
        self.lock().storage.clone()
    }

    /// Stops the hub where it stands and starts it again: whatever was under way is gone, whatever
    /// was durable is there.
    pub fn crash_hub(&self) {
        let mut state = self.lock();
        state.hub_starts += 1;
        // A hub that starts knows no keys but the master keys.
        state.storage = state.masters.seal(state.storage.inner().clone(), state.hub_starts);
        state.hub = hub_over(&state.storage);
        state.stats.hub_crashes += 1;
    }

    /// Puts a copy of the hub's storage aside; or, where there is one, puts that in the storage's place,
    /// and nobody tells the hub. Devices registered since sign in again.
    pub async fn back_up_or_restore_hub(&self) {
        let (backup, lost) = {
            let mut state = self.lock();
            let Some(backup) = state.backup.take() else {
                state.backup = Some(state.storage.inner().copy());
                return;
            };
            (backup, state.storage.clone())
        };
        for device in lost.devices().await.unwrap_or_default() {
            backup.add_device(device).await.unwrap_or_default();
        }
        {
            let mut state = self.lock();
            state.storage = state.storage.over(backup);
            state.stats.hub_restores += 1;
        }
        self.crash_hub();
    }

    /// Another master key takes over, while everybody works on; a crash of the hub may cut it off.
    pub async fn rotate_master_key(&self) {
        let storage = {
            let state = self.lock();
            state.masters.add();
            state.storage.clone()
        };
        match storage.rotate(&|_| ()).await {
            Ok(done) => {
                if !done.damaged.is_empty() {
                    self.broke(format!("keys of documents are damaged: {:?}", done.damaged));
                }
                self.lock().stats.rotations += 1;
            }
            // A full disk, or another rotation was first: what is left is done by the next.
            Err(StorageError::Full | StorageError::Busy) => {}
            Err(error) => self.broke(format!("rotating the master key: {error}")),
        }
    }

    /// Compacts every book's entries that arrived before an instant.
    pub async fn compact(&self, before: Moment) {
        let (hub, storage) = (self.hub(), self.storage());
        let Ok(books) = storage.books().await else { return };
        let books: Vec<_> = books.into_iter().map(|book| book.id).collect();
        match hub.compact(&books, before, &|_| {}).await {
            Ok(done) => {
                if done.damaged > 0 {
                    self.broke("compaction met saved documents that lack what entries carry".to_owned());
                }
                self.lock().stats.compacted += done.documents;
            }
            // A full disk: nothing was given up.
            Err(HubError::Storage(StorageError::Full | StorageError::Failed(_))) => {}
            Err(error) => self.broke(format!("compaction: {error}")),
        }
    }

    /// From now on the network delivers everything once and in order.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.faults = false;
        state.expired.clear();
        state.storage.inner().fail_commits(0);
    }

    /// The clock everybody but the devices' owners believes in.
    pub fn set_now(&self, now_ms: i64) {
        self.lock().now_ms = now_ms;
    }

    /// Ends a device's access token.
    pub fn expire_token(&self, device: DeviceId) {
        let mut state = self.lock();
        state.expired.insert(device);
        state.stats.expired_tokens += 1;
    }

    /// What the network met.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Documents sent to each device.
    #[must_use]
    pub fn sent(&self) -> BTreeMap<DeviceId, BTreeSet<DocumentId>> {
        self.lock().sent.clone()
    }

    /// Delivers one late copy of a request, if there is one; nobody reads the answer.
    pub async fn deliver_late(&self) {
        let late = {
            let mut state = self.lock();
            let count = state.late.len();
            (count > 0).then(|| {
                let index = state.rng.random_range(0..count);
                state.stats.reorderings += 1;
                state.late.swap_remove(index)
            })
        };
        if let Some((device, bytes)) = late {
            // The answer goes nowhere, as on a connection that is gone.
            drop(self.at_hub(device, &bytes, Hears::Nobody).await);
        }
    }

    /// The hub takes a message; a crash of the hub cuts it off wherever it stands.
    async fn at_hub(&self, device: DeviceId, bytes: &[u8], hears: Hears) -> Result<Vec<u8>, TransportError> {
        let (hub, principal, now, starts) = {
            let state = self.lock();
            if state.expired.contains(&device) {
                return Err(hub_error(ErrorCode::SignInNeeded));
            }
            let principal = state.principals.get(&device).cloned();
            (state.hub.clone(), principal, Moment(state.now_ms), state.hub_starts)
        };
        let principal = principal.ok_or_else(|| hub_error(ErrorCode::SignInNeeded))?;
        let request = decode_request(bytes).map_err(|error| hub_error(error.code()))?;
        for change in request.pushes.iter().flat_map(|push| &push.changes) {
            self.lock().pushed.insert(change_hash(&change.bytes), change.bytes.to_vec());
        }
        let mut exchange = pin!(hub.exchange(&principal, request.clone(), now));
        let answer = std::future::poll_fn(|context| {
            if self.lock().hub_starts != starts {
                return Poll::Ready(None);
            }
            exchange.as_mut().poll(context).map(Some)
        })
        .await;
        match answer {
            None => Err(TransportError::NoAnswer("the hub stopped".to_owned())),
            Some(Err(error)) => Err(hub_error(error.code())),
            Some(Ok(response)) => {
                self.note(device, &request, &response, hears);
                Ok(encode(&response))
            }
        }
    }

    /// Begins a document anew.
    pub async fn begin_anew(&self, document: DocumentId) {
        let (hub, now) = (self.hub(), Moment(self.lock().now_ms));
        match hub.begin_anew(document, now).await {
            Ok(BegunAnew::Begun { .. }) => self.lock().stats.begun_anew += 1,
            Err(HubError::Storage(StorageError::Damaged(what))) => {
                self.broke(format!("beginning anew: {what}"))
            }
            // Values clash, it is small, or the disk is full.
            Ok(_) | Err(_) => {}
        }
    }

    /// Every change that was ever pushed, whatever became of it.
    #[must_use]
    pub fn pushed(&self) -> BTreeMap<ChangeHash, Vec<u8>> {
        self.lock().pushed.clone()
    }

    /// Writes down what an answer carries, for the oracle.
    fn note(&self, device: DeviceId, request: &SyncRequest, response: &SyncResponse, hears: Hears) {
        let pushed = self.documents_of(request);
        let mut state = self.lock();
        if hears == Hears::Device {
            for result in &response.results {
                match result {
                    PushResult::Fork => state.stats.forks += 1,
                    PushResult::Replaced { .. } => state.stats.replaced += 1,
                    _ => {}
                }
            }
            state.stats.stale_pushes +=
                u64::from(response.stream == StreamStatus::Stale && !response.results.is_empty());
        }
        let sent = state.sent.entry(device).or_default();
        for page in &response.books {
            sent.extend(page.downloaded.iter().map(|document| document.document));
            let carrying = page.entries.iter().filter(|entry| {
                matches!(
                    entry.body,
                    EntryBody::Changes { .. } | EntryBody::Joined { .. } | EntryBody::Snapshot { .. }
                )
            });
            let of_push = |index: u32| pushed[index as usize];
            let about = |entry: &Entry| entry.document.or_else(|| entry.pushed.and_then(of_push));
            sent.extend(carrying.map(|entry| about(entry).expect("an entry is about a document")));
        }
    }

    /// The documents a request's pushes are about.
    fn documents_of(&self, request: &SyncRequest) -> Vec<Option<DocumentId>> {
        let storage = self.storage();
        let name = |push: &PushedDocument| {
            let parent = push.changes.first().and_then(|change| first_parent(&change.bytes));
            let found = parent.map(|parent| at_once(storage.documents_with(&[parent])));
            push.document.or_else(|| found.and_then(Result::ok).and_then(|mut found| found.pop().flatten()))
        };
        request.pushes.iter().map(name).collect()
    }

    /// The message without the first change of its first document that has several. Only of one that it
    /// names: nothing tells where an orphan alone belongs.
    fn without_first_change(&self, message: Vec<u8>) -> Vec<u8> {
        let Ok(mut request) = decode_request(&message) else { return message };
        let Some(push) =
            request.pushes.iter_mut().find(|push| push.document.is_some() && push.changes.len() > 1)
        else {
            return message;
        };
        push.changes.remove(0);
        self.lock().stats.orphans += 1;
        encode(&request)
    }

    fn fate(&self) -> Fate {
        let mut state = self.lock();
        state.stats.exchanges += 1;
        if !state.faults {
            return Fate::default();
        }
        let fate = Fate {
            lose_request: state.rng.random_ratio(1, 12),
            lose_answer: state.rng.random_ratio(1, 8),
            repeat: state.rng.random_ratio(1, 8),
            keep_copy: state.rng.random_ratio(1, 10),
            mangle: state.rng.random_ratio(1, 15),
            delay: state.rng.random_range(0..6),
        };
        state.stats.lost_requests += u64::from(fate.lose_request);
        state.stats.lost_answers += u64::from(fate.lose_answer && !fate.lose_request);
        state.stats.repeats += u64::from(fate.repeat && !fate.lose_request);
        fate
    }
}

/// Who waits for an answer: late copies of requests are answered to nobody, and what they meet says
/// nothing about a store that is a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    Device,
    Nobody,
}

/// What the network does to one exchange.
#[derive(Debug, Clone, Copy, Default)]
struct Fate {
    lose_request: bool,
    lose_answer: bool,
    repeat: bool,
    keep_copy: bool,
    /// Something between device and hub loses the first change of a push, as a broken client would.
    mangle: bool,
    delay: u32,
}

/// The master keys of a run, oldest first. Hubs share them.
#[derive(Clone)]
struct Masters {
    seed: u64,
    keys: Arc<Mutex<Vec<MasterKey>>>,
}

impl Masters {
    fn new(seed: u64) -> Self {
        let masters = Self { seed, keys: Arc::default() };
        masters.add();
        masters
    }

    /// One more.
    fn add(&self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u8::try_from(keys.len()).expect("no run has so many");
        keys.push(MasterKey::of(&[number; 32]));
    }

    /// Seals as the hub does that starts for the `starts`-th time.
    fn seal(&self, storage: MemoryStorage, starts: u64) -> SimStorage {
        let keys = self.keys.clone();
        let ring = move || Ok(KeyRing::of(keys.lock().unwrap_or_else(PoisonError::into_inner).clone()));
        let entropy = Box::new(Entropies::new(self.seed, u64::MAX / 4 + starts));
        at_once(Sealed::open(storage, Box::new(ring), entropy)).expect("every master key is at hand")
    }
}

fn hub_over(storage: &SimStorage) -> SimHub {
    let zone = TimeZone::get("Asia/Seoul").expect("the zone is bundled");
    Hub::new(storage.clone(), InlineGate, zone, HUB_ACTOR, ReceiptKey::of(&[0x5e; 32]))
}

fn hub_error(code: ErrorCode) -> TransportError {
    TransportError::Hub(WireError { code, retry_after_ms: None })
}

/// What a future over memory storage, which never really waits, comes to.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// Lets everything else go on once.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// One device's connection.
#[derive(Clone)]
pub struct SimTransport {
    /// The network.
    pub net: Net,
}

impl Transport for SimTransport {
    async fn exchange(
        &self,
        _: &str,
        access_token: &str,
        message: Vec<u8>,
    ) -> Result<Answer, TransportError> {
        let device: DeviceId =
            access_token.parse().map_err(|_| TransportError::Unreachable("no token".to_owned()))?;
        let fate = self.net.fate();
        for _ in 0..fate.delay {
            give_way().await;
        }
        if fate.keep_copy {
            self.net.lock().late.push((device, message.clone()));
        }
        let lost = || TransportError::NoAnswer("lost on the way".to_owned());
        if fate.lose_request {
            let reached_nobody = TransportError::Unreachable("no network".to_owned());
            return Err(if fate.keep_copy { lost() } else { reached_nobody });
        }
        let message = if fate.mangle { self.net.without_first_change(message) } else { message };
        let first = self.net.at_hub(device, &message, Hears::Device).await;
        let answer = if fate.repeat { self.net.at_hub(device, &message, Hears::Device).await } else { first };
        for _ in 0..fate.delay {
            give_way().await;
        }
        if fate.lose_answer {
            return Err(lost());
        }
        let body = answer?;
        Ok(Answer { bytes_up: message.len() as u64, bytes_down: body.len() as u64, body })
    }

    async fn sign_in(&self, _: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        let id = DeviceId(DocumentId::derived("device", &request.device_name).0);
        let unit = UnitCode(request.user.clone());
        let principal = Principal { user: request.user.clone(), role: Role::Rep, unit, device: id };
        let device = Device {
            id,
            user: request.user.clone(),
            name: request.device_name.clone(),
            registered_ms: 0,
            last_seen_ms: 0,
            complete_ms: None,
            revoked: false,
        };
        let storage = self.net.storage();
        storage.add_device(device).await.map_err(|error| TransportError::Unreachable(error.to_string()))?;
        let answer = tokens(&principal);
        self.net.lock().principals.insert(id, principal);
        Ok(answer)
    }

    /// Nobody gave out a code here.
    async fn pair(&self, _: &str, _: &PairRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, request: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        let device: DeviceId = request.refresh_token.parse().map_err(|_| TransportError::WrongPassword)?;
        let mut state = self.net.lock();
        if state.faults && state.rng.random_ratio(1, 3) {
            return Err(TransportError::NoAnswer("lost on the way".to_owned()));
        }
        state.expired.remove(&device);
        state.principals.get(&device).map(tokens).ok_or(TransportError::WrongPassword)
    }
}

/// Tokens of the simulation: the device's id, for ever.
fn tokens(principal: &Principal) -> SignInResponse {
    SignInResponse {
        device: principal.device,
        user: principal.user.clone(),
        unit: principal.unit.clone(),
        role: "rep".to_owned(),
        access_token: principal.device.to_string(),
        expires_in_s: u32::MAX,
        refresh_token: principal.device.to_string(),
    }
}

/// A boxed piece of work on this thread.
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = T>>>;
