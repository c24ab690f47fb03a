//! Signing in, staying signed in, signing out, and who a request comes from: functions over storage.
//!
//! Every sign-in registers a new device with one line of refresh tokens. Rights are those of the
//! account as stored now, not as an access token says: whoever is revoked, disabled, moved or signed
//! out is so with the next request.

use document_model::{DeviceId, Entropy, Moment};
use sync_protocol::limits::SIGN_IN_TEXT_BYTES;
use sync_protocol::sign_in::{RefreshRequest, SignInRequest, SignInResponse};

use super::attempts::Attempts;
use super::guesses::Guesses;
use super::password::{PasswordError, Passwords};
use super::token::{AccessToken, TokenKeys, Turn, turn};
use super::{Account, Device, Principal, Session};
use crate::audit::{AuditAction, By};
use crate::storage::{AccountStorage, AdminChange, AdminOrder, AuditStorage, StorageError};

/// Times a refresh is decided again because another one of the same device came first.
const REFRESH_ATTEMPTS: usize = 4;

/// Why somebody is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Name or password are wrong, or the account is closed. Deliberately no more than that.
    #[error("the name or the password is wrong, or the account is closed")]
    WrongPassword,
    /// The pairing code is none, was used or has ended, or is another person's. Deliberately no more than that.
    #[error("the code is wrong, was used or has ended, or is another person's")]
    WrongCode,
    /// The token does not hold, or not any more.
    #[error("no valid sign-in")]
    SignInNeeded,
    /// The device was revoked.
    #[error("the device is revoked")]
    DeviceRevoked,
    /// Too many wrong passwords of late under this name, or too many wrong pairing codes.
    #[error("too many wrong sign-ins of late")]
    TooManyTries {
        /// Milliseconds until the next one.
        wait_ms: u32,
    },
    /// No link that makes the first administrator holds by this token.
    #[error("this setup link does not hold: it is over, was used, or is not whole")]
    NoSetupLink,
    /// A text is longer than the wire allows.
    #[error("a text of the sign-in is too long")]
    TooLarge,
    /// The storage could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The password could not be checked at all.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// What signing in needs besides storage: keys, password checks and how long tokens live.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Signs and checks tokens.
    pub keys: TokenKeys,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Slows guessing down.
    pub attempts: Attempts,
    /// Makes guessing pairing codes improbable.
    pub guesses: Guesses,
    /// Seconds an access token lives.
    pub access_token_s: u32,
    /// Milliseconds a device stays signed in before its person gives the password again.
    pub session_ms: i64,
}

