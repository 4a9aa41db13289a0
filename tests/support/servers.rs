//! Both sides of the district on real servers: four PostgreSQL databases and a Neo4j each.

use super::{Workdir, neo4j, postgres};
use std::collections::BTreeMap;

/// A workspace whose environment `postgres` is connected to fresh databases and empty graphs.
pub struct Servers {
    /// The workspace.
    pub workdir: Workdir,
    /// The URL of each database: `prod_ids`.
    pub urls: BTreeMap<String, String>,
    /// The graph of PROD.
    pub prod: neo4j::Graph,
    /// The graph of CERT.
    pub cert: neo4j::Graph,
}

impl Servers {
    /// Makes the databases and empties the graphs.
    pub fn new(name: &str) -> Servers {
        let (prod, cert) = neo4j::two();
        let mut workdir = Workdir::new(name);
        let mut urls = BTreeMap::new();
        for (side, graph) in [("PROD", &prod), ("CERT", &cert)] {
            for store in ["IDS", "HCP1", "HCP2", "ADB"] {
                let path = format!("{side}_{store}").to_lowercase();
                let url = postgres::database(&format!("{name}_{path}").replace('-', "_"));
                let (account, place) = url.split_once("://").unwrap().1.rsplit_once('@').unwrap();
                let (user, password) = account.split_once(':').unwrap();
                let (host, database) = place.split_once('/').unwrap();
                let (host, port) = host.split_once(':').unwrap();
                let values = [
                    ("USER", user),
                    ("PASSWORD", password),
                    ("HOST", host),
                    ("PORT", port),
                    ("DATABASE", database),
                ];
                for (variable, value) in values {
                    workdir.set(&format!("{side}_{store}_{variable}"), value);
                }
                urls.insert(path, url);
            }
            let (account, place) = graph.url().split_once("://").unwrap().1.rsplit_once('@').unwrap();
            let (user, password) = account.split_once(':').unwrap();
            workdir.set(&format!("NEO4J_{side}_URI"), format!("bolt://{place}"));
            workdir.set(&format!("NEO4J_{side}_USER"), user);
            workdir.set(&format!("NEO4J_{side}_PASSWORD"), password);
        }
        Servers { workdir, urls, prod, cert }
    }

    /// The canonical dump of CERT: every row of every database, and the graph; without our own notes of runs.
    pub fn dump_cert(&self) -> Vec<String> {
        let databases = self.urls.iter().filter(|(path, _)| path.starts_with("cert"));
        let dumps = databases.map(|(_, url)| postgres::dump(url)).chain([self.cert.dump()]);
        let theirs = |dump: String| {
            let lines = dump.lines().filter(|line| !line.starts_with("datamig_load"));
            lines.collect::<Vec<_>>().join("\n")
        };
        dumps.map(theirs).collect()
    }
}
