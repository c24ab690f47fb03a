//! `fieldbook demo`.

use std::net::IpAddr;

use clap::Args;

use super::error::{Exit, Failure};
use super::output::Answer;
use crate::demo::{self, DemoError, Options};

/// A made-up company on a hub of its own.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook demo
  fieldbook demo --phone
  fieldbook demo --once --json

The demo has a data folder of its own; --data and --database are not looked at.")]
pub(super) struct Demo {
    /// Leave the demo's data folder behind and say where it is.
    #[arg(long)]
    keep: bool,
    /// Play one day on several devices, check everything, and end: 0 when all checks hold, else 1.
    #[arg(long)]
    once: bool,
    /// Open no browser. One is opened only where a person looks on.
    #[arg(long)]
    no_open: bool,
    /// Let a phone in the same network be the rep: shows a QR code, serves by TLS at this machine's ADDRESS there.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, conflicts_with = "once")]
    phone: Option<Option<IpAddr>>,
    /// Let two devices of one rep change the same phone number: as the sales rep, you choose.
    #[arg(long, conflicts_with = "once")]
    conflict: bool,
    /// Reps of the company.
    #[arg(long, value_name = "N", default_value_t = demo::REPS)]
    reps: usize,
    /// The same number makes the same company.
    #[arg(long, value_name = "N", default_value_t = demo::SEED)]
    seed: u64,
}

impl Demo {
    pub(super) async fn run(&self, json: bool) -> Result<Answer, Failure> {
        let Self { keep, once, no_open, phone, conflict, reps, seed } = *self;
        let Some(report) =
            demo::run(&Options { keep, once, json, open: !no_open, phone, conflict, reps, seed }).await?
        else {
            return Ok(Answer::silent());
        };
        let answer = Answer::new("", &report)?;
        if report.ok {
            return Ok(answer);
        }
        let failed: Vec<_> =
            report.checks.iter().filter(|check| !check.held).map(|check| check.what).collect();
        let what = format!("this must hold and does not: {}", failed.join("; "));
        let (safe, to_do) =
            ("Nothing of yours is touched", "Run it again with --keep and report what it says");
        Ok(answer.but(Failure::told(Exit::No, "DEMO-CHECKS", what, safe, to_do)))
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Options(_) => Self::misused(error.code(), error, "See `fieldbook demo --help`"),
            DemoError::App(error) => error.into(),
            DemoError::Config(error) => error.into(),
            DemoError::Hub(error) => error.into(),
            DemoError::Storage(error) => error.into(),
            DemoError::Password(error) => error.into(),
            DemoError::Device(_) | DemoError::Organisation(_) | DemoError::System(_) => {
                Self { exit: Exit::Unreachable, code: error.code(), message: error.to_string() }
            }
        }
    }
}
