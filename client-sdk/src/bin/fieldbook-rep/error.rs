//! The error voice: what happened, what is safe, what to do, and a code that never changes.

use std::fmt::Display;

use client_sdk::ClientError;
use client_sdk::engine::EngineError;
use client_sdk::store::StoreError;
use client_sdk::transport::TransportError;
use document_model::EditError;
use serde_json::{Value, json};
use sync_protocol::{Advice, ErrorCode, WireError};

/// What the exit code says. Other programs rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer is no.
    No = 1,
    /// The command line, or something typed on it, cannot be read.
    Usage = 2,
    /// The hub was not reached, or cannot take work now.
    Unreachable = 3,
    /// Somebody has to sign in first.
    SignIn = 4,
}

/// Why a command did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// The stable code.
    pub(crate) code: &'static str,
    /// What happened, what is safe, what to do.
    pub(crate) message: String,
}

impl Failure {
    /// A failure in words of its own.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into() }
    }

    /// The command line cannot be read.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, "USAGE", format!("{message}; nothing was changed; see --help"))
    }

    /// An answer to a question cannot be used.
    pub(crate) fn mistyped(message: impl Display) -> Self {
        Self::new(Exit::Usage, "USAGE", format!("{message}; nothing was changed; try again"))
    }

    /// Nobody signed in on this store yet.
    pub(crate) fn not_signed_in() -> Self {
        let message = "nobody has signed in here yet; nothing was changed; \
            sign in first: fieldbook-rep login --server URL --user NAME";
        Self::new(Exit::SignIn, "SIGN-IN-NONE", message)
    }

    /// The sign-in has ended.
    fn sign_in_ended() -> Self {
        let message = "the sign-in has ended; your work is safe on this device and nothing is lost; \
            sign in again to send and receive: fieldbook-rep login --server URL --user NAME";
        Self::new(Exit::SignIn, "SIGN-IN-EXPIRED", message)
    }

    /// There is no document with this id among those of the device.
    pub(crate) fn unknown(what: &str, id: &str) -> Self {
        let message = format!(
            "there is no {what} {id:?} on this device; nothing was changed; \
             `fieldbook-rep {} list` shows the ids",
            if what == "tray item" { "tray" } else { what }
        );
        Self::new(Exit::No, "UNKNOWN-ID", message)
    }

    /// What a failed sign-in means; nothing has been stored.
    pub(crate) fn of_sign_in(error: ClientError) -> Self {
        match error {
            ClientError::Transport(TransportError::WrongPassword) => Self::new(
                Exit::No,
                "SIGN-IN-WRONG",
                "the name or the password is wrong, or the account is closed; nothing was changed; \
                 try again, or ask an administrator for a new password",
            ),
            ClientError::Transport(TransportError::WrongCode) => Self::new(
                Exit::No,
                "PAIR-CODE-WRONG",
                "the code is wrong, was used or has ended, or is not for whose records these are; nothing was \
                 changed; try again, or ask an administrator for a new code",
            ),
            ClientError::Transport(TransportError::Hub(WireError {
                code: ErrorCode::DeviceRevoked, ..
            })) => Self::new(
                Exit::No,
                "SIGN-IN-REFUSED",
                "the hub does not let this account sign in; what is on this device is untouched; ask an administrator",
            ),
            ClientError::Transport(TransportError::Hub(error)) => of_hub(&error, &SIGNING_IN),
            ClientError::Transport(TransportError::Unreachable(why)) => Self::new(
                Exit::Unreachable,
                "SYNC-UNREACHABLE",
                format!(
                    "cannot reach the hub ({why}); nothing was changed; \
                     check the address and the network, then sign in again"
                ),
            ),
            ClientError::Transport(TransportError::NoAnswer(why)) => Self::new(
                Exit::Unreachable,
                "SYNC-NO-ANSWER",
                format!(
                    "no answer from the hub ({why}); nothing was changed on this device; \
                     check the address, then sign in again"
                ),
            ),
            other => other.into(),
        }
    }

    /// As programs read it.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message } })
    }

    /// As people read it.
    pub(crate) fn to_text(&self) -> String {
        format!("error: {} ({})", self.message, self.code)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotSignedIn => Self::not_signed_in(),
            ClientError::SignInNeeded
            | ClientError::Transport(TransportError::WrongPassword | TransportError::WrongCode) => {
                Self::sign_in_ended()
            }
            ClientError::Store(error) => error.into(),
            ClientError::Engine(error) => error.into(),
            ClientError::Transport(TransportError::Unreachable(why)) => Self::new(
                Exit::Unreachable,
                "SYNC-UNREACHABLE",
                format!(
                    "cannot reach the hub ({why}); your work is safe on this device; \
                     run `fieldbook-rep sync` again when there is a network"
                ),
            ),
            ClientError::Transport(TransportError::NoAnswer(why)) => Self::new(
                Exit::Unreachable,
                "SYNC-NO-ANSWER",
                format!(
                    "no answer from the hub ({why}); your work is safe on this device, and sending it twice \
                     does no harm; run `fieldbook-rep sync` again"
                ),
            ),
            ClientError::Transport(TransportError::Hub(error)) => of_hub(&error, &SYNCING),
            ClientError::Unknown(what) => Self::new(
                Exit::No,
                "UNKNOWN-ID",
                format!(
                    "there is no such {what} on this device; nothing was changed; the lists show the ids"
                ),
            ),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::No, error.code(), error.to_string())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let no = |code, message| Self::new(Exit::No, code, message);
        match error {
            EngineError::UnknownDocument => no(
                "UNKNOWN-ID",
                "there is no such document in your books; nothing was changed; the lists show the ids"
                    .to_owned(),
            ),
            EngineError::ReadOnly => no(
                "READ-ONLY",
                "only headquarters changes this; nothing was changed; ask headquarters for the change"
                    .to_owned(),
            ),
            EngineError::Edit(error) => error.into(),
            EngineError::Damaged(what) => no(
                "DOCUMENT-DAMAGED",
                format!(
                    "a stored document cannot be read ({what}); the others are untouched and nothing was changed; \
                     keep the folder and ask for help"
                ),
            ),
            EngineError::Answer(what) => no(
                "SYNC-ANSWER",
                format!(
                    "the hub's answer does not fit the question ({what}); your work is safe on this device; \
                     try again, and report it if it stays so"
                ),
            ),
            EngineError::DayToCome => no("DAY-TO-COME", error.to_string()),
            EngineError::TooManyDays => no("DAYS-WAITING", error.to_string()),
            EngineError::NoBook => no(
                "NO-BOOK",
                "no book has arrived on this device yet; nothing was changed; \
                 run `fieldbook-rep sync` once before the first edit"
                    .to_owned(),
            ),
        }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let (exit, code) = match &error {
            EditError::UnknownField(_) => (Exit::Usage, "UNKNOWN-FIELD"),
            EditError::WrongType { .. } => (Exit::Usage, "WRONG-TYPE"),
            EditError::TooLarge { .. } | EditError::TooMuch => (Exit::No, "TOO-LARGE"),
            EditError::NotPossible(_) => (Exit::No, "NOT-POSSIBLE"),
            EditError::Engine(_) | EditError::StreamPast => (Exit::No, "EDIT-FAILED"),
        };
        Self::new(exit, code, format!("{error}; nothing was changed; correct it and try again"))
    }
}

