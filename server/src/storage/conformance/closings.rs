//! Moments, the figures as of one, closings, and what came after them.

use std::collections::BTreeMap;

use document_model::{Date, UnitCode};

use super::cases;
use super::figures::{questions, recount, with_postings};
use super::sample::{ARRIVED_MS, BOOK, OTHER, check, commit, day, done, ledger, path, posting_birth, sale};
use crate::organisation::{Level, NATION};
use crate::storage::{
    Closing, ClosingOrder, ClosingOutcome, EntryQuery, FigureQuery, FigureRow, FinalOutcome, LedgerEntry,
    OrderedAbove, Reported, SplitBy, Storage, View,
};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_moment_is_found_by_its_time,
        figures_of_a_moment_stand_still,
        closed_figures_stand_still,
        a_branch_that_turns_up_late_is_in_no_stamp_above,
        an_order_is_done_whole_or_not_at_all,
        entries_are_found_by_day_unit_and_moment,
    );
}

pub(super) const CLOSED: &str = "2026-06-01";

pub(super) async fn all_entries<S: Storage>(storage: &S) -> Vec<LedgerEntry> {
    let mut entries = ledger(storage, BOOK).await;
    entries.extend(ledger(storage, OTHER).await);
    entries
}

/// What a query must answer of these entries, worked out from them alone.
pub(super) fn expected<'e>(
    query: &FigureQuery,
    entries: impl Iterator<Item = &'e LedgerEntry>,
) -> Vec<FigureRow> {
    recount(query, entries.map(|entry| &entry.posting))
}

pub(super) async fn rows<S: Storage>(storage: &S, query: &FigureQuery) -> Vec<FigureRow> {
    storage.figures(query).await.expect("figures are answered").rows
}

async fn a_moment_is_found_by_its_time<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    assert_eq!(storage.moment_at(i64::MAX).await, Ok(0), "no moment has come");
    for at_ms in [100, 200, 150] {
        storage.fold(5, at_ms).await.expect("entries are folded");
    }
    let mut found = Vec::new();
    for at_ms in [99, 100, 199, 200, i64::MAX] {
        found.push(storage.moment_at(at_ms).await.expect("a moment is found"));
    }
    assert_eq!(found, [0, 1, 1, 3, 3], "a clock that goes back puts no moment before another");
}

async fn figures_of_a_moment_stand_still<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    for at_ms in 1..=3 {
        storage.fold(5, at_ms).await.expect("entries are folded");
    }
    let entries = all_entries(&storage).await;
    assert_eq!(entries.iter().filter(|entry| entry.moment.is_none()).count(), 1, "one is pending");
    for moment in 0..=4 {
        let until = |entry: &&LedgerEntry| entry.moment.is_some_and(|folded| folded <= moment);
        for query in questions() {
            let query = FigureQuery { view: View::AsOf(moment), ..query };
            let due = expected(&query, entries.iter().filter(until));
            assert_eq!(rows(&storage, &query).await, due, "{query:?}");
        }
    }
}

pub(super) fn order(branches: &[&str], above: &[(&str, Level, &[&str])]) -> ClosingOrder {
    let region = |branch: &str| if branch == "B3" { "R2" } else { "R1" };
    let ordered = |(unit, level, below): &(&str, Level, &[&str])| OrderedAbove {
        unit: (*unit).into(),
        level: *level,
        above: (*level == Level::Region).then(|| NATION.into()),
        below: below.iter().map(|code| (*code).into()).collect(),
    };
    ClosingOrder {
        day: day(CLOSED),
        rules: 1,
        branches: branches.iter().map(|code| ((*code).into(), region(code).into())).collect(),
        reports: [("B1".into(), Reported { expected: 3, reported: 2 })].into(),
        above: above.iter().map(ordered).collect(),
        is_final: false,
        at_ms: ARRIVED_MS + 9,
        account: "kim".to_owned(),
    }
}

pub(super) const REGIONS: &[(&str, Level, &[&str])] = &[
    ("R1", Level::Region, &["B1", "B2"]),
    ("R2", Level::Region, &["B3"]),
    (NATION, Level::Nation, &["R1", "R2"]),
];

