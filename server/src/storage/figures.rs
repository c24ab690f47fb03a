//! Questions about figures and what answers them, in the hub's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use document_model::sales::{LedgerKey, Sums};
use document_model::{Date, ProductCode, UnitCode};

use crate::organisation::Level;

/// A question to the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureQuery {
    /// First business day.
    pub from: Date,
    /// Last business day.
    pub to: Date,
    /// The level of the rows.
    pub level: Level,
    /// Only what counts under this unit.
    pub under: Option<(Level, UnitCode)>,
    /// What the rows are split by besides the unit.
    pub by: SplitBy,
    /// Which state of the figures.
    pub view: View,
    /// Counts each rep's figures elsewhere; the level is then the reps', and no unit is named.
    pub placed: Option<Placement>,
}

impl FigureQuery {
    /// The unit that is asked about, where it is not the whole nation.
    #[must_use]
    pub fn asked_under(&self) -> Option<&(Level, UnitCode)> {
        self.placed.as_ref().map_or(self.under.as_ref(), |placed| placed.under.as_ref())
    }
}

/// Where reps are counted instead of where they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The level of the units.
    pub level: Level,
    /// The unit they all stand under; `None`: the nation.
    pub under: Option<(Level, UnitCode)>,
    /// The unit of each rep. Those left out are not counted.
    pub reps: Arc<BTreeMap<UnitCode, UnitCode>>,
}

/// A state of the figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// As it is now: every acknowledged edit counts.
    #[default]
    Now,
    /// As it was at a moment.
    AsOf(u64),
    /// As it was closed: only units and days that are.
    Closed,
}

/// A question to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryQuery {
    /// First business day.
    pub from: Date,
    /// Last business day.
    pub to: Date,
    /// Only what counts under this unit.
    pub under: Option<(Level, UnitCode)>,
    /// Only what was folded after this moment, or not yet.
    pub after: u64,
}

/// What rows of figures are split by besides the unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SplitBy {
    /// Nothing.
    #[default]
    Unit,
    /// Product.
    Product,
    /// Type of product. Which type a product has is not stored with the sums: the storage answers by product.
    Type,
    /// Business day.
    Day,
}

/// One row of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureRow {
    /// The unit.
    pub unit: UnitCode,
    /// The product, when split by it.
    pub product: Option<ProductCode>,
    /// The day, when split by it.
    pub day: Option<Date>,
    /// The sums.
    pub sums: Sums,
}

impl FigureRow {
    /// One row for each unit and part, in order of them; what sums to nothing is left out.
    pub(super) fn together(rows: Vec<Self>) -> Vec<Self> {
        let mut together: BTreeMap<_, Sums> = BTreeMap::new();
        for Self { unit, product, day, sums } in rows {
            together.entry((unit, product, day)).or_default().add(&sums);
        }
        let rows = together.into_iter().filter(|(_, sums)| !sums.is_zero());
        rows.map(|((unit, product, day), sums)| Self { unit, product, day, sums }).collect()
    }
}

/// An answer of the figures: cells plus pending entries of one database snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureAnswer {
    /// The newest moment folded into the cells.
    pub moment: u64,
    /// Rows in order of unit, product, day.
    pub rows: Vec<FigureRow>,
}

/// One cell: a sum of folded entries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    /// The level it is for.
    pub level: Level,
    /// The region; empty at the nation's level.
    pub region: String,
    /// The branch; empty above.
    pub branch: String,
    /// The rep; empty above.
    pub rep: String,
    /// The business day.
    pub day: Date,
    /// The product.
    pub product: ProductCode,
}

impl CellKey {
    /// The cells an entry goes into, one per level.
    #[must_use]
    pub fn of_entry(key: &LedgerKey) -> [Self; 4] {
        let path = &key.path;
        [Level::Nation, Level::Region, Level::Branch, Level::Rep].map(|level| Self {
            level,
            region: if level >= Level::Region { path.region.0.clone() } else { String::new() },
            branch: if level >= Level::Branch { path.branch.0.clone() } else { String::new() },
            rep: if level >= Level::Rep { path.rep.0.clone() } else { String::new() },
            day: key.day,
            product: key.product.clone(),
        })
    }

    /// The unit the cell is for.
    #[must_use]
    pub fn unit(&self) -> UnitCode {
        match self.level {
            Level::Nation => UnitCode::from(crate::organisation::NATION),
            Level::Region => UnitCode(self.region.clone()),
            Level::Branch => UnitCode(self.branch.clone()),
            Level::Rep => UnitCode(self.rep.clone()),
        }
    }
}

/// What one run of the folder did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// Entries moved into cells.
    pub entries: usize,
    /// The newest moment.
    pub moment: u64,
}

/// Cells that were added up anew from the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Cells there are now.
    pub cells: u64,
    /// Cells that were not as they had to be: other sums, missing, or there without an entry.
    pub differing: u64,
}
