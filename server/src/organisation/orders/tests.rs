//! Orders, one kind after the other.

use document_model::parse_date;

use super::*;
use crate::organisation::Changes;

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn codes(codes: &str) -> Vec<UnitCode> {
    codes.split_whitespace().map(UnitCode::from).collect()
}

/// Two regions; B1 and B2 in R1, B3 in R2; P1 and P2 in B1, P3 in B3. From the beginning.
fn company() -> Roster {
    let span = |code: &str, level, parent: &str| UnitSpan {
        code: code.into(),
        from: None,
        to: None,
        level,
        name: format!("Unit {code}"),
        parent: parent.into(),
        successor: None,
    };
    [
        span("R1", Level::Region, NATION),
        span("R2", Level::Region, NATION),
        span("B1", Level::Branch, "R1"),
        span("B2", Level::Branch, "R1"),
        span("B3", Level::Branch, "R2"),
        span("P1", Level::Rep, "B1"),
        span("P2", Level::Rep, "B1"),
        span("P3", Level::Rep, "B3"),
    ]
    .into_iter()
    .collect()
}

fn hired(rep: &str, name: Option<&str>, branch: &str, from: &str) -> Order {
    Order::Hire { rep: rep.into(), name: name.map(str::to_owned), branch: branch.into(), from: day(from) }
}

fn left(rep: &str, last_day: &str) -> Order {
    Order::Leave { rep: rep.into(), last_day: day(last_day) }
}

fn moved(unit: &str, to: &str, from: &str) -> Order {
    Order::Move { unit: unit.into(), to: to.into(), from: day(from) }
}

fn split_off(unit: &str, new: &str, children: &str, from: &str) -> Order {
    let name = "New".to_owned();
    Order::Split { unit: unit.into(), new: new.into(), name, children: codes(children), from: day(from) }
}

fn merged(units: &str, into: &str, from: &str) -> Order {
    Order::Merge { units: codes(units), into: into.into(), from: day(from) }
}

fn closed(unit: &str, successor: Option<&str>, from: &str) -> Order {
    Order::Close { unit: unit.into(), successor: successor.map(UnitCode::from), from: day(from) }
}

fn opened(unit: &str, parent: &str, from: &str) -> Order {
    Order::Open { unit: unit.into(), name: "New".to_owned(), parent: parent.into(), from: day(from) }
}

/// The company after orders.
fn after(orders: &[Order]) -> Roster {
    let mut changes = Changes::of(company());
    orders.iter().for_each(|order| changes.take(order).unwrap());
    changes.roster().clone()
}

/// Why the last of some orders is refused.
fn refused(orders: &[Order]) -> OrderRefused {
    let (last, before) = orders.split_last().unwrap();
    let refused = apply(&after(before), last).unwrap_err();
    assert!(!refused.to_string().is_empty() && !refused.to_do().is_empty());
    refused
}

fn code_of(orders: &[Order]) -> &'static str {
    refused(orders).code()
}

fn unit(roster: &Roster, code: &str) -> String {
    career(roster.spans(&code.into()))
}

#[test]
fn reps_come_go_and_come_back() {
    let roster = after(&[hired("P9", Some(" 박 "), "B2", "2026-03-01"), left("P9", "2026-05-31")]);
    assert_eq!(unit(&roster, "P9"), "in B2 from 2026-03-01 to 2026-05-31");
    assert_eq!(roster.name(&"P9".into()), "박");
    let roster = after(&[left("P1", "2026-03-31"), hired("P1", None, "B3", "2026-06-01")]);
    assert_eq!(unit(&roster, "P1"), "in B1 until 2026-03-31; in B3 from 2026-06-01");
    let roster = after(&[left("P1", "2026-03-31"), hired("P1", None, "B1", "2026-04-01")]);
    assert_eq!(unit(&roster, "P1"), "in B1", "who comes back the next day never left");
    let again = after(&[left("P1", "2026-03-31"), left("P1", "2026-03-31"), left("P1", "2026-02-28")]);
    assert_eq!(unit(&again, "P1"), "in B1 until 2026-02-28", "an earlier last day may turn out");
}

