//! Rules: made, shown, changed, removed.

use onecli_domain::condition::{self, Condition};
use onecli_domain::hold;
use onecli_domain::id::{AgentId, ProjectId, RuleId};
use onecli_domain::method::Methods;
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::{Action, Rule};
use onecli_domain::rules::{BadRule, check, check_action};
use uuid::Uuid;

use crate::app::App;
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::validate;

/// What a new rule is made from.
#[derive(Clone, Debug)]
pub struct NewRule {
    /// Its name.
    pub name: String,
    /// The hosts it concerns.
    pub host_pattern: String,
    /// The paths it concerns; none means all.
    pub path_pattern: Option<String>,
    /// The methods it concerns; none means all.
    pub methods: Option<Methods>,
    /// The agent it concerns; none means all.
    pub agent: Option<AgentId>,
    /// What it does.
    pub action: Action,
    /// With `rate_limit`: how many requests may pass.
    pub rate: Option<RateLimit>,
    /// With `manual_approval`: how many seconds there are to decide; none means the default.
    pub approval_timeout: Option<u32>,
    /// Whether it takes part.
    pub enabled: bool,
    /// Whether letter case is ignored in paths.
    pub case_insensitive: bool,
    /// What else must hold of a request.
    pub conditions: Vec<Condition>,
}

/// What changes of a rule. What is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct RuleChange {
    /// Its name.
    pub name: Option<String>,
    /// The hosts it concerns.
    pub host_pattern: Option<String>,
    /// The paths it concerns.
    pub path_pattern: Option<Option<String>>,
    /// The methods it concerns.
    pub methods: Option<Option<Methods>>,
    /// The agent it concerns.
    pub agent: Option<Option<AgentId>>,
    /// What it does.
    pub action: Option<Action>,
    /// How many requests may pass.
    pub rate_limit: Option<u32>,
    /// Within which time.
    pub rate_window: Option<Window>,
    /// How many seconds there are to decide.
    pub approval_timeout: Option<u32>,
    /// Whether it takes part.
    pub enabled: Option<bool>,
    /// Whether letter case is ignored in paths.
    pub case_insensitive: Option<bool>,
    /// What else must hold of a request.
    pub conditions: Option<Vec<Condition>>,
}

impl App {
    /// A project's rules, oldest first.
    pub async fn list_rules(&self, project: ProjectId) -> Result<Vec<Rule>, Error> {
        Ok(self.store().rules().list_all(project).await?)
    }

    /// A rule.
    pub async fn read_rule(&self, project: ProjectId, id: RuleId) -> Result<Rule, Error> {
        self.store().rules().fetch(project, id).await?.ok_or(Error::NotFound("rule"))
    }

    /// Makes a rule.
    pub async fn create_rule(&self, project: ProjectId, new: NewRule) -> Result<Rule, Error> {
        let rule = self.new_rule(project, new).await?;
        let audit = audited_change("rule.create", &rule).after(view::rule(&rule));
        self.audited(audit).rules().insert(&rule).await?;
        self.live().refresh(project).await?;
        Ok(rule)
    }

    /// A rule that could be stored.
    pub(crate) async fn new_rule(&self, project: ProjectId, new: NewRule) -> Result<Rule, Error> {
        let rule = Rule {
            id: RuleId(Uuid::now_v7()),
            project,
            name: validate::name("name", &new.name)?,
            host_pattern: new.host_pattern.trim().to_owned(),
            path_pattern: new.path_pattern,
            methods: new.methods,
            agent: new.agent,
            action: new.action,
            rate: new.rate,
            approval_timeout: new.approval_timeout.or_else(|| default_timeout(new.action)),
            enabled: new.enabled,
            case_insensitive: new.case_insensitive,
            conditions: new.conditions,
            created_at: self.now(),
        };
        self.check_rule(&rule).await?;
        Ok(rule)
    }

