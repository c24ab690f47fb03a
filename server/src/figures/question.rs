//! A question to the figures in people's words, and the query it means.

use document_model::{Date, Moment, UnitCode, add_days, parse_date};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::organisation::{Level, NATION, Roster};
use crate::storage::{FigureQuery, SplitBy, View};

/// Days one question may span: ten years.
const LONGEST_DAYS: i32 = 3_660;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// A word of it cannot be read, or two do not fit together.
    #[error("{0}")]
    Unreadable(String),
    /// There is no such unit.
    #[error("there is no unit {0}; `nation` is the whole company")]
    UnknownUnit(UnitCode),
}

/// What somebody asks, as words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Question {
    /// First business day: `YYYY-MM-DD`, `today`, `yesterday`.
    pub from: String,
    /// Last business day, likewise.
    pub to: String,
    /// The level of the rows; the unit's own where it is left out.
    pub level: Option<String>,
    /// The unit asked about.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitCode>,
    /// `unit`, `product`, `type` or `day`.
    pub by: Option<String>,
    /// An instant: the figures as they were then.
    pub as_of: Option<String>,
    /// Whether the figures as they were closed are asked for.
    #[serde(default)]
    pub closed: bool,
    /// Whether what reps sold counts where they stand today, instead of where it was sold.
    #[serde(default)]
    pub today_structure: bool,
}

/// A state of the figures, as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As they are now.
    Now,
    /// As they were closed.
    Closed,
    /// As they were at an instant.
    At(Moment),
}

impl State {
    /// Reads `now`, `closed` or an instant that has come: with an offset, `2026-06-01T18:00:00+09:00`, or in
    /// the company's zone, `2026-06-01T18:00`.
    pub fn of_word(word: &str, now: Moment, zone: &TimeZone) -> Result<Self, QuestionError> {
        let instant = match word {
            "now" => return Ok(Self::Now),
            "closed" => return Ok(Self::Closed),
            word => instant(word, zone).ok_or_else(|| {
                QuestionError::Unreadable(format!(
                    "{word:?} is neither `now` nor `closed` nor an instant like 2026-06-01T18:00"
                ))
            })?,
        };
        if instant > now {
            return Err(QuestionError::Unreadable(format!("{word} has not come yet")));
        }
        Ok(Self::At(instant))
    }
}

/// An instant as people say it, come or to come: with an offset, or in the company's zone.
///
/// # Errors
/// `Unreadable`.
pub fn instant_of(word: &str, zone: &TimeZone) -> Result<Moment, QuestionError> {
    instant(word, zone)
        .ok_or_else(|| QuestionError::Unreadable(format!("{word:?} is no instant like 2026-06-01T18:00")))
}

fn instant(word: &str, zone: &TimeZone) -> Option<Moment> {
    let there = word.parse::<Timestamp>().ok();
    let here = || word.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    // A day alone is no instant, and what a calendar holds beyond these years nobody means.
    let instant = there.or_else(|| (word.len() > 10).then(here)?)?;
    (1800..=2200).contains(&instant.to_zoned(TimeZone::UTC).year()).then(|| Moment(instant.as_millisecond()))
}

impl Question {
    /// The query it means on this day in this organisation. `own` is the unit where none is named.
    pub fn query(&self, today: Date, roster: &Roster, own: &UnitCode) -> Result<FigureQuery, QuestionError> {
        let (from, to) = (day(&self.from, today)?, day(&self.to, today)?);
        if from > to {
            return Err(QuestionError::Unreadable(format!(
                "the first day {from} is after the last day {to}"
            )));
        }
        if add_days(from, LONGEST_DAYS) < to {
            return Err(QuestionError::Unreadable(format!(
                "{from} to {to} is more than {LONGEST_DAYS} days"
            )));
        }
        let unit = self.unit.as_ref().unwrap_or(own);
        let unit_level = roster.level(unit).ok_or_else(|| QuestionError::UnknownUnit(unit.clone()))?;
        let level = level_of_rows(self.level.as_deref(), unit, unit_level)?;
        let under = (unit.as_str() != NATION).then(|| (unit_level, unit.clone()));
        Ok(FigureQuery {
            from,
            to,
            level,
            under,
            by: split(self.by.as_deref())?,
            view: View::Now,
            placed: None,
        })
    }

    /// The state it asks for.
    pub fn state(&self, now: Moment, zone: &TimeZone) -> Result<State, QuestionError> {
        match (&self.as_of, self.closed) {
            _ if self.closed && self.today_structure => Err(QuestionError::Unreadable(
                "closed figures stand in the structure they were closed in, not in today's".to_owned(),
            )),
            (Some(_), true) => Err(QuestionError::Unreadable(
                "figures are asked for as of an instant or as closed, not both".to_owned(),
            )),
            (Some(instant), false) => State::of_word(instant, now, zone),
            (None, true) => Ok(State::Closed),
            (None, false) => Ok(State::Now),
        }
    }
}

