//! Secrets: stored, shown without their values, changed, rotated, removed.

use onecli_domain::agent::SecretMode;
use onecli_domain::credentials::{BadSecret, check};
use onecli_domain::id::{ProjectId, SecretId};
use onecli_domain::injection::Injection;
use onecli_domain::key_shape;
use onecli_domain::pattern::HostPattern;
use onecli_domain::placeholder;
use onecli_domain::sealed::AssociatedData;
use onecli_domain::secret::{AuthMode, InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::services;
use onecli_store::keys::SealedColumn;
use onecli_store::secrets::NewValue;
use onecli_vault::{Plaintext, token};
use uuid::Uuid;

use crate::app::App;
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::validate;

/// What a new secret is made from.
pub struct NewSecret {
    /// Its name.
    pub name: String,
    /// What kind of credential it is.
    pub kind: SecretKind,
    /// The credential itself.
    pub value: Plaintext,
    /// The hosts it is sent to: 1 to 20.
    pub host_patterns: Vec<String>,
    /// The paths it is sent to; none means every path.
    pub path_pattern: Option<String>,
    /// How it is put into a request.
    pub config: InjectionConfig,
    /// Whether it may be sent over plain HTTP.
    pub allow_plaintext: bool,
}

/// What changes of a secret. What is none stays as it is.
#[derive(Default)]
pub struct SecretChange {
    /// Its name.
    pub name: Option<String>,
    /// What kind of credential it is.
    pub kind: Option<SecretKind>,
    /// Another value.
    pub value: Option<Plaintext>,
    /// The hosts it is sent to.
    pub host_patterns: Option<Vec<String>>,
    /// The paths it is sent to.
    pub path_pattern: Option<Option<String>>,
    /// How it is put into a request.
    pub config: Option<InjectionConfig>,
    /// Whether it may be sent over plain HTTP.
    pub allow_plaintext: Option<bool>,
}

/// A secret that has just been stored.
pub struct Created {
    /// The secret, without its value.
    pub secret: Secret,
    /// What is odd about it.
    pub warning: Option<String>,
}

impl App {
    /// A project's secrets, oldest first.
    pub async fn list_secrets(&self, project: ProjectId) -> Result<Vec<Secret>, Error> {
        Ok(self.store().secrets().list_all(project).await?)
    }

    /// A secret.
    pub async fn read_secret(&self, project: ProjectId, id: SecretId) -> Result<Secret, Error> {
        self.store().secrets().fetch(project, id).await?.ok_or(Error::NotFound("secret"))
    }

    /// Stores a secret.
    pub async fn create_secret(&self, project: ProjectId, new: NewSecret) -> Result<Created, Error> {
        let mut secret = Secret {
            id: SecretId(Uuid::now_v7()),
            project,
            name: validate::name("name", &new.name)?,
            kind: new.kind,
            host_patterns: tidy_hosts(new.host_patterns),
            path_pattern: new.path_pattern,
            config: new.config,
            allow_plaintext: new.allow_plaintext,
            preview: String::new(),
            placeholder: String::new(),
            value_version: 1,
            grace_until: None,
            created_at: self.now(),
            usage: SecretUsage::default(),
        };
        take_value(&mut secret, &new.value)?;
        complete_overrides(&mut secret);
        check_fields(&secret)?;
        secret.placeholder = new_placeholder(&secret, Some(&new.value))?;
        let sealed = self.vault().seal(&place(&secret, 1), new.value.as_bytes())?;
        let audit = audited_change("secret.create", &secret).after(view::secret(&secret));
        self.audited(audit).secrets().insert(&secret, &sealed).await?;
        self.live().refresh(project).await?;
        let mut warnings: Vec<String> = warning(&secret, &new.value).into_iter().collect();
        if !self.store().agents().list_all(project).await?.iter().any(|it| it.secret_mode == SecretMode::All)
        {
            warnings.push(
                "no agent can use it yet, since each is served only what was given to it; give it to one with `onecli agents set-secrets`"
                    .into(),
            );
        }
        Ok(Created { secret, warning: (!warnings.is_empty()).then(|| warnings.join("; ")) })
    }

    /// Changes a secret.
    pub async fn update_secret(
        &self,
        project: ProjectId,
        id: SecretId,
        change: SecretChange,
    ) -> Result<(), Error> {
        let mut secret = self.read_secret(project, id).await?;
        let audit = audited_change("secret.update", &secret).before(view::secret(&secret));
        let before = secret.clone();
        if let Some(name) = &change.name {
            secret.name = validate::name("name", name)?;
        }
        if let Some(host_patterns) = change.host_patterns {
            secret.host_patterns = tidy_hosts(host_patterns);
            if change.config.is_none() {
                drop_uncovered(&mut secret);
            }
        }
        if let Some(path_pattern) = change.path_pattern {
            secret.path_pattern = path_pattern;
        }
        if let Some(config) = change.config {
            let auth_mode = secret.config.auth_mode;
            secret.config = InjectionConfig { auth_mode, ..config };
        }
        if let Some(kind) = change.kind {
            secret.kind = kind;
        }
        secret.allow_plaintext = change.allow_plaintext.unwrap_or(secret.allow_plaintext);
        if secret.kind != SecretKind::Anthropic {
            secret.config.auth_mode = None;
        }
        let value = match &change.value {
            Some(value) => Some(self.seal_next(&mut secret, value, None)?),
            None => None,
        };
        complete_overrides(&mut secret);
        check_fields(&secret)?;
        if is_another_key(&before, &secret) {
            secret.placeholder = restyled(&secret, change.value.as_ref())?;
        }
        let audit = audit.after(view_with(&secret, value.as_ref()));
        if !self.audited(audit).secrets().update(&secret, value.as_ref()).await? {
            return Err(Error::NotFound("secret"));
        }
        self.live().refresh(project).await
    }

    /// Replaces a secret's value; keeps the old one for a while as a fallback.
    pub async fn rotate_secret(
        &self,
        project: ProjectId,
        id: SecretId,
        value: Plaintext,
        grace_seconds: Option<u32>,
    ) -> Result<(), Error> {
        let mut secret = self.read_secret(project, id).await?;
        let grace = grace_seconds.unwrap_or(0);
        if grace > LONGEST_GRACE {
            return Err(Error::invalid(
                "graceSeconds",
                format!("\"graceSeconds\" must be at most {LONGEST_GRACE} (30 days)"),
            ));
        }
        let audit = audited_change("secret.rotate", &secret).before(view::secret(&secret));
        let before = secret.clone();
        let mut new = self.seal_next(&mut secret, &value, (grace > 0).then_some(grace))?;
        check_fields(&secret)?;
        if is_another_key(&before, &secret) {
            secret.placeholder = restyled(&secret, Some(&value))?;
            // The value before went into another header: it can't stand in for this one.
            new.grace_until = None;
        }
        let audit = audit.after(view_with(&secret, Some(&new)));
        if !self.audited(audit).secrets().update(&secret, Some(&new)).await? {
            return Err(Error::NotFound("secret"));
        }
        self.live().refresh(project).await
    }

    /// Removes a secret.
    pub async fn remove_secret(&self, project: ProjectId, id: SecretId) -> Result<(), Error> {
        let secret = self.read_secret(project, id).await?;
        let audit = audited_change("secret.remove", &secret).before(view::secret(&secret));
        if !self.audited(audit).secrets().delete(project, id).await? {
            return Err(Error::NotFound("secret"));
        }
        self.live().refresh(project).await
    }

    fn seal_next(
        &self,
        secret: &mut Secret,
        value: &Plaintext,
        grace: Option<u32>,
    ) -> Result<NewValue, Error> {
        take_value(secret, value)?;
        let version = secret.value_version + 1;
        Ok(NewValue {
            sealed: self.vault().seal(&place(secret, version), value.as_bytes())?,
            version,
            preview: secret.preview.clone(),
            placeholder: None,
            config: Some(secret.config.clone()),
            grace_until: grace.map(|seconds| self.now().plus_seconds(i64::from(seconds))),
        })
    }
}

fn audited_change(action: &'static str, secret: &Secret) -> AuditedChange {
    AuditedChange::new(secret.project, action, change::target("secret", secret.id, &secret.name))
}

/// A secret as it is once it has another value.
fn view_with(secret: &Secret, value: Option<&NewValue>) -> serde_json::Value {
    let value_version = value.map_or(secret.value_version, |value| value.version);
    view::secret(&Secret { value_version, ..secret.clone() })
}

/// Checks a value, and takes from it what is kept beside it in the clear.
fn take_value(secret: &mut Secret, value: &Plaintext) -> Result<(), Error> {
    let text = value.as_str().map_err(|_| Error::invalid("value", "the value is not valid UTF-8"))?;
    let length = text.chars().count();
    if length == 0 || length > MOST_CHARACTERS {
        return Err(Error::invalid(
            "value",
            format!("\"value\" must have 1 to {MOST_CHARACTERS} characters; it has {length}"),
        ));
    }
    if text.chars().any(|character| character.is_ascii_control() && character != '\t') {
        return Err(Error::invalid(
            "value",
            "the value holds a line break or another control character, which no request can carry; was it copied with its line end?",
        ));
    }
    secret.preview = preview(text);
    secret.config.auth_mode = (secret.kind == SecretKind::Anthropic).then(|| AuthMode::of(text));
    Ok(())
}

fn check_fields(secret: &Secret) -> Result<(), Error> {
    check(secret).map_err(|bad| {
        let field = match bad {
            BadSecret::HostCount | BadSecret::Host(..) => "hostPatterns",
            BadSecret::Path(_) => "pathPattern",
            BadSecret::Injection(_) => "injectionConfig",
        };
        Error::invalid(field, bad.to_string())
    })
}

/// `abcd••••••••wxyz`; of a value so short that this would say too much, dots alone.
fn preview(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    match (characters.first_chunk::<4>(), characters.last_chunk::<4>()) {
        (Some(first), Some(last)) if characters.len() >= SHORTEST_SHOWN => {
            first.iter().copied().chain(DOTS.chars()).chain(last.iter().copied()).collect()
        }
        _ => DOTS.to_owned(),
    }
}

/// Host patterns without what surrounds them, each once.
fn tidy_hosts(patterns: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let pattern = pattern.trim();
        if !out.iter().any(|other| other.eq_ignore_ascii_case(pattern)) {
            out.push(pattern.to_owned());
        }
    }
    out
}

