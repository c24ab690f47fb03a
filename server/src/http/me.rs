//! `GET /api/v1/me`: who asks, and what day it is where they are.

use axum::Json;
use axum::extract::State;
use document_model::UnitCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, Problem};
use super::extract::SignedIn;
use super::shell::Shell;
use crate::auth::Role;
use crate::hub::{Gate, name_of};
use crate::organisation::Level;
use crate::storage::Storage;

/// Where it lives.
pub(super) const PATH: &str = "/api/v1/me";

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The account's name.
    user: String,
    /// Its role.
    role: Role,
    /// The unit it works for: what questions without a unit are about.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// The unit's name.
    unit_name: String,
    /// The unit's level; null where the organisation has no such unit.
    level: Option<Level>,
    /// The company's name; null where it was not said.
    company: Option<String>,
    /// The language of screens for who chose none, `ko`, `en` or `zh`; null is that of the browser.
    language: Option<String>,
    /// The company's time zone.
    #[schema(example = "Asia/Seoul")]
    zone: String,
    /// The business day it is there.
    today: String,
    /// The hub's clock, milliseconds since the epoch.
    now_ms: i64,
}

/// Who asks
///
/// The account, its role and unit, and the business day it is now.
#[utoipa::path(
    get,
    path = PATH,
    tag = "organisation",
    responses((status = 200, description = "Who asks.", body = Me), Problem)
)]
pub(super) async fn me<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    SignedIn(principal): SignedIn,
) -> Result<Json<Me>, ApiError> {
    let rules = shell.hub.current_rules().await?;
    let set = shell.hub.storage().settings().await?.values;
    let now = shell.clock.now();
    Ok(Json(Me {
        user: principal.user,
        role: principal.role,
        unit_name: name_of(&principal.unit, &rules.roster),
        level: rules.roster.level(&principal.unit),
        unit: principal.unit,
        company: shell.layers.text("company", &set),
        language: shell.layers.text("language", &set),
        zone: rules.zone.iana_name().unwrap_or(&shell.config.zone).to_owned(),
        today: rules.day(now).to_string(),
        now_ms: now.0,
    }))
}
