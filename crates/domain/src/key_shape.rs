//! Key shapes: what the keys of well-known services look like, so that placeholders can look the same.

/// What a key looks like: fixed text, separators, and random characters between them.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyShape(&'static [Part]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Every key has this.
    Text(&'static str),
    /// So many random characters of an alphabet.
    Random(&'static [u8], usize),
    /// A random number of 18 digits in base64: 24 characters, as in tokens that name an account by its id.
    EncodedId,
}

/// Random bytes for one key: two for each character of the longest.
pub type KeyRandomness = [u8; 512];

impl KeyShape {
    /// Makes a text of this shape. It holds nothing of any real key.
    pub fn fill(&self, random: &KeyRandomness) -> String {
        let mut random = random
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte)))
            .cycle();
        let mut pick = |alphabet: &[u8]| {
            let at = random.next().unwrap_or_default() % alphabet.len().max(1);
            alphabet.get(at).copied().map_or('0', char::from)
        };
        let mut out = String::with_capacity(LONGEST);
        for part in self.0 {
            match *part {
                Part::Text(text) => out.push_str(text),
                Part::Random(alphabet, count) => out.extend((0..count).map(|_| pick(alphabet))),
                Part::EncodedId => {
                    let first = std::iter::once(pick(NON_ZERO));
                    let id: String = first.chain((1..ID_DIGITS).map(|_| pick(DIGITS))).collect();
                    base64::Engine::encode_string(&base64::prelude::BASE64_STANDARD, id, &mut out);
                }
            }
        }
        out
    }

    /// Whether a text has this shape.
    pub fn fits(&self, text: &str) -> bool {
        let mut rest = text.as_bytes();
        for part in self.0 {
            let next = match *part {
                Part::Text(fixed) => rest.strip_prefix(fixed.as_bytes()),
                Part::Random(alphabet, count) => rest
                    .split_at_checked(count)
                    .filter(|(run, _)| run.iter().all(|byte| alphabet.contains(byte)))
                    .map(|(_, rest)| rest),
                Part::EncodedId => rest
                    .split_at_checked(ID_DIGITS / 3 * 4)
                    .filter(|(run, _)| run.iter().all(|byte| BASE64URL.contains(byte)))
                    .map(|(_, rest)| rest),
            };
            let Some(next) = next else { return false };
            rest = next;
        }
        rest.is_empty()
    }

    /// The text that every key begins with.
    fn prefix(&self) -> &'static str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Random(..) | Part::EncodedId) | None => "",
        }
    }
}

/// The shape of a value that shows by its beginning whose key it is.
pub fn by_prefix(value: &str) -> Option<&'static KeyShape> {
    let shape = DISTINCT.iter().filter(|shape| value.starts_with(shape.prefix()));
    shape.max_by_key(|shape| shape.prefix().len()).copied().or_else(|| is_jwt(value).then_some(&JWT))
}

/// The shape of a value whose form is a common one, though several services use it. Nothing but the form is taken over.
pub fn by_form(value: &str) -> Option<&'static KeyShape> {
    if ANY_UUID.fits(value) {
        return Some(&UUID);
    }
    COMMON.iter().find(|shape| shape.fits(value)).copied()
}

/// How the keys of well-known services begin.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    DISTINCT.iter().map(|shape| shape.prefix())
}

fn is_jwt(value: &str) -> bool {
    let mut parts = value.split('.');
    value.starts_with("eyJ")
        && parts.by_ref().take(3).filter(|part| !part.is_empty()).count() == 3
        && parts.next().is_none()
}

const NON_ZERO: &[u8] = b"123456789";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What 43 characters of base64 may end in, which are 32 bytes: strict readers refuse bits beyond these.
const BASE64_END: &[u8] = b"AEIMQUYcgkosw048";
const ID_DIGITS: usize = 18;
const LONGEST: usize = 256;

const fn text(text: &'static str) -> Part {
    Part::Text(text)
}

const fn any(alphabet: &'static [u8], count: usize) -> Part {
    Part::Random(alphabet, count)
}

