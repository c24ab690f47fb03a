//! One run: the company, its devices, the clock, and the four parts of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::task::{Context, Waker};

use client_sdk::ClientError;
use document_model::{BookId, DocumentId, FieldValue, Kind, Moment, UnitCode, starter_products};
use futures::executor::block_on;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use server::hub::HubWrite;
use server::organisation::{Level, NATION, UnitSpan};
use server::storage::DocumentStorage;

use super::choice::{Entropies, Stream, stream};
use super::device::SimDevice;
use super::net::{Net, Work};
use super::stats::Stats;
use server::storage::conformance::Furnish;

/// Virtual time within which every outbox must be empty once faults stop.
const QUIESCE_MS: i64 = 60_000;

/// One exchange in so many is followed by a look at the device's own figures.
const FIGURES_EVERY: u64 = 4;
/// Virtual time between two looks at the devices while quiescing.
const TICK_MS: i64 = 250;
/// Rounds of pokes after which all replicas must be equal.
const POKE_ROUNDS: usize = 3;
/// Exchanges one device may make in a row before it counts as never ending.
const EXCHANGES_IN_A_ROW: usize = 200;
/// 2026-06-01, 09:00 in Seoul.
const START_MS: i64 = 1_780_272_000_000;

/// The size of a run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Reps; each has a book of the rep's own.
    pub reps: usize,
    /// Devices of the first rep at the start: replicas of one book.
    pub devices: usize,
    /// Devices of each further rep at the start.
    pub further_devices: usize,
    /// Steps of chaos.
    pub steps: usize,
    /// Customers a device makes before it keeps to those it has: few make many clashes.
    pub customers: usize,
    /// Whether the hub's storage is now and then put back to an older copy. Nothing is moved between books
    /// then: a move that the copy does not know has to be made again by a person.
    pub restored_hub: bool,
    /// The bug to arm, when bugs are compiled in.
    pub bug: Option<sync_protocol::planted::Bug>,
}

impl Plan {
    /// The plan of most campaigns: three reps with two devices each, and ever more customers.
    pub const USUAL: Self = Self {
        reps: 3,
        devices: 2,
        further_devices: 2,
        steps: 400,
        customers: 100,
        restored_hub: false,
        bug: None,
    };
}

/// What the run knows of one edit somebody saved.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) document: DocumentId,
    /// Values the person saw in the field before: the only ones the edit may overwrite.
    pub(crate) seen: BTreeSet<FieldValue>,
}

/// A run.
pub struct World {
    pub(crate) plan: Plan,
    pub(crate) seed: u64,
    pub(crate) net: Net,
    pub(crate) now_ms: i64,
    pub(crate) devices: Vec<SimDevice>,
    pub(crate) reps: Vec<(UnitCode, BookId)>,
    pub(crate) schedule: ChaCha8Rng,
    pub(crate) workload: ChaCha8Rng,
    pub(crate) faults: ChaCha8Rng,
    pub(crate) admin: Vec<Work<()>>,
    pub(crate) edits: BTreeMap<u64, Edit>,
    /// Edits that may be gone or twice for a reason the run knows: their only store was replaced by
    /// an older copy, or a person picked or applied them again.
    pub(crate) excused: BTreeSet<u64>,
    /// Which reps may ever see a document.
    pub(crate) entitled: BTreeMap<DocumentId, BTreeSet<usize>>,
    /// Customers moved so far, with their policies, from whom to whom.
    pub(crate) moved: Vec<(Vec<DocumentId>, usize, usize)>,
    /// Who sold each policy.
    pub(crate) sellers: BTreeMap<DocumentId, usize>,
    /// Exchanges that came to their end.
    answered: u64,
    pub(crate) next_token: u64,
    pub(crate) next_device: u64,
    pub(crate) own: Stats,
    pub(crate) known_clashes: BTreeSet<(u64, DocumentId, String)>,
    hasher: DefaultHasher,
}

