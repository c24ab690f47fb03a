//! Pokes: "book B is at 812". Losing every one of them changes latency alone.

use std::collections::BTreeMap;

use document_model::BookId;
use sync_protocol::Poke;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Pokes a slow listener may fall behind before it misses the oldest.
const BACKLOG: usize = 1_024;

/// Tells listeners in this process of news: of what this hub stored, and of what it heard that others did.
#[derive(Debug, Clone)]
pub struct Pokes {
    all: broadcast::Sender<Poke>,
    own: broadcast::Sender<Poke>,
}

impl Default for Pokes {
    fn default() -> Self {
        Self { all: broadcast::Sender::new(BACKLOG), own: broadcast::Sender::new(BACKLOG) }
    }
}

impl Pokes {
    /// A listener to all news from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Poke> {
        self.all.subscribe()
    }

    /// A listener to what this hub itself stores from now on: whoever passes news on to other hubs must not
    /// send back what came from there.
    #[must_use]
    pub fn listen_to_own(&self) -> broadcast::Receiver<Poke> {
        self.own.subscribe()
    }

    /// Says that this hub stored something new in a book. Nobody listening is no fault: pokes are hints.
    pub fn poke(&self, book: BookId, seq: u64) {
        let poke = Poke { book, seq };
        send(&self.own, poke);
        send(&self.all, poke);
    }

    /// Says that another hub did.
    pub(super) fn pass_on(&self, poke: Poke) {
        send(&self.all, poke);
    }

    /// Whether anybody listens to all news.
    pub(super) fn are_heard(&self) -> bool {
        self.all.receiver_count() > 0
    }
}

fn send(listeners: &broadcast::Sender<Poke>, poke: Poke) {
    let count = listeners.receiver_count();
    if count > 0 && listeners.send(poke).is_err() {
        tracing::debug!(name: "pokes.unheard", listeners = count);
    }
}

/// Waits for news, then takes all there is, the newest of each book; `None` once the hub is gone. Of what
/// waited for long the oldest is missing: nobody who speaks ever waits for a listener.
pub async fn gather(listener: &mut broadcast::Receiver<Poke>) -> Option<Vec<Poke>> {
    let first = loop {
        match listener.recv().await {
            Ok(poke) => break poke,
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    };
    let more = std::iter::from_fn(|| listener.try_recv().ok());
    Some(newest(std::iter::once(first).chain(more).take(BACKLOG)))
}

/// One poke for each book: the newest.
#[must_use]
pub fn newest(pokes: impl IntoIterator<Item = Poke>) -> Vec<Poke> {
    let mut heads = BTreeMap::new();
    for Poke { book, seq } in pokes {
        let head = heads.entry(book).or_insert(seq);
        *head = seq.max(*head);
    }
    heads.into_iter().map(|(book, seq)| Poke { book, seq }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poke(book: u8, seq: u64) -> Poke {
        Poke { book: BookId([book; 16]), seq }
    }

    #[test]
    fn of_many_pokes_the_newest_of_each_book_remains() {
        let many = [poke(2, 7), poke(1, 3), poke(2, 9), poke(2, 8), poke(1, 3)];
        assert_eq!(newest(many), [poke(1, 3), poke(2, 9)]);
        assert_eq!(newest([]), []);
    }

    #[tokio::test]
    async fn what_others_stored_is_no_news_for_them() {
        let pokes = Pokes::default();
        let (mut all, mut own) = (pokes.listen(), pokes.listen_to_own());
        pokes.pass_on(poke(1, 5));
        pokes.poke(BookId([1; 16]), 6);
        assert_eq!((all.recv().await, all.recv().await), (Ok(poke(1, 5)), Ok(poke(1, 6))));
        assert_eq!(gather(&mut own).await, Some(vec![poke(1, 6)]));
        drop(pokes);
        assert_eq!(gather(&mut own).await, None);
    }

    #[tokio::test]
    async fn whoever_asks_late_misses_the_oldest() {
        let pokes = Pokes::default();
        let mut own = pokes.listen_to_own();
        pokes.poke(BookId([1; 16]), 1);
        for seq in 1..=BACKLOG as u64 {
            pokes.poke(BookId([2; 16]), seq);
        }
        assert_eq!(gather(&mut own).await, Some(vec![poke(2, BACKLOG as u64)]));
        pokes.poke(BookId([1; 16]), 2);
        assert_eq!(gather(&mut own).await, Some(vec![poke(1, 2)]));
    }
}
