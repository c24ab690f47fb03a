//! A reorganisation in the middle of a month: "as it was" equals the reports of before, to the won; "today's
//! structure" counts the same policies where their reps stand now.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeMap;

use document_model::{BookId, Date, DocumentId, FieldValue, Kind, Moment, UnitCode, add_days, parse_date};
use server::hub::{HubWrite, SumsShown};
use server::organisation::{Changes, Level, NATION, Order, UnitSpan};
use server::storage::conformance::Furnish;
use server::storage::conformance::scratch;
use server::storage::memory::MemoryStorage;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, SplitBy, Storage, View};
use tests::direct::{TestHub, company_of, unit};
use tests::sim::Entropies;

/// 2026-07-01 09:00 in Seoul.
const NOW: Moment = Moment(1_782_864_000_000);
const REGIONS: usize = 4;
const BRANCHES: usize = 20;
const REPS: usize = 1_000;
const POLICIES: usize = 6_000;

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

/// The day the new structure begins.
fn change() -> Date {
    day("2026-06-15")
}

fn branch(n: usize) -> String {
    format!("B{n:02}")
}

fn rep(n: usize) -> String {
    format!("P{n:04}")
}

/// A policy as the script knows it.
struct Sold {
    rep: usize,
    day: Date,
    product: &'static str,
    won: i64,
}

/// The script: no two days, reps or premiums in step with each other.
fn script() -> Vec<Sold> {
    let sold = |n: usize| Sold {
        rep: n * 7_919 % REPS,
        day: add_days(day("2026-05-01"), (n * 31 % 61) as i32),
        product: ["WL01", "TL01", "CI01"][n % 3],
        won: 10_000 + (n as i64 * 1_237) % 90_001,
    };
    (0..POLICIES).map(sold).collect()
}

/// Where a rep was on a day, told by the script alone: branch and region.
fn stood(n: usize, on: Date) -> (String, String) {
    let home = n / (REPS / BRANCHES);
    if on < change() {
        return (branch(home), format!("R{}", home / (BRANCHES / REGIONS)));
    }
    // Every second rep went to the branch after the next; two branches became part of a third; two branches of
    // the second region are a region of their own.
    let moved = if n.is_multiple_of(2) { (home + 2) % BRANCHES } else { home };
    let now = if moved == 2 || moved == 3 { 4 } else { moved };
    let region =
        if now == 5 || now == 6 { "R9".to_owned() } else { format!("R{}", now / (BRANCHES / REGIONS)) };
    (branch(now), region)
}

/// Sold policies and their premium by unit, counted from the script: `at` says where one counts.
fn recount(sold: &[Sold], days: (Date, Date), at: impl Fn(&Sold) -> String) -> BTreeMap<String, (i64, i64)> {
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for one in sold.iter().filter(|one| days.0 <= one.day && one.day <= days.1) {
        let sum = sums.entry(at(one)).or_default();
        *sum = (sum.0 + 1, sum.1 + one.won);
    }
    sums
}

fn spans() -> Vec<UnitSpan> {
    let unit = |code: String, level, parent: String| unit(&code, level, &parent);
    let regions = (0..REGIONS).map(|n| unit(format!("R{n}"), Level::Region, NATION.to_owned()));
    let branches =
        (0..BRANCHES).map(|n| unit(branch(n), Level::Branch, format!("R{}", n / (BRANCHES / REGIONS))));
    let reps = (0..REPS).map(|n| unit(rep(n), Level::Rep, branch(n / (REPS / BRANCHES))));
    regions.chain(branches).chain(reps).collect()
}

async fn sell<S: Storage>(hub: &TestHub<S>, sold: &[Sold]) {
    let write = |(n, one): (usize, &Sold)| HubWrite {
        document: DocumentId::derived("policy", &n.to_string()),
        kind: Kind::Policy,
        book: BookId::of_rep(&rep(one.rep).as_str().into()),
        fields: vec![
            (
                "customer".to_owned(),
                FieldValue::from(DocumentId::derived("customer", "1").to_string().as_str()),
            ),
            ("product".to_owned(), FieldValue::from(one.product)),
            ("premium_won".to_owned(), FieldValue::Number(one.won)),
            ("payment_mode".to_owned(), FieldValue::from("monthly")),
            ("sale_date".to_owned(), FieldValue::from(one.day.to_string().as_str())),
        ],
        imported: true,
        only_new: false,
    };
    let writes: Vec<_> = sold.iter().enumerate().map(write).collect();
    hub.write("hq", &writes, NOW, &mut Entropies::new(5, 1)).await.unwrap();
}

/// What the hub answers, by unit.
async fn told<S: Storage>(
    hub: &TestHub<S>,
    days: (Date, Date),
    level: Level,
    under: Option<(Level, UnitCode)>,
    today: bool,
) -> (BTreeMap<String, (i64, i64)>, SumsShown) {
    let (from, to) = days;
    let mut query = FigureQuery { from, to, level, under, by: SplitBy::Unit, view: View::Now, placed: None };
    if today {
        query = hub.in_todays_structure(query, NOW).await.unwrap();
    }
    let answer = hub.figures(&query, NOW).await.unwrap();
    assert_eq!((answer.structure, answer.level), (if today { "today" } else { "as_it_was" }, level.as_str()));
    let rows = answer.rows.into_iter().map(|row| (row.unit.0, (row.sums.sold, row.sums.premium_gross_won)));
    (rows.collect(), answer.total)
}

