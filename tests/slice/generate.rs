//! Random cases: schemas with everything that breaks slicing tools, and rows that mostly keep to their
//! own tenant. The same seed is the same case.

use super::model::{Case, Cell, Column, Kind, Reference, Table};
use std::collections::BTreeSet;

/// Splitmix64: the same numbers in every version of every crate.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// 0 to `end` - 1.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

/// The case of a seed. `stores` is the largest number of stores.
pub fn case(seed: u64, stores: usize) -> Case {
    let mut random = Random(seed);
    let mut maker = Maker { case: Case { seed, tenant: random.percent(65), ..Case::default() }, random };
    // Small ones show most; a few are large.
    let more = if maker.random.percent(8) { maker.random.below(25) } else { 0 };
    let count = 2 + maker.random.below(5) + more;
    let stores = 1 + maker.random.below(stores);
    for at in 0..count {
        let store = if at == 0 { 0 } else { maker.random.below(stores) };
        maker.table(at, store);
    }
    // A tenant that no table names is a slip of the pen.
    maker.case.tenant &= maker.case.tables.iter().skip(1).any(|table| table.tenant.is_some());
    for _ in 0..count + maker.random.below(count + 1) {
        maker.reference();
    }
    // Stores are numbered without gaps.
    let used: BTreeSet<usize> = maker.case.tables.iter().map(|table| table.store).collect();
    for table in &mut maker.case.tables {
        table.store = used.range(..table.store).count();
    }
    maker.case.references.sort_by_key(|reference| reference.kind != Kind::Declared);
    maker.walks();
    maker.rows();
    maker.case
}

struct Maker {
    case: Case,
    random: Random,
}

impl Maker {
    fn column(&mut self, table: usize, name: &str, is_number: bool, nullable: bool) -> usize {
        let columns = &mut self.case.tables[table].columns;
        columns.push(Column { name: name.to_owned(), is_number, nullable });
        columns.len() - 1
    }

    fn table(&mut self, at: usize, store: usize) {
        self.case.tables.push(Table {
            name: format!("t{at}"),
            store,
            expand: self.random.percent(12),
            whole: at > 0 && self.random.percent(8),
            ..Table::default()
        });
        if at == 0 {
            let is_number = self.random.percent(50);
            let id = self.column(0, "id", is_number, false);
            self.case.tables[0].key = vec![id];
            if self.random.percent(30) {
                // The root is named by another unique column than its key.
                let code = self.column(0, "code", false, false);
                self.case.tables[0].unique = Some(code);
                self.case.root_column = code;
            }
            return;
        }
        let is_number = self.case.tables[0].columns[self.case.root_column].is_number;
        if self.case.tenant && self.random.percent(55) {
            let nullable = self.random.percent(45);
            let tenant = self.column(at, "tenant_id", is_number, nullable);
            self.case.tables[at].tenant = Some(tenant);
        }
        let key = match self.random.below(100) {
            0..45 => vec![self.column(at, "id", true, false)],
            45..55 => vec![self.column(at, "code", false, false)],
            55..65 => vec![self.column(at, "a", true, false), self.column(at, "b", false, false)],
            65..72 => self.key_with_tenant(at),
            72..80 => self.key_with_reference(at),
            80..88 => self.shared_key(at),
            _ => Vec::new(),
        };
        let is_keyless = key.is_empty();
        if is_keyless {
            self.column(at, "note", true, true);
        }
        self.case.tables[at].key = key;
        if self.random.percent(if is_keyless { 35 } else { 15 }) {
            let nullable = self.random.percent(60);
            let unique = self.column(at, "u", true, nullable);
            self.case.tables[at].unique = Some(unique);
        }
        if self.random.percent(12) {
            let group = self.column(at, "g", true, true);
            self.case.tables[at].group = Some(group);
        }
    }

    /// `(tenant_id, n)`, addressed by both.
    fn key_with_tenant(&mut self, at: usize) -> Vec<usize> {
        match self.case.tables[at].tenant {
            Some(tenant) => {
                self.case.tables[at].columns[tenant].nullable = false;
                vec![tenant, self.column(at, "n", true, false)]
            }
            None => vec![self.column(at, "id", true, false)],
        }
    }

    /// A composite key that contains a foreign key.
    fn key_with_reference(&mut self, at: usize) -> Vec<usize> {
        let Some((parent, key)) = self.parent(0..at, 1) else { return Vec::new() };
        let is_number = self.case.tables[parent].columns[key[0]].is_number;
        let own = self.column(at, "owner", is_number, false);
        self.refer(at, vec![own], parent, key, Kind::Link);
        vec![own, self.column(at, "n", true, false)]
    }

