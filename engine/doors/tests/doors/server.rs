//! A server to knock at.

use actix_web::dev::ServerHandle;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, web};
use futures_util::StreamExt;
use rehearsal_doors::{Caller, Clock, Doors, Limits, Role, Tokens, new_token, require, same_origin};
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

/// A server that ends with the test.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// The tokens of a test.
pub(crate) struct Known {
    pub(crate) ingest: String,
    pub(crate) read: String,
    pub(crate) operate: String,
    pub(crate) both: String,
}

impl Known {
    pub(crate) fn new() -> Known {
        let token = || new_token().expect("random bytes");
        Known { ingest: token(), read: token(), operate: token(), both: token() }
    }

    pub(crate) fn tokens(&self) -> Tokens {
        let Known { ingest, read, operate, both } = self;
        let text = format!("ingest truck {ingest}\nread board {read}\noperate desk {operate}\ningest,read gate {both}\n");
        Tokens::from_text(&text, "test").expect("tokens")
    }
}

/// Served on this machine with tokens.
pub(crate) fn with_tokens(known: &Known, limits: Limits) -> Served {
    Served::new(&doors(known.tokens(), limits))
}

/// Served on this machine without tokens.
pub(crate) fn without_tokens(limits: Limits) -> Served {
    Served::new(&doors(Tokens::none(), limits))
}

pub(crate) fn doors(tokens: Tokens, limits: Limits) -> Doors {
    Doors::new("127.0.0.1:0".parse().expect("an address"), tokens, None, limits).expect("loopback")
}

impl Served {
    pub(crate) fn new(doors: &Doors) -> Served {
        Served::start(doors, None)
    }

    pub(crate) fn by(doors: &Doors, clock: Clock) -> Served {
        Served::start(doors, Some(clock))
    }

    fn start(doors: &Doors, clock: Option<Clock>) -> Served {
        let doors = doors.clone();
        let (send, receive) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let door = clock.map_or_else(|| doors.door(), |clock| doors.door_by(clock));
                let server = HttpServer::new(move || App::new().configure(routes).wrap(door.clone()));
                let server = doors.open(server.disable_signals().shutdown_timeout(1)).expect("a free port");
                let address = server.addrs()[0];
                let running = server.run();
                send.send((address, running.handle())).expect("the test waits");
                running.await.expect("the server runs");
            });
        });
        let (address, handle) = receive.recv().expect("the server starts");
        Served { address, handle, thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the server panicked");
    }
}

fn routes(app: &mut web::ServiceConfig) {
    let length = async |body: web::Bytes| HttpResponse::Accepted().body(body.len().to_string());
    let name = async |caller: Caller| caller.name.to_string();
    app.route("/open", web::to(async || "open"))
        .route("/me", web::to(name))
        .service(web::resource("/ingest").wrap(require(Role::Ingest)).to(length))
        .service(web::resource("/json").to(async |body: web::Json<serde_json::Value>| body.0.to_string()))
        .service(web::scope("/read").wrap(require(Role::Read)).route("", web::to(name)))
        .service(web::resource("/operate").wrap(require(Role::Operate)).to(name))
        .route("/unread", web::to(async || "unread"))
        .route("/swallow", web::to(swallow))
        .route("/fails", web::to(async || Err::<&str, _>(actix_web::error::ErrorImATeapot("short and stout"))))
        .route("/page", web::to(page))
        .route("/socket", web::to(socket));
}

/// Reads all, and is content with any fault.
async fn swallow(mut body: web::Payload) -> &'static str {
    while let Some(Ok(_)) = body.next().await {}
    "swallowed"
}

async fn page() -> HttpResponse {
    let policy = (CONTENT_SECURITY_POLICY, "default-src 'none'");
    HttpResponse::Ok().insert_header(policy).insert_header((CACHE_CONTROL, "max-age=60")).body("page")
}

/// Speaks anything but HTTP: gives back what comes.
async fn socket(request: HttpRequest, body: web::Payload) -> HttpResponse {
    match same_origin(&request) {
        Ok(()) => HttpResponse::SwitchingProtocols().upgrade("websocket").streaming(body),
        Err(problem) => problem.error_response(),
    }
}
