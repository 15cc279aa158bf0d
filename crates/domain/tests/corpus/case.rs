//! Cases, as they are written in `tests/cases`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// What a case can expect.
pub(crate) const VERDICTS: &[&str] = &["allow", "block", "hold", "rate_limit", "default_deny", "bad_request"];

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cases {
    #[serde(default)]
    pub(crate) case: Vec<Case>,
}

/// A policy, a request, and what must come of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// A sentence that says what is shown.
    pub(crate) name: String,
    /// The project's mode; `allow` where it is left out.
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default)]
    pub(crate) rules: Vec<RuleSpec>,
    pub(crate) request: RequestSpec,
    /// One of [`VERDICTS`].
    pub(crate) verdict: String,
    /// The names of all rules that match, those in doubt included.
    pub(crate) matched: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    Allow,
    Ask,
    Deny,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSpec {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) host: String,
    pub(crate) path: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) agent: Option<String>,
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) case_insensitive: bool,
    #[serde(default)]
    pub(crate) conditions: Vec<ConditionSpec>,
    pub(crate) rate: Option<RateSpec>,
    /// With `manual_approval`: how long a person has, in seconds.
    pub(crate) timeout: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConditionSpec {
    pub(crate) target: String,
    pub(crate) key: Option<String>,
    pub(crate) operator: String,
    pub(crate) value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateSpec {
    pub(crate) limit: u32,
    pub(crate) window: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestSpec {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) agent: Option<String>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) body_base64: Option<String>,
    /// How often the body is repeated; once where it is left out.
    pub(crate) body_times: Option<usize>,
}

impl RequestSpec {
    /// The body, as on the wire; none where the case has none.
    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        let once = match (&self.body, &self.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(encoded)) => STANDARD.decode(encoded).unwrap(),
            (None, None) => return None,
            (Some(_), Some(_)) => panic!("a request has `body` or `body_base64`, not both"),
        };
        Some(once.repeat(self.body_times.unwrap_or(1)))
    }
}

fn yes() -> bool {
    true
}