/// Adds what is known of how the service's other hosts take the key.
fn complete_overrides(secret: &mut Secret) {
    if secret.kind == SecretKind::Generic
        && let Some(known) = services::known_overrides(&secret.host_patterns, &secret.config)
    {
        secret.config.overrides = Some(known);
    }
}

/// Drops overrides for hosts that the secret is no longer sent to.
fn drop_uncovered(secret: &mut Secret) {
    let hosts: Vec<HostPattern> =
        secret.host_patterns.iter().filter_map(|text| HostPattern::read(text).ok()).collect();
    let is_covered =
        &|text: &String| HostPattern::read(text).is_ok_and(|host| hosts.iter().any(|own| own.covers(&host)));
    if let Some(overrides) = &mut secret.config.overrides {
        let had_some = !overrides.is_empty();
        for one in overrides.iter_mut() {
            one.host_patterns.retain(is_covered);
        }
        overrides.retain(|one| !one.host_patterns.is_empty());
        if had_some && overrides.is_empty() {
            secret.config.overrides = None;
        }
    }
}

/// Whether a change makes it the key of something else, so that its placeholder may have to look otherwise.
fn is_another_key(before: &Secret, after: &Secret) -> bool {
    (before.kind, before.config.auth_mode) != (after.kind, after.config.auth_mode)
        || placeholder::shape_of(before, None) != placeholder::shape_of(after, None)
}

