//! Whatever is ordered, nobody is in two places, nobody is lost, and everything sold stands somewhere today.

use std::collections::BTreeSet;

use document_model::{Date, UnitCode, add_days, parse_date};
use proptest::prelude::*;

use super::{Changes, Level, NATION, Order, Roster, UnitSpan};

/// Days looked at: orders fall into the middle of them.
const DAYS: i32 = 40;

fn first() -> Date {
    parse_date("2026-01-01").expect("a date")
}

fn day(number: i32) -> Date {
    add_days(first(), number)
}

/// Regions R0 to R4, branches B0 to B7, reps P0 to P9; the first half of each is there from the beginning.
fn company() -> Roster {
    let span = |code: String, level, parent: String| UnitSpan {
        code: code.as_str().into(),
        from: None,
        to: None,
        level,
        name: code,
        parent: parent.as_str().into(),
        successor: None,
    };
    let regions = (0..3).map(|n| span(format!("R{n}"), Level::Region, NATION.to_owned()));
    let branches = (0..4).map(|n| span(format!("B{n}"), Level::Branch, format!("R{}", n % 3)));
    let reps = (0..6).map(|n| span(format!("P{n}"), Level::Rep, format!("B{}", n % 4)));
    regions.chain(branches).chain(reps).collect()
}

fn unit() -> impl Strategy<Value = UnitCode> {
    let region = (0..5_u8).prop_map(|n| format!("R{n}"));
    let branch = (0..8_u8).prop_map(|n| format!("B{n}"));
    let rep = (0..10_u8).prop_map(|n| format!("P{n}"));
    prop_oneof![region, branch, rep, Just(NATION.to_owned())].prop_map(UnitCode)
}

fn branch() -> impl Strategy<Value = UnitCode> {
    (0..8_u8).prop_map(|n| UnitCode(format!("B{n}")))
}

fn rep() -> impl Strategy<Value = UnitCode> {
    (0..10_u8).prop_map(|n| UnitCode(format!("P{n}")))
}

fn order() -> impl Strategy<Value = Order> {
    let from = || (5..DAYS - 5).prop_map(day);
    let name = || "New".to_owned();
    let units = || proptest::collection::vec(unit(), 1..3);
    prop_oneof![
        (rep(), branch(), from()).prop_map(move |(rep, branch, from)| Order::Hire {
            rep,
            name: Some(name()),
            branch,
            from
        }),
        (rep(), from()).prop_map(|(rep, last_day)| Order::Leave { rep, last_day }),
        (rep(), branch(), from()).prop_map(|(unit, to, from)| Order::Move { unit, to, from }),
        (unit(), unit(), from()).prop_map(|(unit, to, from)| Order::Move { unit, to, from }),
        (unit(), unit(), units(), from()).prop_map(move |(unit, new, children, from)| Order::Split {
            unit,
            new,
            name: name(),
            children,
            from
        }),
        (units(), unit(), from()).prop_map(|(units, into, from)| Order::Merge { units, into, from }),
        (branch(), branch(), from()).prop_map(|(one, into, from)| Order::Merge {
            units: vec![one],
            into,
            from
        }),
        (unit(), proptest::option::of(unit()), from()).prop_map(|(unit, successor, from)| Order::Close {
            unit,
            successor,
            from
        }),
        (unit(), unit(), from()).prop_map(move |(unit, parent, from)| Order::Open {
            unit,
            name: name(),
            parent,
            from
        }),
    ]
}

/// Spans are in order, share no day, and name who goes on at their end alone.
fn is_tidy(roster: &Roster) -> bool {
    roster.codes().all(|code| {
        let spans = roster.spans(code);
        let apart = spans
            .windows(2)
            .all(|pair| pair[0].to.is_some() && pair[0].to < pair[1].from && pair[0].successor.is_none());
        apart && spans.iter().all(|span| span.successor.is_none() || span.to.is_some())
    })
}

fn has_path(roster: &Roster, rep: &UnitCode) -> Vec<bool> {
    (0..DAYS).map(|number| roster.path(rep, day(number)).is_some()).collect()
}

/// The spans of paths hold, for every rep and day, the path of that day and no other.
fn paths_agree(roster: &Roster) -> bool {
    let paths = roster.paths();
    let reps = roster.iter().filter(|span| span.level == Level::Rep).map(|span| &span.code);
    reps.collect::<BTreeSet<_>>().into_iter().all(|rep| {
        (0..DAYS).map(day).all(|day| {
            let found = paths.iter().filter(|span| span.path.rep == *rep && span.covers(day));
            found.map(|span| &*span.path).eq(roster.path(rep, day).iter())
        })
    })
}

/// The rep of an order who is not there after a day because of it.
fn leaver(order: &Order) -> Option<(&UnitCode, Date)> {
    match order {
        Order::Leave { rep, last_day } => Some((rep, *last_day)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_lost(orders in proptest::collection::vec(order(), 1..40)) {
        let mut changes = Changes::of(company());
        let reps: Vec<_> = (0..10).map(|n| UnitCode(format!("P{n}"))).collect();
        for order in &orders {
            let before = changes.roster().clone();
            if changes.take(order).is_err() {
                prop_assert_eq!(changes.roster(), &before, "a refused order leaves no trace");
                continue;
            }
            let after = changes.roster();
            prop_assert!(is_tidy(after), "{:?}", order);
            prop_assert!(paths_agree(after), "{:?}: paths are not those of each day", order);
            for rep in &reps {
                let (had, has) = (has_path(&before, rep), has_path(after, rep));
                for (number, (had, has)) in (0..).zip(had.iter().zip(&has)) {
                    let left = leaver(order).is_some_and(|(who, last)| who == rep && last < day(number));
                    prop_assert!(!had || *has || left, "{:?} takes {} away on {}", order, rep, day(number));
                    let there = after.on(rep, day(number)).is_some_and(|span| span.level == Level::Rep);
                    prop_assert_eq!(there, *has, "a rep in a branch that is nowhere, after {:?}", order);
                    if *has {
                        let reps_today = after.today(rep, day(number));
                        prop_assert!(reps_today.is_some(), "{:?}: {} is nowhere today", order, rep);
                    }
                }
                let ever = has.iter().any(|has| *has);
                for today in [0, DAYS / 2, DAYS].map(day) {
                    let path = after.today(rep, today);
                    prop_assert!(!ever || path.is_some(), "{:?}: what {} sold is nowhere", order, rep);
                    let Some(path) = path.filter(|_| ever && today == day(DAYS)) else { continue };
                    prop_assert!(after.on(&path.branch, today).is_some(), "{:?}: in a closed branch", order);
                    prop_assert!(after.on(&path.region, today).is_some(), "{:?}: in a closed region", order);
                }
            }
        }
    }
}
