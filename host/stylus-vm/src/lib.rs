//! Runs Stylus programs: WebAssembly metered and priced as Arbitrum Nitro does it, against any chain that implements
//! [`api::EvmApi`].

pub mod api;
