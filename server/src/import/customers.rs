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

pub(super) static SHAPE: Shape =
    Shape { kind: Kind::Customer, keys: &["customer_no", "rep_code"], keyed: &[] };

/// Fields whose absence a person should know of, where the file has a column for them. That a name is
/// missing the rules say.
const EXPECTED: [&str; 6] =
    ["birth_date", "address.street", "address.detail", "address.city", "address.state", "address.zip"];

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
                Ok(None) if self.expected.contains(&field) => {
                    self.landing.warn(row.line, format!("{field}: empty"))
                }
                Ok(None) => {}
                Err(expected) => self.landing.warn(row.line, format!("{field}: not {expected}, left out")),
            }
        }
        fields
    }

    /// Two customers of one name born on one day may well be one person.
    fn look_for_twins(&mut self, line: u64, fields: &[(String, FieldValue)]) {
        let text = |name: &str| {
            fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_text())
        };
        let (Some(name), Some(born)) = (text("name"), text("birth_date")) else { return };
        let name: String =
            name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
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

#[cfg(test)]
pub(super) mod tests {
    use document_model::{BookId, Document};

    use super::*;
    use crate::app::tests::{NOW, app};
    use crate::app::{App, SystemEntropy};
    use crate::hub::InlineGate;
    use crate::import::import_org;
    use crate::storage::DocumentStorage;
    use crate::storage::memory::MemoryStorage;

    type TestApp = App<MemoryStorage, InlineGate>;

    const HEADER: &str = "customer_no,name,birth_date,phone,address.city,rep_code";
    pub(in crate::import) const TWO: &str =
        "1,김철수,1980-02-03,010-1111-0000,Seoul,P1\n2,이영희,1990-12-31,,Busan,P2\n";

    /// A hub with two reps.
    pub(in crate::import) async fn staffed() -> TestApp {
        let app = app().await;
        let header = "region_code,region_name,branch_code,branch_name,rep_code,rep_name";
        let org = format!("{header}\nR1,North,B1,One,P1,Kim\nR1,North,B1,One,P2,Lee\n");
        assert!(import_org(&app, org.as_bytes(), false).await.unwrap().imported);
        app
    }

    pub(in crate::import) async fn import(app: &TestApp, rows: &str, dry_run: bool) -> ImportReport {
        let content = format!("{HEADER}\n{rows}");
        let mut entropy = SystemEntropy;
        let done =
            import_customers(&app.hub, content.as_bytes(), None, dry_run, NOW, &mut entropy, &|_, _| ());
        let report = done.await.unwrap();
        assert_eq!(report.rows, report.created + report.unchanged + report.rejections, "{report:?}");
        report
    }

    fn id(customer_no: &str) -> DocumentId {
        customer_id(&Map::of(None, &SHAPE).unwrap(), customer_no)
    }

    async fn field(app: &TestApp, customer_no: &str, field: &str) -> Option<FieldValue> {
        let stored = app.hub.storage().documents(&[id(customer_no)]).await.unwrap().pop().flatten().unwrap();
        Document::load(stored.kind, &stored.saved).unwrap().fields().get(field).cloned()
    }

