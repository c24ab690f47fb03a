//! Closing a day: which units an order means, and the stamps as people see them.

use std::collections::BTreeMap;

use document_model::{Date, Moment, UnitCode, format_moment};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::SumsShown;
use super::{COMMIT_ATTEMPTS, Gate, Hub, HubError, Rules};
use crate::organisation::{Level, NATION, Roster};
use crate::storage::{
    Closing, ClosingOrder, ClosingOutcome, Exception, FinalOutcome, OPEN_EXCEPTIONS, OrderedAbove, Storage,
    StorageError, hindering,
};

/// Why a day was not closed. Nothing was stamped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClosingError {
    /// There is no such unit on that day.
    #[error("there was no unit {0} on {1}")]
    UnknownUnit(UnitCode, Date),
    /// A rep's figures are closed with the branch.
    #[error("{0} is a rep; a rep's day is closed with the branch")]
    OfRep(UnitCode),
    /// The day has not begun.
    #[error("{0} has not begun yet")]
    Future(Date),
    /// Everything that the order means is closed already.
    #[error("{0} of {1} is closed already")]
    Again(Date, UnitCode),
    /// Units below must be closed first.
    #[error("{} below {unit} are not closed: {}", open.len(), first_of(open))]
    OpenBelow {
        /// The unit above.
        unit: UnitCode,
        /// Those below it.
        open: Vec<UnitCode>,
    },
    /// Exceptions are open: what they are for cannot be the last word yet.
    #[error("{}", exceptions_named(.0))]
    Excepted(Vec<Exception>),
    /// The hub could not do it.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<StorageError> for ClosingError {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

fn not_excepted(open: Vec<Exception>) -> Result<(), ClosingError> {
    if open.is_empty() { Ok(()) } else { Err(ClosingError::Excepted(open)) }
}

/// Units named in a sentence.
const NAMED: usize = 5;

fn first_of(units: &[UnitCode]) -> String {
    let mut named: Vec<_> = units.iter().take(NAMED).map(UnitCode::as_str).collect();
    named.extend((units.len() > NAMED).then_some("..."));
    named.join(", ")
}

fn exceptions_named(open: &[Exception]) -> String {
    let named = |one: &Exception| {
        let Exception { id, unit, account, .. } = one;
        format!("exception {id} ({account} in {unit}) is open until {}", format_moment(Moment(one.until_ms)))
    };
    let mut told: Vec<_> = open.iter().take(NAMED).map(named).collect();
    told.extend((open.len() > NAMED).then(|| format!("and {} more", open.len() - NAMED)));
    told.join("; ")
}

/// The stamp of a unit and a day, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClosingShown {
    /// The business day.
    pub day: String,
    /// The unit's code.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// The number of the stamp. Later ones stand beside the first, and the newest is what `closed` means.
    pub stamp: u32,
    /// Of a later stamp, the rep whose entries an exception added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub rep: Option<UnitCode>,
    /// `closed`, or `final` when it was said to be the last word.
    pub state: &'static str,
    /// The moment that was stamped.
    pub moment: u64,
    /// When.
    pub at: String,
    /// Who did it.
    pub by: String,
    /// Reps who were expected to report that day; absent in stamps made before this was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<u32>,
    /// Of them, those who had reported when it was stamped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<u32>,
    /// The figures.
    #[serde(flatten)]
    pub sums: SumsShown,
}

/// Branches by region.
pub(super) type Regions = BTreeMap<UnitCode, Vec<UnitCode>>;

/// The units of a day that can be closed.
pub(super) fn units_of(roster: &Roster, day: Date) -> Regions {
    let is_region = |code: &UnitCode| roster.on(code, day).is_some_and(|span| span.level == Level::Region);
    let mut regions = Regions::new();
    for span in roster.iter() {
        match span.level {
            Level::Region if is_region(&span.code) => {
                regions.entry(span.code.clone()).or_default();
            }
            Level::Branch => {
                let Some(branch) = roster.on(&span.code, day).filter(|on| *on == span) else { continue };
                if is_region(&branch.parent) {
                    regions.entry(branch.parent.clone()).or_default().push(branch.code.clone());
                }
            }
            _ => {}
        }
    }
    regions
}

/// What is to be stamped: branches, each with its region, and the units above.
pub(super) type Units = (Vec<(UnitCode, UnitCode)>, Vec<OrderedAbove>);

