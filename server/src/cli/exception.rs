//! `fieldbook exception`.

use clap::{Args, Subcommand};
use document_model::UnitCode;

use super::closing::stamps;
use super::error::Failure;
use super::output::{Answer, table};
use crate::app::App;
use crate::audit::By;
use crate::figures::{day, instant_of};
use crate::hub::{ExceptionAsked, ExceptionEnded, ExceptionError, ExceptionShown, Gate};
use crate::storage::Storage;

/// Exceptions to closings: what one rep sends late still counts for a closed day, in a stamp of its own beside
/// the first one.
#[derive(Debug, Subcommand)]
pub(super) enum Exception {
    /// Open one. When it ends, by itself or early, the branch gets its next stamp, and units above with it.
    Open(Open),
    /// List exceptions, the newest first, ended ones included.
    #[command(after_help = "Example:
  fieldbook exception list --open")]
    List {
        /// Only those that are open.
        #[arg(long)]
        open: bool,
    },
    /// End one early: what has come by now is stamped.
    #[command(after_help = "Example:
  fieldbook exception close 3")]
    Close {
        /// Its number.
        #[arg(value_name = "ID")]
        id: u64,
    },
}

/// What is opened, for whom.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook exception open --unit B1 --date yesterday --user kim --until 2026-06-02T18:00")]
pub(super) struct Open {
    /// The branch.
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// The closed business day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    date: String,
    /// The account of the rep, who was in that branch that day.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// When it ends by itself, like 2026-06-02T18:00; at most 31 days from now.
    #[arg(long, value_name = "INSTANT")]
    until: String,
    /// Why; kept with it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Exception {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match self {
            Self::Open(open) => open.run(app).await,
            Self::List { open } => {
                let found = app.hub.exceptions(*open).await?;
                Answer::new(listed(&found), &found)
            }
            Self::Close { id } => {
                let ended = app.hub.end_exception_by(&By::command_line(), *id, app.clock.now()).await?;
                Answer::new(ended_in_words(&ended), &ended)
            }
        }
    }
}

impl Open {
    async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let now = app.clock.now();
        let asked = ExceptionAsked {
            unit: UnitCode::from(self.unit.as_str()),
            day: day(&self.date, rules.day(now))?,
            user: self.user.clone(),
            until: instant_of(&self.until, &rules.zone)?,
            reason: self.reason.clone(),
        };
        let opened = app.hub.open_exception_by(&By::command_line(), asked, now).await?;
        let ExceptionShown { id, unit, day, user, until, .. } = &opened;
        let text = format!(
            "Exception {id}: what {user} sends until {until} counts for {unit} on {day}, in a stamp of its own."
        );
        Answer::new(text, &opened)
    }
}

fn listed(found: &[ExceptionShown]) -> String {
    if found.is_empty() {
        return "There are no exceptions.".to_owned();
    }
    let row = |one: &ExceptionShown| {
        let outcome = match (&one.ended_at, one.stamp) {
            (None, _) => "open".to_owned(),
            (Some(_), Some(stamp)) => format!("stamp {stamp}"),
            (Some(_), None) => "nothing came".to_owned(),
        };
        let reason = one.reason.clone().unwrap_or_default();
        let named = [one.id.to_string(), one.day.clone(), one.unit.to_string(), one.user.clone()];
        named.into_iter().chain([one.opened_by.clone(), one.until.clone(), outcome, reason]).collect()
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    table(&[">id", "day", "unit", "user", "opened by", "until", "outcome", "reason"], &rows)
}

fn ended_in_words(ended: &ExceptionEnded) -> String {
    let ExceptionShown { id, unit, day, user, stamp, .. } = &ended.exception;
    match stamp {
        None => format!(
            "Exception {id} has ended. Nothing of {user} came for {unit} on {day}: the stamps stay as they are."
        ),
        Some(stamp) => format!(
            "Exception {id} has ended: {unit} has stamp {stamp}, the one before stays.\n{}",
            stamps(&ended.stamps)
        ),
    }
}

impl From<ExceptionError> for Failure {
    fn from(error: ExceptionError) -> Self {
        use ExceptionError as E;
        let (code, to_do) = match error {
            E::Hub(error) => return error.into(),
            E::UnknownUnit(..) | E::NotBranch(..) => {
                ("EXCEPTION-UNIT", "Name a branch as it was on that day")
            }
            E::UnknownUser(_) => {
                ("EXCEPTION-USER", "Look at the name; `fieldbook user list` shows all accounts")
            }
            E::NotRep(_) => ("EXCEPTION-USER", "Name the account of a rep"),
            E::Elsewhere { .. } => ("EXCEPTION-USER", "Name the branch that the rep was in that day"),
            E::Past(_) | E::TooFar(_) => ("EXCEPTION-UNTIL", "Give an instant within the next 31 days"),
            E::LongReason => ("EXCEPTION-REASON", "Say it shorter"),
            E::NotClosed(..) => ("EXCEPTION-OPEN", "Close the day first, or wait until it is"),
            E::Moved(..) => ("EXCEPTION-MOVED", "`fieldbook explain` lists what came later"),
            E::Final(..) => {
                ("EXCEPTION-FINAL", "Final figures stay; `fieldbook explain` lists what came later")
            }
            E::Again { .. } => ("EXCEPTION-AGAIN", "Wait until it has ended, or end it first"),
            E::TooMany => ("EXCEPTION-MANY", "End some; `fieldbook exception list --open` shows them"),
            E::Unknown(_) => ("EXCEPTION-UNKNOWN", "`fieldbook exception list` shows all"),
            E::Ended(_) => ("EXCEPTION-ENDED", "`fieldbook exception list` says what it led to"),
        };
        Self::no(code, error, to_do)
    }
}
