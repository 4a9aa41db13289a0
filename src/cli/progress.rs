//! Progress on stderr: on a terminal one line per phase with a bar, rows, rate and time left; else plain
//! lines, one when a phase begins and one when it ends, with `--verbose` also one for every decision.

use super::{Global, words};
use crate::run::event::{Event, Happening, Listener, Phase};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

const KNOWN: &str =
    "  {prefix:<10} {bar:24} {human_pos:>9} of {human_len} {msg:.dim} {per_sec:.dim} {eta:>4} left";
const UNKNOWN: &str = "  {prefix:<10} {spinner} {human_pos:>9} {msg:.dim} {per_sec:.dim}";
const DONE: &str = "  {prefix:<10} {msg}";

/// Shows the events of a run as they happen.
pub fn listener(global: &Global) -> Listener {
    if global.quiet {
        return Box::new(|_| {});
    }
    let is_verbose = global.verbose;
    if !std::io::stderr().is_terminal() || global.json || is_verbose {
        return Box::new(move |event| plain(event, is_verbose));
    }
    let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let bars: Mutex<HashMap<&'static str, ProgressBar>> = Mutex::default();
    Box::new(move |event| {
        let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
        draw(&lines, &mut bars, &event.happening);
    })
}

fn plain(event: &Event, is_verbose: bool) {
    match &event.happening {
        Happening::Decision { phase, decision, context } if is_verbose => {
            words::line(&format!("  {}: {decision}: {context}", phase.word()));
        }
        Happening::PhaseStarted { phase } if *phase != Phase::Preflight => {
            words::line(&format!("{}...", phase.word()));
        }
        Happening::PhaseFinished { phase, seconds, summary, .. } if *phase != Phase::Preflight => {
            words::line(&format!("{} took {}: {summary}", phase.word(), words::duration(*seconds)));
        }
        _ => {}
    }
}

fn draw(lines: &MultiProgress, bars: &mut HashMap<&'static str, ProgressBar>, happening: &Happening) {
    match happening {
        Happening::PhaseStarted { phase } => {
            let bar =
                lines.add(ProgressBar::new_spinner().with_style(style(UNKNOWN)).with_prefix(phase.word()));
            bar.tick();
            bars.insert(phase.word(), bar);
        }
        Happening::Progress { phase, done, total, unit, what } => {
            let Some(bar) = bars.get(phase.word()) else { return };
            if let (Some(total), None) = (total, bar.length()) {
                bar.set_length(*total);
                bar.set_style(style(KNOWN));
            }
            bar.set_message(format!("{unit} {what}"));
            bar.set_position(*done);
        }
        Happening::PhaseFinished { phase, seconds, summary, .. } => {
            let Some(bar) = bars.remove(phase.word()) else { return };
            if *phase == Phase::Preflight {
                return bar.finish_and_clear();
            }
            bar.set_style(style(DONE));
            bar.finish_with_message(format!("{:>8}  {summary}", words::duration(*seconds)));
        }
        Happening::PhaseFailed { phase, .. } => {
            let Some(bar) = bars.remove(phase.word()) else { return };
            bar.set_style(style(DONE));
            bar.abandon_with_message("failed");
        }
        _ => {}
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
