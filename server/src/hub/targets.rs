//! Attainment: what units have sold of what they were to.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use document_model::UnitCode;
use document_model::sales::Sums;
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{by_type, name_of};
use super::{Gate, Hub, HubError, Rules};
use crate::auth::{Action, Object, Principal, may};
use crate::organisation::{Calendar, Level, NATION, TargetLine, TargetMeasure};
use crate::storage::{FigureQuery, SplitBy, Storage, View};

/// How far a unit has come with one target.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttainmentRow {
    /// The unit's code.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// The type of product, where the target is of one.
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    pub product_type: Option<String>,
    /// What is counted: policies, premium or annual premium equivalent, sold less withdrawn.
    pub measure: TargetMeasure,
    /// What is to be reached in the days asked for: policies or won.
    pub target: i64,
    /// What is reached by now.
    pub actual: i64,
    /// Percent of the target, rounded down: 100 is told when it is reached. Nothing where the target is 0.
    pub attainment_percent: Option<f64>,
    /// The place among the rows of the same measure and type, 1 being the best attainment; equals share one.
    /// Nothing where the target is 0.
    pub rank: Option<usize>,
    /// What is missing; 0 when the target is reached.
    pub missing: i64,
}

/// Attainment of a range of days at one level.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttainmentShown {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// The level of the rows.
    pub level: &'static str,
    /// The newest moment in the cells, to which pending entries are added.
    pub moment: u64,
    /// The rows of units that have a target in these days: by type and measure, best first.
    pub rows: Vec<AttainmentRow>,
}

/// What units sold, of each type of product and of all.
type Sold = BTreeMap<(UnitCode, Option<String>), Sums>;

impl AttainmentRow {
    fn new(line: TargetLine, target: i64, sold: &Sold, rules: &Rules) -> Self {
        let TargetLine { unit, product_type, measure } = line;
        let key = (unit, product_type);
        let actual = sold.get(&key).map_or(0, |sums| measure.of_sums(sums));
        let (unit, product_type) = key;
        let permille = (i128::from(actual) * 1_000).checked_div_euclid(i128::from(target));
        Self {
            name: name_of(&unit, &rules.roster),
            unit,
            product_type,
            measure,
            target,
            actual,
            attainment_percent: permille.map(|permille| permille as f64 / 10.0),
            rank: None,
            missing: target.saturating_sub(actual).max(0),
        }
    }

    fn competes_with(&self, other: &Self) -> bool {
        (&self.product_type, self.measure) == (&other.product_type, other.measure)
    }

    /// Better attainment first, to the last won; those with nothing to reach at the end.
    fn compare(&self, other: &Self) -> Ordering {
        let share = |row: &Self, of: &Self| i128::from(row.actual) * i128::from(of.target);
        let attainment = || share(other, self).cmp(&share(self, other));
        (self.target == 0).cmp(&(other.target == 0)).then_with(attainment)
    }
}

