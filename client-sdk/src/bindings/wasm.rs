//! The book in a browser's worker: what `web/src/rep/engine/worker.ts` holds.
//!
//! [`Book`] opens and locks; every other call goes to [`App::call`] as JSON. A call waits for its turn at the book and for
//! nothing else: while an exchange is on its way to the hub, the book is free.

use std::cell::Cell;
use std::rc::Rc;

use document_model::{Entropy, Moment, format_moment};
use futures::lock::Mutex;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use sync_protocol::{ErrorCode, Poke, decode, limits};
use wasm_bindgen::prelude::*;

use super::keyring;
use crate::app::{App, CallProblem};
use crate::client::{Client, ClientError, Next, SyncReport};
use crate::pace::Pace;
use crate::pin::is_pin;
use crate::records::keys;
use crate::seal::Sealed;
use crate::store::{IndexedDbStore, StoreError};
use crate::transport::{TransportError, WebTransport};

/// Exchanges of one sync at most; a book of any size needs fewer.
const EXCHANGES: usize = 10_000;

/// The company's time zone: business days begin and end there.
static ZONE: TimeZone = jiff::tz::get!("Asia/Seoul");

type OpenApp = App<Sealed<IndexedDbStore>, WebTransport>;

/// Where the book stands.
enum State {
    /// Nobody ever signed in here.
    Unpaired,
    /// There is a book, and the PIN is wanted.
    Locked,
    /// Open.
    Open(Box<OpenApp>),
    /// An administrator revoked this device; its data are gone.
    Revoked,
}

/// One book of one browser.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Book {
    name: Rc<str>,
    store: Rc<Mutex<IndexedDbStore>>,
    state: Rc<Mutex<State>>,
    transport: WebTransport,
    syncing: Rc<Cell<bool>>,
    pace: Rc<Cell<Pace>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PairArgs {
    server: String,
    pin: String,
    device_name: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    password: Option<String>,
}

#[derive(Deserialize)]
struct SignInArgs {
    password: String,
}

#[derive(Deserialize)]
struct PinArgs {
    pin: String,
}

#[derive(Deserialize)]
struct ChangePinArgs {
    old: String,
    new: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignOutArgs {
    #[serde(default)]
    even_unsent: bool,
}

#[wasm_bindgen]
impl Book {
    /// Opens the database of this name. Refuses with a problem as JSON.
    pub async fn open(name: String) -> Result<Book, JsValue> {
        Self::open_here(&name).await.map_err(refusal)
    }

    /// Reads ahead what opening the book takes, as it is stored: sealed.
    #[wasm_bindgen(js_name = readAhead)]
    pub async fn read_ahead(&self) {
        let store = self.store.lock().await;
        [keys::INDEX, keys::ROWS].iter().for_each(|prefix| store.read_ahead(prefix));
    }

    /// Answers a call by JSON; refuses with a problem as JSON. `id` names a call that changes something.
    pub async fn call(&self, name: String, id: String, args: String) -> Result<String, JsValue> {
        self.answer(&name, &id, &args).await.map_err(refusal)
    }

    /// Exchanges with the hub until nothing is left to send or to read. `told` is called after each answer. True where
    /// it was done, false where one is under way.
    pub async fn sync(&self, told: js_sys::Function) -> Result<bool, JsValue> {
        if self.syncing.replace(true) {
            return Ok(false);
        }
        let done = self.exchange_all(&told).await;
        self.syncing.set(false);
        done.map(|()| true).map_err(refusal)
    }

    /// Whether a frame of the socket of pokes tells of something that was not read yet.
    #[wasm_bindgen(js_name = isNews)]
    pub async fn is_news(&self, frame: Vec<u8>) -> bool {
        let Ok(poke) = decode::<Poke>(&frame, limits::PAGE_BYTES_MIN) else { return false };
        let mut state = self.state.lock().await;
        let State::Open(app) = &mut *state else { return false };
        app.client().engine().is_ok_and(|engine| engine.is_news(&poke))
    }

