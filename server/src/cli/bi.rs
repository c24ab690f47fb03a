//! `fieldbook bi`.

use clap::Args;
use serde_json::json;

use super::Cli;
use super::error::Failure;
use super::output::Answer;
use crate::app::{DataFolder, Missing};
use crate::storage::Engine;

/// Views for business intelligence programs.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook bi --reader metabase

The role is yours to make: CREATE ROLE metabase LOGIN PASSWORD '...'. It can read the schema `bi` then, and
nothing else of the hub's.")]
pub(super) struct Bi {
    /// The role of the database server that may read them.
    #[arg(long, value_name = "ROLE")]
    reader: Option<String>,
}

impl Bi {
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        let folder = DataFolder::open(&cli.data, Missing::Refuse)?;
        let database = folder.database(cli.database.as_deref())?;
        database.must_be_there(folder.path())?;
        let Engine::Postgres(storage) = database.open(folder.path()).await? else {
            let what = "this hub stores in SQLite, and the views are PostgreSQL's";
            let to_do = "Use `fieldbook figures --csv`, or `fieldbook backup` and restore into PostgreSQL";
            return Err(Failure::no("BI-SQLITE", what, to_do));
        };
        let reader = self.reader.as_deref();
        if !storage.put_views(reader).await? {
            let what = format!("the server has no role {:?}", reader.unwrap_or_default());
            return Err(Failure::no("BI-NO-ROLE", what, "Make it with CREATE ROLE, then try again"));
        }
        let who = reader.map(|reader| format!("; {reader} reads them")).unwrap_or_default();
        let text =
            format!("The views daily_sales, entries, units, closings and targets are in the schema bi{who}.");
        Answer::new(text, &json!({ "schema": "bi", "reader": reader }))
    }
}
