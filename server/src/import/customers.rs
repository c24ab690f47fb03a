//! Customers, each into the book of its rep, found again by the number the other system gives it.
//!
//! What is known of people is dirty: a row that lacks a name part or has an impossible birth date goes
//! in as far as it can, and is warned about. A customer that exists is left as it is, whatever the file
//! says: a rep may have put it right since.

use std::collections::HashMap;

use document_model::{Date, DocumentId, Entropy, FieldValue, Kind, Moment, parse_date};

use super::landing::{ImportError, Landing, Progress};
use super::map::{Map, Shape};
use super::{Columns, ImportReport, Row};
use crate::hub::{Gate, Hub, HubWrite};
use crate::storage::Storage;

static SHAPE: Shape = Shape { kind: Kind::Customer, keys: &["customer_no", "rep_code"], keyed: &[] };

/// Fields whose absence a person should know of, where the file has a column for them.
const EXPECTED: [&str; 7] =
    ["name", "birth_date", "address.street", "address.detail", "address.city", "address.state", "address.zip"];

/// The document of a customer of another system.
pub(super) fn customer_id(map: &Map, customer_no: &str) -> DocumentId {
    DocumentId::derived(&format!("customer:{}", map.source), customer_no)
}

/// Imports customers from a CSV file; with `dry_run` only says what would happen. Rows that cannot be
/// taken are rejected and all others go in. Nothing is written unless the whole file can be read.
pub async fn import_customers<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    map: Option<&str>,
    dry_run: bool,
    now: Moment,
    entropy: &mut (dyn Entropy + Send),
    progress: Progress<'_>,
) -> Result<ImportReport, ImportError> {
    let map = Map::of(map, &SHAPE)?;
    let (required, optional) = map.columns();
    let columns = Columns { required: &required, optional: &optional };
    let mut landing = Landing::open(hub, &map, &SHAPE, now).await?;
    let Some(sheet) = landing.sheet(content, &columns) else { return Ok(landing.finished()) };
    let expected = EXPECTED.into_iter().filter(|field| map.feeds(field, &sheet.header)).collect();
    let mut people = People { landing, expected, known: HashMap::new() };
    let writes = sheet.rows.iter().filter_map(|row| people.customer(row)).collect();
    let writing = if dry_run { None } else { Some((now, entropy)) };
    Ok(people.landing.land(hub, writes, writing, progress).await?)
}

struct People<'a> {
    landing: Landing<'a>,
    expected: Vec<&'static str>,
    /// Line of the first customer of a name and birth date.
    known: HashMap<(String, String), u64>,
}

impl People<'_> {
    fn customer(&mut self, row: &Row<'_>) -> Option<HubWrite> {
        let map = self.landing.map;
        let (_, book) = self.landing.rep(row)?;
        let id = customer_id(map, self.landing.key(row, "customer_no")?);
        let document = self.landing.claim(row, id, "customer")?;
        let fields = self.fields(row);
        let write = self.landing.write(row, document, book, fields)?;
        self.look_for_twins(row.line, &write.fields);
        Some(write)
    }

    /// What of the row can be taken; the rest is warned about.
    fn fields(&mut self, row: &Row<'_>) -> Vec<(String, FieldValue)> {
        let mut fields = Vec::new();
        for read in self.landing.map.read(Kind::Customer, row) {
            let field = read.field;
            match read.value {
                Ok(Some(value)) if field == "birth_date" && is_after(&value, self.landing.today) => {
                    self.landing.warn(row.line, "birth_date: in the future, left out");
                }
                Ok(Some(value)) => {
                    if !read.empty.is_empty() {
                        self.landing.warn(row.line, format!("{field}: without {}", read.empty.join(", ")));
                    }
                    fields.push((field.to_owned(), value));
                }
                Ok(None) if self.expected.contains(&field) => self.landing.warn(row.line, format!("{field}: empty")),
                Ok(None) => {}
                Err(expected) => self.landing.warn(row.line, format!("{field}: not {expected}, left out")),
            }
        }
        fields
    }

    /// Two customers of one name born on one day may well be one person.
    fn look_for_twins(&mut self, line: u64, fields: &[(String, FieldValue)]) {
        let text = |name: &str| fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_text());
        let (Some(name), Some(born)) = (text("name"), text("birth_date")) else { return };
        let name: String = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if self.known.contains_key(&(name.clone(), born.to_owned())) {
            self.landing.warn(line, "probable duplicates: the name and birth date of an earlier line");
        } else {
            self.known.insert((name, born.to_owned()), line);
        }
    }
}

fn is_after(value: &FieldValue, today: Date) -> bool {
    value.as_text().and_then(parse_date).is_some_and(|born| born > today)
}
