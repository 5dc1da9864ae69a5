/* Which terms of the index answer a word that somebody typed, and where such words stand in a text. */
import { ENDINGS } from "./endings.js"
import { WORD, hasUnspaced, isShort, isUnspaced, letters, respelled, terms, wanted } from "./tokens.js"

const SHORTEST_STEM = 4

function sharedLength(one, other) {
  const end = Math.min(one.length, other.length)
  let at = 0
  while (at < end && one[at] === other[at]) at += 1
  return at
}

/* Endings that tell forms of a word of three letters apart; all others join words that have nothing in common. */
const SHORT_STEM = 3
const SHORT_ENDINGS = [["", "s"], ["", "es"], ["ao", "oes"], ["ao", "aes"]]

/* Whether two words look like forms of one. */
export function related(one, other) {
  const stem = sharedLength(one, other)
  if (stem < SHORT_STEM || stem * 2 < Math.max(one.length, other.length)) return false
  const [ending, otherEnding] = [one.slice(stem), other.slice(stem)]
  if (stem >= SHORTEST_STEM) return ENDINGS.some((endings) => endings.has(ending) && endings.has(otherEnding))
  return SHORT_ENDINGS.some(([less, more]) => (ending === less && otherEnding === more) || (ending === more && otherEnding === less))
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

/* How well a term of the index answers a term that was typed, from 0 to 1. */
function fits(term, word) {
  if (term === word) return 1
  if (isUnspaced(word)) return letters(word).length === 1 && term.startsWith(word) ? 0.9 : 0
  if (related(term, word)) return 0.8
  if (!isShort(word) && term.startsWith(word)) return 0.4 + 0.4 * (word.length / term.length)
  return 0
}

/* What another way to write a word counts. */
const ALSO = 0.95

/* How well a term of the index answers a word of the query, from 0 to 1. */
export function answers(term, { word, also }) {
  let best = fits(term, word)
  for (const other of also) best = Math.max(best, ALSO * fits(term, other))
  return best
}

/* The words of a query; those that nearly every page has are left out unless there are no others. Of each:
   - word: its term.
   - also: what it is written as, too. "24 V" is "24V", and the first number of "5.4.2" may be "v5".
   - otherwise: what it may be where it is found nowhere: "Händler" may be written "Haendler".
   - parts: what it may be taken apart into, as "AX1200" is into "AX 1200"; `apart` tells whether it always is, as single
     letters and digits stand beside each other by chance.
   - instead: what was taken for it, as nothing else was found. */
export function words(query, common) {
  const typed = wanted(query)
  const all = new Map(typed.map((word) => [word, { word, also: [], otherwise: [], ...taken(word), instead: [] }]))
  for (const [at, word] of typed.entries()) {
    const next = typed[at + 1]
    if (!next || common.has(word) || common.has(next) || !joined(word, next)) continue
    for (const one of [word, next]) all.get(one).also.push(word + next)
  }
  for (const [, number] of query.matchAll(/(?<![\p{L}\p{N}.])(\d+)(?=\.\d)/gu)) all.get(number)?.also.push(`v${number}`)
  for (const [word] of query.matchAll(WORD)) {
    const [other] = respelled(word)
    if (other) all.get(terms(word)[0])?.otherwise.push(other)
  }
  for (const [word, one] of all) if (/^v\d+$/.test(word)) one.otherwise.push(word.slice(1))
  const telling = [...all.values()].filter(({ word }) => !common.has(word))
  return telling.length ? telling : [...all.values()]
}

const UNIT = /^\p{L}{1,3}$/u

/* Whether a number and a few letters beside it may be written together. */
const joined = (word, next) => (/^\d+$/.test(word) && UNIT.test(next)) || (UNIT.test(word) && /^\d/.test(next))

function taken(word) {
  const parts = /\d/.test(word) && /\p{L}/u.test(word) && !isUnspaced(word) ? word.match(/\d+|\D+/g) : []
  return { parts, apart: parts.length === 2 && parts.every((part) => part.length > 1) }
}

/* Words of texts that were met, by what was asked for: the number of the word that each answers, or -1. */
const met = new WeakMap()

function answered(found, asked) {
  if (hasUnspaced(found)) return -1
  const [term, ...more] = terms(found)
  if (!term || more.length) return -1
  const spelt = [term, ...respelled(found)]
  return asked.findIndex((one) => spelt.some((term) => answers(term, one) > 0 || isOther(term, one)))
}

const isOther = (term, { otherwise, parts, instead }) => instead.includes(term) || otherwise.includes(term) || parts.includes(term)

/* Where words stand in a text: [start, end, number of the word], in order. */
export function hits(text, asked) {
  const found = []
  if (!met.has(asked)) met.set(asked, new Map())
  const known = met.get(asked)
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!known.has(word)) known.set(word, answered(word, asked))
    const number = known.get(word)
    if (number >= 0) found.push([index, index + word.length, number])
  }
  return [...found, ...unspaced(text, asked)].sort((one, other) => one[0] - other[0] || other[1] - one[1])
}

/* Where pairs of letters without spaces stand in a text: those that follow each other in the query only where they do so
   here as well. */
function unspaced(text, asked) {
  const places = asked.map(({ word }) => new Set(isUnspaced(word) ? occurrences(text, word) : []))
  const follow = (one, other) => one && other && isUnspaced(one.word) && other.word.startsWith(letters(one.word)[1])
  return asked.flatMap(({ word }, number) => {
    const before = follow(asked[number - 1], asked[number])
    const after = follow(asked[number], asked[number + 1])
    const isMet = (at) =>
      (!before && !after) ||
      (after && places[number + 1].has(at + letters(word)[0].length)) ||
      (before && places[number - 1].has(at - letters(asked[number - 1].word)[0].length))
    return [...places[number]].filter(isMet).map((at) => [at, at + word.length, number])
  })
}

function* occurrences(text, word) {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) yield at
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