fn new_placeholder(secret: &Secret, value: Option<&Plaintext>) -> Result<String, Error> {
    let value = value.and_then(|value| value.as_str().ok());
    Ok(placeholder::shape_of(secret, value).fill(&token::random_bytes()?))
}

/// The placeholder of a secret that is now another key. It stays what it is if it looks as it should, or if nothing is
/// known of how it should look: agents may hold it already.
fn restyled(secret: &Secret, value: Option<&Plaintext>) -> Result<String, Error> {
    let shape = placeholder::shape_of(secret, value.and_then(|value| value.as_str().ok()));
    if shape.fits(&secret.placeholder) || *shape == key_shape::PLAIN {
        return Ok(secret.placeholder.clone());
    }
    new_placeholder(secret, value)
}

fn warning(secret: &Secret, value: &Plaintext) -> Option<String> {
    let text = value.as_str().unwrap_or_default();
    if text != text.trim() {
        return Some(
            "the value begins or ends with a space; if that is not meant, store it again without".into(),
        );
    }
    match secret.kind {
        SecretKind::Anthropic if !text.starts_with("sk-ant-") => {
            Some("this does not look like an Anthropic key, which begins with sk-ant-".into())
        }
        SecretKind::OpenAi if !text.starts_with("sk-") => {
            Some("this does not look like an OpenAI key, which begins with sk-".into())
        }
        SecretKind::Generic if matches!(secret.injection(), Ok(Injection::Placeholder)) => Some(format!(
            "no header, parameter or path is configured, so the secret goes out only where an agent puts its placeholder: {}",
            secret.placeholder
        )),
        SecretKind::Anthropic | SecretKind::OpenAi | SecretKind::Generic => None,
    }
}

/// Where a secret's value of a version is sealed.
pub(crate) fn place(secret: &Secret, version: u32) -> AssociatedData<'static> {
    AssociatedData {
        project: secret.project.0,
        record: secret.id.0,
        column: SealedColumn::SecretValue.name(),
        version,
    }
}

const MOST_CHARACTERS: usize = 10_000;
const SHORTEST_SHOWN: usize = 16;
const DOTS: &str = "••••••••";
const LONGEST_GRACE: u32 = 30 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_shows_ends_of_long_values_alone() {
        assert_eq!(preview("sk-ant-api03-0123456789"), "sk-a••••••••6789");
        assert_eq!(preview("short"), "••••••••");
        assert_eq!(preview("äöüßäöüßäöüßäöüß"), "äöüß••••••••äöüß");
    }
}
