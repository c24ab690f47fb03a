//! What hosts other than Rust call.

#[cfg(feature = "conformance")]
mod conformance;
mod keyring;
mod wasm;
