//! `/auth/v1/ways` and `/auth/v1/setup`: how people come in, and the first of them.
//!
//! The setup link carries its token behind `#`, which no browser sends and no log holds; the page posts it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use document_model::Entropy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_protocol::ErrorCode;
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use sync_protocol::sign_in::SignInResponse;
use utoipa::ToSchema;

use super::browser::{BrowserSignedIn, OwnPage};
use super::error::{ApiError, Problem, Refusal};
use super::extract::Form;
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::audit::{AuditAction, By};
use crate::auth::{Account, AuthError, PasswordError, Role, is_account_name};
use crate::config::{Origin, changes_of, zones};
use crate::hub::Gate;
use crate::organisation::NATION;
use crate::storage::{SetUp, SetUpOutcome, SettingChanges, Storage, StoredSettings};

/// Where it is told how people sign in.
pub(super) const WAYS_PATH: &str = "/auth/v1/ways";
/// Where a page asks whether its link holds.
pub(super) const CHECK_PATH: &str = "/auth/v1/setup/check";
/// Where the first administrator is made.
pub(super) const PATH: &str = "/auth/v1/setup";

/// How people sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ways {
    /// Whether nobody can: there is no account yet, and the hub waits for its first administrator.
    setup: bool,
    /// With name and password.
    password: bool,
    /// At an OpenID Connect provider; null where there is none.
    openid: Option<OpenIdWay>,
    /// The company's name; null where it was not said.
    company: Option<String>,
    /// The language of screens for who chose none, `ko`, `en` or `zh`; null is that of the browser.
    language: Option<String>,
}

/// Signing in at an OpenID Connect provider, which begins at `/auth/v1/openid/start`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenIdWay {
    /// What the button says.
    name: String,
}

/// How people sign in
///
/// For the page that asks them to; whoever asks.
#[utoipa::path(
    get,
    path = WAYS_PATH,
    tag = "sign-in",
    security(()),
    responses((status = 200, description = "How people sign in.", body = Ways), Problem)
)]
pub(super) async fn ways<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
) -> Result<Json<Ways>, ApiError> {
    let storage = shell.hub.storage();
    let (has_accounts, stored) = futures::try_join!(storage.has_accounts(), storage.settings())?;
    let openid = &shell.config.sign_in.openid;
    Ok(Json(Ways {
        setup: !has_accounts,
        password: true,
        openid: openid.is_on().then(|| OpenIdWay { name: openid.name.clone() }),
        company: shell.layers.text("company", &stored.values),
        language: shell.layers.text("language", &stored.values),
    }))
}

/// A setup link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkToken {
    /// What stands behind `#t=` in the link.
    token: String,
}

/// A link that holds.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkHolds {
    /// Until when, milliseconds since the epoch.
    expires_ms: i64,
    /// The time zones to choose from.
    zones: Vec<String>,
    /// The one that holds where nothing else is chosen.
    zone: String,
}

/// Check a setup link
///
/// Whether it holds, and what a company chooses from. It is not used up by that.
#[utoipa::path(
    post,
    path = CHECK_PATH,
    operation_id = "setup_check",
    tag = "sign-in",
    security(()),
    responses((status = 200, description = "The link holds.", body = LinkHolds), Problem)
)]
pub(super) async fn check<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: OwnPage,
    Form(LinkToken { token }): Form<LinkToken>,
) -> Result<Json<LinkHolds>, ApiError> {
    let storage = shell.hub.storage();
    let (_, expires_ms) = shell.desk.check_setup_link(storage, &token, shell.clock.now()).await?;
    let stored = storage.settings().await?;
    let zone = shell.layers.text("zone", &stored.values).unwrap_or_else(|| shell.config.zone.clone());
    Ok(Json(LinkHolds { expires_ms, zones: zones(), zone }))
}

/// A company and its first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setup {
    /// What stands behind `#t=` in the link.
    token: String,
    /// The company's name.
    company: String,
    /// Its time zone: what a business day is.
    #[schema(example = "Asia/Seoul")]
    zone: String,
    /// The language of screens for who chooses none, `ko`, `en` or `zh`.
    language: String,
    /// The administrator's name to sign in with.
    user: String,
    /// The administrator's password.
    password: String,
    /// What the browser is called in the list of devices.
    #[schema(example = "Chrome, Windows")]
    device_name: String,
}

