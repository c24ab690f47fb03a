//! Blocks: sums of the cells of one, eight or sixty-four days, with products apart or together. A long range of days
//! is read from at most five runs of them instead of a cell for each day and product.
//!
//! A block of eight days begins on a day whose number ([`day_number`]) is a multiple of eight, one of sixty-four on a
//! multiple of sixty-four. Blocks hold what the cells hold as long as every fold of the cells added to them
//! too; while they do not, the cells are read.

use document_model::{Date, add_days, day_number};

use super::{FigureQuery, SplitBy, View};
use crate::organisation::Level;

/// Days of the shorter blocks.
pub(super) const EIGHT: i32 = 8;
/// Days of the longer blocks.
pub(super) const SIXTY_FOUR: i32 = 64;

/// What a block is a sum of, by its stored number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grain {
    /// A day of all products.
    Day = 1,
    /// Eight days of all products.
    Eight = 2,
    /// Eight days of a product.
    EightByProduct = 3,
    /// Sixty-four days of all products.
    SixtyFour = 4,
    /// Sixty-four days of a product.
    SixtyFourByProduct = 5,
}

impl Grain {
    /// The blocks that there are of units of a level. A rep seldom sells much in a few days: there cells do.
    pub(super) fn of_level(level: Level) -> &'static [Self] {
        match level {
            Level::Rep => &[Self::Eight, Self::SixtyFour],
            Level::Nation | Level::Region | Level::Branch => {
                &[Self::Day, Self::Eight, Self::EightByProduct, Self::SixtyFour, Self::SixtyFourByProduct]
            }
        }
    }
}

/// Rows that are read: of the cells, or blocks of a grain, whose day is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    /// The blocks; `None`: the cells.
    pub(super) grain: Option<Grain>,
    /// The first day.
    pub(super) from: Date,
    /// The last day; of blocks, the first day of the last one.
    pub(super) to: Date,
}

/// What a query is answered from, besides the entries that are not folded.
pub(super) fn sources(query: &FigureQuery, blocks_stand: bool) -> Vec<Source> {
    let whole = |grain| vec![Source { grain, from: query.from, to: query.to }];
    // A closed figure holds some days of a range and not others.
    if !blocks_stand || query.view == View::Closed {
        return whole(None);
    }
    match (query.by, query.level) {
        (SplitBy::Day, Level::Rep) | (SplitBy::Product | SplitBy::Type, Level::Rep) => whole(None),
        (SplitBy::Day, _) => whole(Some(Grain::Day)),
        (SplitBy::Product | SplitBy::Type, _) => {
            runs(query, None, Grain::EightByProduct, Grain::SixtyFourByProduct)
        }
        (SplitBy::Unit, Level::Rep) => runs(query, None, Grain::Eight, Grain::SixtyFour),
        (SplitBy::Unit, _) => runs(query, Some(Grain::Day), Grain::Eight, Grain::SixtyFour),
    }
}

/// The days of a query as days, blocks of eight days, blocks of sixty-four, and so down again, each where there are any.
fn runs(query: &FigureQuery, days: Option<Grain>, eight: Grain, sixty_four: Grain) -> Vec<Source> {
    let (from, end) = (day_number(query.from), day_number(query.to) + 1);
    let (inner_from, inner_end) = inside((from, end), EIGHT);
    let (core_from, core_end) = inside((inner_from, inner_end), SIXTY_FOUR);
    let runs = [
        (days, 1, from, inner_from),
        (Some(eight), EIGHT, inner_from, core_from),
        (Some(sixty_four), SIXTY_FOUR, core_from, core_end),
        (Some(eight), EIGHT, core_end, inner_end),
        (days, 1, inner_end, end),
    ];
    let day = |number: i32| add_days(query.from, number - from);
    let there = runs.into_iter().filter(|(_, _, from, end)| from < end);
    there.map(|(grain, length, from, end)| Source { grain, from: day(from), to: day(end - length) }).collect()
}

/// The largest stretch of whole blocks inside one; where there is none, nothing, at its end.
fn inside((from, end): (i32, i32), length: i32) -> (i32, i32) {
    let first = from.div_euclid(length) * length + if from.rem_euclid(length) == 0 { 0 } else { length };
    let last = end.div_euclid(length) * length;
    if first < last { (first, last) } else { (end, end) }
}

#[cfg(test)]
mod tests {
    use document_model::date_of_number;
    use proptest::prelude::*;

    use super::*;

    fn query(from: i32, to: i32, level: Level, by: SplitBy) -> FigureQuery {
        let day = |number| date_of_number(number).unwrap();
        FigureQuery { from: day(from), to: day(to), level, under: None, by, view: View::Now, placed: None }
    }

    fn length(grain: Option<Grain>) -> i32 {
        match grain {
            None | Some(Grain::Day) => 1,
            Some(Grain::Eight | Grain::EightByProduct) => EIGHT,
            Some(Grain::SixtyFour | Grain::SixtyFourByProduct) => SIXTY_FOUR,
        }
    }

    #[test]
    fn ninety_days_are_few_rows() {
        for from in 20_000..20_064 {
            let sources = sources(&query(from, from + 89, Level::Branch, SplitBy::Unit), true);
            let rows: i32 = sources
                .iter()
                .map(|source| (day_number(source.to) - day_number(source.from)) / length(source.grain) + 1)
                .sum();
            assert!(sources.len() <= 5 && rows <= 24, "{rows} rows from {from}");
        }
    }

    #[test]
    fn blocks_that_do_not_stand_are_not_read() {
        let query = query(20_000, 20_200, Level::Nation, SplitBy::Unit);
        let whole = vec![Source { grain: None, from: query.from, to: query.to }];
        assert_eq!(sources(&query, false), whole);
        assert_eq!(sources(&FigureQuery { view: View::Closed, ..query }, true), whole);
    }

    proptest! {
        #[test]
        fn every_day_is_read_once(from in -900..30_000i32, days in 0..800i32, level in 0..4usize, by in 0..4usize) {
            let level = Level::ALL[level];
            let by = [SplitBy::Unit, SplitBy::Product, SplitBy::Type, SplitBy::Day][by];
            let mut read = Vec::new();
            for source in sources(&query(from, from + days, level, by), true) {
                let length = length(source.grain);
                prop_assert!(source.grain.is_none_or(|grain| Grain::of_level(level).contains(&grain)));
                let (first, last) = (day_number(source.from), day_number(source.to));
                prop_assert_eq!((first.rem_euclid(length), last.rem_euclid(length)), (0, 0));
                read.extend(first..last + length);
            }
            prop_assert_eq!(read, (from..=from + days).collect::<Vec<_>>());
        }
    }
}
