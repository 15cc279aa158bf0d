//! Projects and their policy mode.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::id;
use crate::client::{Client, segment};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::printer::{Column, ReadArgs, WriteArgs};

/// Subcommands for projects.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the projects
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Policy mode: what happens to requests that match no rule
    #[command(subcommand)]
    PolicyMode(PolicyMode),
}

/// Subcommands for a project's policy mode.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyMode {
    /// Show the policy mode
    Get {
        /// Project, if not the current one
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Set the policy mode
    #[command(after_help = "Example: onecli projects policy-mode set deny")]
    Set {
        /// What happens to requests that match no rule
        mode: Mode,
        /// Project, if not the current one
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// What happens to requests that match no rule.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// They are allowed
    Allow,
    /// They are held until a person decides
    Ask,
    /// They are refused
    Deny,
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { output } => {
            let all = context.client()?.list("/v1/projects", output.pick.max).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::PolicyMode(PolicyMode::Get { id, output }) => {
            let client = context.client()?;
            let path = mode_of(context, &client, id.as_deref()).await?;
            output.show(&client.read(&path).await?, &[])
        }
        Command::PolicyMode(PolicyMode::Set { mode, id, output }) => {
            let mode = match mode {
                Mode::Allow => "allow",
                Mode::Ask => "ask",
                Mode::Deny => "deny",
            };
            let body = json!({"mode": mode});
            if output.dry_run {
                return output.show_plan("Set the project's policy mode", &body);
            }
            let client = context.client()?;
            let path = mode_of(context, &client, id.as_deref()).await?;
            let answer = client.call(Method::PUT, &path, Some(&body)).await?;
            output.show(if answer.is_null() { &body } else { &answer }, &[])
        }
    }
}

/// The policy mode's path in the named project, else in the default one.
async fn mode_of(context: &Context, client: &Client, named: Option<&str>) -> Result<String, Failure> {
    let project = if let Some(named) = named.or(context.project()) {
        id::check(named)?;
        id::find(client, "/v1/projects", named, &["slug", "name"]).await?
    } else {
        let all = client.list("/v1/projects", None).await?;
        let default = all.iter().find(|project| project.get("isDefault") == Some(&Value::Bool(true)));
        let chosen = default.or(all.first()).cloned();
        chosen.ok_or_else(|| Failure::of(Exit::NotFound, "there is no project"))?
    };
    let id = project.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok(format!("/v1/projects/{}/policy-mode", segment(id)))
}

const COLUMNS: &[Column] =
    &[("id", "id"), ("name", "name"), ("policy mode", "policyMode"), ("default", "isDefault")];
