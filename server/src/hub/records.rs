//! Headquarters' records of policies: lapses that are told to the hub, and approvals of sales that lie far back.
//!
//! A record lies in its policy's book and moves with it. Whenever it is written the policy is judged again, in the
//! same commit.

use std::collections::BTreeMap;

use document_model::problem::BACK_DATED;
use document_model::{
    Date, Document, DocumentId, Entropy, FieldValue, Kind, Moment, RecordFacts, UnitCode, parse_date,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::name_of;
use super::project::{self, Standing, judge};
use super::{Gate, Hub, HubError, HubWrite, Rules, WriteResult};
use crate::organisation::NATION;
use crate::storage::{DocumentCommit, Storage, StorageError, Stored, StoredDocument};

/// Waiting policies read at a time.
const PAGE: usize = 500;
/// Waiting policies listed; further ones are only counted.
const LISTED: usize = 1_000;

/// What headquarters' record of a policy is to say.
#[derive(Debug, Clone)]
pub struct RecordWrite {
    /// The policy.
    pub policy: DocumentId,
    /// The fields; others stay.
    pub fields: Vec<(String, FieldValue)>,
}

/// A policy whose sale day waits for approval. Nothing of the customer is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AwaitingPolicy {
    /// The policy.
    #[schema(value_type = String)]
    pub policy: DocumentId,
    /// Who sold it.
    #[schema(value_type = Option<String>)]
    pub rep: Option<UnitCode>,
    /// The rep's name.
    pub name: String,
    /// The sale day it waits with.
    pub sale_date: String,
    /// The business day the hub first saw it.
    pub recorded_on: String,
    /// What was sold.
    pub product: Option<String>,
    /// The premium of one payment, in won.
    pub premium_won: Option<i64>,
    /// Codes of other problems that keep it from counting, approved or not.
    pub problems: Vec<&'static str>,
}

/// The policies that wait for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AwaitingShown {
    /// How many wait.
    pub waiting: usize,
    /// The first of them, by id.
    pub policies: Vec<AwaitingPolicy>,
}

/// What an approval came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Approved {
    /// The policy as it waited.
    #[serde(flatten)]
    pub policy: AwaitingPolicy,
    /// True when this sale day had been approved before: nothing was changed.
    pub already: bool,
    /// Whether it counts now. A policy whose rep belonged to no branch on the sale day does not.
    pub counts: bool,
}

/// Why a sale day is not approved. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// Nobody knows the policy.
    #[error("there is no policy {0}")]
    Unknown(DocumentId),
    /// Its sale day does not lie further back than sales may.
    #[error("the policy {0} waits for no approval")]
    WaitsForNothing(DocumentId),
    /// It would not count, approved or not.
    #[error("the policy {policy} has other problems that keep it from counting: {}", .problems.join(", "))]
    Problems {
        /// The policy.
        policy: DocumentId,
        /// Their codes.
        problems: Vec<&'static str>,
    },
    /// Somebody gave it another sale day meanwhile, which the approval does not hold for.
    #[error("the sale day of the policy {0} was changed meanwhile")]
    Changed(DocumentId),
    /// The hub could not do it.
    #[error(transparent)]
    Hub(#[from] HubError),
}

/// The fields of a stored document.
fn fields_of(stored: &StoredDocument) -> Stored<BTreeMap<String, FieldValue>> {
    let loaded = Document::load(stored.kind, &stored.saved);
    Ok(loaded.map_err(|error| StorageError::Damaged(format!("{}: {error}", stored.id)))?.fields())
}

