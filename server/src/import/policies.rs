//! Policies as they were sold, each into the book of the rep who sold it, found again by the
//! reference the other system gives it.
//!
//! Figures are made of these rows: one that is wrong is rejected rather than guessed at. A policy that
//! exists is left as it is, whatever the file says: a rep may have corrected it since.

use std::collections::HashMap;

use document_model::{
    BookId, Date, DocumentId, Entropy, FieldValue, Kind, Moment, ProductCode, UnitCode, parse_date,
};

use super::customers::customer_id;
use super::landing::{ImportError, Landing, Progress};
use super::map::{Map, Shape};
use super::{Columns, ImportReport, Row};
use crate::hub::{Gate, Hub, HubError, HubWrite};
use crate::storage::Storage;

pub(super) static SHAPE: Shape = Shape {
    kind: Kind::Policy,
    keys: &["policy_ref", "customer_no", "product_code", "rep_code"],
    keyed: &["customer", "product"],
};

/// Customers looked up at a time.
const LOOKUP: usize = 500;
/// Fields no policy counts without.
const NEEDED: [&str; 2] = ["premium_won", "sale_date"];

/// The document of a policy of another system.
pub(super) fn policy_id(map: &Map, policy_ref: &str) -> DocumentId {
    DocumentId::derived(&format!("policy:{}", map.source), policy_ref)
}

/// Imports policies from a CSV file; with `dry_run` only says what would happen. Rows that cannot be
/// taken are rejected and all others go in. Customers come first: a policy of an unknown one is
/// rejected.
pub async fn import_policies<S: Storage, G: Gate>(
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
    let customers = customers(hub, &map, &sheet.rows).await?;
    let mut portfolio = Portfolio { landing, customers };
    let writes = sheet.rows.iter().filter_map(|row| portfolio.policy(row)).collect();
    let writing = if dry_run { None } else { Some((now, entropy)) };
    Ok(portfolio.landing.land(hub, writes, writing, progress).await?)
}

/// The customers that the rows name and the hub has, each with its book.
async fn customers<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    map: &Map,
    rows: &[Row<'_>],
) -> Result<HashMap<DocumentId, BookId>, HubError> {
    let mut ids: Vec<_> = rows.iter().map(|row| customer_id(map, row.get(map.key("customer_no")))).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut books = HashMap::new();
    for ids in ids.chunks(LOOKUP) {
        let stored = hub.storage().documents(ids).await?.into_iter().flatten();
        let stored = stored.filter(|document| document.kind == Kind::Customer);
        books.extend(stored.map(|document| (document.id, document.book)));
    }
    Ok(books)
}

struct Portfolio<'a> {
    landing: Landing<'a>,
    customers: HashMap<DocumentId, BookId>,
}

