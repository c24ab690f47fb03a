//! Taking over what others keep in files: the organisation and orders to it, the calendar, targets, the catalogue,
//! customers, policies, and what is recorded of them.
//!
//! A file of the organisation, of orders, of the calendar, of targets or of the catalogue is imported whole or not at
//! all: one bad row imports nothing. Of customers, policies and records every row that can be taken is taken: a portfolio of
//! years is never quite clean, and each row stands for itself. Either way the report names every bad row by its
//! line, and a file imported twice changes nothing the second time.

mod calendar;
mod customers;
mod landing;
mod map;
mod orders;
mod org;
mod policies;
mod products;
mod records;
mod sheet;
mod targets;
mod whole;
mod workbook;

pub use customers::import_customers;
pub use landing::{ImportError, Progress};
pub use map::MapError;
pub use orders::{OrderLine, carry_out, take_orders};
pub use policies::import_policies;
pub use records::import_records;
pub use sheet::{Columns, Row, Sheet, SheetError, read_file};
pub use targets::{TargetRow, take_targets};
pub use whole::{
    CutOff, DiffLine, FileKind, Terms, import_calendar, import_orders, import_org, import_products,
    import_targets, take,
};
pub use workbook::unpacked;

use serde::Serialize;

/// Rows named in one list of a report; further ones are only counted.
const LISTED: usize = 1_000;

/// What an import did with a file, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows of data in the file.
    pub rows: usize,
    /// Records that did not exist.
    pub created: usize,
    /// Records that are different now.
    pub changed: usize,
    /// Records that were so already.
    pub unchanged: usize,
    /// Policies whose standing changed with it.
    pub rejudged: usize,
    /// True when the file was imported; false after a dry run, and when it was refused as a whole.
    pub imported: bool,
    /// How many notes `rejected` would have without its limit.
    pub rejections: usize,
    /// Rows that cannot be taken. Of the organisation and the catalogue nothing is imported then; of
    /// customers and policies all other rows are, and each of these has one note.
    pub rejected: Vec<RowNote>,
    /// Rows that are taken, with something a person should know.
    pub warnings: Vec<RowNote>,
    /// What is different, or would be; not told of customers, policies and records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<DiffLine>,
    /// How many more lines `diff` would have without its limit.
    #[serde(skip)]
    pub diff_left_out: usize,
    /// The version of what the file changes: as it is now.
    #[serde(skip)]
    pub version: String,
    /// True when the file as such is none of its kind, and no row was looked at.
    #[serde(skip)]
    pub unreadable: bool,
}

/// Something about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowNote {
    /// Its line in the file, the header being line 1.
    pub line: u64,
    /// What.
    pub reason: String,
    /// The stable code of it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

impl ImportReport {
    /// Notes a row that cannot be taken.
    pub fn reject(&mut self, line: u64, reason: impl Into<String>) {
        self.rejections += 1;
        note(&mut self.rejected, line, reason.into(), None);
    }

    /// The same, for a reason that has a code.
    pub fn reject_as(&mut self, line: u64, code: &'static str, reason: impl Into<String>) {
        self.rejections += 1;
        note(&mut self.rejected, line, reason.into(), Some(code));
    }

    /// Notes a row that a person should look at.
    pub fn warn(&mut self, line: u64, reason: impl Into<String>) {
        note(&mut self.warnings, line, reason.into(), None);
    }

    /// Says what is different.
    pub fn differs(&mut self, line: DiffLine) {
        if self.diff.len() < LISTED {
            self.diff.push(line);
        } else {
            self.diff_left_out += 1;
        }
    }

    /// What was done, in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { rows, created, changed, unchanged, .. } = self;
        format!("{rows} rows: {created} new, {changed} changed, {unchanged} as before")
    }

    /// Puts what was rejected in the order of lines, whatever was found out first.
    fn sort(&mut self) {
        self.rejected.sort_by_key(|note| note.line);
    }

    /// True when no row was rejected.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rejections == 0
    }
}

fn note(list: &mut Vec<RowNote>, line: u64, reason: String, code: Option<&'static str>) {
    if list.len() < LISTED {
        list.push(RowNote { line, reason, code });
    }
}
