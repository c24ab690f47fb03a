//! What a record says of itself after each way an exchange can end: `saved` (here alone), `sent` (the hub
//! may have it) or `confirmed` (it has). The network is scripted; the store is closed and opened again
//! after every exchange, as `fieldbook-rep` does.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjType, ROOT, ReadDoc};
use client_sdk::store::MemoryStore;
use client_sdk::transport::{Answer, Transport, TransportError};
use client_sdk::{Client, RecordState, SyncReport};
use document_model::{
    Actor, Author, BookId, DeviceId, Document, DocumentId, Entropy, FieldValue, Kind, Moment, Operation,
    UnitCode, parse_assignment,
};
use jiff::tz::TimeZone;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{
    BookPage, BookTitle, Cursor, DownloadedDocument, ErrorCode, PROTOCOL_VERSION, Poke, PushResult,
    PushedDocument, StreamStatus, SyncRequest, SyncResponse, WireError, decode, encode, limits,
};

use RecordState::{Confirmed, Saved, Sent};

/// How one call of the network ends.
#[derive(Debug, Clone, Copy)]
enum Net {
    /// No connection.
    Down,
    /// The request goes out, no answer comes back.
    Lost,
    /// The hub takes everything.
    Takes,
    /// The hub has no opinion of any push: try again.
    Later,
    /// The hub says no.
    Says(ErrorCode),
}

/// A network that does what it was told, one call after another.
#[derive(Clone, Default)]
struct Scripted {
    calls: Arc<Mutex<VecDeque<Net>>>,
    paired: Arc<Mutex<Vec<Option<String>>>>,
    /// What the hub has for the book, until somebody fetches it.
    brings: Arc<Mutex<Vec<DownloadedDocument>>>,
    /// What the hub took.
    pushed: Arc<Mutex<Vec<PushedDocument>>>,
}

impl Scripted {
    fn next<A>(&self, answer: impl FnOnce(Net) -> A) -> Result<A, TransportError> {
        match self.calls.lock().unwrap().pop_front().expect("a call that was not expected") {
            Net::Down => Err(TransportError::Unreachable("no route".to_owned())),
            Net::Lost => Err(TransportError::NoAnswer("cut off".to_owned())),
            Net::Says(code) => Err(TransportError::Hub(WireError { code, retry_after_ms: None })),
            takes => Ok(answer(takes)),
        }
    }
}

impl Transport for Scripted {
    async fn exchange(&self, _: &str, _: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        let request: SyncRequest = decode(&message, limits::REQUEST_BYTES).unwrap();
        self.next(|net| {
            let result = |_: &_| match net {
                Net::Takes => PushResult::Accepted,
                _ => PushResult::Retry,
            };
            if let Net::Takes = net {
                self.pushed.lock().unwrap().extend(request.pushes.clone());
            }
            let page = BookPage {
                book: BookId([7; 16]),
                title: Some(BookTitle { name: "R1".to_owned(), read_only: false }),
                downloaded: std::mem::take(&mut *self.brings.lock().unwrap()),
                download: None,
                entries: Vec::new(),
                cursor: Some(Cursor { book: BookId([7; 16]), epoch: 1, seq: 0, check: 0 }),
                more: false,
                digest: None,
            };
            let response = SyncResponse {
                protocol: PROTOCOL_VERSION,
                hub_time_ms: 0,
                stream: StreamStatus::Current,
                results: request.pushes.iter().map(result).collect(),
                books: vec![page],
                gone: Vec::new(),
                origins: Vec::new(),
                list_cursors: false,
                wipe: None,
                receipt: None,
                day_results: None,
            };
            Answer { body: encode(&response), bytes_up: 0, bytes_down: 0 }
        })
    }

    async fn sign_in(&self, _: &str, _: &SignInRequest) -> Result<SignInResponse, TransportError> {
        Ok(tokens())
    }

    /// Takes the code `1234 5678`, and remembers whose records were said to be there.
    async fn pair(&self, _: &str, request: &PairRequest) -> Result<SignInResponse, TransportError> {
        self.paired.lock().unwrap().push(request.user.clone());
        (request.code == "1234 5678").then(tokens).ok_or(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        self.next(|_| tokens())
    }
}

fn tokens() -> SignInResponse {
    SignInResponse {
        device: DeviceId([1; 16]),
        user: "kim".to_owned(),
        unit: UnitCode("R1".to_owned()),
        role: "rep".to_owned(),
        access_token: "a".to_owned(),
        expires_in_s: 3_600,
        refresh_token: "r".to_owned(),
    }
}

struct Counting(u8);

impl Entropy for Counting {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0 += 1;
        [self.0; 16]
    }
}

/// One device, closed and opened again between the steps of a person's day.
struct Device {
    store: MemoryStore,
    network: Scripted,
    starts: u8,
}

