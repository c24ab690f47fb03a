//! Signing in at an OpenID Connect provider: the code flow, with PKCE, state and nonce.
//!
//! What a sign-in must remember until the browser comes back lies in the browser, in a cookie sealed with a key of the
//! hub: any hub with the same secrets takes it up, and no table holds it. The provider's addresses and keys are asked
//! for when the first person needs them, and kept for a while. The library judges ID tokens; what it is asked through
//! is the hub's own client, bounded in time and size.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_model::{Entropy, Moment};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreIdToken,
    CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use sync_protocol::seal::SealKey;
use tokio::sync::Mutex;

use crate::config::OpenIdConfig;

/// How long a person may take at the provider.
pub const BEGUN_MS: i64 = 10 * 60_000;
/// Where the provider sends browsers back to.
pub const RETURN_PATH: &str = "/auth/v1/openid/return";
/// How long the provider's addresses and keys are kept.
const KNOWN_MS: i64 = 10 * 60_000;
/// After a failure the provider is left alone for so long.
const AWAY_MS: i64 = 3_000;
/// What one request to the provider may take.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Bytes of one of its answers.
const ANSWER_BYTES: usize = 1024 * 1024;
/// What a cookie is sealed for.
const PLACE: &[u8] = b"fieldbook openid v1";

/// Why somebody was not signed in there. What the provider or its tokens say is logged, never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdError {
    /// The provider does not answer, or not as one.
    #[error("the provider is away")]
    Away,
    /// The browser came back without having left, too late, or as another sign-in.
    #[error("the sign-in is not one that was begun here")]
    State,
    /// The provider said no.
    #[error("the provider refused")]
    Refused,
    /// What the provider said of the person does not hold.
    #[error("what the provider says does not hold")]
    Token,
    /// It does not say what the person is called here.
    #[error("the provider does not say the person's name")]
    NoName,
    /// Nobody here is called that.
    #[error("there is no such account")]
    NoAccount,
    /// The account is closed.
    #[error("the account is closed")]
    Closed,
    /// Nobody signs in like this here.
    #[error("this hub has no provider")]
    Off,
}

impl OpenIdError {
    /// The stable code that pages decide by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Away => "OPENID-AWAY",
            Self::State => "OPENID-STATE",
            Self::Refused => "OPENID-REFUSED",
            Self::Token => "OPENID-TOKEN",
            Self::NoName => "OPENID-NO-NAME",
            Self::NoAccount => "OPENID-NO-ACCOUNT",
            Self::Closed => "OPENID-ACCOUNT-CLOSED",
            Self::Off => "OPENID-OFF",
        }
    }
}

/// Where a sign-in leads, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The path the person wants to see.
    pub to: String,
    /// What the browser is called in the list of devices.
    pub device_name: String,
    /// The hub as the browser sees it, `https://hub.example.com`.
    pub address: String,
}

/// What a sign-in must remember while the browser is away.
#[derive(Serialize, Deserialize)]
struct Begun {
    way: Way,
    state: String,
    nonce: String,
    verifier: String,
    ends_ms: i64,
}

/// Claims besides the standard ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others(Map<String, Value>);

impl AdditionalClaims for Others {}

/// The library's client of one provider.
type Asking = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider people sign in at. Clones share what is known of it.
#[derive(Clone)]
pub struct OpenId(Arc<Provider>);

struct Provider {
    config: OpenIdConfig,
    secret: Option<ClientSecret>,
    seal: SealKey,
    http: reqwest::Client,
    known: Mutex<Option<Known>>,
}

/// What was found out, and when. Nothing, where the provider was away.
struct Known {
    at: Moment,
    metadata: Option<Arc<CoreProviderMetadata>>,
}

impl Known {
    fn holds(&self, now: Moment) -> bool {
        let lasts = if self.metadata.is_some() { KNOWN_MS } else { AWAY_MS };
        // A clock put back does not make it last for ever.
        (0..lasts).contains(&(now.0 - self.at.0))
    }
}

/// Why an HTTP request came to nothing.
#[derive(Debug, thiserror::Error)]
enum HttpTrouble {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error("the answer is too long")]
    TooLong,
    #[error(transparent)]
    Http(#[from] openidconnect::http::Error),
}

