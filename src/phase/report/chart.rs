//! Charts as inline SVG: horizontal bars, each a row with its label and value. Colours come from the page's
//! style, so that they follow light and dark.

use super::html::escape;
use std::fmt::Write;

/// One bar: its label, its parts (class and size), and the words at its end.
pub struct Bar {
    /// What it is about.
    pub label: String,
    /// Parts from left to right: a class of the style and a size, in any unit.
    pub parts: Vec<(&'static str, f64)>,
    /// What is written at its end.
    pub value: String,
}

const WIDTH: f64 = 720.0;
const LABEL: f64 = 120.0;
const VALUE: f64 = 170.0;
const ROW: f64 = 30.0;

/// Draws bars below each other, the longest as long as there is room.
pub fn bars(title: &str, bars: &[Bar]) -> String {
    let size = |bar: &Bar| bar.parts.iter().map(|(_, size)| size).sum::<f64>();
    let longest = bars.iter().map(size).fold(f64::MIN_POSITIVE, f64::max);
    let height = ROW * bars.len() as f64;
    let mut out = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {height}\" class=\"chart\">\n",
        escape(title)
    );
    for (at, bar) in bars.iter().enumerate() {
        let y = ROW * at as f64;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" class=\"label\" text-anchor=\"end\">{}</text>",
            LABEL - 10.0,
            y + 19.0,
            escape(&bar.label)
        );
        let mut x = LABEL;
        for (class, size) in &bar.parts {
            let width = size / longest * (WIDTH - LABEL - VALUE);
            // What is there is seen, however small.
            let width = if *size > 0.0 { width.max(2.0) } else { 0.0 };
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" class=\"{class}\"/>",
                y + 5.0
            );
            x += width;
        }
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" class=\"value\">{}</text>",
            x + 8.0,
            y + 19.0,
            escape(&bar.value)
        );
    }
    out + "</svg>\n"
}
