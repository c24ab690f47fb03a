//! The figure of a unit is the sum of those below it, in every state there ever was, while edits stream in.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use document_model::sales::Sums;
use document_model::{BookId, DocumentId, FieldValue, Kind, Moment, UnitCode, add_days, parse_date};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use server::hub::HubWrite;
use server::organisation::{Level, UnitSpan};
use server::storage::conformance::Furnish;
use server::storage::conformance::scratch;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, FigureRow, SplitBy, Storage, View};
use tests::direct::{TestHub, company};
use tests::sim::Entropies;

/// 2026-06-30 09:00 in Seoul.
const NOW: Moment = Moment(1_782_777_600_000);
/// The first of the days sold on, and how many there are.
const FIRST: &str = "2026-06-01";
const DAYS: u64 = 30;
const REPS: u64 = 12;
const PRODUCTS: [&str; 3] = ["WL01", "TL01", "CI01"];
/// Entries one run of the folder takes: many moments come and go.
const FOLDED: usize = 7;

/// Edits that must come in while questions are asked, however fast they are answered.
const EDITS: usize = 100;

/// The unit a rep's sales count under at a level: two reps a branch, two branches a region.
fn unit(rep: u64, level: Level) -> String {
    match level {
        Level::Nation => "nation".to_owned(),
        Level::Region => format!("R{}", rep / 4),
        Level::Branch => format!("B{}", rep / 2),
        Level::Rep => format!("Q{rep}"),
    }
}

async fn with_reps<S: Storage>(storage: S) -> TestHub<S> {
    let hub = company(storage, NOW).await;
    let mut spans = BTreeMap::new();
    let mut books = Vec::new();
    for rep in 0..REPS {
        for levels in Level::ALL.windows(2) {
            let [above, level] = [levels[0], levels[1]];
            let code = unit(rep, level);
            let span = UnitSpan {
                code: code.as_str().into(),
                from: None,
                to: None,
                level,
                name: code.clone(),
                parent: UnitCode(unit(rep, above)),
                successor: None,
            };
            spans.insert(code, span);
        }
        let owner = UnitCode(unit(rep, Level::Rep));
        books.push((BookId::of_rep(&owner), "Book".to_owned(), Some(owner)));
    }
    hub.storage().put_units(spans.into_values().collect()).await.unwrap();
    hub.storage().create_books(books).await.unwrap();
    hub
}

/// Writes a policy, or another state of one that is there.
fn write(dice: &mut ChaCha8Rng) -> HubWrite {
    let mut below = |limit: u64| dice.next_u64() % limit;
    let (rep, number) = (below(REPS), below(60));
    let day = add_days(parse_date(FIRST).unwrap(), below(DAYS) as i32);
    let product = PRODUCTS[below(3) as usize];
    let mut fields = vec![
        ("customer".to_owned(), FieldValue::from(DocumentId([7; 16]).to_string().as_str())),
        ("product".to_owned(), FieldValue::from(product)),
        ("sale_date".to_owned(), FieldValue::from(day.to_string().as_str())),
        ("premium_won".to_owned(), FieldValue::Number(10_000 + below(1_000) as i64)),
    ];
    if below(5) == 0 {
        fields.push(("withdrawn_on".to_owned(), FieldValue::from("2026-06-30")));
    }
    HubWrite {
        document: DocumentId::derived("policy", &format!("{rep} {number}")),
        kind: Kind::Policy,
        book: BookId::of_rep(&UnitCode(unit(rep, Level::Rep))),
        fields,
        imported: true,
        only_new: false,
    }
}

/// Rows of a level, summed up by the unit at another one above.
fn summed(rows: &[FigureRow], level: Level, above: Level) -> BTreeMap<(String, String), Sums> {
    let mut sums: BTreeMap<(String, String), Sums> = BTreeMap::new();
    for row in rows {
        let number: u64 =
            row.unit.as_str().trim_start_matches(|c: char| c.is_alphabetic()).parse().unwrap_or(0);
        let reps_each = match level {
            Level::Rep => 1,
            Level::Branch => 2,
            Level::Region | Level::Nation => 4,
        };
        let part = row.product.as_ref().map(ToString::to_string).or(row.day.map(|day| day.to_string()));
        let key = (unit(number * reps_each, above), part.unwrap_or_default());
        sums.entry(key).or_default().add(&row.sums);
    }
    sums.retain(|_, sums| !sums.is_zero());
    sums
}

/// Asks random questions about random moments at all levels while others write; how many it asked.
async fn a_unit_is_the_sum_of_those_below<S: Storage>(storage: S, rounds: u64) {
    let hub = with_reps(storage).await;
    let (done, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let writing = async {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let mut entropy = Entropies::new(3, 3);
        while !done.load(Ordering::SeqCst) {
            let writes: Vec<_> = (0..5).map(|_| write(&mut dice)).collect();
            let more = hub.write("import", &writes, NOW, &mut entropy).await.unwrap().len();
            let all = written.fetch_add(more, Ordering::SeqCst) + more;
            hub.storage().fold(FOLDED, NOW.0 + all as i64).await.unwrap();
        }
    };
    let asking = async {
        let mut dice = ChaCha8Rng::seed_from_u64(2);
        let (mut asked, mut something) = (0, 0);
        while asked < rounds * 4 || written.load(Ordering::SeqCst) <= EDITS {
            let newest = hub.storage().moment_at(i64::MAX).await.unwrap();
            let mut below = |limit: u64| dice.next_u64() % limit;
            let from = add_days(parse_date(FIRST).unwrap(), below(DAYS) as i32);
            let to = add_days(from, below(DAYS) as i32);
            let by = [SplitBy::Unit, SplitBy::Product, SplitBy::Day][below(3) as usize];
            let view = View::AsOf(below(newest + 1));
            let mut answers = Vec::new();
            for level in Level::ALL {
                let query = FigureQuery { from, to, level, under: None, by, view, placed: None };
                answers.push((level, hub.storage().figures(&query).await.unwrap().rows));
                asked += 1;
            }
            for pair in answers.windows(2) {
                let [(above, parents), (level, children)] = pair else { continue };
                let parents = summed(parents, *above, *above);
                something += u64::from(!parents.is_empty());
                assert_eq!(summed(children, *level, *above), parents, "{from} to {to}, {by:?}, {view:?}");
            }
        }
        done.store(true, Ordering::SeqCst);
        (asked, something)
    };
    let ((), (asked, something)) = futures::join!(writing, asking);
    let written = written.into_inner();
    println!(
        "{asked} questions while {written} edits came in; {something} comparisons had something to compare"
    );
    assert!(written > EDITS && something > rounds, "{written} edits, {something} comparisons of something");
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_unit_is_the_sum_of_those_below(SqliteStorage::open(folder.path()).await.unwrap(), 2_000).await;
}

#[tokio::test]
async fn on_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        a_unit_is_the_sum_of_those_below(PostgresStorage::open(&url).await.unwrap(), 500).await;
    })
    .await;
}
