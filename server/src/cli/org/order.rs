//! Orders typed one at a time.

use std::fmt::Write;

use clap::Args;
use document_model::{Date, add_days};
use serde_json::json;

use super::{code, codes, day_of};
use crate::app::App;
use crate::cli::error::Failure;
use crate::cli::output::Answer;
use crate::hub::Gate;
use crate::import::{Terms, carry_out as carry_out_changes};
use crate::organisation::{Changes, Order, career};
use crate::storage::Storage;

/// Units named in an answer for people; `--json` has all.
const PRINTED: usize = 20;

/// An order, and whether it is only tried.
type Asked = Result<(Order, bool), Failure>;

/// When an order takes effect, and whether.
#[derive(Debug, Args)]
pub(in crate::cli) struct When {
    /// The first day it is so: YYYY-MM-DD, `today` or `yesterday`. It stays so up to the next change known.
    #[arg(long, value_name = "DAY")]
    from: String,
    #[command(flatten)]
    trial: Trial,
}

/// Whether an order takes effect.
#[derive(Debug, Args)]
pub(in crate::cli) struct Trial {
    /// Say what would change; change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl When {
    fn day(&self, today: Date) -> Result<Date, Failure> {
        day_of(&self.from, today)
    }
}

/// Hiring.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org hire P0007 --name 김철수 --branch B1 --from 2026-07-01")]
pub(in crate::cli) struct Hire {
    /// The rep's code; one who comes back has the same as before.
    #[arg(value_name = "REP")]
    rep: String,
    /// The rep's name; one who comes back keeps the name known.
    #[arg(long)]
    name: Option<String>,
    /// The branch.
    #[arg(long, value_name = "CODE")]
    branch: String,
    #[command(flatten)]
    when: When,
}

impl Hire {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        let (rep, branch, name) = (code(&self.rep), code(&self.branch), self.name.clone());
        Ok((Order::Hire { rep, name, branch, from }, self.when.trial.dry_run))
    }
}

/// Leaving.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org leave P0007 --from 2026-07-01")]
pub(in crate::cli) struct Leave {
    /// The rep.
    #[arg(value_name = "REP")]
    rep: String,
    /// The first day the rep is gone: YYYY-MM-DD, `today` or `yesterday`.
    #[arg(long, value_name = "DAY")]
    from: String,
    #[command(flatten)]
    trial: Trial,
}

impl Leave {
    pub(super) fn order(&self, today: Date) -> Asked {
        let last_day = add_days(day_of(&self.from, today)?, -1);
        Ok((Order::Leave { rep: code(&self.rep), last_day }, self.trial.dry_run))
    }
}

/// Moving.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org move P0007 --to B2 --from 2026-07-01
  fieldbook org move B2 --to R3 --from 2026-07-01 --dry-run")]
pub(in crate::cli) struct Move {
    /// The rep or branch.
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The branch or region it goes to.
    #[arg(long, value_name = "CODE")]
    to: String,
    #[command(flatten)]
    when: When,
}

impl Move {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        Ok((Order::Move { unit: code(&self.unit), to: code(&self.to), from }, self.when.trial.dry_run))
    }
}

/// Splitting.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org split B1 --new B7 --name 마포 --take P0003,P0004 --from 2026-07-01")]
pub(in crate::cli) struct Split {
    /// The unit.
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The code of the new unit beside it.
    #[arg(long, value_name = "CODE")]
    new: String,
    /// The name of the new unit.
    #[arg(long)]
    name: String,
    /// Who goes to the new unit, with commas between them.
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    take: Vec<String>,
    #[command(flatten)]
    when: When,
}

impl Split {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        let (unit, new, name, children) =
            (code(&self.unit), code(&self.new), self.name.clone(), codes(&self.take));
        Ok((Order::Split { unit, new, name, children, from }, self.when.trial.dry_run))
    }
}

/// Merging.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org merge B2 B3 --into B1 --from 2026-07-01")]
pub(in crate::cli) struct Merge {
    /// The units that close.
    #[arg(value_name = "UNIT", required = true)]
    units: Vec<String>,
    /// The unit that goes on.
    #[arg(long, value_name = "CODE")]
    into: String,
    #[command(flatten)]
    when: When,
}

impl Merge {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        let (units, into) = (codes(&self.units), code(&self.into));
        Ok((Order::Merge { units, into, from }, self.when.trial.dry_run))
    }
}

/// Closing.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org close B3 --successor B1 --from 2026-07-01")]
pub(in crate::cli) struct Close {
    /// The unit.
    #[arg(value_name = "UNIT")]
    unit: String,
    /// The unit that goes on with what it did and takes what is below it; only a unit that never had anything below
    /// it closes without one.
    #[arg(long, value_name = "CODE")]
    successor: Option<String>,
    #[command(flatten)]
    when: When,
}

impl Close {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        let (unit, successor) = (code(&self.unit), self.successor.as_deref().map(code));
        Ok((Order::Close { unit, successor, from }, self.when.trial.dry_run))
    }
}

/// Opening.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook org open R4 --name 제주 --in nation --from 2026-07-01
  fieldbook org open B9 --name 서귀포 --in R4 --from 2026-07-01")]
pub(in crate::cli) struct Open {
    /// The code of the new unit.
    #[arg(value_name = "UNIT")]
    unit: String,
    /// Its name.
    #[arg(long)]
    name: String,
    /// The unit above: a region for a branch, `nation` for a region.
    #[arg(long = "in", value_name = "CODE")]
    parent: String,
    #[command(flatten)]
    when: When,
}

impl Open {
    pub(super) fn order(&self, today: Date) -> Asked {
        let from = self.when.day(today)?;
        let (unit, name, parent) = (code(&self.unit), self.name.clone(), code(&self.parent));
        Ok((Order::Open { unit, name, parent, from }, self.when.trial.dry_run))
    }
}

/// Carries an order out, or only says what would change.
pub(super) async fn carry_out<S: Storage, G: Gate>(
    app: &App<S, G>,
    order: &Order,
    dry_run: bool,
) -> Result<Answer, Failure> {
    let (roster, rules) = app.hub.storage().roster().await?;
    let mut changes = Changes::of(roster);
    changes.take(order)?;
    let terms = Terms::command_line(dry_run, app.clock.now());
    let is_done = !dry_run && changes.units().next().is_some();
    let rejudged = if is_done { carry_out_changes(&app.hub, &changes, rules, &terms).await? } else { 0 };
    let units: Vec<_> = changes.units().collect();
    let mut text = match (units.len(), dry_run) {
        (0, _) => "It is so already; nothing was changed.".to_owned(),
        (count, true) => format!("Nothing was changed; {count} units would be different:"),
        (count, false) => format!("{count} units are different:"),
    };
    let mut shown = Vec::new();
    for (unit, before, after) in units {
        let (name, was, is) = (changes.roster().name(unit), career(before), career(after));
        if shown.len() < PRINTED {
            let was = if before.is_empty() { "new".to_owned() } else { format!("was {was}") };
            write!(text, "\n  {unit} {name}: {is} ({was})").ok();
        }
        shown.push(json!({ "code": unit, "name": name, "was": was, "is": is }));
    }
    if shown.len() > PRINTED {
        write!(text, "\n  ... and {} more", shown.len() - PRINTED).ok();
    }
    if rejudged > 0 {
        write!(text, "\n{rejudged} policies count differently now.").ok();
    }
    let done = !dry_run && !shown.is_empty();
    Answer::new(text, &json!({ "done": done, "units": shown, "rejudged": rejudged }))
}
