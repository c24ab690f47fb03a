//! `GET /api/v1/targets`: how far units have come, for whoever may see them.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::UnitCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{ApiError, Problem};
use super::extract::{Asked, SignedIn};
use super::shell::Shell;
use super::tag;
use crate::figures::Question;
use crate::hub::{AttainmentShown, Gate};
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/targets";

/// Whose targets are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// First business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[param(example = "yesterday")]
    from: String,
    /// Last business day, likewise.
    #[param(example = "today")]
    to: String,
    /// The level of the units; that of the unit asked about where it is left out.
    level: Option<String>,
    /// Only units that are this one or stand below it; without one, the asking person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
}

/// Targets and attainment
///
/// Of a range of days: the share of each target that falls on them, what was sold, and the rank among the units of
/// the answer. Every acknowledged edit is in it.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The units that have a target in these days.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = AttainmentShown,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn targets<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let Wanted { from, to, level, unit } = wanted;
    let question = Question { from, to, level, unit, ..Question::default() };
    let rules = shell.hub.current_rules().await?;
    let query = question.query(rules.day(shell.clock.now()), &rules.roster, &principal.unit)?;
    tag::json(&asked, &shell.hub.attainment_for(&principal, &query).await?)
}
