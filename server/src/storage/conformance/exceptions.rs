//! Exceptions to closings and the stamps they lead to.

use std::collections::BTreeMap;

use document_model::sales::UnitPath;
use document_model::{Date, UnitCode};

use super::cases;
use super::closings::{CLOSED, REGIONS, all_entries, close, expected, order, rows, stamps_are_answered};
use super::figures::{questions, with_postings};
use super::sample::{ARRIVED_MS, BOOK, OTHER, check, commit, day, done, path, posting_birth, sale};
use crate::organisation::NATION;
use crate::storage::{
    Closing, ClosingOrder, ClosingOutcome, EndOutcome, Ended, Exception, ExceptionEnd, ExceptionOrder,
    ExceptionOutcome, FigureQuery, FinalOutcome, LedgerEntry, Storage, View,
};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_second_stamp_holds_what_came_in_time_and_the_first_stays,
        an_exception_that_ends_early_holds_what_came_by_then,
        exceptions_are_kept_and_hinder_the_last_word,
    );
}

/// When the exceptions of these cases are opened, and end.
const OPENED_MS: i64 = ARRIVED_MS + 20;
const UNTIL_MS: i64 = ARRIVED_MS + 100;

fn of_p1() -> UnitPath {
    path("P1", "B1", "R1")
}

pub(super) fn asked(of: UnitPath) -> ExceptionOrder {
    ExceptionOrder {
        day: day(CLOSED),
        account: format!("account of {}", of.rep),
        path: of,
        at_ms: OPENED_MS,
        by: "hq".to_owned(),
        reason: Some("the phone was lost".to_owned()),
        until_ms: UNTIL_MS,
    }
}

pub(super) async fn opened<S: Storage>(storage: &S, order: ExceptionOrder) -> Exception {
    match storage.open_exception(order).await.expect("an exception is decided") {
        ExceptionOutcome::Opened(exception) => exception,
        other => panic!("not opened: {other:?}"),
    }
}

pub(super) fn end(id: u64, at_ms: i64) -> ExceptionEnd {
    ExceptionEnd { id, rules: 1, path: Some(of_p1()), at_ms, by: "rule: until".to_owned() }
}

async fn ended<S: Storage>(storage: &S, end: ExceptionEnd) -> (Exception, Vec<Closing>) {
    match storage.end_exception(end).await.expect("an exception is ended") {
        EndOutcome::Ended(exception, closings) => (exception, closings),
        other => panic!("not ended: {other:?}"),
    }
}

/// A company whose day is closed, with late entries of several reps folded in time.
pub(super) async fn late_company<S: Storage>(storage: S) -> S {
    let storage = with_postings(storage).await;
    storage.set_judged(1).await.expect("all is judged");
    close(&storage, order(&["B1", "B2", "B3"], REGIONS)).await;
    let late = [
        sale(CLOSED, "WL01", of_p1()),
        sale(CLOSED, "TL01", path("P2", "B1", "R1")),
        sale(CLOSED, "TL01", path("P1", "B2", "R1")),
        sale("2026-05-31", "WL01", of_p1()),
    ];
    done(&storage, commit(OTHER, vec![posting_birth(4, &late)])).await;
    storage.fold(100, OPENED_MS + 1).await.expect("entries are folded");
    storage
}

/// The newest closed figures are the sums of the entries up to the first stamp's moment, and P1's in B1 up to `until`.
async fn closed_figures_hold<S: Storage>(storage: &S, until: u64) {
    let closings = storage.closings(day(CLOSED), day(CLOSED)).await.expect("closings are read");
    let first = closings.first().expect("there are closings").moment;
    let entries = all_entries(storage).await;
    let in_it = |entry: &&LedgerEntry| {
        let key = &entry.posting.key;
        let upto = if key.path == of_p1() { until.max(first) } else { first };
        key.day == day(CLOSED) && entry.moment.is_some_and(|moment| moment <= upto)
    };
    for query in questions() {
        let query = FigureQuery { view: View::Closed, ..query };
        let due = expected(&query, entries.iter().filter(in_it));
        assert_eq!(rows(storage, &query).await, due, "{query:?}");
    }
    let mut newest: BTreeMap<UnitCode, Closing> = BTreeMap::new();
    for closing in closings {
        newest.insert(closing.unit.clone(), closing);
    }
    stamps_are_answered(storage, &newest.into_values().collect::<Vec<_>>()).await;
}

