//! The rep's client in a terminal: customers, policies and own figures, with or without a network.
//!
//! Here the program meets the machine: clock, randomness, network, command line, output. What a command does
//! is in [`commands`], how it reads in [`print`].

mod cli;
mod commands;
mod error;
mod print;
mod secrets;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use client_sdk::Client;
use client_sdk::seal::Sealed;
use client_sdk::store::SqliteStore;
use client_sdk::transport::{self, NativeTransport, Transport, TransportError};
use document_model::{Entropy, Moment};
use jiff::tz::TimeZone;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};

use crate::cli::{Cli, Command};
use crate::commands::{Answer, Session};
use crate::error::{Exit, Failure};

/// Documents are loaded, saved and given back all day: an allocator made for that takes a tenth off an exchange.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The company's time zone: business days begin and end there.
const ZONE: &str = "Asia/Seoul";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return unreadable(&error, arguments.iter().any(|argument| argument == "--json")),
    };
    let json = cli.json;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(run(cli))),
        Err(error) => {
            let message =
                format!("the system gives no event queue ({error}); nothing was changed; try again");
            Err(Failure::new(Exit::No, "SYSTEM", message))
        }
    };
    match outcome {
        Ok(answer) => show(&answer, json),
        Err(failure) => refuse(&failure, json),
    }
}

/// Opens this device's records, does the command, and leaves the store in order.
async fn run(cli: Cli) -> Result<Answer, Failure> {
    let home = cli.home.map_or_else(secrets::default_home, Ok)?;
    let signing_in = matches!(cli.command, Command::Login(_));
    if !signing_in && !SqliteStore::exists(&home)? {
        return Err(Failure::not_signed_in());
    }
    let file = SqliteStore::open(&home).await?;
    let new_store = Sealed::is_new(&file).await?;
    if !signing_in && new_store {
        return Err(Failure::not_signed_in());
    }
    let passphrase = secrets::passphrase(new_store)?;
    let store = Sealed::open(file.clone(), &passphrase, Box::new(SystemEntropy)).await?;
    let zone = TimeZone::get(ZONE).expect("the zone is built in");
    let client = Client::open(store, Network::default(), zone.clone(), Box::new(SystemEntropy)).await?;
    let outcome = Box::pin(Session::new(client, zone, now).run(cli.command)).await;
    // What the command wrote is durable already; closing only folds the log into the file.
    drop(file.close().await);
    outcome
}

/// Now, by the device's clock.
#[expect(clippy::disallowed_methods, reason = "the one place where the clock enters this program")]
fn now() -> Moment {
    Moment(jiff::Timestamp::now().as_millisecond())
}

/// Randomness from the system.
struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("a system that can run this program has randomness");
        bytes
    }
}

/// The way to the hub, set up when it is first needed: most commands work without one, and must work
/// on a machine whose certificates cannot be read.
#[derive(Default)]
struct Network {
    native: OnceLock<Result<NativeTransport, TransportError>>,
}

impl Network {
    fn native(&self) -> Result<&NativeTransport, TransportError> {
        self.native.get_or_init(NativeTransport::new).as_ref().map_err(Clone::clone)
    }
}

impl Transport for Network {
    async fn exchange(
        &self,
        server: &str,
        access_token: &str,
        message: Vec<u8>,
    ) -> Result<transport::Answer, TransportError> {
        self.native()?.exchange(server, access_token, message).await
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        self.native()?.sign_in(server, request).await
    }

    async fn pair(&self, server: &str, request: &PairRequest) -> Result<SignInResponse, TransportError> {
        self.native()?.pair(server, request).await
    }

    async fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> Result<SignInResponse, TransportError> {
        self.native()?.refresh(server, request).await
    }
}

fn show(answer: &Answer, json: bool) -> ExitCode {
    let text = if json { format!("{}\n", answer.json) } else { answer.text.clone() };
    answer.notes.iter().for_each(|note| to_stderr(&format!("note: {note}")));
    // A reader that goes away (`| head`) has what it wanted.
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    ExitCode::SUCCESS
}

fn refuse(failure: &Failure, json: bool) -> ExitCode {
    to_stderr(&if json { failure.to_json().to_string() } else { failure.to_text() });
    ExitCode::from(failure.exit as u8)
}

/// A command line that cannot be read, or that asks for help.
fn unreadable(error: &clap::Error, json: bool) -> ExitCode {
    if error.exit_code() == 0 || !json {
        // Nothing is left to do about an output that is closed.
        drop(error.print());
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
    }
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    refuse(&Failure::usage(said.trim_start_matches("error: ")), json)
}

fn to_stderr(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}
