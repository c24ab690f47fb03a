//! What the ledger adds to a push, and how long a board waits for what was acknowledged.
//!
//! A fleet corrects premiums, each of them two ledger entries, and then edits of the same policies what does not
//! count. Boards of headquarters are open while the fleet corrects premiums at full rate.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use client_sdk::transport::{NativeTransport, Transport};
use document_model::{DocumentId, Kind};
use serde_json::Value;
use server::app::SystemEntropy;
use server::auth::{Account, Role};
use server::hub::HubWrite;
use server::organisation::NATION;
use server::storage::FigureStorage;
use sync_protocol::sign_in::SignInRequest;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::fleet::{Member, all_accepted, compose, members, send_all};
use super::stand::{FLEET, FLEET_BOOK, PASSWORD, Stand, book_of, code_of, customers};
use super::{RUNS, Row, Target, median, quantile};
use server::storage::conformance::Furnish;

/// Boards that are open.
const BOARDS: usize = 4;
/// How long a board may wait for the last figures of a run.
const PATIENCE: Duration = Duration::from_secs(30);
/// Premium of a policy before the first run.
const PREMIUM_WON: i64 = 10_000;
/// Won by which a run raises each premium.
const RAISE_WON: i64 = 100;

/// A fleet that sells; boards that watch it.
pub(super) async fn sales(stand: &Stand) -> Result<Vec<Row>> {
    let (rules, now) = (stand.app.hub.current_rules().await?, stand.app.clock.now());
    let today = rules.day(now).to_string();
    let mut writes = Vec::new();
    for rep in 1..=FLEET {
        writes.extend(policies(rep).zip(0..).map(|(policy, number)| sold(rep, number, policy, &today)));
    }
    stand.app.hub.write("bench", &writes, now, &mut SystemEntropy).await?;
    fold(stand).await?;
    let mut members = members(stand).await?;
    let transport = NativeTransport::new()?;
    let (mut counted, mut uncounted) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        for counts in [run % 2 == 0, run % 2 != 0] {
            let rate = wave(stand, &transport, &mut members, &|rep, number| match counts {
                true => raised(run, number),
                false => format!("source=run {run} of {rep}"),
            })
            .await?;
            if counts {
                counted.push(rate)
            } else {
                uncounted.push(rate)
            }
            fold(stand).await?;
        }
    }
    let mut waits = boards(stand, &transport, &mut members).await?;
    Ok(vec![
        Row {
            name: "premiums corrected",
            unit: "documents/s",
            ours: median(counted)?,
            floor: Some(median(uncounted)?),
            target: Target::ShareAtLeast(0.85),
        },
        Row {
            name: "a board is told, p99",
            unit: "ms",
            ours: quantile(&mut waits, 0.99),
            floor: None,
            target: Target::AtMost(1_000.0),
        },
    ])
}

/// The policies of a rep.
fn policies(rep: usize) -> impl Iterator<Item = DocumentId> {
    (0..FLEET_BOOK).map(move |number| DocumentId::derived("bench policy", &format!("{rep} {number}")))
}

/// A policy as it was sold. No two of a rep begin alike to the byte: a push could not name them by their history.
fn sold(rep: usize, number: i64, document: DocumentId, today: &str) -> HubWrite {
    let customer = customers(rep).next().expect("every rep has customers").to_string();
    HubWrite {
        document,
        kind: Kind::Policy,
        book: book_of(rep),
        fields: vec![
            ("customer".to_owned(), customer.as_str().into()),
            ("product".to_owned(), "WL01".into()),
            ("premium_won".to_owned(), (PREMIUM_WON + number).into()),
            ("sale_date".to_owned(), today.into()),
            ("source".to_owned(), "bench".into()),
        ],
        imported: true,
        only_new: true,
    }
}

/// The premium of a policy after a run.
fn premium_won(run: usize, number: usize) -> i64 {
    PREMIUM_WON + number as i64 + RAISE_WON * (run as i64 + 1)
}

fn raised(run: usize, number: usize) -> String {
    format!("premium_won={}", premium_won(run, number))
}

/// Puts everything that is pending into the cells: the next run begins as this one did.
async fn fold(stand: &Stand) -> Result<()> {
    while stand.app.hub.storage().fold(10_000, stand.app.clock.now().0).await?.entries > 0 {}
    Ok(())
}

/// Every policy of the fleet edited, and all of it pushed at once: documents a second.
async fn wave(
    stand: &Stand,
    transport: &NativeTransport,
    members: &mut [Member],
    edit: &dyn Fn(usize, usize) -> String,
) -> Result<f64> {
    let messages = composed(stand, members, edit).await?;
    let since = Instant::now();
    let answers = send_all(transport, &stand.server, &messages).await?;
    let rate = (FLEET * FLEET_BOOK) as f64 / since.elapsed().as_secs_f64();
    answers.iter().try_for_each(all_accepted)?;
    for member in members {
        stand.sync(&mut member.device).await?;
    }
    Ok(rate)
}

