//! Kinds of secrets, and the configuration that says how a value is put into a request.

use serde::{Deserialize, Serialize};

/// What kind of credential a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKind {
    /// Injected as its configuration says.
    Generic,
    /// An API key or an OAuth token of Anthropic.
    Anthropic,
    /// An API key of `OpenAI`.
    #[serde(rename = "openai")]
    OpenAi,
}

impl SecretKind {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "generic" => Some(Self::Generic),
            "anthropic" => Some(Self::Anthropic),
            "openai" => Some(Self::OpenAi),
            _ => None,
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Generic => "Generic Secret",
            Self::Anthropic => "Anthropic API Key",
            Self::OpenAi => "OpenAI API Key",
        }
    }
}

/// How a secret is put into a request, as written by people and stored: JSON in camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InjectionConfig {
    /// The header to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_format: Option<String>,
    /// The query parameter to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param_format: Option<String>,
    /// The path to fill in, such as `/bot{value}/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_template: Option<String>,
    /// For Anthropic: told from the value when it is stored, since the value itself is not seen again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<AuthMode>,
    /// Where some of the secret's hosts take it in another way. None: as the known service does, empty: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overrides: Option<Vec<HostInjection>>,
}

/// How a secret is put into requests to some of its hosts.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostInjection {
    /// The hosts, each covered by one of the secret's own patterns.
    pub host_patterns: Vec<String>,
    /// The header to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_format: Option<String>,
    /// The query parameter to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param_format: Option<String>,
    /// The path to fill in; a path that it doesn't fit is left to the next override and the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_template: Option<String>,
}

impl InjectionConfig {
    /// Whether nothing is configured.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The overrides; none where nothing says.
    pub fn overrides(&self) -> &[HostInjection] {
        self.overrides.as_deref().unwrap_or_default()
    }
}

impl HostInjection {
    /// The configuration for these hosts alone.
    pub fn config(&self) -> InjectionConfig {
        InjectionConfig {
            header_name: self.header_name.clone(),
            value_format: self.value_format.clone(),
            param_name: self.param_name.clone(),
            param_format: self.param_format.clone(),
            path_template: self.path_template.clone(),
            ..InjectionConfig::default()
        }
    }
}

/// Which of Anthropic's two kinds of credential a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMode {
    /// `sk-ant-api…`: sent as `x-api-key`.
    ApiKey,
    /// `sk-ant-oat…`: sent as a bearer token.
    #[serde(rename = "oauth", alias = "o-auth")]
    OAuth,
}

impl AuthMode {
    /// Tells from a value which kind it is; what doesn't look like an OAuth token is an API key.
    pub fn of(value: &str) -> Self {
        if value.starts_with("sk-ant-oat") { Self::OAuth } else { Self::ApiKey }
    }
}
