//! Rules, as people write them.

use onecli_domain::id::{AgentId, ProjectId, RuleId};
use onecli_domain::method::Methods;
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::{Action, Rule};

use crate::audit_append::TookEffect;
use crate::error::{Error, Fault};
use crate::notify::Change;
use crate::page::Page;
use crate::pool::{change_with, read_with};
use crate::rows::{Columns, Fields, json_text};
use crate::store::Store;

/// A rule's columns, in the order of `read_rule`.
macro_rules! rule_columns {
    () => {
        "id, project_id, name, host_pattern, path_pattern, methods, agent_id, action, enabled, case_insensitive, \
         created_at, rate_limit, rate_window, conditions, approval_timeout"
    };
}
pub(crate) use rule_columns;

impl Store {
    /// Rules.
    pub fn rules(&self) -> Rules<'_> {
        Rules { store: self }
    }
}

/// The rules of a store.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    store: &'a Store,
}

/// Changes of a project's rules that come about together or not at all.
#[derive(Clone, Debug, Default)]
pub struct RuleChanges {
    /// Rules to add.
    pub insert: Vec<Rule>,
    /// Rules that get all but their id, project and age from these.
    pub update: Vec<Rule>,
    /// Rules to delete.
    pub delete: Vec<RuleId>,
}

/// What came of changes of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Applied {
    /// How many rules were added.
    inserted: usize,
    /// How many were there to be updated or deleted.
    found: u64,
}

impl TookEffect for Applied {
    fn took_effect(&self) -> bool {
        self.inserted > 0 || self.found > 0
    }
}

impl Rules<'_> {
    /// Adds a rule. [`Error::UnknownAgent`] if it concerns one that isn't of the project.
    pub async fn insert(self, rule: &Rule) -> Result<(), Error> {
        let changes = RuleChanges { insert: vec![rule.clone()], ..RuleChanges::default() };
        self.apply(rule.project, &changes).await.map(|_| ())
    }

    /// Makes all of these changes in one transaction; says how many rules were there to be updated or deleted.
    /// [`Error::UnknownAgent`] if a rule concerns one that isn't of the project.
    pub async fn apply(self, project: ProjectId, changes: &RuleChanges) -> Result<u64, Error> {
        let applied: Result<Applied, Error> =
            change_with!(self.store, Change::Project(project), |transaction| {
                let mut found = 0;
                for id in &changes.delete {
                    let done = sqlx::query("DELETE FROM rules WHERE project_id = $1 AND id = $2")
                        .bind(project.0)
                        .bind(id.0)
                        .execute(&mut *transaction)
                        .await?;
                    found += done.rows_affected();
                }
                let inserts = changes.insert.iter().map(|rule| (INSERT, rule));
                let updates = changes.update.iter().map(|rule| (UPDATE, rule));
                for (sql, rule) in inserts.chain(updates) {
                    let done = sqlx::query(sql)
                        .bind(project.0)
                        .bind(rule.id.0)
                        .bind(&rule.name)
                        .bind(&rule.host_pattern)
                        .bind(rule.path_pattern.as_deref())
                        .bind(rule.methods.map(|methods| methods.to_string()))
                        .bind(rule.agent.map(|agent| agent.0))
                        .bind(rule.action.as_str())
                        .bind(rule.enabled)
                        .bind(rule.case_insensitive)
                        .bind(rule.rate.map(|rate| i64::from(rate.limit)))
                        .bind(rule.rate.map(|rate| rate.window.as_str()))
                        .bind(json_text(&rule.conditions)?)
                        .bind(rule.approval_timeout.map(i64::from))
                        .bind(rule.created_at.micros())
                        .execute(&mut *transaction)
                        .await
                        .map_err(|error| unknown_agent(error, rule.agent))?;
                    found += if sql == UPDATE { done.rows_affected() } else { 0 };
                }
                Ok(Applied { inserted: changes.insert.len(), found })
            });
        applied.map(|applied| applied.found)
    }

    /// A page of a project's rules, oldest first.
    pub async fn list(self, project: ProjectId, page: Page) -> Result<Vec<Rule>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                rule_columns!(),
                " FROM rules WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            ))
            .bind(project.0)
            .bind(page.floor())
            .bind(i64::from(page.limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_rule(&mut Fields::of(row))).collect()
        })
    }

    /// All rules of a project, oldest first.
    pub async fn list_all(self, project: ProjectId) -> Result<Vec<Rule>, Error> {
        self.list(project, Page::first(u32::MAX)).await
    }

    /// One rule.
    pub async fn fetch(self, project: ProjectId, id: RuleId) -> Result<Option<Rule>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                rule_columns!(),
                " FROM rules WHERE project_id = $1 AND id = $2"
            ))
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_rule(&mut Fields::of(&row))).transpose()
        })
    }

    /// Sets all of a rule but its id, project and age. False if there is no such rule;
    /// [`Error::UnknownAgent`] if it concerns an agent that isn't of the project.
    pub async fn update(self, rule: &Rule) -> Result<bool, Error> {
        let changes = RuleChanges { update: vec![rule.clone()], ..RuleChanges::default() };
        self.apply(rule.project, &changes).await.map(|found| found > 0)
    }

    /// Deletes a rule. False if there is none.
    pub async fn delete(self, project: ProjectId, id: RuleId) -> Result<bool, Error> {
        let changes = RuleChanges { delete: vec![id], ..RuleChanges::default() };
        self.apply(project, &changes).await.map(|found| found > 0)
    }
}

pub(crate) fn read_rule<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Rule, Fault> {
    let mut rule = Rule {
        id: fields.id()?,
        project: fields.id()?,
        name: fields.text()?,
        host_pattern: fields.text()?,
        path_pattern: fields.maybe_text()?,
        methods: fields.maybe_word(Methods::read)?,
        agent: fields.maybe_id()?,
        action: fields.word(Action::read)?,
        rate: None,
        approval_timeout: None,
        enabled: fields.flag()?,
        case_insensitive: fields.flag()?,
        conditions: Vec::new(),
        created_at: fields.time()?,
    };
    let limit = fields.maybe_int()?.and_then(|limit| u32::try_from(limit).ok());
    let window = fields.maybe_word(Window::read)?;
    rule.rate = limit.zip(window).map(|(limit, window)| RateLimit { limit, window });
    rule.conditions = fields.json()?;
    rule.approval_timeout = fields.maybe_small()?;
    Ok(rule)
}

fn unknown_agent(error: sqlx::Error, agent: Option<AgentId>) -> Fault {
    match (error.as_database_error(), agent) {
        (Some(database), Some(agent)) if database.is_foreign_key_violation() => {
            Fault::Known(Error::UnknownAgent(agent))
        }
        _ => Fault::Sql(error),
    }
}

const INSERT: &str = "\
    INSERT INTO rules (project_id, id, name, host_pattern, path_pattern, methods, agent_id, action, enabled,
                       case_insensitive, rate_limit, rate_window, conditions, approval_timeout, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
// What is bound last plays no part: a rule keeps its age.
const UPDATE: &str = "\
    UPDATE rules SET name = $3, host_pattern = $4, path_pattern = $5, methods = $6, agent_id = $7, action = $8,
                     enabled = $9, case_insensitive = $10, rate_limit = $11, rate_window = $12,
                     conditions = $13, approval_timeout = $14
    WHERE project_id = $1 AND id = $2 AND $15 > 0";
