//! Accounts, devices and sessions in memory.

use document_model::DeviceId;

use super::{MemoryStorage, State};
use crate::auth::{Account, Device, Invitation, Role, Session};
use crate::organisation::ReportingDevice;
use crate::storage::{AccountStorage, Contact, Stored};

impl AccountStorage for MemoryStorage {
    async fn account(&self, name: &str) -> Stored<Option<Account>> {
        Ok(self.with(|state| state.accounts.get(name).cloned()).await)
    }

    async fn accounts(&self) -> Stored<Vec<Account>> {
        Ok(self.with(|state| state.accounts.values().cloned().collect()).await)
    }

    async fn add_device(&self, device: Device) -> Stored<()> {
        self.with(|state| state.devices.insert(device.id, device)).await;
        Ok(())
    }

    async fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        Ok(self.with(|state| state.devices.get(&id).cloned()).await)
    }

    async fn devices(&self) -> Stored<Vec<Device>> {
        Ok(self.with(|state| state.devices.values().cloned().collect()).await)
    }

    async fn devices_of(&self, account: &str) -> Stored<Vec<Device>> {
        let own = |state: &mut State| {
            state.devices.values().filter(|device| device.user == account).cloned().collect()
        };
        Ok(self.with(own).await)
    }

    async fn revoke_device(&self, id: DeviceId) -> Stored<bool> {
        let revoke = |state: &mut State| {
            let device = state.devices.get_mut(&id);
            device.map(|device| device.revoked = true).is_some()
        };
        Ok(self.with(revoke).await)
    }

    async fn touch_devices(&self, contacts: Vec<Contact>) -> Stored<()> {
        let touch = |state: &mut State| {
            for contact in contacts {
                if let Some(device) = state.devices.get_mut(&contact.device) {
                    let (id, seen_ms, complete_ms) = (device.id, device.last_seen_ms, device.complete_ms);
                    let mut known = Contact { device: id, seen_ms, complete_ms, told: device.told.take() };
                    known.join(&contact);
                    device.last_seen_ms = known.seen_ms;
                    device.complete_ms = known.complete_ms;
                    device.told = known.told;
                }
            }
        };
        self.with(touch).await;
        Ok(())
    }

    async fn reporting_devices(&self) -> Stored<Vec<ReportingDevice>> {
        let of_rep = |state: &State, device: &Device| {
            let account = state.accounts.get(&device.user)?;
            (account.role == Role::Rep && !account.disabled).then(|| ReportingDevice {
                rep: account.unit.clone(),
                device: device.id,
                name: device.name.clone(),
                last_seen_ms: device.last_seen_ms,
                complete_ms: device.complete_ms,
                revoked: device.revoked,
            })
        };
        Ok(self
            .with(|state| state.devices.values().filter_map(|device| of_rep(state, device)).collect())
            .await)
    }

    async fn session(&self, device: DeviceId) -> Stored<Option<Session>> {
        Ok(self.with(|state| state.sessions.get(&device).cloned()).await)
    }

    async fn replace_session(&self, expected: Option<Session>, session: Session) -> Stored<bool> {
        let replace = |state: &mut State| {
            let same = state.sessions.get(&session.device) == expected.as_ref();
            if same {
                state.sessions.insert(session.device, session);
            }
            same
        };
        Ok(self.with(replace).await)
    }

    async fn end_session(&self, device: DeviceId) -> Stored<()> {
        self.with(|state| state.sessions.remove(&device)).await;
        Ok(())
    }

    async fn invitations(&self) -> Stored<Vec<Invitation>> {
        Ok(self.with(|state| state.invitations.values().cloned().collect()).await)
    }

    async fn invitation(&self, code: [u8; 32]) -> Stored<Option<Invitation>> {
        let is_it = |invitation: &&Invitation| invitation.hash == code;
        Ok(self.with(|state| state.invitations.values().find(is_it).cloned()).await)
    }

    async fn open_invitations(&self, at_ms: i64) -> Stored<u64> {
        let is_open = |invitation: &&Invitation| invitation.is_open(at_ms);
        Ok(self.with(|state| state.invitations.values().filter(is_open).count() as u64).await)
    }
}
