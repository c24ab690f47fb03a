//! `/api/v1/approvals`: sales whose day lies too far back to count by itself.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::{DocumentId, UnitCode};
use serde::Deserialize;
use sync_protocol::ErrorCode;
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, Problem};
use super::extract::{Asked, Form, SignedIn};
use super::shell::Shell;
use super::tag;
use crate::app::SystemEntropy;
use crate::audit::By;
use crate::auth::{Action, Object, may};
use crate::figures::QuestionError;
use crate::hub::{ApproveError, Approved, AwaitingShown, Gate};
use crate::organisation::NATION;
use crate::storage::Storage;

/// Where they live.
pub(super) const PATH: &str = "/api/v1/approvals";

/// Whose policies are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// Only policies of reps that are this unit or stood below it on the day of sale; without one, the asking
    /// person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
}

/// Policies that wait for approval
///
/// Their day of sale lies too far back. Nothing of a customer is in it.
#[utoipa::path(
    get,
    operation_id = "list_approvals",
    path = PATH,
    tag = "approvals",
    params(Whose),
    responses(
        (
            status = 200,
            description = "How many wait, and the first of them.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = AwaitingShown,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(whose): Asked<Whose>,
) -> Result<Response, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let unit = whose.unit.unwrap_or_else(|| principal.unit.clone());
    if rules.roster.level(&unit).is_none() {
        return Err(QuestionError::UnknownUnit(unit).into());
    }
    if !may(&principal, Action::SeeFigures, Object::Figures { unit: &unit, roster: &rules.roster }) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    tag::json(&asked, &shell.hub.awaiting_approval(Some(&unit), shell.clock.now()).await?)
}

/// Which day of sale is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// The policy.
    #[schema(value_type = String)]
    policy: DocumentId,
}

/// Approve a day of sale
///
/// However far back it lies. The approval holds for this day alone: with another one the policy waits again.
#[utoipa::path(
    post,
    operation_id = "approve_sale_day",
    path = PATH,
    tag = "approvals",
    request_body = Approval,
    responses((status = 200, description = "The policy, and whether it counts now.", body = Approved), Problem)
)]
pub(super) async fn approve<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Form(Approval { policy }): Form<Approval>,
) -> Result<Json<Approved>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let object = Object::Figures { unit: &NATION.into(), roster: &rules.roster };
    if !may(&principal, Action::ApproveSale, object) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let by = By::from(&principal);
    let approve = async move { hub.approve_by(&by, &by.user, policy, now, &mut SystemEntropy).await };
    shell.finish(approve).await.map(Json)
}

impl From<ApproveError> for ApiError {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::Hub(error) => error.into(),
            told => Self::Question(told.to_string()),
        }
    }
}
