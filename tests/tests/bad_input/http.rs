//! The hub's HTTP surface and what strangers send.
