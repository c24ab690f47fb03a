//! The specification says what the routes are and what they answer, and the page that shows it asks nobody else.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;

use super::*;
use crate::http::router::api;
use crate::http::spec::{DOCS_PATH, PATH};

/// Methods a route may have.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The specification as anybody gets it.
pub(super) async fn specification(world: &World) -> Value {
    let told = world.get("nobody", PATH).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, "application/json"));
    told.json()
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let told = specification(&World::new().await).await;
    let paths = told["paths"].as_object().unwrap().values();
    let names = paths.flat_map(|methods| methods.as_object().unwrap().values());
    let names: Vec<_> = names.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

/// All that is named by a `$ref`, wherever it stands.
fn named(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(named)).collect()
        }
        Value::Array(items) => items.iter().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_schema_that_is_named_is_there() {
    let told = specification(&World::new().await).await;
    let named = named(&told);
    assert!(named.len() > 100, "{named:?}");
    let absent: Vec<_> = named.into_iter().filter(|name| told.pointer(&name[1..]).is_none()).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

/// What a `$ref` stands for.
fn resolved<'a>(specification: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => {
            resolved(specification, specification.pointer(&name[1..]).expect("a schema that is there"))
        }
        None => schema,
    }
}

/// The fields of an object, and those that are always there; those of all its parts.
fn fields<'a>(
    specification: &'a Value,
    schema: &'a Value,
) -> (BTreeMap<&'a str, &'a Value>, BTreeSet<&'a str>) {
    let schema = resolved(specification, schema);
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut all: BTreeMap<_, _> = own.map(|(name, schema)| (name.as_str(), schema)).collect();
    let mut always: BTreeSet<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, always_more) = fields(specification, part);
        all.extend(more);
        always.extend(always_more);
    }
    (all, always)
}

/// Holds a value against its schema: the fields, no more and none missing, and what they hold.
pub(super) fn compare(specification: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolved(specification, schema);
    if let Some(either) = schema["oneOf"].as_array() {
        let of_null = |schema: &&Value| schema["type"] == "null";
        let schema = either.iter().find(|schema| of_null(schema) == value.is_null()).expect(at);
        return compare(specification, schema, value, at);
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        only => only.as_str().into_iter().collect(),
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_whole = schema["allOf"].is_array() && found == "object";
    assert!(types.contains(&found) || is_whole, "{at} is {found}, not {types:?}");
    if let Value::Array(items) = value {
        for item in items {
            compare(specification, &schema["items"], item, &format!("{at}[]"));
        }
    }
    if let Value::Object(found) = value {
        let (all, always) = fields(specification, schema);
        let missing: Vec<_> = always.iter().filter(|name| !found.contains_key(**name)).collect();
        assert!(missing.is_empty(), "{at} lacks {missing:?}");
        for (name, value) in found {
            let schema =
                all.get(name.as_str()).unwrap_or_else(|| panic!("{at}.{name} is not in the specification"));
            compare(specification, schema, value, &format!("{at}.{name}"));
        }
    }
    if let (Some(words), Value::String(word)) = (schema["enum"].as_array(), value) {
        assert!(words.iter().any(|known| known == word), "{at}: {word}");
    }
}

#[tokio::test]
async fn every_route_is_in_the_specification_and_no_other() {
    let world = World::new().await;
    let specification = specification(&world).await;
    let mut routes = BTreeSet::new();
    for (path, _) in api::<MemoryStorage, InlineGate>() {
        for method in METHODS {
            let request = Request::builder().method(method.clone()).uri(path).body(Body::empty()).unwrap();
            if world.send(request).await.status != StatusCode::METHOD_NOT_ALLOWED {
                routes.insert((path.to_owned(), method.as_str().to_lowercase()));
            }
        }
    }
    let described = specification["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |method| (path.clone(), method.clone()))
    });
    let described: BTreeSet<_> = described.collect();
    assert_eq!(described, routes);
    for (path, method) in &routes {
        let operation = &specification["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path} says what it is for");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path}: {} says what it means", parameter["name"]);
        }
    }
}

