//! Figures for people: the storage's answer with names, sums and the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;

use document_model::sales::{Persistency, Sums, UnitPath};
use document_model::{Catalogue, Date, Moment, ProductCode, UnitCode, add_days};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CompletenessShown, Gate, Hub, HubError, Rules};
use crate::auth::{Action, Object, Principal, may};
use crate::figures::State;
use crate::organisation::{ExpectedRep, Level, NATION, Roster};
use crate::storage::{FigureQuery, FigureRow, Placement, SplitBy, Storage, View};

/// Days and units named that are not closed.
const OPEN_LISTED: usize = 1_000;

/// The type of a product that the catalogue does not have.
const UNKNOWN_TYPE: &str = "other";

/// A share in tenths of a percent, shown in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(pub i64);

impl Percent {
    /// The number people read.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0 as f64 / 10.0
    }
}

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

/// Sums as shown to people and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SumsShown {
    /// Policies sold.
    pub sold: i64,
    /// Policies withdrawn.
    pub withdrawn: i64,
    /// Sold less withdrawn.
    pub net: i64,
    /// Premium sold, in won.
    pub premium_gross_won: i64,
    /// Premium sold less premium withdrawn, in won.
    pub premium_net_won: i64,
    /// Annual premium equivalent sold less withdrawn, in won.
    pub ape_net_won: i64,
    /// Premium of a policy on average, of those sold and not withdrawn, in whole won.
    pub premium_average_won: i64,
    /// Policies that lapsed.
    pub lapsed: i64,
    /// Of them, those that lapsed before thirteen months were over.
    pub lapsed_in_13_months: i64,
    /// Those that lapsed after that, before twenty-five months were over.
    pub lapsed_in_25_months: i64,
    /// Of the policies sold and not withdrawn, the percentage that was in force when thirteen months were over; null
    /// before they are over for every day of sale, and in figures of another state than now.
    #[schema(value_type = Option<f64>)]
    pub persistency_13_percent: Option<Percent>,
    /// The same when twenty-five months were over.
    #[schema(value_type = Option<f64>)]
    pub persistency_25_percent: Option<Percent>,
}

impl SumsShown {
    /// Sums of sales up to a day, as they are known on another: with the persistency, where it is known by then.
    pub(super) fn with_persistency(sums: &Sums, sold_until: Date, today: Date) -> Self {
        let told = |term| sums.persistency_permille(term, sold_until, today).map(Percent);
        Self {
            persistency_13_percent: told(Persistency::In13Months),
            persistency_25_percent: told(Persistency::In25Months),
            ..Self::from(sums)
        }
    }
}

impl From<&Sums> for SumsShown {
    fn from(sums: &Sums) -> Self {
        Self {
            sold: sums.sold,
            withdrawn: sums.withdrawn,
            net: sums.net(),
            premium_gross_won: sums.premium_gross_won,
            premium_net_won: sums.premium_net_won(),
            ape_net_won: sums.ape_net_won(),
            premium_average_won: sums.premium_net_won().checked_div(sums.net()).unwrap_or_default(),
            lapsed: sums.lapsed(),
            lapsed_in_13_months: sums.lapsed_in_13_months,
            lapsed_in_25_months: sums.lapsed_in_25_months,
            persistency_13_percent: None,
            persistency_25_percent: None,
        }
    }
}

/// One row of figures with the unit's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureRowNamed {
    /// The unit's code.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// The product, when split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The type of product, when split by it: that of the catalogue of now.
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    pub product_type: Option<String>,
    /// The day, when split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The sums.
    #[serde(flatten)]
    pub sums: SumsShown,
}

/// Figures of a range of days at one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureAnswerNamed {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// The level of the rows.
    pub level: &'static str,
    /// The state: `now`, `as_of` or `closed`.
    pub view: &'static str,
    /// Where sales count: `as_it_was`, under the units they were made in, or `today`, where their reps stand now.
    pub structure: &'static str,
    /// The newest moment in the cells, to which `now` adds the pending entries; of `as_of`, the moment asked
    /// for.
    pub moment: u64,
    /// Of `closed`: days that are not closed for the unit asked about, or for one of the rows' level below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenDay>,
    /// Who has reported for these days. What was known at an instant that is over nobody keeps; of `closed`,
    /// what was known when a single day of a unit was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completeness: Option<CompletenessShown>,
    /// The rows; units without sales are left out.
    pub rows: Vec<FigureRowNamed>,
    /// The sums of all rows.
    pub total: SumsShown,
}

