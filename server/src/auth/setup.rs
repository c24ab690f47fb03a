//! The first administrator: a link that makes one, once, within half an hour.
//!
//! The link's token is 32 random bytes that whoever starts the hub is shown; the database keeps the hash alone, so that
//! all hubs on it know the link and a copy of it opens nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_model::{Entropy, Moment};
use sha2::{Digest, Sha256};

use super::{AuthError, Desk};
use crate::storage::{SettingStorage, SetupLink, StorageError};

/// Milliseconds a link holds.
pub const SETUP_LINK_MS: i64 = 30 * 60_000;
/// Under what wrong tokens are counted; no account has such a name.
const ATTEMPTS: &str = "\0setup";

impl Desk {
    /// A new link's token and its end, in the place of any other.
    ///
    /// # Errors
    /// As the storage.
    pub async fn new_setup_link<S: SettingStorage>(
        &self,
        storage: &S,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<(String, i64), StorageError> {
        let token = URL_SAFE_NO_PAD.encode([entropy.sixteen(), entropy.sixteen()].concat());
        let link = SetupLink { hash: hash(&token), ends_ms: now.0 + SETUP_LINK_MS };
        let ends_ms = link.ends_ms;
        storage.put_setup_link(Some(link)).await?;
        Ok((token, ends_ms))
    }

    /// The hash of a token that opens the link, and the link's end. Wrong ones have to wait; the right one never, so
    /// that nobody keeps it waiting.
    ///
    /// # Errors
    /// `NoSetupLink` or `TooManyTries`, or as the storage.
    pub async fn check_setup_link<S: SettingStorage>(
        &self,
        storage: &S,
        token: &str,
        now: Moment,
    ) -> Result<([u8; 32], i64), AuthError> {
        let presented = hash(token);
        let link = storage.setup_link().await?.filter(|link| link.opens_by(&presented, now.0));
        match link {
            Some(link) if !storage.has_administrator().await? => Ok((presented, link.ends_ms)),
            _ => {
                let paced = self.attempts.begin(ATTEMPTS, now);
                paced.map_err(|wait_ms| AuthError::TooManyTries { wait_ms })?;
                Err(AuthError::NoSetupLink)
            }
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
