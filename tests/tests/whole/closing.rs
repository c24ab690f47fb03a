//! A closed day stands still: what comes after it is in the figures of now, and an explanation lists every
//! entry between the two.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeSet;

use document_model::{Date, DocumentId, Kind, Moment, Operation, UnitCode, parse_assignment, parse_date};
use server::hub::{ClosingError, EntryShown, ExplainError, SumsShown};
use server::organisation::Level;
use server::storage::conformance::Furnish;
use server::storage::conformance::scratch;
use server::storage::memory::MemoryStorage;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, SplitBy, Storage, View};
use tests::direct::{Clock, REP, TestClient, TestHub, company, device, unit};

/// 2026-06-01 09:00 in Seoul.
const NOW: Moment = Moment(1_780_272_000_000);
const HOUR: i64 = 3_600_000;
const DAY: &str = "2026-06-01";

fn day() -> Date {
    parse_date(DAY).unwrap()
}

fn set(text: &str) -> Operation {
    Operation::Set(parse_assignment(Kind::Policy, text).unwrap())
}

/// A policy as the script knows it.
#[derive(Debug, Clone)]
struct Policy {
    id: DocumentId,
    won: i64,
    withdrawn: bool,
}

/// Net policies, gross and net premium: counted from the script alone.
fn recount(policies: &[Policy]) -> (i64, i64, i64) {
    let kept: Vec<_> = policies.iter().filter(|policy| !policy.withdrawn).collect();
    let won = |policies: &mut dyn Iterator<Item = &Policy>| policies.map(|policy| policy.won).sum();
    (kept.len() as i64, won(&mut policies.iter()), won(&mut kept.into_iter()))
}

fn told(sums: &SumsShown) -> (i64, i64, i64) {
    (sums.net, sums.premium_gross_won, sums.premium_net_won)
}

async fn sell<S: Storage>(client: &mut TestClient<S>, customer: DocumentId, won: i64, now: Moment) -> Policy {
    let fields = [
        format!("customer={customer}"),
        format!("product={}", if won % 2 == 0 { "WL01" } else { "TL01" }),
        format!("sale_date={DAY}"),
        format!("premium_won={won}"),
    ];
    let fields = fields.iter().map(|text| set(text)).collect();
    let id = client.create(Kind::Policy, fields, now).await.unwrap();
    Policy { id, won, withdrawn: false }
}

async fn totals<S: Storage>(hub: &TestHub<S>, view: View) -> Vec<(i64, i64, i64)> {
    let mut totals = Vec::new();
    for level in Level::ALL {
        let query = FigureQuery {
            from: day(),
            to: day(),
            level,
            under: None,
            by: SplitBy::Product,
            view,
            placed: None,
        };
        totals.push(told(&hub.figures(&query, NOW).await.unwrap().total));
    }
    totals
}

/// A company whose day is closed, and what was sold on it.
struct Closed<S: Storage> {
    hub: TestHub<S>,
    clock: Clock,
    phone: TestClient<S>,
    customer: DocumentId,
    policies: Vec<Policy>,
    /// The figures when it closed.
    figures: (i64, i64, i64),
}

fn nation() -> (Level, UnitCode) {
    (Level::Nation, "nation".into())
}

/// Sells a hundred policies and closes the day, after orders that cannot be done.
async fn closed_day<S: Storage>(storage: S) -> Closed<S> {
    let hub = company(storage, NOW).await;
    let clock = Clock::at(NOW);
    let mut phone = device(&hub, &clock, 1).await;
    let customer = parse_assignment(Kind::Customer, "name=Kim").unwrap();
    let customer = phone.create(Kind::Customer, vec![Operation::Set(customer)], NOW).await.unwrap();
    let mut policies = Vec::new();
    for number in 0..100 {
        policies.push(sell(&mut phone, customer, 10_000 + number, NOW).await);
    }
    phone.sync(|| clock.now()).await.unwrap();
    hub.storage().fold(1_000, clock.now().0).await.unwrap();
    let figures = recount(&policies);
    assert_eq!(totals(&hub, View::Now).await, vec![figures; 4]);
    let open = hub.explain(nation(), day(), (View::Closed, View::Now)).await.unwrap_err();
    assert_eq!(open, ExplainError::NotClosed("nation".into(), day()));

    clock.pass(10 * HOUR);
    let below = hub.close_day(day(), Some(&"R1".into()), false, "hq", clock.now()).await.unwrap_err();
    assert_eq!(below, ClosingError::OpenBelow { unit: "R1".into(), open: vec!["B1".into()] });
    let tomorrow = parse_date("2026-06-02").unwrap();
    let future = hub.close_day(tomorrow, None, false, "hq", clock.now()).await.unwrap_err();
    assert_eq!(future, ClosingError::Future(tomorrow));
    let stamps = hub.close_day(day(), None, false, "hq", clock.now()).await.unwrap();
    assert_eq!(stamps.iter().map(|stamp| told(&stamp.sums)).collect::<Vec<_>>(), vec![figures; 3]);
    let again = hub.close_day(day(), None, false, "hq", clock.now()).await.unwrap_err();
    assert_eq!(again, ClosingError::Again(day(), "nation".into()));
    Closed { hub, clock, phone, customer, policies, figures }
}

