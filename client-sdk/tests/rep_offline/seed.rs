//! A home that somebody signed in on, made without a hub: a stand-in answers the sign-in and the
//! first exchange once. Afterwards nothing listens at the hub's address.

use std::path::Path;

use assert_cmd::Command;
use client_sdk::Client;
use client_sdk::seal::{KeyCost, Sealed};
use client_sdk::store::SqliteStore;
use client_sdk::transport::{Answer, Transport, TransportError};
use document_model::{
    Actor, Assignment, Author, BookId, DeviceId, Document, DocumentId, Entropy, Kind, Moment, Operation,
    starter_products,
};
use jiff::tz::TimeZone;
use serde_json::Value;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{
    BookPage, BookTitle, Cursor, DownloadedDocument, PROTOCOL_VERSION, StreamStatus, SyncResponse, encode,
};

/// The passphrase of seeded homes.
pub(crate) const PASSPHRASE: &str = "passphrase of the test";
/// Nothing listens here.
pub(crate) const SERVER: &str = "http://127.0.0.1:1";
const NOW: Moment = Moment(1_780_000_000_000);

/// A home of kim, with a book of his own and the catalogue.
pub(crate) fn signed_in(home: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let file = SqliteStore::open(home).await.unwrap();
        let store =
            Sealed::open_with_cost(file.clone(), PASSPHRASE, KeyCost::TEST, Box::new(Counting(0))).await;
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let mut client =
            Client::open(store.unwrap(), StandIn, zone, Box::new(Counting(1 << 32))).await.unwrap();
        client.sign_in(SERVER, "kim", "password", "test", NOW).await.unwrap();
        client.sync(|| NOW).await.unwrap();
        file.close().await.unwrap();
    });
}

/// The program on a home, its output in JSON.
pub(crate) fn rep(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldbook-rep"));
    command.env_remove("FIELDBOOK_HOME").env("FIELDBOOK_PASSPHRASE", PASSPHRASE);
    command.arg("--home").arg(home).args(arguments).arg("--json");
    command
}

/// What it answers, when it does what was asked.
pub(crate) fn answer(home: &Path, arguments: &[&str]) -> Value {
    let output = rep(home, arguments).assert().success().get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code and stable code, when it does not. Nothing may stand on standard output then.
pub(crate) fn refusal(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8_lossy(&output.stderr);
    let error: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
    assert!(!error["error"]["message"].as_str().unwrap().is_empty());
    (output.status.code().unwrap(), error["error"]["code"].as_str().unwrap().to_owned())
}

struct StandIn;

impl Transport for StandIn {
    async fn exchange(&self, _: &str, _: &str, _: Vec<u8>) -> Result<Answer, TransportError> {
        let response = SyncResponse {
            protocol: PROTOCOL_VERSION,
            hub_time_ms: NOW.0,
            stream: StreamStatus::Current,
            results: Vec::new(),
            books: vec![
                page(BookId::SHARED, "Headquarters", true, catalogue()),
                page(BookId::of_rep(&"P1".into()), "Book of P1", false, Vec::new()),
            ],
            gone: Vec::new(),
            origins: Vec::new(),
            list_cursors: false,
            wipe: None,
            receipt: None,
            day_results: None,
        };
        Ok(Answer { body: encode(&response), bytes_up: 0, bytes_down: 0 })
    }

    async fn sign_in(&self, _: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        Ok(SignInResponse {
            device: DeviceId([9; 16]),
            user: request.user.clone(),
            unit: "P1".into(),
            role: "rep".to_owned(),
            access_token: "access".to_owned(),
            expires_in_s: 900,
            refresh_token: "refresh".to_owned(),
        })
    }

    /// Nobody gave out a code here.
    async fn pair(&self, _: &str, _: &PairRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongPassword)
    }
}

fn page(book: BookId, name: &str, read_only: bool, downloaded: Vec<DownloadedDocument>) -> BookPage {
    BookPage {
        book,
        title: Some(BookTitle { name: name.to_owned(), read_only }),
        downloaded,
        download: None,
        entries: Vec::new(),
        cursor: Some(Cursor { book, epoch: 1, seq: 0, check: 0 }),
        more: false,
        digest: None,
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

/// Bytes that never repeat and are the same in every run.
struct Counting(u64);

impl Entropy for Counting {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0 += 1;
        let mut bytes = [1; 16];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        bytes
    }
}
