//! Units and who belonged where on which day.

use std::collections::BTreeMap;
use std::sync::Arc;

use document_model::sales::UnitPath;
use document_model::{Date, UnitCode};
use serde::Serialize;
use utoipa::ToSchema;

/// The code of the nation.
pub const NATION: &str = "nation";

/// Bytes of a code.
const CODE_BYTES: usize = 64;

/// Letters besides alphanumeric ones (of any script) that codes may have.
const CODE_MARKS: &str = "._-/";

/// Units that may go on one after the other with what a closed one did; a longer row is a loop in the data.
const MOST_SUCCESSORS: usize = 64;

/// Whether a text can be the code of a unit, or of anything else that files name by a code.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || CODE_MARKS.contains(letter);
    !text.is_empty() && text.len() <= CODE_BYTES && text.chars().all(fits)
}

/// What a code is, in words.
#[must_use]
pub fn code_rule() -> String {
    format!("codes are letters, digits and {CODE_MARKS}, up to {CODE_BYTES} bytes")
}

/// A level of the organisation, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
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

    /// The level above; nothing is above the nation.
    #[must_use]
    pub fn above(self) -> Option<Self> {
        match self {
            Self::Nation => None,
            Self::Region => Some(Self::Nation),
            Self::Branch => Some(Self::Region),
            Self::Rep => Some(Self::Branch),
        }
    }

    /// The level below; nothing is below a rep.
    #[must_use]
    pub fn below(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.above() == Some(self))
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
    /// The unit that goes on with what this one did. Only a unit's last span has one, and only where it ends.
    pub successor: Option<UnitCode>,
}

impl UnitSpan {
    /// Whether a day is one of its days.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.has_begun(day) && self.to.is_none_or(|to| day <= to)
    }

    fn has_begun(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day)
    }
}

/// Days on which what a rep sold counts under the same units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathSpan {
    /// First day; `None`: from the beginning.
    pub from: Option<Date>,
    /// Last day; `None`: no end.
    pub to: Option<Date>,
    /// The units.
    pub path: Arc<UnitPath>,
}

