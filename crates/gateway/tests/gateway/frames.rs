//! HTTP/2 frames of the tests' own making: what no client library sends.

use onecli_testkit::Agent;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What an agent says first: preface and empty SETTINGS.
pub(crate) const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block of literals that aren't indexed (RFC 7541 §6.2.2).
pub(crate) fn block<N: AsRef<[u8]>, V: AsRef<[u8]>>(headers: impl IntoIterator<Item = (N, V)>) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name.as_ref(), value.as_ref()] {
            if text.len() < 127 {
                block.push(text.len() as u8);
            } else {
                let mut left = text.len() - 127;
                block.push(127);
                while left >= 128 {
                    block.push(left as u8 | 128);
                    left >>= 7;
                }
                block.push(left as u8);
            }
            block.extend(text);
        }
    }
    block
}

/// The pseudo-headers of a GET.
pub(crate) fn get(path: &str) -> Vec<(String, Vec<u8>)> {
    [(":method", "GET"), (":scheme", "https"), (":authority", "api.good.test"), (":path", path)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .collect()
}

/// HEADERS and as many CONTINUATION frames as a block takes.
pub(crate) fn head(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    let parts: Vec<_> = block.chunks(16_384).collect();
    let mut out = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let last = if at + 1 == parts.len() { END_HEADERS } else { 0 };
        if at == 0 {
            out.extend(frame(HEADERS, flags | last, stream, part));
        } else {
            out.extend(frame(CONTINUATION, last, stream, part));
        }
    }
    out
}

/// What came back on one stream.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub body: Vec<u8>,
    pub reset: bool,
    pub goaway: bool,
}

impl Answer {
    pub(crate) fn error(&self) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        assert!(json["message"].is_string() || self.body.is_empty(), "{self:?}");
        json["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// Reads one frame: its kind, flags, stream and payload.
pub(crate) async fn read_frame(io: &mut (impl AsyncRead + Unpin)) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    io.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let mut payload = vec![0; length];
    io.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

/// Reads until a stream is over.
pub(crate) async fn read_answer(io: &mut (impl AsyncRead + Unpin), stream: u32) -> Answer {
    let mut answer = Answer::default();
    while let Some((kind, flags, number, payload)) = read_frame(io).await {
        match kind {
            GOAWAY => answer.goaway = true,
            RST_STREAM if number == stream => {
                answer.reset = true;
                return answer;
            }
            DATA if number == stream => answer.body.extend(payload),
            _ => {}
        }
        if number == stream && matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            return answer;
        }
    }
    answer
}

/// Sends a request's header block in a tunnel of its own, and gives what comes back.
pub(crate) async fn send(agent: &Agent, block: &[u8]) -> Answer {
    let mut tls = agent.tls("api.good.test:443", "api.good.test", &["h2"]).await;
    exchange(&mut tls, block).await
}

async fn exchange(io: &mut (impl AsyncRead + AsyncWrite + Unpin), block: &[u8]) -> Answer {
    io.write_all(&[START, &head(1, END_STREAM, block)].concat()).await.unwrap();
    io.flush().await.unwrap();
    read_answer(io, 1).await
}
