//! Commands over a hub in memory, and what may be typed.

use std::path::Path;

use clap::CommandFactory;

use super::error::Exit;
use super::*;
use crate::app::DataFolder;
use crate::app::tests::app;
use crate::hub::InlineGate;
use crate::storage::memory::MemoryStorage;
use crate::storage::{AccountStorage, OrganisationStorage, SettingStorage};

const ORG: &str =
    "region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,서울,B1,강남,P1,김철수\n";

type TestApp = App<MemoryStorage, InlineGate>;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("fieldbook").chain(line.split_whitespace()))
}

/// Runs a command that reads nothing from the terminal.
async fn run(app: &TestApp, line: &str) -> Result<Answer, Failure> {
    let cli = parse(line).unwrap();
    match cli.command {
        Command::Import(import) => {
            let content = import.read()?;
            import.run(app, content).await
        }
        Command::Org(org) => {
            let content = org.read()?;
            org.run(app, content).await
        }
        Command::Calendar(calendar) => {
            let content = calendar.read()?;
            calendar.run(app, content).await
        }
        Command::Target(target) => {
            let content = target.read()?;
            target.run(app, content).await
        }
        Command::Approve(approve) => approve.run(app).await,
        Command::User(user) => user.run(app).await,
        Command::SetupLink(link) => link.run(app, &cli.data).await,
        Command::Invite(invite) => invite.run(app).await,
        Command::Device(device) => device.run(app).await,
        Command::Devices => device::list(app).await,
        Command::Figures(figures) => figures.run(app).await,
        Command::CloseDay(close) => close.run(app).await,
        Command::Exception(exception) => exception.run(app).await,
        Command::Explain(explain) => explain.run(app).await,
        Command::Audit(audit) => audit.run(app).await,
        Command::Verify(verify) => verify.run(app).await,
        Command::Compact(compact) => compact.run(app).await,
        Command::Serve(_)
        | Command::Bi(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Key(_)
        | Command::Demo(_)
        | Command::Config(_)
        | Command::GateWorker(_) => {
            panic!("{line} needs a folder")
        }
    }
}

async fn app_with_org() -> TestApp {
    let app = app().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("org.csv");
    std::fs::write(&file, ORG).unwrap();
    let answer = run(&app, &format!("import org {}", file.display())).await.unwrap();
    let (text, json, no) = answer.parts();
    assert!(no.is_none() && text.contains("1 rows, 3 new") && json["imported"] == true, "{text}");
    app
}

fn refusal(result: Result<Answer, Failure>) -> (Exit, &'static str) {
    let failure = result.expect_err("refused");
    assert!(!failure.message.is_empty());
    (failure.exit, failure.code)
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn global_options_stand_anywhere() {
    for line in ["--data d --json user list", "user list --json --data d", "user --data d list --json"] {
        let cli = parse(line).unwrap();
        assert!(cli.json && cli.data == *"d", "{line}");
    }
}

#[test]
fn wrong_usage_is_refused() {
    for line in [
        "",
        "serve --tls-cert a.pem",
        "serve --behind-proxy --tls-cert a --tls-key b",
        "user add --name kim --role boss --unit P1 --password-stdin",
        "user add --name kim --role rep --password-stdin",
        "figures --from today --to today",
        "figures --from today --to today --level town",
        "device revoke xyz",
        "import org",
        "approve",
        "approve xyz",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[tokio::test]
async fn accounts_are_added_listed_and_closed() {
    let app = app_with_org().await;
    let add = async |name: &str, role: &str, unit: &str, password: &str| {
        user::Add::run_with([name, role, unit, password], &app).await
    };
    add("kim", "rep", "P1", "a good password").await.unwrap();
    assert_eq!(refusal(add("kim", "rep", "P1", "a good password").await), (Exit::No, "USER-EXISTS"));
    assert_eq!(refusal(add("lee", "rep", "P9", "a good password").await), (Exit::No, "USER-UNIT-UNKNOWN"));
    assert_eq!(refusal(add("lee", "rep", "B1", "a good password").await), (Exit::No, "USER-UNIT"));
    assert_eq!(refusal(add("lee", "manager", "P1", "a good password").await), (Exit::No, "USER-UNIT"));
    assert_eq!(refusal(add("lee", "hq", "R1", "a good password").await), (Exit::No, "USER-UNIT"));
    assert_eq!(refusal(add("lee", "manager", "B1", "short").await), (Exit::No, "USER-PASSWORD"));
    assert_eq!(refusal(add(" lee", "manager", "B1", "a good password").await), (Exit::No, "USER-NAME"));
    add("han", "hq", "nation", "a good password").await.unwrap();
    let answer = run(&app, "user list").await.unwrap();
    let (text, json, _) = answer.parts();
    assert_eq!(json[1], serde_json::json!({"name": "kim", "role": "rep", "unit": "P1", "disabled": false}));
    assert!(text.starts_with("name  role  unit") && !text.contains("argon2"));
    run(&app, "user disable kim").await.unwrap();
    assert_eq!(run(&app, "user list").await.unwrap().parts().1[1]["disabled"], true);
    assert_eq!(refusal(run(&app, "user disable nobody").await), (Exit::No, "USER-UNKNOWN"));
}

#[tokio::test]
async fn a_revoked_device_and_a_closed_account_are_signed_out() {
    let app = app_with_org().await;
    user::Add::run_with(["kim", "rep", "P1", "a good password"], &app).await.unwrap();
    let sign_in = async || {
        let request = sync_protocol::sign_in::SignInRequest {
            user: "kim".to_owned(),
            password: "a good password".to_owned(),
            device_name: "phone".to_owned(),
        };
        let storage = app.hub.storage();
        app.desk.sign_in(storage, request, app.clock.now(), &mut crate::app::SystemEntropy).await.unwrap()
    };
    let (first, second) = (sign_in().await, sign_in().await);
    run(&app, &format!("device revoke {}", first.device)).await.unwrap();
    let told = |unsent, at_ms| crate::auth::Told { version: "0.1.0".to_owned(), unsent, tray: 0, at_ms };
    app.hub.contacts().told(second.device, told(12, app.clock.now().0 + 5));
    let answer = run(&app, "devices").await.unwrap();
    let (text, json, _) = answer.parts();
    assert_eq!((&json[0]["id"], &json[0]["waiting"]), (&second.device.to_string().into(), &12.into()));
    assert!(text.lines().nth(1).is_some_and(|line| line.contains("12") && line.contains("0.1.0")), "{text}");
    let answer = run(&app, "device list").await.unwrap();
    let revoked =
        answer.parts().1.as_array().unwrap().iter().filter(|device| device["revoked"] == true).count();
    assert_eq!(revoked, 1);
    run(&app, "user disable kim").await.unwrap();
    for device in [first.device, second.device] {
        assert_eq!(app.hub.storage().session(device).await.unwrap(), None);
    }
    let unknown = format!("device revoke {}", "0".repeat(32));
    assert_eq!(refusal(run(&app, &unknown).await), (Exit::No, "DEVICE-UNKNOWN"));
}

#[tokio::test]
async fn figures_answer_for_units_that_exist() {
    let app = app_with_org().await;
    let answer = run(&app, "figures --from yesterday --to today --level branch --by product").await.unwrap();
    let (text, json, _) = answer.parts();
    assert_eq!(
        (&json["level"], &json["total"]["sold"], &json["rows"]),
        (&"branch".into(), &0.into(), &serde_json::json!([]))
    );
    assert!(text.contains("total"));
    let figures = "figures --from today --to today --level rep";
    assert!(run(&app, &format!("{figures} --unit B1")).await.is_ok());
    assert_eq!(refusal(run(&app, &format!("{figures} --unit B9")).await), (Exit::No, "FIGURES-UNIT"));
    let wrong = "figures --from tomorrow --to today --level rep";
    assert_eq!(refusal(run(&app, wrong).await), (Exit::Usage, "FIGURES-QUESTION"));
}

#[tokio::test]
async fn a_refused_import_lists_its_lines_and_answers_no() {
    let app = app().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("org.csv");
    std::fs::write(&file, format!("{ORG}R1,서울,B2,종로,P1,김철수\n")).unwrap();
    let answer = run(&app, &format!("import org {}", file.display())).await.unwrap();
    let (text, json, no) = answer.parts();
    assert_eq!(no.map(|no| (no.exit, no.code)), Some((Exit::No, "IMPORT-REFUSED")));
    assert!(text.contains("line 3: rejected: P1 is in B1 on line 2 and in B2 here"), "{text}");
    assert_eq!((&json["imported"], &json["rejected"][0]["line"]), (&false.into(), &3.into()));
    let missing = format!("import products {}", folder.path().join("none.csv").display());
    assert_eq!(refusal(run(&app, &missing).await), (Exit::No, "IMPORT-FILE"));
}

#[tokio::test]
async fn the_organisation_is_ordered_and_shown() {
    let app = app_with_org().await;
    let open = run(&app, "org open B2 --name 종로 --in R1 --from 2026-03-01").await.unwrap();
    assert!(open.parts().0.contains("B2 종로: in R1 from 2026-03-01 (new)"), "{}", open.parts().0);
    let dry = run(&app, "org move P1 --to B2 --from 2026-06-01 --dry-run").await.unwrap();
    assert_eq!((&dry.parts().1["done"], &dry.parts().1["units"][0]["was"]), (&false.into(), &"in B1".into()));
    assert!(run(&app, "org show --unit P1").await.unwrap().parts().0.ends_with("P1 is in B1."));
    let merged = run(&app, "org merge B1 --into B2 --from 2026-06-01").await.unwrap();
    assert_eq!(merged.parts().1["units"].as_array().unwrap().len(), 2);
    run(&app, "org hire P2 --name 이영희 --branch B2 --from 2026-06-01").await.unwrap();
    let shown = run(&app, "org show --on 2026-06-01").await.unwrap();
    let (text, json, _) = shown.parts();
    assert_eq!(
        text,
        "nation on 2026-06-01, 2 reps\n  R1 서울, 2 reps\n    B2 종로, 2 reps\n      P1 김철수\n      P2 이영희"
    );
    assert_eq!(json["unit"]["below"][0]["below"][0]["below"][1]["code"], "P2");
    let before = run(&app, "org show --on 2026-05-31 --unit B1").await.unwrap();
    assert!(before.parts().0.contains("B1 강남, 1 reps, until 2026-05-31, then B2"), "{}", before.parts().0);
    assert_eq!(run(&app, "org rejudge").await.unwrap().parts().1["rejudged"], 0);
}

#[tokio::test]
async fn orders_that_cannot_be_carried_out_are_refused() {
    let app = app_with_org().await;
    run(&app, "org open B2 --name 종로 --in R1 --from 2026-03-01").await.unwrap();
    let refused = async |line: &str| refusal(run(&app, line).await);
    assert_eq!(refused("org move P1 --to B2 --from 2026-02-28").await, (Exit::No, "ORG-NO-PARENT"));
    assert_eq!(refused("org close B2 --from 2026-02-28").await, (Exit::No, "ORG-DAY"));
    assert_eq!(refused("org close B1 --from 2026-06-01").await, (Exit::No, "ORG-SUCCESSOR"));
    assert_eq!(refused("org show --unit B2 --on 2026-02-28").await, (Exit::No, "ORG-DAY"));
    assert_eq!(refused("org show --unit B9").await, (Exit::No, "ORG-UNKNOWN"));
    assert_eq!(refused("org leave P1 --from tomorrow").await, (Exit::Usage, "ORG-NO-DAY"));
}

#[tokio::test]
async fn absences_are_noted_and_ended() {
    let app = app_with_org().await;
    let absent = run(&app, "org absent P1 --from 2026-03-02 --reason 휴직").await.unwrap();
    assert_eq!(absent.parts().0, "P1 is absent from 2026-03-02 on.");
    let shown = run(&app, "org show --unit P1 --on 2026-04-01").await.unwrap();
    assert_eq!(shown.parts().1["unit"]["absent"], "휴직");
    let refused = async |line: &str| refusal(run(&app, line).await);
    assert_eq!(refused("org absent P1 --from 2026-04-01 --reason x").await, (Exit::No, "ORG-ABSENCE"));
    assert_eq!(refused("org absent B1 --from 2026-04-01 --reason x").await, (Exit::No, "ORG-LEVEL"));
    assert_eq!(refused("org absent P9 --from 2026-04-01 --reason x").await, (Exit::No, "ORG-UNKNOWN"));
    let back = run(&app, "org back P1 --from 2026-05-01").await.unwrap();
    assert_eq!(back.parts().1["absences"][0]["to"], "2026-04-30");
    assert_eq!(refused("org back P1 --from 2026-05-01").await, (Exit::No, "ORG-ABSENCE"));
}

#[tokio::test]
async fn the_calendar_is_shown_and_imported() {
    let app = app_with_org().await;
    let shown = run(&app, "calendar show --year 2027").await.unwrap();
    let (text, json, _) = shown.parts();
    assert!(text.contains("2027-02-09  Tue  free  대체공휴일 (설날)"), "{text}");
    assert_eq!((&json["working_days"], &json["holidays_known"]), (&246.into(), &true.into()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("days.csv");
    std::fs::write(&file, "day,working,name\n2027-12-24,no,창립기념일\n").unwrap();
    run(&app, &format!("calendar import {}", file.display())).await.unwrap();
    let shown = run(&app, "calendar show --year 2027").await.unwrap();
    assert_eq!(shown.parts().1["working_days"], 245);
    assert!(run(&app, "calendar show --year 2031").await.unwrap().parts().0.contains("are not known"));
}

#[tokio::test]
async fn targets_are_set_imported_and_shown() {
    let app = app_with_org().await;
    let june = "--from 2026-06-01 --to 2026-06-30";
    let set = format!("target set --unit B1 --measure premium {june} --value 2100000");
    assert_eq!(run(&app, &set).await.unwrap().parts().1["targets"][0]["target"], 2_100_000);
    // 21 working days, eleven of them up to the 16th.
    let change = "target set --unit B1 --measure premium --from 2026-06-17 --to 2026-06-30 --value 500";
    let answer = run(&app, change).await.unwrap();
    let (text, json, _) = answer.parts();
    assert!(text.contains("2026-06-01  2026-06-16  1,100,000\n2026-06-17  2026-06-30        500"), "{text}");
    assert_eq!(json["targets"].as_array().unwrap().len(), 2);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.csv");
    std::fs::write(&file, "unit,type,measure,from,to,value\nB1,life,net,2026-06-01,2026-06-30,7\n").unwrap();
    let import = format!("target import {}", file.display());
    assert_eq!(run(&app, &format!("{import} --dry-run")).await.unwrap().parts().1["imported"], false);
    assert_eq!(run(&app, &import).await.unwrap().parts().1["imported"], true);
    let shown = run(&app, &format!("target show {june} --level branch --unit R1")).await.unwrap();
    let (text, json, _) = shown.parts();
    assert!(text.contains("premium           1  B1    강남  1,100,500       0  0.0  1,100,500"), "{text}");
    assert_eq!((&json["rows"][1]["type"], &json["rows"][1]["missing"]), (&"life".into(), &7.into()));
    let none = run(&app, &format!("target show {june} --level rep")).await.unwrap();
    assert_eq!(none.parts().0, "No rep asked about has a target from 2026-06-01 to 2026-06-30.");
}

#[tokio::test]
async fn targets_that_make_no_sense_are_refused() {
    let app = app_with_org().await;
    let set = async |rest: &str| refusal(run(&app, &format!("target set --measure net {rest}")).await);
    let june = "--from 2026-06-01 --to 2026-06-30";
    assert_eq!(set(&format!("--unit B9 {june} --value 1")).await, (Exit::No, "TARGET-UNIT"));
    assert_eq!(set(&format!("--unit B1 --type car {june} --value 1")).await, (Exit::No, "TARGET-TYPE"));
    assert_eq!(set(&format!("--unit B1 {june} --value=-1")).await, (Exit::No, "TARGET-VALUE"));
    let days = async |days: &str| set(&format!("--unit B1 {days} --value 1")).await;
    assert_eq!(days("--from 2026-06-30 --to 2026-06-01").await, (Exit::No, "TARGET-DAYS"));
    assert_eq!(days("--from 2026-06-30 --to 2046-06-30").await, (Exit::No, "TARGET-DAYS"));
    assert_eq!(days("--from june --to 2026-06-01").await, (Exit::Usage, "TARGET-NO-DAY"));
    let show = run(&app, "target show --from today --to today --level branch --unit B9").await;
    assert_eq!(refusal(show), (Exit::No, "FIGURES-UNIT"));
    assert_eq!(app.hub.storage().targets().await.unwrap(), []);
}

#[tokio::test]
async fn exceptions_are_opened_listed_and_ended() {
    let app = app_with_org().await;
    user::Add::run_with(["kim", "rep", "P1", "a good password"], &app).await.unwrap();
    user::Add::run_with(["mo", "manager", "B1", "a good password"], &app).await.unwrap();
    assert_eq!(run(&app, "exception list").await.unwrap().parts().0, "There are no exceptions.");
    let open = async |unit: &str, user: &str, until: &str| {
        let line = format!("exception open --unit {unit} --date 2026-09-20 --user {user} --until {until}");
        run(&app, &line).await
    };
    let soon = "2026-10-01T18:00";
    assert_eq!(refusal(open("B1", "kim", soon).await), (Exit::No, "EXCEPTION-OPEN"));
    let answer = run(&app, "close-day --date 2026-09-20").await.unwrap();
    assert!(answer.parts().0.contains("stamp"), "{}", answer.parts().0);
    assert_eq!(refusal(open("B9", "kim", soon).await), (Exit::No, "EXCEPTION-UNIT"));
    assert_eq!(refusal(open("P1", "kim", soon).await), (Exit::No, "EXCEPTION-UNIT"));
    assert_eq!(refusal(open("B1", "lee", soon).await), (Exit::No, "EXCEPTION-USER"));
    assert_eq!(refusal(open("B1", "mo", soon).await), (Exit::No, "EXCEPTION-USER"));
    assert_eq!(refusal(open("B1", "kim", "2026-09-20T18:00").await), (Exit::No, "EXCEPTION-UNTIL"));
    assert_eq!(refusal(open("B1", "kim", "2026-12-01T18:00").await), (Exit::No, "EXCEPTION-UNTIL"));
    assert_eq!(refusal(open("B1", "kim", "soon").await), (Exit::Usage, "FIGURES-QUESTION"));
    let answer = open("B1", "kim", soon).await.unwrap();
    let (text, json, _) = answer.parts();
    assert!(text.starts_with("Exception 1: what kim sends until 2026-10-01T09:00:00Z counts"), "{text}");
    assert_eq!((&json["state"], &json["user"], &json["rep"]), (&"open".into(), &"kim".into(), &"P1".into()));
    assert_eq!(refusal(open("B1", "kim", soon).await), (Exit::No, "EXCEPTION-AGAIN"));
    let last_word = run(&app, "close-day --date 2026-09-20 --final").await;
    let told = last_word.as_ref().expect_err("refused").message.clone();
    assert!(told.starts_with("exception 1 (kim in B1) is open until 2026-10-01T09:00:00Z"), "{told}");
    assert_eq!(refusal(last_word), (Exit::No, "CLOSE-EXCEPTED"));

    let answer = run(&app, "exception close 1").await.unwrap();
    let (text, json, _) = answer.parts();
    assert!(text.contains("Nothing of kim came for B1 on 2026-09-20"), "{text}");
    assert_eq!((&json["state"], &json["stamps"]), (&"ended".into(), &serde_json::json!([])));
    assert_eq!(refusal(run(&app, "exception close 1").await), (Exit::No, "EXCEPTION-ENDED"));
    assert_eq!(refusal(run(&app, "exception close 2").await), (Exit::No, "EXCEPTION-UNKNOWN"));
    assert_eq!(run(&app, "exception list --open").await.unwrap().parts().1, &serde_json::json!([]));
    let answer = run(&app, "exception list").await.unwrap();
    assert!(answer.parts().0.contains("nothing came"), "{}", answer.parts().0);
    run(&app, "close-day --date 2026-09-20 --final").await.unwrap();
    assert_eq!(refusal(open("B1", "kim", soon).await), (Exit::No, "EXCEPTION-FINAL"));
}

#[tokio::test]
async fn verify_says_what_it_looked_at() {
    let app = app_with_org().await;
    let answer = run(&app, "verify").await.unwrap();
    let (text, json, no) = answer.parts();
    assert!(no.is_none() && text.contains("0 differences"), "{text}");
    assert_eq!((&json["found"], &json["books"]), (&0.into(), &2.into()));
}

#[tokio::test]
async fn settings_are_shown_without_a_hub() {
    let folder = tempfile::tempdir().unwrap();
    let config = async |line: &str, data: &Path| {
        Box::pin(parse(&format!("--data {} {line}", data.display())).unwrap().carry_out()).await
    };
    let answer = config("config", &folder.path().join("nowhere")).await.unwrap();
    let rows = answer.parts().1["rows"].as_array().unwrap().clone();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!((&row("zone")["value"], &row("zone")["origin"]), (&"Asia/Seoul".into(), &"default".into()));
    let line =
        answer.parts().0.lines().find(|line| line.starts_with("zone = \"Asia/Seoul\" ")).unwrap().to_owned();
    assert!(line.ends_with("# default"), "{line}");
    assert!(config("config --example", folder.path()).await.unwrap().parts().0.contains("[pokes]"));
}

#[tokio::test]
async fn a_setting_that_keeps_the_hub_from_starting_is_named_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = async |line: &str| {
        Box::pin(parse(&format!("--data {} {line}", folder.path().display())).unwrap().carry_out()).await
    };
    let open = async || App::open(folder.path(), None, Missing::Create).await;
    let app = open().await.unwrap();
    let set = async |key: &str, json: &str| {
        let version = app.hub.storage().settings().await.unwrap().version;
        let change = [(key.to_owned(), Some(json.to_owned()))].into();
        assert!(app.hub.storage().put_settings(version, change).await.unwrap());
    };
    set("http.drain_s", "3").await;
    let lines = config("config").await.unwrap().parts().0.to_owned();
    let line = lines.lines().find(|line| line.starts_with("http.drain_s = 3 ")).unwrap();
    assert!(line.ends_with("# administrator"), "{line}");
    set("http.header_timeout_s", "0").await;
    let why = open().await.err().unwrap();
    assert_eq!(why.code(), "HUB-CONFIG");
    let told = why.to_string();
    assert!(
        told.contains("http.header_timeout_s: 0") && told.contains("fieldbook config --forget KEY"),
        "{told}"
    );
    assert_eq!(refusal(config("config").await), (Exit::Usage, "HUB-CONFIG"));
    config("config --forget http.header_timeout_s").await.unwrap();
    let again = refusal(config("config --forget http.header_timeout_s").await);
    assert_eq!(again, (Exit::No, "SETTING-NOT-SET"));
    assert_eq!(open().await.unwrap().config.http.drain_s, 3, "the other one stayed");
}

#[tokio::test]
async fn reps_are_invited_alone_and_by_branch() {
    let app = app_with_org().await;
    for (name, role, unit) in [("kim", "rep", "P1"), ("han", "hq", "nation")] {
        user::Add::run_with([name, role, unit, "a good password"], &app).await.unwrap();
    }
    let answer = run(&app, "invite --user kim --days 3").await.unwrap();
    let (text, json, _) = answer.parts();
    let code = json[0]["code"].as_str().unwrap().to_owned();
    assert!(
        text.contains(&format!("{} {}", &code[..4], &code[4..])) && text.contains("Invited: 1."),
        "{text}"
    );
    for (line, code) in [
        ("invite --user han", "INVITE-REP"),
        ("invite --user nobody", "USER-UNKNOWN"),
        ("invite --user kim --days 31", "INVITE-DAYS"),
        ("invite --branch R1", "INVITE-BRANCH"),
        ("invite --branch B9", "USER-UNIT-UNKNOWN"),
        ("invite --branch B1 --qr codes.html", "INVITE-ADDRESS"),
    ] {
        assert_eq!(refusal(run(&app, line).await).1, code, "{line}");
    }
    for line in ["invite", "invite --user kim --branch B1", "invite --user kim --address https://hub"] {
        assert!(parse(line).is_err(), "{line}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (csv, html) = (folder.path().join("codes.csv"), folder.path().join("codes.html"));
    let files = format!("--csv {} --qr {} --address https://hub", csv.display(), html.display());
    let answer = run(&app, &format!("invite --branch B1 {files}")).await.unwrap();
    let (text, json, _) = answer.parts();
    let code = json[0]["code"].as_str().unwrap();
    let shown = format!("{} {}", &code[..4], &code[4..]);
    assert!(!text.contains(&shown) && text.contains("whoever reads it"), "{text}");
    let csv = std::fs::read_to_string(&csv).unwrap();
    assert!(csv.starts_with("\u{feff}user,unit,name,code,holds_until\nkim,P1,김철수,"), "{csv}");
    assert!(csv.contains(&shown) && std::fs::read_to_string(&html).unwrap().contains(&shown));
    let request = sync_protocol::sign_in::PairRequest {
        code: code.to_owned(),
        device_name: "phone".to_owned(),
        user: None,
    };
    let (storage, now) = (app.hub.storage(), app.clock.now());
    let signed = app.desk.pair(storage, request, now, &mut crate::app::SystemEntropy).await.unwrap();
    assert_eq!(signed.user, "kim");
    let answer = run(&app, "invite --branch B1").await.unwrap();
    assert!(answer.parts().0.contains("Invited: 0. Passed over, because they have a device: 1"));
}

#[tokio::test]
async fn a_setup_link_is_made_until_there_is_an_administrator() {
    let app = app().await;
    let answer = run(&app, "setup-link --address https://hub.example.com/").await.unwrap();
    let link = answer.parts().1["link"].as_str().unwrap().to_owned();
    assert_eq!(link.strip_prefix("https://hub.example.com/setup#t=").unwrap().len(), 43);
    let token = link.split_once("#t=").unwrap().1;
    let (storage, now) = (app.hub.storage(), app.clock.now());
    assert!(app.desk.check_setup_link(storage, token, now).await.is_ok());
    user::Add::run_with(["kim", "hq", "nation", "a good password"], &app).await.unwrap();
    assert!(app.desk.check_setup_link(storage, token, now).await.is_err(), "whoever adds people needs none");
    let folder = tempfile::tempdir().unwrap();
    let asked = format!("--data {} setup-link", folder.path().display());
    assert_eq!(refusal(run(&app, &asked).await), (Exit::Usage, "SETUP-ADDRESS"));
    DataFolder::remember_address(folder.path(), "http://127.0.0.1:18080").unwrap();
    let answer = run(&app, &asked).await.unwrap();
    assert!(answer.parts().0.starts_with("http://127.0.0.1:18080/setup#t="), "{}", answer.parts().0);
    user::Add::run_with(["han", "admin", "nation", "a good password"], &app).await.unwrap();
    assert_eq!(refusal(run(&app, "setup-link").await), (Exit::No, "SETUP-DONE"));
}

#[tokio::test]
async fn figures_go_into_files_whole() {
    let app = app_with_org().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("june.csv");
    let figures = "figures --from today --to today --level branch";
    std::fs::write(&file, "an older one, which is longer than what comes now\n".repeat(100)).unwrap();
    let answer = run(&app, &format!("{figures} --csv {} --bom", file.display())).await.unwrap();
    assert_eq!(answer.parts().1, &serde_json::json!({"file": file.display().to_string(), "rows": 0}));
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("\u{feff}unit,name,sold,") && written.lines().count() == 1, "{written}");
    let answer = run(&app, &format!("{figures} --xlsx {} --closed", file.display())).await.unwrap();
    assert!(answer.parts().0.contains("is not closed for B1"), "{}", answer.parts().0);
    assert_eq!(&std::fs::read(&file).unwrap()[..2], b"PK");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&plain), "as readable as any file made here");
        let link = folder.path().join("link.csv");
        std::os::unix::fs::symlink(&plain, &link).unwrap();
        run(&app, &format!("{figures} --csv {}", link.display())).await.unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink(), "the link stays");
        assert!(std::fs::read_to_string(&plain).unwrap().starts_with("unit,"));
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reading = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        run(&app, &format!("{figures} --csv {}", pipe.display())).await.unwrap();
        assert!(reading.join().unwrap().starts_with("unit,"), "what is no file is written to, not replaced");
    }
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = count();
    for nowhere in [folder.path().to_owned(), folder.path().join("nowhere/june.csv"), file.join("june.csv")] {
        let refused = run(&app, &format!("{figures} --csv {}", nowhere.display())).await;
        assert_eq!(refusal(refused), (Exit::No, "FIGURES-FILE"), "{}", nowhere.display());
    }
    assert_eq!(count(), before, "nothing half-done lies about");
    for wrong in ["--csv a --xlsx b", "--bom", "--bom --xlsx a", "--csv"] {
        assert!(parse(&format!("{figures} {wrong}")).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_back_dated_sale_is_listed_approved_and_said_to_be_so() {
    let app = app_with_org().await;
    let nobody = document_model::DocumentId([9; 16]);
    assert_eq!(refusal(run(&app, &format!("approve {nobody}")).await), (Exit::No, "APPROVE-UNKNOWN"));
    assert_eq!(refusal(run(&app, "approve list --unit B9").await), (Exit::No, "APPROVE-UNIT"));
    assert_eq!(run(&app, "approve list").await.unwrap().parts().0, "No policy waits for approval.");
    let policy = document_model::DocumentId([7; 16]);
    let sold = |fields: &[(&str, document_model::FieldValue)]| crate::hub::HubWrite {
        document: policy,
        kind: document_model::Kind::Policy,
        book: document_model::BookId::of_rep(&"P1".into()),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        imported: false,
        only_new: false,
    };
    let write = async |fields: &[(&str, document_model::FieldValue)]| {
        let now = app.clock.now();
        app.hub.write("kim", &[sold(fields)], now, &mut crate::app::SystemEntropy).await.unwrap();
    };
    write(&[("product", "WL01".into()), ("premium_won", 50_000.into()), ("sale_date", "2026-07-01".into())])
        .await;
    assert_eq!(refusal(run(&app, &format!("approve {policy}")).await), (Exit::No, "APPROVE-PROBLEM"));
    write(&[("customer", document_model::FieldValue::Text(nobody.to_string()))]).await;
    let list = run(&app, "approve list --unit B1").await.unwrap();
    let (text, json, _) = list.parts();
    assert!(text.contains("2026-07-01") && text.contains("50,000") && json["waiting"] == 1, "{text}");
    assert_eq!(json["policies"][0]["recorded_on"], "2026-09-21");
    let done = run(&app, &format!("approve {policy}")).await.unwrap();
    let (text, json, _) = done.parts();
    assert!(text.starts_with("Approved: the sale of") && text.ends_with("It counts now."), "{text}");
    assert_eq!(
        (&json["already"], &json["counts"], &json["sale_date"]),
        (&false.into(), &true.into(), &"2026-07-01".into())
    );
    let again = run(&app, &format!("approve {policy}")).await.unwrap();
    let (text, json, _) = again.parts();
    assert!(text.contains("was approved before; nothing was changed") && json["already"] == true, "{text}");
    write(&[("sale_date", "2026-09-01".into())]).await;
    assert_eq!(refusal(run(&app, &format!("approve {policy}")).await), (Exit::No, "APPROVE-NOTHING"));
}

#[tokio::test]
async fn commands_are_noted_and_the_log_is_listed_and_checked() {
    let app = app_with_org().await;
    user::Add::run_with(["kim", "rep", "P1", "a good password"], &app).await.unwrap();
    run(&app, "org absent P1 --from 2026-03-02 --reason 휴직").await.unwrap();
    run(&app, "org open B7 --name 마포 --in R1 --from 2026-03-02").await.unwrap();
    run(&app, "org open B8 --name 서강 --in R1 --from 2026-03-02 --dry-run").await.unwrap();
    run(&app, "target set --unit B1 --measure net --from 2026-06-01 --to 2026-06-30 --value 7")
        .await
        .unwrap();
    run(&app, "close-day --date 2026-09-20").await.unwrap();
    run(&app, "user disable kim").await.unwrap();
    let listed = run(&app, "audit list").await.unwrap();
    let (text, json, _) = listed.parts();
    let told = |json: &serde_json::Value, of: &str| {
        let rows = json["rows"].as_array().unwrap().iter();
        rows.map(|row| row[of].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let actions = [
        "account_change",
        "day_close",
        "target_set",
        "organisation_order",
        "organisation_absence",
        "account_add",
        "import",
    ];
    assert_eq!(told(json, "action"), actions, "the newest first; a trial is no order");
    assert!(told(json, "user").iter().all(|user| user == "(command line)"), "{text}");
    assert!(!text.contains("휴직"), "why somebody is away is not in the log: {text}");
    let some = run(&app, "audit list --action account_add --text KIM").await.unwrap();
    assert_eq!(told(some.parts().1, "object"), ["kim"]);
    let first = run(&app, "audit list --limit 1").await.unwrap();
    assert_eq!((&first.parts().1["more"], first.parts().0.contains("give --limit")), (&true.into(), true));
    assert!(parse("audit list --action everything").is_err() && parse("audit list --limit 0").is_err());
    let whole = run(&app, "audit check").await.unwrap();
    assert_eq!((whole.parts().0, whole.parts().2), ("The audit log is whole: 7 rows.", None));
    app.hub.storage().tamper(|rows| drop(rows.remove(1)));
    let answer = run(&app, "audit check").await.unwrap();
    let (text, json, no) = answer.parts();
    assert_eq!(no.map(|no| (no.exit, no.code)), Some((Exit::No, "AUDIT-DIFFERS")));
    assert_eq!((&json["first_wrong"], text.contains("from row 2 on")), (&2.into(), true));
}

#[tokio::test]
async fn the_last_administrators_account_is_not_closed() {
    let app = app_with_org().await;
    for name in ["ada", "bob"] {
        user::Add::run_with([name, "admin", "nation", "a good password"], &app).await.unwrap();
    }
    run(&app, "user disable ada").await.unwrap();
    assert_eq!(refusal(run(&app, "user disable bob").await), (Exit::No, "LAST-ADMIN"));
    assert_eq!(app.hub.storage().account("bob").await.unwrap().map(|bob| bob.disabled), Some(false));
}
