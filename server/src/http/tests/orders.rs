//! Exceptions and approvals: what headquarters orders, and who may see that it did.

use super::organisation::wide;
use super::*;

async fn post(world: &World, token: &str, path: &str, body: Value) -> Told {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(body.to_string().into()).unwrap()).await
}

const EXCEPTIONS: &str = "/api/v1/exceptions";
const CLOSE: &str = "/api/v1/exceptions/close";
const APPROVALS: &str = "/api/v1/approvals";

fn opening(until: &str) -> Value {
    serde_json::json!({"unit": "B1", "date": "today", "user": "kim", "until": until, "reason": "a flat battery"})
}

#[tokio::test]
async fn headquarters_opens_and_ends_exceptions() {
    let (world, [kim, mo, yun, han, ada]) = wide().await;
    let tomorrow = opening("2026-09-22T18:00");
    for token in [&kim, &mo, &yun] {
        assert_eq!(post(&world, token, EXCEPTIONS, tomorrow.clone()).await.problem(), "SYNC-NOT-ALLOWED");
        assert_eq!(
            post(&world, token, CLOSE, serde_json::json!({"id": 1})).await.problem(),
            "SYNC-NOT-ALLOWED"
        );
    }
    assert_eq!(
        post(&world, &han, EXCEPTIONS, tomorrow.clone()).await.problem(),
        "API-QUESTION",
        "not closed yet"
    );
    let closed = post(&world, &han, "/api/v1/closings", serde_json::json!({"date": "today"})).await;
    assert_eq!(closed.status, 200);
    let opened = post(&world, &han, EXCEPTIONS, tomorrow.clone()).await.json();
    assert_eq!(
        (&opened["id"], &opened["state"], &opened["opened_by"], &opened["reason"]),
        (&1.into(), &"open".into(), &"han".into(), &"a flat battery".into())
    );
    for wrong in [tomorrow.clone(), opening("2026-09-20T18:00"), opening("2026-12-31T18:00"), opening("soon")]
    {
        assert_eq!(post(&world, &ada, EXCEPTIONS, wrong.clone()).await.problem(), "API-QUESTION", "{wrong}");
    }
    let mut stranger = tomorrow;
    stranger["of"] = "B2".into();
    assert_eq!(post(&world, &ada, EXCEPTIONS, stranger).await.problem(), "SYNC-MALFORMED");
    let listed = async |token: &str, rest: &str| {
        let told = world.get(token, &format!("{EXCEPTIONS}{rest}")).await;
        assert_eq!(told.status, 200, "{:?}", told.body);
        told.json().as_array().unwrap().len()
    };
    for (token, sees) in [(&kim, 0), (&mo, 1), (&yun, 0), (&han, 1), (&ada, 1)] {
        assert_eq!(listed(token, "").await, sees);
    }
    world.sell("P1", "WL01", 1).await;
    let ended = post(&world, &ada, CLOSE, serde_json::json!({"id": 1})).await.json();
    assert_eq!((&ended["ended_by"], &ended["stamp"]), (&"ada".into(), &2.into()), "{ended}");
    assert_eq!(ended["stamps"].as_array().unwrap().len(), 3, "the branch, its region, the nation");
    assert_eq!((listed(&han, "?open=true").await, listed(&han, "").await), (0, 1));
    for id in [1, 2] {
        assert_eq!(post(&world, &han, CLOSE, serde_json::json!({"id": id})).await.problem(), "API-QUESTION");
    }
    assert_eq!(world.get("nobody", EXCEPTIONS).await.problem(), "SYNC-SIGN-IN");
}

#[tokio::test]
async fn headquarters_approves_days_of_sale() {
    let (world, [kim, mo, yun, han, ada]) = wide().await;
    let policy = world.policy("P1", "WL01", 1).await;
    let sale_date = ("sale_date".to_owned(), FieldValue::from("2026-06-01"));
    let fields =
        policy.fields.iter().filter(|(name, _)| name != "sale_date").cloned().chain([sale_date]).collect();
    let (id, late) = (policy.document, HubWrite { fields, imported: false, ..policy });
    world.app.hub.write("kim", &[late], NOW, &mut SystemEntropy).await.unwrap();
    for (token, sees) in [(&kim, 1), (&mo, 1), (&yun, 0), (&han, 1), (&ada, 1)] {
        let told = world.get(token, APPROVALS).await.json();
        assert_eq!(
            (&told["waiting"], told["policies"].as_array().unwrap().len()),
            (&sees.into(), sees),
            "{told}"
        );
    }
    assert_eq!(world.get(&mo, &format!("{APPROVALS}?unit=B2")).await.problem(), "SYNC-NOT-ALLOWED");
    assert_eq!(world.get(&han, &format!("{APPROVALS}?unit=B9")).await.problem(), "SYNC-NOT-ALLOWED");
    let approval = serde_json::json!({"policy": id.to_string()});
    for token in [&kim, &mo, &yun] {
        assert_eq!(post(&world, token, APPROVALS, approval.clone()).await.problem(), "SYNC-NOT-ALLOWED");
    }
    let told = post(&world, &han, APPROVALS, approval.clone()).await.json();
    assert_eq!(
        (&told["already"], &told["counts"], &told["rep"]),
        (&false.into(), &true.into(), &"P1".into())
    );
    let again = post(&world, &ada, APPROVALS, approval).await.json();
    assert_eq!((&again["already"], &again["counts"]), (&true.into(), &true.into()));
    assert_eq!(world.get(&han, APPROVALS).await.json()["waiting"], 0);
    let figures = "/api/v1/figures?from=2026-06-01&to=2026-06-01&unit=P1";
    assert_eq!(world.get(&han, figures).await.json()["total"]["sold"], 1);
    let unknown = serde_json::json!({"policy": DocumentId([9; 16]).to_string()});
    assert_eq!(post(&world, &han, APPROVALS, unknown).await.problem(), "API-QUESTION");
    assert_eq!(
        post(&world, &han, APPROVALS, serde_json::json!({"policy": "x"})).await.problem(),
        "SYNC-MALFORMED"
    );
}
