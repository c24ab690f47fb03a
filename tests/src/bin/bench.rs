//! Prints what Fieldbook takes beside the least it could take, and the targets: `cargo xtask bench`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use serde_json::json;
use tests::bench::{Engine, Row, run, table};

/// The allocator of the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the hub and its devices, over loopback HTTP; medians of five runs.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// Only on this engine; otherwise on both.
    #[arg(long, value_name = "sqlite|postgres")]
    engine: Option<Engine>,
    /// Millions of ledger entries that questions are asked over; 5 unless told otherwise, 50 take half an
    /// hour and 50 GB of disk.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=100))]
    millions: Option<u32>,
    /// Measure only this work: "nothing new", "new device", "evening", "fleet", "sales", "questions", "idle",
    /// "stored", "workbook".
    work: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let engines = arguments.engine.map_or(Engine::ALL.to_vec(), |engine| vec![engine]);
    let rows = tokio::runtime::Runtime::new()?.block_on(Box::pin(run(
        &arguments.work,
        &engines,
        arguments.millions,
    )))?;
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    if arguments.json {
        let row_of = |(engine, row): &(Option<Engine>, Row)| {
            let mut json = row.to_json();
            json["engine"] = json!(engine.map(Engine::name));
            json
        };
        let rows: Vec<_> = rows.iter().map(row_of).collect();
        println!("{}", json!({ "profile": profile, "rows": rows }));
    } else {
        println!(
            "profile {profile}; medians of 5; hub, devices and floors in one process, but where memory is measured"
        );
        print!("{}", table(&rows));
    }
    Ok(ExitCode::SUCCESS)
}
