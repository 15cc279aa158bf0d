//! Lists: JSON arrays, their pages, and the header with the next page's cursor.

use axum::Json;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::error::Error;
use crate::extract;

/// Which page of a list to return.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Maximum number of items, up to 200; default: all.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `x-next-cursor` of the previous page.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<String>,
}

/// A list as returned: the items, and a header with the next page's cursor.
pub(crate) type List<T> = (HeaderMap, Json<Vec<T>>);

impl ListParams {
    /// The limit and the cursor.
    pub(crate) fn read(&self) -> Result<(Option<u32>, Option<Uuid>), Error> {
        let limit = extract::limit(self.limit.as_ref())?;
        let cursor = extract::field::<Uuid>("cursor", self.cursor.as_ref(), "the `x-next-cursor` of a page")?;
        Ok((limit, cursor))
    }

    /// Cuts the requested page from a complete list sorted by id.
    pub(crate) fn cut<T>(
        &self,
        all: Vec<T>,
        id: impl Fn(&T) -> Uuid,
    ) -> Result<(Vec<T>, Option<Uuid>), Error> {
        let (limit, cursor) = self.read()?;
        let mut rest: Vec<T> =
            all.into_iter().filter(|row| cursor.is_none_or(|cursor| id(row) > cursor)).collect();
        let mut next = None;
        if let Some(limit) = limit
            && rest.len() > limit as usize
        {
            rest.truncate(limit as usize);
            next = rest.last().map(id);
        }
        Ok((rest, next))
    }
}

/// The response for a page.
pub(crate) fn answer<T: Serialize>(rows: Vec<T>, next: Option<Uuid>) -> List<T> {
    let mut headers = HeaderMap::new();
    if let Some(next) = next.and_then(|id| HeaderValue::try_from(id.to_string()).ok()) {
        headers.insert(NEXT_CURSOR, next);
    }
    (headers, Json(rows))
}

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_gaps() {
        let ids: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let page = |limit: &str, cursor: Option<Uuid>| {
            let params = ListParams { limit: Some(limit.into()), cursor: cursor.map(|id| id.to_string()) };
            params.cut(ids.clone(), |id| *id).unwrap()
        };
        let (first, next) = page("2", None);
        let (second, end) = page("3", next);
        assert_eq!([first, second].concat(), ids);
        assert_eq!(end, None);
    }
}
