//! A CSV file, or the first sheet of a workbook, as rows with line numbers: columns known by name, sizes bounded,
//! every mistake noted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use document_model::{Date, parse_date};

use super::{ImportReport, workbook};
use crate::organisation::{code_rule, is_code};

/// Bytes of a file.
pub(super) const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Rows of a file.
const ROWS: usize = 500_000;
/// Bytes of a cell.
const CELL_BYTES: usize = 4 * 1024;

/// Why a file cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is larger than an import takes.
    #[error("it is larger than {} MiB", FILE_BYTES / 1024 / 1024)]
    TooLarge,
}

/// Reads a file whole.
pub fn read_file(path: &Path) -> Result<Vec<u8>, SheetError> {
    let mut content = Vec::new();
    File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > FILE_BYTES { Err(SheetError::TooLarge) } else { Ok(content) }
}

/// The columns of one kind of file, in any order.
#[derive(Debug, PartialEq, Eq)]
pub struct Columns<'a> {
    /// Those it must have, filled in every row.
    pub required: &'a [&'a str],
    /// Those it may have, and may leave empty.
    pub optional: &'a [&'a str],
}

impl<'a> Columns<'a> {
    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.required.iter().chain(self.optional).copied()
    }
}

/// One row of data.
#[derive(Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its line in the file.
    pub line: u64,
    columns: &'a Columns<'a>,
    cells: Vec<String>,
}

impl Row<'_> {
    /// The cell of a column, without blanks around it; empty where the file has no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        let place = self.columns.names().position(|name| name == column);
        place.map_or("", |place| self.cells[place].as_str())
    }

    /// The cell as a code; a rejection where it is none.
    pub fn code(&self, column: &str, report: &mut ImportReport) -> Option<&str> {
        let text = self.get(column);
        if is_code(text) {
            return Some(text);
        }
        report.reject(self.line, format!("{column}: {text:?} is no code; {}", code_rule()));
        None
    }

    /// The cell as a date, nothing where it is empty; a rejection where it is none.
    pub fn date(&self, column: &str, report: &mut ImportReport) -> Option<Option<Date>> {
        let text = self.get(column);
        let date = parse_date(text);
        if date.is_none() && !text.is_empty() {
            report.reject(self.line, format!("{column}: {text:?} is no date; dates are YYYY-MM-DD"));
            return None;
        }
        Some(date)
    }

    /// The days of `valid_from` and `valid_to`; a rejection where they are none, or the wrong way round.
    pub fn validity(&self, report: &mut ImportReport) -> Option<(Option<Date>, Option<Date>)> {
        let (from, to) = (self.date("valid_from", report), self.date("valid_to", report));
        let (from, to) = (from?, to?);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            report.reject(self.line, format!("valid_to {to} is before valid_from {from}"));
            return None;
        }
        Some((from, to))
    }
}

/// A file's rows, those that could be read.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// The rows, in order.
    pub rows: Vec<Row<'a>>,
    /// The names of the file's columns, in its order; none when the header is wrong.
    pub header: Vec<String>,
    /// False when reading stopped before the end of the file.
    pub whole: bool,
}

impl<'a> Sheet<'a> {
    /// Reads a file of these columns. What cannot be read is rejected in `report`.
    #[must_use]
    pub fn read(content: &[u8], columns: &'a Columns<'a>, report: &mut ImportReport) -> Self {
        report.unreadable = true;
        let none = || Self { rows: Vec::new(), header: Vec::new(), whole: false };
        if let Some(why) = foreign(content) {
            report.reject(1, why);
            return none();
        }
        let unpacked = workbook::as_csv(content).transpose();
        let unpacked = match unpacked {
            Ok(unpacked) => unpacked,
            Err(why) => {
                report.reject(1, why.to_string());
                return none();
            }
        };
        let content = unpacked.as_deref().unwrap_or(content);
        // The reader takes a byte order mark away by itself.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
        let places = match reader.byte_headers() {
            Ok(header) => places(header, columns, report),
            Err(error) => {
                report.reject(1, error.to_string());
                None
            }
        };
        let Some((header, places)) = places else { return none() };
        report.unreadable = false;
        let mut sheet = Self { rows: Vec::new(), header, whole: true };
        let mut lines = Lines { content, at: 0, line: 1 };
        for record in reader.byte_records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    report.reject(lines.line, error.to_string());
                    sheet.whole = false;
                    break;
                }
            };
            report.rows += 1;
            let line = lines.line_of(&record);
            if report.rows > ROWS {
                report.reject(line, format!("there are more than {ROWS} rows; split the file"));
                sheet.whole = false;
                break;
            }
            sheet.rows.extend(row(&record, line, sheet.header.len(), &places, columns, report));
        }
        sheet
    }
}

