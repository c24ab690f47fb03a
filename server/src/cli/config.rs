//! `fieldbook config`.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::error::Failure;
use super::output::Answer;
use crate::config::{Config, EXAMPLE};

/// The settings.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldbook config
  fieldbook config --example > fieldbook-data/fieldbook.toml")]
pub(super) struct Show {
    /// Print a settings file with every setting, its default and what it means.
    #[arg(long)]
    example: bool,
}

impl Show {
    /// The settings of a data folder; they need no hub.
    pub(super) fn run(&self, data: &Path) -> Result<Answer, Failure> {
        if self.example {
            return Answer::new(EXAMPLE.trim_end(), &json!({"example": EXAMPLE}));
        }
        let config = Config::load(data)?;
        let text = toml::to_string(&config).map_err(|why| Failure::of_system(&why))?;
        Answer::new(text.trim_end(), &config)
    }
}
