//! `fieldbook close-day` and `fieldbook explain`.

use clap::Args;
use document_model::UnitCode;

use super::error::Failure;
use super::output::{Answer, grouped, table};
use crate::app::App;
use crate::audit::By;
use crate::figures::{QuestionError, State, day};
use crate::hub::{ClosingError, ClosingShown, EntryShown, ExplainError, Explanation, Gate};
use crate::organisation::{Level, NATION};
use crate::storage::Storage;

/// Entries printed for people; `--json` has all.
const PRINTED: usize = 50;

/// An order to close a day.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook close-day --date yesterday
  fieldbook close-day --date 2026-06-01 --unit B01")]
pub(super) struct CloseDay {
    /// The business day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    date: String,
    /// One unit alone, whose own units below are closed already; without it all that are not closed yet.
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// The last word: what is closed already becomes final.
    #[arg(long = "final")]
    is_final: bool,
}

impl CloseDay {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let now = app.clock.now();
        let date = day(&self.date, rules.day(now))?;
        let unit = self.unit.as_deref().map(UnitCode::from);
        let closed =
            app.hub.close_day_by(&By::command_line(), date, unit.as_ref(), self.is_final, now).await?;
        Answer::new(stamps(&closed), &closed)
    }
}

/// A question why two figures differ.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook explain --unit R01 --date yesterday --between closed,now
  fieldbook explain --unit nation --date 2026-06-01 --between 2026-06-01T18:00,now")]
pub(super) struct Explain {
    /// The unit.
    #[arg(long, value_name = "CODE", default_value = NATION)]
    unit: String,
    /// The business day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    date: String,
    /// Two states: `closed`, `now`, or an instant like 2026-06-01T18:00.
    #[arg(long, value_name = "FROM,TO", value_delimiter = ',', num_args = 1, required = true)]
    between: Vec<String>,
}

impl Explain {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let rules = app.hub.current_rules().await?;
        let now = app.clock.now();
        let date = day(&self.date, rules.day(now))?;
        let unit = UnitCode::from(self.unit.as_str());
        let level = rules.roster.level(&unit).ok_or_else(|| QuestionError::UnknownUnit(unit.clone()))?;
        let [from, to] = self.between.as_slice() else {
            let told = "--between takes two states, like closed,now".to_owned();
            return Err(QuestionError::Unreadable(told).into());
        };
        let state = |word: &str| State::of_word(word, now, &rules.zone);
        let states = (app.hub.view_of(state(from)?).await?, app.hub.view_of(state(to)?).await?);
        let explanation = app.hub.explain((level, unit), date, states).await?;
        Answer::new(in_words(&explanation), &explanation)
    }
}

impl From<ClosingError> for Failure {
    fn from(error: ClosingError) -> Self {
        match error {
            ClosingError::Hub(error) => error.into(),
            ClosingError::UnknownUnit(..) | ClosingError::OfRep(_) => {
                Self::no("CLOSE-UNIT", error, "Name a branch, a region or the nation as it was on that day")
            }
            ClosingError::Future(_) => Self::no("CLOSE-DAY", error, "Close a day that has begun"),
            ClosingError::Again(..) => Self::no(
                "CLOSE-AGAIN",
                error,
                "What came later is in the figures of now; `fieldbook explain` lists it",
            ),
            ClosingError::Excepted(_) => Self::no(
                "CLOSE-EXCEPTED",
                error,
                "Wait until it has ended, or end it with `fieldbook exception close`",
            ),
            ClosingError::OpenBelow { .. } => Self::no("CLOSE-OPEN", error, "Close the units below first"),
        }
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Hub(error) => error.into(),
            ExplainError::NotClosed(..) => {
                Self::no("EXPLAIN-OPEN", error, "Close the day, or ask between two instants")
            }
            ExplainError::TooMany => {
                Self::no("EXPLAIN-MANY", error, "Ask for a branch or a rep, or for instants closer together")
            }
        }
    }
}

pub(super) fn stamps(closed: &[ClosingShown]) -> String {
    let row = |stamp: &ClosingShown| {
        let numbers = [stamp.sums.sold, stamp.sums.net, stamp.sums.premium_net_won].map(grouped);
        let names =
            [stamp.unit.to_string(), stamp.name.clone(), stamp.stamp.to_string(), stamp.state.to_owned()];
        names.into_iter().chain(numbers).collect()
    };
    // Branches are many: people look at the units above.
    let above = |stamp: &&ClosingShown| stamp.level < Level::Branch || closed.len() == 1;
    let rows: Vec<_> = closed.iter().filter(above).map(row).collect();
    let day = closed.first().map_or("", |stamp| stamp.day.as_str());
    let headings = ["unit", "name", ">stamp", "state", ">sold", ">net", ">net premium won"];
    format!("{day}: {} units\n{}", closed.len(), table(&headings, &rows))
}

fn in_words(explanation: &Explanation) -> String {
    let row = |entry: &EntryShown| {
        let names =
            [entry.arrived.clone(), entry.kind.to_owned(), entry.rep.to_string(), entry.product.clone()];
        let names = names.into_iter().chain([entry.policy.to_string()]);
        names.chain([entry.count, entry.won].map(grouped)).collect()
    };
    let rows: Vec<_> = explanation.entries.iter().take(PRINTED).map(row).collect();
    let Explanation { unit, date, from, to, difference, entries } = explanation;
    let mut text = format!(
        "{unit} on {date}: net {} -> {}, net premium {} -> {} won; difference {} and {} won in {} entries",
        grouped(from.net),
        grouped(to.net),
        grouped(from.premium_net_won),
        grouped(to.premium_net_won),
        grouped(difference.net),
        grouped(difference.premium_net_won),
        entries.len()
    );
    if !rows.is_empty() {
        text += "\n";
        text += &table(&["arrived", "what", "rep", "product", "policy", ">net", ">net premium won"], &rows);
    }
    if entries.len() > PRINTED {
        text += &format!("\n... and {} more", entries.len() - PRINTED);
    }
    text
}
