//! Ledger, folding, figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use document_model::sales::{EntryKind, LedgerKey, Measure, Posting, Sums};
use document_model::{Date, ProductCode, UnitCode, add_days};

use super::cases;
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, check, commit, day, done, edit, id, ledger, path, posting_birth, sale, state,
    undone, with_books,
};
use crate::organisation::Level;
use crate::storage::{
    CellKey, Commit, DocumentCommit, FigureAnswer, FigureQuery, FigureRow, Folded, LedgerEntry, Placement,
    Rebuilt, SplitBy, Storage, View,
};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        ledger_entries_keep_all_they_say,
        a_ledger_comes_in_pages,
        nothing_to_fold_is_no_moment,
        a_fold_takes_each_entry_once,
        figures_are_the_same_before_between_and_after_folds,
        any_range_of_days_is_summed_right,
        what_sums_to_nothing_is_left_out,
        a_rep_who_changed_branch_is_one_row,
    );
}

/// Postings over days, products, reps, branches, regions and both measures.
fn postings() -> Vec<Posting> {
    let reps =
        [("P1", "B1", "R1"), ("P2", "B1", "R1"), ("P3", "B2", "R1"), ("P4", "B3", "R2"), ("P1", "B2", "R1")];
    let mut postings = Vec::new();
    for (rep, branch, region) in reps {
        for (on, product) in [("2026-05-31", "WL01"), ("2026-06-01", "TL01"), ("2026-06-01", "WL01")] {
            let sold = sale(on, product, path(rep, branch, region));
            let count = 1 + i64::try_from(postings.len()).expect("few postings");
            postings.push(Posting { count, won: count * 9_000_000_000_000, ..sold });
        }
    }
    let LedgerKey { day, path, product, .. } = postings[0].key.clone();
    let key = LedgerKey { day, path, product, measure: Measure::Withdrawn };
    let kind = EntryKind::Withdrawn;
    postings.push(Posting { key, kind, count: -1, won: -9_000_000_000_000, ape_won: -9 });
    postings
}

/// Commits [`postings`], some from each of two books.
pub(super) async fn with_postings<S: Storage>(storage: S) -> S {
    let storage = with_books(storage).await;
    let all = postings();
    let (first, second) = all.split_at(9);
    done(&storage, commit(BOOK, vec![posting_birth(1, &first[..4]), posting_birth(2, &first[4..])])).await;
    let later = Commit { arrived_ms: ARRIVED_MS + 5, ..commit(OTHER, vec![posting_birth(3, second)]) };
    done(&storage, later).await;
    storage
}

/// What the figures must be, worked out from the postings alone.
fn expected(query: &FigureQuery) -> Vec<FigureRow> {
    recount(query, postings().iter())
}

/// What a query must answer of these postings, worked out from them alone.
pub(super) fn recount<'p>(
    query: &FigureQuery,
    postings: impl Iterator<Item = &'p Posting>,
) -> Vec<FigureRow> {
    let mut rows: BTreeMap<(UnitCode, Option<ProductCode>, Option<Date>), Sums> = BTreeMap::new();
    for posting in postings {
        let mut cells = CellKey::of_entry(&posting.key).into_iter();
        let cell = cells.find(|cell| cell.level == query.level).expect("a cell for each level");
        let under = query.under.as_ref().is_none_or(|(level, code)| match level {
            Level::Nation => true,
            Level::Region => cell.region == code.0,
            Level::Branch => cell.branch == code.0,
            Level::Rep => cell.rep == code.0,
        });
        if under && (query.from..=query.to).contains(&cell.day) {
            let by_product = matches!(query.by, SplitBy::Product | SplitBy::Type);
            let product = by_product.then(|| cell.product.clone());
            let on = (query.by == SplitBy::Day).then_some(cell.day);
            let placed = |placed: &Placement| placed.reps.get(&cell.rep.as_str().into()).cloned();
            if let Some(unit) = query.placed.as_ref().map_or_else(|| Some(cell.unit()), placed) {
                rows.entry((unit, product, on)).or_default().post(posting);
            }
        }
    }
    let row = |((unit, product, day), sums)| FigureRow { unit, product, day, sums };
    rows.into_iter().map(row).filter(|row| !row.sums.is_zero()).collect()
}

