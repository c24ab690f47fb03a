//! Refusal, end to end over real HTTP: a refused edit takes the tail of its own document and nothing
//! else, whatever a modified client sends; and what the shipping client could not send waits in the
//! tray, one step from being done again.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod grown;
mod sales;

use std::collections::BTreeMap;

use document_model::{
    Actor, BookId, Change, Document, DocumentId, FieldValue, Kind, Moment, UnitCode, limits,
};
use serde_json::Value;
use server::app::{App, Missing, SystemEntropy, listen};
use server::auth::{Account, Role};
use server::hub::{HubWrite, ThreadGate};
use server::import::import_org;
use server::storage::conformance::Furnish;
use server::storage::{Carried, DocumentStorage, Entries, FeedBody, SealedEngine, StoredDocument};
use sync_protocol::{PushResult, PushedDocument, RefusalCode};
use tempfile::TempDir;
use tests::black_box::{PASSWORD, RepProgram};
use tests::forger::{Forger, edit, push_of};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Documents of one request; one of them is bad.
const DOCUMENTS: usize = 100;
/// Where the bad one stands.
const BAD: usize = 50;
/// Feed rows and bytes a test looks at, at most.
const EVERYTHING: usize = 1 << 30;

/// A hub served over HTTP in this process, so that headquarters' part can be played.
struct Hub {
    app: App<SealedEngine, ThreadGate>,
    url: String,
    _folder: TempDir,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Hub {
    async fn serve() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(folder.path(), None, Missing::Create).await.unwrap();
        let org = "region_code,region_name,branch_code,branch_name,rep_code,rep_name\n\
            R1,Region,B1,Branch,P1,One\nR1,Region,B1,Branch,P2,Two\n";
        assert!(import_org(&app, org.as_bytes(), false).await.unwrap().imported);
        let password_hash = app.desk.passwords.hash(PASSWORD.to_owned(), [7; 16]).await.unwrap();
        for rep in ["P1", "P2"] {
            let (name, password_hash) = (rep.to_owned(), password_hash.clone());
            let account = Account { name, role: Role::Rep, unit: rep.into(), password_hash, disabled: false };
            assert!(app.hub.storage().add_account(account).await.unwrap());
        }
        let listener = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let served = app.clone();
        let serving = tokio::spawn(async move {
            served.serve(listener, server::app::Line::Clear, async { drop(stopped.await) }).await.unwrap()
        });
        Self { app, url, _folder: folder, stop, serving }
    }

    /// Stops serving; what is stored must stand up to `verify`.
    async fn close(self) {
        drop(self.stop);
        self.serving.await.unwrap();
        let verified = self.app.hub.verify(&|_| ()).await.unwrap();
        assert_eq!(verified.found, 0, "{:?}", verified.differences);
    }

    /// Headquarters writes a document.
    async fn write(&self, document: DocumentId, kind: Kind, book: BookId, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|(field, text)| ((*field).to_owned(), FieldValue::from(*text)));
        let fields = fields.collect();
        let write = HubWrite { document, kind, book, fields, imported: true, only_new: false };
        let now = self.app.clock.now();
        Box::pin(self.app.hub.write("hq", &[write], now, &mut SystemEntropy)).await.unwrap();
    }

    async fn stored(&self, ids: &[DocumentId]) -> Vec<Option<StoredDocument>> {
        self.app.hub.storage().documents(ids).await.unwrap()
    }

    /// A document as history has it.
    async fn document(&self, id: DocumentId) -> Document {
        let stored = self.stored(&[id]).await.pop().flatten().unwrap();
        Document::load(stored.kind, &stored.saved).unwrap()
    }

    /// How often each change stands in the feeds of all books, by its bytes.
    async fn history(&self) -> BTreeMap<Vec<u8>, usize> {
        let storage = self.app.hub.storage();
        let mut history = BTreeMap::new();
        for book in storage.books().await.unwrap() {
            for row in
                storage.feed(book.id, Entries::All, (0, book.seq), EVERYTHING, EVERYTHING).await.unwrap()
            {
                if let FeedBody::Change { carried: Carried::Change(bytes), .. } = row.body {
                    *history.entry(bytes).or_default() += 1;
                }
            }
        }
        history
    }

    async fn hand_over(&self, documents: &[DocumentId], from: &str, to: &str) {
        let now = self.app.clock.now();
        self.app.hub.move_documents(documents, book(from), book(to), now).await.unwrap();
    }
}

fn book(rep: &str) -> BookId {
    BookId::of_rep(&UnitCode::from(rep))
}

