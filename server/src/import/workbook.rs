//! Workbooks: the first sheet of an XLSX file as the CSV file it would be saved as, line by line.
//!
//! A workbook is packed, and its parts say how large they are. Neither is believed: everything is unpacked once
//! and measured before it is read.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::sheet::FILE_BYTES;

/// Bytes a workbook may unpack to.
const UNPACKED_BYTES: u64 = 256 * 1024 * 1024;

/// How a packed file begins.
const PACKED: &[u8] = b"PK\x03\x04";

/// How a workbook of the old kind begins, and one that is packed into one with a password.
const OLD: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The part that holds the texts of all cells.
const TEXTS: &str = "sharedstrings.xml";

/// What a part says of how many texts follow.
const CLAIM: &[u8] = b"uniqueCount";

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkbookError {
    /// It is of the old kind, or has a password.
    #[error(
        "the workbook is an old one (.xls) or has a password; save it as .xlsx without one, or as \"CSV UTF-8\""
    )]
    OldOrLocked,
    /// It is none, or damaged.
    #[error("the workbook cannot be read ({0}); save it again as .xlsx, or as \"CSV UTF-8\"")]
    Unreadable(String),
    /// It is too large.
    #[error("the workbook is too large when it is unpacked; split it, or save it as \"CSV UTF-8\"")]
    TooLarge,
}

impl From<XlsxError> for WorkbookError {
    fn from(error: XlsxError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// The first sheet of a workbook as CSV, a line for each of its rows; `None` when the file is no workbook.
pub(super) fn as_csv(content: &[u8]) -> Option<Result<Vec<u8>, WorkbookError>> {
    if content.starts_with(OLD) {
        return Some(Err(WorkbookError::OldOrLocked));
    }
    content.starts_with(PACKED).then(|| measure(content).and_then(|()| first_sheet(content)))
}

/// The content of a file as CSV where it is a workbook that can be read; as it is where it is not, so that whoever
/// reads it says why. It takes a while: not for threads that answer others.
#[must_use]
pub fn unpacked(content: Vec<u8>) -> Vec<u8> {
    match as_csv(&content) {
        Some(Ok(csv)) => csv,
        Some(Err(_)) | None => content,
    }
}

/// Unpacks everything once and keeps nothing.
fn measure(content: &[u8]) -> Result<(), WorkbookError> {
    let broken = |why: &dyn std::error::Error| WorkbookError::Unreadable(why.to_string());
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|why| broken(&why))?;
    let mut left = UNPACKED_BYTES;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|why| broken(&why))?;
        let texts = part.name().map_err(|why| broken(&why))?.to_lowercase().ends_with(TEXTS);
        let mut part = part.take(left + 1);
        let size = if texts {
            let mut unpacked = Vec::new();
            part.read_to_end(&mut unpacked).map_err(|why| broken(&why))?;
            if most_claimed(&unpacked) > unpacked.len() {
                return Err(WorkbookError::Unreadable("it claims more texts than it has".to_owned()));
            }
            unpacked.len() as u64
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|why| broken(&why))?
        };
        left = left.checked_sub(size).ok_or(WorkbookError::TooLarge)?;
    }
    Ok(())
}

/// The largest number of texts claimed; whoever reads the part makes room for so many.
fn most_claimed(part: &[u8]) -> usize {
    let claims = part.windows(CLAIM.len()).enumerate().filter(|(_, window)| *window == CLAIM);
    let numbers = claims.map(|(place, _)| {
        let after = part[place + CLAIM.len()..].iter();
        let number = after.skip_while(|byte| b" \t\r\n='\"+".contains(byte));
        let digits = number.take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_usize, |sum, digit| sum.saturating_mul(10).saturating_add(usize::from(digit - b'0')))
    });
    numbers.max().unwrap_or(0)
}

fn first_sheet(content: &[u8]) -> Result<Vec<u8>, WorkbookError> {
    let mut book = Xlsx::new(Cursor::new(content))?;
    let first = book.sheet_names().into_iter().next();
    let first = first.ok_or_else(|| WorkbookError::Unreadable("it has no sheet".to_owned()))?;
    let mut cells = book.worksheet_cells_reader(&first)?;
    let mut lines = Lines::default();
    while let Some(cell) = cells.next_cell()? {
        lines.put(cell.get_position(), &text(cell.get_value()))?;
    }
    lines.end_of_line();
    Ok(lines.csv)
}

