//! The console's files as a browser gets them.

use super::*;
use crate::http::console::{Console, Embedded};

const PAGE: &[u8] = b"<!doctype html><title>Fieldbook</title><script src=/assets/app-1.js></script>";
const APP_PAGE: &[u8] = b"<!doctype html><title>Fieldbook</title><script src=/assets/app-2.js></script>";
const SCRIPT: &[u8] = b"document.title = 'Fieldbook'";

/// A console as the hub holds one. What is compressed is marked, so that it is seen which form goes out.
static FILES: &[Embedded] = &[
    Embedded {
        path: "/index.html",
        plain: PAGE,
        brotli: Some(b"page in brotli"),
        gzip: Some(b"page in gzip"),
    },
    Embedded { path: "/assets/app-1.js", plain: SCRIPT, brotli: Some(b"in brotli"), gzip: Some(b"in gzip") },
    Embedded { path: "/assets/logo-1.woff2", plain: b"a font", brotli: None, gzip: None },
    Embedded { path: "/manifest.webmanifest", plain: b"{}", brotli: None, gzip: None },
    Embedded { path: "/rep.html", plain: APP_PAGE, brotli: None, gzip: None },
    Embedded { path: "/rep/sw.js", plain: b"self.skipWaiting()", brotli: None, gzip: None },
    Embedded { path: "/rep/assets/worker-1.js", plain: b"onmessage = null", brotli: None, gzip: None },
    Embedded { path: "/rep/assets/engine-1.wasm", plain: b"\0asm", brotli: None, gzip: None },
];

async fn furnished(files: &'static [Embedded]) -> World {
    let World { app, .. } = World::new().await;
    let mut shell = app.shell();
    shell.console = Console::of(files);
    let router = router(shell.clone());
    World { app, shell, router }
}

