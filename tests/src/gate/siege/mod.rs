//! The siege: a real hub, served, and a device that pushes mutated changes over the route all devices
//! take, while others go on with their work.

mod attacker;
mod innocent;
mod tally;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use document_model::Kind;

use self::attacker::{Attacker, elsewhere};
use self::innocent::{Innocent, exchange_all};
use super::campaign::Plan;
use super::mutant::scripts;
use crate::black_box::{HubProgram, fieldbook_json, get_json};
use crate::programs::{Memory, children_of, has_ended, memory_kib};

pub use tally::{Held, Siege, Times};

/// The rep whose book is besieged, from a device of the rep's own.
const BESIEGED: &str = "P0";
/// The reps of the other devices.
const OTHERS: [&str; 8] = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"];
/// Customers and policies in the besieged book when the siege begins.
const TARGETS: [(Kind, usize); 2] = [(Kind::Customer, 800), (Kind::Policy, 200)];
/// Times the hostile device begins, each after a calm: whatever else the machine does falls on both alike.
const ROUNDS: u64 = 5;
/// One exchange of the others in a calm for so many mutated changes: it lasts about as long.
const CALM: u64 = 80;
/// No device is told to slow down: the limit of requests is not what holds here.
const CONFIG: &str = "[http]\ndevice_requests_per_s = 100000\ndevice_burst = 100000\n";
/// Memory in KiB that the hub may hold more of than before.
const MEMORY_KIB: u64 = 256 * 1024;

/// Besieges a hub and looks at everything afterwards. An error is a broken promise; how much slower the
/// others were is left to the caller.
pub async fn siege(plan: Plan, progress: impl Fn(&Siege) + Clone + Send + 'static) -> Result<Siege> {
    let hub = HubProgram::start(&[&[BESIEGED], &OTHERS[..]].concat(), CONFIG);
    let (pid, server) = (hub.pid(), hub.url());
    fill(&server).await?;
    let mut attacker = Attacker::sign_in(&server, BESIEGED, plan.seed).await?;
    let mut innocents = Vec::new();
    for rep in OTHERS {
        let mut innocent = Innocent::sign_in(&server, rep).await?;
        innocent.settle().await?;
        innocents.push(innocent);
    }
    let each = plan.count.div_ceil(CALM * OTHERS.len() as u64 * ROUNDS);
    let (mut calm, mut besieged, mut calm_kib) = (Vec::new(), Vec::new(), 0);
    let (mut tally, mut took) = (Siege::default(), Duration::ZERO);
    for round in 1..=ROUNDS {
        calm.extend(exchange_all(&mut innocents, |made| made < each).await?);
        if round == 1 {
            calm_kib = memory_kib(pid, Memory::Peak).context("the hub has ended")?;
        }
        let volleys = attacker.arm(plan.count * round / ROUNDS - tally.mutated())?;
        let since = Instant::now();
        let attack = elsewhere(attacker.attack(volleys, tally, progress.clone()));
        let times = exchange_all(&mut innocents, |_| !attack.is_finished()).await;
        took += since.elapsed();
        besieged.extend(times.with_context(|| format!("the hub's log: {}", hub.log()))?);
        let attacked = attack.join().ok().context("the hostile device stopped")?;
        (attacker, tally) = attacked.with_context(|| format!("the hub's log: {}", hub.log()))?;
    }
    (tally.calm, tally.besieged, tally.took) = (Times::of(calm), Times::of(besieged), took);
    tally.held.calm_kib = calm_kib;
    stands(&hub, pid, &mut tally)?;
    tally.documents = read_all(&server, &innocents, &mut attacker).await?;
    stands(&hub, pid, &mut tally)?;
    let found = fieldbook_json(&hub.data(), &["verify"])["found"].as_u64();
    ensure!(found == Some(0), "verify finds {found:?} differences");
    Ok(tally)
}

/// The rep's own device writes what is besieged later.
async fn fill(server: &str) -> Result<()> {
    let mut device = Innocent::sign_in(server, BESIEGED).await?;
    for ((kind, scripts), (of, count)) in scripts()?.into_iter().zip(TARGETS) {
        ensure!(kind == of, "scripts of another kind");
        device.write(kind, &scripts, count).await?;
    }
    device.sync().await
}

/// The hub is the process it was, ready, and holds no more memory than it may.
fn stands(hub: &HubProgram, pid: u32, tally: &mut Siege) -> Result<()> {
    let log = hub.log();
    ensure!(hub.pid() == pid && !has_ended(pid), "the hub has ended: {log}");
    let ready = get_json(&hub.address(), "/readyz");
    ensure!(ready["status"] == "ready", "the hub is not ready: {ready}");
    let told = |what: &str| log.lines().filter(|line| line.contains(what)).count() as u64;
    ensure!(told("panic.place") == 0, "the hub panicked: {log}");
    tally.died = told("a gate worker ended and is replaced");
    tally.convicted = told("changes that end a worker are refused");
    let workers = children_of(pid).into_iter().filter_map(|pid| memory_kib(pid, Memory::Peak));
    tally.held.worker_kib = workers.max().context("the hub has no workers")?;
    tally.held.besieged_kib = memory_kib(pid, Memory::Peak).context("the hub has ended")?;
    let more = tally.held.besieged_kib - tally.held.calm_kib;
    ensure!(more < MEMORY_KIB, "the hub held {more} KiB more than before: {tally}");
    Ok(())
}

/// A new device of each rep reads everything; how many documents that is.
async fn read_all(server: &str, innocents: &[Innocent], attacker: &mut Attacker) -> Result<u64> {
    let besieged = Innocent::sign_in(server, BESIEGED).await?.shown().await?;
    let held = attacker.look_again().await?;
    ensure!(besieged.len() == held, "{held} documents in the besieged book, {} on a device", besieged.len());
    let mut documents = held;
    for innocent in innocents {
        let fresh = Innocent::sign_in(server, innocent.rep()).await?.shown().await?;
        innocent.check(&innocent.shown().await?, &fresh)?;
        documents += fresh.len();
    }
    Ok(documents as u64)
}
