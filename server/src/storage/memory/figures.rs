//! The ledger and the cells in memory.

use std::collections::{BTreeMap, BTreeSet};

use document_model::sales::{Sums, UnitPath};
use document_model::{BookId, Date, UnitCode};
use sync_protocol::planted::{Bug, armed};

use super::{MemoryStorage, State};
use crate::organisation::Level;
use crate::storage::closing::ClosingState;
use crate::storage::exception::{EndState, OpenState, hindering};
use crate::storage::{
    CellKey, Closing, ClosingOrder, ClosingOutcome, EndOutcome, EntryQuery, Exception, ExceptionEnd,
    ExceptionOrder, ExceptionOutcome, FigureAnswer, FigureQuery, FigureRow, FigureStorage, FinalOutcome,
    Folded, LedgerEntry, Rebuilt, SplitBy, Stamps, Stored, View,
};

impl FigureStorage for MemoryStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.with(|state| state.figures(query)).await)
    }

    async fn fold(&self, max: usize, at_ms: i64) -> Stored<Folded> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.fold(max, at_ms))
        })
        .await
    }

    async fn moment_at(&self, at_ms: i64) -> Stored<u64> {
        Ok(self.with(|state| state.moment_at(at_ms)).await)
    }

    async fn entries(&self, query: &EntryQuery, max: usize) -> Stored<Vec<LedgerEntry>> {
        Ok(self.with(|state| state.entries(query, max)).await)
    }

    async fn close(&self, order: ClosingOrder) -> Stored<ClosingOutcome> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.close(&order))
        })
        .await
    }

    async fn finalise(&self, day: Date, units: Vec<UnitCode>) -> Stored<FinalOutcome> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.finalise(day, &units))
        })
        .await
    }

    async fn open_exception(&self, order: ExceptionOrder) -> Stored<ExceptionOutcome> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.open_exception(&order))
        })
        .await
    }

    async fn end_exception(&self, end: ExceptionEnd) -> Stored<EndOutcome> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.end_exception(&end))
        })
        .await
    }

    async fn exceptions(&self, only_open: bool, max: usize) -> Stored<Vec<Exception>> {
        let asked = |one: &&Exception| !only_open || one.ended.is_none();
        Ok(self
            .with(|state| state.exceptions.values().rev().filter(asked).take(max).cloned().collect())
            .await)
    }

    async fn closings(&self, from: Date, to: Date) -> Stored<Vec<Closing>> {
        let inside = |closing: &&Closing| (from..=to).contains(&closing.day);
        Ok(self.with(|state| state.closings.values().filter(inside).cloned().collect()).await)
    }

    async fn ledger(&self, book: BookId, after: u64, max: usize) -> Stored<Vec<LedgerEntry>> {
        let page = |state: &mut State| {
            let inside = |entry: &&LedgerEntry| entry.book == book && entry.number > after;
            state.ledger.iter().filter(inside).take(max).cloned().collect()
        };
        Ok(self.with(page).await)
    }

    async fn rebuild_cells(&self) -> Stored<Rebuilt> {
        let rebuild = |state: &mut State| {
            let mut cells: BTreeMap<CellKey, Sums> = BTreeMap::new();
            for entry in state.ledger.iter().filter(|entry| entry.moment.is_some()) {
                for cell in CellKey::of_entry(&entry.posting.key) {
                    cells.entry(cell).or_default().post(&entry.posting);
                }
            }
            let keys: BTreeSet<_> = cells.keys().chain(state.cells.keys()).collect();
            let differing = keys.into_iter().filter(|key| cells.get(*key) != state.cells.get(*key)).count();
            let count = cells.len();
            state.cells = cells;
            Rebuilt { cells: count as u64, differing: differing as u64 }
        };
        self.with(|state| {
            state.check_writable()?;
            Ok(rebuild(state))
        })
        .await
    }

    async fn fill_blocks(&self) -> Stored<bool> {
        Ok(true)
    }

    async fn wrong_blocks(&self) -> Stored<Option<u64>> {
        Ok(None)
    }

    async fn cells(&self) -> Stored<Vec<(CellKey, Sums)>> {
        Ok(self.with(|state| state.cells.iter().map(|(key, sums)| (key.clone(), *sums)).collect()).await)
    }
}