async fn composed(
    stand: &Stand,
    members: &mut [Member],
    edit: &dyn Fn(usize, usize) -> String,
) -> Result<Vec<super::stand::Message>> {
    let mut messages = Vec::new();
    for (member, rep) in members.iter_mut().zip(1..) {
        let edits = policies(rep).enumerate();
        let edits = edits.map(|(number, policy)| (Kind::Policy, policy, edit(rep, number)));
        messages.push(compose(stand, member, edits).await?);
    }
    Ok(messages)
}

/// Milliseconds from each acknowledgement to when a board shows what was acknowledged, for every board.
async fn boards(stand: &Stand, transport: &NativeTransport, members: &mut [Member]) -> Result<Vec<f64>> {
    let user = "bench headquarters".to_owned();
    let password_hash = stand.app.desk.passwords.hash(PASSWORD.to_owned(), [7; 16]).await?;
    let account =
        Account { name: user.clone(), role: Role::Hq, unit: NATION.into(), password_hash, disabled: false };
    ensure!(stand.app.hub.storage().add_account(account).await?, "the account was there already");
    let mut waits = Vec::new();
    for run in RUNS..2 * RUNS {
        let mut open = Vec::new();
        for number in 0..BOARDS {
            let request = SignInRequest {
                user: user.clone(),
                password: PASSWORD.to_owned(),
                device_name: format!("board {run} {number}"),
            };
            let token = transport.sign_in(&stand.server, &request).await?.access_token;
            let due = (1..=FLEET).map(|rep| (code_of(rep), due_won(run))).collect();
            open.push(Board::open(&stand.server, &token).await?.watch(due));
        }
        let messages = composed(stand, members, &|_, number| raised(run, number)).await?;
        let answers = send_all(transport, &stand.server, &messages).await?;
        answers.iter().try_for_each(all_accepted)?;
        for board in open {
            let shown = timeout(PATIENCE, board).await.context("a board is not told")???;
            for ((_, acknowledged), rep) in answers.iter().zip(1..) {
                let shown = shown.get(&code_of(rep)).context("a rep is not on the board")?;
                waits.push(shown.saturating_duration_since(*acknowledged).as_secs_f64() * 1_000.0);
            }
        }
        for member in members.iter_mut() {
            stand.sync(&mut member.device).await?;
        }
    }
    Ok(waits)
}

/// What a rep has sold after a run.
fn due_won(run: usize) -> i64 {
    (0..FLEET_BOOK).map(|number| premium_won(run, number)).sum()
}

/// A board: server-sent events over a plain connection.
struct Board(BufReader<TcpStream>);

impl Board {
    /// Opens one and waits for what it shows first.
    async fn open(server: &str, token: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(server.trim_start_matches("http://")).await?;
        // HTTP/1.0: the answer comes without lengths in between.
        let asked = format!(
            "GET /api/v1/figures/live?from=today&to=today&level=rep HTTP/1.0\r\nhost: hub\r\n\
             authorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(asked.as_bytes()).await?;
        let mut board = Self(BufReader::new(stream));
        board.next().await?;
        Ok(board)
    }

    /// The premium of each rep, when the board is told anew.
    async fn next(&mut self) -> Result<BTreeMap<String, i64>> {
        loop {
            let mut line = String::new();
            ensure!(self.0.read_line(&mut line).await? > 0, "the board was closed");
            let Some(data) = line.strip_prefix("data:") else { continue };
            let told: Value = serde_json::from_str(data.trim()).context("an event that is no JSON")?;
            let rows = told["rows"].as_array().context("an event without rows")?;
            let row =
                |row: &Value| Some((row["unit"].as_str()?.to_owned(), row["premium_net_won"].as_i64()?));
            return rows.iter().map(row).collect::<Option<_>>().context("a row without premium");
        }
    }

    /// When it first shows what each rep has to have.
    fn watch(mut self, due: BTreeMap<String, i64>) -> JoinHandle<Result<BTreeMap<String, Instant>>> {
        tokio::spawn(async move {
            let mut shown = BTreeMap::new();
            while shown.len() < due.len() {
                let (told, now) = (self.next().await?, Instant::now());
                for (rep, won) in &due {
                    if told.get(rep) == Some(won) {
                        shown.entry(rep.clone()).or_insert(now);
                    }
                }
            }
            Ok(shown)
        })
    }
}