impl Device {
    /// Signed in, with a book, and one customer that the hub does not have.
    async fn with_a_customer() -> (Self, DocumentId) {
        let mut device = Self { store: MemoryStore::new(), network: Scripted::default(), starts: 0 };
        device.open().await.sign_in("https://hub", "kim", "p", "laptop", Moment(0)).await.unwrap();
        device.with_first_customer().await
    }

    /// A device that is signed in gets a book, and makes a customer that the hub does not have.
    async fn with_first_customer(mut self) -> (Self, DocumentId) {
        let device = &mut self;
        device.exchange(&[Net::Takes]).await;
        let name = Operation::Set(parse_assignment(Kind::Customer, "name=Kim").unwrap());
        let customer = device.open().await.create(Kind::Customer, vec![name], Moment(1)).await.unwrap();
        (self, customer)
    }

    async fn open(&mut self) -> Client<MemoryStore, Scripted> {
        self.starts += 1;
        // Ids differ between starts, as they do where randomness is real.
        let entropy = Box::new(Counting(self.starts * 16));
        Client::open(self.store.clone(), self.network.clone(), TimeZone::UTC, entropy).await.unwrap()
    }

    async fn edit(&mut self, customer: DocumentId, text: &str) {
        let set = Operation::Set(parse_assignment(Kind::Customer, text).unwrap());
        self.open().await.edit(customer, vec![set], Moment(2)).await.unwrap();
    }

    /// One exchange in which the network does `calls`, all of them.
    async fn exchange(&mut self, calls: &[Net]) {
        *self.network.calls.lock().unwrap() = calls.iter().copied().collect();
        // What it says to the person is not the matter here.
        let _ = self.open().await.exchange(Moment(3), &mut SyncReport::default()).await;
        assert!(self.network.calls.lock().unwrap().is_empty(), "{calls:?} was not used up");
    }

    async fn state(&mut self, customer: DocumentId) -> RecordState {
        self.open().await.engine().unwrap().state_of(customer)
    }
}

/// What a record says after exchanges that each end as the script says.
async fn after(exchanges: &[&[Net]]) -> RecordState {
    let (mut device, customer) = Device::with_a_customer().await;
    assert_eq!(device.state(customer).await, Saved);
    for calls in exchanges {
        device.exchange(calls).await;
    }
    device.state(customer).await
}

#[tokio::test]
async fn a_code_signs_in_and_names_whose_records_are_here() {
    let mut device = Device { store: MemoryStore::new(), network: Scripted::default(), starts: 0 };
    let wrong = device.open().await.pair("https://hub", "8765 4321", "phone", Moment(0)).await;
    assert_eq!(wrong, Err(TransportError::WrongCode.into()));
    assert!(device.open().await.engine().is_err(), "nothing was made");
    let paired = device.open().await.pair("https://hub/", "1234 5678", "phone", Moment(0)).await.unwrap();
    assert_eq!((paired.user.as_str(), paired.unit.as_str()), ("kim", "R1"));
    let (mut device, customer) = device.with_first_customer().await;
    // The sign-in ended, and the person got another code: what was not sent goes out after it.
    device.open().await.sign_out().await.unwrap();
    device.open().await.pair("https://hub", "1234 5678", "phone", Moment(1)).await.unwrap();
    assert_eq!(device.state(customer).await, Saved);
    device.exchange(&[Net::Takes]).await;
    assert_eq!(device.state(customer).await, Confirmed);
    let said = device.network.paired.lock().unwrap().clone();
    assert_eq!(said, [None, None, Some("kim".to_owned())], "so that nobody else's code is taken");
}

#[tokio::test]
async fn a_record_never_says_more_or_less_than_is_known() {
    use ErrorCode::{Busy, DeviceRevoked, Internal, SignInNeeded, SlowDown, StorageFailed, UpgradeNeeded};
    use Net::{Down, Later, Lost, Says, Takes};
    let cases: &[(&[&[Net]], RecordState)] = &[
        (&[&[Takes]], Confirmed),
        (&[&[Down]], Saved),
        (&[&[Lost]], Sent),
        (&[&[Later]], Saved),
        // Said before any edit was looked at.
        (&[&[Says(SlowDown)]], Saved),
        (&[&[Says(UpgradeNeeded)]], Saved),
        (&[&[Says(DeviceRevoked)]], Saved),
        // Some of it may have been stored.
        (&[&[Says(Busy)]], Sent),
        (&[&[Says(StorageFailed)]], Sent),
        (&[&[Says(Internal)]], Sent),
        // What is unknown stays so until the hub tells, whatever comes between.
        (&[&[Lost], &[Down]], Sent),
        (&[&[Lost], &[Down], &[Says(SlowDown)], &[Down]], Sent),
        (&[&[Lost], &[Down], &[Takes]], Confirmed),
        (&[&[Lost], &[Later]], Saved),
        (&[&[Down], &[Down]], Saved),
        // The hub knows the tokens no longer: nothing was taken in with them.
        (&[&[Says(SignInNeeded), Lost]], Saved),
        (&[&[Says(SignInNeeded), Down]], Saved),
        (&[&[Says(SignInNeeded), Says(Busy)]], Saved),
        (&[&[Says(SignInNeeded), Takes, Down]], Saved),
        (&[&[Says(SignInNeeded), Takes, Lost]], Sent),
        (&[&[Says(SignInNeeded), Takes, Says(SignInNeeded)]], Saved),
        (&[&[Says(SignInNeeded), Takes, Takes]], Confirmed),
    ];
    for (exchanges, expected) in cases {
        assert_eq!(after(exchanges).await, *expected, "after {exchanges:?}");
    }
}

