//! The organisation of a day as a tree.

use std::collections::BTreeMap;

use document_model::{Date, UnitCode};
use serde::Serialize;

use super::{Absences, Level, NATION, Roster, UnitSpan};

/// A unit and what is below it on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// Its code.
    pub code: UnitCode,
    /// Its level.
    pub level: Level,
    /// Its name that day.
    pub name: String,
    /// Since when it is like this; `None`: from the beginning.
    pub from: Option<Date>,
    /// Until when it is like this, as far as is known; `None`: no end.
    pub to: Option<Date>,
    /// Who goes on with it after that.
    pub successor: Option<UnitCode>,
    /// Why a rep is absent that day.
    pub absent: Option<String>,
    /// What is below it, by code.
    pub below: Vec<Tree>,
}

impl Tree {
    /// A unit as it is on a day, with all that is below it; `None` when it does not exist that day.
    #[must_use]
    pub fn of(roster: &Roster, absences: &Absences, unit: &UnitCode, day: Date) -> Option<Self> {
        let mut below: BTreeMap<&UnitCode, Vec<&UnitSpan>> = BTreeMap::new();
        for span in roster.iter().filter(|span| span.covers(day)) {
            below.entry(&span.parent).or_default().push(span);
        }
        if unit.as_str() != NATION {
            return Some(grow(roster.on(unit, day)?, &below, absences, day));
        }
        Some(Self {
            code: unit.clone(),
            level: Level::Nation,
            name: String::new(),
            from: None,
            to: None,
            successor: None,
            absent: None,
            below: branches(unit, Level::Nation, &below, absences, day),
        })
    }

    /// How many reps are in it.
    #[must_use]
    pub fn reps(&self) -> usize {
        usize::from(self.level == Level::Rep) + self.below.iter().map(Self::reps).sum::<usize>()
    }
}

fn grow(
    span: &UnitSpan,
    below: &BTreeMap<&UnitCode, Vec<&UnitSpan>>,
    absences: &Absences,
    day: Date,
) -> Tree {
    Tree {
        code: span.code.clone(),
        level: span.level,
        name: span.name.clone(),
        from: span.from,
        to: span.to,
        successor: span.successor.clone(),
        absent: absences.on(&span.code, day).map(|absence| absence.reason.clone()),
        below: branches(&span.code, span.level, below, absences, day),
    }
}

/// Each level is below the one above it, so this ends whatever the data says.
fn branches(
    unit: &UnitCode,
    level: Level,
    below: &BTreeMap<&UnitCode, Vec<&UnitSpan>>,
    absences: &Absences,
    day: Date,
) -> Vec<Tree> {
    let found = below.get(unit).into_iter().flatten().filter(|span| span.level.above() == Some(level));
    found.map(|span| grow(span, below, absences, day)).collect()
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::organisation::Absence;

    #[test]
    fn a_tree_is_what_is_there_that_day() {
        let day = |text: &str| parse_date(text).unwrap();
        let span = |code: &str, level, parent: &str, to: Option<&str>| UnitSpan {
            code: code.into(),
            from: None,
            to: to.map(day),
            level,
            name: code.to_owned(),
            parent: parent.into(),
            successor: None,
        };
        let roster: Roster = [
            span("R1", Level::Region, NATION, None),
            span("B1", Level::Branch, "R1", None),
            span("B2", Level::Branch, "R1", Some("2026-05-31")),
            span("P1", Level::Rep, "B1", None),
            span("P2", Level::Rep, "B1", Some("2026-05-31")),
            span("P3", Level::Rep, "P3", None),
        ]
        .into_iter()
        .collect();
        let away = Absence { rep: "P1".into(), from: day("2026-06-01"), to: None, reason: "leave".into() };
        let absences: Absences = [away].into_iter().collect();
        let tree = |unit: &str, on: &str| Tree::of(&roster, &absences, &unit.into(), day(on));
        let before = tree(NATION, "2026-05-31").unwrap();
        assert_eq!((before.reps(), before.below[0].below.len()), (2, 2));
        let after = tree(NATION, "2026-06-01").unwrap();
        assert_eq!((after.reps(), after.below[0].below.len()), (1, 1));
        assert_eq!(tree("P1", "2026-06-01").unwrap().absent.as_deref(), Some("leave"));
        assert_eq!(tree("B2", "2026-06-01"), None);
        assert_eq!(tree("P3", "2026-06-01").unwrap().below, [], "a loop in the data ends");
    }
}
