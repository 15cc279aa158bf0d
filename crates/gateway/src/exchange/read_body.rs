//! Reading a body before it is sent: as much of it as a rule looks at, or the whole for a person to decide about.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use onecli_app::Sha256;
use onecli_app::spool::{Spool, Spooled};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::exchange::error_response::Stop;
use crate::outgoing::request_body::{HeldBody, RequestBody};
use crate::state::GatewayState;

/// Reads what a rule looks at: the whole body, or so much of it that it is clear that it is too long.
pub(crate) async fn read_for_rules(
    state: &GatewayState,
    request: &mut Request<RequestBody>,
) -> Result<(), Stop> {
    let RequestBody::Streamed { body, meter } = std::mem::take(request.body_mut()) else { return Ok(()) };
    let most = state.config.most_inspected;
    let room = take_room(state, body.size_hint().upper(), most)?;
    let mut intake = Intake { first: BytesMut::new(), rest: Some(body), trailers: None };
    intake.read(most, state.config.idle_timeout).await?;
    let Intake { first, rest, trailers } = intake;
    *request.body_mut() = RequestBody::Held(Box::new(HeldBody {
        first: first.freeze(),
        rest,
        trailers,
        meter,
        room: Some(room),
    }));
    Ok(())
}

/// Takes room for what is read of a body, of which at most `most` bytes are.
fn take_room(state: &GatewayState, length: Option<u64>, most: usize) -> Result<OwnedSemaphorePermit, Stop> {
    let bytes = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(most).min(most);
    let blocks = u32::try_from(bytes / ROOM_BLOCK + 1).unwrap_or(u32::MAX);
    Arc::clone(&state.room).try_acquire_many_owned(blocks).map_err(|_| Stop::Overloaded)
}

/// A body that was read whole.
pub(crate) struct BufferedBody {
    /// Where it is.
    pub kept: Storage,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How long it is.
    pub length: u64,
    /// Its beginning, for the person who decides.
    pub first: Bytes,
    /// Fields behind it.
    pub trailers: Option<HeaderMap>,
}

/// Where a body is.
pub(crate) enum Storage {
    /// In memory.
    Memory,
    /// On the disk, sealed.
    Disk(Spooled),
}

/// Reads a body whole, for a person to decide about.
pub(crate) async fn read_whole(
    state: &GatewayState,
    request: &mut Request<RequestBody>,
) -> Result<BufferedBody, Stop> {
    let body = std::mem::take(request.body_mut());
    let mut intake = match body {
        RequestBody::Streamed { body, .. } => {
            Intake { first: BytesMut::new(), rest: Some(body), trailers: None }
        }
        RequestBody::Held(held) => {
            Intake { first: BytesMut::from(held.first), rest: held.rest, trailers: held.trailers }
        }
        RequestBody::Empty | RequestBody::Spooled(_) => {
            Intake { first: BytesMut::new(), rest: None, trailers: None }
        }
    };
    intake.read(IN_MEMORY, state.config.idle_timeout).await?;
    let Intake { first, rest, mut trailers } = intake;
    let first = first.freeze();
    let mut hash = Sha256::default();
    hash.update(&first);
    let mut length = first.len() as u64;
    let kept = if rest.is_none() && first.len() <= IN_MEMORY {
        Storage::Memory
    } else {
        let mut spool = Spool::new(state.app.spool_folder()).await.map_err(|error| unkept(&error))?;
        spool.write(&first).await.map_err(|error| unkept(&error))?;
        if let Some(mut rest) = rest {
            while let Some(frame) = next(&mut rest, state.config.idle_timeout).await? {
                match frame.into_data() {
                    Ok(data) => {
                        length += data.len() as u64;
                        if length > MOST_HELD {
                            return Err(Stop::TooLarge(MOST_HELD));
                        }
                        hash.update(&data);
                        spool.write(&data).await.map_err(|error| unkept(&error))?;
                    }
                    Err(frame) => trailers = frame.into_trailers().ok(),
                }
            }
        }
        Storage::Disk(spool.finish().await.map_err(|error| unkept(&error))?)
    };
    let first =
        if matches!(kept, Storage::Memory) { first } else { first.slice(..first.len().min(IN_MEMORY)) };
    Ok(BufferedBody { kept, sha256: hash.finish_hex(), length, first, trailers })
}

impl BufferedBody {
    /// Makes it the request's body again: the very bytes that were read. What rules look at comes back into memory.
    pub(crate) async fn put_back(
        self,
        state: &GatewayState,
        request: &mut Request<RequestBody>,
    ) -> Result<(), Stop> {
        let held = |first: Bytes, trailers| {
            RequestBody::Held(Box::new(HeldBody {
                first,
                rest: None,
                trailers,
                meter: Arc::default(),
                room: None,
            }))
        };
        *request.body_mut() = match self.kept {
            Storage::Memory if self.length == 0 && self.trailers.is_none() => RequestBody::Empty,
            Storage::Memory => held(self.first, self.trailers),
            Storage::Disk(spooled) if spooled.length() <= state.config.most_inspected as u64 => {
                let bytes = spooled.read_all().await.map_err(|error| unkept(&error))?;
                held(bytes.into(), self.trailers)
            }
            Storage::Disk(spooled) => RequestBody::spooled(spooled, self.trailers),
        };
        Ok(())
    }
}

/// What was read of a body.
struct Intake {
    first: BytesMut,
    rest: Option<Incoming>,
    trailers: Option<HeaderMap>,
}

impl Intake {
    /// Reads on until the end, or until there is more than `most`.
    async fn read(&mut self, most: usize, timeout_after: Duration) -> Result<(), Stop> {
        while self.first.len() <= most
            && let Some(rest) = &mut self.rest
        {
            match next(rest, timeout_after).await? {
                // Copied: what comes in many small pieces must not hold the large buffers that they came in.
                Some(frame) => match frame.into_data() {
                    Ok(data) => self.first.extend_from_slice(&data),
                    Err(frame) => self.trailers = frame.into_trailers().ok(),
                },
                None => self.rest = None,
            }
        }
        Ok(())
    }
}

async fn next(body: &mut Incoming, timeout_after: Duration) -> Result<Option<http_body::Frame<Bytes>>, Stop> {
    match timeout(timeout_after, body.frame()).await {
        Ok(Some(Ok(frame))) => Ok(Some(frame)),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) => Err(Stop::BadRequest(format!("its body broke off: {error}"))),
        Err(_) => Err(Stop::BadRequest("its body stopped coming".into())),
    }
}

fn unkept(error: &onecli_app::Error) -> Stop {
    tracing::error!(%error, "a held request's body can't be kept");
    Stop::Unheld
}

/// The room for bodies that rules look at, all together, in blocks.
pub(crate) fn room(most_inspected: usize) -> Semaphore {
    Semaphore::new(ALL_INSPECTED.max(4 * most_inspected) / ROOM_BLOCK)
}

const ROOM_BLOCK: usize = 1024;
const ALL_INSPECTED: usize = 256 * 1024 * 1024;
/// What a held request's body may take of memory.
const IN_MEMORY: usize = 1024 * 1024;
/// The longest body that is held.
const MOST_HELD: u64 = 64 * 1024 * 1024;
