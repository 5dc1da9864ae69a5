/* Sidebar, tabs, breadcrumb and pager, drawn from navigation.json with the theme's own elements. */
import { keepSidebar, openers, wide } from "./sidebar.js"
import { unseen } from "./visits.js"

const WAIT = 200 /* milliseconds before a folder that loads says so */

const root = new URL("../../", import.meta.url)

async function load(file) {
  try {
    const answer = await fetch(new URL(file, root), { credentials: "same-origin" })
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  }
}

/* Address → what the page, in its own language, calls the documents that every portal has. */
const named = new Map([...document.querySelectorAll("[data-portal=sidebar] a")].map((link) => [new URL(link.href).pathname, link.textContent.trim()]))

export async function loadNavigation() {
  const nodes = (await load("navigation.json"))?.items ?? []
  return nodes.map((node) => ({ ...node, title: (node.url !== undefined && named.get(address(node))) || node.title }))
}

export const loadChanges = async () => (await load("whats-new/latest.json")) ?? []

/* In a large portal a folder's part of the navigation is a file of its own. Tells whether it could be loaded. */
async function fill(node) {
  const part = await load(node.more)
  if (!part) return false
  node.items = part.items
  delete node.more
  return true
}

/* Load the parts on the way to the page on show. */
export async function approach(nodes) {
  const near = nodes.find((node) => node.more && here().startsWith(new URL(node.more.replace(/^navigation\/|index\.json$/g, ""), root).pathname))
  if (near) await fill(near)
  for (const node of nodes) if (node.items && (node === near || node.items.some((inner) => inner.more))) await approach(node.items)
}

export const address = (node) => new URL(node.url, root).pathname
export const here = () => location.pathname.replace(/index\.html$/, "")
export const leaves = (nodes) => nodes.flatMap((node) => [node, ...leaves(node.items ?? [])])

const first = (node) => leaves([node]).find((one) => one.url !== undefined)
const link = (node) => new URL(first(node)?.url ?? node.first ?? "", root).href
const place = (name) => document.querySelector(`[data-portal="${name}"]`)

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "")
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/* The nodes from the top to the page on show; the deepest where several have its address. */
function trail(nodes) {
  for (const node of nodes) {
    const inner = trail(node.items ?? [])
    if (inner.length) return [node, ...inner]
    if (node.url !== undefined && address(node) === here()) return [node]
  }
  return []
}

export function drawNavigation(nodes) {
  if (!nodes.length) return
  const path = trail(nodes)
  drawTabs(nodes, path)
  drawPath(nodes, path)
  drawPager(path)
  drawSidebar(nodes, path) /* last: it asks where things stand, and so lays all of the page out */
}

function dot(node) {
  if (!unseen(node)) return null
  return make("span", { class: "portal-dot", title: place("sidebar")?.dataset.unseen, role: "img", "aria-label": place("sidebar")?.dataset.unseen })
}

function drawSidebar(nodes, path) {
  const list = place("sidebar")
  if (!list) return
  list.replaceChildren(...nodes.map((node, index) => entry(node, `__nav_${index + 1}`, 1, path)))
  keepSidebar(list)
}

/* Runs one call at a time; another in the meantime gets the same outcome. */
function once(work) {
  let running = null
  return () => (running ??= work().finally(() => (running = null)))
}

