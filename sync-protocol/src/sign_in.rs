//! Signing in: JSON messages, tokens bound to one registered device.

use serde::{Deserialize, Serialize};

use document_model::{DeviceId, UnitCode};

/// Name and password; the hub registers a new device.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The account's name.
    pub user: String,
    /// The password.
    pub password: String,
    /// What the device calls itself, for the list of devices.
    pub device_name: String,
}

/// A refresh token, used once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The token.
    pub refresh_token: String,
}

/// Tokens and who they are for.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInResponse {
    /// The registered device.
    pub device: DeviceId,
    /// The account's name.
    pub user: String,
    /// The unit the account works for: a rep's own code.
    pub unit: UnitCode,
    /// The account's role: `rep`, `manager`, `hq`, `admin`.
    pub role: String,
    /// Short-lived token for the `Authorization: Bearer` header.
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in_s: u32,
    /// Trades for the next pair, once.
    pub refresh_token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_no_sign_in() {
        let text = r#"{"user":"kim","password":"p","device_name":"d","admin":true}"#;
        assert!(serde_json::from_str::<SignInRequest>(text).is_err());
    }
}
