//! Well-known services: which host a key belongs to, and the environment variables that tools read it from.

use crate::secret_kind::{InjectionConfig, SecretKind};

/// A service that people have keys for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The host that the key is sent to.
    pub host: &'static str,
    /// The service's name.
    pub name: &'static str,
    /// The environment variables that tools read the key from.
    pub env: &'static [&'static str],
    /// How the key is sent.
    pub sent: Sent,
    /// Where people get a key.
    pub keys: &'static str,
}

/// How a service's key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// As secrets of this kind are.
    Kind(SecretKind),
    /// In a header, in this format.
    Header(&'static str, &'static str),
    /// In the path.
    Path(&'static str),
}

impl Service {
    /// What names it in commands: its name in lower case, with dashes.
    pub fn id(&self) -> String {
        let dashed =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        dashed.collect::<String>().split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }

    /// What kind of secret its key is.
    pub fn kind(&self) -> SecretKind {
        match self.sent {
            Sent::Kind(kind) => kind,
            Sent::Header(..) | Sent::Path(_) => SecretKind::Generic,
        }
    }

    /// How its key is put into a request.
    pub fn injection(&self) -> InjectionConfig {
        let mut config = InjectionConfig::default();
        match self.sent {
            Sent::Kind(_) => {}
            Sent::Header(name, format) => {
                config.header_name = Some(name.into());
                config.value_format = Some(format.into());
            }
            Sent::Path(template) => config.path_template = Some(template.into()),
        }
        config
    }
}

/// The service that a secret with this host pattern is for, if it is a well-known one.
pub fn for_host_pattern(pattern: &str) -> Option<&'static Service> {
    let pattern = pattern.trim().to_ascii_lowercase();
    let name = pattern.strip_suffix(":443").unwrap_or(&pattern);
    SERVICES.iter().find(|service| {
        service.host == name || name.strip_prefix('*').is_some_and(|suffix| service.host.ends_with(suffix))
    })
}

/// The service that a host belongs to.
pub fn for_host(host: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.host == host)
}

