//! Rule files: places, slips of the finger, hostile bytes.

use super::{rule, rules};
use datamig::rule::{Body, Example, Scope};

#[test]
fn a_rule_knows_its_line_and_every_part() {
    let text = "# ages\n\n- rule: student_age_range\n  on: ids.students\n  expect: in_range(age, 5, 22)\n  \
                severity: warning\n  because: adult learners\n  examples: {pass: [{age: 5}, {age: null}], fail: [{age: 4}]}\n";
    let rules = rules(text).unwrap();
    let rule = &rules.rules[0];
    assert_eq!(rule.at.to_string(), "rules/p/validation/business.yaml:3");
    assert_eq!(rule.scope, Scope::On("ids.students".into()));
    assert_eq!(rule.body, Body::Expect("in_range(age, 5, 22)".into()));
    assert_eq!((rule.examples.pass.len(), rule.examples.fail.len()), (2, 1));
}

#[test]
fn examples_may_name_tables() {
    let text = "- rule: r\n  on: ids.a\n  violations: FROM ids.a AS this\n  severity: error\n  because: b\n  \
                examples:\n    pass: {ids.a: []}\n    fail: {ids.a: [{id: 1, on: true}], ids.b: []}\n";
    let rules = rules(text).unwrap();
    let Example::Tables(tables) = &rules.rules[0].examples.fail[0] else { panic!("tables expected") };
    assert_eq!(tables.len(), 2);
    assert_eq!(tables[0].1[0][1], ("on".to_owned(), Some("true".to_owned())));
}

#[test]
fn mistakes_name_file_line_and_the_nearest_word() {
    let good = rule("expect: age > 4");
    let cases = [
        (good.replace("severity", "severty"), "unknown key \"severty\"", ":4", "severity"),
        (good.replace("warning", "warnin"), "no severity is called", ":4", "warning"),
        (good.replace("  because: a test\n", ""), "no \"because\"", ":1", ""),
        (good.replace("fail:", "fial:"), "unknown key \"fial\"", ":6", "fail"),
        (good.replace("expect:", "when:"), "either expect or violations", ":1", ""),
        (good.replace("mine", "My-Rule"), "no rule name", ":1", ""),
        (good.replace("age > 4", "true"), "must be text", ":3", "quotes"),
        (good.clone() + "  severity: error\n", "not YAML", ":1", ""),
        ("\tx: 1".to_owned(), "not YAML", ":1", ""),
        ("rule: mine".to_owned(), "a rule file is a list", ":1", ""),
    ];
    for (text, message, line, hint) in cases {
        let error = rules(&text).unwrap_err();
        assert!(error.message.contains(message), "{error}\n{text}");
        assert!(error.at.as_ref().unwrap().to_string().ends_with(line), "{error}\n{text}");
        assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{error}");
    }
}

#[test]
fn windows_files_and_yaml_traps_are_read_as_written() {
    let text = format!("\u{feff}{}", rule("expect: \"state <> 'NO'\"").replace('\n', "\r\n"));
    assert_eq!(rules(&text).unwrap().rules[0].body, Body::Expect("state <> 'NO'".into()));
    let text = rule("expect: age > 4").replace("{age: 7}", "{a: NO, b: 1e3, c: 2024-01-02, d: '007'}");
    let Example::Tables(tables) = &rules(&text).unwrap().rules[0].examples.pass[0] else { panic!() };
    let values: Vec<_> = tables[0].1[0].iter().map(|(_, value)| value.clone().unwrap()).collect();
    assert_eq!(values, ["NO", "1000.0", "2024-01-02", "007"]);
}

#[test]
fn a_file_of_ten_megabytes_is_refused() {
    let error = rules(&" ".repeat(10 << 20)).unwrap_err();
    assert!(error.message.contains("larger than 1 MB"), "{error}");
}

#[test]
fn two_rules_with_one_name_are_refused_with_both_places() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("rules/p/validation");
    std::fs::create_dir_all(&folder).unwrap();
    let text = rule("expect: age > 4");
    std::fs::write(folder.join("business.yaml"), &text).unwrap();
    std::fs::write(folder.join("range.yaml"), format!("# again\n{text}")).unwrap();
    let error = datamig::rule::load(work.path(), "p").unwrap_err();
    assert_eq!(error.at.unwrap().to_string(), "rules/p/validation/range.yaml:2");
    assert_eq!(error.hint.as_deref(), Some("the other is at rules/p/validation/business.yaml:1"));
    std::fs::remove_file(folder.join("range.yaml")).unwrap();
    let waiver = "waivers: [{rule: mine, reason: r, who: w, until: tomorrow}]\n";
    std::fs::write(folder.join("settings.yaml"), waiver).unwrap();
    assert!(datamig::rule::load(work.path(), "p").unwrap_err().message.contains("until: YYYY-MM-DD"));
    for (settings, words) in [
        ("waivers: [{rule: mine, reason: r, who: ' ', until: 2030-01-01}]\n", "names nobody"),
        ("waivers: [{rule: mine, reason: '', who: w, until: 2030-01-01}]\n", "no reason"),
        ("waivers: [{rule: no_original, reason: r, who: w, until: 2030-01-01}]\n", "personal data"),
        ("waivers: [{rule: ids.t.a.no_twin, reason: r, who: w, until: 2030-01-01}]\n", "personal data"),
        ("waivers: [{rule: k_anonymous, reason: r, who: w, until: 2030-01-01}]\n", "personal data"),
        ("severity: {no_survivor: warning}\n", "personal data"),
        ("severity: {ids.t.no_survivor: info}\n", "personal data"),
    ] {
        std::fs::write(folder.join("settings.yaml"), settings).unwrap();
        let message = datamig::rule::load(work.path(), "p").unwrap_err().message;
        assert!(message.contains(words), "{settings}: {message}");
    }
}

#[test]
fn a_rule_file_that_would_never_be_read_is_refused() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("rules/p/validation");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("business.yml"), rule("expect: age > 4")).unwrap();
    let error = datamig::rule::load(work.path(), "p").unwrap_err();
    assert!(error.message.contains("ends in .yaml"), "{}", error.message);
    assert_eq!(error.at.unwrap().to_string(), "rules/p/validation/business.yml");
}
