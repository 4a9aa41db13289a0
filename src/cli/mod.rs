//! The command line: one file per command. A command reads its arguments, calls phases and says what came
//! of it; it decides nothing a phase could decide.

pub mod output;
pub mod signal;
pub mod words;

mod analyze;
mod anonymize;
mod completions;
mod demo;
mod districts;
mod doctor;
mod export;
mod extract;
pub(crate) mod findings;
mod indexes;
mod load;
mod logs;
mod migrate;
mod part;
mod pipeline;
mod plan;
mod policy;
mod probe;
mod progress;
mod purge;
mod recover;
mod repl;
mod report;
mod rollback;
pub(crate) mod rules;
mod runs;
mod sql;
mod state;
mod status;
mod summary;
mod validate;
mod verify;
pub(crate) mod why;

use crate::error::{Error, Result};
use crate::project::Project;
use crate::run::Run;
use crate::secret::Environment;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  datamig demo                                   make the demo stores
  datamig migrate district-001                   move one district, from PROD to CERT
  datamig migrate district-001 --dry-run         say what would be done
  datamig sql mig-20261120-001 -c 'FROM ids.students LIMIT 5'
  datamig repl                                   look around in the newest run
  datamig rollback mig-20261120-001              put CERT back as it was

Exit codes: 0 done, 1 findings, 2 usage, 3 configuration, rule or SQL, 4 store unreachable,
5 refused for safety, 6 internal, 7 busy, 130 interrupted; repeat unchanged after 4 and 7 only";

/// Moves one tenant's slice of production into a test environment, provably safely.
#[derive(Parser)]
#[command(name = "datamig", version, after_help = EXAMPLES, max_term_width = 110, disable_help_subcommand = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args)]
pub struct Global {
    /// Folder with rules/ and data/ [default: the nearest one upwards]
    #[arg(long, global = true, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Folder of rules/ to work with
    #[arg(long, global = true, default_value = "district", value_name = "NAME")]
    pub project: String,
    /// Environment: which stores are PROD and CERT
    #[arg(long, global = true, default_value = "demo", value_name = "NAME")]
    pub env: String,
    /// Data and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Do not ask
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Also say what was decided on the way, in plain lines
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Colours on stderr
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Global {
    /// The workspace: as given, else the nearest folder upwards that has `rules/` or `data/`, else here.
    pub fn workspace(&self) -> Result<PathBuf> {
        if let Some(given) = &self.workspace {
            return match given.is_dir() {
                true => Ok(given.clone()),
                false => Err(Error::usage(format!("there is no folder {}", given.display()))
                    .hint("--workspace names a folder that exists")),
            };
        }
        let here = std::env::current_dir()?;
        let is_workspace = |dir: &&Path| dir.join("rules").is_dir() || dir.join("data").is_dir();
        Ok(here.ancestors().find(is_workspace).unwrap_or(&here).to_owned())
    }

    /// The project named by `--project`.
    pub fn project(&self) -> Result<Project> {
        Project::load(&self.workspace()?, &self.project)
    }

    /// The environment variables, with the workspace's `.env`.
    pub fn variables(&self) -> Result<Environment> {
        Environment::load(&self.workspace()?)
    }

    /// The run with this id, or the newest one of this root in the project and environment that `fits`.
    pub fn run(&self, word: &str, fits: impl Fn(&Run) -> bool, what: &str) -> Result<Run> {
        let workspace = self.workspace()?;
        if word.starts_with("mig-") {
            return Run::open(&workspace, word);
        }
        Run::newest(&workspace, &self.project, &self.env, word, fits).ok_or_else(|| {
            Error::usage(format!("there is no run of {word} {what} in environment {}", self.env))
                .hint(format!("`datamig runs` lists the runs, `datamig migrate {word}` makes one"))
        })
    }

    /// The run with this id or of this root, else the newest run of all that `fits`.
    pub fn run_or_newest(&self, word: Option<&str>, fits: impl Fn(&Run) -> bool) -> Result<Run> {
        match word {
            Some(word) => self.run(word, fits, "at all"),
            None => Run::list(&self.workspace()?).into_iter().rfind(fits).ok_or_else(|| {
                Error::usage("there is no run yet").hint("`datamig migrate <root-key>` makes one")
            }),
        }
    }

    /// Whether words on stderr are coloured.
    pub fn has_color(&self) -> bool {
        let is_wanted = || {
            let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
            given("NO_COLOR").is_none() && given("TERM").is_none_or(|term| term != "dumb")
        };
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_wanted() && std::io::stderr().is_terminal(),
        }
    }
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Doctor(doctor::Doctor),
    #[command(alias = "analyze-datastores")]
    Analyze(analyze::Analyze),
    #[command(alias = "select-districts")]
    Districts(districts::Districts),
    Migrate(migrate::Migrate),
    Extract(extract::Extract),
    Anonymize(anonymize::Anonymize),
    Validate(validate::Validate),
    Load(load::Load),
    #[command(alias = "validate-migration")]
    Verify(verify::Verify),
    Rollback(rollback::Rollback),
    Recover(recover::Recover),
    Rules(rules::RulesCommand),
    Policy(policy::PolicyCommand),
    Findings(findings::Findings),
    Runs(runs::Runs),
    Status(status::Status),
    Logs(logs::Logs),
    Report(report::Report),
    Why(why::Why),
    Export(export::Export),
    Purge(purge::Purge),
    Sql(sql::Sql),
    Repl(repl::Repl),
    Completions(completions::Completions),
}

/// Runs one command.
pub fn run(cli: &Cli) -> Result<()> {
    let global = &cli.global;
    match &cli.command {
        Command::Demo(command) => command.run(global),
        Command::Doctor(command) => command.run(global),
        Command::Analyze(command) => command.run(global),
        Command::Districts(command) => command.run(global),
        Command::Migrate(command) => command.run(global),
        Command::Extract(command) => command.run(global),
        Command::Anonymize(command) => command.run(global),
        Command::Validate(command) => command.run(global),
        Command::Load(command) => command.run(global),
        Command::Verify(command) => command.run(global),
        Command::Rollback(command) => command.run(global),
        Command::Recover(command) => command.run(global),
        Command::Rules(command) => command.run(global),
        Command::Policy(command) => command.run(global),
        Command::Findings(command) => command.run(global),
        Command::Runs(command) => command.run(global),
        Command::Status(command) => command.run(global),
        Command::Logs(command) => command.run(global),
        Command::Report(command) => command.run(global),
        Command::Why(command) => command.run(global),
        Command::Export(command) => command.run(global),
        Command::Purge(command) => command.run(global),
        Command::Sql(command) => command.run(global),
        Command::Repl(command) => command.run(global),
        Command::Completions(command) => command.run(),
    }
}
