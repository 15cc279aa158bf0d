//! People: authentication by API key or session, and sign-in.

use onecli_domain::audit::{Actor, ActorPerson};
use onecli_domain::id::{ApiKeyId, ChainId};
use onecli_domain::person::{ApiKey, Session};
use onecli_domain::time::Timestamp;
use onecli_vault::{Plaintext, token};

use crate::app::{App, local_key, new_api_key};
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::validate;

/// An authenticated person.
pub type Person = onecli_domain::person::User;

/// A one-time link that signs a browser in.
pub struct SignInLink {
    /// The link's token.
    pub token: Plaintext,
    /// When it expires, used or not.
    pub expires_at: Timestamp,
}

/// A new session.
pub struct StartedSession {
    /// The token for the browser's cookie.
    pub token: Plaintext,
    /// The session's lifetime.
    pub seconds: i64,
}

impl App {
    /// The installation's owner.
    pub async fn owner(&self) -> Result<Person, Error> {
        self.store().users().list().await?.into_iter().next().ok_or(Error::NotFound("person"))
    }

    /// The person who owns this API key.
    pub async fn person_of_key(&self, key: &str) -> Result<Option<Person>, Error> {
        Ok(self.holder_of_key(key).await?.map(|(person, _)| person))
    }

    /// The person who owns this API key, and the key's name.
    pub async fn holder_of_key(&self, key: &str) -> Result<Option<(Person, String)>, Error> {
        let Some(found) = self.store().api_keys().fetch_by_hash(token::hash_token(key)).await? else {
            return Ok(None);
        };
        let now = self.now();
        if found.last_used_at.is_none_or(|at| at.plus_seconds(NOTE_USE_EVERY) < now) {
            let store = self.store().clone();
            tokio::spawn(async move {
                if let Err(error) = store.api_keys().touch(found.id, now).await {
                    tracing::debug!(%error, "an API key's use could not be recorded");
                }
            });
        }
        let person = self.store().users().fetch(found.user).await?;
        Ok(person.map(|person| (person, found.name)))
    }

    /// The person whose session this is.
    pub async fn person_of_session(&self, session: &str) -> Result<Option<Person>, Error> {
        let found = self.store().sessions().fetch_by_hash(token::hash_token(session), self.now()).await?;
        match found {
            Some(session) => Ok(self.store().users().fetch(session.user).await?),
            None => Ok(None),
        }
    }

    /// Renames a person.
    pub async fn rename_person(&self, person: &Person, name: &str) -> Result<Person, Error> {
        let name = validate::name("name", name)?;
        let renamed = Person { name, ..person.clone() };
        let audit = audited_change("person.update", person)
            .before(view::person(person))
            .after(view::person(&renamed));
        self.audited(audit).users().rename(person.id, &renamed.name).await?;
        Ok(renamed)
    }

    /// Creates a link that signs a person's browser in once, within a minute.
    pub async fn new_sign_in_link(&self, person: &Person) -> Result<SignInLink, Error> {
        let (token, hash) = token::new_session_token()?;
        let expires_at = self.now().plus_seconds(LINK_SECONDS);
        self.audited(audited_change("sign_in_link.create", person))
            .sign_in_links()
            .insert(hash, person.id, expires_at)
            .await?;
        Ok(SignInLink { token, expires_at })
    }

    /// Uses up a link and starts a session; `None` if the link was used or has expired.
    pub async fn sign_in(&self, link: &str) -> Result<Option<StartedSession>, Error> {
        let now = self.now();
        let Some(user) = self.store().sign_in_links().take(token::hash_token(link), now).await? else {
            return Ok(None);
        };
        let (token, hash) = token::new_session_token()?;
        let expires_at = now.plus_seconds(SESSION_SECONDS);
        let person = self.store().users().fetch(user).await?.ok_or(Error::NotFound("person"))?;
        let actor = Actor { person: Some(actor_person(&person)), ..self.actor() };
        let app = self.by(actor);
        app.audited(audited_change("session.sign_in", &person))
            .sessions()
            .insert(&Session { hash, user, created_at: now, expires_at })
            .await?;
        Ok(Some(StartedSession { token, seconds: SESSION_SECONDS }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &str) -> Result<(), Error> {
        if let Some(person) = self.person_of_session(session).await? {
            let audit = audited_change("session.sign_out", &person);
            let app = self.by(Actor { person: Some(actor_person(&person)), ..self.actor() });
            app.audited(audit).sessions().delete(token::hash_token(session)).await?;
        }
        Ok(())
    }

    /// A person's API keys, oldest first.
    pub async fn list_api_keys(&self, person: &Person) -> Result<Vec<ApiKey>, Error> {
        Ok(self.store().api_keys().list(person.id).await?)
    }

    /// Creates an API key, which can't be retrieved later.
    pub async fn create_api_key(&self, person: &Person, name: &str) -> Result<(Plaintext, ApiKey), Error> {
        let name = validate::name("name", name)?;
        let (key, stored) = new_api_key(person.id, &name, self.now())?;
        self.audited(made(&stored)).api_keys().insert(&stored).await?;
        Ok((key, stored))
    }

    /// Replaces the personal key that an earlier call created.
    pub async fn regenerate_api_key(&self, person: &Person) -> Result<Plaintext, Error> {
        let (key, stored) = new_api_key(person.id, PERSONAL_KEY, self.now())?;
        self.audited(made(&stored)).api_keys().replace(&stored).await?;
        Ok(key)
    }

    /// Replaces the owner's key for the command line of this gateway, for when its file was lost.
    pub async fn new_local_key(&self) -> Result<Plaintext, Error> {
        let owner = self.owner().await?;
        let (key, stored) = new_api_key(owner.id, &local_key(&self.config().place), self.now())?;
        self.audited(made(&stored)).api_keys().replace(&stored).await?;
        Ok(key)
    }

    /// Removes an API key. It stops working immediately.
    pub async fn remove_api_key(&self, person: &Person, id: ApiKeyId) -> Result<(), Error> {
        let all = self.list_api_keys(person).await?;
        let found = all.into_iter().find(|key| key.id == id).ok_or(Error::NotFound("API key"))?;
        let audit = AuditedChange::new(
            ChainId::INSTALLATION,
            "api_key.remove",
            change::target("api_key", id, &found.name),
        )
        .before(view::api_key(&found));
        if self.audited(audit).api_keys().delete(person.id, id).await? {
            Ok(())
        } else {
            Err(Error::NotFound("API key"))
        }
    }
}

/// A person, as recorded in the audit log.
pub fn actor_person(person: &Person) -> ActorPerson {
    ActorPerson { id: person.id, name: person.name.clone() }
}

fn audited_change(action: &'static str, person: &Person) -> AuditedChange {
    AuditedChange::new(ChainId::INSTALLATION, action, change::target("person", person.id, &person.name))
}

fn made(key: &ApiKey) -> AuditedChange {
    AuditedChange::new(ChainId::INSTALLATION, "api_key.create", change::target("api_key", key.id, &key.name))
        .after(view::api_key(key))
}

const PERSONAL_KEY: &str = "Personal";
const LINK_SECONDS: i64 = 60;
const SESSION_SECONDS: i64 = 14 * 86_400;
const NOTE_USE_EVERY: i64 = 60;
