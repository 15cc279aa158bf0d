//! Reading a body before it is sent: as much of it as a rule looks at, or the whole for a person to decide about.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use onecli_app::Sha256;
use onecli_app::spool::{Spool, Spooled};
use onecli_domain::body::Content;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::exchange::error::{Error, Failure, Refused};
use crate::outgoing::request_body::{HeldBody, RequestBody};
use crate::state::GatewayState;

/// Reads what a rule looks at: the whole body, or so much of it that it is clear that it is too long.
pub(crate) async fn read_for_rules(state: &GatewayState, body: RequestBody) -> Result<RequestBody, Error> {
    let RequestBody::Streamed { body, meter } = body else { return Ok(body) };
    let most = state.config.most_inspected;
    let mut intake = Intake::new(state, body);
    intake.read(most).await?;
    let Intake { first, rest, trailers, room, .. } = intake;
    Ok(RequestBody::Held(Box::new(HeldBody {
        first: first.freeze(),
        rest,
        trailers,
        content: OnceLock::new(),
        meter,
        room,
    })))
}

/// A body that was read whole.
pub(crate) struct BufferedBody {
    /// Where it is.
    pub storage: Storage,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How long it is.
    pub length: u64,
    /// Its beginning, for the person who decides.
    pub first: Bytes,
    /// Fields behind it.
    pub trailers: Option<HeaderMap>,
    /// What rules saw of it, where one looked at the whole.
    content: OnceLock<Arc<Content>>,
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
) -> Result<BufferedBody, Error> {
    let body = std::mem::take(request.body_mut());
    let mut content = OnceLock::new();
    let mut intake = match body {
        RequestBody::Streamed { body, .. } => Intake::new(state, body),
        RequestBody::Held(held) => {
            if held.rest.is_none() {
                content = held.content;
            }
            Intake {
                state,
                first: BytesMut::from(held.first),
                rest: held.rest,
                trailers: held.trailers,
                room: held.room,
            }
        }
        RequestBody::Empty | RequestBody::Spooled(_) => {
            Intake { state, first: BytesMut::new(), rest: None, trailers: None, room: None }
        }
    };
    intake.read(IN_MEMORY).await?;
    let Intake { first, rest, mut trailers, .. } = intake;
    let first = first.freeze();
    let mut hash = Sha256::default();
    hash.update(&first);
    let mut length = first.len() as u64;
    let storage = if rest.is_none() && first.len() <= IN_MEMORY {
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
                            return Err(Refused::BodyTooLarge(MOST_HELD).into());
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
        if matches!(storage, Storage::Memory) { first } else { first.slice(..first.len().min(IN_MEMORY)) };
    Ok(BufferedBody { storage, sha256: hash.finish_hex(), length, first, trailers, content })
}

impl BufferedBody {
    /// Whether all of it is in memory.
    pub(crate) fn is_in_memory(&self) -> bool {
        matches!(self.storage, Storage::Memory)
    }

    /// Makes it the request's body again: the very bytes that were read. What rules look at comes back into memory.
    pub(crate) async fn put_back(
        self,
        state: &GatewayState,
        request: &mut Request<RequestBody>,
    ) -> Result<(), Error> {
        let content = self.content;
        let held = |first: Bytes, trailers| {
            RequestBody::Held(Box::new(HeldBody {
                first,
                rest: None,
                trailers,
                content,
                meter: Arc::default(),
                room: None,
            }))
        };
        *request.body_mut() = match self.storage {
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

/// A body that is being read.
struct Intake<'a> {
    state: &'a GatewayState,
    first: BytesMut,
    rest: Option<Incoming>,
    trailers: Option<HeaderMap>,
    /// The room that it takes: for what came of it, not for what its length announces.
    room: Option<OwnedSemaphorePermit>,
}

impl<'a> Intake<'a> {
    fn new(state: &'a GatewayState, body: Incoming) -> Self {
        Self { state, first: BytesMut::new(), rest: Some(body), trailers: None, room: None }
    }

    /// Reads on until the end, or until there is more than `most`.
    async fn read(&mut self, most: usize) -> Result<(), Error> {
        while self.first.len() <= most
            && let Some(rest) = &mut self.rest
        {
            match next(rest, self.state.config.idle_timeout).await? {
                // Copied: what comes in many small pieces must not hold the large buffers that they came in.
                Some(frame) => match frame.into_data() {
                    Ok(data) => {
                        self.first.extend_from_slice(&data);
                        self.take_room()?;
                    }
                    Err(frame) => self.trailers = frame.into_trailers().ok(),
                },
                None => self.rest = None,
            }
        }
        Ok(())
    }

    /// Takes room for what has come, in whole blocks.
    fn take_room(&mut self) -> Result<(), Error> {
        let needed = self.first.len().div_ceil(ROOM_BLOCK);
        let taken = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if needed <= taken {
            return Ok(());
        }
        let more = u32::try_from(needed - taken).unwrap_or(u32::MAX);
        let more =
            Arc::clone(&self.state.room).try_acquire_many_owned(more).map_err(|_| Failure::Overloaded)?;
        match &mut self.room {
            Some(room) => room.merge(more),
            None => self.room = Some(more),
        }
        Ok(())
    }
}

/// The next piece of an agent's body.
async fn next(body: &mut Incoming, silence: Duration) -> Result<Option<http_body::Frame<Bytes>>, Error> {
    match timeout(silence, body.frame()).await {
        Ok(Some(Ok(frame))) => Ok(Some(frame)),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) | Err(_) => Err(Failure::AgentGone.into()),
    }
}

fn unkept(error: &onecli_app::Error) -> Error {
    tracing::error!(%error, "a held request's body can't be kept");
    Failure::HoldUnavailable.into()
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
