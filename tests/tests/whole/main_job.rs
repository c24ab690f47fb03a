//! The main job on real input, end to end: a portfolio is imported, reps sign in on two devices each,
//! work offline and sync over HTTP, and the figures at every level equal a recount made from the CSV
//! text and the script of deeds alone.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use client_sdk::store::MemoryStore;
use client_sdk::transport::NativeTransport;
use client_sdk::{Client, SyncReport};
use document_model::{DocumentId, Entropy, Kind, Moment, Operation, parse_assignment, parse_date};
use futures::{StreamExt, stream};
use jiff::tz::TimeZone;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use server::app::{App, Clock, Missing, SystemEntropy, listen};
use server::auth::{Account, Role};
use server::hub::ThreadGate;
use server::import::{ImportReport, import_customers, import_org, import_policies, import_products};
use server::organisation::Level;
use server::storage::SealedEngine;
use server::storage::conformance::Furnish;
use server::storage::{FigureQuery, SplitBy, View};
use tests::black_box::fieldbook_json;

type Hub = App<SealedEngine, ThreadGate>;
type Device = Client<MemoryStore, NativeTransport>;
/// Sold, withdrawn, premium sold, premium sold less withdrawn.
type Sums = (i64, i64, i64, i64);

/// 2026-09-21 in Seoul, by the hub's clock and every device's.
const NOW: Moment = Moment(1_790_000_000_000);
const TODAY: &str = "2026-09-21";
const PASSWORD: &str = "a password for this test";
/// Reps who work at the same time.
const AT_ONCE: usize = 8;
const SEED: u64 = 20_260_921;
const CUSTOMER_MAP: &str = include_str!("../../../deploy/maps/real-customers.toml");
const POLICY_MAP: &str = include_str!("../../../deploy/maps/real-policies.toml");

/// The shared files, as text.
struct Files {
    org: String,
    products: String,
    customers: String,
    policies: String,
}

impl Files {
    /// `None`, with a notice, where the shared folder is absent; with `CI=true` that is a failure.
    fn read() -> Option<Self> {
        let shared = std::env::var_os("FIELDBOOK_SHARED").map(PathBuf::from);
        let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"));
        if !shared.join("data/real-policies.csv").is_file() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the shared folder is absent");
            println!("skipped: the shared folder is absent; say where it is with FIELDBOOK_SHARED");
            return None;
        }
        let file = |name: &str| std::fs::read_to_string(shared.join("data").join(name)).unwrap();
        Some(Self {
            org: file("real-org.csv"),
            products: file("real-products.csv"),
            customers: file("real-customers.csv"),
            policies: file("real-policies.csv"),
        })
    }
}

/// The rows of a file without quotes, by the names of its columns.
fn rows(text: &str) -> impl Iterator<Item = BTreeMap<&str, &str>> {
    assert!(!text.contains('"'));
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    lines.map(move |line| header.iter().copied().zip(line.split(',')).collect())
}

/// One policy as the recount knows it.
#[derive(Clone)]
struct Sale {
    /// The reference in the file; none for one sold by the script.
    reference: Option<String>,
    product: String,
    day: String,
    premium_won: i64,
    withdrawn: bool,
}

