//! `verify` is real: each cache is corrupted in turn, by hand, in a copy of a hub's folder, and the
//! program must end with 1 and name what differs.

use std::path::Path;
use std::process::{Command, Output};

use document_model::{BookId, DocumentId, FieldValue, Kind, Moment, UnitCode, parse_date};
use server::app::{App, Missing};
use server::audit::{AuditAction, By};
use server::auth::{Account, Role};
use server::hub::{ExceptionAsked, HubWrite};
use server::storage::conformance::Furnish;
use server::storage::{AuditStorage, FigureStorage, LedgerEntry};
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tests::programs::program;
use tests::sim::Entropies;

/// What is done to the database, and the cache that must be named.
const CORRUPTIONS: [(&str, &str); 31] = [
    (
        "UPDATE document_keys SET sealed = zeroblob(73) WHERE document = (SELECT id FROM documents WHERE kind = 2 LIMIT 1)",
        "saved documents",
    ),
    (
        "UPDATE documents SET saved = (SELECT saved FROM documents d WHERE d.id <> documents.id AND d.kind = 2 LIMIT 1) WHERE kind = 2 AND rowid = (SELECT max(rowid) FROM documents WHERE kind = 2)",
        "saved documents",
    ),
    ("UPDATE documents SET heads = zeroblob(32) WHERE rowid = (SELECT max(rowid) FROM documents)", "heads"),
    (
        "UPDATE documents SET counted_premium_won = counted_premium_won + 1 WHERE rowid = (SELECT max(rowid) FROM documents WHERE kind = 2)",
        "projections",
    ),
    (
        "UPDATE documents SET book = zeroblob(16) WHERE rowid = (SELECT max(rowid) FROM documents WHERE kind = 2)",
        "digest",
    ),
    ("DELETE FROM documents WHERE rowid = (SELECT max(rowid) FROM documents WHERE kind = 2)", "documents"),
    ("UPDATE books SET digest = zeroblob(16) WHERE seq > 0", "digest"),
    ("UPDATE books SET seq = seq + 1 WHERE owner IS NOT NULL", "books"),
    ("UPDATE feed SET chain = zeroblob(32) WHERE seq = 2", "feed chain"),
    ("UPDATE feed SET payload = zeroblob(40) WHERE seq = 2", "feed"),
    ("DELETE FROM feed WHERE seq = 3", "feed"),
    ("UPDATE ledger SET won = won + 1 WHERE number = 1", "ledger chain"),
    ("DELETE FROM ledger WHERE number = (SELECT max(number) FROM ledger)", "books"),
    ("UPDATE cells SET sold = sold + 1 WHERE level = (SELECT max(level) FROM cells)", "cells"),
    ("UPDATE blocks SET sold = sold + 1 WHERE level = 2 AND grain = 2", "blocks"),
    ("DELETE FROM blocks WHERE level = 3", "blocks"),
    ("DELETE FROM cell_units", "figures"),
    ("UPDATE ledger SET kind = 2 WHERE number = 1", "ledger chain"),
    ("UPDATE ledger SET ape_won = ape_won + 1 WHERE number = 1", "ledger chain"),
    ("UPDATE ledger SET arrived_ms = arrived_ms + 1 WHERE number = 2", "ledger chain"),
    (
        "UPDATE ledger SET document = (SELECT document FROM ledger AS other WHERE other.number = 2) WHERE number = 1",
        "ledger chain",
    ),
    ("DELETE FROM ledger WHERE number = 2", "ledger chain"),
    ("UPDATE closings SET sold = sold + 1 WHERE level = 0", "closings"),
    ("UPDATE closings SET moment = 0 WHERE level = 2", "closings"),
    ("UPDATE closings SET sold = sold + 1 WHERE level = 2 AND stamp = 2", "closings"),
    ("UPDATE closings SET rep = 'P2' WHERE level = 2 AND stamp = 2", "closings"),
    ("DELETE FROM closings WHERE level = 2 AND stamp = 2", "closings"),
    ("UPDATE audit SET object = 'somebody else' WHERE number = 2", "audit log 2:"),
    ("DELETE FROM audit WHERE number = 2", "audit log 2:"),
    ("UPDATE audit SET number = number + 10 WHERE number = 2", "audit log 2:"),
    (
        "UPDATE audit SET object = (SELECT object FROM audit AS other WHERE other.number = 5 - audit.number), chain = (SELECT chain FROM audit AS other WHERE other.number = 5 - audit.number) WHERE number IN (2, 3)",
        "audit log 2:",
    ),
];

