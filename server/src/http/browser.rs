//! `/auth/v1/browser`: signing in from the web console.
//!
//! The same desk as `/auth/v1`. The refresh token lies in a cookie that no script can read and that only these
//! routes get; a page holds the short access token alone. Other sites' pages can send nothing here: the cookie does
//! not travel with their requests, and neither does the type of body that is asked for.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{COOKIE, HeaderName, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use document_model::{DeviceId, Moment, UnitCode};
use serde::{Deserialize, Serialize};
use sync_protocol::ErrorCode;
use sync_protocol::sign_in::{RefreshRequest, SignInRequest, SignInResponse};
use utoipa::ToSchema;

use super::error::{ApiError, Problem};
use super::extract::{Form, require_json};
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::hub::Gate;
use crate::storage::Storage;

/// Where browsers sign in.
pub(super) const SIGN_IN_PATH: &str = "/auth/v1/browser/sign-in";
/// Where they trade the cookie.
pub(super) const REFRESH_PATH: &str = "/auth/v1/browser/refresh";
/// Where they sign out.
pub(super) const SIGN_OUT_PATH: &str = "/auth/v1/browser/sign-out";

/// The cookie that holds the refresh token.
const SESSION: &str = "fieldbook_session";
/// The routes it is for.
const COOKIE_PATH: &str = "/auth/v1/browser";
/// What a browser says of whose page a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// This hub's own page, or no page at all.
const OWN: [&str; 2] = ["same-origin", "none"];

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BrowserSignIn {
    /// The account's name.
    user: String,
    /// The password.
    password: String,
    /// What the browser is called in the list of devices.
    #[schema(example = "Chrome, Windows")]
    device_name: String,
}

/// Who is signed in, and the token that says so.
#[derive(Serialize, ToSchema)]
pub(super) struct BrowserSignedIn {
    /// The browser's number among the devices.
    #[schema(value_type = String)]
    device: DeviceId,
    /// The account's name.
    user: String,
    /// The unit it works for.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Its role: `rep`, `manager`, `hq`, `admin`.
    role: String,
    /// For the `Authorization: Bearer` header; kept in memory and nowhere else.
    access_token: String,
    /// When that ends, milliseconds since the epoch.
    expires_ms: i64,
    /// The hub's clock, milliseconds since the epoch.
    now_ms: i64,
}

/// A request of one of this hub's own pages, with the session's cookie where there is one.
pub(super) struct OwnPage {
    session: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        require_json(&parts.headers)?;
        let is_own = |site: &HeaderValue| OWN.iter().any(|own| site == own);
        if !parts.headers.get_all(FETCH_SITE).iter().all(is_own) {
            return Err(ApiError::Wire(ErrorCode::NotAllowed));
        }
        Ok(Self { session: session(&parts.headers) })
    }
}

/// The session's cookie of a request.
fn session(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, SESSION)
}

/// A cookie of a request by its name; two of them are as good as none.
pub(super) fn cookie_of(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let told = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = told.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut all = pairs.filter(|(name, _)| *name == wanted).map(|(_, token)| token.to_owned());
    all.next().filter(|_| all.next().is_none())
}

/// Sign in from a browser
///
/// Registers the browser as a device, and sets the cookie that keeps it signed in. A page asks for a new access
/// token with that cookie; no script can read it.
#[utoipa::path(
    post,
    path = SIGN_IN_PATH,
    tag = "sign-in",
    security(()),
    request_body = BrowserSignIn,
    responses(
        (
            status = 200,
            description = "Signed in.",
            headers(("Set-Cookie" = String, description = "Keeps the browser signed in.")),
            body = BrowserSignedIn,
        ),
        Problem,
    )
)]
pub(super) async fn sign_in<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: OwnPage,
    Form(BrowserSignIn { user, password, device_name }): Form<BrowserSignIn>,
) -> Result<Response, ApiError> {
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let request = SignInRequest { user, password, device_name };
    let sign_in = async move { desk.sign_in(hub.storage(), request, now, &mut SystemEntropy).await };
    Ok(shell.signed_in(shell.finish(sign_in).await?, now))
}

