//! An exception to a closing: its rep's late entries go into a second stamp, those of others do not, the first stamp
//! stays, and whatever differs is explained to zero. Days close by the company's rules as well, once.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use document_model::{Date, DocumentId, Kind, Moment, Operation, UnitCode, parse_assignment, parse_date};
use server::auth::{Account, Role};
use server::hub::{ClosingError, ClosingRules, ClosingShown, ExceptionAsked, ExceptionError};
use server::organisation::{Level, NATION};
use server::storage::conformance::Furnish;
use server::storage::conformance::scratch;
use server::storage::memory::MemoryStorage;
use server::storage::postgres::PostgresStorage;
use server::storage::sqlite::SqliteStorage;
use server::storage::{FigureQuery, SplitBy, Storage, View};
use tests::direct::{Clock, TestClient, TestHub, company_of, device_of, unit};

/// 2026-06-01 09:00 in Seoul, a Monday.
const NOW: Moment = Moment(1_780_272_000_000);
const HOUR: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR;

fn day() -> Date {
    parse_date("2026-06-01").unwrap()
}

/// Two branches, and the devices of three reps.
struct Company<S: Storage> {
    hub: TestHub<S>,
    clock: Clock,
    p1: TestClient<S>,
    p2: TestClient<S>,
    p3: TestClient<S>,
    customers: [DocumentId; 3],
}

async fn company<S: Storage>(storage: S) -> Company<S> {
    let spans = vec![
        unit("R1", Level::Region, NATION),
        unit("B1", Level::Branch, "R1"),
        unit("B2", Level::Branch, "R1"),
        unit("P1", Level::Rep, "B1"),
        unit("P2", Level::Rep, "B1"),
        unit("P3", Level::Rep, "B2"),
    ];
    let hub = company_of(storage, spans, NOW).await;
    let manager = Account {
        name: "mo".to_owned(),
        role: Role::Manager,
        unit: "B1".into(),
        password_hash: String::new(),
        disabled: false,
    };
    assert!(hub.storage().add_account(manager).await.unwrap());
    let clock = Clock::at(NOW);
    let mut clients = Vec::new();
    let mut customers = Vec::new();
    for (number, rep) in ["P1", "P2", "P3"].into_iter().enumerate() {
        let mut client = device_of(&hub, &clock, &rep.into(), number as u64).await;
        client.sync(|| clock.now()).await.unwrap();
        let name = Operation::Set(parse_assignment(Kind::Customer, "name=Kim").unwrap());
        customers.push(client.create(Kind::Customer, vec![name], NOW).await.unwrap());
        clients.push(client);
    }
    let [p1, p2, p3] = clients.try_into().ok().unwrap();
    Company { hub, clock, p1, p2, p3, customers: customers.try_into().unwrap() }
}

/// Sells policies of these premiums and syncs; the hub folds them.
async fn sell<S: Storage>(company: &mut Company<S>, rep: usize, premiums: &[i64]) {
    let (customer, now) = (company.customers[rep], company.clock.now());
    let client = [&mut company.p1, &mut company.p2, &mut company.p3].into_iter().nth(rep).unwrap();
    for won in premiums {
        let fields = [
            format!("customer={customer}"),
            "product=WL01".to_owned(),
            format!("sale_date={}", day()),
            format!("premium_won={won}"),
        ];
        let set = |text: &String| Operation::Set(parse_assignment(Kind::Policy, text).unwrap());
        client.create(Kind::Policy, fields.iter().map(set).collect(), now).await.unwrap();
    }
    client.sync(|| now).await.unwrap();
    company.hub.storage().fold(1_000, now.0).await.unwrap();
}

/// The national total of a view, the same from every level.
async fn total<S: Storage>(hub: &TestHub<S>, view: View) -> (i64, i64) {
    let mut totals = Vec::new();
    for level in Level::ALL {
        let (from, to, by) = (day(), day(), SplitBy::Product);
        let query = FigureQuery { from, to, level, under: None, by, view, placed: None };
        let total = hub.figures(&query, NOW).await.unwrap().total;
        totals.push((total.net, total.premium_net_won));
    }
    assert_eq!(totals, vec![totals[0]; 4], "parents are the sums of their children");
    totals[0]
}

fn told(stamps: &[ClosingShown]) -> Vec<(&str, u32, i64, i64)> {
    let sums = stamps.iter().map(|one| (one, one.sums));
    sums.map(|(one, sums)| (one.unit.as_str(), one.stamp, sums.net, sums.premium_net_won)).collect()
}

fn asked(unit: &str, user: &str, until: Moment) -> ExceptionAsked {
    ExceptionAsked { unit: unit.into(), day: day(), user: user.to_owned(), until, reason: None }
}

