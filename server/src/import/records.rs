//! What the system that administers policies says of them: lapses, reinstatements, their state.
//!
//! A row is about one policy, found by its id or by the reference it was imported with. What the row says becomes
//! part of headquarters' record: an empty cell takes away what stood there, columns the file does not have stay as
//! they are. A row is taken whole, with what it changes in the figures, or not at all.

use std::collections::{BTreeMap, HashMap};

use document_model::{Date, DocumentId, Entropy, FieldValue, Kind, Moment, RecordFacts, parse_date};

use super::landing::{IMPORT_USER, ImportError, Landing, Progress};
use super::map::{Map, Shape};
use super::policies::policy_id;
use super::{Columns, ImportReport, Row};
use crate::hub::{Gate, Hub, HubError, RecordWrite, WriteResult};
use crate::storage::{Storage, StoredDocument};

pub(super) static SHAPE: Shape =
    Shape { kind: Kind::PolicyRecord, keys: &["policy"], keyed: &["policy", "approved_sale_date"] };

/// Rows taken at a time.
const BATCH: usize = 500;

/// The fields of a record.
type Fields = BTreeMap<String, FieldValue>;

/// Imports records of policies; with `dry_run` only says what would happen. Rows that cannot be taken are rejected
/// and all others go in.
pub async fn import_records<S: Storage, G: Gate>(
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
    let all = landing.report.rows;
    let mut done = all - sheet.rows.len();
    let mut file = File { landing, header: &sheet.header };
    for rows in sheet.rows.chunks(BATCH) {
        let known = Known::of(hub, &map, rows).await?;
        let writes: Vec<_> = rows.iter().filter_map(|row| file.record(row, &known)).collect();
        let results = if dry_run {
            writes.iter().map(|write| known.foreseen(write)).collect()
        } else {
            hub.write_records(IMPORT_USER, &writes, now, entropy).await?
        };
        let report = &mut file.landing.report;
        for result in results {
            *match result {
                WriteResult::Created => &mut report.created,
                WriteResult::Changed => &mut report.changed,
                WriteResult::Unchanged => &mut report.unchanged,
            } += 1;
        }
        done += rows.len();
        progress(done, all);
    }
    file.landing.report.imported = !dry_run;
    Ok(file.landing.finished())
}

/// The policies that rows may mean: one of this id, or one imported with this reference.
fn meant(map: &Map, named: &str) -> impl Iterator<Item = DocumentId> {
    named.parse().ok().into_iter().chain([policy_id(map, named)])
}

/// The policies that rows name, and what is recorded of them.
struct Known {
    policies: HashMap<DocumentId, StoredDocument>,
    records: BTreeMap<DocumentId, Fields>,
}

impl Known {
    async fn of<S: Storage, G: Gate>(hub: &Hub<S, G>, map: &Map, rows: &[Row<'_>]) -> Result<Self, HubError> {
        let mut ids: Vec<_> = rows.iter().flat_map(|row| meant(map, row.get(map.key("policy")))).collect();
        ids.sort_unstable();
        ids.dedup();
        let stored = hub.storage().documents(&ids).await?.into_iter().flatten();
        let policies: HashMap<_, _> =
            stored.filter(|stored| stored.kind == Kind::Policy).map(|stored| (stored.id, stored)).collect();
        let ids: Vec<_> = policies.keys().copied().collect();
        Ok(Self { policies, records: hub.records_of(&ids).await? })
    }

    /// What writing a record would come to.
    fn foreseen(&self, write: &RecordWrite) -> WriteResult {
        match self.records.get(&write.policy) {
            None => WriteResult::Created,
            Some(fields) => {
                let same = |(name, value): &(String, FieldValue)| fields.get(name) == Some(value);
                if write.fields.iter().all(same) { WriteResult::Unchanged } else { WriteResult::Changed }
            }
        }
    }
}

/// The rows of a file so far.
struct File<'a> {
    landing: Landing<'a>,
    header: &'a [String],
}

