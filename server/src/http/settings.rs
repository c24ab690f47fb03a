//! `/api/v1/settings`: what administrators set in place of defaults.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::admin::Admin;
use super::error::{ApiError, Problem, Refusal};
use super::extract::Form;
use super::shell::Shell;
use crate::audit::AuditAction;
use crate::config::{Config, SettingGiven, SettingRefused, SettingsShown, changes_of, shown};
use crate::hub::Gate;
use crate::storage::{Storage, StoredSettings};

/// Where they live.
pub(super) const PATH: &str = "/api/v1/settings";

/// What is to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsWanted {
    /// That of the settings looked at.
    version: u64,
    /// By name; null takes back what was set.
    #[schema(value_type = BTreeMap<String, SettingGiven>)]
    values: BTreeMap<String, Value>,
}

/// Settings
///
/// Each with what it means, what it is and who says so. For administrators.
#[utoipa::path(
    get,
    path = PATH,
    operation_id = "settings",
    tag = "administration",
    responses((status = 200, description = "All settings.", body = SettingsShown), Problem)
)]
pub(super) async fn settings<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    _: Admin,
) -> Result<Json<SettingsShown>, ApiError> {
    let stored = shell.hub.storage().settings().await?;
    shell.told(&stored).await
}

/// Change settings
///
/// All or none, looked at as a whole. A hub uses them from its next start, company and language at once. What a hub's
/// file or environment say stands over them and is not changed here.
#[utoipa::path(
    post,
    path = PATH,
    operation_id = "change_settings",
    tag = "administration",
    responses((status = 200, description = "All settings, as they are now.", body = SettingsShown), Problem)
)]
pub(super) async fn change<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Admin(by): Admin,
    Form(wanted): Form<SettingsWanted>,
) -> Result<Json<SettingsShown>, ApiError> {
    let storage = shell.hub.storage().clone();
    let stored = storage.settings().await?;
    if stored.version != wanted.version {
        return Err(changed_meanwhile());
    }
    // Days of sale are stored as days: another zone would leave the old ones where they are.
    if wanted.values.contains_key("zone") && storage.moment_at(i64::MAX).await? > 0 {
        return Err(zone_is_kept());
    }
    let changes = changes_of(&shell.layers, &stored, wanted.values)?;
    let keys: Vec<_> = changes.keys().cloned().collect();
    let put = async move { storage.put_settings(stored.version, changes).await };
    if !shell.finish(put).await? {
        return Err(changed_meanwhile());
    }
    let noted = by.did(AuditAction::SettingChange, keys.join(", "), shell.clock.now());
    shell.hub.note(noted).await?;
    let stored = shell.hub.storage().settings().await?;
    shell.told(&stored).await
}

impl<S: Storage, G: Gate> Shell<S, G> {
    async fn told(&self, stored: &StoredSettings) -> Result<Json<SettingsShown>, ApiError> {
        let rules = self.hub.current_rules().await?;
        // The zone may have been chosen after the start.
        let zone = rules.zone.iana_name().unwrap_or(&self.config.zone).to_owned();
        let running = Config { zone, ..(*self.config).clone() };
        shown(&self.layers, stored, &running).map(Json).map_err(|why| {
            tracing::error!(error.reason = %why, "the settings stored cannot be shown");
            Refusal::broken("SETTING-STORED", why, "run `fieldbook config --forget KEY` on the hub's machine")
        })
    }
}

impl From<SettingRefused> for ApiError {
    fn from(refused: SettingRefused) -> Self {
        match &refused {
            SettingRefused::Unknown(_) => {
                Refusal::bad("SETTING-UNKNOWN", refused, "look at the settings there are")
            }
            SettingRefused::Fixed { .. } => Refusal::conflict(
                "SETTING-FIXED",
                refused,
                "change it where the hub's machine is looked after",
            ),
            SettingRefused::Kind(_) | SettingRefused::Wrong(_) => {
                Refusal::bad("SETTING-VALUE", refused, "give another value")
            }
        }
    }
}

fn changed_meanwhile() -> ApiError {
    let what = "somebody else has changed the settings meanwhile";
    Refusal::conflict("CHANGED-MEANWHILE", what, "look at them again, then decide")
}

fn zone_is_kept() -> ApiError {
    let what = "there are sales already, and their days are those of the zone as it is";
    Refusal::conflict("SETTING-ZONE", what, "leave the zone as it is")
}
