//! The hub: decode -> gate -> authorise each operation -> project -> derive ledger entries ->
//! commit -> acknowledge -> poke.
//!
//! [`Hub`] loads, calls pure decisions and commits; it knows neither HTTP nor a database. The same
//! code runs in the server and in the simulation.

mod absences;
mod accounts;
mod audit;
mod closing;
mod compaction;
mod completeness;
mod contacts;
mod due;
mod exception;
mod explain;
mod figures;
pub mod gate;
mod heads;
mod invitations;
mod lineage;
mod own_devices;
mod pokes;
mod policies;
mod policy;
mod project;
mod pull;
mod push;
mod receipts;
mod records;
mod rules;
mod standing;
mod targets;
mod verify;
mod write;

use std::sync::Arc;

use document_model::{Actor, Moment};
use jiff::tz::TimeZone;
use sync_protocol::{ErrorCode, Exchange, Poke, StreamStatus, SyncRequest, SyncResponse};

pub use absences::{AbsenceOrder, NotNoted};
pub use accounts::{
    AccountChange, AccountRefused, AccountRow, AccountsWanted, ChangedAccount, DeviceRow, DevicesWanted,
    NewAccount,
};
pub use audit::{AuditCheck, AuditPage};
pub use closing::{ClosingError, ClosingShown};
pub use compaction::Compacted;
pub use completeness::{CompletenessShown, SilentDevice, SilentShown};
pub use contacts::Contacts;
pub use due::ClosingRules;
pub(crate) use due::LOOKED_AT_DAYS;
pub use exception::{ExceptionAsked, ExceptionEnded, ExceptionError, ExceptionShown};
pub use explain::{Cause, EntryShown, ExplainError, Explanation};
pub(crate) use figures::name_of;
pub use figures::{FigureAnswerNamed, FigureRowNamed, OpenDay, Percent, SumsShown};
pub use gate::{Gate, GateDown, InlineGate, ProcessGate, ThreadGate};
pub use heads::{Heads, HeadsKey, LedgerHead, LedgerHeads, NotSigned};
pub use invitations::{INVITATION_DAYS, INVITATION_DAYS_MOST, Invited, InvitedTogether, ToInvite};
pub use lineage::{BegunAnew, Outgrown};
pub use own_devices::OwnDevice;
pub use pokes::{Pokes, gather, newest};
pub use policies::{PoliciesError, PoliciesShown, PolicyRow};
pub use policy::{EditShown, FieldEdit, PathShown, PolicyEdit, PolicyEntry, PolicyShown};
pub use project::{Judgement, Standing, judge};
pub use receipts::ReceiptKey;
pub use records::{ApproveError, Approved, AwaitingPolicy, AwaitingShown, RecordWrite};
pub use rules::Rules;
pub use standing::{RankShown, StandingShown, TargetShown};
pub use targets::{AttainmentRow, AttainmentShown};
pub use verify::{Difference, VerifyReport};
pub use write::{HubWrite, WriteResult};

use crate::auth::Principal;
use crate::storage::{Storage, StorageError, Stored};
use completeness::Field;
use push::Asked;
use rules::RulesCache;

/// Times a push is computed again because another commit came first, before the device is told to
/// push again.
const COMMIT_ATTEMPTS: usize = 8;

/// Why the hub could not answer. Nothing was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The storage could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No edit can be judged right now.
    #[error(transparent)]
    Gate(#[from] GateDown),
    /// The device is revoked.
    #[error("the device is revoked")]
    DeviceRevoked,
    /// The request names another device than the one signed in, or something the account may not do.
    #[error("not allowed")]
    NotAllowed,
}

impl HubError {
    /// The code that tells the device.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Storage(StorageError::Busy) | Self::Gate(GateDown) => ErrorCode::Busy,
            Self::Storage(
                StorageError::Full
                | StorageError::Unwritable(_)
                | StorageError::Disk(_)
                | StorageError::Unsynced(_)
                | StorageError::Lost(_)
                | StorageError::Unsure(_)
                | StorageError::MasterKey(_)
                | StorageError::Failed(_),
            ) => ErrorCode::StorageFailed,
            Self::Storage(StorageError::Damaged(_)) => ErrorCode::Internal,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::NotAllowed => ErrorCode::NotAllowed,
        }
    }
}

