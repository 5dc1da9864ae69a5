/* The search field: opens, closes, and fetches what it needs once somebody turns to it. */
import { readAhead } from "./data.js"

const toggle = document.getElementById("__search")
const form = document.querySelector("[data-portal=search]")
const SHORTCUTS = new Set(["/", "f", "s"])
let before = null
let panel = null

/* What the panel is made of, asked for at once rather than one after the other as they name each other. */
const PARTS = ["ranking", "matching", "endings"]

/* Milliseconds without the panel after which the reader is told that it is on its way. */
const SLOW = 300

/* Ask for the panel; again, at the next key, where it could not be read. Keys that came meanwhile count. */
function turnTo() {
  const { query } = form.elements
  const typed = query.value
  panel ??= mounted().catch((error) => {
    panel = null
    if (query.value !== typed) return turnTo()
    /* A script that does not fit those that are here is one of another deployment: only a new page helps. */
    tell(error instanceof SyntaxError ? "outdated" : "failed")
    return null
  })
  return panel
}

async function mounted() {
  const slow = setTimeout(tell, SLOW, "loading")
  try {
    for (const name of PARTS) import(`./${name}.js`).catch(() => null)
    readAhead().catch(() => null)
    const { mountPanel } = await import("./panel.js")
    tell(null)
    return mountPanel(form, close)
  } finally {
    clearTimeout(slow)
  }
}

function tell(what) {
  form.parentElement.querySelector(".portal-found__status").textContent = what && JSON.parse(form.dataset.words)[what]
}

function open() {
  if (!toggle.checked) toggle.click()
}

function close() {
  if (toggle.checked) toggle.click()
}

function changed() {
  const input = form.elements.query
  input.setAttribute("aria-expanded", String(toggle.checked))
  if (toggle.checked) {
    turnTo()
    if (document.activeElement !== input) {
      before = document.activeElement
      input.focus()
    }
    return
  }
  const inside = form.parentElement.contains(document.activeElement)
  if (inside && before?.isConnected && before !== document.body) before.focus()
  else if (inside) document.activeElement.blur()
  before = null
}

const writing = (element) => element?.isContentEditable || element?.matches?.("input, textarea, select")

export function mountSearch() {
  if (!form || !toggle) return
  const search = form.closest(".md-search")
  toggle.addEventListener("change", changed)
  form.elements.query.addEventListener("focus", open)
  form.elements.query.addEventListener("input", turnTo)
  for (const place of [form, ...document.querySelectorAll(".md-header__button[for=__search]")]) {
    for (const soon of ["pointerenter", "pointerdown"]) place.addEventListener(soon, turnTo, { once: true, passive: true })
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const enter = await turnTo()
    enter?.()
  })
  search.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !search.contains(relatedTarget)) close()
  })
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && toggle.checked) {
      event.preventDefault()
      close()
    } else if (SHORTCUTS.has(event.key) && !toggle.checked && !event.metaKey && !event.ctrlKey && !event.altKey && !writing(event.target)) {
      event.preventDefault()
      open()
    }
  })
  if (toggle.checked) changed()
}
