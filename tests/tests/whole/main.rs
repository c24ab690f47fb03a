//! The whole system, by its real programs and by the simulation.
//!
//! One program: linking the hub and the engine once takes a fraction of what thirty programs took. Each test still runs
//! in a process of its own.

mod bad_input;
mod black_box;
mod clones;
mod closing;
mod compaction;
mod completeness;
mod crash_points;
mod disk_faults;
mod exactly_once;
mod exceptions;
mod figures;
mod gate_workers;
mod hints;
mod invited;
mod lineages;
mod main_job;
mod master_keys;
mod openid;
mod postgres;
mod readme;
mod records;
mod refusal;
mod reorganisation;
mod repair;
mod restored_hub;
mod several_nodes;
mod simulation;
mod verify;
