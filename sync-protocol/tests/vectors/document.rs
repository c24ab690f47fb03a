//! PROTOCOL.md says what the code does.
