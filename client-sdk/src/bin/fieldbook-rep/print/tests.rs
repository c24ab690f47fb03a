//! What people see, cell by cell.

use std::collections::BTreeMap;

use client_sdk::{FigureLine, ProblemView};
use document_model::DocumentId;
use serde_json::json;

use super::*;

fn seoul() -> TimeZone {
    TimeZone::get("Asia/Seoul").unwrap()
}

fn item(fields: &[(&str, FieldValue)]) -> ListItem {
    ListItem {
        id: DocumentId([7; 16]),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        clashes: 0,
        blocked: false,
        state: RecordState::Saved,
    }
}

#[test]
fn korean_takes_two_columns_a_syllable() {
    let rows = [
        item(&[("name", "김철수".into()), ("phone", "010-1".into())]),
        item(&[("name", "Kim".into()), ("phone", "010-2".into())]),
    ];
    let text = customers(&rows, "");
    let at = |line: &str, what: &str| line[..line.find(what).unwrap()].width();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(at(lines[1], "010-1"), at(lines[2], "010-2"));
    assert_eq!(at(lines[0], "PHONE"), at(lines[1], "010-1"));
    assert!(lines.iter().all(|line| !line.ends_with(' ')));
}

#[test]
fn long_cells_are_cut_and_say_so() {
    let cell = cut(&"가".repeat(30), 11);
    assert_eq!(cell, "가가가가가…");
    assert!(cell.width() <= 11);
    assert_eq!(cut("short", 11), "short");
    assert_eq!(cut("exactly ten", 11), "exactly ten");
}

#[test]
fn nothing_stored_can_steer_the_terminal() {
    let mut evil = item(&[("name", "\u{1b}[2Jgone\r\nx".into())]);
    evil.clashes = 1;
    let view = DocumentView {
        id: evil.id,
        kind: Kind::Customer,
        fields: BTreeMap::from([("field\u{7}".to_owned(), "a\u{1b}[31m\u{9b}b".into())]),
        clashes: vec![
            json!({"field": "na\u{1b}me", "values": [{"value": "\u{1b}c", "author": "\u{7}", "time": "\u{1b}"}]}),
        ],
        problems: Vec::new(),
        state: RecordState::Saved,
    };
    let shown = format!("{}{}", customers(&[evil], ""), document(&view, &seoul()));
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
}

#[test]
fn numbers_are_grouped() {
    let shown = [0, 999, 1_000, 50_000, 1_234_567, -1_000, i64::MIN].map(thousands);
    let expected = ["0", "999", "1,000", "50,000", "1,234,567", "-1,000", "-9,223,372,036,854,775,808"];
    assert_eq!(shown, expected);
}

