//! `fieldbook` and every situation its data folder, its database, its settings and its arguments can be in.

use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use super::hub_causes as cause;
use super::stand::{PASSWORD, Said, Stand, Template, Undo, WRONG_PASSWORD, bytes_of, harmless, message};
use super::{Words, all_played, must_be_brought_about, three_parts};

/// One situation: what brings it about, what is typed, what must be said. Nothing is ever changed by it.
struct Case {
    name: &'static str,
    cause: fn(&mut Stand) -> Option<Undo>,
    /// `{f}` is the situation's folder, `{taken}` an address where something else listens.
    typed: &'static str,
    stdin: &'static str,
    exit: i32,
    code: &'static str,
    words: Words,
}

const fn case(
    name: &'static str,
    cause: fn(&mut Stand) -> Option<Undo>,
    typed: &'static str,
    (exit, code): (i32, &'static str),
    words: Words,
) -> Case {
    Case { name, cause, typed, stdin: "", exit, code, words }
}

/// The same with something on standard input.
const fn told(stdin: &'static str, case: Case) -> Case {
    Case { stdin, ..case }
}

const SERVE: &str = "serve --listen 127.0.0.1:0";
/// Needs a password on standard input.
const ADD: &str = "user add --name another --role rep --unit P1 --password-stdin";
const ORG: &str = "import org {f}/more.csv";
const UNCHANGED: &str = "Nothing was changed";
const NO_FOLDER: Words = ["there is no hub in", "Nothing was made", "Give the right folder with --data"];
const NO_USE: Words = ["cannot be used", UNCHANGED, "give another folder with --data"];
const GONE: Words = ["the database is not at", "Nothing was made in its place", "restore the newest backup"];
const FULL: Words = ["the disk is full", UNCHANGED, "Make room, then try again"];
const UNWRITABLE: Words =
    ["the database cannot be written", UNCHANGED, "Make the folder and its files writable"];
const KEY: Words = [
    "token.key is damaged: it does not hold 32 bytes",
    "Books and figures are safe",
    "everybody then signs in again",
];
const MASTER: Words = ["a master key is missing", UNCHANGED, "Put the key into secrets/master.key"];
const CUT_MASTER: Words = [
    "master.key is damaged: a line of it is no key of 64 hexadecimal digits",
    "Books and figures are safe",
    "nothing that is sealed can be read",
];
const STREAM: Words =
    ["own-stream.id is damaged: it does not hold 16 bytes", "Books and figures are safe", "as a new author"];
const ADDRESS: Words = [
    "database.url is damaged",
    "Books and figures are safe",
    "write the address of the hub's database into it",
];
const DAMAGED: Words =
    ["the database is damaged", "backups and what is on devices are untouched", "restore the newest backup"];

#[rustfmt::skip]
const FOLDER: &[Case] = &[
    case("no data folder, verify", cause::no_folder, "verify", (3, "HUB-NO-FOLDER"), NO_FOLDER),
    case("no data folder, figures", cause::no_folder, "figures --from today --to today --level rep", (3, "HUB-NO-FOLDER"), NO_FOLDER),
    case("no data folder, import of a missing file", cause::no_folder, "import org {f}/none.csv", (1, "IMPORT-FILE"),
        ["it cannot be read", UNCHANGED, "Give a file this user can read"]),
    case("an empty data folder", cause::empty_folder, "user list", (3, "HUB-NO-FOLDER"), NO_FOLDER),
    case("a data folder that is a file", cause::file_in_the_way, "verify", (3, "HUB-FOLDER"), NO_USE),
    case("a data folder that is a file, serving", cause::file_in_the_way, SERVE, (3, "HUB-FOLDER"), NO_USE),
    case("a data folder that is a file, importing", cause::file_in_the_way, "import org {f}/org.csv", (3, "HUB-FOLDER"), NO_USE),
    told(PASSWORD, case("a read-only disk, adding", cause::read_only_disk, ADD, (3, "HUB-UNWRITABLE"), UNWRITABLE)),
    case("a read-only disk, importing", cause::read_only_disk, ORG, (3, "HUB-UNWRITABLE"), UNWRITABLE),
    case("a read-only disk, serving", cause::read_only_disk, SERVE, (3, "HUB-UNWRITABLE"), UNWRITABLE),
    case("a new hub on a read-only disk", cause::new_on_read_only_disk, "import org {f}/org.csv", (3, "HUB-FOLDER"), NO_USE),
    told(PASSWORD, case("a full disk, adding", cause::full_disk, ADD, (3, "HUB-DISK-FULL"), FULL)),
    case("a full disk, importing", cause::full_disk, ORG, (3, "HUB-DISK-FULL"), FULL),
    case("a full disk, importing customers", cause::full_disk, "import customers {f}/customers.csv", (3, "HUB-DISK-FULL"),
        ["the disk is full", "Rows taken before stay", "Make room, then try again; then import again"]),
    case("a full disk, ordering", cause::full_disk, "org open B9 --name New --in R1 --from today", (3, "HUB-DISK-FULL"), FULL),
    case("a full disk, noting an absence", cause::full_disk, "org absent P1 --from today --reason leave", (3, "HUB-DISK-FULL"), FULL),
    case("a full disk, setting a target", cause::full_disk, "target set --unit B1 --measure net --from today --to today --value 1", (3, "HUB-DISK-FULL"), FULL),
    case("a full disk, closing an account", cause::full_disk, "user disable canary-account", (3, "HUB-DISK-FULL"), FULL),
    case("a new hub on a full disk", cause::new_on_full_disk, "import org {f}/org.csv", (3, "HUB-DISK-FULL"), FULL),
    case("a new hub on a full disk, serving", cause::new_on_full_disk, SERVE, (3, "HUB-DISK-FULL"), FULL),
    case("a cut key of tokens", cause::cut_key, "verify", (3, "HUB-SECRET"), KEY),
    case("a cut key of tokens, serving", cause::cut_key, SERVE, (3, "HUB-SECRET"), KEY),
    case("an empty key of tokens", cause::empty_key, ADD, (3, "HUB-SECRET"), KEY),
    case("a key of tokens that cannot be read", cause::unreadable_key, "verify", (3, "HUB-FOLDER"), NO_USE),
    case("a lost master key", cause::lost_master_key, "verify", (3, "HUB-MASTER-KEY"), MASTER),
    case("a lost master key, serving", cause::lost_master_key, SERVE, (3, "HUB-MASTER-KEY"), MASTER),
    case("a cut master key", cause::cut_master_key, "verify", (3, "HUB-SECRET"), CUT_MASTER),
    case("the master key of another hub", cause::foreign_master_key, ADD, (3, "HUB-MASTER-KEY"), MASTER),
    case("a cut stream", cause::cut_stream, "verify", (3, "HUB-SECRET"), STREAM),
    case("an empty stream", cause::empty_stream, SERVE, (3, "HUB-SECRET"), STREAM),
    case("an empty address of the database", cause::empty_address, "verify", (3, "HUB-SECRET"), ADDRESS),
    case("an address of the database that is junk", cause::junk_address, SERVE, (3, "HUB-SECRET"), ADDRESS),
    case("lost secrets", cause::lost_secrets, "verify", (3, "HUB-NO-FOLDER"), NO_FOLDER),
];

#[rustfmt::skip]
const DATABASE: &[Case] = &[
    case("a lost database", cause::lost_database, "verify", (3, "HUB-DATABASE-GONE"), GONE),
    case("a lost database, serving", cause::lost_database, SERVE, (3, "HUB-DATABASE-GONE"), GONE),
    case("a lost database, importing", cause::lost_database, ORG, (3, "HUB-DATABASE-GONE"), GONE),
    case("a lost database whose log is there", cause::lost_but_for_its_log, "user list", (3, "HUB-DATABASE-GONE"), GONE),
    case("an empty database", cause::empty_database, "verify", (3, "HUB-DATABASE-GONE"), GONE),
    case("a database that is a folder", cause::folder_for_database, "verify", (3, "HUB-UNWRITABLE"), UNWRITABLE),
    case("a database that is none, verify", cause::junk_database, "verify", (3, "HUB-DAMAGED"), DAMAGED),
    case("a database that is none, serving", cause::junk_database, SERVE, (3, "HUB-DAMAGED"), DAMAGED),
    case("a database that is none, importing", cause::junk_database, ORG, (3, "HUB-DAMAGED"), DAMAGED),
    case("damaged pages, verify", cause::damaged_pages, "verify", (3, "HUB-DAMAGED"), DAMAGED),
    case("damaged pages, adding", cause::damaged_pages, ADD, (3, "HUB-DAMAGED"), DAMAGED),
    case("damaged pages, serving", cause::damaged_pages, SERVE, (3, "HUB-DAMAGED"), DAMAGED),
    case("a cut database", cause::cut_database, "verify", (3, "HUB-DAMAGED"), DAMAGED),
    case("a row that no version wrote", cause::damaged_row, "user list", (3, "HUB-DAMAGED"), DAMAGED),
    case("a changed feed", cause::changed_feed, "verify", (1, "VERIFY-DIFFERS"),
        ["differences", "What is acknowledged is in the feeds", "Keep a copy of the data folder"]),
    case("a changed step of its history", cause::changed_step, "verify", (3, "HUB-STORAGE"),
        ["migration 1 was previously applied but has been modified", UNCHANGED, "keep a copy of the data folder"]),
    case("a database elsewhere that has no folder", cause::no_folder, "--database sqlite:/proc/nowhere import org {f}/org.csv", (3, "HUB-UNWRITABLE"), UNWRITABLE),
    case("another database than the folder's", cause::none, "--database sqlite:{f}/other verify", (2, "HUB-DATABASE"),
        ["belongs to another database", UNCHANGED, "Leave --database out"]),
    case("a kind of database nobody knows", cause::no_folder, "--database mysql://hub:canary-password-database@db/hub import org {f}/org.csv", (2, "HUB-DATABASE"),
        ["cannot be used: it is of no kind this version knows", UNCHANGED, "Give sqlite:"]),
    case("an address of PostgreSQL that cannot be read", cause::no_folder, "--database postgres://hub:canary-password-database@db:port/hub import org {f}/org.csv", (2, "HUB-DATABASE"),
        ["cannot be used: this one cannot be read", UNCHANGED, "Give sqlite:"]),
    case("a password that must be escaped", cause::no_folder, "--database postgres://hub:x?canary-password-database=y@db/hub import org {f}/org.csv", (2, "HUB-DATABASE"),
        ["in a password write ? as %3F", UNCHANGED, "Give sqlite:"]),
    case("a mistyped parameter", cause::no_folder, "--database postgres://hub:canary-password-database@db/hub?sslmod=require import org {f}/org.csv", (2, "HUB-DATABASE"),
        ["\"sslmod\"", UNCHANGED, "Give sqlite:"]),
    case("no PostgreSQL", cause::no_folder, "--database postgres://hub:canary-password-database@127.0.0.1:1/hub import org {f}/org.csv", (3, "HUB-STORAGE"),
        ["no PostgreSQL answers at its address", UNCHANGED, "show this message to whoever looks after the hub"]),
    case("no PostgreSQL, serving", cause::no_folder, "--database postgres://hub:canary-password-database@127.0.0.1:1/hub serve --listen 127.0.0.1:0", (3, "HUB-STORAGE"),
        ["no PostgreSQL answers at its address", UNCHANGED, "show this message to whoever looks after the hub"]),
    case("something that is no PostgreSQL", cause::no_postgres, "--database postgres://hub:canary-password-database@localhost/hub?host={f} import org {f}/org.csv", (3, "HUB-DATABASE-LOST"),
        ["the database cannot be reached", UNCHANGED, "mend the line to it"]),
];

/// The hub waits ten seconds for whoever holds its database: a table of its own.
#[rustfmt::skip]
const BUSY: &[Case] = &[
    case("a database another program holds", cause::held_database, ADD, (3, "HUB-BUSY"),
        ["the database is busy", UNCHANGED, "Try again in a moment"]),
];

const SETTINGS: Words =
    ["the settings cannot be used", UNCHANGED, "`fieldbook config --example` shows every setting"];
const FILE: Words = ["it cannot be read", UNCHANGED, "Give a file this user can read"];
const REFUSED: Words = ["mistakes", "Nothing was imported", "Mend the lines listed, then import again"];
const LISTEN: Words = ["no address to listen on", "Nothing was started", "with --listen"];
const TLS: Words = ["cannot be used", "Nothing was started", "Both must be PEM files that belong together"];
const QUESTION: Words = ["no day", UNCHANGED, "Ask again"];
const USAGE: Words = ["invalid value", UNCHANGED, "--help"];

#[rustfmt::skip]
const ARGUMENTS: &[Case] = &[
    case("an unknown setting", cause::unknown_setting, "verify", (2, "HUB-CONFIG"), ["unknown field `colour`", UNCHANGED, "Mend fieldbook.toml"]),
    case("an unknown setting, serving", cause::unknown_setting, SERVE, (2, "HUB-CONFIG"), SETTINGS),
    case("a setting of a wrong type", cause::setting_of_a_wrong_type, "verify", (2, "HUB-CONFIG"), ["invalid type", UNCHANGED, "Mend fieldbook.toml"]),
    case("a setting out of range", cause::setting_out_of_range, "verify", (2, "HUB-CONFIG"), ["gate.memory_mib: 1 is not between 128 and 65536", UNCHANGED, "Mend fieldbook.toml"]),
    case("settings that are no TOML", cause::no_toml, "verify", (2, "HUB-CONFIG"), SETTINGS),
    case("settings that are no TOML, config", cause::no_toml, "config", (2, "HUB-CONFIG"), SETTINGS),
    case("settings that are no text", cause::settings_of_bytes, "verify", (2, "HUB-CONFIG"), SETTINGS),
    case("settings that cannot be read", cause::unreadable_settings, "verify", (2, "HUB-CONFIG"), ["cannot be read", UNCHANGED, "Mend fieldbook.toml"]),
    case("a zone that is none", cause::no_zone, "verify", (2, "HUB-CONFIG"), ["\"Seoul\" is no time zone", UNCHANGED, "Mend fieldbook.toml"]),
    case("a filter that is none", cause::no_filter, SERVE, (2, "HUB-CONFIG"), ["log.filter", UNCHANGED, "Mend fieldbook.toml"]),

    case("an import of junk", cause::junk_sheet, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("customers that are junk", cause::junk_sheet, "import customers {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("policies that are junk", cause::junk_sheet, "import policies {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("records that are junk", cause::junk_sheet, "import records {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("an approval of a policy nobody knows", cause::none, "approve 00000000000000000000000000000009", (1, "APPROVE-UNKNOWN"), ["there is no policy", UNCHANGED, "`fieldbook approve list`"]),
    case("an approval of no id", cause::none, "approve P-1", (2, "USAGE"), USAGE),
    case("what waits in a unit nobody knows", cause::none, "approve list --unit B9", (1, "APPROVE-UNIT"), ["there is no unit B9", UNCHANGED, "`fieldbook org show`"]),
    case("a missing column", cause::missing_column, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("an empty file", cause::empty_sheet, "import products {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("a file of another encoding", cause::korean_sheet, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("a file of two bytes a letter", cause::wide_sheet, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("a huge line", cause::huge_line, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("an XLSX by another name", cause::xlsx, "import org {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("customers of nobody", cause::customers_of_nobody, "import customers {f}/sheet.csv", (1, "IMPORT-REFUSED"),
        ["1 rows cannot be taken", "No other row is kept back", "Mend the lines listed, then import again"]),
    case("a missing file", cause::none, "import org {f}/none.csv", (1, "IMPORT-FILE"), FILE),
    case("a folder for a file", cause::none, "import org {f}", (1, "IMPORT-FILE"), FILE),
    case("a file too large", cause::huge_file, "import org {f}/sheet.csv", (1, "IMPORT-FILE"), ["it is larger than 64 MiB", UNCHANGED, "Split it"]),
    case("a map that is none", cause::junk_map, "import customers {f}/sheet.csv --map {f}/map.toml", (2, "IMPORT-MAP"), ["the map: TOML parse error", UNCHANGED, "Mend it, then import again"]),
    case("a missing map", cause::customers_of_nobody, "import customers {f}/sheet.csv --map {f}/none.toml", (1, "IMPORT-FILE"), FILE),

    case("orders of junk", cause::junk_sheet, "org apply {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("orders of other columns", cause::missing_column, "org apply {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("no orders", cause::none, "org apply {f}/none.csv", (1, "IMPORT-FILE"), FILE),
    case("a calendar of junk", cause::junk_sheet, "calendar import {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("no calendar", cause::none, "calendar import {f}/none.csv", (1, "IMPORT-FILE"), FILE),
    case("a year nobody plans for", cause::none, "calendar show --year 9999", (2, "USAGE"), USAGE),
    case("targets of junk", cause::junk_sheet, "target import {f}/sheet.csv", (1, "IMPORT-REFUSED"), REFUSED),
    case("no targets", cause::none, "target import {f}/none.csv", (1, "IMPORT-FILE"), FILE),
    case("a target of a unit nobody knows", cause::none, "target set --unit B9 --measure net --from today --to today --value 1", (1, "TARGET-UNIT"), ["there is no unit B9", UNCHANGED, "`fieldbook org show`"]),
    case("a target of a type nobody sells", cause::none, "target set --unit B1 --type car --measure net --from today --to today --value 1", (1, "TARGET-TYPE"), ["of the type \"car\"", UNCHANGED, "a type of the catalogue"]),
    case("a target that ends before it begins", cause::none, "target set --unit B1 --measure net --from today --to yesterday --value 1", (1, "TARGET-DAYS"), ["before the first day", UNCHANGED, "Give a later last day"]),
    case("a target for a lifetime", cause::none, "target set --unit B1 --measure net --from 2026-01-01 --to 2066-01-01 --value 1", (1, "TARGET-DAYS"), ["more than 3660 days", UNCHANGED, "Set several targets"]),
    case("a target nobody reaches", cause::none, "target set --unit B1 --measure ape --from today --to today --value 9223372036854775807", (1, "TARGET-VALUE"), ["a target is 0 to", UNCHANGED, "Give another value"]),
    case("a target for a day that is none", cause::none, "target set --unit B1 --measure net --from 2026-02-30 --to today --value 1", (2, "TARGET-NO-DAY"), ["no day", UNCHANGED, "Give a day"]),
    case("a target of nothing that is counted", cause::none, "target set --unit B1 --measure sold --from today --to today --value 1", (2, "USAGE"), ["invalid value", UNCHANGED, "--help"]),
    case("an exception of a unit nobody knows", cause::none, "exception open --unit B9 --date today --user kim --until 2020-01-01T00:00", (1, "EXCEPTION-UNIT"), ["there was no unit B9", UNCHANGED, "Name a branch"]),
    case("an exception that is over", cause::none, "exception open --unit B1 --date today --user kim --until 2020-01-01T00:00", (1, "EXCEPTION-UNTIL"), ["is over", UNCHANGED, "within the next 31 days"]),
    case("an exception nobody opened", cause::none, "exception close 7", (1, "EXCEPTION-UNKNOWN"), ["there is no exception 7", UNCHANGED, "`fieldbook exception list`"]),
    case("targets of a unit nobody knows", cause::none, "target show --from today --to today --level rep --unit B9", (1, "FIGURES-UNIT"), ["there is no unit B9", UNCHANGED, "Ask for a unit"]),
    case("views of a database that has none", cause::none, "bi --reader metabase", (1, "BI-SQLITE"), ["the views are PostgreSQL's", UNCHANGED, "`fieldbook figures --csv`"]),
    case("an order about a unit nobody knows", cause::none, "org move P9 --to B1 --from today", (1, "ORG-UNKNOWN"), ["there is no unit P9", UNCHANGED, "`fieldbook org show`"]),
    case("a tree of a unit nobody knows", cause::none, "org show --unit B9", (1, "ORG-UNKNOWN"), ["there is no unit B9", UNCHANGED, "`fieldbook org show`"]),
    case("a new rep without a name", cause::none, "org hire P9 --branch B1 --from today", (1, "ORG-NAME"), ["needs a name", UNCHANGED, "Give --name"]),
    case("a new rep whose code is none", cause::none, "org hire P+9 --name New --branch B1 --from today", (1, "ORG-CODE"), ["is no code", UNCHANGED, "Give a code"]),
    case("a new unit whose code is taken", cause::none, "org open B1 --name New --in R1 --from today", (1, "ORG-TAKEN"), ["codes are not used twice", UNCHANGED, "Give another code"]),
    case("a rep moved to a region", cause::none, "org move P1 --to R1 --from today", (1, "ORG-LEVEL"), ["R1 is a region, not a branch", UNCHANGED, "of the level the order is about"]),
    case("a region that should move", cause::none, "org move R1 --to B1 --from today", (1, "ORG-LEVEL"), ["R1 is a region: reps and branches move", UNCHANGED, "of the level the order is about"]),
    case("a rep moved to where the rep is", cause::none, "org move P1 --to B1 --from today", (1, "ORG-ELSEWHERE"), ["P1 is in B1", UNCHANGED, "`fieldbook org show"]),
    case("a rep in two branches", cause::none, "org hire P1 --branch B1 --from today", (1, "ORG-TWO-BRANCHES"), ["P1 would be in two branches", UNCHANGED, "Move the rep instead"]),
    case("a branch that leaves its reps alone", cause::none, "org close B1 --from today", (1, "ORG-SUCCESSOR"), ["B1 has or had units below it", UNCHANGED, "--successor"]),
    case("a branch that goes on with itself", cause::none, "org merge B1 --into B1 --from today", (1, "ORG-LOOP"), ["B1 cannot go on with itself", UNCHANGED, "Name another unit"]),
    case("a rep who is named twice", cause::none, "org split B1 --new B9 --name New --take P1,P1 --from today", (1, "ORG-LIST"), ["P1 is named twice", UNCHANGED, "Name each unit once"]),
    case("an order from a day that is none", cause::none, "org move P1 --to B1 --from 2026-02-30", (2, "ORG-NO-DAY"), ["no day", UNCHANGED, "Give a day"]),
    case("an order without a day", cause::none, "org move P1 --to B1", (2, "USAGE"), ["required arguments", UNCHANGED, "--help"]),
    case("an absence that ends before it begins", cause::none, "org absent P1 --from 2026-06-02 --to 2026-06-01 --reason leave", (1, "ORG-ABSENCE"), ["before the first day", UNCHANGED, "Give a later last day"]),
    case("the absence of a branch", cause::none, "org absent B1 --from today --reason leave", (1, "ORG-LEVEL"), ["B1 is a branch, not a rep", UNCHANGED, "of the level the order is about"]),
    case("who was not absent is back", cause::none, "org back P1 --from today", (1, "ORG-ABSENCE"), ["P1 is not absent", UNCHANGED, "`fieldbook org show` says who is absent"]),

    case("a taken port", cause::none, "serve --listen {taken}", (3, "HUB-PORT-TAKEN"), ["is taken", UNCHANGED, "choose another address with --listen"]),
    case("an address of another machine", cause::none, "serve --behind-proxy --listen 192.0.2.1:0", (2, "HUB-LISTEN"), ["cannot be listened on", "Nothing was started", "with --listen"]),
    case("an address without a host", cause::none, "serve --listen 8080", (2, "HUB-LISTEN"), LISTEN),
    case("a port there is not", cause::none, "serve --listen 127.0.0.1:99999", (2, "HUB-LISTEN"), LISTEN),
    case("an address others reach, in the clear", cause::none, "serve --listen 0.0.0.0:0", (2, "HUB-LISTEN"), ["can be reached from other machines", "Nothing was started", "Give --tls-cert and --tls-key"]),
    case("no certificate", cause::keys, "serve --listen 127.0.0.1:0 --tls-cert {f}/none.pem --tls-key {f}/key.pem", (2, "HUB-TLS"), TLS),
    case("a certificate that is none", cause::keys, "serve --listen 127.0.0.1:0 --tls-cert {f}/org.csv --tls-key {f}/key.pem", (2, "HUB-TLS"), TLS),
    case("a key that is none", cause::keys, "serve --listen 127.0.0.1:0 --tls-cert {f}/cert.pem --tls-key {f}/org.csv", (2, "HUB-TLS"), TLS),
    case("a key that does not fit", cause::keys, "serve --listen 127.0.0.1:0 --tls-cert {f}/cert.pem --tls-key {f}/other.pem", (2, "HUB-TLS"), TLS),
    case("a certificate without a key", cause::keys, "serve --listen 127.0.0.1:0 --tls-cert {f}/cert.pem", (2, "USAGE"), ["required arguments", UNCHANGED, "--help"]),

    case("an unknown account", cause::none, "user disable nobody", (1, "USER-UNKNOWN"), ["there is no account \"nobody\"", UNCHANGED, "`fieldbook user list`"]),
    told(PASSWORD, case("a password for nobody", cause::none, "user password nobody --password-stdin", (1, "USER-UNKNOWN"), ["there is no account \"nobody\"", UNCHANGED, "`fieldbook user list`"])),
    told("short", case("a password too short", cause::none, "user password canary-account --password-stdin", (1, "USER-PASSWORD"), ["too short", UNCHANGED, "Choose another password"])),
    case("no password", cause::none, ADD, (1, "USER-PASSWORD"), ["too short", UNCHANGED, "Choose another password"]),
    told(LONG, case("a password too long", cause::none, ADD, (1, "USER-PASSWORD"), ["too long", UNCHANGED, "Choose another password"])),
    told(WRONG_PASSWORD, case("an account that is there", cause::none, "user add --name canary-account --role rep --unit P1 --password-stdin", (1, "USER-EXISTS"), ["already", UNCHANGED, "Choose another name"])),
    told(PASSWORD, case("an account of no unit", cause::none, "user add --name another --role rep --unit P9 --password-stdin", (1, "USER-UNIT-UNKNOWN"), ["there is no unit P9", UNCHANGED, "Give one of the organisation"])),
    told(PASSWORD, case("an account of a unit that does not fit", cause::none, "user add --name another --role rep --unit B1 --password-stdin", (1, "USER-UNIT"), ["B1 is a branch", UNCHANGED, "Give the rep's own code"])),
    told(PASSWORD, case("an account of no role", cause::none, "user add --name another --role boss --unit P1 --password-stdin", (2, "USAGE"), USAGE)),
    case("an unknown device", cause::none, "device revoke 00000000000000000000000000000000", (1, "DEVICE-UNKNOWN"), ["there is no device", UNCHANGED, "`fieldbook device list`"]),
    case("a device that is none", cause::none, "device revoke xyz", (2, "USAGE"), USAGE),

    case("figures of an unknown unit", cause::none, "figures --from today --to today --level rep --unit B9", (1, "FIGURES-UNIT"), ["there is no unit B9", UNCHANGED, "Ask for a unit of the organisation"]),
    case("figures of an unknown level", cause::none, "figures --from today --to today --level town", (2, "USAGE"), USAGE),
    case("figures of a level below the unit", cause::none, "figures --from today --to today --level branch --unit P1", (2, "FIGURES-QUESTION"), ["P1 is a rep", UNCHANGED, "Ask again"]),
    case("figures of a day that is none", cause::none, "figures --from 2026-02-30 --to today --level rep", (2, "FIGURES-QUESTION"), QUESTION),
    case("figures of days the wrong way round", cause::none, "figures --from today --to yesterday --level rep", (2, "FIGURES-QUESTION"), ["is after the last day", UNCHANGED, "Ask again"]),
    case("an unknown command", cause::none, "sell", (2, "USAGE"), ["unrecognized subcommand", UNCHANGED, "--help"]),
];

/// More bytes than a password has.
const LONG: &str = match std::str::from_utf8(&[b'x'; 4_096]) {
    Ok(long) => long,
    Err(_) => "",
};

#[test]
fn the_hubs_program_says_what_is_with_its_folder() {
    play_all(FOLDER);
}

#[test]
fn the_hubs_program_says_what_is_with_its_database() {
    play_all(DATABASE);
}

#[test]
fn the_hubs_program_says_who_holds_its_database() {
    play_all(BUSY);
}

#[test]
fn the_hubs_program_says_what_is_with_its_settings_and_arguments() {
    play_all(ARGUMENTS);
}

/// Steps of a newer version only add: the one before goes on with its database, as it must while a hub of
/// several processes is replaced one by one.
#[test]
fn a_database_of_a_newer_version_is_used_as_it_is() {
    let template = Template::make();
    let mut stand = template.stand();
    let undo = cause::newer_database(&mut stand).unwrap();
    let database = bytes_of(&stand.hub);
    stand.verified();
    assert_eq!(bytes_of(&stand.hub), database);
    works_again("a database of a newer version", &mut stand);
    undo(&mut stand);
}

fn play_all(cases: &[Case]) {
    let template = Template::make();
    let fails = |case: &&Case| {
        let played = AssertUnwindSafe(|| play(case, &mut template.stand()));
        // What was wrong is printed; one that fails must not hide the others.
        std::panic::catch_unwind(played).is_err()
    };
    let failed: Vec<_> = cases.iter().filter(fails).map(|case| case.name).collect();
    assert!(failed.is_empty(), "these failed: {failed:?}");
    all_played(cases.len());
}

fn play(case: &Case, stand: &mut Stand) {
    let name = case.name;
    let (hub, state) = (bytes_of(&stand.hub), stand.state_of_hub());
    assert_eq!(bytes_of(&stand.hub), hub, "{name}: looking changed the folder");
    let undo = must_be_brought_about(name, (case.cause)(stand));
    let all = everything_in(stand.folder.path());
    for json in [true, false] {
        let said = case.at(stand, json);
        assert_eq!(said.exit, Some(case.exit), "{name}: {}{}", said.out, said.err);
        let text = if json { message(name, case.code, &said) } else { said.err.clone() };
        assert!(json || case.code == "USAGE" || text.contains(&format!("({})", case.code)), "{name}: {text}");
        // The parser of arguments sets its parts apart by blank lines.
        three_parts(name, &text.replace("\n\n", ". "), &case.words);
        let answers = matches!(case.code, "IMPORT-REFUSED" | "VERIFY-DIFFERS");
        assert_eq!(!said.out.is_empty(), answers, "{name}: {}", said.out);
        harmless(name, &said.err);
        if stand.hub.ends_with("new") {
            // The database's file may have been made, without a byte in it: that is no hub.
            let verify = stand.hub(&["verify", "--json"], "");
            three_parts(name, &message(name, "HUB-NO-FOLDER", &verify), &NO_FOLDER);
        } else {
            assert_eq!(everything_in(stand.folder.path()), all, "{name}: something was changed");
        }
    }
    undo(stand);
    assert_eq!(
        in_folder(&stand.hub),
        hub.into_values().collect::<Vec<_>>(),
        "{name}: the folder was changed"
    );
    assert_eq!(stand.state_of_hub(), state, "{name}: the hub was changed");
    works_again(name, stand);
    println!("{name}: {}", case.code);
}

/// The hub serves, and what waited on a device arrives.
fn works_again(name: &str, stand: &mut Stand) {
    stand.serve();
    stand.edit_arrives(name);
    stand.stop();
    stand.verified();
    harmless(name, &stand.log());
}

impl Case {
    fn at(&self, stand: &Stand, json: bool) -> Said {
        let (folder, taken) = (stand.folder.path().to_str().unwrap(), stand.between.address());
        let taken = taken.trim_start_matches("http://");
        let words = self.typed.split(' ').map(|word| word.replace("{f}", folder).replace("{taken}", taken));
        let typed: Vec<_> = words.chain(json.then(|| "--json".to_owned())).collect();
        stand.hub(&typed.iter().map(String::as_str).collect::<Vec<_>>(), self.stdin)
    }
}

/// The hashes of a folder's files, in order of name.
fn in_folder(folder: &Path) -> Vec<Vec<u8>> {
    bytes_of(folder).into_values().collect()
}

/// Every file by its hash, and every folder by nothing: one that was made would be a change.
fn everything_in(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = bytes_of(folder);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let inside = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(inside.filter(|path| path.is_dir()));
        all.insert(folder, Vec::new());
    }
    all
}