/// All of them, those below first.
pub(super) fn all_units(regions: Regions) -> Units {
    let nation = above(NATION.into(), regions.keys().cloned().collect());
    let branches = regions
        .iter()
        .flat_map(|(region, below)| below.iter().map(|branch| (branch.clone(), region.clone())));
    let branches = branches.collect();
    let regions = regions.into_iter().map(|(unit, below)| above(unit, below));
    (branches, regions.chain([nation]).collect())
}

/// A region or the nation with what is right below it.
fn above(unit: UnitCode, below: Vec<UnitCode>) -> OrderedAbove {
    match unit.as_str() == NATION {
        true => OrderedAbove { unit, level: Level::Nation, above: None, below },
        false => OrderedAbove { unit, level: Level::Region, above: Some(NATION.into()), below },
    }
}

/// What an order means: one unit alone, or all there are.
fn meant(roster: &Roster, day: Date, unit: Option<&UnitCode>) -> Result<Units, ClosingError> {
    let mut regions = units_of(roster, day);
    let Some(unit) = unit else { return Ok(all_units(regions)) };
    if unit.as_str() == NATION {
        return Ok((Vec::new(), vec![above(unit.clone(), regions.into_keys().collect())]));
    }
    if roster.on(unit, day).is_some_and(|span| span.level == Level::Rep) {
        return Err(ClosingError::OfRep(unit.clone()));
    }
    if let Some(below) = regions.remove(unit) {
        return Ok((Vec::new(), vec![above(unit.clone(), below)]));
    }
    if let Some((region, _)) = regions.iter().find(|(_, below)| below.contains(unit)) {
        return Ok((vec![(unit.clone(), region.clone())], Vec::new()));
    }
    Err(ClosingError::UnknownUnit(unit.clone(), day))
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Closes a day: of one unit, or of all that are not closed yet. With `is_final`, what is closed already
    /// becomes final.
    pub async fn close_day(
        &self,
        day: Date,
        unit: Option<&UnitCode>,
        is_final: bool,
        account: &str,
        now: Moment,
    ) -> Result<Vec<ClosingShown>, ClosingError> {
        for _ in 0..COMMIT_ATTEMPTS {
            self.judge_by_newest(now).await?;
            let rules = self.rules.current(&self.storage).await?;
            if day > rules.day(now) {
                return Err(ClosingError::Future(day));
            }
            let (mut branches, mut above) = meant(&rules.roster, day, unit)?;
            let before = self.storage.closings(day, day).await?;
            let is_closed = |unit: &UnitCode| before.iter().any(|closing| closing.unit == *unit);
            let all = branches.iter().map(|(unit, _)| unit).chain(above.iter().map(|one| &one.unit));
            let all: Vec<_> = all.cloned().collect();
            if is_final {
                let open = self.storage.exceptions(true, OPEN_EXCEPTIONS).await?;
                not_excepted(hindering(open, before.clone(), (day, &all)))?;
            }
            branches.retain(|(unit, _)| !is_closed(unit));
            above.retain(|one| !is_closed(&one.unit));
            let closed: Vec<_> = all.into_iter().filter(is_closed).collect();
            let nothing_left = branches.is_empty() && above.is_empty();
            let ordered = unit.cloned().unwrap_or_else(|| NATION.into());
            if nothing_left && !is_final {
                return Err(ClosingError::Again(day, ordered));
            }
            let outcome = match nothing_left {
                true => ClosingOutcome::Done(Vec::new()),
                false => {
                    let order = self.order(&rules, day, (branches, above), account, now).await?;
                    self.storage.close(ClosingOrder { is_final, ..order }).await?
                }
            };
            match outcome {
                ClosingOutcome::Done(stamped) => {
                    if is_final {
                        match self.storage.finalise(day, closed.clone()).await? {
                            FinalOutcome::Done(0) if nothing_left => {
                                return Err(ClosingError::Again(day, ordered));
                            }
                            FinalOutcome::Done(_) => {}
                            FinalOutcome::Excepted(open) => not_excepted(open)?,
                        }
                    }
                    let now = self.storage.closings(day, day).await?;
                    let meant = |closing: &Closing| {
                        stamped.iter().any(|one| one.unit == closing.unit)
                            || is_final && closed.contains(&closing.unit)
                    };
                    return Ok(now.iter().filter(|one| meant(one)).map(|one| shown(one, &rules)).collect());
                }
                ClosingOutcome::Open(open) => return Err(ClosingError::OpenBelow { unit: ordered, open }),
                ClosingOutcome::Excepted(open) => not_excepted(open)?,
                // Somebody else was at it: look again.
                ClosingOutcome::Closed(_) | ClosingOutcome::RulesChanged => {}
            }
        }
        Err(StorageError::Busy.into())
    }

    /// An order to close these units, with who has reported by now.
    pub(super) async fn order(
        &self,
        rules: &Rules,
        day: Date,
        (branches, above): Units,
        account: &str,
        now: Moment,
    ) -> Result<ClosingOrder, HubError> {
        let reports = match branches.is_empty() {
            true => BTreeMap::new(),
            false => self.reports_of(rules, day, now).await?,
        };
        Ok(ClosingOrder {
            day,
            rules: rules.version,
            branches,
            reports,
            above,
            is_final: false,
            at_ms: now.0,
            account: account.to_owned(),
        })
    }

    /// The closings of these days.
    pub async fn closings(&self, from: Date, to: Date) -> Result<Vec<ClosingShown>, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let closings = self.storage.closings(from, to).await?;
        Ok(closings.iter().map(|closing| shown(closing, &rules)).collect())
    }

    /// Judges every policy by the newest rules, unless that has been done.
    pub async fn judge_by_newest(&self, now: Moment) -> Result<(), HubError> {
        if self.storage.judged().await? < self.storage.rules_version().await? {
            self.rejudge(now).await?;
        }
        Ok(())
    }
}

