//! `fieldbook config`.

use clap::Args;
use serde_json::json;

use super::Cli;
use super::error::Failure;
use super::output::Answer;
use crate::app::{forget_setting, stored_settings};
use crate::config::{EXAMPLE, Layers, SettingShown, shown};

/// The settings.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook config
  fieldbook config --forget http.drain_s
  fieldbook config --example > fieldbook-data/fieldbook.toml")]
pub(super) struct Show {
    /// Print a settings file with every setting, its default and what it means.
    #[arg(long)]
    example: bool,
    /// Take back what an administrator set, also where it keeps the hub from starting.
    #[arg(long, value_name = "KEY", conflicts_with = "example")]
    forget: Option<String>,
}

impl Show {
    /// The settings of a data folder; they need no hub.
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        if self.example {
            return Answer::new(EXAMPLE.trim_end(), &json!({"example": EXAMPLE}));
        }
        let database = cli.database.as_deref();
        if let Some(key) = &self.forget {
            if forget_setting(&cli.data, database, key).await? {
                let words = format!("Taken back: {key}. A hub that runs goes on as it was started.");
                return Answer::new(words, &json!({"forgotten": key}));
            }
            let what = format!("no administrator has set {key:?}");
            return Err(Failure::no("SETTING-NOT-SET", what, "`fieldbook config` shows who says what"));
        }
        // What is wrong in the file is told before a database is opened.
        let layers = Layers::read(&cli.data)?;
        let running = layers.without_administrator()?;
        let settings = shown(&layers, &stored_settings(&cli.data, database).await?, &running)?;
        let lines: Vec<_> = settings.rows.iter().map(line).collect();
        Answer::new(lines.join("\n"), &settings)
    }
}

/// A setting as a settings file could hold it, and who says so.
fn line(row: &SettingShown) -> String {
    let said = format!("{} = {}", row.key, row.value);
    format!("{said:<58} # {}", row.origin.as_str())
}
