//! Targets: what a unit is to reach in a span of days, and how much of it falls on a part of them.

use std::collections::BTreeMap;

use document_model::sales::Sums;
use document_model::{Catalogue, Date, UnitCode, add_days};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Calendar, Roster};

/// The largest value: a thousand trillion won.
const MOST_VALUE: i64 = 1_000_000_000_000_000;

/// Days one target may span: ten years.
const MOST_DAYS: i32 = 3_660;

/// Spans one line may have.
const MOST_SPANS: usize = 1_000;

/// What a target counts; in the order of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetMeasure {
    /// Annual premium equivalent sold less withdrawn, in won.
    Ape,
    /// Policies sold less withdrawn.
    Net,
    /// Premium sold less premium withdrawn, in won.
    Premium,
}

impl TargetMeasure {
    /// Every measure.
    pub const ALL: [Self; 3] = [Self::Ape, Self::Net, Self::Premium];

    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ape => "ape",
            Self::Net => "net",
            Self::Premium => "premium",
        }
    }

    /// The measure of a word.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == text)
    }

    /// How much of it there is in sums.
    #[must_use]
    pub fn of_sums(self, sums: &Sums) -> i64 {
        match self {
            Self::Ape => sums.ape_net_won(),
            Self::Net => sums.net(),
            Self::Premium => sums.premium_net_won(),
        }
    }
}

/// What targets of different days are of: no two of a line hold on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetLine {
    /// Whose it is.
    pub unit: UnitCode,
    /// The type of product; `None`: all together.
    pub product_type: Option<String>,
    /// What is counted.
    pub measure: TargetMeasure,
}

impl TargetLine {
    /// Whether there is such a unit, and a product of the type.
    ///
    /// # Errors
    /// `UnknownUnit`, `UnknownType`.
    pub fn check(&self, roster: &Roster, catalogue: &Catalogue) -> Result<(), TargetRefused> {
        if roster.level(&self.unit).is_none() {
            return Err(TargetRefused::UnknownUnit(self.unit.clone()));
        }
        let is_sold = |of: &&String| catalogue.iter().any(|product| product.product_type == **of);
        match self.product_type.as_ref().filter(|of| !is_sold(of)) {
            Some(unknown) => Err(TargetRefused::UnknownType(unknown.clone())),
            None => Ok(()),
        }
    }
}

/// What is to be reached in a span of days. The value is spread over the working days of the span it was set for;
/// where a later target took some of them away, it holds on the others and each keeps its share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// What it is of.
    pub line: TargetLine,
    /// First day it holds on.
    pub from: Date,
    /// Last day it holds on.
    pub to: Date,
    /// What was to be reached in the whole span it was set for: policies or won.
    pub value: i64,
    /// First day of that span.
    pub spread_from: Date,
    /// Last day of that span.
    pub spread_to: Date,
}

impl Target {
    /// A target for a span of days.
    #[must_use]
    pub fn new(line: TargetLine, from: Date, to: Date, value: i64) -> Self {
        Self { line, from, to, value, spread_from: from, spread_to: to }
    }

    /// Whether it holds on one of these days.
    #[must_use]
    pub fn meets(&self, from: Date, to: Date) -> bool {
        self.from <= to && from <= self.to
    }

    /// What falls on these days, as far as it holds on them. Shares of parts sum to the share of the whole. Of a
    /// span without a working day all falls on its last day.
    #[must_use]
    pub fn share(&self, calendar: &Calendar, from: Date, to: Date) -> i64 {
        let (from, to) = (from.max(self.from), to.min(self.to));
        if from > to {
            return 0;
        }
        let working = |from, to| i128::from(calendar.working_days(from, to));
        let all = working(self.spread_from, self.spread_to);
        if all == 0 {
            return if to == self.spread_to { self.value } else { 0 };
        }
        let before = working(self.spread_from, add_days(from, -1));
        let due = |working: i128| i128::from(self.value) * working / all;
        let share = due(before + working(from, to)) - due(before);
        i64::try_from(share).expect("a part of a value is no more than the value")
    }

    fn check(&self) -> Result<(), TargetRefused> {
        let Self { from, to, value, .. } = *self;
        if to < from {
            return Err(TargetRefused::Backwards { from, to });
        }
        if add_days(from, MOST_DAYS) < to {
            return Err(TargetRefused::TooLong { from, to });
        }
        if (0..=MOST_VALUE).contains(&value) { Ok(()) } else { Err(TargetRefused::Value(value)) }
    }
}

