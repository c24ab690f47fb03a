//! `/auth/v1/openid`: a browser's way to an OpenID Connect provider and back.
//!
//! Both are pages a browser goes to, so failures lead to a page of the console that has words for them.

use axum::extract::State;
use axum::http::header::{HOST, LOCATION, SET_COOKIE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use utoipa::IntoParams;

use super::browser::cookie_of;
use super::error::{ApiError, Problem};
use super::extract::Asked;
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::hub::Gate;
use crate::openid::{BEGUN_MS, OpenIdError, RETURN_PATH, Way, is_own_path};
use crate::storage::Storage;

/// Where a browser begins.
pub(super) const START_PATH: &str = "/auth/v1/openid/start";
/// Where it comes back.
pub(super) const PATH: &str = RETURN_PATH;

/// What a browser takes along to the provider.
const BEGUN: &str = "fieldbook_openid";
/// The routes that is for.
const COOKIE_PATH: &str = "/auth/v1/openid";
/// Where words for failures are.
const FAILED: &str = "/sign-in-failed?code=";

/// Where a person wants to go.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The path of this hub to show when the person is signed in.
    #[serde(default = "home")]
    #[param(value_type = Option<String>, example = "/today")]
    to: String,
    /// What the browser is called in the list of devices.
    #[serde(default = "browser")]
    #[param(value_type = Option<String>, example = "Chrome, Windows")]
    device_name: String,
}

fn home() -> String {
    "/".to_owned()
}

fn browser() -> String {
    "browser".to_owned()
}

/// What a provider sends a browser back with; others of its parameters are its own.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Returned {
    /// What is traded for tokens.
    code: Option<String>,
    /// Which sign-in it is.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    state: String,
    /// Why there is no code.
    error: Option<String>,
}

/// Sign in at the OpenID Connect provider
///
/// A page for browsers: it leads to the provider, which leads back.
#[utoipa::path(
    get,
    path = START_PATH,
    operation_id = "openid_start",
    tag = "sign-in",
    security(()),
    params(Wanted),
    responses(
        (status = 302, description = "To the provider."),
        (status = 303, description = "To the page that says why not."),
        Problem,
    )
)]
pub(super) async fn start<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    if !is_own_path(&wanted.to) || wanted.device_name.len() > SIGN_IN_TEXT_BYTES {
        return Err(ApiError::Question(
            "`to` must be a path of this hub, and the device's name short".to_owned(),
        ));
    }
    Ok(match shell.begin_openid(wanted, &headers).await {
        Ok((url, cookie)) => {
            let kept = shell.openid_cookie(&cookie, BEGUN_MS / 1_000);
            led(StatusCode::FOUND, &url, [(SET_COOKIE, kept)])
        }
        Err(error) => led(StatusCode::SEE_OTHER, &failed(error.code()), []),
    })
}

/// Come back from the OpenID Connect provider
///
/// A page for browsers: the provider leads here, and this leads on, signed in or to the page that says why not. The
/// account must be there; the provider only says whose it is.
#[utoipa::path(
    get,
    path = PATH,
    operation_id = "openid_return",
    tag = "sign-in",
    security(()),
    params(Returned),
    responses(
        (
            status = 303,
            description = "To where the person wanted to go, or to the page that says why not.",
            headers(("Set-Cookie" = String, description = "Keeps the browser signed in.")),
        ),
        Problem,
    )
)]
pub(super) async fn come_back<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    headers: HeaderMap,
    returned: Result<Asked<Returned>, ApiError>,
) -> Response {
    // What cannot be read is no way back that was begun here.
    let returned = returned.map_or_else(|_| Returned::default(), |Asked(returned)| returned);
    // Whatever comes of it, it is good for one try.
    let used_up = (SET_COOKIE, shell.openid_cookie("", 0));
    let cookie = cookie_of(&headers, BEGUN).unwrap_or_default();
    let working = shell.clone();
    let signed = shell.finish(async move { working.end_openid(&cookie, returned).await }).await;
    match signed {
        Ok(Ok((to, session))) => led(StatusCode::SEE_OTHER, &to, [used_up, (SET_COOKIE, session)]),
        Ok(Err(error)) => led(StatusCode::SEE_OTHER, &failed(error.code()), [used_up]),
        Err(error) => led(StatusCode::SEE_OTHER, &failed(error.code()), [used_up]),
    }
}

