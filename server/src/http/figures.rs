//! `GET /api/v1/figures`: sales figures for whoever may see the unit.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use sync_protocol::ErrorCode;

use super::delivery::{Delivery, Wanted};
use super::error::{ApiError, Problem};
use super::extract::{AskedFor, SignedIn};
use super::page::{self, Figures};
use super::shell::Shell;
use super::tag::Tag;
use crate::audit::{AuditAction, By};
use crate::export::FigureExport;
use crate::figures::{Question, QuestionError};
use crate::hub::Gate;
use crate::storage::{FigureQuery, Storage};

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/figures";

/// Sales figures
///
/// Of a range of days; without a unit, of the asking person's own. A manager sees the units below the own one,
/// headquarters see all, a rep the own figures. Every acknowledged edit is in the answer.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    params(Question, Delivery),
    responses(
        (
            status = 200,
            description = "The figures: in JSON, or as a file with all rows.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            content(
                (Figures = "application/json"),
                (String = "text/csv"),
                (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (String = "application/vnd.apache.parquet"),
            ),
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn figures<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    AskedFor(question, delivery): AskedFor<Question>,
) -> Result<Response, ApiError> {
    let wanted = delivery.wanted()?;
    let rules = shell.hub.current_rules().await?;
    let now = shell.clock.now();
    let query = question.query(rules.day(now), &rules.roster, &principal.unit)?;
    let view = shell.hub.view_of(question.state(now, &rules.zone)?).await?;
    let mut query = FigureQuery { view, ..query };
    if question.today_structure {
        query = shell.hub.in_todays_structure(query, now).await?;
    }
    let answer = shell.hub.figures_for(&principal, &query, now).await?;
    match wanted {
        Wanted::Json(page) => page::answer(&asked, answer, page.as_ref()),
        Wanted::File(form) => {
            let tag = Tag::of_answer(&format!("{form:?}"), &answer)?;
            let exported =
                format!("{} of {}", query.level.as_str(), question.unit.as_ref().unwrap_or(&principal.unit));
            let export = FigureExport::new(answer, &question, &query, (now, &rules.zone));
            export.fits(form)?;
            let noted = By::from(&principal).did(AuditAction::FiguresExport, form.as_str(), now);
            let asked_for = format!("{} to {}, {}", question.from, question.to, exported);
            shell.hub.note(noted.with(asked_for)).await?;
            shell.files.answer(&asked, export, form, tag).await
        }
    }
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