impl Desk {
    /// Signs in with name and password and registers a new device. A wrong password, an unknown
    /// name and a closed account look alike and take the same time.
    pub async fn sign_in<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        request: SignInRequest,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let SignInRequest { user, password, device_name } = request;
        if [&user, &password, &device_name].into_iter().any(|text| text.len() > SIGN_IN_TEXT_BYTES) {
            return Err(AuthError::TooLarge);
        }
        self.attempts.begin(&user, now).map_err(|wait_ms| AuthError::TooManyTries { wait_ms })?;
        let account = storage.account(&user).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let right = self.passwords.verify(password, hash).await?;
        let account = match account {
            Some(account) if right && !account.disabled => account,
            account => {
                refused(storage, account.as_ref(), right, now).await?;
                return Err(AuthError::WrongPassword);
            }
        };
        self.attempts.succeeded(&user);
        self.register(storage, &account, device_name, now, entropy).await
    }

    /// Signs an account in without its password: for whoever has shown otherwise who they are, or opens a demo's door.
    pub async fn sign_in_as<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        user: &str,
        device_name: String,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let account = storage.account(user).await?.filter(|account| !account.disabled);
        let account = account.ok_or(AuthError::SignInNeeded)?;
        self.register(storage, &account, device_name, now, entropy).await
    }

    /// A new device of an account, signed in.
    async fn register<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        account: &Account,
        device_name: String,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let (device, session, refresh_token) = self.new_device(account, device_name, now, entropy);
        let id = device.id;
        let by = By { user: account.name.clone(), device: Some(id) };
        let note = by.did(AuditAction::SignIn, device.name.clone(), now);
        storage.administer(AdminOrder { change: AdminChange::SignIn { device, session }, note }).await?;
        Ok(self.answer(account, id, refresh_token, now))
    }

    /// A device to be registered, its first session, and the refresh token of that.
    pub(super) fn new_device(
        &self,
        account: &Account,
        device_name: String,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> (Device, Session, String) {
        let device = Device {
            id: DeviceId(entropy.sixteen()),
            user: account.name.clone(),
            // It is shown in terminals: nothing that could steer one.
            name: device_name.chars().filter(|letter| !letter.is_control()).collect(),
            registered_ms: now.0,
            last_seen_ms: now.0,
            complete_ms: None,
            revoked: false,
            told: None,
        };
        let (refresh_token, current) = self.keys.mint_refresh(device.id, entropy);
        let expires_ms = now.0 + self.session_ms;
        let session = Session { device: device.id, current, previous: None, expires_ms };
        (device, session, refresh_token)
    }

    /// Trades a refresh token for new tokens. A token that was used up ends the device's sign-in:
    /// two parties hold copies, and which of them is the thief cannot be told.
    pub async fn refresh<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        request: &RefreshRequest,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let (id, presented) =
            self.keys.read_refresh(&request.refresh_token).ok_or(AuthError::SignInNeeded)?;
        for _ in 0..REFRESH_ATTEMPTS {
            let (device, account, session) = self.standing(storage, id, now).await?;
            let (refresh_token, fresh) = self.keys.mint_refresh(id, entropy);
            match turn(&session, presented, fresh) {
                Turn::Stolen => {
                    tracing::warn!(device.id = %id, "a used refresh token came again; the sign-in is ended");
                    end_session(storage, &device, now, "a used refresh token came again").await?;
                    return Err(AuthError::SignInNeeded);
                }
                Turn::Next(next) => {
                    if storage.replace_session(Some(session), next).await? {
                        return Ok(self.answer(&account, id, refresh_token, now));
                    }
                }
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Ends a device's sign-in. Its access tokens end with it.
    pub async fn sign_out<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        device: DeviceId,
        now: Moment,
    ) -> Result<(), AuthError> {
        let (found, session) = futures::try_join!(storage.device(device), storage.session(device))?;
        match (found, session) {
            (Some(device), Some(_)) => end_session(storage, &device, now, "").await,
            _ => Ok(()),
        }
    }

    /// Ends the sign-in of the device that a refresh token was issued to, and says which it is; nothing where the
    /// token is none of this hub's.
    pub async fn sign_out_by<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        refresh_token: &str,
        now: Moment,
    ) -> Result<Option<DeviceId>, AuthError> {
        let Some((device, _)) = self.keys.read_refresh(refresh_token) else { return Ok(None) };
        self.sign_out(storage, device, now).await?;
        Ok(Some(device))
    }

    /// Who an access token stands for, with the rights stored now.
    pub async fn authenticate<S: AccountStorage>(
        &self,
        storage: &S,
        token: &str,
        now: Moment,
    ) -> Result<AccessToken, AuthError> {
        let token = self.keys.read(token, now).ok_or(AuthError::SignInNeeded)?;
        let principal = self.still_in(storage, &token.principal, now).await?;
        Ok(AccessToken { principal, ..token })
    }

    /// The principal with the rights stored now, if it may still come in at all.
    pub async fn still_in<S: AccountStorage>(
        &self,
        storage: &S,
        principal: &Principal,
        now: Moment,
    ) -> Result<Principal, AuthError> {
        let (device, account, _) = self.standing(storage, principal.device, now).await?;
        if device.user != principal.user {
            return Err(AuthError::SignInNeeded);
        }
        Ok(principal_of(&account, device.id))
    }

    /// A device with its account and session, if none of them is closed.
    async fn standing<S: AccountStorage>(
        &self,
        storage: &S,
        id: DeviceId,
        now: Moment,
    ) -> Result<(Device, Account, Session), AuthError> {
        let device = storage.device(id).await?.ok_or(AuthError::SignInNeeded)?;
        if device.revoked {
            return Err(AuthError::DeviceRevoked);
        }
        let (account, session) = futures::try_join!(storage.account(&device.user), storage.session(id))?;
        let account = account.filter(|account| !account.disabled).ok_or(AuthError::SignInNeeded)?;
        let session = session.filter(|session| now.0 < session.expires_ms).ok_or(AuthError::SignInNeeded)?;
        Ok((device, account, session))
    }

    pub(super) fn answer(
        &self,
        account: &Account,
        device: DeviceId,
        refresh_token: String,
        now: Moment,
    ) -> SignInResponse {
        SignInResponse {
            device,
            user: account.name.clone(),
            unit: account.unit.clone(),
            role: account.role.as_str().to_owned(),
            access_token: self.keys.issue(&principal_of(account, device), now, self.access_token_s),
            expires_in_s: self.access_token_s,
            refresh_token,
        }
    }
}

