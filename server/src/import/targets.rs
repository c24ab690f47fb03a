//! Targets: a row is what a unit is to reach in a span of days.

use std::collections::{BTreeMap, BTreeSet};

use document_model::Date;

use super::{Columns, CutOff, DiffLine, FileKind, ImportReport, Row, Sheet, Terms};
use crate::audit::{AuditAction, AuditFact};
use crate::hub::{Gate, Hub, Rules};
use crate::organisation::{Target, TargetLine, TargetMeasure, Targets};
use crate::storage::{AdminChange, AdminOrder, ContentHash, Storage};

static COLUMNS: Columns =
    Columns { required: &["unit", "measure", "from", "to", "value"], optional: &["type"] };

/// One target that is to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    /// Where it stands: its line, or its place among those sent.
    pub row: u64,
    /// What it is of.
    pub line: TargetLine,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How much: policies or won.
    pub value: i64,
}

/// Takes over a file of targets.
pub(super) async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let rows: Vec<_> = sheet.rows.iter().filter_map(|row| target_row(row, &mut report)).collect();
    set_all(hub, &rows, report, terms, AuditAction::Import).await
}

/// Sets targets that a program sends: all of them or none. Each takes its days from targets that held on them; what
/// is not named stays as it is.
///
/// # Errors
/// The storage's, and `Changed`. A target that cannot be set is in the report.
pub async fn take_targets<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    rows: &[TargetRow],
    report: ImportReport,
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    set_all(hub, rows, report, terms, AuditAction::TargetSet).await
}

async fn set_all<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    rows: &[TargetRow],
    mut report: ImportReport,
    terms: &Terms,
    action: AuditAction,
) -> Result<ImportReport, CutOff> {
    let rules = hub.current_rules().await?;
    let mut known: Targets = hub.storage().targets().await?.into_iter().collect();
    let expected = ContentHash::of_targets(known.iter());
    terms.check(&mut report, expected)?;
    let mut file = File { rules: &rules, lines: BTreeMap::new() };
    for row in rows {
        if let Some(target) = file.target(row, &mut report) {
            set(&mut known, target, row.row, &mut report);
        }
    }
    report.sort();
    if terms.takes(&report) {
        let note = match action {
            AuditAction::TargetSet => note_of(&file, rows, terms),
            _ => terms.note(FileKind::Targets, &report),
        };
        let targets = file.lines.keys().flat_map(|line| known.of(line)).cloned().collect();
        let order = AdminOrder { change: AdminChange::Targets { expected, targets }, note };
        CutOff::of_outcome(hub.storage().administer(order).await?)?;
        report.imported = true;
        report.version = ContentHash::of_targets(known.iter()).to_string();
    }
    Ok(report)
}

/// What is noted of targets: their units, and what they are to reach.
fn note_of(file: &File<'_>, rows: &[TargetRow], terms: &Terms) -> AuditFact {
    let units: BTreeSet<_> = file.lines.keys().map(|line| line.unit.as_str()).collect();
    let units: Vec<_> = units.into_iter().collect();
    let rows: Vec<_> = rows.iter().map(|row| format!("{} {}", key(&row.line), in_words(row))).collect();
    terms.by.did(AuditAction::TargetSet, units.join(", "), terms.now).with(rows.join("; "))
}

/// A line in words.
fn key(line: &TargetLine) -> String {
    let TargetLine { unit, product_type, measure } = line;
    let of = product_type.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
    format!("{unit} {}{of}", measure.as_str())
}

fn in_words(row: &TargetRow) -> String {
    format!("{} to {}: {}", row.from, row.to, row.value)
}

/// The rows of a file so far.
struct File<'a> {
    rules: &'a Rules,
    /// The spans of each line by their first day: the last one, and where it stands.
    lines: BTreeMap<TargetLine, BTreeMap<Date, (Date, u64)>>,
}

