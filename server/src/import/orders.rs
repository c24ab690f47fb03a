//! Orders to the organisation from a CSV file, one a line, and how orders take effect.
//!
//! The lines are carried out one after the other, each on what the ones before it left, and take effect
//! together: one that cannot be carried out, and none is.

use document_model::{BookId, Date, UnitCode, add_days};

use super::{Columns, CutOff, DiffLine, FileKind, ImportReport, Row, Sheet, Terms};
use crate::audit::{AuditAction, AuditFact};
use crate::hub::{Gate, Hub};
use crate::organisation::{Changes, Order, UnitSpan, career};
use crate::storage::{AdminChange, AdminOrder, Storage};

static COLUMNS: Columns = Columns { required: &["order", "unit", "day"], optional: &["to", "name", "units"] };

/// One order, as a line of a file or a program says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Where it stands: its line, or its place among those sent.
    pub row: u64,
    /// hire, leave, move, split, merge, close or open.
    pub order: String,
    /// The unit.
    pub unit: UnitCode,
    /// The first day it is so.
    pub day: Date,
    /// The other unit of it, where it has one.
    pub to: Option<UnitCode>,
    /// A name, where it gives one.
    pub name: Option<String>,
    /// Further units, where it has some.
    pub units: Vec<UnitCode>,
}

/// Takes over a file of orders.
pub(super) async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let lines: Vec<_> = sheet.rows.iter().filter_map(|row| line(row, &mut report)).collect();
    obey(hub, &lines, report, terms, FileKind::Orders.as_str()).await
}

/// Carries out orders that a program sends: all of them or none.
///
/// # Errors
/// The storage's, and `Changed`. An order that cannot be carried out is in the report.
pub async fn take_orders<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    lines: &[OrderLine],
    report: ImportReport,
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    obey(hub, lines, report, terms, "").await
}

/// Carries lines out one after the other, each on what the ones before it left, and lets them take effect together.
async fn obey<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    lines: &[OrderLine],
    mut report: ImportReport,
    terms: &Terms,
    file: &str,
) -> Result<ImportReport, CutOff> {
    let (roster, rules) = hub.storage().roster().await?;
    terms.check(&mut report, rules)?;
    let mut changes = Changes::of(roster);
    for line in lines {
        let Some(order) = order(line, &mut report) else { continue };
        if let Err(refused) = changes.take(&order) {
            report.reject_as(line.row, refused.code(), refused.to_string());
        }
    }
    report.sort();
    if !report.is_clean() {
        return Ok(report);
    }
    let known = |before: bool| changes.units().filter(|(_, old, _)| old.is_empty() != before).count();
    (report.created, report.changed) = (known(false), known(true));
    for (code, before, after) in changes.units() {
        DiffLine::of_unit(code, before, after).into_iter().for_each(|line| report.differs(line));
    }
    if terms.takes(&report) {
        let mut note = note_of(&changes, terms);
        if !file.is_empty() {
            note = terms.note(FileKind::Orders, &report);
        }
        store(hub, &changes, rules, note).await?;
        report.imported = true;
        report.version = (rules + u64::from(report.created + report.changed > 0)).to_string();
        terms.rejudge(hub, &mut report).await?;
    }
    Ok(report)
}

/// Stores what orders came to, decided on these rules, and judges all policies again, so that the figures of days
/// past follow. The number of policies that count differently now.
///
/// # Errors
/// The storage's; `Changed` when the organisation is another by now, and nothing was done.
pub async fn carry_out<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    changes: &Changes,
    rules: u64,
    terms: &Terms,
) -> Result<usize, CutOff> {
    store(hub, changes, rules, note_of(changes, terms)).await?;
    let mut report = ImportReport::default();
    terms.rejudge(hub, &mut report).await?;
    Ok(report.rejudged)
}

async fn store<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    changes: &Changes,
    rules: u64,
    note: AuditFact,
) -> Result<(), CutOff> {
    // With the units, books: a rep without a book could sign in and have nowhere to write.
    let reps = changes.new_reps().into_iter();
    let books = reps.map(|(code, name)| (BookId::of_rep(&code), name, Some(code))).collect();
    let change = AdminChange::Units { rules, spans: changes.spans(), books };
    CutOff::of_outcome(hub.storage().administer(AdminOrder { change, note }).await?)
}

/// What is noted of orders: the units that are different, and what they are.
fn note_of(changes: &Changes, terms: &Terms) -> AuditFact {
    let units: Vec<_> = changes.units().collect();
    let codes: Vec<_> = units.iter().map(|(code, ..)| code.as_str()).collect();
    let is = |(code, _, after): &(&UnitCode, &[UnitSpan], &[UnitSpan])| format!("{code} {}", career(after));
    let detail: Vec<_> = units.iter().map(is).collect();
    let note = terms.by.did(AuditAction::OrganisationOrder, codes.join(", "), terms.now);
    note.with(detail.join("; "))
}

