//! Pokes: "book B is at 812". Losing every one of them changes latency alone.

use document_model::BookId;
use sync_protocol::Poke;
use tokio::sync::broadcast;

/// Pokes a slow listener may fall behind before it misses some.
const BACKLOG: usize = 1_024;

/// Tells listeners in this process of news.
#[derive(Debug, Clone)]
pub struct Pokes {
    sender: broadcast::Sender<Poke>,
}

impl Default for Pokes {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }
}

impl Pokes {
    /// A listener to all news from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Poke> {
        self.sender.subscribe()
    }

    /// Says that a book has news. Nobody listening is no fault: pokes are hints.
    pub fn poke(&self, book: BookId, seq: u64) {
        let listeners = self.sender.receiver_count();
        if listeners > 0 && self.sender.send(Poke { book, seq }).is_err() {
            tracing::debug!(name: "pokes.unheard", listeners);
        }
    }
}
