//! The page as a person meets it: open it, bring it files, read what it says.

use crate::skip::skip;
use crate::web_driver::{ConsoleLine, Session};
use neocog::serve::{Server, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// Long enough for a software GPU to compile and run a network on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(180);

/// Which GPU the browser has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gpu {
    /// Chromium's own software adapter: slow, and the same everywhere.
    Software,
    /// `navigator.gpu` is there, but gives no adapter.
    Off,
}

pub(crate) struct Page {
    session: Session,
    /// None of a file from the disk.
    site: Option<Server>,
    _turn: Turn,
}

/// A browser on a software GPU takes all cores, and two at once only run into each other's time limits; others may be two.
enum Turn {
    Alone { _guard: RwLockWriteGuard<'static, ()> },
    Together { _guard: RwLockReadGuard<'static, ()> },
}

impl Turn {
    fn wait_for(gpu: Gpu) -> Self {
        static BROWSERS: RwLock<()> = RwLock::new(());
        // A test that failed while it had the browser has closed it.
        match gpu {
            Gpu::Software => Turn::Alone { _guard: BROWSERS.write().unwrap_or_else(PoisonError::into_inner) },
            Gpu::Off => Turn::Together { _guard: BROWSERS.read().unwrap_or_else(PoisonError::into_inner) },
        }
    }
}

/// An element as it stands in the page.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// One row of the answer on the screen.
#[derive(Debug, PartialEq)]
pub(crate) struct Prediction {
    pub(crate) index: u32,
    pub(crate) label: String,
    pub(crate) probability: f64,
}

impl Seen {
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }
}

fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

/// Where the page is built; `None`, with its reason told, where it is not.
pub(crate) fn dist() -> Option<PathBuf> {
    let dist = std::env::var_os("NEOCOG_DIST").unwrap_or_else(|| "dist".into());
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join(dist);
    if dist.join("index.html").is_file() {
        return Some(dist);
    }
    skip(&format!("the page is not built ({} has no index.html); `make test` builds it", dist.display()));
    None
}

impl Page {
    /// Opens the page in a fresh browser; `None`, with its reason told, where there is no page or no browser.
    pub(crate) fn open(gpu: Gpu) -> Option<Self> {
        Self::open_with(gpu, &[])
    }

    /// By a link: nothing is classified that nobody looks at.
    pub(crate) fn open_at(gpu: Gpu, hash: &str) -> Option<Self> {
        Self::open_from(&dist()?, hash, gpu, &[])
    }

    /// Where nothing is computed by itself, for what is asked by scripts.
    pub(crate) fn open_idle(gpu: Gpu) -> Option<Self> {
        Self::open_at(gpu, "#/speed")
    }

    pub(crate) fn open_with(gpu: Gpu, more_flags: &[&str]) -> Option<Self> {
        Self::open_from(&dist()?, "", gpu, more_flags)
    }

    /// Serves the page from this folder, and opens it at this hash.
    pub(crate) fn open_from(dist: &Path, hash: &str, gpu: Gpu, more_flags: &[&str]) -> Option<Self> {
        let page = Self::blank(gpu, more_flags)?;
        let site = serve(dist, 0).expect("the page is served");
        page.session.open(&format!("{}{hash}", site.url()));
        page.wait("window.neocog to be there", LONG, || {
            page.js("return typeof window.neocog?.run === 'function'", &[]).as_bool().filter(|there| *there)
        });
        Some(Self { site: Some(site), ..page })
    }

    /// A file from the disk in a fresh browser, as a double click opens it.
    pub(crate) fn open_file(file: &Path) -> Option<Self> {
        let page = Self::blank(Gpu::Off, &[])?;
        page.session.open(&format!("file://{}", absolute(file)));
        Some(page)
    }

