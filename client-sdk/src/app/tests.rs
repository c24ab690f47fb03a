//! The calls of the app over a book in memory, with a hub that takes everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use document_model::{
    Actor, Assignment, Author, BookId, DeviceId, Document, DocumentId, Entropy, Kind, Moment, Operation,
    starter_products,
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{
    BookPage, BookTitle, Cursor, DownloadedDocument, PROTOCOL_VERSION, PushResult, StreamStatus, SyncRequest,
    SyncResponse, decode, encode, limits,
};

use super::*;
use crate::store::{MemoryStore, StoreError};
use crate::transport::{Answer, TransportError};

/// A morning of 2026-06-01 in Seoul.
const NOW: Moment = Moment(1_780_279_200_000);

/// Bytes that never repeat and are the same in every run.
struct Counting(u64);

impl Entropy for Counting {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0 += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.0.to_be_bytes());
        bytes
    }
}

/// A hub that gives a catalogue and an empty book, and takes what comes.
#[derive(Clone, Default)]
struct Hub {
    down: Arc<AtomicBool>,
}

impl Transport for Hub {
    async fn exchange(&self, _: &str, _: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(TransportError::Unreachable("no route".to_owned()));
        }
        let request: SyncRequest = decode(&message, limits::REQUEST_BYTES).unwrap();
        let first = request.pushes.is_empty();
        let page = |book, read_only, downloaded| BookPage {
            book,
            title: Some(BookTitle { name: "a book".to_owned(), read_only }),
            downloaded,
            download: None,
            entries: Vec::new(),
            cursor: Some(Cursor { book, epoch: 1, seq: 0, check: 0 }),
            more: false,
            digest: None,
        };
        let books = match first {
            true => vec![
                page(BookId::SHARED, true, catalogue()),
                page(BookId::of_rep(&"P1".into()), false, Vec::new()),
            ],
            false => Vec::new(),
        };
        let response = SyncResponse {
            protocol: PROTOCOL_VERSION,
            hub_time_ms: NOW.0,
            stream: StreamStatus::Current,
            results: request.pushes.iter().map(|_| PushResult::Accepted).collect(),
            books,
            gone: Vec::new(),
            origins: Vec::new(),
            list_cursors: false,
            wipe: None,
            receipt: None,
            day_results: None,
        };
        Ok(Answer { body: encode(&response), bytes_up: 100, bytes_down: 50 })
    }

    async fn sign_in(&self, _: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        Ok(SignInResponse {
            device: DeviceId([9; 16]),
            user: request.user.clone(),
            unit: "P1".into(),
            role: "rep".to_owned(),
            access_token: "access".to_owned(),
            expires_in_s: 36_000,
            refresh_token: "refresh".to_owned(),
        })
    }

    async fn pair(&self, _: &str, _: &PairRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongPassword)
    }
}

fn catalogue() -> Vec<DownloadedDocument> {
    let mut entropy = Counting(2 << 32);
    let product = |product: document_model::Product| {
        let mut document = Document::born(Kind::Product);
        let set = |(field, value)| Operation::Set(Assignment { field, value });
        let operations: Vec<_> = product.to_fields().into_iter().map(set).collect();
        document.edit(Author { actor: Actor([5; 16]), now: NOW }, &operations, &mut entropy).unwrap();
        DownloadedDocument {
            document: DocumentId::derived("product", product.code.as_str()),
            kind: Kind::Product,
            lineage: 1,
            snapshot: document.save().into(),
            selling_rep: None,
        }
    };
    starter_products().into_iter().map(product).collect()
}

/// An app, its store, and the hub it speaks with.
struct Rig {
    app: App<MemoryStore, Hub>,
    store: MemoryStore,
    hub: Hub,
    calls: u32,
}

