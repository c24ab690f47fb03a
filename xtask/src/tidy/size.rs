//! A file can be read in one sitting.

use super::Finding;
use super::tree::{File, Tree};

/// Lines of code above which a file is shown as growing.
const LARGE_LINES: usize = 400;

/// Lines of code above which a file fails.
const LIMIT_LINES: usize = 600;

/// Rust and TypeScript files stay below the limit, counted without blank lines and comments.
pub(super) fn files_stay_readable(tree: &Tree) -> Vec<Finding> {
    tree.sources().filter_map(judge).collect()
}

/// The finding for one file, if it is large.
fn judge(file: &File) -> Option<Finding> {
    let code = file.without_comments();
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    if lines > LIMIT_LINES {
        let advice = format!("{lines} lines of code, more than {LIMIT_LINES}; split the file by noun");
        Some(Finding::error(&file.path, 1, advice))
    } else if lines >= LARGE_LINES {
        let advice = format!("{lines} lines of code; above {LIMIT_LINES} it must be split");
        Some(Finding::warning(&file.path, 1, advice))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Weight;

    /// What is said about a file of so many lines of code, and as many that do not count.
    fn weight(path: &str, lines: usize) -> Option<Weight> {
        let text = "// a comment\n\nlet a = 1;\n".repeat(lines);
        files_stay_readable(&Tree::of(&[(path, &text)])).first().map(|finding| finding.weight)
    }

    #[test]
    fn only_lines_of_code_count() {
        assert_eq!(weight("server/src/a.rs", 399), None);
        assert_eq!(weight("server/src/a.rs", 400), Some(Weight::Warning));
        assert_eq!(weight("web/src/a.tsx", 600), Some(Weight::Warning));
        assert_eq!(weight("web/src/a.tsx", 601), Some(Weight::Error));
    }

    #[test]
    fn other_files_may_be_long() {
        assert_eq!(weight("sync-protocol/PROTOCOL.md", 5000), None);
    }
}