/// The same of a level by type of product, as a unit and a type in one name.
async fn told_types<S: Storage>(hub: &TestHub<S>, level: Level, today: bool) -> BTreeMap<String, (i64, i64)> {
    let (from, to) = (day("2026-05-01"), day("2026-06-30"));
    let mut query =
        FigureQuery { from, to, level, under: None, by: SplitBy::Type, view: View::Now, placed: None };
    if today {
        query = hub.in_todays_structure(query, NOW).await.unwrap();
    }
    let rows = hub.figures(&query, NOW).await.unwrap().rows.into_iter();
    let name = |unit: &str, of: Option<String>| format!("{unit} {}", of.unwrap());
    rows.map(|row| (name(row.unit.as_str(), row.product_type), (row.sums.sold, row.sums.premium_gross_won)))
        .collect()
}

/// The type of a product, told by the script.
fn type_of(one: &Sold) -> &'static str {
    match one.product {
        "WL01" => "life",
        "TL01" => "term",
        _ => "health",
    }
}

/// One region splits, two branches merge into a third, 500 reps move, all from one day on.
async fn reorganise<S: Storage>(hub: &TestHub<S>) {
    let (roster, _) = hub.storage().roster().await.unwrap();
    let mut changes = Changes::of(roster);
    let code = |text: &str| UnitCode::from(text);
    let moves = (0..REPS).filter(|n| n.is_multiple_of(2)).map(|n| Order::Move {
        unit: code(&rep(n)),
        to: code(&branch((n / (REPS / BRANCHES) + 2) % BRANCHES)),
        from: change(),
    });
    let merge = Order::Merge { units: vec![code("B02"), code("B03")], into: code("B04"), from: change() };
    let split = Order::Split {
        unit: code("R1"),
        new: code("R9"),
        name: "Ninth".to_owned(),
        children: vec![code("B05"), code("B06")],
        from: change(),
    };
    let orders: Vec<_> = moves.chain([merge, split]).collect();
    assert_eq!(orders.len(), 502);
    for order in &orders {
        changes.take(order).unwrap();
    }
    hub.storage().put_units(changes.spans()).await.unwrap();
    let again = hub.rejudge(NOW).await.unwrap();
    let expected = script()
        .iter()
        .filter(|one| one.day >= change() && stood(one.rep, one.day) != stood(one.rep, day("2026-05-01")))
        .count();
    assert!(again >= expected && expected > 500, "{again} of {expected} policies count elsewhere");
}

async fn a_reorganisation_moves_nothing_it_should_not<S: Storage>(storage: S) {
    let (sold, hub) = (script(), company_of(storage, spans(), NOW).await);
    sell(&hub, &sold).await;
    let before = (day("2026-05-01"), add_days(change(), -1));
    let (after, all) = ((change(), day("2026-06-30")), (before.0, day("2026-06-30")));
    let mut reports = Vec::new();
    for level in Level::ALL {
        reports.push(told(&hub, before, level, None, false).await);
    }
    let home = |one: &Sold| stood(one.rep, before.0);
    assert_eq!(reports[2].0, recount(&sold, before, |one| home(one).0));
    let national = told(&hub, all, Level::Nation, None, false).await;
    reorganise(&hub).await;
    for folded in [false, true] {
        for (level, report) in Level::ALL.into_iter().zip(&reports) {
            assert_eq!(told(&hub, before, level, None, false).await, *report, "{level:?}, folded: {folded}");
        }
        let was = |one: &Sold| stood(one.rep, one.day);
        let (branches, _) = told(&hub, after, Level::Branch, None, false).await;
        assert_eq!(branches, recount(&sold, after, |one| was(one).0));
        let (regions, _) = told(&hub, after, Level::Region, None, false).await;
        assert_eq!(regions, recount(&sold, after, |one| was(one).1));
        let is = |one: &Sold| stood(one.rep, change());
        for days in [before, after, all] {
            let (branches, total) = told(&hub, days, Level::Branch, None, true).await;
            assert_eq!(branches, recount(&sold, days, |one| is(one).0), "today's branches");
            assert!(!branches.contains_key("B02") && !branches.contains_key("B03"), "they are no more");
            let (regions, of_regions) = told(&hub, days, Level::Region, None, true).await;
            assert_eq!(regions, recount(&sold, days, |one| is(one).1), "today's regions");
            let (_, nation) = told(&hub, days, Level::Nation, None, false).await;
            assert_eq!((total, of_regions), (nation, nation), "the same national total");
            let (_, today) = told(&hub, days, Level::Nation, None, true).await;
            assert_eq!(today, nation);
            // What a manager of the new region sees, down to the rep.
            let (reps, ninth) = told(&hub, days, Level::Rep, Some((Level::Region, "R9".into())), true).await;
            let mut due =
                recount(&sold, days, |one| if is(one).1 == "R9" { rep(one.rep) } else { String::new() });
            due.remove("");
            assert_eq!((reps, (ninth.sold, ninth.premium_gross_won)), (due, regions["R9"]));
        }
        assert_eq!(told(&hub, all, Level::Nation, None, true).await, national);
        let then = recount(&sold, all, |one| format!("{} {}", was(one).1, type_of(one)));
        assert_eq!(told_types(&hub, Level::Region, false).await, then);
        let now = recount(&sold, all, |one| format!("{} {}", is(one).0, type_of(one)));
        assert_eq!(told_types(&hub, Level::Branch, true).await, now);
        hub.storage().fold(100_000, NOW.0).await.unwrap();
    }
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn in_memory() {
    a_reorganisation_moves_nothing_it_should_not(MemoryStorage::new()).await;
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_reorganisation_moves_nothing_it_should_not(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn on_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        a_reorganisation_moves_nothing_it_should_not(PostgresStorage::open(&url).await.unwrap()).await;
    })
    .await;
}
