//! Who is away, and who is back.

use clap::Args;
use document_model::{Date, UnitCode};
use serde_json::json;

use super::{code, day_of};
use crate::app::App;
use crate::audit::{AuditAction, By};
use crate::cli::error::Failure;
use crate::cli::output::Answer;
use crate::hub::Gate;
use crate::import::CutOff;
use crate::organisation::{Absence, Absences, Level, OrderRefused, career};
use crate::storage::{AdminChange, AdminOrder, AdminOutcome, Storage};

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
        check_rep(app, &rep, from).await?;
        let absence = Absence { rep: rep.clone(), from, to, reason: self.reason.clone() };
        let words = absence.in_words();
        let before = known(app).await?;
        let all = before.with(absence)?;
        put(app, &rep, (&before, all), format!("{rep} is absent {words}.")).await
    }
}

impl Back {
    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        today: Date,
    ) -> Result<Answer, Failure> {
        let (rep, from) = (code(&self.rep), day_of(&self.from, today)?);
        check_rep(app, &rep, from).await?;
        let before = known(app).await?;
        let all = before.ended(&rep, from)?;
        put(app, &rep, (&before, all), format!("{rep} is back from {from} on.")).await
    }
}

/// Only a rep of that day can be away from it.
async fn check_rep<S: Storage, G: Gate>(app: &App<S, G>, rep: &UnitCode, day: Date) -> Result<(), Failure> {
    let (roster, _) = app.hub.storage().roster().await?;
    let unit = rep.clone();
    let refused = match (roster.level(rep), roster.on(rep, day)) {
        (Some(Level::Rep), Some(_)) => return Ok(()),
        (Some(Level::Rep), None) => OrderRefused::NotThen { unit, day, career: career(roster.spans(rep)) },
        (Some(is), _) => OrderRefused::Level { unit, is, must: Level::Rep },
        (None, _) => OrderRefused::Unknown(unit),
    };
    Err(refused.into())
}

async fn known<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Absences, Failure> {
    Ok(app.hub.storage().absences().await?.into_iter().collect())
}

/// Stores the absences of a rep in place of those it was decided on.
async fn put<S: Storage, G: Gate>(
    app: &App<S, G>,
    rep: &UnitCode,
    (before, absences): (&Absences, Vec<Absence>),
    text: String,
) -> Result<Answer, Failure> {
    let shown: Vec<_> = absences
        .iter()
        .map(|absence| json!({ "from": absence.from, "to": absence.to, "reason": absence.reason }))
        .collect();
    let note = By::command_line().did(AuditAction::OrganisationAbsence, rep.to_string(), app.clock.now());
    // Why somebody is away is nobody's business who reads the log.
    let days: Vec<_> = absences.iter().map(Absence::in_words).collect();
    let expected = before.of(rep).to_vec();
    let change = AdminChange::Absences { rep: rep.clone(), expected, absences };
    match app.hub.storage().administer(AdminOrder { change, note: note.with(days.join("; ")) }).await? {
        AdminOutcome::Done => Answer::new(text, &json!({ "rep": rep, "absences": shown })),
        _ => Err(CutOff::Changed.into()),
    }
}
