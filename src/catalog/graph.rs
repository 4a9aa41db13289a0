//! The reference graph.
