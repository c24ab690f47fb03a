//! `/api/v1/policies`: from a figure to the policies behind it, and from a policy to the single edit.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::{DocumentId, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, Problem};
use super::extract::{Asked, SignedIn};
use super::page::Stretch;
use super::shell::Shell;
use super::tag;
use crate::audit::{AuditAction, By};
use crate::figures::Question;
use crate::hub::{Gate, PoliciesError, PoliciesShown, PolicyRow, PolicyShown, SumsShown};
use crate::storage::Storage;

/// Where lists of policies live.
pub(super) const PATH: &str = "/api/v1/policies";
/// Where single ones do.
pub(super) const POLICY_PATH: &str = "/api/v1/policies/{policy}";

/// Which policies are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// First business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[param(example = "today")]
    from: String,
    /// Last business day, likewise.
    #[param(example = "today")]
    to: String,
    /// The unit whose figure it is; without one, the asking person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// Policies of a page, up to 1,000. The total is of all, on every page.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<String>,
}

/// The policies behind a figure of now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Policies {
    /// First business day.
    from: String,
    /// Last business day.
    to: String,
    /// The unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// The newest moment in the cells, to which pending entries were added.
    moment: u64,
    /// The policies, by id.
    rows: Vec<PolicyRow>,
    /// The sums of all rows of all pages: the figure.
    total: SumsShown,
    /// Where there are more policies: what to ask `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The policies behind a figure
///
/// What each policy adds to the figure of a unit and of days as it is now. A policy whose entries come to nothing in
/// these days is told as well. Nothing of a customer is in it.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The policies.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Policies,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn policies<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let Wanted { from, to, unit, limit, after } = wanted;
    let stretch = Stretch::new(limit, after)?;
    let question = Question { from, to, unit, ..Question::default() };
    let (rules, now) = (shell.hub.current_rules().await?, shell.clock.now());
    let query = question.query(rules.day(now), &rules.roster, &principal.unit)?;
    let PoliciesShown { from, to, unit, moment, mut rows, total } =
        shell.hub.policies_for(&principal, &query, now).await?;
    let next = stretch.cut(&mut rows, |row| row.policy.to_string());
    tag::json(&asked, &Policies { from, to, unit, moment, rows, total, next })
}

/// One policy
///
/// Every entry it has in the ledger and every edit of it, each entry with the edit behind it: whose it is, on which
/// device, and when. Of edits only the fields that figures come from are told, and nothing of a customer.
#[utoipa::path(
    get,
    path = POLICY_PATH,
    tag = "figures",
    params(("policy" = String, Path, description = "The policy's id.")),
    responses(
        (
            status = 200,
            description = "The policy.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = PolicyShown,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn policy<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Path(policy): Path<String>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let id = policy.parse::<DocumentId>();
    let id =
        id.map_err(|_| ApiError::Question("a policy is named by the 32 letters of its id".to_owned()))?;
    let shown = shell.hub.policy_for(&principal, id).await?;
    let noted = By::from(&principal).did(AuditAction::PolicyOpen, id.to_string(), shell.clock.now());
    shell.hub.note(noted).await?;
    tag::json(&asked, &shown)
}

impl From<PoliciesError> for ApiError {
    fn from(error: PoliciesError) -> Self {
        match error {
            PoliciesError::Hub(error) => error.into(),
            told @ PoliciesError::TooMany => Self::Question(told.to_string()),
        }
    }
}