    fn blank(gpu: Gpu, more_flags: &[&str]) -> Option<Self> {
        let Some(driver) = program("CHROMEDRIVER", &["chromedriver"]) else {
            skip("there is no chromedriver; set CHROMEDRIVER or install it");
            return None;
        };
        let browser = program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
        let turn = Turn::wait_for(gpu);
        let mut flags = match gpu {
            Gpu::Software => vec!["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
            Gpu::Off => vec!["--disable-gpu", "--disable-features=WebGPU"],
        };
        flags.extend(more_flags);
        let session = Session::start(&driver, browser.as_deref(), &flags);
        Some(Self { session, site: None, _turn: turn })
    }

    pub(crate) fn url(&self) -> String {
        self.site.as_ref().map(Server::url).unwrap_or_default()
    }

    pub(crate) fn reload(&self) {
        self.session.reload();
    }

    /// Gives the page the size of a telephone's or any other screen.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.session.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// The address as it is now.
    pub(crate) fn url_now(&self) -> String {
        self.js("return location.href", &[]).as_str().unwrap_or_default().to_owned()
    }

    /// As if the disk had no more room than this for the page.
    pub(crate) fn limit_storage(&self, bytes: u64) {
        let origin = self.js("return location.origin", &[]);
        self.session.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": origin, "quotaSize": bytes }));
    }

    /// Puts the browser's window away: the page is hidden.
    pub(crate) fn hide(&self) {
        self.session.minimise();
    }

    /// A key of the keyboard, down and up; `code` is its virtual key code.
    pub(crate) fn key(&self, key: &str, code: u32) {
        let text = if key.chars().count() == 1 { key } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.session.devtools("Input.dispatchKeyEvent", event);
        }
    }

    /// A drag from one place in the window to another, by mouse or by finger.
    pub(crate) fn drag(&self, from: [f64; 2], to: [f64; 2], by_finger: bool) {
        let middle = [0, 1].map(|axis| (from[axis] + to[axis]) / 2.0);
        let path =
            [("Pressed", "Start", from), ("Moved", "Move", middle), ("Moved", "Move", to), ("Released", "End", to)];
        for (mouse, touch, [x, y]) in path {
            if by_finger {
                let points = if touch == "End" { json!([]) } else { json!([{ "x": x, "y": y }]) };
                let event = json!({ "type": format!("touch{touch}"), "touchPoints": points });
                self.session.devtools("Input.dispatchTouchEvent", event);
            } else {
                let event = json!({ "type": format!("mouse{mouse}"), "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
                self.session.devtools("Input.dispatchMouseEvent", event);
            }
        }
    }

    /// The value of an asynchronous function body; `args` are its arguments.
    pub(crate) fn js(&self, body: &str, args: &[Value]) -> Value {
        self.try_js(body, args).unwrap_or_else(|error| self.give_up(&format!("the page threw {error} in: {body}")))
    }

    pub(crate) fn try_js(&self, body: &str, args: &[Value]) -> Result<Value, Value> {
        self.session.run(body, args)
    }

    /// `window.neocog.run(job)`; `Err` is the trouble. A byte field is given as an array of numbers.
    pub(crate) fn run_job(&self, job: Value) -> Result<Value, Value> {
        let run = "const bytes = (v) => Array.isArray(v) ? Uint8Array.from(v) : v;
            const job = args[0];
            if (job.add_picture?.source?.bytes) job.add_picture.source.bytes = bytes(job.add_picture.source.bytes);
            return window.neocog.run(job);";
        self.try_js(run, &[job]).map_err(|mut error| match error["trouble"].take() {
            Value::Null => self.give_up(&format!("a job failed without a trouble: {error}")),
            trouble => trouble,
        })
    }

    pub(crate) fn all(&self, testid: &str) -> Vec<Seen> {
        let look = "return [...document.querySelectorAll(`[data-testid=\"${args[0]}\"]`)].map((e) => ({
            text: e.innerText ?? '', html: e.outerHTML,
            attributes: Object.fromEntries([...e.attributes].map((a) => [a.name, a.value])) }))";
        let seen = self.js(look, &[json!(testid)]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let attributes = |value: &Value| {
            value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
        };
        seen.as_array()
            .into_iter()
            .flatten()
            .map(|one| Seen {
                text: text(&one["text"]),
                html: text(&one["html"]),
                attributes: attributes(&one["attributes"]),
            })
            .collect()
    }

