//! Sign-in: which API key the commands use for a server.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, KeyOrigin, Located, Logins, locate};
use crate::context::Context;
use crate::exit::{Exit, Failure, note};
use crate::printer::{ReadArgs, WriteArgs};
use crate::prompt;

/// Subcommands for sign-in.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in with an API key and store it
    #[command(after_help = "Example: ONECLI_URL=https://onecli.example.com onecli auth login")]
    Login {
        /// API key; other processes on this machine can see it. Leave it out to be prompted
        #[arg(long)]
        api_key: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show who is signed in to which server
    Status {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Delete the key stored by `login`
    Logout {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show a preview of your API key
    ApiKey {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Replace your API key; the old one stops working immediately
    RegenerateApiKey {
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Login { api_key, output } => login(context, api_key.as_deref(), output).await,
        Command::Status { output } => status(context, output).await,
        Command::Logout { output } => {
            let url = locate(&context.environment, &context.data)?.url;
            let was = Logins::read(&context.data).forget(&url)?;
            output.show(
                &json!({"status": if was { "signed out" } else { "was not signed in" }, "url": url}),
                &[],
            )
        }
        Command::ApiKey { output } => output.show(&context.client()?.read("/v1/user/api-key").await?, &[]),
        Command::RegenerateApiKey { output } => regenerate(context, output).await,
    }
}

async fn login(context: &Context, given: Option<&str>, output: &ReadArgs) -> Result<(), Failure> {
    let located = locate(&context.environment, &context.data)?;
    let key = match given {
        Some(key) => key.to_owned(),
        None => prompt::secret(&format!("API key for {}", located.url)).await?,
    };
    let key = key.trim();
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) || key.is_empty() {
        return Err(
            Failure::usage("not an API key").hint("an API key looks like oc_… and contains no spaces")
        );
    }
    let with_key = Located { key: Some(key.to_owned()), ..located };
    let client = context.client_of(with_key)?;
    let user = client.read("/v1/user").await?;
    let url = &client.located().url;
    Logins::read(&context.data).keep(url, key)?;
    if context.environment.value("ONECLI_API_KEY").is_some() {
        note("ONECLI_API_KEY is set and takes precedence over the key that was just stored");
    }
    output
        .show(&json!({"status": "authenticated", "email": user.get("email"), "name": user.get("name")}), &[])
}

async fn status(context: &Context, output: &ReadArgs) -> Result<(), Failure> {
    let client: Client = context.client()?;
    match client.read("/v1/user").await {
        Ok(user) => {
            let answer = json!({
                "authenticated": true,
                "email": user.get("email"),
                "name": user.get("name"),
                "url": client.located().url,
            });
            output.show(&answer, &[])
        }
        Err(failure) if failure.exit == Exit::Denied => {
            output.show(&json!({"authenticated": false, "url": client.located().url}), &[])?;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Stores the new key where the old one was, so that the next command works.
async fn regenerate(context: &Context, output: &WriteArgs) -> Result<(), Failure> {
    if output.dry_run {
        return output.show_plan("Replace your API key", &json!({}));
    }
    let client = context.client()?;
    let answer = client.call(Method::POST, "/v1/user/api-key/regenerate", None).await?;
    if let Some(key) = answer.get("apiKey").and_then(Value::as_str) {
        match &client.located().key_origin {
            Some(KeyOrigin::Login) => Logins::read(&context.data).keep(&client.located().url, key)?,
            Some(KeyOrigin::File(path)) => {
                let name =
                    path.strip_prefix(context.data.path()).unwrap_or(path).to_string_lossy().into_owned();
                context.data.write(&name, format!("{key}\n").as_bytes())?;
            }
            Some(KeyOrigin::Environment) => note("ONECLI_API_KEY still holds the old key"),
            None => {}
        }
    }
    output.show(&answer, &[])
}
