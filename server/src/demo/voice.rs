//! What the demo says: calm lines in columns, progress on a terminal only.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde::Serialize;

/// Columns of a part's name.
const NAME_COLUMNS: usize = 18;
/// Columns of what a part did.
const WHAT_COLUMNS: usize = 78;
/// How often the progress sign turns.
const TURN: Duration = Duration::from_millis(120);

/// One finished part of the demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What it did.
    pub what: String,
    /// How long it took.
    pub took_ms: u64,
}

/// Says what happens.
pub struct Voice {
    out: Box<dyn Write + Send>,
    quiet: bool,
    bar: ProgressBar,
    parts: Vec<Part>,
}

impl Voice {
    /// Speaks on `out`; `quiet` keeps everything back.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, quiet: bool) -> Self {
        // Drawn on standard error, and only where that is a terminal.
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        Self { out, quiet, bar, parts: Vec::new() }
    }

    /// Shows what is under way.
    pub fn busy(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(TURN);
    }

    /// Says that a part is done, and how long it took.
    pub fn part(&mut self, name: &'static str, since: Instant, what: String) -> std::io::Result<()> {
        let took = since.elapsed();
        let line =
            format!("  {}{}{:>7.1} s", pad(name, NAME_COLUMNS), pad(&what, WHAT_COLUMNS), took.as_secs_f64());
        self.parts.push(Part { name, what, took_ms: took.as_millis() as u64 });
        self.line(&line)
    }

    /// Says a line.
    pub fn line(&mut self, line: &str) -> std::io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.bar.disable_steady_tick();
        let Self { bar, out, .. } = self;
        bar.suspend(|| {
            writeln!(out, "{line}")?;
            out.flush()
        })
    }

    /// Takes the progress sign away.
    pub fn rest(&self) {
        self.bar.finish_and_clear();
    }

    /// The parts said so far.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// Columns a text takes: Hangul takes two each.
#[must_use]
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// Fills up with spaces on the right; at least one follows the text.
#[must_use]
pub(super) fn pad(text: &str, to: usize) -> String {
    let spaces = to.saturating_sub(columns(text)).max(1);
    format!("{text}{}", " ".repeat(spaces))
}

/// Fills up with spaces on the left.
#[must_use]
pub(super) fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(columns(text))))
}

/// A number with its thousands set apart.
#[must_use]
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_takes_two_columns() {
        assert_eq!(columns("서울 1"), 6);
        assert_eq!(pad("서울", 6), "서울  ");
        assert_eq!(right("서울", 6), "  서울");
    }

    #[test]
    fn thousands_are_set_apart() {
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"), (100_000, "100,000")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
