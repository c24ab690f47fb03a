//! `/as/{who}`: the doors of a demo, which sign a browser in without a password.
//!
//! A rep's door leads to the rep's app, with a fresh pairing code. The app registers the device by it, as for anybody.
//!
//! A hub that is not a demo's has none, and no such route.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::shell::Shell;
use crate::app::SystemEntropy;
use crate::audit::By;
use crate::auth::Role;
use crate::hub::Gate;
use crate::storage::Storage;

/// Where doors are.
pub(super) const PATH: &str = "/as/{who}";

const CONSOLE: HeaderValue = HeaderValue::from_static("/");

/// The accounts that anybody may be, by the names of their doors. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doors(Arc<BTreeMap<String, String>>);

impl Doors {
    /// Doors to these accounts, each with its name.
    pub(crate) fn to(accounts: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(accounts.into_iter().collect()))
    }

    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// Days a code holds that a door makes.
const CODE_DAYS: u32 = 1;

/// Signs the browser in and leads it to the console, or a rep to the app.
pub(super) async fn enter<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    Path(who): Path<String>,
) -> Result<Response, ApiError> {
    let account = shell.doors.0.get(&who).cloned().ok_or(ApiError::NotFound)?;
    let known = shell.hub.storage().account(&account).await?;
    if known.is_some_and(|known| known.role == Role::Rep) {
        return shell.lead_to_app(account).await;
    }
    let (hub, desk, now) = (shell.hub.clone(), shell.desk.clone(), shell.clock.now());
    let sign_in = async move {
        desk.sign_in_as(hub.storage(), &account, "browser".to_owned(), now, &mut SystemEntropy).await
    };
    let signed = shell.finish(sign_in).await?;
    let cookie = shell.session_cookie(&signed.refresh_token);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, CONSOLE), (SET_COOKIE, cookie)]).into_response())
}

impl<S: Storage, G: Gate> Shell<S, G> {
    async fn lead_to_app(&self, account: String) -> Result<Response, ApiError> {
        let (hub, keys, now) = (self.hub.clone(), self.desk.keys.clone(), self.clock.now());
        let inviting = async move {
            let by = By { user: account.clone(), device: None };
            hub.invite(&by, &keys, &account, CODE_DAYS, now, &mut SystemEntropy).await
        };
        let invited = self.finish(inviting).await?;
        let to = HeaderValue::try_from(invited.path()).expect("a path of letters and digits");
        Ok((StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response())
    }
}
