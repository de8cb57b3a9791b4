//! Who may talk to the node through a browser.
//!
//! Listening on loopback keeps other machines out, not the pages that a browser on this one shows: any page may send
//! requests to `http://127.0.0.1`, and one whose own name resolves to 127.0.0.1 (DNS rebinding) even reads the answers.
//! So the name that a request is addressed to must be a name of this machine, and a request that a page sends, which
//! browsers mark with its origin, is taken only from pages of this machine, from browser extensions (wallets), and from
//! origins allowed by hand.

use std::{collections::BTreeSet, net::IpAddr};

use anyhow::ensure;
use hyper::{
    Request,
    header::{self, HeaderMap, HeaderValue},
};

/// Schemes of the pages of browser extensions.
const EXTENSIONS: [&str; 3] = ["chrome-extension", "moz-extension", "safari-web-extension"];

/// The origins beyond this machine whose pages may use the node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(BTreeSet<String>);

impl Origins {
    /// Allows `origins`, each in the form `scheme://host` or `scheme://host:port`.
    ///
    /// # Errors
    /// When one is of another form, such as with a path: no browser would ever send it.
    pub(crate) fn new(origins: &[String]) -> anyhow::Result<Self> {
        let allowed = origins.iter().map(|origin| {
            let lower = origin.to_ascii_lowercase();
            let named = split(&lower).is_some_and(|(_, authority)| host(authority).is_some());
            ensure!(
                named,
                "{origin} is not an origin, want scheme://host[:port] such as https://app.example.org"
            );
            Ok(lower)
        });
        Ok(Self(allowed.collect::<anyhow::Result<_>>()?))
    }

    /// Decides about a request: `Ok` with the page's origin when a page sent it, `Ok(None)` when something else did.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn admit<B>(&self, request: &Request<B>) -> Result<Option<HeaderValue>, &'static str> {
        let headers = request.headers();
        let mut addressed = headers.get_all(header::HOST).iter().peekable();
        let by_name = addressed.peek().is_some() && addressed.all(|name| name.to_str().is_ok_and(is_local));
        let by_uri = request
            .uri()
            .authority()
            .is_none_or(|authority| is_local(authority.as_str()));
        if !by_name || !by_uri {
            return Err("this node answers to the names localhost, 127.0.0.1 and [::1] only\n");
        }
        self.admit_page(headers)
    }

    fn admit_page(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, &'static str> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Ok(None),
            (Some(origin), None) if origin.to_str().is_ok_and(|origin| self.allows(origin)) => Ok(Some(origin.clone())),
            _ => Err("pages of this origin may not use this node, start it with --allow-origin to let them\n"),
        }
    }

    /// Whether pages of `origin` may use the node. `null` may not: any page can make itself that.
    fn allows(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let trusted = split(&origin).is_some_and(|(scheme, authority)| match scheme {
            "http" | "https" => is_local(authority),
            scheme => EXTENSIONS.contains(&scheme) && host(authority).is_some(),
        });
        trusted || self.0.contains(&origin)
    }
}

/// The scheme and what follows it.
fn split(origin: &str) -> Option<(&str, &str)> {
    origin.split_once("://").filter(|(scheme, _)| !scheme.is_empty())
}

/// The host of `host` or `host:port`; none for anything else.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let number = |port: &str| port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let port_ok = port.is_empty() || port.strip_prefix(':').is_some_and(number);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (port_ok && !host.is_empty() && host.bytes().all(plain)).then_some(host)
}

/// Whether `host` or `host:port` names this machine. An address cannot be made to mean another machine, nor can
/// `localhost`; any other name can.
fn is_local(authority: &str) -> bool {
    let bracketed = authority.starts_with('[');
    host(authority).is_some_and(|host| {
        let address = host.parse::<IpAddr>();
        (host.eq_ignore_ascii_case("localhost") && !bracketed)
            || address.is_ok_and(|address| address.is_loopback() && address.is_ipv6() == bracketed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_known() {
        for name in [
            "localhost",
            "LocalHost:8547",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.1.2.3:1",
            "[::1]",
            "[::1]:8547",
        ] {
            assert!(is_local(name), "{name}");
        }
        for name in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.1.evil.example",
            "evil.example:127",
            "user@localhost",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "localhost:+1",
            "localhost/x",
            "::1",
            "[::1",
            "[::1]x",
            "[127.0.0.1]",
            "[localhost]",
            "0.0.0.0",
            "192.168.1.1",
            "2130706433",
            "localhost:1:2",
        ] {
            assert!(!is_local(name), "{name}");
        }
    }

    #[test]
    fn origins_are_those_of_this_machine_of_extensions_and_those_allowed() {
        let origins =
            Origins::new(&["https://App.example.org".to_owned(), "http://10.0.0.1:3000".to_owned()]).expect("origins");
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://127.0.0.1:5173",
            "http://[::1]:3000",
            "chrome-extension://abcdefghijklmnop",
            "moz-extension://0b1c-2d",
            "safari-web-extension://0B1C-2D",
            "https://app.example.org",
            "http://10.0.0.1:3000",
        ] {
            assert!(origins.allows(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "://localhost",
            "localhost",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "ftp://localhost",
            "file://",
            "chrome-extension://",
            "https://app.example.org:444",
            "http://app.example.org",
            "https://app.example.org.evil.example",
            "http://10.0.0.1:3001",
        ] {
            assert!(!origins.allows(origin), "{origin}");
        }
    }

    #[test]
    fn only_origins_can_be_allowed() {
        for wrong in [
            "*",
            "null",
            "app.example.org",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://*.a.example",
            "",
        ] {
            assert!(Origins::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
