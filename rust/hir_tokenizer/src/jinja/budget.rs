//! What one rendering may cost. A template comes with a model, so it is not trusted: without a
//! bound a few characters of it could use up all memory or run forever.

use std::cell::Cell;

use super::error::{other_error, unsupported, Result};

/// Half a gigabyte written or twenty million steps: two or three seconds at most, and far above what
/// the longest conversation needs.
const WORK: u64 = 1 << 30;
/// Work of one evaluated node or one visited element, of one byte that is copied or searched, and
/// of one that is examined individually.
const STEP: u64 = 48;
const BYTE: u64 = 2;
const SCAN: u64 = 4;
/// Nested calls of the evaluator; each takes a few hundred bytes of stack.
const MAX_DEPTH: usize = 1_000;
/// Nested calls of macros and recursive loops; Python's own stack ends at about as many.
const MAX_CALLS: usize = 200;

pub struct Budget {
    work: Cell<u64>,
    depth: Cell<usize>,
    calls: Cell<usize>,
}

/// Returns one level of depth when dropped.
pub struct Level<'a>(&'a Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

fn enter<'a>(cell: &'a Cell<usize>, limit: usize) -> Result<Level<'a>> {
    if cell.get() >= limit {
        return other_error("the template nests too deeply");
    }
    cell.set(cell.get() + 1);
    Ok(Level(cell))
}

impl Budget {
    pub fn new() -> Self {
        Budget { work: Cell::new(WORK), depth: Cell::new(0), calls: Cell::new(0) }
    }

    pub fn level(&self) -> Result<Level<'_>> {
        self.steps(1)?;
        enter(&self.depth, MAX_DEPTH)
    }

    pub fn call(&self) -> Result<Level<'_>> {
        enter(&self.calls, MAX_CALLS)
    }

    /// Before `count` elements are visited or made.
    pub fn steps(&self, count: usize) -> Result<()> {
        self.spend((count as u64).saturating_mul(STEP))
    }

    /// Before `count` bytes of text are copied or searched.
    pub fn bytes(&self, count: usize) -> Result<()> {
        self.spend((count as u64).saturating_mul(BYTE))
    }

    /// Before `count` bytes of text are gone through one by one.
    pub fn scan(&self, count: usize) -> Result<()> {
        self.spend((count as u64).saturating_mul(SCAN))
    }

    fn spend(&self, work: u64) -> Result<()> {
        match self.work.get().checked_sub(work) {
            Some(left) => {
                self.work.set(left);
                Ok(())
            }
            None => unsupported("the template takes more work than one prompt may take"),
        }
    }
}