/// What somebody was doing when the hub said no.
struct Doing {
    safe: &'static str,
    again: &'static str,
}

const SYNCING: Doing =
    Doing { safe: "your work is safe on this device", again: "run `fieldbook-rep sync` again" };
const SIGNING_IN: Doing = Doing { safe: "nothing was changed on this device", again: "sign in again" };

/// What the hub's no means to a person, and whether trying again helps.
fn of_hub(error: &WireError, doing: &Doing) -> Failure {
    let code = error.code;
    let Doing { safe, again } = doing;
    let (exit, to_do) = match (code, code.advice()) {
        (ErrorCode::DeviceRevoked, _) => (Exit::No, "ask an administrator before you go on".to_owned()),
        (_, Advice::SignIn) => return Failure::sign_in_ended(),
        (_, Advice::Retry) => {
            let wait = error.retry_after_ms.map_or(60, |ms| ms.div_ceil(1000));
            (Exit::Unreachable, format!("{again} in {wait} seconds"))
        }
        (_, Advice::Upgrade) => (Exit::No, format!("update this program, then {again}")),
        (_, Advice::ShowPerson) => (Exit::No, "show this message to an administrator".to_owned()),
    };
    Failure::new(exit, code.as_str(), format!("{}; {safe}; {to_do}", code.explain()))
}

