//! What is damaged is found and mended, alone: a device whose copy of one document is an older one, and a hub
//! whose saved document has a flipped byte. Only those documents travel, and no unsent work is touched.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use client_sdk::store::{Batch, MemoryStore, Store};
use document_model::{BookId, DocumentId, Kind, Moment, Operation, parse_assignment};
use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{Commit, DocumentCommit, Storage, StoredDocument};
use tests::direct::{Clock, REP, TestClient, TestHub, company, device};

const NOW: Moment = Moment(1_780_272_000_000);
const CUSTOMERS: usize = 40;

fn set(text: &str) -> Vec<Operation> {
    vec![Operation::Set(parse_assignment(Kind::Customer, text).unwrap())]
}

async fn name<S: Storage>(client: &TestClient<S>, id: DocumentId) -> String {
    client.show(id, NOW).await.unwrap().fields["name"].as_text().unwrap_or_default().to_owned()
}

/// A hub with customers that two devices hold.
async fn world<S: Storage>(storage: S) -> (TestHub<S>, TestClient<S>, TestClient<S>, Vec<DocumentId>) {
    let hub = company(storage, NOW).await;
    let clock = Clock::at(NOW);
    let (mut phone, mut laptop) = (device(&hub, &clock, 1).await, device(&hub, &clock, 2).await);
    let mut ids = Vec::new();
    for n in 0..CUSTOMERS {
        ids.push(phone.create(Kind::Customer, set(&format!("name=Customer {n}")), NOW).await.unwrap());
    }
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    (hub, phone, laptop, ids)
}

/// Puts the records of one document back to what they are in an older copy of the store: a lost write.
async fn put_back(store: &MemoryStore, older: &MemoryStore, id: DocumentId) {
    let mut batch = Batch::new();
    for kind in [b"d/", b"i/", b"r/"] {
        let key = [&kind[..], id.as_bytes()].concat();
        let record = older.get(std::slice::from_ref(&key)).await.unwrap().pop().flatten().unwrap();
        batch.put(key, record);
    }
    store.commit(batch).await.unwrap();
}

async fn an_older_copy_of_one_document<S: Storage>(storage: S) {
    let (hub, mut phone, mut laptop, ids) = world(storage).await;
    let older = laptop.store().fork();
    let (stale, busy) = (ids[3], ids[4]);
    phone.edit(stale, set("name=Newer"), NOW).await.unwrap();
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    put_back(laptop.store(), &older, stale).await;
    laptop.reload().await.unwrap();
    laptop.edit(busy, set("occupation=pilot"), NOW).await.unwrap();
    laptop.edit(stale, set("occupation=farmer"), NOW).await.unwrap();
    assert_eq!(name(&laptop, stale).await, "Customer 3", "the newer name is lost on this device");
    let report = laptop.sync(|| NOW).await.unwrap();
    println!("{report:?}");
    assert_eq!(report.report.repaired, 1, "the digest found it");
    assert_eq!(report.report.received, 1, "one document of {CUSTOMERS} travelled");
    assert_eq!((report.report.sent, report.report.refused), (2, 0), "unsent work went out as it was");
    assert_eq!(name(&laptop, stale).await, "Newer");
    phone.sync(|| NOW).await.unwrap();
    for client in [&phone, &laptop] {
        let shown = |id| async move { client.show(id, NOW).await.unwrap().fields["occupation"].clone() };
        assert_eq!((shown(stale).await, shown(busy).await), ("farmer".into(), "pilot".into()));
    }
    assert_eq!(hub.verify(&|_| {}).await.unwrap().found, 0);
}

/// Writes another saved form of a document behind the hub's back.
async fn spoil<S: Storage>(hub: &TestHub<S>, id: DocumentId) -> StoredDocument {
    let stored = hub.storage().documents(&[id]).await.unwrap().pop().flatten().unwrap();
    let mut state = stored.clone();
    let middle = state.saved.len() / 2;
    state.saved[middle] ^= 0x40;
    let rules = hub.current_rules().await.unwrap().version;
    let commit = Commit::of_hub(stored.book, rules, NOW, vec![DocumentCommit::of_state(state)]);
    hub.storage().commit(commit).await.unwrap();
    stored
}

async fn a_flipped_saved_document<S: Storage>(storage: S) {
    let (hub, mut phone, mut laptop, ids) = world(storage).await;
    let damaged = ids[5];
    for n in 0..20 {
        for id in [damaged, ids[7]] {
            phone.edit(id, set(&format!("custom.visit=the {n}th of many visits")), NOW).await.unwrap();
        }
    }
    phone.sync(|| NOW).await.unwrap();
    laptop.sync(|| NOW).await.unwrap();
    let sound = spoil(&hub, damaged).await;
    // One document is damaged; work on all the others goes on, for devices that have it and new ones.
    phone.edit(damaged, set("occupation=pilot"), NOW).await.unwrap();
    phone.edit(ids[6], set("occupation=farmer"), NOW).await.unwrap();
    let report = phone.sync(|| NOW).await.unwrap();
    assert_eq!((report.report.sent, report.report.refused, phone.engine().unwrap().unsent()), (1, 0, 1));
    laptop.sync(|| NOW).await.unwrap();
    assert_eq!(laptop.show(ids[6], NOW).await.unwrap().fields["occupation"], "farmer".into());
    let mut fresh = device(&hub, &Clock::at(NOW), 3).await;
    let held = |client: &TestClient<S>| {
        client.engine().unwrap().index().keys().filter(|id| ids.contains(id)).count()
    };
    assert_eq!(held(&fresh), CUSTOMERS - 1, "a new device has all the others");
    let book = BookId::of_rep(&REP.into());
    let compacted = hub.compact(&[book], Moment(i64::MAX), &|_| {}).await.unwrap();
    assert_eq!((compacted.documents, compacted.damaged), (1, 1), "nothing is given up that may be needed");
    let found = hub.verify(&|_| {}).await.unwrap();
    let caches: Vec<_> = found.differences.iter().map(|one| (one.cache, one.row.clone())).collect();
    assert_eq!(caches, [("saved documents", damaged.to_string())]);
    assert_eq!(hub.mend(NOW, &|_| {}).await.unwrap(), 1);
    assert_eq!(hub.verify(&|_| {}).await.unwrap().found, 0);
    let stored = hub.storage().documents(&[damaged]).await.unwrap().pop().flatten().unwrap();
    assert_eq!((stored.saved, stored.heads), (sound.saved, sound.heads), "as its entries make it");
    let report = phone.sync(|| NOW).await.unwrap();
    assert_eq!((report.report.sent, report.report.received, phone.engine().unwrap().unsent()), (1, 0, 0));
    let report = fresh.sync(|| NOW).await.unwrap();
    assert_eq!(held(&fresh), CUSTOMERS);
    println!("a new device: {report:?}");
    let report = laptop.sync(|| NOW).await.unwrap();
    assert_eq!(report.report.received, 1, "the edit that waited");
    assert_eq!(fresh.show(damaged, NOW).await.unwrap().fields["occupation"], "pilot".into());
}

#[tokio::test]
async fn an_older_copy_of_one_document_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    an_older_copy_of_one_document(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn a_flipped_saved_document_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_flipped_saved_document(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn both_on_postgres() {
    scratch::with_databases(async |databases| {
        an_older_copy_of_one_document(PostgresStorage::open(&databases.fresh().await).await.unwrap()).await;
        a_flipped_saved_document(PostgresStorage::open(&databases.fresh().await).await.unwrap()).await;
    })
    .await;
}
