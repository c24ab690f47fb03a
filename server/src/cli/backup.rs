//! `fieldbook backup` and `fieldbook restore`.

use std::path::PathBuf;

use clap::Args;
use document_model::format_moment;
use serde_json::json;

use super::Cli;
use super::error::{Exit, Failure};
use super::output::{Answer, spinner};
use crate::app::{Backup, back_up, restore};

/// Backing up.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook backup /var/backups/fieldbook-2026-11-25.db")]
pub(super) struct BackUp {
    /// The new file. Keep it like the database itself: it holds everything but the keys in `secrets`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Restoring.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook restore --replace /var/backups/fieldbook-2026-11-25.db")]
pub(super) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put a database that is there aside, under another name in its folder.
    #[arg(long)]
    replace: bool,
}

impl BackUp {
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        let progress = spinner();
        let tell = |sentence: &str| progress.set_message(sentence.to_owned());
        let made = back_up(&cli.data, cli.database.as_deref(), &self.file, &tell).await;
        progress.finish_and_clear();
        let made = made?;
        let file = self.file.display();
        let text =
            format!("{file} holds everything as it was at {}; {}.", format_moment(made.made), counts(&made));
        let json = json!({
            "file": file.to_string(),
            "made": format_moment(made.made),
            "documents": made.report.documents,
            "found": made.report.found,
        });
        differences(&made, Answer::new(text, &json)?, "The backup is there and holds every edit")
    }
}

impl Restore {
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        let progress = spinner();
        let tell = |sentence: &str| progress.set_message(sentence.to_owned());
        let done = restore(&cli.data, cli.database.as_deref(), &self.file, self.replace, &tell).await;
        progress.finish_and_clear();
        let done = done?;
        let made = format_moment(done.made);
        let before: Vec<_> = done.before.iter().map(|path| path.display().to_string()).collect();
        let mut text = format!(
            "The hub is as it was at {made}; {}.\nEdits acknowledged since come back by themselves as devices \
             sync, if the keys in `secrets` are those of then.\nMade again by hand: accounts, imports, units and \
             moves between books since then. Devices that signed in or renewed their sign-in since \
             then sign in again.",
            counts(&done)
        );
        for path in &before {
            text.push_str(&format!("\nThe database that was there lies at {path}."));
        }
        let json = json!({
            "made": made,
            "documents": done.report.documents,
            "found": done.report.found,
            "before": before,
        });
        differences(&done, Answer::new(text, &json)?, "It is in place and holds every edit of then")
    }
}

fn counts(backup: &Backup) -> String {
    let report = &backup.report;
    format!(
        "{} books, {} documents, {} ledger entries",
        report.books, report.documents, report.ledger_entries
    )
}

fn differences(backup: &Backup, answer: Answer, safe: &str) -> Result<Answer, Failure> {
    if backup.report.found == 0 {
        return Ok(answer);
    }
    let what = format!("looking through the backup found {} differences", backup.report.found);
    let to_do = "Run `fieldbook verify` on the hub and show its answer to whoever looks after it";
    Ok(answer.but(Failure::told(Exit::No, "VERIFY-DIFFERS", what, safe, to_do)))
}