impl Rig {
    async fn new() -> Self {
        let (store, hub) = (MemoryStore::new(), Hub::default());
        let mut client = open(&store, &hub, 1).await;
        client.sign_in("http://hub", "P1", "password", "test", NOW).await.unwrap();
        client.sync(|| NOW).await.unwrap();
        Self { app: App::open(client).await.unwrap(), store, hub, calls: 0 }
    }

    /// The program ends and starts again over the same store.
    async fn restart(&mut self) {
        let client = open(&self.store, &self.hub, 1_000).await;
        self.app = App::open(client).await.unwrap();
    }

    async fn ask(&mut self, name: &str, args: Value) -> Value {
        self.calls += 1;
        let id = format!("call-{}", self.calls);
        self.ask_as(name, &id, args).await.unwrap()
    }

    async fn ask_as(&mut self, name: &str, id: &str, args: Value) -> Result<Value, CallProblem> {
        let answer = self.app.call(name, id, &args.to_string(), NOW).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }

    async fn customer(&mut self, name: &str) -> Value {
        let operations = json!([{ "op": "set", "field": "name", "value": name }]);
        self.ask("createCustomer", json!({ "operations": operations })).await
    }

    async fn names(&mut self, text: &str) -> Vec<String> {
        let found = self.ask("customers", json!({ "text": text, "offset": 0, "limit": 100 })).await;
        let rows = found["rows"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn exchange(&mut self) -> Result<(), ClientError> {
        let mut total = SyncReport::default();
        let mut next = self.app.begin_exchange(NOW, &mut total).await?;
        while let Next::Errand(mut errand) = next {
            let told = errand.run(&self.hub).await;
            next = self.app.go_on(*errand, told, NOW, &mut total).await?;
        }
        Ok(())
    }

    async fn chip(&mut self) -> (Value, Value) {
        let status = self.ask("status", json!({})).await;
        (status["chip"].clone(), status["unsent"].clone())
    }
}

async fn open(store: &MemoryStore, hub: &Hub, seed: u64) -> Client<MemoryStore, Hub> {
    let zone = TimeZone::get("Asia/Seoul").unwrap();
    Client::open(store.clone(), hub.clone(), zone, Box::new(Counting(seed << 40))).await.unwrap()
}

fn sale_to(customer: &Value) -> Value {
    json!({ "customer": customer, "product": "WL01", "premiumWon": 120_000, "paymentMode": "monthly" })
}

#[tokio::test]
async fn customers_are_made_found_and_sorted() {
    let mut rig = Rig::new().await;
    for name in ["김철수", "강민", "adam", "이수경"] {
        rig.customer(name).await;
    }
    assert_eq!(rig.names("").await, ["강민", "김철수", "이수경", "adam"]);
    assert_eq!(rig.names("철수").await, ["김철수"]);
    assert_eq!(rig.names("ㄱㅊㅅ").await, ["김철수"]);
    assert_eq!(rig.names("없음").await, Vec::<String>::new());
    let nameless = json!({ "operations": [{ "op": "set", "field": "name", "value": " " }] });
    assert_eq!(rig.ask_as("createCustomer", "x", nameless).await.unwrap_err().code, "BAD-VALUE");
}

#[tokio::test]
async fn a_sale_counts_today_and_counts_for_nothing_once_it_is_taken_back() {
    let mut rig = Rig::new().await;
    let customer = rig.customer("김철수").await["document"].clone();
    let done = rig.ask("recordSale", sale_to(&customer)).await;
    let today = rig.ask("today", json!({})).await;
    assert_eq!(today["sales"]["day"]["premiumNetWon"], 120_000);
    assert_eq!(today["sales"]["month"]["sold"], 1);
    let row = rig.ask("policies", json!({ "customer": customer, "offset": 0, "limit": 9 })).await;
    assert_eq!(row["rows"][0]["customerName"], "김철수");
    assert_eq!(row["rows"][0]["productName"], "Whole life");
    assert_eq!(row["rows"][0]["blocked"], false);
    let range = json!({ "from": "2026-06-01", "to": "2026-06-30" });
    let figures = rig.ask("figures", range.clone()).await;
    assert_eq!(figures["differences"][0]["why"], "waiting");
    assert_eq!(figures["byDay"][0]["sums"]["net"], 1);

    rig.ask("undo", json!({ "undo": done["undo"] })).await;
    let today = rig.ask("today", json!({})).await;
    assert_eq!(today["sales"]["day"]["sold"], 0);
    let row = rig.ask("policies", json!({ "offset": 0, "limit": 9 })).await;
    assert_eq!(row["total"], 0);
    assert_eq!(rig.ask("figures", range).await["differences"], json!([]));
}

#[tokio::test]
async fn a_sale_of_a_clock_years_fast_counts_once_its_day_is_put_right() {
    let mut rig = Rig::new().await;
    let customer = rig.customer("김철수").await["document"].clone();
    let fast = Moment(NOW.0 + 3 * 365 * 86_400_000);
    let done =
        rig.app.call("recordSale", "by-the-fast-clock", &sale_to(&customer).to_string(), fast).await.unwrap();
    let policy = serde_json::from_str::<Value>(&done).unwrap()["document"].clone();
    let all = json!({ "customer": customer, "offset": 0, "limit": 9 });
    assert_eq!(rig.ask("policies", all.clone()).await["rows"][0]["blocked"], true, "a day to come");

    let today = json!([{ "op": "set", "field": "sale_date", "value": "2026-06-01" }]);
    rig.ask("edit", json!({ "id": policy, "operations": today })).await;
    assert_eq!(rig.ask("policies", all).await["rows"][0]["blocked"], false, "not dated back either");
    assert_eq!(rig.ask("today", json!({})).await["sales"]["day"]["premiumNetWon"], 120_000);
}

#[tokio::test]
async fn a_contact_is_counted_logged_and_taken_back() {
    let mut rig = Rig::new().await;
    let customer = rig.customer("김철수").await["document"].clone();
    let contact =
        json!({ "customer": customer, "channel": "visit", "outcome": "met", "nextContactOn": "2026-06-01" });
    let done = rig.ask("logContact", contact).await;
    let shown = rig.ask("document", json!({ "id": customer })).await;
    assert_eq!(shown["fields"]["visits"], 1);
    assert_eq!(shown["fields"]["contact"][0]["value"], "2026-06-01 visit: met");
    assert_eq!(rig.ask("today", json!({})).await["due"][0]["name"], "김철수");
    let lines = rig.ask("timeline", json!({ "customer": customer, "limit": 10 })).await;
    assert!(lines.as_array().unwrap().iter().any(|line| line["kind"] == "contact" && line["author"] == "P1"));

    rig.ask("undo", json!({ "undo": done["undo"] })).await;
    let shown = rig.ask("document", json!({ "id": customer })).await;
    assert_eq!(shown["fields"]["visits"], 0);
    assert_eq!(shown["fields"].get("contact"), None);
    assert_eq!(rig.ask("today", json!({})).await["due"], json!([]));
    let gone = rig.ask_as("undo", "u", json!({ "undo": done["undo"] })).await;
    assert_eq!(gone.unwrap_err().code, "UNDO-GONE", "once");
}

#[tokio::test]
async fn a_call_sent_again_is_done_once_also_after_a_restart() {
    let mut rig = Rig::new().await;
    let customer = rig.customer("김철수").await["document"].clone();
    let contact = json!({ "customer": customer, "channel": "call", "outcome": "busy" });
    let first = rig.ask_as("logContact", "the-call", contact.clone()).await.unwrap();
    assert_eq!(rig.ask_as("logContact", "the-call", contact.clone()).await.unwrap(), first);
    rig.restart().await;
    assert_eq!(rig.ask_as("logContact", "the-call", contact.clone()).await.unwrap(), first);
    let visits = async |rig: &mut Rig| {
        rig.ask("document", json!({ "id": customer })).await["fields"]["visits"].clone()
    };
    assert_eq!(visits(&mut rig).await, 1);

    rig.store.fail_next_commit(StoreError::Full);
    let refused = rig.ask_as("logContact", "another", contact.clone()).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.retry), ("STORE-FULL", true));
    assert_eq!(visits(&mut rig).await, 1, "neither the edit nor its answer was kept");
    rig.ask_as("logContact", "another", contact).await.unwrap();
    assert_eq!(visits(&mut rig).await, 2);
}

