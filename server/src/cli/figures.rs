//! `fieldbook figures`.

use clap::Args;
use document_model::UnitCode;

use super::error::Failure;
use super::figure_file::{self, FigureFile};
use super::output::{Answer, grouped, table};
use crate::app::App;
use crate::audit::{AuditAction, By};
use crate::export::FigureExport;
use crate::figures::{Question, QuestionError};
use crate::hub::{CompletenessShown, FigureAnswerNamed, Gate, OpenDay, Percent, SilentShown, SumsShown};
use crate::organisation::{Level, NATION};
use crate::storage::{FigureQuery, Storage};

/// Days printed that are not closed; `--json` has more.
const OPEN_PRINTED: usize = 10;

/// Reps printed who have not reported; `--json` has more.
const SILENT_PRINTED: usize = 10;

/// A question to the figures.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook figures --from 2026-06-01 --to 2026-06-30 --level branch --unit R01
  fieldbook figures --from today --to today --level nation --by product
  fieldbook figures --from yesterday --to yesterday --level region --closed
  fieldbook figures --from 2026-01-01 --to today --level branch --today-structure
  fieldbook figures --from 2026-06-01 --to 2026-06-30 --level rep --by day --xlsx june.xlsx")]
pub(super) struct Figures {
    /// First business day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last business day.
    #[arg(long, value_name = "DAY")]
    to: String,
    /// Only what counts under this unit.
    #[arg(long, value_name = "CODE", default_value = NATION)]
    unit: String,
    /// One row per unit of this level.
    #[arg(long, value_parser = Level::ALL.map(Level::as_str))]
    level: String,
    /// Split the rows further.
    #[arg(long, value_parser = ["product", "type", "day"])]
    by: Option<String>,
    /// As they were at an instant: 2026-06-01T18:00, in the company's zone unless it names an offset.
    #[arg(long, value_name = "INSTANT", conflicts_with = "closed")]
    as_of: Option<String>,
    /// As they were closed: days that are not closed are left out and named.
    #[arg(long)]
    closed: bool,
    /// Count what reps sold where they stand today, instead of where it was sold.
    #[arg(long, conflicts_with = "closed")]
    today_structure: bool,
    #[command(flatten)]
    file: FigureFile,
}

impl Figures {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let question = Question {
            from: self.from.clone(),
            to: self.to.clone(),
            level: Some(self.level.clone()),
            unit: Some(UnitCode::from(self.unit.as_str())),
            by: self.by.clone(),
            as_of: self.as_of.clone(),
            closed: self.closed,
            today_structure: self.today_structure,
        };
        let now = app.clock.now();
        let query = question.query(rules.day(now), &rules.roster, &NATION.into())?;
        let view = app.hub.view_of(question.state(now, &rules.zone)?).await?;
        let mut query = FigureQuery { view, ..query };
        if self.today_structure {
            query = app.hub.in_todays_structure(query, now).await?;
        }
        let answer = app.hub.figures(&query, now).await?;
        let Some((file, form)) = self.file.wanted() else { return Answer::new(in_words(&answer), &answer) };
        let beside = beside_in_words(&answer);
        let export = FigureExport::new(answer, &question, &query, (now, &rules.zone));
        let note = By::command_line().did(AuditAction::FiguresExport, form.as_str(), now);
        let of = format!("{} to {}, {} of {}", self.from, self.to, self.level, self.unit);
        app.hub.note(note.with(of)).await?;
        figure_file::write(&export, file, form, &beside)
    }
}

impl From<QuestionError> for Failure {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::Unreadable(_) => {
                Self::misused("FIGURES-QUESTION", error, "Ask again; `fieldbook figures --help` has examples")
            }
            QuestionError::UnknownUnit(_) => {
                Self::no("FIGURES-UNIT", error, "Ask for a unit of the organisation")
            }
        }
    }
}

fn in_words(answer: &FigureAnswerNamed) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &answer.rows {
        let parts = [&row.product, &row.product_type, &row.day];
        let split = parts.into_iter().find_map(Clone::clone).unwrap_or_default();
        let names = vec![row.unit.to_string(), row.name.clone(), split];
        rows.push([names, numbers(&row.sums)].concat());
    }
    let total = vec!["total".to_owned(), String::new(), String::new()];
    rows.push([total, numbers(&answer.total)].concat());
    let headings = [
        "unit",
        "name",
        "",
        ">sold",
        ">withdrawn",
        ">net",
        ">premium won",
        ">net premium won",
        ">APE won",
        ">lapsed",
        ">13 months %",
        ">25 months %",
    ];
    table(&headings, &rows) + &beside_in_words(answer)
}

/// What stands below the rows, each on a line of its own: who has reported, and which days are not closed.
fn beside_in_words(answer: &FigureAnswerNamed) -> String {
    let mut text = answer.completeness.as_ref().map(who_reported).unwrap_or_default();
    for OpenDay { unit, day } in answer.open.iter().take(OPEN_PRINTED) {
        text += &format!("\n{day} is not closed for {unit}");
    }
    if answer.open.len() > OPEN_PRINTED {
        text += &format!("\n... and {} more", answer.open.len() - OPEN_PRINTED);
    }
    text
}

fn who_reported(completeness: &CompletenessShown) -> String {
    let CompletenessShown { expected, reported, silent } = completeness;
    let mut text = match expected {
        0 => "\nNobody is expected to report for these days.".to_owned(),
        _ => format!("\n{reported} of {expected} reps have reported."),
    };
    for silent in silent.iter().take(SILENT_PRINTED) {
        let SilentShown { rep, name, branch, day, last_contact, .. } = silent;
        let contact =
            last_contact.as_deref().map_or("never in contact".to_owned(), |at| format!("last contact {at}"));
        text += &format!("\n{rep} {name} in {branch} has not reported {day}: {contact}");
    }
    if silent.len() > SILENT_PRINTED {
        text += &format!("\n... and {} more", expected - reported - SILENT_PRINTED);
    }
    text
}

fn numbers(sums: &SumsShown) -> Vec<String> {
    let SumsShown { sold, withdrawn, net, premium_gross_won, premium_net_won, ape_net_won, lapsed, .. } =
        *sums;
    let numbers = [sold, withdrawn, net, premium_gross_won, premium_net_won, ape_net_won, lapsed];
    let percent =
        |percent: Option<Percent>| percent.map(|known| format!("{:.1}", known.value())).unwrap_or_default();
    let persistency = [sums.persistency_13_percent, sums.persistency_25_percent].map(percent);
    [numbers.map(grouped).to_vec(), persistency.into()].concat()
}
