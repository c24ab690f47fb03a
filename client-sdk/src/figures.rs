//! The rep's own figures, and by which policies they differ from headquarters'.
//!
//! The same facts and postings as the hub's, over this device's records: once as the person sees them, once as the
//! hub has acknowledged them.

use std::collections::BTreeMap;

use document_model::sales::{PolicyFacts, Sums, UnitPath, postings};
use document_model::{Date, DocumentId, Kind, Moment, RecordFacts, UnitCode, parse_date};
use serde::Serialize;

use crate::client::{Client, ClientError};
use crate::engine::load_base;
use crate::records::{DocumentRecord, RecordState, Row, decode, keys};
use crate::store::Store;
use crate::transport::Transport;

/// Own figures from this device's own records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Always the rep's own level.
    pub level: &'static str,
    /// Moments number the hub's cells; a device has none.
    pub moment: Option<u64>,
    /// Rows by product.
    pub rows: Vec<FigureLine>,
    /// The sums of the rows.
    pub total: SumsView,
    /// What headquarters counts of the same records, as far as this device knows: without the edits it has not
    /// confirmed.
    pub headquarters: SumsView,
    /// Why the two differ, policy by policy: their counts and premiums sum to the difference of net policies and
    /// net premium. Policies that a problem keeps from counting anywhere stand here as well.
    pub differences: Vec<FigureDifference>,
    /// Policies of these days the hub has not acknowledged yet, counted above.
    pub unconfirmed: u64,
    /// Policies of these days that a problem keeps from counting.
    pub blocked: u64,
}

/// A policy that counts here as headquarters does not count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureDifference {
    /// The policy.
    pub policy: DocumentId,
    /// Why.
    pub why: DifferenceCause,
    /// Policies more here than there.
    pub count: i64,
    /// Premium more here than there, in won.
    pub won: i64,
}

/// Why a policy counts here as headquarters does not count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceCause {
    /// Its edits wait on this device.
    Waiting,
    /// Its edits are on their way: headquarters may count them by now.
    NotConfirmed,
    /// Its withdrawal waits on this device or is on its way.
    Withdrawn,
    /// A problem keeps it from counting.
    Problem,
}

/// One row of own figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureLine {
    /// The rep's own unit.
    pub unit: String,
    /// The account's name.
    pub name: String,
    /// The product.
    pub product: String,
    /// The sums.
    #[serde(flatten)]
    pub sums: SumsView,
}

/// Sums as people and programs see them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SumsView {
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
}

impl From<&Sums> for SumsView {
    fn from(sums: &Sums) -> Self {
        Self {
            sold: sums.sold,
            withdrawn: sums.withdrawn,
            net: sums.net(),
            premium_gross_won: sums.premium_gross_won,
            premium_net_won: sums.premium_net_won(),
            ape_net_won: sums.ape_net_won(),
        }
    }
}

/// What a policy counts: nothing, or as these facts say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counted(Option<PolicyFacts>);

impl Counted {
    /// What goes into the sums of each product.
    fn add_to(&self, by_product: &mut BTreeMap<String, Sums>, rep: &UnitCode) {
        let path = UnitPath { rep: rep.clone(), branch: "".into(), region: "".into() };
        for posting in postings(None, self.0.as_ref().map(|facts| (facts, &path))) {
            by_product.entry(posting.key.product.0.clone()).or_default().post(&posting);
        }
    }

    /// Net policies and net premium.
    fn net(&self, rep: &UnitCode) -> (i64, i64) {
        let mut by_product = BTreeMap::new();
        self.add_to(&mut by_product, rep);
        let total = total(&by_product);
        (total.net(), total.premium_net_won())
    }

    fn is_withdrawn(&self) -> bool {
        self.0.as_ref().is_some_and(|facts| facts.withdrawn_on.is_some())
    }
}

fn total(by_product: &BTreeMap<String, Sums>) -> Sums {
    let mut total = Sums::default();
    by_product.values().for_each(|sums| total.add(sums));
    total
}

