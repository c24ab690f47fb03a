//! `fieldbook demo --phone`: the demo for a phone in the same network.
//!
//! A browser keeps an app for offline use only from an address it trusts. So the demo makes a certificate authority for this
//! run alone, serves the rep's app by TLS with it, and in the clear a page that says how a phone comes to trust it. The
//! authority's key never leaves memory, and it signs one certificate, for these addresses.

mod page;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::Handle;
use document_model::{Moment, add_days, civil_date};
use jiff::tz::TimeZone;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::DemoError;
use super::stand::VISITOR;
use crate::app::{App, AppError, Line, Tls, listen};
use crate::http::Doors;
use crate::hub::ThreadGate;
use crate::storage::SealedEngine;

/// Where the page in the clear is when nobody else is there.
const PAGE_PORT: u16 = 8081;
/// Where the app is when nobody else is there.
const APP_PORT: u16 = 8443;
/// What people look for in their phone's settings.
const NAME: &str = "Fieldbook demo";
/// The certificate that a phone is asked to trust.
const CERTIFICATE_PATH: &str = "/fieldbook-demo.crt";
/// Somewhere else: asking for the way there sends nothing. An address that documents use.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
/// Requests of the page that run when the demo stops.
const LAST_PAGES: Duration = Duration::from_secs(1);

/// What a phone needs to know.
pub(super) struct Phone {
    /// Where it begins: the page in the clear.
    pub(super) page: String,
    serving: JoinSet<Result<(), DemoError>>,
}

/// What the page shows.
struct Shown {
    /// Where the app is.
    app: String,
    /// The authority's certificate.
    certificate: Vec<u8>,
}

/// The address of this machine that a phone in the same network can reach.
pub(super) fn own_address() -> Result<IpAddr, DemoError> {
    let own = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    });
    match own {
        Ok(own) if !own.ip().is_loopback() && !own.ip().is_unspecified() => Ok(own.ip()),
        _ => Err(DemoError::Options(
            "this machine is in no network that a phone could reach it by. Nothing was started. Join the phone's \
             network, or say the address with --phone ADDRESS"
                .to_owned(),
        )),
    }
}

impl Phone {
    /// Serves the page and the app at this address, until `stop`.
    pub(super) async fn open(
        app: &App<SealedEngine, ThreadGate>,
        at: IpAddr,
        stop: &CancellationToken,
    ) -> Result<Self, DemoError> {
        let (by_tls, in_clear) = (listener(at, APP_PORT)?, listener(at, PAGE_PORT)?);
        let [app_at, page_at] = [by_tls.local_addr()?, in_clear.local_addr()?];
        let Certificates { authority, own, key } =
            certify(at, app.clock.now()).map_err(std::io::Error::other)?;
        let tls = Tls::of(own, key).await?;
        let mut of_phones = app.clone();
        // The other doors are for this machine.
        of_phones.doors = Doors::to([(VISITOR.to_owned(), VISITOR.to_owned())]);
        let mut serving = JoinSet::new();
        let stopping = stop.clone();
        serving.spawn(async move {
            let ended = stopping.cancelled_owned();
            Ok(of_phones.serve_beside(by_tls, Line::Tls(tls), ended).await?)
        });
        let shown = Shown { app: format!("https://{app_at}/as/{VISITOR}"), certificate: authority };
        serving.spawn(serve_page(in_clear, shown, stop.clone()));
        Ok(Self { page: format!("http://{page_at}/"), serving })
    }

    /// Waits until nothing is served any more.
    pub(super) async fn close(mut self) -> Result<(), DemoError> {
        while let Some(ended) = self.serving.join_next().await {
            ended.map_err(std::io::Error::other)??;
        }
        Ok(())
    }

    /// What the terminal shows, as lines.
    pub(super) fn invitation(&self, local_port: u16) -> Vec<String> {
        let code = QrCode::with_error_correction_level(&self.page, EcLevel::M);
        let code = code.expect("an address fits into a code");
        // Light on dark, as most terminals are: what is filled there is light.
        let drawn = code.render().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        let mut lines = vec![format!("  On your phone     {}   (in the same network)", self.page)];
        lines.extend(drawn.lines().map(|line| format!("      {line}")));
        lines.push(format!(
            "  or by cable       adb reverse tcp:{local_port} tcp:{local_port}, then on the phone http://localhost:{local_port}/as/{VISITOR}"
        ));
        lines
    }
}

/// The usual port, or any that is free.
fn listener(at: IpAddr, usual: u16) -> Result<TcpListener, AppError> {
    let on = |port: u16| listen(&[SocketAddr::new(at, port)]);
    on(usual).or_else(|_| on(0))
}

/// Made for one run.
struct Certificates {
    /// Whom phones are asked to trust, in DER.
    authority: Vec<u8>,
    /// The hub's own, in PEM.
    own: String,
    /// Its key, in PEM.
    key: String,
}