/// Some reps at units of their own choice, some nowhere, and one whom nobody knows.
fn elsewhere() -> Placement {
    let reps = [("P1", "B9"), ("P2", "A1"), ("P3", "B9"), ("P9", "B8")];
    let reps = reps.map(|(rep, at)| (rep.into(), at.into()));
    Placement { level: Level::Branch, under: None, reps: Arc::new(reps.into()) }
}

/// Every kind of question.
pub(super) fn questions() -> Vec<FigureQuery> {
    let unders = [
        None,
        Some((Level::Nation, "nation".into())),
        Some((Level::Region, "R1".into())),
        Some((Level::Branch, "B2".into())),
        Some((Level::Rep, "P1".into())),
        Some((Level::Branch, "nobody".into())),
    ];
    let mut questions = Vec::new();
    for level in Level::ALL {
        for by in [SplitBy::Unit, SplitBy::Product, SplitBy::Type, SplitBy::Day] {
            for (from, to) in
                [("2026-01-01", "2026-12-31"), ("2026-06-01", "2026-06-01"), ("2026-06-02", "2026-06-09")]
            {
                let ask = |under: &Option<_>| FigureQuery {
                    from: day(from),
                    to: day(to),
                    level,
                    under: under.clone(),
                    by,
                    view: View::Now,
                    placed: None,
                };
                questions.extend(unders.iter().map(ask));
                if level == Level::Rep {
                    let placed = Some(elsewhere());
                    questions.push(FigureQuery { placed, ..ask(&None) });
                }
            }
        }
    }
    questions
}

async fn ask<S: Storage>(storage: &S, query: &FigureQuery) -> FigureAnswer {
    storage.figures(query).await.expect("figures are answered")
}

async fn check_answers<S: Storage>(storage: &S, moment: u64) {
    for query in questions() {
        let answer = FigureAnswer { moment, rows: expected(&query) };
        assert_eq!(ask(storage, &query).await, answer, "at moment {moment}: {query:?}");
    }
}

async fn ledger_entries_keep_all_they_say<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, Commit { changes_rules: true, ..commit(BOOK, Vec::new()) }).await;
    let all = postings();
    let document = posting_birth(1, &all);
    done(&storage, Commit { rules: 2, ..commit(BOOK, vec![document]) }).await;
    let entries = ledger(&storage, BOOK).await;
    assert_eq!(entries.iter().map(|entry| entry.posting.clone()).collect::<Vec<_>>(), all);
    let common =
        |entry: &LedgerEntry| (entry.document, entry.arrived_ms, entry.cause_seq, entry.rules, entry.moment);
    assert!(entries.iter().all(|entry| common(entry) == (id(1), ARRIVED_MS, 2, 2, None)), "{entries:?}");
    check(&storage).await;
}

async fn a_ledger_comes_in_pages<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    let all = ledger(&storage, BOOK).await;
    assert_eq!((all.len(), ledger(&storage, OTHER).await.len()), (9, 7));
    assert_eq!(storage.ledger(BOOK, 0, 4).await.expect("a ledger is read"), all[..4]);
    assert_eq!(storage.ledger(BOOK, 4, 4).await.expect("a ledger is read"), all[4..8]);
    assert_eq!(storage.ledger(BOOK, 8, 4).await.expect("a ledger is read"), all[8..]);
    assert_eq!(storage.ledger(BOOK, u64::MAX, 4).await, Ok(Vec::new()));
    check(&storage).await;
}

async fn nothing_to_fold_is_no_moment<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let nothing = |moment| Ok(Folded { entries: 0, moment });
    assert_eq!(storage.fold(10, ARRIVED_MS).await, nothing(0));
    assert_eq!(storage.cells().await, Ok(Vec::new()));
    let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
    done(&storage, commit(BOOK, vec![posting_birth(1, &[posting])])).await;
    assert_eq!(storage.fold(10, ARRIVED_MS).await, Ok(Folded { entries: 1, moment: 1 }));
    assert_eq!(storage.fold(10, ARRIVED_MS).await, nothing(1));
}

