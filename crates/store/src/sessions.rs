//! Browser sessions and one-time sign-in links, looked up by the hashes of their tokens.

use onecli_domain::id::UserId;
use onecli_domain::person::Session;
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;

use crate::error::{Error, taken};
use crate::pool::{read_with, write_with};
use crate::rows::Fields;
use crate::store::Store;

impl Store {
    /// Sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { store: self }
    }

    /// One-time sign-in links.
    pub fn sign_in_links(&self) -> SignInLinks<'_> {
        SignInLinks { store: self }
    }
}

/// Access to sessions.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    store: &'a Store,
}

impl Sessions<'_> {
    /// Adds a session.
    pub async fn insert(self, session: &Session) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "INSERT INTO sessions (hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(session.hash.0.as_slice())
            .bind(session.user.0)
            .bind(session.created_at.micros())
            .bind(session.expires_at.micros())
            .execute(&mut *transaction)
            .await
            .map_err(taken("session"))?;
            Ok(())
        })
    }

    /// The session whose token has this hash, unless it has expired.
    pub async fn fetch_by_hash(self, hash: TokenHash, now: Timestamp) -> Result<Option<Session>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT hash, user_id, created_at, expires_at FROM sessions WHERE hash = $1 AND expires_at > $2",
            )
            .bind(hash.0.as_slice())
            .bind(now.micros())
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| {
                let mut fields = Fields::of(&row);
                Ok(Session {
                    hash: fields.hash()?,
                    user: fields.id()?,
                    created_at: fields.time()?,
                    expires_at: fields.time()?,
                })
            })
            .transpose()
        })
    }

    /// Deletes a session. False if there is none.
    pub async fn delete(self, hash: TokenHash) -> Result<bool, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query("DELETE FROM sessions WHERE hash = $1")
                .bind(hash.0.as_slice())
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Deletes expired sessions and sign-in links; returns how many.
    pub async fn delete_expired(self, now: Timestamp) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let sessions = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
                .bind(now.micros())
                .execute(&mut *transaction)
                .await?;
            let links = sqlx::query("DELETE FROM sign_in_links WHERE expires_at <= $1")
                .bind(now.micros())
                .execute(&mut *transaction)
                .await?;
            Ok(sessions.rows_affected() + links.rows_affected())
        })
    }
}

/// Access to sign-in links.
#[derive(Clone, Copy, Debug)]
pub struct SignInLinks<'a> {
    store: &'a Store,
}

impl SignInLinks<'_> {
    /// Adds a link that signs this person in until it expires.
    pub async fn insert(self, hash: TokenHash, user: UserId, expires_at: Timestamp) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query("INSERT INTO sign_in_links (hash, user_id, expires_at) VALUES ($1, $2, $3)")
                .bind(hash.0.as_slice())
                .bind(user.0)
                .bind(expires_at.micros())
                .execute(&mut *transaction)
                .await
                .map_err(taken("sign-in link"))?;
            Ok(())
        })
    }

    /// Deletes a link and returns whom it signs in. Of concurrent calls on any gateway, at most one gets a
    /// result, and none after the link has expired.
    pub async fn take(self, hash: TokenHash, now: Timestamp) -> Result<Option<UserId>, Error> {
        write_with!(self.store, |transaction| {
            let row = sqlx::query("DELETE FROM sign_in_links WHERE hash = $1 RETURNING user_id, expires_at")
                .bind(hash.0.as_slice())
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let mut fields = Fields::of(&row);
            let (user, expires_at) = (fields.id()?, fields.time()?);
            Ok((expires_at > now).then_some(user))
        })
    }
}
