/* Filters of the catalogue. Their state is the page's address, so that a filtered list can be sent to a colleague. */

const FACETS = ["type", "topic", "language"]
const SHOWN = 100 /* rows at first; the reader asks for more */
let follow = () => false

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]")
  if (!link || link.hash || event.metaKey || event.ctrlKey || event.shiftKey || !follow(link)) return
  event.preventDefault()
  event.stopPropagation()
}, { capture: true })

/* The rows of a part of the catalogue that is a document of its own; null where it could not be loaded. */
async function rowsOf(url) {
  try {
    const answer = await fetch(url, { credentials: "same-origin" })
    if (!answer.ok) return null
    const part = new DOMParser().parseFromString(await answer.text(), "text/html")
    for (const link of part.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), url).href
    return [...part.querySelectorAll("[data-portal=results] > li")]
  } catch {
    return null
  }
}

export function mountCatalogue(document) {
  const catalogue = document.querySelector("[data-portal=catalogue]")
  const part = (name) => catalogue.querySelector(`[data-portal=${name}]`)
  const [form, list, count, none, sort, downloads, failed] = ["filters", "results", "count", "none", "sort", "downloads", "failed"].map(part)
  if (!form) return
  const order = sort.querySelector("select")
  const sections = part("sections")
  const parts = [...(sections?.querySelectorAll("a") ?? [])].map((link) => link.href)
  const title = ({ row }) => row.querySelector(".portal-row__title").textContent.trim()
  const facts = (row) => ({
    row,
    text: row.textContent.replace(/\s+/g, " ").toLocaleLowerCase(),
    values: Object.fromEntries(FACETS.map((facet) => [facet, row.dataset[facet].split(" ")])),
    updated: row.dataset.updated,
  })
  const own = [...list.children].map(facts)
  const numbers = new Map([...form.querySelectorAll(".portal-count")].map((number) => [number, number.textContent]))
  const total = count.textContent
  let rows = own
  let loading = null
  const more = document.createElement("button")
  Object.assign(more, { type: "button", className: "md-button portal-list__more", textContent: catalogue.dataset.more, hidden: true })
  list.after(more)
  let shown = SHOWN

  /* The rows of all parts, once the reader asks for more than the list of parts. */
  async function loadParts() {
    list.setAttribute("aria-busy", "true")
    count.textContent = catalogue.dataset.loading
    const loaded = await Promise.all(parts.map(rowsOf))
    failed.hidden = loaded.every(Boolean)
    rows = [...own, ...loaded.filter(Boolean).flat().map(facts)]
    rows.sort((a, b) => title(a).localeCompare(title(b), document.documentElement.lang))
    list.removeAttribute("aria-busy")
    if (!failed.hidden) loading = null
  }

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
    const active = wanted.length > 0 || words.length > 0
    const whole = parts.length > 0 && !active && order.value === "title"
    form.classList.toggle("portal-filters--active", active)
    if (downloads) downloads.hidden = active
    if (sections) sections.hidden = !whole && failed.hidden
    if (whole) return showParts()
    const matches = ({ text, values }, without) =>
      words.every((word) => text.includes(word)) &&
      wanted.every(([facet, some]) => facet === without || values[facet].some((value) => some.has(value)))
    const sorted = order.value === "updated" ? rows.toSorted((a, b) => b.updated.localeCompare(a.updated)) : rows
    const found = sorted.filter((one) => matches(one))
    const number = found.length
    list.replaceChildren(...found.slice(0, shown).map(({ row }) => row))
    more.hidden = number <= shown
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
  }

  /* What the document shows by itself: the parts to choose from, and what stands in none of them. */
  function showParts() {
    list.replaceChildren(...own.map(({ row }) => row))
    more.hidden = none.hidden = failed.hidden = true
    count.textContent = total
    for (const [number, text] of numbers) {
      number.textContent = text
      number.closest("label").classList.remove("portal-facet--none")
    }
  }

  async function update() {
    const asked = FACETS.some((facet) => chosen(facet).size) || form.elements.q.value.trim() || order.value !== "title"
    if (parts.length && asked) await (loading ??= loadParts())
    show()
  }

  const change = () => {
    shown = SHOWN
    write()
    update()
  }
  more.addEventListener("click", () => {
    const next = list.children.length
    shown += SHOWN
    show()
    list.children[next]?.querySelector("a")?.focus()
  })
  part("facets").open = matchMedia("(min-width: 60em)").matches
  form.addEventListener("input", change)
  form.addEventListener("reset", () => setTimeout(change))
  form.addEventListener("submit", (event) => event.preventDefault())
  order.addEventListener("change", change)
  /* A link to the catalogue, followed in the catalogue, changes its filters alone. */
  follow = ({ pathname, search }) => {
    if (!catalogue.isConnected || pathname !== location.pathname) return false
    history.replaceState(history.state, "", `${pathname}${search}`)
    read()
    update()
    return true
  }
  read()
  update().then(() => (catalogue.dataset.shown = "true"))
}
