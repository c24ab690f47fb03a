//! Every policy counts exactly once: reps with two devices each sell over a network that loses, repeats and
//! delays, stores are put back to older copies, and hubs go down in the middle of a request. Then the figures
//! must equal a recount of the script, by day, unit and product.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use anyhow::{Context as _, Result, bail, ensure};
use client_sdk::Client;
use client_sdk::store::MemoryStore;
use client_sdk::transport::{Answer, Transport, TransportError};
use document_model::{
    Date, DeviceId, DocumentId, Kind, Moment, Operation, UnitCode, add_days, parse_assignment, parse_date,
};
use futures::StreamExt;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::auth::{Principal, Role};
use server::hub::HubError;
use server::organisation::{Level, NATION, UnitSpan};
use server::storage::{FigureQuery, SplitBy, Storage, View};
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{ErrorCode, WireError, decode_request, encode};

use crate::direct::{Clock, Direct, TestHub, company_of, hub_over, seoul, unit};
use crate::sim::Entropies;

/// 2026-06-30 20:00 in Seoul.
const NOW: Moment = Moment(1_782_817_200_000);
/// The first of the days on which policies are sold.
const FIRST_DAY: &str = "2026-06-01";
/// Days on which policies are sold.
const DAYS: i32 = 30;
const REPS_OF_A_BRANCH: usize = 20;
const BRANCHES_OF_A_REGION: usize = 5;
/// Reps that work side by side.
const SIDE_BY_SIDE: usize = 8;
/// Exchanges a device may need once the network is well.
const SETTLES_WITHIN: usize = 50;
/// Copies of requests that wait to arrive late, at most.
const LATE_AT_MOST: usize = 64;
/// Things that may go wrong are one in so many.
const ONE_IN: u32 = 12;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Reps, with two devices each.
    pub reps: usize,
    /// Policies each of them sells.
    pub policies: usize,
    /// What all that is random begins with.
    pub seed: u64,
}

/// What went wrong on the way, as it should.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    /// Policies sold.
    pub policies: u64,
    /// Of them, those corrected later.
    pub corrected: u64,
    /// Those withdrawn later.
    pub withdrawn: u64,
    /// Requests that never arrived.
    pub lost_requests: u64,
    /// Answers that never came back.
    pub lost_answers: u64,
    /// Requests that arrived twice.
    pub repeats: u64,
    /// Requests that arrived once more, after later ones.
    pub late: u64,
    /// Hubs that went down in the middle of a request.
    pub hub_crashes: u64,
    /// Stores put back to an older copy.
    pub restores: u64,
    /// Stores that found out they were one.
    pub renewed: u64,
}

impl Met {
    /// Every count, with its name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("policies", self.policies),
            ("corrected", self.corrected),
            ("withdrawn", self.withdrawn),
            ("lost requests", self.lost_requests),
            ("lost answers", self.lost_answers),
            ("repeats", self.repeats),
            ("late repeats", self.late),
            ("hub crashes", self.hub_crashes),
            ("restores", self.restores),
            ("renewed", self.renewed),
        ]
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.named().map(|(name, count)| format!("{name} {count}"));
        f.write_str(&counts.join(", "))
    }
}

/// A policy as the script knows it.
#[derive(Debug, Clone)]
struct Sold {
    rep: usize,
    day: Date,
    product: &'static str,
    won: i64,
    withdrawn: bool,
}

/// Sold, withdrawn, gross and withdrawn premium.
type Count = (i64, i64, i64, i64);

/// A copy of somebody's request that is still on its way.
type Late = (Principal, Vec<u8>);

/// The network, and the hubs behind it.
#[derive(Clone)]
struct Net<S> {
    state: Arc<Mutex<State<S>>>,
    clock: Clock,
}

struct State<S> {
    hubs: Vec<TestHub<S>>,
    rng: ChaCha8Rng,
    /// False once it is well.
    faults: bool,
    late: VecDeque<Late>,
    met: Met,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    Lost,
    NoAnswer,
    Twice,
    LateAgain,
    /// The hub goes down after so many steps.
    Crash(usize),
}

