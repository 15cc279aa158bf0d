//! Stderr: commands write directly; the server uses a background thread, so that logging never blocks a request and an
//! unwritable stderr causes no panic.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Writes a text. Errors are ignored: there is nowhere left to report them.
pub(crate) fn write(text: &[u8]) {
    match QUEUE.get() {
        Some(queue) => {
            if queue.try_send(Message::Text(text.to_vec())).is_err() {
                DROPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        None => write_now(text),
    }
}

/// Moves writing to a background thread. When its queue is full, lines are dropped and counted.
pub(crate) fn write_in_background() -> io::Result<()> {
    let (send, receive) = sync_channel(MOST_WAITING);
    std::thread::Builder::new().name("stderr".into()).spawn(move || run(&receive))?;
    // If it was started before, the first thread stays and this one ends.
    let _ = QUEUE.set(send);
    Ok(())
}

/// Waits briefly until everything written so far is out.
pub(crate) fn flush() {
    let Some(queue) = QUEUE.get() else { return };
    let (done, is_done) = sync_channel(1);
    if queue.try_send(Message::Flush(done)).is_ok() {
        let _ = is_done.recv_timeout(TIMEOUT);
    }
}

/// A writer for the log.
pub(crate) struct Writer;

impl Write for Writer {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        write(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Message {
    Text(Vec<u8>),
    /// Acknowledged when everything before it is written.
    Flush(SyncSender<()>),
}

fn run(messages: &Receiver<Message>) {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Text(text) => write_now(&text),
            Message::Flush(done) => {
                let _ = done.try_send(());
            }
        }
        let lines = DROPPED.swap(0, Ordering::Relaxed);
        if lines > 0 {
            tracing::warn!(lines, "log lines were dropped because stderr was not read fast enough");
        }
    }
}

fn write_now(text: &[u8]) {
    let _ = io::stderr().lock().write_all(text);
}

static QUEUE: OnceLock<SyncSender<Message>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);
const MOST_WAITING: usize = 4096;
const TIMEOUT: Duration = Duration::from_secs(1);