/// An authority, and what it says about this address.
fn certify(at: IpAddr, now: Moment) -> Result<Certificates, rcgen::Error> {
    let mut of_authority = CertificateParams::default();
    of_authority.distinguished_name = named(NAME);
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    hold_now(&mut of_authority, now);
    let key_of_authority = KeyPair::generate()?;
    let authority = of_authority.self_signed(&key_of_authority)?;
    let issuer = Issuer::new(of_authority, key_of_authority);

    let mut of_hub = CertificateParams::new(vec![at.to_string(), "localhost".to_owned()])?;
    of_hub.distinguished_name = named("Fieldbook demo hub");
    of_hub.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    of_hub.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    hold_now(&mut of_hub, now);
    let key = KeyPair::generate()?;
    let own = of_hub.signed_by(&key, &issuer)?;
    Ok(Certificates { authority: authority.der().to_vec(), own: own.pem(), key: key.serialize_pem() })
}

/// Nobody keeps the demo for longer; the day before is for clocks that are late.
fn hold_now(certificate: &mut CertificateParams, now: Moment) {
    const DAYS: i32 = 7;
    let day = |days: i32| {
        let date = add_days(civil_date(now, &TimeZone::UTC), days);
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    certificate.not_before = day(-1);
    certificate.not_after = day(DAYS);
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

async fn serve_page(at: TcpListener, shown: Shown, stop: CancellationToken) -> Result<(), DemoError> {
    let router = Router::new().route(CERTIFICATE_PATH, get(certificate)).fallback(get(page));
    let service = router.with_state(Arc::new(shown)).into_make_service();
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled_owned().await;
        ending.graceful_shutdown(Some(LAST_PAGES));
    });
    Ok(axum_server::from_tcp(at)?.handle(handle).serve(service).await?)
}

/// The way to trust, in the phone's language.
async fn page(State(shown): State<Arc<Shown>>, headers: HeaderMap) -> Response {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
    let text = page::of(wanted, &shown.app, CERTIFICATE_PATH, NAME);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(page::POLICY)),
    ];
    (headers, text).into_response()
}

async fn certificate(State(shown): State<Arc<Shown>>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"fieldbook-demo.crt\"")),
    ];
    (headers, shown.certificate.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{Options, Voice, stand::Stand};
    use reqwest::{Certificate, Client, redirect};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A phone's browser, which trusts these.
    fn browser(trusted: Vec<Certificate>) -> Client {
        Client::builder().tls_certs_only(trusted).redirect(redirect::Policy::none()).build().unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_phone_comes_to_trust_the_demo_and_is_the_rep() {
        let mut voice = Voice::new(Box::new(std::io::sink()), true);
        let options = Options { reps: 1, ..Options::default() };
        let listener = listen(&[SocketAddr::new(HERE, 0)]).unwrap();
        let stand = Stand::open(&options, listener, &mut voice).await.unwrap();
        let stop = CancellationToken::new();
        let phone = Phone::open(&stand.app, HERE, &stop).await.unwrap();
        let invitation = phone.invitation(stand.port).join("\n");
        assert!(invitation.contains(&phone.page) && invitation.contains("adb reverse"), "{invitation}");

        let in_clear = browser(vec![]);
        let page = in_clear.get(&phone.page).header("accept-language", "en").send().await.unwrap();
        assert_eq!(page.headers()[CONTENT_SECURITY_POLICY], page::POLICY);
        let page = page.text().await.unwrap();
        let app = page.split('"').find(|part| part.starts_with("https://")).unwrap();
        let certificate = in_clear.get(format!("{}fieldbook-demo.crt", phone.page)).send().await.unwrap();
        assert_eq!(certificate.headers()[CONTENT_TYPE], "application/x-x509-ca-cert");
        let certificate = Certificate::from_der(&certificate.bytes().await.unwrap()).unwrap();

        assert!(in_clear.get(app).send().await.unwrap_err().is_connect(), "nobody trusts it yet");
        let trusting = browser(vec![certificate]);
        let led = trusting.get(app).send().await.unwrap();
        let to = led.headers()["location"].to_str().unwrap();
        assert!(to.starts_with("/rep/#pair="), "{to}");
        let others = app.replace("/as/rep", "/as/admin");
        assert_eq!(
            trusting.get(others).send().await.unwrap().status(),
            404,
            "other doors are for this machine"
        );
        let local = in_clear.get(format!("{}/as/admin", stand.server)).send().await.unwrap();
        assert_eq!(local.status(), 303);

        stop.cancel();
        phone.close().await.unwrap();
        assert!(trusting.get(app).send().await.is_err(), "it is served no more");
        stand.close().await.unwrap();
    }
}