impl<S: Storage> Net<S> {
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self, below: u32) -> u32 {
        self.lock().rng.random_range(0..below)
    }

    fn draw(&self) -> (usize, TestHub<S>, Fate, Option<Late>) {
        let mut state = self.lock();
        let hubs = state.hubs.len();
        let which = state.rng.random_range(0..hubs);
        let hub = state.hubs[which].clone();
        if !state.faults {
            return (which, hub, Fate::Fine, None);
        }
        let fate = match state.rng.random_range(0..ONE_IN * 5) {
            0..5 => Fate::Lost,
            5..10 => Fate::NoAnswer,
            10..13 => Fate::Twice,
            13..16 => Fate::LateAgain,
            16..20 => Fate::Crash(state.rng.random_range(1..12)),
            _ => Fate::Fine,
        };
        let late = if state.rng.random_range(0..ONE_IN) == 0 { state.late.pop_front() } else { None };
        (which, hub, fate, late)
    }

    fn met(&self, count: impl FnOnce(&mut Met)) {
        count(&mut self.lock().met);
    }

    /// Whatever was under way at a hub is gone; what is durable is there.
    fn crashed(&self, which: usize) {
        let mut state = self.lock();
        let storage = state.hubs[which].storage().clone();
        state.hubs[which] = hub_over(storage);
        state.met.hub_crashes += 1;
    }
}

/// The way of one rep's devices.
struct Way<S> {
    net: Net<S>,
    rep: UnitCode,
}

impl<S: Storage> Way<S> {
    async fn handle(
        &self,
        hub: &TestHub<S>,
        principal: &Principal,
        message: &[u8],
    ) -> Result<Vec<u8>, TransportError> {
        let refused = |code| TransportError::Hub(WireError { code, retry_after_ms: None });
        let request = decode_request(message).map_err(|error| refused(error.code()))?;
        let answer = hub.exchange(principal, request, self.net.clock.now()).await;
        answer.map(|answer| encode(&answer)).map_err(|error: HubError| refused(error.code()))
    }
}

/// `None` when the work was dropped after so many steps.
async fn cut<T>(work: impl Future<Output = T>, steps: usize) -> Option<T> {
    let (mut work, mut left) = (pin!(work), steps);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

impl<S: Storage> Transport for Way<S> {
    async fn exchange(&self, _: &str, token: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        let device: DeviceId =
            token.parse().map_err(|_| TransportError::Unreachable("no token".to_owned()))?;
        let principal =
            Principal { user: self.rep.0.clone(), role: Role::Rep, unit: self.rep.clone(), device };
        let gone = || TransportError::NoAnswer("the line broke".to_owned());
        let (which, hub, fate, late) = self.net.draw();
        if let Some((whose, late)) = late {
            // Nobody waits for what it says.
            drop(self.handle(&hub, &whose, &late).await);
            self.net.met(|met| met.late += 1);
        }
        let body = match fate {
            Fate::Lost => {
                self.net.met(|met| met.lost_requests += 1);
                return Err(TransportError::Unreachable("no network".to_owned()));
            }
            Fate::Crash(steps) => match cut(self.handle(&hub, &principal, &message), steps).await {
                Some(answer) => answer?,
                None => {
                    self.net.crashed(which);
                    return Err(gone());
                }
            },
            Fate::Fine | Fate::NoAnswer | Fate::Twice | Fate::LateAgain => {
                self.handle(&hub, &principal, &message).await?
            }
        };
        match fate {
            Fate::NoAnswer => {
                self.net.met(|met| met.lost_answers += 1);
                return Err(gone());
            }
            Fate::Twice => {
                drop(self.handle(&hub, &principal, &message).await);
                self.net.met(|met| met.repeats += 1);
            }
            Fate::LateAgain => {
                let mut state = self.net.lock();
                if state.late.len() < LATE_AT_MOST {
                    state.late.push_back((principal, message.clone()));
                }
            }
            Fate::Fine | Fate::Lost | Fate::Crash(_) => {}
        }
        Ok(Answer { bytes_up: message.len() as u64, bytes_down: body.len() as u64, body })
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        let hub = self.net.lock().hubs[0].clone();
        let direct = Direct { hub, rep: self.rep.clone(), clock: self.net.clock.clone() };
        direct.sign_in(server, request).await
    }

    /// Nobody gave out a code here.
    async fn pair(&self, _: &str, _: &PairRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongCode)
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongPassword)
    }
}

