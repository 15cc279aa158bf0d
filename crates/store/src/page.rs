//! Pages of lists: keyset pagination by id, unaffected by concurrent inserts and deletes.

use uuid::Uuid;

/// Which page of a list is requested.
///
/// Agents, secrets and rules are listed oldest first, activity newest first. If a page is full,
/// the last row's id is the cursor of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Maximum number of rows.
    pub limit: u32,
    /// The last id of the previous page; `None` for the first page.
    pub cursor: Option<Uuid>,
}

impl Page {
    /// The first page of `limit` rows.
    pub fn first(limit: u32) -> Self {
        Self { limit, cursor: None }
    }

    /// The page of `limit` rows after this id.
    pub fn after(cursor: Uuid, limit: u32) -> Self {
        Self { limit, cursor: Some(cursor) }
    }

    /// The id that all rows must exceed, oldest first.
    pub(crate) fn floor(self) -> Uuid {
        self.cursor.unwrap_or(Uuid::nil())
    }
}
