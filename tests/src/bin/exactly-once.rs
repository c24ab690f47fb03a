//! Every policy counts exactly once, at full size, on SQLite and on several hubs of one PostgreSQL.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use tests::exactly_once::{Met, Scale, exactly_once};
use tests::postgres::{Memory, Safety, Server};

/// Hubs on the one PostgreSQL.
const HUBS: usize = 3;

/// Sells policies through everything that goes wrong and compares the figures with a recount.
#[derive(Debug, Parser)]
struct Arguments {
    /// Reps, with two devices each.
    #[arg(long, default_value_t = 2_000)]
    reps: usize,
    /// Policies each of them sells.
    #[arg(long, default_value_t = 25)]
    policies: usize,
    /// What all that is random begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { reps, policies, seed } = Arguments::parse();
    let scale = Scale { reps, policies, seed };
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    let sqlite = SqliteStorage::open(folder.path()).await?;
    report("SQLite", exactly_once(vec![sqlite], scale).await?, begun)?;
    let server = Server::start(Safety::None, Memory::Little)?.context("PostgreSQL is not installed")?;
    let begun = Instant::now();
    let mut storages = Vec::new();
    for _ in 0..HUBS {
        storages.push(PostgresStorage::open(&server.url()).await?);
    }
    report(&format!("PostgreSQL, {HUBS} hubs"), Box::pin(exactly_once(storages, scale)).await?, begun)
}

fn report(engine: &str, met: Met, begun: Instant) -> Result<()> {
    println!("{engine}: difference 0 policies, 0 won; {met}; {:.0} s", begun.elapsed().as_secs_f64());
    ensure!(met.named().iter().all(|(_, count)| *count > 0), "something did not happen");
    Ok(())
}
