//! A map: which column of a foreign file feeds which field, as TOML.
//!
//! Without a map the columns are named as the fields are. With one, every column of the file must be
//! named in it, if only to be ignored: a column nobody thought of is data that would be lost in silence.

use std::collections::{BTreeMap, BTreeSet};

use document_model::limits::{KEY_BYTES, VALUE_BYTES};
use document_model::schema::{Place, Schema, Slot, ValueType};
use document_model::{Assignment, Date, EditError, FieldValue, Kind, parse_assignment, parse_date};
use serde::Deserialize;

use super::Row;
use crate::config::on_one_line;

/// Bytes of a map.
const MAP_BYTES: usize = 64 * 1024;
/// Bytes of all values of one row: well below what one change may hold.
const ROW_BYTES: usize = 32 * 1024;
/// The source where no map names one.
const DEFAULT_SOURCE: &str = "import";
/// Letters a source has besides alphanumeric ones.
const SOURCE_MARKS: &str = "._-";

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// It is no TOML, or not of this shape.
    #[error("{0}")]
    Unreadable(String),
    /// It is larger than a map takes.
    #[error("it has {0} bytes, more than {MAP_BYTES}")]
    TooLarge(usize),
    /// The source is no name.
    #[error("source: {0:?} is no name; letters, digits and {SOURCE_MARKS}")]
    Source(String),
    /// A key is missing or not known.
    #[error("[keys] must say which columns are {0}")]
    Keys(String),
    /// A field is not known, or is not one an import can fill.
    #[error("there is no field {0:?} that a map could feed")]
    Field(String),
    /// A field is fed twice.
    #[error("the field {0:?} is both in [fields] and in [constants]")]
    Twice(String),
    /// A constant is not of its field's type.
    #[error("[constants] {0}")]
    Constant(String),
}

/// What a kind of file is about: its document kind and its keys.
#[derive(Debug)]
pub(super) struct Shape {
    /// The kind of document a row becomes.
    pub(super) kind: Kind,
    /// The keys every row must have.
    pub(super) keys: &'static [&'static str],
    /// Fields that keys feed, which a map cannot.
    pub(super) keyed: &'static [&'static str],
}

/// Where a field's text comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Feed {
    /// One column.
    Column(String),
    /// Several, the filled ones joined.
    Join {
        join: Vec<String>,
        #[serde(default = "blank")]
        with: String,
    },
}

fn blank() -> String {
    " ".to_owned()
}

impl Feed {
    fn columns(&self) -> &[String] {
        match self {
            Self::Column(column) => std::slice::from_ref(column),
            Self::Join { join, .. } => join,
        }
    }

    fn text(&self, row: &Row<'_>) -> String {
        let filled = self.columns().iter().map(|column| row.get(column)).filter(|cell| !cell.is_empty());
        let with = if let Self::Join { with, .. } = self { with.as_str() } else { "" };
        filled.collect::<Vec<_>>().join(with)
    }
}

/// A map, checked against the kind of file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    /// Keeps the numbers of different systems apart.
    pub(super) source: String,
    keys: BTreeMap<String, String>,
    #[serde(default)]
    fields: BTreeMap<String, Feed>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    /// How dates are written, as strptime says it.
    date_format: Option<String>,
    /// Codes of the other system, by field, and what they are here.
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// Columns that feed nothing.
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(skip)]
    fixed: Vec<(String, FieldValue)>,
    /// True without a map: columns may be absent.
    #[serde(skip)]
    lenient: bool,
}

/// One field of a row as the file has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read<'a> {
    /// The field.
    pub(super) field: &'a str,
    /// Its value, nothing where the cells are empty; or why the text is none.
    pub(super) value: Result<Option<FieldValue>, &'static str>,
    /// The columns that feed it and are empty here.
    pub(super) empty: Vec<&'a str>,
}

impl Map {
    /// Reads a map for files of this shape; without one, columns are named as fields are.
    pub(super) fn of(text: Option<&str>, shape: &Shape) -> Result<Self, MapError> {
        let Some(text) = text else { return Ok(Self::plain(shape)) };
        if text.len() > MAP_BYTES {
            return Err(MapError::TooLarge(text.len()));
        }
        let mut map: Self =
            toml::from_str(text).map_err(|error| MapError::Unreadable(on_one_line(&error.to_string())))?;
        map.check(shape)?;
        Ok(map)
    }

