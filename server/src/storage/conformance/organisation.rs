//! Units, absences, the calendar, targets and the rules' version.

use super::Furnish;
use super::cases;
use super::sample::{ARRIVED_MS, day, device};
use crate::organisation::{
    Absence, CalendarDay, DayStatement, Level, NATION, Roster, Target, TargetLine, TargetMeasure, UnitSpan,
};
use crate::storage::Storage;

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        units_are_stored_by_span,
        a_units_spans_are_replaced_together,
        putting_what_is_there_changes_nothing,
        a_successor_is_kept,
        absences_are_replaced_by_rep,
        the_first_statement_of_a_day_stays,
        days_of_the_calendar_are_replaced_one_by_one,
        targets_are_replaced_by_line,
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
        successor: None,
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

async fn a_successor_is_kept<S: Storage>(storage: S) {
    storage.put_units(units()).await.expect("units are put");
    let closed = UnitSpan {
        to: Some(day("2026-06-30")),
        successor: Some("B2".into()),
        ..span("B1", Level::Branch, "R1")
    };
    assert_eq!(storage.put_units(vec![closed.clone()]).await, Ok(true));
    let (roster, _) = storage.roster().await.expect("the roster is read");
    assert_eq!(roster.spans(&"B1".into()), std::slice::from_ref(&closed));
    assert_eq!(storage.put_units(vec![closed.clone()]).await, Ok(false));
    assert_eq!(
        storage.put_units(vec![UnitSpan { successor: None, ..closed }]).await,
        Ok(true),
        "a change too"
    );
}

fn absence(rep: &str, from: &str, to: Option<&str>) -> Absence {
    Absence { rep: rep.into(), from: day(from), to: to.map(day), reason: "육아휴직".to_owned() }
}

async fn absences_are_replaced_by_rep<S: Storage>(storage: S) {
    assert_eq!(storage.absences().await, Ok(Vec::new()));
    let first = absence("P2", "2026-01-05", Some("2026-01-09"));
    let second = absence("P2", "2026-06-01", None);
    let other = absence("P1", "2026-03-02", None);
    let rules = storage.rules_version().await;
    assert_eq!(storage.put_absences("P2".into(), vec![second.clone(), first.clone()]).await, Ok(()));
    assert_eq!(storage.put_absences("P1".into(), vec![other.clone()]).await, Ok(()));
    let all = vec![other.clone(), first.clone(), second];
    assert_eq!(storage.absences().await, Ok(all), "by rep and first day, however they were put");
    let ended = absence("P2", "2026-06-01", Some("2026-08-31"));
    assert_eq!(storage.put_absences("P2".into(), vec![first.clone(), ended.clone()]).await, Ok(()));
    assert_eq!(storage.put_absences("P1".into(), Vec::new()).await, Ok(()));
    assert_eq!(storage.absences().await, Ok(vec![first, ended]));
    assert_eq!(storage.rules_version().await, rules, "nothing is judged by who is absent");
}

async fn days_of_the_calendar_are_replaced_one_by_one<S: Storage>(storage: S) {
    let said = |on: &str, working, name: &str| CalendarDay { day: day(on), working, name: name.to_owned() };
    assert_eq!(storage.calendar().await, Ok(Vec::new()));
    let days = vec![said("2026-12-24", false, "창립기념일"), said("2026-02-14", true, "")];
    assert_eq!(storage.put_calendar(days.clone()).await, Ok(()));
    assert_eq!(storage.calendar().await, Ok(vec![days[1].clone(), days[0].clone()]));
    let again = said("2026-02-14", false, "work to rule");
    assert_eq!(storage.put_calendar(vec![again.clone(), said("2026-01-02", false, "bridge")]).await, Ok(()));
    let all = vec![said("2026-01-02", false, "bridge"), again, days[0].clone()];
    assert_eq!(storage.calendar().await, Ok(all), "what is said again replaces what was said");
    assert_eq!(storage.put_calendar(Vec::new()).await, Ok(()));
}

async fn the_first_statement_of_a_day_stays<S: Storage>(storage: S) {
    let (first, last) = (day("2026-06-01"), day("2026-06-30"));
    assert_eq!(storage.day_statements(first, last).await, Ok(Vec::new()));
    let said = |on: &str, rep: &str, n| DayStatement {
        day: day(on),
        rep: rep.into(),
        device: device(n),
        arrived_ms: ARRIVED_MS + i64::from(n),
    };
    let both = vec![said("2026-06-02", "P1", 1), said("2026-06-01", "P2", 2)];
    assert_eq!(storage.state_days(both).await, Ok(()));
    let more = vec![said("2026-06-02", "P1", 3), said("2026-06-02", "P0", 3), said("2026-05-31", "P1", 3)];
    assert_eq!(storage.state_days(more).await, Ok(()));
    assert_eq!(storage.state_days(Vec::new()).await, Ok(()));
    let all = vec![said("2026-06-01", "P2", 2), said("2026-06-02", "P0", 3), said("2026-06-02", "P1", 1)];
    assert_eq!(storage.day_statements(first, last).await, Ok(all), "by day and rep");
}

fn target(unit: &str, of: Option<&str>, measure: TargetMeasure, from: &str, value: i64) -> Target {
    let line = TargetLine { unit: unit.into(), product_type: of.map(str::to_owned), measure };
    let set = Target::new(line, day(from), day("2026-12-31"), value);
    Target { to: day("2026-06-30"), spread_from: day("2026-01-01"), ..set }
}

async fn targets_are_replaced_by_line<S: Storage>(storage: S) {
    use TargetMeasure::{Ape, Net, Premium};
    assert_eq!(storage.targets().await, Ok(Vec::new()));
    let all = vec![
        target("B1", None, Ape, "2026-06-01", 0),
        target("B1", None, Premium, "2026-02-01", 1_000_000_000_000_000),
        target("B1", None, Premium, "2026-06-01", 3),
        target("B1", Some("life"), Net, "2026-06-01", 4),
        target("B1", Some("자동차"), Net, "2026-06-01", 5),
        target("B2", None, Premium, "2026-06-01", 6),
    ];
    let rules = storage.rules_version().await;
    let mut shuffled = all.clone();
    shuffled.reverse();
    assert_eq!(storage.put_targets(shuffled).await, Ok(()));
    assert_eq!(storage.targets().await, Ok(all.clone()), "by line and first day, however they were put");
    assert_eq!(storage.targets_of(&"B1".into()).await, Ok(all[..5].to_vec()), "those of one unit");
    assert_eq!(storage.targets_of(&"B".into()).await, Ok(Vec::new()), "a unit that has none");
    let (premium, life) =
        (target("B1", None, Premium, "2026-04-01", 7), target("B1", Some("life"), Net, "2026-05-01", 8));
    assert_eq!(storage.put_targets(vec![life.clone(), premium.clone()]).await, Ok(()));
    let left = vec![all[0].clone(), premium, life, all[4].clone(), all[5].clone()];
    assert_eq!(storage.targets().await, Ok(left.clone()), "both of the line are gone, other lines stay");
    assert_eq!(storage.put_targets(Vec::new()).await, Ok(()));
    assert_eq!(storage.targets().await, Ok(left));
    assert_eq!(storage.rules_version().await, rules, "nothing is judged by what is to be reached");
}
