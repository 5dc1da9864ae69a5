/* The terms of a text, as prmbuild/search/tokens.py takes them; tests/search/vectors.json holds both to it. */

export const EDGE = "\ua66e"

const FOLDED = {
  ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", "\u0131": "i", "\u03c2": "\u03c3",
  "\u00ad": "", "\u2060": "", "\ufeff": "", "\u200b": " ", [EDGE]: " ",
}
const FOLDABLE = new RegExp(`[${Object.keys(FOLDED).join("")}]`, "g")

/* Accents, points of Hebrew and Arabic, and what chooses between looks of a sign. */
const MARKS =
  /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u20d0-\u20f0\ufe00-\ufe0f]/g

/* A word, in any text: letters, the marks behind them, and what tells C, C++ and C# apart. */
export const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:\+\+|#(?![\p{L}\p{N}]))?/gu

/* Scripts that set no space between words: Chinese and Japanese; Thai, Lao, Burmese and Khmer. */
const UNSPACED =
  "\\u3005-\\u3007\\u3040-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\u{20000}-\\u{3134f}" +
  "\\u0e01-\\u0e3a\\u0e40-\\u0e4e\\u0e81-\\u0ebd\\u0ec0-\\u0ecd\\u1000-\\u103f\\u1050-\\u109f\\u1780-\\u17d3"
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu")
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u")
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u")

export const normalised = (text) =>
  text.toLowerCase().normalize("NFKD").toLowerCase().replace(MARKS, "").replace(FOLDABLE, (letter) => FOLDED[letter]).normalize("NFC")

export const isUnspaced = (term) => STARTS_UNSPACED.test(term)
export const hasUnspaced = (text) => HAS_UNSPACED.test(text)

const runs = (text) =>
  (normalised(text).match(WORD) ?? [])
    .flatMap((word) => word.match(RUNS))
    .flatMap((run) => (isUnspaced(run) ? [run] : (run.match(WORD) ?? [])))

/* The letters of a run without spaces, each with its marks. */
export const letters = (run) => run.match(/[\p{L}\p{N}]\p{M}*/gu) ?? []

const pairs = (run) => {
  const all = letters(run)
  return all.map((letter, at) => letter + (all[at + 1] ?? ""))
}

export const terms = (text) => runs(text).flatMap((run) => (isUnspaced(run) ? pairs(run) : [run]))

/* As terms, but a run without spaces asks for its pairs alone: its last letter may be followed by others in a text. */
export const wanted = (text) =>
  runs(text).flatMap((run) => {
    const all = isUnspaced(run) ? pairs(run) : [run]
    return all.length > 1 ? all.slice(0, -1) : all
  })

const UMLAUTS = { ä: "ae", ö: "oe", ü: "ue" }

/* Of the words with umlauts in a text, the terms that people type who have no keys for these. */
export const respelled = (text) =>
  (text.toLowerCase().normalize("NFC").match(/[\p{L}\p{N}_]*[äöü][\p{L}\p{N}_]*/gu) ?? []).flatMap((word) =>
    terms(word.replace(/[äöü]/g, (letter) => UMLAUTS[letter])),
  )

/* Letters by which a word finds longer ones; where letters are syllables, and where words have no spaces, fewer. */
const beginnings = (term) => (isUnspaced(term) ? 1 : /^[\uac00-\ud7a3]/.test(term) ? 2 : 3)

export const isShort = (term) => [...term].length < beginnings(term)

/* Finds where a term begins so in a text in normal form. */
export const beginning = (start) =>
  new RegExp(`(?<=^|[${UNSPACED}]|[^\\p{L}\\p{N}\\p{M}])${start.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`, "gu")

export function bucket(term, buckets, common) {
  if (common.has(term)) return buckets
  if (isShort(term)) return buckets + 1
  let mark = 2166136261
  for (const letter of [...term].slice(0, beginnings(term))) {
    mark = Math.imul(mark ^ letter.codePointAt(0), 16777619) >>> 0
  }
  return ((mark ^ (mark >>> 16)) >>> 0) % buckets
}
