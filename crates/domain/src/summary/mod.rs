//! Summaries of held requests (stand-in until the real module lands).
#![allow(missing_docs, reason = "stand-in")]
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub action: String,
    pub details: Vec<Detail>,
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub label: String,
    pub value: String,
}
pub struct Asked<'a> {
    pub method: &'a str,
    pub host: &'a str,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub body: Option<&'a [u8]>,
}
pub fn summarise(asked: &Asked<'_>) -> Summary {
    Summary { action: format!("{} {}{}", asked.method, asked.host, asked.path), details: vec![] }
}