impl World {
    /// A company with empty books and signed-in devices.
    #[must_use]
    pub fn new(seed: u64, plan: &Plan) -> Self {
        #[cfg(feature = "planted-bugs")]
        sync_protocol::planted::arm(None);
        let net = Net::new(seed, START_MS);
        let mut world = Self {
            plan: *plan,
            seed,
            net,
            now_ms: START_MS,
            devices: Vec::new(),
            reps: Vec::new(),
            schedule: stream(seed, Stream::Schedule),
            workload: stream(seed, Stream::Workload),
            faults: stream(seed, Stream::Faults),
            admin: Vec::new(),
            edits: BTreeMap::new(),
            excused: BTreeSet::new(),
            entitled: BTreeMap::new(),
            moved: Vec::new(),
            sellers: BTreeMap::new(),
            answered: 0,
            next_token: 1,
            next_device: 0,
            own: Stats::default(),
            known_clashes: BTreeSet::new(),
            hasher: DefaultHasher::new(),
        };
        block_on(world.found());
        #[cfg(feature = "planted-bugs")]
        sync_protocol::planted::arm(plan.bug);
        world
    }

    async fn found(&mut self) {
        let unit = |code: String, level, parent: &str| UnitSpan {
            code: UnitCode(code.clone()),
            from: None,
            to: None,
            level,
            name: code,
            parent: parent.into(),
            successor: None,
        };
        let mut spans =
            vec![unit("R1".into(), Level::Region, NATION), unit("R2".into(), Level::Region, NATION)];
        let mut books = Vec::new();
        for rep in 0..self.plan.reps {
            let branch = format!("B{}", rep / 2);
            spans.push(unit(branch.clone(), Level::Branch, if rep % 4 < 2 { "R1" } else { "R2" }));
            spans.push(unit(format!("P{rep}"), Level::Rep, &branch));
            let code = UnitCode(format!("P{rep}"));
            let book = BookId::of_rep(&code);
            books.push((book, format!("Rep {rep}"), Some(code.clone())));
            self.reps.push((code, book));
        }
        spans.dedup_by(|a, b| a.code == b.code);
        let mut seen = BTreeSet::new();
        spans.retain(|span| seen.insert(span.code.clone()));
        let storage = self.net.storage();
        storage.put_units(spans).await.expect("memory takes units");
        storage.create_books(books).await.expect("memory takes books");
        let products = starter_products();
        let write = |product: &document_model::Product| HubWrite {
            document: DocumentId::derived("product", product.code.as_str()),
            kind: Kind::Product,
            book: BookId::SHARED,
            fields: product.to_fields(),
            imported: false,
            only_new: false,
        };
        let writes: Vec<_> = products.iter().map(write).collect();
        let mut entropy = Entropies::new(self.seed, u64::MAX / 2);
        let now = Moment(self.now_ms);
        self.net.hub().write("hq", &writes, now, &mut entropy).await.expect("the catalogue is written");
        for rep in 0..self.plan.reps {
            let devices = if rep == 0 { self.plan.devices } else { self.plan.further_devices };
            for _ in 0..devices {
                let code = self.reps[rep].0.0.clone();
                let number = self.next_device;
                self.next_device += 1;
                let device = SimDevice::sign_in(self.seed, number, rep, &code, &self.net, now).await;
                self.devices.push(device.expect("a fresh device signs in"));
            }
        }
        // The first download is made in peace: what follows is the life after it.
        for index in 0..self.devices.len() {
            let mut client = self.devices[index].client.take().expect("idle");
            // The network may lose even this; then the device begins empty, as real ones do.
            let outcome = client.sync(|| now).await;
            self.hash(&outcome.is_ok());
            self.devices[index].client = Some(client);
        }
    }

    /// Lives through the whole run. An error names the broken promise.
    pub fn live(&mut self) -> Result<(), String> {
        for step in 0..self.plan.steps {
            self.now_ms += self.schedule.random_range(0..4_000);
            self.net.set_now(self.now_ms);
            self.step().map_err(|error| format!("step {step}: {error}"))?;
            self.net.broken().map_or(Ok(()), Err)?;
        }
        self.heal()?;
        self.quiesce()?;
        self.net.broken().map_or(Ok(()), Err)?;
        block_on(self.judge())
    }

