//! What DuckDB writes as JSON, made JSON.

use std::borrow::Cow;

/// DuckDB writes NaN and Infinity as they are; JSON has no such numbers, so they become texts.
pub(super) fn finite(json: &str) -> Cow<'_, str> {
    if !json.contains("NaN") && !json.contains("Infinity") {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 16);
    let mut is_quoted = false;
    let mut rest = json;
    while let Some(letter) = rest.chars().next() {
        let word =
            ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| !is_quoted && rest.starts_with(word));
        let length = match (letter, word) {
            (_, Some(word)) => {
                text += &format!("\"{word}\"");
                rest = &rest[word.len()..];
                continue;
            }
            ('\\', _) => 2,
            _ => letter.len_utf8(),
        };
        is_quoted ^= letter == '"';
        text += &rest[..length];
        rest = &rest[length..];
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_does_not_know_become_texts() {
        let json = r#"{"a":NaN,"b":[-Infinity,1],"NaN":"\"Infinity\\","c":Infinity}"#;
        let wanted = r#"{"a":"NaN","b":["-Infinity",1],"NaN":"\"Infinity\\","c":"Infinity"}"#;
        assert_eq!(finite(json), wanted);
        assert!(matches!(finite("{}"), Cow::Borrowed(_)));
    }
}
