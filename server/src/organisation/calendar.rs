//! Working days: weekends and Korean public holidays, and what the company says instead.

use std::collections::BTreeMap;

use document_model::{Date, add_days, day_number, parse_date};
use jiff::civil::Weekday;
use serde::Serialize;

/// Public holidays, as a table of days and names.
const HOLIDAYS: &str = include_str!("holidays.csv");

/// What is said of a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CalendarDay {
    /// The day.
    pub day: Date,
    /// Whether reps are expected to work.
    pub working: bool,
    /// What it is called; may be empty.
    pub name: String,
}

/// Which days are working days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Date, CalendarDay>,
}

impl Calendar {
    /// The shipped calendar with what the company says of days, which counts in place of what is shipped.
    #[must_use]
    pub fn of(said: impl IntoIterator<Item = CalendarDay>) -> Self {
        let said = said.into_iter().map(|day| (day.day, day));
        Self { days: shipped().map(|day| (day.day, day)).chain(said).collect() }
    }

    /// Whether reps are expected to work that day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        match self.days.get(&day) {
            Some(said) => said.working,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The working days from one day to another, both counted.
    #[must_use]
    pub fn working_days(&self, from: Date, to: Date) -> i64 {
        if to < from {
            return 0;
        }
        let weekdays = weekdays_before(add_days(to, 1)) - weekdays_before(from);
        let said = self.days.range(from..=to).map(|(day, said)| {
            let of_week = weekdays_before(add_days(*day, 1)) - weekdays_before(*day);
            i64::from(said.working) - of_week
        });
        weekdays + said.sum::<i64>()
    }

    /// What a day is called, where anything is said of it.
    #[must_use]
    pub fn name(&self, day: Date) -> Option<&str> {
        self.days.get(&day).map(|said| said.name.as_str()).filter(|name| !name.is_empty())
    }

    /// What is said of days of a year, in order.
    pub fn year(&self, year: i16) -> impl Iterator<Item = &CalendarDay> {
        self.days.values().filter(move |said| said.day.year() == year)
    }

    /// Whether public holidays of a year are shipped.
    #[must_use]
    pub fn is_shipped(year: i16) -> bool {
        shipped().any(|day| day.day.year() == year)
    }
}

/// Mondays to Fridays before a day, since the Monday of the week of 1 January 1970, a Thursday.
fn weekdays_before(day: Date) -> i64 {
    let days = i64::from(day_number(day)) + 3;
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}

fn shipped() -> impl Iterator<Item = CalendarDay> {
    HOLIDAYS.lines().filter_map(|line| {
        let (day, name) = line.split_once(',')?;
        Some(CalendarDay { day: parse_date(day)?, working: false, name: name.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn every_line_of_the_shipped_table_is_read() {
        let lines = HOLIDAYS.lines().filter(|line| !line.starts_with('#') && *line != "day,name");
        let read: Vec<_> = shipped().collect();
        assert_eq!(read.len(), lines.count());
        assert!(read.windows(2).all(|pair| pair[0].day < pair[1].day), "in order, each once");
        assert!(read.iter().all(|day| !day.name.is_empty()));
    }

    #[test]
    fn holidays_are_where_they_are() {
        let calendar = Calendar::of([]);
        let off = |days: &[&str]| days.iter().all(|text| !calendar.is_working(day(text)));
        let on = |days: &[&str]| days.iter().all(|text| calendar.is_working(day(text)));
        // Lunar New Year, with the day before and after.
        assert!(off(&["2024-02-09", "2024-02-12", "2025-01-27", "2025-01-30", "2026-02-16", "2026-02-18"]));
        assert!(off(&["2027-02-08", "2027-02-09", "2028-01-26", "2028-01-28"]));
        assert!(on(&["2024-02-08", "2024-02-13", "2025-01-31", "2026-02-13", "2026-02-19", "2027-02-10"]));
        assert!(on(&["2027-02-05", "2028-01-25", "2028-01-31"]));
        // Chuseok.
        assert!(off(&["2024-09-16", "2024-09-18", "2025-10-06", "2025-10-08", "2026-09-24", "2026-09-25"]));
        assert!(off(&["2027-09-14", "2027-09-16", "2028-10-02", "2028-10-05"]));
        assert!(on(&["2024-09-19", "2025-10-10", "2026-09-23", "2026-09-28", "2027-09-17", "2028-10-06"]));
        // Buddha's birthday, substitutes, elections, and days that are holidays from 2026 on.
        assert!(off(&["2024-05-15", "2025-05-06", "2026-05-25", "2027-05-13", "2028-05-02"]));
        assert!(off(&["2025-03-03", "2026-03-02", "2026-08-17", "2026-10-05", "2027-05-03", "2027-12-27"]));
        assert!(off(&["2024-04-10", "2025-06-03", "2026-06-03", "2028-04-12", "2024-10-01"]));
        assert!(off(&["2026-07-17", "2027-07-19"]) && on(&["2024-07-17", "2025-07-17"]));
        assert!(off(&["2024-05-01", "2025-05-01", "2026-05-01", "2028-05-01"]));
        // No substitute for these.
        assert!(on(&["2024-12-26", "2026-06-08", "2027-06-07", "2028-01-03"]));
        assert_eq!(calendar.name(day("2026-09-25")), Some("추석"));
    }

    #[test]
    fn weekends_are_free_and_other_days_are_not() {
        let calendar = Calendar::of([]);
        assert!(!calendar.is_working(day("2026-06-13")) && !calendar.is_working(day("2026-06-14")));
        assert!(calendar.is_working(day("2026-06-15")) && calendar.is_working(day("2031-01-02")));
        assert_eq!(calendar.name(day("2026-06-13")), None);
        assert!(Calendar::is_shipped(2028) && !Calendar::is_shipped(2029) && !Calendar::is_shipped(2023));
    }

    #[test]
    fn working_days_are_counted_as_they_are() {
        let said = |on: &str, working| CalendarDay { day: day(on), working, name: String::new() };
        let calendar = Calendar::of([
            said("2026-09-26", true),
            said("2026-09-25", true),
            said("2026-09-28", false),
            said("1969-12-30", false),
        ]);
        for first in ["1969-12-25", "2026-09-01", "2031-01-01"].map(day) {
            for (start, length) in (0..15).flat_map(|start| (0..40).map(move |length| (start, length))) {
                let (from, to) = (add_days(first, start), add_days(first, start + length));
                let days = (0..=length).map(|number| add_days(from, number));
                let counted = days.filter(|day| calendar.is_working(*day)).count();
                assert_eq!(calendar.working_days(from, to), counted as i64, "{from} to {to}");
            }
        }
        assert_eq!(calendar.working_days(day("2026-09-02"), day("2026-09-01")), 0);
    }

    #[test]
    fn what_the_company_says_counts() {
        let said = |on: &str, working, name: &str| CalendarDay { day: day(on), working, name: name.into() };
        let calendar = Calendar::of([
            said("2026-12-24", false, "창립기념일"),
            said("2026-09-26", true, ""),
            said("2026-09-25", true, "duty"),
        ]);
        assert!(!calendar.is_working(day("2026-12-24")));
        assert!(calendar.is_working(day("2026-09-25")) && calendar.is_working(day("2026-09-26")));
        assert_eq!(
            (calendar.name(day("2026-09-25")), calendar.name(day("2026-09-26"))),
            (Some("duty"), None)
        );
        assert_eq!(calendar.year(2026).count(), Calendar::of([]).year(2026).count() + 1);
    }
}
