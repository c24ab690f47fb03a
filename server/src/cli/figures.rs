//! `fieldbook figures`.

use clap::Args;
use document_model::UnitCode;

use super::error::Failure;
use super::output::{Answer, grouped, table};
use crate::app::App;
use crate::figures::{Question, QuestionError};
use crate::hub::{FigureAnswerNamed, Gate, SumsShown};
use crate::organisation::{Level, NATION};
use crate::storage::Storage;

/// A question to the figures.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook figures --from 2026-06-01 --to 2026-06-30 --level branch --unit R01
  fieldbook figures --from today --to today --level nation --by product")]
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
    #[arg(long, value_parser = ["product", "day"])]
    by: Option<String>,
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
        };
        let query = question.query(rules.day(app.clock.now()), &rules.roster, &NATION.into())?;
        let answer = app.hub.figures(&query).await?;
        Answer::new(in_words(&answer), &answer)
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
        let split = row.product.clone().or_else(|| row.day.clone()).unwrap_or_default();
        let names = vec![row.unit.to_string(), row.name.clone(), split];
        rows.push([names, numbers(&row.sums)].concat());
    }
    let total = vec!["total".to_owned(), String::new(), String::new()];
    rows.push([total, numbers(&answer.total)].concat());
    table(&["unit", "name", "", ">sold", ">withdrawn", ">net", ">premium won", ">net premium won"], &rows)
}

fn numbers(sums: &SumsShown) -> Vec<String> {
    let numbers = [sums.sold, sums.withdrawn, sums.net, sums.premium_gross_won, sums.premium_net_won];
    numbers.map(grouped).into()
}
