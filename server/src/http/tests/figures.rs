//! Figures as files and in pages, and answers that are not sent again.

use super::*;
use crate::http::files::OPEN_AT_ONCE;

const TODAY: &str = "/api/v1/figures?from=today&to=today";

/// A hub where P1 sold two products and P2 one, and who asks there.
async fn sold() -> (World, String) {
    let world = World::new().await;
    for (number, (rep, product)) in
        (0..).zip([("P1", "TL01"), ("P1", "WL01"), ("P1", "WL01"), ("P2", "WL01")])
    {
        world.sell(rep, product, number).await;
    }
    let token = world.signed_in("mo").await.access_token;
    (world, token)
}

#[tokio::test]
async fn figures_come_as_csv_and_as_a_workbook() {
    let (world, token) = sold().await;
    let ask = async |rest: &str| world.get(&token, &format!("{TODAY}&level=rep&by=product{rest}")).await;
    let json = ask("").await.json();
    let csv = ask("&format=csv").await;
    assert_eq!((csv.status.as_u16(), csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let day = json["from"].as_str().unwrap();
    let named = format!("attachment; filename=\"figures-{day}-{day}-B1-rep.csv\"");
    assert_eq!(csv.header("content-disposition"), named);
    assert_eq!(csv.header("content-length"), csv.body.len().to_string());
    let mut lines = ::csv::Reader::from_reader(&csv.body[..]);
    let names = lines.headers().unwrap().clone();
    let rows: Vec<_> = lines.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    for (row, told) in rows.iter().zip(json["rows"].as_array().unwrap()) {
        for (name, field) in names.iter().zip(row) {
            let told = match &told[name] {
                serde_json::Value::Null => String::new(),
                told => told.as_str().map_or_else(|| told.to_string(), str::to_owned),
            };
            assert_eq!(told, field, "{name}");
        }
    }
    let marked = ask("&format=csv&bom=true").await;
    assert_eq!(&marked.body[..3], b"\xef\xbb\xbf");
    assert_eq!(marked.body[3..], csv.body);
    let xlsx = ask("&format=xlsx").await;
    assert_eq!(
        xlsx.header("content-type"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    assert!(xlsx.header("content-disposition").ends_with("-rep.xlsx\""));
    assert_eq!((&xlsx.body[..2], xlsx.header("x-content-type-options")), (&b"PK"[..], "nosniff"));
}

#[tokio::test]
async fn answers_are_compressed_for_who_takes_it_and_events_are_not() {
    let (world, token) = sold().await;
    let ask = async |path: &str| {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        world
            .router
            .clone()
            .oneshot(request.header("accept-encoding", "zstd").body(Body::empty()).unwrap())
            .await
    };
    let path = format!("{TODAY}&level=rep&by=product");
    let answer = ask(&path).await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "zstd");
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(zstd::decode_all(&body[..]).unwrap(), world.get(&token, &path).await.body);
    let live = ask("/api/v1/figures/live?from=today&to=today").await.unwrap();
    assert_eq!((live.status().as_u16(), live.headers().get("content-encoding")), (200, None));
}

#[tokio::test]
async fn files_are_for_those_who_may_see_the_figures() {
    let (world, _) = sold().await;
    let kim = world.signed_in("kim").await.access_token;
    for format in ["csv", "xlsx"] {
        for unit in ["P2", "B1", "nowhere"] {
            let told = world.get(&kim, &format!("{TODAY}&unit={unit}&format={format}")).await;
            assert_eq!(told.problem(), "SYNC-NOT-ALLOWED", "{unit}");
        }
        let told = world.get(&kim, &format!("{TODAY}&format={format}")).await;
        assert_eq!(told.status, 200);
        assert!(!told.body.windows(2).any(|two| two == b"P2"), "nothing of others");
        assert_eq!(world.get("nobody", &format!("{TODAY}&format={format}")).await.problem(), "SYNC-SIGN-IN");
    }
    for rest in [
        "&format=pdf",
        "&format=csv&limit=5",
        "&bom=true",
        "&bom=perhaps&format=csv",
        "&format=csv&format=csv",
    ] {
        assert_eq!(world.get(&kim, &format!("{TODAY}{rest}")).await.problem(), "API-QUESTION", "{rest}");
    }
}

#[tokio::test]
async fn pages_hold_every_row_once_and_the_total_of_all() {
    let (world, token) = sold().await;
    let ask = async |rest: &str| world.get(&token, &format!("{TODAY}&level=rep&by=product{rest}")).await;
    let whole = ask("").await.json();
    assert!(whole["next"].is_null() && whole["rows"].as_array().unwrap().len() == 3, "{whole}");
    for limit in 1..=4 {
        let (mut rows, mut rest) = (Vec::new(), format!("&limit={limit}"));
        loop {
            let mut page = ask(&rest).await.json();
            assert_eq!((&page["total"], &page["total"]["sold"]), (&whole["total"], &4.into()));
            rows.append(page["rows"].as_array_mut().unwrap());
            assert!(rows.len() <= 3, "a row comes twice");
            let Some(next) = page["next"].as_str() else { break };
            rest = format!("&limit={limit}&after={next}");
        }
        assert_eq!(&rows, whole["rows"].as_array().unwrap(), "{limit}");
    }
    for rest in
        ["&limit=0", "&limit=1001", "&limit=-1", "&limit=many", "&after=B1", "&after=", "&limit=1&limit=2"]
    {
        assert_eq!(ask(rest).await.problem(), "API-QUESTION", "{rest}");
    }
}

#[tokio::test]
async fn an_answer_that_is_held_is_not_sent_again() {
    let (world, token) = sold().await;
    let paths = [
        format!("{TODAY}&level=rep"),
        format!("{TODAY}&level=rep&limit=1"),
        format!("{TODAY}&level=rep&format=csv"),
        format!("{TODAY}&level=rep&format=csv&bom=true"),
        format!("{TODAY}&level=rep&format=xlsx"),
        "/api/v1/closings?from=today&to=today".to_owned(),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        let told = world.get(&token, path).await;
        let tag = told.header("etag").to_owned();
        assert_eq!(
            (told.status.as_u16(), told.header("cache-control")),
            (200, "private, no-cache"),
            "{path}"
        );
        let held = world.get_unless(&token, path, &format!("\"other\", {tag}")).await;
        assert_eq!((held.status.as_u16(), held.body.len(), held.header("etag")), (304, 0, &*tag), "{path}");
        assert_eq!(held.header("content-disposition"), "", "{path}");
        assert_eq!(world.get_unless(&token, path, "\"other\"").await.status, 200, "{path}");
        let stranger = world.get_unless("nobody", path, &tag).await;
        assert_eq!(stranger.problem(), "SYNC-SIGN-IN", "a tag opens nothing");
        assert!(!tags.contains(&tag), "{path} has a tag of its own");
        tags.push(tag);
    }
    assert!(!tags[0].starts_with("W/") && tags[4].starts_with("W/"), "{tags:?}");
    world.sell("P1", "CI01", 9).await;
    let closed = Request::post("/api/v1/closings").header(AUTHORIZATION, format!("Bearer {token}"));
    let closed = closed.header(CONTENT_TYPE, "application/json");
    let closed = world.send(closed.body(r#"{"date":"today","unit":"B1"}"#.into()).unwrap()).await;
    assert_eq!(closed.status, 200, "{:?}", closed.body);
    for (path, tag) in paths.iter().zip(&tags) {
        let told = world.get_unless(&token, path, tag).await;
        assert_eq!(told.status, 200, "{path}: what came since is told");
        assert_ne!(told.header("etag"), tag, "{path}");
    }
}

#[tokio::test]
async fn files_on_their_way_have_their_number() {
    let (world, token) = sold().await;
    let open = async |format: &str| {
        let request = Request::get(format!("{TODAY}&format={format}"));
        let request = request.header(AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
        world.router.clone().oneshot(request).await.unwrap()
    };
    let mut on_their_way = Vec::new();
    for _ in 0..OPEN_AT_ONCE {
        let response = open("csv").await;
        assert_eq!(response.status(), 200);
        on_their_way.push(response);
    }
    assert_eq!(Told::of(open("xlsx").await).await.problem(), "SYNC-BUSY");
    assert_eq!(open("json").await.status(), 200, "answers that are no files go on");
    drop(on_their_way.pop());
    assert_eq!(open("xlsx").await.status(), 200, "a reader that went away made room");
}
