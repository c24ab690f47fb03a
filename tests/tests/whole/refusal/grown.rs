//! A document that grew beyond what a document may be (250,000 operations, a letter each), with the shipping client: what no longer fits waits
//! in the tray in words, is refused again when it is made again, and holds up nothing else.

use client_sdk::store::MemoryStore;
use client_sdk::transport::NativeTransport;
use client_sdk::{Client, SyncReport};
use document_model::{DocumentId, Entropy, FieldValue, Kind, Operation, limits, parse_assignment};
use serde_json::Value;
use server::app::SystemEntropy;
use tests::black_box::PASSWORD;

use super::{Hub, book, customer};

/// Edits made offline: together more than a document may be.
const EDITS: usize = 40;

type Device = Client<MemoryStore, NativeTransport>;

async fn sync(hub: &Hub, device: &mut Device) -> SyncReport {
    device.sync(|| hub.app.clock.now()).await.unwrap()
}

async fn edit(hub: &Hub, device: &mut Device, id: DocumentId, operation: Operation) {
    device.edit(id, vec![operation], hub.app.clock.now()).await.unwrap();
}

/// A line as long as an edit may be, that no compression makes shorter.
fn line(number: usize) -> String {
    let random = std::iter::repeat_with(|| SystemEntropy.sixteen()).flatten();
    let letters = random.map(|byte| char::from(b'!' + byte % 90)).take(limits::VALUE_BYTES - 10);
    format!("{number:03} {}", letters.collect::<String>())
}

async fn lines(hub: &Hub) -> usize {
    let fields = hub.document(customer(0)).await.fields();
    fields.get("notes").and_then(FieldValue::as_text).map_or(0, |text| text.lines().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_full_takes_no_more_and_holds_up_nothing() {
    let hub = Hub::serve().await;
    for number in 0..2 {
        hub.write(customer(number), Kind::Customer, book("P1"), &[("name", "Park")]).await;
    }
    let zone = hub.app.config.time_zone().unwrap();
    let transport = NativeTransport::new().unwrap();
    let mut device =
        Client::open(MemoryStore::new(), transport, zone, Box::new(SystemEntropy)).await.unwrap();
    device.sign_in(&hub.url, "P1", PASSWORD, "laptop", hub.app.clock.now()).await.unwrap();
    sync(&hub, &mut device).await;
    for number in 0..EDITS {
        let operation = Operation::Append { field: "notes".to_owned(), line: line(number) };
        edit(&hub, &mut device, customer(0), operation).await;
    }
    let set = |text: &str| Operation::Set(parse_assignment(Kind::Customer, text).unwrap());
    edit(&hub, &mut device, customer(1), set("name=Lee")).await;
    let report = sync(&hub, &mut device).await;
    let (kept, waiting) = (lines(&hub).await, usize::try_from(report.report.refused).unwrap());
    println!("{kept} lines fit, {waiting} wait in the tray");
    assert!(kept > 20 && waiting > 5, "the document did not fill up");
    assert_eq!(kept + waiting, EDITS, "every line is in history or in the tray");
    assert_eq!(hub.document(customer(1)).await.fields()["name"], "Lee".into());
    assert_eq!(device.status().await.unwrap().unsent, 0);
    let stored = hub.stored(&[customer(0)]).await.pop().flatten().unwrap();
    assert!(stored.saved.len() <= limits::DOCUMENT_BYTES, "{} bytes", stored.saved.len());

    let [item] = &device.tray().await.unwrap()[..] else { panic!("one item is in the tray") };
    let told = serde_json::to_string(&item.edits).unwrap();
    assert!(told.contains(&format!("{:03} ", EDITS - 1)), "it holds the last line");
    device.apply_tray(item.id, hub.app.clock.now()).await.unwrap();
    let again = sync(&hub, &mut device).await;
    let after = lines(&hub).await;
    println!("made again: {} of them fit, {} wait", after - kept, again.report.refused);
    assert_eq!(device.status().await.unwrap().unsent, 0);
    let waiting: usize = device.tray().await.unwrap().iter().map(|item| lines_in(&item.edits)).sum();
    assert_eq!(after + waiting, EDITS, "every line is still in history or in the tray");
    // A small edit of the full document has no place either, and others go on.
    edit(&hub, &mut device, customer(1), set("occupation=pilot")).await;
    sync(&hub, &mut device).await;
    assert_eq!(hub.document(customer(1)).await.fields()["occupation"], "pilot".into());
    hub.close().await;
}

/// Lines that a tray item would add.
fn lines_in(edits: &[Value]) -> usize {
    let lines = |edit: &Value, which: &str| edit[which].as_str().map_or(0, |text| text.lines().count());
    edits.iter().map(|edit| lines(edit, "new").saturating_sub(lines(edit, "old"))).sum()
}
