//! Prints what Fieldbook takes beside the least it could take, and the targets: `cargo xtask bench`.
//! Hub, devices and floors run in this one process, over loopback HTTP.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use serde_json::json;
use tests::bench::{Row, run, table};

/// Measures the hub and its devices in one process, over loopback HTTP; medians of five runs.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// Measure only this work: "nothing new", "new device", "evening", "fleet".
    work: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let rows = tokio::runtime::Runtime::new()?.block_on(Box::pin(run(&arguments.work)))?;
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    if arguments.json {
        let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
        println!("{}", json!({ "profile": profile, "one_process": true, "rows": rows }));
    } else {
        println!("profile {profile}; hub, devices and floors in one process; medians of 5");
        print!("{}", table(&rows));
    }
    Ok(ExitCode::SUCCESS)
}
