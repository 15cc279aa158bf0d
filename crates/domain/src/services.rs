//! Well-known services: which hosts a key belongs to, how each takes it, what it looks like, and where tools read it from.

use crate::injection::Place;
use crate::key_shape::{self, KeyShape};
use crate::secret_kind::{HostInjection, InjectionConfig, SecretKind};

/// A service that people have keys for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The hosts that the key is sent to, the main one first.
    pub hosts: &'static [&'static str],
    /// The service's name.
    pub name: &'static str,
    /// The environment variables that tools read the key from.
    pub env: &'static [&'static str],
    /// How the key is sent.
    pub sent: Sent,
    /// Where some of the hosts take it in another way.
    pub others: &'static [(&'static [&'static str], Sent)],
    /// Where else the service reads a key from, if a client puts it there.
    pub reads: &'static [Place<'static>],
    /// What the key looks like.
    pub shape: &'static KeyShape,
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
    /// The main host.
    pub fn host(&self) -> &'static str {
        self.hosts.first().copied().unwrap_or_default()
    }

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

    /// How its key is put into a request to each of its hosts.
    pub fn injection(&self) -> InjectionConfig {
        let overrides =
            self.others.iter().map(|(hosts, sent)| host_injection(hosts, *sent)).collect::<Vec<_>>();
        let overrides = (!overrides.is_empty()).then_some(overrides);
        InjectionConfig { overrides, ..host_injection(&[], self.sent).config() }
    }

    /// Whether one of the service's hosts is among those that a secret's host pattern means.
    pub fn is_meant_by(&self, pattern: &str) -> bool {
        self.position(pattern).is_some()
    }

    /// Which of the service's hosts a secret's host pattern means, the first of them.
    pub fn position(&self, pattern: &str) -> Option<usize> {
        let pattern = pattern.trim();
        let name = pattern.strip_suffix(":443").unwrap_or(pattern);
        let under = name.strip_prefix('*');
        self.hosts.iter().position(|host| match under {
            None => host.eq_ignore_ascii_case(name),
            Some(suffix) => host
                .len()
                .checked_sub(suffix.len())
                .and_then(|start| host.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix)),
        })
    }
}

/// The services that secrets with these host patterns are for, as far as they are well-known ones.
pub fn for_host_patterns(patterns: &[String]) -> impl Iterator<Item = &'static Service> {
    SERVICES.iter().filter(|service| patterns.iter().any(|pattern| service.is_meant_by(pattern)))
}

/// The service that a host belongs to.
pub fn for_host(host: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.hosts.contains(&host))
}

/// The overrides of the known service that a configuration is for, as far as they concern hosts of the secret: for
/// those who name the service's hosts and say how the main one takes the key, and nothing of the others.
pub fn known_overrides(patterns: &[String], config: &InjectionConfig) -> Option<Vec<HostInjection>> {
    if config.overrides.is_some() || patterns.len() < 2 {
        return None;
    }
    let service = for_host_patterns(patterns).find(|service| {
        let known = service.injection();
        known.overrides.is_some() && same_place(&known, config)
    })?;
    let mut overrides = service.injection().overrides.unwrap_or_default();
    for one in &mut overrides {
        one.host_patterns
            .retain(|host| patterns.iter().any(|pattern| pattern.trim().eq_ignore_ascii_case(host)));
    }
    overrides.retain(|one| !one.host_patterns.is_empty());
    (!overrides.is_empty()).then_some(overrides)
}

fn same_place(known: &InjectionConfig, config: &InjectionConfig) -> bool {
    let name = |config: &InjectionConfig| config.header_name.as_deref().map(str::to_ascii_lowercase);
    // `Bearer {value}`, `token {value}`: services take either.
    let has_scheme = |config: &InjectionConfig| {
        let format = config.value_format.as_deref().and_then(|format| format.split_once(' '));
        format.is_some_and(|(scheme, rest)| {
            scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) && rest == "{value}"
        })
    };
    name(known).is_some() && name(known) == name(config) && has_scheme(known) && has_scheme(config)
}

fn host_injection(hosts: &[&str], sent: Sent) -> HostInjection {
    let mut out = HostInjection {
        host_patterns: hosts.iter().map(|host| (*host).to_owned()).collect(),
        ..HostInjection::default()
    };
    match sent {
        Sent::Kind(_) => {}
        Sent::Header(name, format) => {
            out.header_name = Some(name.into());
            out.value_format = Some(format.into());
        }
        Sent::Path(template) => out.path_template = Some(template.into()),
    }
    out
}

