/* The list of results below the search field. Keys move through it while the field keeps the focus. */
import { Outdated, loadIndex, loadText, readAhead, renewed } from "./data.js"
import { markFollowed, remember } from "./followed.js"
import { excerpt, hits, marked } from "./matching.js"
import { search, suggestion } from "./ranking.js"
import { isShort, terms } from "./tokens.js"

const root = new URL("../../../", import.meta.url)
const AT_ONCE = 10

/* Of new results those that are drawn first; the others, most of which nobody sees yet, in the frame after. */
const IN_SIGHT = 5

const SECTIONS = 3

/* Words that are named as what was found instead of one. */
const NAMED = 3

const EXCERPT = 180
const ABOUT = 1
const FIRST_SECTION = 2

/* Results whose texts are asked for before they are on show: those in sight. The others' are once they are nearly so,
   at so many pixels from it. */
const BEST = IN_SIGHT
const NEARLY = 200

/* Milliseconds that results wait for these texts before they take the place of others, and that one or two letters
   wait for a third: they are soon outdated. */
const PATIENCE = 80

/* Milliseconds between keys that are rolled over, or repeated as one is held, and for which results wait for the next
   after such a one: to draw them takes as long. */
const ROLL = 60
const BREATH = 25

/* Milliseconds after which something stands in the places of texts that are still to come, and after which the reader
   is told that a query is being worked out. */
const SLOW = 300

/* Milliseconds without a key after which one or two letters are taken for a word of their own. */
const REST = 400

