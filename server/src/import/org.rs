//! The organisation: regions, branches and reps, and a book for every rep.
//!
//! A row is a rep in a branch in a region. Without dates that is so from the beginning and replaces
//! what was known of the rep; with `valid_from` or `valid_to` it is so on those days and leaves other
//! days as they are. Regions and branches nobody knew are from the beginning; those that are known and
//! stand last where the file says keep what was ordered of them. Units the file does not name stay as they are.

use std::collections::BTreeMap;

use document_model::{BookId, Date, UnitCode};

use super::{Columns, CutOff, DiffLine, FileKind, ImportReport, Row, Sheet, Terms};
use crate::hub::{Gate, Hub};
use crate::organisation::{Level, NATION, Roster, UnitSpan, overlap, overlay};
use crate::storage::{AdminChange, Storage};

static COLUMNS: Columns = Columns {
    required: &["region_code", "region_name", "branch_code", "branch_name", "rep_code", "rep_name"],
    optional: &["valid_from", "valid_to"],
};

/// What a file asks of the organisation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// The units named, each with all its spans.
    spans: Vec<UnitSpan>,
    /// The reps named, with their names.
    reps: Vec<(UnitCode, String)>,
}

/// Takes over a file of the organisation.
pub(super) async fn take<S: Storage, G: Gate>(
    hub: &Hub<S, G>,
    content: &[u8],
    terms: &Terms,
) -> Result<ImportReport, CutOff> {
    let mut report = ImportReport::default();
    let sheet = Sheet::read(content, &COLUMNS, &mut report);
    let (roster, rules) = hub.storage().roster().await?;
    terms.check(&mut report, rules)?;
    let plan = plan(&sheet.rows, &roster, &mut report);
    if !terms.takes(&report) {
        return Ok(report);
    }
    // With the units, books: a rep without a book could sign in and have nowhere to write.
    let books = plan.reps.into_iter().map(|(code, name)| (BookId::of_rep(&code), name, Some(code)));
    let change = AdminChange::Units { rules, spans: plan.spans, books: books.collect() };
    terms.administer(hub, change, FileKind::Org, &mut report).await?;
    report.version = (rules + u64::from(report.created + report.changed > 0)).to_string();
    terms.rejudge(hub, &mut report).await?;
    Ok(report)
}

/// Checks all rows against each other and against the organisation as it is.
fn plan(rows: &[Row], roster: &Roster, report: &mut ImportReport) -> Plan {
    let mut file = File { units: BTreeMap::new(), needed: BTreeMap::new(), roster };
    rows.iter().for_each(|row| file.take(row, report));
    if !report.is_clean() {
        return Plan::default();
    }
    let mut plan = Plan::default();
    for (code, said) in file.units {
        let said: Vec<UnitSpan> = said.into_iter().map(|said| said.span).collect();
        let before = roster.spans(&code);
        let needed = file.needed.get(&code);
        let kept = said.last().zip(needed).and_then(|(said, needed)| kept(before, said, *needed));
        let after = kept.unwrap_or_else(|| overlay(before, &said));
        match before {
            [] => report.created += 1,
            before if *before == after[..] => report.unchanged += 1,
            _ => report.changed += 1,
        }
        DiffLine::of_unit(&code, before, &after).into_iter().for_each(|line| report.differs(line));
        let newest = said.last().filter(|span| span.level == Level::Rep);
        plan.reps.extend(newest.map(|span| (code, span.name.clone())));
        plan.spans.extend(after);
    }
    plan
}

/// The spans of a region or branch that stands last where a file says: what was ordered of it stays, its name is
/// the file's, and it is there on the first day that is needed.
fn kept(before: &[UnitSpan], said: &UnitSpan, needed: Date) -> Option<Vec<UnitSpan>> {
    before.last().filter(|last| last.parent == said.parent)?;
    let mut spans = before.to_vec();
    spans.iter_mut().for_each(|span| span.name.clone_from(&said.name));
    let first = spans.first_mut().filter(|first| first.from.is_some_and(|from| needed < from));
    first.into_iter().for_each(|first| first.from = None);
    Some(spans)
}

/// One span as a line says it.
struct Said {
    line: u64,
    span: UnitSpan,
}

/// What the file says of each unit so far.
struct File<'a> {
    units: BTreeMap<UnitCode, Vec<Said>>,
    /// The first day regions and branches are needed on.
    needed: BTreeMap<UnitCode, Date>,
    roster: &'a Roster,
}

