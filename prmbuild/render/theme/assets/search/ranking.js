/* Finding and ranking pages. Weights come from this portal's own pages alone. */
import { isListed, loadIndex, loadPages, loadTerms, renewed } from "./data.js"
import { answers, misspelt, words } from "./matching.js"
import { beginning, isShort, normalised, terms } from "./tokens.js"

const TITLE = 0
const ABOUT = 1
const FIRST_SECTION = 2
const IN_TITLE = 6
const IN_ABOUT = 1.5
const IN_HEADING = 2

/* Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009). */
const SATURATION = 1.2
const LENGTH = 0.4

const MOTHER_TONGUE = 2
const PORTAL_TONGUE = 1.5

const WORD = /[\p{L}\p{N}\p{M}]+/gu

const base = (language) => language.toLowerCase().split("-")[0]

/* Pages that answer a query, best first:
   {segment, number, page, score, found: how many of its words, sections: [{part, score, found}]}.
   One or two letters at the end of a query that goes on are looked for in titles alone; `rough` says that this was so.
   What is `outdated` when its data is there, and what it is to wait for `before`, is not worked out: it gives null.
   Where a deployment has replaced the search data meanwhile, the new data answers. */
export async function search(query, how = {}) {
  const index = await loadIndex()
  try {
    return await searched(index, query, how)
  } catch (error) {
    if (!(await renewed(index))) throw error
    return searched(await loadIndex(), query, how)
  }
}

async function searched(index, query, { goesOn = false, outdated = () => false, before = null }) {
  const asked = words(query, index.common)
  const last = goesOn ? terms(query).at(-1) : null
  const goingOn = ({ word }) => word === last && isShort(word)
  const rough = asked.some(goingOn)
  const read = await Promise.all(
    asked.map((one) => readTerms(index, [...(goingOn(one) ? [] : [one.word]), ...one.also])),
  )
  const listed = !asked.some(({ word }) => isShort(word)) ? [] : rough ? index.segments.filter(isListed) : index.segments
  const titles = await Promise.all(listed.map(async (segment) => [segment, await loadTitles(segment)]))
  await before
  if (outdated()) return null
  const gathered = await Promise.all(
    asked.map(async (one, number) => {
      const matches = collect(read[number], (term) => answers(term, one))
      if (isShort(one.word)) addTitles(matches, titles, one.word)
      return goingOn(one) ? matches : further(index, one, read[number], matches)
    }),
  )
  if (outdated()) return null
  const average = index.words / Math.max(1, index.pages)
  const pages = new Map()
  for (const [number, matches] of gathered.entries()) {
    const rarity = Math.log(1 + (index.pages - matches.size + 0.5) / (matches.size + 0.5))
    for (const [key, match] of matches) {
      if (!pages.has(key)) pages.set(key, { ...match, matches: new Array(asked.length), found: 0 })
      const page = pages.get(key)
      page.matches[number] = { rarity, parts: match.parts }
      page.found += 1
    }
  }
  const most = Math.max(0, ...[...pages.values()].map((page) => page.found))
  const results = [...pages.values()].filter((page) => page.found === most)
  await Promise.all(
    [...new Set(results.map((result) => result.segment))].map(async (segment) => {
      const listed = (await loadPages(segment)).pages
      for (const result of results) if (result.segment === segment) result.page = listed[result.number]
    }),
  )
  const typed = asked.map(({ word }) => word).join(" ")
  for (const result of results) score(result, average, asked, typed, index)
  results.sort((one, other) => other.score - one.score || (one.page.url < other.page.url ? -1 : 1))
  return { index, asked, results, complete: most === asked.length, rough }
}

/* What is read of all terms that share buckets with some. */
async function readTerms(index, some) {
  return [...new Set(await Promise.all(some.map((term) => loadTerms(index, term))))].flat()
}

const APART = 0.5
const SLIP = 0.5

/* What answers a word beside its terms: first what it may be taken apart into; where there is nothing, what it may be
   written as; and then what it may be a slip of, of which `instead` takes note, most frequent first. */
async function further(index, one, read, matches) {
  if (matches.size && !one.apart) one.parts = []
  const apart = one.parts.map(async (part) => collect(await loadTerms(index, part), (term) => (term === part ? APART : 0)))
  if (apart.length) addApart(matches, await Promise.all(apart))
  if (matches.size) return matches
  if (one.otherwise.length) {
    const found = collect(await readTerms(index, one.otherwise), (term) => (one.otherwise.includes(term) ? 1 : 0))
    if (found.size) return found
  }
  const slips = new Map()
  for (const [, found] of read) {
    for (const [term, places] of found) if (misspelt(term, one.word)) slips.set(term, (slips.get(term) ?? 0) + places.length)
  }
  one.instead = [...slips.keys()].sort((term, other) => slips.get(other) - slips.get(term))
  return collect(read, (term) => (slips.has(term) ? SLIP : 0))
}

/* Add the pages that have all parts of a word in one of theirs. */
function addApart(matches, [first, ...others]) {
  for (const [key, match] of first) {
    if (matches.has(key) || !others.every((one) => one.has(key))) continue
    const parts = [...match.parts].filter(([part]) => others.every((one) => one.get(key).parts.has(part)))
    if (parts.length) matches.set(key, { ...match, parts: new Map(parts) })
  }
}

