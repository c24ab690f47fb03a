//! What an idle device costs the hub: open sockets of signed-in devices that have nothing to say.

use anyhow::{Context, Result, bail, ensure};
use document_model::{DeviceId, Entropy, UnitCode};
use futures::{StreamExt, TryStreamExt, stream};
use server::app::{App, Missing, SystemEntropy};
use server::auth::{Device, Principal, Role, Session};
use server::hub::ThreadGate;
use server::storage::{AccountStorage, SealedEngine};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::stand::{code_of, open_accounts, organise};
use super::{Row, Target};
use crate::black_box::HubProgram;
use crate::programs::{Memory, memory_kib};

/// Devices, each of a rep of its own.
const DEVICES: usize = 5_000;
/// Sockets that are being opened at the same time.
const AT_ONCE: usize = 50;
/// Seconds their access tokens live.
const TOKEN_S: u32 = 600;

type Socket = WebSocketStream<TcpStream>;

/// Opens the sockets; what the hub's own process holds more with all of them open.
pub(super) async fn idle_devices() -> Result<Row> {
    let mut hub = HubProgram::start(&[&code_of(0)], "");
    hub.kill();
    let app = App::open(&hub.data(), None, Missing::Refuse).await?;
    organise(&app, 1..=DEVICES).await?;
    open_accounts(&app, 1..=DEVICES).await?;
    let mut tokens = Vec::with_capacity(DEVICES);
    for rep in 1..=DEVICES {
        tokens.push(sign_in(&app, code_of(rep), Role::Rep, code_of(rep).as_str().into()).await?);
    }
    drop(app);
    hub.serve();
    let held = || memory_kib(hub.pid(), Memory::Anonymous);
    // Whatever is made at the first socket is no device's.
    let first = open(&hub.address(), &tokens[0]).await?;
    let before = held().context("the hub is gone")?;
    let address = hub.address();
    let opening = tokens[1..].iter().map(|token| open(&address, token));
    let sockets: Vec<Socket> = stream::iter(opening).buffer_unordered(AT_ONCE).try_collect().await?;
    let after = held().context("the hub is gone")?;
    ensure!(sockets.len() == DEVICES - 1, "{} sockets are open", sockets.len());
    drop((first, sockets));
    Ok(Row {
        name: "idle device",
        unit: "KiB",
        ours: (after - before) as f64 / (DEVICES - 1) as f64,
        floor: None,
        target: Target::AtMost(10.0),
    })
}

/// Signs a device of somebody in, beside the hub: the password is not what is measured. Gives the access token.
pub(super) async fn sign_in(
    app: &App<SealedEngine, ThreadGate>,
    user: String,
    role: Role,
    unit: UnitCode,
) -> Result<String> {
    let (now, id) = (app.clock.now(), DeviceId(SystemEntropy.sixteen()));
    let principal = Principal { user: user.clone(), device: id, role, unit };
    let device = Device {
        id,
        user,
        name: "bench".to_owned(),
        registered_ms: now.0,
        last_seen_ms: now.0,
        complete_ms: None,
        revoked: false,
        told: None,
    };
    app.hub.storage().add_device(device).await?;
    let (_, current) = app.desk.keys.mint_refresh(id, &mut SystemEntropy);
    let session = Session { device: id, current, previous: None, expires_ms: now.0 + app.desk.session_ms };
    ensure!(app.hub.storage().replace_session(None, session).await?, "the device is signed in already");
    Ok(app.desk.keys.issue(&principal, now, TOKEN_S))
}

/// Opens a socket, and waits for the first news: the hub knows by then who it is.
async fn open(address: &str, token: &str) -> Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    let (mut socket, _) = client_async(format!("ws://{address}/sync/v1/pokes"), stream).await?;
    futures::SinkExt::send(&mut socket, Message::text(token)).await?;
    match socket.next().await.context("the hub hung up")?? {
        Message::Binary(_) => Ok(socket),
        other => bail!("no news but {other:?}"),
    }
}
