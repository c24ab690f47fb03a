//! Days of the company's calendar.

use std::collections::BTreeMap;

use document_model::Date;

use super::{Columns, ImportReport, Row, Sheet};
use crate::organisation::CalendarDay;
use crate::storage::{OrganisationStorage, Stored};

static COLUMNS: Columns = Columns { required: &["day", "working"], optional: &["name"] };

/// Imports days of the calendar from a CSV file; with `dry_run` only says what would happen. They count in place
/// of what is shipped; days the file does not name stay as they are.
///
/// # Errors
/// The storage's.
pub async fn import_calendar<S: OrganisationStorage>(
    storage: &S,
    content: &[u8],
    dry_run: bool,
) -> Stored<ImportReport> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let days = days(&sheet.rows, &mut report);
    if !report.is_clean() {
        return Ok(report);
    }
    let known: BTreeMap<_, _> = storage.calendar().await?.into_iter().map(|day| (day.day, day)).collect();
    for day in &days {
        match known.get(&day.day) {
            None => report.created += 1,
            Some(known) if known == day => report.unchanged += 1,
            Some(_) => report.changed += 1,
        }
    }
    if !dry_run {
        storage.put_calendar(days).await?;
        report.imported = true;
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

    use super::*;
    use crate::organisation::Calendar;
    use crate::storage::memory::MemoryStorage;

    #[tokio::test]
    async fn the_companys_days_count() {
        let storage = MemoryStorage::new();
        let file = b"day,working,name\n2026-12-24,no,founded\n2026-09-26,yes,\n";
        let dry = import_calendar(&storage, file, true).await.unwrap();
        assert_eq!((dry.rows, dry.created, dry.imported), (2, 2, false));
        assert_eq!(storage.calendar().await.unwrap(), []);
        assert!(import_calendar(&storage, file, false).await.unwrap().imported);
        let calendar = Calendar::of(storage.calendar().await.unwrap());
        let day = |text: &str| parse_date(text).unwrap();
        assert!(!calendar.is_working(day("2026-12-24")) && calendar.is_working(day("2026-09-26")));
        let again =
            import_calendar(&storage, b"day,working\n2026-12-24,1\n2026-09-26,1\n", false).await.unwrap();
        assert_eq!((again.created, again.changed, again.unchanged), (0, 1, 1));
    }

    #[tokio::test]
    async fn a_bad_day_imports_nothing() {
        let storage = MemoryStorage::new();
        let file = b"day,working\n2026-12-24,no\n2026-02-30,no\n2026-12-25,maybe\n2026-12-24,yes\n";
        let report = import_calendar(&storage, file, false).await.unwrap();
        assert_eq!(report.rejected.iter().map(|note| note.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((report.imported, storage.calendar().await.unwrap()), (false, vec![]));
    }
}
