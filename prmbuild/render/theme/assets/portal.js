/* What differs from portal to portal is loaded and drawn here; the pages themselves are the same for all. */
import { mountAhead } from "./ahead.js"
/* Named here as well, what others import is asked for with them rather than after them. */
import "./search/data.js"
import "./search/tokens.js"
import "./sidebar.js"
import { approach, drawNavigation, drawNews, loadChanges, loadNavigation } from "./navigation.js"
import { mountDrawer } from "./drawer.js"
import { mountSearch } from "./search/field.js"
import { markFollowed } from "./search/followed.js"
import { returning, visit } from "./visits.js"

async function mountNavigation() {
  const nodes = await loadNavigation()
  await approach(nodes)
  visit(nodes)
  drawNavigation(nodes)
  if (returning()) drawNews(await loadChanges())
}

/* What few documents have is loaded where it stands. */
async function mountDocument() {
  if (document.querySelector("[data-portal=catalogue]")) (await import("./catalogue.js")).mountCatalogue(document)
  if (document.querySelector("[data-portal=quiz]")) (await import("./quiz.js")).mountQuiz(document)
}

function arrive() {
  const content = document.getElementById("__content")
  restoreTabs()
  frameDiagrams()
  help()
  markFollowed()
}

/* What the theme and Markdown leave without a name or out of the keyboard's reach. */
function help() {
  document.querySelector(".portal-skip")?.setAttribute("href", "#__content")
  for (const box of document.querySelectorAll(".task-list-item input")) {
    const text = box.closest("li").cloneNode(true)
    for (const inner of text.querySelectorAll("ul, ol")) inner.remove()
    box.setAttribute("aria-label", text.textContent.trim())
  }
  requestAnimationFrame(() => {
    for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0
    }
  })
}

/* A wide diagram scrolls on a narrow window rather than shrink until nobody can read it. */
function frameDiagrams() {
  for (const diagram of document.querySelectorAll("pre[data-search-exclude], .md-typeset div.mermaid")) {
    if (diagram.closest(".portal-diagram")) continue
    const frame = document.createElement("div")
    frame.className = "portal-diagram"
    frame.tabIndex = 0
    frame.role = "group"
    diagram.replaceWith(frame)
    frame.append(diagram)
  }
}

/* Open the content tabs that the reader opened last, as the theme remembers them, or the one the address names. */
function restoreTabs() {
  const remembered = __md_get("__tabs")
  for (const set of document.querySelectorAll(".tabbed-set")) {
    const labels = [...set.querySelectorAll(":scope > .tabbed-labels > label")]
    const label = labels.find((one) => Array.isArray(remembered) && remembered.includes(one.innerText.trim()))
    if (label) document.getElementById(label.htmlFor).checked = true
  }
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target?.name?.startsWith("__tabbed_")) target.checked = true
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".portal-skip")) return
  event.preventDefault()
  event.stopPropagation()
  document.getElementById("__content")?.focus()
}, { capture: true })

/* What acts as a button answers the space bar; the theme sees to the Enter key. */
document.addEventListener("keydown", (event) => {
  if (event.key !== " ") return
  const palette = event.target.closest?.("[data-md-component=palette]")
  const pressed = palette ? palette.querySelector("label:not([hidden])") : event.target.closest?.("label[role=button]")
  if (!pressed) return
  event.preventDefault()
  pressed.click()
})

mountNavigation()
mountDrawer()
mountDocument()
mountSearch()
mountAhead()
/* The theme changes what is written when the page is there; what follows up on that waits for it. */
if (window.document$) window.document$.subscribe(arrive)
else arrive()