/// Why a target cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// There is no such unit.
    #[error("there is no unit {0}; `nation` is the whole company")]
    UnknownUnit(UnitCode),
    /// No product is of this type.
    #[error("no product of the catalogue is of the type {0:?}")]
    UnknownType(String),
    /// The last day is before the first.
    #[error("the last day {to} is before the first day {from}")]
    Backwards {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// It spans too many days.
    #[error("{from} to {to} is more than {MOST_DAYS} days")]
    TooLong {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// The value is none.
    #[error("a target is 0 to {MOST_VALUE}, not {0}")]
    Value(i64),
    /// The line has too many spans.
    #[error("{0} has more than {MOST_SPANS} spans of one measure")]
    TooMany(UnitCode),
}

impl TargetRefused {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownUnit(_) => "TARGET-UNIT",
            Self::UnknownType(_) => "TARGET-TYPE",
            Self::Backwards { .. } | Self::TooLong { .. } => "TARGET-DAYS",
            Self::Value(_) => "TARGET-VALUE",
            Self::TooMany(_) => "TARGET-MANY",
        }
    }
}

/// All targets known, by line and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    lines: BTreeMap<TargetLine, Vec<Target>>,
}

impl Targets {
    /// The targets of a line, in order.
    #[must_use]
    pub fn of(&self, line: &TargetLine) -> &[Target] {
        self.lines.get(line).map_or(&[], Vec::as_slice)
    }

    /// All targets, by line and first day.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.lines.values().flatten()
    }

    /// The targets of a line with one more. It takes its days from those that held on them; what they still hold
    /// on keeps its shares.
    ///
    /// # Errors
    /// Why it cannot be set.
    pub fn with(&self, new: Target) -> Result<Vec<Target>, TargetRefused> {
        new.check()?;
        let mut all = vec![new.clone()];
        for known in self.of(&new.line) {
            let earlier = Target { to: known.to.min(add_days(new.from, -1)), ..known.clone() };
            let later = Target { from: known.from.max(add_days(new.to, 1)), ..known.clone() };
            all.extend([earlier, later].into_iter().filter(|part| part.from <= part.to));
        }
        if all.len() > MOST_SPANS {
            return Err(TargetRefused::TooMany(new.line.unit));
        }
        all.sort();
        Ok(all)
    }

    /// Replaces the lines named.
    pub fn put(&mut self, targets: Vec<Target>) {
        let mut named: BTreeMap<TargetLine, Vec<Target>> = BTreeMap::new();
        targets.into_iter().for_each(|target| named.entry(target.line.clone()).or_default().push(target));
        named.values_mut().for_each(|targets| targets.sort());
        self.lines.extend(named);
    }
}

impl FromIterator<Target> for Targets {
    fn from_iter<I: IntoIterator<Item = Target>>(targets: I) -> Self {
        let mut all = Self::default();
        all.put(targets.into_iter().collect());
        all
    }
}

#[cfg(test)]
mod tests {
    use document_model::{parse_date, starter_products};
    use proptest::prelude::*;

    use super::*;
    use crate::organisation::NATION;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    fn line() -> TargetLine {
        TargetLine { unit: "B1".into(), product_type: None, measure: TargetMeasure::Premium }
    }

    fn target(from: &str, to: &str, value: i64) -> Target {
        Target::new(line(), day(from), day(to), value)
    }

    /// The shares of the days from 1 June 2026 on, a Monday; the 3rd is an election, the 6th a Saturday.
    fn shares(targets: &[Target], count: i32) -> Vec<i64> {
        let calendar = Calendar::of([]);
        let on = |day| targets.iter().map(|target| target.share(&calendar, day, day)).sum();
        (0..count).map(|number| on(add_days(day("2026-06-01"), number))).collect()
    }

    #[test]
    fn a_value_is_spread_over_working_days() {
        let week = target("2026-06-01", "2026-06-08", 12);
        assert_eq!(shares(std::slice::from_ref(&week), 9), [2, 2, 0, 3, 2, 0, 0, 3, 0]);
        let calendar = Calendar::of([]);
        assert_eq!(week.share(&calendar, day("2026-01-01"), day("2026-12-31")), 12);
        assert_eq!(week.share(&calendar, day("2026-06-09"), day("2026-12-31")), 0);
        let weekend = target("2026-06-06", "2026-06-07", 5);
        assert_eq!(shares(&[weekend], 9), [0, 0, 0, 0, 0, 0, 5, 0, 0], "all of it on the last day");
        let largest = target("2026-01-01", "2026-12-31", MOST_VALUE);
        assert_eq!(largest.share(&calendar, day("2026-01-01"), day("2026-12-31")), MOST_VALUE);
    }

