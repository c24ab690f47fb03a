//! Targets as people's programs see them.

use document_model::parse_date;

use super::*;
use crate::organisation::{Target, TargetLine, TargetMeasure};
use crate::storage::conformance::Furnish;

const TODAY: &str = "/api/v1/targets?from=today&to=today";

/// Targets of B1, of P1 and of P2 for the day it is, a Monday.
pub(super) async fn set(world: &World) {
    let today = parse_date("2026-09-21").unwrap();
    let target = |unit: &str, of: Option<&str>, value| {
        let product_type = of.map(str::to_owned);
        let line = TargetLine { unit: unit.into(), product_type, measure: TargetMeasure::Net };
        Target::new(line, today, today, value)
    };
    let targets = [target("B1", None, 4), target("P1", Some("life"), 2), target("P2", Some("life"), 0)];
    world.app.hub.storage().put_targets(targets.into()).await.unwrap();
}

#[tokio::test]
async fn targets_are_for_those_who_may_see_the_unit() {
    let world = World::new().await;
    set(&world).await;
    world.sell("P1", "WL01", 1).await;
    world.sell("P1", "TL01", 2).await;
    let (kim, mo) = (world.signed_in("kim").await.access_token, world.signed_in("mo").await.access_token);
    let own = world.get(&kim, TODAY).await.json();
    let row = serde_json::json!({
        "unit": "P1", "name": "Unit P1", "type": "life", "measure": "net", "target": 2, "actual": 1,
        "attainment_percent": 50.0, "rank": 1, "missing": 1,
    });
    assert_eq!((&own["level"], &own["rows"]), (&"rep".into(), &serde_json::json!([row])));
    let branch = world.get(&mo, TODAY).await.json();
    assert_eq!((&branch["rows"][0]["unit"], &branch["rows"][0]["actual"]), (&"B1".into(), &2.into()));
    let reps = world.get(&mo, &format!("{TODAY}&level=rep")).await.json();
    assert_eq!(reps["rows"].as_array().unwrap().len(), 2);
    assert!(reps["rows"][1]["rank"].is_null() && reps["rows"][1]["attainment_percent"].is_null(), "{reps}");
    for (token, rest) in [(&kim, "&unit=B1"), (&kim, "&unit=P2"), (&mo, "&unit=nation"), (&mo, "&unit=B9")] {
        assert_eq!(world.get(token, &format!("{TODAY}{rest}")).await.problem(), "SYNC-NOT-ALLOWED", "{rest}");
    }
    for rest in ["&level=town", "&level=region", "&by=day"] {
        assert_eq!(world.get(&mo, &format!("{TODAY}{rest}")).await.problem(), "API-QUESTION", "{rest}");
    }
    assert_eq!(world.get("nobody", TODAY).await.problem(), "SYNC-SIGN-IN");
    let tag = world.get(&mo, TODAY).await.header("etag").to_owned();
    assert_eq!(world.get_unless(&mo, TODAY, &tag).await.status, 304);
    world.sell("P2", "WL01", 3).await;
    assert_eq!(world.get_unless(&mo, TODAY, &tag).await.status, 200);
}