/// Puts rows in order and says which place each has.
fn rank(rows: &mut [AttainmentRow]) {
    rows.sort_by(|one, other| {
        let groups = (&one.product_type, one.measure).cmp(&(&other.product_type, other.measure));
        groups.then_with(|| one.compare(other)).then_with(|| one.unit.cmp(&other.unit))
    });
    for group in rows.chunk_by_mut(AttainmentRow::competes_with) {
        let mut place = 1;
        for at in 0..group.len() {
            if at > 0 && group[at - 1].compare(&group[at]).is_lt() {
                place = at + 1;
            }
            group[at].rank = (group[at].target > 0).then_some(place);
        }
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// How far units have come, for `principal`, who may see the unit asked for.
    pub async fn attainment_for(
        &self,
        principal: &Principal,
        query: &FigureQuery,
    ) -> Result<AttainmentShown, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let nation = UnitCode::from(NATION);
        let unit = query.under.as_ref().map_or(&nation, |(_, unit)| unit);
        if !may(principal, Action::SeeFigures, Object::Figures { unit, roster: &rules.roster }) {
            return Err(HubError::NotAllowed);
        }
        self.attainment(query).await
    }

    /// How far units of a level have come in a range of days, for whoever holds the data folder. Of the query its
    /// days, its level and the unit above count. A unit is asked about where it stands now, and what it sold
    /// elsewhere is its own all the same.
    pub async fn attainment(&self, query: &FigureQuery) -> Result<AttainmentShown, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let due = self.due(query, &rules).await?;
        let (moment, sold) = self.sold(&due, query, &rules).await?;
        let rows = due.into_iter().map(|(line, target)| AttainmentRow::new(line, target, &sold, &rules));
        let mut rows: Vec<_> = rows.collect();
        rank(&mut rows);
        Ok(AttainmentShown {
            from: query.from.to_string(),
            to: query.to.to_string(),
            level: query.level.as_str(),
            moment,
            rows,
        })
    }

    /// What falls on the days of a query, of each line asked about.
    async fn due(&self, query: &FigureQuery, rules: &Rules) -> Result<BTreeMap<TargetLine, i64>, HubError> {
        let calendar = Calendar::of(self.storage.calendar().await?);
        let roster = &rules.roster;
        let targets = match &query.under {
            // Nothing stands below a rep.
            Some((Level::Rep, rep)) => self.storage.targets_of(rep).await?,
            _ => self.storage.targets().await?,
        };
        let is_asked = |unit: &UnitCode| {
            roster.level(unit) == Some(query.level)
                && query.under.as_ref().is_none_or(|(_, above)| roster.within(unit, above))
        };
        let mut due = BTreeMap::new();
        for target in targets {
            if target.meets(query.from, query.to) && is_asked(&target.line.unit) {
                *due.entry(target.line.clone()).or_default() += target.share(&calendar, query.from, query.to);
            }
        }
        Ok(due)
    }

    /// What the units of these lines sold, and the moment it was so.
    async fn sold(
        &self,
        due: &BTreeMap<TargetLine, i64>,
        query: &FigureQuery,
        rules: &Rules,
    ) -> Result<(u64, Sold), HubError> {
        // What a unit sold while it stood elsewhere does not count under the unit asked about: then all is read.
        let stayed = |above: &UnitCode| {
            let days = (query.from, query.to);
            due.keys().all(|line| rules.roster.always_within(&line.unit, above, days))
        };
        let under = query.under.clone().filter(|(_, above)| stayed(above));
        let by =
            if due.keys().any(|line| line.product_type.is_some()) { SplitBy::Type } else { SplitBy::Unit };
        let query = FigureQuery { under, by, view: View::Now, placed: None, ..*query };
        let answer = self.storage.figures(&query).await?;
        let rows = match by {
            SplitBy::Type => by_type(answer.rows, &rules.catalogue),
            SplitBy::Unit | SplitBy::Product | SplitBy::Day => answer.rows,
        };
        let mut sold = Sold::new();
        for row in rows {
            if let Some(product_type) = row.product {
                let of_type = (row.unit.clone(), Some(product_type.0));
                sold.entry(of_type).or_default().add(&row.sums);
            }
            sold.entry((row.unit, None)).or_default().add(&row.sums);
        }
        Ok((answer.moment, sold))
    }
}

#[cfg(test)]
mod tests {
    use document_model::{BookId, Date, DeviceId, DocumentId, FieldValue, Kind, parse_date};

    use super::*;
    use crate::app::tests::app;
    use crate::app::{App, SystemEntropy};
    use crate::auth::Role;
    use crate::hub::{HubWrite, InlineGate};
    use crate::organisation::{Target, Targets, UnitSpan};
    use crate::storage::conformance::Furnish;
    use crate::storage::memory::MemoryStorage;
    use crate::storage::{DocumentStorage, OrganisationStorage};