impl PathSpan {
    /// Whether a day is one of its days.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The days that spans have in common; `None` where there are none.
fn in_common(spans: [&UnitSpan; 3]) -> Option<(Option<Date>, Option<Date>)> {
    let from = spans.iter().filter_map(|span| span.from).max();
    let to = spans.iter().filter_map(|span| span.to).min();
    let is_any = from.zip(to).is_none_or(|(from, to)| from <= to);
    is_any.then_some((from, to))
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

    /// Every path a rep ever had, by rep and in order: on each day the one that [`Roster::path`] finds.
    #[must_use]
    pub fn paths(&self) -> Vec<PathSpan> {
        let of_level = |code: &UnitCode, level| {
            let spans = self.spans(code).iter();
            spans.filter(move |span| span.level == level)
        };
        let mut paths = Vec::new();
        for rep in self.iter().filter(|span| span.level == Level::Rep) {
            let first = paths.len();
            for branch in of_level(&rep.parent, Level::Branch) {
                for region in of_level(&branch.parent, Level::Region) {
                    if let Some((from, to)) = in_common([rep, branch, region]) {
                        let (branch, region) = (branch.code.clone(), region.code.clone());
                        let path = Arc::new(UnitPath { rep: rep.code.clone(), branch, region });
                        paths.push(PathSpan { from, to, path });
                    }
                }
            }
            paths[first..].sort_by_key(|span| span.from);
        }
        paths
    }

    /// Where what a rep sold stands in the structure of `today`: in the rep's newest branch and its region, or in
    /// whichever units go on with them. Every rep who ever had a path has one here, so that a total over today's
    /// structure is the total as it was.
    #[must_use]
    pub fn today(&self, rep: &UnitCode, today: Date) -> Option<UnitPath> {
        let of_rep = || self.spans(rep).iter().filter(|span| span.level == Level::Rep);
        let begun = of_rep().rev().filter(|span| span.has_begun(today));
        let coming = of_rep().filter(|span| !span.has_begun(today));
        begun.chain(coming).find_map(|span| {
            let branch = self.going_on(&span.parent, Level::Branch, today)?;
            let region = self.going_on(&branch.parent, Level::Region, today)?;
            Some(UnitPath { rep: rep.clone(), branch: branch.code.clone(), region: region.code.clone() })
        })
    }

    /// A unit as it is on a day, or whoever goes on with it then. Where nobody does, as it was last.
    fn going_on(&self, code: &UnitCode, level: Level, day: Date) -> Option<&UnitSpan> {
        let mut at = self.begun(code, day).filter(|span| span.level == level)?;
        for _ in 0..MOST_SUCCESSORS {
            let next = at.successor.as_ref().filter(|_| !at.covers(day));
            match next.and_then(|next| self.begun(next, day)).filter(|span| span.level == level) {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(at)
    }

    /// The newest span of a unit that has begun; the first one where none has.
    fn begun(&self, code: &UnitCode, day: Date) -> Option<&UnitSpan> {
        let spans = self.spans(code);
        spans.iter().rev().find(|span| span.has_begun(day)).or(spans.first())
    }

    /// True when `unit` is `above` or stands below it, as far as is known last.
    #[must_use]
    pub fn within(&self, unit: &UnitCode, above: &UnitCode) -> bool {
        let mut at = unit;
        // A walk longer than there are levels would be a loop in the data.
        for _ in Level::ALL {
            if at == above {
                return true;
            }
            match self.newest(at) {
                Some(span) => at = &span.parent,
                None => return false,
            }
        }
        false
    }

    /// True when `unit` was `above` or stood below it on all these days on which it stood anywhere.
    #[must_use]
    pub fn always_within(&self, unit: &UnitCode, above: &UnitCode, days: (Date, Date)) -> bool {
        self.all_within(unit, above, days, Level::ALL.len())
    }

    fn all_within(&self, unit: &UnitCode, above: &UnitCode, (from, to): (Date, Date), steps: usize) -> bool {
        if unit == above {
            return true;
        }
        // A walk longer than there are levels would be a loop in the data.
        if steps == 0 || unit.as_str() == NATION {
            return false;
        }
        let days_of = |span: &UnitSpan| {
            (span.from.map_or(from, |first| first.max(from)), span.to.map_or(to, |last| last.min(to)))
        };
        let spans = self.spans(unit).iter().map(|span| (span, days_of(span)));
        let mut spans = spans.filter(|(_, (from, to))| from <= to);
        spans.all(|(span, days)| self.all_within(&span.parent, above, days, steps - 1))
    }

    /// The codes of all units, in order.
    pub fn codes(&self) -> impl Iterator<Item = &UnitCode> {
        self.units.keys()
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
            successor: None,
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

    #[test]
    fn what_a_rep_sold_goes_on_with_the_units_that_go_on() {
        let closed = |code: &str, level, parent: &str, to: &str, successor: &str| UnitSpan {
            successor: Some(successor.into()),
            ..span(code, level, parent, None, Some(to))
        };
        let roster: Roster = [
            closed("R1", Level::Region, NATION, "2026-02-28", "R2"),
            span("R2", Level::Region, NATION, None, None),
            closed("B1", Level::Branch, "R1", "2026-01-31", "B2"),
            closed("B2", Level::Branch, "R1", "2026-02-28", "B3"),
            span("B3", Level::Branch, "R2", Some("2026-03-01"), None),
            span("P1", Level::Rep, "B1", None, Some("2025-12-31")),
            span("P2", Level::Rep, "B3", Some("2026-05-01"), None),
            span("P3", Level::Rep, "B9", None, None),
            closed("B8", Level::Branch, "R1", "2026-01-31", "B8"),
            span("P8", Level::Rep, "B8", None, Some("2026-01-31")),
        ]
        .into_iter()
        .collect();
        let today = |rep: &str, day: &str| {
            let path = roster.today(&rep.into(), parse_date(day)?)?;
            Some(format!("{} {}", path.branch, path.region))
        };
        assert_eq!(today("P1", "2026-01-31").as_deref(), Some("B1 R1"), "nothing has closed yet");
        assert_eq!(today("P1", "2026-02-01").as_deref(), Some("B2 R1"));
        assert_eq!(today("P1", "2026-03-01").as_deref(), Some("B3 R2"), "the rep left long before");
        assert_eq!(today("P2", "2026-01-01").as_deref(), Some("B3 R2"), "a rep who is still to come");
        assert_eq!(today("P8", "2026-06-01").as_deref(), Some("B8 R2"), "a loop in the data ends");
        assert_eq!(today("P3", "2026-06-01"), None, "a branch nobody knows never had a path");
        assert_eq!(today("B1", "2026-06-01"), None);
    }

    #[test]
    fn a_unit_is_within_those_above_it() {
        let roster: Roster = [
            span("R1", Level::Region, NATION, None, None),
            span("B1", Level::Branch, "R1", None, None),
            span("P1", Level::Rep, "B1", None, None),
        ]
        .into_iter()
        .collect();
        let within = |unit: &str, above: &str| roster.within(&unit.into(), &above.into());
        assert!(within("P1", "R1") && within("P1", NATION) && within("B1", "B1"));
        assert!(!within("R1", "B1") && !within("nobody", "R1"));
    }

    #[test]
    fn a_unit_that_moved_was_not_always_below() {
        let roster: Roster = [
            span("R1", Level::Region, NATION, None, None),
            span("R2", Level::Region, NATION, None, None),
            span("B1", Level::Branch, "R1", None, Some("2026-05-31")),
            span("B1", Level::Branch, "R2", Some("2026-06-01"), None),
            span("P1", Level::Rep, "B1", Some("2026-03-01"), Some("2026-06-15")),
            span("P9", Level::Rep, "P9", None, None),
        ]
        .into_iter()
        .collect();
        let always = |unit: &str, above: &str, from: &str, to: &str| {
            let days = (parse_date(from).expect("date"), parse_date(to).expect("date"));
            roster.always_within(&unit.into(), &above.into(), days)
        };
        assert!(always("P1", "B1", "2026-01-01", "2026-12-31"), "on the days it was anywhere");
        assert!(
            always("P1", "R1", "2026-01-01", "2026-05-31") && always("P1", "R2", "2026-06-01", "2026-12-31")
        );
        assert!(
            !always("P1", "R2", "2026-05-31", "2026-06-30")
                && !always("P1", "R1", "2026-05-31", "2026-06-01")
        );
        assert!(
            always("P1", NATION, "2026-01-01", "2026-12-31")
                && always("R1", "R1", "2026-01-01", "2026-12-31")
        );
        assert!(!always("R1", "B1", "2026-01-01", "2026-12-31"));
        assert!(!always("P9", "R1", "2026-01-01", "2026-12-31"), "a loop in the data ends");
    }
}
