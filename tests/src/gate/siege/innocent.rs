//! The other devices: each of a rep of its own, editing and syncing at a steady pace.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use client_sdk::store::MemoryStore;
use client_sdk::transport::NativeTransport;
use client_sdk::{Client, SyncReport};
use document_model::{DocumentId, FieldValue, Kind, Operation, parse_assignment};
use futures::future::try_join_all;
use jiff::tz::TimeZone;
use server::app::{Clock, SystemEntropy};
use tokio::time::{MissedTickBehavior, interval_at};

use crate::black_box::PASSWORD;

/// Between two exchanges of one device.
const PACE: Duration = Duration::from_millis(200);
/// Customers of each rep, edited in turn.
const CUSTOMERS: u64 = 20;
/// The field that is edited.
const FIELD: &str = "address.detail";

/// A device of a rep with the shipping client.
pub(super) struct Innocent {
    rep: String,
    device: Client<MemoryStore, NativeTransport>,
    clock: Clock,
    customers: Vec<DocumentId>,
    /// Edits made; the last of each customer is known from it.
    edits: u64,
}

/// What a rep's documents show.
pub(super) type Shown = BTreeMap<DocumentId, BTreeMap<String, FieldValue>>;

impl Innocent {
    /// A new device of a rep, with what the hub has.
    pub(super) async fn sign_in(server: &str, rep: &str) -> Result<Self> {
        let (store, transport, clock) = (MemoryStore::new(), NativeTransport::new()?, Clock::system());
        let zone = TimeZone::get("Asia/Seoul")?;
        let mut device = Client::open(store, transport, zone, Box::new(SystemEntropy)).await?;
        device.sign_in(server, rep, PASSWORD, "phone", clock.now()).await?;
        let mut innocent = Self { rep: rep.to_owned(), device, clock, customers: Vec::new(), edits: 0 };
        innocent.sync().await?;
        Ok(innocent)
    }

    /// Whose device it is.
    pub(super) fn rep(&self) -> &str {
        &self.rep
    }

    /// Sends and receives everything; all of it can be read.
    pub(super) async fn sync(&mut self) -> Result<()> {
        let report = self.device.sync(|| self.clock.now()).await?.report;
        ensure!(report.unreadable == 0, "{} documents cannot be read by {}", report.unreadable, self.rep);
        ensure!((report.refused, report.forked, report.renewed) == (0, 0, 0), "{} met {report:?}", self.rep);
        Ok(())
    }

    /// Makes documents by these scripts, each by the one of its turn and then the one after it. Nothing is
    /// sent.
    pub(super) async fn write(&mut self, kind: Kind, scripts: &[Vec<Operation>], count: usize) -> Result<()> {
        for number in 0..count {
            let script = |turn: usize| scripts[(number + turn) % scripts.len()].clone();
            let document = self.device.create(kind, script(0), self.clock.now()).await?;
            self.device.edit(document, script(1), self.clock.now()).await?;
        }
        Ok(())
    }

    /// Makes the customers that are edited later.
    pub(super) async fn settle(&mut self) -> Result<()> {
        for number in 0..CUSTOMERS {
            let name = vec![set(&format!("name=Kim {number}"))?, set("address.city=Seoul")?];
            let customer = self.device.create(Kind::Customer, name, self.clock.now()).await?;
            self.customers.push(customer);
        }
        self.sync().await
    }

    /// Edits a customer, sends that, and hears that it is acknowledged: how long it took to hear.
    async fn exchange(&mut self) -> Result<Duration> {
        let customer = self.customers[(self.edits % CUSTOMERS) as usize];
        let edit = vec![set(&format!("{FIELD}={}", self.edits))?];
        self.device.edit(customer, edit, self.clock.now()).await?;
        self.edits += 1;
        let (since, mut report) = (Instant::now(), SyncReport::default());
        self.device.exchange(self.clock.now(), &mut report).await?;
        let took = since.elapsed();
        ensure!(report.report.sent == 1, "{} was not acknowledged an edit: {report:?}", self.rep);
        Ok(took)
    }

    /// What every document shows; each is read.
    pub(super) async fn shown(&self) -> Result<Shown> {
        let mut shown = Shown::new();
        for (id, entry) in self.device.engine()?.index() {
            if entry.kind.written_by_reps() {
                let view = self.device.show(*id, self.clock.now()).await;
                let view = view.with_context(|| format!("{id} cannot be read by {}", self.rep))?;
                shown.insert(*id, view.fields);
            }
        }
        Ok(shown)
    }

    /// A new device of the same rep has every edit this one made last, and all else that it has.
    pub(super) fn check(&self, own: &Shown, fresh: &Shown) -> Result<()> {
        ensure!(own == fresh, "a new device of {} holds other documents than the one before", self.rep);
        for (customer, turn) in self.customers.iter().zip(0..) {
            let last = (0..self.edits).rev().find(|edit| edit % CUSTOMERS == turn);
            let Some(last) = last else { continue };
            let held = fresh.get(customer).and_then(|fields| fields.get(FIELD));
            let due = FieldValue::from(last.to_string().as_str());
            ensure!(held == Some(&due), "{}: edit {last} of {customer} is lost: {held:?}", self.rep);
        }
        Ok(())
    }
}

/// Lets all of them exchange at their pace, each as long as `go_on` says of the exchanges it has made. How
/// long each exchange took.
pub(super) async fn exchange_all(
    innocents: &mut [Innocent],
    go_on: impl Fn(u64) -> bool,
) -> Result<Vec<Duration>> {
    let (begun, count, go_on) = (Instant::now(), innocents.len() as u32, &go_on);
    let each = innocents.iter_mut().zip(0..).map(|(innocent, place)| async move {
        // One after the other, not all at once.
        let mut pace = interval_at((begun + PACE * place / count).into(), PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut times = Vec::new();
        while go_on(times.len() as u64) {
            pace.tick().await;
            times.push(innocent.exchange().await?);
        }
        anyhow::Ok(times)
    });
    Ok(try_join_all(each).await?.concat())
}

fn set(assignment: &str) -> Result<Operation> {
    Ok(Operation::Set(parse_assignment(Kind::Customer, assignment)?))
}
