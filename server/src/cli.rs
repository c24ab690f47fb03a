//! The command line: what may be typed, and how answers and failures are told.
//!
//! Commands work on the data folder itself, beside a hub that serves it: both are clients of one
//! database, and what a command changes takes effect in the running hub.

mod approve;
mod audit;
mod backup;
mod bi;
mod calendar;
mod closing;
mod compact;
mod config;
mod demo;
mod device;
mod error;
mod exception;
mod figure_file;
mod figures;
mod gate_worker;
mod import;
mod invite;
mod key;
mod org;
mod output;
mod serve;
mod setup_link;
mod sheet;
mod target;
#[cfg(test)]
mod tests;
mod user;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::app::{App, Missing};
use crate::config::LogConfig;
use crate::hub::ThreadGate;
use crate::storage::SealedEngine;
use crate::telemetry;
use error::Failure;
use output::Answer;

/// The hub of Fieldbook: merges what reps' devices send and keeps the sales figures.
///
/// Everything is kept in one data folder. Commands work while a hub serves the same folder. Exit codes:
/// 0 done, 1 the answer is no, 2 usage, 3 cannot reach the hub's data or address, 4 sign in needed.
#[derive(Debug, Parser)]
#[command(
    name = "fieldbook",
    version,
    after_help = "Example:
  fieldbook serve
  fieldbook import org units.csv
  fieldbook user add --name kim --role rep --unit P0001"
)]
struct Cli {
    /// The data folder.
    #[arg(
        long,
        global = true,
        env = "FIELDBOOK_DATA",
        value_name = "DIR",
        default_value = "./fieldbook-data"
    )]
    data: PathBuf,
    /// The database's address, sqlite:FOLDER or postgres://...; remembered in the data folder [default:
    /// SQLite in the data folder]. Others on this machine can read what is typed here: an address with a
    /// password belongs into the variable.
    #[arg(long, global = true, env = "FIELDBOOK_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<String>,
    /// Answer in JSON; errors come as {"error":{"code","message"}} on standard error.
    #[arg(long, global = true)]
    json: bool,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve devices and people until Ctrl-C or SIGTERM.
    Serve(serve::Serve),
    /// Take over CSV files: all of a file or nothing of it.
    #[command(subcommand)]
    Import(import::Import),
    /// The organisation: show it, and order what changes from which day.
    #[command(subcommand)]
    Org(org::Org),
    /// Approve the day of a sale that lies too far back, or show which wait for that.
    Approve(approve::Approve),
    /// Working days and holidays.
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// What units are to reach, and how far they have come.
    #[command(subcommand)]
    Target(target::Target),
    /// Accounts of people.
    #[command(subcommand)]
    User(user::User),
    /// Invite reps: codes that sign their devices in without a password, once each.
    Invite(invite::Invite),
    /// Make the link that makes the first administrator.
    SetupLink(setup_link::SetupLink),
    /// Devices people signed in on.
    #[command(subcommand)]
    Device(device::Device),
    /// The devices, as `device list` shows them.
    #[command(after_help = "Example:
  fieldbook devices --json")]
    Devices,
    /// Sales figures of a range of days.
    Figures(figures::Figures),
    /// Stamp a day's figures: what comes later does not change them.
    CloseDay(closing::CloseDay),
    /// Exceptions to closings: a late rep's entries in a stamp of their own.
    #[command(subcommand)]
    Exception(exception::Exception),
    /// Why two figures of a day differ: the entries that make the difference.
    Explain(closing::Explain),
    /// Who did what: the audit log, and whether it is whole.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Rebuild everything that is derived from the feeds and compare.
    Verify(verify::Verify),
    /// Compact the feeds at once, whatever their age; `serve` does it by and by. Devices that come from far
    /// behind read whole documents then, not every edit.
    Compact(compact::Compact),
    /// Make the views that business intelligence programs read, in the schema `bi` of PostgreSQL.
    Bi(bi::Bi),
    /// Write everything into one file. The hub goes on.
    Backup(backup::BackUp),
    /// Put a backup in the place of the database. The hub must not be serving.
    Restore(backup::Restore),
    /// The keys that everything stored is sealed with.
    #[command(subcommand)]
    Key(key::Key),
    /// A made-up company on a hub of its own, with reps at work: nothing in it is real.
    Demo(demo::Demo),
    /// Show the settings in force.
    Config(config::Show),
    /// A worker of the gate; `serve` starts them.
    #[command(hide = true)]
    GateWorker(gate_worker::GateWorker),
}

