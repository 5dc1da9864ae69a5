/* Marking what was searched for on a page. */
import { hits, marked } from "./matching.js"

const LEFT_OUT = "script, style, svg, .headerlink, .portal-diagram, [data-search-exclude]"

export function highlight(content, asked) {
  clear(content)
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT)
  const nodes = []
  while (walker.nextNode()) nodes.push(walker.currentNode)
  for (const node of nodes) {
    const found = node.parentElement.closest(LEFT_OUT) ? [] : hits(node.data, asked)
    if (!found.length) continue
    node.replaceWith(
      ...marked(node.data, found).map(([text, hit]) => {
        if (!hit) return text
        const mark = document.createElement("mark")
        mark.dataset.mdHighlight = ""
        mark.textContent = text
        return mark
      }),
    )
  }
}

function clear(content) {
  for (const mark of content.querySelectorAll("mark[data-md-highlight]")) mark.replaceWith(...mark.childNodes)
  content.normalize()
}
