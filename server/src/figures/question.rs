//! A question to the figures in people's words, and the query it means.

use document_model::{Date, UnitCode, add_days, parse_date};
use serde::Deserialize;

use crate::organisation::{Level, NATION, Roster};
use crate::storage::{FigureQuery, SplitBy};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// First business day: `YYYY-MM-DD`, `today`, `yesterday`.
    pub from: String,
    /// Last business day, likewise.
    pub to: String,
    /// The level of the rows; the unit's own where it is left out.
    pub level: Option<String>,
    /// The unit asked about.
    pub unit: Option<UnitCode>,
    /// `unit`, `product` or `day`.
    pub by: Option<String>,
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
        let level = match &self.level {
            None => unit_level,
            Some(word) => Level::of_str(word).ok_or_else(|| {
                QuestionError::Unreadable(format!(
                    "{word:?} is no level; levels are nation, region, branch, rep"
                ))
            })?,
        };
        if level < unit_level {
            let (level, unit_level) = (level.as_str(), unit_level.as_str());
            return Err(QuestionError::Unreadable(format!(
                "{unit} is a {unit_level}: it has no rows per {level}"
            )));
        }
        let under = (unit.as_str() != NATION).then(|| (unit_level, unit.clone()));
        Ok(FigureQuery { from, to, level, under, by: split(self.by.as_deref())? })
    }
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
        Some("day") => Ok(SplitBy::Day),
        Some(word) => {
            Err(QuestionError::Unreadable(format!("{word:?}: rows are split by unit, product or day")))
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
            by: None,
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
    fn questions_without_an_answer_say_why() {
        let why = |result: Result<FigureQuery, QuestionError>| result.unwrap_err().to_string();
        assert!(why(ask("today", "yesterday", None, None)).contains("after"));
        assert!(why(ask("2026-02-30", "today", None, None)).contains("no day"));
        assert!(why(ask("2000-01-01", "today", None, None)).contains("days"));
        assert!(why(ask("today", "today", Some("town"), None)).contains("no level"));
        assert_eq!(ask("today", "today", None, Some("B9")), Err(QuestionError::UnknownUnit("B9".into())));
    }
}
