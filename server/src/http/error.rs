//! Failures on HTTP: the one mapping, and the two forms they are told in.
//!
//! Handlers and layers answer with an [`ApiError`] or a bare status; [`tell`] gives it its body: a CBOR
//! `WireError` on the sync route, RFC 9457 problem JSON everywhere else. What went wrong inside is
//! logged here and never told.

use std::collections::BTreeMap;
use std::fmt::Display;

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sync_protocol::{Advice, ErrorCode, WireError, encode, http};
use utoipa::openapi::{self, Content, Ref, RefOr};
use utoipa::{IntoResponses, ToSchema};

use crate::app::StorageTrouble;
use crate::auth::AuthError;
use crate::hub::HubError;
use crate::storage::StorageError;

/// The media type of problems (RFC 9457).
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const CBOR: HeaderValue = HeaderValue::from_static(http::MEDIA_TYPE);
/// When to try again where the hub is only busy.
const BUSY_RETRY_MS: u32 = 2_000;
/// When to try again where a person must do something about the hub first.
const STORAGE_RETRY_MS: u32 = 30_000;

/// Why a request was not answered with what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// One of the wire's errors.
    Wire(ErrorCode),
    /// Too many requests: come again after so many milliseconds.
    SlowDown(u32),
    /// Name or password are wrong, or the account is closed.
    WrongPassword,
    /// The pairing code is wrong, was used or has ended, or is another person's.
    WrongCode,
    /// The hub could not take an edit now.
    NotReady(Cause),
    /// A question that cannot be answered as it is put, in words for the one who put it.
    Question(String),
    /// What was asked for is refused, for a reason of its own.
    Refused(Refusal),
    /// There is no such route.
    NotFound,
    /// The route does not take this method.
    Method,
    /// The route does not take a body of this type or encoding.
    MediaType,
}

/// Why something is refused: what happened, and what to do. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    what: String,
    to_do: String,
}

impl Refusal {
    /// It cannot be done as it is asked.
    pub(super) fn bad(code: &'static str, what: impl Display, to_do: impl Into<String>) -> ApiError {
        Self::told(StatusCode::BAD_REQUEST, code, what, to_do)
    }

    /// There is nothing of that name.
    pub(super) fn absent(code: &'static str, what: impl Display, to_do: impl Into<String>) -> ApiError {
        Self::told(StatusCode::NOT_FOUND, code, what, to_do)
    }

    /// It does not fit what is there by now.
    pub(super) fn conflict(code: &'static str, what: impl Display, to_do: impl Into<String>) -> ApiError {
        Self::told(StatusCode::CONFLICT, code, what, to_do)
    }

    /// Who asks is not known to be allowed to.
    pub(super) fn unknown(code: &'static str, what: impl Display, to_do: impl Into<String>) -> ApiError {
        Self::told(StatusCode::UNAUTHORIZED, code, what, to_do)
    }

    /// The hub itself is not in order.
    pub(super) fn broken(code: &'static str, what: impl Display, to_do: impl Into<String>) -> ApiError {
        Self::told(StatusCode::INTERNAL_SERVER_ERROR, code, what, to_do)
    }

    fn told(
        status: StatusCode,
        code: &'static str,
        what: impl Display,
        to_do: impl Into<String>,
    ) -> ApiError {
        ApiError::Refused(Self { status, code, what: what.to_string(), to_do: to_do.into() })
    }
}

/// Why a hub could not take an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The stable code, as the program itself gives when it cannot start for the same reason.
    code: &'static str,
    what: &'static str,
}

impl Cause {
    /// No edit can be judged.
    pub(super) const GATE: Self = Self { code: "HUB-GATE", what: "no gate worker can be started" };

    /// The storage's trouble, without what its engine says of it.
    pub(super) fn of(error: StorageError) -> Self {
        let trouble = StorageTrouble::from(error);
        Self { code: trouble.code(), what: trouble.kind() }
    }

    /// What it is.
    pub(super) fn in_words(self) -> &'static str {
        self.what
    }
}

impl ApiError {
    pub(super) fn internal() -> Self {
        Self::Wire(ErrorCode::Internal)
    }