async fn a_second_stamp_holds_what_came_in_time_and_the_first_stays<S: Storage>(storage: S) {
    let storage = late_company(storage).await;
    let before = storage.closings(Date::MIN, Date::MAX).await.expect("closings are read");
    let exception = opened(&storage, asked(of_p1())).await;
    closed_figures_hold(&storage, 0).await;
    // What comes to the cells after the instant is too late, whenever the exception is ended.
    done(&storage, commit(BOOK, vec![posting_birth(5, &[sale(CLOSED, "WL01", of_p1())])])).await;
    let in_time = storage.moment_at(UNTIL_MS).await.expect("a moment is found");
    let (exception, made) = ended(&storage, end(exception.id, UNTIL_MS + 50)).await;
    let told: Vec<_> = made.iter().map(|one| (one.unit.as_str(), one.stamp, one.moment)).collect();
    assert_eq!(told, [("B1", 2, in_time), ("R1", 2, in_time), (NATION, 2, in_time)]);
    let ending = Ended { at_ms: UNTIL_MS + 50, by: "rule: until".to_owned(), stamp: Some(2) };
    assert_eq!(exception.ended, Some(ending));
    let mut due = before.clone();
    due.extend(made.clone());
    due.sort_by(|a, b| (&a.unit, a.stamp).cmp(&(&b.unit, b.stamp)));
    assert_eq!(
        storage.closings(Date::MIN, Date::MAX).await,
        Ok(due),
        "every field comes back, the first stay"
    );
    closed_figures_hold(&storage, in_time).await;
    let one_more = |stamp: &Closing| {
        let first = before.iter().find(|one| one.unit == stamp.unit).expect("it had one");
        stamp.sums.sold - first.sums.sold
    };
    assert_eq!(made.iter().map(one_more).collect::<Vec<_>>(), [1, 1, 1]);
    // Another one for the same rep finds the entry that was late, and nothing a second time.
    let again = opened(&storage, ExceptionOrder { until_ms: UNTIL_MS + 200, ..asked(of_p1()) }).await;
    let (_, made) = ended(&storage, end(again.id, UNTIL_MS + 200)).await;
    assert_eq!(made.iter().map(|one| (one.stamp, one_more(one))).collect::<Vec<_>>(), [(3, 2); 3]);
    closed_figures_hold(&storage, u64::MAX).await;
    let none = opened(&storage, asked(of_p1())).await;
    let (none, made) = ended(&storage, end(none.id, UNTIL_MS + 300)).await;
    assert_eq!((made, none.ended.and_then(|ended| ended.stamp)), (Vec::new(), None));
    check(&storage).await;
}

async fn an_exception_that_ends_early_holds_what_came_by_then<S: Storage>(storage: S) {
    let storage = late_company(storage).await;
    let exception = opened(&storage, asked(of_p1())).await;
    // Pending: ending folds it.
    done(&storage, commit(BOOK, vec![posting_birth(5, &[sale(CLOSED, "WL01", of_p1())])])).await;
    assert_eq!(storage.end_exception(end(9, UNTIL_MS)).await, Ok(EndOutcome::Unknown));
    let other_rules = ExceptionEnd { rules: 2, ..end(exception.id, UNTIL_MS) };
    assert_eq!(storage.end_exception(other_rules).await, Ok(EndOutcome::RulesChanged));
    let (exception, made) = ended(&storage, end(exception.id, UNTIL_MS - 1)).await;
    assert_eq!(made.len(), 3);
    closed_figures_hold(&storage, u64::MAX).await;
    let again = storage.end_exception(end(exception.id, UNTIL_MS)).await;
    assert_eq!(again, Ok(EndOutcome::Before(exception)), "it ends once");
}

async fn exceptions_are_kept_and_hinder_the_last_word<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    storage.set_judged(1).await.expect("all is judged");
    let decide = async |order| storage.open_exception(order).await.expect("an exception is decided");
    assert_eq!(decide(asked(of_p1())).await, ExceptionOutcome::NotClosed);
    close(&storage, order(&["B1", "B2"], &[])).await;
    assert_eq!(decide(asked(path("P1", "B1", "R2"))).await, ExceptionOutcome::Moved);
    let first = opened(&storage, asked(of_p1())).await;
    assert_eq!(decide(asked(of_p1())).await, ExceptionOutcome::Open(first.clone()));
    let no_reason = ExceptionOrder { reason: None, ..asked(path("P2", "B1", "R1")) };
    let second = opened(&storage, no_reason).await;
    let both = Ok(vec![second.clone(), first.clone()]);
    assert_eq!(storage.exceptions(true, 9).await, both, "every field comes back, the newest first");
    assert_eq!(storage.exceptions(false, 1).await, Ok(vec![second.clone()]), "at most one");

    let units = |codes: &[&str]| codes.iter().map(|code| UnitCode::from(*code)).collect::<Vec<_>>();
    let hindered = FinalOutcome::Excepted(vec![second.clone(), first.clone()]);
    assert_eq!(storage.finalise(day(CLOSED), units(&["B1", "B2"])).await, Ok(hindered));
    let last_word = ClosingOrder { is_final: true, ..order(&[], &REGIONS[..1]) };
    let outcome = storage.close(last_word).await;
    assert_eq!(outcome, Ok(ClosingOutcome::Excepted(vec![second.clone(), first.clone()])));
    assert_eq!(storage.finalise(day(CLOSED), units(&["B2"])).await, Ok(FinalOutcome::Done(1)));
    let closings = storage.closings(Date::MIN, Date::MAX).await.expect("closings are read");
    assert_eq!(closings.iter().map(|one| one.is_final).collect::<Vec<_>>(), [false, true]);

    let (first, _) = ended(&storage, end(first.id, UNTIL_MS)).await;
    assert_eq!(storage.exceptions(true, 9).await, Ok(vec![second.clone()]));
    assert_eq!(storage.exceptions(false, 9).await, Ok(vec![second.clone(), first]), "ended ones are kept");
    ended(&storage, ExceptionEnd { path: None, ..end(second.id, UNTIL_MS) }).await;
    assert_eq!(storage.finalise(day(CLOSED), units(&["B1"])).await, Ok(FinalOutcome::Done(1)));
    assert_eq!(decide(asked(of_p1())).await, ExceptionOutcome::Final("B1".into()));
}
