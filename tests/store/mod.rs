//! Stores, each against its real engine.

mod postgres;