    /// The key of the parent is the key of the child.
    fn shared_key(&mut self, at: usize) -> Vec<usize> {
        let Some((parent, key)) = self.parent(0..at, 1) else { return Vec::new() };
        let is_number = self.case.tables[parent].columns[key[0]].is_number;
        let id = self.column(at, "id", is_number, false);
        self.refer(at, vec![id], parent, key, Kind::Link);
        vec![id]
    }

    /// A table that can be referenced, and one of its unique keys of at most `width` columns, or its group.
    fn parent(&mut self, among: std::ops::Range<usize>, width: usize) -> Option<(usize, Vec<usize>)> {
        for _ in 0..8 {
            let at = among.start + self.random.below(among.len());
            let table = &self.case.tables[at];
            let mut keys = vec![table.key.clone()];
            keys.extend(table.unique.map(|unique| vec![unique]));
            keys.extend(table.group.map(|group| vec![group]));
            keys.retain(|key| !key.is_empty() && key.len() <= width);
            if !keys.is_empty() {
                let key = keys.swap_remove(self.random.below(keys.len()));
                return Some((at, key));
            }
        }
        None
    }

    /// A declared key, where one store can hold it.
    fn refer(&mut self, child: usize, columns: Vec<usize>, parent: usize, key: Vec<usize>, kind: Kind) {
        let is_local = self.case.tables[child].store == self.case.tables[parent].store;
        let is_unique = self.case.tables[parent].group.is_none_or(|group| key != [group]);
        let kind = match kind {
            Kind::Link if is_local && is_unique && self.random.percent(85) => Kind::Declared,
            kind => kind,
        };
        let reference = Reference { child, columns, parent, key, kind, up: true, down: true, take: false };
        self.case.references.push(reference);
    }

    fn reference(&mut self) {
        let count = self.case.tables.len();
        let mut child = self.random.below(count);
        let Some((parent, key)) = self.parent(0..count, 2) else { return };
        if self.random.percent(12) && !self.case.tables[parent].key.is_empty() {
            child = parent;
        }
        let nullable = self.random.percent(60);
        let number = self.case.tables[child].columns.len();
        let tenant = self.case.tables[child].tenant;
        let mut columns = Vec::new();
        for (at, part) in key.iter().enumerate() {
            let is_tenant = self.case.tables[parent].tenant == Some(*part);
            columns.push(match tenant {
                // The tenant is part of the key on both sides.
                Some(tenant) if is_tenant && self.random.percent(70) => tenant,
                _ => {
                    let is_number = self.case.tables[parent].columns[*part].is_number;
                    // A key kept as text by another engine.
                    let is_number = is_number && !self.random.percent(6);
                    let nullable = nullable || (at > 0 && self.random.percent(20));
                    self.column(child, &format!("r{number}{}", ["", "_b"][at]), is_number, nullable)
                }
            });
        }
        let is_same_type = columns.iter().zip(&key).all(|(mine, theirs)| {
            let (child, parent) = (&self.case.tables[child], &self.case.tables[parent]);
            child.columns[*mine].is_number == parent.columns[*theirs].is_number
        });
        match self.random.below(100) {
            0..12 if columns.len() == 1 => self.polymorphic(child, &columns, parent, &key),
            12..18 if columns.len() == 1 && columns[0] + 1 == self.case.tables[child].columns.len() => {
                let column = &mut self.case.tables[child].columns[columns[0]];
                (column.is_number, column.name) = (false, format!("p{number}"));
                self.refer(child, columns, parent, key, Kind::Json);
            }
            18..24 if columns.len() == 1 && columns[0] + 1 == self.case.tables[child].columns.len() => {
                let column = &mut self.case.tables[child].columns[columns[0]];
                (column.is_number, column.name) = (false, format!("l{number}"));
                let is_json = self.random.percent(50);
                self.refer(child, columns, parent, key, Kind::List(is_json));
            }
            24..30 if columns.len() == 1 && is_same_type => {
                // Two parents under one column.
                self.refer(child, columns.clone(), parent, key.clone(), Kind::Link);
                let is_number = self.case.tables[child].columns[columns[0]].is_number;
                if let Some((other, key)) = self.parent(0..count, 1)
                    && other != parent
                    && self.case.tables[other].columns[key[0]].is_number == is_number
                {
                    self.refer(child, columns, other, key, Kind::Link);
                }
            }
            _ if is_same_type => self.refer(child, columns, parent, key, Kind::Link),
            _ => self.push_link(child, columns, parent, key),
        }
    }