/// Every service that is known here.
#[rustfmt::skip]
pub const SERVICES: &[Service] = &[
    Service { host: "api.anthropic.com", name: "Anthropic", env: &["ANTHROPIC_API_KEY"], sent: Sent::Kind(SecretKind::Anthropic), keys: "https://console.anthropic.com/settings/keys" },
    Service { host: "api.openai.com", name: "OpenAI", env: &["OPENAI_API_KEY"], sent: Sent::Kind(SecretKind::OpenAi), keys: "https://platform.openai.com/api-keys" },
    Service { host: "api.github.com", name: "GitHub", env: &["GITHUB_TOKEN", "GH_TOKEN"], sent: BEARER, keys: "https://github.com/settings/tokens" },
    Service { host: "github.com", name: "GitHub (git)", env: &["GITHUB_TOKEN", "GH_TOKEN"], sent: Sent::Header("authorization", "Basic {base64:x-access-token:{value}}"), keys: "https://github.com/settings/tokens" },
    Service { host: "gitlab.com", name: "GitLab", env: &["GITLAB_TOKEN"], sent: Sent::Header("private-token", "{value}"), keys: "https://gitlab.com/-/user_settings/personal_access_tokens" },
    Service { host: "generativelanguage.googleapis.com", name: "Gemini", env: &["GEMINI_API_KEY", "GOOGLE_API_KEY"], sent: Sent::Header("x-goog-api-key", "{value}"), keys: "https://aistudio.google.com/apikey" },
    Service { host: "openrouter.ai", name: "OpenRouter", env: &["OPENROUTER_API_KEY"], sent: BEARER, keys: "https://openrouter.ai/settings/keys" },
    Service { host: "api.mistral.ai", name: "Mistral", env: &["MISTRAL_API_KEY"], sent: BEARER, keys: "https://console.mistral.ai/api-keys" },
    Service { host: "api.groq.com", name: "Groq", env: &["GROQ_API_KEY"], sent: BEARER, keys: "https://console.groq.com/keys" },
    Service { host: "api.deepseek.com", name: "DeepSeek", env: &["DEEPSEEK_API_KEY"], sent: BEARER, keys: "https://platform.deepseek.com/api_keys" },
    Service { host: "api.x.ai", name: "xAI", env: &["XAI_API_KEY"], sent: BEARER, keys: "https://console.x.ai" },
    Service { host: "api.cohere.com", name: "Cohere", env: &["COHERE_API_KEY", "CO_API_KEY"], sent: BEARER, keys: "https://dashboard.cohere.com/api-keys" },
    Service { host: "api.together.xyz", name: "Together", env: &["TOGETHER_API_KEY"], sent: BEARER, keys: "https://api.together.ai/settings/api-keys" },
    Service { host: "api.perplexity.ai", name: "Perplexity", env: &["PERPLEXITY_API_KEY"], sent: BEARER, keys: "https://www.perplexity.ai/settings/api" },
    Service { host: "huggingface.co", name: "Hugging Face", env: &["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"], sent: BEARER, keys: "https://huggingface.co/settings/tokens" },
    Service { host: "api.replicate.com", name: "Replicate", env: &["REPLICATE_API_TOKEN"], sent: BEARER, keys: "https://replicate.com/account/api-tokens" },
    Service { host: "api.elevenlabs.io", name: "ElevenLabs", env: &["ELEVENLABS_API_KEY"], sent: Sent::Header("xi-api-key", "{value}"), keys: "https://elevenlabs.io/app/settings/api-keys" },
    Service { host: "api.stripe.com", name: "Stripe", env: &["STRIPE_API_KEY", "STRIPE_SECRET_KEY"], sent: BEARER, keys: "https://dashboard.stripe.com/apikeys" },
    Service { host: "slack.com", name: "Slack", env: &["SLACK_BOT_TOKEN", "SLACK_TOKEN"], sent: BEARER, keys: "https://api.slack.com/apps" },
    Service { host: "discord.com", name: "Discord", env: &["DISCORD_TOKEN"], sent: Sent::Header("authorization", "Bot {value}"), keys: "https://discord.com/developers/applications" },
    Service { host: "api.telegram.org", name: "Telegram", env: &["TELEGRAM_BOT_TOKEN"], sent: Sent::Path("/bot{value}/*"), keys: "https://t.me/BotFather" },
    Service { host: "api.notion.com", name: "Notion", env: &["NOTION_API_KEY", "NOTION_TOKEN"], sent: BEARER, keys: "https://www.notion.so/profile/integrations" },
    Service { host: "api.linear.app", name: "Linear", env: &["LINEAR_API_KEY"], sent: Sent::Header("authorization", "{value}"), keys: "https://linear.app/settings/account/security" },
    Service { host: "api.airtable.com", name: "Airtable", env: &["AIRTABLE_API_KEY"], sent: BEARER, keys: "https://airtable.com/create/tokens" },
    Service { host: "api.figma.com", name: "Figma", env: &["FIGMA_TOKEN"], sent: Sent::Header("x-figma-token", "{value}"), keys: "https://www.figma.com/settings" },
    Service { host: "api.hubapi.com", name: "HubSpot", env: &["HUBSPOT_ACCESS_TOKEN"], sent: BEARER, keys: "https://app.hubspot.com/private-apps" },
    Service { host: "api.resend.com", name: "Resend", env: &["RESEND_API_KEY"], sent: BEARER, keys: "https://resend.com/api-keys" },
    Service { host: "api.sendgrid.com", name: "SendGrid", env: &["SENDGRID_API_KEY"], sent: BEARER, keys: "https://app.sendgrid.com/settings/api_keys" },
    Service { host: "api.cloudflare.com", name: "Cloudflare", env: &["CLOUDFLARE_API_TOKEN"], sent: BEARER, keys: "https://dash.cloudflare.com/profile/api-tokens" },
    Service { host: "api.vercel.com", name: "Vercel", env: &["VERCEL_TOKEN"], sent: BEARER, keys: "https://vercel.com/account/settings/tokens" },
    Service { host: "api.netlify.com", name: "Netlify", env: &["NETLIFY_AUTH_TOKEN"], sent: BEARER, keys: "https://app.netlify.com/user/applications" },
    Service { host: "api.supabase.com", name: "Supabase", env: &["SUPABASE_ACCESS_TOKEN"], sent: BEARER, keys: "https://supabase.com/dashboard/account/tokens" },
    Service { host: "api.tavily.com", name: "Tavily", env: &["TAVILY_API_KEY"], sent: BEARER, keys: "https://app.tavily.com" },
    Service { host: "api.search.brave.com", name: "Brave Search", env: &["BRAVE_API_KEY"], sent: Sent::Header("x-subscription-token", "{value}"), keys: "https://api-dashboard.search.brave.com/app/keys" },
    Service { host: "api.exa.ai", name: "Exa", env: &["EXA_API_KEY"], sent: Sent::Header("x-api-key", "{value}"), keys: "https://dashboard.exa.ai/api-keys" },
    Service { host: "registry.npmjs.org", name: "npm", env: &["NPM_TOKEN"], sent: BEARER, keys: "https://www.npmjs.com/settings/~/tokens" },
    Service { host: "upload.pypi.org", name: "PyPI", env: &["TWINE_PASSWORD"], sent: Sent::Header("authorization", "Basic {base64:__token__:{value}}"), keys: "https://pypi.org/manage/account/token" },
    Service { host: "sentry.io", name: "Sentry", env: &["SENTRY_AUTH_TOKEN"], sent: BEARER, keys: "https://sentry.io/settings/account/api/auth-tokens" },
    Service { host: "api.pagerduty.com", name: "PagerDuty", env: &["PAGERDUTY_TOKEN"], sent: Sent::Header("authorization", "Token token={value}"), keys: "https://support.pagerduty.com/main/docs/api-access-keys" },
    Service { host: "api.datadoghq.com", name: "Datadog", env: &["DD_API_KEY"], sent: Sent::Header("dd-api-key", "{value}"), keys: "https://app.datadoghq.com/organization-settings/api-keys" },
    Service { host: "api.digitalocean.com", name: "DigitalOcean", env: &["DIGITALOCEAN_ACCESS_TOKEN"], sent: BEARER, keys: "https://cloud.digitalocean.com/account/api/tokens" },
    Service { host: "api.pinecone.io", name: "Pinecone", env: &["PINECONE_API_KEY"], sent: Sent::Header("api-key", "{value}"), keys: "https://app.pinecone.io" },
];

const BEARER: Sent = Sent::Header("authorization", "Bearer {value}");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::injection::Injection;
    use crate::pattern::HostPattern;

    #[test]
    fn every_service_can_be_made_a_secret_of() {
        let mut ids = HashSet::new();
        for service in SERVICES {
            assert!(ids.insert(service.id()), "{} is there twice", service.name);
            HostPattern::read(service.host).unwrap();
            Injection::read(service.kind(), &service.injection()).unwrap();
            assert!(service.keys.starts_with("https://"), "{}", service.name);
        }
    }
}
