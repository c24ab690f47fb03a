//! One exchange with the hub, cut where the network is waited for.
//!
//! [`Client::exchange`] does it in one go, for programs that do nothing else meanwhile. An app must stay usable while an
//! exchange is on its way: it takes an [`Errand`], carries it to the hub without holding the client, and tells the client
//! what came of it. Edits made in between are in the tail behind those that were sent.

use sync_protocol::sign_in::{RefreshRequest, SignInResponse};
use sync_protocol::{Advice, ErrorCode, SyncResponse, decode, encode, limits};

use document_model::Moment;

use super::{Client, ClientError, SyncReport, keep_tokens};
use crate::engine::{Effects, Event, Failure, OpenedSnapshot, Outgoing};
use crate::platform::map_each;
use crate::records::{decode as decode_record, keys};
use crate::store::Store;
use crate::transport::{Answer, Transport, TransportError};

/// An access token this close to its end is renewed first.
const TOKEN_MARGIN_MS: i64 = 30_000;

/// Something to ask the hub, with all that asking takes: tokens too, so it is never printed.
pub struct Errand {
    server: String,
    ask: Ask,
    stage: Stage,
}

enum Ask {
    Tokens(String),
    Exchange { access_token: String, message: Vec<u8> },
}

/// Where in an exchange the errand is.
enum Stage {
    /// Tokens first; nothing is composed yet.
    TokensFirst,
    /// The request is out.
    Sent { outgoing: Box<Outgoing>, renewed: bool },
    /// The request was refused for its token: fresh ones, then once more.
    TokensAgain { outgoing: Box<Outgoing>, first: TransportError },
}

/// What came of an errand.
pub enum Told {
    /// Of asking for tokens.
    Tokens(Result<SignInResponse, TransportError>),
    /// Of an exchange.
    Answer(Result<Answer, TransportError>),
}

/// What follows.
pub enum Next {
    /// The exchange goes on with this.
    Errand(Box<Errand>),
    /// It is over; `again`: another should follow at once.
    Over {
        /// Whether.
        again: bool,
    },
}

impl Errand {
    /// Carries it to the hub and back.
    pub async fn run(&mut self, transport: &impl Transport) -> Told {
        match &mut self.ask {
            Ask::Tokens(token) => {
                let request = RefreshRequest { refresh_token: token.clone() };
                Told::Tokens(transport.refresh(&self.server, &request).await)
            }
            Ask::Exchange { access_token, message } => {
                let message = std::mem::take(message);
                Told::Answer(transport.exchange(&self.server, access_token, message).await)
            }
        }
    }
}

impl<S: Store, T: Transport> Client<S, T> {
    /// One exchange; `true` when another should follow at once.
    pub async fn exchange(&mut self, now: Moment, total: &mut SyncReport) -> Result<bool, ClientError> {
        let mut next = self.begin_exchange(now, total).await?;
        loop {
            match next {
                Next::Over { again } => return Ok(again),
                Next::Errand(mut errand) => {
                    let told = errand.run(&self.transport).await;
                    next = self.go_on(*errand, told, now, total).await?;
                }
            }
        }
    }

    /// Begins an exchange: what to ask first, if there is a reason to ask.
    pub async fn begin_exchange(&mut self, now: Moment, total: &mut SyncReport) -> Result<Next, ClientError> {
        let device = self.engine()?.device();
        if device.refresh_token.is_empty() {
            return Err(ClientError::SignInNeeded);
        }
        if device.access_until_ms - TOKEN_MARGIN_MS > now.0 {
            return self.request(now, total).await;
        }
        self.tokens(Stage::TokensFirst)
    }

    /// Goes on with what came of an errand.
    pub async fn go_on(
        &mut self,
        errand: Errand,
        told: Told,
        now: Moment,
        total: &mut SyncReport,
    ) -> Result<Next, ClientError> {
        match (errand.stage, told) {
            (Stage::TokensFirst, Told::Tokens(told)) => {
                match self.keep(told, now).await {
                    Err(ClientError::Transport(error)) => {
                        // The failure is counted like any other, so that trying again is armed.
                        if let Some(request) = self.compose(now).await?.send {
                            self.run(Event::Failed { failure: before_sending(&error), request }, now).await?;
                        }
                        return Err(error.into());
                    }
                    kept => kept?,
                }
                self.request(now, total).await
            }
            (Stage::TokensAgain { outgoing, first }, Told::Tokens(told)) => {
                match self.keep(told, now).await {
                    Ok(()) => self.send(outgoing, true),
                    Err(ClientError::SignInNeeded) => {
                        self.failed(failure_of(&first), first, outgoing, now).await
                    }
                    Err(ClientError::Transport(error)) => {
                        self.failed(before_sending(&error), error, outgoing, now).await
                    }
                    Err(error) => Err(error),
                }
            }
            (Stage::Sent { outgoing, renewed }, Told::Answer(told)) => {
                self.answered(outgoing, renewed, told, now, total).await
            }
            (Stage::Sent { .. }, Told::Tokens(_)) | (_, Told::Answer(_)) => {
                unreachable!("what is told of an errand is of its own kind")
            }
        }
    }