    /// The token that opens the socket of pokes, and the hub's address; nothing while signed out.
    pub async fn socket(&self) -> Option<String> {
        let mut state = self.state.lock().await;
        let State::Open(app) = &mut *state else { return None };
        let device = app.client().engine().ok()?.device();
        let (server, token) = (&device.server, &device.access_token);
        (!token.is_empty()).then(|| json!({ "server": server, "token": token }).to_string())
    }
}

impl Book {
    async fn open_here(name: &str) -> Result<Self, CallProblem> {
        if let Some(code) = keyring::obstacle() {
            let message = "this page cannot keep a book here; nothing was changed; open it by https";
            return Err(CallProblem::new(&code, message, false));
        }
        let store = IndexedDbStore::open(name).await?;
        let new = Sealed::is_new(&store).await?;
        let state = if new { State::Unpaired } else { State::Locked };
        Ok(Self {
            name: name.into(),
            store: Rc::new(Mutex::new(store)),
            state: Rc::new(Mutex::new(state)),
            transport: WebTransport::default(),
            syncing: Rc::default(),
            pace: Rc::default(),
        })
    }

    async fn answer(&self, name: &str, id: &str, args: &str) -> Result<String, CallProblem> {
        let now = now();
        match name {
            "state" => {}
            "pair" => self.pair(read(args)?, now).await?,
            "signIn" => self.sign_in(&read::<SignInArgs>(args)?.password, now).await?,
            "unlock" => self.unlock(&read::<PinArgs>(args)?.pin, now).await?,
            "lock" => self.lock().await,
            "changePin" => {
                self.change_pin(&read(args)?, now).await?;
                return Ok(Value::Null.to_string());
            }
            "signOut" => self.sign_out(read::<SignOutArgs>(args)?.even_unsent).await?,
            _ => {
                let mut state = self.state.lock().await;
                let State::Open(app) = &mut *state else { return Err(not_open()) };
                return app.call(name, id, args, now).await;
            }
        }
        Ok(self.state(now).await?.to_string())
    }

    /// Where the app stands, as the pages read it.
    async fn state(&self, now: Moment) -> Result<Value, CallProblem> {
        let mut state = self.state.lock().await;
        Ok(match &mut *state {
            State::Unpaired => json!({ "kind": "unpaired" }),
            State::Revoked => json!({ "kind": "revoked" }),
            State::Locked => match keyring::wait_until(&*self.store.lock().await, now).await? {
                Some(until) => json!({ "kind": "locked", "waitUntil": format_moment(until) }),
                None => json!({ "kind": "locked" }),
            },
            State::Open(app) => {
                let device = app.client().engine()?.device();
                json!({
                    "kind": "ready",
                    "user": device.user,
                    "unit": device.unit.0,
                    "server": device.server,
                    "leader": true,
                })
            }
        })
    }

    async fn pair(&self, args: PairArgs, now: Moment) -> Result<(), CallProblem> {
        let mut state = self.state.lock().await;
        if !matches!(*state, State::Unpaired | State::Revoked) {
            let message = "there is a book here already; nothing was changed; sign out of it first";
            return Err(CallProblem::new("ALREADY-PAIRED", message, false));
        }
        if !is_pin(&args.pin) {
            return Err(bad_pin());
        }
        let store = self.store.lock().await.clone();
        let passphrase = keyring::passphrase(&store, &args.pin, true).await?;
        let sealed = Sealed::open(store.clone(), &passphrase, Box::new(BrowserEntropy)).await?;
        let mut client = self.client_over(sealed).await?;
        match (&args.code, &args.user, &args.password) {
            (Some(code), _, _) => client.pair(&args.server, code, &args.device_name, now).await?,
            (None, Some(user), Some(password)) => {
                client.sign_in(&args.server, user, password, &args.device_name, now).await?
            }
            _ => return Err(CallProblem::new("BAD-CALL", "a code, or a name and a password", false)),
        };
        keyring::forget_tries(&store).await?;
        *state = State::Open(Box::new(App::open(client).await?));
        Ok(())
    }