async fn a_fold_takes_each_entry_once<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    assert_eq!(storage.fold(5, ARRIVED_MS).await, Ok(Folded { entries: 5, moment: 1 }));
    assert_eq!(storage.fold(5, ARRIVED_MS).await, Ok(Folded { entries: 5, moment: 2 }));
    assert_eq!(storage.fold(100, ARRIVED_MS).await, Ok(Folded { entries: 6, moment: 3 }));
    assert_eq!(storage.fold(100, ARRIVED_MS).await, Ok(Folded { entries: 0, moment: 3 }));
    let mut entries = ledger(&storage, BOOK).await;
    entries.extend(ledger(&storage, OTHER).await);
    let at = |moment| entries.iter().filter(|entry| entry.moment == Some(moment)).count();
    assert_eq!((at(1), at(2), at(3)), (5, 5, 6), "each entry names the moment it was folded at");
    let mut cells: BTreeMap<CellKey, Sums> = BTreeMap::new();
    for posting in postings() {
        for key in CellKey::of_entry(&posting.key) {
            cells.entry(key).or_default().post(&posting);
        }
    }
    let expected: Vec<_> = cells.into_iter().collect();
    assert_eq!(storage.cells().await, Ok(expected), "cells are the sums of their entries, in order of key");
    let cells = storage.cells().await.expect("cells are read");
    let rebuilt = storage.rebuild_cells().await.expect("cells are made again");
    assert_eq!(rebuilt, Rebuilt { cells: cells.len() as u64, differing: 0 });
    assert_eq!(storage.cells().await, Ok(cells), "added up anew they are the same");
    check(&storage).await;
}

async fn figures_are_the_same_before_between_and_after_folds<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    check_answers(&storage, 0).await;
    for moment in 1..=3 {
        storage.fold(6, ARRIVED_MS).await.expect("entries are folded");
        check_answers(&storage, moment).await;
    }
    assert_eq!(storage.fold(6, ARRIVED_MS).await, Ok(Folded { entries: 0, moment: 3 }), "all are folded");
}

/// Sales of four reps in three branches over three hundred days, some days without any.
fn over_many_days() -> Vec<Posting> {
    let places = [("P1", "B1", "R1"), ("P2", "B1", "R1"), ("P3", "B2", "R1"), ("P4", "B3", "R2")];
    let mut postings = Vec::new();
    for number in 0..300_i32 {
        let on = add_days(day("2026-01-05"), number).to_string();
        for (place, (rep, branch, region)) in (0_i32..).zip(places) {
            if (number * 7 + place * 5) % 11 < 4 {
                let product = if (number + place) % 3 == 0 { "TL01" } else { "WL01" };
                let sold = sale(&on, product, path(rep, branch, region));
                let count = i64::from(number * 4 + place + 1);
                postings.push(Posting { count, won: count * 1_000_003, ..sold });
            }
        }
    }
    postings
}

async fn with_many_days<S: Storage>(storage: S) -> S {
    let storage = with_books(storage).await;
    for (number, some) in (1..).zip(over_many_days().chunks(100)) {
        done(&storage, commit(BOOK, vec![posting_birth(number, some)])).await;
    }
    storage
}

async fn any_range_of_days_is_summed_right<S: Storage>(storage: S) {
    let (storage, all) = (with_many_days(storage).await, over_many_days());
    // Some are pending still: their days are in the answers, and in no sum yet.
    assert_eq!(storage.fold(250, ARRIVED_MS).await.map(|folded| folded.entries), Ok(250));
    assert_eq!(storage.fold(100, ARRIVED_MS).await.map(|folded| folded.entries), Ok(100));
    for look in 0..2 {
        for number in 0..20_i32 {
            let (from, days) = (number * 37 % 290 - 10, number * number * 13 % 310);
            let (from, to) = (add_days(day("2026-01-05"), from), add_days(day("2026-01-05"), from + days));
            for query in questions().into_iter().step_by(7) {
                let query = FigureQuery { from, to, ..query };
                let rows = ask(&storage, &query).await.rows;
                assert_eq!(rows, recount(&query, all.iter()), "look {look}: {query:?}");
            }
        }
        assert_eq!(storage.wrong_blocks().await.map(Option::unwrap_or_default), Ok(0));
        storage.fold(10_000, ARRIVED_MS).await.expect("the rest is folded");
    }
    assert_eq!(storage.fill_blocks().await, Ok(true), "they stand");
    check(&storage).await;
}

