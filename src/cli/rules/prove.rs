//! `datamig rules prove`: every check can fail, and every rule's examples hold it.

use super::{Global, bench, load, output, unknown};
use crate::cli::words;
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::rule::expand::{self, Check};
use crate::rule::mutant::{self, Mutants};
use crate::rule::prove::{Proof, Prover};
use crate::rule::{Rule, Rules, proof};
use crate::run::{Run, RunFile, keys};
use serde_json::json;
use std::time::Instant;

/// The share of mutants that examples must kill.
const KILLED_MIN: f64 = 0.95;

/// Make every check fail by one small change of the newest run, undone at once, and change every rule a
/// little to see whether its examples notice
#[derive(clap::Args)]
pub struct Prove {
    /// A rule, or one check by its id
    id: Option<String>,
}

impl Prove {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let begun = Instant::now();
        let rules = load(global)?;
        let run = global
            .run_or_newest(None, |run| run.header.project == global.project && run.has(RunFile::Run))?;
        let copy = Copy::of(&run, global)?;
        let checks = self.checks(&copy.db, &rules)?;
        let proof = copy.prove(&run, &rules, &checks)?;
        let (bench, _) = bench::open(global)?;
        let is_meant = |rule: &&Rule| self.id.is_none() || checks.iter().any(|check| check.rule == rule.id);
        let mut mutants = Mutants::default();
        for rule in rules.rules.iter().filter(is_meant) {
            mutants.add(mutant::run(&bench, rule)?);
        }
        if self.id.is_none() {
            let text =
                serde_json::to_string_pretty(&proof).map_err(|_| Error::internal("a proof is not JSON"))?;
            keys::replace_file(&run.dir.join("proof.json"), &(text + "\n"), 0o600)?;
        }
        report(global, &run, &proof, &mutants, begun.elapsed().as_secs_f64())
    }

    fn checks(&self, db: &Db, rules: &Rules) -> Result<Vec<Check>> {
        expand::expand(db, rules)?;
        let all = expand::all(db)?;
        let Some(id) = &self.id else { return Ok(all) };
        let known: Vec<String> =
            all.iter().flat_map(|check| [check.rule.clone(), check.id.clone()]).collect();
        let meant: Vec<Check> =
            all.into_iter().filter(|check| check.id == *id || check.rule == *id).collect();
        match meant.is_empty() {
            true => Err(unknown(id, known.iter().map(String::as_str))),
            false => Ok(meant),
        }
    }
}

/// A copy of a run file, open, that goes when this does.
struct Copy {
    db: Db,
    file: std::path::PathBuf,
}

impl Copy {
    fn of(run: &Run, global: &Global) -> Result<Copy> {
        let folder = run.dir.join("tmp");
        std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
        let file = folder.join(format!("proof-{}.duckdb", std::process::id()));
        let from = run.file(RunFile::Run);
        std::fs::copy(&from, &file).map_err(|cause| Error::file(&from, &cause))?;
        keys::restrict(&file, 0o600)?;
        let copy = Copy { db: run.db()?, file };
        copy.db.attach("run", &copy.file, None, Access::Write)?;
        if run.has(RunFile::Staging) {
            run.attach(&copy.db, RunFile::Staging, &global.variables()?.keys()?, Access::Read)?;
        }
        copy.db.use_catalog("run")?;
        if run.has(RunFile::Staging) {
            proof::prepare(&copy.db)?;
        }
        copy.db.cage(None)?;
        Ok(copy)
    }

    fn prove(&self, run: &Run, rules: &Rules, checks: &[Check]) -> Result<Proof> {
        let known: Proof = std::fs::read_to_string(run.dir.join("proof.json"))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let prover = Prover::new(&self.db, &rules.rules)?;
        let mut proof = Proof::default();
        for check in checks {
            let known = known.witnesses.iter().find(|known| known.check == check.id);
            match prover.prove(check, known)? {
                Ok(witness) => proof.witnesses.push(witness),
                Err(stuck) => proof.stuck.push(stuck),
            }
        }
        Ok(proof)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What stays is as anonymous as the run itself.
        let _ = self.db.use_catalog("memory").and_then(|()| self.db.detach("run"));
        let _ = std::fs::remove_file(&self.file);
        let _ = std::fs::remove_file(self.file.with_extension("duckdb.wal"));
    }
}

fn report(global: &Global, run: &Run, proof: &Proof, mutants: &Mutants, seconds: f64) -> Result<()> {
    let (can, cannot) = (proof.witnesses.len(), proof.stuck.len());
    if global.json {
        output::json(&json!({
            "run_id": run.id, "checks": can + cannot, "can_fail": can, "stuck": proof.stuck,
            "mutants": mutants, "seconds": seconds,
        }))?;
    } else {
        let mut text = String::new();
        for stuck in &proof.stuck {
            text += &format!("cannot fail: {} ({})\n  {}\n", stuck.check, stuck.at, stuck.why);
        }
        for one in &mutants.survivors {
            text += &format!("survives: {} ({}): {}\n  {}\n", one.rule, one.at, one.change, one.sql);
        }
        output::stdout(text.as_bytes())?;
    }
    let share = mutants.killed as f64 / mutants.tried.max(1) as f64;
    let words = format!(
        "{can} of {} checks of {} can fail; examples kill {} of {} mutants ({:.1} %); {}",
        can + cannot,
        run.id,
        mutants.killed,
        mutants.tried,
        share * 100.0,
        words::duration(seconds)
    );
    match cannot == 0 && (share >= KILLED_MIN || mutants.tried == 0) {
        true => {
            words::note(global, &words);
            Ok(())
        }
        false => {
            Err(Error::findings(words).hint("strengthen the examples, correct or remove the checks above"))
        }
    }
}
