//! Figures into a file, or onto standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::error::{Exit, Failure};
use super::output::Answer;
use crate::export::{ExportError, FigureExport, FileForm};

/// The file that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Which file is wanted.
#[derive(Debug, Args)]
pub(super) struct FigureFile {
    /// Write all rows into a CSV file; `-` is standard output.
    #[arg(long, value_name = "FILE", conflicts_with = "xlsx")]
    csv: Option<PathBuf>,
    /// Begin the CSV with the mark by which spreadsheet programs know UTF-8.
    #[arg(long, requires = "csv", conflicts_with = "xlsx")]
    bom: bool,
    /// Write all rows into an Excel workbook, with a sheet that says how to read them.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Write all rows into a Parquet file.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["csv", "xlsx"])]
    parquet: Option<PathBuf>,
}

impl FigureFile {
    /// The file and its form, if one is wanted.
    pub(super) fn wanted(&self) -> Option<(&Path, FileForm)> {
        let csv = self.csv.as_deref().map(|file| (file, FileForm::Csv { bom: self.bom }));
        let wanted = csv.or(self.xlsx.as_deref().map(|file| (file, FileForm::Xlsx)));
        #[cfg(feature = "parquet")]
        let wanted = wanted.or(self.parquet.as_deref().map(|file| (file, FileForm::Parquet)));
        wanted
    }
}

/// Writes the file: all of it, or nothing. A file of that name makes room for it.
pub(super) fn write(
    export: &FigureExport,
    file: &Path,
    form: FileForm,
    more: &str,
) -> Result<Answer, Failure> {
    let failed = |error| failure(&error, file);
    if file.as_os_str() == STANDARD_OUTPUT {
        return match into(export, form, io::stdout()) {
            // A reader that went away (`| head`) has what it wanted.
            Err(ExportError::Write(why)) if why.kind() == ErrorKind::BrokenPipe => Ok(Answer::silent()),
            written => written.map(|()| Answer::silent()).map_err(failed),
        };
    }
    whole(export, file, form).map_err(failed)?;
    let name = file.display().to_string();
    let text = format!("{name} holds {} rows{more}", export.rows());
    Answer::new(text, &json!({ "file": name, "rows": export.rows() }))
}

fn whole(export: &FigureExport, file: &Path, form: FileForm) -> Result<(), ExportError> {
    // Where the name is a link, the file behind it is meant.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if target.metadata().is_ok_and(|there| !there.is_file()) {
        // A pipe or a terminal takes bytes as they come; a folder says that it is one.
        return into(export, form, File::options().write(true).open(&target)?);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut making = tempfile::Builder::new();
    making.prefix(".fieldbook-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any new file gets here, not the narrower ones of temporary files.
        making.permissions(fs::Permissions::from_mode(0o666));
    }
    let made = making.tempfile_in(folder)?;
    into(export, form, made.as_file())?;
    made.as_file().sync_all()?;
    made.persist(&target).map_err(|failed| failed.error)?;
    Ok(())
}

fn into(export: &FigureExport, form: FileForm, out: impl Write + Send) -> Result<(), ExportError> {
    let mut out = BufWriter::new(out);
    export.write(form, &mut out)?;
    Ok(out.flush()?)
}

fn failure(error: &ExportError, file: &Path) -> Failure {
    let safe = "No file was made or changed";
    match error {
        ExportError::TooManyRows(_) => {
            Failure::told(Exit::No, "FIGURES-ROWS", error, safe, "Write CSV, or ask for fewer days")
        }
        ExportError::Write(_) | ExportError::Workbook(_) => {
            let what = format!("{} cannot be written: {error}", file.display());
            Failure::told(
                Exit::No,
                "FIGURES-FILE",
                what,
                safe,
                "Name a file in a folder that can be written to",
            )
        }
    }
}
