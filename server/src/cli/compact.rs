//! `fieldbook compact`.

use super::error::Failure;
use super::output::{Answer, spinner};
use crate::app::App;
use crate::hub::{Compacted, Gate};
use crate::storage::Storage;

pub(super) async fn run<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let progress = spinner();
    let books = app.hub.storage().books().await?;
    let ids: Vec<_> = books.iter().map(|book| book.id).collect();
    let tell = |sentence: &str| progress.set_message(sentence.to_owned());
    let done = app.hub.compact(&ids, app.clock.now(), &tell).await;
    progress.finish_and_clear();
    let done = done?;
    Answer::new(in_words(&done), &done)
}

fn in_words(done: &Compacted) -> String {
    let Compacted { books, documents, entries, bytes_before, bytes_after } = done;
    format!(
        "Looked at {books} books. {entries} entries of {documents} documents carry nothing any more: their feeds carry \
         {bytes_after} bytes where it were {bytes_before}. Every entry still says which edit it was, whose and when."
    )
}
