//! Units and who belonged where on which day.

use std::collections::BTreeMap;

use document_model::sales::UnitPath;
use document_model::{Date, UnitCode};
use serde::Serialize;

/// The code of the nation.
pub const NATION: &str = "nation";

/// A level of the organisation, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The whole company.
    Nation,
    /// A region.
    Region,
    /// A branch.
    Branch,
    /// One rep.
    Rep,
}

impl Level {
    /// Every level, widest first.
    pub const ALL: [Self; 4] = [Self::Nation, Self::Region, Self::Branch, Self::Rep];

    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Region => "region",
            Self::Branch => "branch",
            Self::Rep => "rep",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// A unit as it was over a span of days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitSpan {
    /// Its code.
    pub code: UnitCode,
    /// First day; `None`: from the beginning.
    pub from: Option<Date>,
    /// Last day; `None`: no end.
    pub to: Option<Date>,
    /// Its level.
    pub level: Level,
    /// Its name.
    pub name: String,
    /// The unit above.
    pub parent: UnitCode,
}

impl UnitSpan {
    fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// All units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    units: BTreeMap<UnitCode, Vec<UnitSpan>>,
}

impl Roster {
    /// The spans of a unit, in order.
    #[must_use]
    pub fn spans(&self, code: &UnitCode) -> &[UnitSpan] {
        self.units.get(code).map_or(&[], Vec::as_slice)
    }

    /// A unit as it was on a day.
    #[must_use]
    pub fn on(&self, code: &UnitCode, day: Date) -> Option<&UnitSpan> {
        self.spans(code).iter().find(|span| span.covers(day))
    }

    /// The newest span of a unit, for its name and level.
    #[must_use]
    pub fn newest(&self, code: &UnitCode) -> Option<&UnitSpan> {
        self.spans(code).last()
    }

    /// The name of a unit; its code where it has none.
    #[must_use]
    pub fn name(&self, code: &UnitCode) -> String {
        self.newest(code).map_or_else(|| code.0.clone(), |span| span.name.clone())
    }

    /// The units a rep's sale of that day counts under; `None` when the rep was in no branch.
    #[must_use]
    pub fn path(&self, rep: &UnitCode, day: Date) -> Option<UnitPath> {
        let span = self.on(rep, day).filter(|span| span.level == Level::Rep)?;
        let branch = self.on(&span.parent, day).filter(|unit| unit.level == Level::Branch)?;
        let region = self.on(&branch.parent, day).filter(|unit| unit.level == Level::Region)?;
        Some(UnitPath { rep: rep.clone(), branch: branch.code.clone(), region: region.code.clone() })
    }

    /// The level of a unit code, the nation's included.
    #[must_use]
    pub fn level(&self, code: &UnitCode) -> Option<Level> {
        if code.as_str() == NATION { Some(Level::Nation) } else { self.newest(code).map(|span| span.level) }
    }

    /// All spans, by code.
    pub fn iter(&self) -> impl Iterator<Item = &UnitSpan> {
        self.units.values().flatten()
    }

    /// Replaces the spans of the units named.
    pub fn put(&mut self, spans: Vec<UnitSpan>) {
        let mut named: BTreeMap<UnitCode, Vec<UnitSpan>> = BTreeMap::new();
        spans.into_iter().for_each(|span| named.entry(span.code.clone()).or_default().push(span));
        for (code, mut spans) in named {
            spans.sort();
            self.units.insert(code, spans);
        }
    }
}

impl FromIterator<UnitSpan> for Roster {
    fn from_iter<I: IntoIterator<Item = UnitSpan>>(spans: I) -> Self {
        let mut roster = Self::default();
        roster.put(spans.into_iter().collect());
        roster
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;

    fn span(code: &str, level: Level, parent: &str, from: Option<&str>, to: Option<&str>) -> UnitSpan {
        UnitSpan {
            code: code.into(),
            from: from.and_then(parse_date),
            to: to.and_then(parse_date),
            level,
            name: format!("Unit {code}"),
            parent: parent.into(),
        }
    }

    #[test]
    fn a_rep_counts_where_the_rep_was_that_day() {
        let roster: Roster = [
            span("R1", Level::Region, NATION, None, None),
            span("B1", Level::Branch, "R1", None, None),
            span("B2", Level::Branch, "R1", None, None),
            span("P1", Level::Rep, "B2", Some("2026-06-01"), None),
            span("P1", Level::Rep, "B1", None, Some("2026-05-31")),
        ]
        .into_iter()
        .collect();
        let branch = |day: &str| roster.path(&"P1".into(), parse_date(day)?).map(|path| path.branch.0);
        assert_eq!(branch("2026-05-31").as_deref(), Some("B1"));
        assert_eq!(branch("2026-06-01").as_deref(), Some("B2"));
        assert_eq!(roster.path(&"P9".into(), parse_date("2026-06-01").expect("date")), None);
        assert_eq!(
            roster.path(&"B1".into(), parse_date("2026-06-01").expect("date")),
            None,
            "a branch sells nothing"
        );
        assert_eq!(roster.level(&NATION.into()), Some(Level::Nation));
    }
}
