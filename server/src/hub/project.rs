//! From an admitted document to what its commit changes: the judgement and the ledger postings.
//! Pure: stored state and rules in, transaction out.

use std::collections::BTreeMap;

use document_model::problem::{Circumstances, Problem, awaits_approval, problems};
use document_model::sales::{PolicyFacts, postings};
use document_model::{Date, FieldValue, Kind, RecordFacts, UnitCode, parse_date};
use sync_protocol::planted::{Bug, armed};

use super::gate::Admitted;
use super::rules::Rules;
use crate::storage::{CommittedChange, Counted, DocumentCommit, StoredDocument};

/// A document judged by the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every rule it breaks.
    pub problems: Vec<Problem>,
    /// What it contributes to the figures.
    pub counted: Option<Counted>,
    /// The sale day it waits with for headquarters' approval.
    pub awaiting_sale_date: Option<Date>,
}

impl Judgement {
    /// The state of a document that was judged so.
    fn of_state(self, state: StoredDocument) -> StoredDocument {
        StoredDocument { counted: self.counted, awaiting_sale_date: self.awaiting_sale_date, ..state }
    }
}

/// What judging needs to know of a document besides its fields.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Its kind.
    pub kind: Kind,
    /// The business day the hub first saw it.
    pub created_on: Date,
    /// The business day of its newest edit.
    pub judged_on: Date,
    /// Taken over by an import.
    pub imported: bool,
    /// Who sold it.
    pub selling_rep: Option<&'a UnitCode>,
    /// What headquarters' record of it says.
    pub record: RecordFacts,
}

impl<'a> Standing<'a> {
    /// The standing of a stored document.
    #[must_use]
    pub fn of(document: &'a StoredDocument) -> Self {
        Self {
            kind: document.kind,
            created_on: document.created_on,
            judged_on: document.judged_on,
            imported: document.imported,
            selling_rep: document.selling_rep.as_ref(),
            record: document.record,
        }
    }
}

/// Judges a document: its problems, and what it counts for.
#[must_use]
pub fn judge(fields: &BTreeMap<String, FieldValue>, standing: Standing<'_>, rules: &Rules) -> Judgement {
    let now = Circumstances {
        catalogue: &rules.catalogue,
        sale_rules: rules.sale_rules,
        record: standing.record,
        created_on: standing.created_on,
        judged_on: standing.judged_on,
        imported: standing.imported,
    };
    let problems = problems(standing.kind, fields, now);
    let is_policy = standing.kind == Kind::Policy;
    let facts = PolicyFacts::counted(fields, &problems, standing.record).filter(|_| is_policy);
    let counted = facts.and_then(|facts| {
        let path = rules.roster.path(standing.selling_rep?, facts.sale_date)?;
        Some(Counted { facts, path })
    });
    let sale_date = fields.get("sale_date").and_then(FieldValue::as_text).and_then(parse_date);
    let awaiting_sale_date = sale_date.filter(|_| awaits_approval(&problems));
    Judgement { problems, counted, awaiting_sale_date }
}

/// The commit of a document that the gate admitted. `stored` is its state before; for a new one
/// the state it is born with (version 0).
#[must_use]
pub(super) fn project(
    stored: StoredDocument,
    admitted: Admitted,
    changes: Vec<CommittedChange>,
    rules: &Rules,
) -> DocumentCommit {
    let before = stored.counted.clone();
    let mut state = StoredDocument { saved: admitted.saved, heads: admitted.heads, ..stored };
    state.actors.extend(changes.iter().map(|change| change.actor));
    state.actors.sort_unstable();
    state.actors.dedup();
    let judgement = judge(&admitted.fields, Standing::of(&state), rules);
    commit_of(judgement.of_state(state), before, changes)
}

/// The commit of a document judged again by what headquarters' record says, with nothing edited.
#[must_use]
pub(super) fn judge_again(
    stored: StoredDocument,
    fields: &BTreeMap<String, FieldValue>,
    record: RecordFacts,
    rules: &Rules,
) -> DocumentCommit {
    let before = stored.counted.clone();
    let state = StoredDocument { record, ..stored };
    let judgement = judge(fields, Standing::of(&state), rules);
    commit_of(judgement.of_state(state), before, Vec::new())
}

/// The same; `None` when nothing changes.
#[must_use]
pub(super) fn rejudge(
    stored: StoredDocument,
    fields: &BTreeMap<String, FieldValue>,
    record: RecordFacts,
    rules: &Rules,
) -> Option<DocumentCommit> {
    let judged =
        |document: &StoredDocument| (document.record, document.awaiting_sale_date, document.counted.clone());
    let before = judged(&stored);
    let commit = judge_again(stored, fields, record, rules);
    (judged(&commit.state) != before).then_some(commit)
}

fn commit_of(
    state: StoredDocument,
    before: Option<Counted>,
    changes: Vec<CommittedChange>,
) -> DocumentCommit {
    fn placed(counted: &Counted) -> (&PolicyFacts, &document_model::sales::UnitPath) {
        (&counted.facts, &counted.path)
    }
    let undone = if armed(Bug::PostWithoutUndo) && state.counted != before { None } else { before.as_ref() };
    let postings = postings(undone.map(placed), state.counted.as_ref().map(placed));
    DocumentCommit { expected_version: state.version, state, changes, postings }
}
