//! Units and the rules' version.

use std::collections::BTreeSet;

use futures::FutureExt;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::{Present, Query, Script};
use super::writer::Begin;
use crate::organisation::{Roster, UnitSpan};
use crate::storage::codec::{self, unit_columns};
use crate::storage::columns::{Columns, Fill};
use crate::storage::{OrganisationStorage, Stored};

const RULES: &str = "SELECT rules FROM hub";

impl OrganisationStorage for PostgresStorage {
    async fn roster(&self) -> Stored<(Roster, u64)> {
        Ok(self.snapshot("roster", &(), |connection, ()| read_roster(connection).boxed()).await?)
    }

    async fn put_units(&self, spans: Vec<UnitSpan>) -> Stored<bool> {
        self.writer
            .write("put units", Begin::NewRules, spans, |connection, spans| {
                put_units(connection, spans).boxed()
            })
            .await
    }

    async fn rules_version(&self) -> Stored<u64> {
        rules(&self.read(Query::of(RULES)).await?)
    }

    async fn judged(&self) -> Stored<u64> {
        rules(&self.read(Query::of("SELECT judged FROM hub")).await?)
    }

    async fn set_judged(&self, rules: u64) -> Stored<()> {
        self.writer
            .write("set judged", Begin::Write, rules, |connection, rules| {
                async {
                    let mut query = Query::of("UPDATE hub SET judged = greatest(judged, $1)");
                    query.number(*rules);
                    query.run(connection).await?;
                    Ok(())
                }
                .boxed()
            })
            .await
    }
}

async fn read_roster(connection: &mut PgConnection) -> Outcome<(Roster, u64)> {
    let rules = rules(&Query::of(RULES).fetch(connection).await?)?;
    let units = Query::of(concat!("SELECT ", unit_columns!(), " FROM units"));
    Ok((codec::all(&units.fetch(connection).await?, codec::span)?, rules))
}

async fn put_units(connection: &mut PgConnection, spans: &[UnitSpan]) -> Outcome<bool> {
    let codes: BTreeSet<&str> = spans.iter().map(|span| span.code.as_str()).collect();
    let mut named = Query::of(concat!("SELECT ", unit_columns!(), " FROM units WHERE code = ANY($1)"));
    named.texts(codes.iter().copied());
    let before: Roster = codec::all(&named.fetch(connection).await?, codec::span)?;
    if before == spans.iter().cloned().collect() {
        return Ok(false);
    }
    let mut gone = Query::of("DELETE FROM units WHERE code = ANY($1)");
    gone.texts(codes);
    gone.run(connection).await?;
    let mut script = Script::default();
    script.insert("units", unit_columns!(), Present::Fails, spans, codec::fill_span);
    script.run(connection).await?;
    Query::of("UPDATE hub SET rules = rules + 1").run(connection).await?;
    Ok(true)
}

fn rules(found: &[PgRow]) -> Stored<u64> {
    Columns::only(found)?.number()
}
