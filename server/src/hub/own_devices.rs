//! The devices of whoever asks: a rep sees them, and ends the sign-in of one that is lost.

use std::cmp::Reverse;

use document_model::{DeviceId, Moment};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AccountRefused, Gate, Hub, HubError};
use crate::audit::By;
use crate::auth::{Action, Device, Object, Principal, may};
use crate::storage::Storage;

/// Devices that are listed, those seen last first.
const LISTED: usize = 100;

/// A device of the account that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnDevice {
    /// Its id.
    #[schema(value_type = String)]
    pub device: DeviceId,
    /// What it calls itself.
    pub name: String,
    /// When it was registered, milliseconds since the epoch.
    pub registered_ms: i64,
    /// When it was last in contact, milliseconds since the epoch.
    pub last_seen_ms: i64,
    /// Whether it is the one that asks.
    pub this: bool,
    /// Whether it is shut out.
    pub revoked: bool,
}

impl OwnDevice {
    fn of(device: Device, asking: DeviceId) -> Self {
        Self {
            this: device.id == asking,
            device: device.id,
            name: device.name,
            registered_ms: device.registered_ms,
            last_seen_ms: device.last_seen_ms,
            revoked: device.revoked,
        }
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The devices of `principal`, those seen last first.
    pub async fn own_devices(&self, principal: &Principal) -> Result<Vec<OwnDevice>, HubError> {
        check(principal)?;
        let mut devices = self.storage.devices_of(&principal.user).await?;
        self.contacts.overlay(&mut devices);
        let mut own: Vec<_> =
            devices.into_iter().map(|device| OwnDevice::of(device, principal.device)).collect();
        own.sort_by_key(|device| (Reverse(device.last_seen_ms), device.device));
        own.truncate(LISTED);
        Ok(own)
    }

    /// Shuts out another device of `principal`, for good, as an administrator would. Whose a device is that is another's
    /// is not told: it is as good as none.
    pub async fn revoke_own_device(
        &self,
        principal: &Principal,
        id: DeviceId,
        now: Moment,
    ) -> Result<OwnDevice, AccountRefused> {
        check(principal)?;
        if id == principal.device {
            return Err(AccountRefused::ThisDevice(id));
        }
        let is_own = |device: &Device| device.user == principal.user;
        if !self.storage.device(id).await?.as_ref().is_some_and(is_own) {
            return Err(AccountRefused::UnknownDevice(id));
        }
        let revoked = self.revoke_device(&By::from(principal), id, now).await?;
        Ok(OwnDevice::of(revoked, principal.device))
    }
}

fn check(principal: &Principal) -> Result<(), HubError> {
    let own = Object::Devices { of: &principal.user };
    if may(principal, Action::KeepDevices, own) { Ok(()) } else { Err(HubError::NotAllowed) }
}