function entry(node, id, level, path) {
  const active = path.includes(node)
  const current = path.at(-1) === node
  const name = make("span", { class: "md-ellipsis" }, node.title)
  if (!node.items?.length && !node.more) {
    const item = make("li", { class: `md-nav__item${active ? " md-nav__item--active" : ""}` })
    const contents = current ? tableOfContents() : null
    if (contents) {
      item.append(
        make("input", { class: "md-nav__toggle md-toggle", type: "checkbox", id: "__toc" }),
        make("label", { class: "md-nav__link md-nav__link--active", for: "__toc" }, name.cloneNode(true), make("span", { class: "md-nav__icon md-icon" })),
      )
    }
    item.append(make("a", { href: link(node), class: `md-nav__link${current ? " md-nav__link--active" : ""}`, "aria-current": current && "page" }, name, dot(node)))
    if (contents) item.append(contents)
    return item
  }
  const section = level === 1 && active
  const headed = node.url !== undefined && node.items?.[0]?.url !== node.url
  const toggle = make("input", { class: "md-nav__toggle md-toggle", type: "checkbox", id })
  toggle.checked = active && (!current || wide())
  const opener = make("label", { class: "md-nav__link", for: id, id: `${id}_label`, tabindex: section ? null : "0", role: section ? null : "button", "aria-expanded": section ? null : String(toggle.checked), "aria-label": headed && !section ? node.title : null })
  const icon = make("span", { class: "md-nav__icon md-icon" })
  const list = make("ul", { class: "md-nav__list", "data-md-scrollfix": true })
  const draw = () => list.replaceChildren(...(node.items ?? []).map((item, index) => entry(item, `${id}_${index + 1}`, level + 1, path)))
  const loadItems = once(async () => {
    const say = place("sidebar").dataset
    const waiting = setTimeout(() => list.replaceChildren(make("li", { class: "md-nav__item portal-nav__state", role: "status" }, say.loading)), WAIT)
    opener.setAttribute("aria-busy", "true")
    const filled = await fill(node)
    clearTimeout(waiting)
    opener.removeAttribute("aria-busy")
    if (filled) return draw()
    const again = make("button", { type: "button", class: "portal-nav__again" }, say.again)
    again.addEventListener("click", async () => {
      await loadItems()
      const next = list.querySelector("a, button")
      next?.focus()
    })
    list.replaceChildren(make("li", { class: "md-nav__item portal-nav__state", role: "alert" }, say.failed, " ", again))
  })
  const opened = () => {
    if (opener.hasAttribute("role")) opener.setAttribute("aria-expanded", String(toggle.checked))
    return toggle.checked && node.more ? loadItems() : null
  }
  toggle.addEventListener("change", opened)
  openers.set(id, { toggle, opened })
  draw()
  let head = opener
  if (headed) {
    opener.append(icon)
    head = make(
      "div",
      { class: "md-nav__link md-nav__container" },
      make("a", { href: link(node), class: `md-nav__link${current ? " md-nav__link--active" : ""}`, "aria-current": current && "page" }, name, dot(node)),
      opener,
    )
  } else {
    opener.append(name, icon)
  }
  return make(
    "li",
    { class: `md-nav__item md-nav__item--nested${active ? " md-nav__item--active" : ""}${section ? " md-nav__item--section" : ""}` },
    toggle,
    head,
    make(
      "nav",
      { class: "md-nav", "data-md-level": level, "aria-labelledby": `${id}_label` },
      make("label", { class: "md-nav__title", for: id, role: wide() ? null : "button", tabindex: wide() ? null : "0" }, make("span", { class: "md-nav__icon md-icon" }), node.title),
      list,
    ),
  )
}

/* On a narrow window the sidebar's drawer holds the page's own contents, too. */
function tableOfContents() {
  const own = document.querySelector(".md-sidebar--secondary .md-nav--secondary")
  if (!own?.querySelector("a")) return null
  const copy = own.cloneNode(true)
  for (const list of copy.querySelectorAll("[data-md-component]")) list.removeAttribute("data-md-component")
  for (const title of copy.querySelectorAll("label.md-nav__title")) Object.assign(title, { role: "button", tabIndex: 0 })
  return copy
}

let resize = null

function drawTabs(nodes, path) {
  const list = place("tabs")
  if (!list) return
  const shown = path[0] ?? nodes.find((node) => node.url && here().startsWith(address(node)))
  const tab = (node) => {
    const active = shown === node
    return make(
      "li",
      { class: `md-tabs__item${active ? " md-tabs__item--active" : ""}` },
      make("a", { href: link(node), class: "md-tabs__link", "aria-current": active && (path.length === 1 ? "page" : "true") }, node.title),
    )
  }
  const all = nodes.map(tab)
  const fit = () => fitTabs(list, all)
  list.replaceChildren(...all)
  resize?.disconnect()
  resize = new ResizeObserver(fit) /* which calls it before the tabs are painted, when they are laid out anyway */
  resize.observe(list.parentElement)
  if (document.fonts?.status === "loading") document.fonts.ready.then(fit)
}