/// A device of a rep.
struct Device<S: Storage> {
    net: Net<S>,
    rep: UnitCode,
    store: MemoryStore,
    client: Client<MemoryStore, Way<S>>,
    number: u64,
    opened: u64,
    copy: Option<MemoryStore>,
}

impl<S: Storage> Device<S> {
    async fn new(net: &Net<S>, rep: &UnitCode, number: u64) -> Result<Self> {
        let store = MemoryStore::new();
        let client = open(net, rep, &store, number, 0).await?;
        let (net, rep) = (net.clone(), rep.clone());
        let mut device = Self { net, rep, store, client, number, opened: 0, copy: None };
        let (name, now) = (format!("device {number} of {}", device.rep), device.net.clock.now());
        device.client.sign_in("hub", device.rep.as_str(), "password", &name, now).await?;
        Ok(device)
    }

    /// Whatever the network does, what was made is on the device.
    async fn sync(&mut self) -> Result<bool> {
        let now = self.net.clock.now();
        match self.client.sync(|| now).await {
            Ok(done) => {
                self.net.met(|met| met.renewed += done.report.renewed);
                ensure!(done.report.refused == 0, "{} edits were refused", done.report.refused);
                Ok(self.unsent()? == 0)
            }
            Err(client_sdk::ClientError::Transport(
                TransportError::Unreachable(_) | TransportError::NoAnswer(_),
            )) => Ok(false),
            Err(client_sdk::ClientError::Transport(TransportError::Hub(error)))
                if error.code == ErrorCode::Busy =>
            {
                Ok(false)
            }
            Err(error) => Err(error).with_context(|| format!("device {} of {}", self.number, self.rep)),
        }
    }

    fn unsent(&self) -> Result<u64> {
        Ok(self.client.engine()?.unsent())
    }

    /// Takes a copy of the store, or puts the last one back: only where nothing that is not at the hub is lost
    /// with it, or the script would not know what counts.
    async fn copy_or_restore(&mut self) -> Result<()> {
        if self.unsent()? > 0 {
            return Ok(());
        }
        match self.copy.take() {
            None => self.copy = Some(self.store.fork()),
            Some(copy) => {
                self.store = copy;
                self.opened += 1;
                self.client = open(&self.net, &self.rep, &self.store, self.number, self.opened).await?;
                self.net.met(|met| met.restores += 1);
                // What was sold since comes back with the pages: it is worked on again.
                while !self.sync().await? {}
            }
        }
        Ok(())
    }
}

async fn open<S: Storage>(
    net: &Net<S>,
    rep: &UnitCode,
    store: &MemoryStore,
    number: u64,
    opened: u64,
) -> Result<Client<MemoryStore, Way<S>>> {
    let way = Way { net: net.clone(), rep: rep.clone() };
    let entropy = Entropies::new(number * 2 + 11, opened);
    Ok(Client::open(store.clone(), way, seoul(), Box::new(entropy)).await?)
}

fn rep_code(n: usize) -> String {
    format!("P{n:04}")
}

fn branch_code(rep: usize) -> String {
    format!("B{:03}", rep / REPS_OF_A_BRANCH)
}

fn region_code(rep: usize) -> String {
    format!("R{:02}", rep / REPS_OF_A_BRANCH / BRANCHES_OF_A_REGION)
}

