//! The little of WebDriver that the tests need, over loopback: chromedriver as a child process and one session in it.
//!
//! <https://www.w3.org/TR/webdriver2/>; the `goog:` and `se` parts are chromedriver's own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Nothing that a test asks for takes longer.
const PATIENCE: Duration = Duration::from_secs(300);
/// What WebDriver calls an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a fresh profile. Dropping it closes the browser and ends the driver.
pub(crate) struct Session {
    driver: Child,
    port: u16,
    id: String,
    profile: PathBuf,
}

/// One line of the browser's console.
#[derive(Debug)]
pub(crate) struct ConsoleLine {
    pub(crate) level: String,
    pub(crate) message: String,
}

impl Session {
    /// Starts chromedriver and, through it, Chromium with these flags on top of those that make it quiet.
    pub(crate) fn start(driver: &Path, browser: Option<&Path>, flags: &[&str]) -> Self {
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", driver.display()));
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let port = port_in(&mut output);
        // Or the driver stops once its pipe is full.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));

        static SESSIONS: AtomicU32 = AtomicU32::new(0);
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("neocog-e2e-{}-{number}", std::process::id()));
        let mut session = Self { driver: child, port, id: String::new(), profile };

        let mut options = json!({ "args": args(flags, &session.profile) });
        if let Some(browser) = browser {
            options["binary"] = json!(browser);
        }
        let answer = session.command(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": { "browser": "ALL" },
                "timeouts": { "script": PATIENCE.as_millis() as u64, "pageLoad": 60_000 },
            } } }),
        );
        session.id = answer["sessionId"].as_str().expect("a session has an id").into();
        session
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    pub(crate) fn minimise(&self) {
        self.post("/window/minimize", &json!({}));
    }

    /// Runs the body of an asynchronous function in the page. `Err` holds what it threw: `message`, and `trouble` if any.
    ///
    /// Arguments and results travel as text: chromedriver takes half a minute for the hundred thousand bytes of a picture, which
    /// it wants to look at one by one. Bytes arrive as an array of numbers.
    pub(crate) fn run(&self, body: &str, args: &[Value]) -> Result<Value, Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const told = (answer) => done(JSON.stringify(answer, (_, v) => ArrayBuffer.isView(v) ? [...v] : v));
             const body = async (...args) => {{ {body} }};
             body(...JSON.parse(arguments[0])).then(
                 (ok) => told({{ ok: ok ?? null }}),
                 (error) => told({{ error: {{ message: String(error), trouble: error?.trouble ?? null }} }}),
             );"
        );
        let args = json!([Value::from(args).to_string()]);
        let answer = self.post("/execute/async", &json!({ "script": script, "args": args }));
        let text = answer.as_str().expect("a script answers with text");
        let mut answer: Value = serde_json::from_str(text).expect("it answers with JSON");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Types into the first element that the selector finds; for a file input, the path of a file.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// A click as a person makes it: fails where something else lies on top.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("an element").into()
    }

    /// Lines since the last call; those of workers are among them.
    pub(crate) fn console(&self) -> Vec<ConsoleLine> {
        let lines = self.post("/se/log", &json!({ "type": "browser" }));
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_string();
        lines
            .as_array()
            .into_iter()
            .flatten()
            .map(|line| ConsoleLine { level: text(line, "level"), message: text(line, "message") })
            .collect()
    }

    /// A PNG of what is in view.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        let encoded = self.command("GET", &format!("/session/{}/screenshot", self.id), &Value::Null);
        from_base64(encoded.as_str().unwrap_or_default())
    }

    /// A command of the DevTools protocol.
    pub(crate) fn devtools(&self, command: &str, params: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", &format!("/session/{}{path}", self.id), body)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        match exchange(self.port, method, path, body) {
            Ok((true, mut answer)) => answer["value"].take(),
            Ok((false, answer)) => {
                panic!("{method} {path}: {}: {}", answer["value"]["error"], answer["value"]["message"])
            }
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.id.is_empty() {
            // Closes the browser; a test that is failing already has nothing to gain from an error here.
            let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.id), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn args(flags: &[&str], profile: &Path) -> Vec<String> {
    let quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--window-size=1280,900",
    ];
    let profile = format!("--user-data-dir={}", profile.display());
    quiet.iter().chain(flags).map(|flag| (*flag).to_string()).chain([profile]).collect()
}

/// chromedriver names the port that it took: "… was started successfully on port 41235."
fn port_in(output: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    while output.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some((_, port)) = line.trim_end_matches(['.', '\n', '\r']).rsplit_once("successfully on port ") {
            return port.parse().expect("a port");
        }
        line.clear();
    }
    panic!("chromedriver ended without naming its port");
}

/// Whether the driver could do it, and its answer.
fn exchange(port: u16, method: &str, path: &str, body: &Value) -> std::io::Result<(bool, Value)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE + Duration::from_secs(30)))?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let (mut status, mut line, mut size_bytes) = (String::new(), String::new(), 0);
    reader.read_line(&mut status)?;
    while reader.read_line(&mut line)? > 2 {
        let header = line.to_ascii_lowercase();
        if let Some(length) = header.strip_prefix("content-length:") {
            size_bytes = length.trim().parse().map_err(std::io::Error::other)?;
        }
        line.clear();
    }
    let mut answer = vec![0; size_bytes];
    reader.read_exact(&mut answer)?;
    Ok((status.contains(" 200 "), serde_json::from_slice(&answer)?))
}

fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<usize> =
        text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)).collect();
    let bytes = |group: &[usize]| {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - group.len()));
        [bits >> 16, bits >> 8, bits].map(|byte| byte as u8).into_iter().take(group.len() - 1).collect::<Vec<_>>()
    };
    digits.chunks(4).flat_map(bytes).collect()
}

#[test]
fn base64_is_read() {
    for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")] {
        assert_eq!(from_base64(text), bytes.as_bytes());
    }
}