fn bytes_of(changes: &[Change]) -> Vec<Vec<u8>> {
    changes.iter().map(|change| change.raw_bytes().to_vec()).collect()
}

/// A bad document, and what must become of it.
struct Case {
    what: &'static str,
    push: PushedDocument,
    code: RefusalCode,
    /// The first change that is refused.
    from: usize,
}

/// A new customer in the forger's own book: `before` good edits, the bad chunk, one more good edit.
fn own_customer(
    what: &'static str,
    forger: &Forger,
    code: RefusalCode,
    bad: impl FnOnce(&mut Document) -> Vec<u8>,
) -> Case {
    let id = DocumentId::derived("own customer", what);
    let mut document = Document::born(Kind::Customer);
    let first = edit(&mut document, forger.actor, &["name=Mine", "phone=1"]).unwrap();
    let bad = bad(&mut document);
    let last = edit(&mut document, forger.actor, &["phone=3"]).unwrap();
    let chunks = [first.raw_bytes().to_vec(), bad, last.raw_bytes().to_vec()];
    Case { what, push: push_of(id, Kind::Customer, book("P1"), chunks), code, from: 1 }
}

/// Edits that together are more than a document may hold; gives also the first that is too much.
fn oversized(actor: Actor) -> (Vec<Change>, usize) {
    let mut document = Document::born(Kind::Customer);
    let mut changes = Vec::new();
    let mut too_much = None;
    while too_much.is_none_or(|first| changes.len() < first + 2) {
        let number = changes.len();
        let field =
            |field: usize| format!("custom.f{number}x{field}={}", "x".repeat(limits::VALUE_BYTES - 200));
        let fields: Vec<String> = (0..11).map(field).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        changes.push(edit(&mut document, actor, &fields).unwrap());
        if document.save().len() > limits::DOCUMENT_BYTES {
            too_much = too_much.or(Some(number));
        }
    }
    (changes, too_much.unwrap())
}

/// What headquarters and the other rep have, for the forger to write to.
async fn targets(hub: &Hub, forger: &Forger) -> Vec<Case> {
    let product = DocumentId::derived("product", "WL01");
    let record = DocumentId::derived("policy record", "1");
    hub.write(record, Kind::PolicyRecord, book("P1"), &[("policy", "x"), ("policy_number", "N-1")]).await;
    let theirs = DocumentId::derived("customer", "theirs");
    for fields in [[("name", "Kim")], [("occupation", "nurse")], [("phone", "010-1")]] {
        hub.write(theirs, Kind::Customer, book("P2"), &fields).await;
    }
    let (mut of_product, mut of_record) = (hub.document(product).await, hub.document(record).await);
    let (mut visible, mut losing) = (hub.document(theirs).await, hub.document(theirs).await);
    let shown = losing.fields();
    // Made on the newborn document, as if its author had seen nothing: its number is the lower one.
    let lost = edit(&mut Document::born(Kind::Customer), forger.actor, &["occupation=spy"]).unwrap();
    losing.apply(vec![lost.clone()]).unwrap();
    assert_eq!(losing.fields(), shown, "the write must lose and change no visible value");
    let case = |what, id, kind, to, change: Change, code| Case {
        what,
        push: push_of(id, kind, to, bytes_of(&[change])),
        code,
        from: 0,
    };
    let hq = RefusalCode::HeadquartersOnly;
    let renamed = edit(&mut of_product, forger.actor, &["name=Cheap"]).unwrap();
    let disguised = renamed.clone();
    let numbered = edit(&mut of_record, forger.actor, &["policy_number=N-2"]).unwrap();
    let seen = edit(&mut visible, forger.actor, &["occupation=spy"]).unwrap();
    let foreign = RefusalCode::NotYours;
    vec![
        case("a product in the shared book", product, Kind::Product, BookId::SHARED, renamed, hq),
        case("a product said to be a customer", product, Kind::Customer, book("P1"), disguised, foreign),
        case("a policy record", record, Kind::PolicyRecord, book("P1"), numbered, hq),
        case("another rep's customer, visibly", theirs, Kind::Customer, book("P1"), seen, foreign),
        case("another rep's customer, by a losing write", theirs, Kind::Customer, book("P2"), lost, foreign),
    ]
}