/// Fifty late policies, twenty withdrawals and five corrections.
async fn late_work<S: Storage>(closed: &mut Closed<S>) {
    closed.clock.pass(HOUR);
    let (phone, late) = (&mut closed.phone, closed.clock.now());
    for number in 0..50 {
        closed.policies.push(sell(phone, closed.customer, 70_001 + number, late).await);
    }
    for policy in &mut closed.policies[10..30] {
        phone.edit(policy.id, vec![set("withdrawn_on=2026-06-01")], late).await.unwrap();
        policy.withdrawn = true;
    }
    for policy in &mut closed.policies[40..45] {
        policy.won += 5_000;
        phone.edit(policy.id, vec![set(&format!("premium_won={}", policy.won))], late).await.unwrap();
    }
    phone.sync(|| late).await.unwrap();
}

/// The explanation lists the 75 events and sums to the difference, whatever is folded.
async fn explained<S: Storage>(closed: &Closed<S>) {
    let (hub, before, now) = (&closed.hub, closed.figures, recount(&closed.policies));
    for folded in [false, true] {
        assert_eq!(totals(hub, View::Closed).await, vec![before; 4], "folded: {folded}");
        assert_eq!(totals(hub, View::Now).await, vec![now; 4], "folded: {folded}");
        let explained = hub.explain(nation(), day(), (View::Closed, View::Now)).await.unwrap();
        let kinds = |kind: &str| explained.entries.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!((kinds("sold"), kinds("withdrawn"), kinds("corrected")), (50, 20, 5));
        let sum = |part: fn(&EntryShown) -> i64| explained.entries.iter().map(part).sum::<i64>();
        assert_eq!((sum(|entry| entry.count), sum(|entry| entry.won)), (now.0 - before.0, now.2 - before.2));
        assert_eq!((told(&explained.from), told(&explained.to)), (before, now));
        let edits: BTreeSet<_> = explained.entries.iter().map(|entry| entry.cause.change.clone()).collect();
        assert!(edits.len() == 75 && !edits.contains(&None), "each names the edit behind it");
        assert!(explained.entries.iter().all(|entry| entry.cause.by.as_deref() == Some(REP)));
        let back = hub.explain(nation(), day(), (View::Now, View::Closed)).await.unwrap();
        assert_eq!((told(&back.from), told(&back.to), back.difference.net), (now, before, before.0 - now.0));
        hub.storage().fold(1_000, closed.clock.now().0).await.unwrap();
    }
    // Before the late work it stood the same; at an instant before anything was there it shows nothing.
    let then = hub.storage().moment_at(closed.clock.now().0 - 1).await.unwrap();
    assert_eq!(totals(hub, View::AsOf(then)).await, vec![before; 4]);
    assert_eq!(totals(hub, View::AsOf(0)).await, vec![(0, 0, 0); 4]);
}

/// The branch had another region that day, as is found out now: entries move, stamps do not.
async fn reorganised<S: Storage>(closed: &Closed<S>) {
    let (hub, clock) = (&closed.hub, &closed.clock);
    let spans = vec![unit("R2", Level::Region, "nation"), unit("B1", Level::Branch, "R2")];
    hub.storage().put_units(spans).await.unwrap();
    assert_eq!(hub.rejudge(clock.now()).await.unwrap(), 150, "each policy counts elsewhere");
    let region = (Level::Region, UnitCode::from("R1"));
    let explained = hub.explain(region, day(), (View::Closed, View::Now)).await.unwrap();
    assert_eq!((told(&explained.from), told(&explained.to)), (closed.figures, (0, 0, 0)));
    assert_eq!(explained.entries.iter().filter(|entry| entry.kind == "transferred").count(), 170);
    assert_eq!(totals(hub, View::Closed).await, vec![closed.figures; 4]);
    assert_eq!(totals(hub, View::Now).await, vec![recount(&closed.policies); 4]);
    // The region that is new for the day closes; no stamp of others changes.
    let stamps = hub.close_day(day(), None, false, "hq", clock.now()).await.unwrap();
    assert_eq!(stamps.iter().map(|stamp| stamp.unit.as_str()).collect::<Vec<_>>(), ["R2"]);
    assert_eq!(totals(hub, View::Closed).await[0], closed.figures);
}

async fn a_closed_day_stands_still<S: Storage>(storage: S) {
    let mut closed = closed_day(storage).await;
    late_work(&mut closed).await;
    explained(&closed).await;
    reorganised(&closed).await;
    let (hub, now) = (&closed.hub, closed.clock.now());
    let last = hub.close_day(day(), None, true, "hq", now).await.unwrap();
    assert!(last.iter().all(|stamp| stamp.state == "final") && last.len() == 4, "{last:?}");
    let again = hub.close_day(day(), None, true, "hq", now).await.unwrap_err();
    assert_eq!(again, ClosingError::Again(day(), "nation".into()));
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn in_memory() {
    a_closed_day_stands_still(MemoryStorage::new()).await;
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_closed_day_stands_still(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn on_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        a_closed_day_stands_still(PostgresStorage::open(&url).await.unwrap()).await;
    })
    .await;
}