/* Key of a page → {segment, number, parts: part → {weight, often, heading}} of the terms that a rule accepts. */
function collect(read, rule) {
  const matches = new Map()
  const weights = new Map()
  for (const [segment, found] of read) {
    for (const [term, places] of found) {
      if (!weights.has(term)) weights.set(term, rule(term))
      const weight = weights.get(term)
      if (!weight) continue
      for (let at = 0; at < places.length; at += 2) {
        const key = `${segment.folder}/${places[at]}`
        if (!matches.has(key)) matches.set(key, { segment, number: places[at], parts: new Map() })
        const { parts } = matches.get(key)
        for (const posting of places[at + 1].split(",")) {
          const [place, often = "1"] = posting.split("*")
          const part = parseInt(place, 36)
          const held = parts.get(part) ?? { often: 0, heading: 0, weight: 0 }
          held.often += weight * parseInt(often, 36)
          held.weight = Math.max(held.weight, weight)
          if (place.endsWith("^")) held.heading = Math.max(held.heading, weight)
          parts.set(part, held)
        }
      }
    }
  }
  return matches
}

/* The titles of a segment in normal form, a line each: looked through as one text, a title at a time takes long. */
const taken = new WeakMap()

async function loadTitles(segment) {
  const { pages } = await loadPages(segment)
  if (!taken.has(segment)) taken.set(segment, normalised(pages.map(({ title }) => title.replaceAll("\n", " ")).join("\n")))
  return taken.get(segment)
}

/* Numbers of the lines with a term that begins so. */
function* lines(text, start) {
  const begins = beginning(start)
  let [number, at] = [0, 0]
  while (begins.test(text)) {
    for (; ; number += 1) {
      const end = text.indexOf("\n", at)
      if (end < 0 || end >= begins.lastIndex) break
      at = end + 1
    }
    yield number
    begins.lastIndex = text.indexOf("\n", at)
    if (begins.lastIndex < at) return
  }
}

/* One or two letters find the titles with a word that begins so. */
function addTitles(matches, titles, word) {
  for (const [segment, text] of titles) {
    for (const number of lines(text, word)) {
      const key = `${segment.folder}/${number}`
      if (!matches.has(key)) matches.set(key, { segment, number, parts: new Map([[TITLE, { often: 0.5, heading: 0, weight: 0.5 }]]) })
    }
  }
}

function score(result, average, asked, typed, index) {
  const length = 1 - LENGTH + LENGTH * (result.page.words / average)
  const sections = new Map()
  let total = 0
  let titled = 0
  for (const match of result.matches) {
    if (!match) continue
    let often = 0
    let extra = 0
    for (const [part, held] of match.parts) {
      if (part === TITLE) {
        extra += IN_TITLE * held.weight
        titled += held.weight
        continue
      }
      if (part === ABOUT) extra += IN_ABOUT * held.weight
      often += held.often
      if (part < FIRST_SECTION) continue
      const section = sections.get(part) ?? { part, score: 0, found: 0 }
      section.found += 1
      section.score += match.rarity * ((held.often * (SATURATION + 1)) / (held.often + SATURATION) + IN_HEADING * held.heading)
      sections.set(part, section)
    }
    total += match.rarity * ((often * (SATURATION + 1)) / (often + SATURATION * length) + extra)
  }
  const ranked = [...sections.values()].sort((one, other) => other.found - one.found || other.score - one.score)
  total += ranked[0]?.score ?? 0
  if (titled) {
    const named = terms(result.page.title)
    total *= 1 + 0.5 * (titled / Math.max(named.length, asked.length))
    if (` ${named.join(" ")}`.includes(` ${typed}`)) total *= 1.3
  }
  const spoken = base(result.page.language)
  if (spoken === base(navigator.language)) total *= MOTHER_TONGUE
  else if (spoken === base(index.language)) total *= PORTAL_TONGUE
  result.score = total
  result.sections = ranked
}

/* How the word being typed may go on: what is left of the likeliest word of a title. */
export async function suggestion(query) {
  const typed = query.match(/[\p{L}\p{N}\p{M}]+$/u)?.[0]
  if (!typed || typed.length < 2) return ""
  const start = normalised(typed)
  const index = await loadIndex()
  const rests = new Map()
  await Promise.all(
    index.segments.filter(isListed).map(async (segment) => {
      const [text, { pages }] = await Promise.all([loadTitles(segment), loadPages(segment)])
      for (const number of lines(text, start)) {
        for (const [word] of pages[number].title.matchAll(WORD)) {
          if (word.length <= typed.length || normalised(word.slice(0, typed.length)) !== start) continue
          const rest = word.slice(typed.length)
          rests.set(rest, (rests.get(rest) ?? 0) + 1)
        }
      }
    }),
  )
  const [best] = [...rests].sort((one, other) => other[1] - one[1] || one[0].length - other[0].length || (one[0] < other[0] ? -1 : 1))
  return best?.[0] ?? ""
}
