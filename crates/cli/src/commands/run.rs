//! Runs a program behind the gateway, with placeholders instead of credentials.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::id;
use super::start_local;
use crate::child::{self, ContainerConfig, Plan};
use crate::client::{Client, Located, with};
use crate::context::Context;
use crate::exit::{Exit, Failure, note, warn};
use crate::printer::Selection;
use crate::runtimes::trust::{self, Trust};
use crate::runtimes::{java, node, skill};

/// What to run, and how.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  onecli run -- claude
  onecli run --agent scribe -- python3 job.py

Exits with the program's exit code; 126 means that it can't be executed, 127 that it wasn't found.")]
pub(crate) struct Args {
    /// Identifier of the agent to run as [default: the default agent]
    #[arg(long, env = "ONECLI_AGENT")]
    agent: Option<String>,
    /// Address under which this machine reaches the gateway
    #[arg(long, value_name = "HOST:PORT")]
    gateway: Option<String>,
    /// Don't set the variables for CA certificates
    #[arg(long)]
    no_ca: bool,
    /// Show what would be set without running anything
    #[arg(long)]
    dry_run: bool,
    /// Start a local server if none is running
    #[arg(long)]
    start: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the program.
pub(crate) async fn execute(context: &Context, args: &Args) -> Result<(), Failure> {
    let name =
        args.command.first().map(OsString::as_os_str).unwrap_or_default().to_string_lossy().into_owned();
    let program = child::find(&name, &context.environment).ok_or_else(|| {
        Failure::of(Exit::NoProgram, format!("no program named `{name}` was found"))
            .hint("check the name and your PATH")
    })?;
    if let Some(agent) = &args.agent {
        id::check(agent)?;
    }
    let client =
        if args.start && !args.dry_run { start_local::client(context).await? } else { context.client()? };
    let container_config = container_config(&client, args.agent.as_deref()).await?;
    for warning in &container_config.warnings {
        warn(warning);
    }
    let gateway = args.gateway.clone().unwrap_or_else(|| gateway_of(client.located()));
    let mut plan = child::plan(&container_config, &context.environment, &gateway, args.gateway.is_some());
    set_addresses(&mut plan, &client, &container_config);
    add_runtimes(context, args, &container_config, &mut plan)?;
    let home = context.environment.os_value("HOME").map(Path::new);
    let skill_path = home.and_then(|home| skill::folder_of(&program).map(|folder| skill::path(home, folder)));
    if args.dry_run {
        return show(args, &program, &plan, skill_path.as_deref());
    }
    for message in &plan.removed_credentials {
        note(&format!("onecli: {message}"));
    }
    if let Some(path) = skill_path {
        // A missing skill doesn't prevent running.
        if let Err(failure) = install_skill(&client, args.agent.as_deref(), &program, &path).await {
            warn(&format!("can't install the gateway skill: {failure}"));
        }
    }
    Err(child::become_child(&program, &args.command, &plan))
}

async fn container_config(client: &Client, agent: Option<&str>) -> Result<ContainerConfig, Failure> {
    let path = "/v1/container-config";
    let path = agent.map_or_else(|| path.to_owned(), |agent| with(path, "agent", agent));
    let response = client.read(&path).await.map_err(|failure| match agent {
        Some(agent) if failure.exit == Exit::NotFound => {
            failure.hint(format!("create it with `onecli agents create --name {agent} --identifier {agent}`"))
        }
        _ => failure,
    })?;
    serde_json::from_value(response).map_err(|error| {
        Failure::new(format!("can't read the server's response: {error}"))
            .hint("check that server and client have the same version")
    })
}

/// The local server's gateway, else the API's host.
fn gateway_of(located: &Located) -> String {
    if let Some(running) = &located.running {
        return running.gateway_authority().to_owned();
    }
    let url: Option<reqwest::Url> = located.url.parse().ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or("127.0.0.1");
    // Some systems resolve `localhost` to ::1 only, where the gateway doesn't listen.
    if host == "localhost" { "127.0.0.1".into() } else { host.to_owned() }
}

fn set_addresses(plan: &mut Plan, client: &Client, container_config: &ContainerConfig) {
    plan.set.insert("ONECLI_URL".into(), client.located().url.clone().into());
    plan.set.insert("ONECLI_GATEWAY".into(), "true".into());
    if let Some(agent) = &container_config.agent {
        plan.set.insert("ONECLI_AGENT_NAME".into(), agent.name.clone().into());
    }
}

/// Sets up CA certificates, Node and Java. Writes files unless it is a dry run.
fn add_runtimes(
    context: &Context,
    args: &Args,
    container_config: &ContainerConfig,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let data = &context.data;
    // The server's paths are for containers.
    for name in trust::VARIABLES {
        plan.set.remove(*name);
    }
    let ca = (!args.no_ca && !container_config.ca_certificate.is_empty())
        .then_some(container_config.ca_certificate.as_str());
    let trust = match ca {
        Some(_) if args.dry_run => Some(Trust::planned(data)),
        Some(ca) => Some(Trust::write(data, ca)?),
        None => None,
    };
    if let Some(trust) = &trust {
        for name in trust::VARIABLES {
            plan.set.insert((*name).to_owned(), trust.bundle.clone().into());
        }
    }
    let Some(proxy) = plan.set.get("HTTPS_PROXY").map(|proxy| proxy.to_string_lossy().into_owned()) else {
        return Ok(());
    };
    // The script covers every https.Agent; Node's own support covers only its global agents.
    plan.set.remove(node::ENV_PROXY);
    plan.remove.insert(node::ENV_PROXY.to_owned());
    let script = if args.dry_run { node::planned(data) } else { node::write(data)? };
    let present = context.environment.value("NODE_OPTIONS");
    plan.set.insert("NODE_OPTIONS".into(), node::options(present.as_deref(), &script).into());
    add_java(context, args, trust.as_ref(), &proxy, plan)
}

fn add_java(
    context: &Context,
    args: &Args,
    trust: Option<&Trust>,
    proxy: &str,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let home = context.environment.os_value("JAVA_HOME").map(PathBuf::from);
    let of_home = home.as_ref().map(|home| home.join("bin/keytool")).filter(|tool| tool.is_file());
    let Some(keytool) = of_home.or_else(|| child::find("keytool", &context.environment)) else {
        return Ok(());
    };
    let store = match trust {
        Some(_) if args.dry_run => Some(java::planned(&context.data)),
        Some(trust) => java::write(&context.data, &keytool, home.as_deref(), &trust.bare)?,
        None => None,
    };
    let agent =
        if args.dry_run { java::planned_agent(&context.data) } else { java::write_agent(&context.data)? };
    let authority = proxy.rsplit_once('@').map_or(proxy, |(_, authority)| authority);
    let (host, port) = child::host_and_port(authority);
    let port = port.and_then(|port| port.parse().ok()).unwrap_or(80);
    let present = context.environment.value("JAVA_TOOL_OPTIONS");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let options = java::options(present.as_deref(), (host, port), &agent, store.as_deref());
    plan.set.insert("JAVA_TOOL_OPTIONS".into(), options.into());
    Ok(())
}

async fn install_skill(
    client: &Client,
    agent: Option<&str>,
    program: &Path,
    target: &Path,
) -> Result<(), Failure> {
    let framework = program.file_stem().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    let path = with("/v1/skill/gateway", "agent_framework", &framework);
    let path = agent.map_or_else(|| path.clone(), |agent| with(&path, "agent", agent));
    skill::install(target, &client.text(&path).await?)
}

fn show(args: &Args, program: &Path, plan: &Plan, skill: Option<&Path>) -> Result<(), Failure> {
    let env: Map<String, Value> = plan
        .set
        .iter()
        .map(|(name, value)| {
            let value = value.to_string_lossy();
            let is_proxy = name.to_ascii_lowercase().ends_with("_proxy");
            (name.clone(), json!(if is_proxy { child::masked(&value) } else { value.into_owned() }))
        })
        .collect();
    let command: Vec<_> = args.command.iter().map(|part| part.to_string_lossy()).collect();
    let payload = json!({
        "program": program,
        "command": command,
        "env": env,
        "remove": plan.remove,
        "taken": plan.removed_credentials,
        "skill": skill,
    });
    let plan =
        json!({"dry_run": true, "description": "Run a program behind the gateway", "payload": payload});
    Selection::default().show(&plan, &[], true)
}
