//! Closings: the stamped figures of a unit and a day, and what an order to close comes to.
//!
//! A branch is stamped with its sums at a moment. A unit above is stamped with the sum of the stamps below
//! it, so it cannot close before them. A stamp never changes; it can only become final.

use std::collections::BTreeMap;

use document_model::sales::Sums;
use document_model::{Date, UnitCode};

use crate::organisation::Level;

/// The stamped figures of a unit and a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The business day.
    pub day: Date,
    /// The unit: a branch, a region or the nation.
    pub unit: UnitCode,
    /// The unit above, whose stamp this one is part of; the nation has none.
    pub above: Option<UnitCode>,
    /// The number of the stamp, from 1.
    pub stamp: u32,
    /// The unit's level.
    pub level: Level,
    /// Whether it was said to be the last word.
    pub is_final: bool,
    /// The moment of the cells that was stamped; of a unit above, the newest of those below.
    pub moment: u64,
    /// When it was stamped, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who stamped it.
    pub account: String,
    /// Who had reported; `None` in stamps made before this was known.
    pub reports: Option<Reported>,
    /// The figures.
    pub sums: Sums,
}

/// How many reps were expected to report a day, and how many had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reported {
    /// Those expected.
    pub expected: u32,
    /// Those of them who had.
    pub reported: u32,
}

impl Reported {
    /// Both together, where both are known.
    fn with(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = (one?, other?);
        Some(Self { expected: one.expected + other.expected, reported: one.reported + other.reported })
    }
}

/// An order to close a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingOrder {
    /// The business day.
    pub day: Date,
    /// The rule set that the units were found by.
    pub rules: u64,
    /// The branches, each with its region.
    pub branches: Vec<(UnitCode, UnitCode)>,
    /// Who has reported, by branch; of a branch that is not named nobody was expected.
    pub reports: BTreeMap<UnitCode, Reported>,
    /// The units above, those below first.
    pub above: Vec<OrderedAbove>,
    /// Whether it is the last word.
    pub is_final: bool,
    /// When it was given, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who gave it.
    pub account: String,
}

/// A unit above branches that is to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedAbove {
    /// The unit.
    pub unit: UnitCode,
    /// Its level.
    pub level: Level,
    /// The unit above it.
    pub above: Option<UnitCode>,
    /// The units right below it, which must be closed.
    pub below: Vec<UnitCode>,
}

/// What became of an order. Only `Done` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosingOutcome {
    /// Stamped and durable.
    Done(Vec<Closing>),
    /// These units are closed already.
    Closed(Vec<UnitCode>),
    /// These units right below are not closed yet.
    Open(Vec<UnitCode>),
    /// The rules have another version now, or policies are still being judged by them: find the units again.
    RulesChanged,
}

/// What is stored, as far as an order touches it.
#[derive(Debug, Clone, Default)]
pub(super) struct ClosingState {
    /// The rules' version, and the one every policy has been judged by.
    pub(super) rules: (u64, u64),
    /// The moment of the cells.
    pub(super) moment: u64,
    /// The branches' sums of the day at that moment.
    pub(super) branches: BTreeMap<UnitCode, Sums>,
    /// The day's closings.
    pub(super) closings: Vec<Closing>,
}

