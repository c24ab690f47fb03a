//! `fieldbook device`.

use clap::Subcommand;
use document_model::{DeviceId, Moment, format_moment};
use serde_json::json;

use super::error::Failure;
use super::output::{Answer, table};
use crate::app::App;
use crate::audit::By;
use crate::hub::Gate;
use crate::storage::Storage;

/// Devices.
#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// List all devices.
    #[command(after_help = "Example:
  fieldbook device list")]
    List,
    /// Shut a device out for good. Its unsent work stays on it; the person may sign in on another one.
    #[command(after_help = "Example:
  fieldbook device revoke 3f2a9c4be1d05a7788c1f0e2d3b4a596")]
    Revoke {
        /// The device, as `device list` names it.
        id: DeviceId,
    },
}

impl Device {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match self {
            Self::List => list(app).await,
            Self::Revoke { id } => revoke(app, *id).await,
        }
    }
}

async fn list<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let devices = app.hub.storage().devices().await?;
    let row = |device: &crate::auth::Device| {
        let state = if device.revoked { "revoked" } else { "" };
        let seen = format_moment(Moment(device.last_seen_ms));
        vec![device.id.to_string(), device.user.clone(), device.name.clone(), seen, state.to_owned()]
    };
    let rows: Vec<_> = devices.iter().map(row).collect();
    Answer::new(table(&["device", "user", "name", "last seen", "state"], &rows), &devices)
}

async fn revoke<S: Storage, G: Gate>(app: &App<S, G>, id: DeviceId) -> Result<Answer, Failure> {
    app.hub.revoke_device(&By::command_line(), id, app.clock.now()).await?;
    Answer::new(format!("Device {id} is revoked."), &json!({"id": id, "revoked": true}))
}
