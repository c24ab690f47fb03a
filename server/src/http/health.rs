//! `/healthz` and `/readyz`, for whoever watches the process.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::error::ApiError;
use super::shell::Shell;
use crate::hub::Gate;
use crate::storage::Storage;

/// How the hub is.
#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
}

impl Health {
    const fn of(status: &'static str) -> Json<Self> {
        Json(Self { status, version: env!("CARGO_PKG_VERSION") })
    }
}

/// The process runs and answers.
pub(super) async fn alive() -> Json<Health> {
    Health::of("alive")
}

/// The storage takes writes: edits would be acknowledged.
pub(super) async fn ready<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
) -> Result<Json<Health>, ApiError> {
    (shell.ready)()?;
    Ok(Health::of("ready"))
}
