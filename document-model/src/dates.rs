//! Civil dates of the company's zone, and instants.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The day that day numbers count from.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A civil date: what the business calls a day, in the company's zone.
pub type Date = jiff::civil::Date;

/// An instant, milliseconds since the Unix epoch (UTC). Always passed in, never read from a clock here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Whole seconds, the unit of a change's time stamp.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant of a change's time stamp.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

/// Reads `YYYY-MM-DD` strictly; `None` for anything else, and outside the years 1800 to 2200.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 10 {
        return None;
    }
    let date: Date = text.parse().ok()?;
    (1800..=2200).contains(&date.year()).then_some(date)
}

/// The civil date of `moment` in `zone`; instants beyond what a calendar can hold give the nearest date.
#[must_use]
pub fn civil_date(moment: Moment, zone: &TimeZone) -> Date {
    let stamp = Timestamp::from_millisecond(moment.0).unwrap_or(if moment.0 < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    zone.to_datetime(stamp).date()
}

/// `date` moved by `days`, held at the calendar's ends.
#[must_use]
pub fn add_days(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

/// `date` moved by `months`: the last day of a shorter month, held at the calendar's ends.
#[must_use]
pub fn add_months(date: Date, months: i32) -> Date {
    date.saturating_add(months.months())
}

/// The days from 1970-01-01 to `date`.
#[must_use]
pub fn day_number(date: Date) -> i32 {
    date.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

/// The date that is `number` days after 1970-01-01; `None` outside the years 1800 to 2200.
#[must_use]
pub fn date_of_number(number: i32) -> Option<Date> {
    let date = EPOCH.checked_add(jiff::Span::new().try_days(number).ok()?).ok()?;
    (1800..=2200).contains(&date.year()).then_some(date)
}

/// `moment` as RFC 3339 text in UTC, for people and JSON.
#[must_use]
pub fn format_moment(moment: Moment) -> String {
    Timestamp::from_millisecond(moment.0).map_or_else(|_| "unknown".to_owned(), |stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_numbers() {
        for (text, number) in
            [("1970-01-01", 0), ("1969-12-31", -1), ("2026-06-01", 20_605), ("1800-01-01", -62_091)]
        {
            let date = parse_date(text).unwrap();
            assert_eq!((day_number(date), date_of_number(number)), (number, Some(date)), "{text}");
        }
        for beyond in [i32::MIN, i32::MAX, -62_092, 84_372] {
            assert_eq!(date_of_number(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn dates_are_strict() {
        assert!(parse_date("2026-02-28").is_some());
        for bad in ["2026-02-30", "2026-2-3", "20260228", "2026-02-28T00", "0001-01-01", ""] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_day_is_the_companys() {
        let seoul = TimeZone::get("Asia/Seoul").expect("bundled");
        let late_evening_utc = Moment(1_767_106_800_000); // 2025-12-30T15:00:00Z
        assert_eq!(civil_date(late_evening_utc, &seoul).to_string(), "2025-12-31");
        assert_eq!(civil_date(Moment(i64::MAX), &seoul).year(), 9999);
    }
}
