//! What is read of a body: no more than agreed, and not for longer.
//!
//! A handler that reads past the limit gets an error; whatever it then answers, the door answers for it. Until the answer is
//! sent, the door holds on to the body: the server ends a connection whose body nobody read to its end, but where the body was
//! let go of it would wait for the rest of it.

use crate::connection::Answering;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::rt::time::{Sleep, sleep};
use bytes::Bytes;
use futures_core::Stream;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// How much of a body that nobody wants is read \[bytes\], and for how long.
const PASSED_OVER: usize = 256 << 10;
/// See [`PASSED_OVER`].
const PASSED_OVER_WITHIN: Duration = Duration::from_secs(1);

/// The body of a request, and how much of it may still come.
#[derive(Clone)]
pub(crate) struct Intake(Rc<Inner>);

struct Inner {
    payload: RefCell<Payload>,
    left_bytes: Cell<u64>,
    fault: Cell<Option<Fault>>,
    /// Whether the limits hold; they do not once the connection is no longer HTTP.
    lifted: Cell<bool>,
}

/// Why reading ended before the body did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLarge,
    TooSlow,
}

impl Intake {
    pub(crate) fn new(payload: Payload, limit_bytes: u64) -> Intake {
        let (left_bytes, fault, lifted) = (Cell::new(limit_bytes), Cell::new(None), Cell::new(false));
        Intake(Rc::new(Inner { payload: RefCell::new(payload), left_bytes, fault, lifted }))
    }

    /// The body as a handler sees it.
    pub(crate) fn payload(&self, within: Duration) -> Payload {
        let reading = Reading { intake: self.clone(), late: Box::pin(sleep(within)) };
        Payload::Stream { payload: Box::pin(reading) }
    }

    /// Why reading ended before the body did, if it did.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.0.fault.get()
    }

    /// Lets anything through from now on: what comes is no body of HTTP.
    pub(crate) fn lift(&self) {
        self.0.lifted.set(true);
    }

    /// Reads what is left of a body that nobody wants, up to a bound: over HTTP/2 an answer that comes before the end of a body
    /// is lost together with it.
    pub(crate) async fn pass_over(&self) {
        let (mut payload, mut left) = (self.payload(PASSED_OVER_WITHIN), PASSED_OVER);
        while let Some(Ok(chunk)) = std::future::poll_fn(|context| Pin::new(&mut payload).poll_next(context)).await {
            match left.checked_sub(chunk.len()) {
                Some(still) => left = still,
                None => return,
            }
        }
    }

    fn fail(&self, fault: Fault) -> PayloadError {
        self.0.fault.set(Some(fault));
        match fault {
            Fault::TooLarge => PayloadError::Overflow,
            Fault::TooSlow => PayloadError::Io(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

struct Reading {
    intake: Intake,
    late: Pin<Box<Sleep>>,
}

impl Stream for Reading {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let inner = self.intake.0.clone();
        let lifted = inner.lifted.get();
        if let Some(fault) = inner.fault.get() {
            return Poll::Ready(Some(Err(self.intake.fail(fault))));
        }
        if !lifted && self.late.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(self.intake.fail(Fault::TooSlow))));
        }
        let polled = Pin::new(&mut *inner.payload.borrow_mut()).poll_next(context);
        if let Poll::Ready(Some(Ok(chunk))) = &polled
            && !lifted
        {
            match inner.left_bytes.get().checked_sub(chunk.len() as u64) {
                Some(left) => inner.left_bytes.set(left),
                None => return Poll::Ready(Some(Err(self.intake.fail(Fault::TooLarge)))),
            }
        }
        polled
    }
}

/// The body of an answer, and what is held on to until it is sent.
pub(crate) struct Held {
    pub(crate) body: BoxBody,
    pub(crate) _intake: Option<Intake>,
    pub(crate) _answering: Option<Answering>,
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
