//! `fieldbook verify`.

use clap::Args;
use serde_json::json;

use super::error::{Exit, Failure};
use super::output::{Answer, spinner};
use crate::app::App;
use crate::hub::{Gate, VerifyReport};
use crate::storage::{Rebuilt, Storage};

/// Differences printed for people; `--json` has more.
const PRINTED: usize = 20;

/// Verifying.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook verify
  fieldbook verify --rebuild")]
pub(super) struct Verify {
    /// Put saved documents that are damaged back to what their entries make them, then look again.
    #[arg(long)]
    mend: bool,
    /// Add the figures' cells up anew from the ledger first. No edit is taken meanwhile: devices come again.
    #[arg(long, conflicts_with = "mend")]
    rebuild: bool,
}

impl Verify {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let progress = spinner();
        let tell = |sentence: &str| progress.set_message(sentence.to_owned());
        let rebuilt = match self.rebuild {
            true => {
                tell("adding the cells up anew");
                Some(app.hub.storage().rebuild_cells().await?)
            }
            false => None,
        };
        let done = match self.mend {
            true => app.hub.mend(app.clock.now(), &tell).await.map(|(mended, report)| (Some(mended), report)),
            false => app.hub.verify(&tell).await.map(|report| (None, report)),
        };
        progress.finish_and_clear();
        let (mended, report) = done?;
        let mut text = in_words(&report);
        let mut json = json!(report);
        if let Some(mended) = mended {
            text = format!("Mended {mended} saved documents.\n{text}");
            json["mended"] = json!(mended);
        }
        if let Some(Rebuilt { cells, differing }) = rebuilt {
            text = format!("Added up {cells} cells anew; {differing} were not as they had to be.\n{text}");
            json["rebuilt"] = json!({ "cells": cells, "differing": differing });
        }
        let answer = Answer::new(text, &json)?;
        if report.found == 0 {
            return Ok(answer);
        }
        let what = format!("{} differences", report.found);
        let safe = "What is acknowledged is in the feeds and safe; what is derived from them is not to be trusted until they \
                    are understood";
        let to_do = "Keep a copy of the data folder and show this answer to whoever looks after the hub";
        Ok(answer.but(Failure::told(Exit::No, "VERIFY-DIFFERS", what, safe, to_do)))
    }
}

fn in_words(report: &VerifyReport) -> String {
    let VerifyReport { books, entries, documents, ledger_entries, cells, found, differences } = report;
    let mut lines = vec![format!(
        "Looked at {books} books, {entries} entries, {documents} documents, {ledger_entries} ledger entries, {cells} cells: \
         {found} differences."
    )];
    let shown = differences.iter().take(PRINTED);
    lines.extend(
        shown.map(|difference| format!("{} {}: {}", difference.cache, difference.row, difference.what)),
    );
    let rest = usize::try_from(*found).unwrap_or(usize::MAX).saturating_sub(PRINTED);
    lines.extend((rest > 0).then(|| format!("... and {rest} more")));
    lines.join("\n")
}
