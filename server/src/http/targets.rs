//! `/api/v1/targets`: how far units have come, for whoever may see them; and what they are to reach, set by
//! headquarters.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document_model::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::Taken;
use super::error::{ApiError, Problem};
use super::extract::{Asked, Form, SignedIn};
use super::shell::Shell;
use super::tag;
use crate::audit::By;
use crate::auth::{Action, Object, may};
use crate::figures::{Question, day};
use crate::hub::{AttainmentShown, Gate};
use crate::import::{FileKind, ImportReport, TargetRow, take_targets};
use crate::organisation::{TargetLine, TargetMeasure};
use crate::storage::{ContentHash, Storage};

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/targets";
/// Targets set at once.
const MOST_ROWS: usize = 5_000;
/// Bytes they take.
const SETTING_BYTES: usize = 1024 * 1024;

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
            body = TargetsShown,
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
    let attainment = shell.hub.attainment_for(&principal, &query).await?;
    let version = match may(&principal, Action::SetTargets, Object::System) {
        true => Some(ContentHash::of_targets(&shell.hub.storage().targets().await?).to_string()),
        false => None,
    };
    tag::json(&asked, &TargetsShown { attainment, version })
}

/// Attainment, and what targets are set with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetsShown {
    #[serde(flatten)]
    attainment: AttainmentShown,
    /// For those who may set targets: the version of all of them, sent back with a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

/// Targets that are to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    /// The targets. Each takes its days from targets of the same measure and type that held on them.
    rows: Vec<TargetSent>,
    /// The version of all targets that they are meant for.
    version: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What a unit is to reach in a span of days.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TargetSent {
    /// The unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Only products of this type.
    #[serde(rename = "type")]
    product_type: Option<String>,
    /// What is counted: `net`, `premium`, `ape`, sold less withdrawn.
    measure: TargetMeasure,
    /// First day: `YYYY-MM-DD`, `today`, `yesterday`.
    #[schema(example = "2026-07-01")]
    from: String,
    /// Last day, likewise.
    #[schema(example = "2026-07-31")]
    to: String,
    /// How much: policies or won.
    value: i64,
}

/// Set targets
///
/// For headquarters and administrators: all of them or none.
#[utoipa::path(
    post,
    operation_id = "set_targets",
    path = PATH,
    tag = "figures",
    request_body = Setting,
    responses((status = 200, description = "What is different, or what stands against it.", body = Taken), Problem)
)]
pub(super) async fn set<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
    Form(Setting { rows, version, dry_run }): Form<Setting, SETTING_BYTES>,
) -> Result<Json<Taken>, ApiError> {
    shell.allow(&principal, Action::SetTargets, PATH).await?;
    if rows.len() > MOST_ROWS {
        return Err(ApiError::Question(format!("{MOST_ROWS} targets are taken at once, not more")));
    }
    let mut report = ImportReport { rows: rows.len(), ..ImportReport::default() };
    let today = shell.hub.current_rules().await?.day(shell.clock.now());
    let row = |(row, sent): (u64, TargetSent)| {
        let days = day(&sent.from, today).and_then(|from| Ok((from, day(&sent.to, today)?)));
        let (from, to) = days.map_err(|why| report.reject(row, why.to_string())).ok()?;
        let TargetSent { unit, product_type, measure, value, .. } = sent;
        Some(TargetRow { row, line: TargetLine { unit, product_type, measure }, from, to, value })
    };
    let rows: Vec<_> = (1..).zip(rows).filter_map(row).collect();
    let (hub, terms) = (shell.hub.clone(), shell.terms(By::from(&principal), dry_run, version));
    let report = shell.finish(async move { take_targets(&hub, &rows, report, &terms).await }).await?;
    shell.taken(FileKind::Targets.as_str(), dry_run, report).await.map(Json)
}
