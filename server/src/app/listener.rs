//! Where the hub listens: reach, TLS, and serving until it is asked to stop.

use std::future::Future;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use axum_server::{Handle, Server};

use super::AppError;
use crate::config::HttpConfig;

/// Bytes of a request's line and headers.
const HEADER_BYTES: usize = 32 * 1024;
/// Headers of a request.
const HEADERS: usize = 64;
/// Requests one HTTP/2 connection may have open.
const STREAMS: u32 = 64;
/// A handshake that takes longer is nobody's.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a silent HTTP/2 connection is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// A certificate and its key, read and found to fit.
#[derive(Debug, Clone)]
pub struct Tls(RustlsConfig);

impl Tls {
    /// Reads both from PEM files.
    pub async fn read(cert: &Path, key: &Path) -> Result<Self, AppError> {
        provide();
        let config = RustlsConfig::from_pem_file(cert, key).await;
        config.map(Self).map_err(|why| AppError::Tls { cert: cert.to_owned(), key: key.to_owned(), why })
    }

    /// Takes both, in PEM.
    pub async fn of(cert: String, key: String) -> std::io::Result<Self> {
        provide();
        RustlsConfig::from_pem(cert.into_bytes(), key.into_bytes()).await.map(Self)
    }
}

/// Installs what does TLS. A provider installed by the host program stays.
fn provide() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is installed already");
    }
}

/// How what is served travels.
#[derive(Debug, Clone)]
pub enum Line {
    /// In the clear, on this machine.
    Clear,
    /// By TLS of this hub.
    Tls(Tls),
    /// By TLS of a proxy in front.
    Proxied,
}

impl Line {
    /// Whether nobody on the way can read it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !matches!(self, Self::Clear)
    }
}

/// Who can reach the hub, and how that is kept private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// This machine alone, in the clear.
    Loopback,
    /// Everybody, by TLS.
    Tls {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// Everybody, through a proxy that does TLS.
    BehindProxy,
}

/// The addresses to listen on. Passwords and customers never travel in the clear beyond this machine:
/// without TLS or a proxy that does it, only loopback is taken.
pub fn check_reach(listen: &str, reach: &Reach) -> Result<Vec<SocketAddr>, AppError> {
    let found = listen.to_socket_addrs().map(Vec::from_iter).unwrap_or_default();
    if found.is_empty() {
        return Err(AppError::Listen(format!(
            "{listen:?} is no address to listen on. Nothing was started. Give one such as 127.0.0.1:8080 with --listen"
        )));
    }
    if *reach == Reach::Loopback && found.iter().any(|address| !address.ip().is_loopback()) {
        return Err(AppError::Listen(format!(
            "{listen} can be reached from other machines, and passwords would travel in the clear. Nothing was \
             started. Give --tls-cert and --tls-key, or --behind-proxy where a proxy in front does TLS, or listen \
             on 127.0.0.1"
        )));
    }
    Ok(found)
}

/// Starts listening.
pub fn listen(addresses: &[SocketAddr]) -> Result<TcpListener, AppError> {
    TcpListener::bind(addresses).map_err(|why| {
        let address = addresses.first().map_or_else(String::new, ToString::to_string);
        if why.kind() == ErrorKind::AddrInUse {
            return AppError::PortTaken { address, why };
        }
        AppError::Listen(format!(
            "{address} cannot be listened on: {why}. Nothing was started. Give an address of this machine and a \
             port this user may take with --listen"
        ))
    })
}

/// Serves until `stop` ends, then takes no more connections, calls `closing` and waits for requests
/// that run, for as long as the settings say.
pub(super) async fn serve(
    router: Router,
    listener: TcpListener,
    line: Line,
    config: &HttpConfig,
    stop: impl Future<Output = ()> + Send,
    closing: impl FnOnce(),
) -> std::io::Result<()> {
    let handle = Handle::new();
    let service = router.into_make_service();
    let server = configure(axum_server::from_tcp(listener)?, config).handle(handle.clone());
    let serving = async move {
        match line {
            Line::Clear | Line::Proxied => server.serve(service).await,
            Line::Tls(Tls(tls)) => {
                let acceptor = axum_server::tls_rustls::RustlsAcceptor::new(tls);
                server.acceptor(acceptor.handshake_timeout(HANDSHAKE_TIMEOUT)).serve(service).await
            }
        }
    };
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = stop => {}
    }
    closing();
    handle.graceful_shutdown(Some(Duration::from_secs(config.drain_s)));
    serving.await
}

fn configure(mut server: Server<SocketAddr>, config: &HttpConfig) -> Server<SocketAddr> {
    let patience = Duration::from_secs(config.header_timeout_s);
    let builder = server.http_builder();
    builder.http1().header_read_timeout(patience).max_buf_size(HEADER_BYTES).max_headers(HEADERS);
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES as u32)
        .keep_alive_interval(KEEP_ALIVE);
    server.first_request_timeout(patience).accept_error_handler(
        |_, error| tracing::debug!(error.reason = %error, "a connection did not come about"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_clear_means_this_machine_alone() {
        for listen in ["127.0.0.1:0", "[::1]:0", "localhost:0"] {
            assert!(check_reach(listen, &Reach::Loopback).is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:80"] {
            let error = check_reach(listen, &Reach::Loopback).unwrap_err();
            assert!(error.to_string().contains("--behind-proxy"), "{error}");
            assert!(check_reach(listen, &Reach::BehindProxy).is_ok(), "{listen}");
        }
        assert_eq!(check_reach("8080", &Reach::Loopback).unwrap_err().code(), "HUB-LISTEN");
    }

    #[test]
    fn a_taken_port_is_said() {
        let first = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let error = listen(&[first.local_addr().unwrap()]).unwrap_err();
        assert_eq!(error.code(), "HUB-PORT-TAKEN");
    }

    #[tokio::test]
    async fn a_certificate_that_is_none_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cert.pem");
        std::fs::write(&file, "no certificate").unwrap();
        assert_eq!(Tls::read(&file, &file).await.unwrap_err().code(), "HUB-TLS");
    }
}
