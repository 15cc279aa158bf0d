//! The arguments: every command by its name.

use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::commands::{
    activity, agents, api_keys, approvals, attention, audit, auth, config, grants, keys, open, program,
    projects, rules, run, secrets, services, settings, start,
};
use crate::config::Environment;
use crate::context::{Context, Everywhere};
use crate::exit::Failure;

/// Gives AI agents access to services without showing them a credential.
#[derive(Debug, Parser)]
#[command(name = "onecli", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: gateway, API and dashboard, in one process
    Start(start::Args),
    /// Open the dashboard, signed in
    Open(open::Args),
    /// Run a program behind the gateway
    Run(run::Args),
    /// Agents: who may send requests
    #[command(subcommand, visible_alias = "agent")]
    Agents(agents::Command),
    /// Secrets: the credentials that agents use without seeing them
    #[command(subcommand, visible_alias = "secret")]
    Secrets(secrets::Command),
    /// Well-known services, of which it is known where their keys go
    #[command(visible_alias = "service")]
    Services(services::ListArgs),
    /// Rules: what agents may do
    #[command(subcommand, visible_alias = "rule")]
    Rules(rules::Command),
    /// Approvals: requests that wait for a person
    #[command(subcommand, visible_alias = "approval")]
    Approvals(approvals::Command),
    /// Grants: requests that pass without another question
    #[command(subcommand, visible_alias = "grant")]
    Grants(grants::Command),
    /// Activity: what agents did
    #[command(subcommand)]
    Activity(activity::Command),
    /// What needs a person: holds that wait, keys that fail, alarms, agents that are often refused
    Attention(attention::AttentionArgs),
    /// The audit log: what people changed, and whether somebody tampered with it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Projects, and what happens to requests that no rule concerns
    #[command(subcommand, visible_alias = "project")]
    Projects(projects::Command),
    /// API keys, which programs of yours use in place of you
    #[command(subcommand, visible_alias = "api-key")]
    ApiKeys(api_keys::Command),
    /// Encryption keys that protect the secrets
    #[command(subcommand)]
    Keys(keys::Command),
    /// Settings of the installation: for how long records are kept
    #[command(subcommand)]
    Settings(settings::Command),
    /// Sign in at a remote server
    #[command(subcommand)]
    Auth(auth::Command),
    /// Settings
    #[command(subcommand)]
    Config(config::Command),
    /// Print the version
    Version(program::VersionArgs),
    /// Print completions for a shell
    #[command(after_help = "Example: onecli completions bash > /etc/bash_completion.d/onecli")]
    Completions(program::CompletionsArgs),
    /// Write man pages into a folder
    #[command(hide = true)]
    Man(program::ManArgs),
}

impl Args {
    /// The runtime that the command needs. The gateway has threads of its own; the API gets along with one.
    pub(crate) fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder =
            if self.is_server() { Builder::new_multi_thread() } else { Builder::new_current_thread() };
        builder.worker_threads(1).enable_all().build()
    }

    /// Ends when a person interrupts the command. The server has its own way to stop.
    pub(crate) async fn interrupted(&self) {
        if self.is_server() || tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Does what was asked.
    pub(crate) async fn carry_out(&self, environment: Environment) -> Result<(), Failure> {
        let context = Context::new(environment, self.everywhere.clone())?;
        match &self.command {
            Command::Start(args) => start::carry_out(&context, args).await,
            Command::Open(args) => open::carry_out(&context, args).await,
            Command::Run(args) => run::carry_out(&context, args).await,
            Command::Agents(command) => agents::carry_out(&context, command).await,
            Command::Secrets(command) => secrets::carry_out(&context, command).await,
            Command::Services(args) => services::carry_out(&context, args).await,
            Command::Rules(command) => rules::carry_out(&context, command).await,
            Command::Approvals(command) => approvals::carry_out(&context, command).await,
            Command::Grants(command) => grants::carry_out(&context, command).await,
            Command::Activity(command) => activity::carry_out(&context, command).await,
            Command::Attention(args) => attention::carry_out(&context, args).await,
            Command::Audit(command) => audit::carry_out(&context, command).await,
            Command::Projects(command) => projects::carry_out(&context, command).await,
            Command::ApiKeys(command) => api_keys::carry_out(&context, command).await,
            Command::Keys(command) => keys::carry_out(&context, command).await,
            Command::Settings(command) => settings::carry_out(&context, command).await,
            Command::Auth(command) => auth::carry_out(&context, command).await,
            Command::Config(command) => config::carry_out(&context, command),
            Command::Version(args) => program::version(args),
            Command::Completions(args) => program::completions(args, Self::command()),
            Command::Man(args) => program::man(args, Self::command()),
        }
    }

    fn is_server(&self) -> bool {
        matches!(self.command, Command::Start(_))
    }
}

const EXAMPLES: &str = "\
Examples:
  onecli start                                      run the server
  onecli secrets create --name OpenAI --type openai store a key (asks for it)
  onecli run -- claude                              run an agent that uses it without seeing it

Exit codes: 0 done, 1 failed, 2 usage, 3 can't reach the server, 4 not signed in or not allowed, 5 not found";