#[tokio::test]
async fn an_edit_made_while_an_exchange_is_on_its_way_goes_out_with_the_next() {
    let mut rig = Rig::new().await;
    let customer = rig.customer("김철수").await["document"].clone();
    let mut total = SyncReport::default();
    let Next::Errand(mut errand) = rig.app.begin_exchange(NOW, &mut total).await.unwrap() else {
        panic!("there is something to send");
    };
    let told = errand.run(&rig.hub).await;
    let edit =
        json!({ "id": customer, "operations": [{ "op": "set", "field": "occupation", "value": "pilot" }] });
    rig.ask("edit", edit).await;
    rig.app.go_on(*errand, told, NOW, &mut total).await.unwrap();
    assert_eq!(rig.chip().await, (json!("sending"), json!(1)));
    rig.exchange().await.unwrap();
    assert_eq!(rig.chip().await, (json!("synced"), json!(0)));
    let shown = rig.ask("document", json!({ "id": customer })).await;
    assert_eq!(shown["fields"]["occupation"], "pilot");
    assert_eq!(shown["state"], "confirmed");
}

#[tokio::test]
async fn the_chip_says_when_nobody_hears_and_the_work_stays() {
    let mut rig = Rig::new().await;
    rig.customer("김철수").await;
    rig.hub.down.store(true, Ordering::Relaxed);
    assert!(rig.exchange().await.unwrap_err().is_out_of_reach());
    assert_eq!(rig.chip().await, (json!("offline"), json!(1)));
    rig.hub.down.store(false, Ordering::Relaxed);
    rig.exchange().await.unwrap();
    assert_eq!(rig.chip().await, (json!("synced"), json!(0)));
    let status = rig.ask("status", json!({})).await;
    assert!(status["bytesUp"].as_u64() >= Some(100) && status["lastSent"].is_string());
}

