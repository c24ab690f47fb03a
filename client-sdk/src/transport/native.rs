//! HTTP for laptops, phones and scripts.

use std::io::Read;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_protocol::sign_in::{PairRequest, RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{http, limits};

use super::{Answer, Transport, TransportError, refusal};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A long exchange over a thin link; a dead one is noticed by the connection's own keep-alive.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(120);
/// Smaller bodies are not worth compressing.
const COMPRESS_ABOVE: usize = 256;
/// The level devices compress at: what an evening's edits take (under 1 ms) is cheap on a phone, and a
/// thin link is not.
const COMPRESSION_LEVEL: i32 = 12;

/// HTTP by reqwest, bodies compressed with zstd.
#[derive(Debug, Clone)]
pub struct NativeTransport {
    client: Client,
}

impl NativeTransport {
    /// A transport with its own pool of connections.
    pub fn new() -> Result<Self, TransportError> {
        // A provider installed by the host program stays; the error only says that there is one.
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!(name: "transport.provider", "a TLS provider is installed already");
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT)
            .user_agent(concat!("fieldbook-rep/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| TransportError::Unreachable(cause_of(&error)))?;
        Ok(Self { client })
    }

    async fn post_json<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        url: String,
        question: &Q,
    ) -> Result<A, TransportError> {
        let body = serde_json::to_vec(question).map_err(|error| no_answer(&error))?;
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|error| of_send(&error))?;
        match response.status() {
            StatusCode::OK => {
                let bytes = read_at_most(response, limits::PAGE_BYTES_MIN).await?;
                serde_json::from_slice(&bytes).map_err(|error| no_answer(&error))
            }
            StatusCode::UNAUTHORIZED => Err(TransportError::WrongPassword),
            _ => Err(refused_sign_in(response).await),
        }
    }
}

/// A refusal of the sign-in routes, or something else that answered in their place.
async fn refused_sign_in(response: Response) -> TransportError {
    let (status, problem) = (response.status().as_u16(), has_type(&response, refusal::PROBLEM));
    let wait_s = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    match read_at_most(response, refusal::ERROR_BYTES).await {
        Ok(bytes) => refusal::of_sign_in(status, problem, &bytes, wait_s),
        Err(error) => error,
    }
}

impl Transport for NativeTransport {
    async fn exchange(
        &self,
        server: &str,
        access_token: &str,
        message: Vec<u8>,
    ) -> Result<Answer, TransportError> {
        let mut request = self
            .client
            .post(format!("{server}{}", http::SYNC_PATH))
            .header(AUTHORIZATION, format!("Bearer {access_token}"))
            .header(CONTENT_TYPE, http::MEDIA_TYPE)
            .header(ACCEPT_ENCODING, "zstd");
        let body = if message.len() > COMPRESS_ABOVE {
            request = request.header(CONTENT_ENCODING, "zstd");
            // Nothing was sent; memory for the compressor is all it can lack.
            let packed = zstd::bulk::compress(&message, COMPRESSION_LEVEL);
            packed.map_err(|error| TransportError::Unreachable(cause_of(&error)))?
        } else {
            message
        };
        let bytes_up = body.len() as u64;
        let response = request.body(body).send().await.map_err(|error| of_send(&error))?;
        let (status, cbor) = (response.status(), has_type(&response, http::MEDIA_TYPE));
        let compressed = response.headers().get(CONTENT_ENCODING).is_some_and(|value| value == "zstd");
        if status != StatusCode::OK {
            let bytes = read_at_most(response, refusal::ERROR_BYTES).await?;
            return Err(refusal::of_exchange(status.as_u16(), cbor, &bytes));
        }
        if !cbor {
            return Err(refusal::no_hub());
        }
        let wire = read_at_most(response, limits::RESPONSE_BYTES).await?;
        let bytes_down = wire.len() as u64;
        let body = if compressed { decompress(&wire)? } else { wire };
        Ok(Answer { body, bytes_up, bytes_down })
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        self.post_json(format!("{server}{}", http::SIGN_IN_PATH), request).await
    }

    async fn pair(&self, server: &str, request: &PairRequest) -> Result<SignInResponse, TransportError> {
        let paired = self.post_json(format!("{server}{}", http::PAIR_PATH), request).await;
        paired.map_err(refusal::of_pairing)
    }

    async fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> Result<SignInResponse, TransportError> {
        self.post_json(format!("{server}{}", http::REFRESH_PATH), request).await
    }
}

fn has_type(response: &Response, media_type: &str) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|value| value == media_type)
}

async fn read_at_most(mut response: Response, max: usize) -> Result<Vec<u8>, TransportError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if bytes.len() + chunk.len() > max {
            return Err(TransportError::NoAnswer(format!("an answer of more than {max} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Undoes zstd, reading no more than an answer may hold.
fn decompress(wire: &[u8]) -> Result<Vec<u8>, TransportError> {
    let decoder = zstd::stream::read::Decoder::new(wire).map_err(|error| no_answer(&error))?;
    let mut body = Vec::new();
    decoder
        .take(limits::RESPONSE_BYTES as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|error| no_answer(&error))?;
    if body.len() > limits::RESPONSE_BYTES {
        return Err(TransportError::NoAnswer("an answer that grows too large".to_owned()));
    }
    Ok(body)
}

/// A request that did not go through: without a connection nothing of it was sent.
fn of_send(error: &reqwest::Error) -> TransportError {
    let cause = cause_of(error);
    if error.is_connect() || error.is_builder() {
        TransportError::Unreachable(cause)
    } else {
        TransportError::NoAnswer(cause)
    }
}

fn no_answer(error: &dyn std::error::Error) -> TransportError {
    TransportError::NoAnswer(cause_of(error))
}

/// The innermost cause says most: "connection refused" rather than "error sending request".
fn cause_of(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
