//! The command line: every command and its arguments.

use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::commands::{
    activity, agents, api_keys, approvals, attention, audit, auth, config, grants, keys, open, program,
    projects, rules, run, secrets, services, settings, start,
};
use crate::config::Environment;
use crate::context::{Context, GlobalFlags};
use crate::exit::Failure;

/// Gives AI agents access to services without showing them a credential.
#[derive(Debug, Parser)]
#[command(name = "onecli", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    global: GlobalFlags,
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
    /// Known services: where their keys are sent
    #[command(visible_alias = "service")]
    Services(services::ListArgs),
    /// Rules: what agents may do
    #[command(subcommand, visible_alias = "rule")]
    Rules(rules::Command),
    /// Approvals: requests that are held until a person decides
    #[command(subcommand, visible_alias = "approval")]
    Approvals(approvals::Command),
    /// Grants: requests that pass without asking again
    #[command(subcommand, visible_alias = "grant")]
    Grants(grants::Command),
    /// Activity: what agents did
    #[command(subcommand)]
    Activity(activity::Command),
    /// What needs a person: held requests, failing secrets, alarms, agents that are often refused
    Attention(attention::AttentionArgs),
    /// Audit log: what people changed, and a check that nobody tampered with it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Projects, and their policy mode for requests that match no rule
    #[command(subcommand, visible_alias = "project")]
    Projects(projects::Command),
    /// API keys: for programs that call the API on your behalf
    #[command(subcommand, visible_alias = "api-key")]
    ApiKeys(api_keys::Command),
    /// Encryption keys that protect the secrets
    #[command(subcommand)]
    Keys(keys::Command),
    /// Settings of the installation: how long records are kept
    #[command(subcommand)]
    Settings(settings::Command),
    /// Sign in to a remote server
    #[command(subcommand)]
    Auth(auth::Command),
    /// Settings of the server and of this command line
    #[command(subcommand)]
    Config(config::Command),
    /// Print the version
    Version(program::VersionArgs),
    /// Print shell completions
    #[command(after_help = "Example: onecli completions bash > /etc/bash_completion.d/onecli")]
    Completions(program::CompletionsArgs),
    /// Write man pages to a folder
    #[command(hide = true)]
    Man(program::ManArgs),
}

impl Args {
    /// The runtime for the command. The gateway has its own threads; the API needs one.
    pub(crate) fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder =
            if self.is_server() { Builder::new_multi_thread() } else { Builder::new_current_thread() };
        builder.worker_threads(1).enable_all().build()
    }

    /// Returns when Ctrl-C is pressed. The server handles its signals itself.
    pub(crate) async fn interrupted(&self) {
        if self.is_server() || tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs the command.
    pub(crate) async fn execute(&self, environment: Environment) -> Result<(), Failure> {
        let context = Context::new(environment, self.global.clone())?;
        match &self.command {
            Command::Start(args) => start::execute(&context, args).await,
            Command::Open(args) => open::execute(&context, args).await,
            Command::Run(args) => run::execute(&context, args).await,
            Command::Agents(command) => agents::execute(&context, command).await,
            Command::Secrets(command) => secrets::execute(&context, command).await,
            Command::Services(args) => services::execute(&context, args).await,
            Command::Rules(command) => rules::execute(&context, command).await,
            Command::Approvals(command) => approvals::execute(&context, command).await,
            Command::Grants(command) => grants::execute(&context, command).await,
            Command::Activity(command) => activity::execute(&context, command).await,
            Command::Attention(args) => attention::execute(&context, args).await,
            Command::Audit(command) => audit::execute(&context, command).await,
            Command::Projects(command) => projects::execute(&context, command).await,
            Command::ApiKeys(command) => api_keys::execute(&context, command).await,
            Command::Keys(command) => keys::execute(&context, command).await,
            Command::Settings(command) => settings::execute(&context, command).await,
            Command::Auth(command) => auth::execute(&context, command).await,
            Command::Config(command) => config::execute(&context, command),
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
  onecli secrets create --service openai            store a key (asks for it)
  onecli run -- claude                              run an agent that uses it without seeing it

Exit codes: 0 done, 1 failed, 2 usage, 3 can't reach the server, 4 not signed in or not allowed, 5 not found";
