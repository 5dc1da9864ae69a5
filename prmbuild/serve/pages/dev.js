// Loads the page again when what it shows was rebuilt, and shows what stands in the way of a build.
(() => {
  "use strict";
  const here = document.querySelector("#prmbuild-dev");
  const status = here.querySelector(".prmbuild-dev-status");
  let overlay = null;
  let source = null;
  let dismissed = "";
  let was = { building: false };

  const close = () => {
    overlay?.remove();
    overlay = null;
  };

  const show = (findings) => {
    const text = findings.join("\n");
    if (text === dismissed || text === overlay?.querySelector("pre").textContent) return;
    close();
    overlay = document.createElement("section");
    overlay.className = "prmbuild-dev-overlay";
    overlay.setAttribute("role", "alert");
    const title = document.createElement("h2");
    title.textContent = "This cannot be built yet";
    const explanation = document.createElement("p");
    explanation.textContent = "You are looking at the last good build. Correct this and save:";
    const list = document.createElement("pre");
    list.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Close";
    button.addEventListener("click", () => {
      dismissed = text;
      close();
    });
    overlay.append(title, explanation, list, button);
    document.body.append(overlay);
  };

  const say = (text) => {
    if (status) status.textContent = text;
  };

  const hear = (state) => {
    if (state[here.dataset.page] !== here.dataset.mark) {
      source.close();
      location.reload();
      return;
    }
    if (state.failed && here.dataset.page === "portal") {
      show(state.findings);
    } else {
      close();
      dismissed = "";
    }
    if (state.building) say("rebuilding …");
    else if (state.failed) say("not rebuilt");
    else say(was.building ? "rebuilt, nothing changed in this portal" : "");
    was = state;
  };

  const listen = () => {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource("/_dev/events");
    source.addEventListener("state", (event) => hear(JSON.parse(event.data)));
    source.addEventListener("error", () => say("the server does not answer"));
  };

  // Browsers keep few connections to one place; tabs in the background leave theirs to the others.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else listen();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && overlay) overlay.querySelector("button").click();
  });
  // Switching comes back to the page one is on, as the other viewer sees it.
  here.querySelector('a[href="/_dev/"]')?.addEventListener("click", (event) => {
    event.currentTarget.href = "/_dev/?to=" + encodeURIComponent(location.pathname);
  });
  if (!document.hidden) listen();
})();