#[test]
fn who_cannot_come_or_go_is_told_why() {
    assert_eq!(code_of(&[hired("P9", None, "B1", "2026-03-01")]), "ORG-NAME");
    assert_eq!(code_of(&[hired("P9", Some("a\nb"), "B1", "2026-03-01")]), "ORG-NAME");
    assert_eq!(code_of(&[hired("P 9", Some("Park"), "B1", "2026-03-01")]), "ORG-CODE");
    assert_eq!(code_of(&[hired(NATION, Some("Park"), "B1", "2026-03-01")]), "ORG-TAKEN");
    assert_eq!(code_of(&[hired("P9", Some("Park"), "B9", "2026-03-01")]), "ORG-UNKNOWN");
    assert_eq!(code_of(&[hired("P9", Some("Park"), "R1", "2026-03-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[hired("B2", Some("Park"), "B1", "2026-03-01")]), "ORG-LEVEL");
    let twice = refused(&[hired("P1", None, "B2", "2026-03-01")]);
    assert_eq!(twice.to_string(), "P1 would be in two branches: P1 is in B1");
    let closed = closed("B2", Some("B1"), "2026-06-01");
    assert_eq!(code_of(&[closed, hired("P9", Some("Park"), "B2", "2026-05-01")]), "ORG-NO-PARENT");
    assert_eq!(code_of(&[left("P9", "2026-05-01")]), "ORG-UNKNOWN");
    assert_eq!(code_of(&[left("B1", "2026-05-01")]), "ORG-LEVEL");
    let late = refused(&[left("P1", "2026-05-01"), left("P1", "2026-05-02")]);
    assert_eq!(late.to_string(), "P1 does not exist on 2026-05-02: it is in B1 until 2026-05-01");
}

#[test]
fn reps_and_branches_move_up_to_the_next_change_known() {
    let roster = after(&[moved("P1", "B2", "2026-06-01"), moved("P1", "B3", "2026-05-01")]);
    assert_eq!(
        unit(&roster, "P1"),
        "in B1 until 2026-04-30; in B3 from 2026-05-01 to 2026-05-31; in B2 from 2026-06-01"
    );
    let roster = after(&[moved("B1", "R2", "2026-06-01")]);
    let region = |on| roster.path(&"P1".into(), day(on)).unwrap().region.0;
    assert_eq!((region("2026-05-31"), region("2026-06-01")), ("R1".to_owned(), "R2".to_owned()));
    assert_eq!(code_of(&[moved("P1", "B1", "2026-06-01")]), "ORG-ELSEWHERE");
    assert_eq!(code_of(&[moved("P1", "R1", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[moved("B1", "B2", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[moved("R1", "R2", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[moved(NATION, "R2", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(
        code_of(&[opened("B9", "R1", "2026-06-01"), moved("P1", "B9", "2026-05-31")]),
        "ORG-NO-PARENT"
    );
    assert_eq!(code_of(&[opened("B9", "R1", "2026-06-01"), moved("B9", "R2", "2026-05-31")]), "ORG-DAY");
}

#[test]
fn a_unit_is_split() {
    let roster = after(&[split_off("B1", "B9", "P2", "2026-06-01")]);
    assert_eq!(unit(&roster, "B9"), "in R1 from 2026-06-01");
    assert_eq!(unit(&roster, "P2"), "in B1 until 2026-05-31; in B9 from 2026-06-01");
    assert_eq!(unit(&roster, "P1"), "in B1");
    let roster = after(&[moved("B1", "R2", "2026-07-01"), split_off("B1", "B9", "P2", "2026-06-01")]);
    assert_eq!(unit(&roster, "B9"), "in R1 from 2026-06-01 to 2026-06-30; in R2 from 2026-07-01");
    let roster = after(&[split_off("R1", "R9", "B1 B2", "2026-06-01")]);
    assert_eq!(
        (unit(&roster, "R9"), unit(&roster, "B2")),
        ("in nation from 2026-06-01".to_owned(), "in R1 until 2026-05-31; in R9 from 2026-06-01".to_owned())
    );
    assert_eq!(code_of(&[split_off("B1", "B2", "P2", "2026-06-01")]), "ORG-TAKEN");
    assert_eq!(code_of(&[split_off("B1", "B9", "", "2026-06-01")]), "ORG-LIST");
    assert_eq!(code_of(&[split_off("B1", "B9", "P2 P2", "2026-06-01")]), "ORG-LIST");
    assert_eq!(code_of(&[split_off("B1", "B9", "P3", "2026-06-01")]), "ORG-ELSEWHERE");
    assert_eq!(code_of(&[split_off("B1", "B9", "P8", "2026-06-01")]), "ORG-UNKNOWN");
    assert_eq!(code_of(&[split_off("P1", "P9", "P2", "2026-06-01")]), "ORG-LEVEL");
    let closing = closed("B1", Some("B2"), "2026-07-01");
    assert_eq!(code_of(&[closing, split_off("B1", "B9", "P2", "2026-06-01")]), "ORG-DAY");
}

#[test]
fn merged_units_close_and_somebody_goes_on() {
    let roster = after(&[left("P2", "2026-03-31"), merged("B1 B2", "B3", "2026-06-01")]);
    assert_eq!(unit(&roster, "B1"), "in R1 until 2026-05-31, then B3 goes on with it");
    assert_eq!(unit(&roster, "P1"), "in B1 until 2026-05-31; in B3 from 2026-06-01");
    assert_eq!(unit(&roster, "P2"), "in B1 until 2026-03-31", "who left before stays where the rep was");
    let path = roster.today(&"P2".into(), day("2026-06-01")).unwrap();
    assert_eq!((path.branch.as_str(), path.region.as_str()), ("B3", "R2"), "but what was sold goes on there");
    let roster = after(&[merged("R1", "R2", "2026-06-01"), merged("B1", "B3", "2026-07-01")]);
    assert_eq!(
        unit(&roster, "B1"),
        "in R1 until 2026-05-31; in R2 from 2026-06-01 to 2026-06-30, then B3 goes on with it"
    );
    assert_eq!(code_of(&[merged("B1 B3", "B3", "2026-06-01")]), "ORG-LOOP");
    assert_eq!(code_of(&[merged("B1", "R2", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[merged("P1", "P2", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[merged("B1", "B9", "2026-06-01")]), "ORG-UNKNOWN");
    assert_eq!(code_of(&[merged("B1", "B2", "2026-06-01"), merged("B2", "B1", "2026-07-01")]), "ORG-LOOP");
    assert_eq!(code_of(&[merged("B1", "B2", "2026-06-01"), merged("B2", "B1", "2026-05-01")]), "ORG-LOOP");
    assert_eq!(
        code_of(&[opened("B9", "R1", "2026-07-01"), merged("B1", "B9", "2026-06-01")]),
        "ORG-NO-PARENT"
    );
    assert_eq!(code_of(&[opened("B9", "R1", "2026-07-01"), merged("B9", "B1", "2026-06-01")]), "ORG-DAY");
    assert_eq!(code_of(&[opened("B9", "R1", "2026-07-01"), merged("B9", "B1", "2026-07-01")]), "ORG-DAY");
}

#[test]
fn a_unit_closes_when_nothing_is_left_alone() {
    let with = after(&[closed("B1", Some("B2"), "2026-06-01")]);
    assert_eq!(with, after(&[merged("B1", "B2", "2026-06-01")]));
    assert_eq!(unit(&after(&[closed("B2", None, "2026-06-01")]), "B2"), "in R1 until 2026-05-31");
    assert_eq!(code_of(&[closed("B1", None, "2026-06-01")]), "ORG-SUCCESSOR");
    let all_left = [left("P3", "2026-03-31"), closed("B3", None, "2026-06-01")];
    assert_eq!(code_of(&all_left), "ORG-SUCCESSOR", "what they sold must go on somewhere");
    let took_over =
        [merged("B3", "B2", "2026-06-01"), left("P3", "2026-05-31"), closed("B2", None, "2026-07-01")];
    assert_eq!(code_of(&took_over), "ORG-SUCCESSOR", "and so must what it took over");
    assert_eq!(code_of(&[closed("P1", None, "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[closed(NATION, None, "2026-06-01")]), "ORG-LEVEL");
}

#[test]
fn units_are_opened() {
    let roster = after(&[opened("R9", NATION, "2026-06-01"), opened("B9", "R9", "2026-06-01")]);
    assert_eq!(unit(&roster, "B9"), "in R9 from 2026-06-01");
    assert_eq!(roster.level(&"R9".into()), Some(Level::Region));
    assert_eq!(code_of(&[opened("B1", "R1", "2026-06-01")]), "ORG-TAKEN");
    assert_eq!(code_of(&[opened("P9", "B1", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(code_of(&[opened("P9", "P1", "2026-06-01")]), "ORG-LEVEL");
    assert_eq!(
        code_of(&[opened("R9", NATION, "2026-06-01"), opened("B9", "R9", "2026-05-31")]),
        "ORG-NO-PARENT"
    );
}

#[test]
fn orders_of_one_batch_build_on_each_other() {
    let mut changes = Changes::of(company());
    changes.take(&opened("B9", "R2", "2026-06-01")).unwrap();
    changes.take(&hired("P9", Some("Park"), "B9", "2026-06-01")).unwrap();
    assert!(changes.take(&hired("P9", None, "B1", "2026-06-01")).is_err());
    changes.take(&moved("P9", "B1", "2026-07-01")).unwrap();
    changes.take(&moved("P1", "B2", "2026-07-01")).unwrap();
    changes.take(&moved("P1", "B1", "2026-07-01")).unwrap();
    let units: Vec<_> = changes.units().map(|(code, _, _)| code.as_str()).collect();
    assert_eq!(units, ["B9", "P9"], "a rep who went there and back is as before");
    assert_eq!(changes.new_reps(), [("P9".into(), "Park".to_owned())]);
    let mut stored = company();
    stored.put(changes.spans());
    assert_eq!(stored, *changes.roster());
}
