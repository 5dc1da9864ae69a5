/* Filters of the catalogue. Their state is the page's address, so that a filtered list can be sent to a colleague. */

const FACETS = ["type", "topic", "language"]
const SHOWN = 100 /* rows at first; the reader asks for more */
const PARTS = 40 /* of a larger portal no more are loaded; its sections are there to choose from */
let follow = () => false

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]")
  if (!link || link.hash || event.metaKey || event.ctrlKey || event.shiftKey || !follow(link)) return
  event.preventDefault()
  event.stopPropagation()
}, { capture: true })

/* The rows of a part of the catalogue that is a document of its own. */
async function rowsOf(url) {
  try {
    const answer = await fetch(url, { credentials: "same-origin" })
    const part = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html")
    for (const link of part.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), url).href
    return [...part.querySelectorAll("[data-portal=results] > li")]
  } catch {
    return []
  }
}

export async function mountCatalogue(document) {
  const catalogue = document.querySelector("[data-portal=catalogue]")
  if (!catalogue || catalogue.dataset.mounted) return
  catalogue.dataset.mounted = "true"
  const part = (name) => catalogue.querySelector(`[data-portal=${name}]`)
  const [form, list, count, none, sort, downloads] = ["filters", "results", "count", "none", "sort", "downloads"].map(part)
  const order = sort.querySelector("select")
  const sections = part("sections")
  const parts = [...(sections?.querySelectorAll("a") ?? [])].map((link) => link.href)
  if (parts.length > PARTS) return
  const loaded = (await Promise.all(parts.map(rowsOf))).flat()
  const title = (row) => row.querySelector(".portal-row__title").textContent.trim()
  const all = [...list.children, ...loaded]
  if (loaded.length) all.sort((a, b) => title(a).localeCompare(title(b), document.documentElement.lang))
  const rows = all.map((row) => ({
    row,
    text: row.textContent.replace(/\s+/g, " ").toLocaleLowerCase(),
    values: Object.fromEntries(FACETS.map((facet) => [facet, row.dataset[facet].split(" ")])),
    updated: row.dataset.updated,
  }))
  const more = document.createElement("button")
  Object.assign(more, { type: "button", className: "md-button portal-list__more", textContent: catalogue.dataset.more, hidden: true })
  list.after(more)
  let shown = SHOWN
  const chosen = (facet) => new Set([...form.querySelectorAll(`[name=${facet}]:checked`)].map((box) => box.value))

  function read() {
    const asked = new URLSearchParams(location.search)
    form.elements.q.value = asked.get("q") ?? ""
    for (const facet of FACETS) {
      for (const box of form.querySelectorAll(`[name=${facet}]`)) box.checked = asked.getAll(facet).includes(box.value)
    }
    order.value = asked.get("sort") === "updated" ? "updated" : "title"
  }

  function write() {
    const asked = new URLSearchParams()
    if (form.elements.q.value.trim()) asked.set("q", form.elements.q.value.trim())
    for (const facet of FACETS) for (const value of chosen(facet)) asked.append(facet, value)
    if (order.value !== "title") asked.set("sort", order.value)
    const search = asked.size ? `?${asked}` : ""
    if (search !== location.search) history.replaceState(history.state, "", `${location.pathname}${search}`)
  }

  function show() {
    const words = form.elements.q.value.toLocaleLowerCase().split(/\s+/).filter(Boolean)
    const wanted = FACETS.map((facet) => [facet, chosen(facet)]).filter(([, values]) => values.size)
    const matches = ({ text, values }, without) =>
      words.every((word) => text.includes(word)) &&
      wanted.every(([facet, some]) => facet === without || values[facet].some((value) => some.has(value)))
    const sorted = order.value === "updated" ? rows.toSorted((a, b) => b.updated.localeCompare(a.updated)) : rows
    const found = sorted.filter((one) => matches(one))
    const number = found.length
    list.replaceChildren(...found.slice(0, shown).map(({ row }) => row))
    more.hidden = number <= shown
    if (sections) sections.hidden = wanted.length > 0 || words.length > 0
    for (const facet of FACETS) {
      const left = rows.filter((one) => matches(one, facet))
      for (const box of form.querySelectorAll(`[name=${facet}]`)) {
        const inside = left.filter(({ values }) => values[facet].includes(box.value)).length
        box.closest("label").querySelector(".portal-count").textContent = inside
        box.closest("label").classList.toggle("portal-facet--none", inside === 0 && !box.checked)
      }
    }
    count.textContent = (number === 1 ? catalogue.dataset.one : catalogue.dataset.other).replace("{}", number)
    none.hidden = number > 0
    if (downloads) downloads.hidden = wanted.length > 0 || words.length > 0
    form.classList.toggle("portal-filters--active", wanted.length > 0 || words.length > 0)
  }

  const change = () => {
    shown = SHOWN
    write()
    show()
  }
  more.addEventListener("click", () => {
    const next = list.children.length
    shown += SHOWN
    show()
    list.children[next]?.querySelector("a")?.focus()
  })
  part("facets").open = matchMedia("(min-width: 60em)").matches
  form.hidden = false
  sort.hidden = false
  form.addEventListener("input", change)
  form.addEventListener("reset", () => setTimeout(change))
  form.addEventListener("submit", (event) => event.preventDefault())
  order.addEventListener("change", change)
  /* A link to the catalogue, followed in the catalogue, changes its filters alone. */
  follow = ({ pathname, search }) => {
    if (!catalogue.isConnected || pathname !== location.pathname) return false
    history.replaceState(history.state, "", `${pathname}${search}`)
    read()
    show()
    return true
  }
  read()
  show()
}
