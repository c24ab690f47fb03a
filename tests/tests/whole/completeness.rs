//! Beside every figure stands who has reported: two thousand reps, and exactly those who are silent are named.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Date, Kind, Moment, Operation, UnitCode, add_days, parse_assignment, parse_date};
use server::hub::{CompletenessShown, FigureAnswerNamed};
use server::organisation::{Absence, Level, NATION, UnitSpan};
use server::storage::conformance::Furnish;
use server::storage::conformance::scratch;
use server::storage::memory::MemoryStorage;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, OrganisationStorage as _, SplitBy, Storage, View};
use tests::direct::{Clock, TestClient, TestHub, company_of, device_of, unit};

/// 2026-06-02 09:00 in Seoul, a Tuesday; the next day is a public holiday.
const MORNING: Moment = Moment(1_780_358_400_000);
const HOUR: i64 = 3_600_000;
const REGIONS: usize = 10;
const BRANCHES: usize = 100;
const REPS: usize = 2_000;
/// Reps by what they do that day, one group after the other.
const ON_LEAVE: usize = 300;
const LEFT: usize = 40;
const SILENT: usize = 25;
const SAID_SO: usize = 50;
/// The branch that closed the day before, with its reps: the last one.
const IN_CLOSED_BRANCH: usize = REPS / BRANCHES;

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn today() -> Date {
    day("2026-06-02")
}

fn branch_of(rep: usize) -> usize {
    rep / IN_CLOSED_BRANCH
}

fn code(rep: usize) -> UnitCode {
    format!("P{rep:04}").as_str().into()
}

fn spans() -> Vec<UnitSpan> {
    let unit = |code: String, level, parent: String, to| UnitSpan { to, ..unit(&code, level, &parent) };
    let regions = (0..REGIONS).map(|n| unit(format!("R{n}"), Level::Region, NATION.to_owned(), None));
    let branches = (0..BRANCHES).map(|n| {
        let to = (n == BRANCHES - 1).then(|| add_days(today(), -1));
        unit(format!("B{n:02}"), Level::Branch, format!("R{}", n % REGIONS), to)
    });
    let reps = (0..REPS).map(|n| {
        let to = (ON_LEAVE..ON_LEAVE + LEFT).contains(&n).then(|| add_days(today(), -1));
        unit(code(n).0, Level::Rep, format!("B{:02}", branch_of(n)), to)
    });
    regions.chain(branches).chain(reps).collect()
}

/// A company in the evening of a day, and the devices of its silent reps.
struct Evening<S: Storage> {
    hub: TestHub<S>,
    clock: Clock,
    /// Silent reps with their last contact, and the device to wait for where there is one.
    silent: BTreeMap<UnitCode, Option<Moment>>,
    waited_for: Vec<TestClient<S>>,
}

async fn ask<S: Storage>(
    evening: &Evening<S>,
    days: (Date, Date),
    level: Level,
    under: Option<(Level, UnitCode)>,
    view: View,
) -> FigureAnswerNamed {
    let (from, to) = days;
    let query = FigureQuery { from, to, level, under, by: SplitBy::Unit, view, placed: None };
    evening.hub.figures(&query, evening.clock.now()).await.unwrap()
}

async fn completeness<S: Storage>(
    evening: &Evening<S>,
    under: Option<(Level, UnitCode)>,
) -> CompletenessShown {
    let level = under.as_ref().map_or(Level::Nation, |(level, _)| *level);
    ask(evening, (today(), today()), level, under, View::Now).await.completeness.unwrap()
}

async fn sell<S: Storage>(client: &mut TestClient<S>, now: Moment) {
    let set = |kind, text: &str| Operation::Set(parse_assignment(kind, text).unwrap());
    let customer = client.create(Kind::Customer, vec![set(Kind::Customer, "name=Kim")], now).await.unwrap();
    let fields = [
        format!("customer={customer}"),
        "product=WL01".into(),
        format!("sale_date={}", today()),
        "premium_won=50000".into(),
    ];
    let fields = fields.iter().map(|text| set(Kind::Policy, text)).collect();
    client.create(Kind::Policy, fields, now).await.unwrap();
}

