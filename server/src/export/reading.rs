//! What a person has to know to read a file of figures: the question, the state, the total, the columns.

use super::FigureExport;
use super::columns::{Cell, columns};
use crate::hub::{FigureRowNamed, OpenDay};
use crate::storage::SplitBy;

/// A line: a heading, or what something is called and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// What the lines after it are about.
    Heading(&'static str),
    /// What something is called, and what it is.
    Entry(&'a str, Cell<'a>),
}

/// The lines, in order.
pub(super) fn lines<'a>(export: &'a FigureExport, total: &'a FigureRowNamed) -> Vec<Line<'a>> {
    let answer = &export.answer;
    let mut lines = vec![
        Line::Heading("What was asked"),
        Line::Entry("first business day", Cell::Day(&answer.from)),
        Line::Entry("last business day", Cell::Day(&answer.to)),
        Line::Entry("unit", Cell::Text(export.unit.as_str())),
        Line::Entry("one row per", Cell::Text(answer.level)),
        Line::Entry("split by", Cell::Text(split(export.by))),
        Line::Entry("state", Cell::Text(state(answer.view))),
        Line::Entry("structure", Cell::Text(structure(answer.structure))),
    ];
    lines.extend(export.as_of.as_deref().map(|at| Line::Entry("as of", Cell::Text(at))));
    lines.extend([
        Line::Entry("asked at", Cell::Text(&export.asked_at)),
        Line::Entry("moment", number(answer.moment)),
        Line::Entry("rows", number(answer.rows.len())),
        Line::Heading("Total of all rows"),
    ]);
    let columns = columns(export.by);
    for column in &columns {
        if let number @ (Cell::Number(_) | Cell::Percent(Some(_))) = column.cell(total) {
            lines.push(Line::Entry(column.name, number));
        }
    }
    if let Some(completeness) = &answer.completeness {
        lines.push(Line::Heading(
            "How complete it is: reps expected to report, those who have, and the silent",
        ));
        lines.push(Line::Entry("expected", number(completeness.expected)));
        lines.push(Line::Entry("reported", number(completeness.reported)));
        let silent = completeness.silent.iter();
        lines.extend(silent.map(|silent| Line::Entry(silent.rep.as_str(), Cell::Text(&silent.name))));
    }
    lines.push(Line::Heading("What the columns mean"));
    lines.extend(columns.iter().map(|column| Line::Entry(column.name, Cell::Text(column.meaning))));
    lines.push(Line::Heading("What to know"));
    lines.extend(KNOW.map(|(what, told)| Line::Entry(what, Cell::Text(told))));
    if !answer.open.is_empty() {
        lines.push(Line::Heading("Not closed, and not counted"));
        lines.extend(
            answer.open.iter().map(|OpenDay { unit, day }| Line::Entry(unit.as_str(), Cell::Day(day))),
        );
    }
    lines
}

/// What holds for all files.
const KNOW: [(&str, &str); 3] = [
    ("units without sales", "They have no row. Sums may be negative where more was taken back than sold."),
    (
        "moment",
        "The number of the state of the sums. Two answers of one moment and one question are the same, but \
                for sales that came in after it, which the state `now` counts as well.",
    ),
    ("large numbers", "A spreadsheet program is exact to 15 digits. A number with more stands here as text."),
];

fn split(by: SplitBy) -> &'static str {
    match by {
        SplitBy::Unit => "nothing further",
        SplitBy::Product => "product",
        SplitBy::Type => "type of product",
        SplitBy::Day => "day",
    }
}

fn structure(structure: &str) -> &'static str {
    match structure {
        "today" => "today's: what reps sold counts where they stand now",
        _ => "as it was: what reps sold counts where they stood that day",
    }
}

fn number<'a>(count: impl TryInto<i64>) -> Cell<'a> {
    Cell::Number(count.try_into().unwrap_or(i64::MAX))
}

fn state(view: &str) -> &'static str {
    match view {
        "closed" => "as closed: what came after a day was closed is not counted",
        "as_of" => "as of a moment: what came after it is not counted",
        _ => "now: all that had come in when it was asked",
    }
}
