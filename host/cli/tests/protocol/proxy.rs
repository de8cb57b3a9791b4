//! A node that can drop out: passes connections on to the real one, or breaks them off.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes connections on until it is told not to.
pub(crate) struct Proxy {
    address: SocketAddr,
    is_down: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// In front of the node at this URL.
    pub(crate) fn to(url: &str) -> Self {
        let target: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            is_down: Arc::default(),
            open: Arc::default(),
        };
        let (is_down, open) = (Arc::clone(&proxy.is_down), Arc::clone(&proxy.open));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if is_down.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(node) = TcpStream::connect(target) else { continue };
                // A connection that breaks is the client's to see.
                let _ = pass(&open, &client, &node);
            }
        });
        proxy
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks all connections off, and takes no more.
    pub(crate) fn drop_out(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        for stream in self.open.lock().expect("no test fails while it holds this").drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Takes connections again.
    pub(crate) fn come_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }
}

/// Passes bytes on in both directions until one of the two closes.
fn pass(open: &Mutex<Vec<TcpStream>>, client: &TcpStream, node: &TcpStream) -> io::Result<()> {
    for (from, to) in [(client, node), (node, client)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        open.lock()
            .expect("no test fails while it holds this")
            .push(from.try_clone()?);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1_024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
