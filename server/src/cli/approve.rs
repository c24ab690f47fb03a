//! `fieldbook approve`.

use clap::{Args, Subcommand};
use document_model::{DocumentId, UnitCode};

use super::error::Failure;
use super::output::{Answer, grouped, table};
use crate::app::{App, SystemEntropy};
use crate::audit::By;
use crate::hub::{ApproveError, Approved, AwaitingPolicy, AwaitingShown, Gate};
use crate::organisation::NATION;
use crate::storage::Storage;

/// Who approvals are by: whoever holds the data folder.
const HEADQUARTERS: &str = "headquarters";

/// Approving the day of a sale that lies too far back. The approval holds for this day alone: with another one
/// the policy waits again.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example:
  fieldbook approve list --unit B1
  fieldbook approve 0192f3a0b1c2d3e4f5061728394a5b6c"
)]
pub(super) struct Approve {
    #[command(subcommand)]
    what: Option<What>,
    /// The policy.
    #[arg(value_name = "ID", required = true)]
    policy: Option<DocumentId>,
}

/// What may be asked besides.
#[derive(Debug, Subcommand)]
enum What {
    /// Show the policies that wait for approval.
    List {
        /// Only policies of reps that are this unit or stood below it on the day of sale.
        #[arg(long, value_name = "CODE", default_value = NATION)]
        unit: String,
    },
}

impl Approve {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match (&self.what, self.policy) {
            (Some(What::List { unit }), _) => list(app, &UnitCode::from(unit.as_str())).await,
            (None, Some(policy)) => approve(app, policy).await,
            (None, None) => Err(Failure::misused("USAGE", "no policy is named", "See --help")),
        }
    }
}

async fn list<S: Storage, G: Gate>(app: &App<S, G>, unit: &UnitCode) -> Result<Answer, Failure> {
    let rules = app.hub.current_rules().await?;
    if unit.as_str() != NATION && rules.roster.level(unit).is_none() {
        let to_do = "`fieldbook org show` names the units";
        return Err(Failure::no("APPROVE-UNIT", format!("there is no unit {unit}"), to_do));
    }
    let shown = app.hub.awaiting_approval(Some(unit), app.clock.now()).await?;
    Answer::new(list_in_words(&shown), &shown)
}

fn list_in_words(shown: &AwaitingShown) -> String {
    if shown.policies.is_empty() {
        return "No policy waits for approval.".to_owned();
    }
    let row = |policy: &AwaitingPolicy| {
        let rep = policy.rep.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![
            policy.policy.to_string(),
            rep,
            policy.name.clone(),
            policy.sale_date.clone(),
            policy.recorded_on.clone(),
            policy.product.clone().unwrap_or_default(),
            policy.premium_won.map(grouped).unwrap_or_default(),
            policy.problems.join(", "),
        ]
    };
    let rows: Vec<_> = shown.policies.iter().map(row).collect();
    let headings =
        ["policy", "rep", "name", "sold on", "recorded on", "product", ">premium won", "other problems"];
    let more = shown.waiting - shown.policies.len();
    let more = if more > 0 { format!("\n... and {more} more") } else { String::new() };
    table(&headings, &rows) + &more
}

async fn approve<S: Storage, G: Gate>(app: &App<S, G>, policy: DocumentId) -> Result<Answer, Failure> {
    let (by, now) = (By::command_line(), app.clock.now());
    let approved = app.hub.approve_by(&by, HEADQUARTERS, policy, now, &mut SystemEntropy).await?;
    Answer::new(approved_in_words(&approved), &approved)
}

fn approved_in_words(Approved { policy, already, counts }: &Approved) -> String {
    let AwaitingPolicy { policy, rep, sale_date, .. } = policy;
    let of = rep.as_ref().map(|rep| format!(" of {rep}")).unwrap_or_default();
    let done = if *already {
        format!("The sale of {policy}{of} on {sale_date} was approved before; nothing was changed.")
    } else {
        format!("Approved: the sale of {policy}{of} on {sale_date}.")
    };
    let effect = match (*counts, *already) {
        (true, false) => " It counts now.",
        (true, true) => " It counts.",
        (false, _) => {
            " It does not count all the same: its rep belonged to no branch on that day, or it has a problem."
        }
    };
    done + effect
}

impl From<ApproveError> for Failure {
    fn from(error: ApproveError) -> Self {
        let (code, to_do) = match error {
            ApproveError::Hub(error) => return error.into(),
            ApproveError::Unknown(_) => ("APPROVE-UNKNOWN", "`fieldbook approve list` names those that wait"),
            ApproveError::WaitsForNothing(_) => {
                ("APPROVE-NOTHING", "`fieldbook approve list` names those that wait")
            }
            ApproveError::Problems { .. } => {
                ("APPROVE-PROBLEM", "Have the rep put these right, then approve it")
            }
            ApproveError::Changed(_) => {
                let safe = "The day before it is approved, and the policy waits with another one";
                let to_do = "Look at `fieldbook approve list`, then approve it again";
                return Self::told(super::error::Exit::No, "APPROVE-CHANGED", error, safe, to_do);
            }
        };
        Self::no(code, error, to_do)
    }
}
