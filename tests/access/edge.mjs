// Runs edge.js as CloudFront would: answers of many requests, from JSON on stdin to JSON on stdout.
// A stand-in for CloudFront's runtime: node has the same crypto and Buffer; the key value store is an object.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';

const source = readFileSync(process.argv[2], 'utf-8').replace(/^import .*$/gm, '');
const cases = JSON.parse(readFileSync(0, 'utf-8'));
let entries;
const cf = {
  kvs: () => ({
    exists: async (name) => Object.hasOwn(entries, name),
    get: async (name) => {
      if (!Object.hasOwn(entries, name)) throw new Error('KeyNotFound');
      return entries[name];
    },
  }),
};
const handler = new Function('cf', 'crypto', `${source}\nreturn handler;`)(cf, crypto);
const answers = [];
for (const { method, path, cookies, entries: known, now } of cases) {
  entries = known;
  Date.now = () => now * 1000;
  const request = { method, uri: path, querystring: { q: { value: '1' } }, headers: {}, cookies: {} };
  if (cookies.length) request.cookies['__Host-prm'] = { value: cookies[0] };
  if (cookies.length > 1) request.cookies['__Host-prm'].multiValue = cookies.map((value) => ({ value }));
  answers.push(await handler({ request }));
}
console.log(JSON.stringify(answers));
