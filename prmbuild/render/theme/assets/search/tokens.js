/* The terms of a text, as prmbuild/search/tokens.py takes them; tests/search/vectors.json holds both to it. */

export const EDGE = "\ua66e"

const FOLDED = {
  ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", "\u0131": "i", "\u03c2": "\u03c3",
  "\u00ad": "", "\u2060": "", "\ufeff": "", "\u200b": " ", [EDGE]: " ",
}
const FOLDABLE = new RegExp(`[${Object.keys(FOLDED).join("")}]`, "g")
const MARKS = /[\u0300-\u036f]/g
const WORD = /[\p{L}\p{N}]+/gu
const IDEOGRAPHS = "\\u3005-\\u3007\\u3040-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\u{20000}-\\u{3134f}"
const RUNS = new RegExp(`[${IDEOGRAPHS}]+|[^${IDEOGRAPHS}]+`, "gu")
const IDEOGRAPH = new RegExp(`^[${IDEOGRAPHS}]`, "u")

export const normalised = (text) =>
  text.toLowerCase().normalize("NFKD").toLowerCase().replace(MARKS, "").replace(FOLDABLE, (letter) => FOLDED[letter]).normalize("NFC")

export const isIdeographic = (term) => IDEOGRAPH.test(term)

const runs = (text) => (normalised(text).match(WORD) ?? []).flatMap((word) => word.match(RUNS))

const pairs = (run) => {
  const letters = [...run]
  return letters.map((letter, at) => letter + (letters[at + 1] ?? ""))
}

export const terms = (text) => runs(text).flatMap((run) => (isIdeographic(run) ? pairs(run) : [run]))

/* As terms, but a run of ideographs asks for its pairs alone: its last one may be followed by others in a text. */
export const wanted = (text) =>
  runs(text).flatMap((run) => (isIdeographic(run) && [...run].length > 1 ? pairs(run).slice(0, -1) : [run]))

/* Letters of the words that begin a longer one. */
export const SHORTEST = 3

export const isShort = (term) => !isIdeographic(term) && [...term].length < SHORTEST

/* Finds where a term begins so in a text in normal form. */
export const beginning = (start) =>
  new RegExp(`(?<=^|[${IDEOGRAPHS}]|[^\\p{L}\\p{N}])${start.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`, "gu")

export function bucket(term, buckets, common) {
  if (common.has(term)) return buckets
  if (isShort(term)) return buckets + 1
  let mark = 2166136261
  for (const letter of [...term].slice(0, isIdeographic(term) ? 1 : SHORTEST)) {
    mark = Math.imul(mark ^ letter.codePointAt(0), 16777619) >>> 0
  }
  return ((mark ^ (mark >>> 16)) >>> 0) % buckets
}
