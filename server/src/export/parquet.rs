//! Figures as Parquet, for programs that analyse them. Compiled in with the feature `parquet`.
//!
//! Columns are written group by group of rows, so that a file of any length takes the memory of one group.

use std::io::{self, Write};
use std::sync::Arc;

use document_model::{day_number, parse_date};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::columns::{Cell, Column, Read, columns};
use super::reading::{Line, lines};
use super::{ExportError, FigureExport};
use crate::hub::FigureRowNamed;

/// Rows written together.
const GROUP_ROWS: usize = 65_536;

/// Writes the file.
pub(super) fn write(export: &FigureExport, out: impl Write + Send) -> Result<(), ExportError> {
    let columns = columns(export.by);
    let schema = Arc::new(parse_message_type(&schema(&columns)).map_err(failed)?);
    let properties = WriterProperties::builder()
        .set_created_by("Fieldbook".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(about(export)))
        .build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(failed)?;
    for rows in export.answer.rows.chunks(GROUP_ROWS) {
        let mut group = file.next_row_group().map_err(failed)?;
        for column in &columns {
            let next = group.next_column().map_err(failed)?;
            let mut writer = next.ok_or_else(|| io::Error::other("a column without a place"))?;
            write_column(&mut writer, column, rows).map_err(failed)?;
            writer.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    file.close().map_err(failed)?;
    Ok(())
}

/// The columns as a message type.
fn schema(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let name = column.name;
        match column.read {
            Read::Text(_) => format!("required binary {name} (UTF8);"),
            Read::Number(_) => format!("required int64 {name};"),
            Read::Percent(_) => format!("optional double {name};"),
            Read::Day(_) => format!("optional int32 {name} (DATE);"),
        }
    };
    format!("message figures {{ {} }}", columns.iter().map(field).collect::<Vec<_>>().join(" "))
}

fn write_column(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column,
    rows: &[FigureRowNamed],
) -> Result<(), ParquetError> {
    match column.read {
        Read::Text(read) => {
            let texts: Vec<_> = rows.iter().map(|row| ByteArray::from(read(row))).collect();
            writer.typed::<ByteArrayType>().write_batch(&texts, None, None).map(drop)
        }
        Read::Number(read) => {
            let numbers: Vec<_> = rows.iter().map(read).collect();
            writer.typed::<Int64Type>().write_batch(&numbers, None, None).map(drop)
        }
        Read::Percent(read) => {
            let percents = rows.iter().map(|row| read(row).map(|percent| percent.value()));
            maybe(writer.typed::<DoubleType>(), percents)
        }
        Read::Day(read) => maybe(writer.typed::<Int32Type>(), rows.iter().map(|row| days(read(row)))),
    }
}

/// Values of which some are not there.
fn maybe<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut there, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        there.extend(value);
    }
    writer.write_batch(&there, Some(&levels), None).map(drop)
}

/// Days since 1970.
fn days(text: &str) -> Option<i32> {
    parse_date(text).map(day_number)
}

/// What a person has to know beside the rows, as the file's own metadata.
fn about(export: &FigureExport) -> Vec<KeyValue> {
    let (total, mut about, mut heading) = (export.total_row(), Vec::new(), "");
    for line in lines(export, &total) {
        match line {
            Line::Heading(text) => heading = text,
            Line::Entry(what, told) => about.push(KeyValue::new(format!("{heading}: {what}"), words(told))),
        }
    }
    about
}

fn words(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) | Cell::Day(text) => text.to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Percent(percent) => percent.map(|percent| percent.value().to_string()).unwrap_or_default(),
    }
}

/// What the writer below said, not that another one passed it on.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(why) => match why.downcast::<io::Error>() {
            Ok(why) => *why,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
