/* What was searched for, handed to the page that a result leads to.
   Not in the address: what people search for is nobody's but theirs, and addresses are logged and sent on. */

const KEPT = "portal.search.followed"
const SECONDS = 20

export function remember(url, asked) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ path: url.pathname, asked, until: Date.now() + SECONDS * 1000 }))
  } catch {
    /* without storage the page is shown unmarked */
  }
}

/* Mark on the page what the reader searched for to come here, and nothing that was marked before. */
export async function markFollowed() {
  const content = document.getElementById("__content")
  const asked = content && followed()
  if (asked) (await import("./highlight.js")).highlight(content, asked)
}

/* The words that led to the page on show; said once. */
function followed() {
  try {
    const { path, asked, until } = JSON.parse(localStorage.getItem(KEPT)) ?? {}
    if (path !== location.pathname) return null
    localStorage.removeItem(KEPT)
    return until > Date.now() && Array.isArray(asked) && asked.every((one) => Array.isArray(one?.instead)) ? asked : null
  } catch {
    return null
  }
}