/// Policies judged by records that are about to be written.
#[derive(Default)]
pub(super) struct JudgedByRecords {
    /// Those of the records' book: they go into the same commit, whether or not that changes what they count, so
    /// that a move of theirs that does not know of the record comes too late.
    pub(super) commits: Vec<DocumentCommit>,
    /// Those in other books, where a record did not move with its policy.
    pub(super) elsewhere: Vec<StoredDocument>,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Writes records of policies as `user`, each into the book its policy is in; one result each, in order. What
    /// a policy counts follows in the same commit.
    pub async fn write_records(
        &self,
        user: &str,
        writes: &[RecordWrite],
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Vec<WriteResult>, HubError> {
        let records: Vec<_> = writes.iter().map(|write| RecordFacts::document_of(write.policy)).collect();
        let policies: Vec<_> = writes.iter().map(|write| write.policy).collect();
        let there = self.storage.documents(&records).await?;
        let policies = self.storage.documents(&policies).await?;
        let mut documents = Vec::with_capacity(writes.len());
        for ((write, record), (there, policy)) in writes.iter().zip(records).zip(there.iter().zip(policies)) {
            let lies_in = there.as_ref().or(policy.as_ref()).map(|document| document.book);
            let unknown = || StorageError::Failed(format!("there is no policy {}", write.policy));
            let named = ("policy".to_owned(), FieldValue::Text(write.policy.to_string()));
            documents.push(HubWrite {
                document: record,
                kind: Kind::PolicyRecord,
                book: lies_in.ok_or_else(unknown)?,
                fields: [vec![named], write.fields.clone()].concat(),
                imported: false,
                only_new: false,
            });
        }
        self.write(user, &documents, now, entropy).await
    }

    /// The fields of these policies' records; of one without a record nothing is told.
    pub async fn records_of(
        &self,
        policies: &[DocumentId],
    ) -> Result<BTreeMap<DocumentId, BTreeMap<String, FieldValue>>, HubError> {
        let records: Vec<_> = policies.iter().map(|policy| RecordFacts::document_of(*policy)).collect();
        let mut told = BTreeMap::new();
        for record in self.storage.documents(&records).await?.iter().flatten() {
            let fields = fields_of(record)?;
            let policy = RecordFacts::policy_of(record.id, &fields);
            told.extend(policy.map(|policy| (policy, fields)));
        }
        Ok(told)
    }

    /// Judges the policies of records again, as these commits of one book will leave them.
    ///
    /// # Errors
    /// `Busy` where a policy left the book before its first record came into it.
    pub(super) async fn judge_by_records(
        &self,
        commits: &[DocumentCommit],
        rules: &Rules,
    ) -> Result<JudgedByRecords, HubError> {
        let mut told = BTreeMap::new();
        for commit in commits.iter().filter(|commit| commit.state.kind == Kind::PolicyRecord) {
            let fields = fields_of(&commit.state)?;
            let policy = RecordFacts::policy_of(commit.state.id, &fields);
            told.extend(policy.map(|policy| (policy, (RecordFacts::of_fields(&fields), commit))));
        }
        let ids: Vec<_> = told.keys().copied().collect();
        let mut judged = JudgedByRecords::default();
        let policies = self.storage.documents(&ids).await?.into_iter().flatten();
        for policy in policies.filter(|stored| stored.kind == Kind::Policy) {
            let Some((record, commit)) = told.get(&policy.id) else { continue };
            if policy.book == commit.state.book {
                let fields = fields_of(&policy)?;
                judged.commits.push(project::judge_again(policy, &fields, *record, rules));
            } else if commit.expected_version == 0 {
                return Err(StorageError::Busy.into());
            } else {
                judged.elsewhere.push(policy);
            }
        }
        Ok(judged)
    }

    /// The policies whose sale day waits for approval, of reps below a unit: where they stood on the sale day, or
    /// else where they are known now.
    pub async fn awaiting_approval(
        &self,
        under: Option<&UnitCode>,
        now: Moment,
    ) -> Result<AwaitingShown, HubError> {
        let rules = self.rules.current(&self.storage).await?;
        let mut shown = AwaitingShown { waiting: 0, policies: Vec::new() };
        let mut after = None;
        loop {
            let page = self.storage.documents_awaiting(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(shown) };
            after = Some(last.id);
            for stored in page.iter().filter(|stored| is_under(stored, under, &rules, now)) {
                shown.waiting += 1;
                if shown.policies.len() < LISTED {
                    shown.policies.push(awaiting(stored, &rules)?);
                }
            }
        }
    }

    /// Approves the sale day of a policy, however far back it lies. The approval holds for this day alone.
    ///
    /// # Errors
    /// See [`ApproveError`].
    pub async fn approve(
        &self,
        user: &str,
        policy: DocumentId,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Approved, ApproveError> {
        let rules = self.rules.current(&self.storage).await.map_err(HubError::from)?;
        let stored = self.stored_policy(policy).await?;
        let shown = awaiting(&stored, &rules).map_err(HubError::from)?;
        let Some(sale_date) = stored.awaiting_sale_date else {
            let approved = stored.record.approved_sale_date.map(|day| day.to_string());
            return match approved.filter(|day| *day == shown.sale_date) {
                Some(_) => Ok(Approved { policy: shown, already: true, counts: stored.counted.is_some() }),
                None => Err(ApproveError::WaitsForNothing(policy)),
            };
        };
        if !shown.problems.is_empty() {
            return Err(ApproveError::Problems { policy, problems: shown.problems });
        }
        let approval = ("approved_sale_date".to_owned(), FieldValue::Text(sale_date.to_string()));
        let write = RecordWrite { policy, fields: vec![approval] };
        self.write_records(user, &[write], now, entropy).await?;
        let after = self.stored_policy(policy).await?;
        match after.awaiting_sale_date {
            Some(_) => Err(ApproveError::Changed(policy)),
            None => Ok(Approved { policy: shown, already: false, counts: after.counted.is_some() }),
        }
    }

    async fn stored_policy(&self, policy: DocumentId) -> Result<StoredDocument, ApproveError> {
        let stored = self.storage.documents(&[policy]).await.map_err(HubError::from)?.pop().flatten();
        stored.filter(|stored| stored.kind == Kind::Policy).ok_or(ApproveError::Unknown(policy))
    }
}

/// Whether whoever sold a policy stood below a unit on its sale day, or does so now where that day is unknown.
fn is_under(stored: &StoredDocument, under: Option<&UnitCode>, rules: &Rules, now: Moment) -> bool {
    let Some(unit) = under.filter(|unit| unit.as_str() != NATION) else { return true };
    let Some(rep) = &stored.selling_rep else { return false };
    let then = stored.awaiting_sale_date.and_then(|day: Date| rules.roster.path(rep, day));
    let path = then.or_else(|| rules.roster.today(rep, rules.day(now)));
    rep == unit || path.is_some_and(|path| path.branch == *unit || path.region == *unit)
}

fn awaiting(stored: &StoredDocument, rules: &Rules) -> Stored<AwaitingPolicy> {
    let fields = fields_of(stored)?;
    let problems = judge(&fields, Standing::of(stored), rules).problems.into_iter();
    let others = problems.filter(|problem| problem.blocking && problem.code != BACK_DATED);
    let text = |name: &str| fields.get(name).and_then(FieldValue::as_text);
    let rep = stored.selling_rep.clone();
    Ok(AwaitingPolicy {
        policy: stored.id,
        name: rep.as_ref().map(|rep| name_of(rep, &rules.roster)).unwrap_or_default(),
        rep,
        sale_date: text("sale_date").and_then(parse_date).map(|day| day.to_string()).unwrap_or_default(),
        recorded_on: stored.created_on.to_string(),
        product: text("product").map(str::to_owned),
        premium_won: fields.get("premium_won").and_then(FieldValue::as_number),
        problems: others.map(|problem| problem.code).collect(),
    })
}

#[cfg(test)]
mod tests;
