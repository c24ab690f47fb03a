//! `GET /api/v1/openapi.json`: what programs may ask under `/api/v1`, and the page that shows it to people.
//!
//! The specification is made from the handlers and their answers; a test compares it with the routes and with real
//! answers. The page is Swagger UI, compiled in: it asks nobody but this hub.

use std::sync::LazyLock;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, openapi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::error::Problem;
use super::{
    absences, accounts, approvals, audit, browser, closings, devices, exceptions, figures, invitations, live,
    me, openid, orders, organisation, own_devices, policies, settings, setup, standing, status, targets,
};

/// Where the specification lives.
pub(super) const PATH: &str = "/api/v1/openapi.json";
/// Where the page for people lives.
pub(super) const DOCS_PATH: &str = "/api/docs";

/// What the page may load: its own files. It makes its icons and its styles itself.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'";

/// The specification.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fieldbook",
        description = "Sales figures, closings, why figures differ, targets, and the organisation. Programs sign in \
                       at `/auth/v1/sign-in` with name, password and a device name, and send the access token with \
                       every request. Failures are problem JSON (RFC 9457) with a stable `code`.",
    ),
    paths(
        browser::sign_in,
        browser::refresh,
        browser::sign_out,
        setup::ways,
        setup::check,
        setup::set_up,
        openid::start,
        openid::come_back,
        me::me,
        standing::standing,
        own_devices::list,
        own_devices::revoke,
        organisation::organisation,
        absences::list,
        absences::note,
        figures::figures,
        policies::policies,
        policies::policy,
        live::live,
        closings::list,
        closings::close,
        closings::explain,
        exceptions::list,
        exceptions::open,
        exceptions::close,
        approvals::list,
        approvals::approve,
        targets::targets,
        settings::settings,
        settings::change,
        targets::set,
        accounts::list,
        accounts::add,
        accounts::change,
        accounts::set_password,
        invitations::invite,
        invitations::invite_branch,
        devices::list,
        devices::revoke,
        orders::order,
        orders::import,
        audit::list,
        audit::check,
        status::status,
        status::run_job,
        openapi_json
    ),
    components(schemas(Problem, accounts::AccountState, devices::DeviceState, devices::DeviceOrder)),
    modifiers(&SignedIn),
    security(("signed_in" = [])),
)]
pub(super) struct Specification;

/// How programs say who asks.
struct SignedIn;

impl Modify for SignedIn {
    fn modify(&self, specification: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let parts = specification.components.get_or_insert_default();
        parts.add_security_scheme("signed_in", SecurityScheme::Http(bearer));
    }
}

static JSON: LazyLock<String> =
    LazyLock::new(|| Specification::openapi().to_json().expect("a specification is made of texts"));

/// This specification
///
/// Whoever asks.
#[utoipa::path(
    get,
    path = PATH,
    tag = "specification",
    security(()),
    responses((status = 200, description = "The specification.", body = Object)),
)]
pub(super) async fn openapi_json() -> Response {
    ([(CONTENT_TYPE, "application/json")], JSON.as_str()).into_response()
}

/// The page that shows the specification.
pub(super) fn docs<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config = Config::from(PATH).validator_url("none");
    let page = Router::from(SwaggerUi::new(DOCS_PATH).config(config));
    page.layer(SetResponseHeaderLayer::overriding(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(DOCS_POLICY),
    ))
}
