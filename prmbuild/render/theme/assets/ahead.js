/* Fetches the page that a link leads to while the reader is still on the way to it. */

const LINGER = 65 /* milliseconds over a link before it counts as meant */
const root = new URL("../../", import.meta.url)
const fetched = new Set([location.pathname])
let timer = 0

function page(event) {
  const link = event.target.closest?.("a[href]")
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return null
  const inside = link.pathname.startsWith(root.pathname) && link.pathname.endsWith("/")
  return inside && !fetched.has(link.pathname) ? link : null
}

function fetchAhead({ href, pathname }) {
  if (fetched.has(pathname)) return
  fetched.add(pathname)
  document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: href.split("#")[0] }))
}

export function mountAhead() {
  if (navigator.connection?.saveData) return
  document.addEventListener("pointerover", (event) => {
    clearTimeout(timer)
    const link = event.pointerType === "mouse" && page(event)
    if (link) timer = setTimeout(() => fetchAhead(link), LINGER)
  })
  for (const soon of ["focusin", "touchstart"]) {
    document.addEventListener(soon, (event) => {
      const link = page(event)
      if (link) fetchAhead(link)
    }, { passive: true })
  }
}
