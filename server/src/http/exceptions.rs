//! `/api/v1/exceptions`: what one rep sends late still counts for a closed day, in a stamp of its own.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::UnitCode;
use serde::Deserialize;
use sync_protocol::ErrorCode;
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, Problem};
use super::extract::{Asked, Form, SignedIn};
use super::shell::Shell;
use super::tag;
use crate::audit::By;
use crate::auth::{Action, Object, Principal, may};
use crate::figures::{day, instant_of};
use crate::hub::{ExceptionAsked, ExceptionEnded, ExceptionError, ExceptionShown, Gate, Rules};
use crate::organisation::NATION;
use crate::storage::Storage;

/// Where exceptions live.
pub(super) const PATH: &str = "/api/v1/exceptions";
/// Where they are ended.
pub(super) const CLOSE_PATH: &str = "/api/v1/exceptions/close";

/// Which exceptions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those that are open.
    #[serde(default)]
    open: bool,
}

/// Exceptions
///
/// The newest first, of units that the asking person may see; ended ones included.
#[utoipa::path(
    get,
    operation_id = "list_exceptions",
    path = PATH,
    tag = "closings",
    params(Which),
    responses(
        (
            status = 200,
            description = "The exceptions.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Vec<ExceptionShown>,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let mut found = shell.hub.exceptions(which.open).await?;
    found.retain(|exception| {
        let object = Object::Figures { unit: &exception.unit, roster: &rules.roster };
        may(&principal, Action::SeeFigures, object)
    });
    tag::json(&asked, &found)
}

/// An exception that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// The branch.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// The closed business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[schema(example = "yesterday")]
    date: String,
    /// The account of the rep, who was in that branch that day.
    user: String,
    /// When it ends by itself; at most 31 days from now.
    #[schema(example = "2026-06-02T18:00")]
    until: String,
    /// Why; kept with it.
    reason: Option<String>,
}

/// Open an exception
///
/// To the closed day of a branch, for one rep. When it ends, the branch gets its next stamp, and units above with it.
#[utoipa::path(
    post,
    operation_id = "open_exception",
    path = PATH,
    tag = "closings",
    request_body = Opening,
    responses((status = 200, description = "The exception.", body = ExceptionShown), Problem)
)]
pub(super) async fn open<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Form(opening): Form<Opening>,
) -> Result<Json<ExceptionShown>, ApiError> {
    let (rules, now) = (shell.hub.current_rules().await?, shell.clock.now());
    check(&principal, &opening.unit, &rules)?;
    let asked = ExceptionAsked {
        unit: opening.unit,
        day: day(&opening.date, rules.day(now))?,
        user: opening.user,
        until: instant_of(&opening.until, &rules.zone)?,
        reason: opening.reason,
    };
    let hub = shell.hub.clone();
    let open = async move { hub.open_exception_by(&By::from(&principal), asked, now).await };
    shell.finish(open).await.map(Json)
}

/// Which exception is to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    /// Its number.
    id: u64,
}

/// End an exception
///
/// Before its time: what has come by now is stamped.
#[utoipa::path(
    post,
    operation_id = "end_exception",
    path = CLOSE_PATH,
    tag = "closings",
    request_body = Ending,
    responses((status = 200, description = "The exception, and the stamps it led to.", body = ExceptionEnded), Problem)
)]
pub(super) async fn close<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Form(ending): Form<Ending>,
) -> Result<Json<ExceptionEnded>, ApiError> {
    check(&principal, &NATION.into(), &*shell.hub.current_rules().await?)?;
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let end = async move { hub.end_exception_by(&By::from(&principal), ending.id, now).await };
    shell.finish(end).await.map(Json)
}

fn check(principal: &Principal, unit: &UnitCode, rules: &Rules) -> Result<(), ApiError> {
    let object = Object::Figures { unit, roster: &rules.roster };
    let allowed = may(principal, Action::ExceptDay, object);
    allowed.then_some(()).ok_or(ApiError::Wire(ErrorCode::NotAllowed))
}

impl From<ExceptionError> for ApiError {
    fn from(error: ExceptionError) -> Self {
        match error {
            ExceptionError::Hub(error) => error.into(),
            told => Self::Question(told.to_string()),
        }
    }
}
