//! From a PIN to the passphrase of the sealed store, and the tries at it.
//!
//! The passphrase is the MAC of the PIN under a key that the browser made and does not give out. So a copy of the
//! records, without the browser's profile, opens by no PIN at all; and a page that runs in this browser has to pass the
//! waits after wrong PINs. Who has a copy of the whole profile can take the key out of it with enough trouble: then six
//! digits under Argon2id are what remains, a matter of hours. And who can write the profile can set the tries back.

use document_model::Moment;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::pin::{wait_after, waits_until};
use crate::store::{IndexedDbStore, StoreError};

/// Where the key is, beside the records.
const PIN_KEY: &str = "pin-key";
/// Where the wrong tries are counted.
const TRIES: &str = "pin-tries";

#[wasm_bindgen(module = "/src/bindings/keyring.js")]
extern "C" {
    #[wasm_bindgen(js_name = newPinKey, catch)]
    async fn new_pin_key() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = macOfPin, catch)]
    async fn mac_of_pin(key: &JsValue, pin: &str) -> Result<JsValue, JsValue>;
    pub(super) fn obstacle() -> Option<String>;
}

/// The passphrase that a PIN stands for. A new store gets a key of its own; one whose key is gone is damaged.
pub(super) async fn passphrase(
    store: &IndexedDbStore,
    pin: &str,
    new: bool,
) -> Result<Zeroizing<String>, StoreError> {
    let mut key = store.beside(PIN_KEY).await?;
    if key.is_undefined() {
        if !new {
            return Err(StoreError::damaged("the browser's key of this book is gone"));
        }
        key = new_pin_key().await.map_err(|_| StoreError::io("the browser makes no key"))?;
        store.keep_beside(PIN_KEY, &key).await?;
    }
    let mac = mac_of_pin(&key, pin).await.map_err(|_| StoreError::io("the browser uses no key"))?;
    let bytes = Zeroizing::new(Uint8Array::new(&mac).to_vec());
    Ok(Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Until when no PIN is tried, if that is still to come.
pub(super) async fn wait_until(store: &IndexedDbStore, now: Moment) -> Result<Option<Moment>, StoreError> {
    let (wrong, kept) = tries(store).await?;
    let until = waits_until(wrong, kept, now.0);
    if let Some(until) = until.filter(|until| *until < kept) {
        keep_tries(store, wrong, until).await?;
    }
    Ok(until.map(Moment))
}

/// Counts a try as wrong before it is made: a page closed in the middle does not make it uncounted.
pub(super) async fn count_try(store: &IndexedDbStore, now: Moment) -> Result<(), StoreError> {
    let wrong = tries(store).await?.0.saturating_add(1);
    keep_tries(store, wrong, now.0 + wait_after(wrong)).await
}

/// The PIN was right.
pub(super) async fn forget_tries(store: &IndexedDbStore) -> Result<(), StoreError> {
    keep_tries(store, 0, 0).await
}

async fn tries(store: &IndexedDbStore) -> Result<(u32, i64), StoreError> {
    let kept = store.beside(TRIES).await?;
    if kept.is_undefined() {
        return Ok((0, 0));
    }
    let kept = Array::from(&kept);
    let number = |at: u32| kept.get(at).as_f64().unwrap_or_default();
    Ok((number(0) as u32, number(1) as i64))
}

async fn keep_tries(store: &IndexedDbStore, wrong: u32, until_ms: i64) -> Result<(), StoreError> {
    let kept = Array::of2(&JsValue::from(wrong), &JsValue::from(until_ms as f64));
    store.keep_beside(TRIES, &kept).await
}
