//! A document that has outgrown its history begins anew: what it shows stays, unsent edits of devices that were
//! away are written on it again or wait in the tray, nothing counts twice.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use document_model::{DocumentId, Kind, Moment, Operation, limits, parse_assignment};
use server::hub::BegunAnew;
use server::organisation::Level;
use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, SplitBy, Storage, View};
use tests::direct::{Clock, TestClient, TestHub, company, device};

const NOW: Moment = Moment(1_780_272_000_000);

fn set(kind: Kind, text: &str) -> Operation {
    Operation::Set(parse_assignment(kind, text).unwrap())
}

fn visit() -> Operation {
    Operation::Increment { field: "visits".to_owned(), by: 1 }
}

async fn field<S: Storage>(client: &TestClient<S>, id: DocumentId, field: &str) -> serde_json::Value {
    let view = client.show(id, NOW).await.unwrap();
    serde_json::to_value(&view.fields).unwrap()[field].clone()
}

async fn lineage_of<S: Storage>(hub: &TestHub<S>, id: DocumentId) -> (u32, usize) {
    let stored = hub.storage().documents(&[id]).await.unwrap().pop().flatten().unwrap();
    (stored.lineage, stored.saved.len())
}

async fn figures<S: Storage>(hub: &TestHub<S>) -> String {
    let (from, to) = (document_model::Date::MIN, document_model::Date::MAX);
    let query = FigureQuery {
        from,
        to,
        level: Level::Nation,
        under: None,
        by: SplitBy::Product,
        view: View::Now,
        placed: None,
    };
    format!("{:?}", hub.storage().figures(&query).await.unwrap().rows)
}

