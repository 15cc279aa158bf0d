//! Rule sets: many rules at once, as they are kept in a file.

use onecli_domain::audit::Target;
use onecli_domain::id::ProjectId;
use onecli_domain::rule::Rule;
use onecli_store::rules::RuleChanges;

use crate::app::App;
use crate::audit::change::AuditedChange;
use crate::audit::view;
use crate::error::Error;
use crate::policy::rules::NewRule;

/// What a rule set changes, or would.
#[derive(Clone, Debug, Default)]
pub struct RuleSetPlan {
    /// Rules that are new.
    pub created: Vec<Rule>,
    /// Rules that change: as they were, and as they are then.
    pub updated: Vec<(Rule, Rule)>,
    /// Rules that are removed.
    pub deleted: Vec<Rule>,
    /// Rules that the set doesn't have, and that stay since nobody asked to remove such.
    pub kept: Vec<Rule>,
    /// How many are as the set has them already.
    pub unchanged: usize,
}

impl App {
    /// Makes a project's rules those of a set, all at once or not at all. Rules are the same by their names; of several
    /// with one name the first is the first. With `prune`, rules that the set doesn't have are removed. With `dry_run`,
    /// nothing is changed.
    pub async fn import_rules(
        &self,
        project: ProjectId,
        set: Vec<NewRule>,
        prune: bool,
        dry_run: bool,
    ) -> Result<RuleSetPlan, Error> {
        let mut present = self.list_rules(project).await?;
        let mut plan = RuleSetPlan::default();
        for (at, new) in set.into_iter().enumerate() {
            let mut rule = self.new_rule(project, new).await.map_err(|error| within(at, error))?;
            match present.iter().position(|old| old.name == rule.name) {
                None => plan.created.push(rule),
                Some(found) => {
                    let old = present.remove(found);
                    rule.id = old.id;
                    rule.created_at = old.created_at;
                    if rule == old {
                        plan.unchanged += 1;
                    } else {
                        plan.updated.push((old, rule));
                    }
                }
            }
        }
        if prune {
            plan.deleted = present;
        } else {
            plan.kept = present;
        }
        if !dry_run {
            let changes = RuleChanges {
                insert: plan.created.clone(),
                update: plan.updated.iter().map(|(_, new)| new.clone()).collect(),
                delete: plan.deleted.iter().map(|rule| rule.id).collect(),
            };
            let gone = plan.deleted.iter();
            let target = Target { kind: "rules".into(), id: None, name: None };
            let audit = AuditedChange::new(project, "rules.import", target)
                .before(view::rules(plan.updated.iter().map(|(old, _)| old).chain(gone)))
                .after(view::rules(changes.insert.iter().chain(&changes.update)));
            self.audited(audit).rules().apply(project, &changes).await?;
            self.live().refresh(project).await?;
        }
        Ok(plan)
    }
}

/// Says which rule of the set it is about, counted from 1.
fn within(at: usize, error: Error) -> Error {
    let Error::Invalid { field, message } = error else { return error };
    Error::Invalid { field, message: format!("rule {}: {message}", at + 1) }
}
