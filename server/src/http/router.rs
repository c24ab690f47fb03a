//! All routes, and what stands around them.

use std::any::Any;
use std::time::Duration;

use axum::error_handling::HandleErrorLayer;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{BoxError, Router};
use sync_protocol::{ErrorCode, http, limits};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use super::error::{ApiError, tell};
use super::shell::Shell;
use super::{
    absences, accounts, approvals, audit, auth, browser, closings, console, devices, doors, exceptions,
    figures, health, invitations, live, me, openid, orders, organisation, own_devices, pokes, policies,
    settings, setup, spec, standing, status, sync, targets,
};
use crate::hub::Gate;
use crate::storage::Storage;

/// Answers up to this size are not worth compressing.
const COMPRESS_ABOVE: u64 = 256;
/// Answers to devices are read over thin lines more often than they are made in a hurry.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(7);
/// Those of at least this size, first downloads, would take longest by far; they lose little by less effort.
const LARGE_BYTES: u64 = 64 * 1024;
const COMPRESSION_OF_LARGE: CompressionLevel = CompressionLevel::Precise(5);
/// A longer request id is somebody's joke and stays out of the log.
const REQUEST_ID_BYTES: usize = 64;

/// The hub on HTTP.
pub fn router<S: Storage, G: Gate>(shell: Shell<S, G>) -> Router {
    let settings = &shell.config.http;
    let sync = Router::new()
        .route(http::SYNC_PATH, post(sync::exchange::<S, G>))
        .layer(
            ServiceBuilder::new()
                .layer(compressed(COMPRESSION, COMPRESS_ABOVE))
                // What is compressed here the layer around it leaves as it is.
                .layer(compressed(COMPRESSION_OF_LARGE, LARGE_BYTES))
                // Bytes as they come; what they inflate to is counted where the body is read.
                .layer(RequestBodyLimitLayer::new(limits::REQUEST_BYTES))
                .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true)),
        )
        .layer(give_up_after(settings.request_timeout_s));
    let people = Router::new()
        .route(http::SIGN_IN_PATH, post(auth::sign_in::<S, G>))
        .route(http::PAIR_PATH, post(auth::pair::<S, G>))
        .route(http::REFRESH_PATH, post(auth::refresh::<S, G>))
        .route(http::SIGN_OUT_PATH, post(auth::sign_out::<S, G>))
        .route(http::POKES_PATH, get(pokes::pokes::<S, G>))
        .merge(api().into_iter().fold(Router::new(), |api, (path, methods)| api.route(path, methods)))
        .merge(spec::docs())
        .merge(if shell.doors.is_none() {
            Router::new()
        } else {
            Router::new().route(doors::PATH, get(doors::enter::<S, G>))
        })
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                // Without events, which must not wait to be compressed together.
                .compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESS_ABOVE))),
        )
        .layer(give_up_after(settings.sign_in_timeout_s));
    let health =
        Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready::<S, G>));
    let room = GlobalConcurrencyLimitLayer::new(settings.concurrent_requests);
    let bounded = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(async |_: BoxError| ApiError::Wire(ErrorCode::Busy)))
        .layer(LoadShedLayer::new())
        .layer(room);
    // Health is asked when the hub is full, so it stands outside the bound.
    let routes = sync.merge(people).layer(bounded).merge(health);
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION, COOKIE]))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span_of)
                .on_request(())
                .on_response(log_response)
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(from_fn(tell))
        .layer(CatchPanicLayer::custom(after_panic));
    routes.fallback(console::console::<S, G>).layer(around).with_state(shell)
}

/// Compresses answers above a size.
fn compressed(level: CompressionLevel, above_bytes: u64) -> CompressionLayer<SizeAbove> {
    CompressionLayer::new().quality(level).compress_when(SizeAbove::new(above_bytes))
}

/// All routes under `/api/v1`, and those browsers sign in by; the specification says the same of each.
pub(super) fn api<S: Storage, G: Gate>() -> [(&'static str, MethodRouter<Shell<S, G>>); 39] {
    [
        (browser::SIGN_IN_PATH, post(browser::sign_in::<S, G>)),
        (browser::REFRESH_PATH, post(browser::refresh::<S, G>)),
        (browser::SIGN_OUT_PATH, post(browser::sign_out::<S, G>)),
        (setup::WAYS_PATH, get(setup::ways::<S, G>)),
        (setup::CHECK_PATH, post(setup::check::<S, G>)),
        (setup::PATH, post(setup::set_up::<S, G>)),
        (openid::START_PATH, get(openid::start::<S, G>)),
        (openid::PATH, get(openid::come_back::<S, G>)),
        (me::PATH, get(me::me::<S, G>)),
        (standing::PATH, get(standing::standing::<S, G>)),
        (own_devices::PATH, get(own_devices::list::<S, G>)),
        (own_devices::REVOKE_PATH, post(own_devices::revoke::<S, G>)),
        (organisation::PATH, get(organisation::organisation::<S, G>)),
        (absences::PATH, get(absences::list::<S, G>).post(absences::note::<S, G>)),
        (figures::PATH, get(figures::figures::<S, G>)),
        (policies::PATH, get(policies::policies::<S, G>)),
        (policies::POLICY_PATH, get(policies::policy::<S, G>)),
        (live::PATH, get(live::live::<S, G>)),
        (closings::PATH, get(closings::list::<S, G>).post(closings::close::<S, G>)),
        (exceptions::PATH, get(exceptions::list::<S, G>).post(exceptions::open::<S, G>)),
        (exceptions::CLOSE_PATH, post(exceptions::close::<S, G>)),
        (approvals::PATH, get(approvals::list::<S, G>).post(approvals::approve::<S, G>)),
        (closings::EXPLAIN_PATH, get(closings::explain::<S, G>)),
        (settings::PATH, get(settings::settings::<S, G>).post(settings::change::<S, G>)),
        (targets::PATH, get(targets::targets::<S, G>).post(targets::set::<S, G>)),
        (accounts::PATH, get(accounts::list::<S, G>).post(accounts::add::<S, G>)),
        (accounts::ACCOUNT_PATH, post(accounts::change::<S, G>)),
        (accounts::PASSWORD_PATH, post(accounts::set_password::<S, G>)),
        (invitations::PATH, post(invitations::invite::<S, G>)),
        (invitations::BRANCH_PATH, post(invitations::invite_branch::<S, G>)),
        (devices::PATH, get(devices::list::<S, G>)),
        (devices::REVOKE_PATH, post(devices::revoke::<S, G>)),
        (orders::ORDERS_PATH, post(orders::order::<S, G>)),
        (orders::IMPORT_PATH, post(orders::import::<S, G>)),
        (audit::PATH, get(audit::list::<S, G>)),
        (audit::CHECK_PATH, post(audit::check::<S, G>)),
        (status::PATH, get(status::status::<S, G>)),
        (status::RUN_PATH, post(status::run_job::<S, G>)),
        (spec::PATH, get(spec::openapi_json)),
    ]
}

fn give_up_after(seconds: u64) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(seconds))
}

/// A header every answer has unless its route says otherwise.
fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// One span a request: its route, never its address, which may hold what somebody looks for.
fn span_of(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let id = id.filter(|id| id.len() <= REQUEST_ID_BYTES).unwrap_or_default();
    tracing::info_span!("http.request", http.method = %request.method(), http.route = route, request.id = id)
}

fn log_response(response: &Response, took: Duration, _: &Span) {
    tracing::debug!(http.status = response.status().as_u16(), took_us = took.as_micros() as u64, "answered");
}

/// The panic's place is logged by the hook of [`crate::telemetry`].
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    ApiError::internal().into_response()
}