impl<S: Store, T: Transport> Client<S, T> {
    /// The rep's own figures, from this device's records alone.
    pub async fn figures(&self, from: Date, to: Date, now: Moment) -> Result<Figures, ClientError> {
        let (rows, records) = (self.rows(Kind::Policy).await?, self.records().await?);
        self.figures_of(rows.iter(), &records, (from, to), now).await
    }

    /// The same of these policies, and of what headquarters' records say of them.
    pub(crate) async fn figures_of<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
        records: &BTreeMap<DocumentId, RecordFacts>,
        (from, to): (Date, Date),
        now: Moment,
    ) -> Result<Figures, ClientError> {
        let device = self.engine()?.device();
        let unit = &device.unit;
        let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
        let (mut unconfirmed, mut blocked, mut differences) = (0, 0, Vec::new());
        for row in rows {
            if row.selling_rep.as_ref() != Some(unit) {
                continue;
            }
            let state = self.engine()?.state_of(row.id);
            let record = records.get(&row.id).copied().unwrap_or_default();
            let own = self.counted(row, record, (from, to), now)?;
            let acknowledged = match state {
                RecordState::Confirmed => own.clone(),
                RecordState::Saved | RecordState::Sent => {
                    self.acknowledged(row, record, (from, to), now).await?
                }
            };
            own.add_to(&mut here, unit);
            acknowledged.add_to(&mut there, unit);
            let stopped = own.0.is_none() && is_of_days(row, (from, to));
            blocked += u64::from(stopped);
            unconfirmed += u64::from(own.0.is_some() && state != RecordState::Confirmed);
            if own != acknowledged || stopped {
                let (mine, known) = (own.net(unit), acknowledged.net(unit));
                let why = match state {
                    _ if stopped => DifferenceCause::Problem,
                    _ if own.is_withdrawn() && !acknowledged.is_withdrawn() => DifferenceCause::Withdrawn,
                    RecordState::Sent => DifferenceCause::NotConfirmed,
                    RecordState::Saved | RecordState::Confirmed => DifferenceCause::Waiting,
                };
                let (count, won) = (mine.0 - known.0, mine.1 - known.1);
                differences.push(FigureDifference { policy: row.id, why, count, won });
            }
        }
        let line = |(product, sums): (&String, &Sums)| FigureLine {
            unit: unit.0.clone(),
            name: device.user.clone(),
            product: product.clone(),
            sums: sums.into(),
        };
        Ok(Figures {
            from: from.to_string(),
            to: to.to_string(),
            level: "rep",
            moment: None,
            rows: here.iter().map(line).collect(),
            total: (&total(&here)).into(),
            headquarters: (&total(&there)).into(),
            differences,
            unconfirmed,
            blocked,
        })
    }

    /// What a record as it stands in a row counts on these days.
    fn counted(
        &self,
        row: &Row,
        record: RecordFacts,
        days: (Date, Date),
        now: Moment,
    ) -> Result<Counted, ClientError> {
        let facts = PolicyFacts::counted(&row.fields, &self.judge(row, record, now)?, record);
        Ok(Counted(facts.filter(|_| is_of_days(row, days))))
    }

    /// What it counts without the edits that the hub has not acknowledged.
    async fn acknowledged(
        &self,
        row: &Row,
        record: RecordFacts,
        days: (Date, Date),
        now: Moment,
    ) -> Result<Counted, ClientError> {
        let Some(bytes) = self.store.get(&[keys::document(row.id)]).await?.pop().flatten() else {
            return Ok(Counted::default());
        };
        let stored: DocumentRecord = decode(&bytes)?;
        let fields = load_base(&stored)?.fields();
        self.counted(&Row { fields, ..row.clone() }, record, days, now)
    }
}

fn is_of_days(row: &Row, (from, to): (Date, Date)) -> bool {
    let sold = row.fields.get("sale_date").and_then(document_model::FieldValue::as_text).and_then(parse_date);
    sold.is_some_and(|day| (from..=to).contains(&day))
}