    type TestApp = App<MemoryStorage, InlineGate>;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    /// Branches B1 and B2 of R1, P1 in one, P3 in the other; P2 goes from B2 to B1 on 10 September.
    async fn company() -> TestApp {
        let app = app().await;
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: format!("Unit {code}"),
            parent: parent.into(),
            successor: None,
        };
        let units = vec![
            span("R1", Level::Region, NATION),
            span("B1", Level::Branch, "R1"),
            span("B2", Level::Branch, "R1"),
            span("P1", Level::Rep, "B1"),
            UnitSpan { to: Some(day("2026-09-09")), ..span("P2", Level::Rep, "B2") },
            UnitSpan { from: Some(day("2026-09-10")), ..span("P2", Level::Rep, "B1") },
            span("P3", Level::Rep, "B2"),
        ];
        app.hub.storage().put_units(units).await.unwrap();
        let books = ["P1", "P2", "P3"].map(UnitCode::from);
        let books = books.map(|rep| (BookId::of_rep(&rep), rep.0.clone(), Some(rep)));
        app.hub.storage().create_books(books.into()).await.unwrap();
        app
    }

    async fn sell(app: &TestApp, rep: &str, product: &str, on: &str, premium_won: i64) {
        let fields = [
            ("customer", FieldValue::from(DocumentId([7; 16]).to_string().as_str())),
            ("product", FieldValue::from(product)),
            ("sale_date", FieldValue::from(on)),
            ("premium_won", FieldValue::Number(premium_won)),
        ];
        let policy = HubWrite {
            document: DocumentId::derived("policy", &format!("{rep} {on} {product}")),
            kind: Kind::Policy,
            book: BookId::of_rep(&UnitCode::from(rep)),
            fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
            imported: true,
            only_new: false,
        };
        app.hub.write("han", &[policy], app.clock.now(), &mut SystemEntropy).await.unwrap();
    }

    async fn set(app: &TestApp, unit: &str, of: &str, measure: TargetMeasure, from: &str, value: i64) {
        let product_type = Some(of.to_owned()).filter(|of| !of.is_empty());
        let line = TargetLine { unit: unit.into(), product_type, measure };
        let known: Targets = app.hub.storage().targets().await.unwrap().into_iter().collect();
        let targets = known.with(Target::new(line, day(from), day("2026-09-30"), value)).unwrap();
        app.hub.storage().put_targets(targets).await.unwrap();
    }

    fn ask(level: Level, under: Option<(Level, &str)>, to: &str) -> FigureQuery {
        FigureQuery {
            from: day("2026-09-01"),
            to: day(to),
            level,
            under: under.map(|(level, unit)| (level, unit.into())),
            by: SplitBy::Unit,
            view: View::Now,
            placed: None,
        }
    }

    /// Unit, target, actual, percent, rank and what is missing.
    fn told(rows: &[AttainmentRow]) -> Vec<(&str, i64, i64, f64, usize, i64)> {
        fn row(row: &AttainmentRow) -> (&str, i64, i64, f64, usize, i64) {
            let (percent, rank) = (row.attainment_percent.unwrap(), row.rank.unwrap());
            (row.unit.as_str(), row.target, row.actual, percent, rank, row.missing)
        }
        rows.iter().map(row).collect()
    }

    /// September 2026 has 20 working days: 11 up to the 15th, 14 up to the 18th, 9 from the 16th on.
    #[tokio::test]
    async fn attainment_is_what_was_sold_of_what_was_due() {
        let app = company().await;
        sell(&app, "P1", "WL01", "2026-09-01", 500_000).await;
        sell(&app, "P1", "WL01", "2026-09-15", 500_000).await;
        sell(&app, "P1", "TL01", "2026-09-18", 330_000).await;
        sell(&app, "P2", "TL01", "2026-09-02", 100_000).await;
        sell(&app, "P2", "TL01", "2026-09-16", 200_000).await;
        sell(&app, "P3", "WL01", "2026-09-10", 600_000).await;
        set(&app, "B1", "", TargetMeasure::Premium, "2026-09-01", 2_000_000).await;
        set(&app, "B2", "", TargetMeasure::Premium, "2026-09-01", 1_000_000).await;
        let branches = |to: &str| ask(Level::Branch, None, to);
        let first = app.hub.attainment(&branches("2026-09-18")).await.unwrap();
        let b2 = ("B2", 700_000, 700_000, 100.0, 2, 0);
        assert_eq!(told(&first.rows), [("B1", 1_400_000, 1_530_000, 109.2, 1, 0), b2]);
        // More from the middle of the month on: eleven days of 100,000 stay, the others are 200,000 each.
        set(&app, "B1", "", TargetMeasure::Premium, "2026-09-16", 1_800_000).await;
        let changed = app.hub.attainment(&branches("2026-09-18")).await.unwrap();
        let b2 = ("B2", 700_000, 700_000, 100.0, 1, 0);
        assert_eq!(told(&changed.rows), [b2, ("B1", 1_700_000, 1_530_000, 90.0, 2, 170_000)]);
        let before = app.hub.attainment(&branches("2026-09-15")).await.unwrap();
        assert_eq!((before.rows[1].unit.as_str(), before.rows[1].target), ("B1", 1_100_000));
        let month = app.hub.attainment(&branches("2026-09-30")).await.unwrap();
        let b2 = ("B2", 1_000_000, 700_000, 70.0, 1, 300_000);
        assert_eq!(told(&month.rows), [b2, ("B1", 2_900_000, 1_530_000, 52.7, 2, 1_370_000)]);
        // Of one type, beside those of all.
        set(&app, "B1", "life", TargetMeasure::Net, "2026-09-01", 2).await;
        set(&app, "B2", "life", TargetMeasure::Net, "2026-09-01", 4).await;
        let with_type = app.hub.attainment(&branches("2026-09-30")).await.unwrap();
        assert_eq!(with_type.rows[..2], month.rows, "those of all types are as before");
        assert_eq!(told(&with_type.rows[2..]), [("B1", 2, 2, 100.0, 1, 0), ("B2", 4, 1, 25.0, 2, 3)]);
        assert_eq!(with_type.rows[2].product_type.as_deref(), Some("life"));
    }

    #[tokio::test]
    async fn everybody_sees_who_they_may() {
        let app = company().await;
        for rep in ["P1", "P2", "P3"] {
            set(&app, rep, "", TargetMeasure::Net, "2026-09-01", 2).await;
        }
        sell(&app, "P2", "TL01", "2026-09-02", 100_000).await;
        sell(&app, "P2", "TL01", "2026-09-16", 200_000).await;
        let principal = |role, unit: &str| Principal {
            user: "x".into(),
            role,
            unit: unit.into(),
            device: DeviceId([1; 16]),
        };
        let (kim, mo) = (principal(Role::Rep, "P1"), principal(Role::Manager, "B1"));
        let ask = |level, under| ask(level, under, "2026-09-30");
        let own = app.hub.attainment_for(&kim, &ask(Level::Rep, Some((Level::Rep, "P1")))).await.unwrap();
        assert_eq!(told(&own.rows), [("P1", 2, 0, 0.0, 1, 2)]);
        for under in [None, Some((Level::Branch, "B1")), Some((Level::Rep, "P2"))] {
            let refused = app.hub.attainment_for(&kim, &ask(Level::Rep, under)).await;
            assert_eq!(refused, Err(HubError::NotAllowed), "{under:?}");
        }
        let branch = Some((Level::Branch, "B1"));
        let below = app.hub.attainment_for(&mo, &ask(Level::Rep, branch)).await.unwrap();
        let whole = "what P2 sold in B2 is P2's all the same";
        assert_eq!(told(&below.rows), [("P2", 2, 2, 100.0, 1, 0), ("P1", 2, 0, 0.0, 2, 2)], "{whole}");
        assert_eq!(app.hub.attainment_for(&mo, &ask(Level::Rep, None)).await, Err(HubError::NotAllowed));
    }

    #[test]
    fn equals_share_a_place_and_nothing_to_reach_has_none() {
        let row = |unit: &str, target, actual| AttainmentRow {
            unit: unit.into(),
            name: String::new(),
            product_type: None,
            measure: TargetMeasure::Net,
            target,
            actual,
            attainment_percent: None,
            rank: None,
            missing: 0,
        };
        let mut rows = [
            row("A", 0, 9),
            row("B", 100, 49),
            row("C", 100, 50),
            row("D", 2, 1),
            row("E", 3, -1),
            row("F", 1_000_000_000_000_000, 500_000_000_000_001),
        ];
        rank(&mut rows);
        let places: Vec<_> = rows.iter().map(|row| (row.unit.as_str(), row.rank)).collect();
        let ranked = [("F", Some(1)), ("C", Some(2)), ("D", Some(2)), ("B", Some(4)), ("E", Some(5))];
        assert_eq!(places[..5], ranked);
        assert_eq!(places[5], ("A", None));
    }
}
