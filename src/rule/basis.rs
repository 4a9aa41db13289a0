//! What a verdict rests on besides the rows, as it stands now: the files of rules, waivers, policy and
//! macros, and the schema of the target. Validation signs it; a load that finds anything else is refused.

use crate::duck::Db;
use crate::error::{Error, Result};
use crate::sql::{self, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Digests, in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    rules: String,
    waivers: String,
    policy: String,
    macros: String,
    target: String,
}

impl Basis {
    /// Reads the files of a project and, in the current catalog's `meta`, what the target was found to be.
    pub fn read(db: &Db, workspace: &Path, project: &str) -> Result<Basis> {
        let files = |folder: &str, ending| sql::list(workspace, folder, ending);
        let (settings, rules): (Vec<Text>, Vec<Text>) =
            files(&format!("rules/{project}/validation"), "yaml")?
                .into_iter()
                .partition(|text| text.path.ends_with("settings.yaml"));
        let policy = sql::find(workspace, &format!("rules/{project}/anonymize.yaml"))?;
        let mut macros = Vec::new();
        for folder in ["macros/check", "macros/table", "macros/mask", &format!("macros/{project}")] {
            macros.extend(files(folder, "sql")?);
        }
        Ok(Basis {
            rules: digest(&rules),
            waivers: digest(&settings),
            policy: digest(policy.as_slice()),
            macros: digest(&macros),
            target: db.one(sql::get("rule/target.sql"), [])?,
        })
    }

    /// Refuses what is not what was signed in the current catalog.
    pub fn check(&self, db: &Db) -> Result<()> {
        let signed =
            db.rows("SELECT basis FROM meta.validation", [], |row| row.get::<_, Option<String>>(0))?;
        let signed = signed.into_iter().flatten().next().and_then(|text| serde_json::from_str(&text).ok());
        let changed = match signed {
            None => "nobody signed what the verdict rests on".to_owned(),
            Some(signed) => match self.first_change(&signed) {
                None => return Ok(()),
                Some(what) => format!("{what} changed since validation"),
            },
        };
        Err(Error::refused(changed).hint("run `datamig validate` again"))
    }

    fn first_change(&self, signed: &Basis) -> Option<&'static str> {
        let pairs = [
            ("the rules", &self.rules, &signed.rules),
            ("the waivers and settings", &self.waivers, &signed.waivers),
            ("the policy", &self.policy, &signed.policy),
            ("the macros", &self.macros, &signed.macros),
            ("the schema of CERT", &self.target, &signed.target),
        ];
        pairs.into_iter().find(|(_, now, signed)| now != signed).map(|(what, ..)| what)
    }
}

impl std::fmt::Display for Basis {
    /// One line of JSON: what `meta.validation` keeps.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", serde_json::json!(self))
    }
}

fn digest(texts: &[Text]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        let path = text.path.to_string_lossy();
        for part in [path.as_bytes(), text.text.as_bytes()] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
