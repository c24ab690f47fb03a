//! Where the protocol lives on HTTP.

/// The exchange: `POST`, CBOR both ways.
pub const SYNC_PATH: &str = "/sync/v1";
/// The WebSocket that carries pokes.
pub const POKES_PATH: &str = "/sync/v1/pokes";
/// Sign in with name and password: `POST`, JSON.
pub const SIGN_IN_PATH: &str = "/auth/v1/sign-in";
/// Sign in with a pairing code: `POST`, JSON.
pub const PAIR_PATH: &str = "/auth/v1/pair";
/// Trade a refresh token for new tokens: `POST`, JSON.
pub const REFRESH_PATH: &str = "/auth/v1/refresh";
/// End this device's sign-in: `POST`, JSON.
pub const SIGN_OUT_PATH: &str = "/auth/v1/sign-out";
/// The media type of messages.
pub const MEDIA_TYPE: &str = "application/cbor";
