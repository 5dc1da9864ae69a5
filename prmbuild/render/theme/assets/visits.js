/* Which pages are new since the reader's last visit. Kept in this browser alone. */
import { address, here, leaves } from "./navigation.js"

const KEY = "__visits"
const today = () => new Date().toISOString().slice(0, 10)
let since = null
let opened = new Set()

/* Note the visit, and that the page on show has been seen. */
export function visit(nodes) {
  try {
    const kept = __md_get(KEY) ?? { last: null, since: null, opened: [] }
    if (!__md_get(KEY, sessionStorage)) {
      if (kept.last !== today()) Object.assign(kept, { since: kept.last, opened: [] })
      kept.last = today()
      __md_set(KEY, true, sessionStorage)
    }
    since = kept.since
    const now = leaves(nodes).find((node) => node.updated && address(node) === here())
    if (now && !kept.opened.includes(now.url)) kept.opened.push(now.url)
    opened = new Set(kept.opened)
    __md_set(KEY, kept)
  } catch {
    since = null
  }
}

export const unseen = (node) => Boolean(since && node.updated && node.updated >= since && !opened.has(node.url))

/* Whether the reader was here before, so that something can be new. */
export const returning = () => Boolean(since)
