/* Runs before the page is drawn: what the theme keeps per portal, and the reader's choice of light or dark.
   It stands in a file of its own so that no page holds a script that a content security policy would refuse. */
var __md_scope = new URL("../../", document.currentScript.src)

function __md_hash(text) {
  return [...text].reduce((hash, character) => (hash << 5) - hash + character.charCodeAt(0), 0)
}

function __md_get(key, storage = localStorage, scope = __md_scope) {
  return JSON.parse(storage.getItem(`${scope.pathname}.${key}`))
}

function __md_set(key, value, storage = localStorage, scope = __md_scope) {
  try {
    storage.setItem(`${scope.pathname}.${key}`, JSON.stringify(value))
  } catch {
    /* Storage may be full or forbidden; nothing that matters is lost. */
  }
}

/* The theme's script would say so at the end of the page, after the header has been drawn without its search. */
document.documentElement.classList.replace("no-js", "js")
document.documentElement.classList.toggle("portal-asked", location.search !== "")

{
  const dark = document.currentScript.dataset.dark
  const chosen = () => {
    try {
      const palette = __md_get("__palette")
      if (palette?.color) return palette.color
    } catch {
      /* Storage may be forbidden. */
    }
    return dark && matchMedia("(prefers-color-scheme: dark)").matches ? { scheme: dark } : {}
  }
  new MutationObserver((_, observer) => {
    if (!document.body) return
    observer.disconnect()
    for (const [key, value] of Object.entries(chosen())) document.body.setAttribute(`data-md-color-${key}`, value)
  }).observe(document.documentElement, { childList: true })
}
