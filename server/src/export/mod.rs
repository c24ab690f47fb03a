//! Figures as files: CSV for programs, XLSX for people, Parquet for analysis.
//!
//! `columns` says once which columns there are, what they mean and how they are read out of a row;
//! `reading` says what a person has to know beside them. `csv` and `xlsx` write them down row by row, `parquet` (where it is
//! compiled in) by groups of rows: none holds more, however many there are. A text somebody typed is never a formula.

mod columns;
mod csv;
#[cfg(feature = "parquet")]
mod parquet;
mod reading;
#[cfg(test)]
mod tests;
mod xlsx;

pub(crate) use csv::harmless;

use std::io::{self, Write};

use document_model::{Moment, UnitCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::figures::Question;
use crate::hub::{FigureAnswerNamed, FigureRowNamed};
use crate::organisation::NATION;
use crate::storage::{FigureQuery, SplitBy};

/// What a file of figures is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// Comma-separated values in UTF-8: a row of names, then the rows.
    Csv {
        /// Whether it begins with the mark by which spreadsheet programs know UTF-8.
        bom: bool,
    },
    /// A workbook: the rows on one sheet, how to read them on another.
    Xlsx,
    /// Parquet, for programs that analyse figures: typed columns, how to read them beside.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl FileForm {
    /// The word people ask for it with.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Xlsx => "xlsx",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv { .. } => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// What its files' names end with.
    fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Xlsx => "xlsx",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

/// Why figures were not written down.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A sheet has no room for so many rows.
    #[error("{0} rows are more than the {rows} a sheet holds; ask for CSV, or for fewer days", rows = xlsx::ROWS)]
    TooManyRows(usize),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// The workbook could not be made.
    #[error("the workbook could not be made: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// An answer of the figures, and what was asked: what a file is made of.
#[derive(Debug, Clone)]
pub struct FigureExport {
    answer: FigureAnswerNamed,
    unit: UnitCode,
    by: SplitBy,
    as_of: Option<String>,
    asked: Moment,
    asked_at: String,
}

impl FigureExport {
    /// The answer to `question`, which meant `query` when it was asked at `now`; times are told in `zone`.
    #[must_use]
    pub fn new(
        answer: FigureAnswerNamed,
        question: &Question,
        query: &FigureQuery,
        (now, zone): (Moment, &TimeZone),
    ) -> Self {
        let unit = query.asked_under().map_or_else(|| NATION.into(), |(_, unit)| unit.clone());
        Self {
            answer,
            unit,
            by: query.by,
            as_of: question.as_of.clone(),
            asked: now,
            asked_at: in_zone(now, zone),
        }
    }

    /// Rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.answer.rows.len()
    }

    /// The sums of all rows, as a row.
    fn total_row(&self) -> FigureRowNamed {
        FigureRowNamed {
            unit: self.unit.clone(),
            name: String::new(),
            product: None,
            product_type: None,
            day: None,
            sums: self.answer.total,
        }
    }

    /// What a file of it is called: letters, digits, dots and hyphens only.
    #[must_use]
    pub fn file_name(&self, form: FileForm) -> String {
        let unit: String = self.unit.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let words = [self.answer.from.as_str(), &self.answer.to, &unit, self.answer.level];
        let words = words.into_iter().filter(|word| !word.is_empty());
        format!("figures-{}.{}", words.collect::<Vec<_>>().join("-"), form.extension())
    }

    /// Whether a file of this form can hold it.
    ///
    /// # Errors
    /// `TooManyRows`.
    pub fn fits(&self, form: FileForm) -> Result<(), ExportError> {
        match form {
            FileForm::Xlsx if self.rows() > xlsx::ROWS => Err(ExportError::TooManyRows(self.rows())),
            _ => Ok(()),
        }
    }

    /// Writes it down. It takes a while: not for a thread that others wait for.
    ///
    /// # Errors
    /// `TooManyRows`; what the writer says.
    pub fn write(&self, form: FileForm, out: impl Write + Send) -> Result<(), ExportError> {
        self.fits(form)?;
        match form {
            FileForm::Csv { bom } => csv::write(self, bom, out),
            FileForm::Xlsx => xlsx::write(self, out),
            #[cfg(feature = "parquet")]
            FileForm::Parquet => parquet::write(self, out),
        }
    }
}

/// An instant as the company's clocks show it, and which clocks these are.
fn in_zone(at: Moment, zone: &TimeZone) -> String {
    let Ok(at) = Timestamp::from_millisecond(at.0) else { return String::new() };
    let zoned = at.to_zoned(zone.clone());
    format!("{} {}", zoned.strftime("%Y-%m-%d %H:%M:%S"), zone.iana_name().unwrap_or("UTC"))
}