#[tokio::test]
async fn a_poke_is_news_where_it_tells_of_what_was_not_read() {
    let (mut device, _) = Device::with_a_customer().await;
    let client = device.open().await;
    let engine = client.engine().unwrap();
    let [read, new, other] = [(7, 0), (7, 1), (8, 0)];
    let is_news = |(book, seq)| engine.is_news(&Poke { book: BookId([book; 16]), seq });
    assert_eq!([read, new, other].map(is_news), [false, true, true]);
}

#[tokio::test]
async fn an_edit_made_after_one_of_unknown_outcome_is_saved_here_alone() {
    let (mut device, customer) = Device::with_a_customer().await;
    device.exchange(&[Net::Lost]).await;
    device.edit(customer, "name=Lee").await;
    assert_eq!(device.state(customer).await, Saved);
    device.exchange(&[Net::Down]).await;
    assert_eq!(device.state(customer).await, Saved);
    device.exchange(&[Net::Lost]).await;
    assert_eq!(device.state(customer).await, Sent);
    device.exchange(&[Net::Takes]).await;
    assert_eq!(device.state(customer).await, Confirmed);
}

#[tokio::test]
async fn one_record_does_not_speak_for_another() {
    let (mut device, customer) = Device::with_a_customer().await;
    device.exchange(&[Net::Lost]).await;
    let name = Operation::Set(parse_assignment(Kind::Customer, "name=Park").unwrap());
    let second = device.open().await.create(Kind::Customer, vec![name], Moment(4)).await.unwrap();
    device.exchange(&[Net::Down]).await;
    assert_eq!((device.state(customer).await, device.state(second).await), (Sent, Saved));
}

/// A customer as a program of later years writes one: with a field and a group of fields that nobody here knows.
fn of_a_newer_schema(id: DocumentId) -> (AutoCommit, DownloadedDocument) {
    let mut known = Document::born(Kind::Customer);
    let name = Operation::Set(parse_assignment(Kind::Customer, "name=Kim").unwrap());
    known.edit(Author { actor: Actor([9; 16]), now: Moment(0) }, &[name], &mut Counting(100)).unwrap();
    let mut newer = AutoCommit::load(&known.save()).unwrap();
    newer.put(ROOT, "loyalty_tier", "gold").unwrap();
    let pets = newer.put_object(ROOT, "pets", ObjType::Map).unwrap();
    newer.put(&pets, "dog", "Bori").unwrap();
    let snapshot = newer.save_nocompress().into();
    let document =
        DownloadedDocument { document: id, kind: Kind::Customer, lineage: 1, snapshot, selling_rep: None };
    (newer, document)
}

#[tokio::test]
async fn a_record_of_a_newer_schema_is_shown_and_edited_and_keeps_what_nobody_here_knows() {
    let (mut device, _) = Device::with_a_customer().await;
    device.exchange(&[Net::Takes]).await;
    let id = DocumentId([42; 16]);
    let (mut newer, document) = of_a_newer_schema(id);
    device.network.brings.lock().unwrap().push(document);
    device.exchange(&[Net::Takes]).await;
    let shown = device.open().await.show(id, Moment(4)).await.unwrap();
    assert_eq!((&shown.fields["name"], shown.state), (&FieldValue::Text("Kim".to_owned()), Confirmed));
    device.edit(id, "name=Lee").await;
    device.network.pushed.lock().unwrap().clear();
    device.exchange(&[Net::Takes]).await;
    assert_eq!(device.state(id).await, Confirmed);
    // What went to the hub, on the record as the newer program has it.
    let pushed = device.network.pushed.lock().unwrap().clone();
    assert_eq!(pushed.len(), 1);
    for change in &pushed[0].changes {
        newer.load_incremental(&change.bytes).unwrap();
    }
    let text = |key: &str| newer.get(ROOT, key).unwrap().unwrap().0.as_str().map(str::to_owned);
    assert_eq!([text("name"), text("loyalty_tier")], [Some("Lee".to_owned()), Some("gold".to_owned())]);
    let (_, pets) = newer.get(ROOT, "pets").unwrap().unwrap();
    assert_eq!(newer.get(&pets, "dog").unwrap().unwrap().0.as_str(), Some("Bori"));
    let shown = device.open().await.show(id, Moment(5)).await.unwrap();
    assert_eq!(shown.fields["name"], FieldValue::Text("Lee".to_owned()));
}
