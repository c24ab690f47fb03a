//! Who is away, and who is back.

use clap::Args;
use document_model::{Date, UnitCode};
use serde_json::json;

use super::{code, day_of};
use crate::app::App;
use crate::audit::By;
use crate::cli::error::Failure;
use crate::cli::output::Answer;
use crate::hub::{AbsenceOrder, Gate};
use crate::organisation::Absence;
use crate::storage::Storage;

/// Somebody is away.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org absent P0007 --from 2026-07-01 --to 2026-09-30 --reason \"parental leave\"")]
pub(in crate::cli) struct Absent {
    /// The rep.
    #[arg(value_name = "REP")]
    rep: String,
    /// The first day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// The last day; without it nobody knows yet.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Why, in a few words.
    #[arg(long)]
    reason: String,
}

/// Somebody is back.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org back P0007 --from 2026-08-03")]
pub(in crate::cli) struct Back {
    /// The rep.
    #[arg(value_name = "REP")]
    rep: String,
    /// The first day at work: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
}

impl Absent {
    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        today: Date,
    ) -> Result<Answer, Failure> {
        let (rep, from) = (code(&self.rep), day_of(&self.from, today)?);
        let to = self.to.as_deref().map(|to| day_of(to, today)).transpose()?;
        let order = AbsenceOrder::Away { from, to, reason: self.reason.clone() };
        let words = Absence { rep: rep.clone(), from, to, reason: String::new() }.in_words();
        put(app, &rep, order, format!("{rep} is absent {words}.")).await
    }
}

impl Back {
    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        today: Date,
    ) -> Result<Answer, Failure> {
        let (rep, from) = (code(&self.rep), day_of(&self.from, today)?);
        put(app, &rep, AbsenceOrder::Back(from), format!("{rep} is back from {from} on.")).await
    }
}

/// Has it noted of a rep.
async fn put<S: Storage, G: Gate>(
    app: &App<S, G>,
    rep: &UnitCode,
    order: AbsenceOrder,
    text: String,
) -> Result<Answer, Failure> {
    let absences = app.hub.note_absence(&By::command_line(), rep, order, None, app.clock.now()).await?;
    let shown: Vec<_> = absences
        .iter()
        .map(|absence| json!({ "from": absence.from, "to": absence.to, "reason": absence.reason }))
        .collect();
    Answer::new(text, &json!({ "rep": rep, "absences": shown }))
}