    #[test]
    fn a_change_takes_its_days_and_no_others() {
        let known: Targets = [target("2026-06-01", "2026-06-12", 90)].into_iter().collect();
        assert_eq!(shares(known.of(&line()), 12), [10, 10, 0, 10, 10, 0, 0, 10, 10, 10, 10, 10]);
        let changed = known.with(target("2026-06-04", "2026-06-08", 7)).unwrap();
        assert_eq!(shares(&changed, 12), [10, 10, 0, 2, 2, 0, 0, 3, 10, 10, 10, 10]);
        let spans: Vec<_> = changed.iter().map(|target| (target.from.day(), target.to.day())).collect();
        assert_eq!(spans, [(1, 3), (4, 8), (9, 12)]);
        let again: Targets = changed.iter().cloned().collect();
        assert_eq!(again.with(target("2026-06-04", "2026-06-08", 7)).unwrap(), changed, "said again");
        let whole = target("2026-06-01", "2026-06-30", 1);
        assert_eq!(again.with(whole.clone()).unwrap(), [whole], "nothing of the others is left");
        let typed = TargetLine { product_type: Some("life".to_owned()), ..line() };
        let other = Target { line: typed, ..target("2026-06-04", "2026-06-08", 7) };
        assert_eq!(again.with(other.clone()).unwrap(), [other], "another line is another line");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let none = Targets::default();
        let refused = |target| none.with(target).unwrap_err().to_string();
        assert!(refused(target("2026-06-02", "2026-06-01", 1)).contains("before the first day"));
        assert!(refused(target("2026-06-01", "2036-06-10", 1)).contains("3660 days"));
        for value in [-1, MOST_VALUE + 1, i64::MIN, i64::MAX] {
            assert_eq!(
                none.with(target("2026-06-01", "2026-06-30", value)),
                Err(TargetRefused::Value(value))
            );
        }
        let days = (0..).map(|number| add_days(day("2026-01-01"), number));
        let known = |count| days.clone().take(count).map(|day| Target::new(line(), day, day, 1));
        let next = target("2030-01-01", "2030-01-01", 1);
        assert_eq!(known(MOST_SPANS - 1).collect::<Targets>().with(next.clone()).unwrap().len(), MOST_SPANS);
        let full: Targets = known(MOST_SPANS).collect();
        assert_eq!(full.with(next), Err(TargetRefused::TooMany("B1".into())));
    }

    #[test]
    fn units_and_types_must_be_known() {
        let catalogue: Catalogue = starter_products().into_iter().collect();
        let check = |unit: &str, of: Option<&str>| {
            let line = TargetLine { unit: unit.into(), product_type: of.map(str::to_owned), ..line() };
            line.check(&Roster::default(), &catalogue)
        };
        assert_eq!((check(NATION, None), check(NATION, Some("life"))), (Ok(()), Ok(())));
        assert_eq!(check("B9", None), Err(TargetRefused::UnknownUnit("B9".into())));
        assert_eq!(check(NATION, Some("car")), Err(TargetRefused::UnknownType("car".to_owned())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn shares_of_parts_sum_to_the_value(
            value in 0..=MOST_VALUE,
            length in 0..90,
            cuts in proptest::collection::btree_set(1..90, 0..8),
        ) {
            let calendar = Calendar::of([]);
            let (from, to) = (day("2026-02-01"), add_days(day("2026-02-01"), length));
            let target = Target::new(line(), from, to, value);
            let cuts = cuts.into_iter().filter(|cut| *cut <= length).map(|cut| add_days(from, cut));
            let starts: Vec<_> = std::iter::once(from).chain(cuts).collect();
            let ends = starts[1..].iter().map(|start| add_days(*start, -1)).chain([to]);
            let parts = starts.iter().zip(ends).map(|(start, end)| target.share(&calendar, *start, end));
            prop_assert_eq!(parts.sum::<i64>(), value);
        }

        #[test]
        fn whatever_changes_other_days_keep_their_shares(
            changes in proptest::collection::vec((0..40, 0..20, 0..100_i64), 1..12),
        ) {
            let mut known = Targets::default();
            let first = day("2026-06-01");
            for (start, length, value) in changes {
                let before = shares(known.of(&line()), 60);
                let new = Target::new(line(), add_days(first, start), add_days(first, start + length), value);
                known.put(known.with(new.clone()).unwrap());
                let spans = known.of(&line());
                prop_assert!(spans.windows(2).all(|pair| pair[0].to < pair[1].from), "{spans:?}");
                let after = shares(spans, 60);
                let of_new = shares(std::slice::from_ref(&new), 60);
                for (number, share) in (0..).zip(after) {
                    let day = add_days(first, number);
                    let place = usize::try_from(number).unwrap();
                    let expected = if new.meets(day, day) { of_new[place] } else { before[place] };
                    prop_assert_eq!(share, expected, "{}", day);
                }
            }
        }
    }
}