impl File<'_> {
    /// What a row says of its policy, if it can be so.
    fn record(&mut self, row: &Row<'_>, known: &Known) -> Option<RecordWrite> {
        let map = self.landing.map;
        let named = self.landing.key(row, "policy")?;
        let Some(policy) = meant(map, named).find_map(|id| known.policies.get(&id)) else {
            return self.landing.reject(row, format!("there is no policy {named}; import policies first"));
        };
        let mut said = Fields::new();
        for read in map.read(Kind::PolicyRecord, row) {
            match read.value {
                Ok(value) if map.feeds(read.field, self.header) => {
                    said.insert(read.field.to_owned(), value.unwrap_or(FieldValue::Nothing));
                }
                Ok(_) => {}
                Err(expected) => return self.landing.reject(row, format!("{}: not {expected}", read.field)),
            }
        }
        said.extend(map.constants().iter().cloned());
        let sold_on = policy.counted.as_ref().map(|counted| counted.facts.sale_date);
        if let Some(why) = contradiction(&said, sold_on, self.landing.today) {
            return self.landing.reject(row, why);
        }
        let policy = self.landing.claim(row, policy.id, "policy")?;
        // What is not there need not be taken away.
        let there = |name: &str| known.records.get(&policy).is_some_and(|fields| fields.contains_key(name));
        said.retain(|name, value| *value != FieldValue::Nothing || there(name));
        Some(RecordWrite { policy, fields: said.into_iter().collect() })
    }
}

