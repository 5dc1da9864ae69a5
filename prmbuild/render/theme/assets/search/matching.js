/* Which terms of the index answer a word that somebody typed, and where such words stand in a text. */
import { ENDINGS } from "./endings.js"
import { isIdeographic, terms, wanted } from "./tokens.js"

const SHORTEST_STEM = 4

function sharedLength(one, other) {
  const end = Math.min(one.length, other.length)
  let at = 0
  while (at < end && one[at] === other[at]) at += 1
  return at
}

/* Whether two words look like forms of one. */
export function related(one, other) {
  const stem = sharedLength(one, other)
  if (stem < SHORTEST_STEM || stem * 2 < Math.max(one.length, other.length)) return false
  const [ending, otherEnding] = [one.slice(stem), other.slice(stem)]
  return ENDINGS.some((endings) => endings.has(ending) && endings.has(otherEnding))
}

/* Whether one letter was left out, added, changed, or swapped with the next. */
export function misspelt(one, other) {
  if (one === other || Math.abs(one.length - other.length) > 1 || Math.min(one.length, other.length) < 5) return false
  const start = sharedLength(one, other)
  const [rest, otherRest] = [one.slice(start), other.slice(start)]
  return (
    rest.slice(1) === otherRest.slice(1) || rest.slice(1) === otherRest || rest === otherRest.slice(1) ||
    (rest[0] === otherRest[1] && rest[1] === otherRest[0] && rest.slice(2) === otherRest.slice(2))
  )
}

/* How well a term of the index answers a word of the query, from 0 to 1. */
export function answers(term, word) {
  if (term === word) return 1
  if (isIdeographic(word)) return [...word].length === 1 && term.startsWith(word) ? 0.9 : 0
  if (related(term, word)) return 0.8
  if (word.length >= 3 && term.startsWith(word)) return 0.4 + 0.4 * (word.length / term.length)
  return 0
}

/* The words of a query; those that nearly every page has are left out unless there are no others. */
export function words(query, common) {
  const all = [...new Set(wanted(query))]
  const telling = all.filter((word) => !common.has(word))
  return telling.length ? telling : all
}

/* Words of texts that were met, by what was asked for: the number of the word that each answers, or -1. */
const met = new WeakMap()

function answered(found, asked) {
  if (isIdeographic(found) || /[\u3040-\u30ff\u3400-\u9fff]/.test(found)) return -1
  const [term, ...more] = terms(found)
  return term && !more.length ? asked.findIndex((word) => answers(term, word) > 0) : -1
}

/* Where words stand in a text: [start, end, number of the word], in order. */
export function hits(text, asked) {
  const found = []
  if (!met.has(asked)) met.set(asked, new Map())
  const known = met.get(asked)
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    if (!known.has(word)) known.set(word, answered(word, asked))
    const number = known.get(word)
    if (number >= 0) found.push([index, index + word.length, number])
  }
  for (const [number, word] of asked.entries()) {
    if (!isIdeographic(word)) continue
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) found.push([at, at + word.length, number])
  }
  return found.sort((one, other) => one[0] - other[0] || other[1] - one[1])
}

/* A text in pieces: [text, whether it is marked]. Hits that touch become one. */
export function marked(text, found) {
  const pieces = []
  let done = 0
  for (const [start, end] of found) {
    if (end <= done) continue
    if (start > done) pieces.push([text.slice(done, start), false])
    if (start <= done && pieces.at(-1)?.[1]) pieces.at(-1)[0] += text.slice(done, end)
    else pieces.push([text.slice(Math.max(start, done), end), true])
    done = end
  }
  if (done < text.length) pieces.push([text.slice(done), false])
  return pieces
}

/* The part of a text that says most about the words, at most about so many characters long. */
export function excerpt(text, asked, length) {
  const found = hits(text, asked)
  let best = { start: 0, value: -1 }
  for (const [index, [start]] of found.entries()) {
    const near = new Set()
    let after = index
    for (; after < found.length && found[after][1] <= start + length * 0.8; after += 1) near.add(found[after][2])
    const value = near.size * 4 + Math.min(after - index, 4)
    if (value > best.value) best = { start, value }
  }
  let from = Math.max(0, best.start - Math.round(length / 4))
  if (from + length > text.length) from = Math.max(0, text.length - length)
  if (from > 0) from = text.indexOf(" ", from) + 1 || from
  if (from > best.start) from = best.start
  let to = Math.min(text.length, from + length)
  if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from + length / 2)
  const inside = found.filter(([start, end]) => start >= from && end <= to).map(([start, end]) => [start - from, end - from])
  const pieces = marked(text.slice(from, to).trimEnd(), inside)
  if (from > 0) pieces.unshift(["… ", false])
  if (to < text.length) pieces.push([" …", false])
  return pieces
}