/// What a rep does on one device while it is offline.
enum Deed {
    EditCustomer { customer_no: String, assignment: &'static str },
    NewCustomer { name: String, product: String, premium_won: i64 },
    NewPolicy { customer_no: String, product: String, premium_won: i64 },
    Correct { reference: String, premium_won: i64 },
    Withdraw { reference: String },
}

/// A rep: what the files say, what the script lets the rep do, and what must come out.
struct Rep {
    code: String,
    branch: String,
    region: String,
    sales: Vec<Sale>,
    deeds: [Vec<Deed>; 2],
}

/// The reps of the files, each with a script of its own.
fn script(files: &Files) -> Vec<Rep> {
    let products: Vec<_> = rows(&files.products).map(|row| row["product_code"].to_owned()).collect();
    let mut customers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows(&files.customers) {
        customers.entry(row["rep_code"].to_owned()).or_default().push(row["customer_no"].to_owned());
    }
    let mut sales: BTreeMap<String, Vec<Sale>> = BTreeMap::new();
    for row in rows(&files.policies) {
        sales.entry(row["rep_code"].to_owned()).or_default().push(Sale {
            reference: Some(row["policy_ref"].to_owned()),
            product: row["product_code"].to_owned(),
            day: row["sale_date"].to_owned(),
            premium_won: row["premium_won"].parse().unwrap(),
            withdrawn: false,
        });
    }
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let rep = |row: BTreeMap<&str, &str>| {
        let code = row["rep_code"].to_owned();
        let own = customers.get(&code).map_or(&[][..], Vec::as_slice);
        let mut sales = sales.remove(&code).unwrap_or_default();
        let deeds = deeds(&code, own, &mut sales, &products, &mut dice);
        Rep {
            code,
            branch: row["branch_code"].to_owned(),
            region: row["region_code"].to_owned(),
            sales,
            deeds,
        }
    };
    rows(&files.org).map(rep).collect()
}

/// The deeds of one rep on two devices; `sales` becomes what they make of it.
fn deeds(
    rep: &str,
    customers: &[String],
    sales: &mut Vec<Sale>,
    products: &[String],
    dice: &mut ChaCha8Rng,
) -> [Vec<Deed>; 2] {
    const EDITS: [[&str; 3]; 2] = [
        ["phone=010-1234-5678", "address.city=Suwon", "occupation=teacher"],
        ["work_address.city=Daegu", "gender=other", "tag.vip=true"],
    ];
    let known = sales.len();
    let mut deeds = [Vec::new(), Vec::new()];
    for (device, deeds) in deeds.iter_mut().enumerate() {
        for assignment in EDITS[device] {
            let customer_no = pick(customers, dice).clone();
            deeds.push(Deed::EditCustomer { customer_no, assignment });
        }
        for new in 0..1 + below(3, dice) {
            let (product, premium_won) = (pick(products, dice).clone(), premium(dice));
            sales.push(Sale {
                reference: None,
                product: product.clone(),
                day: TODAY.to_owned(),
                premium_won,
                withdrawn: false,
            });
            deeds.push(if new == 0 {
                Deed::NewCustomer { name: format!("New {rep} {device}"), product, premium_won }
            } else {
                Deed::NewPolicy { customer_no: pick(customers, dice).clone(), product, premium_won }
            });
        }
    }
    // One device corrects, the other withdraws, at times the same policy: both hold.
    for _ in 0..2 {
        let (corrected, withdrawn) = (below(known, dice), below(known, dice));
        let premium_won = premium(dice);
        sales[corrected].premium_won = premium_won;
        sales[withdrawn].withdrawn = true;
        let reference = |sale: &Sale| sale.reference.clone().unwrap();
        deeds[0].push(Deed::Correct { reference: reference(&sales[corrected]), premium_won });
        deeds[1].push(Deed::Withdraw { reference: reference(&sales[withdrawn]) });
    }
    deeds
}

fn below(end: usize, dice: &mut ChaCha8Rng) -> usize {
    (dice.next_u64() % end as u64) as usize
}

fn pick<'a, T>(from: &'a [T], dice: &mut ChaCha8Rng) -> &'a T {
    &from[below(from.len(), dice)]
}

fn premium(dice: &mut ChaCha8Rng) -> i64 {
    (1 + below(200, dice) as i64) * 1_000
}

