//! Failures of commands: an exit code, a stable code, a sentence.

use std::fmt::Display;

use serde::Serialize;

use crate::app::{AppError, StorageTrouble};
use crate::auth::PasswordError;
use crate::config::ConfigError;
use crate::hub::HubError;
use crate::storage::StorageError;

/// How a command ends when it did not do what it was asked. 4 (sign in needed) is the devices' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The answer is no: an unknown name, a difference found, a file refused.
    No = 1,
    /// The command was not understood, or cannot be used like this.
    Usage = 2,
    /// The hub's data or its address cannot be reached.
    Unreachable = 3,
}

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Failure {
    #[serde(skip)]
    pub(super) exit: Exit,
    /// The stable code programs decide by.
    pub(super) code: &'static str,
    /// What happened, what is safe, what to do.
    pub(super) message: String,
}

impl Failure {
    /// The answer is no, and nothing was changed: what happened, and what to do.
    pub(super) fn no(code: &'static str, what: impl Display, to_do: impl Display) -> Self {
        Self::told(Exit::No, code, what, "Nothing was changed", to_do)
    }

    /// The command cannot be used like this, and nothing was changed: what happened, and what to do.
    pub(super) fn misused(code: &'static str, what: impl Display, to_do: impl Display) -> Self {
        Self::told(Exit::Usage, code, what, "Nothing was changed", to_do)
    }

    /// Three sentences: what happened, what is safe, what to do.
    pub(super) fn told(
        exit: Exit,
        code: &'static str,
        what: impl Display,
        safe: impl Display,
        to_do: impl Display,
    ) -> Self {
        Self { exit, code, message: format!("{what}. {safe}. {to_do}") }
    }

    /// The arguments were not understood.
    pub(super) fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let words: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
        let words = words.join(" ");
        Self::misused("USAGE", words.strip_prefix("error: ").unwrap_or(&words), "See --help")
    }

    /// The machine does not give what a command needs.
    pub(super) fn of_system(why: &dyn std::error::Error) -> Self {
        let to_do = "Put right what the system names, then try again";
        Self::told(Exit::Unreachable, "SYSTEM", why, "Nothing was changed", to_do)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match error {
            AppError::Database(_) | AppError::Config(_) | AppError::Listen(_) | AppError::Tls { .. } => {
                Exit::Usage
            }
            AppError::BackupExists(_) | AppError::NoBackup { .. } | AppError::NotEmpty { .. } => Exit::No,
            AppError::NoFolder(_)
            | AppError::Unusable { .. }
            | AppError::Secret { .. }
            | AppError::MasterKeys(_)
            | AppError::DatabaseGone(_)
            | AppError::Storage(_)
            | AppError::Gate(_)
            | AppError::PortTaken { .. }
            | AppError::Serve(_) => Exit::Unreachable,
        };
        Self { exit, code: error.code(), message: error.to_string() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        AppError::from(error).into()
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let trouble = StorageTrouble::from(error);
        Self { exit: Exit::Unreachable, code: trouble.code(), message: trouble.to_string() }
    }
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Storage(error) => error.into(),
            HubError::Gate(down) => AppError::from(down).into(),
            HubError::DeviceRevoked | HubError::NotAllowed => {
                Self::no(error.code().as_str(), error, "Ask for what this account may see")
            }
        }
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        Self::no("USER-PASSWORD", error, "Choose another password")
    }
}
