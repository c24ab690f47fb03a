//! `GET /api/v1/figures`: sales figures for whoever may see the unit.

use axum::Json;
use axum::extract::State;
use sync_protocol::ErrorCode;

use super::error::ApiError;
use super::extract::{Asked, SignedIn};
use super::shell::Shell;
use crate::figures::{Question, QuestionError};
use crate::hub::{FigureAnswerNamed, Gate};
use crate::storage::{FigureQuery, Storage};

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/figures";

/// Figures of a range of days; without a unit, of the asking person's own.
pub(super) async fn figures<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Asked(question): Asked<Question>,
) -> Result<Json<FigureAnswerNamed>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let now = shell.clock.now();
    let query = question.query(rules.day(now), &rules.roster, &principal.unit)?;
    let view = shell.hub.view_of(question.state(now, &rules.zone)?).await?;
    let mut query = FigureQuery { view, ..query };
    if question.today_structure {
        query = shell.hub.in_todays_structure(query, now).await?;
    }
    Ok(Json(shell.hub.figures_for(&principal, &query, now).await?))
}

impl From<QuestionError> for ApiError {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::Unreadable(words) => Self::Question(words),
            // A unit that is not there and one that may not be seen are told alike.
            QuestionError::UnknownUnit(_) => Self::Wire(ErrorCode::NotAllowed),
        }
    }
}