/// Notes a sign-in that was refused. A name that nobody has is not kept: people type passwords there.
async fn refused<S: AuditStorage>(
    storage: &S,
    account: Option<&Account>,
    right: bool,
    now: Moment,
) -> Result<(), AuthError> {
    let why = match account {
        None => "an unknown name",
        Some(_) if right => "the account is closed",
        Some(_) => "a wrong password",
    };
    let user = account.map(|account| account.name.clone()).unwrap_or_default();
    let note = By { user, device: None }.did(AuditAction::SignIn, "", now).refused().with(why);
    Ok(storage.note(vec![note]).await?)
}

/// Ends a device's session, and notes it.
async fn end_session<S: AuditStorage>(
    storage: &S,
    device: &Device,
    now: Moment,
    why: &str,
) -> Result<(), AuthError> {
    let by = By { user: device.user.clone(), device: Some(device.id) };
    let note = by.did(AuditAction::SignOut, device.name.clone(), now).with(why);
    storage.administer(AdminOrder { change: AdminChange::SignOut(device.id), note }).await?;
    Ok(())
}

fn principal_of(account: &Account, device: DeviceId) -> Principal {
    Principal { user: account.name.clone(), role: account.role, unit: account.unit.clone(), device }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;
    use crate::storage::conformance::Furnish;
    use crate::storage::memory::MemoryStorage;

    const NOW: Moment = Moment(1_790_000_000_000);
    const DAY_MS: i64 = 86_400_000;

    struct Counting(u8);

    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    struct Fixture {
        storage: MemoryStorage,
        desk: Desk,
        entropy: Counting,
    }

    impl Fixture {
        async fn new() -> Self {
            let storage = MemoryStorage::new();
            let passwords = Passwords::new(2);
            let password_hash = passwords.hash("a good password".to_owned(), [1; 16]).await.unwrap();
            let account = Account {
                name: "kim".into(),
                role: Role::Rep,
                unit: "P1".into(),
                password_hash,
                disabled: false,
            };
            assert!(storage.add_account(account).await.unwrap());
            let keys = TokenKeys::new(&[9; 32]);
            let desk = Desk {
                keys,
                passwords,
                attempts: Attempts::default(),
                guesses: Guesses::default(),
                access_token_s: 600,
                session_ms: 90 * DAY_MS,
            };
            Self { storage, desk, entropy: Counting(0) }
        }

        async fn sign_in(&mut self, user: &str, password: &str) -> Result<SignInResponse, AuthError> {
            let request = SignInRequest {
                user: user.to_owned(),
                password: password.to_owned(),
                device_name: "phone\u{1b}[2J".to_owned(),
            };
            self.desk.sign_in(&self.storage, request, NOW, &mut self.entropy).await
        }

        async fn signed_in(&mut self) -> SignInResponse {
            self.sign_in("kim", "a good password").await.unwrap()
        }

        async fn refresh(&mut self, token: &str, now: Moment) -> Result<SignInResponse, AuthError> {
            let request = RefreshRequest { refresh_token: token.to_owned() };
            self.desk.refresh(&self.storage, &request, now, &mut self.entropy).await
        }

        async fn authenticate(&self, token: &str) -> Result<AccessToken, AuthError> {
            self.desk.authenticate(&self.storage, token, NOW).await
        }

        async fn change(&self, change: impl FnOnce(&mut Account)) {
            let mut account = self.storage.account("kim").await.unwrap().unwrap();
            change(&mut account);
            assert!(self.storage.update_account(account).await.unwrap());
        }
    }

    fn error<T>(result: Result<T, AuthError>) -> AuthError {
        result.err().expect("refused")
    }

    #[tokio::test]
    async fn each_sign_in_is_a_new_device() {
        let mut fixture = Fixture::new().await;
        let (first, second) = (fixture.signed_in().await, fixture.signed_in().await);
        assert_ne!(first.device, second.device);
        assert_eq!((first.unit.as_str(), first.role.as_str(), first.expires_in_s), ("P1", "rep", 600));
        let device = fixture.storage.device(first.device).await.unwrap().unwrap();
        assert_eq!((device.user.as_str(), device.name.as_str()), ("kim", "phone[2J"));
        let token = fixture.authenticate(&first.access_token).await.unwrap();
        assert_eq!(token.principal.device, first.device);
    }

    #[tokio::test]
    async fn wrong_password_unknown_name_and_closed_account_look_alike() {
        let mut fixture = Fixture::new().await;
        assert_eq!(error(fixture.sign_in("kim", "a wrong password").await), AuthError::WrongPassword);
        assert_eq!(error(fixture.sign_in("lee", "a good password").await), AuthError::WrongPassword);
        fixture.change(|account| account.disabled = true).await;
        assert_eq!(error(fixture.sign_in("kim", "a good password").await), AuthError::WrongPassword);
        assert!(fixture.storage.devices().await.unwrap().is_empty(), "no device was registered");
        assert_eq!(error(fixture.sign_in(&"k".repeat(257), "a good password").await), AuthError::TooLarge);
    }

    #[tokio::test]
    async fn guessing_waits_for_known_and_unknown_names_alike_and_signing_in_ends_it() {
        let mut fixture = Fixture::new().await;
        for name in ["kim", "nobody"] {
            for _ in 0..3 {
                assert_eq!(error(fixture.sign_in(name, "a wrong password").await), AuthError::WrongPassword);
            }
            let waits = AuthError::TooManyTries { wait_ms: 1_000 };
            assert_eq!(error(fixture.sign_in(name, "a good password").await), waits);
        }
        let mut fixture = Fixture::new().await;
        for _ in 0..5 {
            assert_eq!(error(fixture.sign_in("kim", "a wrong password").await), AuthError::WrongPassword);
            assert_eq!(error(fixture.sign_in("kim", "a wrong password").await), AuthError::WrongPassword);
            fixture.signed_in().await;
        }
    }

    #[tokio::test]
    async fn rights_are_those_stored_now() {
        let mut fixture = Fixture::new().await;
        let signed = fixture.signed_in().await;
        fixture.change(|account| account.unit = "P2".into()).await;
        let token = fixture.authenticate(&signed.access_token).await.unwrap();
        assert_eq!(token.principal.unit.as_str(), "P2");
        fixture.change(|account| account.disabled = true).await;
        assert_eq!(error(fixture.authenticate(&signed.access_token).await), AuthError::SignInNeeded);
        assert_eq!(error(fixture.refresh(&signed.refresh_token, NOW).await), AuthError::SignInNeeded);
        fixture.change(|account| account.disabled = false).await;
        assert!(fixture.storage.revoke_device(signed.device).await.unwrap());
        assert_eq!(error(fixture.authenticate(&signed.access_token).await), AuthError::DeviceRevoked);
        assert_eq!(error(fixture.refresh(&signed.refresh_token, NOW).await), AuthError::DeviceRevoked);
    }

    #[tokio::test]
    async fn a_token_of_another_persons_device_does_not_hold() {
        let mut fixture = Fixture::new().await;
        let signed = fixture.signed_in().await;
        let mut principal = fixture.authenticate(&signed.access_token).await.unwrap().principal;
        principal.user = "lee".to_owned();
        let forged = fixture.desk.keys.issue(&principal, NOW, 600);
        assert_eq!(error(fixture.authenticate(&forged).await), AuthError::SignInNeeded);
        principal.device = DeviceId([0xee; 16]);
        let unregistered = fixture.desk.keys.issue(&principal, NOW, 600);
        assert_eq!(error(fixture.authenticate(&unregistered).await), AuthError::SignInNeeded);
    }

    #[tokio::test]
    async fn sign_out_ends_access_at_once() {
        let mut fixture = Fixture::new().await;
        let signed = fixture.signed_in().await;
        fixture.desk.sign_out(&fixture.storage, signed.device, NOW).await.unwrap();
        assert_eq!(error(fixture.authenticate(&signed.access_token).await), AuthError::SignInNeeded);
        assert_eq!(error(fixture.refresh(&signed.refresh_token, NOW).await), AuthError::SignInNeeded);
    }

    #[tokio::test]
    async fn refresh_rotates_and_survives_lost_answers() {
        let mut fixture = Fixture::new().await;
        let first = fixture.signed_in().await;
        let lost = fixture.refresh(&first.refresh_token, NOW).await.unwrap();
        let second = fixture.refresh(&first.refresh_token, NOW).await.unwrap();
        assert_eq!((lost.device, second.device), (first.device, first.device));
        let third = fixture.refresh(&second.refresh_token, NOW).await.unwrap();
        assert!(fixture.authenticate(&third.access_token).await.is_ok());
    }

    #[tokio::test]
    async fn a_used_refresh_token_ends_the_sign_in() {
        let mut fixture = Fixture::new().await;
        let first = fixture.signed_in().await;
        let second = fixture.refresh(&first.refresh_token, NOW).await.unwrap();
        let third = fixture.refresh(&second.refresh_token, NOW).await.unwrap();
        assert_eq!(error(fixture.refresh(&first.refresh_token, NOW).await), AuthError::SignInNeeded);
        assert_eq!(error(fixture.refresh(&third.refresh_token, NOW).await), AuthError::SignInNeeded);
        assert_eq!(error(fixture.authenticate(&third.access_token).await), AuthError::SignInNeeded);
    }

    #[tokio::test]
    async fn a_made_up_token_ends_nothing() {
        let mut fixture = Fixture::new().await;
        let signed = fixture.signed_in().await;
        let made_up = TokenKeys::new(&[1; 32]).mint_refresh(signed.device, &mut Counting(50)).0;
        assert_eq!(error(fixture.refresh(&made_up, NOW).await), AuthError::SignInNeeded);
        assert!(fixture.refresh(&signed.refresh_token, NOW).await.is_ok());
    }

    #[tokio::test]
    async fn a_line_ends_after_its_time_however_often_it_was_refreshed() {
        let mut fixture = Fixture::new().await;
        let first = fixture.signed_in().await;
        let almost = Moment(NOW.0 + 90 * DAY_MS - 1);
        let second = fixture.refresh(&first.refresh_token, almost).await.unwrap();
        let over = Moment(NOW.0 + 90 * DAY_MS);
        assert_eq!(error(fixture.refresh(&second.refresh_token, over).await), AuthError::SignInNeeded);
    }

    #[tokio::test]
    async fn two_refreshes_at_once_both_get_an_answer() {
        let fixture = Fixture::new().await;
        let (mut one, mut two) = (Counting(100), Counting(200));
        let mut entropy = Counting(0);
        let request = SignInRequest {
            user: "kim".to_owned(),
            password: "a good password".to_owned(),
            device_name: String::new(),
        };
        let signed = fixture.desk.sign_in(&fixture.storage, request, NOW, &mut entropy).await.unwrap();
        let request = RefreshRequest { refresh_token: signed.refresh_token };
        let (a, b) = futures::join!(
            fixture.desk.refresh(&fixture.storage, &request, NOW, &mut one),
            fixture.desk.refresh(&fixture.storage, &request, NOW, &mut two),
        );
        assert!(a.is_ok() && b.is_ok());
    }
}
