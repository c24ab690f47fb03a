//! The catalogue: one product document in the shared book per row, found again by its code.

use std::collections::BTreeMap;

use document_model::{Catalogue, Date, FieldValue, Product, ProductCode};

use super::{Columns, CutOff, DiffLine, FileKind, ImportReport, Row, Sheet, Terms};
use crate::app::{SystemEntropy, product_document};
use crate::hub::{Gate, Hub, HubWrite};
use crate::storage::Storage;

static COLUMNS: Columns =
    Columns { required: &["product_code", "product_name", "type"], optional: &["valid_from", "valid_to"] };

/// The author of imported documents.
const IMPORT_USER: &str = "import";

/// Products one file may change: they are stored in one commit.
const MOST_CHANGED: usize = 5_000;

/// Takes over a file of products.
pub(super) async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let rules = hub.current_rules().await?;
    terms.check(&mut report, rules.version)?;
    let products = products(&sheet.rows, &mut report);
    if !report.is_clean() {
        return Ok(report);
    }
    let writes: Vec<_> =
        products.iter().filter_map(|product| write(product, &rules.catalogue, &mut report)).collect();
    if writes.len() > MOST_CHANGED {
        report.reject(1, format!("more than {MOST_CHANGED} products are different; split the file"));
    }
    if !terms.takes(&report) {
        return Ok(report);
    }
    if !hub.write_whole(IMPORT_USER, &writes, rules.version, terms.now, &mut SystemEntropy).await? {
        return Err(CutOff::Changed);
    }
    report.imported = true;
    hub.note(terms.note(FileKind::Products, &report)).await?;
    report.version = hub.storage().rules_version().await?.to_string();
    terms.rejudge(hub, &mut report).await?;
    Ok(report)
}

/// The products of all rows, checked against each other.
fn products(rows: &[Row], report: &mut ImportReport) -> Vec<Product> {
    let mut known: BTreeMap<ProductCode, (u64, Product)> = BTreeMap::new();
    for row in rows {
        let Some(product) = product(row, report) else { continue };
        match known.get(&product.code) {
            None => drop(known.insert(product.code.clone(), (row.line, product))),
            Some((_, same)) if *same == product => {
                report.warn(row.line, format!("{} is there twice, the same", product.code));
            }
            Some((line, _)) => {
                report.reject(row.line, format!("{} is another product on line {line}", product.code));
            }
        }
    }
    known.into_values().map(|(_, product)| product).collect()
}

fn product(row: &Row, report: &mut ImportReport) -> Option<Product> {
    let (code, product_type) = (row.code("product_code", report), row.code("type", report));
    let (valid_from, valid_to) = row.validity(report)?;
    let (code, product_type) = (code?, product_type?);
    let name = row.get("product_name").to_owned();
    Some(Product { code: code.into(), name, product_type: product_type.to_owned(), valid_from, valid_to })
}

/// The write that makes the catalogue hold `product`, if it does not already.
fn write(product: &Product, catalogue: &Catalogue, report: &mut ImportReport) -> Option<HubWrite> {
    let mut write = product_document(product);
    let before = catalogue.get(&product.code);
    let line = DiffLine::new("product", &product.code, before.map(in_words), Some(in_words(product)));
    line.into_iter().for_each(|line| report.differs(line));
    match before {
        Some(same) if same == product => {
            report.unchanged += 1;
            return None;
        }
        Some(before) => {
            report.changed += 1;
            // No date means from the beginning, or no end: a date that stood there goes.
            let gone = [
                ("valid_from", before.valid_from.is_some() && product.valid_from.is_none()),
                ("valid_to", before.valid_to.is_some() && product.valid_to.is_none()),
            ];
            let gone = gone.into_iter().filter(|(_, gone)| *gone);
            write.fields.extend(gone.map(|(name, _)| (name.to_owned(), FieldValue::Nothing)));
        }
        None => report.created += 1,
    }
    Some(write)
}

fn in_words(product: &Product) -> String {
    let day = |word: &str, day: Option<Date>| day.map(|day| format!(" {word} {day}")).unwrap_or_default();
    let days = [day("from", product.valid_from), day("to", product.valid_to)].concat();
    format!("{}, {}{days}", product.name, product.product_type)
}

#[cfg(test)]
mod tests {
    use document_model::{parse_date, starter_products};

    use super::*;
    use crate::app::tests::app;
    use crate::import::import_products;

    const HEADER: &str = "product_code,product_name,type,valid_from,valid_to";

    fn counts(report: &ImportReport) -> (usize, usize, usize) {
        (report.created, report.changed, report.unchanged)
    }

    #[tokio::test]
    async fn products_are_created_changed_and_left_alone() {
        let app = app().await;
        let file = format!(
            "{HEADER}\nCAR1,자동차,vehicle,2026-01-01,\nWL01,Whole life,life,,\nTL01,Term 2,term,,2026-12-31\n"
        );
        let dry = import_products(&app, file.as_bytes(), true).await.unwrap();
        assert_eq!((counts(&dry), dry.imported), ((1, 1, 1), false));
        let version = app.hub.current_rules().await.unwrap().version;
        let report = import_products(&app, file.as_bytes(), false).await.unwrap();
        assert_eq!((counts(&report), report.imported), ((1, 1, 1), true));
        let rules = app.hub.current_rules().await.unwrap();
        assert!(rules.version > version);
        assert_eq!(rules.catalogue.iter().count(), starter_products().len() + 1);
        let car = rules.catalogue.get(&"CAR1".into()).unwrap();
        assert_eq!((car.name.as_str(), car.valid_from), ("자동차", parse_date("2026-01-01")));
        assert_eq!(counts(&import_products(&app, file.as_bytes(), false).await.unwrap()), (0, 0, 3));
        assert_eq!(app.hub.current_rules().await.unwrap().version, rules.version);
    }

    #[tokio::test]
    async fn a_date_left_out_goes() {
        let app = app().await;
        let file = format!("{HEADER}\nWL01,Whole life,life,2026-01-01,2026-12-31\n");
        import_products(&app, file.as_bytes(), false).await.unwrap();
        let report = import_products(&app, b"product_code,product_name,type\nWL01,Whole life,life\n", false)
            .await
            .unwrap();
        assert_eq!(counts(&report), (0, 1, 0));
        let rules = app.hub.current_rules().await.unwrap();
        assert_eq!(rules.catalogue.get(&"WL01".into()), starter_products().first());
    }

    #[tokio::test]
    async fn bad_products_are_listed_and_nothing_is_imported() {
        let app = app().await;
        let file = format!(
            "{HEADER}\nA1,x,life,,\nA1,y,life,,\nA 2,x,life,,\nA3,x,li fe,,\nA4,x,life,1.1.2026,\nA5,x,life,2026-02-01,2026-01-01\nA6,,life,,\n"
        );
        let report = import_products(&app, file.as_bytes(), false).await.unwrap();
        let lines: Vec<_> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!((lines, report.imported), (vec![8, 3, 4, 5, 6, 7], false));
        assert!(app.hub.current_rules().await.unwrap().catalogue.get(&"A1".into()).is_none());
    }
}