fn fieldbook(data: &Path, arguments: &[&str]) -> Output {
    Command::new(program("fieldbook"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .output()
        .expect("fieldbook runs")
}

fn policy(number: u32, book: BookId) -> HubWrite {
    let text = |field: &str, text: &str| (field.to_owned(), FieldValue::from(text));
    HubWrite {
        document: DocumentId::derived("policy", &number.to_string()),
        kind: Kind::Policy,
        book,
        fields: vec![
            text("customer", &DocumentId::derived("customer", "1").to_string()),
            text("product", "WL01"),
            text("sale_date", "2026-06-01"),
            ("premium_won".to_owned(), FieldValue::Number(10_000 + i64::from(number))),
        ],
        imported: true,
        only_new: true,
    }
}

/// A hub's folder with a book, policies, folded and pending entries.
async fn healthy(folder: &Path) {
    let org = folder.join("org.csv");
    let header = "region_code,region_name,branch_code,branch_name,rep_code,rep_name";
    std::fs::write(&org, format!("{header}\nR1,Region,B1,Branch,P1,Rep\n")).expect("the file is written");
    let data = folder.join("hub");
    let imported = fieldbook(&data, &["import", "org", &org.to_string_lossy()]);
    assert!(imported.status.success(), "{imported:?}");
    let App { hub, .. } = App::open(&data, None, Missing::Refuse).await.expect("the hub opens");
    let book = BookId::of_rep(&UnitCode::from("P1"));
    let now = Moment(1_780_272_000_000);
    let mut entropy = Entropies::new(1, 1);
    let writes: Vec<_> = (0..8).map(|number| policy(number, book)).collect();
    hub.write("import", &writes[..6], now, &mut entropy).await.expect("policies are written");
    hub.storage().fold(1_000, 0).await.expect("entries are folded");
    let day = parse_date("2026-06-01").expect("a date");
    hub.close_day(day, None, false, "hq", now).await.expect("a day is closed");
    hub.write("import", &writes[6..7], now, &mut entropy).await.expect("policies are written");
    let account = Account {
        name: "kim".to_owned(),
        role: Role::Rep,
        unit: "P1".into(),
        password_hash: String::new(),
        disabled: false,
    };
    assert!(hub.storage().add_account(account).await.expect("an account is added"));
    let (user, until) = ("kim".to_owned(), Moment(now.0 + 1));
    let asked = ExceptionAsked { unit: "B1".into(), day, user, until, reason: None };
    let exception = hub.open_exception(asked, "hq", now).await.expect("an exception is opened");
    let ended = hub.end_exception(exception.id, "hq", now).await.expect("an exception is ended");
    assert_eq!(ended.stamps.len(), 3, "a second stamp of branch, region and nation");
    hub.write("import", &writes[7..], now, &mut entropy).await.expect("policies are written");
    let fact = |object: &str| By::command_line().did(AuditAction::AccountChange, object, now);
    hub.storage().note(["kim", "lee", "mo"].map(fact).into()).await.expect("facts are noted");
}

async fn database(data: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("hub.db"));
    options.connect().await.expect("the database opens")
}

async fn corrupt(data: &Path, statement: &'static str) {
    let mut connection = database(data).await;
    let done = connection.execute(statement).await.expect("the statement runs");
    assert!(done.rows_affected() > 0, "nothing was corrupted by {statement}");
    connection.close().await.expect("the database closes");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder is made");
    for entry in std::fs::read_dir(from).expect("the folder is read").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("the file is copied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_corrupted_cache_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    healthy(folder.path()).await;
    let data = folder.path().join("hub");
    let sound = fieldbook(&data, &["verify"]);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stdout));
    for (index, (statement, cache)) in CORRUPTIONS.into_iter().enumerate() {
        let copied = folder.path().join(format!("copy-{index}"));
        copy(&data, &copied);
        corrupt(&copied, statement).await;
        let found = fieldbook(&copied, &["verify"]);
        let said = String::from_utf8_lossy(&found.stdout);
        assert_eq!(found.status.code(), Some(1), "{statement}: {said}");
        assert!(said.contains(cache), "{statement} is found, but {cache} is not named: {said}");
        println!("{cache}: found");
        if cache == "cells" {
            for differing in [1, 0] {
                let mended = fieldbook(&copied, &["verify", "--rebuild"]);
                let said = String::from_utf8_lossy(&mended.stdout);
                assert_eq!(mended.status.code(), Some(0), "{said}");
                assert!(said.contains(&format!("cells anew; {differing} were not")), "{said}");
            }
        }
    }
}

