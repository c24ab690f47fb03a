//! Where a rep stands: the month so far, what it is to come to, and the place in the branch.

use std::collections::BTreeMap;

use document_model::sales::Sums;
use document_model::{Date, Kind, Moment, UnitCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Gate, Hub, HubError, Rules};
use crate::auth::{Action, Object, Principal, may};
use crate::organisation::{Level, Roster, TargetMeasure};
use crate::storage::{FigureQuery, SplitBy, Storage, Stored, View};

/// What a rep is told. Of other reps it says nothing but how many there are, and how many sold more.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StandingShown {
    /// The business day it is.
    pub today: String,
    /// The first day of its month.
    pub from: String,
    /// When this was so, milliseconds since the epoch.
    pub at_ms: i64,
    /// Policies sold less withdrawn, of the month up to today.
    pub net: i64,
    /// Premium sold less premium withdrawn, of the month up to today, in won.
    pub premium_net_won: i64,
    /// What the whole month is to come to; null where nobody has set it.
    pub target: Option<TargetShown>,
    /// The place in the branch; null where the company does not tell it, or the rep stands in no branch.
    pub rank: Option<RankShown>,
    /// Customers in the rep's book.
    pub customers: u64,
}

/// What the net premium of a month is to come to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TargetShown {
    /// In won.
    pub premium_won: i64,
    /// Percent of it that is reached, rounded down; null where the target is 0.
    pub attainment_percent: Option<f64>,
    /// What is missing, in won; 0 when it is reached.
    pub missing_won: i64,
}

/// A place among the reps who stand in a branch today, by net premium of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct RankShown {
    /// 1 being the most; equals share one.
    pub place: usize,
    /// How many reps stand there.
    pub of: usize,
}

impl RankShown {
    /// The place of one who sold so much beside others.
    fn beside(own_won: i64, others_won: &[i64]) -> Self {
        let ahead = others_won.iter().filter(|won| **won > own_won).count();
        Self { place: ahead + 1, of: others_won.len() + 1 }
    }
}

/// The reps who stand in a branch on a day.
fn reps_of<'r>(branch: &'r UnitCode, day: Date, roster: &'r Roster) -> impl Iterator<Item = &'r UnitCode> {
    let stands = move |span: &&'r crate::organisation::UnitSpan| {
        span.level == Level::Rep && span.parent == *branch && span.covers(day)
    };
    roster.iter().filter(stands).map(|span| &span.code)
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Where `principal`, a rep, stands in the month of now; `with_rank` is whether the company tells places.
    pub async fn standing(
        &self,
        principal: &Principal,
        with_rank: bool,
        now: Moment,
    ) -> Result<StandingShown, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let rep = &principal.unit;
        let is_own = may(principal, Action::Read, Object::Book { owner: rep })
            && may(principal, Action::SeeFigures, Object::Figures { unit: rep, roster: &rules.roster });
        if !is_own {
            return Err(HubError::NotAllowed);
        }
        let today = rules.day(now);
        let days = (today.first_of_month(), today);
        let own = self.sold_under((Level::Rep, rep), days).await?.remove(rep).unwrap_or_default();
        let rank = match rules.roster.path(rep, today).filter(|_| with_rank) {
            None => None,
            Some(path) => {
                let others = self.others_won(rep, &path.branch, days, &rules).await?;
                Some(RankShown::beside(own.premium_net_won(), &others))
            }
        };
        Ok(StandingShown {
            today: today.to_string(),
            from: days.0.to_string(),
            at_ms: now.0,
            net: own.net(),
            premium_net_won: own.premium_net_won(),
            target: self.premium_target(rep, today).await?,
            rank,
            customers: self.customers_of(rep).await?,
        })
    }

    /// What the month of a day is to come to, of all products together.
    async fn premium_target(&self, rep: &UnitCode, today: Date) -> Result<Option<TargetShown>, HubError> {
        let month = (today.first_of_month(), today.last_of_month());
        let rows = self.attainment(&of_reps((Level::Rep, rep), month)).await?.rows;
        let is_whole = |measure, of: &Option<String>| measure == TargetMeasure::Premium && of.is_none();
        let row = rows.into_iter().find(|row| is_whole(row.measure, &row.product_type));
        Ok(row.map(|row| TargetShown {
            premium_won: row.target,
            attainment_percent: row.attainment_percent,
            missing_won: row.missing,
        }))
    }

    /// What each other rep of a branch sold, less what was withdrawn: wherever it was, it is the rep's own.
    async fn others_won(
        &self,
        rep: &UnitCode,
        branch: &UnitCode,
        days: (Date, Date),
        rules: &Rules,
    ) -> Stored<Vec<i64>> {
        let roster = &rules.roster;
        let mut sold = self.sold_under((Level::Branch, branch), days).await?;
        let mut others = Vec::new();
        for other in reps_of(branch, days.1, roster).filter(|other| *other != rep) {
            let mut sold_by = sold.remove(other);
            if !roster.always_within(other, branch, days) {
                sold_by = self.sold_under((Level::Rep, other), days).await?.remove(other);
            }
            others.push(sold_by.unwrap_or_default().premium_net_won());
        }
        Ok(others)
    }

    /// What each rep under a unit sold.
    async fn sold_under(
        &self,
        under: (Level, &UnitCode),
        days: (Date, Date),
    ) -> Stored<BTreeMap<UnitCode, Sums>> {
        let rows = self.storage.figures(&of_reps(under, days)).await?.rows;
        Ok(rows.into_iter().map(|row| (row.unit, row.sums)).collect())
    }

    async fn customers_of(&self, rep: &UnitCode) -> Stored<u64> {
        let mut customers = 0;
        for book in self.storage.books_of(rep).await?.iter().filter(|book| book.owner.as_ref() == Some(rep)) {
            customers += self.storage.count_of(book.id, Kind::Customer).await?;
        }
        Ok(customers)
    }
}

/// The figures of the reps under a unit, as they are now.
fn of_reps((level, unit): (Level, &UnitCode), (from, to): (Date, Date)) -> FigureQuery {
    FigureQuery {
        from,
        to,
        level: Level::Rep,
        under: Some((level, unit.clone())),
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_a_place() {
        let place = |own, others: &[i64]| {
            let rank = RankShown::beside(own, others);
            (rank.place, rank.of)
        };
        assert_eq!(place(5, &[]), (1, 1));
        assert_eq!(place(5, &[5, 5, 4]), (1, 4));
        assert_eq!(place(4, &[5, 5, 4]), (3, 4), "two are ahead, one shares the place");
        assert_eq!(place(-1, &[0, 0]), (3, 3), "more withdrawn than sold is less than nothing");
    }
}
