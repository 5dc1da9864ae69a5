/* Reading a portal's search data: the index, then of each segment only what a query needs. Everything is read once. */
import { EDGE, bucket } from "./tokens.js"

const root = new URL("../../../search/", import.meta.url)

/* In a portal with more segments than these, lists of pages are read only of those with results. */
const READ_AHEAD = 32

/* Bytes of a gzip header, of one before what stands in its extra field, and of what ends a member: an empty last block
   and a trailer. Source: RFC 1952, section 2.3; prmbuild/search/members.py. */
const HEADER = 10
const EXTRA = 16
const END = 10

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

/* A block of deflated data that is a letter as it is. Source: RFC 1951, section 3.2.4. */
const letter = (sign, last) => [last ? 1 : 0, 1, 0, 0xfe, 0xff, sign.charCodeAt(0)]

/* What each of some members says. They are unpacked in one go, as a list, for every stream costs the browser some time. */
async function unpacked(members) {
  const blocks = members.map((one) => one.subarray(one[3] ? EXTRA - 4 + one[HEADER] + 256 * one[HEADER + 1] : HEADER, -END))
  const parts = [...blocks.flatMap((block, at) => [letter(at ? "," : "["), block]), letter("]", true)]
  const stream = new Uint8Array(parts.reduce((total, one) => total + one.length, 0))
  let end = 0
  for (const one of parts) {
    stream.set(one, end)
    end += one.length
  }
  const unpacking = new DecompressionStream("deflate-raw")
  const writer = unpacking.writable.getWriter()
  writer.write(stream).catch(() => null)
  writer.close().catch(() => null)
  return new Response(unpacking.readable).json()
}

export const loadIndex = () =>
  once("index", async () => {
    const index = JSON.parse(new TextDecoder().decode((await answered("index.json", {}))[0]))
    const ahead = index.segments.length <= READ_AHEAD
    const segments = index.segments.map(([folder, name, pages, words, listed]) => ({
      folder, file: folder + name, pages, words, listed, ahead, start: ahead ? listed : Math.min(listed, EXTRA + LONGEST * (index.buckets + 2)),
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

/* What is listed of the pages of all segments, in a portal with few. */
const loadLists = () =>
  once("lists", async () => {
    const { segments } = await loadIndex()
    const starts = await Promise.all(segments.map(loadStart))
    const lists = await unpacked(starts.map((start, at) => start.subarray(0, segments[at].listed)))
    return new Map(segments.map((segment, at) => [segment, lists[at]]))
  })

/* What is listed of a segment's pages: {pages, texts: [[first page, name of the file], …]}. */
export const loadPages = async (segment) => {
  const { file, ahead, listed } = segment
  if (ahead) return (await loadLists()).get(segment)
  return once(`${file} pages`, async () => (await unpacked([await part(file, 0, listed)]))[0])
}

/* Whether the list of a segment's pages is read, or will be. */
export const isListed = ({ file, ahead }) => ahead || kept.has(`${file} pages`)

/* Read what every query needs, ahead of the first. */
export async function readAhead() {
  for (const segment of (await loadIndex()).segments) loadStart(segment).catch(() => null)
}

/* Of the terms that share a bucket with this one: [segment, term → [page, parts it stands in, …]] of each segment. */
export const loadTerms = (index, term) => {
  const number = bucket(term, index.buckets, index.common)
  return once(`bucket ${number}`, async () => {
    const packed = await Promise.all(
      index.segments.map(async (segment) => {
        const places = await loadPlaces(segment)
        return part(segment.file, places[number], places[number + 1])
      }),
    )
    return (await unpacked(packed)).map((pages, at) => [index.segments[at], byTerm(pages)])
  })
}

/* Term → [page, parts it stands in, …], given what each page has of a bucket. */
function byTerm(pages) {
  const found = new Map()
  for (const [page, chunk] of pages.entries()) {
    if (!chunk) continue
    const pieces = chunk.split(EDGE)
    for (let at = 0; at < pieces.length; at += 2) {
      const held = found.get(pieces[at])
      if (held) held.push(page, pieces[at + 1])
      else found.set(pieces[at], [page, pieces[at + 1]])
    }
  }
  return found
}

/* The description of a page and its sections: [description, [anchor, title, text], …]. */
export const loadText = (segment, number) =>
  once(`${segment.file} text ${number}`, async () => {
    const { texts, pages } = await loadPages(segment)
    const [first, name] = texts.findLast(([start]) => start <= number)
    const before = pages.slice(first, number).reduce((sum, page) => sum + page.size, 0)
    return (await unpacked([await part(segment.folder + name, before, before + pages[number].size)]))[0]
  })