    #[tokio::test]
    async fn customers_go_into_their_reps_books_once() {
        let app = staffed().await;
        let dry = import(&app, TWO, true).await;
        assert_eq!((dry.created, dry.unchanged, dry.imported), (2, 0, false));
        assert_eq!(
            app.hub.storage().documents(&[id("1")]).await.unwrap(),
            [None],
            "a dry run changes nothing"
        );
        let first = import(&app, TWO, false).await;
        assert_eq!((first.created, first.unchanged, first.imported), (2, 0, true));
        let stored = app.hub.storage().documents(&[id("2")]).await.unwrap().pop().flatten().unwrap();
        assert_eq!((stored.book, stored.imported), (BookId::of_rep(&"P2".into()), true));
        assert_eq!(field(&app, "1", "phone").await, Some("010-1111-0000".into()));
        let second = import(&app, TWO, false).await;
        assert_eq!((second.created, second.unchanged, second.imported), (0, 2, true));
        let again = app.hub.storage().documents(&[id("2")]).await.unwrap().pop().flatten().unwrap();
        assert_eq!(again.last_seq, stored.last_seq);
        assert_eq!(app.hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[tokio::test]
    async fn what_a_rep_edited_since_stays() {
        let app = staffed().await;
        import(&app, TWO, false).await;
        let edit = HubWrite {
            document: id("1"),
            kind: Kind::Customer,
            book: BookId::of_rep(&"P1".into()),
            fields: vec![("phone".to_owned(), "010-9999-0000".into())],
            imported: false,
            only_new: false,
        };
        app.hub.write("kim", &[edit], NOW, &mut SystemEntropy).await.unwrap();
        assert_eq!(import(&app, TWO, false).await.unchanged, 2);
        assert_eq!(field(&app, "1", "phone").await, Some("010-9999-0000".into()));
    }

    #[tokio::test]
    async fn rows_that_cannot_be_taken_keep_none_back() {
        let app = staffed().await;
        let rows = "1,a,,,,P9\n,b,,,,P1\n3,c,,,,\n4 4,d,,,,P1\n5,e,,,\n6,f,,,,P1\n6,f,,,,P1\n";
        let report = import(&app, rows, false).await;
        let lines: Vec<_> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!((report.created, report.rejections), (1, 6));
        assert_eq!(lines.len(), 6);
        let reason = |line| report.rejected.iter().find(|note| note.line == line).unwrap().reason.clone();
        assert!(reason(2).contains("no rep P9"));
        assert!(reason(5).contains("is no code"));
        assert!(reason(8).contains("on line 7 already"));
    }

    #[tokio::test]
    async fn dirty_people_go_in_with_warnings() {
        let app = staffed().await;
        let rows = "1,,1980-02-03,,Seoul,P1\n2,Kim,1980-02-30,,Seoul,P1\n3,Kim,,,,P1\n4,Lee,2031-01-01,,Seoul,P1\n\
                    5,Park Min,1970-01-01,,Seoul,P1\n6,park  min,1970-01-01,,Seoul,P2\n";
        let report = import(&app, rows, false).await;
        assert_eq!((report.created, report.rejections), (6, 0));
        let warned = |words: &str| {
            report.warnings.iter().find(|note| note.reason.starts_with(words)).map(|note| note.line)
        };
        assert_eq!(warned("name: missing, to be put right: 1 row"), Some(2));
        assert_eq!(warned("birth_date: not a date YYYY-MM-DD, left out: 1 row"), Some(3));
        assert_eq!(warned("birth_date: empty: 1 row"), Some(4));
        assert_eq!(warned("birth_date: in the future, left out: 1 row"), Some(5));
        assert_eq!(warned("address.city: empty: 1 row"), Some(4));
        assert_eq!(warned("probable duplicates"), Some(7));
        assert_eq!(field(&app, "2", "birth_date").await, None);
        assert_eq!(app.hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[tokio::test]
    async fn a_map_joins_columns_and_must_know_them_all() {
        let app = staffed().await;
        let map = "source = \"old\"\ndate_format = \"%Y%m%d\"\n[keys]\ncustomer_no = \"no\"\nrep_code = \"rep\"\n\
                   [fields]\nname = { join = [\"family\", \"given\"], with = \"\" }\nbirth_date = \"born\"\n";
        let import = async |content: &str| {
            import_customers(
                &app.hub,
                content.as_bytes(),
                Some(map),
                false,
                NOW,
                &mut SystemEntropy,
                &|_, _| (),
            )
            .await
            .unwrap()
        };
        let report = import("no,family,given,born,rep\n7,김,철수,19800203,P1\n8,이,,19801341,P1\n").await;
        assert_eq!((report.created, report.warnings.len()), (2, 2), "{report:?}");
        let stored = app.hub.storage().documents(&[DocumentId::derived("customer:old", "7")]).await.unwrap();
        let stored = stored.into_iter().flatten().next().unwrap();
        let fields = Document::load(stored.kind, &stored.saved).unwrap().fields();
        assert_eq!((&fields["name"], &fields["birth_date"]), (&"김철수".into(), &"1980-02-03".into()));
        let unread = import("no,family,given,rep\n9,a,b,P1\n").await;
        assert!(!unread.imported && unread.rejected[0].reason.contains("born"));
        let unknown = import("no,family,given,born,rep,shoe_size\n9,a,b,,P1,43\n").await;
        assert!(!unknown.imported && unknown.rejected[0].reason.contains("shoe_size"));
    }

    #[tokio::test]
    async fn rows_too_long_for_a_document_are_rejected() {
        let app = staffed().await;
        let columns: Vec<_> = (0..9).map(|at| format!("c{at}")).collect();
        let fields: Vec<_> = columns.iter().map(|name| format!("\"custom.{name}\" = \"{name}\"")).collect();
        let map = format!(
            "source = \"old\"\n[keys]\ncustomer_no = \"no\"\nrep_code = \"rep\"\n[fields]\n{}\n",
            fields.join("\n")
        );
        let long = vec!["x".repeat(4_000); 9].join(",");
        let content = format!("no,rep,{}\n1,P1,{long}\n", columns.join(","));
        let mut entropy = SystemEntropy;
        let done =
            import_customers(&app.hub, content.as_bytes(), Some(&map), false, NOW, &mut entropy, &|_, _| ());
        let report = done.await.unwrap();
        assert_eq!((report.created, report.rejections), (0, 1));
    }
}
