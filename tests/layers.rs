//! Who may import whom: the layers of the design, read off the sources. Within `src/` a module is
//! reached as `crate::<module>`, so these paths are all there is to look at.

use crate::house::{code, sources};
use regex::Regex;
use std::collections::BTreeSet;

/// The modules of each layer, lowest first.
const LAYERS: [&[&str]; 6] = [
    &["error", "name", "secret", "sql", "threads"],
    &["catalog"],
    &["duck", "store", "project"],
    &["rule", "slice", "run"],
    &["phase"],
    &["cli", "repl"],
];

/// The layer of a module. A new module needs a place in the table above.
fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// Whether `from` may name `to`: lower layers, itself, anything in the lowest and the highest layer.
fn may_import(from: &str, to: &str) -> bool {
    match (layer(from), layer(to)) {
        (Some(from_layer), Some(to_layer)) => {
            from == to || to_layer < from_layer || (from_layer == to_layer && [0, 5].contains(&from_layer))
        }
        _ => false,
    }
}

/// The paths below `crate::` that a text names, as `module` or `module::part`; groups are taken apart.
fn imports(text: &str) -> BTreeSet<String> {
    let one = Regex::new(r"\bcrate::(\w+(?:::\w+)?)").expect("a pattern");
    let group = Regex::new(r"\bcrate::\{").expect("a pattern");
    let mut found: BTreeSet<String> = one.captures_iter(text).map(|path| path[1].to_owned()).collect();
    for start in group.find_iter(text) {
        let mut depth = 1;
        let mut item = String::new();
        for letter in text[start.end()..].chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && letter == ',') {
                found.insert(item.trim().split("::").take(2).collect::<Vec<_>>().join("::"));
                item.clear();
            } else {
                item.push(letter);
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.remove("");
    found
}

/// The forbidden edges of one file: `path` is relative to `src`.
fn violations(path: &str, text: &str, phases: &BTreeSet<String>) -> Vec<String> {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let (module, part) = (parts[0], parts.get(1).copied().unwrap_or("mod"));
    if ["main", "lib", "build"].contains(&module) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let mut named = imports(text);
    if module == "phase" && parts.len() == 2 {
        let sibling = Regex::new(r"\bsuper::(\w+)").expect("a pattern");
        named.extend(sibling.captures_iter(text).map(|path| format!("phase::{}", &path[1])));
    }
    for name in named {
        let (to, inner) = name.split_once("::").unwrap_or((&name, ""));
        let between_phases = module == "phase" && to == "phase" && part != "mod" && inner != part;
        if !may_import(module, to) || (between_phases && phases.contains(inner)) {
            wrong.push(format!("src/{path} names crate::{name}"));
        }
    }
    wrong
}

#[test]
fn modules_import_only_what_their_layer_may() {
    let sources = sources("src");
    let phases = sources
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("src/phase/"))
        .map(|path| path.trim_end_matches(".rs").split('/').next().unwrap_or_default().to_owned())
        .filter(|name| name != "mod")
        .collect();
    let wrong: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| violations(path.trim_start_matches("src/"), &code(text), &phases))
        .collect();
    assert!(wrong.is_empty(), "forbidden by the layers of the design:\n{}", wrong.join("\n"));
}

#[test]
fn forbidden_edges_are_found() {
    let phases = BTreeSet::from(["load".to_owned(), "verify".to_owned()]);
    for (path, text) in [
        ("duck/mod.rs", "use crate::store::Source;"),
        ("store/url.rs", "use crate::{error::Error, duck::Db};"),
        ("catalog/mod.rs", "fn f() { crate::duck::open() }"),
        ("rule/mod.rs", "use crate::phase::load;"),
        ("slice/mod.rs", "use crate::run::Run;"),
        ("phase/load.rs", "use crate::phase::verify::check;"),
        ("phase/load/rows.rs", "use crate::phase::verify::check;"),
        ("phase/load.rs", "use super::verify;"),
        ("error.rs", "use crate::catalog::Table;"),
        ("newcomer.rs", "use crate::error::Error;"),
    ] {
        assert_eq!(violations(path, text, &phases).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("store/url.rs", "use crate::{error::{Error, Result}, catalog};"),
        ("phase/load.rs", "use crate::phase::load::rows; use super::Progress;"),
        ("secret.rs", "use crate::error::Error;"),
        ("repl/mod.rs", "use crate::cli::output; use crate::phase::verify;"),
        ("main.rs", "use crate::anything;"),
    ] {
        assert_eq!(violations(path, text, &phases), Vec::<String>::new(), "{path}: {text}");
    }
}
