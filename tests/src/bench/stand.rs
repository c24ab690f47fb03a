//! The hub of a bench, its documents, and devices that note what they send.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use client_sdk::seal::{KeyCost, Sealed};
use client_sdk::store::{SqliteStore, Store};
use client_sdk::transport::{Answer, NativeTransport, Transport, TransportError};
use client_sdk::{Client, SyncReport};
use document_model::{BookId, DocumentId, Entropy, FieldValue, Kind, Operation, UnitCode, parse_assignment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use server::app::{App, Clock, Line, Missing, SystemEntropy, listen};
use server::auth::{Account, Role};
use server::config::{Config, GateConfig};
use server::hub::gate::Workers;
use server::hub::{Gate, HubWrite, ProcessGate, WriteResult};
use server::import::import_org;
use server::storage::SealedEngine;
use sync_protocol::SyncRequest;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::programs::program;
use server::storage::conformance::Furnish;

pub(super) const PASSWORD: &str = "a password for the bench";
pub(super) const SEED: u64 = 20_260_921;
/// Customers in the book of the first rep.
pub(super) const BOOK: usize = 1_000;
/// Reps whose devices push at the same time.
pub(super) const FLEET: usize = 200;
/// Customers in the book of each of those.
pub(super) const FLEET_BOOK: usize = 20;

/// The hub of a bench, while it is served.
pub(super) struct Stand {
    /// The hub.
    pub(super) app: App<SealedEngine, ProcessGate>,
    /// Where it is served.
    pub(super) server: String,
    folder: TempDir,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

/// A device.
pub(super) type Device<S> = Client<S, Tap>;

impl Stand {
    /// A new hub with a large book for rep 0 and a small one for each rep of the fleet; in its own folder, or in
    /// the database of this address.
    pub(super) async fn open(database: Option<&str>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let workers = |config: &GateConfig| Workers::of(program("fieldbook"), config);
        let app = App::open_to_serve(folder.path(), database, Missing::Create, workers).await?;
        organise(&app, 0..=FLEET).await?;
        let mut dice = ChaCha8Rng::seed_from_u64(SEED);
        let writes: Vec<_> = (0..=FLEET)
            .flat_map(|rep| customers(rep).map(move |customer| (rep, customer)))
            .map(|(rep, customer)| written(rep, customer, &mut dice))
            .collect();
        let results = app.hub.write("bench", &writes, app.clock.now(), &mut SystemEntropy).await?;
        ensure!(results.iter().all(|result| *result == WriteResult::Created), "a customer was there already");
        open_accounts(&app, 0..=FLEET).await?;
        let listener = listen(&["127.0.0.1:0".parse()?])?;
        let server = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn({
            let app = app.clone();
            async move { Ok(app.serve(listener, Line::Clear, async { drop(stopped.await) }).await?) }
        });
        Ok(Self { app, server, folder, stop, serving })
    }

    /// The folder of the hub.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops serving and deletes the data.
    pub(super) async fn close(self) -> Result<()> {
        drop(self.stop);
        self.serving.await??;
        drop(self.app);
        Ok(self.folder.close()?)
    }

    /// A device of a rep, signed in and empty, and what it will have sent.
    pub(super) async fn sign_in<S: Store>(&self, rep: usize, store: S) -> Result<(Device<S>, Sent)> {
        sign_in(&self.server, rep, store).await
    }

    /// Sends and receives everything.
    pub(super) async fn sync<S: Store>(&self, device: &mut Device<S>) -> Result<SyncReport> {
        Ok(device.sync(|| self.app.clock.now()).await?)
    }

    /// Sets one field of a document on a device. Nothing is sent.
    pub(super) async fn set<S: Store>(
        &self,
        device: &mut Device<S>,
        (kind, document): (Kind, DocumentId),
        assignment: &str,
    ) -> Result<()> {
        let set = Operation::Set(parse_assignment(kind, assignment)?);
        Ok(device.edit(document, vec![set], self.app.clock.now()).await?)
    }
}

/// A device of a rep, signed in at a hub and empty, and what it will have sent.
pub(super) async fn sign_in<S: Store>(server: &str, rep: usize, store: S) -> Result<(Device<S>, Sent)> {
    let sent = Sent::default();
    let tap = Tap { inner: NativeTransport::new()?, sent: sent.clone() };
    let zone = Config::default().time_zone()?;
    let mut client = Client::open(store, tap, zone, Box::new(SystemEntropy)).await?;
    client.sign_in(server, &code_of(rep), PASSWORD, "bench", Clock::system().now()).await?;
    Ok((client, sent))
}

/// Makes units and books of these reps.
pub(super) async fn organise<G: Gate>(app: &App<SealedEngine, G>, reps: RangeInclusive<usize>) -> Result<()> {
    let mut csv = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n".to_owned();
    for rep in reps {
        let branch = rep % 5;
        csv.push_str(&format!("R01,North,B{branch:03},Branch {branch},{},Rep {rep}\n", code_of(rep)));
    }
    ensure!(import_org(app, csv.as_bytes(), false).await?.imported, "the organisation was refused");
    Ok(())
}

/// Somebody made up, as a customer of a rep.
pub(super) fn written(rep: usize, customer: DocumentId, dice: &mut ChaCha8Rng) -> HubWrite {
    HubWrite {
        document: customer,
        kind: Kind::Customer,
        book: book_of(rep),
        fields: person(dice),
        imported: true,
        only_new: true,
    }
}

/// The book of a rep.
pub(super) fn book_of(rep: usize) -> BookId {
    BookId::of_rep(&UnitCode(code_of(rep)))
}

/// A sealed store on disk in `home`.
pub(super) async fn sealed(home: &Path) -> Result<Sealed<SqliteStore>> {
    let inner = SqliteStore::open(home).await?;
    Ok(Sealed::open_with_cost(inner, "bench", KeyCost::TEST, Box::new(SystemEntropy)).await?)
}

/// The customers of a rep.
pub(super) fn customers(rep: usize) -> impl Iterator<Item = DocumentId> {
    let count = if rep == 0 { BOOK } else { FLEET_BOOK };
    (0..count).map(move |number| DocumentId::derived("bench customer", &format!("{rep} {number}")))
}

pub(super) fn code_of(rep: usize) -> String {
    format!("P{rep:05}")
}

/// An account for every rep. One hash serves them all: the password is the same.
pub(super) async fn open_accounts<G: Gate>(
    app: &App<SealedEngine, G>,
    reps: RangeInclusive<usize>,
) -> Result<()> {
    let password_hash = app.desk.passwords.hash(PASSWORD.to_owned(), SystemEntropy.sixteen()).await?;
    for rep in reps {
        let (name, password_hash) = (code_of(rep), password_hash.clone());
        let unit = UnitCode(name.clone());
        let account = Account { name, role: Role::Rep, unit, password_hash, disabled: false };
        ensure!(app.hub.storage().add_account(account).await?, "an account was there already");
    }
    Ok(())
}

/// Twelve fields of somebody made up.
fn person(dice: &mut ChaCha8Rng) -> Vec<(String, FieldValue)> {
    let mut below = |end: u32| dice.next_u32() % end;
    let name = format!("{} {}", SURNAMES[below(8) as usize], GIVEN[below(8) as usize]);
    let fields = [
        ("birth_date", format!("{}-{:02}-{:02}", 1940 + below(65), 1 + below(12), 1 + below(28))),
        ("gender", ["female", "male"][below(2) as usize].to_owned()),
        ("occupation", ["teacher", "nurse", "farmer", "engineer"][below(4) as usize].to_owned()),
        ("phone", format!("010-{:04}-{:04}", below(10_000), below(10_000))),
        ("email", format!("{}{}@example.org", name.to_lowercase().replace(' ', "."), below(1_000))),
        ("address.street", format!("{}-gil {}", GIVEN[below(8) as usize], 1 + below(200))),
        ("address.detail", format!("{}-{:04}", 101 + below(20), below(2_000))),
        ("address.city", ["Seoul", "Busan", "Daegu", "Suwon"][below(4) as usize].to_owned()),
        ("address.zip", format!("{:05}", below(64_000))),
        ("consent.marketing", ["granted", "withdrawn"][below(2) as usize].to_owned()),
        ("source", ["referral", "event", "walk-in"][below(3) as usize].to_owned()),
        ("name", name),
    ];
    fields.map(|(field, value)| (field.to_owned(), FieldValue::Text(value))).into()
}

const SURNAMES: [&str; 8] = ["Kim", "Lee", "Park", "Choi", "Jung", "Kang", "Cho", "Yoon"];
const GIVEN: [&str; 8] = ["Minjun", "Seoyeon", "Jiho", "Haeun", "Dohyun", "Sua", "Yejun", "Jiwoo"];

/// The messages a device sent, or would have sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    messages: Vec<Message>,
    /// While true, messages are noted and go nowhere.
    held: bool,
}

/// A message with the token it goes under.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) token: String,
    pub(super) bytes: Vec<u8>,
}

