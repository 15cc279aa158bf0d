//! Runs the server: gateway and API in one process.

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
Flags take precedence over the environment, then DATA_DIR/onecli.toml, then the defaults.
`onecli config show` shows all settings and where each comes from.

Examples:
  onecli start
  onecli start --gateway-bind 127.0.0.1 --gateway-bind docker    let containers reach the gateway
  DATABASE_URL=postgres://onecli@db.example.com/onecli onecli start --bind 0.0.0.0")]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServerFlags,
}

/// Runs the server until it is told to stop.
pub(crate) async fn execute(context: &Context, args: &Args) -> Result<(), Failure> {
    let (given, problems) = gather(&args.flags, &context.environment, &context.data);
    let mut server = Server::read(&given, problems)?;
    crate::logging::start(server.log_format, &server.log_level, context.color());
    harden();
    context.data.create()?;
    let _lock = Lock::take(&context.data)?;
    let listening = Listening::bind(&server).await?;
    let addresses = Addresses::of(&server, &listening);
    // The first call wins; all set the same provider.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = parts::app(&mut server, &addresses, &context.data)?;
    let Started { app, first_api_key } =
        App::start(config, Clock::System).await.map_err(|error| why(&error))?;
    write_files(&app, first_api_key, &context.data).await?;
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
    report_exposure(server, &listening);
    let mut gateway = tokio::spawn(gateway.run(listening.gateway));
    let mut api = tokio::spawn(onecli_api::run(listening.api, router, stopping, limits));
    running.announce(data)?;
    print_ready_line(app, server, &running, addresses).await?;

    tokio::select! {
        () = signals.next() => note("stopping: finishing requests in flight; press Ctrl-C again to stop now"),
        ended = &mut gateway => {
            let why = match ended {
                Ok(Err(error)) => error.to_string(),
                Ok(Ok(())) | Err(_) => "it crashed; please report this".into(),
            };
            return Err(Failure::new(format!("the gateway stopped: {why}")));
        }
        _ = &mut api => return Err(Failure::new("the API crashed; please report this")),
    }
    stop.send_replace(true);
    let drained = async {
        let _ = tokio::join!(gateway, api);
    };
    tokio::select! {
        () = drained => {}
        // Gateway and API observe the limit themselves; this covers a bug in one of them.
        () = tokio::time::sleep(server.drain + GRACE) => tracing::warn!("the server didn't drain in time"),
        () = signals.next() => note("stopped without finishing requests"),
    }
    Ok(())
}

/// Writes the CA certificate and the local API key for programs on this machine.
async fn write_files(
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
        return Err(Failure::new(format!("{} is a directory, left by another program", path.display()))
            .hint("move it, or choose another data directory with --data-dir"));
    }
    let mut text = key.as_bytes().to_vec();
    text.push(b'\n');
    data.write("credentials", &text).map(|_| ())
}

fn report_exposure(server: &Server, listening: &Listening) {
    if server.no_auth {
        warn("sign-in is off: every program on this machine can read and change everything");
    }
    if let Some(bridge) = listening.unserved_bridge() {
        let own: Vec<_> =
            listening.gateway_at.iter().map(|at| format!("--gateway-bind {}", at.ip())).collect();
        note(&format!(
            "containers can't reach the gateway: it doesn't listen on Docker's bridge ({bridge})\n\
             hint: to allow it, start with `{} --gateway-bind docker`; the API stays on {}",
            own.join(" "),
            server.bind,
        ));
    }
}

async fn print_ready_line(
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
    // Earlier notes appear before the ready line.
    crate::stderr::flush();
    if let Err(failure) = print(&ready) {
        // The server keeps running; clients find it through server.json.
        warn(&failure.to_string());
    }
    Ok(())
}

fn why(error: &onecli_app::Error) -> Failure {
    Failure::new(error.to_string())
}

/// SIGINT and SIGTERM.
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