    async fn sign_in(&self, password: &str, now: Moment) -> Result<(), CallProblem> {
        let mut state = self.state.lock().await;
        let State::Open(app) = &mut *state else { return Err(not_open()) };
        let client = app.client();
        let device = client.engine()?.device();
        let (server, user) = (device.server.clone(), device.user.clone());
        client.sign_in(&server, &user, password, "browser", now).await?;
        Ok(())
    }

    async fn unlock(&self, pin: &str, now: Moment) -> Result<(), CallProblem> {
        let mut state = self.state.lock().await;
        if !matches!(*state, State::Locked) {
            return Ok(());
        }
        let store = self.store.lock().await.clone();
        let sealed = open_with_pin(&store, pin, now).await?;
        *state = State::Open(Box::new(App::open(self.client_over(sealed).await?).await?));
        Ok(())
    }

    async fn lock(&self) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Open(_)) {
            *state = State::Locked;
        }
    }

    async fn change_pin(&self, args: &ChangePinArgs, now: Moment) -> Result<(), CallProblem> {
        let mut state = self.state.lock().await;
        let State::Open(app) = &mut *state else { return Err(not_open()) };
        if !is_pin(&args.new) {
            return Err(bad_pin());
        }
        let store = self.store.lock().await.clone();
        refuse_while_waiting(&store, now).await?;
        keyring::count_try(&store, now).await?;
        let old = keyring::passphrase(&store, &args.old, false).await?;
        let new = keyring::passphrase(&store, &args.new, false).await?;
        app.client().store().change_passphrase(&old, &new).await.map_err(|error| wrong_pin(&error))?;
        Ok(keyring::forget_tries(&store).await?)
    }

    async fn sign_out(&self, even_unsent: bool) -> Result<(), CallProblem> {
        let mut state = self.state.lock().await;
        if let State::Open(app) = &mut *state {
            let kept = app.work_kept_here().await?;
            if kept > 0 && !even_unsent {
                let message =
                    format!("edits only on this device: {kept}; nothing was changed; send them first");
                return Err(CallProblem::new("UNSENT-WORK", message, false));
            }
        } else if !even_unsent {
            return Err(not_open());
        }
        *state = State::Unpaired;
        self.remove_all().await
    }

    /// Removes the book and begins an empty one.
    async fn remove_all(&self) -> Result<(), CallProblem> {
        let mut store = self.store.lock().await;
        store.close();
        IndexedDbStore::remove(&self.name).await?;
        *store = IndexedDbStore::open(&self.name).await?;
        Ok(())
    }

    async fn client_over(
        &self,
        store: Sealed<IndexedDbStore>,
    ) -> Result<Client<Sealed<IndexedDbStore>, WebTransport>, ClientError> {
        Client::open(store, self.transport.clone(), ZONE.clone(), Box::new(BrowserEntropy)).await
    }

    async fn exchange_all(&self, told: &js_sys::Function) -> Result<(), CallProblem> {
        self.pace.set(self.pace.get().at_first());
        for _ in 0..EXCHANGES {
            let begun = now();
            match self.exchange().await {
                Ok(again) => {
                    self.pace.set(self.pace.get().after(now().0 - begun.0));
                    // Whoever listens may be gone; the exchange is what counts.
                    drop(told.call0(&JsValue::UNDEFINED));
                    if !again {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.pace.set(self.pace.get().after_cut());
                    return self.after_failure(error).await;
                }
            }
        }
        Ok(())
    }

    /// One exchange. The book is free while the hub is waited for.
    async fn exchange(&self) -> Result<bool, ClientError> {
        let mut total = SyncReport::default();
        let mut next = match &mut *self.state.lock().await {
            State::Open(app) => {
                // An engine that a failed commit took away is made anew by what follows.
                if let Ok(engine) = app.client().engine_mut() {
                    engine.set_page_bytes(self.pace.get().page_bytes());
                }
                app.begin_exchange(now(), &mut total).await?
            }
            _ => return Ok(false),
        };
        loop {
            let mut errand = match next {
                Next::Over { again } => return Ok(again),
                Next::Errand(errand) => errand,
            };
            let told = errand.run(&self.transport).await;
            next = match &mut *self.state.lock().await {
                State::Open(app) => app.go_on(*errand, told, now(), &mut total).await?,
                // Locked or signed out meanwhile: what the hub answered is asked for again.
                _ => return Ok(false),
            };
        }
    }

    /// A revoked device keeps nothing but work that nobody else has: while there is such, the book stays sealed as it
    /// is, and the work goes out once the person signs in again.
    async fn after_failure(&self, error: ClientError) -> Result<(), CallProblem> {
        let revoked = matches!(
            &error,
            ClientError::Transport(TransportError::Hub(told)) if told.code == ErrorCode::DeviceRevoked
        );
        if !revoked {
            return Err(error.into());
        }
        let mut state = self.state.lock().await;
        if let State::Open(app) = &mut *state
            && app.work_kept_here().await? > 0
        {
            return Err(error.into());
        }
        *state = State::Revoked;
        drop(state);
        self.remove_all().await
    }
}

