//! A server on loopback that misbehaves on request: for downloads that are refused, break off, stall or lie.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How one path is answered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// The whole file, its length named before.
    Whole(Vec<u8>),
    /// Only a status, `404 Not Found` for example.
    Status(&'static str),
    /// The length of the whole file, but only so many bytes of it, then the end.
    BrokenOff { file: Vec<u8>, after_bytes: usize },
    /// The file in pieces with a pause after each: slow enough to be watched and stopped.
    Slow { file: Vec<u8>, piece_bytes: usize, pause: Duration },
    /// Zeros without an end and without a length.
    Endless,
}

/// Dropping it stops it, whatever is still being sent.
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl ScriptedServer {
    /// Paths begin with a slash; any other is answered with 404.
    pub(crate) fn start(answers: Vec<(&'static str, Answer)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let acceptor = std::thread::spawn({
            let stopping = Arc::clone(&stopping);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if stopping.load(Ordering::SeqCst) {
                        return;
                    }
                    let (answers, stopping) = (answers.clone(), Arc::clone(&stopping));
                    std::thread::spawn(move || {
                        // That the other side hangs up is part of the play.
                        let _ = reply(stream, &answers, &stopping);
                    });
                }
            }
        });
        Self { address, stopping, acceptor: Some(acceptor) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What the browser's console says about this server's answers.
    pub(crate) fn is_named_in(&self, message: &str) -> bool {
        message.contains(&self.address.to_string())
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn reply(mut stream: TcpStream, answers: &[(&str, Answer)], stopping: &AtomicBool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut line) = (String::new(), String::new());
    reader.read_line(&mut request)?;
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let answer = answers.iter().find(|(name, _)| *name == path).map(|(_, answer)| answer.clone());
    let mut head = |status: &str, length: Option<usize>| {
        let length = length.map(|bytes| format!("Content-Length: {bytes}\r\n")).unwrap_or_default();
        write!(
            stream,
            "HTTP/1.1 {status}\r\n{length}Content-Type: application/octet-stream\r\nAccess-Control-Allow-Origin: *\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
    };
    match answer.unwrap_or(Answer::Status("404 Not Found")) {
        Answer::Whole(file) => {
            head("200 OK", Some(file.len()))?;
            stream.write_all(&file)?;
        }
        Answer::Status(status) => head(status, Some(0))?,
        Answer::BrokenOff { file, after_bytes } => {
            head("200 OK", Some(file.len()))?;
            stream.write_all(&file[..after_bytes])?;
        }
        Answer::Slow { file, piece_bytes, pause } => {
            head("200 OK", Some(file.len()))?;
            for piece in file.chunks(piece_bytes).take_while(|_| !stopping.load(Ordering::SeqCst)) {
                stream.write_all(piece)?;
                std::thread::sleep(pause);
            }
        }
        Answer::Endless => {
            head("200 OK", None)?;
            while !stopping.load(Ordering::SeqCst) {
                stream.write_all(&[0; 64 * 1024])?;
            }
        }
    }
    stream.flush()
}

#[test]
fn it_does_as_it_is_told() {
    let file = || b"0123456789".to_vec();
    let server = ScriptedServer::start(vec![
        ("/whole", Answer::Whole(file())),
        ("/gone", Answer::Status("404 Not Found")),
        ("/broken", Answer::BrokenOff { file: file(), after_bytes: 4 }),
        ("/slow", Answer::Slow { file: file(), piece_bytes: 3, pause: Duration::from_millis(1) }),
        ("/endless", Answer::Endless),
    ]);
    let fetch = |path: &str, limit_bytes: u64| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.take(limit_bytes).read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    };
    for (path, start, end) in [
        ("/whole", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "\r\n\r\n0123456789"),
        ("/gone", "HTTP/1.1 404 Not Found\r\n", "\r\n\r\n"),
        ("/other", "HTTP/1.1 404 Not Found\r\n", "\r\n\r\n"),
        ("/broken", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "\r\n\r\n0123"),
        ("/slow", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "\r\n\r\n0123456789"),
    ] {
        let answer = fetch(path, u64::MAX);
        assert!(answer.starts_with(start) && answer.ends_with(end), "{path}: {answer}");
    }
    assert_eq!(fetch("/endless", 1 << 20).len(), 1 << 20);
    assert!(server.is_named_in(&format!("{} 404", server.url("/gone"))));
}
