//! Where the freshly built programs are.

use std::path::{Path, PathBuf};

/// The folder of the programs: what `cargo xtask test` says, or the dev profile's.
#[must_use]
pub fn folder() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is inside the project");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
    std::env::var_os("FIELDBOOK_BIN").map_or_else(|| target.join("debug"), PathBuf::from)
}
