//! HTTP for pages of a browser: `fetch`, in `web.js`.
//!
//! A page is not told whether a request that failed had gone out. So after a failure, and while the browser knows that it
//! is offline, the hub is asked for a sign of life first: what a person wrote is *on its way* only when somebody was there.

use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

use flate2::Compression;
use flate2::write::GzEncoder;
use js_sys::{Array, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{http, limits};
use wasm_bindgen::prelude::*;

use super::{Answer, Transport, TransportError, refusal};

/// A long exchange over a thin link.
const EXCHANGE_TIMEOUT_MS: u32 = 120_000;
/// Signing in carries a few bytes.
const SIGN_IN_TIMEOUT_MS: u32 = 30_000;
/// Smaller bodies are not worth compressing.
const COMPRESS_ABOVE: usize = 256;

#[wasm_bindgen(module = "/src/transport/web.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn post(
        server: &str,
        path: &str,
        headers: Array,
        body: Uint8Array,
        timeout_ms: u32,
        max_bytes: u32,
        probe: bool,
    ) -> Result<JsValue, JsValue>;
}

/// HTTP by the browser. Clones share what they know of the way.
#[derive(Clone, Default)]
pub struct WebTransport {
    /// Set while the last try reached nobody.
    lost: Rc<Cell<bool>>,
}

/// What came back.
struct Reply {
    status: u16,
    media_type: String,
    retry_after_s: u32,
    body: Vec<u8>,
    bytes_down: u64,
}

/// A request's body and how it is packed.
struct Body<'a> {
    media_type: &'a str,
    gzip: bool,
    bytes: &'a [u8],
}

impl WebTransport {
    async fn post(
        &self,
        (server, path): (&str, &str),
        token: Option<&str>,
        body: Body<'_>,
        (timeout_ms, max_bytes): (u32, usize),
    ) -> Result<Reply, TransportError> {
        let mut headers = vec![("content-type", body.media_type.to_owned())];
        headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
        headers.extend(body.gzip.then(|| ("content-encoding", "gzip".to_owned())));
        let pair = |(name, value): (&str, String)| Array::of2(&name.into(), &value.into());
        let headers = headers.into_iter().map(pair).collect();
        let bytes = Uint8Array::from(body.bytes);
        let max = u32::try_from(max_bytes).unwrap_or(u32::MAX);
        let told = post(server, path, headers, bytes, timeout_ms, max, self.lost.get()).await;
        self.lost.set(told.is_err());
        let told = Array::from(&told.map_err(|refusal| of_refusal(&refusal))?);
        let number = |at: u32| told.get(at).as_f64().unwrap_or_default();
        Ok(Reply {
            status: number(0) as u16,
            media_type: told.get(1).as_string().unwrap_or_default(),
            retry_after_s: number(2) as u32,
            body: Uint8Array::new(&told.get(3)).to_vec(),
            bytes_down: number(4) as u64,
        })
    }

    async fn post_json<Q: Serialize, A: DeserializeOwned>(
        &self,
        server: &str,
        path: &str,
        question: &Q,
    ) -> Result<A, TransportError> {
        let bytes = serde_json::to_vec(question).map_err(|error| no_answer(&error))?;
        let body = Body { media_type: "application/json", gzip: false, bytes: &bytes };
        let reply =
            self.post((server, path), None, body, (SIGN_IN_TIMEOUT_MS, limits::PAGE_BYTES_MIN)).await?;
        match reply.status {
            200 => serde_json::from_slice(&reply.body).map_err(|error| no_answer(&error)),
            401 => Err(TransportError::WrongPassword),
            status => {
                let wait_s = (reply.retry_after_s > 0).then_some(reply.retry_after_s);
                Err(refusal::of_sign_in(status, reply.media_type == refusal::PROBLEM, &reply.body, wait_s))
            }
        }
    }
}

impl Transport for WebTransport {
    async fn exchange(
        &self,
        server: &str,
        access_token: &str,
        message: Vec<u8>,
    ) -> Result<Answer, TransportError> {
        let gzip = message.len() > COMPRESS_ABOVE;
        let bytes = if gzip { packed(&message)? } else { message };
        let body = Body { media_type: http::MEDIA_TYPE, gzip, bytes: &bytes };
        let caps = (EXCHANGE_TIMEOUT_MS, limits::RESPONSE_BYTES);
        let reply = self.post((server, http::SYNC_PATH), Some(access_token), body, caps).await?;
        let cbor = reply.media_type == http::MEDIA_TYPE;
        if reply.status != 200 {
            return Err(refusal::of_exchange(reply.status, cbor, &reply.body));
        }
        if !cbor {
            return Err(refusal::no_hub());
        }
        Ok(Answer { body: reply.body, bytes_up: bytes.len() as u64, bytes_down: reply.bytes_down })
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        self.post_json(server, http::SIGN_IN_PATH, request).await
    }

    async fn pair(&self, server: &str, request: &PairRequest) -> Result<SignInResponse, TransportError> {
        let paired = self.post_json(server, http::PAIR_PATH, request).await;
        paired.map_err(refusal::of_pairing)
    }

    async fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> Result<SignInResponse, TransportError> {
        self.post_json(server, http::REFRESH_PATH, request).await
    }
}

/// The body as gzip, which every hub reads and every browser writes.
fn packed(message: &[u8]) -> Result<Vec<u8>, TransportError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(message)
        .and_then(|()| encoder.finish())
        .map_err(|error| TransportError::Unreachable(error.to_string()))
}

/// What JavaScript told of a request that did not go through.
fn of_refusal(refusal: &JsValue) -> TransportError {
    let read = |name: &str| Reflect::get(refusal, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let what = read("what").as_string().unwrap_or_else(|| "the request failed".to_owned());
    match read("sent").as_bool() {
        Some(false) => TransportError::Unreachable(what),
        _ => TransportError::NoAnswer(what),
    }
}

fn no_answer(error: &dyn std::error::Error) -> TransportError {
    TransportError::NoAnswer(error.to_string())
}
