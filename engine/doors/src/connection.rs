//! Connections on which nothing is asked: they are cut.
//!
//! The server times the head of the first request and the silence between requests. It does not time the head of a later one,
//! nor anything of HTTP/2, whose clients may stay as long as they answer a ping. So each connection has a watch of its own.

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::{spawn, time};
use std::any::Any;
use std::cell::Cell;
use std::net::Shutdown;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A connection and its watch, which ends with it.
pub(crate) struct Connection {
    state: Rc<State>,
    watch: JoinHandle<()>,
}

struct State {
    /// How many requests are being answered.
    answering: Cell<u32>,
    /// Since when there is none.
    since: Cell<Instant>,
}

impl Connection {
    /// Watches a connection that was just made: it is cut where nothing is answered for so long.
    pub(crate) fn watch(stream: &dyn Any, known: &mut Extensions, silence: Duration) {
        let plain = stream.downcast_ref::<TcpStream>();
        let stream = plain.or_else(|| stream.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0));
        // Without a second handle on the socket there is no watch; the limit on connections holds all the same.
        let Some(socket) = stream.and_then(second_handle) else { return };
        let state = Rc::new(State { answering: Cell::new(0), since: Cell::new(Instant::now()) });
        let watched = state.clone();
        let watch = spawn(async move {
            loop {
                let left = silence.saturating_sub(watched.since.get().elapsed());
                let answering = watched.answering.get() > 0;
                if left.is_zero() && !answering {
                    // The server then finds that the client is gone. It is no fault where it has gone by itself.
                    let _ = socket.shutdown(Shutdown::Both);
                    return;
                }
                time::sleep(if answering { silence } else { left }).await;
            }
        });
        known.insert(Connection { state, watch });
    }

    /// Says that a request is being answered, until what is given back is dropped.
    pub(crate) fn answering(&self) -> Answering {
        self.state.answering.set(self.state.answering.get() + 1);
        Answering(self.state.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// A request that is being answered.
pub(crate) struct Answering(Rc<State>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.set(self.0.answering.get() - 1);
        self.0.since.set(Instant::now());
    }
}

#[cfg(unix)]
fn second_handle(stream: &TcpStream) -> Option<std::net::TcpStream> {
    use std::os::fd::AsFd;
    stream.as_fd().try_clone_to_owned().ok().map(Into::into)
}

#[cfg(windows)]
fn second_handle(stream: &TcpStream) -> Option<std::net::TcpStream> {
    use std::os::windows::io::AsSocket;
    stream.as_socket().try_clone_to_owned().ok().map(Into::into)
}

#[cfg(not(any(unix, windows)))]
fn second_handle(_: &TcpStream) -> Option<std::net::TcpStream> {
    None
}
