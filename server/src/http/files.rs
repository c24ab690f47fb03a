//! Files over HTTP: written beside the memory first, then sent from there.
//!
//! A file is written whole before the first byte of it goes out: one that cannot be written is an error and not
//! half a file. Few are written at once, for that takes a core; more may be on their way to slow readers.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use sync_protocol::ErrorCode;
use tokio::sync::Semaphore;
use tokio_util::io::ReaderStream;

use super::error::ApiError;
use super::tag::Tag;
use crate::export::{ExportError, FigureExport, FileForm};

/// Files written at once; further ones wait their turn.
const WRITTEN_AT_ONCE: usize = 2;
/// Files that are waited for, written or sent at once; who wants a further one is told to come again.
pub(super) const OPEN_AT_ONCE: usize = 32;

/// Places for files. Clones share them.
#[derive(Clone)]
pub(super) struct Files {
    writing: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Files {
    pub(super) fn new() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { writing: places(WRITTEN_AT_ONCE), open: places(OPEN_AT_ONCE) }
    }

    /// Runs work that takes a core for a while where it keeps nobody else waiting, a few at once.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.writing.clone().acquire_owned().await.map_err(|_| ApiError::internal())?;
        let working = tokio::task::spawn_blocking(move || {
            // Held until it is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        working.await.map_err(|_| ApiError::internal())
    }

    /// The answer as a file, or without a body where the client holds it.
    pub(super) async fn answer(
        &self,
        asked: &HeaderMap,
        export: FigureExport,
        form: FileForm,
        tag: Tag,
    ) -> Result<Response, ApiError> {
        if let Some(held) = tag.held(asked) {
            return Ok(held);
        }
        let name = export.file_name(form);
        let place = self.open.clone().try_acquire_owned().map_err(|_| ApiError::Wire(ErrorCode::Busy))?;
        let (file, bytes) = self.aside(move || written(&export, form)).await??;
        let chunks = ReaderStream::new(tokio::fs::File::from_std(file)).map(move |chunk| {
            let _held = &place;
            chunk
        });
        let headers = [
            (CONTENT_TYPE, form.media_type().to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            (CONTENT_LENGTH, bytes.to_string()),
        ];
        Ok(tag.on((headers, Body::from_stream(chunks)).into_response()))
    }
}

/// A file that is gone when it is closed, at its beginning, and its bytes.
fn written(export: &FigureExport, form: FileForm) -> Result<(File, u64), ExportError> {
    let mut file = tempfile::tempfile()?;
    let mut out = BufWriter::new(&file);
    export.write(form, &mut out)?;
    out.flush()?;
    drop(out);
    let bytes = file.stream_position()?;
    file.rewind()?;
    Ok((file, bytes))
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            told @ ExportError::TooManyRows(_) => Self::Question(told.to_string()),
            ExportError::Write(_) | ExportError::Workbook(_) => {
                tracing::error!(error.reason = %error, "a file could not be written");
                Self::internal()
            }
        }
    }
}
