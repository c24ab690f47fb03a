//! Headquarters' record of a policy on the devices that hold it: own figures and headquarters' agree, or the
//! policies by which they differ are named.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use client_sdk::{DifferenceCause, Figures};
use document_model::schema::Schema;
use document_model::{
    Assignment, BookId, Date, DocumentId, FieldValue, Kind, Moment, Operation, SaleRules, parse_date,
};
use server::hub::{HubWrite, RecordWrite};
use server::organisation::Level;
use server::storage::memory::MemoryStorage;
use server::storage::{FigureQuery, SplitBy, View};
use tests::direct::{Clock, REP, TestClient, TestHub, company, device};
use tests::sim::Entropies;

/// 2026-06-30 09:00 in Seoul.
const NOW: Moment = Moment(1_782_777_600_000);

type Phone = TestClient<MemoryStorage>;

fn set(field: &str, value: impl Into<FieldValue>) -> Operation {
    Operation::Set(Assignment { field: field.to_owned(), value: value.into() })
}

fn days() -> (Date, Date) {
    (parse_date("2026-01-01").unwrap(), parse_date("2026-12-31").unwrap())
}

/// Sells a policy on a day and syncs.
async fn sell(phone: &mut Phone, clock: &Clock, day: &str) -> DocumentId {
    let customer = phone.create(Kind::Customer, vec![set("name", "김")], clock.now()).await.unwrap();
    let fields = vec![
        set("customer", FieldValue::Text(customer.to_string())),
        set("product", "WL01"),
        set("premium_won", 50_000),
        set("sale_date", day),
    ];
    let policy = phone.create(Kind::Policy, fields, clock.now()).await.unwrap();
    sync(phone, clock).await;
    policy
}

async fn sync(phone: &mut Phone, clock: &Clock) {
    phone.sync(|| clock.now()).await.unwrap();
}

async fn own(phone: &Phone, clock: &Clock) -> Figures {
    let (from, to) = days();
    phone.figures(from, to, clock.now()).await.unwrap()
}

/// What headquarters counts of the rep: sold, net, premium sold and net.
async fn counted(hub: &TestHub<MemoryStorage>) -> (i64, i64, i64, i64) {
    let ((from, to), by, view) = (days(), SplitBy::Unit, View::Now);
    let under = Some((Level::Rep, REP.into()));
    let query = FigureQuery { from, to, level: Level::Rep, under, by, view, placed: None };
    let total = hub.figures(&query, NOW).await.unwrap().total;
    (total.sold, total.net, total.premium_gross_won, total.premium_net_won)
}

fn sums(figures: &Figures) -> (i64, i64, i64, i64) {
    let total = figures.total;
    (total.sold, total.net, total.premium_gross_won, total.premium_net_won)
}

async fn problems(phone: &Phone, policy: DocumentId, clock: &Clock) -> Vec<&'static str> {
    let view = phone.show(policy, clock.now()).await.unwrap();
    view.problems.into_iter().map(|problem| problem.code).collect()
}

