//! Well-known services: which host a key belongs to, and the environment variables that tools read it from.

/// A service that people have keys for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The host that the key is sent to.
    pub host: &'static str,
    /// The service's name.
    pub name: &'static str,
    /// The environment variables that tools read the key from.
    pub env: &'static [&'static str],
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
pub const SERVICES: &[Service] = &[
    Service { host: "api.anthropic.com", name: "Anthropic", env: &["ANTHROPIC_API_KEY"] },
    Service { host: "api.openai.com", name: "OpenAI", env: &["OPENAI_API_KEY"] },
    Service { host: "api.github.com", name: "GitHub", env: &["GITHUB_TOKEN", "GH_TOKEN"] },
    Service { host: "github.com", name: "GitHub (git)", env: &["GITHUB_TOKEN", "GH_TOKEN"] },
    Service { host: "gitlab.com", name: "GitLab", env: &["GITLAB_TOKEN"] },
    Service {
        host: "generativelanguage.googleapis.com",
        name: "Gemini",
        env: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    },
    Service { host: "openrouter.ai", name: "OpenRouter", env: &["OPENROUTER_API_KEY"] },
    Service { host: "api.mistral.ai", name: "Mistral", env: &["MISTRAL_API_KEY"] },
    Service { host: "api.groq.com", name: "Groq", env: &["GROQ_API_KEY"] },
    Service { host: "api.deepseek.com", name: "DeepSeek", env: &["DEEPSEEK_API_KEY"] },
    Service { host: "api.x.ai", name: "xAI", env: &["XAI_API_KEY"] },
    Service { host: "api.cohere.com", name: "Cohere", env: &["COHERE_API_KEY", "CO_API_KEY"] },
    Service { host: "api.together.xyz", name: "Together", env: &["TOGETHER_API_KEY"] },
    Service { host: "api.perplexity.ai", name: "Perplexity", env: &["PERPLEXITY_API_KEY"] },
    Service { host: "huggingface.co", name: "Hugging Face", env: &["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] },
    Service { host: "api.replicate.com", name: "Replicate", env: &["REPLICATE_API_TOKEN"] },
    Service { host: "api.elevenlabs.io", name: "ElevenLabs", env: &["ELEVENLABS_API_KEY"] },
    Service { host: "api.stripe.com", name: "Stripe", env: &["STRIPE_API_KEY", "STRIPE_SECRET_KEY"] },
    Service { host: "slack.com", name: "Slack", env: &["SLACK_BOT_TOKEN", "SLACK_TOKEN"] },
    Service { host: "api.notion.com", name: "Notion", env: &["NOTION_API_KEY", "NOTION_TOKEN"] },
    Service { host: "api.linear.app", name: "Linear", env: &["LINEAR_API_KEY"] },
    Service { host: "api.resend.com", name: "Resend", env: &["RESEND_API_KEY"] },
    Service { host: "api.sendgrid.com", name: "SendGrid", env: &["SENDGRID_API_KEY"] },
    Service { host: "api.cloudflare.com", name: "Cloudflare", env: &["CLOUDFLARE_API_TOKEN"] },
    Service { host: "api.vercel.com", name: "Vercel", env: &["VERCEL_TOKEN"] },
    Service { host: "api.tavily.com", name: "Tavily", env: &["TAVILY_API_KEY"] },
    Service { host: "api.search.brave.com", name: "Brave Search", env: &["BRAVE_API_KEY"] },
    Service { host: "api.exa.ai", name: "Exa", env: &["EXA_API_KEY"] },
    Service { host: "registry.npmjs.org", name: "npm", env: &["NPM_TOKEN"] },
    Service { host: "sentry.io", name: "Sentry", env: &["SENTRY_AUTH_TOKEN"] },
    Service { host: "api.digitalocean.com", name: "DigitalOcean", env: &["DIGITALOCEAN_ACCESS_TOKEN"] },
    Service { host: "api.pinecone.io", name: "Pinecone", env: &["PINECONE_API_KEY"] },
];
