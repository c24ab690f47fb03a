//! Records of policies over a hub in memory.

use document_model::{BookId, Date, Moment};

use super::*;
use crate::app::tests::{NOW, app};
use crate::app::{App, SystemEntropy};
use crate::hub::{InlineGate, SumsShown};
use crate::import::import_org;
use crate::organisation::Level;
use crate::storage::memory::MemoryStorage;
use crate::storage::{DocumentStorage, Entries, FigureQuery, FigureStorage, SplitBy, View};

type TestApp = App<MemoryStorage, InlineGate>;

const ORG: &[u8] = b"region_code,region_name,branch_code,branch_name,rep_code,rep_name\n\
    R1,Seoul,B1,Gangnam,P1,Kim\nR1,Seoul,B2,Mapo,P2,Lee\n";
const POLICY: DocumentId = DocumentId([7; 16]);

fn book(rep: &str) -> BookId {
    BookId::of_rep(&rep.into())
}

fn text(name: &str, value: &str) -> (String, FieldValue) {
    (name.to_owned(), FieldValue::from(value))
}

/// A hub with two reps, on 2026-09-21.
async fn staffed() -> TestApp {
    let app = app().await;
    import_org(&app, ORG, false).await.unwrap();
    app
}

/// Writes fields of a policy in the book of P1, as a device's push would.
async fn sell(app: &TestApp, policy: DocumentId, fields: &[(&str, FieldValue)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let (book, kind) = (book("P1"), Kind::Policy);
    let write = HubWrite { document: policy, kind, book, fields, imported: false, only_new: false };
    app.hub.write("kim", &[write], NOW, &mut SystemEntropy).await.unwrap();
}

async fn sell_on(app: &TestApp, sale_date: &str) {
    let fields = [
        ("customer", FieldValue::Text(DocumentId([1; 16]).to_string())),
        ("product", "WL01".into()),
        ("premium_won", 50_000.into()),
        ("sale_date", sale_date.into()),
    ];
    sell(app, POLICY, &fields).await;
}

async fn record(app: &TestApp, fields: &[(String, FieldValue)]) -> Vec<WriteResult> {
    let write = RecordWrite { policy: POLICY, fields: fields.to_vec() };
    app.hub.write_records("hq", &[write], NOW, &mut SystemEntropy).await.unwrap()
}

async fn approve(app: &TestApp, policy: DocumentId) -> Result<Approved, ApproveError> {
    app.hub.approve("hq", policy, NOW, &mut SystemEntropy).await
}

async fn sums(app: &TestApp) -> SumsShown {
    let (from, to) = (Date::constant(2020, 1, 1), Date::constant(2026, 12, 31));
    let (level, by, view) = (Level::Nation, SplitBy::Unit, View::Now);
    let query = FigureQuery { from, to, level, under: None, by, view, placed: None };
    app.hub.figures(&query, NOW).await.unwrap().total
}

async fn stored(app: &TestApp, document: DocumentId) -> StoredDocument {
    app.hub.storage().documents(&[document]).await.unwrap().pop().flatten().unwrap()
}

/// Nothing that is stored differs from what the feeds make of it.
async fn whole(app: &TestApp) {
    let report = app.hub.verify(&|_| ()).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn a_back_dated_sale_counts_once_headquarters_approves_its_day() {
    let app = staffed().await;
    sell_on(&app, "2026-07-01").await;
    assert_eq!(sums(&app).await.sold, 0);
    let waiting = app.hub.awaiting_approval(None, NOW).await.unwrap();
    assert_eq!((waiting.waiting, waiting.policies.len()), (1, 1));
    let shown = &waiting.policies[0];
    assert_eq!((shown.policy, shown.rep.clone(), shown.name.as_str()), (POLICY, Some("P1".into()), "Kim"));
    assert_eq!((shown.sale_date.as_str(), shown.recorded_on.as_str()), ("2026-07-01", "2026-09-21"));
    assert_eq!((shown.product.as_deref(), shown.premium_won), (Some("WL01"), Some(50_000)));
    whole(&app).await;
    let approved = approve(&app, POLICY).await.unwrap();
    assert_eq!((approved.already, approved.counts, &approved.policy), (false, true, shown));
    assert_eq!((sums(&app).await.sold, sums(&app).await.premium_gross_won), (1, 50_000));
    assert_eq!(app.hub.awaiting_approval(None, NOW).await.unwrap().waiting, 0);
    let seq = app.hub.storage().book(book("P1")).await.unwrap().unwrap().seq;
    assert!(approve(&app, POLICY).await.unwrap().already, "done twice it says so");
    assert_eq!(app.hub.storage().book(book("P1")).await.unwrap().unwrap().seq, seq, "and changes nothing");
    whole(&app).await;
    sell_on(&app, "2026-06-30").await;
    assert_eq!(
        (sums(&app).await.sold, stored(&app, POLICY).await.counted),
        (0, None),
        "another day waits again"
    );
    whole(&app).await;
    sell_on(&app, "2026-07-01").await;
    assert_eq!(sums(&app).await.sold, 1, "the day that was approved still is");
    whole(&app).await;
}

#[tokio::test]
async fn what_would_not_count_is_not_approved() {
    let app = staffed().await;
    let other = DocumentId([9; 16]);
    assert_eq!(approve(&app, POLICY).await, Err(ApproveError::Unknown(POLICY)));
    sell_on(&app, "2026-09-01").await;
    assert_eq!(approve(&app, POLICY).await, Err(ApproveError::WaitsForNothing(POLICY)));
    sell(&app, other, &[("product", "WL01".into()), ("sale_date", "2026-07-01".into())]).await;
    let missing = vec!["missing", "missing"];
    assert_eq!(app.hub.awaiting_approval(None, NOW).await.unwrap().policies[0].problems, missing);
    let refused = ApproveError::Problems { policy: other, problems: missing };
    assert_eq!(approve(&app, other).await, Err(refused));
    assert_eq!(
        approve(&app, RecordFacts::document_of(POLICY)).await.unwrap_err().to_string().find("no policy"),
        Some(9)
    );
    whole(&app).await;
}

#[tokio::test]
async fn who_waits_is_listed_by_unit() {
    let app = staffed().await;
    sell_on(&app, "2026-07-01").await;
    let waiting = async |unit: &str| {
        let unit = UnitCode::from(unit);
        app.hub.awaiting_approval(Some(&unit), NOW).await.unwrap().waiting
    };
    for (unit, due) in [("nation", 1), ("R1", 1), ("B1", 1), ("P1", 1), ("B2", 0), ("P2", 0), ("X", 0)] {
        assert_eq!(waiting(unit).await, due, "{unit}");
    }
}

#[tokio::test]
async fn a_lapse_and_a_reinstatement_are_posted_with_the_record() {
    let app = staffed().await;
    sell_on(&app, "2026-08-25").await;
    let lapsed = [text("lapsed_on", "2026-09-15"), text("status", "lapsed")];
    assert_eq!(record(&app, &lapsed).await, [WriteResult::Created]);
    let after = sums(&app).await;
    assert_eq!((after.sold, after.net, after.lapsed_in_13_months), (1, 1, 1));
    assert_eq!(stored(&app, POLICY).await.record.lapsed_on, parse_date("2026-09-15"));
    whole(&app).await;
    assert_eq!(record(&app, &lapsed).await, [WriteResult::Unchanged]);
    sell(&app, POLICY, &[("premium_won", 70_000.into())]).await;
    assert_eq!(
        (sums(&app).await.lapsed, sums(&app).await.premium_gross_won),
        (1, 70_000),
        "an edit keeps it"
    );
    assert_eq!(record(&app, &[text("reinstated_on", "2026-09-20")]).await, [WriteResult::Changed]);
    assert_eq!((sums(&app).await.lapsed, stored(&app, POLICY).await.record), (0, RecordFacts::default()));
    whole(&app).await;
    let kinds: Vec<_> = app.hub.storage().ledger(book("P1"), 0, 100).await.unwrap();
    let kinds: Vec<_> = kinds.iter().map(|entry| entry.posting.kind.as_str()).collect();
    assert_eq!(kinds, ["sold", "lapsed", "corrected", "corrected", "reinstated"]);
}

#[tokio::test]
async fn an_explanation_names_the_edit_of_the_record() {
    let app = staffed().await;
    sell_on(&app, "2026-08-25").await;
    let fields = [text("lapsed_on", "2026-09-15"), text("status", "lapsed")];
    let write = RecordWrite { policy: POLICY, fields: fields.to_vec() };
    let later = Moment(NOW.0 + 1_000);
    app.hub.write_records("hq", &[write], later, &mut SystemEntropy).await.unwrap();
    let (day, nation) = (Date::constant(2026, 8, 25), UnitCode::from(crate::organisation::NATION));
    let told = app.hub.explain((Level::Nation, nation), day, (View::AsOf(0), View::Now)).await.unwrap();
    let causes: Vec<_> = told.entries.iter().map(|entry| (entry.kind, entry.cause.by.as_deref())).collect();
    assert_eq!(causes, [("sold", Some("kim")), ("lapsed", Some("hq"))]);
    let record = app.hub.storage().feed(book("P1"), Entries::All, (1, 9), 9, 1 << 20).await.unwrap();
    let record = record.iter().rfind(|row| row.document == RecordFacts::document_of(POLICY)).unwrap();
    assert_eq!(told.entries[1].cause.seq, record.seq);
}

#[tokio::test]
async fn a_record_moves_with_its_policy_and_counts_wherever_it_lies() {
    let app = staffed().await;
    sell_on(&app, "2026-07-01").await;
    approve(&app, POLICY).await.unwrap();
    let (of_record, (p1, p2)) = (RecordFacts::document_of(POLICY), (book("P1"), book("P2")));
    app.hub.move_documents(&[POLICY], p1, p2, NOW).await.unwrap();
    assert_eq!((stored(&app, POLICY).await.book, stored(&app, of_record).await.book), (p2, p2));
    whole(&app).await;
    app.hub.move_documents(&[of_record], p2, p1, NOW).await.unwrap();
    whole(&app).await;
    record(&app, &[text("lapsed_on", "2026-09-01")]).await;
    assert_eq!(
        (sums(&app).await.sold, sums(&app).await.lapsed, stored(&app, of_record).await.book),
        (1, 1, p1)
    );
    whole(&app).await;
    app.hub.move_documents(&[POLICY], p2, p1, NOW).await.unwrap();
    app.hub.rejudge(NOW).await.unwrap();
    assert_eq!((sums(&app).await.sold, sums(&app).await.lapsed), (1, 1));
    whole(&app).await;
}

#[tokio::test]
async fn judging_again_makes_up_for_a_record_that_the_policy_does_not_know_of() {
    let app = staffed().await;
    sell_on(&app, "2026-07-01").await;
    approve(&app, POLICY).await.unwrap();
    let unaware = StoredDocument {
        record: RecordFacts::default(),
        awaiting_sale_date: parse_date("2026-07-02"),
        ..stored(&app, POLICY).await
    };
    let rules = app.hub.current_rules().await.unwrap().version;
    let commit =
        crate::storage::Commit::of_hub(book("P1"), rules, NOW, vec![DocumentCommit::of_state(unaware)]);
    app.hub.storage().commit(commit).await.unwrap();
    let report = app.hub.verify(&|_| ()).await.unwrap();
    assert_eq!(report.found, 2, "the record and the wait differ: {:?}", report.differences);
    assert_eq!(app.hub.rejudge(NOW).await.unwrap(), 1);
    whole(&app).await;
}

#[tokio::test]
async fn a_withdrawal_after_its_time_is_not_taken_off() {
    let app = staffed().await;
    sell_on(&app, "2026-08-25").await;
    sell(&app, POLICY, &[("certificate_date", "2026-09-01".into()), ("withdrawn_on", "2026-09-17".into())])
        .await;
    let late = sums(&app).await;
    assert_eq!((late.sold, late.withdrawn, late.premium_net_won), (1, 0, 50_000), "day 16");
    whole(&app).await;
    sell(&app, POLICY, &[("withdrawn_on", "2026-09-15".into())]).await;
    let in_time = sums(&app).await;
    let figures = (in_time.sold, in_time.premium_gross_won, in_time.net, in_time.premium_net_won);
    assert_eq!(figures, (1, 50_000, 0, 0), "day 14: the net restates, the gross does not");
    whole(&app).await;
}
