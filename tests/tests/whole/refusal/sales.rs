//! What is refused counts for nothing, and what came with it counts.

use document_model::{DocumentId, Kind, civil_date};
use server::organisation::Level;
use server::storage::{FigureQuery, FigureStorage, SplitBy, View};
use tests::black_box::RepProgram;

use super::{DOCUMENTS, Hub, book, customer, list};

const PREMIUM: i64 = 10_000;

/// Sold, withdrawn and gross premium of the nation and of the selling rep's region, branch and self.
async fn figures(hub: &Hub) -> Vec<(Level, i64, i64, i64)> {
    let today = civil_date(hub.app.clock.now(), &hub.app.config.time_zone().unwrap());
    let mut found = Vec::new();
    for level in Level::ALL {
        let query = FigureQuery {
            from: today,
            to: today,
            level,
            under: None,
            by: SplitBy::Unit,
            view: View::Now,
            placed: None,
        };
        let rows = hub.app.hub.storage().figures(&query).await.unwrap().rows;
        let sum =
            |part: fn(&document_model::sales::Sums) -> i64| rows.iter().map(|row| part(&row.sums)).sum();
        found.push((
            level,
            sum(|sums| sums.sold),
            sum(|sums| sums.withdrawn),
            sum(|sums| sums.premium_gross_won),
        ));
    }
    found
}

async fn expect_figures(hub: &Hub, sold: i64, withdrawn: i64) {
    let expected: Vec<_> = Level::ALL.map(|level| (level, sold, withdrawn, sold * PREMIUM)).into();
    assert_eq!(figures(hub).await, expected);
}

/// A rep withdraws one policy and sells ninety-nine others offline; meanwhile that one was handed to
/// somebody else with its customer.
#[tokio::test(flavor = "multi_thread")]
async fn ninety_nine_sales_count_and_a_refused_withdrawal_does_not() {
    let hub = Hub::serve().await;
    for number in 0..DOCUMENTS {
        hub.write(customer(number), Kind::Customer, book("P1"), &[("name", "Park")]).await;
    }
    let laptop = RepProgram::signed_in(&hub.url, "P1");
    let sell = |number: usize| {
        let (customer, premium) = (customer(number).to_string(), PREMIUM.to_string());
        let sale = ["policy", "add", "--customer", &customer, "--product", "WL01", "--premium", &premium];
        laptop.json(&sale)["id"].as_str().unwrap().parse::<DocumentId>().unwrap()
    };
    let handed = sell(0);
    laptop.run_ok(&["sync"]);
    expect_figures(&hub, 1, 0).await;
    laptop.run_ok(&["policy", "withdraw", &handed.to_string()]);
    (1..DOCUMENTS).for_each(|number| _ = sell(number));
    hub.hand_over(&[customer(0), handed], "P1", "P2").await;
    let synced = laptop.json(&["sync"]);
    assert_eq!((&synced["sent"], &synced["refused"], &synced["tray"]), (&99.into(), &1.into(), &1.into()));
    expect_figures(&hub, 100, 0).await;
    hub.app.hub.storage().fold(usize::MAX, 0).await.unwrap();
    expect_figures(&hub, 100, 0).await;

    // It comes back with its customer, and the withdrawal is done again.
    hub.hand_over(&[customer(0), handed], "P2", "P1").await;
    laptop.run_ok(&["sync"]);
    let tray = laptop.json(&["tray", "list"]);
    let [item] = list(&tray) else { panic!("one item is in the tray: {tray}") };
    laptop.run_ok(&["tray", "apply", item["id"].as_str().unwrap()]);
    assert_eq!(laptop.json(&["sync"])["sent"], 1);
    expect_figures(&hub, 100, 1).await;
    hub.close().await;
}
