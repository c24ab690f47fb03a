//! Blocks as rows: see [`crate::storage::blocks`].

use super::sales::{same_sums, total_sums};
use super::{cell_columns, stored_level, sum_columns};
use crate::organisation::Level;
use crate::storage::blocks::{EIGHT, Grain, SIXTY_FOUR};

macro_rules! block_columns {
    () => {
        concat!("level, region, branch, rep, grain, day, product, ", sum_columns!())
    };
}

pub(in crate::storage) use block_columns;

/// What an engine says in its own way.
#[derive(Clone, Copy)]
pub(in crate::storage) struct Dialect {
    /// The type that sums are cast to.
    pub(in crate::storage) cast: &'static str,
    /// The first day of the block of so many days that the column `day` is in.
    pub(in crate::storage) first_day: fn(i32) -> String,
}

/// The blocks that rows with the columns of cells add up to.
pub(in crate::storage) fn blocks_of(rows: &str, dialect: Dialect) -> String {
    let of_level = |level: Level| {
        let grains = Grain::of_level(level).iter();
        grains.map(move |grain| {
            format!("SELECT {} AS of_level, {} AS grain", stored_level(level), *grain as i64)
        })
    };
    let grains = Level::ALL.into_iter().flat_map(of_level).collect::<Vec<_>>().join(" UNION ALL ");
    let number = |grain: Grain| grain as i64;
    format!(
        "SELECT level, region, branch, rep, grain, CASE WHEN grain = {day} THEN day WHEN grain IN ({eight}, {eight_by}) \
         THEN {of_eight} ELSE {of_sixty_four} END, CASE WHEN grain IN ({eight_by}, {sixty_four_by}) THEN product ELSE '' \
         END, {totals} FROM ({rows}) AS added JOIN ({grains}) AS grains ON of_level = level \
         GROUP BY 1, 2, 3, 4, 5, 6, 7",
        day = number(Grain::Day),
        eight = number(Grain::Eight),
        eight_by = number(Grain::EightByProduct),
        sixty_four_by = number(Grain::SixtyFourByProduct),
        of_eight = (dialect.first_day)(EIGHT),
        of_sixty_four = (dialect.first_day)(SIXTY_FOUR),
        totals = total_sums(dialect.cast),
    )
}

/// Fills the empty table `blocks`, or what is empty of it, from cells: all, or those that a condition names. In the order
/// of their key: what is asked for together then lies together.
pub(in crate::storage) fn fill_blocks(only: &str, dialect: Dialect) -> String {
    let cells = format!(concat!("SELECT ", cell_columns!(), " FROM cells WHERE {}"), only);
    let blocks = blocks_of(&cells, dialect);
    format!(concat!("INSERT INTO blocks (", block_columns!(), ") {} ORDER BY 1, 2, 3, 4, 5, 6, 7"), blocks)
}

/// The number of blocks that differ from what the cells add up to, where blocks stand.
pub(in crate::storage) fn wrong_blocks(dialect: Dialect) -> String {
    let key = "level, region, branch, rep, grain, day, product";
    let named = concat!("level, region, branch, rep, grain, day, product, ", sum_columns!());
    let cells = concat!("SELECT ", cell_columns!(), " FROM cells");
    format!(
        "WITH due ({named}) AS ({blocks}) SELECT CASE WHEN {BLOCKS_STAND} THEN (SELECT count(*) FROM due FULL JOIN blocks \
         USING ({key}) WHERE NOT coalesce({same}, FALSE)) END FROM hub",
        blocks = blocks_of(cells, dialect),
        same = same_sums("due", "blocks"),
    )
}

/// Whether blocks hold all that the cells hold, of the row `hub`.
pub(in crate::storage) const BLOCKS_STAND: &str = "(blocks_moment = moment AND blocks_done = blocks_begun)";

/// Says that they do.
pub(in crate::storage) const BLOCKS_REBUILT: &str =
    "UPDATE hub SET blocks_moment = moment, blocks_done = blocks_begun";
