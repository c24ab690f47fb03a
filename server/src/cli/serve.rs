//! `fieldbook serve`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::error::Failure;
use super::output::{Answer, say};
use super::{Cli, setup_link};
use crate::app::{App, AppError, DataFolder, Line, Missing, Reach, Tls, asked_to_stop, check_reach, listen};
use crate::config::{Config, GateConfig};
use crate::hub::Gate;
use crate::hub::gate::{Workers, this_program};
use crate::storage::Storage;
use crate::telemetry;

/// Serving.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook serve
  fieldbook serve --listen 0.0.0.0:443 --tls-cert hub.pem --tls-key hub.key")]
pub(super) struct Serve {
    /// Where to listen. Beyond this machine it takes TLS, or a proxy that does it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The TLS certificate with its chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy in front does TLS; nothing else can reach this address.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    behind_proxy: bool,
}

/// The link that makes the first administrator, where there is no account yet.
async fn first_link<S: Storage, G: Gate>(app: &App<S, G>, address: &str) -> Result<Option<String>, Failure> {
    if app.hub.storage().has_accounts().await? {
        return Ok(None);
    }
    Ok(Some(setup_link::new_link(app, address).await?.0))
}

/// Where browsers of this machine reach a hub: one that listens on all addresses is at none of that name.
fn reachable(address: &str) -> String {
    address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
}

impl Serve {
    pub(super) async fn run(&self, cli: &Cli) -> Result<Answer, Failure> {
        let reach = self.reach();
        let addresses = check_reach(&self.listen, &reach)?;
        telemetry::start(&Config::load(&cli.data)?.log).map_err(|why| Failure::of_system(&why))?;
        let line = match &reach {
            Reach::Tls { cert, key } => Line::Tls(Tls::read(cert, key).await?),
            Reach::Loopback => Line::Clear,
            Reach::BehindProxy => Line::Proxied,
        };
        // Before the data: a hub that cannot listen makes no folder either.
        let listener = listen(&addresses)?;
        let this = this_program().map_err(AppError::Serve)?;
        let workers = |config: &GateConfig| Workers::of(this, config);
        let app = App::open_to_serve(&cli.data, cli.database.as_deref(), Missing::Create, workers).await?;
        app.ready().await?;
        let stop = asked_to_stop().map_err(AppError::Serve)?;
        let scheme = if matches!(line, Line::Tls(_)) { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr().map_err(AppError::Serve)?);
        let data = cli.data.display();
        let near = reachable(&address);
        if let Err(error) = DataFolder::remember_address(&cli.data, &near) {
            // Only commands that make links would have asked for it.
            tracing::warn!(error.reason = %error, "where the hub serves is not remembered");
        }
        let link = first_link(&app, &near).await?;
        if cli.json {
            let mut told = json!({"address": address, "data": data.to_string()});
            if let Some(link) = link {
                told["setup"] = link.into();
            }
            say(&format!("{told}\n"));
        } else {
            let first = |link| format!("\nThere is no account yet.\n  {link}\n{}\n", setup_link::in_words());
            let first = link.map_or_else(String::new, first);
            say(&format!("Fieldbook serves {address} from {data}. Ctrl-C stops it.\n{first}"));
        }
        app.serve(listener, line, stop).await?;
        Ok(Answer::silent())
    }

    fn reach(&self) -> Reach {
        match (&self.tls_cert, &self.tls_key, self.behind_proxy) {
            (Some(cert), Some(key), _) => Reach::Tls { cert: cert.clone(), key: key.clone() },
            (_, _, true) => Reach::BehindProxy,
            _ => Reach::Loopback,
        }
    }
}