    fn plain(shape: &Shape) -> Self {
        let same = |name: &str| (name.to_owned(), name.to_owned());
        let names = fed_fields(shape).filter(|name| !name.is_empty());
        Self {
            source: DEFAULT_SOURCE.to_owned(),
            keys: shape.keys.iter().map(|key| same(key)).collect(),
            fields: names.map(|name| (name.clone(), Feed::Column(name))).collect(),
            constants: BTreeMap::new(),
            date_format: None,
            values: BTreeMap::new(),
            ignore: Vec::new(),
            fixed: Vec::new(),
            lenient: true,
        }
    }

    fn check(&mut self, shape: &Shape) -> Result<(), MapError> {
        let named = |letter: char| letter.is_alphanumeric() || SOURCE_MARKS.contains(letter);
        if self.source.is_empty() || self.source.len() > KEY_BYTES || !self.source.chars().all(named) {
            return Err(MapError::Source(self.source.clone()));
        }
        if !self.keys.keys().map(String::as_str).eq(sorted(shape.keys)) {
            return Err(MapError::Keys(sorted(shape.keys).collect::<Vec<_>>().join(", ")));
        }
        for field in self.fields.keys().chain(self.constants.keys()).chain(self.values.keys()) {
            if !can_feed(shape, field) {
                return Err(MapError::Field(field.clone()));
            }
        }
        if let Some(twice) = self.fields.keys().find(|field| self.constants.contains_key(*field)) {
            return Err(MapError::Twice(twice.clone()));
        }
        let fixed = self.constants.iter().map(|(field, text)| {
            let Assignment { field, value } = parse_assignment(shape.kind, &format!("{field}={text}"))
                .map_err(|error| MapError::Constant(error.to_string()))?;
            Ok((field, value))
        });
        self.fixed = fixed.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The columns that must be filled in every row, and those that may be empty.
    pub(super) fn columns(&self) -> (Vec<&str>, Vec<&str>) {
        let keys: BTreeSet<&str> = self.keys.values().map(String::as_str).collect();
        let fed = self.fields.values().flat_map(Feed::columns).chain(&self.ignore).map(String::as_str);
        let others: BTreeSet<&str> = fed.filter(|column| !keys.contains(column)).collect();
        (keys.into_iter().collect(), others.into_iter().collect())
    }

    /// Columns the map reads and the file does not have.
    pub(super) fn missing<'a>(&'a self, header: &[String]) -> Vec<&'a str> {
        if self.lenient {
            return Vec::new();
        }
        let (_, others) = self.columns();
        others.into_iter().filter(|column| !header.iter().any(|name| name == column)).collect()
    }

    /// The column of a key.
    pub(super) fn key(&self, key: &str) -> &str {
        self.keys.get(key).map_or("", String::as_str)
    }

    /// True when a column of the file feeds the field.
    pub(super) fn feeds(&self, field: &str, header: &[String]) -> bool {
        let columns = self.fields.get(field).map_or(&[][..], Feed::columns);
        columns.iter().any(|column| header.contains(column))
    }

    /// The constants every document gets.
    pub(super) fn constants(&self) -> &[(String, FieldValue)] {
        &self.fixed
    }

    /// Every field that the map feeds, as the row has it.
    pub(super) fn read<'a>(&'a self, kind: Kind, row: &Row<'_>) -> Vec<Read<'a>> {
        let fields = self.fields.iter().map(|(field, feed)| {
            let empty = feed.columns().iter().map(String::as_str).filter(|column| row.get(column).is_empty());
            Read { field, value: self.value(kind, field, feed.text(row)), empty: empty.collect() }
        });
        fields.collect()
    }

    fn value(&self, kind: Kind, field: &str, text: String) -> Result<Option<FieldValue>, &'static str> {
        let text = self.values.get(field).and_then(|codes| codes.get(&text)).cloned().unwrap_or(text);
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() > VALUE_BYTES {
            return Err("short enough for a field");
        }
        let text = match &self.date_format {
            Some(format) if is_date(kind, field) => foreign_date(&text, format).ok_or("a date")?.to_string(),
            _ => text,
        };
        match parse_assignment(kind, &format!("{field}={text}")) {
            Ok(Assignment { value, .. }) => Ok(Some(value)),
            Err(EditError::WrongType { expected, .. }) => Err(expected),
            Err(_) => Err("possible"),
        }
    }
}

/// True when all values of a row fit into one change.
pub(super) fn fits(fields: &[(String, FieldValue)]) -> bool {
    fields.iter().map(|(name, value)| name.len() + value.size()).sum::<usize>() <= ROW_BYTES
}

fn sorted<'a>(keys: &[&'a str]) -> impl Iterator<Item = &'a str> {
    keys.iter().copied().collect::<BTreeSet<_>>().into_iter()
}

