//! Days of the company's calendar.

use std::collections::BTreeMap;

use document_model::Date;

use super::{Columns, CutOff, DiffLine, FileKind, ImportReport, Row, Sheet, Terms};
use crate::hub::{Gate, Hub};
use crate::organisation::CalendarDay;
use crate::storage::{AdminChange, ContentHash, Storage};

static COLUMNS: Columns = Columns { required: &["day", "working"], optional: &["name"] };

/// Takes over a file of days of the calendar.
pub(super) async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let known = hub.storage().calendar().await?;
    let expected = ContentHash::of_calendar(&known);
    terms.check(&mut report, expected)?;
    let days = days(&sheet.rows, &mut report);
    if !report.is_clean() {
        return Ok(report);
    }
    let mut after: BTreeMap<_, _> = known.into_iter().map(|day| (day.day, day)).collect();
    for day in &days {
        let before = after.insert(day.day, day.clone());
        match &before {
            None => report.created += 1,
            Some(known) if known == day => report.unchanged += 1,
            Some(_) => report.changed += 1,
        }
        let said = |day: &CalendarDay| {
            format!("{} {}", if day.working { "working" } else { "free" }, day.name).trim().to_owned()
        };
        let line = DiffLine::new("day", day.day, before.as_ref().map(said), Some(said(day)));
        line.into_iter().for_each(|line| report.differs(line));
    }
    if terms.takes(&report) {
        let change = AdminChange::Calendar { expected, days };
        terms.administer(hub, change, FileKind::Calendar, &mut report).await?;
        report.version = ContentHash::of_calendar(&after.into_values().collect::<Vec<_>>()).to_string();
    }
    Ok(report)
}

fn days(rows: &[Row], report: &mut ImportReport) -> Vec<CalendarDay> {
    let mut lines: BTreeMap<Date, u64> = BTreeMap::new();
    let mut days = Vec::new();
    for row in rows {
        let (Some(Some(day)), Some(working)) = (row.date("day", report), working(row, report)) else {
            continue;
        };
        if let Some(line) = lines.insert(day, row.line) {
            report.reject(row.line, format!("{day} is on line {line} already"));
        }
        days.push(CalendarDay { day, working, name: row.get("name").to_owned() });
    }
    days
}

fn working(row: &Row, report: &mut ImportReport) -> Option<bool> {
    match row.get("working").to_lowercase().as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        word => {
            report.reject(row.line, format!("working: {word:?} is neither yes nor no"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use crate::app::tests::app;
    use crate::import::import_calendar;
    use crate::organisation::Calendar;
    use crate::storage::OrganisationStorage;

    #[tokio::test]
    async fn the_companys_days_count() {
        let app = app().await;
        let storage = app.hub.storage();
        let file = b"day,working,name\n2026-12-24,no,founded\n2026-09-26,yes,\n";
        let dry = import_calendar(&app, file, true).await.unwrap();
        assert_eq!((dry.rows, dry.created, dry.imported), (2, 2, false));
        assert_eq!(storage.calendar().await.unwrap(), []);
        assert!(import_calendar(&app, file, false).await.unwrap().imported);
        let calendar = Calendar::of(storage.calendar().await.unwrap());
        let day = |text: &str| parse_date(text).unwrap();
        assert!(!calendar.is_working(day("2026-12-24")) && calendar.is_working(day("2026-09-26")));
        let again = import_calendar(&app, b"day,working\n2026-12-24,1\n2026-09-26,1\n", false).await.unwrap();
        assert_eq!((again.created, again.changed, again.unchanged), (0, 1, 1));
    }

    #[tokio::test]
    async fn a_bad_day_imports_nothing() {
        let app = app().await;
        let storage = app.hub.storage();
        let file = b"day,working\n2026-12-24,no\n2026-02-30,no\n2026-12-25,maybe\n2026-12-24,yes\n";
        let report = import_calendar(&app, file, false).await.unwrap();
        assert_eq!(report.rejected.iter().map(|note| note.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((report.imported, storage.calendar().await.unwrap()), (false, vec![]));
    }
}
