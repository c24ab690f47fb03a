//! `/api/v1/accounts`: people's accounts, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use document_model::{Entropy, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::Admin;
use super::error::{ApiError, Problem, Refusal};
use super::extract::{Asked, Form};
use super::page::Stretch;
use super::shell::Shell;
use super::tag;
use crate::app::SystemEntropy;
use crate::auth::{PasswordError, Role, made_password};
use crate::hub::{AccountChange, AccountRow, AccountsWanted, ChangedAccount, Gate, NewAccount};
use crate::storage::Storage;

/// Where they live.
pub(super) const PATH: &str = "/api/v1/accounts";
/// Where one does.
pub(super) const ACCOUNT_PATH: &str = "/api/v1/accounts/{name}";
/// Where its password is set.
pub(super) const PASSWORD_PATH: &str = "/api/v1/accounts/{name}/password";

/// Which accounts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// A part of the name, or of the unit's code or name.
    text: Option<String>,
    /// The role.
    role: Option<Role>,
    /// Whether somebody may sign in with it.
    state: Option<AccountState>,
    /// Accounts of a page, up to 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<String>,
}

/// Whether somebody may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AccountState {
    /// Somebody may.
    Active,
    /// Nobody may.
    Disabled,
}

/// Accounts, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accounts {
    /// The accounts, by name.
    rows: Vec<AccountRow>,
    /// How many there are on all pages.
    total: usize,
    /// Where there are more: what to ask `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Accounts
///
/// For administrators.
#[utoipa::path(
    get,
    operation_id = "list_accounts",
    path = PATH,
    tag = "administration",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The accounts.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Accounts,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: Admin,
    asked: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let Wanted { text, role, state, limit, after } = wanted;
    let stretch = Stretch::new(limit, after)?;
    let disabled = state.map(|state| state == AccountState::Disabled);
    let mut rows = shell.hub.account_rows(&AccountsWanted { text, role, disabled }).await?;
    let total = rows.len();
    let next = stretch.cut(&mut rows, |row| row.name.clone());
    tag::json(&asked, &Accounts { rows, total, next })
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adding {
    /// The name to sign in with.
    name: String,
    /// What it may do.
    role: Role,
    /// The unit it works for: a rep's own code, a manager's branch or region, `nation`.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// The password; without one the hub makes one.
    password: Option<String>,
}

/// An account that was added.
#[derive(Serialize, ToSchema)]
pub(super) struct Added {
    /// The account.
    account: AccountRow,
    /// The password that the hub made: told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Add an account
///
/// For administrators. Without a password the hub makes one and tells it this once.
#[utoipa::path(
    post,
    operation_id = "add_account",
    path = PATH,
    tag = "administration",
    request_body = Adding,
    responses((status = 201, description = "The account.", body = Added), Problem)
)]
pub(super) async fn add<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Form(Adding { name, role, unit, password }): Form<Adding>,
) -> Result<(StatusCode, Json<Added>), ApiError> {
    shell.hub.check_new_account(&name, role, &unit).await?;
    let (password_hash, made) = shell.hashed(password).await?;
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let new = NewAccount { name, role, unit, password_hash };
    let account = shell.finish(async move { hub.add_account(&by, new, now).await }).await?;
    let account = shell.hub.account_row(&account).await?;
    Ok((StatusCode::CREATED, Json(Added { account, password: made })))
}

/// What is to be different of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changing {
    /// The version that was told with the account.
    version: String,
    /// The role.
    role: Option<Role>,
    /// The unit.
    #[schema(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// Whether nobody may sign in with it.
    disabled: Option<bool>,
}

/// Change an account
///
/// For administrators. A closed account's devices are shut out at once. Nobody closes the last administrator's
/// account, or takes the role away from it.
#[utoipa::path(
    post,
    operation_id = "change_account",
    path = ACCOUNT_PATH,
    tag = "administration",
    params(("name" = String, Path, description = "The account's name.")),
    request_body = Changing,
    responses((status = 200, description = "The account as it is now.", body = AccountRow), Problem)
)]
pub(super) async fn change<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(name): Path<String>,
    Form(Changing { version, role, unit, disabled }): Form<Changing>,
) -> Result<Json<AccountRow>, ApiError> {
    let change = AccountChange { version: Some(version), role, unit, disabled, password_hash: None };
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let changing = async move { hub.change_account(&by, &name, &change, now).await };
    let ChangedAccount { account, signed_out } = shell.finish(changing).await?;
    signed_out.into_iter().for_each(|device| shell.sockets.hang_up(device));
    Ok(Json(shell.hub.account_row(&account).await?))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The password; without one the hub makes one.
    password: Option<String>,
}

/// The password that was set.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordSet {
    /// The password that the hub made: told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Give an account a new password
///
/// For administrators. Its devices must sign in again; their unsent work is safe.
#[utoipa::path(
    post,
    operation_id = "set_password",
    path = PASSWORD_PATH,
    tag = "administration",
    params(("name" = String, Path, description = "The account's name.")),
    request_body = NewPassword,
    responses((status = 200, description = "It is set.", body = PasswordSet), Problem)
)]
pub(super) async fn set_password<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Path(name): Path<String>,
    Form(NewPassword { password }): Form<NewPassword>,
) -> Result<Json<PasswordSet>, ApiError> {
    let (password_hash, made) = shell.hashed(password).await?;
    let change = AccountChange { password_hash: Some(password_hash), ..AccountChange::default() };
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let changing = async move { hub.change_account(&by, &name, &change, now).await };
    let ChangedAccount { signed_out, .. } = shell.finish(changing).await?;
    signed_out.into_iter().for_each(|device| shell.sockets.hang_up(device));
    Ok(Json(PasswordSet { password: made }))
}

impl<S: Storage, G: Gate> Shell<S, G> {
    /// The hash of a password, and the password itself where the hub had to make one.
    async fn hashed(&self, password: Option<String>) -> Result<(String, Option<String>), ApiError> {
        let (password, made) = match password {
            Some(password) => (password, None),
            None => {
                let made = made_password(&mut SystemEntropy);
                (made.clone(), Some(made))
            }
        };
        let hash = self.desk.passwords.hash(password, SystemEntropy.sixteen()).await;
        match hash {
            Ok(hash) => Ok((hash, made)),
            Err(PasswordError::Failed(why)) => {
                tracing::error!(error.reason = %why, "a password could not be hashed");
                Err(ApiError::internal())
            }
            Err(told) => Err(Refusal::bad("USER-PASSWORD", told, "choose another password")),
        }
    }
}
