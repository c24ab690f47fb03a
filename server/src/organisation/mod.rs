//! The organisation: nation > region > branch > rep, effective-dated.

mod roster;

pub use roster::{Level, NATION, Roster, UnitSpan};
