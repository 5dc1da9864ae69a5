/* Reading a portal's search data: the index, then of each segment only what a query needs. Everything is read once. */
import { EDGE, bucket } from "./tokens.js"

const root = new URL("../../../search/", import.meta.url)

/* In a portal with more segments than these, lists of pages are read only of those with results. */
const READ_AHEAD = 32

/* Bytes of a gzip header before what stands in its extra field. */
const EXTRA = 16

/* Bytes that tell how long a bucket is, if it has less than 2 MB. */
const LONGEST = 3

const kept = new Map()

/* Remember what was read, and forget what could not be. */
function once(key, read) {
  if (!kept.has(key)) {
    const reading = read()
    kept.set(key, reading)
    reading.catch(() => kept.delete(key))
  }
  return kept.get(key)
}

async function answered(path, headers) {
  const answer = await fetch(new URL(path, root), { credentials: "same-origin", headers })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return [new Uint8Array(await answer.arrayBuffer()), answer.status]
}

/* The bytes of a file from one place up to another. A server that knows no ranges sends all of it, which is kept. */
const whole = new Map()

async function part(path, start, end) {
  if (!whole.has(path)) {
    const [data, status] = await answered(path, { Range: `bytes=${start}-${end - 1}` })
    if (status === 206) return data
    whole.set(path, data)
  }
  return whole.get(path).subarray(start, end)
}

async function unpacked(data) {
  const unpacking = new DecompressionStream("gzip")
  const writer = unpacking.writable.getWriter()
  writer.write(data).catch(() => null)
  writer.close().catch(() => null)
  return new Response(unpacking.readable).json()
}

export const loadIndex = () =>
  once("index", async () => {
    const index = JSON.parse(new TextDecoder().decode((await answered("index.json", {}))[0]))
    const ahead = index.segments.length <= READ_AHEAD
    const segments = index.segments.map(([folder, name, pages, words, listed]) => ({
      folder, file: folder + name, pages, words, listed, start: ahead ? listed : Math.min(listed, EXTRA + LONGEST * (index.buckets + 2)),
    }))
    const sum = (name) => segments.reduce((total, one) => total + one[name], 0)
    return { ...index, common: new Set(index.common), segments, pages: sum("pages"), words: sum("words") }
  })

/* The beginning of a segment: where its buckets are and, read in the same go if there are few segments, its pages. */
const loadStart = ({ file, start }) => once(`${file} start`, () => part(file, 0, start))

/* Where the buckets of a segment begin and end, from their lengths in the header of its first member. */
const loadPlaces = (segment) =>
  once(`${segment.file} places`, async () => {
    const data = await loadStart(segment)
    const places = [segment.listed]
    const end = EXTRA + data[EXTRA - 2] + 256 * data[EXTRA - 1]
    for (let at = EXTRA; at < end; at += 1) {
      let length = 0
      for (let bits = 0; ; bits += 7, at += 1) {
        length += (data[at] & 0x7f) << bits
        if (data[at] < 0x80) break
      }
      places.push(places.at(-1) + length)
    }
    return places
  })

/* What is listed of a segment's pages: {pages, texts: [[first page, name of the file], …]}. */
export const loadPages = (segment) =>
  once(`${segment.file} pages`, async () => {
    const { file, start, listed } = segment
    return unpacked(start < listed ? await part(file, 0, listed) : (await loadStart(segment)).subarray(0, listed))
  })

/* Whether the list of a segment's pages is read, or will be. */
export const isListed = ({ file, start, listed }) => start >= listed || kept.has(`${file} pages`)

/* Read what every query needs, ahead of the first. */
export async function readAhead() {
  for (const segment of (await loadIndex()).segments) (isListed(segment) ? loadPages : loadStart)(segment).catch(() => null)
}

/* Term → [page, parts it stands in, …] of the terms that share a bucket with this one. */
export const loadTerms = (index, segment, term) => {
  const number = bucket(term, index.buckets, index.common)
  return once(`${segment.file} ${number}`, async () => {
    const places = await loadPlaces(segment)
    const found = new Map()
    for (const [page, chunk] of (await unpacked(await part(segment.file, places[number], places[number + 1]))).entries()) {
      if (!chunk) continue
      const pieces = chunk.split(EDGE)
      for (let at = 0; at < pieces.length; at += 2) {
        const held = found.get(pieces[at])
        if (held) held.push(page, pieces[at + 1])
        else found.set(pieces[at], [page, pieces[at + 1]])
      }
    }
    return found
  })
}

/* The description of a page and its sections: [description, [anchor, title, text], …]. */
export const loadText = (segment, number) =>
  once(`${segment.file} text ${number}`, async () => {
    const { texts, pages } = await loadPages(segment)
    const [first, name] = texts.findLast(([start]) => start <= number)
    const before = pages.slice(first, number).reduce((sum, page) => sum + page.size, 0)
    return unpacked(await part(segment.folder + name, before, before + pages[number].size))
  })