/// Letters and digits: what any service could use, and no client stumbles over.
pub const PLAIN: KeyShape = KeyShape(&[any(BASE62, 40)]);

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $($part:expr),+;)*) => {
        $($(#[$doc])* pub const $name: KeyShape = KeyShape(&[$($part),+]);)*
    };
}

shapes! {
    /// Of Airtable.
    AIRTABLE = text("pat"), any(BASE62, 14), text("."), any(HEX, 64);
    /// Of Anthropic, an API key.
    ANTHROPIC = text("sk-ant-api03-"), any(BASE64URL, 93), text("AA");
    /// Of Anthropic, an OAuth token.
    ANTHROPIC_OAUTH = text("sk-ant-oat01-"), any(BASE64URL, 93), text("AA");
    /// Of AWS, an access key's id.
    AWS = text("AKIA"), any(UPPER, 16);
    /// Of AWS, a session's access key's id.
    AWS_SESSION = text("ASIA"), any(UPPER, 16);
    /// Of Brave Search.
    BRAVE = text("BSA"), any(BASE62, 28);
    /// Of `DeepSeek`.
    DEEPSEEK = text("sk-"), any(HEX, 32);
    /// Of `DigitalOcean`.
    DIGITALOCEAN = text("dop_v1_"), any(HEX, 64);
    /// Of Discord, a bot's token: its id, a time, and a signature.
    DISCORD = Part::EncodedId, text("."), any(BASE64URL, 6), text("."), any(BASE64URL, 38);
    /// Of `ElevenLabs`.
    ELEVENLABS = text("sk_"), any(HEX, 48);
    /// Of Figma.
    FIGMA = text("figd_"), any(BASE64URL, 40);
    /// Of GitHub, a personal access token. The checksum at its end is left wrong, so that scanners don't take it for a leak.
    GITHUB = text("ghp_"), any(BASE62, 36);
    /// Of GitHub, a fine-grained personal access token.
    GITHUB_FINE_GRAINED = text("github_pat_"), any(BASE62, 22), text("_"), any(BASE62, 59);
    /// Of GitHub, an OAuth app's token.
    GITHUB_OAUTH = text("gho_"), any(BASE62, 36);
    /// Of GitHub, an app's token for a user.
    GITHUB_USER = text("ghu_"), any(BASE62, 36);
    /// Of GitHub, an installation's token.
    GITHUB_SERVER = text("ghs_"), any(BASE62, 36);
    /// Of GitLab.
    GITLAB = text("glpat-"), any(BASE64URL, 20);
    /// Of Google, an API key.
    GOOGLE = text("AIza"), any(BASE64URL, 35);
    /// Of Groq.
    GROQ = text("gsk_"), any(BASE62, 52);
    /// Hexadecimal digits, 32 of them.
    HEX_32 = any(HEX, 32);
    /// Hexadecimal digits, 40 of them.
    HEX_40 = any(HEX, 40);
    /// Hexadecimal digits, 64 of them.
    HEX_64 = any(HEX, 64);
    /// Of `HubSpot`, a private app's token.
    HUBSPOT = text("pat-na1-"), any(HEX, 8), text("-"), any(HEX, 4), text("-"), any(HEX, 4), text("-"), any(HEX, 4), text("-"), any(HEX, 12);
    /// Of Hugging Face.
    HUGGING_FACE = text("hf_"), any(LETTERS, 34);
    /// A JSON Web Token, signed by nobody: `{"alg":"HS256","typ":"JWT"}`, `{"iss":"onecli","iat":1700000000,"exp":4102444800}`.
    JWT = text("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJvbmVjbGkiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMH0."), any(BASE64URL, 42), any(BASE64_END, 1);
    /// Of Linear.
    LINEAR = text("lin_api_"), any(BASE62, 40);
    /// Of Mistral.
    MISTRAL = any(BASE62, 32);
    /// Of Netlify.
    NETLIFY = text("nfp_"), any(BASE62, 36);
    /// Of Notion.
    NOTION = text("ntn_"), any(DIGITS, 11), any(BASE62, 35);
    /// Of Notion, as made before 2024-09.
    NOTION_OLD = text("secret_"), any(BASE62, 43);
    /// Of npm.
    NPM = text("npm_"), any(BASE62, 36);
    /// Of `OpenAI`, a project's key.
    OPENAI = text("sk-proj-"), any(BASE64URL, 74), text("T3BlbkFJ"), any(BASE64URL, 74);
    /// Of `OpenAI`, a service account's key.
    OPENAI_SERVICE = text("sk-svcacct-"), any(BASE64URL, 74), text("T3BlbkFJ"), any(BASE64URL, 74);
    /// Of `OpenAI`, an administrator's key.
    OPENAI_ADMIN = text("sk-admin-"), any(BASE64URL, 58), text("T3BlbkFJ"), any(BASE64URL, 58);
    /// Of `OpenRouter`.
    OPENROUTER = text("sk-or-v1-"), any(HEX, 64);
    /// Of `PagerDuty`.
    PAGERDUTY = any(BASE62, 20);
    /// Of Perplexity.
    PERPLEXITY = text("pplx-"), any(BASE62, 48);
    /// Of Pinecone.
    PINECONE = text("pcsk_"), any(BASE62, 5), text("_"), any(BASE62, 63);
    /// Of `PyPI`: a macaroon for pypi.org.
    PYPI = text("pypi-AgEIcHlwaS5vcmc"), any(BASE64URL, 150);
    /// Of Replicate.
    REPLICATE = text("r8_"), any(BASE62, 37);
    /// Of Resend.
    RESEND = text("re_"), any(BASE62, 8), text("_"), any(BASE62, 24);
    /// Of `SendGrid`.
    SENDGRID = text("SG."), any(BASE64URL, 22), text("."), any(BASE64URL, 43);
    /// Of Sentry, a user's token.
    SENTRY = text("sntryu_"), any(HEX, 64);
    /// Of Shopify, an app's token.
    SHOPIFY = text("shpat_"), any(HEX, 32);
    /// Of Slack, a bot's token.
    SLACK = text("xoxb-"), any(DIGITS, 12), text("-"), any(DIGITS, 13), text("-"), any(BASE62, 24);
    /// Of Slack, a user's token.
    SLACK_USER = text("xoxp-"), any(DIGITS, 12), text("-"), any(DIGITS, 13), text("-"), any(DIGITS, 13), text("-"), any(HEX, 32);
    /// Of Slack, an app's token.
    SLACK_APP = text("xapp-1-A"), any(UPPER, 10), text("-"), any(DIGITS, 13), text("-"), any(HEX, 64);
    /// Of Stripe, a test key.
    STRIPE = text("sk_test_"), any(BASE62, 99);
    /// Of Stripe, a live key.
    STRIPE_LIVE = text("sk_live_"), any(BASE62, 99);
    /// Of Stripe, a restricted test key.
    STRIPE_RESTRICTED = text("rk_test_"), any(BASE62, 99);
    /// Of Stripe, a restricted live key.
    STRIPE_RESTRICTED_LIVE = text("rk_live_"), any(BASE62, 99);
    /// Of Supabase, a personal access token.
    SUPABASE = text("sbp_"), any(HEX, 40);
    /// Of Supabase, a project's secret key.
    SUPABASE_SECRET = text("sb_secret_"), any(BASE64URL, 22), text("_"), any(BASE64URL, 8);
    /// Of Tavily.
    TAVILY = text("tvly-"), any(BASE62, 32);
    /// Of Telegram: the bot's id and its key.
    TELEGRAM = any(NON_ZERO, 1), any(DIGITS, 9), text(":AA"), any(BASE64URL, 33);
    /// Of Together.
    TOGETHER = text("tgp_v1_"), any(BASE64URL, 43);
    /// Of Twilio, an API key's id.
    TWILIO_KEY = text("SK"), any(HEX, 32);
    /// Of Twilio, an account's id.
    TWILIO_ACCOUNT = text("AC"), any(HEX, 32);
    /// A UUID of version 4.
    UUID = any(HEX, 8), text("-"), any(HEX, 4), text("-4"), any(HEX, 3), text("-a"), any(HEX, 3), text("-"), any(HEX, 12);
    /// A UUID of any version.
    ANY_UUID = any(HEX, 8), text("-"), any(HEX, 4), text("-"), any(HEX, 4), text("-"), any(HEX, 4), text("-"), any(HEX, 12);
    /// Of Vercel.
    VERCEL = any(BASE62, 24);
    /// Of xAI.
    XAI = text("xai-"), any(BASE62, 80);
}

/// Shapes whose prefix is used by one service alone.
#[rustfmt::skip]
const DISTINCT: &[&KeyShape] = &[
    &ANTHROPIC, &ANTHROPIC_OAUTH, &AWS, &AWS_SESSION, &DIGITALOCEAN, &FIGMA, &GITHUB, &GITHUB_FINE_GRAINED, &GITHUB_OAUTH,
    &GITHUB_USER, &GITHUB_SERVER, &GITLAB, &GOOGLE, &GROQ, &HUBSPOT, &HUGGING_FACE, &LINEAR, &NETLIFY, &NOTION,
    &NPM, &OPENAI, &OPENAI_SERVICE, &OPENAI_ADMIN, &OPENROUTER, &PERPLEXITY, &PINECONE, &PYPI, &REPLICATE, &SENDGRID, &SENTRY,
    &SHOPIFY, &SLACK, &SLACK_USER, &SLACK_APP, &STRIPE, &STRIPE_LIVE, &STRIPE_RESTRICTED, &STRIPE_RESTRICTED_LIVE, &SUPABASE,
    &SUPABASE_SECRET, &TAVILY, &TOGETHER, &XAI,
];
/// Forms that several services use.
#[rustfmt::skip]
const COMMON: &[&KeyShape] = &[&DEEPSEEK, &ELEVENLABS, &RESEND, &AIRTABLE, &TELEGRAM, &TWILIO_KEY, &TWILIO_ACCOUNT, &NOTION_OLD, &HEX_32, &HEX_40, &HEX_64];

#[cfg(test)]
mod tests {
    use super::*;

    fn randomness(seed: u8) -> KeyRandomness {
        let mut state = u32::from(seed).wrapping_mul(2_654_435_761) | 1;
        std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 11) as u8
        })
    }

    #[test]
    fn what_is_made_has_its_shape_and_enough_randomness() {
        for shape in DISTINCT
            .iter()
            .chain(COMMON)
            .chain(&[&PLAIN, &UUID, &DISCORD, &JWT, &MISTRAL, &VERCEL, &BRAVE, &PAGERDUTY])
        {
            let (first, second) = (shape.fill(&randomness(1)), shape.fill(&randomness(2)));
            assert!(shape.fits(&first) && shape.fits(&second), "{first}");
            assert!(first.len() <= LONGEST && first.is_ascii());
            assert_ne!(first, second);
            // The index tells placeholders apart by their last characters.
            assert_ne!(first[first.len() - 8..], second[second.len() - 8..]);
            let bits: f64 = shape
                .0
                .iter()
                .map(|part| match part {
                    Part::Text(_) => 0.0,
                    Part::Random(alphabet, count) => (alphabet.len() as f64).log2() * *count as f64,
                    Part::EncodedId => 10f64.log2() * 17.0,
                })
                .sum();
            assert!(bits >= 80.0, "{first}: {bits} bits");
        }
    }

    #[test]
    fn a_value_is_known_by_its_prefix_and_nothing_else_of_it_is_taken_over() {
        for (value, known) in [
            ("ghp_x", &GITHUB),
            ("github_pat_11ABC", &GITHUB_FINE_GRAINED),
            ("sk-ant-oat01-x", &ANTHROPIC_OAUTH),
            ("sk-proj-x", &OPENAI),
            ("sk_live_x", &STRIPE_LIVE),
            ("xoxb-1-2-x", &SLACK),
            ("AKIAIOSFODNN7EXAMPLE", &AWS),
            ("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl", &JWT),
        ] {
            assert_eq!(by_prefix(value), Some(known), "{value}");
        }
        for value in ["", "password", "sk-1234", "AC", "eyJ", "eyJa..b", "eyJa.b.c.d"] {
            assert_eq!(by_prefix(value), None, "{value}");
        }
        assert_eq!(by_form("0123456789abcdef0123456789abcdef"), Some(&HEX_32));
        assert_eq!(by_form("SK0123456789abcdef0123456789abcdef"), Some(&TWILIO_KEY));
        assert_eq!(by_form("c0ffee00-1234-1abc-8def-0123456789ab"), Some(&UUID));
        assert_eq!(by_form("correct horse"), None);
    }

    #[test]
    fn a_bot_token_names_an_id_as_discord_libraries_decode_it() {
        use base64::Engine;
        let token = DISCORD.fill(&randomness(3));
        let id = base64::prelude::BASE64_STANDARD.decode(token.split('.').next().unwrap()).unwrap();
        assert!(id.len() == 18 && id.iter().all(u8::is_ascii_digit));
    }
}