/// Sums of several days that were changed are found; those that a hub of before left behind are not read until they
/// are added up anew. `run` runs a statement beside the hub, in either engine.
#[cfg(test)]
pub(in crate::storage) async fn blocks_are_right_or_not_read<S: Storage>(
    storage: S,
    run: impl AsyncFn(&'static str),
) {
    let (storage, all) = (with_many_days(storage).await, over_many_days());
    storage.fold(300, ARRIVED_MS).await.expect("entries are folded");
    let right = async |when: &str| {
        for query in questions().into_iter().step_by(5) {
            let query = FigureQuery { from: day("2026-01-09"), to: day("2026-08-30"), ..query };
            assert_eq!(ask(&storage, &query).await.rows, recount(&query, all.iter()), "{when}: {query:?}");
        }
    };
    let wrong = async || storage.wrong_blocks().await.expect("sums are compared");
    right("as they are").await;
    run("UPDATE blocks SET sold = sold + 1 WHERE level = 2 AND grain = 1 AND day < '2026-01-09'").await;
    let changed = wrong().await.expect("they stand");
    assert!(changed > 0, "sums that were changed are told");
    run("DELETE FROM blocks WHERE level = 3 AND grain = 4").await;
    let removed = wrong().await.expect("they stand");
    assert!(removed > changed, "sums that were removed are told: {changed} and {removed}");
    run("UPDATE blocks SET day = '2025-12-01' WHERE level = 0 AND grain = 1 AND day = '2026-01-05'").await;
    assert!(wrong().await.expect("they stand") > removed + 1, "one is missing and one is nobody's");
    run("UPDATE hub SET moment = moment + 1").await;
    assert_eq!(wrong().await, None, "a hub that knows no blocks has moved the cells on");
    right("while they wait").await;
    storage.fold(10_000, ARRIVED_MS).await.expect("entries are folded");
    assert_eq!(wrong().await, None, "a fold does not mend them");
    right("while they wait, after a fold").await;
    assert_eq!(storage.fill_blocks().await, Ok(true));
    assert_eq!(wrong().await, Some(0));
    right("added up anew").await;
    run("UPDATE hub SET blocks_begun = blocks_begun + 1").await;
    assert_eq!(wrong().await, None, "somebody else adds them up");
    run("DELETE FROM blocks").await;
    right("while somebody else adds them up").await;
    assert_eq!(storage.rebuild_cells().await.map(|rebuilt| rebuilt.differing), Ok(0));
    assert_eq!(wrong().await, Some(0), "they are added up with the cells");
    right("after the cells").await;
}

async fn what_sums_to_nothing_is_left_out<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let [gone, kept] = ["P1", "P2"].map(|rep| sale("2026-06-01", "WL01", path(rep, "B1", "R1")));
    done(&storage, commit(BOOK, vec![posting_birth(1, &[gone.clone(), kept])])).await;
    let query = FigureQuery {
        from: day("2026-06-01"),
        to: day("2026-06-01"),
        level: Level::Rep,
        under: None,
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    };
    storage.fold(10, ARRIVED_MS).await.expect("entries are folded");
    let undo = DocumentCommit { postings: vec![undone(&gone)], ..edit(state(1), 1, &[2]) };
    done(&storage, commit(BOOK, vec![undo])).await;
    let units = async || {
        let answer = ask(&storage, &query).await;
        answer.rows.iter().map(|row| row.unit.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(units().await, ["P2"], "a cell and a pending entry cancel out");
    storage.fold(10, ARRIVED_MS).await.expect("entries are folded");
    assert_eq!(units().await, ["P2"], "a cell of nothing is no row");
    assert_eq!(storage.cells().await.expect("cells are read").len(), 5, "the cell itself stays");
}

async fn a_rep_who_changed_branch_is_one_row<S: Storage>(storage: S) {
    let storage = with_postings(storage).await;
    storage.fold(7, ARRIVED_MS).await.expect("entries are folded");
    let whole = FigureQuery {
        from: day("2026-01-01"),
        to: day("2026-12-31"),
        level: Level::Rep,
        under: None,
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    };
    let sold = async |query: FigureQuery| {
        let rows = ask(&storage, &query).await.rows;
        let of_p1: Vec<_> =
            rows.iter().filter(|row| row.unit.as_str() == "P1").map(|row| row.sums.sold).collect();
        of_p1
    };
    assert_eq!(sold(whole.clone()).await, [1 + 2 + 3 + 13 + 14 + 15], "both branches' sales in one row");
    let under_b2 = FigureQuery { under: Some((Level::Branch, "B2".into())), ..whole };
    assert_eq!(sold(under_b2).await, [13 + 14 + 15], "of a branch, what counts there");
}
