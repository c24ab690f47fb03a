//! Golden bytes: every message and every variant, byte for byte as PROTOCOL.md describes them.
//!
//! `vectors/NAME.hex` holds the bytes and `vectors/NAME.json` the decoded value, in the neutral form
//! of PROTOCOL.md's appendix, for decoders in other languages. `UPDATE_VECTORS=1` rewrites them, which
//! is allowed only while protocol version 1 is unreleased.

mod document;
mod folder;
mod golden;
mod hashes;
mod hostile;
mod neutral;
mod requests;
mod responses;
mod sample;
mod spelling;
mod values;
