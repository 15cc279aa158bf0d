//! The record of a request in the making: what becomes known of it, so that its record is whole however it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use onecli_app::Sha256;
use onecli_app::live::recorder::RecordSlot;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::{Activity, Protocol, Timeline, VerdictKind};
use onecli_domain::hold::Hold;
use onecli_domain::id::ActivityId;
use onecli_domain::target::Target;
use onecli_domain::time::Timestamp;
use onecli_domain::verdict::{Permit, Refusal};

use crate::exchange::error::{Error, Failure};
use crate::outgoing::request_body::Meter;
use crate::session::ReaderSignals;
use crate::slot::Slot;
use crate::state::GatewayState;

/// What becomes known of a request. Dropped, it is recorded: nothing that an agent asks goes unrecorded.
pub(crate) struct RecordBuilder {
    /// The record's place in the queue, taken before anything was done, so that recording never waits or fails.
    record_slot: Option<RecordSlot>,
    activity: Activity,
    started: Instant,
    /// What passed while others had to act: the upstream, the agent, a person.
    waited: Duration,
    /// When the request went out, until there is an answer.
    departed: Option<Instant>,
    meter: Option<Arc<Meter>>,
    /// How many of the secrets went out with earlier tries.
    secrets_before: usize,
    signals: Option<Arc<ReaderSignals>>,
    _slot: Slot,
}

/// Begins the record of a request: the one place where one begins. Takes a slot among requests and one in the recorder's
/// queue, so that nothing is done that could not be recorded.
pub(crate) async fn begin(
    state: &GatewayState,
    agent: &AgentEntry,
    signals: Option<&Arc<ReaderSignals>>,
) -> Result<RecordBuilder, Error> {
    let slot = Slot::take(&state.requests, &agent.requests, state.config.most_requests)
        .ok_or(Failure::Overloaded)?;
    let permit = state.app.reserve().await.map_err(|_| Failure::RecordUnavailable)?;
    let id = state.app.new_activity_id();
    Ok(RecordBuilder::new(permit, id, state.app.now(), agent, signals.cloned(), slot))
}