/// Runs the command line and gives back its exit code.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(told) if matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            output::say(&told.render().to_string());
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            let json = arguments.iter().any(|argument| argument == "--json");
            return if json {
                output::fail(&Failure::usage(&wrong), json)
            } else {
                output::explain_usage(&wrong)
            };
        }
    };
    if let Command::GateWorker(worker) = &cli.command {
        return worker.run();
    }
    let json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return output::fail(&Failure::of_system(&why), json),
    };
    match runtime.block_on(Box::pin(cli.execute())) {
        Ok(answer) => output::tell(&answer, json),
        Err(failure) => output::fail(&failure, json),
    }
}

impl Cli {
    async fn execute(self) -> Result<Answer, Failure> {
        if !matches!(self.command, Command::Serve(_)) {
            // Commands tell their troubles themselves; the log adds what only a log can say. Programs read one
            // JSON object there: for them it adds the place of a panic alone.
            let filter = if self.json { telemetry::PANICS_ALONE } else { "warn" };
            let quiet = LogConfig { filter: filter.to_owned(), ..LogConfig::default() };
            telemetry::start(&quiet).map_err(|why| Failure::of_system(&why))?;
        }
        Box::pin(self.carry_out()).await
    }

    async fn carry_out(self) -> Result<Answer, Failure> {
        match &self.command {
            Command::Serve(serve) => serve.run(&self).await,
            Command::Import(import) => {
                let content = import.read()?;
                import.run(&self.open(Missing::Create).await?, content).await
            }
            Command::Org(org) => {
                let content = org.read()?;
                org.run(&self.open(Missing::Refuse).await?, content).await
            }
            Command::Approve(approve) => Box::pin(approve.run(&self.open(Missing::Refuse).await?)).await,
            Command::Calendar(calendar) => {
                let content = calendar.read()?;
                calendar.run(&self.open(Missing::Refuse).await?, content).await
            }
            Command::Target(target) => {
                let content = target.read()?;
                target.run(&self.open(Missing::Refuse).await?, content).await
            }
            Command::User(user) => {
                let missing = if user.adds() { Missing::Create } else { Missing::Refuse };
                user.run(&self.open(missing).await?).await
            }
            Command::Invite(invite) => invite.run(&self.open(Missing::Refuse).await?).await,
            Command::SetupLink(link) => link.run(&self.open(Missing::Refuse).await?, &self.data).await,
            Command::Device(device) => device.run(&self.open(Missing::Refuse).await?).await,
            Command::Devices => device::list(&self.open(Missing::Refuse).await?).await,
            Command::Figures(figures) => figures.run(&self.open(Missing::Refuse).await?).await,
            Command::CloseDay(close) => close.run(&self.open(Missing::Refuse).await?).await,
            Command::Exception(exception) => exception.run(&self.open(Missing::Refuse).await?).await,
            Command::Explain(explain) => explain.run(&self.open(Missing::Refuse).await?).await,
            Command::Audit(audit) => audit.run(&self.open(Missing::Refuse).await?).await,
            Command::Verify(verify) => verify.run(&self.open(Missing::Refuse).await?).await,
            Command::Compact(compact) => compact.run(&self.open(Missing::Refuse).await?).await,
            Command::Bi(bi) => bi.run(&self).await,
            Command::Backup(backup) => backup.run(&self).await,
            Command::Restore(restore) => restore.run(&self).await,
            Command::Key(key) => key.run(&self).await,
            Command::Demo(demo) => demo.run(self.json).await,
            Command::Config(show) => show.run(&self).await,
            // It has run before there was a runtime.
            Command::GateWorker(_) => Ok(Answer::silent()),
        }
    }

    async fn open(&self, missing: Missing) -> Result<App<SealedEngine, ThreadGate>, Failure> {
        Ok(App::open(&self.data, self.database.as_deref(), missing).await?)
    }
}
