//! Closings: the stamped figures of a unit and a day, and what an order to close comes to.
//!
//! A branch is stamped with its sums at a moment. A unit above is stamped with the sum of the stamps below
//! it, so it cannot close before them. A stamp never changes; it can only become final. An exception leads to
//! another stamp beside it ([`super::exception`]), which adds the entries of one rep.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use document_model::sales::{LedgerKey, Sums};
use document_model::{Date, UnitCode};

use super::exception::Exception;
use crate::organisation::{Level, NATION};

/// The stamped figures of a unit and a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The business day.
    pub day: Date,
    /// The unit: a branch, a region or the nation.
    pub unit: UnitCode,
    /// The unit above, whose stamp this one is part of; the nation has none.
    pub above: Option<UnitCode>,
    /// The number of the first stamp of the unit above that this one is part of; 0 where it is part of none,
    /// since that unit had closed before this one.
    pub above_stamp: u32,
    /// The number of the stamp, from 1.
    pub stamp: u32,
    /// The rep whose entries a later stamp adds; the first one holds those of all.
    pub rep: Option<UnitCode>,
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
    /// These exceptions are open: what they are for cannot be the last word yet.
    Excepted(Vec<Exception>),
    /// The rules have another version now, or policies are still being judged by them: find the units again.
    RulesChanged,
}

/// The stamps of some days, and which entries they hold.
#[derive(Debug, Clone, Default)]
pub struct Stamps(BTreeMap<(Date, UnitCode), Vec<Closing>>);

impl FromIterator<Closing> for Stamps {
    fn from_iter<T: IntoIterator<Item = Closing>>(closings: T) -> Self {
        let mut stamps: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for closing in closings {
            stamps.entry((closing.day, closing.unit.clone())).or_default().push(closing);
        }
        stamps.values_mut().for_each(|stamps| stamps.sort_by_key(|closing| closing.stamp));
        Self(stamps)
    }
}

impl Stamps {
    /// The stamps of a unit and a day, the first one first.
    #[must_use]
    pub fn of(&self, day: Date, unit: &UnitCode) -> &[Closing] {
        self.0.get(&(day, unit.clone())).map_or(&[], Vec::as_slice)
    }

    /// From which stamp on which units' stamps hold an entry, its branch first.
    ///
    /// A branch's first stamp holds its entries up to its moment, a later one adds those of its rep up to its own. A
    /// stamp of a unit above holds what the stamps do that it is the sum of.
    #[must_use]
    pub fn holding(&self, key: &LedgerKey, moment: Option<u64>) -> Vec<(&UnitCode, u32)> {
        let LedgerKey { day, path, .. } = key;
        let adds = |closing: &&Closing| {
            closing.rep.as_ref().is_none_or(|rep| *rep == path.rep)
                && moment.is_some_and(|moment| moment <= closing.moment)
        };
        let mut holding = Vec::new();
        let mut next = self.of(*day, &path.branch).iter().find(adds);
        while let Some(closing) = next {
            holding.push((&closing.unit, closing.stamp));
            let above = closing.above.as_ref().map_or(&[][..], |above| self.of(*day, above));
            // A unit above comes above once; more steps than there are levels are no hierarchy.
            let is_above = |over: &&Closing| over.stamp == closing.above_stamp && over.level < closing.level;
            next = above.iter().find(is_above);
        }
        holding
    }

    /// Whether the stamps of the unit that an entry's row is closed with hold it: of the unit at `level` that it
    /// counts under, of its branch where that is a rep.
    #[must_use]
    pub fn hold(&self, level: Level, key: &LedgerKey, moment: Option<u64>) -> bool {
        let nation = UnitCode::from(NATION);
        let unit = match level {
            Level::Nation => &nation,
            Level::Region => &key.path.region,
            Level::Branch | Level::Rep => &key.path.branch,
        };
        self.holding(key, moment).iter().any(|(holding, _)| *holding == unit)
    }

    /// Every entry up to this moment is in the stamp of its branch, where it has one.
    #[must_use]
    pub fn surely_until(&self) -> u64 {
        let first = self.0.values().filter_map(|stamps| stamps.first());
        let branches = first.filter(|closing| closing.level == Level::Branch);
        branches.map(|closing| closing.moment).min().unwrap_or_default()
    }
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
    /// The day's exceptions that are open.
    pub(super) exceptions: Vec<Exception>,
}

