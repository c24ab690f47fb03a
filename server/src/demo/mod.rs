//! `fieldbook demo`: a made-up company on a hub of its own, and simulated reps who work on real
//! clients over real HTTP. The only place of the server that uses the client.
//!
//! Pure: [`names`], [`company`], [`script`]. They are run by `stand` (the hub), `field` (the devices),
//! `once` (one day, with checks) and `live` (until Ctrl-C), `phone` beside it; `voice` prints.

mod browser;
pub mod company;
mod field;
mod figures;
mod live;
pub mod names;
mod once;
mod phone;
pub mod script;
mod stand;
mod voice;

use std::net::IpAddr;

use client_sdk::ClientError;
use client_sdk::transport::TransportError;

pub use once::{Check, ClashTold, FieldNumbers, Report};
pub use voice::{Part, Voice};

use crate::app::AppError;
use crate::auth::PasswordError;
use crate::config::ConfigError;
use crate::hub::HubError;
use crate::import::CutOff;
use crate::storage::StorageError;

/// Reps of the company, unless told otherwise.
pub const REPS: usize = 48;
/// What the company is drawn from, unless told otherwise.
pub const SEED: u64 = 1;
/// More reps than this take minutes to make.
pub const MOST_REPS: usize = 5_000;
/// Reps who work, on [`script::DEVICES`] devices each.
pub const REPS_AT_WORK: usize = 6;
/// Days of sales before today.
pub const DAYS: i32 = 30;

/// What demo to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Leave the data folder behind and say where it is.
    pub keep: bool,
    /// Play one day, check it, and end.
    pub once: bool,
    /// With `once`: print no text; the report is for a program.
    pub json: bool,
    /// Show the board in the person's browser, where somebody looks on.
    pub open: bool,
    /// Serve a phone too, at this address of this machine or at the one that it has in its network.
    pub phone: Option<Option<IpAddr>>,
    /// Let two devices of the visitor's rep change the same number first.
    pub conflict: bool,
    /// Reps of the company, 1 to [`MOST_REPS`].
    pub reps: usize,
    /// The company and its day are drawn from it.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: false,
            once: false,
            json: false,
            open: false,
            phone: None,
            conflict: false,
            reps: REPS,
            seed: SEED,
        }
    }
}

/// Why the demo ended early. There is nothing to lose in it.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The options do not fit.
    #[error("{0}")]
    Options(String),
    /// The demo's hub could not be put together or served.
    #[error(transparent)]
    App(#[from] AppError),
    /// The demo's settings are of no use.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The demo's hub could not answer.
    #[error("the demo's hub failed: {0}. Nothing of yours is touched; run the demo again")]
    Hub(#[from] HubError),
    /// The demo's hub could not store.
    #[error("the demo's hub could not store: {0}. Nothing of yours is touched; run the demo again")]
    Storage(#[from] StorageError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A simulated rep's device could not do what the script says.
    #[error("a simulated device failed: {0}. Nothing of yours is touched; run the demo again")]
    Device(#[from] ClientError),
    /// The made-up organisation was not taken.
    #[error("the demo's organisation was not imported: {0}. Nothing of yours is touched; run the demo again")]
    Organisation(String),
    /// The temporary folder, standard output or signals.
    #[error("the system refused: {0}. Nothing of yours is touched; put it right and run the demo again")]
    System(#[from] std::io::Error),
}

impl From<CutOff> for DemoError {
    fn from(why: CutOff) -> Self {
        match why {
            CutOff::Before(error) | CutOff::Between(error) => Self::Hub(error),
            CutOff::Changed => Self::Organisation(why.to_string()),
        }
    }
}

impl From<TransportError> for DemoError {
    fn from(error: TransportError) -> Self {
        Self::Device(error.into())
    }
}

impl DemoError {
    /// The stable code programs decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Options(_) => "DEMO-OPTIONS",
            Self::App(error) => error.code(),
            Self::Config(_) => "HUB-CONFIG",
            Self::Hub(error) => error.code().as_str(),
            Self::Storage(_) => "HUB-STORAGE",
            Self::Password(_) => "DEMO-PASSWORD",
            Self::Device(_) => "DEMO-DEVICE",
            Self::Organisation(_) => "DEMO-ORGANISATION",
            Self::System(_) => "DEMO-SYSTEM",
        }
    }
}

/// Gives the demo on standard output, `json` keeping all text back; with `once` also gives back what
/// was done and checked.
pub async fn run(options: &Options) -> Result<Option<Report>, DemoError> {
    if !(1..=MOST_REPS).contains(&options.reps) {
        let words = format!("--reps {} is not between 1 and {MOST_REPS}. Nothing was started", options.reps);
        return Err(DemoError::Options(words));
    }
    if options.json && !options.once {
        return Err(DemoError::Options("--json goes with --once. Nothing was started".to_owned()));
    }
    let mut voice = Voice::new(Box::new(std::io::stdout()), options.json);
    if !options.once {
        Box::pin(live::live(options, &mut voice)).await?;
        return Ok(None);
    }
    Ok(Some(Box::pin(once::once(options, &mut voice)).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_small_demo_holds_all_its_checks() {
        let options = Options { once: true, reps: 2, ..Options::default() };
        let mut voice = Voice::new(Box::new(std::io::sink()), false);
        let report = once::once(&options, &mut voice).await.unwrap();
        assert!(report.ok, "{:?}", report.checks);
        assert_eq!(report.data, None, "the folder is gone");
    }

    #[tokio::test]
    async fn options_that_do_not_fit_start_nothing() {
        for (reps, json) in [(0, false), (MOST_REPS + 1, false), (1, true)] {
            let refused = run(&Options { reps, json, ..Options::default() }).await;
            assert!(matches!(refused, Err(DemoError::Options(_))));
        }
    }
}