/// What the reps who work that day do, each in their own way.
async fn evening_of<S: Storage>(storage: S) -> Evening<S> {
    let hub = company_of(storage, spans(), MORNING).await;
    for rep in 0..ON_LEAVE {
        let leave = Absence {
            rep: code(rep),
            from: add_days(today(), -20),
            to: (rep % 2 == 0).then(today),
            reason: "leave".into(),
        };
        hub.storage().put_absences(code(rep), vec![leave]).await.unwrap();
    }
    let clock = Clock::at(MORNING);
    let mut evening = Evening { hub, clock, silent: BTreeMap::new(), waited_for: Vec::new() };
    let (mut after, working) = (Vec::new(), ON_LEAVE + LEFT..REPS - IN_CLOSED_BRANCH);
    for (rep, at) in working.zip(0..) {
        let (rep, clock) = (code(rep), evening.clock.clone());
        let mut client = device_of(&evening.hub, &clock, &rep, 1).await;
        if at > 0 && at % 10 == 0 {
            client.sync(|| clock.now()).await.unwrap();
            sell(&mut client, clock.now()).await;
        }
        match at {
            // They signed in and were never heard of.
            0..5 => {
                evening.silent.insert(rep, Some(Moment(0)));
                evening.waited_for.push(client);
            }
            // They synced in the morning alone, and some sold more since.
            5..15 => {
                client.sync(|| clock.now()).await.unwrap();
                sell(&mut client, Moment(clock.now().0 + HOUR)).await;
                evening.silent.insert(rep, Some(MORNING));
                evening.waited_for.push(client);
            }
            // One device of two is behind.
            15..SILENT => {
                let mut other = device_of(&evening.hub, &clock, &rep, 2).await;
                other.sync(|| clock.now()).await.unwrap();
                evening.silent.insert(rep, Some(Moment(MORNING.0 + 10 * HOUR)));
                evening.waited_for.push(other);
                after.push(client);
            }
            // They said in the morning that this was all; some of them sold nothing.
            _ if at < SILENT + SAID_SO => {
                client.close_day(today(), clock.now()).await.unwrap();
                let report = client.sync(|| clock.now()).await.unwrap().report;
                assert_eq!((report.days_noted, report.days_refused), (1, 0));
                assert_eq!(client.status().await.unwrap().closed_days, Vec::<String>::new());
            }
            _ => after.push(client),
        }
    }
    let before = completeness(&evening, None).await;
    assert_eq!((before.expected, before.reported), (1_640, SAID_SO), "nobody is complete in the morning");
    evening.clock.pass(10 * HOUR);
    for client in &mut after {
        client.sync(|| evening.clock.now()).await.unwrap();
    }
    evening
}

