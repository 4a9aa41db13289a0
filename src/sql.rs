//! The texts of `sql/`, `macros/` and `rules/`: embedded in the binary, each overridable by the file of
//! the same path in the workspace.

pub mod statement;

use crate::error::{Error, Result};
use include_dir::{Dir, include_dir};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

static SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");
static MACROS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/macros");
static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// One text and where it comes from.
pub struct Text {
    /// The path from the workspace: `rules/district/project.yaml`.
    pub path: PathBuf,
    /// What is in it.
    pub text: Cow<'static, str>,
}

/// The embedded text at `sql/<name>`. Only for texts the program itself cannot work without.
pub fn get(name: &str) -> &'static str {
    match SQL.get_file(name).and_then(|file| file.contents_utf8()) {
        Some(text) => text,
        None => panic!("sql/{name} is not embedded"),
    }
}

/// The text at `path` (`rules/...`, `sql/...`, `macros/...`): the workspace's, else the embedded one.
pub fn find(workspace: &Path, path: &str) -> Result<Option<Text>> {
    match std::fs::read_to_string(workspace.join(path)) {
        Ok(text) => return Ok(Some(Text { path: path.into(), text: text.into() })),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::file(&workspace.join(path), &cause)),
    }
    Ok(shipped(path).map(|text| Text { path: path.into(), text: text.into() }))
}

fn shipped(path: &str) -> Option<&'static str> {
    let (top, rest) = path.split_once('/')?;
    embedded(top)?.get_file(rest)?.contents_utf8()
}

impl Text {
    /// Whether the program itself brings it along.
    pub fn is_shipped(&self) -> bool {
        self.path.to_str().and_then(shipped).is_some_and(|text| text == self.text)
    }
}

/// All texts directly in the folder `path` whose name ends in `.ending`, by name: the workspace's and
/// the embedded ones, the workspace's first where both have one.
pub fn list(workspace: &Path, path: &str, ending: &str) -> Result<Vec<Text>> {
    let mut names = std::collections::BTreeSet::new();
    if let Ok(entries) = std::fs::read_dir(workspace.join(path)) {
        names.extend(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    let (top, rest) = path.split_once('/').unwrap_or((path, ""));
    if let Some(dir) =
        embedded(top).and_then(|dir| if rest.is_empty() { Some(dir) } else { dir.get_dir(rest) })
    {
        names.extend(
            dir.files().filter_map(|file| Some(file.path().file_name()?.to_string_lossy().into_owned())),
        );
    }
    let suffix = format!(".{ending}");
    let mut texts = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(&suffix)) {
        texts.extend(find(workspace, &format!("{path}/{name}"))?);
    }
    Ok(texts)
}

/// The names of the folders in the folder `path`, embedded ones too.
pub fn folders(workspace: &Path, path: &str) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    let here = std::fs::read_dir(workspace.join(path)).into_iter().flatten().flatten();
    names.extend(here.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()));
    names.extend(
        embedded(path).into_iter().flat_map(Dir::dirs).filter_map(|dir| Some(dir.path().file_name()?.into())),
    );
    names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect()
}

fn embedded(top: &str) -> Option<&'static Dir<'static>> {
    match top {
        "sql" => Some(&SQL),
        "macros" => Some(&MACROS),
        "rules" => Some(&RULES),
        _ => None,
    }
}

/// Whether the program itself brings a macro of this name along for rules: each has a file of its name.
pub fn is_shipped_macro(name: &str) -> bool {
    let file = |folder: &str| MACROS.get_file(format!("{folder}/{name}.sql"));
    ["check", "table"].into_iter().any(|folder| file(folder).is_some())
}

/// The names of the embedded texts in `sql/<folder>`, in order, as [`get`] takes them.
pub fn names(folder: &str) -> impl Iterator<Item = String> {
    let mut names: Vec<String> = SQL
        .get_dir(folder)
        .into_iter()
        .flat_map(|dir| dir.files())
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "sql"))
        .map(|file| file.path().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.into_iter()
}