impl ClosingState {
    /// What the order comes to.
    pub(super) fn decide(self, order: &ClosingOrder) -> ClosingOutcome {
        if self.rules != (order.rules, order.rules) {
            return ClosingOutcome::RulesChanged;
        }
        let mut stamped: BTreeMap<UnitCode, Closing> = BTreeMap::new();
        for closing in self.closings {
            stamped.insert(closing.unit.clone(), closing);
        }
        let above = || order.above.iter().map(|ordered| &ordered.unit);
        let ordered = || order.branches.iter().map(|(branch, _)| branch).chain(above());
        let closed: Vec<_> = ordered().filter(|unit| stamped.contains_key(unit)).cloned().collect();
        if !closed.is_empty() {
            return ClosingOutcome::Closed(closed);
        }
        let stamp = |unit: &UnitCode, above: Option<&UnitCode>, level, moment, reports, sums| Closing {
            day: order.day,
            unit: unit.clone(),
            above: above.cloned(),
            stamp: 1,
            level,
            is_final: order.is_final,
            moment,
            at_ms: order.at_ms,
            account: order.account.clone(),
            reports,
            sums,
        };
        for (branch, region) in &order.branches {
            let sums = self.branches.get(branch).copied().unwrap_or_default();
            let reports = Some(order.reports.get(branch).copied().unwrap_or_default());
            let closing = stamp(branch, Some(region), Level::Branch, self.moment, reports, sums);
            stamped.insert(branch.clone(), closing);
        }
        for OrderedAbove { unit, level, above, below } in &order.above {
            let open: Vec<_> = below.iter().filter(|unit| !stamped.contains_key(unit)).cloned().collect();
            if !open.is_empty() {
                return ClosingOutcome::Open(open);
            }
            // What was stamped as a part of it is, wherever the unit below has moved since.
            let (mut moment, mut reports, mut sums) = (0, Some(Reported::default()), Sums::default());
            for closing in stamped.values() {
                if closing.above.as_ref() == Some(unit) || below.contains(&closing.unit) {
                    moment = moment.max(closing.moment);
                }
                if closing.above.as_ref() == Some(unit) {
                    reports = Reported::with(reports, closing.reports);
                    sums.add(&closing.sums);
                }
            }
            stamped.insert(unit.clone(), stamp(unit, above.as_ref(), *level, moment, reports, sums));
        }
        ClosingOutcome::Done(ordered().filter_map(|unit| stamped.remove(unit)).collect())
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;

    fn sold(sold: i64) -> Sums {
        Sums { sold, ..Sums::default() }
    }

    fn order(branches: &[&str], above: &[(&str, Level, &[&str])]) -> ClosingOrder {
        let ordered = |(unit, level, below): &(&str, Level, &[&str])| OrderedAbove {
            unit: (*unit).into(),
            level: *level,
            above: (*level == Level::Region).then(|| "nation".into()),
            below: below.iter().map(|code| (*code).into()).collect(),
        };
        ClosingOrder {
            day: parse_date("2026-06-01").expect("a date"),
            rules: 4,
            branches: branches.iter().map(|code| ((*code).into(), "R1".into())).collect(),
            reports: BTreeMap::new(),
            above: above.iter().map(ordered).collect(),
            is_final: false,
            at_ms: 7,
            account: "kim".to_owned(),
        }
    }

    fn state(closings: Vec<Closing>) -> ClosingState {
        let branches = [("B1", 5), ("B2", 7)].map(|(code, count)| (code.into(), sold(count)));
        ClosingState { rules: (4, 4), moment: 9, branches: branches.into(), closings }
    }

    fn done(outcome: ClosingOutcome) -> Vec<Closing> {
        match outcome {
            ClosingOutcome::Done(closings) => closings,
            other => panic!("not closed: {other:?}"),
        }
    }

    const ALL: &[(&str, Level, &[&str])] =
        &[("R1", Level::Region, &["B1", "B2", "B3"]), ("nation", Level::Nation, &["R1"])];

    #[test]
    fn a_unit_above_is_the_sum_of_the_stamps_below() {
        let closings = done(state(Vec::new()).decide(&order(&["B1", "B2", "B3"], ALL)));
        let told: Vec<_> =
            closings.iter().map(|one| (one.unit.as_str(), one.sums.sold, one.moment)).collect();
        assert_eq!(told, [("B1", 5, 9), ("B2", 7, 9), ("B3", 0, 9), ("R1", 12, 9), ("nation", 12, 9)]);
        // A branch that closed before keeps what it was stamped with then.
        let early = Closing { sums: sold(3), moment: 2, ..closings[0].clone() };
        let later = done(state(vec![early]).decide(&order(&["B2", "B3"], ALL)));
        assert_eq!(later.iter().map(|one| one.sums.sold).collect::<Vec<_>>(), [7, 0, 10, 10]);
    }

    #[test]
    fn a_stamp_is_part_of_the_unit_it_was_made_under() {
        let first = done(state(Vec::new()).decide(&order(&["B1", "B2"], &[])));
        // B2 stands under R2 by now: that says nothing of what was stamped.
        let above: &[(&str, Level, &[&str])] =
            &[("R1", Level::Region, &["B1"]), ("R2", Level::Region, &["B2"])];
        let closings = done(state(first).decide(&order(&[], above)));
        assert_eq!(closings.iter().map(|one| one.sums.sold).collect::<Vec<_>>(), [12, 0]);
    }

    #[test]
    fn an_order_that_cannot_be_done_changes_nothing() {
        let units = |codes: &[&str]| codes.iter().map(|code| UnitCode::from(*code)).collect::<Vec<_>>();
        let region: &[(&str, Level, &[&str])] = &[ALL[0]];
        let open = state(Vec::new()).decide(&order(&["B1"], region));
        assert_eq!(open, ClosingOutcome::Open(units(&["B2", "B3"])));
        let first = done(state(Vec::new()).decide(&order(&["B1"], &[])));
        assert_eq!(state(first).decide(&order(&["B1", "B2"], &[])), ClosingOutcome::Closed(units(&["B1"])));
        for rules in [(5, 5), (4, 3)] {
            let state = ClosingState { rules, ..state(Vec::new()) };
            assert_eq!(state.decide(&order(&["B1"], &[])), ClosingOutcome::RulesChanged);
        }
    }
}