/// Device and hub agree, and nothing that is stored differs from what the feeds make of it.
async fn agree(hub: &TestHub<MemoryStorage>, phone: &Phone, clock: &Clock) {
    let figures = own(phone, clock).await;
    assert_eq!((sums(&figures), figures.total), (counted(hub).await, figures.headquarters));
    let report = hub.verify(&|_| ()).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn a_back_dated_sale_waits_on_both_sides_until_it_is_approved() {
    let (hub, clock) = (company(MemoryStorage::new(), NOW).await, Clock::at(NOW));
    let mut phone = device(&hub, &clock, 1).await;
    let policy = sell(&mut phone, &clock, "2026-04-01").await;
    let figures = own(&phone, &clock).await;
    assert_eq!((sums(&figures), counted(&hub).await, figures.blocked), ((0, 0, 0, 0), (0, 0, 0, 0), 1));
    assert_eq!(figures.differences[0].why, DifferenceCause::Problem, "who waits is named");
    assert_eq!(problems(&phone, policy, &clock).await, ["back_dated_too_far"]);
    hub.approve("hq", policy, clock.now(), &mut Entropies::new(7, 7)).await.unwrap();
    sync(&mut phone, &clock).await;
    assert_eq!(
        (sums(&own(&phone, &clock).await), counted(&hub).await),
        ((1, 1, 50_000, 50_000), (1, 1, 50_000, 50_000))
    );
    assert_eq!(
        (own(&phone, &clock).await.differences, problems(&phone, policy, &clock).await),
        (vec![], vec![])
    );
    assert!(!phone.list(Kind::Policy, clock.now()).await.unwrap()[0].blocked);
    agree(&hub, &phone, &clock).await;
    phone.edit(policy, vec![set("sale_date", "2026-04-02")], clock.now()).await.unwrap();
    let waiting = own(&phone, &clock).await;
    assert_eq!((waiting.total.sold, waiting.headquarters.sold, waiting.differences[0].count), (0, 1, -1));
    sync(&mut phone, &clock).await;
    assert_eq!(counted(&hub).await, (0, 0, 0, 0), "another day waits again");
    agree(&hub, &phone, &clock).await;
}

#[tokio::test]
async fn a_withdrawal_on_day_fourteen_of_fifteen_restates_the_net_alone_and_a_late_one_nothing() {
    let (hub, clock) = (company(MemoryStorage::new(), NOW).await, Clock::at(NOW));
    let mut phone = device(&hub, &clock, 1).await;
    let policy = sell(&mut phone, &clock, "2026-06-10").await;
    phone.edit(policy, vec![set("certificate_date", "2026-06-12")], clock.now()).await.unwrap();
    phone.edit(policy, vec![set("withdrawn_on", "2026-06-28")], clock.now()).await.unwrap();
    sync(&mut phone, &clock).await;
    assert_eq!(problems(&phone, policy, &clock).await, ["withdrawn_too_late"]);
    assert_eq!(counted(&hub).await, (1, 1, 50_000, 50_000), "day 16");
    agree(&hub, &phone, &clock).await;
    phone.edit(policy, vec![set("withdrawn_on", "2026-06-26")], clock.now()).await.unwrap();
    sync(&mut phone, &clock).await;
    assert_eq!(problems(&phone, policy, &clock).await, [] as [&str; 0]);
    assert_eq!(counted(&hub).await, (1, 0, 50_000, 0), "day 14: the gross stays");
    agree(&hub, &phone, &clock).await;
}

#[tokio::test]
async fn devices_judge_by_the_rules_that_the_hub_publishes() {
    let (hub, clock) = (company(MemoryStorage::new(), NOW).await, Clock::at(NOW));
    let mut phone = device(&hub, &clock, 1).await;
    let policy = sell(&mut phone, &clock, "2026-06-10").await;
    agree(&hub, &phone, &clock).await;
    let rules = SaleRules { back_dating_days: 7, ..SaleRules::default() };
    let write = HubWrite {
        document: Schema::document_of(Kind::Policy),
        kind: Kind::Schema,
        book: BookId::SHARED,
        fields: rules.to_fields(),
        imported: false,
        only_new: false,
    };
    hub.write("hq", &[write], clock.now(), &mut Entropies::new(7, 7)).await.unwrap();
    hub.judge_by_newest(clock.now()).await.unwrap();
    assert_eq!(counted(&hub).await, (0, 0, 0, 0), "twenty days back are too many now");
    sync(&mut phone, &clock).await;
    assert_eq!(problems(&phone, policy, &clock).await, ["back_dated_too_far"]);
    agree(&hub, &phone, &clock).await;
}

#[tokio::test]
async fn a_record_reaches_the_devices_of_the_book_and_moves_with_its_policy() {
    let (hub, clock) = (company(MemoryStorage::new(), NOW).await, Clock::at(NOW));
    let mut phone = device(&hub, &clock, 1).await;
    let policy = sell(&mut phone, &clock, "2026-06-10").await;
    let fields = vec![("lapsed_on".to_owned(), FieldValue::from("2026-06-20"))];
    let write = RecordWrite { policy, fields };
    hub.write_records("hq", &[write], clock.now(), &mut Entropies::new(7, 7)).await.unwrap();
    sync(&mut phone, &clock).await;
    let records = phone.list(Kind::PolicyRecord, clock.now()).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].fields["policy"], FieldValue::Text(policy.to_string()));
    agree(&hub, &phone, &clock).await;
    let away = BookId([9; 16]);
    server::storage::DocumentStorage::create_books(
        hub.storage(),
        vec![(away, "Other".to_owned(), Some("P2".into()))],
    )
    .await
    .unwrap();
    hub.move_documents(&[policy], BookId::of_rep(&REP.into()), away, clock.now()).await.unwrap();
    sync(&mut phone, &clock).await;
    assert_eq!(
        phone.list(Kind::PolicyRecord, clock.now()).await.unwrap().len(),
        0,
        "it left with its policy"
    );
    assert_eq!(hub.verify(&|_| ()).await.unwrap().found, 0);
}
