//! The organisation as a tree.

use clap::Args;
use document_model::Date;
use serde_json::json;

use super::{code, day_of};
use crate::app::App;
use crate::cli::error::Failure;
use crate::cli::output::Answer;
use crate::hub::Gate;
use crate::organisation::{Absences, Level, NATION, OrderRefused, Tree, career};
use crate::storage::Storage;

/// What is shown.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org show
  fieldbook org show --unit B1 --on 2026-06-30")]
pub(in crate::cli) struct Show {
    /// Only this unit and what is below it.
    #[arg(long, value_name = "CODE", default_value = NATION)]
    unit: String,
    /// The day: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY", default_value = "today")]
    on: String,
}

impl Show {
    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        today: Date,
    ) -> Result<Answer, Failure> {
        let (unit, day) = (code(&self.unit), day_of(&self.on, today)?);
        let (roster, _) = app.hub.storage().roster().await?;
        if roster.level(&unit).is_none() {
            return Err(OrderRefused::Unknown(unit).into());
        }
        let absences: Absences = app.hub.storage().absences().await?.into_iter().collect();
        let career = career(roster.spans(&unit));
        let Some(tree) = Tree::of(&roster, &absences, &unit, day) else {
            return Err(OrderRefused::NotThen { unit, day, career }.into());
        };
        let mut lines = Vec::new();
        draw(&tree, 0, day, &mut lines);
        if unit.as_str() != NATION {
            lines.push(format!("{unit} is {career}."));
        }
        Answer::new(lines.join("\n"), &json!({ "day": day, "unit": tree }))
    }
}

/// One line a unit, those below it further to the right.
fn draw(tree: &Tree, depth: usize, day: Date, lines: &mut Vec<String>) {
    let gap = "  ".repeat(depth);
    let mut line = match tree.level {
        Level::Nation => format!("{} on {day}", tree.code),
        _ => format!("{gap}{} {}", tree.code, tree.name),
    };
    if tree.level != Level::Rep {
        line.push_str(&format!(", {} reps", tree.reps()));
    }
    if let Some(to) = tree.to {
        line.push_str(&format!(", until {to}"));
    }
    if let Some(successor) = &tree.successor {
        line.push_str(&format!(", then {successor}"));
    }
    if let Some(reason) = &tree.absent {
        line.push_str(&format!(", absent: {reason}"));
    }
    lines.push(line);
    tree.below.iter().for_each(|below| draw(below, depth + 1, day, lines));
}