/// What most services have in common.
const BEARER: Service = Service {
    hosts: &[],
    name: "",
    env: &[],
    sent: Sent::Header("authorization", "Bearer {value}"),
    others: &[],
    reads: &[],
    shape: &key_shape::PLAIN,
    keys: "",
};
/// As git sends a token over HTTPS.
const GIT: Sent = Sent::Header("authorization", "Basic {base64:x-access-token:{value}}");

/// Every service that is known here.
///
/// GitHub's list leaves out `objects.githubusercontent.com` and its like: their URLs are signed, and storage refuses a
/// request that is signed and holds an `Authorization` header too.
#[rustfmt::skip]
pub const SERVICES: &[Service] = &[
    Service { hosts: &["api.anthropic.com"], name: "Anthropic", env: &["ANTHROPIC_API_KEY"], sent: Sent::Kind(SecretKind::Anthropic), reads: &[Place::Header("x-api-key")], shape: &key_shape::ANTHROPIC, keys: "https://console.anthropic.com/settings/keys", ..BEARER },
    Service { hosts: &["api.openai.com"], name: "OpenAI", env: &["OPENAI_API_KEY"], sent: Sent::Kind(SecretKind::OpenAi), shape: &key_shape::OPENAI, keys: "https://platform.openai.com/api-keys", ..BEARER },
    Service { hosts: &["api.github.com", "github.com", "gist.github.com", "uploads.github.com", "raw.githubusercontent.com", "codeload.github.com"], name: "GitHub", env: &["GITHUB_TOKEN", "GH_TOKEN"], others: &[(&["github.com", "gist.github.com"], GIT)], shape: &key_shape::GITHUB, keys: "https://github.com/settings/tokens", ..BEARER },
    Service { hosts: &["gitlab.com"], name: "GitLab", env: &["GITLAB_TOKEN"], sent: Sent::Header("private-token", "{value}"), reads: &[Place::Parameter("private_token"), Place::Parameter("access_token")], shape: &key_shape::GITLAB, keys: "https://gitlab.com/-/user_settings/personal_access_tokens", ..BEARER },
    Service { hosts: &["generativelanguage.googleapis.com"], name: "Gemini", env: &["GEMINI_API_KEY", "GOOGLE_API_KEY"], sent: Sent::Header("x-goog-api-key", "{value}"), reads: &[Place::Parameter("key")], shape: &key_shape::GOOGLE, keys: "https://aistudio.google.com/apikey", ..BEARER },
    Service { hosts: &["openrouter.ai"], name: "OpenRouter", env: &["OPENROUTER_API_KEY"], shape: &key_shape::OPENROUTER, keys: "https://openrouter.ai/settings/keys", ..BEARER },
    Service { hosts: &["api.mistral.ai"], name: "Mistral", env: &["MISTRAL_API_KEY"], shape: &key_shape::MISTRAL, keys: "https://console.mistral.ai/api-keys", ..BEARER },
    Service { hosts: &["api.groq.com"], name: "Groq", env: &["GROQ_API_KEY"], shape: &key_shape::GROQ, keys: "https://console.groq.com/keys", ..BEARER },
    Service { hosts: &["api.deepseek.com"], name: "DeepSeek", env: &["DEEPSEEK_API_KEY"], shape: &key_shape::DEEPSEEK, keys: "https://platform.deepseek.com/api_keys", ..BEARER },
    Service { hosts: &["api.x.ai"], name: "xAI", env: &["XAI_API_KEY"], shape: &key_shape::XAI, keys: "https://console.x.ai", ..BEARER },
    Service { hosts: &["api.cohere.com"], name: "Cohere", env: &["COHERE_API_KEY", "CO_API_KEY"], shape: &key_shape::PLAIN, keys: "https://dashboard.cohere.com/api-keys", ..BEARER },
    Service { hosts: &["api.together.xyz"], name: "Together", env: &["TOGETHER_API_KEY"], shape: &key_shape::TOGETHER, keys: "https://api.together.ai/settings/api-keys", ..BEARER },
    Service { hosts: &["api.perplexity.ai"], name: "Perplexity", env: &["PERPLEXITY_API_KEY"], shape: &key_shape::PERPLEXITY, keys: "https://www.perplexity.ai/settings/api", ..BEARER },
    Service { hosts: &["huggingface.co", "router.huggingface.co"], name: "Hugging Face", env: &["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"], shape: &key_shape::HUGGING_FACE, keys: "https://huggingface.co/settings/tokens", ..BEARER },
    Service { hosts: &["api.replicate.com"], name: "Replicate", env: &["REPLICATE_API_TOKEN"], shape: &key_shape::REPLICATE, keys: "https://replicate.com/account/api-tokens", ..BEARER },
    Service { hosts: &["api.elevenlabs.io"], name: "ElevenLabs", env: &["ELEVENLABS_API_KEY"], sent: Sent::Header("xi-api-key", "{value}"), shape: &key_shape::ELEVENLABS, keys: "https://elevenlabs.io/app/settings/api-keys", ..BEARER },
    Service { hosts: &["api.stripe.com", "files.stripe.com"], name: "Stripe", env: &["STRIPE_API_KEY", "STRIPE_SECRET_KEY"], shape: &key_shape::STRIPE, keys: "https://dashboard.stripe.com/apikeys", ..BEARER },
    Service { hosts: &["slack.com", "files.slack.com"], name: "Slack", env: &["SLACK_BOT_TOKEN", "SLACK_TOKEN"], reads: &[Place::Parameter("token")], shape: &key_shape::SLACK, keys: "https://api.slack.com/apps", ..BEARER },
    Service { hosts: &["discord.com"], name: "Discord", env: &["DISCORD_TOKEN"], sent: Sent::Header("authorization", "Bot {value}"), shape: &key_shape::DISCORD, keys: "https://discord.com/developers/applications", ..BEARER },
    Service { hosts: &["api.telegram.org"], name: "Telegram", env: &["TELEGRAM_BOT_TOKEN"], sent: Sent::Path("/bot{value}/*"), others: &[(&["api.telegram.org"], Sent::Path("/file/bot{value}/*"))], shape: &key_shape::TELEGRAM, keys: "https://t.me/BotFather", ..BEARER },
    Service { hosts: &["api.notion.com"], name: "Notion", env: &["NOTION_API_KEY", "NOTION_TOKEN"], shape: &key_shape::NOTION, keys: "https://www.notion.so/profile/integrations", ..BEARER },
    Service { hosts: &["api.linear.app"], name: "Linear", env: &["LINEAR_API_KEY"], sent: Sent::Header("authorization", "{value}"), shape: &key_shape::LINEAR, keys: "https://linear.app/settings/account/security", ..BEARER },
    Service { hosts: &["api.airtable.com"], name: "Airtable", env: &["AIRTABLE_API_KEY"], shape: &key_shape::AIRTABLE, keys: "https://airtable.com/create/tokens", ..BEARER },
    Service { hosts: &["api.figma.com"], name: "Figma", env: &["FIGMA_TOKEN"], sent: Sent::Header("x-figma-token", "{value}"), shape: &key_shape::FIGMA, keys: "https://www.figma.com/settings", ..BEARER },
    Service { hosts: &["api.hubapi.com"], name: "HubSpot", env: &["HUBSPOT_ACCESS_TOKEN"], shape: &key_shape::HUBSPOT, keys: "https://app.hubspot.com/private-apps", ..BEARER },
    Service { hosts: &["api.resend.com"], name: "Resend", env: &["RESEND_API_KEY"], shape: &key_shape::RESEND, keys: "https://resend.com/api-keys", ..BEARER },
    Service { hosts: &["api.sendgrid.com"], name: "SendGrid", env: &["SENDGRID_API_KEY"], shape: &key_shape::SENDGRID, keys: "https://app.sendgrid.com/settings/api_keys", ..BEARER },
    Service { hosts: &["api.cloudflare.com"], name: "Cloudflare", env: &["CLOUDFLARE_API_TOKEN"], shape: &key_shape::PLAIN, keys: "https://dash.cloudflare.com/profile/api-tokens", ..BEARER },
    Service { hosts: &["api.vercel.com"], name: "Vercel", env: &["VERCEL_TOKEN"], shape: &key_shape::VERCEL, keys: "https://vercel.com/account/settings/tokens", ..BEARER },
    Service { hosts: &["api.netlify.com"], name: "Netlify", env: &["NETLIFY_AUTH_TOKEN"], shape: &key_shape::NETLIFY, keys: "https://app.netlify.com/user/applications", ..BEARER },
    Service { hosts: &["api.supabase.com"], name: "Supabase", env: &["SUPABASE_ACCESS_TOKEN"], shape: &key_shape::SUPABASE, keys: "https://supabase.com/dashboard/account/tokens", ..BEARER },
    Service { hosts: &["api.tavily.com"], name: "Tavily", env: &["TAVILY_API_KEY"], shape: &key_shape::TAVILY, keys: "https://app.tavily.com", ..BEARER },
    Service { hosts: &["api.search.brave.com"], name: "Brave Search", env: &["BRAVE_API_KEY"], sent: Sent::Header("x-subscription-token", "{value}"), shape: &key_shape::BRAVE, keys: "https://api-dashboard.search.brave.com/app/keys", ..BEARER },
    Service { hosts: &["api.exa.ai"], name: "Exa", env: &["EXA_API_KEY"], sent: Sent::Header("x-api-key", "{value}"), shape: &key_shape::UUID, keys: "https://dashboard.exa.ai/api-keys", ..BEARER },
    Service { hosts: &["registry.npmjs.org"], name: "npm", env: &["NPM_TOKEN"], shape: &key_shape::NPM, keys: "https://www.npmjs.com/settings/~/tokens", ..BEARER },
    Service { hosts: &["upload.pypi.org"], name: "PyPI", env: &["TWINE_PASSWORD"], sent: Sent::Header("authorization", "Basic {base64:__token__:{value}}"), shape: &key_shape::PYPI, keys: "https://pypi.org/manage/account/token", ..BEARER },
    Service { hosts: &["sentry.io"], name: "Sentry", env: &["SENTRY_AUTH_TOKEN"], shape: &key_shape::SENTRY, keys: "https://sentry.io/settings/account/api/auth-tokens", ..BEARER },
    Service { hosts: &["api.pagerduty.com"], name: "PagerDuty", env: &["PAGERDUTY_TOKEN"], sent: Sent::Header("authorization", "Token token={value}"), shape: &key_shape::PAGERDUTY, keys: "https://support.pagerduty.com/main/docs/api-access-keys", ..BEARER },
    Service { hosts: &["api.datadoghq.com"], name: "Datadog", env: &["DD_API_KEY"], sent: Sent::Header("dd-api-key", "{value}"), reads: &[Place::Parameter("api_key")], shape: &key_shape::HEX_32, keys: "https://app.datadoghq.com/organization-settings/api-keys", ..BEARER },
    Service { hosts: &["api.digitalocean.com"], name: "DigitalOcean", env: &["DIGITALOCEAN_ACCESS_TOKEN"], shape: &key_shape::DIGITALOCEAN, keys: "https://cloud.digitalocean.com/account/api/tokens", ..BEARER },
    Service { hosts: &["api.pinecone.io"], name: "Pinecone", env: &["PINECONE_API_KEY"], sent: Sent::Header("api-key", "{value}"), shape: &key_shape::PINECONE, keys: "https://app.pinecone.io", ..BEARER },
];

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
            assert!(!service.hosts.is_empty() && service.hosts.len() <= 20, "{}", service.name);
            for host in service.hosts {
                HostPattern::read_narrow(host).unwrap();
            }
            Injection::read(service.kind(), &service.injection()).unwrap();
            for one in service.injection().overrides() {
                Injection::read(SecretKind::Generic, &one.config()).unwrap();
                assert!(one.host_patterns.iter().all(|host| service.hosts.contains(&host.as_str())));
            }
            assert!(service.keys.starts_with("https://"), "{}", service.name);
        }
    }

    #[test]
    fn host_patterns_name_services() {
        let names = |patterns: &[&str]| -> Vec<&str> {
            let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
            for_host_patterns(&patterns).map(|service| service.name).collect()
        };
        assert_eq!(names(&["API.github.com:443"]), ["GitHub"]);
        assert_eq!(names(&["*.stripe.com", "github.com"]), ["GitHub", "Stripe"]);
        assert!(names(&["github.com.evil.test", "xgithub.com", "*.evil.test", "é"]).is_empty());
    }

    #[test]
    fn a_configuration_for_a_known_service_learns_how_the_other_hosts_take_the_key() {
        let bearer = BEARER.injection();
        let patterns = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let known = known_overrides(&patterns(&["api.github.com", "GitHub.com"]), &bearer).unwrap();
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].host_patterns, ["github.com"]);
        assert_eq!(known[0].value_format.as_deref(), Some("Basic {base64:x-access-token:{value}}"));
        // Nothing is added to what says something else, or is for other hosts.
        assert_eq!(known_overrides(&patterns(&["api.github.com"]), &bearer), None);
        assert_eq!(known_overrides(&patterns(&["a.test", "b.test"]), &bearer), None);
        let own = InjectionConfig { overrides: Some(Vec::new()), ..bearer };
        assert_eq!(known_overrides(&patterns(&["api.github.com", "github.com"]), &own), None);
    }
}