impl File<'_> {
    fn take(&mut self, row: &Row, report: &mut ImportReport) {
        let codes = ["region_code", "branch_code", "rep_code"].map(|column| row.code(column, report));
        let validity = row.validity(report);
        let ([Some(region), Some(branch), Some(rep)], Some((from, to))) = (codes, validity) else { return };
        for code in [region, branch].map(UnitCode::from) {
            if let Some(reason) = self.closed(&code, to) {
                return report.reject(row.line, reason);
            }
            let first = from.unwrap_or(Date::MIN);
            self.needed.entry(code).and_modify(|needed| *needed = first.min(*needed)).or_insert(first);
        }
        let span = |code: &str, level, name: &str, parent: &str, from, to| UnitSpan {
            code: code.into(),
            from,
            to,
            level,
            name: row.get(name).to_owned(),
            parent: parent.into(),
            successor: None,
        };
        let spans = [
            span(region, Level::Region, "region_name", NATION, None, None),
            span(branch, Level::Branch, "branch_name", region, None, None),
            span(rep, Level::Rep, "rep_name", branch, from, to),
        ];
        for span in spans {
            match self.objection(row.line, &span) {
                Some(Objection::Refuse(reason)) => return report.reject(row.line, reason),
                Some(Objection::Repeated) if span.level != Level::Rep => {}
                Some(Objection::Repeated) => {
                    report.warn(row.line, format!("{} is there twice, the same", span.code))
                }
                None => {
                    self.warn_of_move(row.line, &span, report);
                    self.units.entry(span.code.clone()).or_default().push(Said { line: row.line, span });
                }
            }
        }
    }

    /// What stands against a rep's days up to `to` in a unit that has closed by order.
    fn closed(&self, code: &UnitCode, to: Option<Date>) -> Option<String> {
        let last = self.roster.newest(code)?;
        let end = last.to.filter(|end| to.is_none_or(|to| *end < to))?;
        let then = last.successor.as_ref().map(|unit| format!("; {unit} goes on with it"));
        Some(format!("{code} has closed, its last day is {end}{}", then.unwrap_or_default()))
    }

    /// What stands against a span: one code is one unit, in one place on one day, with one name.
    fn objection(&self, line: u64, span: &UnitSpan) -> Option<Objection> {
        let code = &span.code;
        let refuse = |reason| Some(Objection::Refuse(reason));
        if code.as_str() == NATION {
            return refuse(format!("{NATION} is the code of the whole company"));
        }
        let earlier = self.units.get(code).map_or(&[][..], Vec::as_slice);
        let other_level = earlier.iter().find(|said| said.span.level != span.level);
        if let Some(said) = other_level {
            let where_from = if said.line == line {
                "in the same row".to_owned()
            } else {
                format!("on line {}", said.line)
            };
            let (is, was) = (span.level.as_str(), said.span.level.as_str());
            return refuse(format!("{code} is a {was} {where_from} and a {is} here; one code is one unit"));
        }
        if let Some(known) = self.roster.newest(code).filter(|known| known.level != span.level) {
            return refuse(format!(
                "{code} is a {} already, not a {}",
                known.level.as_str(),
                span.level.as_str()
            ));
        }
        let said = earlier.iter().find(|said| overlap(&said.span, span))?;
        let Said { line: earlier, span: said } = said;
        if said == span {
            Some(Objection::Repeated)
        } else if said.parent != span.parent {
            refuse(format!("{code} is in {} on line {earlier} and in {} here", said.parent, span.parent))
        } else if said.name != span.name {
            refuse(format!("{code} is called {:?} on line {earlier} and {:?} here", said.name, span.name))
        } else {
            refuse(format!("{code} is in {} on line {earlier} already for some of these days", said.parent))
        }
    }

    /// A unit that stands elsewhere from the beginning takes its past figures along: somebody should
    /// mean that.
    fn warn_of_move(&self, line: u64, span: &UnitSpan, report: &mut ImportReport) {
        let known = self.roster.newest(&span.code).filter(|known| known.parent != span.parent);
        if let (Some(known), None) = (known, span.from) {
            let (code, before, now) = (&span.code, &known.parent, &span.parent);
            report.warn(
                line,
                format!("{code} moves from {before} to {now} for all days past; their figures move too"),
            );
        }
    }
}

enum Objection {
    Refuse(String),
    Repeated,
}

#[cfg(test)]
mod tests {
    use document_model::parse_date;

