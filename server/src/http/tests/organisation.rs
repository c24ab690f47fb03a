//! Who asks and where they stand, for every role.

use super::*;
use crate::storage::conformance::Furnish;

/// Who works in [`World::wider`], by role: the rep, the manager of that branch, of another one, headquarters, the
/// administrator.
pub(super) const EVERYBODY: [&str; 5] = ["kim", "mo", "yun", "han", "ada"];

impl<S: Storage> World<S> {
    /// Besides: region R2 with branch B2, which yun runs, and its rep P3; ada runs the system.
    pub(super) async fn wider(&self) {
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: format!("Unit {code}"),
            parent: parent.into(),
            successor: None,
        };
        let units = vec![
            span("R2", Level::Region, NATION),
            span("B2", Level::Branch, "R2"),
            span("P3", Level::Rep, "B2"),
        ];
        let storage = self.app.hub.storage();
        assert!(storage.put_units(units).await.unwrap());
        let rep = UnitCode::from("P3");
        storage.create_books(vec![(BookId::of_rep(&rep), rep.0.clone(), Some(rep))]).await.unwrap();
        let hash = self.app.desk.passwords.hash(PASSWORD.to_owned(), [1; 16]).await.unwrap();
        for (name, role, unit) in [("yun", Role::Manager, "B2"), ("ada", Role::Admin, NATION)] {
            let (name, unit, password_hash) = (name.to_owned(), unit.into(), hash.clone());
            let account = Account { name, role, unit, password_hash, disabled: false };
            assert!(storage.add_account(account).await.unwrap());
        }
    }

    pub(super) async fn token(&self, user: &str) -> String {
        self.signed_in(user).await.access_token
    }
}

/// A hub with both branches, and the tokens of everybody.
pub(super) async fn wide() -> (World, [String; 5]) {
    let world = World::new().await;
    world.wider().await;
    let mut tokens = EVERYBODY.map(str::to_owned);
    for token in &mut tokens {
        *token = world.token(token).await;
    }
    (world, tokens)
}

#[tokio::test]
async fn everybody_is_told_who_they_are() {
    let (world, tokens) = wide().await;
    let expected = [
        ("kim", "rep", "P1", "Unit P1", "rep"),
        ("mo", "manager", "B1", "Unit B1", "branch"),
        ("yun", "manager", "B2", "Unit B2", "branch"),
        ("han", "hq", "nation", "Nation", "nation"),
        ("ada", "admin", "nation", "Nation", "nation"),
    ];
    for (token, (user, role, unit, unit_name, level)) in tokens.iter().zip(expected) {
        let told = world.get(token, "/api/v1/me").await;
        let me = serde_json::json!({
            "user": user, "role": role, "unit": unit, "unit_name": unit_name, "level": level,
            "company": null, "language": null, "zone": "Asia/Seoul", "today": "2026-09-21", "now_ms": NOW.0,
        });
        assert_eq!((told.status.as_u16(), told.json()), (200, me));
    }
    assert_eq!(world.get("nobody", "/api/v1/me").await.problem(), "SYNC-SIGN-IN");
}