/// Why a row cannot be true, if it cannot.
fn contradiction(said: &Fields, sold_on: Option<Date>, today: Date) -> Option<String> {
    if said.values().all(|value| *value == FieldValue::Nothing) {
        return Some("the row says nothing of the policy".to_owned());
    }
    let text = |name: &str| said.get(name).and_then(FieldValue::as_text);
    let date = |name: &str| text(name).and_then(parse_date);
    let (lapsed_on, reinstated_on) = (date("lapsed_on"), date("reinstated_on"));
    for (name, day) in [("lapsed_on", lapsed_on), ("reinstated_on", reinstated_on)] {
        if let Some(day) = day.filter(|day| *day > today) {
            return Some(format!("{name}: {day} is in the future"));
        }
    }
    if let (Some(lapsed), Some(sold)) = (lapsed_on, sold_on)
        && lapsed < sold
    {
        return Some(format!("lapsed_on: {lapsed} is before the sale on {sold}"));
    }
    if lapsed_on.is_none() && reinstated_on.is_some() && said.contains_key("lapsed_on") {
        return Some("reinstated_on: lapsed_on is empty".to_owned());
    }
    let lapsed = RecordFacts::of_fields(said).lapsed_on;
    match text("status")? {
        "lapsed" if lapsed.is_none() && said.contains_key("lapsed_on") => {
            Some("status: lapsed, and the days say that it is in force".to_owned())
        }
        status @ ("in_force" | "reinstated") => {
            lapsed.map(|day| format!("status: {status}, and the days say that it lapsed on {day}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::NOW;
    use crate::app::{App, SystemEntropy};
    use crate::hub::{FigureAnswerNamed, InlineGate, Percent, SumsShown};
    use crate::import::customers::tests::{TWO, import as import_people, staffed};
    use crate::import::import_policies;
    use crate::organisation::Level;
    use crate::storage::memory::MemoryStorage;
    use crate::storage::{FigureQuery, SplitBy, View};

    type TestApp = App<MemoryStorage, InlineGate>;

    /// A hub with the policies X1 and X2, sold on 2025-06-01 and 2026-06-02.
    async fn with_policies() -> TestApp {
        let app = staffed().await;
        import_people(&app, TWO, false).await;
        let rows = b"policy_ref,customer_no,product_code,premium_won,payment_mode,sale_date,rep_code\n\
            X1,1,WL01,50000,monthly,2025-06-01,P1\nX2,1,TL01,30000,annual,2026-06-02,P1\n";
        let mut entropy = SystemEntropy;
        let done = import_policies(&app.hub, rows, None, false, NOW, &mut entropy, &|_, _| ());
        assert_eq!(done.await.unwrap().created, 2);
        app
    }

    async fn import(app: &TestApp, rows: &str, dry_run: bool) -> ImportReport {
        let mut entropy = SystemEntropy;
        let done = import_records(&app.hub, rows.as_bytes(), None, dry_run, NOW, &mut entropy, &|_, _| ());
        let report = done.await.unwrap();
        let taken = report.created + report.changed + report.unchanged;
        assert_eq!(report.rows, taken + report.rejections, "{report:?}");
        report
    }

    async fn figures(app: &TestApp, to: Date, view: View) -> FigureAnswerNamed {
        let (from, level, by) = (Date::constant(2019, 1, 1), Level::Nation, SplitBy::Day);
        let query = FigureQuery { from, to, level, under: None, by, view, placed: None };
        app.hub.figures(&query, NOW).await.unwrap()
    }

    async fn sums(app: &TestApp) -> SumsShown {
        figures(app, Date::constant(2026, 12, 31), View::Now).await.total
    }

    fn told(report: &ImportReport) -> (usize, usize, usize, bool) {
        (report.created, report.changed, report.unchanged, report.imported)
    }

    #[tokio::test]
    async fn lapses_are_taken_by_reference_and_by_id_and_once() {
        let app = with_policies().await;
        let map = Map::of(None, &SHAPE).unwrap();
        let header = "policy,lapsed_on,reinstated_on,status";
        let file = format!("{header}\nX1,2026-05-01,,lapsed\n{},2026-09-01,,\n", policy_id(&map, "X2"));
        assert_eq!(told(&import(&app, &file, true).await), (2, 0, 0, false));
        assert_eq!(sums(&app).await.lapsed, 0, "a dry run changes nothing");
        assert_eq!(told(&import(&app, &file, false).await), (2, 0, 0, true));
        let after = sums(&app).await;
        assert_eq!((after.lapsed, after.lapsed_in_13_months, after.net), (2, 2, 2));
        assert_eq!(told(&import(&app, &file, false).await), (0, 0, 2, true));
        let back = format!("{header}\nX1,2026-05-01,2026-08-01,reinstated\nX2,,,in_force\n");
        assert_eq!(told(&import(&app, &back, true).await), (0, 2, 0, false));
        assert_eq!(told(&import(&app, &back, false).await), (0, 2, 0, true));
        assert_eq!(sums(&app).await.lapsed, 0, "reinstated, and taken back");
        assert_eq!(told(&import(&app, "policy,policy_number\nX1,N-1\n", false).await), (0, 1, 0, true));
        assert_eq!(sums(&app).await.lapsed, 0, "columns the file does not have stay as they are");
        assert_eq!(app.hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[tokio::test]
    async fn persistency_is_told_of_days_whose_months_are_over() {
        let app = with_policies().await;
        let old = Date::constant(2025, 6, 30);
        let told = async |to, view| figures(&app, to, view).await.total.persistency_13_percent;
        assert_eq!(told(old, View::Now).await, Some(Percent(1_000)));
        import(&app, "policy,lapsed_on\nX1,2026-05-01\n", false).await;
        assert_eq!(told(old, View::Now).await, Some(Percent(0)));
        let all = figures(&app, Date::constant(2026, 12, 31), View::Now).await;
        let by_day: Vec<_> = all.rows.iter().map(|row| row.sums.persistency_13_percent).collect();
        assert_eq!(by_day, [Some(Percent(0)), None], "each day by its own months");
        assert_eq!((all.total.persistency_13_percent, all.total.persistency_25_percent), (None, None));
        assert_eq!(told(old, View::AsOf(0)).await, None, "other states tell none");
        assert_eq!(serde_json::to_value(Percent(857)).unwrap(), 85.7);
    }

    #[tokio::test]
    async fn every_bad_row_is_rejected_with_its_reason() {
        let app = with_policies().await;
        let rows = "policy,lapsed_on,reinstated_on,status\nX1,2026-05-01,,lapsed\nX9,2026-05-01,,\n\
            X2,2026-05-32,,\nX2,2026-06-01,,\nX2,2027-01-01,,\nX2,,2026-07-01,\nX2,,,lapsed\n\
            X2,2026-07-01,,in_force\nX2,2026-07-01,,asleep\nX2,,,\nX1,2026-05-02,,\n";
        let report = import(&app, rows, false).await;
        assert_eq!(told(&report), (1, 0, 0, true));
        let reasons: Vec<_> = report.rejected.iter().map(|note| (note.line, note.reason.as_str())).collect();
        let words = [
            "no policy X9",
            "lapsed_on: not",
            "before the sale on 2026-06-02",
            "2027-01-01 is in the future",
            "lapsed_on is empty",
            "in force",
            "it lapsed on 2026-07-01",
            "status: not",
            "says nothing",
            "line 2 already",
        ];
        for ((line, reason), (at, word)) in reasons.iter().zip(words.into_iter().enumerate()) {
            assert_eq!(*line, at as u64 + 3);
            assert!(reason.contains(word), "{line}: {reason}");
        }
        assert_eq!((reasons.len(), sums(&app).await.lapsed), (words.len(), 1));
    }
}
