//! The audit log: who did what, when, and whether it was allowed. Pure: facts, their chain, and filters.
//!
//! Rows are only ever appended. Each carries a hash over its number, the hash of the row before and its content,
//! so a row that is altered, removed or moved shows; a cut end shows by the head that is signed outside the
//! database with the ends of the ledgers. Nothing of a customer is in it, and no password or token.

mod action;
mod chain;
mod filter;

pub use action::AuditAction;
pub use chain::{AuditWalk, chained};
pub use filter::AuditFilter;

use document_model::{DeviceId, Moment};
use sync_protocol::FeedChain;

use crate::auth::Principal;

/// The user that the command line writes as. No account can be called so by mistake: it is shown in brackets.
pub const COMMAND_LINE: &str = "(command line)";
/// The name that stamps of commands carry.
const COMMAND_STAMP: &str = "command line";
/// Characters of an object, a detail or a name; what is longer is cut off.
const TEXT_CHARACTERS: usize = 300;

/// Who does something: an account on a device, or whoever holds the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The account's name.
    pub user: String,
    /// The device, where it is one.
    pub device: Option<DeviceId>,
}

impl By {
    /// Whoever holds the data folder.
    #[must_use]
    pub fn command_line() -> Self {
        Self { user: COMMAND_LINE.to_owned(), device: None }
    }

    /// The name that stamps and records carry.
    #[must_use]
    pub fn stamp(&self) -> &str {
        if self.user == COMMAND_LINE { COMMAND_STAMP } else { &self.user }
    }

    /// What is done now, and was done.
    #[must_use]
    pub fn did(&self, action: AuditAction, object: impl Into<String>, now: Moment) -> AuditFact {
        AuditFact {
            at_ms: now.0,
            user: shown(&self.user),
            device: self.device,
            action: action.as_str().to_owned(),
            object: shown(&object.into()),
            outcome: AuditOutcome::Done,
            detail: None,
        }
    }
}

impl From<&Principal> for By {
    fn from(principal: &Principal) -> Self {
        Self { user: principal.user.clone(), device: Some(principal.device) }
    }
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was not allowed, and nothing was done.
    Refused,
}

impl AuditOutcome {
    /// The word people use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// What is to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFact {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// The account's name; empty where a sign-in named none that there is: what was typed could be a password.
    pub user: String,
    /// The device, where it is one.
    pub device: Option<DeviceId>,
    /// What was done; one of [`AuditAction`], or a word of a newer version.
    pub action: String,
    /// To what: a name, a code, a day.
    pub object: String,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// What else there is to say.
    pub detail: Option<String>,
}

impl AuditFact {
    /// The same, as not allowed.
    #[must_use]
    pub fn refused(self) -> Self {
        Self { outcome: AuditOutcome::Refused, ..self }
    }

    /// The same, with more to say.
    #[must_use]
    pub fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(shown(&detail.into())).filter(|detail| !detail.is_empty()), ..self }
    }
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number: 1, 2, 3...
    pub number: u64,
    /// What was noted.
    pub fact: AuditFact,
    /// The hash over all rows up to this one.
    pub chain: FeedChain,
}

/// A text as it is kept: on one line, of bounded length, with nothing that could steer a terminal.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(TEXT_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_on_one_line_and_bounded() {
        let by = By { user: "kim\u{1b}[2J".to_owned(), device: None };
        let fact = by.did(AuditAction::AccountAdd, "x".repeat(1_000), Moment(7)).with("a\nb");
        assert_eq!((fact.user.as_str(), fact.object.len()), ("kim [2J", TEXT_CHARACTERS));
        assert_eq!((fact.detail.as_deref(), fact.outcome), (Some("a b"), AuditOutcome::Done));
        assert_eq!(fact.clone().with("").detail, None);
        assert_eq!(AuditOutcome::of_str(fact.refused().outcome.as_str()), Some(AuditOutcome::Refused));
    }
}
