//! stub
pub mod taxonomy;
