//! Sums of several days: what cells add up to, anew.

use futures::FutureExt;
use sqlx::PgConnection;

use super::PostgresStorage;
use super::fault::Outcome;
use super::figures::{ALONE, ROOM_TO_SORT, WHOLE};
use super::script::Query;
use super::writer::Begin;
use crate::storage::Stored;
use crate::storage::codec::{self, BLOCKS_REBUILT, BLOCKS_STAND, Dialect};
use crate::storage::columns::{Columns, Fill};

/// How this engine says it.
pub(super) const DIALECT: Dialect = Dialect { cast: WHOLE, first_day };

/// The day number is counted from 1970-01-01.
fn first_day(length: i32) -> String {
    let number = "(day::date - date '1970-01-01')";
    format!("to_char(day::date - ({number} % {length} + {length}) % {length}, 'YYYY-MM-DD') COLLATE \"C\"")
}

impl PostgresStorage {
    /// See [`crate::storage::FigureStorage::fill_blocks`].
    pub(super) async fn filled_blocks(&self) -> Stored<bool> {
        let look = Query::of_parts(format!("SELECT {BLOCKS_STAND} FROM hub"));
        if Columns::only(&self.read(look).await?)?.flag()? {
            return Ok(true);
        }
        let begun =
            self.writer.write("begin blocks", Begin::Write, (), |connection, ()| begin(connection).boxed());
        let (attempt, parts) = begun.await?;
        for part in parts {
            self.writer
                .write("fill blocks", Begin::Whole, part, |connection, part| {
                    fill_part(connection, part).boxed()
                })
                .await?;
        }
        self.writer
            .write("end blocks", Begin::Write, attempt, |connection, attempt| {
                end(connection, *attempt).boxed()
            })
            .await
    }

    /// See [`crate::storage::FigureStorage::wrong_blocks`].
    pub(super) async fn differing_blocks(&self) -> Stored<Option<u64>> {
        self.writer
            .write("compare blocks", Begin::Whole, (), |connection, ()| compare(connection).boxed())
            .await
    }
}

/// The number of the attempt, and the units a transaction takes together: those of a level within a region.
async fn begin(connection: &mut PgConnection) -> Outcome<(i64, Vec<(i64, String)>)> {
    Query::of(ALONE).fetch(connection).await?;
    let begun =
        "UPDATE hub SET blocks_begun = blocks_begun + 1, blocks_moment = moment RETURNING blocks_begun";
    let attempt = Query::of(begun).fetch(connection).await?;
    let stale = "DELETE FROM blocks WHERE NOT EXISTS (SELECT 1 FROM cell_units WHERE cell_units.level = blocks.level \
                 AND cell_units.region = blocks.region)";
    Query::of(stale).run(connection).await?;
    let parts = Query::of("SELECT DISTINCT level, region FROM cell_units ORDER BY level, region");
    let part = |row: &_| {
        let mut columns = Columns::of(row);
        Ok((columns.integer()?, columns.string()?))
    };
    let parts = codec::all(&parts.fetch(connection).await?, part)?;
    Ok((Columns::only(&attempt)?.integer()?, parts))
}

/// No folder is at work meanwhile, here or at another hub.
async fn fill_part(connection: &mut PgConnection, (level, region): &(i64, String)) -> Outcome<()> {
    Query::of(ALONE).fetch(connection).await?;
    Query::of(ROOM_TO_SORT).run(connection).await?;
    let mut gone = Query::of("DELETE FROM blocks WHERE level = $1 AND region = $2");
    gone.integer(*level).text(region.as_str());
    gone.run(connection).await?;
    let mut fill = Query::of_parts(codec::fill_blocks("level = $1 AND region = $2", DIALECT));
    fill.integer(*level).text(region.as_str());
    fill.run(connection).await?;
    Ok(())
}

/// Whether they stand: nobody began anew, and no hub that knows no blocks moved the cells on.
async fn end(connection: &mut PgConnection, attempt: i64) -> Outcome<bool> {
    Query::of(ALONE).fetch(connection).await?;
    let mut done = Query::of("UPDATE hub SET blocks_done = blocks_begun WHERE blocks_begun = $1");
    done.integer(attempt);
    done.run(connection).await?;
    let stand = Query::of_parts(format!("SELECT {BLOCKS_STAND} FROM hub")).fetch(connection).await?;
    Ok(Columns::only(&stand)?.flag()?)
}

/// One statement, so one state of cells and blocks.
async fn compare(connection: &mut PgConnection) -> Outcome<Option<u64>> {
    Query::of(ROOM_TO_SORT).run(connection).await?;
    let found = Query::of_parts(codec::wrong_blocks(DIALECT)).fetch(connection).await?;
    Ok(Columns::only(&found)?.maybe_integer()?.map(i64::cast_unsigned))
}

/// Adds all of them up anew.
pub(super) async fn rebuild(connection: &mut PgConnection) -> Outcome<()> {
    Query::of("DELETE FROM blocks").run(connection).await?;
    Query::of_parts(codec::fill_blocks("TRUE", DIALECT)).run(connection).await?;
    Query::of(BLOCKS_REBUILT).run(connection).await?;
    Ok(())
}
