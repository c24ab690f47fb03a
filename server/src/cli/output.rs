//! How answers and failures are told: text for people, JSON for programs.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::{Exit, Failure};

/// How often progress moves.
const TICK: Duration = Duration::from_millis(120);

/// What a command answers.
#[derive(Debug)]
pub(super) struct Answer {
    text: String,
    json: Value,
    /// Set when the answer is told and is no.
    no: Option<Failure>,
}

impl Answer {
    /// An answer in both forms.
    pub(super) fn new(text: impl Into<String>, json: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_value(json).map_err(|why| Failure::of_system(&why))?;
        Ok(Self { text: text.into(), json, no: None })
    }

    /// Nothing more to say.
    pub(super) fn silent() -> Self {
        Self { text: String::new(), json: Value::Null, no: None }
    }

    /// The same answer, as a no.
    pub(super) fn but(self, no: Failure) -> Self {
        Self { no: Some(no), ..self }
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> (&str, &Value, Option<&Failure>) {
        (&self.text, &self.json, self.no.as_ref())
    }
}

/// Tells an answer.
pub(super) fn tell(answer: &Answer, json: bool) -> ExitCode {
    match (json, &answer.json) {
        (true, Value::Null) => {}
        (true, value) => say(&format!("{value}\n")),
        (false, _) if answer.text.is_empty() => {}
        (false, _) => say(&format!("{}\n", answer.text)),
    }
    answer.no.as_ref().map_or(ExitCode::SUCCESS, |no| fail(no, json))
}

/// Tells a failure.
pub(super) fn fail(failure: &Failure, json: bool) -> ExitCode {
    let line = if json {
        json!({ "error": failure }).to_string()
    } else {
        format!("fieldbook: {} ({})", failure.message, failure.code)
    };
    write(&mut std::io::stderr().lock(), &format!("{line}\n"));
    ExitCode::from(failure.exit as u8)
}

/// Tells what was wrong with the arguments, in the words of the parser.
pub(super) fn explain_usage(error: &clap::Error) -> ExitCode {
    let told = error.render().to_string();
    let told = told.replacen("\nFor more information", "\nNothing was changed. For more information", 1);
    write(&mut std::io::stderr().lock(), &told);
    ExitCode::from(Exit::Usage as u8)
}

/// Shows on a terminal that work goes on, and nowhere else.
pub(super) fn spinner() -> ProgressBar {
    let progress = ProgressBar::new_spinner();
    if std::io::stderr().is_terminal() {
        progress.enable_steady_tick(TICK);
    } else {
        progress.set_draw_target(ProgressDrawTarget::hidden());
    }
    progress
}

/// Prints on standard output.
pub(super) fn say(text: &str) {
    write(&mut std::io::stdout().lock(), text);
}

/// A reader that went away (`| head`) has what it wanted.
fn write(out: &mut impl Write, text: &str) {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(why) = written
        && why.kind() != ErrorKind::BrokenPipe
    {
        tracing::warn!(error.reason = %why, "the answer could not be printed");
    }
}

/// Rows under headings, in columns; a heading that begins with `>` stands to the right.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let titles = headings.iter().map(|heading| heading.trim_start_matches('>'));
    let widest = |column: usize, title: &str| {
        rows.iter().map(|row| width(&row[column])).chain([width(title)]).max().unwrap_or(0)
    };
    let widths: Vec<_> = titles.clone().enumerate().map(|(column, title)| widest(column, title)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(headings).zip(&widths).map(|((cell, heading), widest)| {
            let gap = " ".repeat(widest - width(cell));
            if heading.starts_with('>') { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut titles.clone())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// Columns a text takes in a terminal: Hangul, Chinese and full-width letters take two.
fn width(text: &str) -> usize {
    let wide = |letter: char| matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}');
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

/// A whole number in groups of three digits.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up_in_any_script() {
        let rows = [
            vec!["P1".to_owned(), "김철수".to_owned(), "7".to_owned()],
            vec!["P10".to_owned(), "Kim".to_owned(), "1,000".to_owned()],
        ];
        assert_eq!(
            table(&["unit", "name", ">sold"], &rows),
            "unit  name     sold\nP1    김철수      7\nP10   Kim     1,000"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        let numbers = [0, 7, 999, 1_000, 1_234_567, -1_234, i64::MIN];
        let texts = ["0", "7", "999", "1,000", "1,234,567", "-1,234", "-9,223,372,036,854,775,808"];
        assert_eq!(numbers.map(grouped), texts);
    }

    #[test]
    fn failures_have_one_form_in_json() {
        let failure = Failure::no("USER-UNKNOWN", "there is no account \"x\"", "Look");
        let told = json!({ "error": failure });
        let message = "there is no account \"x\". Nothing was changed. Look";
        assert_eq!(told, json!({"error": {"code": "USER-UNKNOWN", "message": message}}));
    }
}