/// How files begin that people take for tables, and what they are.
const FOREIGN: [(&[u8], &str); 6] = [
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"\x1f\x8b", "a packed file"),
];
/// Bytes of the first line looked at for letters that no text has.
const LOOKED_AT: usize = 4 * 1024;
/// How a workbook's file begins, whatever is in it.
const PACKED: [&[u8]; 2] = [b"PK", b"\xd0\xcf\x11\xe0"];

/// Why a file is no table at all, by how it begins.
fn foreign(content: &[u8]) -> Option<String> {
    let save = "save the table as .xlsx, or as \"CSV UTF-8\"";
    let text = content.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    if text.is_empty() {
        return Some(format!("the file is empty; {save}"));
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(begins, _)| text.starts_with(begins)) {
        return Some(format!("the file is {what}; {save}"));
    }
    let is_packed = PACKED.iter().any(|begins| text.starts_with(begins));
    let mut names = text.iter().take(LOOKED_AT).take_while(|byte| **byte != b'\n');
    let is_text = names.all(|byte| *byte != 0);
    (!is_packed && !is_text).then(|| format!("the file is neither a workbook nor text in UTF-8; {save}"))
}

/// Counts lines as an editor does. The reader's own count stands before the line breaks, blank lines
/// included, that lie between two rows.
struct Lines<'a> {
    content: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line a record begins on. Records come in order.
    fn line_of(&mut self, record: &ByteRecord) -> u64 {
        let reader_at =
            record.position().map_or(0, |place| usize::try_from(place.byte()).unwrap_or(usize::MAX));
        while let Some(&byte) = self.content.get(self.at) {
            if self.at >= reader_at && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.at += 1;
            let ends_line = byte == b'\n' || (byte == b'\r' && self.content.get(self.at) != Some(&b'\n'));
            self.line += u64::from(ends_line);
        }
        self.line
    }
}

/// Where each column stands, and how many cells a row has.
fn places(
    header: &ByteRecord,
    columns: &Columns<'_>,
    report: &mut ImportReport,
) -> Option<(Vec<String>, Vec<Option<usize>>)> {
    let mut found = Vec::new();
    for cell in header {
        match std::str::from_utf8(cell).map(str::trim) {
            Ok(name) if found.contains(&name) => {
                report.reject(1, format!("the column {name:?} is there twice"))
            }
            Ok(name) if columns.names().any(|known| known == name) => {}
            Ok(name) => {
                let names: Vec<_> = columns.names().collect();
                report.reject(1, format!("there is no column {name:?}; columns are {}", names.join(", ")));
            }
            Err(_) => report.reject(1, not_utf8("the header")),
        }
        found.push(std::str::from_utf8(cell).map_or("", str::trim));
    }
    for name in columns.required.iter().filter(|name| !found.contains(name)) {
        report.reject(1, format!("the column {name:?} is missing"));
    }
    let place = |name: &str| found.iter().position(|found| *found == name);
    let header = || found.iter().map(|name| (*name).to_owned()).collect();
    report.is_clean().then(|| (header(), columns.names().map(place).collect()))
}

fn row<'a>(
    record: &ByteRecord,
    line: u64,
    width: usize,
    places: &[Option<usize>],
    columns: &'a Columns<'a>,
    report: &mut ImportReport,
) -> Option<Row<'a>> {
    if record.len() != width {
        report.reject(line, format!("the row has {} cells, the header {width}", record.len()));
        return None;
    }
    let before = report.rejections;
    let mut cells = Vec::with_capacity(places.len());
    for (name, place) in columns.names().zip(places) {
        let cell = place.and_then(|place| record.get(place)).unwrap_or_default();
        cells.push(text(cell, name, line, report));
    }
    for (name, cell) in columns.required.iter().zip(&cells) {
        if cell.is_empty() && report.rejections == before {
            report.reject(line, format!("{name} is empty"));
        }
    }
    (report.rejections == before).then_some(Row { line, columns, cells })
}