    /// Counts of everything met.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = self.own;
        stats.add(&self.net.stats());
        stats
    }

    /// The hash over the run.
    #[must_use]
    pub fn trace(&self) -> u64 {
        let mut hasher = self.hasher.clone();
        format!("{:?}", self.stats()).hash(&mut hasher);
        for book in block_on(self.net.storage().books()).unwrap_or_default() {
            book.chain.0.hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(crate) fn hash(&mut self, what: &impl Hash) {
        what.hash(&mut self.hasher);
    }

    /// Lets one piece of work under way go on a little.
    pub(crate) fn poll_device(&mut self, index: usize) -> Result<bool, String> {
        let device = &mut self.devices[index];
        let Some(work) = &mut device.under_way else { return Ok(false) };
        let mut context = Context::from_waker(Waker::noop());
        let std::task::Poll::Ready((client, report, result)) = work.as_mut().poll(&mut context) else {
            return Ok(false);
        };
        device.under_way = None;
        device.client = Some(client);
        self.own.refusals += report.report.refused;
        self.own.stale_streams += report.report.renewed;
        self.own.repairs += report.report.repaired;
        self.own.given_back += report.report.given_back;
        self.hash(&(index, report.report.sent, report.report.received, result.is_ok()));
        match result {
            Ok(again) => {
                self.answered += 1;
                if self.answered.is_multiple_of(FIGURES_EVERY) {
                    block_on(self.rep_equals_headquarters(index))?;
                }
                Ok(again)
            }
            Err(ClientError::Store(_)) => {
                self.restart(index)?;
                Ok(false)
            }
            Err(ClientError::Engine(error)) => Err(format!("device {index}: {error}")),
            Err(_) => Ok(false),
        }
    }

    pub(crate) fn restart(&mut self, index: usize) -> Result<(), String> {
        self.own.device_crashes += 1;
        block_on(self.devices[index].restart())
            .map_err(|error| format!("device {index} does not start: {error}"))?;
        block_on(self.cursor_covers(index))
    }

    /// Faults stop: stores work, the network delivers, work under way comes to its end.
    fn heal(&mut self) -> Result<(), String> {
        self.net.heal();
        self.admin.clear();
        for index in 0..self.devices.len() {
            if self.devices[index].client.is_none() && self.devices[index].under_way.is_none() {
                self.restart(index)?;
            }
            let device = &mut self.devices[index];
            // Whatever fault was still waiting for its moment is gone.
            let durable = device.store.fork();
            device.store.reopen();
            device.store.restore(&durable);
            self.finish(index)?;
        }
        Ok(())
    }

    /// Lets a device's exchange come to its end, and those that should follow at once.
    fn finish(&mut self, index: usize) -> Result<(), String> {
        for _ in 0..EXCHANGES_IN_A_ROW {
            let mut again = false;
            while self.devices[index].under_way.is_some() {
                again = self.poll_device(index)?;
            }
            if !again {
                return Ok(());
            }
            self.devices[index].begin_exchange(Moment(self.now_ms));
        }
        Err(format!("device {index} asks again and again and never ends"))
    }

    fn quiesce(&mut self) -> Result<(), String> {
        let end = self.now_ms + QUIESCE_MS;
        loop {
            for index in 0..self.devices.len() {
                let client = self.devices[index].client.as_ref().ok_or("a device is not running")?;
                let due = client.engine().map_err(|error| error.to_string())?.next_sync();
                if due.is_some_and(|due| due.0 <= self.now_ms) {
                    self.devices[index].begin_exchange(Moment(self.now_ms));
                    self.finish(index)?;
                }
            }
            let unsent: u64 = self.devices.iter().map(unsent_of).sum();
            if unsent == 0 {
                break;
            }
            if self.now_ms >= end {
                let paused: Vec<_> =
                    self.devices.iter().map(|device| why_waiting(device, self.now_ms)).collect();
                return Err(format!(
                    "{unsent} edits are unsent {} s after all faults stopped; devices: {paused:?}",
                    QUIESCE_MS / 1000
                ));
            }
            self.now_ms += TICK_MS;
            self.net.set_now(self.now_ms);
        }
        self.exchange_all()?;
        self.apply_trays()?;
        self.exchange_all()
    }

    fn exchange_all(&mut self) -> Result<(), String> {
        for _ in 0..POKE_ROUNDS {
            for index in 0..self.devices.len() {
                self.devices[index].begin_exchange(Moment(self.now_ms));
                self.finish(index)?;
            }
        }
        Ok(())
    }
}

fn unsent_of(device: &SimDevice) -> u64 {
    device.client.as_ref().and_then(|client| client.engine().ok()).map_or(0, |engine| engine.unsent())
}

/// What a device with unsent edits waits for, in words.
fn why_waiting(device: &SimDevice, now_ms: i64) -> String {
    let Some(Ok(engine)) = device.client.as_ref().map(|client| client.engine()) else {
        return "stopped".to_owned();
    };
    let due = engine.next_sync().map(|due| due.0.saturating_sub(now_ms));
    format!("{} unsent, due in {due:?} ms, waits for {:?}", engine.unsent(), engine.paused())
}