/// Set the hub up
///
/// Makes the first administrator with a setup link, which is used up by it, and signs the browser in. Of two people who
/// do so with one link, one is.
#[utoipa::path(
    post,
    path = PATH,
    operation_id = "set_up",
    tag = "sign-in",
    security(()),
    responses(
        (
            status = 200,
            description = "The administrator is there, and signed in.",
            headers(("Set-Cookie" = String, description = "Keeps the browser signed in.")),
            body = BrowserSignedIn,
        ),
        Problem,
    )
)]
pub(super) async fn set_up<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: OwnPage,
    Form(setup): Form<Setup>,
) -> Result<Response, ApiError> {
    let done = shell.clone();
    let signed = shell.finish(async move { done.make_administrator(setup).await }).await?;
    Ok(shell.signed_in(signed, shell.clock.now()))
}

impl<S: Storage, G: Gate> Shell<S, G> {
    async fn make_administrator(&self, setup: Setup) -> Result<SignInResponse, ApiError> {
        let (storage, now) = (self.hub.storage(), self.clock.now());
        let (presented, _) = self.desk.check_setup_link(storage, &setup.token, now).await?;
        if setup.device_name.len() > SIGN_IN_TEXT_BYTES {
            return Err(ApiError::Wire(ErrorCode::TooLarge));
        }
        let stored = storage.settings().await?;
        let changes = self.chosen(&stored, &setup)?;
        if !is_account_name(&setup.user) {
            return Err(ApiError::Question(
                "the name is empty, too long, or has blanks around it".to_owned(),
            ));
        }
        let hashed = self.desk.passwords.hash(setup.password, SystemEntropy.sixteen()).await;
        let password_hash = hashed.map_err(|error| match error {
            PasswordError::Failed(_) => ApiError::from(AuthError::from(error)),
            why => ApiError::Question(why.to_string()),
        })?;
        let (name, unit) = (setup.user.clone(), NATION.into());
        let account = Account { name, role: Role::Admin, unit, password_hash, disabled: false };
        let order = SetUp { presented, at_ms: now.0, account, changes };
        match storage.set_up(order).await? {
            SetUpOutcome::Done => {}
            SetUpOutcome::NoLink => return Err(AuthError::NoSetupLink.into()),
            SetUpOutcome::NameTaken => return Err(taken()),
        }
        let by = By { user: setup.user.clone(), device: None };
        let noted = by.did(AuditAction::AccountAdd, setup.user.as_str(), now).with("the first administrator");
        self.hub.note(noted).await?;
        self.take_zone(&storage.settings().await?);
        let device = setup.device_name;
        Ok(self.desk.sign_in_as(storage, &setup.user, device, now, &mut SystemEntropy).await?)
    }

    /// What a company chose, as settings. What file or environment say stays as they say.
    fn chosen(&self, stored: &StoredSettings, setup: &Setup) -> Result<SettingChanges, ApiError> {
        let chosen = [("company", &setup.company), ("zone", &setup.zone), ("language", &setup.language)];
        let is_free = |key: &str| {
            matches!(self.layers.origin(key, &stored.values), Origin::Default | Origin::Administrator)
        };
        let wanted = chosen.into_iter().filter(|(key, _)| is_free(key));
        let wanted: BTreeMap<_, _> =
            wanted.map(|(key, value)| (key.to_owned(), Value::from(value.as_str()))).collect();
        changes_of(&self.layers, stored, wanted).map_err(|why| ApiError::Question(why.to_string()))
    }

    /// Puts the chosen zone in force at once: nobody has asked anything yet.
    fn take_zone(&self, stored: &StoredSettings) {
        match self.layers.with(&stored.values).and_then(|config| config.time_zone()) {
            Ok(zone) => self.hub.set_zone(zone),
            Err(error) => {
                tracing::error!(error.reason = %error, "the company's zone is used from the next start")
            }
        }
    }
}

fn taken() -> ApiError {
    let what = "there is an account of this name already";
    Refusal::conflict("USER-EXISTS", what, "choose another name")
}
