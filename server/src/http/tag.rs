//! Entity tags: what a client holds already is not sent again.
//!
//! A tag is made of the answer itself, so that it says nothing but that the answer is the same. The work of
//! finding the answer is done all the same; what is saved is the way.

use std::io::{self, Write};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::ApiError;

/// Bytes of the digest a tag tells.
const TAG_BYTES: usize = 16;
/// Kept by who asked alone, and asked about again each time.
const HELD: HeaderValue = HeaderValue::from_static("private, no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The tag of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    digest: String,
    /// Whether equal tags mean equal bytes, and not only an equal answer.
    is_strong: bool,
}

impl Tag {
    /// The tag of an answer that goes out as these bytes.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self { digest: Digesting::default().and(bytes).done(), is_strong: true }
    }

    /// The tag of a file that goes out in several encodings.
    pub(super) fn of_file(bytes: &[u8]) -> Self {
        Self { is_strong: false, ..Self::of_bytes(bytes) }
    }

    /// The tag of an answer that goes out in another form, in bytes that may differ from time to time.
    pub(super) fn of_answer(form: &str, answer: &impl Serialize) -> Result<Self, ApiError> {
        // Digested as it is written down: the answer is not held a second time.
        let mut digesting = Digesting::default().and(form.as_bytes()).and(b"\n");
        serde_json::to_writer(&mut digesting, answer).map_err(unwritten)?;
        Ok(Self { digest: digesting.done(), is_strong: false })
    }

    /// Whether the client says that it holds the answer.
    fn is_held(&self, asked: &HeaderMap) -> bool {
        let told = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = told.flat_map(|list| list.split(',')).map(str::trim);
        let quoted = format!("\"{}\"", self.digest);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == quoted)
    }

    /// The answer without a body, where the client holds it.
    pub(super) fn held(&self, asked: &HeaderMap) -> Option<Response> {
        self.is_held(asked).then(|| self.on(StatusCode::NOT_MODIFIED.into_response()))
    }

    /// An answer with its tag.
    pub(super) fn on(&self, mut answer: Response) -> Response {
        let strength = if self.is_strong { "" } else { "W/" };
        if let Ok(tag) = HeaderValue::try_from(format!("{strength}\"{}\"", self.digest)) {
            answer.headers_mut().insert(ETAG, tag);
            answer.headers_mut().insert(CACHE_CONTROL, HELD);
        }
        answer
    }
}

/// An answer in JSON with its tag, or without a body where the client holds it.
pub(super) fn json(asked: &HeaderMap, answer: &impl Serialize) -> Result<Response, ApiError> {
    let bytes = serde_json::to_vec(answer).map_err(unwritten)?;
    let tag = Tag::of_bytes(&bytes);
    Ok(tag.held(asked).unwrap_or_else(|| tag.on(([(CONTENT_TYPE, JSON)], bytes).into_response())))
}

fn unwritten(why: serde_json::Error) -> ApiError {
    tracing::error!(error.reason = %why, "an answer could not be written down");
    ApiError::internal()
}

/// Digests what is written to it.
#[derive(Default)]
struct Digesting(Sha256);

impl Digesting {
    fn and(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    fn done(self) -> String {
        self.0.finalize()[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(tags: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for tag in tags {
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap());
        }
        headers
    }

    #[test]
    fn a_client_may_hold_several_answers() {
        let tag = Tag::of_bytes(b"answer");
        let own = format!("\"{}\"", tag.digest);
        let weak = format!("W/{own}");
        for held in
            [&[own.as_str()][..], &["\"a\", \"b\",", &own], &[&format!("\"a\",{own}")], &[&weak], &["*"]]
        {
            assert!(tag.is_held(&asked(held)), "{held:?}");
        }
        for other in [&[][..], &[""], &["\"a\""], &[tag.digest.as_str()], &[&own.to_uppercase()]] {
            assert!(!tag.is_held(&asked(other)), "{other:?}");
        }
    }

    #[test]
    fn tags_differ_with_the_answer_and_its_form() {
        let tags = [
            Tag::of_bytes(b"answer"),
            Tag::of_bytes(b"answes"),
            Tag::of_answer("csv", &"answer").unwrap(),
            Tag::of_answer("xlsx", &"answer").unwrap(),
            Tag::of_answer("xlsx", &"answes").unwrap(),
        ];
        for (at, tag) in tags.iter().enumerate() {
            assert!(tags[at + 1..].iter().all(|other| other.digest != tag.digest), "{tag:?}");
        }
    }
}
