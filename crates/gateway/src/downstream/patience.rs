//! How long an agent may stay silent, or busy itself with what is no request.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::session::ReaderSignals;

/// Limits on an agent's silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// From the first byte of a head to its last, and until an agent has shown who it is.
    pub head: Duration,
    /// Between requests, and within a body.
    pub idle: Duration,
}

impl Timeouts {
    /// How long an agent may take until its next request.
    pub(super) fn between_requests(&self, signals: &ReaderSignals) -> Option<Duration> {
        if signals.in_flight.load(Ordering::Relaxed) > 0 {
            None
        } else if signals.authenticated.load(Ordering::Relaxed) {
            Some(self.idle)
        } else {
            Some(self.head)
        }
    }
}

/// A timer that is set anew by looking at the clock, and seldom by moving an alarm.
#[derive(Debug)]
pub(super) struct Patience {
    since: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), alarm: None }
    }

    /// Something happened that was waited for.
    pub(super) fn restart(&mut self) {
        self.since = Instant::now();
    }

    /// Ready when nothing happened for longer than `limit`. Where there is no limit now, it is asked for again
    /// after `otherwise`.
    pub(super) fn poll(
        &mut self,
        limit: Option<Duration>,
        otherwise: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let now = Instant::now();
            if limit.is_none() {
                self.since = now;
            }
            let due = self.since + limit.unwrap_or(otherwise);
            if due <= now {
                return Poll::Ready(());
            }
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
            // An alarm set for an earlier moment is let ring; one set too late is moved.
            if alarm.deadline() > due {
                alarm.as_mut().reset(due);
            }
            ready!(alarm.as_mut().poll(cx));
            alarm.as_mut().reset(due.max(now + Duration::from_millis(1)));
        }
    }
}
