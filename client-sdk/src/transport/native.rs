//! HTTP for laptops, phones and scripts.

use std::io::Read;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_protocol::sign_in::{RefreshRequest, SignInRequest, SignInResponse};
use sync_protocol::{ErrorCode, WireError, decode, http, limits};

use super::{Answer, Transport, TransportError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A long exchange over a thin link; a dead one is noticed by the connection's own keep-alive.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(120);
/// Smaller bodies are not worth compressing.
const COMPRESS_ABOVE: usize = 256;
/// The level devices compress at: what an evening's edits take (under 1 ms) is cheap on a phone, and a
/// thin link is not.
const COMPRESSION_LEVEL: i32 = 6;
/// Bytes of an error's body that are looked at.
const ERROR_BYTES: usize = 4 * 1024;

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
            .map_err(|error| unreachable(&error))?;
        Ok(Self { client })
    }

    async fn post_json<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        url: String,
        question: &Q,
    ) -> Result<A, TransportError> {
        let body = serde_json::to_vec(question).map_err(|error| unreachable(&error))?;
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(not_answered)?;
        match response.status() {
            StatusCode::OK => {
                let bytes = read_at_most(response, limits::PAGE_BYTES_MIN).await?;
                serde_json::from_slice(&bytes).map_err(|error| unreachable(&error))
            }
            StatusCode::UNAUTHORIZED => Err(TransportError::WrongPassword),
            StatusCode::FORBIDDEN => Err(hub(ErrorCode::DeviceRevoked)),
            StatusCode::TOO_MANY_REQUESTS => Err(hub(ErrorCode::SlowDown)),
            status => Err(TransportError::Unreachable(format!("status {status}"))),
        }
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
            zstd::bulk::compress(&message, COMPRESSION_LEVEL).map_err(|error| unreachable(&error))?
        } else {
            message
        };
        let bytes_up = body.len() as u64;
        let response = request.body(body).send().await.map_err(not_answered)?;
        let (status, cbor) = (response.status(), is_cbor(&response));
        let compressed = response.headers().get(CONTENT_ENCODING).is_some_and(|value| value == "zstd");
        if status != StatusCode::OK {
            let bytes = read_at_most(response, ERROR_BYTES).await?;
            let told = cbor.then(|| decode::<WireError>(&bytes, ERROR_BYTES).ok()).flatten();
            return Err(told.map_or_else(|| of_status(status), TransportError::Hub));
        }
        if !cbor {
            return Err(TransportError::Unreachable("something that is no hub answered".to_owned()));
        }
        let wire = read_at_most(response, limits::RESPONSE_BYTES).await?;
        let bytes_down = wire.len() as u64;
        let body = if compressed { decompress(&wire)? } else { wire };
        Ok(Answer { body, bytes_up, bytes_down })
    }

    async fn sign_in(&self, server: &str, request: &SignInRequest) -> Result<SignInResponse, TransportError> {
        self.post_json(format!("{server}{}", http::SIGN_IN_PATH), request).await
    }

    async fn refresh(
        &self,
        server: &str,
        request: &RefreshRequest,
    ) -> Result<SignInResponse, TransportError> {
        self.post_json(format!("{server}{}", http::REFRESH_PATH), request).await
    }
}

fn is_cbor(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|value| value == http::MEDIA_TYPE)
}

async fn read_at_most(mut response: Response, max: usize) -> Result<Vec<u8>, TransportError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if bytes.len() + chunk.len() > max {
            return Err(TransportError::Unreachable(format!("an answer of more than {max} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Undoes zstd, reading no more than an answer may hold.
fn decompress(wire: &[u8]) -> Result<Vec<u8>, TransportError> {
    let decoder = zstd::stream::read::Decoder::new(wire).map_err(|error| unreachable(&error))?;
    let mut body = Vec::new();
    decoder
        .take(limits::RESPONSE_BYTES as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|error| unreachable(&error))?;
    if body.len() > limits::RESPONSE_BYTES {
        return Err(TransportError::Unreachable("an answer that grows too large".to_owned()));
    }
    Ok(body)
}

/// A status without a message of ours: a proxy's, most likely.
fn of_status(status: StatusCode) -> TransportError {
    match status.as_u16() {
        401 => hub(ErrorCode::SignInNeeded),
        429 => hub(ErrorCode::SlowDown),
        503 => hub(ErrorCode::Busy),
        _ => TransportError::Unreachable(format!("status {status}")),
    }
}

fn hub(code: ErrorCode) -> TransportError {
    TransportError::Hub(WireError { code, retry_after_ms: None })
}

/// A request without an answer: whether it went out makes the difference.
fn not_answered(error: reqwest::Error) -> TransportError {
    match unreachable(&error) {
        TransportError::Unreachable(cause) if error.is_connect() => TransportError::NotSent(cause),
        other => other,
    }
}

fn unreachable(error: &dyn std::error::Error) -> TransportError {
    // The innermost cause says most: "connection refused" rather than "error sending request".
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    TransportError::Unreachable(cause.to_string())
}