/// The line of a row; a rejection where a cell is not what it should be.
fn line(row: &Row, report: &mut ImportReport) -> Option<OrderLine> {
    let (unit, day) = (row.code("unit", report), row.date("day", report));
    let (unit, day): (UnitCode, Date) = (unit?.into(), day??);
    Some(OrderLine {
        row: row.line,
        order: row.get("order").to_owned(),
        unit,
        day,
        to: Some(row.get("to")).filter(|to| !to.is_empty()).map(UnitCode::from),
        name: Some(row.get("name").to_owned()).filter(|name| !name.is_empty()),
        units: row.get("units").split_whitespace().map(UnitCode::from).collect(),
    })
}

/// The order of a line; a rejection where it is none.
fn order(line: &OrderLine, report: &mut ImportReport) -> Option<Order> {
    let OrderLine { row, order, unit, day: from, to, name, units } = line.clone();
    let made = match order.as_str() {
        "hire" => to.map(|branch| Order::Hire { rep: unit, name, branch, from }),
        "leave" => Some(Order::Leave { rep: unit, last_day: add_days(from, -1) }),
        "move" => to.map(|to| Order::Move { unit, to, from }),
        "split" => {
            to.map(|new| Order::Split { unit, new, name: name.unwrap_or_default(), children: units, from })
        }
        "merge" => to.map(|into| {
            let units = std::iter::once(unit).chain(units).collect();
            Order::Merge { units, into, from }
        }),
        "close" => Some(Order::Close { unit, successor: to, from }),
        "open" => to.map(|parent| Order::Open { unit, name: name.unwrap_or_default(), parent, from }),
        word => {
            let orders = "orders are hire, leave, move, split, merge, close, open";
            report.reject(row, format!("{word:?} is no order; {orders}"));
            return None;
        }
    };
    if made.is_none() {
        report.reject(row, format!("{order}: to is empty"));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::app::tests::app;
    use crate::hub::InlineGate;
    use crate::import::{import_orders, import_org};
    use crate::organisation::{Roster, career};
    use crate::storage::memory::MemoryStorage;
    use crate::storage::{DocumentStorage, OrganisationStorage};

    const COMPANY: &str = "region_code,region_name,branch_code,branch_name,rep_code,rep_name
R1,서울,B1,강남,P1,김철수\nR1,서울,B2,종로,P2,이영희\n";

    async fn company() -> App<MemoryStorage, InlineGate> {
        let app = app().await;
        assert!(import_org(&app, COMPANY.as_bytes(), false).await.unwrap().imported);
        app
    }

    fn file(rows: &str) -> Vec<u8> {
        format!("order,unit,day,to,name,units\n{rows}").into_bytes()
    }

    async fn roster(app: &App<MemoryStorage, InlineGate>) -> Roster {
        app.hub.storage().roster().await.unwrap().0
    }

    #[tokio::test]
    async fn a_file_of_orders_takes_effect_as_one() {
        let app = company().await;
        let rows = "open,R2,2026-06-01,nation,부산,\nopen,B3,2026-06-01,R2,해운대,\nhire,P3,2026-06-01,B3,박민수,
move,P1,2026-06-15,B3,,\nsplit,B3,2026-07-01,B4,서면,P1\nmerge,B2,2026-08-01,B4,,B3\nleave,P2,2026-10-01,,,\n";
        let dry = import_orders(&app, &file(rows), true).await.unwrap();
        assert_eq!((dry.rows, dry.created, dry.changed, dry.imported), (7, 4, 3, false));
        assert_eq!(roster(&app).await.iter().count(), 5, "a dry run changes nothing");
        let report = import_orders(&app, &file(rows), false).await.unwrap();
        assert_eq!((report.rejected, report.imported), (vec![], true));
        let roster = roster(&app).await;
        let unit = |code: &str| career(roster.spans(&code.into()));
        assert_eq!(
            unit("P1"),
            "in B1 until 2026-06-14; in B3 from 2026-06-15 to 2026-06-30; in B4 from 2026-07-01"
        );
        assert_eq!(unit("B3"), "in R2 from 2026-06-01 to 2026-07-31, then B4 goes on with it");
        assert_eq!(unit("P2"), "in B2 until 2026-07-31; in B4 from 2026-08-01 to 2026-09-30");
        let books = app.hub.storage().books_of(&"P3".into()).await.unwrap();
        assert!(books.iter().any(|book| book.id == BookId::of_rep(&"P3".into()) && book.name == "박민수"));
    }

    #[tokio::test]
    async fn one_line_that_cannot_be_carried_out_stops_all() {
        let app = company().await;
        let before = roster(&app).await;
        let rows =
            "move,P1,2026-06-01,B2,,\nmove,P1,2026-06-01,B9,,\nfire,P1,2026-06-01,,,\nmove,P1,2026-06-01,,,
hire,P 9,2026-06-01,B1,x,\nleave,P2,2026-02-30,,,\nclose,B1,2026-06-01,,,\nleave,P2,,,,\n";
        let report = import_orders(&app, &file(rows), false).await.unwrap();
        let lines: Vec<_> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!((lines, report.imported), (vec![3, 4, 5, 6, 7, 8, 9], false));
        assert!(report.rejected.iter().any(|note| note.reason == "there is no unit B9"));
        assert_eq!(roster(&app).await, before);
    }
}
