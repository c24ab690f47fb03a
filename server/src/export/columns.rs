//! The columns of figures: their names, what they mean, and how each is read out of a row.
//!
//! A further column is one more line here; both formats and the sheet that explains them have it then.
//! Names are those of the JSON answer.

use crate::hub::{FigureRowNamed, Percent};
use crate::storage::SplitBy;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// A text, which somebody may have typed.
    Text(&'a str),
    /// A whole number: policies, or won.
    Number(i64),
    /// A percentage, where it is known.
    Percent(Option<Percent>),
    /// A day, `YYYY-MM-DD`.
    Day(&'a str),
}

/// How a column is read out of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Read {
    /// As a text.
    Text(fn(&FigureRowNamed) -> &str),
    /// As a whole number.
    Number(fn(&FigureRowNamed) -> i64),
    /// As a percentage.
    Percent(fn(&FigureRowNamed) -> Option<Percent>),
    /// As a day.
    Day(fn(&FigureRowNamed) -> &str),
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its heading.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) meaning: &'static str,
    /// Letters it has room for.
    pub(super) width: u8,
    /// How it is read.
    pub(super) read: Read,
}

impl Column {
    /// Its cell in a row.
    pub(super) fn cell<'r>(&self, row: &'r FigureRowNamed) -> Cell<'r> {
        match self.read {
            Read::Text(read) => Cell::Text(read(row)),
            Read::Number(read) => Cell::Number(read(row)),
            Read::Percent(read) => Cell::Percent(read(row)),
            Read::Day(read) => Cell::Day(read(row)),
        }
    }
}

/// Letters a column of sums has room for: a hundred trillion with its commas.
const SUM_WIDTH: u8 = 20;

const UNIT: Column = Column {
    name: "unit",
    meaning: "The unit's code.",
    width: 12,
    read: Read::Text(|row| row.unit.as_str()),
};

const NAME: Column =
    Column { name: "name", meaning: "The unit's name.", width: 24, read: Read::Text(|row| &row.name) };

const PRODUCT: Column = Column {
    name: "product",
    meaning: "The product's code.",
    width: 14,
    read: Read::Text(|row| row.product.as_deref().unwrap_or_default()),
};

const TYPE: Column = Column {
    name: "type",
    meaning: "The type of the products, by the catalogue of now.",
    width: 14,
    read: Read::Text(|row| row.product_type.as_deref().unwrap_or_default()),
};

const DAY: Column = Column {
    name: "day",
    meaning: "The business day.",
    width: 12,
    read: Read::Day(|row| row.day.as_deref().unwrap_or_default()),
};

/// A column of sums.
const fn sum(name: &'static str, meaning: &'static str, read: Read) -> Column {
    Column { name, meaning, width: SUM_WIDTH, read }
}

/// What is summed up: these have a total.
const SUMS: [Column; 12] = [
    sum("sold", "Policies sold.", Read::Number(|row| row.sums.sold)),
    sum("withdrawn", "Policies withdrawn.", Read::Number(|row| row.sums.withdrawn)),
    sum("net", "Policies sold less those withdrawn.", Read::Number(|row| row.sums.net)),
    sum(
        "premium_gross_won",
        "Premium of the policies sold, in won.",
        Read::Number(|row| row.sums.premium_gross_won),
    ),
    sum(
        "premium_net_won",
        "Premium sold less premium withdrawn, in won.",
        Read::Number(|row| row.sums.premium_net_won),
    ),
    sum(
        "ape_net_won",
        "Annual premium equivalent sold less withdrawn, in won: monthly premium x 12, quarterly x 4, annual x 1, \
         single / 10.",
        Read::Number(|row| row.sums.ape_net_won),
    ),
    sum(
        "premium_average_won",
        "Premium of a policy on average, of those sold and not withdrawn, in whole won. Averages do not add up.",
        Read::Number(|row| row.sums.premium_average_won),
    ),
    sum("lapsed", "Policies that lapsed.", Read::Number(|row| row.sums.lapsed)),
    sum(
        "lapsed_in_13_months",
        "Of those that lapsed: before thirteen months were over.",
        Read::Number(|row| row.sums.lapsed_in_13_months),
    ),
    sum(
        "lapsed_in_25_months",
        "Of those that lapsed: after thirteen months, before twenty-five were over.",
        Read::Number(|row| row.sums.lapsed_in_25_months),
    ),
    sum(
        "persistency_13_percent",
        "Of the policies sold and not withdrawn, the percentage in force when thirteen months were over; empty before \
         they are over for every day of sale. Percentages do not add up.",
        Read::Percent(|row| row.sums.persistency_13_percent),
    ),
    sum(
        "persistency_25_percent",
        "The same when twenty-five months were over.",
        Read::Percent(|row| row.sums.persistency_25_percent),
    ),
];

/// The columns of rows that are split so.
pub(super) fn columns(by: SplitBy) -> Vec<Column> {
    let split = match by {
        SplitBy::Unit => None,
        SplitBy::Product => Some(PRODUCT),
        SplitBy::Type => Some(TYPE),
        SplitBy::Day => Some(DAY),
    };
    [UNIT, NAME].into_iter().chain(split).chain(SUMS).collect()
}