    /// Changes a rule; answers with what it is then.
    pub async fn update_rule(
        &self,
        project: ProjectId,
        id: RuleId,
        change: RuleChange,
    ) -> Result<Rule, Error> {
        let mut rule = self.read_rule(project, id).await?;
        let audit = audited_change("rule.update", &rule).before(view::rule(&rule));
        if let Some(name) = &change.name {
            rule.name = validate::name("name", name)?;
        }
        if let Some(host_pattern) = change.host_pattern {
            host_pattern.trim().clone_into(&mut rule.host_pattern);
        }
        rule.path_pattern = change.path_pattern.unwrap_or(rule.path_pattern);
        rule.methods = change.methods.unwrap_or(rule.methods);
        rule.agent = change.agent.unwrap_or(rule.agent);
        rule.action = change.action.unwrap_or(rule.action);
        rule.rate = changed_rate(&rule, change.rate_limit, change.rate_window);
        // A rule that becomes another leaves its time behind, unless one is given with it.
        let kept = rule.approval_timeout.filter(|_| rule.action == Action::ManualApproval);
        rule.approval_timeout = change.approval_timeout.or(kept).or_else(|| default_timeout(rule.action));
        rule.enabled = change.enabled.unwrap_or(rule.enabled);
        rule.case_insensitive = change.case_insensitive.unwrap_or(rule.case_insensitive);
        rule.conditions = change.conditions.unwrap_or(rule.conditions);
        self.check_rule(&rule).await?;
        if !self.audited(audit.after(view::rule(&rule))).rules().update(&rule).await? {
            return Err(Error::NotFound("rule"));
        }
        self.live().refresh(project).await?;
        Ok(rule)
    }

    /// Removes a rule.
    pub async fn remove_rule(&self, project: ProjectId, id: RuleId) -> Result<(), Error> {
        let rule = self.read_rule(project, id).await?;
        let audit = audited_change("rule.remove", &rule).before(view::rule(&rule));
        if !self.audited(audit).rules().delete(project, id).await? {
            return Err(Error::NotFound("rule"));
        }
        self.live().refresh(project).await
    }

    async fn check_rule(&self, rule: &Rule) -> Result<(), Error> {
        let checked = check(&rule.host_pattern, rule.path_pattern.as_deref())
            .and_then(|()| check_action(rule))
            .and_then(|()| condition::check(&rule.conditions).map_err(BadRule::from));
        checked.map_err(|bad| {
            let field = match bad {
                BadRule::Host(_) => "hostPattern",
                BadRule::Path(_) => "pathPattern",
                BadRule::Condition(_) => "conditions",
                BadRule::Limit | BadRule::NoRate | BadRule::RateWithout(_) => "rateLimit",
                BadRule::Timeout | BadRule::TimeoutWithout(_) => "approvalTimeoutSeconds",
            };
            Error::invalid(field, bad.to_string())
        })?;
        if let Some(agent) = rule.agent
            && self.store().agents().fetch(rule.project, agent).await?.is_none()
        {
            return Err(Error::invalid("agentId", format!("there is no agent {agent} in this project")));
        }
        Ok(())
    }
}

fn audited_change(action: &'static str, rule: &Rule) -> AuditedChange {
    AuditedChange::new(rule.project, action, change::target("rule", rule.id, &rule.name))
}

fn default_timeout(action: Action) -> Option<u32> {
    (action == Action::ManualApproval).then_some(hold::DEFAULT_SECONDS)
}

/// The rate of a changed rule. A rule that becomes another leaves its rate behind, unless one is given with it.
fn changed_rate(rule: &Rule, limit: Option<u32>, window: Option<Window>) -> Option<RateLimit> {
    if rule.action != Action::RateLimit {
        // One that is given all the same is refused when the rule is checked.
        let given = limit.is_some() || window.is_some();
        let (limit, window) = (limit.unwrap_or(1), window.unwrap_or(Window::Minute));
        return given.then_some(RateLimit { limit, window });
    }
    let limit = limit.or(rule.rate.map(|rate| rate.limit))?;
    let window = window.or(rule.rate.map(|rate| rate.window))?;
    Some(RateLimit { limit, window })
}
