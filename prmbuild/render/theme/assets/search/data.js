/* Reading a portal's search data: the index, then of each segment only what a query needs. Everything is read once. */
import { EDGE, bucket } from "./tokens.js"

const root = new URL("../../../search/", import.meta.url)

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

async function bytes(path) {
  const answer = await fetch(new URL(path, root), { credentials: "same-origin" })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}

/* A server may have unpacked the file on its way. */
async function unpacked(data) {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return JSON.parse(new TextDecoder().decode(data))
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).json()
}

export const loadIndex = () =>
  once("index", async () => {
    const index = JSON.parse(new TextDecoder().decode(await bytes("index.json")))
    const segments = index.segments.map(([folder, pages, words]) => ({ folder, pages, words }))
    const sum = (name) => segments.reduce((total, one) => total + one[name], 0)
    return { ...index, common: new Set(index.common), segments, pages: sum("pages"), words: sum("words") }
  })

/* What is listed of a segment's pages, and the numbers of the pages that its files of texts begin with. */
export const loadPages = (segment) =>
  once(`${segment.folder}/pages`, async () => unpacked(await bytes(`${segment.folder}/pages.bin`)))

/* Term → [page, parts it stands in, …] of the terms that share a bucket with this one. */
export const loadTerms = (index, segment, term) => {
  const number = bucket(term, index.buckets, index.common)
  return once(`${segment.folder}/${number}`, async () => {
    const found = new Map()
    for (const [page, chunk] of (await unpacked(await bytes(`${segment.folder}/${number}.bin`))).entries()) {
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
  once(`${segment.folder}/text/${number}`, async () => {
    const { texts, pages } = await loadPages(segment)
    const file = texts.findLastIndex((start) => start <= number)
    const data = await once(`${segment.folder}/text-${file}`, () => bytes(`${segment.folder}/text-${file}.bin`))
    const before = pages.slice(texts[file], number).reduce((sum, page) => sum + page.size, 0)
    return unpacked(data.subarray(before, before + pages[number].size))
  })
