//! All tables by their columns, and their rows as they lie: what a backup copies from one database into
//! another, whatever the engines.

use std::borrow::Cow;

use super::codec::{
    absence_columns, account_columns, audit_columns, block_columns, book_columns, calendar_columns,
    cell_columns, closing_columns, device_columns, document_columns, exception_columns, feed_columns,
    invitation_columns, key_columns, ledger_columns, replacement_columns, session_columns, setting_columns,
    statement_columns, stream_columns, sum_columns, target_columns, unit_columns,
};
use super::columns::{Fill, StoredRow, Value};

/// Rows copied at a time.
pub(super) const ROWS_TOGETHER: usize = 256;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Integer,
    Flag,
    Text,
    Bytes,
}

use Sort::{Bytes, Flag, Integer, Text};

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Its columns, separated by commas.
    pub(super) columns: &'static str,
    pub(super) sorts: &'static [Sort],
}

/// All of them. `hub` and `books` have rows from the start.
pub(super) const TABLES: [Table; 25] = [
    Table {
        name: "hub",
        columns: "one, rules, moment, master, judged, blocks_moment, blocks_begun, blocks_done, settings_version, \
                  setup, setup_ends_ms",
        sorts: &[
            Integer, Integer, Integer, Bytes, Integer, Integer, Integer, Integer, Integer, Bytes, Integer,
        ],
    },
    Table {
        name: "books",
        columns: concat!(book_columns!(), ", compacted"),
        sorts: &[Bytes, Text, Text, Integer, Integer, Bytes, Bytes, Integer, Bytes, Integer],
    },
    Table {
        name: "documents",
        columns: document_columns!(),
        sorts: &[
            Bytes, Integer, Bytes, Integer, Integer, Integer, Integer, Bytes, Bytes, Text, Text, Flag, Text,
            Text, Text, Text, Text, Integer, Text, Text, Text, Text, Integer, Text, Text, Text, Bytes,
        ],
    },
    Table {
        name: "feed",
        columns: feed_columns!(),
        sorts: &[Bytes, Integer, Bytes, Integer, Integer, Bytes, Integer, Bytes, Bytes, Integer, Bytes],
    },
    Table { name: "document_keys", columns: key_columns!(), sorts: &[Bytes, Bytes, Bytes] },
    Table { name: "replacements", columns: replacement_columns!(), sorts: &[Bytes, Bytes, Bytes] },
    Table { name: "streams", columns: stream_columns!(), sorts: &[Bytes, Bytes, Text, Integer] },
    Table {
        name: "ledger",
        columns: ledger_columns!(),
        sorts: &[
            Bytes, Integer, Bytes, Text, Text, Text, Text, Text, Integer, Integer, Integer, Integer, Integer,
            Integer, Integer, Integer, Bytes, Integer,
        ],
    },
    Table {
        name: "cells",
        columns: cell_columns!(),
        sorts: &[
            Integer, Text, Text, Text, Text, Text, Integer, Integer, Integer, Integer, Integer, Integer,
            Integer, Integer, Integer, Integer,
        ],
    },
    Table {
        name: "blocks",
        columns: block_columns!(),
        sorts: &[
            Integer, Text, Text, Text, Integer, Text, Text, Integer, Integer, Integer, Integer, Integer,
            Integer, Integer, Integer, Integer, Integer,
        ],
    },
    Table { name: "moments", columns: "moment, at_ms", sorts: &[Integer, Integer] },
    Table {
        name: "closings",
        columns: closing_columns!(),
        sorts: &[
            Text, Text, Text, Integer, Integer, Text, Integer, Flag, Integer, Integer, Text, Integer,
            Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer,
            Integer,
        ],
    },
    Table {
        name: "exceptions",
        columns: exception_columns!(),
        sorts: &[Integer, Text, Text, Text, Text, Integer, Text, Text, Integer, Integer, Text, Integer],
    },
    Table { name: "cell_units", columns: "level, region, branch, rep", sorts: &[Integer, Text, Text, Text] },
    Table { name: "accounts", columns: account_columns!(), sorts: &[Text, Text, Text, Text, Flag] },
    Table {
        name: "devices",
        columns: device_columns!(),
        sorts: &[Bytes, Text, Text, Integer, Integer, Flag, Integer, Text, Integer, Integer, Integer],
    },
    Table { name: "sessions", columns: session_columns!(), sorts: &[Bytes, Bytes, Bytes, Integer] },
    Table {
        name: "invitations",
        columns: invitation_columns!(),
        sorts: &[Text, Bytes, Integer, Text, Integer, Integer],
    },
    Table { name: "settings", columns: setting_columns!(), sorts: &[Text, Text] },
    Table { name: "units", columns: unit_columns!(), sorts: &[Text, Text, Text, Text, Text, Text, Text] },
    Table { name: "absences", columns: absence_columns!(), sorts: &[Text, Text, Text, Text] },
    Table { name: "calendar", columns: calendar_columns!(), sorts: &[Text, Flag, Text] },
    Table { name: "day_statements", columns: statement_columns!(), sorts: &[Text, Text, Bytes, Integer] },
    Table {
        name: "targets",
        columns: target_columns!(),
        sorts: &[Text, Text, Text, Text, Text, Integer, Text, Text],
    },
    Table {
        name: "audit",
        columns: audit_columns!(),
        sorts: &[Integer, Integer, Text, Bytes, Text, Text, Text, Text, Bytes],
    },
];

impl Table {
    /// Reads all its rows.
    pub(super) fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.columns, self.name)
    }

    /// A row as it lies.
    pub(super) fn row(&self, row: &impl StoredRow) -> sqlx::Result<Row> {
        let column = |(column, sort): (usize, &Sort)| {
            Ok(match sort {
                Integer => Held::Integer(row.integer(column)?),
                Flag => Held::Flag(row.flag(column)?.unwrap_or_default()),
                Text => Held::Text(row.text(column)?.map(Cow::into_owned)),
                Bytes => Held::Bytes(row.bytes(column)?.map(<[u8]>::to_vec)),
            })
        };
        self.sorts.iter().enumerate().map(column).collect::<sqlx::Result<_>>().map(Row)
    }
}

/// A row as it lies.
pub(super) struct Row(Vec<Held>);

enum Held {
    Integer(Option<i64>),
    Flag(bool),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Row {
    /// Puts it where it goes.
    pub(super) fn fill(&self, into: &mut impl Fill) {
        for held in &self.0 {
            into.put(match held {
                Held::Integer(value) => Value::Integer(*value),
                Held::Flag(value) => Value::Flag(*value),
                Held::Text(value) => Value::Text(value.as_deref()),
                Held::Bytes(value) => Value::Bytes(value.as_deref()),
            });
        }
    }
}
