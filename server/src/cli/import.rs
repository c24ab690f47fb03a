//! `fieldbook import`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::error::{Exit, Failure};
use super::output::Answer;
use crate::app::{App, StorageTrouble, SystemEntropy};
use crate::hub::{Gate, HubError};
use crate::import::{
    ImportError, ImportReport, RowNote, SheetError, import_customers, import_org, import_policies,
    import_products, import_records, read_file,
};
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
    /// Customers, each into the book of its rep. Rows that cannot be taken are listed, all others go in.
    #[command(
        after_help = "Columns: customer_no, rep_code, and the fields of a customer (name, birth_date, phone,
address.city...). With a map the columns may have any names.

Example:
  fieldbook import customers customers.csv --map customers.toml --dry-run"
    )]
    Customers(Mapped),
    /// Policies as they were sold, each into the book of the rep who sold it. Customers come first.
    #[command(
        after_help = "Columns: policy_ref, customer_no, product_code, rep_code, premium_won, sale_date, and where
wanted payment_mode and the other fields of a policy. With a map the columns may have any names.

Example:
  fieldbook import policies policies.csv --map policies.toml --dry-run"
    )]
    Policies(Mapped),
    /// What is recorded of policies: that they lapsed, or were reinstated. Figures follow. Policies come first.
    #[command(
        after_help = "Columns: policy (its id, or the policy_ref it was imported with), and where wanted lapsed_on,
reinstated_on (YYYY-MM-DD), status (in_force, lapsed, reinstated, surrendered, matured), policy_number. An empty cell
takes away what was recorded; columns that are not there leave it as it is.

Example:
  fieldbook import records records.csv --dry-run"
    )]
    Records(Mapped),
}

/// The file, and what its columns mean.
#[derive(Debug, Args)]
pub(super) struct Mapped {
    #[command(flatten)]
    source: Source,
    /// A TOML file that says which column feeds which field.
    #[arg(long, value_name = "FILE.toml")]
    map: Option<PathBuf>,
}

/// The file.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A CSV file in UTF-8, or an XLSX workbook, of which the first sheet is taken, with a line of column names.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Check the file and say what would change; change nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Import {
    /// The file's content. Read before the hub is opened: a missing file must not begin a hub.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        read(&self.source().file)
    }

    fn source(&self) -> &Source {
        let (Self::Org(source)
        | Self::Products(source)
        | Self::Customers(Mapped { source, .. })
        | Self::Policies(Mapped { source, .. })
        | Self::Records(Mapped { source, .. })) = self;
        source
    }

    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        content: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let source = self.source();
        let report = match self {
            Self::Org(_) => import_org(app, &content, source.dry_run).await?,
            Self::Products(_) => import_products(app, &content, source.dry_run).await?,
            Self::Customers(mapped) | Self::Policies(mapped) | Self::Records(mapped) => {
                mapped.import(app, &content, self).await?
            }
        };
        let by_row = matches!(self, Self::Customers(_) | Self::Policies(_) | Self::Records(_))
            && (report.imported || source.dry_run);
        told(&report, &source.file, by_row)
    }
}

/// What an import did, by words and lines; a no where rows were refused. Files are taken row by row, or whole.
pub(super) fn told(report: &ImportReport, file: &Path, by_row: bool) -> Result<Answer, Failure> {
    let answer = Answer::new(in_words(report, by_row), report)?;
    if report.is_clean() {
        return Ok(answer);
    }
    let (count, file) = (report.rejections, file.display());
    let (what, safe) = if by_row {
        (format!("{file}: {count} rows cannot be taken"), "No other row is kept back by them")
    } else {
        (format!("{file}: {count} mistakes"), "Nothing was imported")
    };
    let to_do = "Mend the lines listed, then import again";
    Ok(answer.but(Failure::told(Exit::No, "IMPORT-REFUSED", what, safe, to_do)))
}

impl Mapped {
    async fn import<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        content: &[u8],
        what: &Import,
    ) -> Result<ImportReport, Failure> {
        let map = self.map.as_deref().map(read).transpose()?;
        let not_text = |_| Failure::misused("IMPORT-MAP", "the map is not UTF-8", "Save it as UTF-8");
        let map = map.map(String::from_utf8).transpose().map_err(not_text)?;
        let bar = ProgressBar::new(0);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let progress = |done: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        };
        let (dry_run, now, mut entropy) = (self.source.dry_run, app.clock.now(), SystemEntropy);
        let (hub, map, entropy) = (&app.hub, map.as_deref(), &mut entropy);
        let report = match what {
            Import::Customers(_) => {
                import_customers(hub, content, map, dry_run, now, entropy, &progress).await
            }
            Import::Records(_) => {
                Box::pin(import_records(hub, content, map, dry_run, now, entropy, &progress)).await
            }
            _ => import_policies(hub, content, map, dry_run, now, entropy, &progress).await,
        };
        bar.finish_and_clear();
        report.map_err(|error| match error {
            ImportError::Map(why) => {
                Failure::misused("IMPORT-MAP", format!("the map: {why}"), "Mend it, then import again")
            }
            ImportError::Hub(HubError::Storage(error)) => half_way(error.into()),
            ImportError::Hub(error) => error.into(),
        })
    }
}

/// A file's content.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let to_do = |why: &SheetError| match why {
        SheetError::Unreadable(_) => "Give a file this user can read",
        SheetError::TooLarge => "Split it, and import the parts one after the other",
    };
    read_file(file)
        .map_err(|why| Failure::no("IMPORT-FILE", format!("{}: {why}", file.display()), to_do(&why)))
}

/// The storage gave out in the middle: rows go in block by block, and those before stay.
fn half_way(trouble: StorageTrouble) -> Failure {
    let safe = "Rows taken before stay, and taking them again changes nothing";
    let to_do = format!("{}; then import again", trouble.to_do());
    Failure::told(Exit::Unreachable, trouble.code(), trouble.what(), safe, to_do)
}

fn in_words(report: &ImportReport, by_row: bool) -> String {
    let ImportReport { rows, created, changed, unchanged, rejudged, imported, rejections, .. } = report;
    let mut lines = Vec::new();
    if by_row || report.is_clean() {
        let done = if *imported { "Imported" } else { "Nothing was changed; it would be" };
        let rejected = if *rejections > 0 { format!(", {rejections} rejected") } else { String::new() };
        lines.push(format!(
            "{done}: {rows} rows, {created} new, {changed} changed, {unchanged} as before{rejected}."
        ));
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
