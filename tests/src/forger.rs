//! A modified client: speaks the sync protocol with a real sign-in and sends whatever it is told to,
//! which the shipping client never would.

use anyhow::{Context, Result, ensure};
use client_sdk::transport::{NativeTransport, Transport, TransportError};
use document_model::{
    Actor, Author, BookId, Change, DeviceId, Document, DocumentId, Entropy, Kind, Moment, Operation,
    parse_assignment,
};
use server::app::SystemEntropy;
use sync_protocol::sign_in::{RefreshRequest, SignInRequest};
use sync_protocol::{
    Cursors, DownloadAsk, DownloadedDocument, ErrorCode, Generation, PROTOCOL_VERSION, PushResult,
    PushedChange, PushedDocument, SCHEMA_VERSION, StreamState, StreamStatus, SyncRequest, SyncResponse,
    decode, encode, limits,
};

/// When its edits were made, by its own clock: 2026-09-21 in Seoul.
const NOW: Moment = Moment(1_790_000_000_000);

/// A signed-in modified client.
pub struct Forger {
    transport: NativeTransport,
    server: String,
    access_token: String,
    refresh_token: String,
    device: DeviceId,
    /// The actor its own edits are written under.
    pub actor: Actor,
    generation: Generation,
}

impl Forger {
    /// Signs in with a real account; the hub registers a device.
    pub async fn sign_in(server: &str, user: &str, password: &str) -> Result<Self> {
        let transport = NativeTransport::new()?;
        let request = SignInRequest {
            user: user.to_owned(),
            password: password.to_owned(),
            device_name: "a modified client".to_owned(),
        };
        let answer = transport.sign_in(server, &request).await?;
        Ok(Self {
            transport,
            server: server.to_owned(),
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            device: answer.device,
            actor: Actor(SystemEntropy.sixteen()),
            generation: 0,
        })
    }

    /// Goes on under another actor, as a device does whose store was an older copy.
    pub fn take_stream(&mut self, actor: Actor) {
        self.actor = actor;
        self.generation = 0;
    }

    /// Pushes documents in one request; one result each.
    pub async fn push(&mut self, pushes: Vec<PushedDocument>) -> Result<Vec<PushResult>> {
        let response = self.exchange(SyncRequest { pushes, ..self.quiet() }).await?;
        ensure!(response.stream == StreamStatus::Current, "the hub took the store for an older copy");
        self.generation += 1;
        Ok(response.results)
    }

    /// Every document of a book, as a new device gets them.
    pub async fn download(&mut self, book: BookId) -> Result<Vec<DownloadedDocument>> {
        let (mut documents, mut ask) = (Vec::new(), DownloadAsk { book, token: None });
        loop {
            let page_bytes = limits::PAGE_BYTES as u32;
            let request = SyncRequest { downloads: vec![ask], page_bytes, ..self.quiet() };
            let pages = self.exchange(request).await?.books;
            let page = pages.into_iter().find(|page| page.book == book).context("no page of the book")?;
            documents.extend(page.downloaded);
            match page.download {
                Some(token) => ask.token = Some(token),
                None => return Ok(documents),
            }
        }
    }

    fn quiet(&self) -> SyncRequest {
        let (actor, current) = (self.actor, self.generation);
        quiet_request(self.device, StreamState { actor, current, next: current + 1 })
    }

    /// One exchange; once more with new tokens when the old ones have come to their end.
    async fn exchange(&mut self, request: SyncRequest) -> Result<SyncResponse> {
        let message = encode(&request);
        let mut answer = self.transport.exchange(&self.server, &self.access_token, message.clone()).await;
        if matches!(&answer, Err(TransportError::Hub(error)) if error.code == ErrorCode::SignInNeeded) {
            let request = RefreshRequest { refresh_token: self.refresh_token.clone() };
            let fresh = self.transport.refresh(&self.server, &request).await?;
            (self.access_token, self.refresh_token) = (fresh.access_token, fresh.refresh_token);
            answer = self.transport.exchange(&self.server, &self.access_token, message).await;
        }
        decode(&answer?.body, limits::RESPONSE_BYTES).context("the hub's answer")
    }
}

/// An edit of a document by `actor`, at the document's heads: the document goes on from it.
pub fn edit(document: &mut Document, actor: Actor, assignments: &[&str]) -> Result<Change> {
    let kind = document.kind();
    let set = |text: &&str| Ok(Operation::Set(parse_assignment(kind, text)?));
    let operations = assignments.iter().map(set).collect::<Result<Vec<_>>>()?;
    let author = Author { actor, now: NOW };
    let edited = document.edit(author, &operations, &mut SystemEntropy)?;
    Ok(edited.context("the edit changes nothing")?.change)
}

/// The push of a document with these chunks, whatever they are.
#[must_use]
pub fn push_of(
    document: DocumentId,
    kind: Kind,
    book: BookId,
    chunks: impl IntoIterator<Item = Vec<u8>>,
) -> PushedDocument {
    let change = |bytes: Vec<u8>| PushedChange { bytes: bytes.into(), replaces: None };
    PushedDocument {
        document: Some(document),
        kind,
        lineage: 1,
        book,
        changes: chunks.into_iter().map(change).collect(),
        proofs: None,
    }
}

/// The request of a device that holds nothing, pushes nothing and wants little.
#[must_use]
pub fn quiet_request(device: DeviceId, stream: StreamState) -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        schema: SCHEMA_VERSION,
        device,
        stream,
        cursors: Cursors::List(Vec::new()),
        pushes: Vec::new(),
        downloads: Vec::new(),
        repairs: Vec::new(),
        complete_up_to_ms: None,
        bundle_version: None,
        page_bytes: limits::PAGE_BYTES_MIN as u32,
        wiped: None,
        closed_days: None,
        report: None,
    }
}
