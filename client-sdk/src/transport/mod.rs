//! Reaching the hub: one trait, so that the simulation can stand in for the network.

#[cfg(not(target_arch = "wasm32"))]
mod native;
mod refusal;
#[cfg(target_arch = "wasm32")]
mod web;

use std::future::Future;

use sync_protocol::WireError;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};

use crate::platform::{MaybeSend, MaybeSync};

#[cfg(not(target_arch = "wasm32"))]
pub use native::NativeTransport;
#[cfg(target_arch = "wasm32")]
pub use web::WebTransport;

/// An answer's message, and the bytes both bodies took on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The message, its content-encoding undone.
    pub body: Vec<u8>,
    /// Bytes of the request's body as sent.
    pub bytes_up: u64,
    /// Bytes of the answer's body as received.
    pub bytes_down: u64,
}

/// Why the hub did not answer with what was asked for. No work is lost by any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection came about: nothing was sent.
    #[error("cannot reach the hub ({0}); your work is safe on this device and goes out by itself")]
    Unreachable(String),
    /// The request went out and may have arrived, but no usable answer came back: the connection broke,
    /// or what answered is no hub (a captive portal).
    #[error("no answer from the hub ({0}); your work is safe on this device and goes out by itself")]
    NoAnswer(String),
    /// The hub said no.
    #[error("the hub answered: {}", .0.code)]
    Hub(WireError),
    /// Name or password are wrong, or the account may not sign in.
    #[error("the name or the password is wrong, or the account is closed; nothing was changed")]
    WrongPassword,
    /// The pairing code is wrong, was used or has ended, or is another person's.
    #[error("the code is wrong, was used or has ended, or is another person's; nothing was changed")]
    WrongCode,
}

/// The hub as a device sees it.
pub trait Transport: MaybeSend + MaybeSync {
    /// One exchange: a CBOR message up, one down.
    fn exchange(
        &self,
        server: &str,
        access_token: &str,
        message: Vec<u8>,
    ) -> impl Future<Output = Result<Answer, TransportError>> + MaybeSend;

    /// Signs in with a password and registers a device.
    fn sign_in(
        &self,
        server: &str,
        request: &SignInRequest,
    ) -> impl Future<Output = Result<SignInResponse, TransportError>> + MaybeSend;

    /// Signs in with a pairing code and registers a device.
    fn pair(
        &self,
        server: &str,
        request: &PairRequest,
    ) -> impl Future<Output = Result<SignInResponse, TransportError>> + MaybeSend;

    /// Trades a refresh token for new tokens.
    fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> impl Future<Output = Result<SignInResponse, TransportError>> + MaybeSend;
}
