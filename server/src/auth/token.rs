//! Tokens: short access tokens that prove themselves, refresh tokens that rotate.
//!
//! An access token is a JWT signed with HS256 by this hub for this hub. A refresh token is the
//! device's id, 32 random bytes and a seal (a truncated MAC); only its hash is stored. The seal
//! tells a token that was once issued from one that never was, so that nobody can end another
//! device's sign-in by making up a token that names it.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_model::{DeviceId, Entropy, Moment, UnitCode};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Principal, Role, Session};

/// Who signs, in every token.
const ISSUER: &str = "fieldbook";
/// Who a token is for.
const AUDIENCE: &str = "fieldbook-devices";
/// An access token longer than this is none: checked before anything is parsed.
pub const ACCESS_TOKEN_BYTES: usize = 4 * 1024;
/// Keeps the key of pairing codes apart from both.
const CODE_PURPOSE: &[u8] = b"fieldbook pairing code v1";
/// Keeps the key of refresh tokens apart from that of access tokens.
const REFRESH_PURPOSE: &[u8] = b"fieldbook refresh token v1";

const DEVICE_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const SEAL_BYTES: usize = 16;
const REFRESH_BYTES: usize = DEVICE_BYTES + SECRET_BYTES + SEAL_BYTES;

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    dev: DeviceId,
    role: String,
    unit: UnitCode,
    exp: i64,
    iat: i64,
    iss: String,
    aud: String,
}

/// An access token that was read and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Who it was issued to, as things stood then.
    pub principal: Principal,
    /// When it ends.
    pub expires: Moment,
}

/// The SHA-256 hash a refresh token is stored as.
pub type TokenHash = [u8; 32];

/// The keys tokens are signed and checked with. Kept outside the database: whoever reads a copy of
/// it can sign in as nobody.
#[derive(Clone)]
pub struct TokenKeys(Arc<Keys>);

struct Keys {
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
    seal: Hmac<Sha256>,
    codes: Hmac<Sha256>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeys(redacted)")
    }
}

impl TokenKeys {
    /// The keys of a secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub", "iss", "aud"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The library would read the machine's clock; `read` compares with the time passed in.
        validation.validate_exp = false;
        let key_for = |purpose: &[u8]| mac(&mac(secret).chain_update(purpose).finalize().into_bytes());
        Self(Arc::new(Keys {
            sign: EncodingKey::from_secret(secret),
            check: DecodingKey::from_secret(secret),
            validation,
            seal: key_for(REFRESH_PURPOSE),
            codes: key_for(CODE_PURPOSE),
        }))
    }

    /// An access token for `principal` that ends `lifetime_s` seconds from now.
    #[must_use]
    pub fn issue(&self, principal: &Principal, now: Moment, lifetime_s: u32) -> String {
        let claims = Claims {
            sub: principal.user.clone(),
            dev: principal.device,
            role: principal.role.as_str().to_owned(),
            unit: principal.unit.clone(),
            exp: now.seconds() + i64::from(lifetime_s),
            iat: now.seconds(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.0.sign)
            .expect("claims of text and numbers can be signed")
    }

    /// Reads an access token; `None` when it is not ours, not whole, or has ended.
    #[must_use]
    pub fn read(&self, token: &str, now: Moment) -> Option<AccessToken> {
        if token.len() > ACCESS_TOKEN_BYTES {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.0.check, &self.0.validation).ok()?.claims;
        if claims.exp <= now.seconds() {
            return None;
        }
        let role = Role::of_str(&claims.role)?;
        let principal = Principal { user: claims.sub, role, unit: claims.unit, device: claims.dev };
        Some(AccessToken { principal, expires: Moment(claims.exp.saturating_mul(1000)) })
    }

    /// A new refresh token of a device, and the hash to store.
    #[must_use]
    pub fn mint_refresh(&self, device: DeviceId, entropy: &mut dyn Entropy) -> (String, TokenHash) {
        let issued = [device.0, entropy.sixteen(), entropy.sixteen()].concat();
        let seal = self.0.seal.clone().chain_update(&issued).finalize().into_bytes();
        let token = [issued.as_slice(), &seal[..SEAL_BYTES]].concat();
        (URL_SAFE_NO_PAD.encode(&token), Sha256::digest(&token).into())
    }

    /// What is stored of a pairing code, and what it is found by.
    #[must_use]
    pub fn hash_code(&self, code: &str) -> [u8; 32] {
        self.0.codes.clone().chain_update(code).finalize().into_bytes().into()
    }

    /// The device and the hash of a refresh token this hub once issued; `None` for anything else.
    #[must_use]
    pub fn read_refresh(&self, token: &str) -> Option<(DeviceId, TokenHash)> {
        let mut bytes = [0; REFRESH_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes).ok()?;
        if length != REFRESH_BYTES {
            return None;
        }
        let (issued, seal) = bytes.split_at(DEVICE_BYTES + SECRET_BYTES);
        self.0.seal.clone().chain_update(issued).verify_truncated_left(seal).ok()?;
        Some((DeviceId::from_slice(&issued[..DEVICE_BYTES])?, Sha256::digest(bytes).into()))
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a MAC takes keys of any length")
}

/// What a presented refresh token does to its device's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is honoured; this is the session from now on.
    Next(Session),
    /// It was issued once and is neither the newest nor the one before: somebody else holds a copy.
    /// The session must end.
    Stolen,
}