/// Fields of the kind that have one name, and that no key feeds.
fn fed_fields(shape: &Shape) -> impl Iterator<Item = String> {
    let fields = Schema::builtin(shape.kind).fields.iter();
    fields
        .filter(|field| field.place != Place::RootFamily)
        .map(|field| field.name.clone())
        .filter(|name| can_feed(shape, name))
}

fn can_feed(shape: &Shape, field: &str) -> bool {
    let schema = Schema::builtin(shape.kind);
    let slot = schema.slot(field).map(|(_, slot)| slot);
    let known = slot.is_some_and(|slot| !matches!(slot, Slot::Counter(_)));
    known && field.len() <= KEY_BYTES && !field.contains('=') && !shape.keyed.contains(&field)
}

fn is_date(kind: Kind, field: &str) -> bool {
    Schema::builtin(kind).slot(field).is_some_and(|(field, _)| field.value == ValueType::Date)
}

/// A date as another system writes it. Written again it must be the same text: readers of dates are
/// generous, and "1956049" is nobody's birthday.
fn foreign_date(text: &str, format: &str) -> Option<Date> {
    let date = Date::strptime(format, text).ok()?;
    let again = jiff::fmt::strtime::format(format, date).ok()?;
    if again == text { parse_date(&date.to_string()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SHAPE: Shape =
        Shape { kind: Kind::Policy, keys: &["policy_ref", "rep_code"], keyed: &["customer", "product"] };
    const KEYS: &str = "source = \"old\"\n[keys]\npolicy_ref = \"no\"\nrep_code = \"rep\"\n";

    fn map(rest: &str) -> Result<Map, MapError> {
        Map::of(Some(&format!("{KEYS}{rest}")), &SHAPE)
    }

    #[test]
    fn the_shipped_maps_are_of_their_shapes() {
        let of = |text, shape| Map::of(Some(text), shape).map(|map| map.source);
        let policies = include_str!("../../../deploy/maps/real-policies.toml");
        let customers = include_str!("../../../deploy/maps/real-customers.toml");
        let source = of(customers, &crate::import::customers::SHAPE).unwrap();
        assert_eq!(of(policies, &crate::import::policies::SHAPE), Ok(source));
    }

    #[test]
    fn a_map_that_cannot_be_meant_is_refused() {
        assert!(matches!(map("[fields]\npremium = 3\n"), Err(MapError::Unreadable(_))));
        assert!(matches!(map("[feilds]\n"), Err(MapError::Unreadable(_))));
        for field in ["premum", "customer", "visits", "custom."] {
            assert_eq!(
                map(&format!("[fields]\n\"{field}\" = \"a\"\n")),
                Err(MapError::Field(field.to_owned()))
            );
        }
        let twice = "[fields]\nsource = \"a\"\n[constants]\nsource = \"b\"\n";
        assert_eq!(map(twice), Err(MapError::Twice("source".to_owned())));
        assert!(matches!(map("[constants]\nsale_date = \"soon\"\n"), Err(MapError::Constant(_))));
        assert_eq!(
            Map::of(Some("source = \"a\"\n[keys]\nrep_code = \"rep\"\n"), &SHAPE),
            Err(MapError::Keys("policy_ref, rep_code".to_owned()))
        );
        assert_eq!(Map::of(Some(&KEYS.replace("old", "")), &SHAPE), Err(MapError::Source(String::new())));
        assert_eq!(Map::of(Some(&" ".repeat(MAP_BYTES + 1)), &SHAPE), Err(MapError::TooLarge(MAP_BYTES + 1)));
    }

    #[test]
    fn values_are_translated_and_dates_are_read_strictly() {
        let values =
            "[fields]\npayment_mode = \"m\"\nsale_date = \"d\"\n[values.payment_mode]\n1 = \"monthly\"\n";
        let mut map = map(values).unwrap();
        map.date_format = Some("%Y%m%d".to_owned());
        let value = |field, text: &str| map.value(Kind::Policy, field, text.to_owned());
        assert_eq!(value("payment_mode", "1"), Ok(Some("monthly".into())));
        assert_eq!(value("payment_mode", "2"), Err("one of its codes"));
        assert_eq!(value("sale_date", "20260601"), Ok(Some("2026-06-01".into())));
        assert_eq!(value("sale_date", ""), Ok(None));
        for bad in ["2026601", "20261301", "2026-06-01", "20260601x", "00010101"] {
            assert_eq!(value("sale_date", bad), Err("a date"), "{bad}");
        }
        assert_eq!(value("premium_won", "50,000"), Ok(Some(50_000.into())));
    }
}