fn text(cell: &[u8], name: &str, line: u64, report: &mut ImportReport) -> String {
    match std::str::from_utf8(cell).map(str::trim) {
        Ok(text) if text.len() > CELL_BYTES => {
            report.reject(line, format!("{name} has {} bytes, more than {CELL_BYTES}", text.len()));
        }
        Ok(text) if text.chars().any(char::is_control) => {
            report.reject(line, format!("{name} holds a line break or another control character"));
        }
        Ok(text) => return text.to_owned(),
        Err(_) => report.reject(line, not_utf8(name)),
    }
    String::new()
}

fn not_utf8(what: &str) -> String {
    format!("{what} is not UTF-8; in Excel save as \"CSV UTF-8\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLUMNS: Columns = Columns { required: &["code", "name"], optional: &["since"] };

    fn read(content: &[u8]) -> (Vec<Row<'static>>, ImportReport) {
        let mut report = ImportReport::default();
        let rows = Sheet::read(content, &COLUMNS, &mut report).rows;
        (rows, report)
    }

    fn reasons(content: &[u8]) -> Vec<(u64, String)> {
        let (_, report) = read(content);
        report.rejected.into_iter().map(|note| (note.line, note.reason)).collect()
    }

    #[test]
    fn columns_are_known_by_name_and_lines_counted_as_an_editor_does() {
        let (rows, report) =
            read("\u{feff}name,since,code\r\n 김 , ,A1\r\n\r\n\"이, 영\",2026-01-02,A2\r\n".as_bytes());
        assert_eq!((report.rows, report.rejected), (2, vec![]));
        let cells = |row: &Row| {
            (row.line, row.get("code").to_owned(), row.get("name").to_owned(), row.get("since").to_owned())
        };
        assert_eq!(cells(&rows[0]), (2, "A1".into(), "김".into(), String::new()));
        assert_eq!(cells(&rows[1]), (4, "A2".into(), "이, 영".into(), "2026-01-02".into()));
        assert_eq!(rows[0].get("no such column"), "");
    }

    #[test]
    fn a_wrong_header_is_named_and_no_row_is_read() {
        let reason = |content: &str| reasons(content.as_bytes()).remove(0).1;
        assert!(reason("code\nA1\n").contains("\"name\" is missing"));
        assert!(reason("code,name,sinse\nA1,x,\n").contains("no column \"sinse\""));
        assert!(reason("code,name,code\nA1,x,A1\n").contains("twice"));
        assert!(reason("").contains("the file is empty"));
        assert!(reason("code;name\nA1;x\n").contains("no column \"code;name\""));
    }

    #[test]
    fn bad_rows_are_all_listed_by_line() {
        let content = b"code,name\nA1,\n,x\nA3\nA4,\xb1\xe8\nA5,y\nA6,a\x00b\n";
        let lines: Vec<_> = reasons(content).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 7]);
        assert!(reasons(content)[3].1.contains("not UTF-8"));
        assert_eq!(read(content).0.len(), 1);
    }

    #[test]
    fn sizes_are_bounded() {
        let content = format!("code,name\nA1,{}\n", "x".repeat(CELL_BYTES + 1));
        assert!(reasons(content.as_bytes())[0].1.contains("bytes"));
        let many = format!("code,name\n{}", ",\n".repeat(LISTED_PLUS));
        let (_, report) = read(many.as_bytes());
        assert_eq!((report.rejected.len(), report.rejections), (super::super::LISTED, LISTED_PLUS));
    }

    const LISTED_PLUS: usize = super::super::LISTED + 10;

    #[test]
    fn codes_and_dates_are_checked() {
        let (rows, mut report) = read("code,name,since\nR 1,x,2026-02-30\n지점-1,y,\n".as_bytes());
        assert_eq!((rows[0].code("code", &mut report), rows[0].date("since", &mut report)), (None, None));
        assert_eq!(report.rejections, 2);
        assert_eq!(
            (rows[1].code("code", &mut report), rows[1].date("since", &mut report)),
            (Some("지점-1"), Some(None))
        );
    }
}
