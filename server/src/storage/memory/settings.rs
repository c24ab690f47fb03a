//! What an administrator set, and the link that makes the first one, in memory.

use super::{MemoryStorage, State};
use crate::auth::Role;
use crate::storage::{
    SetUp, SetUpOutcome, SettingChanges, SettingStorage, SetupLink, Stored, StoredSettings,
};

impl SettingStorage for MemoryStorage {
    async fn settings(&self) -> Stored<StoredSettings> {
        Ok(self.with(|state| state.settings.clone()).await)
    }

    async fn put_settings(&self, expected: u64, changes: SettingChanges) -> Stored<bool> {
        let put = |state: &mut State| {
            let same = state.settings.version == expected;
            if same {
                state.change_settings(changes);
            }
            same
        };
        Ok(self.with(put).await)
    }

    async fn has_accounts(&self) -> Stored<bool> {
        Ok(self.with(|state| !state.accounts.is_empty()).await)
    }

    async fn has_administrator(&self) -> Stored<bool> {
        Ok(self.with(|state| state.has_administrator()).await)
    }

    async fn setup_link(&self) -> Stored<Option<SetupLink>> {
        Ok(self.with(|state| state.setup.clone()).await)
    }

    async fn put_setup_link(&self, link: Option<SetupLink>) -> Stored<()> {
        self.with(|state| state.setup = link).await;
        Ok(())
    }

    async fn set_up(&self, order: SetUp) -> Stored<SetUpOutcome> {
        Ok(self.with(|state| state.set_up(order)).await)
    }
}

impl State {
    fn has_administrator(&self) -> bool {
        self.accounts.values().any(|account| account.role == Role::Admin && !account.disabled)
    }

    fn change_settings(&mut self, changes: SettingChanges) {
        self.settings.version += 1;
        for (key, value) in changes {
            match value {
                Some(value) => self.settings.values.insert(key, value),
                None => self.settings.values.remove(&key),
            };
        }
    }

    fn set_up(&mut self, order: SetUp) -> SetUpOutcome {
        let opens = self.setup.as_ref().is_some_and(|link| link.opens_by(&order.presented, order.at_ms));
        if !opens || self.has_administrator() {
            return SetUpOutcome::NoLink;
        }
        if self.accounts.contains_key(&order.account.name) {
            return SetUpOutcome::NameTaken;
        }
        self.accounts.insert(order.account.name.clone(), order.account);
        self.setup = None;
        self.change_settings(order.changes);
        SetUpOutcome::Done
    }
}
