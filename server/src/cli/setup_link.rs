//! `fieldbook setup-link`.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::error::Failure;
use super::output::Answer;
use crate::app::{App, SystemEntropy, served_at};
use crate::auth::SETUP_LINK_MS;
use crate::hub::Gate;
use crate::storage::Storage;

/// A link that makes the first administrator, once, within half an hour.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook setup-link
  fieldbook setup-link --address https://hub.example.com")]
pub(super) struct SetupLink {
    /// Where browsers reach the hub [default: where the hub of this folder serves, as seen from its machine].
    #[arg(long, value_name = "URL")]
    address: Option<String>,
}

impl SetupLink {
    pub(super) async fn run<S: Storage, G: Gate>(
        &self,
        app: &App<S, G>,
        folder: &Path,
    ) -> Result<Answer, Failure> {
        if app.hub.storage().has_administrator().await? {
            return Err(Failure::no(
                "SETUP-DONE",
                "this hub has an administrator",
                "Sign in as one; `fieldbook user list` names them, `fieldbook user password` gives a new password",
            ));
        }
        let address = self.address.clone().or_else(|| served_at(folder)).ok_or_else(|| {
            Failure::misused(
                "SETUP-ADDRESS",
                "no hub has served this folder yet, so that nobody knows where browsers reach it",
                "Start it with `fieldbook serve`, which prints a link, or give --address http://127.0.0.1:8080",
            )
        })?;
        let (link, ends_ms) = new_link(app, &address).await?;
        let text = format!("{link}\n{}", in_words());
        Answer::new(text, &json!({"link": link, "ends_ms": ends_ms}))
    }
}

/// A new link to a hub at this address, and its end.
pub(super) async fn new_link<S: Storage, G: Gate>(
    app: &App<S, G>,
    address: &str,
) -> Result<(String, i64), Failure> {
    let made = app.desk.new_setup_link(app.hub.storage(), app.clock.now(), &mut SystemEntropy).await;
    let (token, ends_ms) = made?;
    Ok((format!("{}/setup#t={token}", address.trim_end_matches('/')), ends_ms))
}

/// What to do with a link.
pub(super) fn in_words() -> String {
    let minutes = SETUP_LINK_MS / 60_000;
    format!(
        "Open it in a browser to set the hub up; whoever opens it becomes its administrator. It holds for {minutes} \
         minutes and once; a newer link takes its place."
    )
}
