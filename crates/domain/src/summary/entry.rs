//! Entries of the table of services.

/// Requests of one kind.
pub(super) struct Entry {
    /// The service's name.
    pub(super) service: &'static str,
    /// The hosts; `*` stands for any characters.
    pub(super) hosts: &'static [&'static str],
    /// The methods.
    pub(super) methods: &'static [&'static str],
    /// The paths: `*` stands for a segment, at the end for all that follows.
    pub(super) paths: &'static [&'static str],
    /// What they do; empty where the operation in the body says it.
    pub(super) action: &'static str,
    /// What is shown of them first. Every other field follows, by the name that it has in the request.
    pub(super) fields: &'static [(&'static str, Source)],
}

/// Where a value is.
pub(super) enum Source {
    /// In JSON, by its pointer; the items of a list each.
    Json(&'static str),
    /// In each item of a list, by their pointers.
    Each(&'static str, &'static str),
    /// A field of a form.
    Form(&'static str),
    /// A parameter of the query.
    Query(&'static str),
    /// What the path has for the n-th `*`, from 0.
    Segment(usize),
    /// The first of these that is there.
    Any(&'static [Source]),
    /// A mail with all that it says, under labels of its own: in base64 at a pointer, or the body itself.
    Message(Option<&'static str>),
    /// An amount in minor units and its currency, in a form.
    Money(&'static str, &'static str),
    /// Two values of JSON side by side, such as an amount and its currency.
    Pair(&'static str, &'static str),
    /// All texts below a place.
    Texts(&'static str),
    /// The contents of XML elements.
    Tags(&'static str),
    /// How long the body is.
    Size,
}

/// An entry of the table.
pub(super) const fn entry(
    service: &'static str,
    hosts: &'static [&'static str],
    methods: &'static [&'static str],
    paths: &'static [&'static str],
    action: &'static str,
    fields: &'static [(&'static str, Source)],
) -> Entry {
    Entry { service, hosts, methods, paths, action, fields }
}
