//! Reads the records of one file, one after another, and says where they end.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::frame::{self, After, Form, HEAD, HEADER, Head, Header, HeaderFault, SEQUENCE_MAX};

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct Scan {
    file: BufReader<File>,
    pub(crate) header: Header,
    /// Where the next record is, or should be \[bytes\].
    pub(crate) offset: u64,
    /// Its sequence.
    pub(crate) next: u64,
}

/// What was found at the place of the next record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A whole record.
    Record,
    /// The end of the file.
    End,
    /// Bytes that are no whole record.
    Broken,
}

/// Bytes that are no whole record, up to the end of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) bytes: u64,
    pub(crate) after: After,
}

impl Scan {
    /// Opens a file; the inner error says what is wrong with its header.
    pub(crate) fn open(path: &Path, form: Form) -> io::Result<Result<Scan, HeaderFault>> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        let mut start = [0; HEADER];
        let read = fill(&mut file, &mut start)?;
        Ok(match Header::decode(&start[..read], form) {
            Ok(header) if header.first == 0 || header.first > SEQUENCE_MAX => Err(HeaderFault::Broken),
            Ok(header) => Ok(Scan { file, header, offset: HEADER as u64, next: header.first }),
            Err(fault) => Err(fault),
        })
    }

    /// Goes on by one record, whose bytes are put into `bytes`. At the end and at damage the place stays, and another call
    /// looks there again.
    pub(crate) fn step(&mut self, bytes: &mut Vec<u8>) -> io::Result<Step> {
        bytes.clear();
        let mut start = [0; HEAD];
        let read = fill(&mut self.file, &mut start)?;
        let head = Head::decode(&start);
        if read == HEAD && head.sequence == self.next {
            // What is read is bounded by the file, whatever the length says.
            self.file.by_ref().take(u64::from(head.length)).read_to_end(bytes)?;
            if head.fits(self.header.salt, bytes) {
                self.offset += (HEAD + bytes.len()) as u64;
                self.next += 1;
                return Ok(Step::Record);
            }
        }
        bytes.clear();
        self.file.seek(SeekFrom::Start(self.offset))?;
        Ok(if read == 0 { Step::End } else { Step::Broken })
    }

    /// Goes on with record `sequence`, so many bytes ahead.
    pub(crate) fn skip(&mut self, bytes: u64, sequence: u64) -> io::Result<()> {
        self.offset += bytes;
        self.next = sequence;
        self.file.seek(SeekFrom::Start(self.offset)).map(|_| ())
    }

    /// Looks at what follows the last whole record. Takes memory for all of it.
    pub(crate) fn rest(&mut self) -> io::Result<Rest> {
        let mut rest = Vec::new();
        self.file.seek(SeekFrom::Start(self.offset))?;
        self.file.read_to_end(&mut rest)?;
        self.file.seek(SeekFrom::Start(self.offset))?;
        Ok(Rest { bytes: rest.len() as u64, after: frame::after(&rest, self.header.salt, self.next) })
    }
}

/// Reads until `buffer` is full or the file ends, and says how much that was.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
