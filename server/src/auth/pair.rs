//! Invitations: a code of eight digits that signs one device in, once, and how it is presented.
//!
//! The database keeps a MAC of the code under a key outside of it: a plain hash of eight digits is tried out in a
//! second. What keeps codes from being guessed is in [`super::guesses`].

use document_model::{Entropy, Moment};
use sync_protocol::limits::{PAIRING_CODE_DIGITS, SIGN_IN_TEXT_BYTES};
use sync_protocol::sign_in::{PairRequest, SignInResponse};

use super::{Account, AuthError, Desk, Invitation};
use crate::audit::{AuditAction, By};
use crate::storage::{AccountStorage, AdminChange, AdminOrder, AdminOutcome, AuditStorage};

/// A code takes the lowest so many of random numbers.
const CODES: u128 = 10_u128.pow(PAIRING_CODE_DIGITS as u32);

/// A new code. Of 128 random bits, so that no code is likelier than another by more than one in 10^30.
#[must_use]
pub fn made_code(entropy: &mut dyn Entropy) -> String {
    let number = u128::from_be_bytes(entropy.sixteen()) % CODES;
    format!("{number:0digits$}", digits = PAIRING_CODE_DIGITS)
}

/// The digits of what somebody typed; `None` where that is no code. Blanks and hyphens do not count.
fn digits(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    let is_code = code.len() == PAIRING_CODE_DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then_some(code)
}

impl Desk {
    /// Signs in with a code and registers a new device. The code is used up by it. Where the device names whose its
    /// records are, another person's code is refused, and holds still.
    pub async fn pair<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        request: PairRequest,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let PairRequest { code, device_name, user } = request;
        let texts = [Some(&code), Some(&device_name), user.as_ref()];
        if texts.into_iter().flatten().any(|text| text.len() > SIGN_IN_TEXT_BYTES) {
            return Err(AuthError::TooLarge);
        }
        let code = self.keys.hash_code(&digits(&code).ok_or(AuthError::WrongCode)?);
        let open = storage.open_invitations(now.0).await?;
        self.guesses.begin(open, now).map_err(|wait_ms| {
            tracing::warn!(wait_ms, "too many wrong pairing codes of late; new devices wait");
            AuthError::TooManyTries { wait_ms }
        })?;
        let Some(invitation) = storage.invitation(code).await? else {
            let note = By { user: String::new(), device: None }.did(AuditAction::SignIn, "", now);
            storage.note(vec![note.refused().with("a wrong pairing code")]).await?;
            return Err(AuthError::WrongCode);
        };
        // Somebody was given this code: it was not guessed.
        self.guesses.give_back(open);
        let is_for =
            |account: &Account| !account.disabled && user.as_ref().is_none_or(|user| *user == account.name);
        match storage.account(&invitation.user).await?.filter(is_for) {
            Some(account) if invitation.is_open(now.0) => {
                self.use_up(storage, &account, code, device_name, now, entropy).await
            }
            _ => refused(storage, &invitation, now).await,
        }
    }

    async fn use_up<S: AccountStorage + AuditStorage>(
        &self,
        storage: &S,
        account: &Account,
        code: [u8; 32],
        device_name: String,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<SignInResponse, AuthError> {
        let (device, session, refresh_token) = self.new_device(account, device_name, now, entropy);
        let by = By { user: account.name.clone(), device: Some(device.id) };
        let note = by.did(AuditAction::SignIn, device.name.clone(), now).with("by a pairing code");
        let id = device.id;
        let order = AdminOrder { change: AdminChange::Pair { code, device, session }, note };
        match storage.administer(order).await? {
            AdminOutcome::Done => Ok(self.answer(account, id, refresh_token, now)),
            // Another device was first, or the account was closed meanwhile.
            _ => Err(AuthError::WrongCode),
        }
    }
}

