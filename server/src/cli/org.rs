//! `fieldbook org`.

mod absence;
mod order;
mod show;

use clap::Subcommand;
use document_model::{Date, UnitCode};
use serde_json::json;

use super::error::{Exit, Failure};
use super::import::{self, Source};
use super::output::Answer;
use crate::app::{App, StorageTrouble};
use crate::audit::{AuditAction, By};
use crate::figures::day;
use crate::hub::{Gate, HubError, NotNoted};
use crate::import::{CutOff, import_orders};
use crate::organisation::OrderRefused;
use crate::storage::Storage;

/// The organisation: who is where from which day on. Figures of days past follow by themselves.
#[derive(Debug, Subcommand)]
pub(super) enum Org {
    /// Show the organisation of a day as a tree.
    Show(show::Show),
    /// A new rep, or one who comes back; a new one gets a book.
    Hire(order::Hire),
    /// A rep leaves the company.
    Leave(order::Leave),
    /// A rep goes to another branch, or a branch to another region.
    Move(order::Move),
    /// A new unit beside another one takes some of what is below it.
    Split(order::Split),
    /// Units become part of another one, which goes on with what they did.
    Merge(order::Merge),
    /// A unit closes; what is below it goes to its successor.
    Close(order::Close),
    /// A new region or branch.
    Open(order::Open),
    /// A rep is away for some days, and not expected to report. Said again from the same day it is corrected.
    Absent(absence::Absent),
    /// A rep who was absent is back.
    Back(absence::Back),
    /// Carry out the orders of a file, one a line: all of them or none.
    #[command(
        after_help = "Columns: order (hire, leave, move, split, merge, close, open), unit, day, and where wanted to, name,
units. `to` is the branch of a hire, the place of a move, the new unit of a split, the unit that goes on after a
merge or a closing, the unit above one that opens; `units` are those a split takes or further ones of a merge,
with blanks between them. An order holds from its day on: a rep who leaves is gone that day.

Example:
  order,unit,day,to,name,units
  open,B7,2026-07-01,R1,Mapo,
  move,P1,2026-07-01,B7,,
  leave,P2,2026-07-01,,,

  fieldbook org apply orders.csv --dry-run"
    )]
    Apply(Source),
    /// Judge all policies again by the organisation as it is: what an order left undone that was cut off.
    #[command(after_help = "Example:
  fieldbook org rejudge")]
    Rejudge,
}

impl Org {
    /// The content of the file a command names. Read before the hub is opened.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Apply(source) => import::read(&source.file),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        content: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let today = today(app).await?;
        let (order, dry_run) = match self {
            Self::Show(show) => return show.run(app, today).await,
            Self::Absent(absent) => return absent.run(app, today).await,
            Self::Back(back) => return back.run(app, today).await,
            Self::Rejudge => {
                let now = app.clock.now();
                let rejudged = app.hub.rejudge(now).await?;
                let note = By::command_line().did(AuditAction::Rejudge, "", now);
                app.hub.note(note.with(format!("{rejudged} policies count differently"))).await?;
                let text = format!("{rejudged} policies count differently now.");
                return Answer::new(text, &json!({ "rejudged": rejudged }));
            }
            Self::Apply(source) => {
                let report = import_orders(app, &content, source.dry_run).await?;
                return import::told(&report, &source.file, false);
            }
            Self::Hire(hire) => hire.order(today)?,
            Self::Leave(leave) => leave.order(today)?,
            Self::Move(go) => go.order(today)?,
            Self::Split(split) => split.order(today)?,
            Self::Merge(merge) => merge.order(today)?,
            Self::Close(close) => close.order(today)?,
            Self::Open(open) => open.order(today)?,
        };
        order::carry_out(app, &order, dry_run).await
    }
}

/// The day it is where the company is.
pub(super) async fn today<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Date, Failure> {
    Ok(app.hub.current_rules().await?.day(app.clock.now()))
}

/// A day somebody typed.
fn day_of(word: &str, today: Date) -> Result<Date, Failure> {
    day(word, today).map_err(|why| Failure::misused("ORG-NO-DAY", why, "Give a day"))
}

fn code(text: &str) -> UnitCode {
    UnitCode::from(text)
}

fn codes(texts: &[String]) -> Vec<UnitCode> {
    texts.iter().map(|text| code(text)).collect()
}

impl From<CutOff> for Failure {
    fn from(why: CutOff) -> Self {
        match why {
            CutOff::Before(error) => error.into(),
            CutOff::Changed => Self::no("CHANGED-MEANWHILE", why, "Run the command again"),
            CutOff::Between(HubError::Storage(error)) => {
                let trouble = StorageTrouble::from(error);
                let safe = "It is as ordered; not all figures of days past have followed yet";
                let to_do = format!("{}; then run `fieldbook org rejudge`", trouble.to_do());
                Self::told(Exit::Unreachable, trouble.code(), trouble.what(), safe, to_do)
            }
            CutOff::Between(error) => error.into(),
        }
    }
}

impl From<OrderRefused> for Failure {
    fn from(refused: OrderRefused) -> Self {
        Self::no(refused.code(), &refused, refused.to_do())
    }
}

impl From<NotNoted> for Failure {
    fn from(why: NotNoted) -> Self {
        match why {
            NotNoted::Hub(error) => error.into(),
            told => Self::no(told.code(), &told, told.to_do()),
        }
    }
}