impl OpenId {
    /// The provider of the settings; `None` where there is none. Cookies are sealed with a key of `seal`.
    ///
    /// # Errors
    /// When this machine has no TLS.
    pub fn of(
        config: &OpenIdConfig,
        secret: Option<String>,
        seal: &[u8; 32],
    ) -> Result<Option<Self>, reqwest::Error> {
        if !config.is_on() {
            return Ok(None);
        }
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!("a TLS provider is installed already");
        }
        let http = reqwest::Client::builder()
            // A provider's answer must not make the hub ask somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("fieldbook/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Some(Self(Arc::new(Provider {
            config: config.clone(),
            secret: secret.map(ClientSecret::new),
            seal: SealKey::of(seal),
            http,
            known: Mutex::new(None),
        }))))
    }

    /// The hub's address, where the settings say it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        Some(self.0.config.address.as_str()).filter(|address| !address.is_empty())
    }

    /// Begins a sign-in: where the browser goes, and the cookie it takes along.
    ///
    /// # Errors
    /// `Away`.
    pub async fn begin(
        &self,
        way: Way,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<(String, String), OpenIdError> {
        let (state, nonce, verifier) = (random(entropy), random(entropy), random(entropy));
        let metadata = self.metadata(now).await?;
        let client = self.client(&metadata, &way)?;
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (shown_state, shown_nonce) = (state.clone(), nonce.clone());
        let asked = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(shown_state),
                || Nonce::new(shown_nonce),
            )
            .set_pkce_challenge(challenge);
        let scopes = self.0.config.scopes.split_whitespace().map(|scope| Scope::new(scope.to_owned()));
        let (url, _, _) = scopes.fold(asked, |asked, scope| asked.add_scope(scope)).url();
        let begun = Begun { way, state, nonce, verifier, ends_ms: now.0 + BEGUN_MS };
        let json = serde_json::to_vec(&begun).expect("texts and numbers always encode");
        Ok((url.into(), URL_SAFE_NO_PAD.encode(self.0.seal.seal(PLACE, &json, entropy))))
    }

    /// What the browser that came back with `cookie` began, if its `state` is that one's.
    fn begun(&self, cookie: &str, state: &str, now: Moment) -> Result<Begun, OpenIdError> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).map_err(|_| OpenIdError::State)?;
        let json = self.0.seal.open(PLACE, &sealed).ok_or(OpenIdError::State)?;
        let begun: Begun = serde_json::from_slice(&json).map_err(|_| OpenIdError::State)?;
        let is_same = bool::from(begun.state.as_bytes().ct_eq(state.as_bytes()));
        if is_same && now.0 < begun.ends_ms { Ok(begun) } else { Err(OpenIdError::State) }
    }

    /// Ends a sign-in: the account's name as the provider says it, and where the person wants to go.
    ///
    /// # Errors
    /// Why nobody is signed in.
    pub async fn end(
        &self,
        cookie: &str,
        state: &str,
        code: Option<String>,
        now: Moment,
    ) -> Result<(String, Way), OpenIdError> {
        let begun = self.begun(cookie, state, now)?;
        let code = code.ok_or(OpenIdError::Refused)?;
        let metadata = self.metadata(now).await?;
        let client = self.client(&metadata, &begun.way)?;
        let answer = self.exchange(&client, code, begun.verifier).await?;
        let token = answer.id_token().ok_or(OpenIdError::Token)?;
        let nonce = Nonce::new(begun.nonce);
        match holds(&client, token, &nonce) {
            Ok(()) => {}
            // The provider may have begun to sign with another key since it was asked.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let metadata = self.ask_again(now).await?;
                let client = self.client(&metadata, &begun.way)?;
                holds(&client, token, &nonce).map_err(|error| not_held(&error))?;
            }
            Err(error) => return Err(not_held(&error)),
        }
        let claim = &self.0.config.claim;
        let told = payload(token).ok_or(OpenIdError::Token)?;
        let name = match name_in(&told, claim) {
            Some(name) => name,
            None => self.ask_of_person(&client, &answer, &told, claim).await?,
        };
        Ok((name, begun.way))
    }

    /// Trades a code for tokens.
    async fn exchange(
        &self,
        client: &Asking,
        code: String,
        verifier: String,
    ) -> Result<CoreTokenResponse, OpenIdError> {
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|_| OpenIdError::Away)?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let http = |request| self.0.clone().call(request);
        request.request_async(&http).await.map_err(|error| {
            // The answer may hold tokens: its kind is enough.
            let (kind, failed) = match &error {
                RequestTokenError::ServerResponse(told) => (told.error().to_string(), OpenIdError::Refused),
                RequestTokenError::Request(trouble) => (trouble.to_string(), OpenIdError::Away),
                _ => ("no answer of a provider".to_owned(), OpenIdError::Away),
            };
            tracing::warn!(openid.error = kind, "a code was not traded for tokens");
            failed
        })
    }

    /// What the ID token does not say, from what the provider tells of the same person.
    async fn ask_of_person(
        &self,
        client: &Asking,
        answer: &CoreTokenResponse,
        told: &Value,
        claim: &str,
    ) -> Result<String, OpenIdError> {
        let subject = told.get("sub").and_then(Value::as_str).ok_or(OpenIdError::Token)?;
        let subject = openidconnect::SubjectIdentifier::new(subject.to_owned());
        let request = client.user_info(answer.access_token().clone(), Some(subject));
        let request = request.map_err(|_| OpenIdError::NoName)?;
        let http = |request| self.0.clone().call(request);
        let asked = request.request_async(&http).await;
        let claims: UserInfoClaims<Others, CoreGenderClaim> = asked.map_err(|error| {
            tracing::warn!(openid.error = %error, "the provider does not tell of a person");
            OpenIdError::Away
        })?;
        let claims = serde_json::to_value(&claims).map_err(|_| OpenIdError::Token)?;
        name_in(&claims, claim).ok_or(OpenIdError::NoName)
    }

    fn client(&self, metadata: &CoreProviderMetadata, way: &Way) -> Result<Asking, OpenIdError> {
        let redirect = RedirectUrl::new(format!("{}{RETURN_PATH}", way.address));
        let redirect = redirect.map_err(|_| OpenIdError::State)?;
        let config = &self.0.config;
        let id = ClientId::new(config.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, self.0.secret.clone());
        let in_body = metadata.token_endpoint_auth_methods_supported().is_some_and(|ways| {
            !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && ways.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let client = if in_body { client.set_auth_type(AuthType::RequestBody) } else { client };
        Ok(client.set_redirect_uri(redirect))
    }

    /// The provider's addresses and keys.
    async fn metadata(&self, now: Moment) -> Result<Arc<CoreProviderMetadata>, OpenIdError> {
        let mut known = self.0.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.holds(now)) {
            return known.metadata.clone().ok_or(OpenIdError::Away);
        }
        let metadata = self.0.clone().discover().await;
        *known = Some(Known { at: now, metadata: metadata.clone() });
        metadata.ok_or(OpenIdError::Away)
    }

    /// The same, whatever is known, unless that is brand new: tokens that are no good must not make the hub ask on.
    async fn ask_again(&self, now: Moment) -> Result<Arc<CoreProviderMetadata>, OpenIdError> {
        let mut known = self.0.known.lock().await;
        if known.as_ref().is_some_and(|known| now.0 - known.at.0 >= AWAY_MS) {
            *known = None;
        }
        drop(known);
        self.metadata(now).await
    }
}