async fn cases(hub: &Hub, forger: &Forger, other_device: Actor) -> Vec<Case> {
    let mut cases = Box::pin(targets(hub, forger)).await;
    let (changes, from) = oversized(forger.actor);
    let id = DocumentId::derived("own customer", "oversized");
    let push = push_of(id, Kind::Customer, book("P1"), bytes_of(&changes));
    cases.push(Case { what: "a document over the size limit", push, code: RefusalCode::TooLarge, from });
    let own = |what, code, bad: &dyn Fn(&mut Document) -> Vec<u8>| own_customer(what, forger, code, bad);
    let good = |document: &mut Document| edit(document, forger.actor, &["phone=2"]).unwrap();
    cases.push(own("a change over the size limit", RefusalCode::TooLarge, &|document| {
        let field = |field: usize| format!("custom.f{field}={}", "x".repeat(limits::VALUE_BYTES - 200));
        let fields: Vec<String> = (0..13).map(field).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        edit(document, forger.actor, &fields).unwrap().raw_bytes().to_vec()
    }));
    cases.push(own("no bytes", RefusalCode::Malformed, &|_| Vec::new()));
    cases.push(own("bytes that are no change", RefusalCode::Malformed, &|_| b"this is no change".repeat(9)));
    cases.push(own("a change cut short", RefusalCode::Malformed, &|document| {
        let mut bytes = good(document).raw_bytes().to_vec();
        bytes.truncate(bytes.len() - 1);
        bytes
    }));
    cases.push(own("a change by another device's actor", RefusalCode::ForeignActor, &|document| {
        edit(document, other_device, &["phone=2"]).unwrap().raw_bytes().to_vec()
    }));
    cases
}

/// Good documents: one new customer each.
fn good_documents(case: usize, actor: Actor) -> Vec<PushedDocument> {
    let one = |number: usize| {
        let mut document = Document::born(Kind::Customer);
        let name = format!("name=Good {case} {number}");
        let change = edit(&mut document, actor, &[&name]).unwrap();
        let id = DocumentId::derived("good customer", &format!("{case} {number}"));
        push_of(id, Kind::Customer, book("P1"), bytes_of(&[change]))
    };
    (1..DOCUMENTS).map(one).collect()
}

