//! A static file server on loopback, for `make run` and for the end-to-end tests. Standard library only: `.ci/serve.rs`
//! compiles this file on its own.
//!
//! GET and HEAD, one request per connection, types as a page with a strict Content-Security-Policy and `nosniff` needs them,
//! nothing outside the folder: no `..`, no links that lead out of it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest request line plus headers that is read.
const MAX_HEAD_BYTES: u64 = 16 * 1024;
/// A connection that says nothing for so long is closed.
const IDLE: Duration = Duration::from_secs(10);

/// A running server; dropping it stops it.
pub struct Server {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

/// Serves the files under `dir` on 127.0.0.1. Port 0 takes a free one; see [`Server::address`].
///
/// # Errors
/// `dir` is not a readable folder, or the port is taken ([`io::ErrorKind::AddrInUse`]).
pub fn serve(dir: &Path, port: u16) -> io::Result<Server> {
    let root = dir
        .canonicalize()
        .map_err(|source| io::Error::new(source.kind(), format!("cannot serve {}: {source}", dir.display())))?;
    if !root.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("{} is not a folder", dir.display())));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let address = listener.local_addr()?;
    let stopping = Arc::new(AtomicBool::new(false));
    let acceptor = std::thread::spawn({
        let stopping = Arc::clone(&stopping);
        move || accept(&listener, &root, &stopping)
    });
    Ok(Server { address, stopping, acceptor: Some(acceptor) })
}

impl Server {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>/`
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until the process ends.
    pub fn join(mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            // The thread ends only by a panic, which has been printed already.
            let _ = acceptor.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then sees that it has to stop.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, root: &Path, stopping: &AtomicBool) {
    for stream in listener.incoming() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        // A connection that broke off before it was accepted is the other side's business.
        let Ok(stream) = stream else { continue };
        let root = root.to_path_buf();
        // So is one that breaks off later.
        std::thread::spawn(move || {
            let _ = answer(stream, &root);
        });
    }
}

fn answer(stream: TcpStream, root: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_write_timeout(Some(IDLE))?;
    let mut head = BufReader::new(stream.try_clone()?).take(MAX_HEAD_BYTES);
    let mut request = String::new();
    head.read_line(&mut request)?;
    // The headers say nothing that matters here, but a client may want them read before it listens.
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = request.split_ascii_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return refuse(stream, "405 Method Not Allowed");
    }
    let Some(path) = file_for(root, target) else {
        return refuse(stream, "404 Not Found");
    };
    send(stream, &path, method == "GET")
}

fn refuse(mut stream: TcpStream, status: &str) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nAllow: GET, HEAD\r\n\
         Connection: close\r\n\r\n{status}",
        status.len()
    )
}

fn send(mut stream: TcpStream, path: &Path, with_body: bool) -> io::Result<()> {
    let mut file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {size_bytes}\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-cache\r\nConnection: close\r\n\r\n",
        mime_type(path)
    )?;
    if with_body {
        io::copy(&mut file, &mut stream)?;
    }
    stream.flush()
}

/// The file that a request's target means, if it is one inside `root`.
fn file_for(root: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let decoded = percent_decoded(path.strip_prefix('/')?)?;
    let mut file = root.to_path_buf();
    for part in decoded.split('/') {
        if part == ".." || part.contains(['\\', '\0', ':']) {
            return None;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    // Resolves links, which may lead out of the folder.
    let file = file.canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || Some(char::from(rest.next()?).to_digit(16)? as u8);
            digit()? * 16 + digit()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

fn mime_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a page, a module and, beside it, a file that nobody may fetch.
    fn site(name: &str) -> PathBuf {
        let base = std::env::temp_dir().join(format!("neocog-serve-{}-{name}", std::process::id()));
        let root = base.join("site");
        std::fs::create_dir_all(root.join("sub dir")).unwrap();
        std::fs::write(base.join("secret.txt"), "secret").unwrap();
        std::fs::write(root.join("index.html"), "<p>home").unwrap();
        std::fs::write(root.join("engine.wasm"), b"\0asm").unwrap();
        std::fs::write(root.join("sub dir/ü.txt"), "deep").unwrap();
        root
    }

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn files_come_with_type_and_length() {
        let server = serve(&site("types"), 0).unwrap();
        let home = ask(&server, "GET /?query HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(home.starts_with("HTTP/1.1 200 OK\r\n"), "{home}");
        assert!(home.contains("Content-Type: text/html; charset=utf-8\r\n") && home.ends_with("\r\n\r\n<p>home"));
        let wasm = ask(&server, "GET /engine.wasm HTTP/1.1\r\n\r\n");
        assert!(wasm.contains("Content-Type: application/wasm\r\n") && wasm.contains("Content-Length: 4\r\n"));
        let deep = ask(&server, "GET /sub%20dir/%C3%BC.txt HTTP/1.1\r\n\r\n");
        assert!(deep.ends_with("\r\n\r\ndeep"), "{deep}");
    }

    #[test]
    fn head_has_no_body_and_other_methods_are_refused() {
        let server = serve(&site("methods"), 0).unwrap();
        let head = ask(&server, "HEAD / HTTP/1.1\r\n\r\n");
        assert!(head.contains("Content-Length: 7\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(ask(&server, "POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
        assert!(ask(&server, "\r\n\r\n").starts_with("HTTP/1.1 405"));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let root = site("escape");
        #[cfg(unix)]
        if !root.join("link.txt").exists() {
            std::os::unix::fs::symlink(root.join("../secret.txt"), root.join("link.txt")).unwrap();
        }
        let server = serve(&root, 0).unwrap();
        for target in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/sub%20dir/../../secret.txt",
            "/..%5csecret.txt",
            "//etc/passwd",
            "/link.txt",
            "/none",
            "/%zz",
            "/%ff",
            "secret.txt",
            "http://x/",
        ] {
            let answer = ask(&server, &format!("GET {target} HTTP/1.1\r\n\r\n"));
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
    }

    #[test]
    fn it_stops_and_says_what_it_cannot_serve() {
        let server = serve(&site("stop"), 0).unwrap();
        let address = server.address();
        drop(server);
        assert!(TcpListener::bind(address).is_ok(), "the port is free again");
        assert!(serve(Path::new("/no/such/folder"), 0).err().unwrap().to_string().contains("/no/such/folder"));
    }
}
