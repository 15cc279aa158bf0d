//! The size of activity: an estimate for each record, and their sum for each project.

use std::collections::BTreeMap;

use onecli_domain::activity::Activity;
use onecli_domain::id::ProjectId;

/// An estimate of the bytes that a record takes in the database, its share of the indexes included.
///
/// It follows how `SQLite` fills pages, because that wastes the most: a page holds whole records, so one of 2,100 bytes
/// takes a page of 4,096. `PostgreSQL` needs less.
pub fn estimated_bytes(record: &Activity) -> i64 {
    let id_lists = ID_TEXT * (record.rules.len() + record.secrets.len());
    let optional = [&record.error, &record.alarm].into_iter().flatten().map(String::len).sum::<usize>();
    let texts = [&record.agent_name, &record.method, &record.host, &record.path];
    let payload = FIXED + texts.into_iter().map(String::len).sum::<usize>() + id_lists + optional;
    let bytes = INDEXES + if payload <= MOST_LOCAL { share_of_page(payload) } else { with_overflow(payload) };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// What a batch adds to the size of each project.
#[derive(Debug, Default)]
pub(crate) struct SizeChanges(BTreeMap<ProjectId, i64>);

impl SizeChanges {
    /// Counts records, of which the database took `inserted`: those that it had before are not counted again.
    pub(crate) fn add(&mut self, records: &[Activity], inserted: u64) {
        let inserted = i64::try_from(inserted).unwrap_or(i64::MAX);
        let given = i64::try_from(records.len()).unwrap_or(i64::MAX).max(1);
        let mut sums: BTreeMap<ProjectId, i64> = BTreeMap::new();
        for record in records {
            *sums.entry(record.project).or_default() += estimated_bytes(record);
        }
        for (project, bytes) in sums {
            // Which of them it had is not known: only a batch that is written again comes here.
            let bytes = if inserted < given { bytes / given * inserted } else { bytes };
            *self.0.entry(project).or_default() += bytes;
        }
    }

    /// In the order of projects, so that gateways which write at the same time don't wait for each other in a circle.
    pub(crate) fn of_projects(&self) -> impl Iterator<Item = (ProjectId, i64)> {
        self.0.iter().filter(|(_, bytes)| **bytes != 0).map(|(project, bytes)| (*project, *bytes))
    }
}

/// Adds to a project's size.
pub(crate) const ADD_SIZE: &str = "INSERT INTO activity_sizes (project_id, bytes) VALUES ($1, $2)
     ON CONFLICT (project_id) DO UPDATE SET bytes = activity_sizes.bytes + excluded.bytes";

/// The part of a page that a record takes where a page holds as many of its size as fit.
fn share_of_page(payload: usize) -> usize {
    PAGE / ((PAGE - PAGE_HEADER) / (payload + CELL)).max(1)
}

/// A record that doesn't fit into a page: its beginning stays there, the rest fills pages of its own.
/// <https://www.sqlite.org/fileformat.html#cell_payload_overflow_pages>
fn with_overflow(payload: usize) -> usize {
    let in_page = LEAST_LOCAL + (payload - LEAST_LOCAL) % OVERFLOW;
    let local = if in_page <= MOST_LOCAL { in_page } else { LEAST_LOCAL };
    share_of_page(local) + (payload - local).div_ceil(OVERFLOW) * PAGE
}

/// Ids, numbers, the words for verdict and protocol, and the record's header.
const FIXED: usize = 170;
/// An id in a JSON list.
const ID_TEXT: usize = 39;
/// A record's entries in the indexes.
const INDEXES: usize = 160;
const PAGE: usize = 4_096;
const PAGE_HEADER: usize = 8;
/// The length, row id and pointer of a record in its page.
const CELL: usize = 8;
/// What a page still holds of one record: its size less 35 bytes.
const MOST_LOCAL: usize = 4_061;
/// What stays in the page of a record that is larger: `(4096 - 12) * 32 / 255 - 23`.
const LEAST_LOCAL: usize = 489;
/// What an overflow page holds.
const OVERFLOW: usize = 4_092;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_wastes_is_counted() {
        // Thirteen fit into a page, then one, then a page and a part of another.
        assert_eq!(share_of_page(300), 4_096 / 13);
        assert_eq!(share_of_page(2_100), 4_096);
        assert_eq!(with_overflow(4_100), 4_096 + share_of_page(489));
        assert_eq!(with_overflow(4_700), 4_096 + share_of_page(608));
    }
}
