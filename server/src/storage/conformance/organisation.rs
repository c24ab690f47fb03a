//! Units and the rules' version.

use super::cases;
use super::sample::day;
use crate::organisation::{Level, NATION, Roster, UnitSpan};
use crate::storage::Storage;

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        units_are_stored_by_span,
        a_units_spans_are_replaced_together,
        putting_what_is_there_changes_nothing,
    );
}

fn span(code: &str, level: Level, parent: &str) -> UnitSpan {
    UnitSpan {
        code: code.into(),
        from: None,
        to: None,
        level,
        name: format!("Unit {code}"),
        parent: parent.into(),
    }
}

/// A rep who changes branch in June, and the units above.
fn units() -> Vec<UnitSpan> {
    vec![
        span("R1", Level::Region, NATION),
        span("B1", Level::Branch, "R1"),
        span("B2", Level::Branch, "R1"),
        UnitSpan { from: Some(day("2026-06-01")), ..span("P1", Level::Rep, "B2") },
        UnitSpan { to: Some(day("2026-05-31")), ..span("P1", Level::Rep, "B1") },
    ]
}

async fn units_are_stored_by_span<S: Storage>(storage: S) {
    assert_eq!(storage.roster().await, Ok((Roster::default(), 1)));
    assert_eq!(storage.put_units(units()).await, Ok(true));
    let (roster, rules) = storage.roster().await.expect("the roster is read");
    assert_eq!((&roster, rules), (&units().into_iter().collect(), 2));
    assert_eq!(storage.rules_version().await, Ok(2), "rules are judged by the roster too");
    let branch = |on| roster.path(&"P1".into(), day(on)).map(|path| path.branch.0);
    assert_eq!((branch("2026-05-31"), branch("2026-06-01")), (Some("B1".to_owned()), Some("B2".to_owned())));
}

async fn a_units_spans_are_replaced_together<S: Storage>(storage: S) {
    storage.put_units(units()).await.expect("units are put");
    let news = vec![span("P1", Level::Rep, "B1"), span("P2", Level::Rep, "B2")];
    assert_eq!(storage.put_units(news.clone()).await, Ok(true));
    let (roster, rules) = storage.roster().await.expect("the roster is read");
    assert_eq!(roster.spans(&"P1".into()), &news[..1], "both old spans are gone");
    assert_eq!((roster.iter().count(), rules), (5, 3), "units that were not named stay");
    let renamed = UnitSpan { name: "새 지점".to_owned(), ..span("B1", Level::Branch, "R1") };
    assert_eq!(storage.put_units(vec![renamed]).await, Ok(true));
    let (roster, _) = storage.roster().await.expect("the roster is read");
    assert_eq!(roster.name(&"B1".into()), "새 지점");
}

async fn putting_what_is_there_changes_nothing<S: Storage>(storage: S) {
    storage.put_units(units()).await.expect("units are put");
    let mut shuffled = units();
    shuffled.reverse();
    assert_eq!(storage.put_units(shuffled).await, Ok(false), "the order of spans means nothing");
    assert_eq!(storage.put_units(units()[1..2].to_vec()).await, Ok(false));
    assert_eq!(storage.put_units(Vec::new()).await, Ok(false));
    let (roster, rules) = storage.roster().await.expect("the roster is read");
    assert_eq!((roster, rules), (units().into_iter().collect(), 2));
}
