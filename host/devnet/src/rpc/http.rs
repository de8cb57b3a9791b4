//! HTTP transport: one POST is one JSON-RPC request or batch. Loopback only, and not for the pages of other sites.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::{
    envelope::{self, Dispatch},
    origin::Origins,
    patient::Patient,
};

/// Largest request body, in bytes.
pub const MAX_BODY: usize = 5 * 1024 * 1024;
/// Most bytes of bodies being read or answered at once; further requests wait to be read. Parsed, a hostile body takes up
/// to a hundred times its size.
const MAX_BODIES: usize = 4 * MAX_BODY;
/// Most bytes to read of a request that is too large, before its sender is told.
const MAX_DISCARDED: usize = 4 * MAX_BODY;
/// Most connections open at once; further ones wait to be accepted.
const MAX_CONNECTIONS: u32 = 256;
/// Most calls executing or waiting for the chain at once; further ones wait in line.
const MAX_CALLS: usize = 64;
/// How long calls under way may take to end once the server is told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct ServerHandle {
    local_addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ServerHandle {
    /// The address that the server listens on, with the actual port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The URL for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// Stops accepting, lets calls under way end for a few seconds, and closes the port.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the server has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            eprintln!("the JSON-RPC server ended with a panic");
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// What answers the requests of all connections.
struct Service<D> {
    dispatch: Arc<D>,
    origins: Origins,
    /// How long to wait for a client to send or to read.
    patience: Duration,
    /// One permit for each byte of a body.
    bodies: Arc<Semaphore>,
}

/// Serves `dispatch` on `addr` from a thread of its own. A client that makes the server wait for longer than `patience`,
/// for its request or for its reading the answer, is cut off.
///
/// # Errors
/// When `addr` is not a loopback address or cannot be bound.
pub(super) fn serve<D: Dispatch + Send + Sync + 'static>(
    dispatch: Arc<D>,
    addr: SocketAddr,
    origins: Origins,
    patience: Duration,
) -> anyhow::Result<ServerHandle> {
    ensure!(
        addr.ip().is_loopback(),
        "refusing to listen on {addr}: development keys are served on loopback only"
    );
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    listener
        .set_nonblocking(true)
        .context("cannot use the socket asynchronously")?;
    let local_addr = listener.local_addr().context("cannot read the port")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MAX_CALLS)
        .thread_name("devnet-rpc")
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let service = Arc::new(Service {
        dispatch,
        origins,
        patience,
        bodies: Arc::new(Semaphore::new(MAX_BODIES)),
    });
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("devnet-rpc-main".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => accept(listener, service, stopped).await,
                    Err(error) => eprintln!("cannot accept connections: {error}"),
                }
            });
            runtime.shutdown_timeout(STOP_TIMEOUT);
        })
        .context("cannot start the server thread")?;
    Ok(ServerHandle {
        local_addr,
        stop: Some(stop),
        thread: Some(thread),
    })
}

async fn accept<D: Dispatch + Send + Sync + 'static>(
    listener: tokio::net::TcpListener,
    service: Arc<Service<D>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (closing, close) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            accepted = accept_one(&listener, &connections) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let service = Arc::clone(&service);
        let patience = service.patience;
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(
                TokioIo::new(Patient::new(stream, patience)),
                service_fn(move |request| {
                    let service = Arc::clone(&service);
                    async move { Ok::<_, Infallible>(service.respond(request).await) }
                }),
            );
        let mut close = close.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // How a connection ends, by the client's leave or by an error, is of no interest to the others.
            tokio::select! {
                _ = connection.as_mut() => {}
                _ = close.changed() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(permit);
        });
    }
    drop(listener);
    // Every connection watches for this value to go; calls that outlast the timeout are abandoned with the runtime.
    drop(closing);
    let _ = tokio::time::timeout(STOP_TIMEOUT, connections.acquire_many(MAX_CONNECTIONS)).await;
}