/// What a browser gets when a person opens a link.
async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Told {
    let opened = Request::get(path).header("accept", "application/xhtml+xml, text/html;q=0.9");
    let request = headers.iter().fold(opened, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn files_come_with_their_type_and_the_shortest_form_that_is_taken() {
    let world = furnished(FILES).await;
    let forms = [
        ("", PAGE, ""),
        ("gzip, deflate, br", b"page in brotli", "br"),
        ("gzip", b"page in gzip", "gzip"),
        ("BR;q=0, gzip;q=0.5", b"page in gzip", "gzip"),
        ("br;q=0.0, zstd", PAGE, ""),
    ];
    for (takes, body, encoding) in forms {
        let told = get(&world, "/", &[("accept-encoding", takes)]).await;
        assert_eq!((told.status.as_u16(), told.header("content-encoding")), (200, encoding), "{takes}");
        assert_eq!(told.body, body, "{takes}");
        assert_eq!(
            (told.header("content-type"), told.header("vary")),
            ("text/html; charset=utf-8", "accept, accept-encoding")
        );
    }
    let script = get(&world, "/assets/app-1.js", &[]).await;
    assert_eq!(
        (script.body.as_ref(), script.header("content-type")),
        (SCRIPT, "text/javascript; charset=utf-8")
    );
    let font = get(&world, "/assets/logo-1.woff2", &[("accept-encoding", "br")]).await;
    assert_eq!((font.header("content-type"), font.header("content-encoding")), ("font/woff2", ""));
    assert_eq!(font.header("vary"), "");
    let manifest = get(&world, "/manifest.webmanifest", &[]).await;
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
}

#[tokio::test]
async fn what_never_changes_is_kept_and_the_rest_asked_about() {
    let world = furnished(FILES).await;
    for (path, kept) in [
        ("/", "no-cache"),
        ("/hq", "no-cache"),
        ("/manifest.webmanifest", "no-cache"),
        ("/assets/app-1.js", "public, max-age=31536000, immutable"),
        ("/rep/assets/worker-1.js", "public, max-age=31536000, immutable"),
        ("/rep/sw.js", "no-cache"),
    ] {
        let told = get(&world, path, &[("accept-encoding", "gzip")]).await;
        let tag = told.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && told.header("cache-control") == kept, "{path}: {tag}");
        let held = get(&world, path, &[("if-none-match", &tag), ("accept-encoding", "br")]).await;
        assert_eq!((held.status.as_u16(), held.body.len(), held.header("etag")), (304, 0, &*tag), "{path}");
        assert_eq!(held.header("cache-control"), kept);
        assert_eq!(get(&world, path, &[("if-none-match", "\"other\"")]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_console_may_load_its_own_files_alone() {
    let world = furnished(FILES).await;
    for path in ["/", "/unit/B1", "/assets/app-1.js"] {
        let told = get(&world, path, &[]).await;
        let policy = told.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'; base-uri 'none'; form-action 'self'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(told.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn the_app_and_its_worker_may_run_webassembly_and_nothing_else_may() {
    let world = furnished(FILES).await;
    let may = |told: &Told| told.header("content-security-policy").contains("'wasm-unsafe-eval'");
    for path in ["/rep/", "/rep/customers/1/notes", "/rep.html", "/rep/sw.js", "/rep/assets/worker-1.js"] {
        let told = get(&world, path, &[]).await;
        let policy = told.header("content-security-policy");
        assert!(told.status == 200 && may(&told), "{path}: {policy}");
        assert!(
            policy.contains("worker-src 'self'; style-src 'self'") && !policy.contains("'unsafe"),
            "{policy}"
        );
    }
    for path in ["/", "/reports", "/assets/app-1.js", "/manifest.webmanifest"] {
        assert!(!may(&get(&world, path, &[]).await), "{path}");
    }
    let engine = get(&world, "/rep/assets/engine-1.wasm", &[]).await;
    assert_eq!(engine.header("content-type"), "application/wasm", "browsers compile it as it arrives");
}

#[tokio::test]
async fn paths_of_the_app_get_its_page_and_files_that_are_missing_do_not() {
    let world = furnished(FILES).await;
    for path in ["/rep", "/rep/", "/rep/customers", "/rep/customers/0198.a/notes", "/rep/sale?customer=1"] {
        let told = get(&world, path, &[]).await;
        assert_eq!((told.status.as_u16(), told.body.as_ref()), (200, APP_PAGE), "{path}");
        assert_eq!(
            (told.header("cache-control"), told.header("vary")),
            ("no-cache", "accept, accept-encoding"),
            "{path}"
        );
    }
    let worker = get(&world, "/rep/sw.js", &[]).await;
    assert_eq!(
        (worker.body.as_ref(), worker.header("cache-control")),
        (&b"self.skipWaiting()"[..], "no-cache")
    );
    for path in ["/rep/icon-1.png", "/rep/workbox.js.map", "/rep/assets/worker-2.js"] {
        assert_eq!(get(&world, path, &[]).await.problem(), "API-NOT-FOUND", "{path}");
    }
    assert_eq!(get(&world, "/reports", &[]).await.body, PAGE, "the console has what only begins alike");
}

#[tokio::test]
async fn paths_of_the_console_get_its_page_and_what_is_missing_is_said() {
    let world = furnished(FILES).await;
    for path in ["/", "/index.html", "/hq", "/unit/B1?day=today", "/unit/B.1", "/unit/%EA%B0%95%EB%82%A8"] {
        let told = get(&world, path, &[]).await;
        assert_eq!((told.status.as_u16(), told.body.as_ref()), (200, PAGE), "{path}");
    }
    for path in ["/hq", "/unit/B1", "/canary"] {
        let request = Request::get(path).header("accept", "*/*").body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.problem(), "API-NOT-FOUND", "{path}, asked by a program");
    }
    let missing = [
        "/assets/app-2.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/favicon.ico",
        "/..",
        "/api/v1/nothing",
        "/api",
        "/auth/v1/browser",
        "/sync/v2",
        "/healthz/more",
    ];
    for path in missing {
        assert_eq!(get(&world, path, &[]).await.problem(), "API-NOT-FOUND", "{path}");
    }
    for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"] {
        assert_eq!(get(&world, path, &[]).await.body, PAGE, "{path} is a page like any other");
    }
    let posted = Request::post("/hq").body(Body::empty()).unwrap();
    assert_eq!(world.send(posted).await.problem(), "API-NOT-FOUND");
    let head = Request::head("/hq").header("accept", "text/html").body(Body::empty()).unwrap();
    let head = world.send(head).await;
    assert_eq!((head.status.as_u16(), head.header("content-type")), (200, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn a_hub_without_a_console_says_how_to_build_it() {
    let world = furnished(&[]).await;
    let told = get(&world, "/", &[]).await;
    let page = String::from_utf8(told.body.to_vec()).unwrap();
    assert!(told.status == 200 && page.contains("cargo xtask web"), "{page}");
    assert!(told.header("content-security-policy").starts_with("default-src 'none'; frame-ancestors"));
    for path in ["/hq", "/assets/app-1.js"] {
        assert_eq!(get(&world, path, &[]).await.problem(), "API-NOT-FOUND", "{path}");
    }
}

#[test]
fn what_was_built_in_is_what_can_be_asked_for() {
    // Whatever this hub was built with, each file is whole and opens to itself.
    for file in crate::http::console::EMBEDDED {
        assert!(file.path.starts_with('/'), "{}", file.path);
        if let Some(gzip) = file.gzip {
            let mut plain = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(gzip), &mut plain).unwrap();
            assert_eq!(plain, file.plain, "{}", file.path);
        }
        if let Some(mut brotli) = file.brotli {
            let mut plain = Vec::new();
            brotli::BrotliDecompress(&mut brotli, &mut plain).unwrap();
            assert_eq!(plain, file.plain, "{}", file.path);
        }
    }
}
