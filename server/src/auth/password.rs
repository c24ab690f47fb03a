//! Passwords: hashed with Argon2id, stored as PHC strings, checked on threads for blocking work.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use document_model::Entropy;
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use tokio::sync::Semaphore;

/// Memory of one hash. With the next two: what OWASP recommends as the least for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes that could run side by side.
const LANES: u32 = 1;
/// Characters a new password has at least (NIST SP 800-63B). Existing ones are taken as they are.
pub const SHORTEST_CHARACTERS: usize = 8;

/// Salt and hash of the decoy: base64 of zeros, in the lengths of real ones. That a password has
/// this very hash is as likely as guessing a key.
const DECOY_SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const DECOY_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password cannot be hashed or checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer characters than a new password needs.
    #[error("the password is too short: {SHORTEST_CHARACTERS} characters or more are needed")]
    TooShort,
    /// More bytes than the wire carries.
    #[error("the password is too long: {SIGN_IN_TEXT_BYTES} bytes or fewer are taken")]
    TooLong,
    /// The stored hash is unreadable, or the work could not be done.
    #[error("the password could not be checked: {0}")]
    Failed(String),
}

/// Letters of a password that the hub makes: none that is taken for another one.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
/// Letters between two strokes of it.
const TOGETHER: usize = 4;

/// A password nobody thought of: 80 random bits, in a form that can be read out.
#[must_use]
pub fn made_password(entropy: &mut dyn Entropy) -> String {
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte) % LETTERS.len()]);
    let letters: Vec<_> = entropy.sixteen().into_iter().map(letter).collect();
    let parts = letters.chunks(TOGETHER).map(|part| part.iter().collect::<String>());
    parts.collect::<Vec<_>>().join("-")
}

/// Hashes and checks passwords, a bounded number at once: each takes 19 MiB and a core.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// Works on at most `at_once` passwords at the same time; others wait.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once.max(1))) }
    }

    /// The PHC string to store for a new password. `salt` must be fresh random bytes.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, PasswordError> {
        if password.chars().count() < SHORTEST_CHARACTERS {
            return Err(PasswordError::TooShort);
        }
        if password.len() > SIGN_IN_TEXT_BYTES {
            return Err(PasswordError::TooLong);
        }
        let hash = move || {
            let hash = hasher().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash: PasswordHash| hash.to_string()).map_err(failed)
        };
        self.blocking(hash).await
    }

    /// Whether `password` is the one behind `stored`. With nothing stored (an unknown name) it does
    /// the same work and says no, so that the time taken tells nothing.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, PasswordError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(decoy);
        let verify = move || {
            let parsed = PasswordHash::new(&stored).map_err(failed)?;
            Ok(hasher().verify_password(password.as_bytes(), &parsed).is_ok())
        };
        Ok(self.blocking(verify).await? && known)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(failed)?;
        // The turn goes with the work: a caller that gives up does not make room before it is done.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(failed)?
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the named parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn decoy() -> String {
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${DECOY_SALT}${DECOY_HASH}")
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash("correct horse".to_owned(), [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await, Ok(true));
        assert_eq!(passwords.verify("correct horsf".to_owned(), Some(hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn an_unknown_name_costs_the_same_work_and_is_refused() {
        let real = hasher().hash_password_with_salt(b"correct horse", &[7; 16]).unwrap();
        let decoy = PasswordHash::new(&decoy()).expect("the decoy is a readable hash");
        assert_eq!(Params::try_from(&decoy).unwrap(), Params::try_from(&real).unwrap());
        assert_eq!((decoy.algorithm, decoy.version), (real.algorithm, real.version));
        let lengths =
            |hash: &PasswordHash| (hash.salt.map(|salt| salt.len()), hash.hash.map(|hash| hash.len()));
        assert_eq!(lengths(&decoy), lengths(&real));
        assert_eq!(Passwords::new(1).verify("correct horse".to_owned(), None).await, Ok(false));
    }

    #[tokio::test]
    async fn new_passwords_have_a_length() {
        let passwords = Passwords::new(1);
        assert_eq!(passwords.hash("seven 7".to_owned(), [0; 16]).await, Err(PasswordError::TooShort));
        assert_eq!(passwords.hash("x".repeat(257), [0; 16]).await, Err(PasswordError::TooLong));
    }

    #[tokio::test]
    async fn a_damaged_hash_is_no_wrong_password() {
        let verdict = Passwords::new(1).verify("correct horse".to_owned(), Some("plain".to_owned())).await;
        assert!(matches!(verdict, Err(PasswordError::Failed(_))));
    }
}
