//! `fieldbook import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::error::Failure;
use super::output::Answer;
use crate::app::App;
use crate::hub::Gate;
use crate::import::{ImportReport, RowNote, import_org, import_products, read_file};
use crate::storage::Storage;

/// Notes of one kind printed for people; `--json` has more.
const PRINTED: usize = 20;

/// What is imported.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Regions, branches and reps; every rep gets a book.
    #[command(
        after_help = "Columns: region_code, region_name, branch_code, branch_name, rep_code, rep_name, and where
wanted valid_from, valid_to of the rep in the branch (YYYY-MM-DD).

Example:
  fieldbook import org units.csv --dry-run"
    )]
    Org(Source),
    /// The product catalogue.
    #[command(
        after_help = "Columns: product_code, product_name, type, and where wanted valid_from, valid_to (YYYY-MM-DD).

Example:
  fieldbook import products products.csv"
    )]
    Products(Source),
}

/// The file.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A CSV file in UTF-8 with a line of column names.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Check the file and say what would change; change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        let (Self::Org(source) | Self::Products(source)) = self;
        let content = read_file(&source.file).map_err(|why| {
            Failure::no("IMPORT-FILE", format!("{}: {why}. Nothing was imported", source.file.display()))
        })?;
        let report = match self {
            Self::Org(_) => import_org(app, &content, source.dry_run).await?,
            Self::Products(_) => import_products(app, &content, source.dry_run).await?,
        };
        let answer = Answer::new(in_words(&report), &report)?;
        if report.is_clean() {
            return Ok(answer);
        }
        let (count, file) = (report.rejections, source.file.display());
        let message = format!(
            "{file}: {count} mistakes. Nothing was imported. Mend the lines listed, then import again"
        );
        Ok(answer.but(Failure::no("IMPORT-REFUSED", message)))
    }
}

fn in_words(report: &ImportReport) -> String {
    let ImportReport { rows, created, changed, unchanged, rejudged, imported, .. } = report;
    let mut lines = Vec::new();
    if report.is_clean() {
        let done = if *imported { "Imported" } else { "Nothing was changed; it would be" };
        lines.push(format!("{done}: {rows} rows, {created} new, {changed} changed, {unchanged} as before."));
    }
    if *rejudged > 0 {
        lines.push(format!("{rejudged} policies count differently now."));
    }
    lines.extend(notes("rejected", &report.rejected, report.rejections));
    lines.extend(notes("warning", &report.warnings, report.warnings.len()));
    lines.join("\n")
}

fn notes<'a>(what: &'a str, notes: &'a [RowNote], count: usize) -> impl Iterator<Item = String> + 'a {
    let listed =
        notes.iter().take(PRINTED).map(move |note| format!("line {}: {what}: {}", note.line, note.reason));
    let rest = count.saturating_sub(PRINTED);
    listed.chain((rest > 0).then(|| format!("... and {rest} more")))
}
