//! The one integration binary: the real program on real servers. A server that is missing fails the
//! test. Helpers are in `support`.

mod cli;
mod demo;
mod docs;
mod flow;
mod house;
mod layers;
mod mask;
mod people;
mod places;
mod policy;
mod rules;
mod scan;
mod servers;
mod slice;
mod store;
mod support;