    /// Waits until an element with this id is as wanted.
    pub(crate) fn wait_for(&self, testid: &str, timeout: Duration, wanted: impl Fn(&Seen) -> bool) -> Seen {
        self.wait(testid, timeout, || self.all(testid).into_iter().find(&wanted))
    }

    /// Asks again and again; gives up with a screenshot and the console.
    pub(crate) fn wait<T>(&self, what: &str, timeout: Duration, ask: impl Fn() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = ask() {
                return found;
            }
            if start.elapsed() > timeout {
                self.give_up(&format!("waited {timeout:?} in vain for {what}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Fails the test with all that helps to see why.
    pub(crate) fn give_up(&self, why: &str) -> ! {
        let shot = self.screenshot("failed");
        let rows = self.predictions();
        let said: Vec<String> = self.all("trouble").into_iter().map(|seen| seen.text).collect();
        let console: Vec<String> = self.session.console().into_iter().map(|line| line.message).collect();
        panic!(
            "{why}\nanswer on the page: {rows:?}\ntroubles on the page: {said:?}\nconsole: {console:#?}\nscreenshot: {}",
            shot.display()
        );
    }

    /// Writes what is in view to `tests/e2e/out/<test>-<name>.png`.
    pub(crate) fn screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/out");
        std::fs::create_dir_all(&folder).unwrap();
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let file = folder.join(format!("{test}-{name}.png"));
        std::fs::write(&file, self.session.screenshot()).unwrap();
        file
    }

    /// Drops files on the element.
    pub(crate) fn drop_files(&self, files: &[&Path], testid: &str) {
        self.bring_files(
            files,
            "for (const kind of ['dragenter', 'dragover', 'drop']) {
                target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
             }",
            testid,
        );
    }

    pub(crate) fn drop_file(&self, file: &Path, testid: &str) {
        self.drop_files(&[file], testid);
    }

    /// Drops a folder on the element, as the browser itself does: only then has the page its entries.
    pub(crate) fn drop_folder(&self, folder: &Path, testid: &str) {
        let middle = "const target = document.querySelector(`[data-testid=\"${args[0]}\"]`);
            target.scrollIntoView({ block: 'center' });
            const { left, top, width, height } = target.getBoundingClientRect();
            return [left + width / 2, top + height / 2]";
        let at = self.js(middle, &[json!(testid)]);
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": [absolute(folder)], "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": at[0], "y": at[1], "data": data });
            self.session.devtools("Input.dispatchDragEvent", event);
        }
    }

    /// Pastes a file, as after copying it or a screenshot.
    pub(crate) fn paste_file(&self, file: &Path) {
        self.bring_files(
            &[file],
            "document.body.dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));",
            "drop-zone",
        );
    }

    pub(crate) fn paste_text(&self, text: &str) {
        self.js(
            "const data = new DataTransfer();
             data.setData('text/plain', args[0]);
             document.body.dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));",
            &[json!(text)],
        );
    }

    /// Chooses a file as in the dialog of the page's own input.
    pub(crate) fn choose_file(&self, file: &Path, testid: &str) {
        self.choose_by(file, &format!("[data-testid=\"{testid}\"]"));
    }

    /// The same of the input that a CSS selector finds.
    pub(crate) fn choose_by(&self, file: &Path, selector: &str) {
        self.session.type_into(selector, &absolute(file));
    }

    /// Clicks on the element with the one id inside the element with the other that has this text.
    pub(crate) fn click_in(&self, outer: &str, text: &str, inner: &str) {
        let mark = "for (const old of document.querySelectorAll('[data-e2e]')) delete old.dataset.e2e;
            const outer = [...document.querySelectorAll(`[data-testid=\"${args[0]}\"]`)];
            const found = outer.find((one) => one.innerText.includes(args[1]));
            found?.querySelector(`[data-testid=\"${args[2]}\"]`)?.setAttribute('data-e2e', '');
            return Boolean(found)";
        self.wait(&format!("{outer} with {text:?}"), LONG, || {
            self.js(mark, &[json!(outer), json!(text), json!(inner)]).as_bool().filter(|found| *found)
        });
        self.session.click("[data-e2e]");
    }

