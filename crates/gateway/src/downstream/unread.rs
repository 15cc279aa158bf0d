//! Unread responses: an agent that stops reading one is waited for as long as one that is silent, and no longer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tokio::time::{Instant, Sleep, sleep};

/// Whether a response's next piece waits for the agent, as the body itself tells.
#[derive(Debug, Default)]
pub(super) struct Unread {
    waiting: AtomicBool,
    /// How many pieces were handed on.
    pieces: AtomicU64,
}

tokio::task_local! {
    static UNREAD: Arc<Unread>;
}

impl Unread {
    /// That of the response which is being made; another where nobody looks at it.
    pub(super) fn current() -> Arc<Self> {
        UNREAD.try_with(Arc::clone).unwrap_or_default()
    }

    /// The agent is to read on.
    pub(super) fn hand_on(&self) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
        self.waiting.store(true, Ordering::Relaxed);
    }

    /// The agent waits, or there is nothing more to read.
    pub(super) fn rest(&self) {
        self.waiting.store(false, Ordering::Relaxed);
    }
}

pin_project! {
    /// Drives what writes a response, and drops it when the agent read nothing of it for too long.
    pub(super) struct Limited<F> {
        #[pin]
        future: TaskLocalFuture<Arc<Unread>, F>,
        unread: Arc<Unread>,
        longest: Duration,
        alarm: Option<Pin<Box<Sleep>>>,
        // How many pieces were handed on when the alarm was set.
        pieces: u64,
    }
}

/// Ends `future` when a response that it writes stays unread for `longest`; at the latest after twice as long.
pub(super) fn limit<F: Future>(longest: Duration, future: F) -> Limited<F> {
    let unread = Arc::<Unread>::default();
    let future = UNREAD.scope(Arc::clone(&unread), future);
    Limited { future, unread, longest, alarm: None, pieces: 0 }
}

impl<F: Future> Future for Limited<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Some(output));
        }
        if !this.unread.waiting.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        loop {
            let pieces = this.unread.pieces.load(Ordering::Relaxed);
            let Some(alarm) = this.alarm else {
                *this.alarm = Some(Box::pin(sleep(*this.longest)));
                *this.pieces = pieces;
                continue;
            };
            ready!(alarm.as_mut().poll(cx));
            if *this.pieces == pieces {
                return Poll::Ready(None);
            }
            *this.pieces = pieces;
            alarm.as_mut().reset(Instant::now() + *this.longest);
        }
    }
}

/// Runs each stream of an HTTP/2 connection under a limit of its own. What is dropped resets its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitedStreams(pub(super) Duration);

impl<F> Executor<F> for LimitedStreams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(limit(self.0, future));
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const LONGEST: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_piece_that_nobody_takes_ends_it() {
        let begun = Instant::now();
        let outcome = limit(LONGEST, async {
            Unread::current().hand_on();
            pending::<()>().await;
        });
        assert_eq!(outcome.await, None);
        assert_eq!(begun.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_now_and_then_or_waits_for_the_upstream_may_take_any_time() {
        let outcome = limit(LONGEST, async {
            let unread = Unread::current();
            for _ in 0..10 {
                unread.hand_on();
                sleep(LONGEST / 2).await;
            }
            unread.rest();
            sleep(LONGEST * 10).await;
        });
        assert_eq!(outcome.await, Some(()));
    }
}
