//! Three hubs on one PostgreSQL behind a balancer, one of them killed again and again with a request in its
//! hands, while devices work and hop between them with every connection: everything converges, nothing is lost or twice, and the
//! figures are exact.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use server::storage::conformance::scratch;
use tests::balancer::Balancer;
use tests::black_box::{HubProgram, RepProgram, SIGN_IN_NEEDED, fieldbook_json};

const REPS: [&str; 3] = ["P1", "P2", "P3"];
/// Rounds of work of each device.
const ROUNDS: i64 = 15;
/// Requests between two kills.
const REQUESTS_BETWEEN: usize = 6;
/// How long the killer waits for a request before it looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long every device may take to send what it has once nothing is killed any more.
const SETTLES_WITHIN: Duration = Duration::from_secs(60);

/// What went wrong on the way, as it should.
#[derive(Default)]
struct Met {
    kills: AtomicU64,
    syncs: AtomicU64,
    failed_syncs: AtomicU64,
    sign_ins: AtomicU64,
}

/// A sync that may fail: a hub may die under it.
fn try_sync(device: &RepProgram, url: &str, rep: &str, met: &Met) {
    met.syncs.fetch_add(1, Ordering::Relaxed);
    let done = device.run(&["sync", "--json"]);
    if done.status.success() {
        return;
    }
    met.failed_syncs.fetch_add(1, Ordering::Relaxed);
    if done.status.code() == Some(SIGN_IN_NEEDED) {
        met.sign_ins.fetch_add(1, Ordering::Relaxed);
        // A hub may die under this too; then it is asked for again.
        drop(device.try_sign_in(url, rep));
    }
}

/// A rep's day on two devices: visits on one customer from both, a sale each round.
fn work(devices: &[RepProgram; 2], url: &str, rep: &str, customer: &str, met: &Met) {
    for round in 0..ROUNDS {
        for (place, device) in devices.iter().enumerate() {
            device.run_ok(&["customer", "visit", customer]);
            let premium = (1_000 * (round + 1)).to_string();
            if place == 0 {
                let sale =
                    ["policy", "add", "--customer", customer, "--product", "WL01", "--premium", &premium];
                device.run_ok(&sale);
            }
            try_sync(device, url, rep, met);
        }
    }
}

/// Kills a hub that was just given a request, starts it again, and so on until told to stop.
fn kill_at_work(hubs: &mut [HubProgram], balancer: &Balancer, stop: &AtomicBool, met: &Met) {
    let mut requests = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some(found) = balancer.next_at_work(PATIENCE) else { continue };
        requests += 1;
        if requests % REQUESTS_BETWEEN == 0 {
            hubs[found].kill();
            met.kills.fetch_add(1, Ordering::Relaxed);
            hubs[found].serve();
            // Those that came meanwhile are answered by now.
            while balancer.next_at_work(Duration::ZERO).is_some() {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serial_heavy_three_hubs_on_one_database() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        let first = HubProgram::start_on(Some(&url), &REPS, "");
        let mut hubs = vec![first.beside(), first.beside()];
        hubs.insert(0, first);
        let balancer =
            Balancer::before(hubs.iter().map(HubProgram::address).collect()).await.expect("listens");
        tokio::task::block_in_place(|| live(&mut hubs, &balancer));
        println!("{} connections passed on", balancer.passed());
        let figures = ["figures", "--from", "today", "--to", "today", "--level", "rep"];
        for hub in &hubs {
            let told = fieldbook_json(&hub.data(), &figures);
            let sold = ROUNDS * REPS.len() as i64;
            let premium = (1..=ROUNDS).map(|round| 1_000 * round).sum::<i64>() * REPS.len() as i64;
            assert_eq!(
                (&told["total"]["sold"], &told["total"]["premium_gross_won"]),
                (&sold.into(), &premium.into()),
                "{told}"
            );
        }
        assert_eq!(fieldbook_json(&hubs[0].data(), &["verify"])["found"], 0);
    })
    .await;
}

fn live(hubs: &mut [HubProgram], balancer: &Balancer) {
    let entry = &*balancer.url();
    let teams = REPS.map(|rep| {
        let devices = [RepProgram::signed_in(entry, rep), RepProgram::signed_in(entry, rep)];
        let added = devices[0].json(&["customer", "add", "--name", "김철수"]);
        let customer = added["id"].as_str().expect("an id").to_owned();
        devices.iter().for_each(|device| device.run_ok(&["sync"]));
        (rep, devices, customer)
    });
    let (met, stop) = (Met::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let killing = scope.spawn(|| kill_at_work(hubs, balancer, &stop, &met));
        let working: Vec<_> = teams
            .iter()
            .map(|(rep, devices, customer)| {
                let met = &met;
                scope.spawn(move || work(devices, entry, rep, customer, met))
            })
            .collect();
        working.into_iter().for_each(|team| team.join().expect("the work goes through"));
        stop.store(true, Ordering::Relaxed);
        killing.join().expect("hubs start again");
    });
    settle(&teams, entry, &met);
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (kills, syncs, failed) = (count(&met.kills), count(&met.syncs), count(&met.failed_syncs));
    println!(
        "{kills} kills, {syncs} syncs, {failed} of them failed, {} signed in again",
        count(&met.sign_ins)
    );
    assert!(kills > 3 && failed > 0, "hubs were not killed under work");
    for (_, devices, customer) in &teams {
        for device in devices {
            let shown = device.json(&["customer", "show", customer]);
            assert_eq!(shown["fields"]["visits"], 2 * ROUNDS, "{shown}");
            let policies = device.json(&["policy", "list"]);
            assert_eq!(policies.as_array().map(Vec::len), Some(usize::try_from(ROUNDS).expect("few")));
            assert_eq!(device.json(&["status"])["tray"], 0);
        }
    }
}

/// Nothing is killed any more: every device sends what it has, then reads what the others sent.
fn settle(teams: &[(&str, [RepProgram; 2], String); 3], entry: &str, met: &Met) {
    let begun = Instant::now();
    for (rep, devices, _) in teams {
        for device in devices {
            while device.json(&["status"])["unsent"] != 0 {
                try_sync(device, entry, rep, met);
                assert!(begun.elapsed() < SETTLES_WITHIN, "a device of {rep} cannot send what it has");
            }
        }
        devices.iter().for_each(|device| try_sync(device, entry, rep, met));
    }
}