/// Exceptions that make no sense are refused, each for its own reason.
async fn refused<S: Storage>(company: &Company<S>) {
    let (hub, now) = (&company.hub, company.clock.now());
    let until = Moment(now.0 + HOUR);
    let why = async |asked| hub.open_exception(asked, "hq", now).await.unwrap_err();
    let branch = || UnitCode::from("B1");
    assert_eq!(why(asked("B9", "P1", until)).await, ExceptionError::UnknownUnit("B9".into(), day()));
    for (code, level) in [("P1", Level::Rep), ("R1", Level::Region), (NATION, Level::Nation)] {
        assert_eq!(why(asked(code, "P1", until)).await, ExceptionError::NotBranch(code.into(), level));
    }
    let tomorrow = parse_date("2026-06-02").unwrap();
    let open = why(ExceptionAsked { day: tomorrow, ..asked("B1", "P1", until) }).await;
    assert_eq!(open, ExceptionError::NotClosed(branch(), tomorrow));
    assert_eq!(why(asked("B1", "nobody", until)).await, ExceptionError::UnknownUser("nobody".to_owned()));
    assert_eq!(why(asked("B1", "mo", until)).await, ExceptionError::NotRep("mo".to_owned()));
    let elsewhere = ExceptionError::Elsewhere { user: "P3".to_owned(), unit: branch(), day: day() };
    assert_eq!(why(asked("B1", "P3", until)).await, elsewhere);
    assert!(matches!(why(asked("B1", "P1", now)).await, ExceptionError::Past(_)));
    let too_far = Moment(now.0 + 31 * DAY_MS + 1);
    assert!(matches!(why(asked("B1", "P1", too_far)).await, ExceptionError::TooFar(_)));
    let long = ExceptionAsked { reason: Some("x".repeat(1_001)), ..asked("B1", "P1", until) };
    assert_eq!(why(long).await, ExceptionError::LongReason);
    let opened = hub.open_exception(asked("B1", "P1", until), "hq", now).await.unwrap();
    assert_eq!((opened.id, opened.state, opened.rep.as_str()), (1, "open", "P1"));
    let again = ExceptionError::Again { id: 1, user: "P1".to_owned(), unit: branch(), day: day() };
    assert_eq!(why(asked("B1", "P1", until)).await, again);
    assert_eq!(hub.end_exception(9, "hq", now).await.unwrap_err(), ExceptionError::Unknown(9));
    for unit in ["B1", "R1", NATION] {
        let last_word = hub.close_day(day(), Some(&unit.into()), true, "hq", now).await.unwrap_err();
        let ClosingError::Excepted(open) = last_word else { panic!("{last_word}") };
        assert_eq!(open.iter().map(|one| one.id).collect::<Vec<_>>(), [1]);
    }
}

/// Between the closed figures and those of now lie the entries that no stamp holds.
async fn explained<S: Storage>(company: &Company<S>, late: &[(&str, i64)]) {
    let units = [(Level::Nation, NATION), (Level::Region, "R1"), (Level::Branch, "B1"), (Level::Rep, "P1")];
    for (level, unit) in units {
        let states = (View::Closed, View::Now);
        let told = company.hub.explain((level, unit.into()), day(), states).await.unwrap();
        let mut due: Vec<_> = late.iter().filter(|(rep, _)| level < Level::Rep || *rep == unit).collect();
        due.sort();
        let mut entries: Vec<_> = told.entries.iter().map(|one| (one.rep.as_str(), one.won)).collect();
        entries.sort_unstable();
        assert_eq!(entries.iter().collect::<Vec<_>>(), due, "{unit}");
        let sum: i64 = due.iter().map(|(_, won)| won).sum();
        assert_eq!(told.to.premium_net_won - told.from.premium_net_won, sum, "{unit}");
    }
}

