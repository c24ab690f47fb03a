//! Days that close by themselves: at a time, or once a share of the reps has reported.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{Date, Moment, UnitCode, add_days};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::closing::{Regions, Units, all_units, shown, units_of};
use super::{ClosingShown, Gate, Hub, HubError};
use crate::organisation::{NATION, instant_at};
use crate::storage::{ClosingOutcome, Reported, Storage};

/// Days that are looked at, today among them: what was not closed in time by then waits for a person.
pub(crate) const LOOKED_AT_DAYS: u16 = 7;

/// When days close by themselves; by default they do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClosingRules {
    /// All that is open of a day closes at this time, in the company's zone, so many days later.
    pub at: Option<(Time, u16)>,
    /// Once a day's cut-off is over, a branch closes when so many percent of those expected have reported, and a
    /// unit above when all below it are closed.
    pub share_percent: Option<u8>,
}

/// The rule that a day closes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DueBy {
    Time,
    Share { percent: u8 },
}

impl DueBy {
    /// What stamps name in the place of an account.
    fn account(self) -> &'static str {
        match self {
            Self::Time => "rule: time",
            Self::Share { .. } => "rule: share",
        }
    }
}

impl ClosingRules {
    /// Whether there is any.
    #[must_use]
    pub fn any(&self) -> bool {
        self.at.is_some() || self.share_percent.is_some()
    }

    /// The rule that may close units of a day now.
    fn in_force(&self, day: Date, cut_off: Moment, now: Moment, zone: &TimeZone) -> Option<DueBy> {
        let is_time = |(time, later): (Time, u16)| instant_at(add_days(day, later.into()), time, zone) <= now;
        if self.at.is_some_and(is_time) {
            return Some(DueBy::Time);
        }
        let percent = self.share_percent.filter(|_| cut_off <= now)?;
        Some(DueBy::Share { percent })
    }
}