fn spans(reps: usize) -> Vec<UnitSpan> {
    let unit = |code: String, level, parent: String| unit(&code, level, &parent);
    let mut units = BTreeMap::new();
    for rep in 0..reps {
        units.insert(region_code(rep), unit(region_code(rep), Level::Region, NATION.to_owned()));
        units.insert(branch_code(rep), unit(branch_code(rep), Level::Branch, region_code(rep)));
        units.insert(rep_code(rep), unit(rep_code(rep), Level::Rep, branch_code(rep)));
    }
    units.into_values().collect()
}

fn set(kind: Kind, text: &str) -> Result<Operation> {
    Ok(Operation::Set(parse_assignment(kind, text).map_err(|error| anyhow::anyhow!("{text}: {error:?}"))?))
}

/// A rep's month on two devices; what came of it, told by the script alone.
async fn month<S: Storage>(net: &Net<S>, rep: usize, policies: usize) -> Result<(Vec<Sold>, Vec<Device<S>>)> {
    let code = UnitCode(rep_code(rep));
    let mut devices = Vec::new();
    for number in 0..2 {
        let mut device = Device::new(net, &code, (rep * 2 + number) as u64).await?;
        while !device.sync().await? || device.client.engine()?.books().is_empty() {}
        devices.push(device);
    }
    let now = net.clock.now();
    let customer =
        devices[0].client.create(Kind::Customer, vec![set(Kind::Customer, "name=Kim")?], now).await?;
    // A policy is edited where it was made: two values of one field would leave the script in doubt.
    let mut sold: Vec<(Sold, DocumentId, usize)> = Vec::new();
    while sold.len() < policies {
        let at = net.random(2) as usize;
        let device = &mut devices[at];
        match net.random(10) {
            0..6 => {
                let day = add_days(parse_date(FIRST_DAY).context("a date")?, net.random(DAYS as u32) as i32);
                let product = ["WL01", "TL01", "CI01"][net.random(3) as usize];
                let won = 10_000 + i64::from(net.random(290_000));
                let fields = [
                    format!("customer={customer}"),
                    format!("product={product}"),
                    format!("premium_won={won}"),
                    format!("sale_date={day}"),
                ];
                let fields = fields.iter().map(|text| set(Kind::Policy, text)).collect::<Result<_>>()?;
                let id = device.client.create(Kind::Policy, fields, now).await?;
                sold.push((Sold { rep, day, product, won, withdrawn: false }, id, at));
                net.met(|met| met.policies += 1);
            }
            6 if !sold.is_empty() => {
                let which = net.random(sold.len() as u32) as usize;
                let (policy, id, at) = &mut sold[which];
                let client = &mut devices[*at].client;
                if net.random(2) == 0 {
                    policy.won += 1_000;
                    let edit = set(Kind::Policy, &format!("premium_won={}", policy.won))?;
                    client.edit(*id, vec![edit], now).await?;
                    net.met(|met| met.corrected += 1);
                } else if !policy.withdrawn {
                    policy.withdrawn = true;
                    client.edit(*id, vec![set(Kind::Policy, "withdrawn_on=2026-06-30")?], now).await?;
                    net.met(|met| met.withdrawn += 1);
                }
            }
            7 => device.copy_or_restore().await?,
            _ => drop(device.sync().await?),
        }
    }
    Ok((sold.into_iter().map(|(policy, ..)| policy).collect(), devices))
}

/// The script, counted by unit and by what the rows are split by.
fn recount(sold: &[Sold], level: Level, part: impl Fn(&Sold) -> String) -> BTreeMap<(String, String), Count> {
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    for policy in sold {
        let unit = match level {
            Level::Nation => NATION.to_owned(),
            Level::Region => region_code(policy.rep),
            Level::Branch => branch_code(policy.rep),
            Level::Rep => rep_code(policy.rep),
        };
        let count = counts.entry((unit, part(policy))).or_default();
        let gone = i64::from(policy.withdrawn);
        *count = (count.0 + 1, count.1 + gone, count.2 + policy.won, count.3 + gone * policy.won);
    }
    counts
}

