//! `fieldbook device`.

use clap::Subcommand;
use document_model::{DeviceId, Moment, format_moment};
use serde::Serialize;
use serde_json::json;

use super::error::Failure;
use super::output::{Answer, table};
use crate::app::App;
use crate::audit::By;
use crate::hub::{DeviceRow, DevicesWanted, Gate};
use crate::storage::Storage;

/// Devices.
#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// List all devices: those that hold unsent work first, as they last said, the longest silent before others.
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

pub(super) async fn list<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let mut devices = app.hub.device_rows(&DevicesWanted::default()).await?;
    devices.sort_by_cached_key(DeviceRow::urgency);
    let rows: Vec<_> = devices.iter().map(columns).collect();
    let listed: Vec<_> = devices.iter().map(|row| Listed { id: row.device, row }).collect();
    Answer::new(table(&NAMES, &rows), &listed)
}

/// A device as programs read it: scripts know its id by this name.
#[derive(Serialize)]
struct Listed<'a> {
    id: DeviceId,
    #[serde(flatten)]
    row: &'a DeviceRow,
}

/// The columns of a list; what a device has not told is left empty.
const NAMES: [&str; 8] = ["device", "user", "name", "last seen", "unsent", "tray", "version", "state"];

fn columns(row: &DeviceRow) -> Vec<String> {
    let count = |told: Option<u32>| told.map(|count| count.to_string()).unwrap_or_default();
    let state = if row.revoked { "revoked" } else { "" };
    vec![
        row.device.to_string(),
        row.user.clone(),
        row.name.clone(),
        format_moment(Moment(row.last_seen_ms)),
        count(row.waiting),
        count(row.tray),
        row.version.clone().unwrap_or_default(),
        state.to_owned(),
    ]
}

async fn revoke<S: Storage, G: Gate>(app: &App<S, G>, id: DeviceId) -> Result<Answer, Failure> {
    app.hub.revoke_device(&By::command_line(), id, app.clock.now()).await?;
    Answer::new(format!("Device {id} is revoked."), &json!({"id": id, "revoked": true}))
}