/// The units of a day that a rule closes now, of those that are not closed. Where nobody is expected, everybody has
/// reported.
fn due(
    regions: Regions,
    closed: &BTreeSet<UnitCode>,
    reports: &BTreeMap<UnitCode, Reported>,
    by: DueBy,
) -> Units {
    let (branches, above) = all_units(regions);
    let has_reported = |branch: &UnitCode| match by {
        DueBy::Time => true,
        DueBy::Share { percent } => {
            let Reported { expected, reported } = reports.get(branch).copied().unwrap_or_default();
            u64::from(reported) * 100 >= u64::from(expected) * u64::from(percent)
        }
    };
    let is_open = |unit: &UnitCode| !closed.contains(unit);
    let branches: Vec<_> =
        branches.into_iter().filter(|(unit, _)| is_open(unit) && has_reported(unit)).collect();
    let mut closing: BTreeSet<_> = branches.iter().map(|(unit, _)| unit.clone()).collect();
    let mut due = Vec::new();
    for unit in above {
        if is_open(&unit.unit) && unit.below.iter().all(|unit| !is_open(unit) || closing.contains(unit)) {
            closing.insert(unit.unit.clone());
            due.push(unit);
        }
    }
    (branches, due)
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Closes what the company's rules close by now. What others close meanwhile stays as they closed it.
    pub async fn close_due(
        &self,
        closing: &ClosingRules,
        now: Moment,
    ) -> Result<Vec<ClosingShown>, HubError> {
        if !closing.any() {
            return Ok(Vec::new());
        }
        self.judge_by_newest(now).await?;
        let today = self.rules.current(&self.storage).await?.day(now);
        let mut stamped = Vec::new();
        for back in (0..LOOKED_AT_DAYS).rev() {
            stamped.extend(self.close_due_of(closing, add_days(today, -i32::from(back)), now).await?);
        }
        Ok(stamped)
    }

    async fn close_due_of(
        &self,
        closing: &ClosingRules,
        day: Date,
        now: Moment,
    ) -> Result<Vec<ClosingShown>, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let cut_off = self.field.rules().cut_off_of(day, &rules.zone);
        let Some(by) = closing.in_force(day, cut_off, now, &rules.zone) else { return Ok(Vec::new()) };
        let regions = units_of(&rules.roster, day);
        let closed = self.storage.closings(day, day).await?;
        let closed: BTreeSet<_> = closed.into_iter().map(|closing| closing.unit).collect();
        let below = regions.iter().flat_map(|(region, branches)| branches.iter().chain([region]));
        // A company without any units has nothing to close.
        if regions.is_empty() || below.chain([&NATION.into()]).all(|unit| closed.contains(unit)) {
            return Ok(Vec::new());
        }
        let reports = self.reports_of(&rules, day, now).await?;
        let (branches, above) = due(regions, &closed, &reports, by);
        if branches.is_empty() && above.is_empty() {
            return Ok(Vec::new());
        }
        let order = self.order(&rules, day, (branches, above), by.account(), now).await?;
        match self.storage.close(order).await? {
            ClosingOutcome::Done(stamped) => Ok(stamped.iter().map(|one| shown(one, &rules)).collect()),
            // Somebody else was at it: what is due all the same is found at the next look.
            ClosingOutcome::Closed(_)
            | ClosingOutcome::Open(_)
            | ClosingOutcome::Excepted(_)
            | ClosingOutcome::RulesChanged => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;

    fn regions() -> Regions {
        let codes = |codes: &[&str]| codes.iter().map(|code| UnitCode::from(*code)).collect();
        [("R1".into(), codes(&["B1", "B2"])), ("R2".into(), codes(&["B3"]))].into()
    }

    /// What is due, with these units closed and these shares reported.
    fn told(by: DueBy, closed: &[&str], reports: &[(&str, u32, u32)]) -> Vec<String> {
        let closed = closed.iter().map(|code| UnitCode::from(*code)).collect();
        let report = |(branch, reported, expected): &(&str, u32, u32)| {
            (UnitCode::from(*branch), Reported { expected: *expected, reported: *reported })
        };
        let (branches, above) = due(regions(), &closed, &reports.iter().map(report).collect(), by);
        let branches = branches.into_iter().map(|(branch, _)| branch.0);
        branches.chain(above.into_iter().map(|one| one.unit.0)).collect()
    }

    #[test]
    fn at_its_time_all_of_a_day_closes_that_is_open() {
        assert_eq!(told(DueBy::Time, &[], &[("B1", 0, 9)]), ["B1", "B2", "B3", "R1", "R2", "nation"]);
        assert_eq!(told(DueBy::Time, &["B1", "B2", "R1"], &[]), ["B3", "R2", "nation"]);
        assert_eq!(told(DueBy::Time, &["B1", "B2", "B3", "R1", "R2", "nation"], &[]), [""; 0]);
    }

    #[test]
    fn a_branch_closes_with_its_share_and_those_above_with_the_last_below() {
        let by = DueBy::Share { percent: 90 };
        let reports = [("B1", 9, 10), ("B2", 8, 9), ("B3", 0, 1)];
        assert_eq!(told(by, &[], &reports), ["B1"], "8 of 9 are less than 90 %");
        assert_eq!(told(by, &["B2"], &reports), ["B1", "R1"]);
        assert_eq!(told(by, &["B1", "B2"], &reports), ["R1"]);
        assert_eq!(told(by, &["B1", "B2", "R1"], &reports), [""; 0]);
        assert_eq!(
            told(by, &["B2"], &reports[..1]),
            ["B1", "B3", "R1", "R2", "nation"],
            "nobody is expected"
        );
    }

    #[test]
    fn a_rule_is_in_force_from_an_instant_on() {
        let (day, zone) = (parse_date("2026-06-01").unwrap(), TimeZone::get("Asia/Seoul").unwrap());
        let at = |day: &str, hour| instant_at(parse_date(day).unwrap(), Time::constant(hour, 0, 0, 0), &zone);
        let cut_off = at("2026-06-01", 18);
        let share = Some(90);
        let time = Some((Time::constant(10, 0, 0, 0), 2));
        let told = |rules: &ClosingRules, now: Moment| rules.in_force(day, cut_off, now, &zone);
        let before = |now: Moment| Moment(now.0 - 1);
        let none = ClosingRules::default();
        assert_eq!((none.any(), told(&none, at("2026-07-01", 0))), (false, None));
        let by_time = ClosingRules { at: time, share_percent: None };
        assert_eq!(told(&by_time, before(at("2026-06-03", 10))), None);
        assert_eq!(told(&by_time, at("2026-06-03", 10)), Some(DueBy::Time));
        let both = ClosingRules { at: time, share_percent: share };
        assert_eq!(told(&both, before(cut_off)), None);
        assert_eq!(told(&both, cut_off), Some(DueBy::Share { percent: 90 }));
        assert_eq!(told(&both, at("2026-06-03", 10)), Some(DueBy::Time));
    }
}
