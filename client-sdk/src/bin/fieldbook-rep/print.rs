//! Answers as people read them: short tables, states as words, Korean at its width.
//!
//! Pure: views in, text out. What reaches a terminal holds no control characters, whoever typed it.

use std::fmt::Write;

use client_sdk::{
    ClashesOf, DifferenceCause, DocumentView, FigureDifference, Figures, ListItem, RecordState, Status,
    SumsView, TrayView,
};
use document_model::problem::{BACK_DATED, WITHDRAWN_TOO_LATE};
use document_model::schema::Schema;
use document_model::{FieldValue, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::tray_reason;

/// Columns of a cell at most.
const CELL_WIDTH: usize = 40;

/// The rows of a table; column names in its first line, cells cut to their width.
struct Table {
    rows: Vec<Vec<String>>,
    /// Columns of numbers, aligned to the right.
    numbers: &'static [usize],
}

impl Table {
    fn new(names: &[&str], numbers: &'static [usize]) -> Self {
        Self { rows: vec![names.iter().map(ToString::to_string).collect()], numbers }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| cut(&plain(&cell), CELL_WIDTH)).collect());
    }

    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width_of =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width_of(column).unwrap_or(0)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let room = " ".repeat(width - cell.width());
                if self.numbers.contains(&column) { format!("{room}{cell}") } else { format!("{cell}{room}") }
            });
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

/// Text without control characters: they would steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Text cut to a width, with a sign that it was.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < width
    });
    kept.chain(['…']).collect()
}

/// A number with separators of thousands.
fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn value_text(field: &str, value: &FieldValue) -> String {
    match value {
        FieldValue::Nothing => "(cleared)".to_owned(),
        FieldValue::Flag(flag) => flag.to_string(),
        FieldValue::Number(won) if field.ends_with("_won") => thousands(*won),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) => text.clone(),
    }
}

fn json_value_text(field: &str, value: &Value) -> String {
    let read: Result<FieldValue, _> = serde_json::from_value(value.clone());
    read.map_or_else(|_| value.to_string(), |value| value_text(field, &value))
}

/// How far a record has come, in the words of the glossary.
fn state_word(state: RecordState) -> &'static str {
    match state {
        RecordState::Saved => "saved",
        RecordState::Sent => "sent",
        RecordState::Confirmed => "confirmed",
    }
}

