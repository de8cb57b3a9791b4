//! HTTP transport: one POST is one JSON-RPC request or batch. Loopback only.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::envelope::{self, Dispatch};

/// Largest request body, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Most connections open at once; further ones wait to be accepted.
const MAX_CONNECTIONS: u32 = 256;
/// Most calls executing or waiting for the chain at once; further ones wait in line.
const MAX_CALLS: usize = 64;
/// A client that takes longer to send a request is cut off.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
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

/// Serves `dispatch` on `addr` from a thread of its own.
///
/// # Errors
/// When `addr` is not a loopback address or cannot be bound.
pub(super) fn serve<D: Dispatch + Send + Sync + 'static>(
    dispatch: Arc<D>,
    addr: SocketAddr,
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
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("devnet-rpc-main".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => accept(listener, dispatch, stopped).await,
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
    dispatch: Arc<D>,
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
        let dispatch = Arc::clone(&dispatch);
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(READ_TIMEOUT)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let dispatch = Arc::clone(&dispatch);
                    async move { Ok::<_, Infallible>(respond(dispatch, request).await) }
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

async fn respond<D: Dispatch + Send + Sync + 'static>(
    dispatch: Arc<D>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = match *request.method() {
        Method::POST => call(dispatch, request).await,
        Method::OPTIONS => reply(StatusCode::NO_CONTENT, ""),
        _ => {
            let mut response = reply(StatusCode::METHOD_NOT_ALLOWED, "JSON-RPC requests are sent with POST\n");
            response
                .headers_mut()
                .insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
            response
        }
    };
    allow_any_origin(response.headers_mut(), asked);
    response
}

async fn call<D: Dispatch + Send + Sync + 'static>(
    dispatch: Arc<D>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let body = match tokio::time::timeout(READ_TIMEOUT, Limited::new(request.into_body(), MAX_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return reply(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":-32600,"message":"invalid request: body over {MAX_BODY} bytes"}}}}"#
                ),
            );
        }
        Ok(Err(_)) => return reply(StatusCode::BAD_REQUEST, "the request body could not be read\n"),
        Err(_) => return reply(StatusCode::REQUEST_TIMEOUT, "the request body took too long\n"),
    };
    // Execution is synchronous and may be long: it must not hold a thread that serves connections.
    match tokio::task::spawn_blocking(move || envelope::answer(&*dispatch, &body)).await {
        Ok(Some(answer)) => reply(StatusCode::OK, answer),
        Ok(None) => reply(StatusCode::NO_CONTENT, ""),
        Err(_) => reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}"#,
        ),
    }
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

/// Lets pages of any origin talk to this node, as wallets in browsers need.
fn allow_any_origin(headers: &mut HeaderMap, asked: Option<HeaderValue>) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
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