impl RecordBuilder {
    fn new(
        record_slot: RecordSlot,
        id: ActivityId,
        at: Timestamp,
        agent: &AgentEntry,
        signals: Option<Arc<ReaderSignals>>,
        slot: Slot,
    ) -> Self {
        if let Some(signals) = &signals {
            signals.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        let activity = Activity {
            id,
            at,
            project: agent.project.id,
            agent: agent.id,
            agent_name: agent.name.clone(),
            method: String::new(),
            host: String::new(),
            path: String::new(),
            status: 0,
            verdict: VerdictKind::Refuse,
            rules: Vec::new(),
            secrets: Vec::new(),
            duration_micros: 0,
            overhead_micros: 0,
            timeline: Timeline::default(),
            bytes_up: 0,
            bytes_down: 0,
            protocol: Protocol::Http1,
            error: None,
            alarm: None,
        };
        Self {
            record_slot: Some(record_slot),
            activity,
            started: Instant::now(),
            waited: Duration::ZERO,
            departed: None,
            meter: None,
            secrets_before: 0,
            signals,
            _slot: slot,
        }
    }

    /// The record's id, which answers made by the gateway carry.
    pub(crate) fn id(&self) -> ActivityId {
        self.activity.id
    }

    /// What the agent spoke.
    pub(crate) fn note_protocol(&mut self, protocol: Protocol) {
        self.activity.protocol = protocol;
    }

    /// The method, as on the signals.
    pub(crate) fn note_method(&mut self, method: &str) {
        self.activity.method = bounded(method.into(), MOST_METHOD);
    }

    /// Where the request goes.
    pub(crate) fn note_target(&mut self, target: &Target) {
        self.activity.host = target.authority();
        self.activity.path = bounded(target.masked_path(), MOST_PATH);
    }

    /// Where a tunnel goes that is passed through, or a request whose path can't be read.
    pub(crate) fn note_authority(&mut self, authority: String) {
        self.activity.host = authority;
    }

    /// That it may go out. Which secrets it goes out with is noted when it does.
    pub(crate) fn note_permit(&mut self, permit: &Permit) {
        self.activity.verdict = VerdictKind::Allow;
        self.activity.error = None;
        self.activity.rules = permit.rules().to_vec();
    }

    /// That it may not go out, and why.
    pub(crate) fn note_refusal(&mut self, refusal: &Refusal) {
        self.note_decided(Instant::now());
        self.activity.verdict = refusal.kind();
        self.activity.rules = refusal.rules().to_vec();
        if matches!(refusal, Refusal::PlaceholderMisuse { .. }) {
            self.activity.alarm = Some("placeholder_misuse".into());
        }
    }

    /// What was decided, where no rule did.
    pub(crate) fn note_verdict(&mut self, verdict: VerdictKind) {
        self.activity.verdict = verdict;
    }

    /// The gateway's error.
    pub(crate) fn note_error(&mut self, code: &str) {
        self.activity.error = Some(code.into());
    }

    /// The status that the agent gets.
    pub(crate) fn note_status(&mut self, status: u16) {
        self.activity.status = status;
        if let Some(departed) = self.departed.take() {
            self.activity.timeline.upstream_micros = Some(micros(departed.elapsed()));
        }
    }

    /// How long somebody else had to act: the gateway's own time doesn't count it.
    pub(crate) fn note_waited(&mut self, took: Duration) {
        self.waited += took;
    }

    /// When there was a verdict.
    pub(crate) fn note_decided(&mut self, at: Instant) {
        let took = at.duration_since(self.started).saturating_sub(self.waited);
        self.activity.timeline.decide_micros = Some(micros(took));
    }

    /// How long a person took to decide.
    pub(crate) fn note_held(&mut self, took: Duration) {
        self.activity.timeline.hold_micros = Some(micros(took));
        self.note_waited(took);
    }

    /// How long it took to have a connection to the upstream.
    pub(crate) fn note_connected(&mut self, took: Duration) {
        self.activity.timeline.dial_micros = Some(micros(took));
        self.note_waited(took);
    }

    /// That it waits for a person. If nothing else becomes known, the agent hung up.
    pub(crate) fn note_hold(&mut self, hold: &Hold) {
        self.activity.verdict = VerdictKind::Hold;
        self.activity.rules = hold.rules.to_vec();
        self.activity.error = Some("cancelled".into());
    }

    /// That the request goes out now, and with which secrets: what passed until here was the gateway's own time.
    pub(crate) fn note_departure(&mut self, permit: &Permit, meter: Option<Arc<Meter>>) {
        self.secrets_before = self.activity.secrets.len();
        for used in permit.uses() {
            if !self.activity.secrets.contains(&used.secret) {
                self.activity.secrets.push(used.secret);
            }
        }
        if meter.is_some() {
            self.meter = meter;
        }
        let now = Instant::now();
        self.activity.overhead_micros = micros(now.duration_since(self.started).saturating_sub(self.waited));
        self.departed = Some(now);
    }

    /// That nothing of the last try reached the upstream after all. What went out before it did.
    pub(crate) fn note_not_sent(&mut self) {
        self.activity.secrets.truncate(self.secrets_before);
        self.departed = None;
    }

    /// The request's body, where more of it may still come.
    pub(crate) fn unfinished_upload(&self) -> Option<&Arc<Meter>> {
        self.meter.as_ref().filter(|meter| !meter.done.load(Ordering::Acquire))
    }

    /// Bytes of the answer's body.
    pub(crate) fn count_down(&mut self, bytes: usize) {
        self.activity.bytes_down += bytes as i64;
    }

    /// Bytes that went both ways through a connection that became something else.
    pub(crate) fn note_exchanged(&mut self, up: u64, down: u64) {
        self.activity.bytes_up = up as i64;
        self.activity.bytes_down = down as i64;
    }
}

impl Drop for RecordBuilder {
    fn drop(&mut self) {
        if let Some(signals) = &self.signals {
            signals.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
        let Some(record_slot) = self.record_slot.take() else { return };
        self.activity.duration_micros = micros(self.started.elapsed());
        if let Some(meter) = &self.meter {
            self.activity.bytes_up = meter.bytes.load(Ordering::Relaxed) as i64;
        }
        record_slot.record(self.activity.take());
    }
}

/// A text of at most so many characters; of a longer one its beginning, its length and its SHA-256: a record's size must not
/// be the agent's to choose.
fn bounded(text: String, most: usize) -> String {
    // Most texts are short, and no character is shorter than a byte.
    let Some((end, _)) = (text.len() > most).then(|| text.char_indices().nth(most)).flatten() else {
        return text;
    };
    let mut hash = Sha256::default();
    hash.update(text.as_bytes());
    let beginning = text.get(..end).unwrap_or_default();
    format!("{beginning}… ({} bytes, SHA-256 {})", text.len(), hash.finish_hex())
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// What a record holds of a method, in characters.
const MOST_METHOD: usize = 32;
/// What a record holds of a path and query, in characters.
const MOST_PATH: usize = 4_096;
