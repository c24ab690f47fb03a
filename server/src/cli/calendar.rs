//! `fieldbook calendar`.

use clap::{Args, Subcommand};
use jiff::civil::date;
use serde_json::json;

use super::error::Failure;
use super::import::{self, Source};
use super::org::today;
use super::output::{Answer, table};
use crate::app::App;
use crate::hub::Gate;
use crate::import::import_calendar;
use crate::organisation::Calendar as Days;
use crate::storage::Storage;

/// Working days: the days reps are expected to report. Weekends and Korean public holidays are known; what the
/// company says of a day counts in their place.
#[derive(Debug, Subcommand)]
pub(super) enum Calendar {
    /// Show the days of a year that something is said of.
    Show(Show),
    /// Take over days from a file: they count in place of what is known.
    #[command(after_help = "Columns: day (YYYY-MM-DD), working (yes or no), and where wanted name.

Example:
  fieldbook calendar import days.csv --dry-run")]
    Import(Source),
}

/// What is shown.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook calendar show --year 2027")]
pub(super) struct Show {
    /// The year; this year where it is left out.
    #[arg(long, value_parser = clap::value_parser!(i16).range(1800..=2200))]
    year: Option<i16>,
}

impl Calendar {
    /// The content of the file a command names. Read before the hub is opened.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Import(source) => import::read(&source.file),
            Self::Show(_) => Ok(Vec::new()),
        }
    }

    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        content: Vec<u8>,
    ) -> Result<Answer, Failure> {
        match self {
            Self::Show(show) => {
                let year = show.year.unwrap_or(today(app).await?.year());
                in_words(&Days::of(app.hub.storage().calendar().await?), year)
            }
            Self::Import(source) => {
                let report = import_calendar(app, &content, source.dry_run).await?;
                import::told(&report, &source.file, false)
            }
        }
    }
}

fn in_words(calendar: &Days, year: i16) -> Result<Answer, Failure> {
    let days: Vec<_> = calendar.year(year).collect();
    let rows: Vec<_> = days
        .iter()
        .map(|said| {
            let weekday = format!("{:?}", said.day.weekday());
            let is = if said.working { "working" } else { "free" };
            vec![said.day.to_string(), weekday[..3].to_owned(), is.to_owned(), said.name.clone()]
        })
        .collect();
    let working = calendar.working_days(date(year, 1, 1), date(year, 12, 31));
    let shipped = Days::is_shipped(year);
    let mut text = table(&["day", "", "is", "name"], &rows);
    text.push_str(&format!("\n{year} has {working} working days; Saturdays and Sundays are free."));
    if !shipped {
        text.push_str(&format!(
            "\nThe public holidays of {year} are not known to this version: import them with `fieldbook calendar import`."
        ));
    }
    let json = json!({ "year": year, "working_days": working, "holidays_known": shipped, "days": days });
    Answer::new(text, &json)
}
