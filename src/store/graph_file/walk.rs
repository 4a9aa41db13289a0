//! Chains of nodes, followed over many levels at once: what a request names, and what that leads to.

use super::read::Files;
use super::scan::Graph;
use crate::error::Result;
use crate::store::graph::filter::{Conditions, keys_of, texts_of};
use crate::store::{Filter, Read, Then};
use std::collections::{HashMap, HashSet};

/// The request with every chain as the keys of all nodes on it. A node that belongs to somebody whose rows are not
/// wanted ends its chain.
pub(super) fn walked<'a>(graph: &Graph, files: &Files, read: &Read<'a>) -> Result<Read<'a>> {
    let mut walked = read.clone();
    for filter in &mut walked.any {
        if let Filter::Chain { columns, then: Then::Relationships { name, is_forward }, keys } = filter {
            let begun = texts_of(keys)?;
            let found = reached(graph, files, read, name, *is_forward, &begun)?;
            *filter = Filter::Keys {
                columns: std::mem::take(columns),
                is_expression: false,
                keys: keys_of(found)?,
            };
        }
    }
    Ok(walked)
}

/// The keys of the nodes on the chains that begin at some.
fn reached(
    graph: &Graph,
    files: &Files,
    read: &Read<'_>,
    name: &str,
    is_forward: bool,
    begun: &HashSet<String>,
) -> Result<Vec<String>> {
    let whose = Conditions::new(&Read { any: Vec::new(), ..read.clone() })?;
    let is_ours = |node: u32| graph.table_of(node) == Some(&read.table.name);
    let mut leads: HashMap<u32, Vec<u32>> = HashMap::new();
    for one in graph.relationships.get(name).into_iter().flatten().filter(|one| !one.is_gone) {
        let (from, to) = if is_forward { (one.start, one.end) } else { (one.end, one.start) };
        if is_ours(from) && is_ours(to) {
            leads.entry(from).or_default().push(to);
        }
    }
    let key = |node: u32| graph.nodes[node as usize].key.as_deref().unwrap_or_default();
    let count = u32::try_from(graph.nodes.len()).unwrap_or(u32::MAX);
    let mut next: Vec<u32> = (0..count).filter(|node| is_ours(*node) && begun.contains(key(*node))).collect();
    let mut seen: HashSet<u32> = next.iter().copied().collect();
    let mut bytes = Vec::new();
    while let Some(node) = next.pop() {
        if whose.tenant_column().is_some() {
            files.line(graph.nodes[node as usize].place, &mut bytes)?;
            let line = files.parse(&bytes)?;
            if !whose.hold_tenant(&|column| line.properties.get(column).text().map(Into::into)) {
                continue;
            }
        }
        next.extend(leads.get(&node).into_iter().flatten().copied().filter(|to| seen.insert(*to)));
    }
    Ok(seen.into_iter().map(|node| key(node).to_owned()).collect())
}
