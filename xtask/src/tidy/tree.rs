//! What the rules look at: the files git knows or would add, and the crates with their dependencies.

use super::scan::{self, Language, Part};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// The files and crates of the workspace.
pub(super) struct Tree {
    /// Text files, by path.
    files: Vec<File>,
    /// The crates of the workspace.
    crates: Vec<Crate>,
}

/// A text file.
pub(super) struct File {
    /// Path from the root, with `/`.
    pub(super) path: String,
    /// The whole text.
    pub(super) text: String,
    /// What it is written in, when the rules can read that.
    language: Option<Language>,
}

/// A crate of the workspace.
pub(super) struct Crate {
    /// Its name in `Cargo.toml`.
    pub(super) name: String,
    /// Its folder from the root.
    pub(super) folder: String,
    /// What its `Cargo.toml` asks for.
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a crate's dependencies.
pub(super) struct Dependency {
    /// The package asked for, whatever it is renamed to.
    pub(super) name: String,
    /// Needed by the tests only.
    pub(super) dev: bool,
}

impl Tree {
    /// Reads the workspace. Files that are not text, or gone from the disk, are left out.
    pub(super) fn read(workspace: &Workspace) -> Result<Self> {
        let mut git = workspace.command("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listing = String::from_utf8(process::output(&mut git)?).context("a file name is not UTF-8")?;
        let read = |path: &str| {
            let full = workspace.root().join(path);
            let text = if full.is_symlink() { None } else { std::fs::read_to_string(full).ok() };
            text.map(|text| File::new(path, &text))
        };
        let mut files: Vec<_> =
            listing.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        files.dedup_by(|left, right| left.path == right.path);
        let crates = read_crates(&workspace.metadata()?, workspace.root())?;
        Ok(Self { files, crates })
    }

    /// All text files.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    /// The crates.
    pub(super) fn crates(&self) -> &[Crate] {
        &self.crates
    }

    /// The Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.language == Some(Language::Rust))
    }

    /// The files of a language the rules can read.
    pub(super) fn sources(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.language.is_some())
    }

    /// The files below a folder (`prefix` ends in `/`).
    pub(super) fn under(&self, prefix: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.starts_with(prefix))
    }

    /// The file of exactly this path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// A file with its text.
    pub(super) fn new(path: &str, text: &str) -> Self {
        let language = match Path::new(path).extension().and_then(|end| end.to_str()) {
            Some("rs") => Some(Language::Rust),
            Some("ts" | "tsx") => Some(Language::TypeScript),
            _ => None,
        };
        Self { path: path.to_owned(), text: text.to_owned(), language }
    }

    /// The text with comments blanked out, line for line.
    pub(super) fn without_comments(&self) -> String {
        self.masked(&[Part::Comment])
    }

    /// The text with comments and the contents of literals blanked out, line for line.
    pub(super) fn code(&self) -> String {
        self.masked(&[Part::Comment, Part::Literal])
    }

    /// The text without the given parts.
    fn masked(&self, hidden: &[Part]) -> String {
        self.language.map_or_else(|| self.text.clone(), |language| scan::mask(&self.text, language, hidden))
    }
}

/// The crates in the output of `cargo metadata --no-deps`.
fn read_crates(metadata: &Value, root: &Path) -> Result<Vec<Crate>> {
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |package: &Value| {
        let manifest = text(&package["manifest_path"]);
        let folder = Path::new(&manifest).parent().and_then(|folder| folder.strip_prefix(root).ok());
        let folder = folder.context("a crate is outside the workspace")?.to_string_lossy().into_owned();
        let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let dependency = |value: &Value| Dependency {
            name: text(&value["name"]),
            dev: value["kind"].as_str() == Some("dev"),
        };
        let dependencies = dependencies.map(dependency).collect();
        Ok(Crate { name: text(&package["name"]), folder, dependencies })
    };
    packages.iter().map(read).collect()
}

/// Trees for the tests of the rules.
#[cfg(test)]
impl Tree {
    /// A tree of these files, as (path, text), without crates.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| File::new(path, text)).collect(), crates: Vec::new() }
    }

    /// The same with a crate: its name, dependencies, and dev-dependencies.
    pub(super) fn with_crate(mut self, name: &str, normal: &[&str], dev: &[&str]) -> Self {
        let dependency = |dev| move |name: &&str| Dependency { name: (*name).to_owned(), dev };
        let dependencies = normal.iter().map(dependency(false)).chain(dev.iter().map(dependency(true)));
        let dependencies = dependencies.collect();
        self.crates.push(Crate { name: name.to_owned(), folder: name.to_owned(), dependencies });
        self
    }

    /// Drops the files outside a folder, and all crates.
    pub(super) fn keep_only(&mut self, prefix: &str) {
        self.files.retain(|file| file.path.starts_with(prefix));
        self.crates.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_read_from_the_metadata() {
        let metadata = serde_json::json!({"packages": [{
            "name": "server", "manifest_path": "/code/server/Cargo.toml",
            "dependencies": [{"name": "axum", "kind": null}, {"name": "tempfile", "kind": "dev"}],
        }]});
        let crates = read_crates(&metadata, Path::new("/code")).unwrap();
        assert_eq!((crates[0].name.as_str(), crates[0].folder.as_str()), ("server", "server"));
        assert!(!crates[0].dependencies[0].dev && crates[0].dependencies[1].dev);
    }

    #[test]
    fn code_has_neither_comments_nor_literals() {
        let file = File::new("a.rs", "let a = \"b\"; // c\n");
        assert_eq!(file.code().trim_end(), "let a =    ;");
        assert_eq!(file.without_comments().trim_end(), "let a = \"b\";");
    }
}
