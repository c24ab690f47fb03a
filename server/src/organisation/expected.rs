//! Who is expected to report on a day.

use std::iter;
use std::sync::Arc;

use document_model::sales::UnitPath;
use document_model::{Date, UnitCode, add_days};

use super::{Absences, Calendar, Level, PathSpan};

/// A rep whose report is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRep {
    /// The rep, and the units the rep was in that day.
    pub path: Arc<UnitPath>,
    /// The last day of the range on which the rep was expected: who is complete for it is for those before.
    pub day: Date,
}

impl ExpectedRep {
    /// Whether the rep counts under a unit.
    #[must_use]
    pub fn is_under(&self, under: Option<&(Level, UnitCode)>) -> bool {
        match under {
            None | Some((Level::Nation, _)) => true,
            Some((Level::Region, unit)) => self.path.region == *unit,
            Some((Level::Branch, unit)) => self.path.branch == *unit,
            Some((Level::Rep, unit)) => self.path.rep == *unit,
        }
    }
}

/// The reps whose reports a range of days waits for, in the order of their codes: on some working day of it their
/// branch and region existed and they were not absent.
#[must_use]
pub fn expected(
    paths: &[PathSpan],
    absences: &Absences,
    calendar: &Calendar,
    (from, to): (Date, Date),
) -> Vec<ExpectedRep> {
    let back = iter::successors((from <= to).then_some(to), |day| (*day > from).then(|| add_days(*day, -1)));
    let working: Vec<Date> = back.filter(|day| calendar.is_working(*day)).collect();
    let mut reps: Vec<ExpectedRep> = Vec::with_capacity(if working.is_empty() { 0 } else { paths.len() });
    // A rep's paths come one after the other, the earliest first.
    for span in paths {
        let mut days = working.iter().filter(|day| span.covers(**day));
        let last = days.find(|day| absences.is_empty() || absences.on(&span.path.rep, **day).is_none());
        if let Some(last) = last.map(|day| ExpectedRep { path: span.path.clone(), day: *day }) {
            match reps.last_mut() {
                Some(earlier) if earlier.path.rep == span.path.rep => *earlier = last,
                _ => reps.push(last),
            }
        }
    }
    reps
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::organisation::{Absence, CalendarDay, NATION, Roster, UnitSpan};

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    fn span(code: &str, level: Level, parent: &str, from: Option<&str>, to: Option<&str>) -> UnitSpan {
        UnitSpan {
            code: code.into(),
            from: from.map(day),
            to: to.map(day),
            level,
            name: code.to_owned(),
            parent: parent.into(),
            successor: None,
        }
    }

    #[test]
    fn those_are_expected_who_could_report() {
        let roster: Roster = [
            span("R1", Level::Region, NATION, None, None),
            span("R2", Level::Region, NATION, None, Some("2026-06-15")),
            span("B1", Level::Branch, "R1", None, None),
            span("B2", Level::Branch, "R1", None, Some("2026-06-15")),
            span("B3", Level::Branch, "R2", None, None),
            span("P1", Level::Rep, "B1", None, None),
            span("LEFT", Level::Rep, "B1", None, Some("2026-06-15")),
            span("NEW", Level::Rep, "B1", Some("2026-06-16"), None),
            span("AWAY", Level::Rep, "B1", None, None),
            span("NOBRANCH", Level::Rep, "B2", None, None),
            span("NOREGION", Level::Rep, "B3", None, None),
        ]
        .into_iter()
        .collect();
        let (rep, reason) = ("AWAY".into(), "leave".to_owned());
        let away = Absence { rep, from: day("2026-06-16"), to: Some(day("2026-06-16")), reason };
        let absences: Absences = [away].into_iter().collect();
        let free = CalendarDay { day: day("2026-06-18"), working: false, name: "office moves".to_owned() };
        let duty = CalendarDay { day: day("2026-06-20"), working: true, name: "duty".to_owned() };
        let calendar = Calendar::of([free, duty]);
        let between =
            |from: &str, to: &str| expected(&roster.paths(), &absences, &calendar, (day(from), day(to)));
        let on = |on: &str| {
            let reps = between(on, on);
            reps.iter().map(|rep| rep.path.rep.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(on("2026-06-15"), "AWAY LEFT NOBRANCH NOREGION P1");
        assert_eq!(on("2026-06-16"), "NEW P1");
        assert_eq!(on("2026-06-17"), "AWAY NEW P1");
        assert_eq!(on("2026-06-18"), "", "the company closed");
        assert_eq!(on("2026-06-20"), "AWAY NEW P1", "a Saturday somebody works");
        assert_eq!((on("2026-06-21"), on("2026-06-03")), (String::new(), String::new()), "Sunday, election");
        assert_eq!(between("2026-06-16", "2026-06-15"), [], "no day at all");
        let week = between("2026-06-15", "2026-06-21");
        let last: Vec<_> = week.iter().map(|rep| format!("{} {}", rep.path.rep, rep.day.day())).collect();
        let expected =
            ["AWAY 20", "LEFT 15", "NEW 20", "NOBRANCH 15", "NOREGION 15", "P1 20"].map(str::to_owned);
        assert_eq!(last, expected, "each by the last day on which they were expected");
        let under =
            |level, unit: &str| week.iter().filter(|rep| rep.is_under(Some(&(level, unit.into())))).count();
        assert_eq!(
            (under(Level::Branch, "B1"), under(Level::Region, "R1"), under(Level::Rep, "NEW")),
            (4, 5, 1)
        );
        assert_eq!(
            (under(Level::Branch, "R1"), week.iter().filter(|rep| rep.is_under(None)).count()),
            (0, 6)
        );
    }
}