/// An instant as the wall clock of `zone` showed it.
fn wall_clock(instant: &str, zone: &TimeZone) -> String {
    let read: Result<Timestamp, _> = instant.parse();
    read.map_or_else(
        |_| plain(instant),
        |stamp| zone.to_datetime(stamp).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

fn text_of(item: &ListItem, field: &str) -> String {
    item.fields.get(field).map(|value| value_text(field, value)).unwrap_or_default()
}

/// What a person should look at, in words.
fn remarks(item: &ListItem) -> String {
    let mut remarks = Vec::new();
    if item.clashes > 0 {
        remarks.push("clash".to_owned());
    }
    if item.blocked {
        remarks.push("problem".to_owned());
    }
    for (field, word) in [("withdrawn_on", "withdrawn"), ("archived_on", "archived")] {
        if item.fields.contains_key(field) {
            remarks.push(word.to_owned());
        }
    }
    remarks.join(", ")
}

/// A list of customers.
pub(crate) fn customers(items: &[ListItem], empty: &str) -> String {
    if items.is_empty() {
        return format!("{empty}\n");
    }
    let mut table = Table::new(&["NAME", "PHONE", "CITY", "STATE", "ID", ""], &[]);
    for item in items {
        let fields = ["name", "phone", "address.city"].map(|field| text_of(item, field));
        table.row(fields.into_iter().chain([
            state_word(item.state).to_owned(),
            item.id.to_string(),
            remarks(item),
        ]));
    }
    table.text()
}

/// A list of policies; `name_of` gives the name of a customer by id.
pub(crate) fn policies(items: &[ListItem], name_of: impl Fn(&str) -> Option<String>) -> String {
    if items.is_empty() {
        return "No policies here yet. Policies you record are listed here and count in your figures: \
            fieldbook-rep policy add --customer ID --product CODE --premium WON\n"
            .to_owned();
    }
    let mut table =
        Table::new(&["SOLD ON", "PRODUCT", "PREMIUM", "MODE", "CUSTOMER", "STATE", "ID", ""], &[2]);
    for item in items {
        let fields =
            ["sale_date", "product", "premium_won", "payment_mode"].map(|field| text_of(item, field));
        let customer = name_of(&text_of(item, "customer")).unwrap_or_else(|| "not on this device".to_owned());
        let rest = [customer, state_word(item.state).to_owned(), item.id.to_string(), remarks(item)];
        table.row(fields.into_iter().chain(rest));
    }
    table.text()
}

/// One document with everything about it.
pub(crate) fn document(view: &DocumentView, zone: &TimeZone) -> String {
    let mut text = format!("{} {}, {}\n", kind_word(view.kind), view.id, state_word(view.state));
    let mut fields: Vec<_> = view.fields.iter().collect();
    let schema = Schema::builtin(view.kind);
    let place = |name: &str| {
        let owner = schema.slot(name).map(|(field, _)| field);
        schema.fields.iter().position(|field| Some(field) == owner).unwrap_or(schema.fields.len())
    };
    fields.sort_by_key(|(name, _)| (place(name), (*name).clone()));
    let width = fields.iter().map(|(name, _)| plain(name).width()).max().unwrap_or(0);
    for (name, value) in fields {
        let shown = plain(name);
        let room = " ".repeat(width - shown.width());
        let value = value_text(name, value);
        for (at, line) in value.lines().enumerate() {
            let label = if at == 0 { format!("{shown}{room}") } else { " ".repeat(width) };
            text.push_str(format!("  {label}  {}", plain(line)).trim_end());
            text.push('\n');
        }
    }
    text.push_str(&problems(view));
    text.push_str(&clashes_of(&view.id.to_string(), &view.clashes, zone));
    text
}

/// The rules a document breaks, in words; empty when it breaks none.
pub(crate) fn problems(view: &DocumentView) -> String {
    let mut text = String::new();
    for problem in &view.problems {
        let effect = match (problem.blocking, view.kind) {
            _ if problem.code == BACK_DATED => {
                "; the policy waits for headquarters and does not count until they approve"
            }
            _ if problem.code == WITHDRAWN_TOO_LATE => "; the policy goes on counting as sold",
            (true, Kind::Policy) => "; the policy does not count until this is put right",
            _ => "",
        };
        let words = problem_words(problem.code);
        // Writing into a string cannot fail.
        let _written = writeln!(text, "Problem: {} {words}{effect}", plain(&problem.field));
    }
    text
}

fn problem_words(code: &'static str) -> String {
    match code {
        "missing" => "is missing".to_owned(),
        "wrong_type" => "has a value of the wrong type".to_owned(),
        "not_positive" => "must be more than zero".to_owned(),
        "too_large" => "is larger than a premium can be".to_owned(),
        "unknown_product" => "is not in the catalogue".to_owned(),
        "product_not_on_sale" => "was not on sale that day".to_owned(),
        "in_the_future" => "is in the future".to_owned(),
        BACK_DATED => "lies further back than sales may be dated".to_owned(),
        WITHDRAWN_TOO_LATE => "is after the time for withdrawing was over".to_owned(),
        "before_the_sale" => "is before the sale".to_owned(),
        other => format!("breaks the rule {other}"),
    }
}

fn clashes_of(id: &str, clashes: &[Value], zone: &TimeZone) -> String {
    let mut text = String::new();
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or("unknown").to_owned();
    for clash in clashes {
        let field = plain(&word(clash, "field"));
        let _written = writeln!(
            text,
            "Clash: {field} has several values; pick one: fieldbook-rep resolve {id} {field} VALUE"
        );
        let mut table = Table::new(&["  VALUE", "BY", "AT", ""], &[]);
        for value in clash["values"].as_array().into_iter().flatten() {
            let shown = if value["shown"] == true { "shown" } else { "" };
            table.row([
                format!("  {}", json_value_text(&field, &value["value"])),
                word(value, "author"),
                wall_clock(&word(value, "time"), zone),
                shown.to_owned(),
            ]);
        }
        text.push_str(&table.text());
    }
    text
}

/// Every clash of the device.
pub(crate) fn clashes(found: &[ClashesOf], zone: &TimeZone) -> String {
    if found.is_empty() {
        return "No clashes. When two people give one field different values at the same time, all values \
            are kept and listed here after: fieldbook-rep sync\n"
            .to_owned();
    }
    let one = |of: &ClashesOf| {
        let id = of.id.to_string();
        format!("{} {id}\n{}", kind_word(of.kind), clashes_of(&id, &of.clashes, zone))
    };
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Customer => "Customer",
        Kind::Policy => "Policy",
        Kind::PolicyRecord => "Policy record",
        Kind::Product => "Product",
        Kind::Schema => "Schema",
    }
}

/// The tray.
pub(crate) fn tray(items: &[TrayView], zone: &TimeZone) -> String {
    if items.is_empty() {
        return "The tray is empty. Edits that the hub cannot take wait here for you; nothing typed is \
            dropped. They arrive with: fieldbook-rep sync\n"
            .to_owned();
    }
    let all: Vec<_> = items.iter().map(|item| tray_item(item, zone)).collect();
    format!(
        "{}\nDo an item again: fieldbook-rep tray apply ID   give it up: fieldbook-rep tray drop ID\n",
        all.join("\n")
    )
}

/// One item of the tray with its edits.
pub(crate) fn tray_item(item: &TrayView, zone: &TimeZone) -> String {
    let mut text = format!(
        "{}  {} {}, {}: {}\n",
        item.id,
        kind_word(item.kind),
        item.document,
        wall_clock(&item.at, zone),
        plain(tray_reason(&item.reason)),
    );
    let mut table = Table::new(&["  FIELD", "WAS", "YOU WROTE", "AT"], &[]);
    for edit in &item.edits {
        let field = edit["field"].as_str().unwrap_or_default();
        let time = edit["time"].as_str().unwrap_or_default();
        table.row([
            format!("  {field}"),
            json_value_text(field, &edit["old"]),
            json_value_text(field, &edit["new"]),
            wall_clock(time, zone),
        ]);
    }
    text.push_str(&table.text());
    text
}

/// The device's state.
pub(crate) fn status(status: &Status, zone: &TimeZone) -> String {
    let account = if status.signed_in { "signed in" } else { "signed out; records stay, sending waits" };
    let last = status.last_contact.as_deref().map_or("never".to_owned(), |time| wall_clock(time, zone));
    let books = if status.books.is_empty() {
        "none yet; run `fieldbook-rep sync`".to_owned()
    } else {
        status.books.join(", ")
    };
    let lines = [
        ("account", format!("{}, unit {}, {account}", status.user, status.unit)),
        ("hub", status.server.clone()),
        ("last contact", last),
        ("books", books),
        ("documents", status.documents.to_string()),
        ("unsent", to_look_at(status.unsent, "edit", "sync")),
        ("tray", to_look_at(status.tray as u64, "item", "tray")),
        ("clashes", to_look_at(status.clashes as u64, "record", "clashes")),
        ("closed days", to_look_at(status.closed_days.len() as u64, "day", "sync")),
    ];
    lines.iter().map(|(name, value)| format!("{name:<12}  {}\n", plain(value))).collect()
}

fn to_look_at(count: u64, what: &str, command: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    if count == 0 { "none".to_owned() } else { format!("{count} {what}{plural}: fieldbook-rep {command}") }
}

/// Own figures.
pub(crate) fn figures(figures: &Figures) -> String {
    let days = if figures.from == figures.to {
        figures.from.clone()
    } else {
        format!("{} to {}", figures.from, figures.to)
    };
    let mut text = if figures.rows.is_empty() {
        format!(
            "No policies counted on {days}. Policies sold then are summed here: \
             fieldbook-rep policy add --customer ID --product CODE --premium WON\n"
        )
    } else {
        let mut table =
            Table::new(&["PRODUCT", "SOLD", "WITHDRAWN", "NET", "GROSS WON", "NET WON"], &[1, 2, 3, 4, 5]);
        figures.rows.iter().for_each(|row| table.row(sums(&row.product, &row.sums)));
        table.row(sums("total", &figures.total));
        format!("Your figures of {days}, from this device\n{}", table.text())
    };
    let (net, won) = (figures.total.net, figures.total.premium_net_won);
    let there = &figures.headquarters;
    if (net, won) != (there.net, there.premium_net_won) {
        let (counted, premium) = (thousands(there.net), thousands(there.premium_net_won));
        let _written = writeln!(text, "Headquarters counts {counted} net, {premium} won; the difference:");
        for difference in figures.differences.iter().filter(|one| (one.count, one.won) != (0, 0)) {
            let FigureDifference { policy, why, count, won } = difference;
            let why = match why {
                DifferenceCause::Waiting => "not sent yet",
                DifferenceCause::NotConfirmed => "sent, not confirmed",
                DifferenceCause::Withdrawn => "withdrawn here, not confirmed",
                DifferenceCause::Problem => "stopped by a problem",
            };
            let _written = writeln!(text, "  {policy}  {count:+}  {} won  {why}", thousands(*won));
        }
    }
    if figures.unconfirmed > 0 {
        let _written = writeln!(
            text,
            "{} of these not confirmed by the hub yet: fieldbook-rep sync",
            figures.unconfirmed
        );
    }
    if figures.blocked > 0 {
        let _written =
            writeln!(text, "{} not counted because of a problem: fieldbook-rep policy list", figures.blocked);
    }
    text
}

fn sums(name: &str, sums: &SumsView) -> [String; 6] {
    let numbers = [sums.sold, sums.withdrawn, sums.net, sums.premium_gross_won, sums.premium_net_won];
    let [sold, withdrawn, net, gross, net_won] = numbers.map(thousands);
    [name.to_owned(), sold, withdrawn, net, gross, net_won]
}

#[cfg(test)]
mod tests;