/// A day that is not closed for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenDay {
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// The business day.
    pub day: String,
}

/// The unit of a path at a level.
fn unit_at(path: &UnitPath, level: Level) -> UnitCode {
    match level {
        Level::Nation => NATION.into(),
        Level::Region => path.region.clone(),
        Level::Branch => path.branch.clone(),
        Level::Rep => path.rep.clone(),
    }
}

/// The units that the rows of a query are closed with on a day.
fn closed_with(query: &FigureQuery, roster: &Roster, day: Date) -> BTreeSet<UnitCode> {
    let level = query.level.min(Level::Branch);
    if level == Level::Nation {
        return [UnitCode::from(NATION)].into();
    }
    let above = |unit: &UnitCode| match &query.under {
        None => true,
        Some((_, above)) => {
            let path = iter::successors(Some(unit.clone()), |unit| {
                roster.on(unit, day).map(|span| span.parent.clone())
            });
            path.take(Level::ALL.len()).any(|unit| unit == *above)
        }
    };
    let asked = match &query.under {
        Some((Level::Rep, rep)) => {
            return roster.path(rep, day).map(|path| path.branch).into_iter().collect();
        }
        _ => roster.iter().filter(|span| span.level == level),
    };
    let units = asked.filter(|span| roster.on(&span.code, day) == Some(*span));
    units.map(|span| span.code.clone()).filter(above).collect()
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Answers a query for `principal`, who may see the unit asked for.
    pub async fn figures_for(
        &self,
        principal: &Principal,
        query: &FigureQuery,
        now: Moment,
    ) -> Result<FigureAnswerNamed, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let nation = UnitCode::from(NATION);
        let unit = query.asked_under().map_or(&nation, |(_, unit)| unit);
        if !may(principal, Action::SeeFigures, Object::Figures { unit, roster: &rules.roster }) {
            return Err(HubError::NotAllowed);
        }
        self.figures(query, now).await
    }

    /// The units of the rows, or what they are closed with, and the days of a query that are not closed: the
    /// answer does not count them.
    async fn open_days(&self, query: &FigureQuery, rules: &Rules) -> Result<Vec<OpenDay>, HubError> {
        let closings = self.storage.closings(query.from, query.to).await?;
        let closed: BTreeSet<_> = closings.iter().map(|closing| (closing.day, &closing.unit)).collect();
        let mut open = Vec::new();
        let days = iter::successors(Some(query.from), |day| (*day < query.to).then(|| add_days(*day, 1)));
        for day in days {
            for unit in closed_with(query, &rules.roster, day) {
                if !closed.contains(&(day, &unit)) {
                    open.push(OpenDay { unit, day: day.to_string() });
                    if open.len() == OPEN_LISTED {
                        return Ok(open);
                    }
                }
            }
        }
        Ok(open)
    }

    /// The same query over today's structure: what a rep sold counts where the rep stands now, or whoever goes on
    /// with that unit, so that totals are the same.
    pub async fn in_todays_structure(
        &self,
        query: FigureQuery,
        now: Moment,
    ) -> Result<FigureQuery, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let paths = rules.today(rules.day(now));
        let is_under =
            |path: &UnitPath| query.under.as_ref().is_none_or(|(level, unit)| unit_at(path, *level) == *unit);
        let inside = paths.iter().filter(|(_, path)| is_under(path));
        let reps = inside.map(|(rep, path)| (rep.clone(), unit_at(path, query.level))).collect();
        let placed = Placement { level: query.level, under: query.under, reps: Arc::new(reps) };
        Ok(FigureQuery { level: Level::Rep, under: None, placed: Some(placed), ..query })
    }

    /// Who had reported, as far as it is known for the state asked about.
    async fn completeness_of(
        &self,
        query: &FigureQuery,
        rules: &Rules,
        now: Moment,
    ) -> Result<Option<CompletenessShown>, HubError> {
        let FigureQuery { from, to, ref under, .. } = *query;
        match query.view {
            View::AsOf(_) => Ok(None),
            View::Now => {
                let asked = |rep: &ExpectedRep| match &query.placed {
                    None => rep.is_under(under.as_ref()),
                    Some(placed) => placed.reps.contains_key(&rep.path.rep),
                };
                let found = self.completeness(rules, (from, to), asked, now).await?;
                Ok(Some(CompletenessShown::of(found, &rules.roster)))
            }
            View::Closed if from == to => {
                let nation = UnitCode::from(NATION);
                let unit = under.as_ref().map_or(&nation, |(_, unit)| unit);
                let closings = self.storage.closings(from, to).await?;
                let stamp = closings.iter().find(|closing| closing.unit == *unit && closing.stamp == 1);
                Ok(stamp.and_then(|stamp| stamp.reports).map(CompletenessShown::of_stamp))
            }
            View::Closed => Ok(None),
        }
    }

    /// The view that shows a state: an instant means the last moment before it.
    pub async fn view_of(&self, state: State) -> Result<View, HubError> {
        Ok(match state {
            State::Now => View::Now,
            State::Closed => View::Closed,
            State::At(instant) => View::AsOf(self.storage.moment_at(instant.0).await?),
        })
    }

    /// Answers a query of whoever holds the data folder.
    pub async fn figures(&self, query: &FigureQuery, now: Moment) -> Result<FigureAnswerNamed, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let completeness = self.completeness_of(query, &rules, now).await?;
        let answer = self.storage.figures(query).await?;
        let open = match query.view {
            View::Closed => self.open_days(query, &rules).await?,
            View::Now | View::AsOf(_) => Vec::new(),
        };
        let mut total = Sums::default();
        // Lapses come long after a day is closed: what other states hold of them says nothing of persistency.
        let shown = |sums: &Sums, sold_until: Date| match query.view {
            View::Now => SumsShown::with_persistency(sums, sold_until, rules.day(now)),
            View::AsOf(_) | View::Closed => SumsShown::from(sums),
        };
        let rows = match query.by {
            SplitBy::Type => by_type(answer.rows, &rules.catalogue),
            SplitBy::Unit | SplitBy::Product | SplitBy::Day => answer.rows,
        };
        let named = rows.into_iter().map(|row| {
            total.add(&row.sums);
            let part = row.product.map(|product| product.0);
            let (product, product_type) = if query.by == SplitBy::Type { (None, part) } else { (part, None) };
            FigureRowNamed {
                name: name_of(&row.unit, &rules.roster),
                unit: row.unit,
                product,
                product_type,
                day: row.day.map(|day| day.to_string()),
                sums: shown(&row.sums, row.day.unwrap_or(query.to)),
            }
        });
        Ok(FigureAnswerNamed {
            rows: named.collect(),
            from: query.from.to_string(),
            to: query.to.to_string(),
            level: query.placed.as_ref().map_or(query.level, |placed| placed.level).as_str(),
            structure: if query.placed.is_some() { "today" } else { "as_it_was" },
            view: match query.view {
                View::Now => "now",
                View::AsOf(_) => "as_of",
                View::Closed => "closed",
            },
            moment: if let View::AsOf(moment) = query.view { moment } else { answer.moment },
            open,
            completeness,
            total: shown(&total, query.to),
        })
    }
}

/// The type of a product: that of the catalogue of now.
pub(super) fn type_of<'c>(product: &ProductCode, catalogue: &'c Catalogue) -> &'c str {
    catalogue.get(product).map_or(UNKNOWN_TYPE, |product| product.product_type.as_str())
}

/// Rows of products as rows of their types, which stand in the products' place. What the catalogue does not have
/// any more is of no type known.
pub(super) fn by_type(rows: Vec<FigureRow>, catalogue: &Catalogue) -> Vec<FigureRow> {
    let mut types: BTreeMap<(UnitCode, ProductCode), Sums> = BTreeMap::new();
    for row in rows {
        let product_type = row.product.as_ref().map_or(UNKNOWN_TYPE, |code| type_of(code, catalogue));
        types.entry((row.unit, product_type.into())).or_default().add(&row.sums);
    }
    let types = types.into_iter().filter(|(_, sums)| !sums.is_zero());
    types.map(|((unit, of), sums)| FigureRow { unit, product: Some(of), day: None, sums }).collect()
}

/// What people call a unit.
pub(crate) fn name_of(unit: &UnitCode, roster: &Roster) -> String {
    if unit.as_str() == NATION { "Nation".to_owned() } else { roster.name(unit) }
}