    /// Picks a network by its name.
    pub(crate) fn select_network(&self, name: &str) {
        let select = "const select = document.querySelector('[data-testid=\"model-select\"]');
            // A person cannot choose what is not in the list.
            if (![...(select?.options ?? [])].some((option) => option.value === args[0])) return null;
            if (select.value !== args[0]) {
                select.value = args[0];
                select.dispatchEvent(new Event('input', { bubbles: true }));
                select.dispatchEvent(new Event('change', { bubbles: true }));
            }
            return select.value";
        self.wait(&format!("the network {name} to be on offer"), LONG, || {
            (self.js(select, &[json!(name)]) == json!(name)).then_some(())
        });
    }

    /// Real `File`s can only be had from an input: a hidden one takes them, and the event hands them on.
    fn bring_files(&self, files: &[&Path], dispatch: &str, testid: &str) {
        self.js(
            "const input = document.createElement('input');
             Object.assign(input, { type: 'file', multiple: true, id: 'e2e-files' });
             input.style.display = 'none';
             document.body.append(input);",
            &[],
        );
        let paths: Vec<String> = files.iter().map(|file| absolute(file)).collect();
        self.session.type_into("#e2e-files", &paths.join("\n"));
        let hand_on = format!(
            "const input = document.getElementById('e2e-files');
             const data = new DataTransfer();
             for (const file of input.files) data.items.add(file);
             input.remove();
             const target = document.querySelector(`[data-testid=\"${{args[0]}}\"]`);
             if (!target) throw new Error(`there is no ${{args[0]}}`);
             {dispatch}"
        );
        self.js(&hand_on, &[json!(testid)]);
    }

    pub(crate) fn predictions(&self) -> Vec<Prediction> {
        let rows = self.all("prediction");
        rows.iter()
            .map(|row| Prediction {
                index: row.attribute("data-index").parse().unwrap_or(u32::MAX),
                label: row.attribute("data-label").into(),
                probability: row.attribute("data-probability").parse().unwrap_or(f64::NAN),
            })
            .collect()
    }

    /// Waits until the first row is this class.
    pub(crate) fn wait_for_class(&self, index: u32) -> Vec<Prediction> {
        self.wait(&format!("class {index}"), LONG, || {
            Some(self.predictions()).filter(|rows| rows.first().is_some_and(|row| row.index == index))
        })
    }

    /// Bytes of the page's JavaScript heap, its garbage collected.
    pub(crate) fn script_bytes(&self) -> u64 {
        self.session.devtools("HeapProfiler.collectGarbage", json!({}));
        self.session.devtools("Runtime.getHeapUsage", json!({}))["usedSize"].as_f64().unwrap_or_default() as u64
    }

    /// Every file in the page's private storage, with its size in bytes.
    pub(crate) fn stored_files(&self) -> BTreeMap<String, u64> {
        let walk = "const found = {};
            const visit = async (folder, path) => {
                for await (const [name, entry] of folder.entries()) {
                    if (entry.kind === 'directory') await visit(entry, `${path}${name}/`);
                    // A file may be renamed while the folder is read.
                    else await entry.getFile().then((file) => { found[path + name] = file.size; }, () => {});
                }
            };
            await visit(await navigator.storage.getDirectory(), '');
            return found";
        serde_json::from_value(self.js(walk, &[])).unwrap()
    }

    /// Ends the test: nothing may have been said on the console as an error, but for what the test provoked.
    pub(crate) fn assert_quiet_but(&self, provoked: impl Fn(&ConsoleLine) -> bool) {
        let errors: Vec<_> =
            self.session.console().into_iter().filter(|line| line.level == "SEVERE" && !provoked(line)).collect();
        assert!(errors.is_empty(), "errors on the console: {errors:#?}");
    }

    pub(crate) fn assert_quiet(&self) {
        self.assert_quiet_but(|_| false);
    }
}

fn absolute(file: &Path) -> String {
    let path = file.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    path.to_str().expect("a path in Unicode").into()
}