/// Opens the sealed store, unless too many wrong PINs came before.
async fn open_with_pin(
    store: &IndexedDbStore,
    pin: &str,
    now: Moment,
) -> Result<Sealed<IndexedDbStore>, CallProblem> {
    refuse_while_waiting(store, now).await?;
    if !is_pin(pin) {
        return Err(bad_pin());
    }
    keyring::count_try(store, now).await?;
    let passphrase = keyring::passphrase(store, pin, false).await?;
    let sealed = Sealed::open(store.clone(), &passphrase, Box::new(BrowserEntropy)).await;
    let sealed = sealed.map_err(|error| wrong_pin(&error))?;
    keyring::forget_tries(store).await?;
    Ok(sealed)
}

async fn refuse_while_waiting(store: &IndexedDbStore, now: Moment) -> Result<(), CallProblem> {
    match keyring::wait_until(store, now).await? {
        None => Ok(()),
        Some(until) => {
            let message =
                format!("too many wrong PINs; nothing was changed; try again at {}", format_moment(until));
            Err(CallProblem::new("PIN-WAIT", message, true))
        }
    }
}

fn wrong_pin(error: &StoreError) -> CallProblem {
    match error {
        StoreError::WrongKey => {
            CallProblem::new("PIN-WRONG", "the PIN is wrong; nothing was changed; try again", true)
        }
        other => CallProblem::from(other.clone()),
    }
}

fn bad_pin() -> CallProblem {
    CallProblem::new("PIN-SHAPE", "a PIN is six digits; nothing was changed; type six digits", false)
}

fn not_open() -> CallProblem {
    CallProblem::new("LOCKED", "the book is not open; nothing was changed; unlock it with the PIN", false)
}

fn read<'a, A: Deserialize<'a>>(args: &'a str) -> Result<A, CallProblem> {
    serde_json::from_str(args).map_err(|error| {
        let message = format!("the call could not be read ({error}); nothing was changed; report this");
        CallProblem::new("BAD-CALL", message, false)
    })
}

fn refusal(problem: CallProblem) -> JsValue {
    JsValue::from(serde_json::to_string(&problem).expect("plain values are JSON"))
}

/// Now, by the device's clock.
fn now() -> Moment {
    Moment(js_sys::Date::now() as i64)
}

/// Randomness from the browser.
pub(super) struct BrowserEntropy;

impl Entropy for BrowserEntropy {
    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("a browser that runs this has randomness");
        bytes
    }
}