impl File<'_> {
    /// The target of a row, checked against the organisation and against the rows before.
    fn target(&mut self, row: &TargetRow, report: &mut ImportReport) -> Option<Target> {
        let TargetRow { row, line, from, to, value } = row.clone();
        if let Err(refused) = line.check(&self.rules.roster, &self.rules.catalogue) {
            report.reject_as(row, refused.code(), refused.to_string());
            return None;
        }
        let spans = self.lines.entry(line.clone()).or_default();
        // They do not overlap: the last one that begins no later is the one to look at.
        let before = spans.range(..=to).next_back();
        if let Some((_, (_, other))) = before.filter(|(_, (end, _))| from <= *end) {
            let told = format!("{} has a target for some of these days on line {other}", line.unit);
            report.reject(row, told);
            return None;
        }
        spans.insert(from, (to, row));
        Some(Target::new(line, from, to, value))
    }
}

fn set(known: &mut Targets, target: Target, row: u64, report: &mut ImportReport) {
    let before = known.of(&target.line);
    let met: Vec<_> = before.iter().filter(|other| other.meets(target.from, target.to)).collect();
    let overlaps = !met.is_empty();
    let said = |target: &Target| format!("{} to {}: {}", target.from, target.to, target.value);
    let was = met.into_iter().map(said).collect::<Vec<_>>().join("; ");
    let line =
        DiffLine::new("target", key(&target.line), Some(was).filter(|_| overlaps), Some(said(&target)));
    match known.with(target) {
        Ok(after) if after == before => report.unchanged += 1,
        Ok(after) => {
            let count = if overlaps { &mut report.changed } else { &mut report.created };
            *count += 1;
            line.into_iter().for_each(|line| report.differs(DiffLine { row: Some(row), ..line }));
            known.put(after);
        }
        Err(refused) => report.reject_as(row, refused.code(), refused.to_string()),
    }
}

/// The target of a row; a rejection where a cell is not what it should be.
fn target_row(row: &Row, report: &mut ImportReport) -> Option<TargetRow> {
    let (from, to) = (row.date("from", report), row.date("to", report));
    let (line, value) = (line(row, report), value(row, report));
    let (from, to, line, value) = (from??, to??, line?, value?);
    Some(TargetRow { row: row.line, line, from, to, value })
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
    use crate::app::tests::app;
    use crate::import::{import_org, import_targets};
    use crate::storage::OrganisationStorage;

    const ORG: &[u8] =
        b"region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,Seoul,B1,Gangnam,P1,Kim\n";

    #[tokio::test]
    async fn targets_are_taken_whole_and_change_by_day() {
        let app = app().await;
        import_org(&app, ORG, false).await.unwrap();
        let file = b"unit,measure,from,to,value,type\nB1,premium,2026-06-01,2026-06-30,1000,\nP1,Net,2026-06-01,2026-06-30,7,life\n";
        let dry = import_targets(&app, file, true).await.unwrap();
        assert_eq!((dry.rows, dry.created, dry.imported), (2, 2, false));
        assert_eq!(app.hub.storage().targets().await.unwrap(), []);
        assert!(import_targets(&app, file, false).await.unwrap().imported);
        let kept = app.hub.storage().targets().await.unwrap();
        let change = b"unit,measure,from,to,value\nB1,premium,2026-06-16,2026-06-30,2000\nB1,premium,2026-07-01,2026-07-31,3\n";
        let report = import_targets(&app, change, false).await.unwrap();
        assert_eq!((report.created, report.changed, report.unchanged), (1, 1, 0));
        let targets = app.hub.storage().targets().await.unwrap();
        let spans: Vec<_> = targets.iter().map(|target| (target.to.to_string(), target.value)).collect();
        let to = |to: &str, value| (to.to_owned(), value);
        let expected =
            [to("2026-06-15", 1000), to("2026-06-30", 2000), to("2026-07-31", 3), to("2026-06-30", 7)];
        assert_eq!(spans, expected);
        assert_eq!(targets[3], kept[1], "what the file does not name stays");
        let again = import_targets(&app, change, false).await.unwrap();
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
        let report = import_targets(&app, file, false).await.unwrap();
        let lines: Vec<_> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((report.imported, app.hub.storage().targets().await.unwrap()), (false, vec![]));
    }
}
