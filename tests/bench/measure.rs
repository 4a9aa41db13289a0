//! Times programs, and prints figures beside their goals.

use crate::support::text_of;
use comfy_table::{CellAlignment, Table};
use std::process::Command;

/// Runs its arguments, and prints the seconds they took, the most memory they held (MiB), and what they
/// wrote to standard output.
const WATCH: &str = "
import resource, subprocess, sys, time
begun = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True, check=True)
seconds = time.monotonic() - begun
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
print(done.stdout, end='')
";

/// What a program took.
pub struct Measured {
    /// Wall-clock time.
    pub seconds: f64,
    /// The most memory the process held, MiB.
    pub peak: f64,
    /// What it wrote.
    pub stdout: String,
}

/// Runs a program that must succeed.
pub fn measure(command: &Command) -> Measured {
    let mut watched = Command::new("python3");
    watched.args(["-c", WATCH]).arg(command.get_program()).args(command.get_args());
    watched.env_clear();
    watched.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(path) = std::env::var_os("PATH") {
        watched.env("PATH", path);
    }
    let text = text_of(&mut watched);
    let (first, stdout) = text.split_once('\n').expect("a line of figures");
    let (seconds, peak) = first.split_once(' ').expect("two figures");
    let number = |text: &str| text.parse().expect("a figure");
    Measured { seconds: number(seconds), peak: number(peak), stdout: stdout.to_owned() }
}

/// The figures of one benchmark.
pub struct Figures(Table);

impl Figures {
    /// An empty table under a title.
    pub fn new(title: &str) -> Figures {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::ASCII_MARKDOWN).set_header([title, "figure", "goal", ""]);
        Figures(table)
    }

    /// A figure that is only shown: a reference, or a part of another one.
    pub fn note(&mut self, what: &str, figure: &str) {
        self.0.add_row([what, figure, "", ""]);
    }

    /// A figure that must stay below its goal.
    pub fn below(&mut self, what: &str, figure: f64, goal: f64, unit: &str) {
        self.judge(what, figure, &format!("< {goal} {unit}"), unit, figure < goal);
    }

    /// A figure that must reach its goal.
    pub fn at_least(&mut self, what: &str, figure: f64, goal: f64, unit: &str) {
        self.judge(what, figure, &format!(">= {goal} {unit}"), unit, figure >= goal);
    }

    fn judge(&mut self, what: &str, figure: f64, goal: &str, unit: &str, is_met: bool) {
        let verdict = if is_met { "met" } else { "MISSED" };
        self.0.add_row([what, &format!("{figure:.1} {unit}"), goal, verdict]);
    }

    /// Prints them.
    pub fn print(mut self) {
        if let Some(column) = self.0.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        println!("{}\n", self.0);
    }
}
