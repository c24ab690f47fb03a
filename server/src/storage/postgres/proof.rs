//! Proof that what is written becomes durable: a probe. What a failed disk takes is PostgreSQL's own business:
//! it ends all connections, recovers from its log, and a COMMIT without an answer stays unsure.

use sqlx::PgConnection;

use super::fault::Outcome;

/// Writes a line of the log that means nothing to anybody; the COMMIT of this waits until the log is synced.
/// It leaves no row behind.
const PROBE: &str = "SELECT pg_logical_emit_message(true, 'fieldbook', 'probe')";

/// A write that shows whether writes become durable.
pub(super) async fn probe(connection: &mut PgConnection) -> Outcome<()> {
    sqlx::raw_sql(PROBE).execute(connection).await?;
    Ok(())
}