impl<S: Storage, G: Gate> Shell<S, G> {
    async fn begin_openid(
        &self,
        wanted: Wanted,
        headers: &HeaderMap,
    ) -> Result<(String, String), OpenIdError> {
        let openid = self.openid.as_ref().ok_or(OpenIdError::Off)?;
        let asked = || asked_address(headers, self.is_private).ok_or(OpenIdError::State);
        let address = openid.address().map_or_else(asked, |address| Ok(address.to_owned()))?;
        let way = Way { to: wanted.to, device_name: wanted.device_name, address };
        openid.begin(way, self.clock.now(), &mut SystemEntropy).await
    }

    /// Signs the person in who came back: where to go, and the session's cookie.
    async fn end_openid(
        &self,
        cookie: &str,
        returned: Returned,
    ) -> Result<Result<(String, HeaderValue), OpenIdError>, ApiError> {
        let Some(openid) = self.openid.as_ref() else { return Ok(Err(OpenIdError::Off)) };
        let now = self.clock.now();
        let Returned { code, state, error } = returned;
        let code = code.filter(|_| error.is_none());
        let (name, way) = match openid.end(cookie, &state, code, now).await {
            Ok(known) => known,
            Err(error) => return Ok(Err(error)),
        };
        let storage = self.hub.storage();
        match storage.account(&name).await? {
            None => return Ok(Err(OpenIdError::NoAccount)),
            Some(account) if account.disabled => return Ok(Err(OpenIdError::Closed)),
            Some(_) => {}
        }
        let signed = self.desk.sign_in_as(storage, &name, way.device_name, now, &mut SystemEntropy).await?;
        Ok(Ok((way.to, self.session_cookie(&signed.refresh_token))))
    }
}

impl<S, G> Shell<S, G> {
    /// The browser comes back by a link of another site, with which a strict cookie would not travel.
    fn openid_cookie(&self, sealed: &str, lasts_s: i64) -> HeaderValue {
        let private = if self.is_private { "; Secure" } else { "" };
        let text = format!(
            "{BEGUN}={sealed}; HttpOnly; SameSite=Lax; Path={COOKIE_PATH}; Max-Age={lasts_s}{private}"
        );
        HeaderValue::try_from(text).expect("what is sealed is letters and digits")
    }
}

/// The hub as the browser asked it.
fn asked_address(headers: &HeaderMap, is_private: bool) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    let scheme = if is_private { "https" } else { "http" };
    (!host.contains('@')).then(|| format!("{scheme}://{authority}"))
}

fn failed(code: &str) -> String {
    format!("{FAILED}{code}")
}

fn led(
    status: StatusCode,
    to: &str,
    cookies: impl IntoIterator<Item = (axum::http::HeaderName, HeaderValue)>,
) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else { return ApiError::internal().into_response() };
    let mut answer = (status, [(LOCATION, to)]).into_response();
    for (name, value) in cookies {
        answer.headers_mut().append(name, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_is_where_the_browser_asked() {
        let asked = |host: &'static str, is_private| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            asked_address(&headers, is_private)
        };
        assert_eq!(asked("127.0.0.1:8080", false).as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(asked("hub.example.com", true).as_deref(), Some("https://hub.example.com"));
        for wrong in ["", "a b", "me@hub.example.com", "hub.example.com/path"] {
            assert_eq!(asked(wrong, true), None, "{wrong:?}");
        }
        assert_eq!(asked_address(&HeaderMap::new(), true), None);
    }
}
