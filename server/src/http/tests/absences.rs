//! Who is away: who sees it, and who says it.

use super::organisation::wide;
use super::*;
use crate::storage::AuditStorage;

const ABSENCES: &str = "/api/v1/absences";

async fn note(world: &World, token: &str, body: Value) -> Told {
    let request = Request::post(ABSENCES).header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(body.to_string().into()).unwrap()).await
}

fn away(rep: &str, from: &str, to: Option<&str>) -> Value {
    serde_json::json!({"rep": rep, "absent": {"from": from, "to": to, "reason": "요양"}})
}

#[tokio::test]
async fn absences_are_noted_by_administrators_on_what_they_saw() {
    let (world, [kim, mo, yun, han, ada]) = wide().await;
    for token in [&kim, &mo, &yun, &han] {
        assert_eq!(note(&world, token, away("P1", "2026-07-01", None)).await.problem(), "SYNC-NOT-ALLOWED");
    }
    let told = note(&world, &ada, away("P1", "2026-07-01", Some("2026-07-31"))).await;
    assert_eq!(told.status, 200, "{:?}", told.body);
    let first = told.json();
    assert_eq!((&first["name"], &first["absences"][0]["reason"]), (&"Unit P1".into(), &"요양".into()));
    let specification = specification::specification(&world).await;
    let of = |method: &str| {
        let answers = &specification["paths"][ABSENCES][method]["responses"];
        answers["200"]["content"]["application/json"]["schema"].clone()
    };
    specification::compare(&specification, &of("post"), &first, "noted");
    let listed = world.get(&ada, &format!("{ABSENCES}?unit=nation")).await.json();
    specification::compare(&specification, &of("get"), &listed, "listed");
    assert_eq!(listed["rows"][0]["version"], first["version"]);
    // Somebody decides on what is there no more.
    let mut second = away("P1", "2026-08-03", None);
    second["version"] = "0".repeat(32).into();
    let told = note(&world, &ada, second.clone()).await;
    assert_eq!((told.problem(), told.status.as_u16()), ("CHANGED-MEANWHILE".to_owned(), 409));
    second["version"] = first["version"].clone();
    assert_eq!(note(&world, &ada, second.clone()).await.json()["absences"].as_array().unwrap().len(), 2);
    assert_eq!(note(&world, &ada, second).await.problem(), "CHANGED-MEANWHILE", "it was done");
    let back = serde_json::json!({"rep": "P1", "back": "2026-08-10"});
    let told = note(&world, &ada, back).await.json();
    assert_eq!(told["absences"][1]["to"], "2026-08-09");
    for (body, code) in [
        (away("P9", "today", None), "ORG-UNKNOWN"),
        (away("B1", "today", None), "ORG-LEVEL"),
        (away("P1", "2026-07-31", None), "ORG-ABSENCE"),
        (away("P1", "someday", None), "API-QUESTION"),
        (serde_json::json!({"rep": "P2", "back": "today"}), "ORG-ABSENCE"),
        (serde_json::json!({"rep": "P1"}), "API-QUESTION"),
        (
            serde_json::json!({"rep": "P1", "back": "today", "absent": {"from": "today", "reason": "x"}}),
            "API-QUESTION",
        ),
        (serde_json::json!({"rep": "P1", "gone": "today"}), "SYNC-MALFORMED"),
    ] {
        let told = note(&world, &ada, body.clone()).await;
        assert_eq!((told.problem(), told.status.as_u16()), (code.to_owned(), 400), "{body}");
    }
    let rows = world.app.hub.storage().audit_after(0, 1_000).await.unwrap();
    let noted: Vec<_> = rows.iter().filter(|row| row.fact.action == "organisation_absence").collect();
    assert_eq!(noted.len(), 3);
    assert!(!format!("{noted:?}").contains("요양"), "why is nobody's business who reads the log");
}

#[tokio::test]
async fn absences_are_seen_by_those_who_see_the_figures_and_reasons_by_administrators() {
    let (world, [kim, mo, yun, han, ada]) = wide().await;
    for (rep, from) in [("P1", "today"), ("P2", "2026-01-05"), ("P3", "2026-01-05")] {
        assert_eq!(note(&world, &ada, away(rep, from, None)).await.status, 200);
    }
    assert_eq!(note(&world, &ada, serde_json::json!({"rep": "P2", "back": "2026-01-09"})).await.status, 200);
    let reps = async |token: &str, rest: &str| {
        let told = world.get(token, &format!("{ABSENCES}?{rest}")).await.json();
        let rows = told["rows"].as_array().unwrap().iter();
        assert!(rows.clone().all(|row| row["absences"][0]["reason"].is_string() == (token == ada)), "{told}");
        rows.map(|row| row["rep"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reps(&kim, "").await, ["P1"], "the rep's own");
    assert_eq!(reps(&mo, "").await, ["P1", "P2"], "those of the branch");
    assert_eq!(reps(&mo, "on=today").await, ["P1"]);
    assert_eq!(reps(&yun, "unit=P3").await, ["P3"]);
    assert_eq!(reps(&han, "on=2026-01-08").await, ["P2", "P3"]);
    assert_eq!(reps(&ada, "limit=1&after=P1").await, ["P2"]);
    for (token, rest) in [(&kim, "unit=P2"), (&kim, "unit=B1"), (&mo, "unit=B2"), (&yun, "unit=nation")] {
        assert_eq!(
            world.get(token, &format!("{ABSENCES}?{rest}")).await.problem(),
            "SYNC-NOT-ALLOWED",
            "{rest}"
        );
    }
    let unknown = world.get(&ada, &format!("{ABSENCES}?unit=P9")).await;
    assert_eq!(unknown.problem(), "SYNC-NOT-ALLOWED", "what nobody knows looks like what one may not know");
    assert_eq!(world.get(&ada, &format!("{ABSENCES}?on=never")).await.problem(), "API-QUESTION");
    assert_eq!(world.get("nobody", ABSENCES).await.problem(), "SYNC-SIGN-IN");
}