impl Portfolio<'_> {
    fn policy(&mut self, row: &Row<'_>) -> Option<HubWrite> {
        let (rep, book) = self.landing.rep(row)?;
        let policy_ref = self.landing.key(row, "policy_ref")?;
        let id = policy_id(self.landing.map, policy_ref);
        let product = self.product(row)?;
        let (customer, kept_in) = self.customer(row)?;
        let mut fields = self.fields(row)?;
        fields.push(("customer".to_owned(), FieldValue::Text(customer.to_string())));
        fields.push(("product".to_owned(), FieldValue::from(product.as_str())));
        let document = self.landing.claim(row, id, "policy")?;
        let write = self.landing.write(row, document, book, fields)?;
        if kept_in != book {
            self.landing.warn(
                row.line,
                "the customer is in the book of another rep; the selling rep keeps the policy",
            );
        }
        self.look_for_path(row.line, &rep, &write.fields);
        Some(write)
    }

    fn product(&mut self, row: &Row<'_>) -> Option<ProductCode> {
        let code = ProductCode::from(self.landing.key(row, "product_code")?);
        match self.landing.rules.catalogue.get(&code) {
            Some(_) => Some(code),
            None => self.landing.reject(row, format!("there is no product {code}")),
        }
    }

    fn customer(&mut self, row: &Row<'_>) -> Option<(DocumentId, BookId)> {
        let customer_no = self.landing.key(row, "customer_no")?;
        let id = customer_id(self.landing.map, customer_no);
        match self.customers.get(&id) {
            Some(book) => Some((id, *book)),
            None => self
                .landing
                .reject(row, format!("there is no customer {customer_no}; import customers first")),
        }
    }

    /// The fields of a row, if every one of them can be read and those that count are there.
    fn fields(&mut self, row: &Row<'_>) -> Option<Vec<(String, FieldValue)>> {
        let mut fields = Vec::new();
        for read in self.landing.map.read(Kind::Policy, row) {
            match read.value {
                Ok(Some(FieldValue::Number(won))) if read.field == "premium_won" && won <= 0 => {
                    return self.landing.reject(row, format!("premium_won: {won} is no premium"));
                }
                Ok(value) => fields.extend(value.map(|value| (read.field.to_owned(), value))),
                Err(expected) => return self.landing.reject(row, format!("{}: not {expected}", read.field)),
            }
        }
        let constants = self.landing.map.constants();
        let there = |name: &&str| fields.iter().chain(constants).any(|(field, _)| field == name);
        match NEEDED.into_iter().find(|name| !there(name)) {
            Some(missing) => self.landing.reject(row, format!("{missing} is empty")),
            None => Some(fields),
        }
    }

    /// A sale counts where its rep belonged that day.
    fn look_for_path(&mut self, line: u64, rep: &UnitCode, fields: &[(String, FieldValue)]) {
        let sold =
            fields.iter().find(|(field, _)| field == "sale_date").and_then(|(_, value)| value.as_text());
        let sold: Option<Date> = sold.and_then(parse_date);
        if sold.is_some_and(|day| self.landing.rules.roster.path(rep, day).is_none()) {
            self.landing.warn(line, "the rep belonged to no branch on the day of sale, so it does not count");
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::add_days;

    use super::*;
    use crate::app::SystemEntropy;
    use crate::app::tests::NOW;
    use crate::hub::{FigureAnswerNamed, InlineGate};
    use crate::import::customers::tests::{TWO, import as import_people, staffed};
    use crate::organisation::Level;
    use crate::storage::memory::MemoryStorage;
    use crate::storage::{FigureQuery, SplitBy, View};

    const HEADER: &str = "policy_ref,customer_no,product_code,premium_won,payment_mode,sale_date,rep_code";

    async fn import(hub: &Hub<MemoryStorage, InlineGate>, rows: &str, dry_run: bool) -> ImportReport {
        let content = format!("{HEADER}\n{rows}");
        let mut entropy = SystemEntropy;
        let done = import_policies(hub, content.as_bytes(), None, dry_run, NOW, &mut entropy, &|_, _| ());
        let report = done.await.unwrap();
        assert_eq!(report.rows, report.created + report.unchanged + report.rejections, "{report:?}");
        report
    }

    async fn figures(hub: &Hub<MemoryStorage, InlineGate>, level: Level) -> FigureAnswerNamed {
        let day = |text| parse_date(text).unwrap();
        let (from, to) = (day("2019-01-01"), day("2026-12-31"));
        let query =
            FigureQuery { from, to, level, under: None, by: SplitBy::Unit, view: View::Now, placed: None };
        hub.figures(&query, NOW).await.unwrap()
    }

    #[tokio::test]
    async fn policies_count_where_their_rep_sold_them_and_once() {
        let app = staffed().await;
        let hub = &app.hub;
        let rows = "X1,1,WL01,50000,monthly,2019-06-01,P1\nX2,2,TL01,30000,annual,2026-06-02,P1\n";
        assert_eq!(import(hub, rows, false).await.rejections, 2, "customers come first");
        import_people(&app, TWO, false).await;
        assert_eq!(import(hub, rows, true).await.created, 2);
        assert_eq!(figures(hub, Level::Nation).await.total.sold, 0, "a dry run changes nothing");
        let report = import(hub, rows, false).await;
        assert_eq!((report.created, report.imported, report.warnings.len()), (2, true, 1));
        assert_eq!(report.warnings[0].line, 3, "the customer is another rep's");
        let by_rep = figures(hub, Level::Rep).await;
        assert_eq!((by_rep.rows.len(), by_rep.rows[0].unit.as_str()), (1, "P1"));
        assert_eq!((by_rep.total.sold, by_rep.total.premium_gross_won), (2, 80_000));
        let second = import(hub, rows, false).await;
        assert_eq!((second.created, second.unchanged), (0, 2));
        assert_eq!(figures(hub, Level::Rep).await.total, by_rep.total);
        assert_eq!(hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[tokio::test]
    async fn every_bad_row_is_rejected_with_its_reason() {
        let app = staffed().await;
        import_people(&app, TWO, false).await;
        let rows = "A,1,WL01,50000,monthly,2026-06-01,P1\nB,1,WL01,50000,monthly,2026-06-01,P9\n\
                    C,1,XX99,50000,monthly,2026-06-01,P1\nD,7,WL01,50000,monthly,2026-06-01,P1\n\
                    E,1,WL01,50000,monthly,2026-06-31,P1\nF,1,WL01,0,monthly,2026-06-01,P1\n\
                    G,1,WL01,-5,monthly,2026-06-01,P1\n,1,WL01,50000,monthly,2026-06-01,P1\n\
                    I,1,WL01,,monthly,2026-06-01,P1\nJ,1,WL01,lots,monthly,2026-06-01,P1\n\
                    K,1,WL01,50000,weekly,2026-06-01,P1\nA,1,WL01,50000,monthly,2026-06-01,P1\n";
        let report = import(&app.hub, rows, false).await;
        assert_eq!((report.rows, report.created, report.rejections, report.imported), (12, 1, 11, true));
        let mut reasons: Vec<_> =
            report.rejected.iter().map(|note| (note.line, note.reason.as_str())).collect();
        reasons.sort_unstable();
        let words = [
            "no rep P9",
            "no product XX99",
            "no customer 7",
            "sale_date",
            "premium_won: 0",
            "premium_won: -5",
            "policy_ref is empty",
            "premium_won is empty",
            "whole won",
            "payment_mode",
            "line 2 already",
        ];
        for ((line, reason), (at, word)) in reasons.into_iter().zip(words.into_iter().enumerate()) {
            assert_eq!(line, at as u64 + 3);
            assert!(reason.contains(word), "{line}: {reason}");
        }
        assert_eq!(figures(&app.hub, Level::Nation).await.total.premium_gross_won, 50_000);
    }

    #[tokio::test]
    async fn a_sale_of_tomorrow_goes_in_and_is_warned_about() {
        let app = staffed().await;
        import_people(&app, TWO, false).await;
        let rules = app.hub.current_rules().await.unwrap();
        let tomorrow = add_days(rules.day(NOW), 1);
        let report = import(&app.hub, &format!("A,1,WL01,50000,monthly,{tomorrow},P1\n"), false).await;
        assert_eq!((report.created, report.warnings.len()), (1, 1));
        assert!(report.warnings[0].reason.starts_with("sale_date: in_the_future, to be put right"));
        assert_eq!(figures(&app.hub, Level::Nation).await.total.sold, 0);
    }
}