/// Pushes the bad document among good ones, and looks at the answer and at history.
async fn expect_refused(hub: &Hub, forger: &mut Forger, number: usize, case: Case) {
    let Case { what, push: bad, code, from } = case;
    let before = hub.stored(&[bad.document.expect("named")]).await;
    let mut pushes = good_documents(number, forger.actor);
    pushes.insert(BAD, bad.clone());
    let results = forger.push(pushes.clone()).await.unwrap();
    assert_eq!(results.len(), DOCUMENTS);
    let refused = PushResult::Refused { code, from: u32::try_from(from).unwrap() };
    assert_eq!(results[BAD], refused, "{what}");
    let history = hub.history().await;
    let times = |chunk: &[u8]| history.get(chunk).copied().unwrap_or(0);
    let goods = || pushes.iter().zip(&results).enumerate().filter(|(place, _)| *place != BAD);
    for (place, (push, result)) in goods() {
        assert!(matches!(result, PushResult::Accepted), "{what}: document {place}: {result:?}");
        assert_eq!(times(&push.changes[0].bytes), 1, "{what}: document {place} in history");
        let document = hub.document(push.document.expect("named")).await;
        let named = format!("Good {number} ");
        assert!(document.fields()["name"].as_text().unwrap().starts_with(&named), "{what}");
    }
    for (place, change) in bad.changes.iter().enumerate() {
        assert_eq!(times(&change.bytes), usize::from(place < from), "{what}: change {place} of the bad one");
    }
    if from == 0 {
        assert_eq!(
            hub.stored(&[bad.document.expect("named")]).await,
            before,
            "{what}: the document is as it was"
        );
    }
    println!("{what}: {} from change {from}, {} others accepted", code.as_str(), goods().count());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_document_of_a_hundred_is_refused_alone() {
    let hub = Hub::serve().await;
    let mut forger = Forger::sign_in(&hub.url, "P1", PASSWORD).await.unwrap();
    let mut other = Forger::sign_in(&hub.url, "P1", PASSWORD).await.unwrap();
    let known = other.push(good_documents(usize::MAX, other.actor)).await.unwrap();
    assert!(known.iter().all(|result| matches!(result, PushResult::Accepted)));
    for (number, case) in Box::pin(cases(&hub, &forger, other.actor)).await.into_iter().enumerate() {
        expect_refused(&hub, &mut forger, number, case).await;
    }
    hub.close().await;
}

fn customer(number: usize) -> DocumentId {
    DocumentId::derived("customer", &number.to_string())
}

fn phone_of(number: usize) -> String {
    format!("010-7000-{number:04}")
}

fn list(answer: &Value) -> &[Value] {
    answer.as_array().unwrap()
}

/// The one tray item, as `tray list` shows it: every edit with its field, values and time.
fn expect_tray(laptop: &RepProgram, moved: DocumentId, begun: Moment, ended: Moment) -> String {
    let tray = laptop.json(&["tray", "list"]);
    let [item] = list(&tray) else { panic!("one item is in the tray: {tray}") };
    assert_eq!(item["document"], moved.to_string());
    // The answer that does not take the push tells by its page that the customer went: the better reason.
    assert_eq!(item["reason"], "left_your_books");
    let edits = list(&item["edits"]);
    let read = |edit: &Value| {
        let text = |key: &str| edit[key].as_str().unwrap_or_default().to_owned();
        let made: jiff::Timestamp = edit["time"].as_str().unwrap().parse().unwrap();
        // A change knows its time in whole seconds.
        assert!((begun.0 / 1_000..=ended.0 / 1_000).contains(&made.as_second()), "{edit}");
        (text("field"), text("old"), text("new"))
    };
    let edits: Vec<_> = edits.iter().map(read).collect();
    let phone = phone_of(0);
    let expected = [
        ("phone", "010-0000-0000", phone.as_str()),
        ("occupation", "", "pilot"),
        ("notes", "", "calls back in spring"),
    ];
    let expected = expected.map(|(field, old, new)| (field.to_owned(), old.to_owned(), new.to_owned()));
    assert_eq!(edits, expected);
    item["id"].as_str().unwrap().to_owned()
}

/// A rep edits a hundred customers offline while headquarters hands one of them to somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn edits_of_a_customer_handed_over_wait_in_the_tray_and_come_back() {
    let hub = Hub::serve().await;
    for number in 0..DOCUMENTS {
        let fields = [("name", "Park"), ("phone", "010-0000-0000")];
        hub.write(customer(number), Kind::Customer, book("P1"), &fields).await;
    }
    let laptop = RepProgram::signed_in(&hub.url, "P1");
    let phone = RepProgram::signed_in(&hub.url, "P1");
    let moved = customer(0).to_string();
    let begun = hub.app.clock.now();
    for number in 0..DOCUMENTS {
        let assignment = format!("phone={}", phone_of(number));
        laptop.run_ok(&["customer", "set", &customer(number).to_string(), &assignment]);
    }
    laptop.run_ok(&["customer", "set", &moved, "occupation=pilot"]);
    laptop.run_ok(&["customer", "note", &moved, "calls back in spring"]);
    let ended = hub.app.clock.now();

    hub.hand_over(&[customer(0)], "P1", "P2").await;
    let others = RepProgram::signed_in(&hub.url, "P2");
    others.run_ok(&["customer", "set", &moved, "address.city=Busan"]);
    assert_eq!(others.json(&["sync"])["sent"], 1);
    let synced = laptop.json(&["sync"]);
    assert_eq!((&synced["sent"], &synced["refused"]), (&99.into(), &3.into()), "{synced}");
    assert_eq!((&synced["unsent"], &synced["tray"]), (&0.into(), &1.into()), "{synced}");
    for number in 1..DOCUMENTS {
        assert_eq!(hub.document(customer(number)).await.fields()["phone"], phone_of(number).as_str().into());
    }
    let item = expect_tray(&laptop, customer(0), begun, ended);
    assert_eq!(laptop.run(&["customer", "show", &moved]).status.code(), Some(1), "it left the laptop");
    assert_eq!(laptop.run(&["tray", "apply", &item]).status.code(), Some(1), "it has no place yet");
    assert_eq!(expect_tray(&laptop, customer(0), begun, ended), item);
    others.run_ok(&["sync"]);
    let seen = others.json(&["customer", "show", &moved]);
    assert_eq!(seen["fields"]["phone"], "010-0000-0000", "nothing refused is seen by the other rep");

    hub.hand_over(&[customer(0)], "P2", "P1").await;
    laptop.run_ok(&["sync"]);
    laptop.run_ok(&["tray", "apply", &item]);
    assert_eq!(laptop.json(&["sync"])["sent"], 1);
    assert_eq!(list(&laptop.json(&["tray", "list"])).len(), 0);
    phone.run_ok(&["sync"]);
    let shown = phone.json(&["customer", "show", &moved]);
    let fields = &shown["fields"];
    assert_eq!((&fields["phone"], &fields["occupation"]), (&phone_of(0).into(), &"pilot".into()));
    assert_eq!(fields["notes"].as_str().unwrap().matches("calls back in spring").count(), 1);
    assert_eq!(fields["address.city"], "Busan", "what the other rep wrote meanwhile stays");
    assert_eq!(list(&shown["clashes"]).len(), 0, "{shown}");
    hub.close().await;
}
