//! Suggestions: hosts and paths that agents' requests went to, for who writes a pattern.

use onecli_domain::host::read_authority;
use onecli_domain::id::ProjectId;
use onecli_domain::pattern::HostPattern;
use onecli_domain::target::Scheme;
use rustc_hash::FxHashMap;

use crate::app::App;
use crate::error::Error;

/// What could stand in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// A host, or a path, in which `*` stands for what differs from request to request.
    pub value: String,
    /// How many of the latest requests went there.
    pub count: u64,
}

/// A path that requests went to, as they did, and how many.
struct Gathered {
    first: String,
    is_one: bool,
    count: u64,
}

impl App {
    /// Hosts of the latest requests that contain a text, the most used first.
    pub async fn suggest_hosts(&self, project: ProjectId, text: &str) -> Result<Vec<Suggestion>, Error> {
        self.recorder().flush().await;
        let mut counts: FxHashMap<String, u64> = FxHashMap::default();
        for visited in self.store().activity().visited(project).await? {
            *counts.entry(visited.host).or_default() += visited.requests;
        }
        Ok(best(counts.into_iter(), text))
    }

    /// Paths of the latest requests to hosts of a pattern (all, without one) that contain a text, the most used first.
    /// Numbers and ids in them become `*` where several requests differ in nothing else.
    pub async fn suggest_paths(
        &self,
        project: ProjectId,
        host: Option<&str>,
        text: &str,
    ) -> Result<Vec<Suggestion>, Error> {
        let pattern = host
            .map(|host| HostPattern::read(host).map_err(|error| Error::invalid("host", error.to_string())))
            .transpose()?;
        self.recorder().flush().await;
        let mut all: FxHashMap<String, Gathered> = FxHashMap::default();
        for visited in self.store().activity().visited(project).await? {
            if pattern.as_ref().is_some_and(|pattern| !is_of(pattern, &visited.host)) {
                continue;
            }
            let path = visited.path.split('?').next().unwrap_or_default();
            if path.is_empty() {
                continue;
            }
            all.entry(general(path))
                .and_modify(|gathered| {
                    gathered.is_one &= gathered.first == path;
                    gathered.count += visited.requests;
                })
                .or_insert_with(|| Gathered {
                    first: path.to_owned(),
                    is_one: true,
                    count: visited.requests,
                });
        }
        let shown = all.into_iter().map(|(general, gathered)| {
            (if gathered.is_one { gathered.first } else { general }, gathered.count)
        });
        Ok(best(shown, text))
    }
}

fn is_of(pattern: &HostPattern, authority: &str) -> bool {
    read_authority(authority, Some(Scheme::Https.default_port()))
        .is_ok_and(|(host, port)| pattern.matches(&host, port))
}

fn best(all: impl Iterator<Item = (String, u64)>, text: &str) -> Vec<Suggestion> {
    let text = text.to_lowercase();
    let fitting = all.filter(|(value, _)| value.to_lowercase().contains(&text));
    let mut found: Vec<_> = fitting.map(|(value, count)| Suggestion { value, count }).collect();
    found.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    found.truncate(MOST);
    found
}

/// A path with `*` for each segment that looks like a number or an id.
fn general(path: &str) -> String {
    let segments = path.split('/').map(|segment| if is_id(segment) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // A number; or what is long and not a word, such as a UUID, a hash or `msg_01H8…`.
    digits > 0 && (digits == segment.len() || (is_plain && segment.len() >= 12 && digits >= 3))
}

const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_become_stars_and_words_stay() {
        for (path, expected) in [
            ("/v1/messages", "/v1/messages"),
            ("/repos/o/r/issues/42", "/repos/o/r/issues/*"),
            ("/v1/files/0198f3a2-77aa-7c11-9d2e-aaaaaaaaaaaa/content", "/v1/files/*/content"),
            ("/v1/charges/ch_3MmlLrLkdIwHu7ix0snN", "/v1/charges/*"),
            ("/api/chat.postMessage", "/api/chat.postMessage"),
            ("/v1beta/models/gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro"),
        ] {
            assert_eq!(general(path), expected);
        }
    }
}