    use super::*;
    use crate::app::tests::app;
    use crate::import::import_orders;
    use crate::import::import_org;
    use crate::organisation::career;
    use crate::storage::{DocumentStorage, OrganisationStorage};

    const HEADER: &str = "region_code,region_name,branch_code,branch_name,rep_code,rep_name";
    const TWO_REPS: &str = "R1,서울,B1,강남,P1,김철수\nR1,서울,B2,종로,P2,이영희\n";

    fn org(rows: &str) -> String {
        format!("\u{feff}{HEADER}\n{rows}")
    }

    fn dated(rows: &str) -> String {
        format!("{HEADER},valid_from,valid_to\n{rows}")
    }

    fn counts(report: &ImportReport) -> (usize, usize, usize) {
        (report.created, report.changed, report.unchanged)
    }

    #[tokio::test]
    async fn an_organisation_is_imported_once() {
        let app = app().await;
        let storage = app.hub.storage();
        let dry = import_org(&app, org(TWO_REPS).as_bytes(), true).await.unwrap();
        assert_eq!((counts(&dry), dry.imported), ((5, 0, 0), false));
        assert_eq!(storage.roster().await.unwrap().0, Roster::default(), "a dry run changes nothing");
        let first = import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        assert_eq!((first.rows, counts(&first), first.imported), (2, (5, 0, 0), true));
        let books = storage.books_of(&"P1".into()).await.unwrap();
        let own = books.iter().find(|book| book.id == BookId::of_rep(&"P1".into())).unwrap();
        assert_eq!((own.name.as_str(), own.owner.clone()), ("김철수", Some("P1".into())));
        let (roster, version) = storage.roster().await.unwrap();
        let path = roster.path(&"P2".into(), parse_date("1990-01-01").unwrap()).unwrap();
        assert_eq!((path.branch.as_str(), path.region.as_str()), ("B2", "R1"));
        let second = import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        assert_eq!((counts(&second), second.imported), ((0, 0, 5), true));
        assert_eq!(storage.roster().await.unwrap().1, version, "nothing to judge again");
    }

