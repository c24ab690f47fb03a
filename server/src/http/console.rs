//! The web console and the rep's app: the files `web/dist` held when the hub was built, served from memory.
//!
//! Each file was compressed when the hub was built. What lies under `/assets` or `/rep/assets` has its content's digest in its name
//! and is kept for good; all else is asked about again each time. Whoever opens any other path that no file has, and
//! takes pages, gets the console's, so that a link into it can be opened and passed on; programs are told that nothing
//! is there. Below `/rep/` it is the app's page.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::{Html, IntoResponse, Response};

use super::error::ApiError;
use super::shell::Shell;
use super::tag::Tag;
use crate::hub::Gate;
use crate::storage::Storage;

/// The page of every path of the console.
const INDEX: &str = "/index.html";
/// The page of every path of the rep's app.
const APP: &str = "/rep.html";
/// Where the app is: its pages, its service worker and what a home screen shows of it.
const APP_FOLDER: &str = "/rep/";
/// What its worker is made of: below the app's folder, so that its service worker answers for it too.
const APP_ASSETS: &str = "/rep/assets/";
/// Files under it never change: their names do.
const ASSETS: &str = "/assets/";
/// What programs ask; what is not there is told as a problem.
const PROGRAMS: [&str; 5] = ["api", "auth", "sync", "healthz", "readyz"];

/// What the console may load and who may show it: its own files and this hub alone, and nothing inline.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
);
/// The same for the rep's app, whose worker runs the client's engine as WebAssembly.
const APP_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'",
);
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// What stands in the console's place where it was not built.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Fieldbook</title>
<h1>This hub has no web console</h1>
<p>It was built without one; devices, commands and programs are served all the same.</p>
<p>To have it, run <code>cargo xtask web</code>, then build the hub again.</p>
<p><a href=\"/api/docs\">What programs may ask</a></p>
</html>
";

/// One file of the console.
#[derive(Debug)]
pub(super) struct Embedded {
    /// Where it is served.
    pub(super) path: &'static str,
    /// As it was built.
    pub(super) plain: &'static [u8],
    /// Compressed, where that is shorter.
    pub(super) brotli: Option<&'static [u8]>,
    /// The same for those who do not know Brotli.
    pub(super) gzip: Option<&'static [u8]>,
}

/// The files this hub was built with.
pub(super) static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/console.rs"));
static BUILT: LazyLock<Console> = LazyLock::new(|| Console::of(EMBEDDED));

/// A console by its paths. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Console(Arc<BTreeMap<&'static str, File>>);

#[derive(Debug)]
struct File {
    embedded: &'static Embedded,
    /// A weak one: the same for all its encodings.
    tag: Tag,
}

impl Console {
    /// The one this hub was built with.
    pub(super) fn built() -> Self {
        BUILT.clone()
    }

    /// One of these files.
    pub(super) fn of(files: &'static [Embedded]) -> Self {
        let file = |embedded: &'static Embedded| File { embedded, tag: Tag::of_file(embedded.plain) };
        Self(Arc::new(files.iter().map(|embedded| (embedded.path, file(embedded))).collect()))
    }

    /// What a path shows, for a client that told this.
    fn answer(&self, path: &str, asked: &HeaderMap) -> Result<Response, ApiError> {
        if let Some(file) = self.0.get(path) {
            return Ok(file.answer(asked));
        }
        let is_opened = path == "/" || (is_page(path) && takes_pages(asked));
        match self.0.get(page_of(path)).filter(|_| is_opened) {
            Some(page) => Ok(page.answer(asked)),
            None if path == "/" => Ok(Html(NOT_BUILT).into_response()),
            None => Err(ApiError::NotFound),
        }
    }
}

impl File {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let Embedded { path, plain, brotli, gzip } = self.embedded;
        let encodings = [("br", brotli), ("gzip", gzip)];
        let found = encodings
            .iter()
            .find_map(|(name, bytes)| bytes.filter(|_| takes(asked, name)).map(|b| (*name, b)));
        let mut answer = self.tag.held(asked).unwrap_or_else(|| {
            let bytes = found.map_or(*plain, |(_, bytes)| bytes);
            let mut answer = self.tag.on(([(CONTENT_TYPE, media_type(path))], bytes).into_response());
            if let Some((name, _)) = found {
                answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            answer
        });
        let kept = if is_asset(path) { FOR_GOOD } else { ASK_AGAIN };
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, kept);
        headers.insert(CONTENT_SECURITY_POLICY, if is_of_app(path) { APP_POLICY } else { POLICY });
        if [INDEX, APP].contains(path) {
            headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        } else if brotli.or(*gzip).is_some() {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        answer
    }
}

/// The page that a path without a file shows.
fn page_of(path: &str) -> &'static str {
    if path == APP_FOLDER.trim_end_matches('/') || path.starts_with(APP_FOLDER) { APP } else { INDEX }
}

/// Whether a file is the app's alone.
fn is_of_app(path: &str) -> bool {
    path == APP || path.starts_with(APP_FOLDER)
}

/// Whether a path's file would have its content's digest in its name.
fn is_asset(path: &str) -> bool {
    path.starts_with(ASSETS) || path.starts_with(APP_ASSETS)
}

/// Whether a path that no file has is one of the console's or the app's own. A file that is missing is said to be: at
/// the root and in the app's folder by its extension, since below that a unit's code may hold a dot.
fn is_page(path: &str) -> bool {
    let name = path.strip_prefix(APP_FOLDER).unwrap_or(path).trim_start_matches('/');
    !is_asset(path) && (name.contains('/') || !name.contains('.'))
}

/// Whether a client says that it takes pages, as browsers do when a person opens a link.
fn takes_pages(asked: &HeaderMap) -> bool {
    let told = asked.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    told.flat_map(|list| list.split(',')).any(|one| one.trim_start().starts_with("text/html"))
}

/// Whether a client says that it takes an encoding.
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let told = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut all = told.flat_map(|list| list.split(',')).map(|one| one.split_once(';').unwrap_or((one, "")));
    all.any(|(name, weight)| name.trim().eq_ignore_ascii_case(encoding) && !is_refused(weight))
}

/// Whether a weight, like `q=0.5`, is nothing.
fn is_refused(weight: &str) -> bool {
    weight
        .trim()
        .strip_prefix("q=")
        .and_then(|weight| weight.parse::<f32>().ok())
        .is_some_and(|weight| weight <= 0.0)
}

fn media_type(path: &str) -> HeaderValue {
    let found = mime_guess::from_path(path).first_or_octet_stream();
    let charset = if found.type_() == mime_guess::mime::TEXT { "; charset=utf-8" } else { "" };
    HeaderValue::try_from(format!("{found}{charset}")).expect("media types are visible ASCII")
}

/// Whatever no route has: a file or a page of the console.
pub(super) async fn console<S: Storage, G: Gate>(
    State(shell): State<Shell<S, G>>,
    method: Method,
    uri: Uri,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    if PROGRAMS.contains(&first) || ![Method::GET, Method::HEAD].contains(&method) {
        return Err(ApiError::NotFound);
    }
    shell.console.answer(uri.path(), &asked)
}
