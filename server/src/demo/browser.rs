//! The demo's board in the person's own browser.

use std::io::IsTerminal;
use std::time::Duration;

/// A browser that takes longer than this to start is on its way.
const PATIENCE: Duration = Duration::from_secs(3);
/// Set where programs run without people.
const CI: &str = "CI";
/// Where windows are shown, on systems that need not have any.
const DISPLAYS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];

/// What decides whether a browser is opened.
#[derive(Debug, Clone, Copy)]
struct Surroundings {
    /// A person reads what the demo says.
    is_terminal: bool,
    /// Nobody looks.
    in_ci: bool,
    /// There are windows.
    has_display: bool,
}

/// Why no browser is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shut {
    /// There is nobody to look, so nothing need be said.
    Nobody,
    /// There is somebody, without windows.
    NoDisplay,
}

impl Surroundings {
    fn here() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let needs_none = cfg!(any(target_os = "macos", target_os = "windows"));
        Self {
            is_terminal: std::io::stdout().is_terminal(),
            in_ci: is_set(CI),
            has_display: needs_none || DISPLAYS.into_iter().any(is_set),
        }
    }

    fn opens(self) -> Result<(), Shut> {
        match self {
            Self { is_terminal: false, .. } | Self { in_ci: true, .. } => Err(Shut::Nobody),
            Self { has_display: false, .. } => Err(Shut::NoDisplay),
            _ => Ok(()),
        }
    }
}

/// Opens a page where a person looks on. A line of words where that does not work.
pub(super) async fn open(url: String) -> Option<String> {
    match Surroundings::here().opens() {
        Err(Shut::Nobody) => return None,
        Err(Shut::NoDisplay) => return Some("  no browser is opened: there is no display here".to_owned()),
        Ok(()) => {}
    }
    // It starts a program and may wait for it.
    let opening = tokio::task::spawn_blocking(move || webbrowser::open(&url));
    match tokio::time::timeout(PATIENCE, opening).await {
        Ok(Ok(Err(why))) => Some(format!("  no browser was opened ({why}); open the HQ dashboard by hand")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_opens_only_for_somebody_with_windows() {
        let opens =
            |is_terminal, in_ci, has_display| Surroundings { is_terminal, in_ci, has_display }.opens();
        assert_eq!(opens(true, false, true), Ok(()));
        assert_eq!(opens(true, false, false), Err(Shut::NoDisplay));
        for (in_ci, has_display) in [(false, true), (true, true), (false, false)] {
            assert_eq!(opens(false, in_ci, has_display), Err(Shut::Nobody));
        }
        assert_eq!(opens(true, true, true), Err(Shut::Nobody));
    }
}
