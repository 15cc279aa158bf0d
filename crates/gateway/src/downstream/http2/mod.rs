//! HTTP/2 of agents, before the parser: header blocks are read here, and written anew.

mod reader;
pub mod frames;
mod request_fields;
mod hpack;
mod static_table;
mod huffman;

pub(crate) use reader::Http2Reader;
