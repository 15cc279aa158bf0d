//! The server's flags, generated from the table of settings.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::partial::{Partial, Source};
use super::table::{SETTINGS, Setting, Shape};

/// The settings given as flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerFlags(Partial);

impl ServerFlags {
    /// As settings.
    pub(crate) fn settings(&self) -> Partial {
        self.0.clone()
    }
}

impl clap::Args for ServerFlags {
    fn augment_args(command: Command) -> Command {
        SETTINGS
            .iter()
            .filter(|setting| setting.has_flag())
            .fold(command, |command, setting| command.arg(flag(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for ServerFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Partial::default();
        for setting in SETTINGS.iter().filter(|setting| setting.has_flag()) {
            if matches.value_source(setting.key) != Some(clap::parser::ValueSource::CommandLine) {
                continue;
            }
            let values = match setting.shape {
                Shape::Switch => vec!["true".to_owned()],
                Shape::One | Shape::Many => {
                    matches.get_many::<String>(setting.key).unwrap_or_default().cloned().collect()
                }
            };
            given.put(setting.key, values, Source::Flag(setting.key));
        }
        Ok(Self(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(setting: &'static Setting) -> Arg {
    let default = setting.default.unwrap_or(setting.otherwise);
    let names = setting.env.join(", ");
    let arg = Arg::new(setting.key).long(setting.key).help_heading("Settings").next_line_help(true);
    match setting.shape {
        Shape::Switch => arg.action(ArgAction::SetTrue).help(format!("{} [env: {names}]", setting.help)),
        Shape::One | Shape::Many => arg
            .value_name(setting.value)
            .action(if setting.shape == Shape::Many { ArgAction::Append } else { ArgAction::Set })
            .help(format!(
                "{}{} [env: {names}] [default: {default}]",
                setting.help,
                if setting.shape == Shape::Many { " (repeatable)" } else { "" },
            )),
    }
}