    /// The status that carries it.
    fn status(&self) -> StatusCode {
        match self {
            Self::Wire(code) => {
                StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::SlowDown(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongPassword | Self::WrongCode => StatusCode::UNAUTHORIZED,
            Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => refusal.status,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// What a device is told: the wire's errors are a closed set.
    fn wire_code(&self) -> ErrorCode {
        match self {
            Self::Wire(code) => *code,
            Self::SlowDown(_) => ErrorCode::SlowDown,
            Self::WrongPassword | Self::WrongCode => ErrorCode::SignInNeeded,
            Self::NotReady(_) => ErrorCode::StorageFailed,
            Self::Question(_) | Self::Refused(_) | Self::NotFound | Self::Method | Self::MediaType => {
                ErrorCode::Malformed
            }
        }
    }

    /// The stable code programs decide by.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Wire(_) | Self::SlowDown(_) | Self::WrongPassword | Self::WrongCode => {
                self.wire_code().as_str()
            }
            Self::NotReady(cause) => cause.code,
            Self::Question(_) => "API-QUESTION",
            Self::Refused(refusal) => refusal.code,
            Self::NotFound => "API-NOT-FOUND",
            Self::Method => "API-METHOD",
            Self::MediaType => "API-MEDIA-TYPE",
        }
    }

    /// A sentence for people: what happened, what is safe, what to do.
    fn detail(&self) -> String {
        format!("{}; nothing was changed; {}", self.what(), self.to_do())
    }

    fn what(&self) -> String {
        match self {
            Self::Wire(code) => code.explain().to_owned(),
            Self::SlowDown(_) => ErrorCode::SlowDown.explain().to_owned(),
            Self::WrongPassword => AuthError::WrongPassword.to_string(),
            Self::WrongCode => AuthError::WrongCode.to_string(),
            Self::NotReady(cause) => cause.what.to_owned(),
            Self::Question(what) => what.clone(),
            Self::Refused(refusal) => refusal.what.clone(),
            Self::NotFound => "there is nothing at this address".to_owned(),
            Self::Method => "this address does not take this method".to_owned(),
            Self::MediaType => "this address does not take a body of this type".to_owned(),
        }
    }

    fn to_do(&self) -> &str {
        match self {
            Self::Refused(refusal) => refusal.to_do.as_str(),
            Self::SlowDown(_) => "try again in a moment",
            Self::WrongCode => "try again, or ask an administrator for a new code",
            Self::WrongPassword => "try again, or ask an administrator for a new password",
            Self::NotReady(_) => "look into the hub's log; it goes on by itself when the cause is gone",
            Self::Question(_) => "put the question otherwise",
            Self::NotFound | Self::Method | Self::MediaType => "look the address up in the documentation",
            Self::Wire(ErrorCode::DeviceRevoked) => "ask an administrator before you go on",
            Self::Wire(ErrorCode::NotAllowed) => "ask for what this account may see",
            Self::Wire(ErrorCode::TooLarge) => "send less at once",
            Self::Wire(code) => match code.advice() {
                Advice::Retry => "try again in a moment",
                Advice::SignIn => "sign in again",
                Advice::Upgrade => "update the program that asked",
                Advice::ShowPerson => "put the request right before it is sent again",
            },
        }
    }

    fn retry_after_ms(&self) -> Option<u32> {
        match self {
            Self::SlowDown(wait_ms) => return Some(*wait_ms),
            Self::NotReady(_) => return Some(BUSY_RETRY_MS),
            _ => {}
        }
        match self.wire_code() {
            ErrorCode::Busy | ErrorCode::SlowDown => Some(BUSY_RETRY_MS),
            ErrorCode::StorageFailed => Some(STORAGE_RETRY_MS),
            _ => None,
        }
    }

    /// The failure a layer told with a bare status.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            StatusCode::PAYLOAD_TOO_LARGE => Self::Wire(ErrorCode::TooLarge),
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Self::Wire(ErrorCode::Busy),
            status if status.is_server_error() => Self::internal(),
            _ => Self::Wire(ErrorCode::Malformed),
        }
    }

    /// As a device reads it.
    fn as_wire(&self) -> Response {
        let code = self.wire_code();
        let body = encode(&WireError { code, retry_after_ms: self.retry_after_ms() });
        let status = Self::Wire(code).status();
        self.with_headers((status, [(CONTENT_TYPE, CBOR)], body).into_response())
    }

    /// As everybody else reads it.
    fn as_problem(&self) -> Response {
        let status = self.status();
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
            code: self.code(),
        };
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM);
        self.with_headers(response)
    }

    fn with_headers(&self, mut response: Response) -> Response {
        if let Some(wait_ms) = self.retry_after_ms() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000)));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Why there is no answer: RFC 9457, with a stable code.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// `about:blank`: the status and the code say it.
    r#type: &'static str,
    /// What the status is called.
    title: &'static str,
    /// The status.
    status: u16,
    /// What happened, what is safe, what to do; for people.
    detail: String,
    /// The stable code programs decide by.
    code: &'static str,
}

