//! What files of figures hold, read back by another library.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use document_model::parse_date;

use super::*;
use crate::hub::{CompletenessShown, FigureRowNamed, OpenDay, Percent, SilentShown, SumsShown};
use crate::organisation::Level;
use crate::storage::View;

const CSV: FileForm = FileForm::Csv { bom: false };

fn sums(sold: i64) -> SumsShown {
    SumsShown {
        sold,
        withdrawn: 1,
        net: sold - 1,
        premium_gross_won: sold * 10_000,
        premium_net_won: (sold - 1) * 10_000,
        ape_net_won: (sold - 1) * 120_000,
        premium_average_won: 10_000,
        lapsed: 3,
        lapsed_in_13_months: 2,
        lapsed_in_25_months: 1,
        persistency_13_percent: Some(Percent(857)),
        persistency_25_percent: None,
    }
}

fn row(unit: &str, name: &str, sold: i64) -> FigureRowNamed {
    FigureRowNamed {
        unit: unit.into(),
        name: name.to_owned(),
        product: None,
        product_type: None,
        day: None,
        sums: sums(sold),
    }
}

fn answer(rows: Vec<FigureRowNamed>) -> FigureAnswerNamed {
    FigureAnswerNamed {
        from: "2026-06-01".to_owned(),
        to: "2026-06-30".to_owned(),
        level: "branch",
        view: "now",
        structure: "as_it_was",
        completeness: None,
        moment: 7,
        open: Vec::new(),
        rows,
        total: sums(1_000),
    }
}

fn export(answer: FigureAnswerNamed, by: SplitBy) -> FigureExport {
    let day = |text| parse_date(text).unwrap();
    let query = FigureQuery {
        from: day("2026-06-01"),
        to: day("2026-06-30"),
        level: Level::Branch,
        under: Some((Level::Region, "R 1".into())),
        by,
        view: View::Now,
        placed: None,
    };
    // 2026-06-30 09:00 in Seoul.
    let asked = Moment(1_782_777_600_000);
    FigureExport::new(answer, &Question::default(), &query, (asked, &TimeZone::get("Asia/Seoul").unwrap()))
}

fn written(export: &FigureExport, form: FileForm) -> Vec<u8> {
    let mut bytes = Vec::new();
    export.write(form, &mut bytes).unwrap();
    bytes
}

fn csv_of(export: &FigureExport) -> String {
    String::from_utf8(written(export, CSV)).unwrap()
}

fn sheet(export: &FigureExport, name: &str) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(written(export, FileForm::Xlsx))).unwrap();
    book.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// A part of the workbook as it stands in the archive.
fn part(export: &FigureExport, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(written(export, FileForm::Xlsx))).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn csv_has_a_line_of_names_and_one_for_each_row() {
    let export = export(answer(vec![row("B1", "강남, \"본점\"", 7), row("B2", "서초", -2)]), SplitBy::Unit);
    assert_eq!(
        csv_of(&export),
        "unit,name,sold,withdrawn,net,premium_gross_won,premium_net_won,ape_net_won,premium_average_won,lapsed,\
         lapsed_in_13_months,lapsed_in_25_months,persistency_13_percent,persistency_25_percent\n\
         B1,\"강남, \"\"본점\"\"\",7,1,6,70000,60000,720000,10000,3,2,1,85.7,\n\
         B2,서초,-2,1,-3,-20000,-30000,-360000,10000,3,2,1,85.7,\n"
    );
    let marked = written(&export, FileForm::Csv { bom: true });
    assert_eq!(marked.strip_prefix(&[0xef, 0xbb, 0xbf]), Some(csv_of(&export).as_bytes()));
    assert_eq!(csv_of(&super::tests::export(answer(Vec::new()), SplitBy::Day)).lines().count(), 1);
}

#[test]
fn no_text_is_a_formula_in_csv() {
    for begin in ["=", "+", "-", "@", "\t", "\r", "＝"] {
        let name = format!("{begin}cmd|' /C calc'!A0");
        let export = export(answer(vec![row(&format!("{begin}1"), &name, -5)]), SplitBy::Unit);
        let text = csv_of(&export);
        let mut lines = ::csv::Reader::from_reader(text.as_bytes());
        let line = lines.records().next().unwrap().unwrap();
        assert_eq!((&line[0], &line[1]), (&*format!("'{begin}1"), &*format!("'{name}")));
        assert_eq!(&line[2], "-5", "numbers are numbers");
    }
}

