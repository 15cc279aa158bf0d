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

use crate::refusal::Stop;
use crate::road::Road;
use crate::upload::{HeldBody, Upload};

/// Reads what a rule looks at: the whole body, or so much of it that it is clear that it is too long.
pub(crate) async fn read_for_rules(road: &Road, request: &mut Request<Upload>) -> Result<(), Stop> {
    let Upload::Streamed { body, meter } = std::mem::take(request.body_mut()) else { return Ok(()) };
    let most = road.config.most_inspected;
    let room = take_room(road, body.size_hint().upper(), most)?;
    let mut intake = Intake { first: BytesMut::new(), rest: Some(body), trailers: None };
    intake.read(most, road.config.idle_timeout).await?;
    let Intake { first, rest, trailers } = intake;
    *request.body_mut() =
        Upload::Held(Box::new(HeldBody { first: first.freeze(), rest, trailers, meter, room: Some(room) }));
    Ok(())
}

/// Takes room for what is read of a body, of which at most `most` bytes are.
fn take_room(road: &Road, length: Option<u64>, most: usize) -> Result<OwnedSemaphorePermit, Stop> {
    let bytes = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(most).min(most);
    let blocks = u32::try_from(bytes / ROOM_BLOCK + 1).unwrap_or(u32::MAX);
    Arc::clone(&road.room).try_acquire_many_owned(blocks).map_err(|_| Stop::Overloaded)
}

/// A body that was read whole.
pub(crate) struct Whole {
    /// Where it is.
    pub kept: Kept,
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
pub(crate) enum Kept {
    /// In memory.
    Memory,
    /// On the disk, sealed.
    Disk(Spooled),
}

/// Reads a body whole, for a person to decide about.
pub(crate) async fn read_whole(road: &Road, request: &mut Request<Upload>) -> Result<Whole, Stop> {
    let body = std::mem::take(request.body_mut());
    let mut intake = match body {
        Upload::Streamed { body, .. } => Intake { first: BytesMut::new(), rest: Some(body), trailers: None },
        Upload::Held(held) => {
            Intake { first: BytesMut::from(held.first), rest: held.rest, trailers: held.trailers }
        }
        Upload::Empty | Upload::Spooled(_) => Intake { first: BytesMut::new(), rest: None, trailers: None },
    };
    intake.read(IN_MEMORY, road.config.idle_timeout).await?;
    let Intake { first, rest, mut trailers } = intake;
    let first = first.freeze();
    let mut hash = Sha256::default();
    hash.update(&first);
    let mut length = first.len() as u64;
    let kept = if rest.is_none() && first.len() <= IN_MEMORY {
        Kept::Memory
    } else {
        let mut spool = Spool::new(road.app.spool_folder()).await.map_err(|error| unkept(&error))?;
        spool.write(&first).await.map_err(|error| unkept(&error))?;
        if let Some(mut rest) = rest {
            while let Some(frame) = next(&mut rest, road.config.idle_timeout).await? {
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
        Kept::Disk(spool.finish().await.map_err(|error| unkept(&error))?)
    };
    let first = if matches!(kept, Kept::Memory) { first } else { first.slice(..first.len().min(IN_MEMORY)) };
    Ok(Whole { kept, sha256: hash.finish_hex(), length, first, trailers })
}

impl Whole {
    /// Makes it the request's body again: the very bytes that were read. What rules look at comes back into memory.
    pub(crate) async fn put_back(self, road: &Road, request: &mut Request<Upload>) -> Result<(), Stop> {
        let held = |first: Bytes, trailers| {
            Upload::Held(Box::new(HeldBody {
                first,
                rest: None,
                trailers,
                meter: Arc::default(),
                room: None,
            }))
        };
        *request.body_mut() = match self.kept {
            Kept::Memory if self.length == 0 && self.trailers.is_none() => Upload::Empty,
            Kept::Memory => held(self.first, self.trailers),
            Kept::Disk(spooled) if spooled.length() <= road.config.most_inspected as u64 => {
                let bytes = spooled.read_all().await.map_err(|error| unkept(&error))?;
                held(bytes.into(), self.trailers)
            }
            Kept::Disk(spooled) => Upload::spooled(spooled, self.trailers),
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
    async fn read(&mut self, most: usize, patience: Duration) -> Result<(), Stop> {
        while self.first.len() <= most
            && let Some(rest) = &mut self.rest
        {
            match next(rest, patience).await? {
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

async fn next(body: &mut Incoming, patience: Duration) -> Result<Option<http_body::Frame<Bytes>>, Stop> {
    match timeout(patience, body.frame()).await {
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
