//! `fieldbook compact`.

use clap::Args;
use document_model::DocumentId;
use serde_json::json;

use super::error::{Exit, Failure};
use super::output::{Answer, spinner};
use crate::app::App;
use crate::hub::{BegunAnew, Compacted, Gate};
use crate::storage::Storage;

/// Compacting.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook compact")]
pub(super) struct Compact {
    /// Instead, begin this one document anew: its history goes, what it shows stays. A hub does so by itself
    /// with documents above 64 KiB.
    #[arg(long, value_name = "ID")]
    anew: Option<DocumentId>,
}

impl Compact {
    pub(super) async fn run<S: Storage, G: Gate>(&self, app: &App<S, G>) -> Result<Answer, Failure> {
        match self.anew {
            Some(document) => begin_anew(app, document).await,
            None => compact(app).await,
        }
    }
}

async fn compact<S: Storage, G: Gate>(app: &App<S, G>) -> Result<Answer, Failure> {
    let progress = spinner();
    let books = app.hub.storage().books().await?;
    let ids: Vec<_> = books.iter().map(|book| book.id).collect();
    let tell = |sentence: &str| progress.set_message(sentence.to_owned());
    let done = app.hub.compact(&ids, app.clock.now(), &tell).await;
    progress.finish_and_clear();
    let done = done?;
    let Compacted { books, documents, entries, bytes_before, bytes_after, damaged } = done;
    let mut text = format!(
        "Looked at {books} books. {entries} entries of {documents} documents carry nothing any more: their feeds carry \
         {bytes_after} bytes where it were {bytes_before}. Every entry still says which edit it was, whose and when."
    );
    if damaged > 0 {
        text.push_str(&format!(
            "\n{damaged} documents were left as they are: what is saved of them lacks what their entries carry. \
             Run `fieldbook verify`."
        ));
    }
    Answer::new(text, &done)
}

async fn begin_anew<S: Storage, G: Gate>(app: &App<S, G>, document: DocumentId) -> Result<Answer, Failure> {
    let no =
        |code, what: String, to_do| Err(Failure::told(Exit::No, code, what, "Nothing was changed", to_do));
    match app.hub.begin_anew(document, app.clock.now()).await? {
        BegunAnew::Begun { lineage, bytes_before, bytes_after } => {
            let text = format!(
                "{document} begins anew, for the {}th time: {bytes_after} bytes where it were {bytes_before}.",
                lineage - 1
            );
            let json = json!({
                "id": document,
                "lineage": lineage,
                "bytes_before": bytes_before,
                "bytes_after": bytes_after,
            });
            Answer::new(text, &json)
        }
        BegunAnew::Unknown => {
            no("DOCUMENT-UNKNOWN", format!("There is no document {document}"), "Check the id")
        }
        BegunAnew::Clashes => no(
            "DOCUMENT-CLASHES",
            format!("Values of {document} clash, and what is not shown would be lost"),
            "Have its rep pick first",
        ),
        BegunAnew::NotWorthIt => {
            no("DOCUMENT-AS-SMALL", format!("{document} would not be smaller"), "There is nothing to do")
        }
    }
}
