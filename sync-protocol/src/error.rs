//! The closed set of errors on the wire. Each says what a client must do; none drops work.

use std::fmt;

use minicbor::{Decode, Encode};

/// Why a whole exchange failed. The number travels and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorCode {
    /// The bytes are no message of this protocol.
    #[n(1)]
    Malformed,
    /// A limit of the wire was exceeded.
    #[n(2)]
    TooLarge,
    /// The hub does not speak this protocol version any more, or not yet.
    #[n(3)]
    UpgradeNeeded,
    /// No valid access token.
    #[n(4)]
    SignInNeeded,
    /// The device was revoked; whatever it has not sent stays in its outbox.
    #[n(5)]
    DeviceRevoked,
    /// The signed-in person may not do this.
    #[n(6)]
    NotAllowed,
    /// The hub cannot take work right now.
    #[n(7)]
    Busy,
    /// The hub cannot store durably right now; nothing was acknowledged.
    #[n(8)]
    StorageFailed,
    /// A fault of the hub. Nothing was acknowledged.
    #[n(9)]
    Internal,
    /// Too many requests from this device.
    #[n(10)]
    SlowDown,
}

/// What a client does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Try again later by itself.
    Retry,
    /// Pause until the person signs in.
    SignIn,
    /// Tell the person that a newer version is needed.
    Upgrade,
    /// Show a person; trying again by itself will not help.
    ShowPerson,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::Malformed,
        Self::TooLarge,
        Self::UpgradeNeeded,
        Self::SignInNeeded,
        Self::DeviceRevoked,
        Self::NotAllowed,
        Self::Busy,
        Self::StorageFailed,
        Self::Internal,
        Self::SlowDown,
    ];

    /// The stable code people and programs see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "SYNC-MALFORMED",
            Self::TooLarge => "SYNC-TOO-LARGE",
            Self::UpgradeNeeded => "SYNC-UPGRADE",
            Self::SignInNeeded => "SYNC-SIGN-IN",
            Self::DeviceRevoked => "SYNC-DEVICE-REVOKED",
            Self::NotAllowed => "SYNC-NOT-ALLOWED",
            Self::Busy => "SYNC-BUSY",
            Self::StorageFailed => "SYNC-STORAGE",
            Self::Internal => "SYNC-INTERNAL",
            Self::SlowDown => "SYNC-SLOW-DOWN",
        }
    }

    /// The error of a stable code; `None` for codes that are not the wire's.
    #[must_use]
    pub fn of_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// True when the hub says this before it looks at any edit: nothing of the request was stored. After
    /// the others, some of it may have been.
    #[must_use]
    pub fn before_any_edit(self) -> bool {
        !matches!(self, Self::Busy | Self::StorageFailed | Self::Internal)
    }

    /// What the client does.
    #[must_use]
    pub fn advice(self) -> Advice {
        match self {
            Self::Busy | Self::StorageFailed | Self::Internal | Self::SlowDown => Advice::Retry,
            Self::SignInNeeded => Advice::SignIn,
            Self::UpgradeNeeded => Advice::Upgrade,
            Self::Malformed | Self::TooLarge | Self::DeviceRevoked | Self::NotAllowed => Advice::ShowPerson,
        }
    }

    /// The HTTP status that carries it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::SignInNeeded => 401,
            Self::DeviceRevoked | Self::NotAllowed => 403,
            Self::TooLarge => 413,
            Self::UpgradeNeeded => 426,
            Self::SlowDown => 429,
            Self::Internal => 500,
            Self::Busy | Self::StorageFailed => 503,
        }
    }

    /// What happened, in plain words.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::Malformed => "the hub could not read the message",
            Self::TooLarge => "the message is larger than the hub takes",
            Self::UpgradeNeeded => "this version is too old for the hub",
            Self::SignInNeeded => "the sign-in has ended",
            Self::DeviceRevoked => "an administrator revoked this device",
            Self::NotAllowed => "this account may not do that",
            Self::Busy => "the hub is busy",
            Self::StorageFailed => "the hub cannot store anything right now",
            Self::Internal => "the hub had a fault",
            Self::SlowDown => "this device asked too often",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.explain(), self.as_str())
    }
}

/// The body of every error response of the sync route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct WireError {
    /// What went wrong.
    #[n(0)]
    pub code: ErrorCode,
    /// Milliseconds after which to try again, where that helps.
    #[n(1)]
    pub retry_after_ms: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_distinct_and_speaks() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        for (index, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(minicbor::to_vec(code).expect("encodes"), [index as u8 + 1]);
            assert_eq!(ErrorCode::of_str(code.as_str()), Some(code));
            assert!((400..600).contains(&code.status()));
        }
        assert_eq!(ErrorCode::SignInNeeded.advice(), Advice::SignIn);
    }
}
