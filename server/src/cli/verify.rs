//! `fieldbook verify`.

use clap::Args;
use serde_json::json;

use super::error::{Exit, Failure};
use super::output::{Answer, spinner};
use crate::app::App;
use crate::hub::{Gate, LedgerHeads, VerifyReport};
use crate::storage::{Rebuilt, Storage};

/// Differences printed for people; `--json` has more.
const PRINTED: usize = 20;

/// Verifying.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook verify
  fieldbook verify --rebuild
  fieldbook verify --sign-anew")]
pub(super) struct Verify {
    /// Put saved documents that are damaged back to what their entries make them, then look again.
    #[arg(long)]
    mend: bool,
    /// Add the figures' cells up anew from the ledger first. No edit is taken meanwhile: devices come again.
    #[arg(long, conflicts_with = "mend")]
    rebuild: bool,
    /// Where nothing differs, take the ledgers for whole as they are: after an older copy of the database was put
    /// back by hand. Without it they must hold what was signed of them before.
    #[arg(long)]
    sign_anew: bool,
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
        let signed = match &app.heads {
            Some(file) if !self.sign_anew => file.read()?,
            _ => LedgerHeads::default(),
        };
        let mended = match self.mend {
            true => Some(app.hub.mend(app.clock.now(), &tell).await),
            false => None,
        };
        let report = app.hub.verify_against(&signed, &tell).await;
        progress.finish_and_clear();
        let (mended, report) = (mended.transpose()?, report?);
        let signed_anew = self.sign_anew && report.found == 0;
        if let Some(file) = app.heads.as_ref().filter(|_| signed_anew) {
            file.write(&app.hub.ledger_heads(&LedgerHeads::default()).await?.heads)?;
        }
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
        if signed_anew {
            text = format!("Signed the ends of the ledgers anew.\n{text}");
            json["signed_anew"] = json!(true);
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
    let VerifyReport { books, entries, documents, ledger_entries, cells, audit_entries, found, differences } =
        report;
    let mut lines = vec![format!(
        "Looked at {books} books, {entries} entries, {documents} documents, {ledger_entries} ledger entries, {cells} cells, \
         {audit_entries} rows of the audit log: {found} differences."
    )];
    let shown = differences.iter().take(PRINTED);
    lines.extend(
        shown.map(|difference| format!("{} {}: {}", difference.cache, difference.row, difference.what)),
    );
    let rest = usize::try_from(*found).unwrap_or(usize::MAX).saturating_sub(PRINTED);
    lines.extend((rest > 0).then(|| format!("... and {rest} more")));
    lines.join("\n")
}
