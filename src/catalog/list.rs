//! How a column that holds many keys is taken apart: SQL over its text.

use super::ListFormat;
use crate::sql;

impl ListFormat {
    /// The members of the list whose text is `text`, each as it stands there.
    pub fn parts(self, text: &str) -> String {
        match self {
            ListFormat::Comma => format!("string_split({text}, ',')"),
            ListFormat::Json => format!("json_extract({text}, '$[*]')"),
            ListFormat::Array => body("array_parts").replace("$list", text),
        }
    }

    /// The value, as text, of the member that is called `part`.
    pub fn member(self) -> String {
        match self {
            ListFormat::Comma => "trim(part)".to_owned(),
            ListFormat::Json => "json_extract_string(part, '$')".to_owned(),
            ListFormat::Array => body("array_member"),
        }
    }

    /// The values of all members, as a list of texts. What is no list has none: every row is looked through, and
    /// one of another tenant may hold anything.
    pub fn members(self, text: &str) -> String {
        match self {
            ListFormat::Json => format!("from_json(TRY_CAST({text} AS JSON), '[\"VARCHAR\"]')"),
            _ => format!("list_transform({}, lambda part: {})", self.parts(text), self.member()),
        }
    }
}

/// A text of `sql/catalog` on one line, without its comment: it may come to stand in a comment itself.
fn body(name: &str) -> String {
    let text = sql::get(&format!("catalog/{name}.sql"));
    let lines = text.lines().filter(|line| !line.starts_with("--")).map(str::trim);
    lines.collect::<Vec<_>>().join(" ")
}
