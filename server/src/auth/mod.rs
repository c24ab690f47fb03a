//! Who people and devices are, and what they may do.

mod account;
mod attempts;
mod guesses;
mod pair;
mod password;
mod policy;
mod setup;
mod sign_in;
mod token;

pub use account::{Account, Device, Invitation, Role, Session, Told, is_account_name};
pub use attempts::Attempts;
pub use guesses::{Guesses, OPEN_INVITATIONS};
pub use pair::made_code;
pub use password::{PasswordError, Passwords, SHORTEST_CHARACTERS, made_password};
pub use policy::{Action, Object, Principal, may};
pub use setup::SETUP_LINK_MS;
pub use sign_in::{AuthError, Desk};
pub use token::{ACCESS_TOKEN_BYTES, AccessToken, TokenHash, TokenKeys, Turn, turn};
