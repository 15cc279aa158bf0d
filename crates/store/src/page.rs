//! Pages of lists: keyset pagination by id, which stays right while rows come and go.

use uuid::Uuid;

/// Which part of a list is asked for.
///
/// Agents, secrets and rules come oldest first, activity newest first. When as many rows come back as were
/// asked for, the last one's id is the cursor of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many rows at most.
    pub limit: u32,
    /// The last id of the page before; none asks for the first page.
    pub cursor: Option<Uuid>,
}

impl Page {
    /// The first page of that many rows.
    pub fn first(limit: u32) -> Self {
        Self { limit, cursor: None }
    }

    /// The page of that many rows after this id.
    pub fn after(cursor: Uuid, limit: u32) -> Self {
        Self { limit, cursor: Some(cursor) }
    }

    /// What ids must be greater than, oldest first.
    pub(crate) fn floor(self) -> Uuid {
        self.cursor.unwrap_or(Uuid::nil())
    }
}