fn codes(told: &Value, of: &str) -> Vec<String> {
    told[of].as_array().unwrap().iter().map(|one| one["unit"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn everybody_sees_the_organisation_from_the_own_unit_down() {
    let (world, tokens) = wide().await;
    let expected: [(&[&str], &[&str]); 5] = [
        (&["P1"], &["P1"]),
        (&["B1"], &["P1", "P2"]),
        (&["B2"], &["P3"]),
        (&["nation"], &["R1", "R2"]),
        (&["nation"], &["R1", "R2"]),
    ];
    for (token, (path, units)) in tokens.iter().zip(expected) {
        let told = world.get(token, "/api/v1/organisation").await.json();
        assert_eq!((codes(&told, "path"), codes(&told, "units")), (strings(path), strings(units)), "{told}");
    }
    let seen: [(&str, [bool; 5]); 7] = [
        ("nation", [false, false, false, true, true]),
        ("R1", [false, false, false, true, true]),
        ("B1", [false, true, false, true, true]),
        ("B2", [false, false, true, true, true]),
        ("P1", [true, true, false, true, true]),
        ("P3", [false, false, true, true, true]),
        ("B9", [false; 5]),
    ];
    for (unit, may) in seen {
        for (token, may) in tokens.iter().zip(may) {
            let told = world.get(token, &format!("/api/v1/organisation?unit={unit}")).await;
            if may {
                assert_eq!((told.status.as_u16(), told.json()["unit"].as_str()), (200, Some(unit)));
            } else {
                assert_eq!(told.problem(), "SYNC-NOT-ALLOWED", "{unit}");
            }
        }
    }
    let rep = world.get(&tokens[1], "/api/v1/organisation?unit=P2").await.json();
    assert_eq!((codes(&rep, "path"), codes(&rep, "units")), (strings(&["B1", "P2"]), strings(&["P2"])));
    let whole = world.get(&tokens[3], "/api/v1/organisation?unit=P2&level=rep").await.json();
    assert_eq!(codes(&whole, "path"), strings(&["nation", "R1", "B1", "P2"]));
    let below = serde_json::json!({
        "unit": "P2", "name": "Unit P2", "level": "rep", "parent": "B1", "from": null, "to": null,
    });
    assert_eq!(whole["units"], serde_json::json!([below]));
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|&one| one.to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_every_unit_once() {
    let (world, tokens) = wide().await;
    let reps = "/api/v1/organisation?unit=nation&level=rep";
    for limit in 1..=4 {
        let (mut found, mut rest) = (Vec::new(), String::new());
        loop {
            let told = world.get(&tokens[3], &format!("{reps}&limit={limit}{rest}")).await.json();
            found.extend(codes(&told, "units"));
            assert!(found.len() <= 3, "a unit comes twice");
            let Some(next) = told["next"].as_str() else { break };
            rest = format!("&after={next}");
        }
        assert_eq!(found, ["P1", "P2", "P3"], "{limit}");
    }
    for rest in ["&limit=0", "&limit=1001", "&level=town", "&on=someday", "&level=region&unit=B1", "&by=day"]
    {
        let told = world.get(&tokens[3], &format!("/api/v1/organisation?limit=5{rest}")).await;
        assert_eq!(told.problem(), "API-QUESTION", "{rest}");
    }
}

#[tokio::test]
async fn units_are_where_they_were_that_day() {
    let (world, tokens) = wide().await;
    let moved = |from: Option<&str>, to: Option<&str>, parent: &str| UnitSpan {
        code: "P2".into(),
        from: from.and_then(document_model::parse_date),
        to: to.and_then(document_model::parse_date),
        level: Level::Rep,
        name: "Unit P2".to_owned(),
        parent: parent.into(),
        successor: None,
    };
    let spans =
        vec![moved(None, Some("2026-08-31"), "B1"), moved(Some("2026-09-01"), Some("2026-09-30"), "B2")];
    assert!(world.app.hub.storage().put_units(spans).await.unwrap());
    let ask = async |rest: &str| world.get(&tokens[3], &format!("/api/v1/organisation?{rest}")).await.json();
    assert_eq!(codes(&ask("unit=B1&on=2026-08-31").await, "units"), ["P1", "P2"]);
    let after = ask("unit=B2&on=2026-09-01").await;
    assert_eq!(codes(&after, "units"), ["P2", "P3"]);
    assert_eq!(
        (&after["on"], &after["units"][0]["from"], &after["units"][0]["to"]),
        (&"2026-09-01".into(), &"2026-09-01".into(), &"2026-09-30".into())
    );
    assert_eq!(codes(&ask("unit=P2&on=2026-08-31").await, "path"), ["nation", "R1", "B1", "P2"]);
    let gone = ask("unit=P2&on=2026-10-01").await;
    assert_eq!(
        (codes(&gone, "path"), codes(&gone, "units")),
        (strings(&["nation", "R2", "B2", "P2"]), vec![])
    );
    assert_eq!(codes(&ask("unit=R1&level=rep&on=2026-09-01").await, "units"), ["P1"]);
}
