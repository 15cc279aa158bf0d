//! Version, shell completions and man pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use crate::exit::Failure;
use crate::printer::{ReadArgs, print};

/// Arguments of `version`.
#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    #[command(flatten)]
    output: ReadArgs,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The folder
    folder: PathBuf,
}

/// Prints the version.
pub(crate) fn version(args: &VersionArgs) -> Result<(), Failure> {
    if args.output.wants_json() || args.output.pick.quiet.is_some() {
        args.output.show(&json!({"version": env!("CARGO_PKG_VERSION")}), &[])
    } else {
        print(concat!("onecli ", env!("CARGO_PKG_VERSION"), "\n"))
    }
}

/// Prints completions.
pub(crate) fn completions(args: &CompletionsArgs, mut command: clap::Command) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "onecli", &mut text);
    print(text)
}

/// Writes a man page for each command.
pub(crate) fn man(args: &ManArgs, command: clap::Command) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.folder)
        .and_then(|()| clap_mangen::generate_to(command, &args.folder))
        .map_err(|error| Failure::file("write man pages into", &args.folder, &error))
}
