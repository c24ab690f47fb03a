//! What the hub says of itself: events on standard error, as text or JSON.
//!
//! Events hold ids, counts and durations; never what a person typed, and never a token.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::TryInitError;

use crate::config::{LogConfig, LogFormat};

/// The filter of a log that says where a panic was, and nothing else.
pub const PANICS_ALONE: &str = "off,server::telemetry=error";

/// A library that says of every try to connect how it went; what the hub makes of that is told in `hints`.
const CHATTY: &str = "async_nats";

/// Starts logging for this process. Done once; a second time is an error that changes nothing.
pub fn start(config: &LogConfig) -> Result<(), TryInitError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(config))
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    started?;
    report_panics_by_place();
    Ok(())
}

/// RUST_LOG where it is set and readable, else the setting, which was checked when it was read.
fn filter(config: &LogConfig) -> EnvFilter {
    quieted(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&config.filter)))
}

/// The same without the chatter nobody asked for by name.
fn quieted(filter: EnvFilter) -> EnvFilter {
    if filter.to_string().contains(CHATTY) {
        return filter;
    }
    filter.add_directive(format!("{CHATTY}=off").parse().expect("it is a directive"))
}

/// A panic's message may hold what a person typed (a merge engine quoting a value): the log gets the
/// place alone.
fn report_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(panic.place = place, "a panic was caught");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chatty_library_is_heard_only_by_those_who_ask_for_it() {
        let quieted = |filter: &str| quieted(EnvFilter::new(filter)).to_string();
        assert!(quieted("info").contains("async_nats=off"));
        assert!(!quieted("info,async_nats=debug").contains("off"));
    }
}