impl State {
    fn fold(&mut self, max: usize, at_ms: i64) -> Folded {
        let moment = self.moment + 1;
        let mut entries = 0;
        for entry in self.ledger.iter_mut().filter(|entry| entry.moment.is_none()).take(max) {
            for cell in CellKey::of_entry(&entry.posting.key) {
                self.cells.entry(cell).or_default().post(&entry.posting);
            }
            if !armed(Bug::FoldTwice) {
                entry.moment = Some(moment);
            }
            entries += 1;
        }
        if entries > 0 {
            self.moment = moment;
            let newest = self.moments.last_key_value().map_or(0, |(_, at)| *at);
            self.moments.insert(moment, at_ms.max(newest));
        }
        Folded { entries, moment: self.moment }
    }

    fn figures(&self, query: &FigureQuery) -> FigureAnswer {
        let mut rows = Vec::new();
        let mut add = |cell: &CellKey, sums: &Sums| {
            if wanted(query, cell) && (query.view != View::Closed || self.is_closed(cell)) {
                let by_product = matches!(query.by, SplitBy::Product | SplitBy::Type);
                let product = by_product.then(|| cell.product.clone());
                let day = (query.by == SplitBy::Day).then_some(cell.day);
                let unit = match &query.placed {
                    None => Some(cell.unit()),
                    Some(placed) => placed.reps.get(&cell.unit()).cloned(),
                };
                if let Some(unit) = unit {
                    rows.push(FigureRow { unit, product, day, sums: *sums });
                }
            }
        };
        self.cells.iter().for_each(|(cell, sums)| add(cell, sums));
        let stamps: Stamps = match query.view {
            View::Closed => self.closings.values().cloned().collect(),
            View::Now | View::AsOf(_) => Stamps::default(),
        };
        for entry in self.ledger.iter().filter(|entry| Self::differs(query, &stamps, entry)) {
            let mut sums = Sums::default();
            sums.post(&entry.posting);
            let sums = if query.view == View::Now { sums } else { sums.negative() };
            CellKey::of_entry(&entry.posting.key).iter().for_each(|cell| add(cell, &sums));
        }
        FigureAnswer { moment: self.moment, rows: FigureRow::together(rows) }
    }

    /// Whether an entry is in the cells and not in the view, or the other way round.
    fn differs(query: &FigureQuery, stamps: &Stamps, entry: &LedgerEntry) -> bool {
        match (query.view, entry.moment) {
            (View::Now, moment) => moment.is_none(),
            (_, None) => false,
            (View::AsOf(moment), Some(folded)) => folded > moment,
            (View::Closed, Some(_)) => !stamps.hold(query.level, &entry.posting.key, entry.moment),
        }
    }

    /// Whether the unit of a cell is closed on its day; a rep is closed with the branch.
    fn is_closed(&self, cell: &CellKey) -> bool {
        let unit = if cell.level == Level::Rep { UnitCode(cell.branch.clone()) } else { cell.unit() };
        self.closings.contains_key(&(cell.day, unit, 1))
    }

    fn entries(&self, query: &EntryQuery, max: usize) -> Vec<LedgerEntry> {
        let inside = |entry: &&LedgerEntry| {
            let key = &entry.posting.key;
            (query.from..=query.to).contains(&key.day)
                && counts_under(query.under.as_ref(), &key.path)
                && entry.moment.is_none_or(|moment| moment > query.after)
        };
        let mut found: Vec<_> = self.ledger.iter().filter(inside).cloned().collect();
        found.sort_by_key(|entry| (entry.moment.unwrap_or(u64::MAX), entry.book, entry.number));
        found.truncate(max);
        found
    }