/// Why edits wait in the tray, in words.
pub(crate) fn tray_reason(code: &str) -> &str {
    match code {
        "not_yours" => "the record is in none of the books you may write",
        "headquarters_only" => "only headquarters changes this record",
        "too_large" => "the record or the edit is too large",
        "malformed" => "the hub could not read the edit",
        "foreign_actor" => "the edit came from a copy of this device",
        "not_permitted" => "the edit does something the hub does not permit",
        "wrong_kind" => "the record is of another kind at the hub",
        "erased" => "the record was erased",
        "left_your_books" => "the record left your books",
        "new_lineage" => "the record was begun anew at the hub",
        "held_for_review" => "the hub holds the edit for review",
        "lost_by_hub" => "the hub was put back to an older copy and cannot take the edit back",
        "lost_its_place" => "the state the edit was made on is gone",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(code: ErrorCode) -> Failure {
        ClientError::Transport(TransportError::Hub(WireError { code, retry_after_ms: None })).into()
    }

    #[test]
    fn what_a_person_must_tell_apart_has_codes_apart() {
        let what = String::from("x");
        let all: Vec<Failure> = vec![
            StoreError::Locked.into(),
            StoreError::Damaged { what: what.clone() }.into(),
            StoreError::WrongKey.into(),
            StoreError::Unwritable { what }.into(),
            Failure::of_sign_in(TransportError::WrongPassword.into()),
            Failure::of_sign_in(TransportError::WrongCode.into()),
            ClientError::SignInNeeded.into(),
            ClientError::NotSignedIn.into(),
            hub(ErrorCode::UpgradeNeeded),
            hub(ErrorCode::DeviceRevoked),
            ClientError::Transport(TransportError::Unreachable("refused".into())).into(),
            ClientError::Transport(TransportError::NoAnswer("cut off".into())).into(),
            EngineError::NoBook.into(),
            EngineError::ReadOnly.into(),
            Failure::unknown("customer", "7"),
            Failure::usage("what"),
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(|failure| failure.code).collect();
        assert_eq!(codes.len(), all.len());
        for failure in &all {
            assert!(failure.message.matches(';').count() >= 2, "happened; safe; to do: {}", failure.message);
            assert!(failure.to_text().ends_with(&format!("({})", failure.code)));
        }
    }

    #[test]
    fn exit_codes_say_what_to_do_next() {
        assert_eq!(hub(ErrorCode::Busy).exit, Exit::Unreachable);
        assert_eq!(hub(ErrorCode::Internal).exit, Exit::Unreachable);
        assert_eq!(hub(ErrorCode::SignInNeeded).exit, Exit::SignIn);
        assert_eq!(hub(ErrorCode::UpgradeNeeded).exit, Exit::No);
        assert_eq!(Failure::from(ClientError::NotSignedIn).exit, Exit::SignIn);
        assert_eq!(Failure::from(EngineError::UnknownDocument).exit, Exit::No);
        assert_eq!(Failure::from(EditError::UnknownField("x".into())).exit, Exit::Usage);
        assert_eq!(Exit::Unreachable as u8, 3);
    }

    #[test]
    fn who_signs_in_is_told_to_sign_in_again() {
        let busy = WireError { code: ErrorCode::Busy, retry_after_ms: Some(1_500) };
        let failure = Failure::of_sign_in(TransportError::Hub(busy).into());
        assert_eq!((failure.exit, failure.code), (Exit::Unreachable, "SYNC-BUSY"));
        assert!(failure.message.ends_with("sign in again in 2 seconds"), "{}", failure.message);
    }

    #[test]
    fn programs_get_code_and_message() {
        let failure = Failure::unknown("customer", "7");
        assert_eq!(failure.to_json()["error"]["code"], "UNKNOWN-ID");
        assert_eq!(failure.to_json()["error"]["message"], failure.message);
    }

    #[test]
    fn every_refusal_of_the_hub_has_words() {
        for number in 1..=8_u8 {
            let code: sync_protocol::RefusalCode = minicbor::decode(&[number]).unwrap();
            assert_ne!(tray_reason(code.as_str()), code.as_str());
        }
        assert_eq!(tray_reason("something_newer"), "something_newer");
    }
}
