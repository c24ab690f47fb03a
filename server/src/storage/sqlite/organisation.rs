//! Units and the rules' version.

use std::collections::BTreeSet;

use document_model::Date;
use futures::FutureExt;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::SqliteStorage;
use super::columns::Columns;
use super::fault::Outcome;
use super::script::Script;
use crate::organisation::{Level, Roster, UnitSpan};
use crate::storage::{OrganisationStorage, Stored};

macro_rules! unit_columns {
    () => {
        "code, from_day, to_day, level, name, parent"
    };
}

impl OrganisationStorage for SqliteStorage {
    async fn roster(&self) -> Stored<(Roster, u64)> {
        Ok(self.read_roster().await?)
    }

    async fn put_units(&self, spans: Vec<UnitSpan>) -> Stored<bool> {
        self.write(|connection| put_units(connection, spans).boxed()).await
    }

    async fn rules_version(&self) -> Stored<u64> {
        Ok(rules(&self.read(rules_script()).await?)?)
    }
}

impl SqliteStorage {
    async fn read_roster(&self) -> Outcome<(Roster, u64)> {
        let mut snapshot = self.snapshot().await?;
        let rules = rules(&rules_script().fetch(&mut snapshot).await?)?;
        let mut units = Script::default();
        units.statement(concat!("SELECT ", unit_columns!(), " FROM units"));
        let found = units.fetch(&mut snapshot).await?;
        Ok((found.iter().map(span).collect::<Outcome<_>>()?, rules))
    }
}

async fn put_units(connection: &mut SqliteConnection, spans: Vec<UnitSpan>) -> Outcome<bool> {
    let codes: BTreeSet<&str> = spans.iter().map(|span| span.code.as_str()).collect();
    let codes = serde_json::to_string(&codes).expect("text always encodes");
    let named = "WHERE code IN (SELECT value FROM json_each(?))";
    let mut script = Script::default();
    script
        .statement(&format!(concat!("SELECT ", unit_columns!(), " FROM units {}"), named))
        .bind(codes.as_str());
    let found = script.fetch(connection).await?;
    let before: Roster = found.iter().map(span).collect::<Outcome<_>>()?;
    if before == spans.iter().cloned().collect() {
        return Ok(false);
    }
    let mut script = Script::default();
    script.statement(&format!("DELETE FROM units {named}")).bind(codes.as_str());
    let into = concat!("INSERT INTO units (", unit_columns!(), ")");
    script.insert(into, "(?,?,?,?,?,?)", "", &spans, |script, span| {
        script.bind(span.code.as_str());
        script.bind(span.from.map(|day| day.to_string())).bind(span.to.map(|day| day.to_string()));
        script.bind(span.level.as_str()).bind(span.name.as_str()).bind(span.parent.as_str());
    });
    script.statement("UPDATE hub SET rules = rules + 1");
    script.run(connection).await?;
    Ok(true)
}

fn rules_script() -> Script {
    let mut script = Script::default();
    script.statement("SELECT rules FROM hub");
    script
}

fn rules(found: &[SqliteRow]) -> Outcome<u64> {
    Columns::only(found)?.number()
}

fn span(row: &SqliteRow) -> Outcome<UnitSpan> {
    let mut columns = Columns::of(row);
    let code = columns.unit()?;
    let (from, to): (Option<Date>, Option<Date>) = (columns.maybe_day()?, columns.maybe_day()?);
    let level = Level::of_str(columns.take()?).ok_or_else(|| columns.damaged("an unknown level"))?;
    Ok(UnitSpan { code, from, to, level, name: columns.take()?, parent: columns.unit()? })
}
