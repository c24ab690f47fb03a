//! Figures for people: the storage's answer with names, sums and the moment.

use document_model::UnitCode;
use document_model::sales::Sums;
use serde::Serialize;

use super::{Gate, Hub, HubError};
use crate::auth::{Action, Object, Principal, may};
use crate::storage::{FigureQuery, Storage};

/// Sums as shown to people and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
}

impl From<&Sums> for SumsShown {
    fn from(sums: &Sums) -> Self {
        Self {
            sold: sums.sold,
            withdrawn: sums.withdrawn,
            net: sums.net(),
            premium_gross_won: sums.premium_gross_won,
            premium_net_won: sums.premium_net_won(),
        }
    }
}

/// One row of figures with the unit's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureRowNamed {
    /// The unit's code.
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// The product, when split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The day, when split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The sums.
    #[serde(flatten)]
    pub sums: SumsShown,
}

/// Figures of a range of days at one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureAnswerNamed {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// The level of the rows.
    pub level: &'static str,
    /// The newest moment in the cells; entries after it are added from the pending ones.
    pub moment: u64,
    /// The rows; units without sales are left out.
    pub rows: Vec<FigureRowNamed>,
    /// The sums of all rows.
    pub total: SumsShown,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Answers a query for `principal`, who may see the unit asked for.
    pub async fn figures_for(
        &self,
        principal: &Principal,
        query: &FigureQuery,
    ) -> Result<FigureAnswerNamed, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let nation = UnitCode::from(crate::organisation::NATION);
        let unit = query.under.as_ref().map_or(&nation, |(_, unit)| unit);
        if !may(principal, Action::SeeFigures, Object::Figures { unit, roster: &rules.roster }) {
            return Err(HubError::NotAllowed);
        }
        self.figures(query).await
    }

    /// Answers a query of whoever holds the data folder.
    pub async fn figures(&self, query: &FigureQuery) -> Result<FigureAnswerNamed, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let answer = self.storage.figures(query).await?;
        let mut total = Sums::default();
        let named = answer.rows.into_iter().map(|row| {
            total.add(&row.sums);
            FigureRowNamed {
                name: if row.unit == nation_code() {
                    "Nation".to_owned()
                } else {
                    rules.roster.name(&row.unit)
                },
                unit: row.unit,
                product: row.product.map(|product| product.0),
                day: row.day.map(|day| day.to_string()),
                sums: SumsShown::from(&row.sums),
            }
        });
        Ok(FigureAnswerNamed {
            rows: named.collect(),
            from: query.from.to_string(),
            to: query.to.to_string(),
            level: query.level.as_str(),
            moment: answer.moment,
            total: SumsShown::from(&total),
        })
    }
}

fn nation_code() -> UnitCode {
    UnitCode::from(crate::organisation::NATION)
}