/// Notes that a code was refused that somebody was given.
async fn refused<S: AuditStorage>(
    storage: &S,
    invitation: &Invitation,
    now: Moment,
) -> Result<SignInResponse, AuthError> {
    let why = match invitation.used_ms {
        Some(_) => "a pairing code that was used",
        None if !invitation.is_open(now.0) => "a pairing code that has ended",
        None => "a pairing code of a closed account, or on another person's device",
    };
    let by = By { user: invitation.user.clone(), device: None };
    storage.note(vec![by.did(AuditAction::SignIn, "", now).refused().with(why)]).await?;
    Err(AuthError::WrongCode)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::auth::{Attempts, Guesses, Passwords, Role, TokenKeys};
    use crate::storage::memory::MemoryStorage;

    const NOW: Moment = Moment(1_790_000_000_000);

    struct Counting(u8);

    impl Entropy for Counting {
        fn sixteen(&mut self) -> [u8; 16] {
            self.0 += 1;
            [self.0; 16]
        }
    }

    fn desk() -> Desk {
        Desk {
            keys: TokenKeys::new(&[9; 32]),
            passwords: Passwords::new(1),
            attempts: Attempts::default(),
            guesses: Guesses::default(),
            access_token_s: 600,
            session_ms: 1_000,
        }
    }

    /// Kim and lee, each with a code: 11111111 and 22222222, which hold for a minute.
    async fn invited(desk: &Desk) -> MemoryStorage {
        let storage = MemoryStorage::new();
        for (user, code) in [("kim", "11111111"), ("lee", "22222222")] {
            let account = Account {
                name: user.to_owned(),
                role: Role::Rep,
                unit: "P1".into(),
                password_hash: String::new(),
                disabled: false,
            };
            let ends_ms = NOW.0 + 60_000;
            let hash = desk.keys.hash_code(code);
            let user = user.to_owned();
            let invitation =
                Invitation { user, hash, made_ms: NOW.0, made_by: "ada".to_owned(), ends_ms, used_ms: None };
            for change in [AdminChange::AddAccount(account), AdminChange::Invite(invitation)] {
                let note = By::command_line().did(AuditAction::AccountInvite, "", NOW);
                let done = storage.administer(AdminOrder { change, note }).await;
                assert_eq!(done, Ok(AdminOutcome::Done));
            }
        }
        storage
    }

    async fn pair(
        desk: &Desk,
        storage: &MemoryStorage,
        code: &str,
        user: Option<&str>,
        now: Moment,
    ) -> Result<SignInResponse, AuthError> {
        let (code, user) = (code.to_owned(), user.map(str::to_owned));
        let request = PairRequest { code, device_name: "phone\u{1b}[2J".to_owned(), user };
        desk.pair(storage, request, now, &mut Counting(u8::try_from(now.0 - NOW.0).unwrap_or(99))).await
    }

    fn is_wrong(told: &Result<SignInResponse, AuthError>) -> bool {
        told.as_ref().err() == Some(&AuthError::WrongCode)
    }

    #[tokio::test]
    async fn a_code_signs_one_device_in_and_no_other_text_does() {
        let desk = desk();
        let storage = invited(&desk).await;
        for none in ["", "1111111", "111111111", "1111111a", "１１１１１１１１", "11111112", "1111\t1111"]
        {
            assert!(is_wrong(&pair(&desk, &storage, none, None, NOW).await), "{none:?}");
        }
        assert_eq!(storage.devices().await, Ok(Vec::new()));
        let signed = pair(&desk, &storage, " 1111-1111 ", None, NOW).await.expect("the code holds");
        assert_eq!((signed.user.as_str(), signed.role.as_str()), ("kim", "rep"));
        let device = storage.device(signed.device).await.expect("a device is read").expect("it is there");
        assert_eq!((device.user.as_str(), device.name.as_str()), ("kim", "phone[2J"));
        assert!(desk.authenticate(&storage, &signed.access_token, NOW).await.is_ok());
        assert!(is_wrong(&pair(&desk, &storage, "11111111", None, Moment(NOW.0 + 1)).await), "once");
        let rows = storage.audit_after(0, 100).await.expect("the log is read");
        let said: Vec<_> = rows.iter().filter_map(|row| row.fact.detail.as_deref()).collect();
        let expected = ["a wrong pairing code", "by a pairing code", "a pairing code that was used"];
        assert_eq!(said, expected, "what is no code is not noted");
        assert_eq!(rows.last().map(|row| row.fact.user.as_str()), Some("kim"));
    }

    #[tokio::test]
    async fn another_persons_code_an_ended_one_and_one_of_a_closed_account_do_not_hold() {
        let desk = desk();
        let storage = invited(&desk).await;
        assert!(is_wrong(&pair(&desk, &storage, "22222222", Some("kim"), NOW).await), "it is lee's");
        assert!(is_wrong(&pair(&desk, &storage, "22222222", None, Moment(NOW.0 + 60_000)).await), "its end");
        let last = Moment(NOW.0 + 59_999);
        assert!(pair(&desk, &storage, "22222222", Some("lee"), last).await.is_ok(), "it was not used up");
        let kim = storage.account("kim").await.expect("an account is read").expect("it is there");
        let account = Account { disabled: true, ..kim.clone() };
        let change = AdminChange::ChangeAccount { expected: kim, account, sign_out: true };
        let note = By::command_line().did(AuditAction::AccountChange, "kim", NOW);
        storage.administer(AdminOrder { change, note }).await.expect("it is closed");
        assert!(is_wrong(&pair(&desk, &storage, "11111111", None, NOW).await));
        assert_eq!(storage.devices().await.map(|devices| devices.len()), Ok(1));
    }

    #[tokio::test]
    async fn whoever_guesses_waits_and_who_knows_a_code_costs_nothing() {
        let desk = desk();
        let storage = invited(&desk).await;
        for _ in 0..5_000 {
            // A code that was given out and is another person's is no guess.
            assert!(is_wrong(&pair(&desk, &storage, "22222222", Some("kim"), NOW).await));
        }
        let mut tries = 0;
        let wait_ms = loop {
            match pair(&desk, &storage, &format!("3{tries:07}"), None, NOW).await {
                Err(AuthError::WrongCode) => tries += 1,
                Err(AuthError::TooManyTries { wait_ms }) => break wait_ms,
                _ => panic!("nobody has such a code"),
            }
        };
        assert_eq!(tries, 5_000);
        let waited = Moment(NOW.0 + i64::from(wait_ms));
        assert!(matches!(
            pair(&desk, &storage, "11111111", None, NOW).await,
            Err(AuthError::TooManyTries { .. })
        ));
        assert!(Duration::from_millis(u64::from(wait_ms)) < Duration::from_mins(3), "{wait_ms}");
        assert!(is_wrong(&pair(&desk, &storage, "39999999", None, waited).await), "one more");
    }

    #[test]
    fn made_codes_have_eight_digits_and_are_all_over_the_place() {
        struct Given(u128);
        impl Entropy for Given {
            fn sixteen(&mut self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }
        let made = |number: u128| made_code(&mut Given(number));
        assert_eq!(made(7), "00000007");
        assert_eq!(made(1_234_567_812_345_678), "12345678");
        assert_eq!(digits(&made(u128::MAX)).map(|code| code.len()), Some(8));
    }
}
