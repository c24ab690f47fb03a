//! `/api/v1/absences`: who is away.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::{Date, UnitCode};
use serde::{Deserialize, Serialize};
use sync_protocol::ErrorCode;
use utoipa::{IntoParams, ToSchema};

use super::admin::Admin;
use super::error::{ApiError, Problem, Refusal};
use super::extract::{Asked, Form, SignedIn};
use super::page::Stretch;
use super::shell::Shell;
use super::tag;
use crate::auth::{Action, Object, may};
use crate::figures::{QuestionError, day};
use crate::hub::{AbsenceOrder, Gate, NotNoted, Rules, name_of};
use crate::organisation::{Absence, Absences};
use crate::storage::{ContentHash, Storage};

/// Where they live.
pub(super) const PATH: &str = "/api/v1/absences";

/// Whose absences are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The unit: its reps of today; without one, the asking person's own.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// Only who is away on this day: `YYYY-MM-DD`, `today`, `yesterday`.
    on: Option<String>,
    /// Reps of a page, up to 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The page after the one that told this as `next`.
    after: Option<String>,
}

/// Reps who are or were away, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AbsencesTold {
    /// The reps, by code.
    rows: Vec<RepAbsences>,
    /// How many there are on all pages.
    total: usize,
    /// Where there are more: what to ask `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A rep's absences.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RepAbsences {
    /// The rep.
    #[schema(value_type = String)]
    rep: UnitCode,
    /// The rep's name.
    name: String,
    /// The absences, in order.
    absences: Vec<AbsenceTold>,
    /// Sent back with a change: it holds for the absences as they are here alone.
    version: String,
}

/// Days on which a rep is away.
#[derive(Debug, Serialize, ToSchema)]
struct AbsenceTold {
    /// First day.
    from: String,
    /// Last day; null: nobody knows yet.
    to: Option<String>,
    /// Why; told to administrators alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What is to be noted of a rep: either `absent` or `back`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Noting {
    /// The rep.
    #[schema(value_type = String)]
    rep: UnitCode,
    /// The version that was told with the rep's absences; without one, whatever is there.
    version: Option<String>,
    /// The rep is away. An absence from the same day is replaced.
    absent: Option<Away>,
    /// The first day the rep is back: `YYYY-MM-DD`, `today`, `yesterday`.
    back: Option<String>,
}

/// Days to be away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Away {
    /// First day: `YYYY-MM-DD`, `today`, `yesterday`.
    from: String,
    /// Last day; without one nobody knows yet.
    to: Option<String>,
    /// Why, in a few words; told to administrators alone.
    reason: String,
}

impl RepAbsences {
    fn of(rep: &UnitCode, absences: &[Absence], rules: &Rules, with_reasons: bool) -> Self {
        let told = |absence: &Absence| AbsenceTold {
            from: absence.from.to_string(),
            to: absence.to.map(|day| day.to_string()),
            reason: with_reasons.then(|| absence.reason.clone()),
        };
        Self {
            rep: rep.clone(),
            name: name_of(rep, &rules.roster),
            absences: absences.iter().map(told).collect(),
            version: ContentHash::of_absences(absences).to_string(),
        }
    }
}

/// Absences
///
/// Of reps whose figures the asking person sees. Why somebody is away is told to administrators alone.
#[utoipa::path(
    get,
    operation_id = "list_absences",
    path = PATH,
    tag = "organisation",
    params(Wanted),
    responses(
        (
            status = 200,
            description = "The reps who are or were away.",
            headers(("ETag" = String, description = "Changes with the answer.")),
            body = AbsencesTold,
        ),
        (status = 304, description = "What `If-None-Match` names is the answer still."),
        Problem,
    )
)]
pub(super) async fn list<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    asked: HeaderMap,
    Asked(Wanted { unit, on, limit, after }): Asked<Wanted>,
) -> Result<Response, ApiError> {
    let stretch = Stretch::new(limit, after)?;
    let rules = shell.hub.current_rules().await?;
    let today = rules.day(shell.clock.now());
    let on = on.map(|word| day(&word, today)).transpose()?;
    let unit = unit.unwrap_or_else(|| principal.unit.clone());
    rules.roster.level(&unit).ok_or_else(|| QuestionError::UnknownUnit(unit.clone()))?;
    if !may(&principal, Action::SeeFigures, Object::Figures { unit: &unit, roster: &rules.roster }) {
        return Err(ApiError::Wire(ErrorCode::NotAllowed));
    }
    let with_reasons = may(&principal, Action::Administer, Object::System);
    let absences: Absences = shell.hub.storage().absences().await?.into_iter().collect();
    let is_wanted = |rep: &UnitCode, on: Option<Date>| {
        rules.roster.within(rep, &unit) && on.is_none_or(|day| absences.on(rep, day).is_some())
    };
    let reps = absences.reps().filter(|(rep, _)| is_wanted(rep, on));
    let mut rows: Vec<_> =
        reps.map(|(rep, absences)| RepAbsences::of(rep, absences, &rules, with_reasons)).collect();
    let total = rows.len();
    let next = stretch.cut(&mut rows, |row| row.rep.0.clone());
    tag::json(&asked, &AbsencesTold { rows, total, next })
}

/// Note that a rep is away, or back
///
/// For administrators. Who is away is not expected to report.
#[utoipa::path(
    post,
    operation_id = "note_absence",
    path = PATH,
    tag = "administration",
    request_body = Noting,
    responses((status = 200, description = "The rep's absences as they are now.", body = RepAbsences), Problem)
)]
pub(super) async fn note<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Form(Noting { rep, version, absent, back }): Form<Noting>,
) -> Result<Json<RepAbsences>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let today = rules.day(shell.clock.now());
    let order = match (absent, back) {
        (Some(Away { from, to, reason }), None) => {
            let to = to.map(|to| day(&to, today)).transpose()?;
            AbsenceOrder::Away { from: day(&from, today)?, to, reason }
        }
        (None, Some(back)) => AbsenceOrder::Back(day(&back, today)?),
        _ => return Err(ApiError::Question("one of `absent` and `back` is wanted".to_owned())),
    };
    let (hub, now) = (shell.hub.clone(), shell.clock.now());
    let of = rep.clone();
    let noting = async move { hub.note_absence(&by, &of, order, version.as_deref(), now).await };
    let absences = shell.finish(noting).await?;
    Ok(Json(RepAbsences::of(&rep, &absences, &rules, true)))
}

impl From<NotNoted> for ApiError {
    fn from(why: NotNoted) -> Self {
        let (code, to_do) = (why.code(), why.to_do());
        match why {
            NotNoted::Hub(error) => error.into(),
            NotNoted::Changed(_) => Refusal::conflict(code, why, to_do),
            NotNoted::Rep(_) | NotNoted::Absence(_) => Refusal::bad(code, why, to_do),
        }
    }
}
