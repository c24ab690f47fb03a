//! `/api/v1/closings` and `/api/v1/explain`: closing days, and why figures differ.

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
use crate::auth::{Action, Object, may};
use crate::figures::{QuestionError, State as FigureState, day};
use crate::hub::{ClosingError, ClosingShown, ExplainError, Explanation, Gate};
use crate::organisation::NATION;
use crate::storage::Storage;

/// Where closings live.
pub(super) const PATH: &str = "/api/v1/closings";
/// Where explanations live.
pub(super) const EXPLAIN_PATH: &str = "/api/v1/explain";

/// Days one answer lists closings of.
const LISTED_DAYS: i32 = 92;

/// Which closings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Days {
    /// First business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[param(example = "yesterday")]
    from: String,
    /// Last business day, likewise; up to 92 days at a time.
    #[param(example = "today")]
    to: String,
}

/// Closings
///
/// The stamps of a range of days that the asking person may see. Where an exception added to a closed day, a later stamp
/// stands beside the first, and is what `closed` means.
#[utoipa::path(
    get,
    operation_id = "list_closings",
    path = PATH,
    tag = "closings",
    params(Days),
    responses(
        (
            status = 200,
            description = "The closings, by day, unit and stamp.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = Vec<ClosingShown>,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(days): Asked<Days>,
) -> Result<Response, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let today = rules.day(shell.clock.now());
    let (from, to) = (day(&days.from, today)?, day(&days.to, today)?);
    if from > to || document_model::add_days(from, LISTED_DAYS) <= to {
        let told = format!("closings are listed for 1 to {LISTED_DAYS} days at a time");
        return Err(ApiError::Question(told));
    }
    let mut closings = shell.hub.closings(from, to).await?;
    closings.retain(|closing| {
        let object = Object::Figures { unit: &closing.unit, roster: &rules.roster };
        may(&principal, Action::SeeFigures, object)
    });
    tag::json(&asked, &closings)
}

/// An order to close a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// The business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[schema(example = "yesterday")]
    date: String,
    /// The unit to close; without one, all.
    #[schema(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// Whether it is the last word.
    #[serde(default, rename = "final")]
    is_final: bool,
}

/// Close a day
///
/// Of one unit, or of all. What comes later is in the figures of now, never in the stamp. A unit cannot be closed
/// before those below it.
#[utoipa::path(
    post,
    operation_id = "close_day",
    path = PATH,
    tag = "closings",
    request_body = Order,
    responses(
        (status = 200, description = "The stamps that were made.", body = Vec<ClosingShown>),
        Problem,
    )
)]
pub(super) async fn close<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Form(order): Form<Order>,
) -> Result<Json<Vec<ClosingShown>>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let now = shell.clock.now();
    let date = day(&order.date, rules.day(now))?;
    let nation = UnitCode::from(NATION);
    let object = Object::Figures { unit: order.unit.as_ref().unwrap_or(&nation), roster: &rules.roster };
    if !may(&principal, Action::CloseDay, object) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    let hub = shell.hub.clone();
    let close = async move {
        hub.close_day_by(&By::from(&principal), date, order.unit.as_ref(), order.is_final, now).await
    };
    shell.finish(close).await.map(Json)
}

/// A question why two figures differ.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Difference {
    /// The unit; without one, the asking person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// The business day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[param(example = "yesterday")]
    date: String,
    /// Two states: `now`, `closed`, or an instant that has come, like `2026-06-01T18:00`.
    #[param(example = "closed,now")]
    between: String,
}

/// Why two figures differ
///
/// The entries that one state of a unit's day holds and another does not; they sum to the difference.
#[utoipa::path(
    get,
    path = EXPLAIN_PATH,
    tag = "figures",
    params(Difference),
    responses(
        (status = 200, description = "The difference, and what happened.", body = Explanation),
        Problem,
    )
)]
pub(super) async fn explain<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Asked(asked): Asked<Difference>,
) -> Result<Json<Explanation>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let now = shell.clock.now();
    let date = day(&asked.date, rules.day(now))?;
    let unit = asked.unit.unwrap_or_else(|| principal.unit.clone());
    let level = rules.roster.level(&unit).ok_or(QuestionError::UnknownUnit(unit.clone()))?;
    let Some((from, to)) = asked.between.split_once(',') else {
        return Err(ApiError::Question("`between` takes two states, like closed,now".to_owned()));
    };
    let state = |word: &str| FigureState::of_word(word, now, &rules.zone);
    let states = (shell.hub.view_of(state(from)?).await?, shell.hub.view_of(state(to)?).await?);
    Ok(Json(shell.hub.explain_for(&principal, (level, unit), date, states).await?))
}

impl From<ClosingError> for ApiError {
    fn from(error: ClosingError) -> Self {
        match error {
            ClosingError::Hub(error) => error.into(),
            told => Self::Question(told.to_string()),
        }
    }
}

impl From<ExplainError> for ApiError {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Hub(error) => error.into(),
            told => Self::Question(told.to_string()),
        }
    }
}