pub(super) async fn close<S: Storage>(storage: &S, order: ClosingOrder) -> Vec<Closing> {
    match storage.close(order).await.expect("a day is closed") {
        ClosingOutcome::Done(closings) => closings,
        other => panic!("not closed: {other:?}"),
    }
}

async fn closed_figures_stand_still<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    storage.set_judged(1).await.expect("all is judged");
    storage.fold(4, 1).await.expect("entries are folded");
    // One branch closes before the others, with an entry in between.
    let mut closings = close(&storage, order(&["B1"], &[])).await;
    let between =
        [sale(CLOSED, "WL01", path("P1", "B1", "R1")), sale(CLOSED, "WL01", path("P4", "B3", "R2"))];
    done(&storage, commit(BOOK, vec![posting_birth(4, &between)])).await;
    closings.extend(close(&storage, order(&["B2", "B3"], REGIONS)).await);
    let late = [
        sale(CLOSED, "WL01", path("P1", "B1", "R1")),
        sale(CLOSED, "TL01", path("P4", "B3", "R2")),
        sale("2026-05-31", "TL01", path("P4", "B3", "R2")),
        // Of a branch that was not there when its region closed.
        sale(CLOSED, "TL01", path("P9", "B9", "R2")),
    ];
    done(&storage, commit(OTHER, vec![posting_birth(5, &late)])).await;
    let stamped: BTreeMap<_, _> = closings.iter().map(|one| (one.unit.as_str(), one.moment)).collect();
    assert_eq!(stamped, BTreeMap::from([("B1", 2), ("B2", 3), ("B3", 3), ("R1", 3), ("R2", 3), (NATION, 3)]));
    for folded in [false, true] {
        let entries = all_entries(&storage).await;
        let in_it = |entry: &&LedgerEntry| {
            let key = &entry.posting.key;
            let until = stamped.get(key.path.branch.as_str());
            key.day == day(CLOSED) && until.is_some_and(|until| entry.moment.is_some_and(|at| at <= *until))
        };
        for query in questions() {
            let query = FigureQuery { view: View::Closed, ..query };
            let due = expected(&query, entries.iter().filter(in_it));
            assert_eq!(rows(&storage, &query).await, due, "folded: {folded}, {query:?}");
        }
        stamps_are_answered(&storage, &closings).await;
        storage.fold(100, ARRIVED_MS + 10).await.expect("entries are folded");
    }
    check(&storage).await;
}

/// Each of these stamps is what is answered for its unit's closed day.
pub(super) async fn stamps_are_answered<S: Storage>(storage: &S, closings: &[Closing]) {
    for closing in closings {
        let under = (closing.level != Level::Nation).then(|| (closing.level, closing.unit.clone()));
        let (from, to, level) = (day(CLOSED), day(CLOSED), closing.level);
        let (by, view) = (SplitBy::Unit, View::Closed);
        let query = FigureQuery { from, to, level, under, by, view, placed: None };
        let told = rows(storage, &query).await;
        assert_eq!(told.iter().map(|row| row.sums).collect::<Vec<_>>(), [closing.sums], "{closing:?}");
    }
}

async fn a_branch_that_turns_up_late_is_in_no_stamp_above<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    storage.set_judged(1).await.expect("all is judged");
    let mut closings = close(&storage, order(&["B1", "B2"], &REGIONS[..1])).await;
    let late = [sale(CLOSED, "WL01", path("P9", "B9", "R1")), sale(CLOSED, "WL01", path("P4", "B3", "R2"))];
    done(&storage, commit(OTHER, vec![posting_birth(4, &late)])).await;
    closings.extend(close(&storage, order(&["B9"], &[])).await);
    closings.extend(close(&storage, order(&["B3"], &REGIONS[1..])).await);
    let told: Vec<_> = closings.iter().map(|one| (one.unit.as_str(), one.above_stamp)).collect();
    assert_eq!(told, [("B1", 1), ("B2", 1), ("R1", 1), ("B9", 0), ("B3", 1), ("R2", 1), (NATION, 0)]);
    stamps_are_answered(&storage, &closings).await;
    check(&storage).await;
}

