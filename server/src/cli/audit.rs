//! `fieldbook audit`.

use clap::{Args, Subcommand};
use document_model::{Moment, add_days, format_moment};
use jiff::civil::Time;
use serde_json::{Value, json};

use super::error::{Exit, Failure};
use super::output::{Answer, table};
use crate::app::App;
use crate::audit::{AuditAction, AuditEntry, AuditFilter};
use crate::figures::day;
use crate::hub::{AuditCheck, Gate};
use crate::organisation::instant_at;
use crate::storage::Storage;

/// Rows told where no number is given.
const ROWS: usize = 100;
/// Rows told at most.
const MOST_ROWS: u64 = 100_000;

/// The audit log: who did what, when, and whether it was allowed. Rows are only ever appended, each chained to the
/// one before.
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// List rows, the newest first.
    List(List),
    /// Walk the whole log: each row must be as it was written, and none may be missing up to the end that was signed.
    #[command(after_help = "Example:
  fieldbook audit check --json")]
    Check,
}

/// Which rows.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook audit list --from yesterday --user ada
  fieldbook audit list --action account_change --limit 1000 --json")]
pub(super) struct List {
    /// First day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Only what this account did; `(command line)` for commands.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only this.
    #[arg(long, value_parser = AuditAction::ALL.map(AuditAction::as_str))]
    action: Option<String>,
    /// Only rows with this in what it was done to, or in what else is said.
    #[arg(long)]
    text: Option<String>,
    /// So many rows at most.
    #[arg(long, value_name = "NUMBER", default_value_t = ROWS as u64, value_parser = clap::value_parser!(u64).range(1..=MOST_ROWS))]
    limit: u64,
}

impl Audit {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(app).await,
            Self::Check => check(app).await,
        }
    }
}

impl List {
    async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let today = rules.day(app.clock.now());
        let of = |word: &Option<String>| word.as_deref().map(|word| day(word, today)).transpose();
        let (from, to) = (of(&self.from)?, of(&self.to)?);
        let begins = |day| instant_at(day, Time::midnight(), &rules.zone).0;
        let to = to.map_or(i64::MAX, |to| begins(add_days(to, 1)));
        let times = (from.map_or(i64::MIN, begins), to);
        let (user, action, text) = (self.user.clone(), self.action.clone(), self.text.clone());
        let filter = AuditFilter { user, action, text };
        let limit = usize::try_from(self.limit).unwrap_or(ROWS);
        let page = app.hub.audit_page(&filter, times, None, limit).await?;
        let rows: Vec<_> = page.rows.iter().map(row).collect();
        let mut text = table(&[">number", "at", "user", "action", "object", "outcome", "detail"], &rows);
        if page.next.is_some() {
            text.push_str("\n... and more: give --limit, or fewer days");
        }
        let told: Vec<_> = page.rows.iter().map(json_of).collect();
        Answer::new(text, &json!({ "rows": told, "more": page.next.is_some() }))
    }
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let fact = &entry.fact;
    vec![
        entry.number.to_string(),
        format_moment(Moment(fact.at_ms)),
        fact.user.clone(),
        fact.action.clone(),
        fact.object.clone(),
        fact.outcome.as_str().to_owned(),
        fact.detail.clone().unwrap_or_default(),
    ]
}

fn json_of(entry: &AuditEntry) -> Value {
    let fact = &entry.fact;
    json!({
        "number": entry.number, "at_ms": fact.at_ms, "user": fact.user, "device": fact.device, "action": fact.action,
        "object": fact.object, "outcome": fact.outcome.as_str(), "detail": fact.detail,
    })
}

async fn check<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let signed = app.heads.as_ref().map(|file| file.read()).transpose()?.and_then(|heads| heads.audit());
    let found = app.hub.check_audit(signed).await?;
    let AuditCheck { entries, first_wrong, .. } = found;
    let text = match first_wrong {
        None => format!("The audit log is whole: {entries} rows."),
        Some(row) => {
            format!("The audit log has {entries} rows; from row {row} on it is not what was written.")
        }
    };
    let answer = Answer::new(text, &found)?;
    if found.whole {
        return Ok(answer);
    }
    let safe = "Books and figures are checked by `fieldbook verify`";
    let to_do = "Keep a copy of the data folder and show this answer to whoever looks after the hub";
    Ok(answer.but(Failure::told(Exit::No, "AUDIT-DIFFERS", "The audit log was changed", safe, to_do)))
}