impl Message {
    /// What it says.
    pub(super) fn read(&self) -> Result<SyncRequest> {
        sync_protocol::decode_request(&self.bytes).context("a request sent")
    }
}

impl Sent {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds messages back, or lets them go from now on.
    pub(super) fn hold(&self, held: bool) {
        self.noted().held = held;
    }

    /// The messages since the last call.
    pub(super) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.noted().messages)
    }

    /// All changes sent since the last call, one after the other, and their count.
    pub(super) fn take_changes(&self) -> Result<(Vec<u8>, usize)> {
        let (mut raw, mut count) = (Vec::new(), 0);
        for message in self.take() {
            for change in message.read()?.pushes.iter().flat_map(|push| &push.changes) {
                raw.extend_from_slice(&change.bytes);
                count += 1;
            }
        }
        Ok((raw, count))
    }
}

/// The shipping transport; notes every message it sends.
pub(super) struct Tap {
    inner: NativeTransport,
    sent: Sent,
}

impl Transport for Tap {
    async fn exchange(&self, server: &str, token: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        let held = {
            let mut noted = self.sent.noted();
            noted.messages.push(Message { token: token.to_owned(), bytes: message.clone() });
            noted.held
        };
        if held {
            return Err(TransportError::Unreachable("held back".to_owned()));
        }
        self.inner.exchange(server, token, message).await
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        self.inner.sign_in(server, request).await
    }

    async fn pair(&self, server: &str, request: &PairRequest) -> Result<SignInResponse, TransportError> {
        self.inner.pair(server, request).await
    }

    async fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> Result<SignInResponse, TransportError> {
        self.inner.refresh(server, request).await
    }
}

/// A kept connection that asks for nothing but `/healthz`: the bare round trip.
pub(super) struct Bare(TcpStream);

impl Bare {
    /// Connects.
    pub(super) async fn connect(server: &str) -> Result<Self> {
        let stream = TcpStream::connect(server.trim_start_matches("http://")).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Asks once and reads the whole answer.
    pub(super) async fn ask(&mut self) -> Result<()> {
        self.0.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n").await?;
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let count = self.0.read(&mut chunk).await?;
            if count == 0 {
                bail!("the hub hung up");
            }
            answer.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            ensure!(head.starts_with("HTTP/1.1 200"), "not healthy: {head}");
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.context("an answer without a length")?.trim().parse()?;
            if body.len() >= length {
                return Ok(());
            }
        }
    }
}
