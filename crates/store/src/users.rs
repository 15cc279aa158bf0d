//! People, and the first run, which creates the owner.

use onecli_domain::agent::Agent;
use onecli_domain::id::UserId;
use onecli_domain::person::{ApiKey, User};
use onecli_domain::project::Project;
use onecli_domain::sealed::Sealed;

use crate::agents::insert_agent;
use crate::api_keys::insert_api_key;
use crate::error::{Error, Fault, taken};
use crate::notify::Change;
use crate::pool::{change_with, read_with, write_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// A user's columns, in the order of `read_user`.
macro_rules! user_columns {
    () => {
        "id, email, name, default_project_id, created_at"
    };
}

/// Inserts a user, in a transaction of either engine.
macro_rules! insert_user {
    ($transaction:ident, $user:expr) => {{
        let user: &User = $user;
        sqlx::query(
            "INSERT INTO users (id, email, name, default_project_id, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(user.id.0)
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.default_project.0)
        .bind(user.created_at.micros())
        .execute(&mut *$transaction)
        .await
        .map_err(taken("e-mail address"))?;
    }};
}

/// What the first run creates, in one transaction.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// The owner.
    pub user: User,
    /// Their project.
    pub project: Project,
    /// Its default agent.
    pub agent: Agent,
    /// That agent's token.
    pub token: Sealed,
    /// The owner's key for the local command line.
    pub api_key: ApiKey,
}

impl Store {
    /// People.
    pub fn users(&self) -> Users<'_> {
        Users { store: self }
    }

    /// Creates the owner and the rest of [`FirstRun`], if there are no people yet. Returns whether it did:
    /// of gateways that start at once, exactly one gets true.
    pub async fn first_run(&self, first: &FirstRun) -> Result<bool, Error> {
        change_with!(self, Change::Project(first.project.id), |transaction| {
            // A second gateway waits here for the first, and then inserts nothing.
            let mark = sqlx::query(
                "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            )
            .bind(FIRST_RUN)
            .bind(first.user.id.0.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await?;
            let somebody =
                sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(&mut *transaction).await?;
            if mark.rows_affected() == 0 || somebody.is_some() {
                return Ok(false);
            }
            sqlx::query("INSERT INTO projects (id, name, policy_mode, created_at) VALUES ($1, $2, $3, $4)")
                .bind(first.project.id.0)
                .bind(&first.project.name)
                .bind(first.project.policy_mode.as_str())
                .bind(first.project.created_at.micros())
                .execute(&mut *transaction)
                .await?;
            insert_user!(transaction, &first.user);
            insert_agent!(transaction, &first.agent, &first.token);
            insert_api_key!(transaction, &first.api_key);
            Ok(true)
        })
    }
}

/// Access to people.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a> {
    store: &'a Store,
}

impl Users<'_> {
    /// Adds a person. [`Error::Taken`] for the e-mail address, [`Error::Dangling`] for the default project.
    pub async fn insert(self, user: &User) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            insert_user!(transaction, user);
            Ok(())
        })
    }

    /// One person.
    pub async fn fetch(self, id: UserId) -> Result<Option<User>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1"))
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await?;
            row.map(|row| read_user(&mut Fields::of(&row))).transpose()
        })
    }

    /// Everyone, oldest first.
    pub async fn list(self) -> Result<Vec<User>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!("SELECT ", user_columns!(), " FROM users ORDER BY id"))
                .fetch_all(&mut *connection)
                .await?;
            rows.iter().map(|row| read_user(&mut Fields::of(row))).collect()
        })
    }

    /// Sets a name. False if there is no such person.
    pub async fn rename(self, id: UserId, name: &str) -> Result<bool, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query("UPDATE users SET name = $2 WHERE id = $1")
                .bind(id.0)
                .bind(name)
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }
}

fn read_user<R: Columns>(fields: &mut Fields<'_, R>) -> Result<User, Fault> {
    Ok(User {
        id: fields.id()?,
        email: fields.text()?,
        name: fields.text()?,
        default_project: fields.id()?,
        created_at: fields.time()?,
    })
}

const FIRST_RUN: &str = "first_run";