/// Stay signed in
///
/// The cookie for the next one, and a new access token. One page at a time: a cookie is traded once, and one that
/// comes again later ends the sign-in.
#[utoipa::path(
    post,
    path = REFRESH_PATH,
    tag = "sign-in",
    security(()),
    responses(
        (
            status = 200,
            description = "Signed in still.",
            headers(("Set-Cookie" = String, description = "Takes the place of the one that came.")),
            body = BrowserSignedIn,
        ),
        Problem,
    )
)]
pub(super) async fn refresh<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    OwnPage { session }: OwnPage,
) -> Result<Response, ApiError> {
    let refresh_token = session.ok_or(ApiError::Wire(ErrorCode::SignInNeeded))?;
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let request = RefreshRequest { refresh_token };
    let refresh = async move { desk.refresh(hub.storage(), &request, now, &mut SystemEntropy).await };
    match shell.finish(refresh).await {
        Ok(signed) => Ok(shell.signed_in(signed, now)),
        // A cookie that will never hold again is taken away.
        Err(error @ ApiError::Wire(ErrorCode::SignInNeeded | ErrorCode::DeviceRevoked)) => {
            Ok(shell.forgetting(error.into_response()))
        }
        Err(error) => Err(error),
    }
}

/// Sign out of a browser
///
/// Ends the sign-in that the cookie stands for, with its access tokens, and takes the cookie away.
#[utoipa::path(
    post,
    path = SIGN_OUT_PATH,
    tag = "sign-in",
    security(()),
    responses((status = 204, description = "Nobody is signed in here any more."), Problem)
)]
pub(super) async fn sign_out<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    OwnPage { session }: OwnPage,
) -> Result<Response, ApiError> {
    if let Some(session) = session {
        let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
        let sign_out = async move { desk.sign_out_by(hub.storage(), &session, now).await };
        if let Some(device) = shell.finish(sign_out).await? {
            shell.sockets.hang_up(device);
        }
    }
    Ok(shell.forgetting(StatusCode::NO_CONTENT.into_response()))
}

impl<S, G> Shell<S, G> {
    /// The answer to a browser that is signed in, with its next cookie.
    pub(super) fn signed_in(&self, signed: SignInResponse, now: Moment) -> Response {
        let cookie = self.session_cookie(&signed.refresh_token);
        let answer = BrowserSignedIn {
            device: signed.device,
            user: signed.user,
            unit: signed.unit,
            role: signed.role,
            access_token: signed.access_token,
            // Tokens end on a whole second.
            expires_ms: (now.seconds() + i64::from(signed.expires_in_s)) * 1_000,
            now_ms: now.0,
        };
        ([(SET_COOKIE, cookie)], Json(answer)).into_response()
    }

    /// The cookie that keeps a browser signed in.
    pub(super) fn session_cookie(&self, refresh_token: &str) -> HeaderValue {
        self.cookie(refresh_token, self.desk.session_ms / 1_000)
    }

    /// An answer that takes the cookie away.
    fn forgetting(&self, mut answer: Response) -> Response {
        answer.headers_mut().insert(SET_COOKIE, self.cookie("", 0));
        answer
    }

    fn cookie(&self, token: &str, lasts_s: i64) -> HeaderValue {
        let private = if self.is_private { "; Secure" } else { "" };
        let text = format!(
            "{SESSION}={token}; HttpOnly; SameSite=Strict; Path={COOKIE_PATH}; Max-Age={lasts_s}{private}"
        );
        HeaderValue::try_from(text).expect("refresh tokens are letters and digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_cookie_of_a_session_or_none() {
        let of = |all: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in all {
                headers.append(COOKIE, HeaderValue::from_static(value));
            }
            session(&headers)
        };
        assert_eq!(of(&["fieldbook_session=abc"]).as_deref(), Some("abc"));
        assert_eq!(of(&["theme=dark; fieldbook_session=abc", "lang=ko"]).as_deref(), Some("abc"));
        for none in [&[][..], &["session=abc"], &["xfieldbook_session=abc"], &["fieldbook_session"]] {
            assert_eq!(of(none), None, "{none:?}");
        }
        assert_eq!(of(&["fieldbook_session=a; fieldbook_session=b"]), None);
        assert_eq!(of(&["fieldbook_session=a", "fieldbook_session=b"]), None);
    }
}