/// Sums by unit and product; `unit` says whose a rep's sales are.
fn recount(reps: &[Rep], unit: impl Fn(&Rep) -> &str) -> BTreeMap<(String, String), Sums> {
    let mut sums: BTreeMap<(String, String), Sums> = BTreeMap::new();
    for rep in reps {
        for sale in &rep.sales {
            assert!(("2026-06-01"..=TODAY).contains(&sale.day.as_str()));
            let sum = sums.entry((unit(rep).to_owned(), sale.product.clone())).or_default();
            sum.0 += 1;
            sum.2 += sale.premium_won;
            if sale.withdrawn {
                sum.1 += 1;
            } else {
                sum.3 += sale.premium_won;
            }
        }
    }
    sums
}

/// What the hub answers for all units of a level, by product.
async fn figures(app: &Hub, level: Level) -> BTreeMap<(String, String), Sums> {
    let (from, to) = (parse_date("2026-06-01").unwrap(), parse_date(TODAY).unwrap());
    let query =
        FigureQuery { from, to, level, under: None, by: SplitBy::Product, view: View::Now, placed: None };
    let rows = app.hub.figures(&query, NOW).await.unwrap().rows.into_iter().map(|row| {
        let sums = row.sums;
        let sums = (sums.sold, sums.withdrawn, sums.premium_gross_won, sums.premium_net_won);
        ((row.unit.0, row.product.unwrap()), sums)
    });
    rows.collect()
}

/// What the program people use answers for all units of a level, by product.
fn told_figures(data: &Path, level: Level) -> BTreeMap<(String, String), Sums> {
    let days = ["figures", "--from", "2026-06-01", "--to", TODAY];
    let answer = fieldbook_json(data, &[&days, &["--level", level.as_str(), "--by", "product"][..]].concat());
    let rows = answer["rows"].as_array().unwrap().iter().map(|row| {
        let number = |key: &str| row[key].as_i64().unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let sums =
            (number("sold"), number("withdrawn"), number("premium_gross_won"), number("premium_net_won"));
        ((text("unit"), text("product")), sums)
    });
    rows.collect()
}

fn expect_told_figures(data: &Path, reps: &[Rep]) {
    assert_eq!(told_figures(data, Level::Nation), recount(reps, |_| "nation"));
    assert_eq!(told_figures(data, Level::Region), recount(reps, |rep| &rep.region));
    assert_eq!(told_figures(data, Level::Branch), recount(reps, |rep| &rep.branch));
    assert_eq!(told_figures(data, Level::Rep), recount(reps, |rep| &rep.code));
}

async fn expect_figures(app: &Hub, reps: &[Rep]) {
    assert_eq!(figures(app, Level::Nation).await, recount(reps, |_| "nation"));
    assert_eq!(figures(app, Level::Region).await, recount(reps, |rep| &rep.region));
    assert_eq!(figures(app, Level::Branch).await, recount(reps, |rep| &rep.branch));
    assert_eq!(figures(app, Level::Rep).await, recount(reps, |rep| &rep.code));
}

async fn import_people(app: &Hub, files: &Files) -> (ImportReport, ImportReport) {
    let (hub, mut entropy) = (&app.hub, SystemEntropy);
    let (customers, policies) = (files.customers.as_bytes(), files.policies.as_bytes());
    let quiet: server::import::Progress<'_> = &|_, _| ();
    let customers =
        import_customers(hub, customers, Some(CUSTOMER_MAP), false, NOW, &mut entropy, quiet).await;
    let policies = import_policies(hub, policies, Some(POLICY_MAP), false, NOW, &mut entropy, quiet).await;
    (customers.unwrap(), policies.unwrap())
}

async fn import_all(app: &Hub, files: &Files) {
    let org = import_org(app, files.org.as_bytes(), false).await.unwrap();
    assert_eq!((org.rows, org.created, org.imported), (200, 224, true));
    let products = import_products(app, files.products.as_bytes(), false).await.unwrap();
    assert_eq!((products.rows, products.created, products.imported), (21, 21, true));
    let (customers, policies) = import_people(app, files).await;
    assert_eq!((customers.created, customers.rejections), (5_181, 0));
    assert_eq!((policies.created, policies.rejections), (11_066, 0));
    let warnings = customers.warnings.iter().chain(&policies.warnings);
    warnings.for_each(|warning| println!("  warned: {}", warning.reason));
}