/// The hub's figures equal the script's, at every level, by day and by product.
async fn compare<S: Storage>(hub: &TestHub<S>, sold: &[Sold]) -> Result<()> {
    let first = parse_date(FIRST_DAY).context("a date")?;
    for level in Level::ALL {
        for by in [SplitBy::Day, SplitBy::Product] {
            let query = FigureQuery {
                from: first,
                to: add_days(first, DAYS),
                level,
                under: None,
                by,
                view: View::Now,
                placed: None,
            };
            let rows = hub.storage().figures(&query).await?.rows.into_iter().map(|row| {
                let part = row.product.map(|product| product.0).or(row.day.map(|day| day.to_string()));
                let sums = row.sums;
                let count = (sums.sold, sums.withdrawn, sums.premium_gross_won, sums.premium_withdrawn_won);
                ((row.unit.0, part.unwrap_or_default()), count)
            });
            let told: BTreeMap<_, _> = rows.collect();
            let due = match by {
                SplitBy::Day => recount(sold, level, |policy| policy.day.to_string()),
                SplitBy::Product | SplitBy::Type | SplitBy::Unit => {
                    recount(sold, level, |policy| policy.product.to_owned())
                }
            };
            if told != due {
                let differs = due.iter().find(|(key, count)| told.get(*key) != Some(*count));
                bail!(
                    "{level:?} by {by:?}: due {differs:?}, told {:?}",
                    differs.map(|(key, _)| told.get(key))
                );
            }
        }
    }
    Ok(())
}

/// Lives through it, over as many hubs as there are storages: all of one database.
///
/// # Errors
/// What was lost or counted twice.
pub async fn exactly_once<S: Storage>(storages: Vec<S>, scale: Scale) -> Result<Met> {
    let mut storages = storages.into_iter();
    let first = storages.next().context("a storage")?;
    let mut hubs = vec![company_of(first, spans(scale.reps), NOW).await];
    hubs.extend(storages.map(hub_over));
    let (rng, met) = (ChaCha8Rng::seed_from_u64(scale.seed), Met::default());
    let state = State { hubs, rng, faults: true, late: VecDeque::new(), met };
    let net = Net { state: Arc::new(Mutex::new(state)), clock: Clock::at(NOW) };
    let months = (0..scale.reps).map(|rep| month(&net, rep, scale.policies));
    let mut months = futures::stream::iter(months).buffer_unordered(SIDE_BY_SIDE);
    let (mut sold, mut devices) = (Vec::new(), Vec::new());
    while let Some(done) = months.next().await {
        let (policies, of_rep) = done?;
        sold.extend(policies);
        // Their devices go on until nothing waits; of a large company they need not all be held at once.
        devices.extend(of_rep);
    }
    drop(months);
    net.lock().faults = false;
    for device in &mut devices {
        let mut exchanges = 0;
        while !device.sync().await? {
            exchanges += 1;
            ensure!(exchanges < SETTLES_WITHIN, "device {} of {} does not settle", device.number, device.rep);
        }
    }
    // What was late arrives last of all.
    while let Some((whose, message)) = { net.lock().late.pop_front() } {
        let hub = net.lock().hubs[0].clone();
        let way = Way { net: net.clone(), rep: whose.unit.clone() };
        drop(way.handle(&hub, &whose, &message).await);
        net.met(|met| met.late += 1);
    }
    let hubs = net.lock().hubs.clone();
    for hub in &hubs {
        compare(hub, &sold).await?;
    }
    hubs[0].storage().fold(usize::MAX >> 1, NOW.0).await?;
    compare(&hubs[0], &sold).await?;
    let verified = hubs[0].verify(&|_| ()).await?;
    ensure!(verified.found == 0, "verify found {:?}", verified.differences.first());
    let met = net.lock().met;
    ensure!(met.policies as usize == sold.len() && sold.len() == scale.reps * scale.policies, "{met}");
    Ok(met)
}
