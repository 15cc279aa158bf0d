//! The spool: encrypts large bodies of held requests and keeps them in unlinked files.

use std::io::SeekFrom;
use std::path::Path;

use onecli_vault::spool::SpoolKey;
use tokio::fs::{DirBuilder, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::error::Error;

/// A body being written to the spool.
pub struct Spool {
    body: Spooled,
    /// Bytes that don't fill a chunk yet.
    rest: Vec<u8>,
}

/// A body in the spool.
///
/// Its file is unlinked as soon as it is opened, so that nothing is left behind even if the process is killed. The
/// content is encrypted with a key that exists only in this value.
pub struct Spooled {
    file: File,
    key: SpoolKey,
    length: u64,
    /// How many chunks are written.
    written: u64,
    /// How many chunks are read.
    read: u64,
}

impl std::fmt::Debug for Spooled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spooled({} bytes)", self.length)
    }
}

impl Spool {
    /// Creates an empty body.
    pub async fn new(folder: &Path) -> Result<Self, Error> {
        let fail = |error: std::io::Error| Error::File {
            path: folder.display().to_string(),
            reason: format!("a held request's body can't be stored there: {error}"),
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        builder.mode(0o700);
        builder.create(folder).await.map_err(fail)?;
        let path = folder.join(uuid::Uuid::now_v7().to_string());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path).await.map_err(fail)?;
        tokio::fs::remove_file(&path).await.map_err(fail)?;
        let body = Spooled { file, key: SpoolKey::new()?, length: 0, written: 0, read: 0 };
        Ok(Self { body, rest: Vec::new() })
    }

    /// Adds bytes.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.rest.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
            if self.rest.len() == PIECE {
                self.put().await?;
            }
        }
        Ok(())
    }

    /// Ends the body.
    pub async fn finish(mut self) -> Result<Spooled, Error> {
        if !self.rest.is_empty() {
            self.put().await?;
        }
        self.body.file.flush().await.map_err(broken)?;
        self.body.file.seek(SeekFrom::Start(0)).await.map_err(broken)?;
        Ok(self.body)
    }

    async fn put(&mut self) -> Result<(), Error> {
        let body = &mut self.body;
        body.length += self.rest.len() as u64;
        body.key.seal(body.written, &mut self.rest)?;
        body.written += 1;
        body.file.write_all(&self.rest).await.map_err(broken)?;
        self.rest.clear();
        Ok(())
    }
}

impl Spooled {
    /// The body's length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next chunk; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.read == self.written {
            return Ok(None);
        }
        let left = self.length - self.read * PIECE as u64;
        let mut piece = vec![0; left.min(PIECE as u64) as usize + SpoolKey::TAG];
        self.file.read_exact(&mut piece).await.map_err(broken)?;
        self.key.open(self.read, &mut piece)?;
        self.read += 1;
        Ok(Some(piece))
    }

    /// The whole body.
    pub async fn read_all(mut self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(self.length as usize);
        while let Some(piece) = self.next().await? {
            out.extend_from_slice(&piece);
        }
        Ok(out)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn broken(error: std::io::Error) -> Error {
    let reason = format!("a held request's body can't be written or read: {error}");
    Error::File { path: "the spool".into(), reason }
}

const PIECE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_back_unchanged_and_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("spool");
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut spool = Spool::new(&place).await.unwrap();
            for part in body.chunks(1_000) {
                spool.write(part).await.unwrap();
            }
            let spooled = spool.finish().await.unwrap();
            assert_eq!(spooled.length(), length as u64);
            assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
            assert_eq!(spooled.read_all().await.unwrap(), body);
        }
    }
}