    /// Composes and sends, if there is anything to ask.
    async fn request(&mut self, now: Moment, total: &mut SyncReport) -> Result<Next, ClientError> {
        let effects = self.compose(now).await?;
        total.report.add(&effects.report);
        let Some(outgoing) = effects.send else { return Ok(Next::Over { again: false }) };
        total.exchanges += 1;
        self.send(outgoing, false)
    }

    /// Composes a request; with the hub's receipts where it lacks what it once acknowledged.
    async fn compose(&mut self, now: Moment) -> Result<Effects, ClientError> {
        let mut receipts = Vec::new();
        if self.engine()?.gives_back() {
            for (_, record) in self.store.scan(keys::RECEIPTS).await? {
                receipts.push(decode_record(&record)?);
            }
        }
        self.run(Event::Sync { receipts }, now).await
    }

    fn send(&self, outgoing: Box<Outgoing>, renewed: bool) -> Result<Next, ClientError> {
        let device = self.engine()?.device();
        let ask =
            Ask::Exchange { access_token: device.access_token.clone(), message: encode(&outgoing.request) };
        let stage = Stage::Sent { outgoing, renewed };
        Ok(Next::Errand(Box::new(Errand { server: device.server.clone(), ask, stage })))
    }

    fn tokens(&self, stage: Stage) -> Result<Next, ClientError> {
        let device = self.engine()?.device();
        let ask = Ask::Tokens(device.refresh_token.clone());
        Ok(Next::Errand(Box::new(Errand { server: device.server.clone(), ask, stage })))
    }

    /// Keeps fresh tokens. Refused ones end the sign-in, never the work.
    async fn keep(
        &mut self,
        told: Result<SignInResponse, TransportError>,
        now: Moment,
    ) -> Result<(), ClientError> {
        match told {
            Ok(answer) => {
                let batch = self.engine_mut()?.update_device(|device| keep_tokens(device, &answer, now));
                self.commit(vec![batch]).await
            }
            Err(TransportError::WrongPassword) => {
                self.sign_out().await?;
                Err(ClientError::SignInNeeded)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn answered(
        &mut self,
        outgoing: Box<Outgoing>,
        renewed: bool,
        told: Result<Answer, TransportError>,
        now: Moment,
        total: &mut SyncReport,
    ) -> Result<Next, ClientError> {
        let answer = match told {
            Ok(answer) => answer,
            Err(error) => {
                let ended =
                    matches!(&error, TransportError::Hub(told) if told.code == ErrorCode::SignInNeeded);
                return match (ended, renewed) {
                    (true, false) if !self.engine()?.device().refresh_token.is_empty() => {
                        self.tokens(Stage::TokensAgain { outgoing, first: error })
                    }
                    // The refresh token was good just now: not a matter for a person, try again.
                    (true, true) => self.failed(Failure::Unreachable, error, outgoing, now).await,
                    _ => self.failed(failure_of(&error), error, outgoing, now).await,
                };
            }
        };
        let response = match read(&answer) {
            Ok(response) => response,
            Err(error) => return self.failed(Failure::NoAnswer, error, outgoing, now).await,
        };
        total.bytes_up += answer.bytes_up;
        total.bytes_down += answer.bytes_down;
        let downloaded: Vec<_> = response.books.iter().flat_map(|page| &page.downloaded).collect();
        let opened = map_each(&downloaded, |document| OpenedSnapshot::of(document));
        let event = Event::Reply { request: outgoing, response: Box::new(response), opened };
        let effects = self.run(event, now).await?;
        total.report.add(&effects.report);
        Ok(Next::Over { again: effects.again })
    }

    /// Notes a failed exchange, and says so.
    async fn failed(
        &mut self,
        failure: Failure,
        error: TransportError,
        outgoing: Box<Outgoing>,
        now: Moment,
    ) -> Result<Next, ClientError> {
        self.run(Event::Failed { failure, request: outgoing }, now).await?;
        Err(error_for_person(error))
    }
}

/// Reads the hub's answer; something unreadable counts as no answer.
fn read(answer: &Answer) -> Result<SyncResponse, TransportError> {
    decode(&answer.body, limits::RESPONSE_BYTES)
        .map_err(|error| TransportError::NoAnswer(format!("an answer that is no message: {error}")))
}

/// What a failed exchange means for what it carried.
fn failure_of(error: &TransportError) -> Failure {
    match error {
        TransportError::Hub(error) => Failure::Hub(*error),
        TransportError::Unreachable(_) => Failure::Unreachable,
        TransportError::WrongPassword | TransportError::WrongCode | TransportError::NoAnswer(_) => {
            Failure::NoAnswer
        }
    }
}

/// The same where what failed came before anything was sent: fetching fresh tokens.
fn before_sending(error: &TransportError) -> Failure {
    match failure_of(error) {
        Failure::Hub(error) if error.code.before_any_edit() => Failure::Hub(error),
        _ => Failure::Unreachable,
    }
}

fn error_for_person(error: TransportError) -> ClientError {
    match &error {
        TransportError::Hub(wire) if wire.code.advice() == Advice::SignIn => ClientError::SignInNeeded,
        _ => ClientError::Transport(error),
    }
}