impl IntoResponses for Problem {
    /// What the specification says of every address.
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let told = |description: &str| {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = openapi::Response::builder().description(description);
            RefOr::T(response.content("application/problem+json", problem).build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), told("There is no answer to this, or not for who asks; nothing was changed.")),
            ("5XX".to_owned(), told("The hub cannot answer now; nothing was changed.")),
        ])
    }
}

impl From<HubError> for ApiError {
    fn from(error: HubError) -> Self {
        let code = error.code();
        // Trouble that is everybody's was logged when it began.
        let told = matches!(&error, HubError::Storage(error) if error.is_everybodys());
        if matches!(code, ErrorCode::Internal | ErrorCode::StorageFailed) && !told {
            tracing::error!(error.code = code.as_str(), error.reason = %error, "the hub could not do it");
        }
        Self::Wire(code)
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        HubError::from(error).into()
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::WrongPassword => Self::WrongPassword,
            AuthError::WrongCode => Self::WrongCode,
            AuthError::SignInNeeded => Self::Wire(ErrorCode::SignInNeeded),
            AuthError::DeviceRevoked => Self::Wire(ErrorCode::DeviceRevoked),
            AuthError::TooManyTries { wait_ms } => Self::SlowDown(wait_ms),
            AuthError::TooLarge => Self::Wire(ErrorCode::TooLarge),
            AuthError::NoSetupLink => {
                let to_do = "run `fieldbook setup-link` on the hub's machine and open the link it prints";
                Refusal::unknown("SETUP-LINK", error, to_do)
            }
            AuthError::Storage(error) => error.into(),
            AuthError::Password(error) => {
                tracing::error!(error.reason = %error, "a password could not be checked");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for ApiError {
    /// A status without a body; [`tell`] knows the route and gives it one.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives failures their body, in the form of the route they happen on.
pub(super) async fn tell(request: Request, next: Next) -> Response {
    let on_wire = request.uri().path() == http::SYNC_PATH;
    let mut answer = next.run(request).await;
    let status = answer.status();
    let error = match answer.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if status.is_client_error() || status.is_server_error() => ApiError::of_status(status),
        None => return answer,
    };
    let mut told = if on_wire { error.as_wire() } else { error.as_problem() };
    // What the layers inside said besides (which methods there are) stays; the old body's shape goes.
    let (mut inner, _) = answer.into_parts();
    inner.headers.remove(CONTENT_TYPE);
    inner.headers.remove(CONTENT_LENGTH);
    inner.headers.extend(std::mem::take(told.headers_mut()));
    *told.headers_mut() = inner.headers;
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_error_keeps_its_status_and_code() {
        for code in ErrorCode::ALL {
            let error = ApiError::Wire(code);
            assert_eq!((error.status().as_u16(), error.code()), (code.status(), code.as_str()));
            assert_eq!(error.wire_code(), code);
            assert_eq!(error.detail().split("; ").count(), 3, "{}", error.detail());
        }
    }

    #[test]
    fn what_went_wrong_inside_is_not_told() {
        let cause = ApiError::NotReady(Cause::of(StorageError::Unwritable("hub.db".to_owned())));
        assert_eq!((cause.code(), cause.status().as_u16()), ("HUB-UNWRITABLE", 503));
        assert!(!cause.detail().contains("hub.db") && cause.detail().split("; ").count() >= 3);
        let error = ApiError::from(HubError::from(StorageError::Damaged("page 17 of hub.db".to_owned())));
        assert_eq!(error, ApiError::internal());
        assert!(!error.detail().contains("hub.db"));
    }

    #[test]
    fn statuses_of_layers_have_a_meaning() {
        let of = |status: u16| ApiError::of_status(StatusCode::from_u16(status).unwrap());
        assert_eq!(of(408), ApiError::Wire(ErrorCode::Busy));
        assert_eq!(of(413), ApiError::Wire(ErrorCode::TooLarge));
        assert_eq!(of(500), ApiError::internal());
        assert_eq!(of(400), ApiError::Wire(ErrorCode::Malformed));
    }
}
