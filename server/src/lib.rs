//! Fieldbook's hub: merges what reps' devices push, serves what they lack, keeps the sales figures.
//!
//! The binary `fieldbook` is a thin shell over this library, so that tests and the simulation run
//! the shipping code.

pub mod app;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
pub mod figures;
pub mod hints;
pub mod http;
pub mod hub;
pub mod import;
pub mod openid;
pub mod organisation;
pub mod storage;
pub mod telemetry;