async fn an_exception_leads_to_a_second_stamp<S: Storage>(storage: S) {
    let mut company = company(storage).await;
    for (rep, premiums) in [(0, [1_000, 2_000]), (1, [4_000, 8_000]), (2, [16_000, 32_000])] {
        sell(&mut company, rep, &premiums).await;
    }
    company.clock.pass(10 * HOUR);
    let first = company.hub.close_day(day(), None, false, "hq", company.clock.now()).await.unwrap();
    assert_eq!(told(&first).last(), Some(&("nation", 1, 6, 63_000)));
    company.clock.pass(HOUR);
    // Before the exception, while it is open, and after its instant.
    sell(&mut company, 0, &[100]).await;
    sell(&mut company, 1, &[200]).await;
    refused(&company).await;
    let hub = company.hub.clone();
    assert_eq!(total(&hub, View::Closed).await, (6, 63_000), "an open exception changes nothing");
    company.clock.pass(HOUR / 2);
    sell(&mut company, 0, &[400]).await;
    assert_eq!(hub.end_due_exceptions(company.clock.now()).await.unwrap(), [], "none is due");
    explained(&company, &[("P1", 100), ("P2", 200), ("P1", 400)]).await;
    company.clock.pass(HOUR);
    sell(&mut company, 0, &[800]).await;

    let ended = hub.end_due_exceptions(company.clock.now()).await.unwrap();
    assert_eq!(hub.end_due_exceptions(company.clock.now()).await.unwrap(), [], "it has ended once");
    assert_eq!((ended.len(), ended[0].exception.stamp), (1, Some(2)));
    assert_eq!(ended[0].exception.ended_by.as_deref(), Some("rule: until"));
    let second = [("B1", 2, 6, 15_500), ("R1", 2, 8, 63_500), ("nation", 2, 8, 63_500)];
    assert_eq!(told(&ended[0].stamps), second);
    assert!(ended[0].stamps.iter().all(|stamp| stamp.rep == Some("P1".into())));
    let all = hub.closings(day(), day()).await.unwrap();
    let ones: Vec<_> = all.iter().filter(|stamp| stamp.stamp == 1).cloned().collect();
    let mut due = first.clone();
    due.sort_by(|a, b| a.unit.cmp(&b.unit));
    assert_eq!((ones, all.len()), (due, 7), "the first stamps stay");
    assert_eq!(total(&hub, View::Closed).await, (8, 63_500));
    assert_eq!(total(&hub, View::Now).await, (10, 64_500));
    explained(&company, &[("P2", 200), ("P1", 800)]).await;

    // One more, ended by a person.
    let (now, until) = (company.clock.now(), Moment(company.clock.now().0 + HOUR));
    let opened = hub.open_exception(asked("B1", "P2", until), "hq", now).await.unwrap();
    let ended = hub.end_exception(opened.id, "hq", now).await.unwrap();
    assert_eq!(told(&ended.stamps).last(), Some(&("nation", 3, 9, 63_700)));
    assert_eq!(hub.end_exception(opened.id, "hq", now).await.unwrap_err(), ExceptionError::Ended(2));
    explained(&company, &[("P1", 800)]).await;
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);

    hub.close_day(day(), None, true, "hq", now).await.unwrap();
    let last_word = hub.open_exception(asked("B1", "P1", until), "hq", now).await.unwrap_err();
    assert_eq!(last_word, ExceptionError::Final("B1".into(), day()));
    let listed = hub.exceptions(false).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| (one.id, one.stamp)).collect::<Vec<_>>(),
        [(2, Some(3)), (1, Some(2))]
    );
}

async fn days_close_by_rule<S: Storage>(storage: S) {
    let mut company = company(storage).await;
    sell(&mut company, 0, &[1_000]).await;
    let (hub, clock) = (company.hub.clone(), company.clock.clone());
    let none = ClosingRules::default();
    let by_share = ClosingRules { share_percent: Some(100), ..none };
    let due = async |rules: &ClosingRules| hub.close_due(rules, clock.now()).await.unwrap();
    let of_day = |stamps: &[ClosingShown]| {
        let day = day().to_string();
        let stamps = stamps.iter().filter(|stamp| stamp.day == day);
        stamps.map(|stamp| format!("{} {}", stamp.unit, stamp.by)).collect::<Vec<_>>()
    };
    assert_eq!(of_day(&due(&by_share).await), [""; 0], "the day is before its cut-off");
    clock.pass(10 * HOUR);
    assert_eq!(of_day(&due(&by_share).await), [""; 0], "nobody has reported");
    company.p3.sync(|| clock.now()).await.unwrap();
    hub.write_contacts().await.unwrap();
    clock.pass(HOUR);
    assert_eq!(due(&none).await, []);
    assert_eq!(of_day(&due(&by_share).await), ["B2 rule: share"]);
    assert_eq!(due(&by_share).await, [], "it closes once");
    let at = |hour| Some((jiff::civil::Time::constant(hour, 0, 0, 0), 1));
    clock.pass(12 * HOUR);
    let by_time = ClosingRules { at: at(9), share_percent: Some(100) };
    assert_eq!(of_day(&due(&by_time).await), [""; 0], "it is eight o'clock");
    clock.pass(HOUR);
    // Two hubs look at once.
    let other = tests::direct::hub_over(hub.storage().clone());
    let now = clock.now();
    let (one, two) = tokio::join!(hub.close_due(&by_time, now), other.close_due(&by_time, now));
    let both = [one.unwrap(), two.unwrap()].concat();
    assert_eq!(of_day(&both), ["B1 rule: time", "R1 rule: time", "nation rule: time"]);
    let report = hub.verify(&|_| {}).await.unwrap();
    assert_eq!(report.found, 0, "{:?}", report.differences);
}

#[tokio::test]
async fn in_memory() {
    an_exception_leads_to_a_second_stamp(MemoryStorage::new()).await;
    days_close_by_rule(MemoryStorage::new()).await;
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    an_exception_leads_to_a_second_stamp(SqliteStorage::open(folder.path()).await.unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    days_close_by_rule(SqliteStorage::open(folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn on_postgres() {
    scratch::with_databases(async |databases| {
        let url = databases.empty().await;
        an_exception_leads_to_a_second_stamp(PostgresStorage::open(&url).await.unwrap()).await;
        let url = databases.empty().await;
        days_close_by_rule(PostgresStorage::open(&url).await.unwrap()).await;
    })
    .await;
}