/// An account for every rep. One hash serves them all: the password is the same.
async fn open_accounts(app: &Hub, reps: &[Rep]) {
    let password_hash = app.desk.passwords.hash(PASSWORD.to_owned(), [7; 16]).await.unwrap();
    for rep in reps {
        let account = Account {
            name: rep.code.clone(),
            role: Role::Rep,
            unit: rep.code.as_str().into(),
            password_hash: password_hash.clone(),
            disabled: false,
        };
        assert!(app.hub.storage().add_account(account).await.unwrap());
    }
}

struct Dice(ChaCha8Rng);

impl Entropy for Dice {
    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

async fn sign_in(server: &str, rep: &Rep, device: u64, transport: NativeTransport) -> (Device, SyncReport) {
    let number: u64 = rep.code.trim_start_matches('P').parse().unwrap();
    let entropy = Dice(ChaCha8Rng::seed_from_u64(SEED ^ (number << 8) ^ (device + 1)));
    let zone = TimeZone::get("Asia/Seoul").unwrap();
    let mut client = Client::open(MemoryStore::new(), transport, zone, Box::new(entropy)).await.unwrap();
    client.sign_in(server, &rep.code, PASSWORD, "test", NOW).await.unwrap();
    let report = client.sync(|| NOW).await.unwrap();
    (client, report)
}

fn set(kind: Kind, assignments: &[String]) -> Vec<Operation> {
    let set = |text: &String| Operation::Set(parse_assignment(kind, text).unwrap());
    assignments.iter().map(set).collect()
}

async fn sell(client: &mut Device, customer: DocumentId, product: &str, premium_won: i64) {
    let fields = [
        format!("customer={customer}"),
        format!("product={product}"),
        format!("premium_won={premium_won}"),
        format!("sale_date={TODAY}"),
    ];
    client.create(Kind::Policy, set(Kind::Policy, &fields), NOW).await.unwrap();
}

async fn perform(client: &mut Device, deed: &Deed) {
    let customer = |customer_no: &str| DocumentId::derived("customer:portfolio", customer_no);
    let policy = |reference: &str| DocumentId::derived("policy:portfolio", reference);
    match deed {
        Deed::EditCustomer { customer_no, assignment } => {
            let operations = set(Kind::Customer, &[(*assignment).to_owned()]);
            client.edit(customer(customer_no), operations, NOW).await.unwrap();
        }
        Deed::NewCustomer { name, product, premium_won } => {
            let operations = set(Kind::Customer, &[format!("name={name}")]);
            let customer = client.create(Kind::Customer, operations, NOW).await.unwrap();
            sell(client, customer, product, *premium_won).await;
        }
        Deed::NewPolicy { customer_no, product, premium_won } => {
            sell(client, customer(customer_no), product, *premium_won).await;
        }
        Deed::Correct { reference, premium_won } => {
            let operations = set(Kind::Policy, &[format!("premium_won={premium_won}")]);
            client.edit(policy(reference), operations, NOW).await.unwrap();
        }
        Deed::Withdraw { reference } => {
            let operations = set(Kind::Policy, &[format!("withdrawn_on={TODAY}")]);
            client.edit(policy(reference), operations, NOW).await.unwrap();
        }
    }
}

/// What a rep's two devices did.
#[derive(Default)]
struct Work {
    documents: usize,
    exchanges: u64,
    bytes: u64,
}

/// One rep's day: two devices sign in and sync, work offline, sync twice, and agree with the recount.
async fn work(server: &str, rep: &Rep, transport: NativeTransport) -> Work {
    let mut done = Work::default();
    let mut note = |report: SyncReport| {
        done.exchanges += report.exchanges;
        done.bytes += report.bytes_up + report.bytes_down;
    };
    let mut devices = Vec::new();
    for device in 0..2 {
        let (client, report) = sign_in(server, rep, device, transport.clone()).await;
        note(report);
        devices.push(client);
    }
    for (device, deeds) in devices.iter_mut().zip(&rep.deeds) {
        for deed in deeds {
            perform(device, deed).await;
        }
    }
    for _ in 0..2 {
        for device in &mut devices {
            note(device.sync(|| NOW).await.unwrap());
        }
    }
    for device in &devices {
        let status = device.status().await.unwrap();
        assert_eq!((status.unsent, status.tray, status.clashes), (0, 0, 0), "{}", rep.code);
        done.documents += status.documents;
        expect_own_figures(device, rep).await;
    }
    done
}

async fn expect_own_figures(device: &Device, rep: &Rep) {
    let (from, to) = (parse_date("2026-06-01").unwrap(), parse_date(TODAY).unwrap());
    let own = device.figures(from, to, NOW).await.unwrap();
    assert_eq!((own.unconfirmed, own.blocked), (0, 0), "{}", rep.code);
    let shown = own.rows.into_iter().map(|row| {
        let sums = row.sums;
        let sums = (sums.sold, sums.withdrawn, sums.premium_gross_won, sums.premium_net_won);
        ((rep.code.clone(), row.product), sums)
    });
    let shown: BTreeMap<_, _> = shown.collect();
    assert_eq!(shown, recount(std::slice::from_ref(rep), |rep| &rep.code));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portfolio_is_imported_worked_on_and_counted() {
    let Some(files) = Files::read() else { return };
    println!("seed {SEED}");
    let started = Instant::now();
    let told = |what: &str| println!("{:5.1} s: {what}", started.elapsed().as_secs_f64());
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::open(folder.path(), None, Missing::Create).await.unwrap();
    app.clock = Clock::of(|| NOW);
    import_all(&app, &files).await;
    let total: i64 = figures(&app, Level::Nation).await.values().map(|sums| sums.2).sum();
    assert_eq!(total, 581_780_000);
    told("imported 200 reps, 21 products, 5181 customers, 11066 policies: 581780000 won");

    let reps = Arc::new(script(&files));
    open_accounts(&app, &reps).await;
    let listener = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn({
        let app = app.clone();
        async move { app.serve(listener, server::app::Line::Clear, async { drop(stopped.await) }).await }
    });
    let transport = NativeTransport::new().unwrap();
    let days = reps.iter().map(|rep| work(&server, rep, transport.clone()));
    let work: Vec<Work> = stream::iter(days).buffer_unordered(AT_ONCE).collect().await;
    let sum = |of: fn(&Work) -> u64| work.iter().map(of).sum::<u64>();
    let deeds: usize = reps.iter().flat_map(|rep| &rep.deeds).map(Vec::len).sum();
    told(&format!(
        "{} devices: {deeds} deeds offline, {} exchanges, {} KiB on the wire, {} documents held",
        2 * work.len(),
        sum(|work| work.exchanges),
        sum(|work| work.bytes) / 1024,
        sum(|work| work.documents as u64),
    ));
    expect_figures(&app, &reps).await;
    expect_told_figures(folder.path(), &reps);
    let (customers, policies) = import_people(&app, &files).await;
    assert_eq!((customers.created, customers.unchanged), (0, 5_181));
    assert_eq!((policies.created, policies.unchanged), (0, 11_066));
    expect_figures(&app, &reps).await;
    told(
        "figures of nation, regions, branches and reps equal the recount, from the library and from the program, also after a second import",
    );

    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    expect_figures(&app, &reps).await;
    expect_told_figures(folder.path(), &reps);
    let verified = app.hub.verify(&|_| ()).await.unwrap();
    assert_eq!(verified.found, 0, "{:?}", verified.differences);
    told(&format!("verify: {} documents, {} entries, nothing found", verified.documents, verified.entries));
}