async fn an_order_is_done_whole_or_not_at_all<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    let units = |codes: &[&str]| codes.iter().map(|code| UnitCode::from(*code)).collect::<Vec<_>>();
    let outcome = async |order| storage.close(order).await.expect("an order is decided");
    assert_eq!(outcome(order(&["B1"], &[])).await, ClosingOutcome::RulesChanged, "nothing is judged yet");
    assert_eq!(storage.judged().await, Ok(0));
    storage.set_judged(1).await.expect("all is judged");
    storage.set_judged(0).await.expect("an older version changes nothing");
    assert_eq!(storage.judged().await, Ok(1));
    let other_rules = ClosingOrder { rules: 2, ..order(&["B1"], &[]) };
    assert_eq!(outcome(other_rules).await, ClosingOutcome::RulesChanged);
    let region = &REGIONS[..1];
    assert_eq!(outcome(order(&["B1"], region)).await, ClosingOutcome::Open(units(&["B2"])));
    assert_eq!(storage.closings(Date::MIN, Date::MAX).await, Ok(Vec::new()), "nothing was stamped");
    let mut closed = close(&storage, order(&["B1", "B2"], region)).await;
    assert_eq!(outcome(order(&["B3", "B2"], &[])).await, ClosingOutcome::Closed(units(&["B2"])));
    closed.sort_by(|a, b| a.unit.cmp(&b.unit));
    assert_eq!(
        storage.closings(day(CLOSED), day(CLOSED)).await,
        Ok(closed.clone()),
        "every field comes back"
    );
    assert_eq!(storage.closings(day("2026-06-02"), Date::MAX).await, Ok(Vec::new()));
    assert_eq!(storage.finalise(day(CLOSED), units(&["B1", "B3"])).await, Ok(FinalOutcome::Done(1)));
    let none = Ok(FinalOutcome::Done(0));
    assert_eq!(storage.finalise(day(CLOSED), units(&["B1"])).await, none, "it is final already");
    assert_eq!(storage.finalise(day("2026-06-02"), units(&["B2"])).await, none);
    closed[0].is_final = true;
    assert_eq!(storage.closings(Date::MIN, Date::MAX).await, Ok(closed), "nothing else changed");
}

async fn entries_are_found_by_day_unit_and_moment<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    for at_ms in 1..=3 {
        storage.fold(5, at_ms).await.expect("entries are folded");
    }
    let mut all = all_entries(&storage).await;
    all.sort_by_key(|entry| (entry.moment.unwrap_or(u64::MAX), entry.book, entry.number));
    let unders = [None, Some((Level::Region, "R1".into())), Some((Level::Rep, UnitCode::from("P1")))];
    let mut met = 0;
    for (from, to) in [("2026-05-31", "2026-06-01"), (CLOSED, CLOSED), ("2026-06-02", "2026-06-03")] {
        for under in &unders {
            for after in [0, 1, 2, u64::MAX] {
                let query = EntryQuery { from: day(from), to: day(to), under: under.clone(), after };
                let inside = |entry: &&LedgerEntry| {
                    let key = &entry.posting.key;
                    let below = under
                        .as_ref()
                        .is_none_or(|(_, unit)| key.path.region == *unit || key.path.rep == *unit);
                    (query.from..=query.to).contains(&key.day)
                        && below
                        && entry.moment.is_none_or(|moment| moment > after)
                };
                let due: Vec<_> = all.iter().filter(inside).cloned().collect();
                met += due.len();
                let found = storage.entries(&query, 100).await.expect("entries are found");
                assert_eq!(found, due, "{query:?}");
                let first = storage.entries(&query, 2).await.expect("entries are found");
                assert_eq!(first, due[..due.len().min(2)], "at most two");
            }
        }
    }
    assert!(met > 50, "{met} entries were found");
}
