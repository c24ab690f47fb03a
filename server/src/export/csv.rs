//! Figures as comma-separated values.

use std::borrow::Cow;
use std::io::{self, Write};

use super::columns::{Cell, columns};
use super::{ExportError, FigureExport};

/// The mark by which spreadsheet programs know UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();
/// What makes a spreadsheet program take a text for a formula where the text begins with it; the wide forms
/// count for those set to Korean, Chinese or Japanese.
const FORMULA_BEGINS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes the names of the columns, then the rows.
pub(super) fn write(export: &FigureExport, bom: bool, mut out: impl Write) -> Result<(), ExportError> {
    if bom {
        out.write_all(BOM)?;
    }
    let columns = columns(export.by);
    let mut lines = ::csv::Writer::from_writer(out);
    lines.write_record(columns.iter().map(|column| column.name)).map_err(plain)?;
    for row in &export.answer.rows {
        for column in &columns {
            lines.write_field(&*word(column.cell(row))).map_err(plain)?;
        }
        lines.write_record(None::<&str>).map_err(plain)?;
    }
    Ok(lines.flush()?)
}

/// What the writer below said, not that another one passed it on.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(why) => why,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn word(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => harmless(text),
        Cell::Day(text) => text.into(),
        Cell::Number(number) => number.to_string().into(),
        Cell::Percent(None) => "".into(),
        Cell::Percent(Some(percent)) => format!("{:.1}", percent.value()).into(),
    }
}

/// A text that no spreadsheet program takes for a formula.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_BEGINS) { format!("'{text}").into() } else { text.into() }
}