#[test]
fn policies_show_customers_by_name_and_what_is_wrong() {
    let mut policy = item(&[
        ("customer", "c1".into()),
        ("product", "WL01".into()),
        ("premium_won", 50_000.into()),
        ("withdrawn_on", "2026-11-23".into()),
    ]);
    policy.blocked = true;
    let text = policies(std::slice::from_ref(&policy), |id| (id == "c1").then(|| "김철수".to_owned()));
    for word in ["WL01", "50,000", "김철수", "saved", "problem, withdrawn"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(policies(&[policy], |_| None).contains("not on this device"));
}

#[test]
fn a_document_shows_fields_in_order_lines_problems_and_clashes() {
    let fields = [
        ("notes", FieldValue::from("first\nsecond")),
        ("name", "김철수".into()),
        ("zz.of_tomorrow", FieldValue::Flag(true)),
        ("phone", "010-2222-0000".into()),
    ];
    let view = DocumentView {
        id: DocumentId([7; 16]),
        kind: Kind::Customer,
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        clashes: vec![json!({"field": "phone", "values": [
            {"value": "010-2222-0000", "author": "kim", "time": "2026-11-23T05:00:00Z", "shown": true},
            {"value": null, "author": "lee", "time": "2026-11-23T06:00:00Z", "shown": false},
        ]})],
        problems: vec![ProblemView { code: "wrong_type", field: "gender".to_owned(), blocking: false }],
        state: RecordState::Confirmed,
    };
    let id = "07".repeat(16);
    let expected = format!(
        "Customer {id}, confirmed
  name            김철수
  phone           010-2222-0000
  notes           first
                  second
  zz.of_tomorrow  true
Problem: gender has a value of the wrong type
Clash: phone has several values; pick one: fieldbook-rep resolve {id} phone VALUE
  VALUE          BY   AT
  010-2222-0000  kim  2026-11-23 14:00  shown
  (cleared)      lee  2026-11-23 15:00
"
    );
    assert_eq!(document(&view, &seoul()), expected);
}

#[test]
fn figures_align_numbers_and_name_what_is_missing() {
    let sums = SumsView {
        sold: 2,
        withdrawn: 1,
        net: 1,
        premium_gross_won: 1_100_000,
        premium_net_won: 100_000,
        ape_net_won: 1_200_000,
    };
    let line = FigureLine { unit: "P1".into(), name: "kim".into(), product: "WL01".into(), sums };
    let mut answer = Figures {
        from: "2026-11-23".into(),
        to: "2026-11-23".into(),
        level: "rep",
        moment: None,
        rows: vec![line],
        total: sums,
        headquarters: SumsView { net: 2, premium_net_won: 150_000, ..sums },
        differences: vec![FigureDifference {
            policy: DocumentId([7; 16]),
            why: DifferenceCause::Withdrawn,
            count: -1,
            won: -50_000,
        }],
        unconfirmed: 2,
        blocked: 1,
    };
    let expected = "Your figures of 2026-11-23, from this device
PRODUCT  SOLD  WITHDRAWN  NET  GROSS WON  NET WON
WL01        2          1    1  1,100,000  100,000
total       2          1    1  1,100,000  100,000
Headquarters counts 2 net, 150,000 won; the difference:
  07070707070707070707070707070707  -1  -50,000 won  withdrawn here, not confirmed
2 of these not confirmed by the hub yet: fieldbook-rep sync
1 not counted because of a problem: fieldbook-rep policy list
";
    assert_eq!(figures(&answer), expected);
    answer.rows.clear();
    answer.to = "2026-11-24".into();
    assert!(figures(&answer).starts_with("No policies counted on 2026-11-23 to 2026-11-24."));
}

#[test]
fn empty_lists_say_what_will_be_here_and_how() {
    for text in [policies(&[], |_| None), clashes(&[], &seoul()), tray(&[], &seoul())] {
        assert!(text.contains("fieldbook-rep ") && text.contains("here"), "{text}");
    }
}

#[test]
fn the_tray_shows_what_was_written() {
    let item = TrayView {
        id: DocumentId([1; 16]),
        document: DocumentId([2; 16]),
        kind: Kind::Policy,
        reason: "not_yours".into(),
        at: "2026-11-23T05:00:00Z".into(),
        edits: vec![
            json!({"field": "premium_won", "old": 50_000, "new": 60_000, "time": "2026-11-22T15:00:00Z"}),
        ],
    };
    let text = tray(&[item], &seoul());
    for word in [
        "none of the books",
        "premium_won",
        "50,000",
        "60,000",
        "2026-11-23 14:00",
        "2026-11-23 00:00",
        "tray apply",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn every_rule_has_words() {
    let codes = [
        "missing",
        "wrong_type",
        "not_positive",
        "too_large",
        "unknown_product",
        "product_not_on_sale",
        "in_the_future",
        "back_dated_too_far",
        "before_the_sale",
        "withdrawn_too_late",
    ];
    for code in codes {
        assert!(!problem_words(code).starts_with("breaks the rule"), "{code}");
    }
    assert!(problem_words("of_tomorrow").contains("of_tomorrow"));
}

#[test]
fn status_says_what_waits_and_the_command_for_it() {
    let mut shown = Status {
        user: "kim".into(),
        unit: "P1".into(),
        device: "d".into(),
        server: "http://127.0.0.1:1".into(),
        signed_in: true,
        unsent: 3,
        tray: 0,
        clashes: 1,
        documents: 12,
        books: vec!["Kim's book".into(), "Headquarters".into()],
        last_contact: None,
        closed_days: vec!["2026-06-01".into()],
    };
    let text = status(&shown, &seoul());
    for line in [
        "account       kim, unit P1, signed in",
        "last contact  never",
        "books         Kim's book, Headquarters",
        "unsent        3 edits: fieldbook-rep sync",
        "tray          none",
        "clashes       1 record: fieldbook-rep clashes",
        "closed days   1 day: fieldbook-rep sync",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    }
    shown.signed_in = false;
    shown.books.clear();
    assert!(status(&shown, &seoul()).contains("signed out"));
    assert!(status(&shown, &seoul()).contains("none yet"));
}
