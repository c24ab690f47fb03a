//! The policies behind a figure: what each of them adds to it.

use std::collections::BTreeMap;

use document_model::sales::Sums;
use document_model::{Catalogue, DocumentId, Moment, ProductCode, UnitCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{name_of, type_of};
use super::{Gate, Hub, HubError, Rules, SumsShown};
use crate::auth::{Action, Object, Principal, may};
use crate::organisation::NATION;
use crate::storage::{EntryQuery, FigureQuery, LedgerEntry, Storage, StorageError};

/// Ledger entries one list of policies is made of.
const ENTRIES: usize = 20_000;

/// Why there is no list of policies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoliciesError {
    /// There are more entries than a list is made of.
    #[error("more than {ENTRIES} entries make this figure; ask for fewer days, or unit by unit")]
    TooMany,
    /// The hub could not answer.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<StorageError> for PoliciesError {
    fn from(error: StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// The policies behind a figure of now. Nothing of a customer is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoliciesShown {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// The unit.
    pub unit: UnitCode,
    /// The newest moment in the cells, to which pending entries were added.
    pub moment: u64,
    /// The policies, by id.
    pub rows: Vec<PolicyRow>,
    /// The sums of all rows: the figure.
    pub total: SumsShown,
}

/// What one policy adds to a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyRow {
    /// The policy.
    #[schema(value_type = String)]
    pub policy: DocumentId,
    /// Who sold it.
    #[schema(value_type = String)]
    pub rep: UnitCode,
    /// The rep's name.
    pub rep_name: String,
    /// The product, as its newest entry has it.
    #[schema(value_type = String)]
    pub product: ProductCode,
    /// The product's name; its code where the catalogue does not have it.
    pub product_name: String,
    /// The product's type.
    #[serde(rename = "type")]
    pub product_type: String,
    /// The business day its newest entry counts on.
    pub business_date: String,
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
    /// Policies that lapsed.
    pub lapsed: i64,
}

/// What people call a product.
pub(super) fn product_name(product: &ProductCode, catalogue: &Catalogue) -> String {
    catalogue.get(product).map_or_else(|| product.0.clone(), |product| product.name.clone())
}

impl PolicyRow {
    fn of(policy: DocumentId, sums: &Sums, newest: &LedgerEntry, rules: &Rules) -> Self {
        let key = &newest.posting.key;
        Self {
            policy,
            rep: key.path.rep.clone(),
            rep_name: name_of(&key.path.rep, &rules.roster),
            product: key.product.clone(),
            product_name: product_name(&key.product, &rules.catalogue),
            product_type: type_of(&key.product, &rules.catalogue).to_owned(),
            business_date: key.day.to_string(),
            sold: sums.sold,
            withdrawn: sums.withdrawn,
            net: sums.net(),
            premium_gross_won: sums.premium_gross_won,
            premium_net_won: sums.premium_net_won(),
            ape_net_won: sums.ape_net_won(),
            lapsed: sums.lapsed(),
        }
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The policies behind a figure of now to `principal`, who may see the unit. A policy whose entries come to
    /// nothing is told as well.
    pub async fn policies_for(
        &self,
        principal: &Principal,
        query: &FigureQuery,
        now: Moment,
    ) -> Result<PoliciesShown, PoliciesError> {
        let rules = self.rules.current(&self.storage).await?;
        let unit = query.under.as_ref().map_or_else(|| UnitCode::from(NATION), |(_, unit)| unit.clone());
        if !may(principal, Action::SeeFigures, Object::Figures { unit: &unit, roster: &rules.roster }) {
            return Err(HubError::NotAllowed.into());
        }
        let moment = self.storage.moment_at(i64::MAX).await?;
        let asked = EntryQuery { from: query.from, to: query.to, under: query.under.clone(), after: 0 };
        let entries = self.storage.entries(&asked, ENTRIES + 1).await?;
        if entries.len() > ENTRIES {
            return Err(PoliciesError::TooMany);
        }
        let mut policies: BTreeMap<DocumentId, (Sums, &LedgerEntry)> = BTreeMap::new();
        let mut total = Sums::default();
        for entry in &entries {
            total.post(&entry.posting);
            let (sums, newest) = policies.entry(entry.document).or_insert((Sums::default(), entry));
            sums.post(&entry.posting);
            // What was taken back says less of the policy than what came in its place.
            let place =
                |entry: &LedgerEntry| (entry.arrived_ms, entry.posting.count > 0, entry.book, entry.number);
            if place(entry) >= place(newest) {
                *newest = entry;
            }
        }
        let row = |(policy, (sums, newest)): (DocumentId, (Sums, &LedgerEntry))| {
            PolicyRow::of(policy, &sums, newest, &rules)
        };
        Ok(PoliciesShown {
            from: query.from.to_string(),
            to: query.to.to_string(),
            unit,
            moment,
            rows: policies.into_iter().map(row).collect(),
            total: SumsShown::with_persistency(&total, query.to, rules.day(now)),
        })
    }
}
