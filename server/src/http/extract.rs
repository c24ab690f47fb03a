//! What handlers read out of a request: who asks, the message, a form.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use sync_protocol::{ErrorCode, SyncRequest, SyncResponse, decode_request, encode, http, limits};

use super::delivery::Delivery;
use super::error::ApiError;
use super::shell::Shell;
use crate::auth::{AccessToken, Principal};
use crate::hub::Gate;
use crate::storage::Storage;

/// Bytes of a JSON body. The largest is a sign-in: three texts, each letter perhaps escaped.
const JSON_BYTES: usize = 3 * 6 * limits::SIGN_IN_TEXT_BYTES + 1_024;

/// Who asks, by the access token in the `Authorization` header.
pub(super) struct SignedIn(pub(super) Principal);

impl<S: Storage, G: Gate> FromRequestParts<Shell<S, G>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shell: &Shell<S, G>) -> Result<Self, ApiError> {
        let Token(token) = Token::from_request_parts(parts, shell).await?;
        Ok(Self(token.principal))
    }
}

/// The same, for those who go on as long as the token does.
pub(super) struct Token(pub(super) AccessToken);

impl<S: Storage, G: Gate> FromRequestParts<Shell<S, G>> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shell: &Shell<S, G>) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(ApiError::Wire(ErrorCode::SignInNeeded))?;
        let token = shell.desk.authenticate(shell.hub.storage(), token, shell.clock.now()).await?;
        shell.pace.ask(token.principal.device).map_err(ApiError::SlowDown)?;
        Ok(Self(token))
    }
}

/// The one bearer token of a request; two headers are as good as none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// A request of the sync route, decoded within the wire's limits.
pub(super) struct Message(pub(super) SyncRequest);

impl<S: Send + Sync> FromRequest<S> for Message {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        require_type(request.headers(), http::MEDIA_TYPE)?;
        let body = read_body(request, limits::REQUEST_BYTES).await?;
        decode_request(&body).map(Self).map_err(|error| ApiError::Wire(error.code()))
    }
}

/// A message of the sync route on its way to the device.
pub(super) struct Answer(pub(super) SyncResponse);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, HeaderValue::from_static(http::MEDIA_TYPE))], encode(&self.0)).into_response()
    }
}

/// A JSON body, of so many bytes at most.
pub(super) struct Form<T, const MAX: usize = JSON_BYTES>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Form<T, MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        // Asking for the type also keeps other sites' pages out: a browser sends them this type only
        // after the hub agreed, and it never does.
        require_json(request.headers())?;
        let body = read_body(request, MAX).await?;
        serde_json::from_slice(&body).map(Self).map_err(|_| ApiError::Wire(ErrorCode::Malformed))
    }
}

/// A body as it comes: a file of so many bytes at most.
pub(super) struct FileBody<const MAX: usize>(pub(super) Bytes);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for FileBody<MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read_body(request, MAX).await.map(Self)
    }
}

/// The parameters of a question.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parameters(&parts.uri).map(Self)
    }
}

/// The parameters of a question, and those that say how its answer is to come.
pub(super) struct AskedFor<T>(pub(super) T, pub(super) Delivery);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for AskedFor<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = parts.uri.query().unwrap_or_default().split('&');
        let is_delivery = |pair: &&str| Delivery::NAMES.contains(&pair.split('=').next().unwrap_or_default());
        let (delivery, question): (Vec<_>, Vec<_>) = pairs.partition(is_delivery);
        Ok(Self(of_pairs(&question)?, of_pairs(&delivery)?))
    }
}

fn of_pairs<T: DeserializeOwned>(pairs: &[&str]) -> Result<T, ApiError> {
    let uri = Uri::try_from(format!("/?{}", pairs.join("&")));
    parameters(&uri.map_err(|_| ApiError::Wire(ErrorCode::Malformed))?)
}

fn parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, ApiError> {
    let asked = Query::try_from_uri(uri);
    asked.map(|Query(asked)| asked).map_err(|error| ApiError::Question(error.body_text()))
}

/// Reads a body of at most `max` bytes, counted after its content-encoding was undone: the layer that
/// undoes it streams, and the count ends the stream.
async fn read_body(request: Request, max: usize) -> Result<Bytes, ApiError> {
    // The layer took the header away if it knows the encoding.
    let encoding = request.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::MediaType);
    }
    let told = |error| if is_over_limit(&error) { ErrorCode::TooLarge } else { ErrorCode::Malformed };
    to_bytes(request.into_body(), max).await.map_err(|error| ApiError::Wire(told(error)))
}

fn is_over_limit(error: &axum::Error) -> bool {
    let mut cause = Some(error as &dyn std::error::Error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        // An I/O error keeps what it wraps out of its chain of sources.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = wrapped.map(|inner| inner as &dyn std::error::Error).or_else(|| error.source());
    }
    false
}

/// Refuses a request whose body is no JSON, or that does not say so.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    require_type(headers, "application/json")
}

/// Refuses a body that says to be of another type. Parameters (`; charset=utf-8`) do not matter.
fn require_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let found = found.split(';').next().unwrap_or_default().trim();
    if found.eq_ignore_ascii_case(wanted) { Ok(()) } else { Err(ApiError::MediaType) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn there_is_one_bearer_token_or_none() {
        assert_eq!(bearer(&headers(&[("authorization", "Bearer abc")])), Some("abc"));
        assert_eq!(bearer(&headers(&[("authorization", "bearer abc")])), Some("abc"));
        for bad in [&[][..], &[("authorization", "abc")], &[("authorization", "Basic abc")]] {
            assert_eq!(bearer(&headers(bad)), None);
        }
        assert_eq!(bearer(&headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")])), None);
    }

    #[test]
    fn types_are_compared_without_parameters() {
        let json = |value| require_type(&headers(&[("content-type", value)]), "application/json");
        assert!(json("application/json; charset=utf-8").is_ok() && json("Application/JSON").is_ok());
        assert!(json("text/plain").is_err() && json("application/jsonp").is_err() && json("").is_err());
    }
}
