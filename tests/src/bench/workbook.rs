//! What a workbook of figures costs: the time to get it, and the hub's memory, beside the same figures as JSON.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use document_model::{DocumentId, FieldValue, Kind, UnitCode, add_days};
use server::app::{App, Missing, SystemEntropy};
use server::auth::{Account, Role};
use server::hub::{HubWrite, ThreadGate};
use server::organisation::NATION;
use server::storage::{FigureStorage, SealedEngine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::idle::sign_in;
use super::stand::{book_of, code_of, organise};
use super::{RUNS, Row, Target, median};
use crate::black_box::HubProgram;
use crate::programs::{Memory, memory_kib};
use server::storage::conformance::Furnish;

/// Reps, and the days each of them sold on: a row of figures each.
const REPS: usize = 2_500;
const DAYS: usize = 20;
/// Entries one run of the folder takes.
const FOLDED: usize = 10_000;

/// The time until all of a workbook has come, and the most the hub ever held then beside the most it held when the
/// same figures went out as JSON.
pub(super) async fn figures_as_workbook() -> Result<Vec<Row>> {
    let mut hub = HubProgram::start(&[&code_of(0)], "");
    hub.kill();
    let app = App::open(&hub.data(), None, Missing::Refuse).await?;
    organise(&app, 1..=REPS).await?;
    sell(&app).await?;
    let (name, nation) = ("finance".to_owned(), UnitCode::from(NATION));
    let account = Account {
        name: name.clone(),
        role: Role::Hq,
        unit: nation.clone(),
        password_hash: String::new(),
        disabled: false,
    };
    ensure!(app.hub.storage().add_account(account).await?, "the account was there already");
    let token = sign_in(&app, name, Role::Hq, nation).await?;
    let today = app.hub.current_rules().await?.day(app.clock.now());
    let days = format!("from={}&to={today}", add_days(today, -(DAYS as i32)));
    let path = format!("/api/v1/figures?{days}&level=rep&by=day");
    drop(app);
    let (_, floor) = get(&mut hub, &token, &format!("{path}&format=json")).await?;
    let (took, ours) = get(&mut hub, &token, &format!("{path}&format=xlsx")).await?;
    let seconds =
        Row { name: "50,000 rows as XLSX", unit: "s", ours: took, floor: None, target: Target::AtMost(3.0) };
    let memory = Row {
        name: "XLSX beside JSON",
        unit: "MiB",
        ours,
        floor: Some(floor),
        target: Target::FloorsAtMost(1.1),
    };
    Ok(vec![seconds, memory])
}

/// A policy of every rep on every day, written as headquarters would.
async fn sell(app: &App<SealedEngine, ThreadGate>) -> Result<()> {
    let now = app.clock.now();
    let today = app.hub.current_rules().await?.day(now);
    for rep in 1..=REPS {
        let policy = |number: usize| {
            let day = add_days(today, -(number as i32)).to_string();
            let customer = DocumentId::derived("bench workbook customer", &code_of(rep)).to_string();
            let fields = [
                ("customer", FieldValue::from(customer.as_str())),
                ("product", FieldValue::from("WL01")),
                ("sale_date", FieldValue::from(day.as_str())),
                ("premium_won", FieldValue::Number(10_000 + (rep * 31 + number * 7) as i64)),
            ];
            HubWrite {
                document: DocumentId::derived("bench workbook", &format!("{rep} {number}")),
                kind: Kind::Policy,
                book: book_of(rep),
                fields: fields.map(|(field, value)| (field.to_owned(), value)).into(),
                imported: true,
                only_new: true,
            }
        };
        let policies: Vec<_> = (0..DAYS).map(policy).collect();
        app.hub.write("bench", &policies, now, &mut SystemEntropy).await?;
    }
    while app.hub.storage().fold(FOLDED, now.0).await?.entries > 0 {}
    Ok(())
}

/// Asks a hub that is fresh each time for the same several times: the median of the seconds, and the most that it
/// ever held, in MiB.
async fn get(hub: &mut HubProgram, token: &str, path: &str) -> Result<(f64, f64)> {
    hub.serve();
    let mut took = Vec::new();
    for _ in 0..RUNS {
        let since = Instant::now();
        let mut line = TcpStream::connect(hub.address()).await?;
        let asked = format!("GET {path} HTTP/1.0\r\nhost: hub\r\nauthorization: Bearer {token}\r\n\r\n");
        line.write_all(asked.as_bytes()).await?;
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).await?;
        took.push(since.elapsed().as_secs_f64());
        ensure!(
            answer.starts_with(b"HTTP/1.0 200"),
            "{}",
            String::from_utf8_lossy(&answer[..answer.len().min(500)])
        );
        ensure!(answer.len() > REPS * DAYS * 10, "{} bytes are not all rows", answer.len());
    }
    let held = memory_kib(hub.pid(), Memory::Peak).context("the hub is gone")?;
    hub.kill();
    Ok((median(took)?, held as f64 / 1_024.0))
}