    fn close(&mut self, order: &ClosingOrder) -> ClosingOutcome {
        self.fold(usize::MAX, order.at_ms);
        let mut branches: BTreeMap<UnitCode, Sums> = BTreeMap::new();
        for (cell, sums) in self.cells.iter().filter(|(cell, _)| cell.level == Level::Branch) {
            if cell.day == order.day {
                branches.entry(cell.unit()).or_default().add(sums);
            }
        }
        let state = ClosingState {
            rules: (self.rules, self.judged),
            moment: self.moment,
            branches,
            closings: self.closings_of(order.day),
            exceptions: self.open_exceptions(),
        };
        let outcome = state.decide(order);
        if let ClosingOutcome::Done(closings) = &outcome {
            self.stamp(closings);
        }
        outcome
    }

    fn stamp(&mut self, closings: &[Closing]) {
        for closing in closings {
            self.closings.insert((closing.day, closing.unit.clone(), closing.stamp), closing.clone());
        }
    }

    fn closings_of(&self, day: Date) -> Vec<Closing> {
        self.closings.values().filter(|closing| closing.day == day).cloned().collect()
    }

    fn open_exceptions(&self) -> Vec<Exception> {
        self.exceptions.values().rev().filter(|one| one.ended.is_none()).cloned().collect()
    }

    fn finalise(&mut self, day: Date, units: &[UnitCode]) -> FinalOutcome {
        let hindering = hindering(self.open_exceptions(), self.closings_of(day), (day, units));
        if !hindering.is_empty() {
            return FinalOutcome::Excepted(hindering);
        }
        let of_order = |closing: &&mut Closing| closing.day == day && units.contains(&closing.unit);
        let open = self.closings.values_mut().filter(of_order).filter(|closing| !closing.is_final);
        FinalOutcome::Done(open.map(|closing| closing.is_final = true).count())
    }

    fn open_exception(&mut self, order: &ExceptionOrder) -> ExceptionOutcome {
        let last = self.exceptions.last_key_value().map_or(0, |(id, _)| *id);
        let state = OpenState { last, open: self.open_exceptions(), closings: self.closings_of(order.day) };
        let outcome = state.decide(order);
        if let ExceptionOutcome::Opened(exception) = &outcome {
            self.exceptions.insert(exception.id, exception.clone());
        }
        outcome
    }

    fn end_exception(&mut self, end: &ExceptionEnd) -> EndOutcome {
        self.fold(usize::MAX, end.at_ms);
        let Some(exception) = self.exceptions.get(&end.id).cloned() else { return EndOutcome::Unknown };
        let entries = self.ledger.iter().filter(|entry| entry.posting.key.path.rep == exception.rep);
        let state = EndState {
            rules: (self.rules, self.judged),
            moment: if end.at_ms < exception.until_ms {
                self.moment
            } else {
                self.moment_at(exception.until_ms)
            },
            closings: self.closings_of(exception.day),
            entries: entries.cloned().collect(),
            exception: Some(exception),
        };
        let outcome = state.decide(end);
        if let EndOutcome::Ended(exception, closings) = &outcome {
            self.stamp(closings);
            self.exceptions.insert(exception.id, exception.clone());
        }
        outcome
    }

    fn moment_at(&self, at_ms: i64) -> u64 {
        let before = self.moments.iter().filter(|(_, at)| **at <= at_ms);
        before.map(|(moment, _)| *moment).max().unwrap_or_default()
    }
}

/// Whether a path is one of a unit's.
fn counts_under(under: Option<&(Level, UnitCode)>, path: &UnitPath) -> bool {
    under.is_none_or(|(level, unit)| match level {
        Level::Nation => true,
        Level::Region => path.region == *unit,
        Level::Branch => path.branch == *unit,
        Level::Rep => path.rep == *unit,
    })
}

/// True when the cell belongs into the answer.
fn wanted(query: &FigureQuery, cell: &CellKey) -> bool {
    let under = query.under.as_ref().is_none_or(|(level, unit)| match level {
        Level::Nation => true,
        Level::Region => cell.region == unit.0,
        Level::Branch => cell.branch == unit.0,
        Level::Rep => cell.rep == unit.0,
    });
    cell.level == query.level && (query.from..=query.to).contains(&cell.day) && under
}
