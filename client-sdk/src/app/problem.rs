//! Why a call could not be done, for the pages: a stable code, words for a log, whether to try again.

use serde::Serialize;
use sync_protocol::Advice;

use crate::ClientError;
use crate::engine::EngineError;
use crate::store::StoreError;
use crate::transport::TransportError;

/// What a call that could not be done answers. The pages have words of their own for each code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallProblem {
    /// A stable code; never reused.
    pub code: String,
    /// What happened, what is safe, what to do.
    pub message: String,
    /// Whether the same call may succeed later by itself.
    pub retry: bool,
}

impl CallProblem {
    /// A problem of this code.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>, retry: bool) -> Self {
        Self { code: code.to_owned(), message: message.into(), retry }
    }

    /// What a client's error is for the pages.
    #[must_use]
    pub fn of(error: &ClientError) -> Self {
        let (code, retry) = match error {
            ClientError::NotSignedIn => ("NOT-PAIRED", false),
            ClientError::SignInNeeded => ("SIGN-IN-NEEDED", false),
            ClientError::Unknown(_) => ("UNKNOWN", false),
            ClientError::Store(error) => {
                (error.code(), matches!(error, StoreError::Full | StoreError::Locked))
            }
            ClientError::Engine(error) => (engine_code(error), false),
            ClientError::Transport(TransportError::Hub(error)) => {
                (error.code.as_str(), error.code.advice() == Advice::Retry)
            }
            ClientError::Transport(TransportError::Unreachable(_)) => ("OFFLINE", true),
            ClientError::Transport(TransportError::NoAnswer(_)) => ("NO-ANSWER", true),
            ClientError::Transport(TransportError::WrongPassword) => ("WRONG-PASSWORD", false),
            ClientError::Transport(TransportError::WrongCode) => ("PAIR-CODE-WRONG", false),
        };
        Self::new(code, error.to_string(), retry)
    }

    pub(super) fn misread(call: &str, error: &serde_json::Error) -> Self {
        let message =
            format!("the call {call} could not be read ({error}); nothing was changed; report this");
        Self::new("BAD-CALL", message, false)
    }

    pub(super) fn unknown_call(call: &str) -> Self {
        Self::new(
            "BAD-CALL",
            format!("there is no call {call}; nothing was changed; load the page again"),
            false,
        )
    }

    pub(super) fn gone_undo() -> Self {
        let message = "this edit cannot be taken back any more; nothing was changed; edit the record instead";
        Self::new("UNDO-GONE", message, false)
    }

    pub(super) fn bad_value(what: &str) -> Self {
        Self::new("BAD-VALUE", format!("{what}; nothing was changed; correct it and save again"), false)
    }
}

impl From<ClientError> for CallProblem {
    fn from(error: ClientError) -> Self {
        Self::of(&error)
    }
}

impl From<StoreError> for CallProblem {
    fn from(error: StoreError) -> Self {
        Self::of(&error.into())
    }
}

impl From<EngineError> for CallProblem {
    fn from(error: EngineError) -> Self {
        Self::of(&error.into())
    }
}

fn engine_code(error: &EngineError) -> &'static str {
    match error {
        EngineError::UnknownDocument => "UNKNOWN",
        EngineError::DayToCome => "DAY-TO-COME",
        EngineError::TooManyDays => "TOO-MANY-DAYS",
        EngineError::ReadOnly => "READ-ONLY",
        EngineError::Edit(_) => "BAD-VALUE",
        EngineError::Damaged(_) => "STORE-DAMAGED",
        EngineError::Answer(_) => "NO-ANSWER",
        EngineError::NoBook => "NO-BOOK",
    }
}

impl ClientError {
    /// Whether the hub was not reached: what waits goes out by itself.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Transport(TransportError::Unreachable(_) | TransportError::NoAnswer(_)))
    }

    /// Whether trying again does not help: the store, the version, or the account.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::Transport(TransportError::Hub(error)) => {
                matches!(error.code.advice(), Advice::Upgrade | Advice::ShowPerson)
            }
            _ => false,
        }
    }
}
