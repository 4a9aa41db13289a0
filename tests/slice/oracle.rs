//! What a slice is, as the rules of "What belongs to a slice" say it: sets of rows that grow until nothing
//! new comes. Naive on purpose, over plain rows, and without a line of the slicing code.

use super::model::{Case, Cell, Kind};
use std::collections::BTreeSet;

/// A row: table and position.
type At = (usize, usize);
type Rows = BTreeSet<At>;

/// What belongs to the root.
pub struct Slice {
    /// The rows that are in.
    pub rows: Rows,
    /// Cells that are emptied: table, row, column.
    pub nulls: BTreeSet<(usize, usize, usize)>,
    /// Members that are taken out of lists: table, row, column, member.
    pub lost: BTreeSet<(usize, usize, usize, String)>,
    /// Rows that came by the root or *down*, also those that were left out later.
    down: Rows,
    whole: Rows,
    expanded: Rows,
}

/// One step of a walk: a row, the position of a reference, a row it names.
struct Step {
    child: At,
    by: usize,
    parent: At,
}

/// The case with every reference of every row looked up.
pub struct World<'a> {
    case: &'a Case,
    steps: Vec<Step>,
    root: At,
}

impl<'a> World<'a> {
    pub fn new(case: &'a Case) -> World<'a> {
        let mut steps = Vec::new();
        for (by, reference) in case.references.iter().enumerate().filter(|(_, reference)| reference.up) {
            for row in 0..case.tables[reference.child].rows.len() {
                let named = case.named(by, row).into_iter();
                steps.extend(named.map(|parent| Step {
                    child: (reference.child, row),
                    by,
                    parent: (reference.parent, parent),
                }));
            }
        }
        let is_root = |row: &Vec<Cell>| row[case.root_column].as_ref() == Some(&case.root_key);
        let root = (0, case.tables[0].rows.iter().position(is_root).unwrap());
        World { case, steps, root }
    }

    /// Whose a row says it is: `Some(true)` is ours, `None` that it does not say.
    fn says(&self, (table, row): At) -> Option<bool> {
        let of = &self.case.tables[table];
        let column = if table == 0 { Some(self.case.root_column) } else { of.tenant };
        let value = of.rows[row][column.filter(|_| self.case.tenant)?].as_ref()?;
        Some(*value == self.case.root_key)
    }

    fn all(&self) -> impl Iterator<Item = At> {
        let tables = self.case.tables.iter().enumerate();
        tables.flat_map(|(at, table)| (0..table.rows.len()).map(move |row| (at, row)))
    }

    /// Rules 1 and 2: the root, rows that say they are ours, and what references what descends.
    fn down(&self, expanded: &Rows) -> Rows {
        let mut down: Rows = self.all().filter(|at| self.says(*at) == Some(true)).collect();
        down.insert(self.root);
        grow(&mut down, |down| {
            let walked = self.steps.iter().filter(|step| self.case.references[step.by].down);
            walked
                .filter(|step| down.contains(&step.parent) || expanded.contains(&step.parent))
                .map(|step| step.child)
                .filter(|child| self.says(*child) != Some(false))
                .collect()
        });
        down
    }

    /// Rule 4: rows that say whose they are, or that came down, or whose own parents decide.
    fn foreign(&self, down: &Rows, whole: &Rows) -> Rows {
        let is_open = |at: &At| self.says(*at).is_none() && !down.contains(at) && !whole.contains(at);
        let both = || {
            let walked = self.steps.iter().filter(|step| self.case.references[step.by].down);
            walked.filter(|step| is_open(&step.child))
        };
        let mut ours = down.clone();
        grow(&mut ours, |ours| {
            both().filter(|step| ours.contains(&step.parent)).map(|step| step.child).collect()
        });
        let mut foreign: Rows = self.all().filter(|at| self.says(*at) == Some(false)).collect();
        grow(&mut foreign, |foreign| {
            both()
                .filter(|step| foreign.contains(&step.parent) && !ours.contains(&step.child))
                .map(|step| step.child)
                .collect()
        });
        foreign
    }

    /// Rule 3 from some rows, by the steps that are taken.
    fn up(&self, from: &Rows, is_taken: impl Fn(&Step) -> bool) -> Rows {
        let mut rows = from.clone();
        grow(&mut rows, |rows| {
            let walked = self.steps.iter().filter(|step| rows.contains(&step.child) && is_taken(step));
            walked.map(|step| step.parent).collect()
        });
        rows
    }

    /// The slice; `None` when the root itself would have to be left out.
    pub fn slice(&self) -> Option<Slice> {
        let whole: Rows =
            self.all().filter(|at| self.case.tables[at.0].whole && self.says(*at) != Some(false)).collect();
        let mut expanded = Rows::new();
        let (down, foreign) = loop {
            let down = self.down(&expanded);
            let foreign = self.foreign(&down, &whole);
            let is_taken =
                |step: &Step| !foreign.contains(&step.parent) || self.case.references[step.by].take;
            let mut more = self.up(&down.union(&whole).copied().collect(), is_taken);
            more.retain(|at| self.case.tables[at.0].expand && !foreign.contains(at));
            if more.is_subset(&expanded) {
                break (down, foreign);
            }
            expanded.append(&mut more);
        };
        let (mut removed, mut nulls, mut lost) = (Rows::new(), BTreeSet::new(), BTreeSet::new());
        let rows = loop {
            let is_null = |step: &Step| self.is_cut(step, &nulls, &lost);
            let is_broken = |step: &Step| {
                let is_foreign = foreign.contains(&step.parent) && !self.case.references[step.by].take;
                is_foreign || removed.contains(&step.parent)
            };
            let from = down.union(&whole).filter(|at| !removed.contains(at)).copied().collect();
            let rows = self.up(&from, |step| !is_null(step) && !is_broken(step));
            let broken: Vec<&Step> = self
                .steps
                .iter()
                .filter(|step| rows.contains(&step.child) && !is_null(step) && is_broken(step))
                .collect();
            if broken.is_empty() {
                break rows;
            }
            let (mut fresh, mut members) = (Vec::new(), Vec::new());
            for step in broken {
                match self.clears(step.by) {
                    _ if self.is_short(step.by) => members.push(self.member(step)),
                    columns if columns.is_empty() => {
                        removed.insert(step.child);
                    }
                    columns => fresh.extend(columns.iter().map(|at| (step.child.0, step.child.1, *at))),
                }
            }
            nulls.extend(fresh);
            lost.extend(members);
        };
        nulls.retain(|(table, row, _)| rows.contains(&(*table, *row)));
        rows.contains(&self.root).then_some(Slice { rows, nulls, lost, down, whole, expanded })
    }

    /// Whether a cut takes a member out of a list.
    fn is_short(&self, by: usize) -> bool {
        let reference = &self.case.references[by];
        let is_unique = self.case.tables[reference.parent].group.is_none_or(|group| reference.key != [group]);
        matches!(reference.kind, Kind::List(_)) && is_unique
    }

    /// What a step of a list names: table, row and column of the list, and the member.
    fn member(&self, step: &Step) -> (usize, usize, usize, String) {
        let reference = &self.case.references[step.by];
        let member = self.case.tables[step.parent.0].rows[step.parent.1][reference.key[0]].clone();
        (step.child.0, step.child.1, reference.columns[0], member.unwrap_or_default())
    }

    /// Whether a cut emptied what a step names.
    fn is_cut(
        &self,
        step: &Step,
        nulls: &BTreeSet<(usize, usize, usize)>,
        lost: &BTreeSet<(usize, usize, usize, String)>,
    ) -> bool {
        let columns = &self.case.references[step.by].columns;
        let is_null = |column: &usize| nulls.contains(&(step.child.0, step.child.1, *column));
        columns.iter().any(is_null) || (self.is_short(step.by) && lost.contains(&self.member(step)))
    }

    /// The columns that a cut empties: those nobody else needs, if there are some.
    fn clears(&self, by: usize) -> Vec<usize> {
        let reference = &self.case.references[by];
        if matches!(reference.kind, Kind::Json | Kind::List(_)) {
            return Vec::new();
        }
        let table = &self.case.tables[reference.child];
        let mut columns = reference.columns.clone();
        columns.retain(|at| table.columns[*at].nullable && !table.key.contains(at));
        let used = |at: &usize| {
            let others = self.case.references.iter().enumerate();
            let is_tenant = self.case.tenant && table.tenant == Some(*at);
            is_tenant
                || others
                    .filter(|(other, _)| *other != by)
                    .any(|(_, other)| other.child == reference.child && other.columns.contains(at))
        };
        let own: Vec<usize> = columns.iter().filter(|at| !used(at)).copied().collect();
        if own.is_empty() { columns } else { own }
    }

    /// What of a slice has no reason to be in, and what it lacks: nothing, if it is one.
    pub fn problems(&self, slice: &Slice) -> Vec<String> {
        let is_null = |step: &Step| self.is_cut(step, &slice.nulls, &slice.lost);
        let mut problems = Vec::new();
        let mut needed = Rows::new();
        for step in self.steps.iter().filter(|step| slice.rows.contains(&step.child) && !is_null(step)) {
            needed.insert(step.parent);
            if !slice.rows.contains(&step.parent) {
                problems.push(format!("{:?} needs {:?}, which is out", step.child, step.parent));
            }
        }
        let descends = |at: &At| slice.down.contains(at) || slice.expanded.contains(at);
        let mut came: Rows =
            self.steps.iter().filter(|step| descends(&step.parent)).map(|step| step.child).collect();
        came.insert(self.root);
        for at in &slice.rows {
            let is_ours = self.says(*at) == Some(true) || slice.whole.contains(at);
            if !is_ours && !came.contains(at) && !needed.contains(at) {
                problems.push(format!("nothing brings {at:?}"));
            }
        }
        problems
    }
}

/// Adds what `step` finds until it finds nothing new.
fn grow(rows: &mut Rows, step: impl Fn(&Rows) -> Rows) {
    loop {
        let before = rows.len();
        let mut more = step(rows);
        rows.append(&mut more);
        if rows.len() == before {
            return;
        }
    }
}
