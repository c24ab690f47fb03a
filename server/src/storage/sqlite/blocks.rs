//! Sums of several days: what cells add up to, anew.

use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::fault::Outcome;
use super::script::Script;
use crate::storage::Stored;
use crate::storage::codec::{self, BLOCKS_REBUILT, BLOCKS_STAND, Dialect};
use crate::storage::columns::Columns;

/// How this engine says it.
pub(super) const DIALECT: Dialect = Dialect { cast: "", first_day };

/// The day number is counted from 1970-01-01, the Julian day from noon.
fn first_day(length: i32) -> String {
    let number = "CAST(julianday(day) - 2440587.5 AS INTEGER)";
    format!("date(day, '-' || (({number} % {length} + {length}) % {length}) || ' days')")
}

impl SqliteStorage {
    /// See [`crate::storage::FigureStorage::fill_blocks`].
    pub(super) async fn filled_blocks(&self) -> Stored<bool> {
        let mut look = Script::default();
        look.statement(&format!("SELECT {BLOCKS_STAND} FROM hub"));
        if Columns::only(&self.read(look).await?)?.flag()? {
            return Ok(true);
        }
        let (attempt, parts) = self.write(|connection| begin(connection).boxed()).await?;
        for part in parts {
            self.write(move |connection| fill_part(connection, part).boxed()).await?;
        }
        self.write(move |connection| end(connection, attempt).boxed()).await
    }

    /// See [`crate::storage::FigureStorage::wrong_blocks`].
    pub(super) async fn differing_blocks(&self) -> Stored<Option<u64>> {
        let mut compare = Script::default();
        compare.statement(&codec::wrong_blocks(DIALECT));
        Ok(Columns::only(&self.read(compare).await?)?.maybe_integer()?.map(i64::cast_unsigned))
    }
}

/// The number of the attempt, and the units a transaction takes together: those of a level within a region.
async fn begin(connection: &mut SqliteConnection) -> Outcome<(i64, Vec<(i64, String)>)> {
    let mut script = Script::default();
    script.statement("UPDATE hub SET blocks_begun = blocks_begun + 1, blocks_moment = moment");
    script
        .statement("DELETE FROM blocks WHERE (level, region) NOT IN (SELECT level, region FROM cell_units)");
    script.statement("SELECT blocks_begun FROM hub");
    script.statement("SELECT DISTINCT level, region FROM cell_units ORDER BY level, region");
    let [_, _, attempt, parts] = script.fetch_all(connection).await?;
    let part = |row: &_| {
        let mut columns = Columns::of(row);
        Ok((columns.integer()?, columns.string()?))
    };
    Ok((Columns::only(&attempt)?.integer()?, codec::all(&parts, part)?))
}

async fn fill_part(connection: &mut SqliteConnection, (level, region): (i64, String)) -> Outcome<()> {
    let mut script = Script::default();
    script.statement("DELETE FROM blocks WHERE level = ? AND region = ?");
    script.statement(&codec::fill_blocks("level = ? AND region = ?", DIALECT));
    for _ in 0..2 {
        script.bind(level).bind(region.clone());
    }
    script.run(connection).await
}

/// Whether they stand: nobody began anew, and no hub that knows no blocks moved the cells on.
async fn end(connection: &mut SqliteConnection, attempt: i64) -> Outcome<bool> {
    let mut script = Script::default();
    script.statement("UPDATE hub SET blocks_done = blocks_begun WHERE blocks_begun = ?").bind(attempt);
    script.statement(&format!("SELECT {BLOCKS_STAND} FROM hub"));
    let [_, stand] = script.fetch_all(connection).await?;
    Ok(Columns::only(&stand)?.flag()?)
}

/// Adds all of them up anew.
pub(super) async fn rebuild(connection: &mut SqliteConnection) -> Outcome<()> {
    let mut script = Script::default();
    script.statement("DELETE FROM blocks").statement(&codec::fill_blocks("TRUE", DIALECT));
    script.statement(BLOCKS_REBUILT);
    script.run(connection).await
}