/// Exactly the silent are named, at every level, with their last contact.
async fn the_silent_are_named<S: Storage>(evening: &Evening<S>) {
    let nation = completeness(evening, None).await;
    assert_eq!((nation.expected, nation.reported), (1_640, 1_615));
    let named: BTreeMap<_, _> =
        nation.silent.iter().map(|one| (one.rep.clone(), one.last_contact.clone())).collect();
    let due = evening.silent.iter().map(|(rep, at)| (rep.clone(), at.map(document_model::format_moment)));
    assert_eq!(named, due.collect());
    assert!(nation.silent.iter().all(|one| one.day == "2026-06-02"));
    let devices = |of: &str| {
        nation
            .silent
            .iter()
            .find(|one| one.rep.as_str() == of)
            .unwrap()
            .devices
            .iter()
            .map(|device| device.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(devices("P0355"), ["P0355 device 2"], "the one that is behind, not the other");
    for (level, units) in [(Level::Region, REGIONS), (Level::Branch, BRANCHES)] {
        let (mut expected, mut reported, mut silent) = (0, 0, BTreeSet::new());
        for n in 0..units {
            let unit = if level == Level::Region { format!("R{n}") } else { format!("B{n:02}") };
            let found = completeness(evening, Some((level, unit.as_str().into()))).await;
            expected += found.expected;
            reported += found.reported;
            silent.extend(found.silent.into_iter().map(|one| one.rep));
        }
        assert_eq!((expected, reported), (1_640, 1_615), "{level:?}");
        assert!(silent.iter().eq(evening.silent.keys()), "{level:?}");
    }
    let closed = completeness(evening, Some((Level::Branch, "B99".into()))).await;
    assert_eq!((closed.expected, closed.reported), (0, 0), "a closed branch is not expected");
}

/// On the holiday after it nobody is expected; a range waits for the last day each rep was expected on.
async fn days_and_ranges<S: Storage>(evening: &Evening<S>) {
    let holiday = add_days(today(), 1);
    evening.clock.pass(24 * HOUR);
    let of =
        async |from, to| ask(evening, (from, to), Level::Nation, None, View::Now).await.completeness.unwrap();
    assert_eq!(of(holiday, holiday).await.expected, 0);
    assert_eq!(of(add_days(today(), 2), add_days(today(), 9)).await.expected, 0, "days to come");
    let range = of(add_days(today(), -30), holiday).await;
    assert_eq!(range.expected, REPS, "leavers and those on leave worked before, the closed branch as well");
    // They never signed in: nobody knows what they sold before they left.
    let never = range.silent.iter().filter(|one| one.last_contact.is_none()).count();
    assert_eq!(never, ON_LEAVE + LEFT + IN_CLOSED_BRANCH);
    assert_eq!(range.reported, REPS - never - SILENT);
    let left = range.silent.iter().find(|one| one.rep == code(ON_LEAVE)).unwrap();
    assert_eq!((left.day.as_str(), left.branch.as_str()), ("2026-06-01", "B15"));
}

/// The day is closed with what was known; then the silent come, and the stamp stands.
async fn late_reports<S: Storage>(evening: &mut Evening<S>) {
    let stamps = evening.hub.close_day(today(), None, false, "hq", evening.clock.now()).await.unwrap();
    let nation = stamps.iter().find(|stamp| stamp.unit.as_str() == NATION).unwrap();
    assert_eq!((nation.expected, nation.reported), (Some(1_640), Some(1_615)));
    let regions = stamps.iter().filter(|stamp| stamp.level == Level::Region);
    let sums =
        regions.fold((0, 0), |sum, one| (sum.0 + one.expected.unwrap(), sum.1 + one.reported.unwrap()));
    assert_eq!(sums, (1_640, 1_615));
    let clock = evening.clock.clone();
    for client in &mut evening.waited_for {
        client.sync(|| clock.now()).await.unwrap();
    }
    let now = completeness(evening, None).await;
    assert_eq!((now.expected, now.reported, now.silent.len()), (1_640, 1_640, 0), "known at once");
    let closed =
        ask(evening, (today(), today()), Level::Nation, None, View::Closed).await.completeness.unwrap();
    assert_eq!((closed.expected, closed.reported), (1_640, 1_615));
    // What was heard is written, and whoever reads it knows the same.
    evening.hub.write_contacts().await.unwrap();
    evening.clock.pass(HOUR);
    assert_eq!(completeness(evening, None).await, now);
}

async fn exactly_the_silent<S: Storage>(storage: S) {
    let mut evening = evening_of(storage).await;
    the_silent_are_named(&evening).await;
    // Written and read again, it is the same.
    evening.hub.write_contacts().await.unwrap();
    evening.clock.pass(60_000);
    the_silent_are_named(&evening).await;
    days_and_ranges(&evening).await;
    late_reports(&mut evening).await;
}

#[tokio::test]
async fn in_memory() {
    exactly_the_silent(MemoryStorage::new()).await;
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    exactly_the_silent(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn on_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        exactly_the_silent(PostgresStorage::open(&url).await.unwrap()).await;
    })
    .await;
}

#[tokio::test]
async fn a_day_to_come_is_not_complete() {
    let hub = company_of(MemoryStorage::new(), spans(), MORNING).await;
    let clock = Clock::at(MORNING);
    let mut client = device_of(&hub, &clock, &code(1), 1).await;
    assert!(client.close_day(add_days(today(), 1), clock.now()).await.is_err());
    // A device whose clock is two days ahead.
    let ahead = Moment(MORNING.0 + 48 * HOUR);
    client.close_day(add_days(today(), 1), ahead).await.unwrap();
    client.close_day(today(), ahead).await.unwrap();
    client.close_day(add_days(today(), -400), ahead).await.unwrap();
    assert_eq!(client.status().await.unwrap().closed_days, ["2025-04-28", "2026-06-02", "2026-06-03"]);
    let report = client.sync(|| clock.now()).await.unwrap().report;
    assert_eq!((report.days_noted, report.days_refused), (1, 2));
    let noted = hub.storage().day_statements(day("2025-01-01"), day("2026-12-31")).await.unwrap();
    assert_eq!(noted.iter().map(|one| (one.day, one.rep.clone())).collect::<Vec<_>>(), [(today(), code(1))]);
}
