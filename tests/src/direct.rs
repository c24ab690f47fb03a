//! A device's way to a hub in the same process, over whatever storage: no network, no tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use client_sdk::transport::{Answer, Transport, TransportError};
use document_model::{DeviceId, DocumentId, Moment, UnitCode};
use server::auth::{Device, Principal, Role};
use server::hub::{Gate, Hub};
use server::storage::Storage;
use sync_protocol::sign_in::{RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{WireError, decode_request, encode};

/// The way of one rep's devices: what their accounts are called, their unit is too.
#[derive(Clone)]
pub struct Direct<S, G> {
    /// The hub.
    pub hub: Hub<S, G>,
    /// The rep's unit and account.
    pub rep: UnitCode,
    /// The hub's clock.
    pub clock: Clock,
}

/// A clock that goes on when it is told to. Clones are one clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(now: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// What it says.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl<S, G> Direct<S, G> {
    fn principal(&self, device: DeviceId) -> Principal {
        Principal { user: self.rep.0.clone(), role: Role::Rep, unit: self.rep.clone(), device }
    }
}

impl<S: Storage, G: Gate> Transport for Direct<S, G> {
    async fn exchange(&self, _: &str, token: &str, message: Vec<u8>) -> Result<Answer, TransportError> {
        let device = token.parse().map_err(|_| TransportError::Unreachable("no token".to_owned()))?;
        let refused = |code| TransportError::Hub(WireError { code, retry_after_ms: None });
        let request = decode_request(&message).map_err(|error| refused(error.code()))?;
        let answer = self.hub.exchange(&self.principal(device), request, self.clock.now()).await;
        let body = encode(&answer.map_err(|error| refused(error.code()))?);
        Ok(Answer { bytes_up: message.len() as u64, bytes_down: body.len() as u64, body })
    }

    async fn sign_in(&self, _: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        let device = Device {
            id: DeviceId(DocumentId::derived("device", &request.device_name).0),
            user: self.rep.0.clone(),
            name: request.device_name.clone(),
            registered_ms: 0,
            last_seen_ms: 0,
            revoked: false,
        };
        let token = device.id.to_string();
        let answer = SignInResponse {
            device: device.id,
            user: self.rep.0.clone(),
            unit: self.rep.clone(),
            role: "rep".to_owned(),
            access_token: token.clone(),
            expires_in_s: u32::MAX,
            refresh_token: token,
        };
        let added = self.hub.storage().add_device(device).await;
        added.map(|()| answer).map_err(|error| TransportError::Unreachable(error.to_string()))
    }

    async fn refresh(&self, _: &str, _: &RefreshRequest) -> Result<SignInResponse, TransportError> {
        Err(TransportError::WrongPassword)
    }
}
