//! Boards: figures that go on.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures::StreamExt;

use super::*;
use crate::http::live::{BOARDS, PATH};
use crate::storage::conformance::Furnish;

/// Longer than anything here takes; a hang fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// A board that is open, or why not.
async fn open(world: &World, token: &str, rest: &str) -> Result<BodyDataStream, Told> {
    let request = Request::get(format!("{PATH}?from=today&to=today{rest}"));
    let request = request.header(AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(Told::of(response).await);
    }
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    Ok(response.into_body().into_data_stream())
}

/// The next event and what it holds; `None` at the end.
async fn next(board: &mut BodyDataStream) -> Option<(String, String)> {
    // Round the whole: what only keeps the line open is nothing said.
    tokio::time::timeout(PATIENCE, next_event(board)).await.expect("the hub says something")
}

async fn next_event(board: &mut BodyDataStream) -> Option<(String, String)> {
    loop {
        let chunk = board.next().await?;
        let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        if let Some(event) = field("event: ") {
            return Some((event, field("data: ").unwrap()));
        }
    }
}

/// The figures the board is told next.
async fn figures(board: &mut BodyDataStream) -> Value {
    let (event, data) = next(board).await.expect("the board goes on");
    assert_eq!(event, "figures", "{data}");
    serde_json::from_str(&data).unwrap()
}

fn often() -> Config {
    let mut config = Config::default();
    config.pokes.recheck_s = 1;
    config
}

#[tokio::test]
async fn a_board_is_told_what_it_asks_and_what_changes() {
    let world = World::new().await;
    let mo = world.signed_in("mo").await.access_token;
    let mut board = open(&world, &mo, "&level=rep").await.unwrap();
    let asked = world.get(&mo, "/api/v1/figures?from=today&to=today&level=rep").await.json();
    assert_eq!(figures(&mut board).await, asked, "the same answer as without going on");
    for sold in 1..=3 {
        world.sell("P1", "WL01", sold).await;
        assert_eq!(figures(&mut board).await["total"]["sold"], sold);
    }
    world.shell.close();
    assert_eq!(next(&mut board).await, None, "the hub goes down");
    tokio::time::timeout(PATIENCE, world.shell.drained()).await.expect("nothing is left over");
}

#[tokio::test]
async fn what_another_process_stored_is_found() {
    let world = World::with(often()).await;
    let mo = world.signed_in("mo").await.access_token;
    let mut board = open(&world, &mo, "").await.unwrap();
    let looking = tokio::spawn({
        let shell = world.shell.clone();
        async move { shell.keep_sockets().await }
    });
    assert_eq!(figures(&mut board).await["total"]["sold"], 0);
    // A hub of its own over the same storage: its pokes do not reach this one.
    let zone = world.app.config.time_zone().unwrap();
    let storage = world.app.hub.storage().clone();
    let receipts = crate::hub::ReceiptKey::of(&[8; 32]);
    let elsewhere = crate::hub::Hub::new(storage, InlineGate, zone, Actor([8; 16]), receipts);
    elsewhere.write("import", &[world.policy("P1", "WL01", 1).await], NOW, &mut SystemEntropy).await.unwrap();
    assert_eq!(figures(&mut board).await["total"]["sold"], 1);
    world.shell.close();
    looking.await.unwrap();
}

#[tokio::test]
async fn who_is_not_welcome_any_more_is_told_the_end() {
    let world = World::with(often()).await;
    let (mo, kim) = (world.signed_in("mo").await, world.signed_in("kim").await);
    let mut moved = open(&world, &mo.access_token, "&unit=B1").await.unwrap();
    let mut revoked = open(&world, &kim.access_token, "").await.unwrap();
    figures(&mut moved).await;
    figures(&mut revoked).await;
    let storage = world.app.hub.storage();
    assert!(storage.revoke_device(kim.device).await.unwrap());
    let account = storage.account("mo").await.unwrap().unwrap();
    assert!(storage.update_account(Account { role: Role::Rep, unit: "P1".into(), ..account }).await.unwrap());
    let looking = tokio::spawn({
        let shell = world.shell.clone();
        async move { shell.keep_sockets().await }
    });
    let end = |code: &str| Some(("end".to_owned(), code.to_owned()));
    assert_eq!(next(&mut revoked).await, end("SYNC-SIGN-IN"));
    assert_eq!(next(&mut moved).await, end("SYNC-NOT-ALLOWED"), "a branch is none of a rep's");
    assert_eq!((next(&mut revoked).await, next(&mut moved).await), (None, None));
    world.shell.close();
    looking.await.unwrap();
}

#[tokio::test]
async fn boards_are_for_those_who_may_see_the_figures_and_there_is_room_for_so_many() {
    let world = World::new().await;
    let kim = world.signed_in("kim").await.access_token;
    let refused =
        async |token: &str, rest: &str| open(&world, token, rest).await.expect_err("refused").problem();
    assert_eq!(refused("nobody", "").await, "SYNC-SIGN-IN");
    for rest in ["&unit=P2", "&unit=B1", "&unit=nowhere"] {
        assert_eq!(refused(&kim, rest).await, "SYNC-NOT-ALLOWED", "{rest}");
    }
    for rest in ["&closed=true", "&as_of=2026-06-01T18:00", "&level=town", "&format=csv", "&limit=5"] {
        assert_eq!(refused(&kim, rest).await, "API-QUESTION", "{rest}");
    }
    let mut tokens = Vec::new();
    for user in ["kim", "lee", "mo", "han"] {
        tokens.push(world.signed_in(user).await.access_token);
    }
    let mut boards = Vec::new();
    for token in tokens.iter().cycle().take(BOARDS) {
        boards.push(open(&world, token, "").await.unwrap());
    }
    assert_eq!(refused(&kim, "").await, "SYNC-BUSY");
    drop(boards.pop());
    let again = tokio::time::timeout(PATIENCE, async {
        loop {
            match open(&world, &kim, "").await {
                Ok(board) => break board,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    });
    let mut again = again.await.expect("who left made room");
    figures(&mut again).await;
}