/// Decides over a refresh token whose hash is `presented`; `fresh` is the hash of the one that would
/// follow it.
///
/// A stored `previous` means that `current` was never used, because using it stores itself as the
/// new `previous`. So the newest token is always honoured, and the one before only while the newest
/// may have been lost on its way. Of two holders of one token, the second to come finds itself with
/// a token that is neither.
#[must_use]
pub fn turn(session: &Session, presented: TokenHash, fresh: TokenHash) -> Turn {
    let newest: bool = presented.ct_eq(&session.current).into();
    let before = session.previous.is_some_and(|previous| presented.ct_eq(&previous).into());
    if newest || before {
        Turn::Next(Session { current: fresh, previous: Some(presented), ..session.clone() })
    } else {
        Turn::Stolen
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Moment = Moment(1_790_000_000_000);
    const SECRET: [u8; 32] = [9; 32];

    struct Counting(u8);

    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    fn principal() -> Principal {
        Principal { user: "kim".to_owned(), role: Role::Rep, unit: "P1".into(), device: DeviceId([3; 16]) }
    }

    fn good_claims() -> Value {
        json!({
            "sub": "kim", "dev": DeviceId([3; 16]).to_string(), "role": "rep", "unit": "P1",
            "exp": NOW.seconds() + 600, "iat": NOW.seconds(), "iss": ISSUER, "aud": AUDIENCE,
        })
    }

    /// A token with this header and these claims, signed with HMAC-SHA-256 under `secret`.
    fn forge(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = mac(secret).chain_update(&text).finalize().into_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good_claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    #[test]
    fn a_token_is_read_as_it_was_issued_until_it_ends() {
        let keys = TokenKeys::new(&SECRET);
        let token = keys.issue(&principal(), NOW, 600);
        let read = keys.read(&token, NOW).unwrap();
        assert_eq!((read.principal, read.expires), (principal(), Moment(NOW.0 + 600_000)));
        assert!(keys.read(&token, Moment(NOW.0 + 599_999)).is_some());
        assert!(
            keys.read(&token, Moment(NOW.0 + 600_000)).is_none(),
            "no leeway: the hub's own clock issued it"
        );
        assert!(TokenKeys::new(&[8; 32]).read(&token, NOW).is_none(), "another hub's key");
        assert!(keys.read(&forge(&json!({"alg": "HS256"}), &good_claims(), &SECRET), NOW).is_some());
    }

    #[test]
    fn claims_of_another_shape_are_no_token() {
        let keys = TokenKeys::new(&SECRET);
        let hs256 = json!({"alg": "HS256", "typ": "JWT"});
        let mut bad: Vec<Value> =
            ["sub", "dev", "role", "unit", "exp", "iat", "iss", "aud"].map(without).into();
        let exp = NOW.seconds() + 600;
        bad.extend(
            [json!(exp.to_string()), json!(exp as f64 + 0.5), json!(-1), json!(null), json!([exp])]
                .map(|exp| with("exp", exp)),
        );
        bad.extend(
            [json!(NOW.seconds() - 1), json!(0), json!(u64::MAX), json!(i64::MIN)]
                .map(|exp| with("exp", exp)),
        );
        bad.extend([json!("NaN"), json!(true)].map(|iat| with("iat", iat)));
        bad.extend(
            [json!("fieldbook-web"), json!(""), json!([AUDIENCE]), json!([AUDIENCE, "x"]), json!(1)]
                .map(|aud| with("aud", aud)),
        );
        bad.extend(
            [json!("fieldbook/"), json!("Fieldbook"), json!("fіeldbook"), json!([ISSUER])]
                .map(|iss| with("iss", iss)),
        );
        bad.extend([json!(1), json!(["kim"]), json!(null)].map(|sub| with("sub", sub)));
        bad.extend([json!("root"), json!("Admin"), json!(3)].map(|role| with("role", role)));
        bad.extend([json!("03"), json!("zz".repeat(16)), json!([3])].map(|device| with("dev", device)));
        bad.extend([json!([]), json!("text"), json!(null)]);
        for claims in bad {
            assert!(keys.read(&forge(&hs256, &claims, &SECRET), NOW).is_none(), "{claims}");
        }
    }

    #[test]
    fn only_the_one_algorithm_and_the_one_key_count() {
        let keys = TokenKeys::new(&SECRET);
        let algorithms = [
            "none", "None", "nOnE", "NONE", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "", "hs256",
        ];
        for alg in algorithms {
            let header = json!({"alg": alg});
            assert!(keys.read(&forge(&header, &good_claims(), &SECRET), NOW).is_none(), "{alg}");
            let unsigned = forge(&header, &good_claims(), &SECRET);
            let unsigned = &unsigned[..=unsigned.rfind('.').unwrap()];
            assert!(keys.read(unsigned, NOW).is_none(), "{alg} without a signature");
        }
        // The header cannot name its own key.
        let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32])});
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/cert")),
            ("kid", json!("../../dev/null")),
            ("kid", json!("' OR 1=1 --")),
        ] {
            let mut header = json!({"alg": "HS256"});
            header[name] = value;
            for secret in [&[1; 32][..], b"", b"\0"] {
                assert!(keys.read(&forge(&header, &good_claims(), secret), NOW).is_none(), "{header}");
            }
        }
    }

    #[test]
    fn tampered_and_cut_tokens_do_not_hold() {
        let keys = TokenKeys::new(&SECRET);
        let token = keys.issue(&principal(), NOW, 600);
        for end in 0..token.len() {
            assert!(keys.read(&token[..end], NOW).is_none(), "cut at {end}");
        }
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(keys.read(&changed, NOW).is_none(), "changed at {at}");
        }
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            "Bearer",
            &format!("{token}.x"),
            &format!(" {token}"),
            &format!("{token}\n"),
        ] {
            assert!(keys.read(text, NOW).is_none(), "{text:?}");
        }
        let long =
            forge(&json!({"alg": "HS256"}), &with("sub", json!("k".repeat(ACCESS_TOKEN_BYTES))), &SECRET);
        assert!(keys.read(&long, NOW).is_none(), "too long to look at");
    }

    #[test]
    fn a_refresh_token_names_its_device_and_cannot_be_made_up() {
        let keys = TokenKeys::new(&SECRET);
        let device = DeviceId([5; 16]);
        let (token, hash) = keys.mint_refresh(device, &mut Counting(0));
        assert_eq!(keys.read_refresh(&token), Some((device, hash)));
        assert!(TokenKeys::new(&[8; 32]).read_refresh(&token).is_none());
        let made_up = URL_SAFE_NO_PAD.encode([&device.0[..], &[7; SECRET_BYTES + SEAL_BYTES]].concat());
        let longer = format!("{token}A");
        for bad in ["", "A", &token[1..], &longer, &made_up] {
            assert!(keys.read_refresh(bad).is_none(), "{bad}");
        }
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(keys.read_refresh(&changed).is_none(), "changed at {at}");
        }
    }

    fn session(current: u8, previous: Option<u8>) -> Session {
        let hash = |byte| [byte; 32];
        Session {
            device: DeviceId([5; 16]),
            current: hash(current),
            previous: previous.map(hash),
            expires_ms: 1,
        }
    }

    #[test]
    fn tokens_rotate_and_a_lost_answer_is_forgiven() {
        let Turn::Next(second) = turn(&session(1, None), [1; 32], [2; 32]) else {
            panic!("the newest is honoured")
        };
        assert_eq!(second, session(2, Some(1)));
        // The answer with 2 was lost; the device comes again with 1, as often as answers get lost.
        assert_eq!(turn(&second, [1; 32], [3; 32]), Turn::Next(session(3, Some(1))));
        assert_eq!(turn(&session(3, Some(1)), [1; 32], [4; 32]), Turn::Next(session(4, Some(1))));
        assert_eq!(turn(&session(4, Some(1)), [4; 32], [5; 32]), Turn::Next(session(5, Some(4))));
    }

    #[test]
    fn a_copied_token_ends_the_session() {
        // 2 has been used, so 1 is old; and of 1's two answers only the newer counts.
        assert_eq!(turn(&session(3, Some(2)), [1; 32], [9; 32]), Turn::Stolen);
        assert_eq!(turn(&session(3, Some(1)), [2; 32], [9; 32]), Turn::Stolen);
        assert_eq!(turn(&session(1, None), [2; 32], [9; 32]), Turn::Stolen);
    }
}
