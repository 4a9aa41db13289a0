//! The README's commands work, in its order, and its rule is a rule.

use crate::cli::{migrated, workspace};
use crate::support::repository;

#[test]
fn the_commands_of_the_readme_work() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("a README");
    let work = workspace("readme");
    migrated(&work);
    let rule = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a rule");
    let range = include_str!("../rules/district/validation/range.yaml");
    work.write("rules/district/validation/range.yaml", format!("{range}\n{rule}"));
    let mut count = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("the end of a block");
        for line in block.lines().filter_map(|line| line.strip_prefix("$ datamig ")) {
            let (words, sql) =
                line.split_once(" -c \"").map_or((line, None), |(words, rest)| (words, Some(rest)));
            let more: Vec<&str> = sql.map_or(Vec::new(), |rest| {
                let (sql, after) = rest.split_once('"').expect("a closing quote");
                ["-c", sql].into_iter().chain(after.split_whitespace()).collect()
            });
            work.datamig_with(words, &more).ok();
            count += 1;
        }
    }
    assert!(count >= 9, "only {count} commands were found");
}