    fn push_link(&mut self, child: usize, columns: Vec<usize>, parent: usize, key: Vec<usize>) {
        let kind = Kind::Link;
        self.case.references.push(Reference {
            child,
            columns,
            parent,
            key,
            kind,
            up: true,
            down: true,
            take: false,
        });
    }

    /// Several parents, told apart by another column.
    fn polymorphic(&mut self, child: usize, columns: &[usize], parent: usize, key: &[usize]) {
        let kind = self.column(child, &format!("kind{}", columns[0]), false, false);
        self.refer(child, columns.to_vec(), parent, key.to_vec(), Kind::When(kind, "a".into()));
        let is_number = self.case.tables[child].columns[columns[0]].is_number;
        if let Some((other, key)) = self.parent(0..self.case.tables.len(), 1)
            && self.case.tables[other].columns[key[0]].is_number == is_number
        {
            self.refer(child, columns.to_vec(), other, key, Kind::When(kind, "b".into()));
        }
    }

    /// How references are walked; those of the same columns share an id.
    fn walks(&mut self) {
        for at in 0..self.case.references.len() {
            let walk = self.random.below(100);
            let take = self.case.tenant && self.random.percent(8);
            let same = (0..at).find(|other| {
                let (one, other) = (&self.case.references[at], &self.case.references[*other]);
                one.child == other.child && one.columns == other.columns
            });
            let (up, down, take) = match same.map(|at| &self.case.references[at]) {
                Some(same) => (same.up, same.down, same.take),
                None => (walk >= 6, walk >= 14, take),
            };
            let reference = &mut self.case.references[at];
            (reference.up, reference.down, reference.take) = (up, down, take);
        }
    }

    fn rows(&mut self) {
        let districts = 2 + self.random.below(3);
        let count = self.case.tables.len();
        for at in 0..count {
            let rows = if at == 0 { districts } else { self.random.below(12) };
            for row in 0..rows {
                let cells = self.case.tables[at].columns.len();
                self.case.tables[at].rows.push(vec![None; cells]);
                self.keys(at, row, districts);
            }
            self.distinct(at);
        }
        self.case.root_key = self.case.tables[0].rows[0][self.case.root_column].clone().unwrap_or_default();
        for at in 0..count {
            for row in 0..self.case.tables[at].rows.len() {
                self.references(at, row, districts);
            }
        }
    }

    /// Fills the key, the unique column and the tenant of a row.
    fn keys(&mut self, at: usize, row: usize, districts: usize) {
        let root_column = self.case.root_column;
        let district = self.case.tables[0].rows.get(row % districts).map(|row| row[root_column].clone());
        let (tenant, unique) = (self.case.tables[at].tenant, self.case.tables[at].unique);
        for column in 0..self.case.tables[at].columns.len() {
            let of = &self.case.tables[at].columns[column];
            let (is_number, nullable) = (of.is_number, of.nullable);
            let is_null = nullable && self.random.percent(25);
            let text = if is_number { format!("{}", row + 1) } else { format!("k{}", row + 1) };
            let cell: Cell = if Some(column) == tenant {
                let ghost = if is_number { "99" } else { "nobody" };
                let known = district.clone().flatten().filter(|_| !self.random.percent(6));
                Some(known.unwrap_or_else(|| ghost.to_owned())).filter(|_| !is_null)
            } else if Some(column) == unique {
                Some(text).filter(|_| !is_null)
            } else if Some(column) == self.case.tables[at].group {
                Some((row % 3 + 1).to_string()).filter(|_| !is_null)
            } else if self.case.tables[at].key.contains(&column) {
                match self.key_parent(at, column) {
                    Some((parent, key)) => self.pick(parent, key, row, districts, is_number),
                    None => Some(text),
                }
            } else {
                continue;
            };
            self.case.tables[at].rows[row][column] = cell;
        }
    }

    /// The earlier table that a part of a key references.
    fn key_parent(&self, at: usize, column: usize) -> Option<(usize, usize)> {
        let reference = self
            .case
            .references
            .iter()
            .find(|reference| reference.child == at && reference.columns == [column])?;
        (reference.parent < at).then_some((reference.parent, reference.key[0]))
    }