impl Provider {
    async fn discover(self: Arc<Self>) -> Option<Arc<CoreProviderMetadata>> {
        let issuer = IssuerUrl::new(self.config.issuer.clone());
        let issuer = issuer.expect("the settings were looked at when they were read");
        let http = |request| self.clone().call(request);
        match CoreProviderMetadata::discover_async(issuer, &http).await {
            Ok(metadata) => Some(Arc::new(metadata)),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(
                    openid.error = %error, openid.cause = cause,
                    "the OpenID Connect provider does not answer; people sign in with passwords meanwhile"
                );
                None
            }
        }
    }

    async fn call(self: Arc<Self>, request: HttpRequest) -> Result<HttpResponse, HttpTrouble> {
        let mut response = self.http.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            if body.len() + part.len() > ANSWER_BYTES {
                return Err(HttpTrouble::TooLong);
            }
            body.extend_from_slice(&part);
        }
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = response.headers().clone();
        }
        Ok(answer.body(body)?)
    }
}

/// 32 random bytes as text.
fn random(entropy: &mut (dyn Entropy + Send)) -> String {
    URL_SAFE_NO_PAD.encode([entropy.sixteen(), entropy.sixteen()].concat())
}

/// Whether an ID token is the provider's, for this hub, of now, and of this sign-in.
fn holds(client: &Asking, token: &CoreIdToken, nonce: &Nonce) -> Result<(), ClaimsVerificationError> {
    token.claims(&client.id_token_verifier(), nonce).map(drop)
}

fn not_held(error: &ClaimsVerificationError) -> OpenIdError {
    let kind = match error {
        ClaimsVerificationError::Expired(_) => "expired",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "other",
    };
    tracing::warn!(openid.wrong = kind, "an ID token does not hold");
    OpenIdError::Token
}

