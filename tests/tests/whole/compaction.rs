//! Feeds are compacted while devices stand at a thousand different places in one: all come to the same
//! state by reading on, nothing is fetched twice by repair, and every ledger entry is still explained.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeSet;

use client_sdk::SyncReport;
use document_model::{BookId, DocumentId, Kind, Moment, Operation, parse_assignment};
use futures::{StreamExt, stream};
use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{Entries, Storage};
use tests::direct::{Clock, REP, TestClient, client, company, device};

const NOW: Moment = Moment(1_780_272_000_000);
/// Places in the feed that devices stand at.
const CURSORS: usize = 1_000;
/// Customers, and as many policies.
const CUSTOMERS: usize = 12;
/// Devices that read at the same time.
const READERS: usize = 16;
/// Steps of age in which the feed is compacted.
const PARTS: i64 = 10;
/// What a feed may carry, in percent of the documents.
const MOST_PERCENT: usize = 130;

fn set(kind: Kind, text: &str) -> Operation {
    Operation::Set(parse_assignment(kind, text).unwrap())
}

/// The `n`th edit: documents are made first, then edited in turn, by one device and the other.
async fn edit<S: Storage>(client: &mut TestClient<S>, made: &mut Vec<(DocumentId, Kind)>, n: usize) {
    if n < CUSTOMERS {
        let name = set(Kind::Customer, &format!("name=Customer {n}"));
        made.push((client.create(Kind::Customer, vec![name], NOW).await.unwrap(), Kind::Customer));
    } else if n < 2 * CUSTOMERS {
        let customer = made[n - CUSTOMERS].0;
        let fields =
            [format!("customer={customer}"), "product=WL01".to_owned(), "sale_date=2026-06-01".to_owned()];
        let mut operations: Vec<_> = fields.iter().map(|field| set(Kind::Policy, field)).collect();
        operations.push(set(Kind::Policy, &format!("premium_won={}", 10_000 + n)));
        made.push((client.create(Kind::Policy, operations, NOW).await.unwrap(), Kind::Policy));
    } else {
        let (document, kind) = made[n % made.len()];
        let operation = match kind {
            Kind::Policy => set(kind, &format!("premium_won={}", 20_000 + n)),
            _ => set(kind, &format!("custom.visit{}=on the way home, visit number {n}", n % 3)),
        };
        client.edit(document, vec![operation], NOW).await.unwrap();
    }
}

/// What a device has, as far as it must be what every other one has.
async fn held<S: Storage>(client: &TestClient<S>) -> Vec<(DocumentId, BTreeSet<String>, String)> {
    let mut held = Vec::new();
    for (id, entry) in client.engine().unwrap().index() {
        if entry.kind == Kind::Product {
            continue;
        }
        let history = client.history(*id).await.unwrap().into_iter().map(|line| line.change.to_string());
        let view = client.show(*id, NOW).await.unwrap();
        held.push((*id, history.collect(), serde_json::to_string(&view.fields).unwrap()));
    }
    held
}

async fn payload_bytes<S: Storage>(storage: &S, book: BookId) -> (usize, usize) {
    let entries = storage.feed(book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX).await.unwrap();
    let documents = storage.documents_of(book, None, usize::MAX).await.unwrap();
    let carried = entries.iter().filter_map(|entry| entry.body.payload()).map(<[u8]>::len).sum();
    (carried, documents.iter().map(|document| document.saved.len()).sum())
}

#[expect(clippy::too_many_lines, reason = "one story from the first edit to the last comparison")]
async fn a_thousand_cursors<S: Storage>(storage: S) {
    let hub = company(storage, NOW).await;
    let clock = Clock::at(NOW);
    let book = BookId::of_rep(&REP.into());
    let (mut phone, mut laptop, mut reader) =
        (device(&hub, &clock, 1).await, device(&hub, &clock, 2).await, device(&hub, &clock, 3).await);
    let (mut made, mut stores) = (Vec::new(), Vec::new());
    for n in 0..CURSORS {
        clock.pass(1_000);
        let writer = if n % 3 == 0 && n >= 2 * CUSTOMERS { &mut laptop } else { &mut phone };
        if n >= 2 * CUSTOMERS {
            writer.sync(|| NOW).await.unwrap();
        }
        edit(writer, &mut made, n).await;
        writer.sync(|| NOW).await.unwrap();
        reader.sync(|| NOW).await.unwrap();
        stores.push(reader.store().fork());
    }
    let before = payload_bytes(hub.storage(), book).await;
    let mut clients = Vec::new();
    for (number, store) in stores.into_iter().enumerate() {
        clients.push(client(&hub, &clock, store, 10 + number as u64).await);
    }
    let cursors: BTreeSet<u64> =
        clients.iter().map(|client| client.engine().unwrap().books()[&book].cursor.unwrap().seq).collect();
    assert_eq!(cursors.len(), CURSORS, "each device stands at a place of its own");

    // A third reads while the feed is compacted in parts, the others when it is done.
    let mut later = clients.split_off(CURSORS / 3);
    let mut reports;
    let (mut documents, mut emptied) = (0, 0);
    {
        let reading = stream::iter(clients.iter_mut())
            .map(|client| async { client.sync(|| NOW).await.unwrap() })
            .buffer_unordered(READERS);
        let compacting = async {
            for part in 1..=PARTS {
                let before = Moment(NOW.0 + part * clock.now().0.saturating_sub(NOW.0) / PARTS + 1);
                let compacted = hub.compact(&[book], before, &|_| {}).await.unwrap();
                documents += compacted.documents;
                emptied += compacted.entries;
            }
        };
        (reports, ()) = futures::join!(reading.collect::<Vec<SyncReport>>(), compacting);
    }
    for client in &mut later {
        reports.push(client.sync(|| NOW).await.unwrap());
    }
    clients.append(&mut later);
    let fresh = device(&hub, &clock, 4).await;
    let due = held(&fresh).await;
    assert_eq!(due.len(), 2 * CUSTOMERS);
    for (number, client) in clients.iter().enumerate() {
        let (has, all) = (client.engine().unwrap().index(), fresh.engine().unwrap().index());
        assert_eq!(has, all, "every device comes to the same state");
        if number.is_multiple_of(20) {
            assert_eq!(held(client).await, due, "and every field to the same value");
        }
    }
    assert!(reports.iter().all(|report| report.report.repaired == 0), "the feed alone was enough");
    let received: u64 = reports.iter().map(|report| report.report.received).sum();

    let (carried, live) = payload_bytes(hub.storage(), book).await;
    let percent = carried * 100 / live;
    println!(
        "{CURSORS} cursors; compacted {documents} times a document, {emptied} entries emptied; the feed carried {} bytes, now {carried}: {percent} % of the \
         {live} bytes of {} documents; {received} changes and documents received",
        before.0,
        due.len()
    );
    assert!(before.0 * 100 / before.1 > MOST_PERCENT, "there was something to compact");
    assert!(percent <= MOST_PERCENT, "{percent} %");
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
    assert!(report.ledger_entries > CUSTOMERS as u64, "{report:?}");
}

#[tokio::test]
async fn a_thousand_cursors_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_thousand_cursors(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn a_thousand_cursors_on_postgres() {
    scratch::with_database(async |url| {
        a_thousand_cursors(PostgresStorage::open(&url).await.unwrap()).await;
    })
    .await;
}
