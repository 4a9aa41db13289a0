//! The README's commands work, in its order, and write the rule it shows.

use crate::cli::{migrated, workspace};
use crate::support::repository;

#[test]
fn the_commands_of_the_readme_work() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("a README");
    let work = workspace("readme");
    migrated(&work);
    let mut count = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("the end of a block");
        for line in block.lines().filter_map(|line| line.strip_prefix("$ datamig ")) {
            // What stands between two quotes is one word.
            let parts = line.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
                0 => part.split_whitespace().collect(),
                _ => vec![part],
            });
            work.datamig_with("", &parts.collect::<Vec<_>>()).ok();
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} commands were found");
    let rule = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a rule");
    assert!(
        work.read("rules/district/validation/range.yaml").ends_with(rule),
        "`rules new` writes another rule"
    );
}
