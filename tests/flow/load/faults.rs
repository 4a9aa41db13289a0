//! Stores that fail at a named place: whatever fails, every store is as before or holds the run.

use super::world::{Engine, World};
use arrow::array::RecordBatch;
use datamig::catalog::Table;
use datamig::error::{Error, Result};
use datamig::store::{Mode, Prepared, Read, Rows, Sink, Source, Target, Transaction};
use std::sync::Arc;

/// Where something happens to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Begin,
    Read,
    /// Rows that are to change are locked and read again.
    Hold,
    Write,
    Delete,
    Decide,
    /// Before a transaction is prepared.
    Prepare,
    /// The transaction is prepared, nobody hears of it.
    Prepared,
    /// The commit does not happen.
    Commit,
    /// The commit happens, its answer does not arrive.
    Answer,
    /// Every time anything is asked of a store.
    Any,
}

/// Every place.
pub const PLACES: [Place; 10] = [
    Place::Begin,
    Place::Read,
    Place::Hold,
    Place::Write,
    Place::Delete,
    Place::Decide,
    Place::Prepare,
    Place::Prepared,
    Place::Commit,
    Place::Answer,
];

/// What happens there.
pub type Blow = Arc<dyn Fn() -> Result<()> + Send + Sync>;

/// A real store to which something happens at one place.
pub struct Fragile {
    pub inner: Box<dyn Target>,
    pub place: Place,
    pub blow: Blow,
}

impl Fragile {
    /// Makes one store of the targets fragile, or with [`Place::Any`] all of them.
    pub fn one(
        world: &World,
        store: &str,
        place: Place,
        blow: impl Fn() -> Result<()> + Send + Sync + 'static,
    ) -> Vec<(String, Box<dyn Target>)> {
        let blow: Blow = Arc::new(blow);
        let wrap = |(name, inner): (String, Box<dyn Target>)| match name == store || place == Place::Any {
            true => (name, Box::new(Fragile { inner, place, blow: blow.clone() }) as Box<dyn Target>),
            false => (name, inner),
        };
        world.targets().into_iter().map(wrap).collect()
    }
}

struct Work {
    inner: Option<Box<dyn Transaction>>,
    place: Place,
    blow: Blow,
}

impl Work {
    fn at(&mut self, place: Place) -> Result<&mut dyn Transaction> {
        if self.place == place || self.place == Place::Any {
            (self.blow)()?;
        }
        self.inner
            .as_deref_mut()
            .map(|inner| inner as &mut dyn Transaction)
            .ok_or_else(|| Error::internal("gone"))
    }
}

impl Target for Fragile {
    fn create(&self, schema: &str) -> Result<()> {
        self.inner.create(schema)
    }

    fn source(&self) -> &dyn Source {
        self.inner.source()
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        let inner = Some(self.inner.begin()?);
        let mut work = Work { inner, place: self.place, blow: self.blow.clone() };
        work.at(Place::Begin)?;
        Ok(Box::new(work))
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        self.inner.decision(run)
    }

    fn mark(&self, name: &str) -> Result<()> {
        self.inner.mark(name)
    }

    fn can_prepare(&self) -> Result<bool> {
        self.inner.can_prepare()
    }

    fn prepared(&self) -> Result<Vec<Prepared>> {
        self.inner.prepared()
    }

    fn end_prepared(&self, name: &str, commits: bool) -> Result<()> {
        self.inner.end_prepared(name, commits)
    }
}

impl Transaction for Work {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        self.at(Place::Write)?.write(tables, mode)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        self.at(Place::Delete)?.delete(table, keys)
    }

    fn delete_group(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
        self.at(Place::Delete)?.delete_group(tables)
    }

    fn is_marked(&mut self) -> Result<bool> {
        self.inner.as_mut().map_or(Ok(false), |inner| inner.is_marked())
    }

    fn read(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        self.at(Place::Read)?.read(read, sink)
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        self.at(Place::Decide)?.decide(run, decision)
    }

    fn hold(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        self.at(Place::Hold)?.hold(read, sink)
    }

    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.inner.as_mut().map_or(Ok(Vec::new()), |inner| inner.decisions(prefix))
    }

    fn claim(&mut self, tenant: &str) -> Result<()> {
        self.inner.as_mut().map_or(Ok(()), |inner| inner.claim(tenant))
    }

    fn prepare_commit(&mut self, name: &str) -> Result<bool> {
        let can = self.at(Place::Prepare)?.prepare_commit(name)?;
        self.at(Place::Prepared).map(|_| can)
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        self.at(Place::Commit)?;
        let inner = self.inner.take().ok_or_else(|| Error::internal("gone"))?;
        inner.commit()?;
        if matches!(self.place, Place::Answer | Place::Any) { (self.blow)() } else { Ok(()) }
    }
}

fn broken() -> Result<()> {
    Err(Error::unreachable("the connection is gone"))
}

#[test]
fn a_store_that_fails_during_a_load_leaves_every_store_as_it_was() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        let before = world.dump();
        let places = match engine {
            Engine::Sqlite => &[Place::Begin, Place::Read, Place::Write, Place::Decide, Place::Commit][..],
            _ => &[Place::Prepared, Place::Commit],
        };
        for place in places.iter().copied() {
            for store in ["ids", "hcp1", "sp"] {
                let error = world.load_into(&Fragile::one(&world, store, place, broken)).unwrap_err();
                assert!(error.message.contains("the connection is gone"), "{place:?} {store}: {error}");
                assert!(error.message.contains(store) || place == Place::Read, "{place:?} {store}: {error}");
                assert_eq!(world.dump(), before, "{place:?} {store}");
                // Nothing is left for `recover`.
                assert!(!world.recover().unwrap().has_acted, "{place:?} {store}");
            }
        }
        world.load().unwrap();
        assert!(world.verify().is_valid());
    }
}

#[test]
fn a_commit_whose_answer_is_lost_counts() {
    for store in ["ids", "hcp1", "sp"] {
        let world = World::new(Engine::Sqlite);
        let before = world.dump();
        world.load_into(&Fragile::one(&world, store, Place::Answer, broken)).unwrap();
        assert!(world.verify().is_valid(), "{store}");
        world.roll_back_in(&Fragile::one(&world, store, Place::Answer, broken), false).unwrap();
        assert_eq!(world.dump(), before, "{store}");
    }
}

#[test]
fn a_store_that_fails_during_a_rollback_leaves_every_store_loaded() {
    let world = World::new(Engine::Sqlite);
    let before = world.dump();
    world.load().unwrap();
    let after = world.dump();
    for place in [Place::Begin, Place::Write, Place::Delete, Place::Decide, Place::Commit] {
        for store in ["ids", "hcp1", "sp"] {
            let failed = world.roll_back_in(&Fragile::one(&world, store, place, broken), false);
            // `hcp1` has no row to restore, so nothing is written there.
            assert_eq!(failed.is_err(), (place, store) != (Place::Write, "hcp1"), "{place:?} {store}");
            assert_eq!(&world.dump(), if failed.is_err() { &after } else { &before }, "{place:?} {store}");
            world.load().unwrap();
        }
    }
    world.roll_back().unwrap();
    assert_eq!(world.dump(), before);
}