    #[tokio::test]
    async fn one_bad_row_imports_nothing() {
        let app = app().await;
        let rows = format!("{TWO_REPS}R1,서울,B1,강남,,박\nR1,서울,B1,강남,P 4,최\n");
        let report = import_org(&app, org(&rows).as_bytes(), false).await.unwrap();
        assert_eq!((report.imported, counts(&report)), (false, (0, 0, 0)));
        assert_eq!(report.rejected.iter().map(|note| note.line).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(app.hub.storage().roster().await.unwrap().0, Roster::default());
        assert_eq!(app.hub.storage().books().await.unwrap().len(), 1, "the shared book alone");
    }

    async fn refusal(rows: &str) -> String {
        let app = app().await;
        let mut report = import_org(&app, org(rows).as_bytes(), false).await.unwrap();
        assert!(!report.imported);
        report.rejected.remove(0).reason
    }

    #[tokio::test]
    async fn one_code_is_one_unit_in_one_place() {
        assert!(
            refusal("R1,A,B1,B,P1,X\nR1,A,B2,C,P1,X\n")
                .await
                .contains("P1 is in B1 on line 2 and in B2 here")
        );
        assert!(
            refusal("R1,A,B1,B,P1,X\nR2,D,B1,B,P2,Y\n")
                .await
                .contains("B1 is in R1 on line 2 and in R2 here")
        );
        assert!(
            refusal("R1,A,B1,B,P1,X\nR1,A,P1,B,P2,Y\n")
                .await
                .contains("P1 is a rep on line 2 and a branch here")
        );
        assert!(refusal("R1,A,R1,B,P1,X\n").await.contains("R1 is a region in the same row"));
        assert!(
            refusal("R1,A,B1,B,P1,X\nR1,Z,B1,B,P2,Y\n")
                .await
                .contains("called \"A\" on line 2 and \"Z\" here")
        );
        assert!(refusal("nation,A,B1,B,P1,X\n").await.contains("whole company"));
    }

    #[tokio::test]
    async fn a_code_keeps_its_level_over_imports() {
        let app = app().await;
        import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        let report = import_org(&app, org("R1,서울,B9,새,B1,누구\n").as_bytes(), false).await.unwrap();
        assert!(report.rejected[0].reason.contains("B1 is a branch already, not a rep"));
    }

    #[tokio::test]
    async fn a_rep_who_moves_counts_where_the_rep_was() {
        let app = app().await;
        import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        let moved = dated("R1,서울,B2,종로,P1,김철수,2026-07-01,\n");
        let report = import_org(&app, moved.as_bytes(), false).await.unwrap();
        assert_eq!((counts(&report), report.warnings.len()), ((0, 1, 2), 0));
        let branch = async |day: &str| {
            let (roster, _) = app.hub.storage().roster().await.unwrap();
            roster.path(&"P1".into(), parse_date(day).unwrap()).unwrap().branch.0
        };
        assert_eq!(
            (branch("2026-06-30").await, branch("2026-07-01").await),
            ("B1".to_owned(), "B2".to_owned())
        );
        // Said without a date it is so from the beginning, and somebody should mean that.
        let report = import_org(&app, org("R1,서울,B2,종로,P1,김철수\n").as_bytes(), false).await.unwrap();
        assert_eq!((counts(&report), branch("2026-06-30").await), ((0, 1, 2), "B2".to_owned()));
        let report = import_org(&app, org("R1,서울,B1,강남,P1,김철수\n").as_bytes(), true).await.unwrap();
        assert!(report.warnings[0].reason.contains("P1 moves from B2 to B1 for all days past"));
    }

    #[tokio::test]
    async fn one_file_may_tell_a_whole_career() {
        let app = app().await;
        let career = dated(
            "R1,서울,B1,강남,P1,김,,2026-03-31\nR1,서울,B2,종로,P1,김,2026-04-01,2026-05-31\nR1,서울,B1,강남,P1,김,2026-06-01,\n",
        );
        let report = import_org(&app, career.as_bytes(), false).await.unwrap();
        assert_eq!((counts(&report), report.rejected), ((4, 0, 0), vec![]));
        let (roster, _) = app.hub.storage().roster().await.unwrap();
        assert_eq!(roster.spans(&"P1".into()).len(), 3);
        let overlapping = dated("R1,서울,B1,강남,P1,김,,2026-03-31\nR1,서울,B2,종로,P1,김,2026-03-31,\n");
        let report = import_org(&app, overlapping.as_bytes(), false).await.unwrap();
        assert_eq!(report.rejected[0].line, 3);
        let backwards = dated("R1,서울,B1,강남,P1,김,2026-04-01,2026-03-31\n");
        let report = import_org(&app, backwards.as_bytes(), false).await.unwrap();
        assert!(report.rejected[0].reason.contains("before"));
    }

    #[tokio::test]
    async fn what_was_ordered_of_units_stays() {
        let app = app().await;
        import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        let orders = "order,unit,day,to,name\nopen,R2,2026-03-01,nation,부산\nmove,B2,2026-04-01,R2,\n\
            open,B3,2026-05-01,R2,서면\nmerge,B1,2026-06-01,B3,\n";
        assert!(import_orders(&app, orders.as_bytes(), false).await.unwrap().imported);
        let rows = "R2,부산,B2,새 종로,P2,이영희\nR2,부산,B3,서면,P3,박민수\n";
        let report = import_org(&app, org(rows).as_bytes(), false).await.unwrap();
        assert_eq!((report.rejected, report.warnings, report.imported), (vec![], vec![], true));
        let (roster, _) = app.hub.storage().roster().await.unwrap();
        let unit = |code: &str| career(roster.spans(&code.into()));
        assert_eq!(unit("B2"), "in R1 until 2026-03-31; in R2 from 2026-04-01");
        assert_eq!((roster.name(&"B2".into()).as_str(), unit("B3").as_str()), ("새 종로", "in R2"));
        assert_eq!(unit("B1"), "in R1 until 2026-05-31, then B3 goes on with it");
        let report = import_org(&app, org(TWO_REPS).as_bytes(), false).await.unwrap();
        let reason = &report.rejected[0].reason;
        assert_eq!(reason, "B1 has closed, its last day is 2026-05-31; B3 goes on with it");
        let past = dated("R1,서울,B1,강남,P1,김철수,,2026-05-31\n");
        assert_eq!(import_org(&app, past.as_bytes(), false).await.unwrap().rejected, vec![]);
    }

    #[tokio::test]
    async fn a_repeated_row_is_taken_once_and_said() {
        let app = app().await;
        let report =
            import_org(&app, org("R1,A,B1,B,P1,X\nR1,A,B1,B,P1,X\n").as_bytes(), false).await.unwrap();
        assert_eq!((counts(&report), report.warnings[0].line), ((3, 0, 0), 3));
    }
}