/// What a cell shows in a CSV file.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(moment) if moment.is_duration() => moment.as_f64().to_string(),
        DataRef::DateTime(moment) => match moment.to_ymd_hms_milli() {
            (year, month, day, 0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
            (year, month, day, hour, minute, second, _) => {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        },
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Lines of CSV on their way. Cells come in the order of rows; empty ones may be left out.
#[derive(Default)]
struct Lines {
    csv: Vec<u8>,
    /// Lines that have ended.
    ended: u32,
    /// The cells of the line begun, without empty ones at its end.
    line: Vec<String>,
    /// Cells of the first line that had any: later ones have as many at least.
    width: usize,
}

impl Lines {
    fn put(&mut self, (row, column): (u32, u32), cell: &str) -> Result<(), WorkbookError> {
        if cell.trim().is_empty() {
            return Ok(());
        }
        let out_of_order = || WorkbookError::Unreadable("its rows are in no order".to_owned());
        let column = usize::try_from(column).map_err(|_| WorkbookError::TooLarge)?;
        if row < self.ended {
            return Err(out_of_order());
        }
        while self.ended < row {
            self.end_of_line();
            if self.csv.len() as u64 > FILE_BYTES {
                return Err(WorkbookError::TooLarge);
            }
        }
        if self.line.len() <= column {
            self.line.resize(column + 1, String::new());
        }
        // A line break within a cell is refused where rows are read; here it must not begin a line.
        self.line[column] = cell.replace(['\r', '\n'], "\u{b}");
        Ok(())
    }

    fn end_of_line(&mut self) {
        if !self.line.is_empty() {
            if self.width == 0 {
                self.width = self.line.len();
            }
            let missing = self.width.saturating_sub(self.line.len());
            self.line.extend(std::iter::repeat_n(String::new(), missing));
            let quoted = self.line.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
            self.csv.extend(quoted.collect::<Vec<_>>().join(",").into_bytes());
            self.line.clear();
        }
        self.csv.push(b'\n');
        self.ended += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::import::{Columns, ImportReport, Sheet};

    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
        </Relationships>"#;
    const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
        <sheets><sheet name="조직" sheetId="1" r:id="rId1"/><sheet name="more" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
    const LINKS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/>
        </Relationships>"#;
    const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
        <cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

    /// A workbook whose first sheet has these rows, and whose cells of texts are these.
    fn workbook(rows: &str, texts: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let sheet =
            |rows: &str| format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
        let parts = [
            ("[Content_Types].xml", TYPES.to_owned()),
            ("_rels/.rels", ROOT.to_owned()),
            ("xl/workbook.xml", BOOK.to_owned()),
            ("xl/_rels/workbook.xml.rels", LINKS.to_owned()),
            ("xl/styles.xml", STYLES.to_owned()),
            ("xl/sharedStrings.xml", texts.to_owned()),
            ("xl/worksheets/sheet1.xml", sheet(rows)),
            ("xl/worksheets/sheet2.xml", sheet("")),
        ];
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(format!("{HEAD}{text}").as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn texts(texts: &[&str]) -> String {
        let items: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
        let count = texts.len();
        format!(
            "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" uniqueCount=\"{count}\">{items}</sst>"
        )
    }

    const ROWS: &str = r#"
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>
        <row r="2"><c r="A2"><v>1001</v></c><c r="B2" t="s"><v>4</v></c><c r="C2" s="1"><v>46174</v></c><c r="D2" t="b"><v>1</v></c></row>
        <row r="4"><c r="A4"><v>12.5</v></c><c r="B4" t="inlineStr"><is><t>김 "철수", 둘째</t></is></c></row>
        <row r="5"><c r="A5" t="s"><v>5</v></c><c r="F5" t="s"><v>6</v></c></row>"#;

    fn words() -> String {
        texts(&["code", "name", "since", "flag", "이영희", "P3&#10;P4", " "])
    }

    #[test]
    fn the_first_sheet_is_read_as_its_csv_would_be() {
        let csv = as_csv(&workbook(ROWS, &words())).unwrap().unwrap();
        let text = String::from_utf8(csv).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], r#""code","name","since","flag""#);
        assert_eq!(lines[1], r#""1001","이영희","2026-06-01","TRUE""#);
        assert_eq!((lines[2], lines[3]), ("", r#""12.5","김 ""철수"", 둘째","","""#));
        assert_eq!(lines[4], "\"P3\u{b}P4\",\"\",\"\",\"\"");
        static COLUMNS: Columns = Columns { required: &["code"], optional: &["name", "since", "flag"] };
        let mut report = ImportReport::default();
        let sheet = Sheet::read(&workbook(ROWS, &words()), &COLUMNS, &mut report);
        assert_eq!((sheet.rows[1].line, sheet.rows[1].get("name")), (4, r#"김 "철수", 둘째"#));
        assert_eq!((report.rows, report.rejected[0].line), (3, 5));
        assert!(report.rejected[0].reason.contains("line break"));
    }

    fn refusal(content: &[u8]) -> String {
        as_csv(content).unwrap().unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_workbook_to_read_is_told() {
        assert!(as_csv(b"code,name\n").is_none());
        assert!(refusal(&[OLD, &[0; 600]].concat()).contains("has a password"));
        assert!(refusal(&[PACKED, &[7; 600]].concat()).contains("cannot be read"));
        let whole = workbook(ROWS, &words());
        assert!(refusal(&whole[..whole.len() / 2]).contains("cannot be read"));
        let mut other = ZipWriter::new(Cursor::new(Vec::new()));
        other.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
        assert!(refusal(&other.finish().unwrap().into_inner()).contains("cannot be read"));
        let backwards = r#"<row r="3"><c r="A3"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#;
        assert!(refusal(&workbook(backwards, &words())).contains("no order"));
    }

    #[test]
    fn a_workbook_that_claims_or_unpacks_to_too_much_is_refused() {
        let claims = texts(&["x"]).replace("uniqueCount=\"1\"", "uniqueCount='1000000000000000000'");
        assert!(refusal(&workbook(ROWS, &claims)).contains("claims more texts than it has"));
        let far =
            r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
        let lines = as_csv(&workbook(far, &words())).unwrap().unwrap();
        assert!(lines.len() < 2 * 1024 * 1024, "a cell far away costs its lines");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        let zeros = vec![0; 1024 * 1024];
        (0..=UNPACKED_BYTES / 1024 / 1024).for_each(|_| zip.write_all(&zeros).unwrap());
        let bomb = zip.finish().unwrap().into_inner();
        assert!(bomb.len() < 1024 * 1024);
        assert!(refusal(&bomb).contains("too large when it is unpacked"));
    }
}
