/* The sidebar stays as the reader left it from page to page: how far it is scrolled and which folders are open. */

const OPEN = "__sidebar_open"
const SCROLL = "__sidebar_scroll"

export const wide = () => matchMedia("(min-width: 76.25em)").matches

/* Id of a folder's toggle → the toggle, and what follows when it was switched. */
export const openers = new Map()

function kept(key) {
  try {
    return __md_get(key, sessionStorage)
  } catch {
    return null /* storage may be forbidden */
  }
}

export async function keepSidebar(list) {
  const scroller = list.closest(".md-sidebar__scrollwrap")
  if (!scroller || !wide()) return
  const section = list.querySelector(":scope > .md-nav__item--active > input")?.id
  if (!section) return
  const scrolled = kept(SCROLL)
  const before = scrolled?.section === section ? scrolled.top : 0
  for (const id of kept(OPEN) ?? []) if (id.startsWith(`${section}_`)) await open(id)
  scroller.scrollTop = before
  const active = list.querySelector(".md-nav__link--active")
  const [link, window] = [active, scroller].map((one) => one?.getBoundingClientRect())
  if (link && (link.bottom > window.bottom || link.top < window.top)) {
    scroller.scrollTop += link.top - window.top - window.height / 2
  }
  addEventListener("pagehide", () => {
    const open = [...openers].filter(([, { toggle }]) => toggle.checked).map(([id]) => id)
    __md_set(OPEN, open, sessionStorage)
    __md_set(SCROLL, { section, top: scroller.scrollTop }, sessionStorage)
  })
}

/* What a folder holds may have to be loaded first; the outer ones were noted, and so are opened, before the inner. */
async function open(id) {
  const opener = openers.get(id)
  if (!opener || opener.toggle.checked) return
  opener.toggle.checked = true
  await opener.opened()
}