function make(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/* Digits in groups that all languages read alike: what a browser knows of numbers takes it long to load.
   Source: ISO 80000-1:2022, 7.3.1. */
const number = (value) => (value < 10_000 ? `${value}` : `${value}`.replace(/\B(?=(\d{3})+$)/g, "\u202f"))

/* A text of the interface with its values. */
const say = (text, ...values) => values.reduce((said, value) => said.replace("{}", () => value), text)

const pieces = (parts) => parts.map(([text, hit]) => (hit ? make("mark", {}, text) : text))
const pause = (time) => new Promise((done) => setTimeout(done, time))

export function mountPanel(form, close) {
  const area = form.parentElement
  const part = (name) => area.querySelector(name)
  const [input, ghost] = [form.elements.query, part(".md-search__suggest")]
  const [status, filters, list, more] = [".portal-found__status", ".portal-found__filters", "#__results", ".portal-found__more"].map(part)
  const scroller = part(".md-search__scrollwrap")
  const words = JSON.parse(form.dataset.words)
  const lang = document.documentElement.lang || "en"
  let names = null

  /* Names of languages take the browser long to look up, and most portals need none. */
  function language(tag) {
    names ??= new Intl.DisplayNames([lang], { type: "language" })
    return names.of(tag) ?? tag
  }

  /* Results whose texts are still to come → how these are read. */
  const unread = new WeakMap()
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, boundingClientRect, rootBounds } of entries.filter(({ isIntersecting }) => isIntersecting)) {
        seen.unobserve(target)
        /* Where nobody sees it, a text need not fill the place that was kept for it. */
        if (rootBounds && boundingClientRect.top > rootBounds.bottom - NEARLY) target.classList.remove("portal-found__group--early")
        unread.get(target)()
      }
    },
    { root: scroller, rootMargin: `${NEARLY}px` },
  )
  const chosen = { type: null, language: null }
  let [round, outcome, shown, active, types] = [0, null, AT_ONCE, null, {}]

  /* The round in which the reader asked for more results: those that come later in it are as many. */
  let widened = 0
  let settled = Promise.resolve()
  let lastKey = -Infinity
  let slow = 0
  let waiting = 0
  let drawn = 0

  /* The address of what was chosen among results that others took the place of, while their texts are to come. */
  let sought = null

  /* Whether results were scrolled: asking where they stand would lay them out at once, before their texts are in. */
  let scrolled = false

  const count = (value) => say(value === 1 ? words.one : words.other, number(value))
  const asking = () => input.value.trim()

  async function begin() {
    try {
      const index = await loadIndex()
      if (!asking()) status.textContent = say(words.start, count(index.pages))
      await readAhead()
    } catch (error) {
      fail(error)
    }
  }

  /* Say that there are no results, and why. Those of another query would be taken for this one's. */
  function fail(error) {
    outcome = null
    draw()
    status.textContent = error instanceof Outdated ? words.outdated : words.failed
  }

  function ask() {
    const query = asking()
    const mine = ++round
    const now = performance.now()
    const breath = now - lastKey < ROLL ? pause(BREATH) : null
    lastKey = now
    complete("")
    wait(query !== "")
    settled = answer(query, mine, breath).catch((error) => mine === round && fail(error))
  }

  /* Have the reader told, after a while, that a query is being worked out; or not any more. */
  function wait(long) {
    clearTimeout(waiting)
    if (long) waiting = setTimeout(() => (status.textContent = words.loading), SLOW)
  }

  async function answer(query, mine, breath) {
    if (!query) {
      outcome = null
      draw()
      await begin()
      return
    }
    const outdated = () => mine !== round
    const goesOn = !/\s$/.test(input.value)
    if (goesOn && isShort(terms(query).at(-1) ?? "")) {
      await pause(PATIENCE)
      if (outdated()) return
    }
    const found = await search(query, { goesOn, outdated, before: breath })
    if (!found) return
    /* What lacks a word so far may still have it: titles alone were looked through for the last one. */
    const certain = !found.rough || (found.complete && found.results.length > 0)
    if (certain) await present(query, found, outdated)
    if (outdated()) return
    if (found.rough) {
      wait(false)
      if (list.childElementCount) await pause(REST)
      if (outdated()) return
      wait(true)
      const whole = await search(query, { outdated })
      if (whole) await present(query, whole, outdated)
    }
    if (outdated()) return
    const rest = ghost ? await suggestion(query).catch(() => "") : ""
    if (!outdated() && asking() === query) complete(rest)
  }

  /* Results are shown at once where there are none yet; others they replace when they can be read. */
  async function present(query, found, outdated) {
    const texts = Promise.allSettled(found.results.slice(0, BEST).map(text))
    if (list.childElementCount) await Promise.race([texts, pause(PATIENCE)])
    if (outdated()) return
    outcome = { ...found, query }
    types = found.index.types
    shown = widened === round ? shown : AT_ONCE
    chosen.type = matching("type").some(([value]) => value === chosen.type) ? chosen.type : null
    chosen.language = matching("language").some(([value]) => value === chosen.language) ? chosen.language : null
    draw(active ? shown : IN_SIGHT)
  }

  const base = (language) => language.toLowerCase().split("-")[0]
  const value = (result, facet) => (facet === "type" ? result.page.type : base(result.page.language))
  const passes = (result, without) =>
    ["type", "language"].every((facet) => facet === without || chosen[facet] === null || value(result, facet) === chosen[facet])

  /* What a filter can be set to, with numbers of results, most first. */
  function matching(facet) {
    const counts = new Map()
    for (const result of outcome?.results ?? []) {
      if (passes(result, facet) && value(result, facet)) counts.set(value(result, facet), (counts.get(value(result, facet)) ?? 0) + 1)
    }
    return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))
  }

  const text = async (result) => (result.text ??= await loadText(result.segment, result.number))

  /* A text that is gone was another deployment's: what is on show is asked for again. */
  async function lost({ segment }) {
    const mine = round
    if ((await renewed(segment.index).catch(() => false)) && mine === round) ask()
  }

  function draw(first = shown) {
    const mine = ++drawn
    wait(false)
    const kept = active?.href ?? sought
    choose(null)
    const results = (outcome?.results ?? []).filter((result) => passes(result))
    drawFilters()
    if (outcome) status.textContent = outcome.results.length ? summary(results.length) : say(words.none, outcome.query)
    seen.disconnect()
    const groups = (from, to) => results.slice(from, to).map((result, at) => group(result, from + at))
    const below = () => {
      list.append(...groups(first, shown))
      more.hidden = results.length <= shown
    }
    list.replaceChildren(...groups(0, Math.min(first, shown)))
    if (results.length <= first || first >= shown) below()
    else {
      more.hidden = true
      requestAnimationFrame(() => setTimeout(() => mine === drawn && below()))
    }
    area.classList.toggle("portal-found--empty", !results.length)
    area.classList.remove("portal-found--slow")
    clearTimeout(slow)
    slow = setTimeout(() => area.classList.add("portal-found--slow"), SLOW)
    if (scrolled) scroller.scrollTop = 0
    scrolled = false
    sought = outcome ? kept : null
    seek(list)
  }

  /* Choose again what was chosen before, once it is there. */
  function seek(place, scroll = true) {
    const link = sought && !active && [...place.querySelectorAll("[role=option]")].find(({ href }) => href === sought)
    if (link) choose(link, scroll)
  }

  function summary(shown) {
    const said = [count(shown)]
    if (!outcome.complete) said.push(words.partial)
    for (const { word, instead } of outcome.asked) {
      if (instead.length) said.push(say(words.instead, word, instead.slice(0, NAMED).join(", ")))
    }
    return said.join(" · ")
  }

  function drawFilters() {
    const focused = document.activeElement?.dataset?.filter
    const row = (facet, name) => {
      const options = matching(facet)
      if (options.length < 2 && chosen[facet] === null) return []
      const chip = (label, set, held) => {
        const made = make("button", { type: "button", class: "portal-found__filter", "aria-pressed": String(chosen[facet] === set), "data-filter": `${facet}/${set ?? ""}` }, label)
        if (held) made.append(make("span", { class: "portal-found__count" }, number(held)))
        made.addEventListener("click", () => {
          chosen[facet] = set
          shown = AT_ONCE
          draw()
        })
        return made
      }
      return [make("div", { class: "portal-found__row" }, chip(words.all, null, 0), ...options.map(([set, held]) => chip(name(set), set, held)))]
    }
    filters.replaceChildren(...row("type", (slug) => types[slug] ?? slug), ...row("language", language))
    filters.hidden = !filters.childElementCount
    if (focused) filters.querySelector(`[data-filter="${CSS.escape(focused)}"]`)?.focus()
  }

  /* A page, and below it the sections that answer best. */
  function group(result, at) {
    const { page } = result
    const url = new URL(page.url, root)
    const label = `__result_${at}`
    const tags = [types[page.type], base(page.language) === base(lang) ? null : language(page.language)]
    const title = make("span", { class: "portal-found__title", lang: page.language }, ...pieces(marked(page.title, hits(page.title, outcome.asked))))
    const head = option(url, label, "md-search-result__link portal-found__page", title, ...tags.filter(Boolean).map((tag) => make("span", { class: "portal-found__tag" }, tag)))
    const made = make("div", { class: "md-search-result__item portal-found__group", role: "group", "aria-labelledby": label }, head)
    const missing = outcome.complete ? [] : outcome.asked.filter((_, number) => !result.matches[number]).map(({ word }) => word)
    if (missing.length) head.append(make("span", { class: "portal-found__missing" }, `${words.missing} `, ...missing.flatMap((word) => [make("s", {}, word), " "])))
    if (result.text) {
      fill(result, made, url, label)
      return made
    }
    const places = reserve(result, made)
    const arrived = () => {
      for (const place of places) place.remove()
      if (!result.text || !made.isConnected) return
      fill(result, made, url, label)
      seek(made, false)
    }
    unread.set(made, () => text(result).catch(() => lost(result)).then(arrived))
    if (at < BEST) unread.get(made)()
    else seen.observe(made)
    return made
  }

  /* Keep the places of texts that are still to come, so that nothing moves when they do. */
  function reserve({ sections, matches }, made) {
    const line = (name) => make("span", { class: `portal-found__${name} portal-found__soon`, "aria-hidden": "true" }, "\u00a0")
    const unheaded = !sections.length || sections.some(({ part }) => part === FIRST_SECTION) || matches.some((match) => match?.parts.has(ABOUT))
    const intro = unheaded ? [line("text")] : []
    const headed = sections.filter(({ part }) => part !== FIRST_SECTION).slice(0, SECTIONS)
    const below = headed.map(() => make("div", { class: "md-search-result__link portal-found__section" }, line("heading"), line("text")))
    made.classList.add("portal-found__group--early")
    introduce(made.firstChild, ...intro)
    made.append(...below)
    return [...intro, ...below]
  }

  function introduce(head, ...texts) {
    const missing = head.querySelector(".portal-found__missing")
    missing ? missing.before(...texts) : head.append(...texts)
  }

  function fill(result, made, url, label) {
    const [about, ...sections] = result.text
    const { asked } = outcome
    const own = result.sections.find(({ part }) => !sections[part - FIRST_SECTION]?.[0])
    const intro = own ? sections[own.part - FIRST_SECTION][2] : hits(about, asked).length || !result.sections.length ? about || (sections[0]?.[2] ?? "") : ""
    if (intro) introduce(made.firstChild, make("span", { class: "portal-found__text", lang: result.page.language }, ...pieces(excerpt(intro, asked, EXCERPT))))
    const headed = result.sections.filter(({ part }) => sections[part - FIRST_SECTION]?.[0]).slice(0, SECTIONS)
    for (const { part } of headed) {
      const [anchor, title, body] = sections[part - FIRST_SECTION]
      const place = new URL(url)
      place.hash = anchor
      made.append(
        option(
          place,
          `${label}_${part}`,
          "md-search-result__link portal-found__section",
          make("span", { class: "portal-found__heading", lang: result.page.language }, ...pieces(marked(title, hits(title, asked)))),
          make("span", { class: "portal-found__text", lang: result.page.language }, ...pieces(excerpt(body, asked, EXCERPT))),
        ),
      )
    }
  }

  function option(url, id, name, ...children) {
    const link = make("a", { href: url.href, id, class: name, role: "option", tabindex: "-1", "aria-selected": "false" }, ...children)
    const follow = () => remember(url, outcome.asked)
    link.addEventListener("click", (event) => {
      follow()
      if (event.metaKey || event.ctrlKey || event.shiftKey) return
      setTimeout(close)
      /* To another place on the page that is on show, nothing is loaded. */
      if (url.hash && url.pathname === location.pathname && url.search === location.search) setTimeout(markFollowed)
    })
    link.addEventListener("auxclick", follow)
    link.addEventListener("pointermove", () => active !== link && choose(link, false))
    return link
  }

  function choose(link, scroll = true) {
    active?.setAttribute("aria-selected", "false")
    active = link
    if (link) {
      sought = null
      link.setAttribute("aria-selected", "true")
      input.setAttribute("aria-activedescendant", link.id)
      if (scroll) link.scrollIntoView({ block: "nearest" })
    } else input.removeAttribute("aria-activedescendant")
  }

  function step(way) {
    const all = [...list.querySelectorAll("[role=option]")]
    sought = null
    if (!all.length) return
    const at = all.indexOf(active)
    const next = at < 0 ? (way > 0 ? 0 : all.length - 1) : at + way
    choose(all[next] ?? null)
    if (!active) scroller.scrollTop = 0
  }

  function complete(rest) {
    if (!ghost || !(rest || ghost.dataset.rest)) return
    ghost.replaceChildren(...(rest ? [make("span", { class: "portal-found__typed" }, input.value), rest] : []))
    ghost.dataset.rest = rest
  }

  scroller.addEventListener("scroll", () => (scrolled = true), { passive: true })
  input.addEventListener("input", ask)
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      step(event.key === "ArrowDown" ? 1 : -1)
    } else if (event.key === "ArrowRight" && ghost?.dataset.rest && input.selectionStart === input.value.length) {
      event.preventDefault()
      input.value += ghost.dataset.rest
      ask()
    }
  })
  form.addEventListener("reset", () => {
    setTimeout(ask)
    input.focus()
  })
  more.addEventListener("click", () => {
    const last = list.lastElementChild
    shown += AT_ONCE
    widened = round
    const place = scroller.scrollTop
    draw()
    scroller.scrollTop = place
    input.focus({ preventScroll: true })
    if (last) choose(list.children[shown - AT_ONCE]?.querySelector("[role=option]") ?? null, false)
  })
  begin()
  if (input.value.trim()) ask()

  /* Open the chosen result, or the best one, of what was typed last; never one of another query. */
  return async () => {
    const current = () => outcome?.query === asking()
    if (!active || !current()) await settled
    if (current()) (active ?? list.querySelector("[role=option]"))?.click()
  }
}