pub(super) fn shown(closing: &Closing, rules: &Rules) -> ClosingShown {
    ClosingShown {
        day: closing.day.to_string(),
        unit: closing.unit.clone(),
        name: super::figures::name_of(&closing.unit, &rules.roster),
        level: closing.level,
        stamp: closing.stamp,
        rep: closing.rep.clone(),
        state: if closing.is_final { "final" } else { "closed" },
        moment: closing.moment,
        at: format_moment(Moment(closing.at_ms)),
        by: closing.account.clone(),
        expected: closing.reports.map(|reports| reports.expected),
        reported: closing.reports.map(|reports| reports.reported),
        sums: SumsShown::from(&closing.sums),
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::organisation::UnitSpan;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    fn span(code: &str, level: Level, parent: &str, from: Option<&str>, to: Option<&str>) -> UnitSpan {
        UnitSpan {
            code: code.into(),
            from: from.map(day),
            to: to.map(day),
            level,
            name: code.into(),
            parent: parent.into(),
            successor: None,
        }
    }

    fn roster() -> Roster {
        [
            span("R1", Level::Region, NATION, None, None),
            span("R2", Level::Region, NATION, Some("2026-06-01"), None),
            span("B1", Level::Branch, "R1", None, None),
            span("B2", Level::Branch, "R1", None, Some("2026-05-31")),
            span("B2", Level::Branch, "R2", Some("2026-06-01"), None),
            span("P1", Level::Rep, "B1", None, None),
        ]
        .into_iter()
        .collect()
    }

    fn told(on: &str, unit: Option<&str>) -> Result<Vec<String>, ClosingError> {
        let (branches, above) = meant(&roster(), day(on), unit.map(UnitCode::from).as_ref())?;
        let above = above.into_iter().map(|one| format!("{}={}", one.unit, first_of(&one.below)));
        Ok(branches.into_iter().map(|(branch, _)| branch.0).chain(above).collect())
    }

    #[test]
    fn an_order_means_the_units_of_its_day() {
        assert_eq!(told("2026-05-31", None).unwrap(), ["B1", "B2", "R1=B1, B2", "nation=R1"]);
        assert_eq!(told("2026-06-01", None).unwrap(), ["B1", "B2", "R1=B1", "R2=B2", "nation=R1, R2"]);
        assert_eq!(told("2026-06-01", Some("B2")).unwrap(), ["B2"]);
        assert_eq!(told("2026-06-01", Some("R2")).unwrap(), ["R2=B2"]);
        assert_eq!(told("2026-06-01", Some(NATION)).unwrap(), ["nation=R1, R2"]);
    }

    #[test]
    fn a_rep_and_a_unit_that_was_not_there_cannot_be_closed() {
        assert_eq!(told("2026-06-01", Some("P1")), Err(ClosingError::OfRep("P1".into())));
        let unknown = |code: &str, on| Err(ClosingError::UnknownUnit(code.into(), day(on)));
        assert_eq!(told("2026-05-31", Some("R2")), unknown("R2", "2026-05-31"));
        assert_eq!(told("2026-06-01", Some("B9")), unknown("B9", "2026-06-01"));
    }

    #[test]
    fn many_units_are_named_in_part() {
        let units: Vec<_> = (1..=7).map(|n| UnitCode(format!("B{n}"))).collect();
        let told = ClosingError::OpenBelow { unit: "R1".into(), open: units }.to_string();
        assert_eq!(told, "7 below R1 are not closed: B1, B2, B3, B4, B5, ...");
    }
}
