//! Slices without a run around them: one in-memory staging after the other.

use crate::support::Workdir;
use datamig::duck::Db;
use datamig::error::Result;
use datamig::phase::extract::{self, Request};
use datamig::project::Project;
use datamig::run::{FORMAT, Header, Run};
use datamig::secret::{Key, Keys};
use datamig::slice::part::Part;
use datamig::slice::{Plan, plan};
use datamig::store::{self, Source, introspect, url::StoreUrl};

/// What many cases share: a workspace, a run, and a database that is emptied for each.
pub struct Bench {
    pub workdir: Workdir,
    run: Run,
    pub db: Db,
    /// The part that is asked for.
    pub part: Option<Part>,
    /// A byte of the salt.
    pub salt: u8,
}

impl Bench {
    pub fn new() -> Bench {
        let workdir = Workdir::new("differential");
        let header = Header {
            format: FORMAT,
            version: String::new(),
            project: "random".into(),
            env: "test".into(),
            root_table: String::new(),
            root_key: String::new(),
            sample: None,
            token: String::new(),
        };
        let run = Run::create(&workdir.path(""), header).unwrap();
        let db = Db::open(&workdir.path("tmp"), false).unwrap();
        Bench { workdir, run, db, part: None, salt: 1 }
    }

    /// Slices the stores `s0`, `s1` ... at `urls` by this project.yaml, and calls `look` while staging is the
    /// current catalog.
    pub fn slice<T>(
        &self,
        yaml: &str,
        urls: &[String],
        root_key: &str,
        look: impl FnOnce(&Plan<'_>, Result<()>) -> T,
    ) -> T {
        self.workdir.write("rules/random/project.yaml", yaml);
        let project = Project::load(&self.workdir.path(""), "random").unwrap();
        let open = |(at, url): (usize, &String)| -> (String, Box<dyn Source>) {
            let mut url = StoreUrl::parse(url, &self.workdir.path("")).unwrap();
            url.options.node_keys = project.node_keys(&format!("s{at}")).into_iter().collect();
            (format!("s{at}"), store::open_source(&url).unwrap())
        };
        let sources: Vec<(String, Box<dyn Source>)> = urls.iter().enumerate().map(open).collect();
        let named: Vec<_> = sources.iter().map(|(name, source)| (name.as_str(), source.as_ref())).collect();
        let mut catalog = introspect::introspect(&named).unwrap();
        project.complete(&mut catalog).unwrap();
        let plan = plan::build(&catalog, &project, root_key).unwrap();
        let request = Request {
            run: &self.run,
            project: &project,
            keys: &Keys { salt: Key::from_bytes([self.salt; 32]), file: Key::random() },
            sources: &sources,
            catalog: &catalog,
            unread: &|_, _| false,
            sample: self.part.as_ref(),
            jobs: 1,
            events: &self.run.events().unwrap(),
        };
        self.db.run("SET threads = 1; ATTACH ':memory:' AS staging; USE staging").unwrap();
        self.db.run(&format!("CREATE SCHEMA meta; {}", datamig::sql::get("meta/snapshot.sql"))).unwrap();
        let done = extract::slice(&request, &plan, &self.db).map(|_| ());
        let seen = look(&plan, done);
        self.db.run("USE memory; DETACH staging").unwrap();
        seen
    }
}