/* Show the tabs that fit, the active one among them, and keep the rest in a menu. */
function fitTabs(list, all) {
  const box = getComputedStyle(list.parentElement)
  const width = list.parentElement.clientWidth - parseFloat(box.paddingLeft) - parseFloat(box.paddingRight)
  if (width <= 0) return
  if (all.some((item) => item.parentElement !== list)) list.replaceChildren(...all)
  const widths = all.map((item) => item.getBoundingClientRect().width)
  const total = widths.reduce((sum, one) => sum + one, 0)
  if (total <= width) return
  const active = all.findIndex((item) => item.classList.contains("md-tabs__item--active"))
  let left = width - 6 * parseFloat(getComputedStyle(list).fontSize) - (active < 0 ? 0 : widths[active])
  const shown = all.filter((item, index) => {
    if (index === active) return true
    left -= widths[index]
    return left >= 0
  })
  const summary = make("summary", { class: "md-tabs__link" }, list.dataset.more, make("span", { class: "portal-icon portal-icon--chevron", "aria-hidden": "true" }))
  const menu = make("details", { class: "portal-menu" }, summary, make("ul", {}, ...all.filter((item) => !shown.includes(item))))
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return
    menu.open = false
    summary.focus()
  })
  list.replaceChildren(...shown, make("li", { class: "md-tabs__item portal-tabs__more" }, menu))
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".portal-menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false
  }
})

function drawPath(nodes, path) {
  const list = place("path")
  if (!list || !path.length) return
  const home = nodes.find((node) => node.url === "")
  const above = [home, ...path.slice(0, -1)].filter((node) => node && node !== path.at(-1))
  list.replaceChildren(
    ...above.map((node) =>
      make(
        "li",
        { class: "md-path__item" },
        address(first(node)) === here()
          ? make("span", { class: "md-path__link" }, make("span", { class: "md-ellipsis" }, node.title))
          : make("a", { href: link(node), class: "md-path__link" }, make("span", { class: "md-ellipsis" }, node.title)),
      ),
    ),
  )
}

function drawPager(path) {
  const pager = place("pager")
  if (!pager) return
  pager.replaceChildren()
  const sequence = path.findLast((node) => node.sequence)
  if (!sequence) return
  const pages = []
  for (const node of leaves([sequence]).map((one) => (one.url === undefined && one.more ? { ...one, url: one.first } : one))) {
    if (node.url !== undefined && !pages.some((page) => page.url === node.url)) pages.push(node)
  }
  const now = pages.findIndex((page) => address(page) === here())
  const step = (node, way, label) =>
    make(
      "a",
      { href: link(node), class: `portal-pager__link portal-pager__link--${way}`, rel: way },
      make("span", { class: "portal-pager__way" }, label),
      make("span", { class: "portal-pager__title" }, node.title),
    )
  if (now > 0) pager.append(step(pages[now - 1], "prev", pager.dataset.previous))
  if (now >= 0 && now < pages.length - 1) pager.append(step(pages[now + 1], "next", pager.dataset.next))
}

/* Mark what is new since the last visit, given the latest changes: URL and day of each. */
export function drawNews(changes) {
  const fresh = new Set(changes.filter(([url, updated]) => unseen({ url, updated })).map(([url]) => url))
  place("bell")?.classList.toggle("portal-action--news", fresh.size > 0)
  for (const link of document.querySelectorAll("[data-portal-page]")) {
    if (fresh.has(link.dataset.portalPage) && !link.querySelector(".portal-dot")) link.append(dot({ url: link.dataset.portalPage, updated: "9999" }) ?? "")
  }
}
