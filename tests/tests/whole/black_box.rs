//! The black-box programs that state the commands' contract, run against the built binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use server::storage::conformance::scratch;

/// The folder with data and checks nobody here wrote; `None` with a notice where it is absent.
fn shared() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("FIELDBOOK_SHARED").map_or(default, PathBuf::from);
    if folder.join("checks").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "the shared folder is missing; set FIELDBOOK_SHARED");
    println!("skipped: the shared folder is not here; set FIELDBOOK_SHARED");
    None
}

fn check(name: &str, extra: &[(&str, &str)]) {
    let Some(shared) = shared() else { return };
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is inside the project");
    let output = Command::new("python3")
        .arg(shared.join("checks").join(name))
        .current_dir(project)
        .env("FIELDBOOK_BIN", tests::programs::folder())
        .envs(extra.iter().copied())
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{name}: {}", said.trim());
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The same contract, whatever the hub stores in.
async fn on_postgres(name: &str) {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        check(name, &[("FIELDBOOK_DATABASE", url.as_str())]);
    })
    .await;
}

#[test]
fn two_devices() {
    check("two-devices", &[]);
}

#[tokio::test]
async fn two_devices_on_postgres() {
    on_postgres("two-devices").await;
}

#[test]
fn figures_exact() {
    check("figures-exact", &[]);
}

#[tokio::test]
async fn figures_exact_on_postgres() {
    on_postgres("figures-exact").await;
}
