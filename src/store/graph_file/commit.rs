//! The commit of a graph file: a new file beside the old one, flushed to the disk and renamed.

use super::scan::each_line;
use super::write::{Added, Writer};
use crate::error::{Error, Result};
use crate::store::would_hang;
use std::fs::File;
use std::io::{BufWriter, Write};

impl Writer {
    /// Puts the new file in the place of the old one, durably.
    pub(super) fn replace(&self) -> Result<()> {
        self.check_ends()?;
        let path = &self.files.path;
        let next = super::beside(path, "next");
        let fail = |cause: std::io::Error| Error::file(path, &cause);
        let write = || {
            let file = File::create(&next).map_err(fail)?;
            file.set_permissions(self.files.main.metadata().map_err(fail)?.permissions()).map_err(fail)?;
            let mut new = BufWriter::with_capacity(1 << 20, file);
            self.rewrite(&mut new)?;
            new.get_ref().sync_all().map_err(fail)
        };
        if let Err(error) = write() {
            let _ = std::fs::remove_file(&next);
            return Err(error);
        }
        std::fs::rename(&next, path).map_err(fail)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(".".as_ref())).and_then(|folder| folder.sync_all()).map_err(fail)
    }

    /// Refuses to leave a relationship without its ends.
    pub(super) fn check_ends(&self) -> Result<()> {
        for (name, all) in &self.graph.relationships {
            let is_gone = |node: u32| self.graph.nodes[node as usize].is_gone;
            let hanging =
                all.iter().filter(|one| !one.is_gone && (is_gone(one.start) || is_gone(one.end))).count();
            if hanging > 0 {
                return Err(would_hang(&self.files.path.display().to_string(), hanging, name));
            }
        }
        Ok(())
    }

    /// Writes the new file beside the old one: its lines but for the changed ones, then the added ones.
    fn rewrite(&self, new: &mut impl Write) -> Result<()> {
        let fail = |cause: std::io::Error| Error::file(&self.files.path, &cause);
        let mut bytes = Vec::new();
        let mut is_whole = true;
        let main = self.files.main.try_clone().map_err(fail)?;
        std::io::Seek::rewind(&mut &main).map_err(fail)?;
        each_line(&main, &self.files.path, |_, place, line| {
            match self.changes.get(&place.offset) {
                None => new.write_all(line).map_err(fail)?,
                Some(None) => return Ok(()),
                Some(Some(place)) => {
                    self.files.line(*place, &mut bytes)?;
                    new.write_all(&bytes).map_err(fail)?;
                }
            }
            is_whole = line.ends_with(b"\n") || self.changes.contains_key(&place.offset);
            Ok(())
        })?;
        if !is_whole {
            new.write_all(b"\n").map_err(fail)?;
        }
        for added in &self.added {
            let place = match added {
                Added::Node(at) => {
                    let node = &self.graph.nodes[*at as usize];
                    (!node.is_gone).then_some(node.place)
                }
                Added::Relationship(name, at) => {
                    let one = self.graph.relationships.get(name).map(|all| &all[*at as usize]);
                    one.filter(|one| !one.is_gone).map(|one| one.place)
                }
                Added::Decision(run) => self.graph.decisions.get(run).map(|(_, place)| *place),
            };
            if let Some(place) = place {
                self.files.line(place, &mut bytes)?;
                new.write_all(&bytes).map_err(fail)?;
            }
        }
        new.flush().map_err(fail)
    }
}
