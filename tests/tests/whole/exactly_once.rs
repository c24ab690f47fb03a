//! Five thousand policies of reps with two devices each, through losses, repeats, delays, hub crashes and stores
//! put back: the figures equal a recount of the script. `exactly-once` does the same with fifty thousand.

use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use tests::exactly_once::{Met, Scale, exactly_once};

const SCALE: Scale = Scale { reps: 200, policies: 25, seed: 4 };

fn all_met(met: Met) {
    println!("{met}");
    assert!(met.named().iter().all(|(_, count)| *count > 0), "something did not happen: {met}");
}

#[tokio::test]
async fn five_thousand_policies_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path()).await.unwrap();
    all_met(exactly_once(vec![storage], SCALE).await.unwrap());
}

#[tokio::test]
async fn five_thousand_policies_on_three_hubs_of_one_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        let mut storages = Vec::new();
        for _ in 0..3 {
            storages.push(PostgresStorage::open(&url).await.unwrap());
        }
        all_met(Box::pin(exactly_once(storages, SCALE)).await.unwrap());
    })
    .await;
}
