//! Signing in: JSON messages, tokens bound to one registered device.
//!
//! With name and password, or once with a code that an administrator made.

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

/// A pairing code; the hub registers a new device. A code is used once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairRequest {
    /// The code: eight digits. Blanks and hyphens between them do not count.
    pub code: String,
    /// What the device calls itself, for the list of devices.
    pub device_name: String,
    /// Whose records the device holds. A code of another account is refused, and stays unused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
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
        let text = r#"{"code":"1","device_name":"d","admin":true}"#;
        assert!(serde_json::from_str::<PairRequest>(text).is_err());
    }

    #[test]
    fn pairing_names_a_person_where_there_is_one() {
        let of = |user: Option<&str>| PairRequest {
            code: "12345678".to_owned(),
            device_name: "d".to_owned(),
            user: user.map(str::to_owned),
        };
        let text = |user| serde_json::to_string(&of(user)).expect("text encodes");
        assert_eq!(text(None), r#"{"code":"12345678","device_name":"d"}"#);
        assert_eq!(text(Some("kim")), r#"{"code":"12345678","device_name":"d","user":"kim"}"#);
        assert!(serde_json::from_str::<PairRequest>(&text(None)).is_ok_and(|read| read.user.is_none()));
    }
}
