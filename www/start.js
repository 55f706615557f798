// Starts the page. A file of its own, because the Content-Security-Policy allows no inline script.

// Before the first paint; src/ui/theme.rs keeps it from there on.
try {
  document.documentElement.dataset.theme = localStorage.getItem("neocog-theme") ?? "auto";
} catch {
  // Storage is switched off: the system's colours.
}

const start = async () => {
  document.getElementById("fault-reload").addEventListener("click", () => location.reload());
  const { default: init } = await import("./app/app.js");
  await init();
};

// The page's texts are in the program that did not start, so these few are here, in each language.
const explain = (error) => {
  const put = (id, text) => (document.getElementById(id).textContent = text);
  put("fault-title", "Neocog could not start. / Neocog を起動できませんでした。");
  put("fault-advice", "Reload the page, or use a current browser. / 再読み込みするか、新しいブラウザをお使いください。");
  put("fault-words", String(error));
  put("fault-reload", "Reload / 再読み込み");
  document.getElementById("splash")?.remove();
  document.getElementById("fault").hidden = false;
};

document.addEventListener("DOMContentLoaded", () =>
  start().catch((error) => {
    // A panic has said what it is already.
    if (document.getElementById("fault").hidden) explain(error);
    throw error;
  }),
);
