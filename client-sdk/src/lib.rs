//! Fieldbook on a device: a whole book kept locally, edited with or without a network, synced when
//! there is one.
//!
//! [`Client`] is what apps call. Around it: the pure [`engine`] decides, a [`store`] keeps sealed
//! records, a [`transport`] reaches the hub. The same engine runs natively, in browsers and in the
//! simulation.
//!
//! Features: `planted-bugs` compiles deliberate faults in for the simulation; nothing else is optional.

pub mod app;
#[cfg(target_arch = "wasm32")]
mod bindings;
mod client;
pub mod engine;
mod figures;
pub mod pace;
pub mod pin;
pub mod platform;
mod query;
mod records;
pub mod seal;
mod search;
pub mod store;
pub mod transport;

pub use client::{Client, ClientError, Errand, Next, SignedIn, SyncReport, Told};
pub use figures::{DifferenceCause, FigureDifference, FigureLine, Figures, SumsView};
pub use query::{ClashesOf, DocumentView, HistoryLine, ListItem, ProblemView, Status, TrayView};
pub use records::{
    BookRecord, DeviceRecord, IndexRecord, ReceiptRecord, RecordState, Row, TailChange, TrayItem,
};
pub use search::{Query, Rank, SearchKeys, keys_of, matches};
