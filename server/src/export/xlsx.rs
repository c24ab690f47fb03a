//! Figures as a workbook.
//!
//! Rows go to a file beside the memory as they are written (`constant_memory`), so that a workbook of any length
//! takes the memory of one row.

use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::columns::{Cell, columns};
use super::reading::{Line, lines};
use super::{ExportError, FigureExport};

/// Rows a sheet has room for below its headings.
pub(super) const ROWS: usize = 1_048_575;
/// The largest number a spreadsheet program shows to the last digit.
const EXACT: u64 = 999_999_999_999_999;
/// Characters one cell has room for.
const CELL_CHARS: usize = 32_767;
/// Letters of the two columns of the sheet that explains.
const READING_WIDTHS: [u8; 2] = [26, 100];

/// How cells look.
struct Looks {
    heading: Format,
    number: Format,
    percent: Format,
    day: Format,
    text: Format,
}

/// Writes the workbook.
pub(super) fn write(export: &FigureExport, out: impl Write + Send) -> Result<(), ExportError> {
    let looks = Looks {
        heading: Format::new().set_bold(),
        number: Format::new().set_num_format("#,##0"),
        percent: Format::new().set_num_format("0.0"),
        day: Format::new().set_num_format("yyyy-mm-dd"),
        // Whatever is typed over such a cell stays a text as well.
        text: Format::new().set_num_format("@"),
    };
    let mut book = Workbook::new();
    // Not of the machine's own clock: the same answer to the same question is the same file.
    let asked = ExcelDateTime::from_timestamp(export.asked.0 / 1_000)?;
    book.set_properties(&DocProperties::new().set_title("Fieldbook figures").set_creation_datetime(&asked));
    rows(book.add_worksheet_with_constant_memory()?, export, &looks)?;
    reading(book.add_worksheet_with_constant_memory()?, export, &looks)?;
    Ok(book.save_to_writer(out)?)
}

/// The sheet of the rows.
fn rows(sheet: &mut Worksheet, export: &FigureExport, looks: &Looks) -> Result<(), XlsxError> {
    let columns = columns(export.by);
    sheet.set_name("Figures")?.set_freeze_panes(1, 0)?;
    for (at, column) in (0..).zip(&columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.write_string_with_format(0, at, column.name, &looks.heading)?;
    }
    for (number, row) in (1..).zip(&export.answer.rows) {
        for (at, column) in (0..).zip(&columns) {
            cell(sheet, (number, at), column.cell(row), looks)?;
        }
    }
    let last = u32::try_from(export.rows()).map_err(|_| XlsxError::RowColumnLimitError)?;
    let width = u16::try_from(columns.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    sheet.autofilter(0, 0, last, width.saturating_sub(1))?;
    Ok(())
}

/// The sheet that says how to read them.
fn reading(sheet: &mut Worksheet, export: &FigureExport, looks: &Looks) -> Result<(), XlsxError> {
    let total = export.total_row();
    sheet.set_name("How to read this")?;
    for (at, width) in (0..).zip(READING_WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    let mut number = 0;
    for line in lines(export, &total) {
        match line {
            Line::Heading(text) => {
                // A line stays free above each.
                number += u32::from(number > 0);
                sheet.write_string_with_format(number, 0, text, &looks.heading)?;
            }
            Line::Entry(what, told) => {
                cell(sheet, (number, 0), Cell::Text(what), looks)?;
                cell(sheet, (number, 1), told, looks)?;
            }
        }
        number += 1;
    }
    Ok(())
}

/// Writes a cell: numbers as numbers, days as days, texts as texts whatever they begin with.
fn cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell<'_>,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(number) if number.unsigned_abs() <= EXACT => {
            sheet.write_number_with_format(row, column, number as f64, &looks.number)?;
        }
        Cell::Number(number) => {
            sheet.write_string_with_format(row, column, number.to_string(), &looks.text)?;
        }
        Cell::Percent(None) => {}
        Cell::Percent(Some(percent)) => {
            sheet.write_number_with_format(row, column, percent.value(), &looks.percent)?;
        }
        Cell::Day(day) => match ExcelDateTime::parse_from_str(day) {
            Ok(date) => drop(sheet.write_datetime_with_format(row, column, date, &looks.day)?),
            // A spreadsheet program knows no day before 1900.
            Err(_) => drop(sheet.write_string_with_format(row, column, day, &looks.text)?),
        },
        Cell::Text(text) => {
            let fits: String = text.chars().take(CELL_CHARS).collect();
            sheet.write_string_with_format(row, column, fits, &looks.text)?;
        }
    }
    Ok(())
}
