//! Runs the server: gateway and API in one process, from settings to the last record.

use std::time::Duration;

use onecli_app::{App, Clock, Started};
use onecli_gateway::Gateway;
use tokio::sync::watch;

use crate::client::Running;
use crate::config::{DataDir, Server, ServerFlags, gather};
use crate::context::Context;
use crate::exit::{Failure, note, warn};
use crate::printer::print;
use crate::serving::hardening::harden;
use crate::serving::listening::{Listening, reachable};
use crate::serving::lock::Lock;
use crate::serving::parts::{self, Addresses};

/// The server's settings.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Flags win over the environment, that over DATA_DIR/onecli.toml, that over the defaults.
`onecli config show` tells what holds, and where it comes from.

Examples:
  onecli start
  onecli start --gateway-bind 127.0.0.1 --gateway-bind docker    let containers reach the gateway
  DATABASE_URL=postgres://onecli@db.example.com/onecli onecli start --bind 0.0.0.0")]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServerFlags,
}

/// Runs the server until it is told to stop.
pub(crate) async fn carry_out(context: &Context, args: &Args) -> Result<(), Failure> {
    let (given, problems) = gather(&args.flags, &context.environment, &context.data);
    let mut server = Server::read(&given, problems)?;
    crate::logging::start(server.log_format, &server.log_level, context.color());
    harden();
    context.data.make()?;
    let _lock = Lock::take(&context.data)?;
    let listening = Listening::bind(&server).await?;
    let addresses = Addresses::of(&server, &listening);
    // The first to set it wins, and all set the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = parts::app(&mut server, &addresses, &context.data)?;
    let Started { app, first_api_key } =
        App::start(config, Clock::System).await.map_err(|error| why(&error))?;
    settle_files(&app, first_api_key, &context.data).await?;
    let served = serve(&app, &server, listening, &addresses, &context.data).await;
    Running::withdraw(&context.data);
    app.shutdown().await;
    served
}

async fn serve(
    app: &App,
    server: &Server,
    listening: Listening,
    addresses: &Addresses,
    data: &DataDir,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let (stop, stopping) = watch::channel(false);
    let gateway = Gateway::new(app, parts::gateway(server, addresses, &listening), stopping.clone())
        .map_err(|error| Failure::new(error.to_string()))?;
    let router = onecli_api::router(app.clone(), parts::api(server, addresses, &listening, stopping.clone()));
    let limits = onecli_api::Limits { head_timeout: server.head_timeout, drain: server.drain };
    let (api_at, gateway_at) = (reachable(listening.api_at), listening.gateway_reachable());
    let running = Running {
        pid: std::process::id(),
        url: format!("http://{api_at}"),
        gateway: format!("http://{gateway_at}"),
    };
    tell_what_is_open(server, &listening);
    let mut gateway = tokio::spawn(gateway.run(listening.gateway));
    let mut api = tokio::spawn(onecli_api::run(listening.api, router, stopping, limits));
    running.announce(data)?;
    tell_ready(app, server, &running, addresses).await?;

    tokio::select! {
        () = signals.next() => note("stopping: requests on their way may end; once more stops at once"),
        ended = &mut gateway => {
            let why = match ended {
                Ok(Err(error)) => error.to_string(),
                Ok(Ok(())) | Err(_) => "it ended by a defect; please report it".into(),
            };
            return Err(Failure::new(format!("the gateway: {why}")));
        }
        _ = &mut api => return Err(Failure::new("the API ended by a defect; please report it")),
    }
    stop.send_replace(true);
    let drained = async {
        let _ = tokio::join!(gateway, api);
    };
    tokio::select! {
        () = drained => {}
        // The parts keep to the time themselves; this is for the case that one does not.
        () = tokio::time::sleep(server.drain + GRACE) => tracing::warn!("the server did not drain in time"),
        () = signals.next() => note("stopped without waiting"),
    }
    Ok(())
}

/// The files by which this machine's programs trust the gateway and are known to the API.
async fn settle_files(
    app: &App,
    first_api_key: Option<onecli_app::Plaintext>,
    data: &DataDir,
) -> Result<(), Failure> {
    data.write("ca.pem", app.authority().certificate_pem.as_bytes())?;
    let path = data.file("credentials");
    let key = match first_api_key {
        Some(key) => key,
        None if path.exists() => return Ok(()),
        None => app.new_local_key().await.map_err(|error| why(&error))?,
    };
    if path.is_dir() {
        return Err(Failure::new(format!("{} is a folder, left by another program", path.display()))
            .hint("move it away, or choose another data directory with --data-dir"));
    }
    let mut text = key.as_bytes().to_vec();
    text.push(b'\n');
    data.write("credentials", &text).map(|_| ())
}

fn tell_what_is_open(server: &Server, listening: &Listening) {
    if server.no_auth {
        warn("sign-in is off: every program on this machine may read and change everything here");
    }
    if let Some(bridge) = listening.unserved_bridge() {
        let own: Vec<_> =
            listening.gateway_at.iter().map(|at| format!("--gateway-bind {}", at.ip())).collect();
        note(&format!(
            "Docker is here, but containers can't reach the gateway: it doesn't listen on Docker's bridge ({bridge})\n\
             hint: to let them, start with `{} --gateway-bind docker`; the API stays on {}",
            own.join(" "),
            server.bind,
        ));
    }
}

async fn tell_ready(
    app: &App,
    server: &Server,
    running: &Running,
    addresses: &Addresses,
) -> Result<(), Failure> {
    let signing_in = if server.no_auth {
        format!("open {}", addresses.public_url)
    } else {
        let owner = app.owner().await.map_err(|error| why(&error))?;
        let link = app.new_sign_in_link(&owner).await.map_err(|error| why(&error))?;
        let token = link.token.as_str().unwrap_or_default();
        format!("sign in within a minute at {}/sign-in?token={token}", addresses.public_url)
    };
    let Running { url, gateway, .. } = running;
    let ready = format!("onecli {} is ready: API {url} gateway {gateway} {signing_in}\n", parts::VERSION);
    // What was told before stands before it.
    crate::stderr::flush();
    if let Err(failure) = print(&ready) {
        // The server runs all the same, and server.json says where.
        warn(&failure.to_string());
    }
    Ok(())
}

fn why(error: &onecli_app::Error) -> Failure {
    Failure::new(error.to_string())
}

/// Ctrl-C, and what `kill` and service supervisors send.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new(format!("can't listen for signals: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

const GRACE: Duration = Duration::from_secs(5);
