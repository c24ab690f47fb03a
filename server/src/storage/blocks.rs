//! Blocks: sums of the cells of one, eight or sixty-four days, with products apart or together. A long range of days
//! is read from at most five runs of them instead of a cell for each day and product. A run may be taken away: six days
//! of a block of eight are the block less two days.
//!
//! A block of eight days begins on a day whose number ([`day_number`]) is a multiple of eight, one of sixty-four on a
//! multiple of sixty-four. Blocks hold what the cells hold as long as every fold of the cells added to them
//! too; while they do not, the cells are read.

use document_model::{Date, date_of_number, day_number};

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
    /// Whether these are taken away: other sources hold them, and the range does not.
    pub(super) taken_away: bool,
}

/// What a query is answered from, besides the entries that are not folded.
pub(super) fn sources(query: &FigureQuery, blocks_stand: bool) -> Vec<Source> {
    let whole = |grain| vec![Source { grain, from: query.from, to: query.to, taken_away: false }];
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

/// The days of a query as days, blocks of eight days and blocks of sixty-four, in the fewest rows.
fn runs(query: &FigureQuery, days: Option<Grain>, eight: Grain, sixty_four: Grain) -> Vec<Source> {
    let grain = |length: i32| match length {
        EIGHT => Some(eight),
        SIXTY_FOUR => Some(sixty_four),
        _ => days,
    };
    let source = |stretch: &Stretch| {
        let (from, end) = stretch.days();
        Some(Source {
            grain: grain(stretch.length),
            from: date_of_number(from)?,
            to: date_of_number(end - stretch.length)?,
            taken_away: stretch.to < stretch.from,
        })
    };
    // A way past the days there are is none.
    let sources = |way: &Vec<Stretch>| way.iter().map(source).collect::<Option<Vec<_>>>();
    ways(day_number(query.from), day_number(query.to) + 1)
        .iter()
        .filter_map(|way| Some((way.iter().map(Stretch::rows).sum::<i32>(), sources(way)?)))
        .min_by_key(|(rows, sources)| (*rows, sources.len()))
        .map_or_else(
            || vec![Source { grain: days, from: query.from, to: query.to, taken_away: false }],
            |(_, sources)| sources,
        )
}

/// Part of a way from the first day of a range to the day after its last one, in steps of so many days. What leads
/// back is taken away.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    length: i32,
    from: i32,
    to: i32,
}

impl Stretch {
    /// The first day, and the day after the last one.
    fn days(&self) -> (i32, i32) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    /// Steps, each of which is a row.
    fn rows(&self) -> i32 {
        (self.to - self.from).abs() / self.length
    }
}

/// The ways from one day to another: by days alone, or by days to an edge of blocks of eight, and on by those, alone
/// or to an edge of blocks of sixty-four and by those too. An edge is the one before or the one after.
fn ways(from: i32, end: i32) -> Vec<Vec<Stretch>> {
    let mut ways = vec![way(from, &[(1, end)])];
    for (first, last) in pairs((from, end), EIGHT) {
        ways.push(way(from, &[(1, first), (EIGHT, last), (1, end)]));
        for (inner, outer) in pairs((first, last), SIXTY_FOUR) {
            ways.push(way(from, &[(1, first), (EIGHT, inner), (SIXTY_FOUR, outer), (EIGHT, last), (1, end)]));
        }
    }
    ways
}

/// The edges beside each of two days.
fn pairs((from, end): (i32, i32), length: i32) -> impl Iterator<Item = (i32, i32)> {
    let edges = move |day: i32| [day.div_euclid(length) * length, -(-day).div_euclid(length) * length];
    edges(from).into_iter().flat_map(move |first| edges(end).map(|last| (first, last)))
}

/// A way from a day to others, in steps of so many days; where there is nothing to go there is no stretch.
fn way(mut from: i32, stops: &[(i32, i32)]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for &(length, to) in stops {
        if to != from {
            stretches.push(Stretch { length, from, to });
        }
        from = to;
    }
    stretches
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
            assert!(sources.len() <= 5 && rows <= 12, "{rows} rows from {from}");
        }
    }

    #[test]
    fn blocks_that_do_not_stand_are_not_read() {
        let query = query(20_000, 20_200, Level::Nation, SplitBy::Unit);
        let whole = vec![Source { grain: None, from: query.from, to: query.to, taken_away: false }];
        assert_eq!(sources(&query, false), whole);
        assert_eq!(sources(&FigureQuery { view: View::Closed, ..query }, true), whole);
    }

    #[test]
    fn a_range_at_the_end_of_the_calendar_is_read_without_days_past_it() {
        let last =
            day_number(date_of_number(0).unwrap().with().year(2200).month(12).day(31).build().unwrap());
        let sources = sources(&query(last - 5, last, Level::Branch, SplitBy::Unit), true);
        assert!(sources.iter().all(|source| source.to <= date_of_number(last).unwrap()), "{sources:?}");
    }

    proptest! {
        #[test]
        fn every_day_is_read_once(from in -900..30_000i32, days in 0..800i32, level in 0..4usize, by in 0..4usize) {
            let level = Level::ALL[level];
            let by = [SplitBy::Unit, SplitBy::Product, SplitBy::Type, SplitBy::Day][by];
            let mut read = BTreeMap::new();
            for source in sources(&query(from, from + days, level, by), true) {
                let length = length(source.grain);
                prop_assert!(source.grain.is_none_or(|grain| Grain::of_level(level).contains(&grain)));
                let (first, last) = (day_number(source.from), day_number(source.to));
                prop_assert_eq!((first.rem_euclid(length), last.rem_euclid(length)), (0, 0));
                prop_assert!(first <= last);
                for day in first..last + length {
                    *read.entry(day).or_insert(0) += if source.taken_away { -1 } else { 1 };
                }
            }
            read.retain(|_, times| *times != 0);
            prop_assert_eq!(read, (from..=from + days).map(|day| (day, 1)).collect::<BTreeMap<_, _>>());
        }
    }
}
