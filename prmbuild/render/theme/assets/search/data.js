/* Reading a portal's search data: the index, the listings that it names, then of each segment only what a query needs.
   Everything is read once. */
import { EDGE, bucket } from "./tokens.js"

const root = new URL("../../../search/", import.meta.url)

/* In a portal with more segments than these, lists of pages are read only of those with results. */
const READ_AHEAD = 32

/* Bytes of the header of a gzip member, and of what ends it: an empty last block and a trailer.
   Source: RFC 1952, section 2.3; prmbuild/search/members.py. */
const HEADER = 10
const END = 10

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
  const parts = [...members.flatMap((one, at) => [letter(at ? "," : "["), one.subarray(HEADER, -END)]), letter("]", true)]
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
    const listings = index.listings.map(listing)
    const segments = listings.flatMap((one) => one.segments)
    const ahead = segments.length <= READ_AHEAD
    const terms = listings.flatMap((one) => one.terms)
    const sum = (name) => segments.reduce((total, one) => total + one[name], 0)
    return { ...index, common: new Set(index.common), ahead, listings, segments, terms, pages: sum("pages"), words: sum("words") }
  })

/* A listing: in which of its bytes stands where the buckets of each segment are, and then what is listed of its pages;
   and the files with the terms of its segments. */
function listing([folder, name, files]) {
  const made = { file: folder + name, head: 0, end: 0 }
  const next = (length) => [made.end, (made.end += length)]
  const segment = ([place, pages, words, placed, size]) => ({ listing: made, folder: place, pages, words, placed: next(placed), size })
  made.terms = files.map(([place, terms, segments]) => ({ file: place + terms, segments: segments.map(segment) }))
  made.segments = made.terms.flatMap((one) => one.segments)
  made.head = made.end
  for (const one of made.segments) one.listed = next(one.size)
  return made
}

/* The beginning of a listing: where buckets are and, in a portal with few segments, the lists as well. */
const loadStart = ({ file, head, end }, ahead) => once(`${file} start`, () => part(file, 0, ahead ? end : head))

/* Of each segment where its buckets begin and end and, in a portal with few, what is listed of its pages. */
const loadStarts = () =>
  once("starts", async () => {
    const { ahead, listings, segments } = await loadIndex()
    const starts = new Map(await Promise.all(listings.map(async (one) => [one, await loadStart(one, ahead)])))
    const members = (name) => segments.map((one) => starts.get(one.listing).subarray(...one[name]))
    const found = await unpacked([...members("placed"), ...(ahead ? members("listed") : [])])
    return new Map(segments.map((segment, at) => [segment, { places: places(found[at]), listed: found[segments.length + at] }]))
  })

function places(lengths) {
  const found = [0]
  for (const length of lengths.split(EDGE)) found.push(found.at(-1) + Number(length))
  return found
}

/* What is listed of a segment's pages: {pages, texts: [[first page, name of the file], …]}. */
export const loadPages = async (segment) => {
  const { listing, folder, listed } = segment
  if ((await loadIndex()).ahead) return (await loadStarts()).get(segment).listed
  return once(`${folder} pages`, async () => (await unpacked([await part(listing.file, ...listed)]))[0])
}

/* Whether the list of a segment's pages is read, or will be. */
export const isListed = ({ ahead }, { folder }) => ahead || kept.has(`${folder} pages`)

/* Read and unpack what every query needs, ahead of the first. */
export const readAhead = () => loadStarts()

/* Of the terms that share a bucket with this one: [segment, term → [page, parts it stands in, …]] of each segment. */
export const loadTerms = (index, term) => {
  const number = bucket(term, index.buckets, index.common)
  return once(`bucket ${number}`, async () => {
    const starts = await loadStarts()
    const packed = await Promise.all(
      index.terms.map(({ file, segments }) => bucketed(file, segments.map((one) => starts.get(one).places), number)),
    )
    return (await unpacked(packed.flat())).map((pages, at) => [index.segments[at], byTerm(pages)])
  })
}

/* The members of a bucket: in a file with the terms of several segments they stand together, one of each. */
async function bucketed(file, places, number) {
  const before = (bucket) => places.reduce((sum, one) => sum + one[bucket], 0)
  const data = await part(file, before(number), before(number + 1))
  let end = 0
  return places.map((one) => data.subarray(end, (end += one[number + 1] - one[number])))
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
  once(`${segment.folder} text ${number}`, async () => {
    const { texts, pages } = await loadPages(segment)
    const [first, name] = texts.findLast(([start]) => start <= number)
    const before = pages.slice(first, number).reduce((sum, page) => sum + page.size, 0)
    return (await unpacked([await part(segment.folder + name, before, before + pages[number].size)]))[0]
  })