impl ClosingState {
    /// What the order comes to.
    pub(super) fn decide(self, order: &ClosingOrder) -> ClosingOutcome {
        if self.rules != (order.rules, order.rules) {
            return ClosingOutcome::RulesChanged;
        }
        let mut stamped = newest(self.closings);
        let above = || order.above.iter().map(|ordered| &ordered.unit);
        let ordered = || order.branches.iter().map(|(branch, _)| branch).chain(above());
        let closed: Vec<_> = ordered().filter(|unit| stamped.contains_key(unit)).cloned().collect();
        if !closed.is_empty() {
            return ClosingOutcome::Closed(closed);
        }
        let below = |exception: &Exception| ordered().any(|unit| is_above(&stamped, exception, unit));
        let exceptions: Vec<_> = self.exceptions.iter().filter(|one| below(one)).cloned().collect();
        if order.is_final && !exceptions.is_empty() {
            return ClosingOutcome::Excepted(exceptions);
        }
        // What is stamped after the unit above was is no part of it.
        let closed_before: BTreeSet<_> = stamped.keys().cloned().collect();
        let stamp = |unit: &UnitCode, above: Option<&UnitCode>, level, moment, reports, sums| Closing {
            day: order.day,
            unit: unit.clone(),
            above: above.cloned(),
            above_stamp: u32::from(above.is_some_and(|above| !closed_before.contains(above))),
            stamp: 1,
            rep: None,
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

/// The newest stamp of each unit.
pub(super) fn newest(closings: Vec<Closing>) -> BTreeMap<UnitCode, Closing> {
    let mut newest: BTreeMap<UnitCode, Closing> = BTreeMap::new();
    for closing in closings {
        let there = newest.get(&closing.unit).map_or(0, |there| there.stamp);
        if closing.stamp > there {
            newest.insert(closing.unit.clone(), closing);
        }
    }
    newest
}

/// Whether what an exception is for is a part of a unit's stamp, or would be.
pub(super) fn is_above(
    stamped: &BTreeMap<UnitCode, Closing>,
    exception: &Exception,
    unit: &UnitCode,
) -> bool {
    let above = |unit: &UnitCode| stamped.get(unit).and_then(|closing| closing.above.clone());
    let path = iter::successors(Some(exception.unit.clone()), above);
    path.take(Level::ALL.len()).any(|on_path| on_path == *unit)
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;
    use document_model::sales::{Measure, UnitPath};

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
        let branches = branches.into();
        ClosingState { rules: (4, 4), moment: 9, branches, closings, exceptions: Vec::new() }
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
    fn what_closes_after_the_unit_above_is_no_part_of_it() {
        let region: &[(&str, Level, &[&str])] = &[("R1", Level::Region, &["B1"])];
        let first = done(state(Vec::new()).decide(&order(&["B1"], region)));
        assert_eq!(first.iter().map(|one| one.above_stamp).collect::<Vec<_>>(), [1, 1]);
        let second = done(state(first.clone()).decide(&order(&["B2"], &[])));
        assert_eq!(second[0].above_stamp, 0);
        let stamps: Stamps = first.into_iter().chain(second).collect();
        let path = |branch: &str| UnitPath { rep: "P1".into(), branch: branch.into(), region: "R1".into() };
        let day = parse_date("2026-06-01").expect("a date");
        let held = |branch: &str, moment| {
            let key = LedgerKey { day, path: path(branch), product: "WL01".into(), measure: Measure::Sold };
            let held = stamps.holding(&key, moment);
            held.into_iter().map(|(unit, stamp)| format!("{unit} {stamp}")).collect::<Vec<_>>()
        };
        assert_eq!(held("B1", Some(9)), ["B1 1", "R1 1"]);
        assert_eq!(held("B2", Some(9)), ["B2 1"]);
        assert_eq!((held("B1", Some(10)), held("B1", None)), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_unit_above_is_the_sum_of_the_newest_stamps_and_waits_with_its_last_word() {
        let first = done(state(Vec::new()).decide(&order(&["B1", "B2", "B3"], &[])));
        let second = Closing { stamp: 2, sums: sold(6), rep: Some("P1".into()), ..first[0].clone() };
        let all: Vec<_> = first.into_iter().chain([second]).collect();
        let region = done(state(all.clone()).decide(&order(&[], &ALL[..1])));
        assert_eq!(region[0].sums.sold, 13);
        let exception = Exception {
            id: 3,
            day: region[0].day,
            unit: "B1".into(),
            account: "kim".to_owned(),
            rep: "P1".into(),
            opened_ms: 0,
            opened_by: "hq".to_owned(),
            reason: None,
            until_ms: 9,
            ended: None,
        };
        let open = |closings| ClosingState { exceptions: vec![exception.clone()], ..state(closings) };
        let last_word = ClosingOrder { is_final: true, ..order(&[], &ALL[..1]) };
        assert_eq!(open(all.clone()).decide(&last_word), ClosingOutcome::Excepted(vec![exception.clone()]));
        assert_eq!(
            done(open(all).decide(&order(&[], &ALL[..1]))),
            region,
            "closing alone it does not hinder"
        );
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
