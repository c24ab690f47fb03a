//! Who people and devices are, and what they may do.

mod account;
mod policy;

pub use account::{Account, Device, Role, Session};
pub use policy::{Action, Object, Principal, may};