/// The level of rows about a unit, as people say it; the unit's own where nothing is said.
///
/// # Errors
/// `Unreadable`: no level, or one above the unit.
pub fn level_of_rows(word: Option<&str>, unit: &UnitCode, own: Level) -> Result<Level, QuestionError> {
    let Some(word) = word else { return Ok(own) };
    let unreadable =
        || QuestionError::Unreadable(format!("{word:?} is no level; levels are nation, region, branch, rep"));
    let level = Level::of_str(word).ok_or_else(unreadable)?;
    if level < own {
        let (level, own) = (level.as_str(), own.as_str());
        return Err(QuestionError::Unreadable(format!("{unit} is a {own}: it has no rows per {level}")));
    }
    Ok(level)
}

/// A day as people say it: `YYYY-MM-DD`, `today`, `yesterday`.
///
/// # Errors
/// `Unreadable`.
pub fn day(word: &str, today: Date) -> Result<Date, QuestionError> {
    match word {
        "today" => Ok(today),
        "yesterday" => Ok(add_days(today, -1)),
        word => parse_date(word).ok_or_else(|| {
            QuestionError::Unreadable(format!("{word:?} is no day; days are YYYY-MM-DD, today, yesterday"))
        }),
    }
}

fn split(word: Option<&str>) -> Result<SplitBy, QuestionError> {
    match word {
        None | Some("unit") => Ok(SplitBy::Unit),
        Some("product") => Ok(SplitBy::Product),
        Some("type") => Ok(SplitBy::Type),
        Some("day") => Ok(SplitBy::Day),
        Some(word) => {
            Err(QuestionError::Unreadable(format!("{word:?}: rows are split by unit, product, type or day")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisation::UnitSpan;

    fn roster() -> Roster {
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: code.into(),
            parent: parent.into(),
            successor: None,
        };
        [span("R1", Level::Region, NATION), span("B1", Level::Branch, "R1"), span("P1", Level::Rep, "B1")]
            .into_iter()
            .collect()
    }

    fn ask(
        from: &str,
        to: &str,
        level: Option<&str>,
        unit: Option<&str>,
    ) -> Result<FigureQuery, QuestionError> {
        let question = Question {
            from: from.to_owned(),
            to: to.to_owned(),
            level: level.map(str::to_owned),
            unit: unit.map(UnitCode::from),
            ..Question::default()
        };
        question.query(parse_date("2026-03-01").unwrap(), &roster(), &NATION.into())
    }

    #[test]
    fn days_may_be_words() {
        let query = ask("yesterday", "today", None, None).unwrap();
        assert_eq!(
            (query.from.to_string(), query.to.to_string()),
            ("2026-02-28".into(), "2026-03-01".into())
        );
        assert_eq!((query.level, query.under, query.by), (Level::Nation, None, SplitBy::Unit));
    }

    #[test]
    fn rows_are_at_the_units_level_or_below() {
        let query = ask("today", "today", Some("rep"), Some("B1")).unwrap();
        assert_eq!((query.level, query.under), (Level::Rep, Some((Level::Branch, "B1".into()))));
        assert_eq!(ask("today", "today", None, Some("B1")).unwrap().level, Level::Branch);
        assert!(ask("today", "today", Some("region"), Some("B1")).is_err());
    }

    #[test]
    fn a_state_is_a_word_or_an_instant_that_has_come() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let now = Moment("2026-06-02T00:00:00Z".parse::<Timestamp>().unwrap().as_millisecond());
        let state = |word: &str| State::of_word(word, now, &zone);
        assert_eq!((state("now"), state("closed")), (Ok(State::Now), Ok(State::Closed)));
        let at = Ok(State::At(Moment(now.0 - 24 * 3_600_000)));
        for word in
            ["2026-06-01T00:00:00Z", "2026-06-01T09:00:00+09:00", "2026-06-01T09:00", "2026-06-01 09:00:00"]
        {
            assert_eq!(state(word), at, "{word}");
        }
        for word in
            ["2026-06-01", "yesterday", "", "9999-01-01T00:00", "2026-06-02T09:01", "2026-02-30T09:00"]
        {
            assert!(state(word).is_err(), "{word}");
        }
        let both = Question { as_of: Some("now".to_owned()), closed: true, ..Question::default() };
        assert!(both.state(now, &zone).is_err());
    }

    #[test]
    fn questions_without_an_answer_say_why() {
        let why = |result: Result<FigureQuery, QuestionError>| result.unwrap_err().to_string();
        assert!(why(ask("today", "yesterday", None, None)).contains("after"));
        assert!(why(ask("2026-02-30", "today", None, None)).contains("no day"));
        assert!(why(ask("2000-01-01", "today", None, None)).contains("days"));
        assert!(why(ask("today", "today", Some("town"), None)).contains("no level"));
        assert_eq!(ask("today", "today", None, Some("B9")), Err(QuestionError::UnknownUnit("B9".into())));
    }
}