/// What whoever can write the database does to the end of a ledger: the last entries are gone, or say another
/// time, and the rest is chained as it has to be.
async fn rewrite_the_end(data: &Path, gone: usize, later_ms: i64) {
    let App { hub, .. } = App::open(data, None, Missing::Refuse).await.expect("the hub opens");
    let book = BookId::of_rep(&UnitCode::from("P1"));
    let mut entries = hub.storage().ledger(book, 0, 100).await.expect("the ledger is read");
    drop(hub);
    assert!(entries.len() >= 6, "the ledger has entries");
    entries.truncate(entries.len() - gone);
    let [.., before, last] = entries.as_slice() else { panic!("two entries are left") };
    let last = LedgerEntry { arrived_ms: last.arrived_ms + later_ms, ..last.clone() };
    let (number, chain) = (last.number as i64, last.link(before.chain).0.to_vec());
    let mut connection = database(data).await;
    let query = "UPDATE ledger SET arrived_ms = ?, chain = ? WHERE book = ? AND number = ?";
    let query = sqlx::query(query).bind(last.arrived_ms).bind(&chain).bind(book.0.to_vec()).bind(number);
    query.execute(&mut connection).await.expect("the last entry is changed");
    let query = sqlx::query("DELETE FROM ledger WHERE book = ? AND number > ?");
    query.bind(book.0.to_vec()).bind(number).execute(&mut connection).await.expect("entries are deleted");
    let query = sqlx::query("UPDATE books SET ledger_number = ?, ledger_chain = ? WHERE id = ?");
    let query = query.bind(number).bind(&chain).bind(book.0.to_vec());
    query.execute(&mut connection).await.expect("the book is changed");
    connection.close().await.expect("the database closes");
}

fn verified(data: &Path, arguments: &[&str]) -> (Option<i32>, serde_json::Value, String) {
    let done = fieldbook(data, &[&["--json", "verify"], arguments].concat());
    let (told, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.code(), serde_json::from_str(&told).unwrap_or_default(), said.into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_chained_anew_is_found_by_what_was_signed_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    healthy(folder.path()).await;
    let data = folder.path().join("hub");
    let unsigned = folder.path().join("unsigned");
    copy(&data, &unsigned);
    rewrite_the_end(&unsigned, 0, 1).await;
    let (code, told, _) = verified(&unsigned, &[]);
    assert_eq!((code, &told["found"]), (Some(0), &0.into()), "nothing but a signature tells: {told}");

    let (code, told, _) = verified(&data, &["--sign-anew"]);
    assert_eq!((code, &told["signed_anew"]), (Some(0), &true.into()), "{told}");
    assert_eq!(verified(&data, &[]).0, Some(0));
    let mut found = 0;
    for (gone, later_ms) in [(0, 1), (0, -1), (1, 0), (3, 0)] {
        let cut = folder.path().join(format!("cut-{gone}-{later_ms}"));
        copy(&data, &cut);
        rewrite_the_end(&cut, gone, later_ms).await;
        let (code, told, _) = verified(&cut, &[]);
        let differences = told["differences"].as_array().cloned().unwrap_or_default();
        let heads = differences.iter().filter(|one| one["cache"] == "signed heads").count();
        assert_eq!((code, heads), (Some(1), 1), "{told}");
        // Where only times were changed, nothing else differs, and the ledgers can be taken as they are.
        let others = differences.len() - heads;
        assert_eq!(others == 0, gone == 0, "{told}");
        let (code, told, _) = verified(&cut, &["--sign-anew"]);
        assert_eq!(code, Some(i32::from(gone > 0)), "{told}");
        assert_eq!(told["signed_anew"] == true, gone == 0, "{told}");
        assert_eq!(verified(&cut, &[]).0, Some(i32::from(gone > 0)));
        found += heads;
    }
    println!("ends that were rewritten: {found} of 4 found");

    let file = data.join("ledger-heads.signed");
    let text = std::fs::read_to_string(&file).expect("the file is read");
    std::fs::write(&file, text.replacen(" 8 ", " 7 ", 1)).expect("the file is written");
    let (code, _, said) = verified(&data, &[]);
    assert!(code.is_some_and(|code| code > 1) && said.contains("HUB-SECRET"), "{code:?} {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_log_whose_end_was_cut_is_found_by_what_was_signed_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    healthy(folder.path()).await;
    let data = folder.path().join("hub");
    let checked = |data: &Path| {
        let done = fieldbook(data, &["--json", "audit", "check"]);
        let (told, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
        (done.status.code(), told["first_wrong"].clone(), said.contains("AUDIT-DIFFERS"))
    };
    let told = fieldbook(&data, &["--json", "audit", "check"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).expect("JSON");
    let last = told["entries"].as_u64().expect("a count of rows");
    let without_last = "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)";
    let unsigned = folder.path().join("unsigned");
    copy(&data, &unsigned);
    corrupt(&unsigned, without_last).await;
    assert_eq!(checked(&unsigned).0, Some(0), "nothing but a signature tells");
    assert_eq!(verified(&data, &["--sign-anew"]).0, Some(0));
    assert_eq!(checked(&data), (Some(0), serde_json::Value::Null, false));
    for (gone, first_wrong) in
        [(without_last, last), ("DELETE FROM audit WHERE number > 2", 3), ("DELETE FROM audit", 1)]
    {
        let cut = folder.path().join(format!("cut-{first_wrong}"));
        copy(&data, &cut);
        corrupt(&cut, gone).await;
        assert_eq!(checked(&cut), (Some(1), first_wrong.into(), true), "{gone}");
        let (code, told, _) = verified(&cut, &[]);
        assert_eq!((code, &told["differences"][0]["cache"]), (Some(1), &"audit log".into()), "{told}");
    }
}
