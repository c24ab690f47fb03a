//! What an answer means that is not the one that was asked for: the same for every way to the hub. Pure.

use serde::Deserialize;
use sync_protocol::{ErrorCode, WireError, decode};

use super::TransportError;

/// The type of the hub's problem JSON (RFC 9457).
pub(super) const PROBLEM: &str = "application/problem+json";
/// Bytes of an error's body that are looked at.
pub(super) const ERROR_BYTES: usize = 4 * 1024;

/// What the hub's problem JSON says; clients decide by its code alone.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

/// A refused exchange, or something else that answered in the hub's place.
pub(super) fn of_exchange(status: u16, cbor: bool, body: &[u8]) -> TransportError {
    let told = cbor.then(|| decode::<WireError>(body, ERROR_BYTES).ok()).flatten();
    told.map_or_else(|| of_status(status), TransportError::Hub)
}

/// A sign-in that was refused for another reason than what was typed, or something else that answered in the hub's
/// place.
pub(super) fn of_sign_in(
    status: u16,
    problem: bool,
    body: &[u8],
    retry_after_s: Option<u32>,
) -> TransportError {
    let told: Option<Problem> = problem.then(|| serde_json::from_slice(body).ok()).flatten();
    match told.and_then(|problem| ErrorCode::of_str(&problem.code)) {
        Some(code) => {
            let retry_after_ms = retry_after_s.map(|seconds| seconds.saturating_mul(1_000));
            TransportError::Hub(WireError { code, retry_after_ms })
        }
        None => of_status(status),
    }
}

/// The same where a code was given in place of a password.
pub(super) fn of_pairing(error: TransportError) -> TransportError {
    match error {
        TransportError::WrongPassword => TransportError::WrongCode,
        other => other,
    }
}

/// An answer that looks like one and is no message: a captive portal's page.
pub(super) fn no_hub() -> TransportError {
    TransportError::NoAnswer("something that is no hub answered".to_owned())
}

/// A status without a message of ours: a proxy's, most likely.
fn of_status(status: u16) -> TransportError {
    let hub = |code| TransportError::Hub(WireError { code, retry_after_ms: None });
    match status {
        401 => hub(ErrorCode::SignInNeeded),
        429 => hub(ErrorCode::SlowDown),
        503 => hub(ErrorCode::Busy),
        _ => TransportError::NoAnswer(format!("status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(code: ErrorCode, retry_after_ms: Option<u32>) -> TransportError {
        TransportError::Hub(WireError { code, retry_after_ms })
    }

    #[test]
    fn the_hubs_own_words_count_and_a_proxys_status_where_there_are_none() {
        let told =
            sync_protocol::encode(&WireError { code: ErrorCode::DeviceRevoked, retry_after_ms: Some(5) });
        assert_eq!(of_exchange(403, true, &told), hub(ErrorCode::DeviceRevoked, Some(5)));
        assert_eq!(of_exchange(503, false, &told), hub(ErrorCode::Busy, None), "not said to be ours");
        assert_eq!(of_exchange(401, true, b"?"), hub(ErrorCode::SignInNeeded, None));
        assert_eq!(of_exchange(502, true, b""), TransportError::NoAnswer("status 502".to_owned()));
    }

    #[test]
    fn a_refused_sign_in_says_what_was_wrong() {
        let body = format!("{{\"code\":\"{}\"}}", ErrorCode::SlowDown.as_str());
        let sign_in = |status, problem| of_sign_in(status, problem, body.as_bytes(), Some(7));
        assert_eq!(of_pairing(TransportError::WrongPassword), TransportError::WrongCode);
        assert_eq!(sign_in(429, true), hub(ErrorCode::SlowDown, Some(7_000)));
        assert_eq!(of_pairing(sign_in(503, false)), hub(ErrorCode::Busy, None));
        assert_eq!(of_sign_in(404, true, b"{}", None), TransportError::NoAnswer("status 404".to_owned()));
    }
}