#[tokio::test]
async fn answers_are_as_the_specification_says() {
    let world = World::new().await;
    let specification = specification(&world).await;
    let token = world.signed_in("han").await.access_token;
    let answer = |path: &str, method: &str, status: &str, form: &str| {
        let responses = &specification["paths"][path][method]["responses"];
        responses[status]["content"][form]["schema"].clone()
    };
    let figures = answer("/api/v1/figures", "get", "200", "application/json");
    world.sell("P1", "WL01", 1).await;
    world.sell("P2", "TL01", 2).await;
    for rest in ["", "&closed=true", "&by=product&level=rep&limit=1", "&by=day", "&as_of=2026-06-01T18:00"] {
        let told =
            world.get(&token, &format!("/api/v1/figures?from=yesterday&to=today&unit=nation{rest}")).await;
        assert_eq!(told.status, 200, "{rest}: {:?}", told.body);
        compare(&specification, &figures, &told.json(), rest);
    }
    let close = Request::post("/api/v1/closings").header(AUTHORIZATION, format!("Bearer {token}"));
    let close = close.header(CONTENT_TYPE, "application/json").body(r#"{"date":"today"}"#.into()).unwrap();
    let closed = world.send(close).await.json();
    assert!(!closed.as_array().unwrap().is_empty());
    compare(
        &specification,
        &answer("/api/v1/closings", "post", "200", "application/json"),
        &closed,
        "closed",
    );
    let listed = world.get(&token, "/api/v1/closings?from=today&to=today").await.json();
    assert!(!listed.as_array().unwrap().is_empty());
    compare(&specification, &answer("/api/v1/closings", "get", "200", "application/json"), &listed, "listed");
    world.sell("P1", "CI01", 3).await;
    let explained =
        world.get(&token, "/api/v1/explain?unit=nation&date=today&between=closed,now").await.json();
    assert_eq!(explained["entries"].as_array().unwrap().len(), 1, "{explained}");
    compare(
        &specification,
        &answer("/api/v1/explain", "get", "200", "application/json"),
        &explained,
        "explained",
    );
    targets::set(&world).await;
    let targets = answer("/api/v1/targets", "get", "200", "application/json");
    for level in ["branch", "rep"] {
        let told = world.get(&token, &format!("/api/v1/targets?from=today&to=today&level={level}")).await;
        assert!(!told.json()["rows"].as_array().unwrap().is_empty(), "{level}: {:?}", told.body);
        compare(&specification, &targets, &told.json(), level);
    }
    more_answers(&world, &specification, &token).await;
    let refused = world.get(&token, "/api/v1/figures?from=never&to=today").await.json();
    let problem = answer("/api/v1/figures", "get", "4XX", "application/problem+json");
    compare(&specification, &problem, &refused, "refused");
}

/// What the console asks besides.
async fn more_answers(world: &World, specification: &Value, token: &str) {
    let schema = |path: &str, method: &str| {
        let responses = &specification["paths"][path][method]["responses"];
        responses["200"]["content"]["application/json"]["schema"].clone()
    };
    let holds = |path: &str, method: &str, told: &Told| {
        assert_eq!(told.status, 200, "{path}: {:?}", told.body);
        compare(specification, &schema(path, method), &told.json(), path);
    };
    for (path, asked) in [
        ("/api/v1/me", ""),
        ("/api/v1/organisation", "?unit=B1&limit=1"),
        ("/api/v1/policies", "?from=yesterday&to=today&limit=1"),
    ] {
        let told = world.get(token, &format!("{path}{asked}")).await;
        assert!(asked.is_empty() || told.json()["next"].is_string(), "{path} is a page");
        holds(path, "get", &told);
    }
    let rows = world.get(token, "/api/v1/policies?from=today&to=today").await.json();
    let policy = rows["rows"][0]["policy"].as_str().unwrap().to_owned();
    holds("/api/v1/policies/{policy}", "get", &world.get(token, &format!("/api/v1/policies/{policy}")).await);
    let post = async |path: &str, body: Value| {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        world.send(request.body(body.to_string().into()).unwrap()).await
    };
    let exception =
        serde_json::json!({"unit": "B1", "date": "today", "user": "kim", "until": "2026-09-22T18:00"});
    holds("/api/v1/exceptions", "post", &post("/api/v1/exceptions", exception).await);
    holds("/api/v1/exceptions", "get", &world.get(token, "/api/v1/exceptions").await);
    holds(
        "/api/v1/exceptions/close",
        "post",
        &post("/api/v1/exceptions/close", serde_json::json!({"id": 1})).await,
    );
    let late = world.policy("P1", "WL01", 8).await;
    let date = ("sale_date".to_owned(), FieldValue::from("2026-06-01"));
    let fields = late.fields.iter().filter(|(name, _)| name != "sale_date").cloned().chain([date]).collect();
    let late = HubWrite { fields, imported: false, ..late };
    world.app.hub.write("kim", std::slice::from_ref(&late), NOW, &mut SystemEntropy).await.unwrap();
    let waiting = world.get(token, "/api/v1/approvals").await;
    assert_eq!(waiting.json()["waiting"], 1);
    holds("/api/v1/approvals", "get", &waiting);
    let approval = serde_json::json!({"policy": late.document.to_string()});
    holds("/api/v1/approvals", "post", &post("/api/v1/approvals", approval).await);
    let sign_in = serde_json::json!({"user": "mo", "password": PASSWORD, "device_name": "Chrome"});
    let signed = post("/auth/v1/browser/sign-in", sign_in).await;
    holds("/auth/v1/browser/sign-in", "post", &signed);
    let request = Request::post("/auth/v1/browser/refresh").header(CONTENT_TYPE, "application/json");
    let request = request.header("cookie", signed.header("set-cookie").split(';').next().unwrap());
    holds("/auth/v1/browser/refresh", "post", &world.send(request.body(Body::empty()).unwrap()).await);
}

#[tokio::test]
async fn the_page_for_people_asks_nobody_else() {
    let world = World::new().await;
    let page = world.get("nobody", &format!("{DOCS_PATH}/")).await;
    let policy = page.header("content-security-policy").to_owned();
    assert_eq!(page.status, 200);
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("http"),
        "{policy}"
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let links = html.split(['"', '\'']).filter(|word| word.ends_with(".js") || word.ends_with(".css"));
    let mut loaded = 0;
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
    for link in links {
        let file = world.get("nobody", &format!("{DOCS_PATH}/{}", link.trim_start_matches("./"))).await;
        assert_eq!(file.status, 200, "{link}");
        loaded += 1;
        if link.ends_with("initializer.js") {
            let text = String::from_utf8(file.body.to_vec()).unwrap();
            assert!(text.contains(PATH) && text.contains("\"validatorUrl\": \"none\""), "{text}");
            assert!(!text.contains("petstore"), "{text}");
        }
    }
    assert!(loaded >= 3, "{html}");
    assert_eq!(world.get("nobody", DOCS_PATH).await.status, 303);
    assert_eq!(world.get("nobody", &format!("{DOCS_PATH}/../secret")).await.status, 404);
}
