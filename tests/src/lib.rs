//! Fieldbook's whole-system tests: the simulation that runs the shipping hub and engine in virtual
//! time, and drivers for the real programs.

pub mod balancer;
pub mod bench;
pub mod black_box;
pub mod crash;
pub mod direct;
pub mod exactly_once;
pub mod forger;
pub mod gate;
pub mod nats;
pub mod openid;
pub mod postgres;
pub mod programs;
pub mod sim;
