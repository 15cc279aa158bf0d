//! Opens the dashboard with a one-time sign-in link.

use std::io::{IsTerminal, stdout};
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::context::Context;
use crate::exit::{Failure, note};
use crate::printer::{ReadArgs, print};

/// How to open the dashboard.
#[derive(clap::Args, Debug)]
#[command(after_help = "The link works once and expires after a minute.")]
pub(crate) struct Args {
    /// Print the link without opening a browser
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    output: ReadArgs,
}

/// Opens it.
pub(crate) async fn execute(context: &Context, args: &Args) -> Result<(), Failure> {
    let link = context.client()?.call(Method::POST, "/v1/sign-in-links", None).await?;
    if args.output.wants_json() || args.output.pick.quiet.is_some() {
        return args.output.show(&link, &[]);
    }
    let url = link.get("url").and_then(Value::as_str).unwrap_or_default();
    if !args.print && stdout().is_terminal() && browse(context, url) {
        note("opened the dashboard in your browser");
        return Ok(());
    }
    print(format!("{url}\n"))
}

/// Opens a browser; returns whether that worked.
fn browse(context: &Context, url: &str) -> bool {
    let has_display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| context.environment.value(name).is_some());
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if has_display {
        "xdg-open"
    } else {
        return false;
    };
    let mut command = Command::new(opener);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
