//! The hub over a PostgreSQL that fails: a server stopped in the middle of everything loses nothing that
//! was acknowledged, and the hub goes on when it is back. `verify` agrees.

use std::collections::BTreeSet;

use document_model::{BookId, DocumentId, FieldValue, Kind, Moment, UnitCode};
use jiff::tz::TimeZone;
use server::hub::{Hub, HubWrite, InlineGate, ReceiptKey, WriteResult};
use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::{DocumentStorage, FigureStorage};
use tests::postgres::{Memory, Safety, Server};
use tests::sim::Entropies;

const NOW: Moment = Moment(1_780_272_000_000);

fn book(rep: usize) -> BookId {
    BookId::of_rep(&UnitCode(format!("P{rep}")))
}

fn customer(rep: usize, number: usize) -> HubWrite {
    HubWrite {
        document: DocumentId::derived("customer", &format!("{rep} {number}")),
        kind: Kind::Customer,
        book: book(rep),
        fields: vec![("name".to_owned(), FieldValue::from(format!("Customer {number}").as_str()))],
        imported: true,
        only_new: true,
    }
}

type PostgresHub = Hub<PostgresStorage, InlineGate>;

async fn hub(url: &str, reps: usize) -> PostgresHub {
    let storage = PostgresStorage::open(url).await.expect("the database opens");
    let books = (0..reps).map(|rep| (book(rep), format!("Book {rep}"), Some(UnitCode(format!("P{rep}")))));
    storage.create_books(books.collect()).await.expect("books are made");
    let zone = TimeZone::get("Asia/Seoul").expect("the zone is bundled");
    Hub::new(storage, InlineGate, zone, document_model::Actor([0x77; 16]), ReceiptKey::of(&[0x77; 32]))
}

/// Writes customers one after the other until the database is gone; those acknowledged.
async fn write_until_it_fails(hub: PostgresHub, rep: usize, from: usize) -> Vec<DocumentId> {
    let mut entropy = Entropies::new(rep as u64, from as u64);
    let mut acknowledged = Vec::new();
    for number in from.. {
        let write = customer(rep, number);
        match hub.write("import", std::slice::from_ref(&write), NOW, &mut entropy).await {
            Ok(results) => {
                assert_eq!(results, [WriteResult::Created]);
                acknowledged.push(write.document);
            }
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_loses_nothing_acknowledged() {
    // Like every test of this engine it is skipped, or fails in CI, where no server was started.
    if scratch::server().is_none() {
        return;
    }
    const REPS: usize = 4;
    let mut server =
        Server::start(Safety::Fsync, Memory::Little).expect("PostgreSQL starts").expect("it is installed");
    let hub = hub(&server.url(), REPS).await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let writing: Vec<_> = (0..REPS)
            .map(|rep| tokio::spawn(write_until_it_fails(hub.clone(), rep, round * 100_000)))
            .collect();
        // Fails once every rep has written something in this round.
        let all = async |rep| hub.storage().documents_of(book(rep), None, usize::MAX).await;
        for rep in 0..REPS {
            let of_round = DocumentId::derived("customer", &format!("{rep} {}", round * 100_000 + 3));
            while !all(rep).await.expect("a book is read").iter().any(|document| document.id == of_round) {}
        }
        server.crash().expect("the server is stopped");
        for written in writing {
            acknowledged.extend(written.await.expect("a writer ends"));
        }
        assert!(hub.storage().writable().is_err(), "the hub says that it takes no writes");
        server.run().expect("the server starts again");
        let mut kept = BTreeSet::new();
        for rep in 0..REPS {
            let all = all(rep).await.expect("the same hub reads again");
            kept.extend(all.iter().map(|document| document.id));
        }
        assert!(acknowledged.is_subset(&kept), "after round {round}");
        hub.storage().fold(1, 0).await.expect("the same hub writes again");
        assert_eq!(hub.storage().writable(), Ok(()));
    }
    assert!(acknowledged.len() >= REPS * 3 * 3, "{} were acknowledged", acknowledged.len());
    let report = hub.verify(&|_| ()).await.expect("verify reads");
    assert_eq!(report.differences, []);
    println!("{} acknowledged, {} stored, none lost", acknowledged.len(), report.documents);
}
