//! Targets: a row is what a unit is to reach in a span of days.

use std::collections::BTreeMap;

use document_model::Date;

use super::{Columns, ImportReport, Row, Sheet};
use crate::hub::{Gate, Hub, HubError, Rules};
use crate::organisation::{Target, TargetLine, TargetMeasure, Targets};
use crate::storage::Storage;

static COLUMNS: Columns =
    Columns { required: &["unit", "measure", "from", "to", "value"], optional: &["type"] };

/// Imports targets from a CSV file; with `dry_run` only says what would happen. Each takes its days from targets
/// that held on them; what the file does not name stays as it is.
///
/// # Errors
/// The storage's.
pub async fn import_targets<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    dry_run: bool,
) -> Result<ImportReport, HubError> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let rules = hub.current_rules().await?;
    let mut file = File { rules: &rules, lines: BTreeMap::new() };
    let mut known: Targets = hub.storage().targets().await?.into_iter().collect();
    for row in &sheet.rows {
        if let Some(target) = file.target(row, &mut report) {
            set(&mut known, target, row.line, &mut report);
        }
    }
    if !dry_run && report.is_clean() {
        let changed = file.lines.keys().flat_map(|line| known.of(line)).cloned().collect();
        hub.storage().put_targets(changed).await?;
        report.imported = true;
    }
    Ok(report)
}

/// The rows of a file so far.
struct File<'a> {
    rules: &'a Rules,
    /// The spans of each line by their first day: the last one, and where it stands.
    lines: BTreeMap<TargetLine, BTreeMap<Date, (Date, u64)>>,
}

impl File<'_> {
    /// The target of a row, checked against the organisation and against the rows before.
    fn target(&mut self, row: &Row, report: &mut ImportReport) -> Option<Target> {
        let (from, to) = (row.date("from", report), row.date("to", report));
        let (line, value) = (line(row, report), value(row, report));
        let (from, to, line, value) = (from??, to??, line?, value?);
        if let Err(refused) = line.check(&self.rules.roster, &self.rules.catalogue) {
            report.reject(row.line, refused.to_string());
            return None;
        }
        let spans = self.lines.entry(line.clone()).or_default();
        // They do not overlap: the last one that begins no later is the one to look at.
        let before = spans.range(..=to).next_back();
        if let Some((_, (_, other))) = before.filter(|(_, (end, _))| from <= *end) {
            report.reject(
                row.line,
                format!("{} has a target for some of these days on line {other}", line.unit),
            );
            return None;
        }
        spans.insert(from, (to, row.line));
        Some(Target::new(line, from, to, value))
    }
}

fn set(known: &mut Targets, target: Target, row: u64, report: &mut ImportReport) {
    let before = known.of(&target.line);
    let overlaps = before.iter().any(|other| other.meets(target.from, target.to));
    match known.with(target) {
        Ok(after) if after == before => report.unchanged += 1,
        Ok(after) => {
            let count = if overlaps { &mut report.changed } else { &mut report.created };
            *count += 1;
            known.put(after);
        }
        Err(refused) => report.reject(row, refused.to_string()),
    }
}

fn line(row: &Row, report: &mut ImportReport) -> Option<TargetLine> {
    let unit = row.code("unit", report)?.into();
    let product_type = Some(row.get("type")).filter(|of| !of.is_empty()).map(str::to_owned);
    let word = row.get("measure").to_lowercase();
    let Some(measure) = TargetMeasure::of_str(&word) else {
        report.reject(row.line, format!("measure: {word:?} is none of net, premium and ape"));
        return None;
    };
    Some(TargetLine { unit, product_type, measure })
}

fn value(row: &Row, report: &mut ImportReport) -> Option<i64> {
    let text = row.get("value");
    let value = text.parse().ok();
    if value.is_none() {
        report.reject(row.line, format!("value: {text:?} is no whole number"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::app;
    use crate::import::import_org;
    use crate::storage::OrganisationStorage;

    const ORG: &[u8] =
        b"region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,Seoul,B1,Gangnam,P1,Kim\n";

    #[tokio::test]
    async fn targets_are_taken_whole_and_change_by_day() {
        let app = app().await;
        import_org(&app, ORG, false).await.unwrap();
        let file = b"unit,measure,from,to,value,type\nB1,premium,2026-06-01,2026-06-30,1000,\nP1,Net,2026-06-01,2026-06-30,7,life\n";
        let dry = import_targets(&app.hub, file, true).await.unwrap();
        assert_eq!((dry.rows, dry.created, dry.imported), (2, 2, false));
        assert_eq!(app.hub.storage().targets().await.unwrap(), []);
        assert!(import_targets(&app.hub, file, false).await.unwrap().imported);
        let kept = app.hub.storage().targets().await.unwrap();
        let change = b"unit,measure,from,to,value\nB1,premium,2026-06-16,2026-06-30,2000\nB1,premium,2026-07-01,2026-07-31,3\n";
        let report = import_targets(&app.hub, change, false).await.unwrap();
        assert_eq!((report.created, report.changed, report.unchanged), (1, 1, 0));
        let targets = app.hub.storage().targets().await.unwrap();
        let spans: Vec<_> = targets.iter().map(|target| (target.to.to_string(), target.value)).collect();
        let to = |to: &str, value| (to.to_owned(), value);
        let expected =
            [to("2026-06-15", 1000), to("2026-06-30", 2000), to("2026-07-31", 3), to("2026-06-30", 7)];
        assert_eq!(spans, expected);
        assert_eq!(targets[3], kept[1], "what the file does not name stays");
        let again = import_targets(&app.hub, change, false).await.unwrap();
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 2));
        assert_eq!(app.hub.storage().targets().await.unwrap(), targets);
    }

    #[tokio::test]
    async fn one_bad_row_imports_nothing() {
        let app = app().await;
        import_org(&app, ORG, false).await.unwrap();
        let file = b"unit,measure,from,to,value,type
B1,premium,2026-06-01,2026-06-30,1000,
B1,premium,2026-06-30,2026-07-31,1000,
B1,premium,2026-05-01,2026-12-31,1000,
B9,premium,2026-06-01,2026-06-30,1000,
B1,premium,2026-08-01,2026-08-31,1000,car
B1,sold,2026-08-01,2026-08-31,1000,
B1,premium,2026-08-31,2026-08-01,1000,
B1,premium,2026-10-01,2026-10-31,-1,
B1,premium,2026-11-01,2026-11-30,many,
B1,premium,2026-06-01,2026-06-30,1000,life
";
        let report = import_targets(&app.hub, file, false).await.unwrap();
        let lines: Vec<_> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((report.imported, app.hub.storage().targets().await.unwrap()), (false, vec![]));
    }
}