/// All claims of a token that holds, also those without a place in the library's record.
fn payload(token: &CoreIdToken) -> Option<Value> {
    let text = token.to_string();
    let bytes = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// What an account is called, by a claim. An address of mail counts when the provider has verified that it is the
/// person's: anybody can write another one's into a profile.
fn name_in(claims: &Value, claim: &str) -> Option<String> {
    if claim == "email" && claims.get("email_verified") != Some(&Value::Bool(true)) {
        return None;
    }
    let name = claims.get(claim)?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Whether a path leads to this host and nowhere else.
#[must_use]
pub fn is_own_path(path: &str) -> bool {
    const MOST_BYTES: usize = 1_024;
    let rest = path.strip_prefix('/');
    path.len() <= MOST_BYTES
        && rest.is_some_and(|rest| !rest.starts_with('/'))
        // Browsers read a backslash as a slash, and leave out what cannot be seen.
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::app::SystemEntropy;

    const NOW: Moment = Moment(1_790_000_000_000);

    fn provider(seal: u8) -> OpenId {
        let config = OpenIdConfig {
            issuer: "http://127.0.0.1:1".to_owned(),
            client_id: "hub".to_owned(),
            ..OpenIdConfig::default()
        };
        OpenId::of(&config, None, &[seal; 32]).unwrap().unwrap()
    }

    fn way() -> Way {
        let [to, device_name, address] = ["/today", "Chrome", "http://127.0.0.1:2"].map(str::to_owned);
        Way { to, device_name, address }
    }

    fn cookie(provider: &OpenId) -> String {
        let [state, nonce, verifier] = ["state", "nonce", "verifier"].map(str::to_owned);
        let begun = Begun { way: way(), state, nonce, verifier, ends_ms: NOW.0 + BEGUN_MS };
        let json = serde_json::to_vec(&begun).unwrap();
        URL_SAFE_NO_PAD.encode(provider.0.seal.seal(PLACE, &json, &mut SystemEntropy))
    }

    #[test]
    fn paths_of_other_hosts_are_none() {
        for own in ["/", "/today?unit=B1", "/policies/abc#edit", "/a//b", "/%2f%2fevil"] {
            assert!(is_own_path(own), "{own}");
        }
        let long = format!("/{}", "x".repeat(1_024));
        for other in [
            "",
            "today",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "/\tevil",
            "/ /evil",
            "/\n//evil.example",
            "/오늘",
            "javascript:alert(1)",
            &long,
        ] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }

    #[test]
    fn a_cookie_is_good_for_its_own_state_and_time() {
        let provider = provider(1);
        let cookie = cookie(&provider);
        let begun = |cookie: &str, state: &str, ms: i64| {
            provider.begun(cookie, state, Moment(NOW.0 + ms)).map(|begun| begun.way)
        };
        assert_eq!(begun(&cookie, "state", BEGUN_MS - 1), Ok(way()));
        assert_eq!(begun(&cookie, "state", BEGUN_MS), Err(OpenIdError::State), "it is over");
        assert_eq!(begun(&cookie, "other", 0), Err(OpenIdError::State));
        for made_up in ["", "AAAA", "no base64!", &cookie[1..], &self::cookie(&self::provider(2))] {
            assert_eq!(begun(made_up, "state", 0), Err(OpenIdError::State), "{made_up}");
        }
        assert!(
            !cookie.contains("verifier")
                && !URL_SAFE_NO_PAD.decode(&cookie).unwrap().windows(8).any(|part| part == b"verifier")
        );
    }

    #[tokio::test]
    async fn a_provider_that_is_away_is_not_asked_by_everybody() {
        let provider = provider(1);
        assert_eq!(provider.begin(way(), NOW, &mut SystemEntropy).await, Err(OpenIdError::Away));
        let asked = |provider: &OpenId| provider.0.known.try_lock().unwrap().as_ref().map(|known| known.at);
        assert_eq!(asked(&provider), Some(NOW));
        let soon = Moment(NOW.0 + AWAY_MS - 1);
        assert_eq!(provider.begin(way(), soon, &mut SystemEntropy).await, Err(OpenIdError::Away));
        assert_eq!(asked(&provider), Some(NOW), "what is known still holds");
        let later = Moment(NOW.0 + AWAY_MS);
        assert_eq!(provider.begin(way(), later, &mut SystemEntropy).await, Err(OpenIdError::Away));
        assert_eq!(asked(&provider), Some(later));
    }

    #[test]
    fn an_address_of_mail_counts_when_it_is_verified() {
        let named = |claims: Value, claim: &str| name_in(&claims, claim);
        assert_eq!(named(json!({"preferred_username": "han"}), "preferred_username").as_deref(), Some("han"));
        let mail =
            |verified: Value| named(json!({"email": "han@example.com", "email_verified": verified}), "email");
        assert_eq!(mail(true.into()).as_deref(), Some("han@example.com"));
        for no in [Value::Bool(false), Value::Null, "true".into()] {
            assert_eq!(mail(no), None);
        }
        assert_eq!(named(json!({"email": "han@example.com"}), "email"), None);
        assert_eq!(named(json!({"sub": ""}), "sub"), None);
        assert_eq!(named(json!({"sub": 7}), "sub"), None);
    }
}