#[tokio::test]
async fn diagnostics_name_no_customer() {
    let mut rig = Rig::new().await;
    rig.customer("김철수").await;
    let text = rig.ask("diagnostics", json!({})).await["text"].as_str().unwrap().to_owned();
    assert!(text.contains("unsent 1") && !text.contains("김철수"), "{text}");
}

#[tokio::test]
async fn a_closed_day_stays_closed_after_the_hub_noted_it() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.ask("today", json!({})).await["closed"], false);
    rig.ask("closeDay", json!({ "day": "2026-06-01" })).await;
    rig.restart().await;
    assert_eq!(rig.ask("today", json!({})).await["closed"], true);
    let status = rig.ask("status", json!({})).await;
    assert_eq!((&status["unsent"], &status["closedDays"]), (&json!(1), &json!(["2026-06-01"])));
    assert_eq!(rig.app.work_kept_here().await.unwrap(), 1, "who removes the book loses it");
    let ahead = rig.ask_as("closeDay", "c", json!({ "day": "2026-06-02" })).await;
    assert_eq!(ahead.unwrap_err().code, "DAY-TO-COME");
}

#[tokio::test]
async fn calls_that_make_no_sense_are_said_to() {
    let mut rig = Rig::new().await;
    for (name, args) in [("nothing", json!({})), ("document", json!({ "id": 5 })), ("edit", json!([]))] {
        assert_eq!(rig.ask_as(name, "", args).await.unwrap_err().code, "BAD-CALL", "{name}");
    }
    let nobody = json!({ "id": "ffffffffffffffffffffffffffffffff" });
    assert_eq!(rig.ask_as("document", "", nobody).await.unwrap_err().code, "UNKNOWN");
}