async fn a_document_that_outgrew_its_history<S: Storage>(storage: S) {
    let hub = company(storage, NOW).await;
    let clock = Clock::at(NOW);
    let (mut phone, mut laptop) = (device(&hub, &clock, 1).await, device(&hub, &clock, 2).await);
    let customer = phone.create(Kind::Customer, vec![set(Kind::Customer, "name=Kim")], NOW).await.unwrap();
    phone.edit(customer, vec![set(Kind::Customer, "occupation=pilot"), visit()], NOW).await.unwrap();
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();

    // Away: one edit nobody else touches, one that somebody does, one that only adds.
    let edits = [set(Kind::Customer, "phone=010-1"), set(Kind::Customer, "occupation=farmer"), visit()];
    for edit in edits {
        laptop.edit(customer, vec![edit], NOW).await.unwrap();
    }
    for n in 0..60 {
        let long = format!("custom.remark={n} {}", "x".repeat(2_000));
        phone.edit(customer, vec![set(Kind::Customer, &long)], NOW).await.unwrap();
    }
    phone.edit(customer, vec![set(Kind::Customer, "occupation=sailor")], NOW).await.unwrap();
    phone.sync(|| NOW).await.unwrap();
    let (_, before) = lineage_of(&hub, customer).await;
    assert!(before > limits::LINEAGE_BYTES, "{before} bytes");

    let begun = hub.begin_outgrown_anew(NOW).await.unwrap();
    assert!(
        matches!(&begun[..], [(id, BegunAnew::Begun { lineage: 2, .. })] if *id == customer),
        "{begun:?}"
    );
    let (lineage, after) = lineage_of(&hub, customer).await;
    println!("{before} bytes before, {after} after");
    assert!(lineage == 2 && after * 2 < before);
    assert_eq!(hub.begin_outgrown_anew(NOW).await.unwrap(), [], "nothing else is large");

    let report = laptop.sync(|| NOW).await.unwrap().report;
    assert_eq!((report.sent, report.refused, laptop.engine().unwrap().unsent()), (2, 1, 0), "{report:?}");
    let tray = laptop.tray().await.unwrap();
    assert_eq!((tray.len(), tray[0].edits.len(), tray[0].reason.as_str()), (1, 1, "new_lineage"));
    phone.sync(|| NOW).await.unwrap();
    let fresh = device(&hub, &clock, 3).await;
    for client in [&phone, &laptop, &fresh] {
        assert_eq!(field(client, customer, "phone").await, "010-1");
        assert_eq!(field(client, customer, "occupation").await, "sailor", "nobody's edit is overwritten");
        assert_eq!(field(client, customer, "visits").await, 2);
    }
    laptop.apply_tray(tray[0].id, NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    phone.sync(|| NOW).await.unwrap();
    assert_eq!(field(&phone, customer, "occupation").await, "farmer", "one step from being made again");

    // The entries of the older lineage give up what they carried; they still say what there was.
    hub.compact(&[document_model::BookId::of_rep(&tests::direct::REP.into())], Moment(i64::MAX), &|_| {})
        .await
        .unwrap();
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
    let late = device(&hub, &clock, 4).await;
    assert_eq!(field(&late, customer, "visits").await, 2);
}

async fn what_the_older_lineage_took_is_not_taken_again<S: Storage>(storage: S) {
    let hub = company(storage, NOW).await;
    let clock = Clock::at(NOW);
    let (mut phone, mut laptop) = (device(&hub, &clock, 1).await, device(&hub, &clock, 2).await);
    let customer = phone.create(Kind::Customer, vec![set(Kind::Customer, "name=Kim")], NOW).await.unwrap();
    let policy = [
        format!("customer={customer}"),
        "product=WL01".to_owned(),
        "sale_date=2026-06-01".to_owned(),
        "premium_won=50000".to_owned(),
    ];
    let policy = policy.iter().map(|text| set(Kind::Policy, text)).collect();
    let policy = phone.create(Kind::Policy, policy, NOW).await.unwrap();
    for premium in [60_000, 70_000, 80_000] {
        let set = set(Kind::Policy, &format!("premium_won={premium}"));
        phone.edit(policy, vec![set], NOW).await.unwrap();
    }
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    // The hub takes two edits, and the laptop never hears of it.
    laptop.edit(customer, vec![visit()], NOW).await.unwrap();
    laptop.edit(customer, vec![set(Kind::Customer, "phone=010-2")], NOW).await.unwrap();
    let unheard = laptop.store().fork();
    laptop.sync(|| NOW).await.unwrap();
    laptop.store().restore(&unheard);
    laptop.reload().await.unwrap();
    for _ in 0..40 {
        phone.edit(customer, vec![visit()], NOW).await.unwrap();
    }
    phone.sync(|| NOW).await.unwrap();
    let told = figures(&hub).await;
    for document in [customer, policy] {
        let begun = hub.begin_anew(document, NOW).await.unwrap();
        assert!(matches!(begun, BegunAnew::Begun { lineage: 2, .. }), "{begun:?}");
    }
    assert_eq!(hub.begin_anew(DocumentId([9; 16]), NOW).await, Ok(BegunAnew::Unknown));
    assert_eq!(hub.begin_anew(customer, NOW).await, Ok(BegunAnew::NotWorthIt));
    assert_eq!(figures(&hub).await, told, "no figure moves");
    let report = laptop.sync(|| NOW).await.unwrap().report;
    assert_eq!((report.refused, laptop.engine().unwrap().unsent()), (0, 0), "{report:?}");
    phone.sync(|| NOW).await.unwrap();
    for client in [&phone, &laptop] {
        assert_eq!(field(client, customer, "visits").await, 41, "each visit counts once");
        assert_eq!(field(client, customer, "phone").await, "010-2");
        assert_eq!(field(client, policy, "premium_won").await, 80_000);
    }
    // A clash is a person's before a document begins anew.
    phone.edit(customer, vec![set(Kind::Customer, "name=Lee")], NOW).await.unwrap();
    laptop.edit(customer, vec![set(Kind::Customer, "name=Park")], NOW).await.unwrap();
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    assert_eq!(hub.begin_anew(customer, NOW).await, Ok(BegunAnew::Clashes));
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn lineages_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_document_that_outgrew_its_history(SqliteStorage::open(&folder.path().join("a")).await.unwrap()).await;
    let other = SqliteStorage::open(&folder.path().join("b")).await.unwrap();
    what_the_older_lineage_took_is_not_taken_again(other).await;
}

#[tokio::test]
async fn lineages_on_postgres() {
    scratch::with_databases(async |databases| {
        let open = async || PostgresStorage::open(&databases.fresh().await).await.unwrap();
        a_document_that_outgrew_its_history(open().await).await;
        what_the_older_lineage_took_is_not_taken_again(open().await).await;
    })
    .await;
}
