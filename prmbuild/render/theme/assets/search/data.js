/* Reading a portal's search data: the index, the listings that it names, then of each segment only what a query needs.
   Everything is read once, and belongs to the index that it was read for: a deployment replaces all of it while a page
   is open. What is read for one index never meets what is read for the next. */
import { EDGE, bucket } from "./tokens.js"

const root = new URL("../../../search/", import.meta.url)

/* What search data looks like that these scripts can read; prmbuild/search/listing.py says the same of what is made. */
const FORMAT = 2

/* Search data of another format: the page with its scripts is from before a deployment, or a rollback. */
export class Outdated extends Error {}

/* In a portal with more segments than these, lists of pages are read only of those with results. */
const READ_AHEAD = 32

/* Bytes of the header of a gzip member, and of what ends it: an empty last block and a trailer.
   Source: RFC 1952, section 2.3; prmbuild/search/members.py. */
const HEADER = 10
const END = 10

/* Remember what was read for an index, and forget what could not be. */
function once({ kept }, key, read) {
  if (!kept.has(key)) {
    const reading = read()
    kept.set(key, reading)
    reading.catch(() => kept.delete(key))
  }
  return kept.get(key)
}

async function answered(path, how = {}) {
  const answer = await fetch(new URL(path, root), { credentials: "same-origin", ...how })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return [new Uint8Array(await answer.arrayBuffer()), answer.status]
}

/* The bytes of a file from one place up to another. A server that knows no ranges sends all of it, which is kept. */
async function part({ whole }, path, start, end) {
  if (!whole.has(path)) {
    const [data, status] = await answered(path, { headers: { Range: `bytes=${start}-${end - 1}` } })
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

let current = null

const readIndex = async (how) => new TextDecoder().decode((await answered("index.json", how))[0])

export function loadIndex() {
  if (!current) {
    const reading = readIndex().then(indexed)
    current = reading
    reading.catch(() => {
      if (current === reading) current = null
    })
  }
  return current
}

/* Read the index again, as something that an index names could not be read, or does not fit. Whether there is another
   now, for which it can be tried once more. */
export async function renewed(index) {
  if (index !== (await loadIndex())) return true
  const said = await readIndex({ cache: "no-cache" })
  if (said === index.said) return false
  const next = indexed(said)
  if ((await loadIndex()) === index) current = Promise.resolve(next)
  return true
}

function indexed(said) {
  const read = JSON.parse(said)
  if (read.format !== FORMAT) throw new Outdated(`search data of format ${read.format}`)
  const index = { ...read, said, common: new Set(read.common), kept: new Map(), whole: new Map() }
  index.listings = read.listings.map((one) => listing(index, one))
  index.segments = index.listings.flatMap((one) => one.segments)
  index.terms = index.listings.flatMap((one) => one.terms)
  index.ahead = index.segments.length <= READ_AHEAD
  for (const name of ["pages", "words"]) index[name] = index.segments.reduce((total, one) => total + one[name], 0)
  return index
}

/* A listing: in which of its bytes stands where the buckets of each segment are, and then what is listed of its pages;
   and the files with the terms of its segments. */
function listing(index, [folder, name, files]) {
  const made = { file: folder + name, head: 0, end: 0 }
  const next = (length) => [made.end, (made.end += length)]
  const segment = ([place, pages, words, placed, size]) => ({ index, listing: made, folder: place, pages, words, placed: next(placed), size })
  made.terms = files.map(([place, terms, segments]) => ({ file: place + terms, segments: segments.map(segment) }))
  made.segments = made.terms.flatMap((one) => one.segments)
  made.head = made.end
  for (const one of made.segments) one.listed = next(one.size)
  return made
}

/* The beginning of a listing: where buckets are and, in a portal with few segments, the lists as well. */
const loadStart = (index, { file, head, end }) => once(index, `${file} start`, () => part(index, file, 0, index.ahead ? end : head))

/* Of each segment where its buckets begin and end and, in a portal with few, what is listed of its pages. */
const loadStarts = (index) =>
  once(index, "starts", async () => {
    const { ahead, listings, segments } = index
    const starts = new Map(await Promise.all(listings.map(async (one) => [one, await loadStart(index, one)])))
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
  const { index, listing, folder, listed } = segment
  if (index.ahead) return (await loadStarts(index)).get(segment).listed
  return once(index, `${folder} pages`, async () => (await unpacked([await part(index, listing.file, ...listed)]))[0])
}

/* Whether the list of a segment's pages is read, or will be. */
export const isListed = ({ index, folder }) => index.ahead || index.kept.has(`${folder} pages`)

/* Read and unpack what every query needs, ahead of the first. */
export const readAhead = async () => loadStarts(await loadIndex())

/* Of the terms that share a bucket with this one: [segment, term → [page, parts it stands in, …]] of each segment. */
export const loadTerms = (index, term) => {
  const number = bucket(term, index.buckets, index.common)
  return once(index, `bucket ${number}`, async () => {
    const starts = await loadStarts(index)
    const packed = await Promise.all(
      index.terms.map(({ file, segments }) => bucketed(index, file, segments.map((one) => starts.get(one).places), number)),
    )
    return (await unpacked(packed.flat())).map((pages, at) => [index.segments[at], byTerm(pages)])
  })
}

/* The members of a bucket: in a file with the terms of several segments they stand together, one of each. */
async function bucketed(index, file, places, number) {
  const before = (bucket) => places.reduce((sum, one) => sum + one[bucket], 0)
  const data = await part(index, file, before(number), before(number + 1))
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
  once(segment.index, `${segment.folder} text ${number}`, async () => {
    const { index, folder } = segment
    const { texts, pages } = await loadPages(segment)
    const [first, name] = texts.findLast(([start]) => start <= number)
    const before = pages.slice(first, number).reduce((sum, page) => sum + page.size, 0)
    return (await unpacked([await part(index, folder + name, before, before + pages[number].size)]))[0]
  })