async fn accept_one(
    listener: &tokio::net::TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    if let Ok((stream, _)) = listener.accept().await {
        return Some((stream, permit));
    }
    // Out of file descriptors, most likely: let some connections end first.
    tokio::time::sleep(Duration::from_millis(50)).await;
    None
}

impl<D: Dispatch + Send + Sync + 'static> Service<D> {
    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let page = match self.origins.admit(&request) {
            Ok(page) => page,
            Err(why) => return reply(StatusCode::FORBIDDEN, why),
        };
        let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let mut response = match *request.method() {
            Method::POST => self.call(request).await,
            Method::OPTIONS => reply(StatusCode::NO_CONTENT, ""),
            _ => {
                let mut response = reply(StatusCode::METHOD_NOT_ALLOWED, "JSON-RPC requests are sent with POST\n");
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
                response
            }
        };
        if let Some(origin) = page {
            allow_origin(response.headers_mut(), origin, asked);
        }
        response
    }

    async fn call(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        // A body of unknown length may be as large as any.
        let size = request
            .body()
            .size_hint()
            .upper()
            .map_or(MAX_BODY, |size| usize::try_from(size).unwrap_or(usize::MAX));
        let kept = if size > MAX_BODY { 0 } else { size };
        let permits = u32::try_from(kept).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.bodies).acquire_many_owned(permits);
        let Ok(Ok(room)) = tokio::time::timeout(self.patience, room).await else {
            return reply(StatusCode::SERVICE_UNAVAILABLE, "too many large requests at once\n");
        };
        let body = match tokio::time::timeout(self.patience, read(request.into_body(), kept)).await {
            Ok(Ok(Some(body))) => body,
            Ok(Ok(None)) => return too_large(),
            Ok(Err(_)) => return reply(StatusCode::BAD_REQUEST, "the request body could not be read\n"),
            Err(_) => return reply(StatusCode::REQUEST_TIMEOUT, "the request body took too long\n"),
        };
        let dispatch = Arc::clone(&self.dispatch);
        // Execution is synchronous and may be long: it must not hold a thread that serves connections. It goes on when
        // the client is gone, and keeps its room until it ends.
        let answer = tokio::task::spawn_blocking(move || {
            let answer = envelope::answer(&*dispatch, &body);
            drop(room);
            answer
        });
        match answer.await {
            Ok(Some(answer)) => reply(StatusCode::OK, answer),
            Ok(None) => reply(StatusCode::NO_CONTENT, ""),
            Err(_) => reply(
                StatusCode::INTERNAL_SERVER_ERROR,
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}"#,
            ),
        }
    }
}

/// Reads a body of at most `most` bytes; `None` when it is larger. The rest of a larger one is read to some extent and
/// thrown away, because a client that is still sending does not see the answer.
async fn read(mut body: Incoming, most: usize) -> Result<Option<Vec<u8>>, hyper::Error> {
    let mut kept = Vec::new();
    let mut total = 0_usize;
    while total <= MAX_DISCARDED
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame?.into_data() else { continue };
        total = total.saturating_add(data.len());
        if total <= most {
            kept.extend_from_slice(&data);
        } else {
            kept = Vec::new();
        }
    }
    Ok((total <= most).then_some(kept))
}

fn too_large() -> Response<Full<Bytes>> {
    reply(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":-32600,"message":"invalid request: body over {MAX_BODY} bytes"}}}}"#
        ),
    )
}

fn reply(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let body = body.into();
    let content_type = if body.starts_with(b"{") || body.starts_with(b"[") {
        "application/json"
    } else {
        "text/plain"
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Lets the pages of `origin`, which have been admitted, read the answer and send the headers that they `asked` for.
fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue, asked: Option<HeaderValue>) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST, OPTIONS"),
    );
    let allowed = asked.unwrap_or(HeaderValue::from_static("content-type"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    headers.insert(
        HeaderName::from_static("access-control-allow-private-network"),
        HeaderValue::from_static("true"),
    );
}