/// The hub over any storage and gate. Clones share everything.
#[derive(Clone)]
pub struct Hub<S, G> {
    storage: S,
    gate: G,
    rules: Arc<RulesCache>,
    pokes: Pokes,
    contacts: Arc<Contacts>,
    field: Arc<Field>,
    outgrown: Arc<Outgrown>,
    own_stream: Actor,
    receipts: ReceiptKey,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// A hub. The actors it writes headquarters' documents with, one for each user, follow from `own_stream`, the
    /// same for the life of the storage; `receipts` outlives the storage, so that a restored one knows what was said.
    pub fn new(storage: S, gate: G, zone: TimeZone, own_stream: Actor, receipts: ReceiptKey) -> Self {
        Self {
            storage,
            gate,
            rules: Arc::new(RulesCache::new(zone)),
            pokes: Pokes::default(),
            contacts: Arc::default(),
            field: Arc::default(),
            outgrown: Arc::default(),
            own_stream,
            receipts,
        }
    }

    /// Puts the company's zone in force that was chosen when it set its hub up. Only before there is anybody to ask:
    /// business days change with it.
    pub fn set_zone(&self, zone: TimeZone) {
        self.rules.set_zone(zone);
    }

    /// The storage.
    #[must_use]
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &G {
        &self.gate
    }

    /// Who wants to hear of news.
    #[must_use]
    pub fn pokes(&self) -> &Pokes {
        &self.pokes
    }

    /// Another hub on the same database says that a book has news. What it says is not believed, or one wrong
    /// number would keep a book's listeners from all true ones: they are told what the storage holds, and of a
    /// book that is not there nobody is told anything.
    pub async fn hear(&self, hint: Poke) -> Stored<()> {
        if self.pokes.are_heard()
            && let Some(book) = self.storage.book(hint.book).await?
        {
            self.pokes.pass_on(Poke { book: book.id, seq: book.seq });
        }
        Ok(())
    }

    /// Contact times not yet written.
    #[must_use]
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// The rules as stored now.
    pub async fn current_rules(&self) -> Result<Arc<Rules>, HubError> {
        Ok(self.rules.current(&self.storage).await?)
    }

    /// One exchange: takes the pushes, then answers what the device lacks. Everything acknowledged
    /// is durable and in history; any request may come twice.
    pub async fn exchange(
        &self,
        principal: &Principal,
        request: SyncRequest,
        now: Moment,
    ) -> Result<SyncResponse, HubError> {
        // Neither needs the other: on a database that is another process each is a way there and back.
        let checks = futures::future::try_join(
            self.admit_device(principal, &request),
            self.stream_status(principal, &request),
        );
        let ((), stream) = Box::pin(checks).await?;
        self.contacts.heard(principal.device, now, None);
        let names = self.names(&request).await?;
        let asked = Asked { principal, request: &request, names, now };
        let pushed = self.push(&asked, stream).await?;
        for (book, seqs) in &pushed.own {
            self.pokes.poke(*book, *seqs.end());
        }
        if let Some(report) = &request.report {
            self.contacts.told(principal.device, completeness::told(report, &request, &pushed.results, now));
        }
        let day_results = self.complete(&asked, &pushed.results).await?;
        let pulled = self.pull(&asked, stream, &pushed.own).await?;
        let mut response = SyncResponse {
            protocol: sync_protocol::PROTOCOL_VERSION,
            hub_time_ms: now.0,
            stream,
            results: pushed.results,
            books: pulled.pages,
            gone: pulled.gone,
            origins: pulled.origins,
            list_cursors: pulled.list_cursors,
            wipe: None,
            receipt: None,
            day_results,
        };
        let exchange = Exchange {
            request: &request,
            documents: &asked.names,
            user: &principal.user,
            response: &response,
        };
        response.receipt = self.receipts.sign(&exchange.statements());
        Ok(response)
    }

    async fn admit_device(&self, principal: &Principal, request: &SyncRequest) -> Result<(), HubError> {
        if principal.device != request.device {
            return Err(HubError::NotAllowed);
        }
        match self.storage.device(principal.device).await? {
            Some(device) if device.user == principal.user && !device.revoked => Ok(()),
            Some(device) if device.revoked => Err(HubError::DeviceRevoked),
            _ => Err(HubError::NotAllowed),
        }
    }

    /// Whether the device's store is the newest of its line.
    async fn stream_status(
        &self,
        principal: &Principal,
        request: &SyncRequest,
    ) -> Result<StreamStatus, HubError> {
        let stream = request.stream;
        let known = self.storage.streams(&[stream.actor]).await?.pop().flatten();
        let fits = match known {
            None => stream.current == 0,
            Some(known) => {
                known.device == principal.device
                    && (known.generation == stream.current || known.generation == stream.next)
            }
        };
        Ok(if fits { StreamStatus::Current } else { StreamStatus::Stale })
    }
}
