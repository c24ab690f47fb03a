//! The ledger and the cells in memory.

use std::collections::BTreeMap;

use document_model::sales::{LedgerKey, Sums};
use document_model::{BookId, Date, ProductCode, UnitCode};
use sync_protocol::planted::{Bug, armed};

use super::{MemoryStorage, State};
use crate::organisation::Level;
use crate::storage::{
    CellKey, FigureAnswer, FigureQuery, FigureRow, FigureStorage, Folded, LedgerEntry, SplitBy, Stored,
};

impl FigureStorage for MemoryStorage {
    async fn figures(&self, query: &FigureQuery) -> Stored<FigureAnswer> {
        Ok(self.with(|state| state.figures(query)).await)
    }

    async fn fold(&self, max: usize) -> Stored<Folded> {
        self.with(|state| {
            state.check_writable()?;
            Ok(state.fold(max))
        })
        .await
    }

    async fn ledger(&self, book: BookId, after: u64, max: usize) -> Stored<Vec<LedgerEntry>> {
        let page = |state: &mut State| {
            let inside = |entry: &&LedgerEntry| entry.book == book && entry.number > after;
            state.ledger.iter().filter(inside).take(max).cloned().collect()
        };
        Ok(self.with(page).await)
    }

    async fn cells(&self) -> Stored<Vec<(CellKey, Sums)>> {
        Ok(self.with(|state| state.cells.iter().map(|(key, sums)| (key.clone(), *sums)).collect()).await)
    }
}

impl State {
    fn fold(&mut self, max: usize) -> Folded {
        let moment = self.moment + 1;
        let mut entries = 0;
        for entry in self.ledger.iter_mut().filter(|entry| entry.moment.is_none()).take(max) {
            let posting = &entry.posting;
            for cell in CellKey::of_entry(&posting.key) {
                self.cells.entry(cell).or_default().post(posting.key.measure, posting.count, posting.won);
            }
            if !armed(Bug::FoldTwice) {
                entry.moment = Some(moment);
            }
            entries += 1;
        }
        if entries > 0 {
            self.moment = moment;
        }
        Folded { entries, moment: self.moment }
    }

    fn figures(&self, query: &FigureQuery) -> FigureAnswer {
        let mut rows: BTreeMap<(UnitCode, Option<ProductCode>, Option<Date>), Sums> = BTreeMap::new();
        let mut add = |cell: &CellKey, sums: &Sums| {
            if wanted(query, cell) {
                let product = (query.by == SplitBy::Product).then(|| cell.product.clone());
                let day = (query.by == SplitBy::Day).then_some(cell.day);
                rows.entry((cell.unit(), product, day)).or_default().add(sums);
            }
        };
        self.cells.iter().for_each(|(cell, sums)| add(cell, sums));
        for entry in self.ledger.iter().filter(|entry| entry.moment.is_none()) {
            let LedgerKey { measure, .. } = entry.posting.key;
            let mut sums = Sums::default();
            sums.post(measure, entry.posting.count, entry.posting.won);
            CellKey::of_entry(&entry.posting.key).iter().for_each(|cell| add(cell, &sums));
        }
        let row = |((unit, product, day), sums)| FigureRow { unit, product, day, sums };
        let rows = rows.into_iter().map(row).filter(|row| !row.sums.is_zero()).collect();
        FigureAnswer { moment: self.moment, rows }
    }
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