    /// The key of some row, mostly one of the same district.
    fn pick(&mut self, parent: usize, key: usize, row: usize, districts: usize, is_number: bool) -> Cell {
        let ghost = if is_number { "77" } else { "ghost" };
        let count = self.case.tables[parent].rows.len();
        if count == 0 || self.random.percent(4) {
            return Some(format!("{ghost}{}", if is_number { row.to_string() } else { String::new() }));
        }
        let mut at = self.random.below(count);
        if self.random.percent(80) {
            at = (at / districts * districts + row % districts) % count;
        }
        let cell = self.case.tables[parent].rows[at][key].clone();
        cell.or_else(|| Some(ghost.to_owned()))
    }

    /// Drops rows whose key another row has.
    fn distinct(&mut self, at: usize) {
        let table = &mut self.case.tables[at];
        let mut seen = BTreeSet::new();
        let key = table.key.clone();
        table.rows.retain(|row| {
            key.is_empty() || seen.insert(key.iter().map(|at| row[*at].clone()).collect::<Vec<_>>())
        });
    }

    /// Fills the columns that reference, and what tells parents apart.
    fn references(&mut self, at: usize, row: usize, districts: usize) {
        for by in 0..self.case.references.len() {
            let reference = &self.case.references[by];
            if reference.child != at {
                continue;
            }
            let (columns, parent, key) = (reference.columns.clone(), reference.parent, reference.key.clone());
            let kind = reference.kind.clone();
            if let Kind::When(column, _) = &kind {
                let word = ["a", "b", "c"][self.random.below(3)];
                self.case.tables[at].rows[row][*column] = Some(word.to_owned());
            }
            let table = &self.case.tables[at];
            if columns.iter().any(|column| table.key.contains(column) || table.tenant == Some(*column)) {
                self.rest(at, row, &columns, parent, &key, districts);
                continue;
            }
            let count = self.case.tables[parent].rows.len();
            let mut chosen = self.random.below(count);
            if self.random.percent(80) {
                chosen = (chosen / districts * districts + row % districts) % count.max(1);
            }
            let is_dangling = count == 0 || self.random.percent(4);
            for (column, part) in columns.iter().zip(&key) {
                let of = &self.case.tables[at].columns[*column];
                let ghost =
                    if of.is_number || matches!(kind, Kind::Json | Kind::List(_)) { "77" } else { "ghost" };
                let is_null = of.nullable && self.random.percent(20);
                let found =
                    (!is_dangling).then(|| self.case.tables[parent].rows[chosen][*part].clone()).flatten();
                let mut text = found.unwrap_or_else(|| ghost.to_owned());
                if kind == Kind::Json {
                    let is_number = self.case.tables[parent].columns[*part].is_number;
                    text = if is_number {
                        format!("{{\"ref\":{text}}}")
                    } else {
                        format!("{{\"ref\":\"{text}\"}}")
                    };
                }
                if let Kind::List(is_json) = kind {
                    text = self.list(is_json, parent, *part, text);
                }
                self.case.tables[at].rows[row][*column] = Some(text).filter(|_| !is_null);
            }
        }
    }

    /// A list of this key and perhaps others.
    fn list(&mut self, is_json: bool, parent: usize, part: usize, first: String) -> String {
        let mut keys = vec![first];
        for _ in 0..self.random.below(3) {
            let rows = &self.case.tables[parent].rows;
            let other = rows.get(self.random.below(rows.len())).and_then(|row| row[part].clone());
            keys.extend(other);
        }
        let is_number = self.case.tables[parent].columns[part].is_number;
        match is_json {
            true if is_number => format!("[{}]", keys.join(",")),
            true => format!("[\"{}\"]", keys.join("\", \"")),
            false => keys.join(", "),
        }
    }

    /// Fills the columns of a reference that are free: the tenant and keys are not.
    fn rest(
        &mut self,
        at: usize,
        row: usize,
        columns: &[usize],
        parent: usize,
        key: &[usize],
        districts: usize,
    ) {
        for (column, part) in columns.iter().zip(key) {
            let table = &self.case.tables[at];
            if !table.key.contains(column) && table.tenant != Some(*column) {
                let (is_number, nullable) =
                    (table.columns[*column].is_number, table.columns[*column].nullable);
                let is_null = nullable && self.random.percent(20);
                let cell = self.pick(parent, *part, row, districts, is_number);
                self.case.tables[at].rows[row][*column] = cell.filter(|_| !is_null);
            }
        }
    }
}