#[test]
fn every_field_of_a_row_is_a_column() {
    for by in [SplitBy::Unit, SplitBy::Product, SplitBy::Type, SplitBy::Day] {
        let mut row = row("B1", "강남", 7);
        row.product = (by == SplitBy::Product).then(|| "WL01".to_owned());
        row.product_type = (by == SplitBy::Type).then(|| "life".to_owned());
        row.day = (by == SplitBy::Day).then(|| "2026-06-01".to_owned());
        let json = serde_json::to_value(&row).unwrap();
        let mut fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut names: Vec<_> = columns::columns(by).iter().map(|column| column.name).collect();
        fields.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, fields);
    }
}

#[test]
fn a_workbook_has_numbers_and_days_and_texts() {
    let mut first = row("B1", "=HYPERLINK(\"http://evil.example\")", 7);
    first.day = Some("2026-06-01".to_owned());
    let mut second = row("007", "@서초", -2);
    second.sums = SumsShown { premium_gross_won: 9_007_199_254_740_993, ..sums(-2) };
    second.day = Some("1899-01-01".to_owned());
    let export = export(answer(vec![first, second]), SplitBy::Day);
    let rows = sheet(&export, "Figures");
    assert_eq!(rows[0][2], Data::String("day".to_owned()));
    assert_eq!(rows[1][1], Data::String("=HYPERLINK(\"http://evil.example\")".to_owned()));
    assert_eq!(rows[1][3], Data::Float(7.0));
    assert_eq!(
        (&rows[1][13], &rows[1][14]),
        (&Data::Float(85.7), &Data::Empty),
        "not known is nothing, not zero"
    );
    let Data::DateTime(day) = &rows[1][2] else { panic!("{:?} is no day", rows[1][2]) };
    assert_eq!(day.as_f64(), 46_174.0, "the days since 1899-12-30");
    assert_eq!(rows[2][0], Data::String("007".to_owned()));
    assert_eq!(rows[2][2], Data::String("1899-01-01".to_owned()), "before a spreadsheet's first day");
    assert_eq!(rows[2][3], Data::Float(-2.0));
    assert_eq!(rows[2][6], Data::String("9007199254740993".to_owned()), "no digit is lost");
    let xml = part(&export, "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("<f>"), "no formula");
    assert!(xml.contains("<pane ySplit=\"1\"") && xml.contains("state=\"frozen\""), "the headings stay");
    assert!(xml.contains("<autoFilter ref=\"A1:O3\"/>"), "rows can be filtered: {xml}");
    assert!(xml.contains("<cols><col min=\"1\" max=\"1\" width=\"12."), "columns have a width: {xml}");
}

#[test]
fn a_workbook_says_how_to_read_it() {
    let mut answer = answer(vec![row("B1", "강남", 7)]);
    answer.view = "closed";
    answer.open = vec![OpenDay { unit: "B2".into(), day: "2026-06-30".to_owned() }];
    let silent = SilentShown {
        rep: "P1".into(),
        name: "김철수".to_owned(),
        branch: "B1".into(),
        day: "2026-06-30".to_owned(),
        last_contact: None,
        devices: Vec::new(),
    };
    answer.completeness = Some(CompletenessShown { expected: 3, reported: 2, silent: vec![silent] });
    let rows = sheet(&export(answer, SplitBy::Product), "How to read this");
    let told = |what: &str| {
        let row = rows.iter().find(|row| row[0] == Data::String(what.to_owned()));
        row.unwrap_or_else(|| panic!("{what} is not there"))[1].clone()
    };
    assert_eq!(told("asked at"), Data::String("2026-06-30 09:00:00 Asia/Seoul".to_owned()));
    assert_eq!(told("moment"), Data::Float(7.0));
    assert_eq!(told("unit"), Data::String("R 1".to_owned()), "the unit asked about comes first");
    assert_eq!(told("one row per"), Data::String("branch".to_owned()));
    assert!(told("state").to_string().starts_with("as closed"));
    assert_eq!(told("sold"), Data::Float(1_000.0), "the total comes before the meaning");
    assert!(matches!(told("B2"), Data::DateTime(_)), "days that are not closed are named");
    assert_eq!((told("expected"), told("reported")), (Data::Float(3.0), Data::Float(2.0)));
    assert_eq!(told("P1"), Data::String("김철수".to_owned()), "who is silent is named");
    for column in columns::columns(SplitBy::Product) {
        let meaning = Data::String(column.meaning.to_owned());
        assert!(rows.iter().any(|row| row[1] == meaning), "{} is not explained", column.name);
    }
}

#[test]
fn the_same_answer_is_the_same_file() {
    let export = export(answer(vec![row("B1", "강남", 7)]), SplitBy::Unit);
    assert_eq!(written(&export, FileForm::Xlsx), written(&export, FileForm::Xlsx));
    let made = part(&export, "docProps/core.xml");
    assert!(
        made.contains(">2026-06-30T00:00:00Z<"),
        "made when it was asked for, by the hub's clock: {made}"
    );
}

#[test]
fn files_are_called_by_what_they_hold() {
    let mut export = export(answer(Vec::new()), SplitBy::Unit);
    assert_eq!(export.file_name(CSV), "figures-2026-06-01-2026-06-30-R1-branch.csv");
    export.unit = "\"; filename=\"../강남.exe".into();
    assert_eq!(export.file_name(FileForm::Xlsx), "figures-2026-06-01-2026-06-30-filenameexe-branch.xlsx");
}

#[test]
fn a_sheet_has_an_end() {
    let many = vec![row("B1", "강남", 7); xlsx::ROWS + 1];
    let export = export(answer(many), SplitBy::Unit);
    assert!(matches!(export.write(FileForm::Xlsx, Vec::new()), Err(ExportError::TooManyRows(1_048_576))));
    assert!(export.fits(CSV).is_ok());
}

#[cfg(feature = "parquet")]
mod as_parquet {
    use std::io::Seek;

    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::{Field, RowAccessor};

    use super::*;

    fn read(export: &FigureExport) -> SerializedFileReader<std::fs::File> {
        let mut file = tempfile::tempfile().unwrap();
        export.write(FileForm::Parquet, &mut file).unwrap();
        file.rewind().unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    #[test]
    fn columns_are_what_they_are_named() {
        let mut rows = vec![row("B1", "=강남", 7), row("B2", "서초", -2)];
        rows[0].day = Some("2026-06-02".to_owned());
        rows[1].day = Some("1899-12-31".to_owned());
        let export = export(answer(rows), SplitBy::Day);
        let file = read(&export);
        let schema = file.metadata().file_metadata().schema_descr().clone();
        let names: Vec<_> = schema.columns().iter().map(|column| column.name().to_owned()).collect();
        let due: Vec<_> = columns::columns(SplitBy::Day).iter().map(|column| column.name).collect();
        assert_eq!(names, due);
        let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].get_string(1).unwrap().as_str(), rows[0].get_long(3).unwrap()), ("=강남", 7));
        let days: Vec<_> = rows.iter().map(|row| row.get_column_iter().nth(2).unwrap().1.clone()).collect();
        assert_eq!(days, [Field::Date(20_606), Field::Date(-25_568)]);
        assert_eq!(rows[0].get_double(names.len() - 2).unwrap(), 85.7);
        assert!(rows[0].get_double(names.len() - 1).is_err(), "what is not known yet is nothing, and not 0");
        let about = file.metadata().file_metadata().key_value_metadata().unwrap();
        let told = |key: &str| about.iter().find(|one| one.key == key).and_then(|one| one.value.clone());
        assert_eq!(told("What was asked: last business day").as_deref(), Some("2026-06-30"));
        assert_eq!(told("Total of all rows: sold").as_deref(), Some("1000"));
        assert_eq!(told("What the columns mean: sold").as_deref(), Some("Policies sold."));
    }

    #[test]
    fn any_number_of_rows_has_a_place() {
        for count in [0, 1, 65_536, 65_537] {
            let rows = (0..count).map(|number| row("B1", "", number)).collect();
            let file = read(&export(answer(rows), SplitBy::Unit));
            assert_eq!(file.metadata().file_metadata().num_rows(), count);
            let sold = file.get_row_iter(None).unwrap().map(|row| row.unwrap().get_long(2).unwrap());
            assert!(sold.eq(0..count), "{count} rows in their order");
        }
    }
}
