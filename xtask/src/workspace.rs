//! Where the workspace is on this machine, and the commands that run inside it.

use crate::process;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable that names the folder of shared data and checks.
const SHARED_VARIABLE: &str = "FIELDBOOK_SHARED";

/// Where that folder is when nobody says otherwise, from the root of the workspace.
const SHARED_DEFAULT: &str = "../shared";

/// What is compiled in by request, and is linted and tested with all the rest.
pub(crate) const FEATURES: &str = "server/parquet";

/// Whether cargo keeps what a second build of the same crate would need.
const INCREMENTAL: &str = "CARGO_INCREMENTAL";

/// The checked-out workspace.
pub(crate) struct Workspace {
    /// Absolute path of the folder that holds the root `Cargo.toml`.
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace around the current folder.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().context("there is no current folder")?;
        let root = here.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file());
        let root = root.context("not inside the Fieldbook workspace")?.to_path_buf();
        Ok(Self { root })
    }

    /// Absolute path of the root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A program that starts in the root folder.
    ///
    /// `cargo run` describes this tool's own package in the environment. Build scripts that watch those
    /// variables would rebuild their crate at every change between `cargo build` and `cargo xtask`, so
    /// they are taken out.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(describes_a_package) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The same cargo that started this tool, in the root folder.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = self.command(&program);
        command.args(args);
        if in_ci() && std::env::var_os(INCREMENTAL).is_none() {
            // Nothing is built a second time there, and what that would need fills gigabytes.
            command.env(INCREMENTAL, "0");
        }
        command
    }

    /// What cargo reads from the workspace's `Cargo.toml` files, dependencies not resolved.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let args = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
        let bytes = process::output(&mut self.cargo(&args))?;
        serde_json::from_slice(&bytes).context("`cargo metadata` did not print JSON")
    }

    /// Absolute path of the folder that cargo builds into; honours `CARGO_TARGET_DIR`.
    pub(crate) fn target_folder(&self) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let folder = metadata["target_directory"].as_str();
        Ok(PathBuf::from(folder.context("`cargo metadata` names no target folder")?))
    }

    /// Absolute path of the shared folder, and the variable that carries it.
    /// The folder need not exist: what needs it says so.
    pub(crate) fn shared_folder(&self) -> Result<(&'static str, PathBuf)> {
        let folder = match std::env::var_os(SHARED_VARIABLE) {
            Some(folder) if !folder.is_empty() => std::path::absolute(folder)?,
            _ => self.root.join(SHARED_DEFAULT),
        };
        Ok((SHARED_VARIABLE, folder.canonicalize().unwrap_or(folder)))
    }
}

/// Whether an environment variable was set by `cargo run` to describe the running package.
fn describes_a_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Whether this run must not skip anything: `CI` is set to `true` (or `1`).
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_inside() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.root().join("Cargo.toml").is_file());
    }

    #[test]
    fn the_target_folder_and_the_shared_folder_are_absolute() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.target_folder().unwrap().is_absolute());
        assert!(workspace.shared_folder().unwrap().1.is_absolute());
    }

    #[test]
    fn only_the_description_of_a_package_is_taken_out() {
        assert!(describes_a_package("CARGO_PKG_NAME"));
        assert!(describes_a_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_a_package("CARGO_TARGET_DIR"));
    }
}
