// The access rule at the edge: a CloudFront Function for viewer requests, runtime 2.0. See rule.py, which says the same.
import cf from 'cloudfront';
import crypto from 'crypto';

const kvs = cf.kvs();
const COOKIE = '__Host-prm';
const SIGN_IN = '/sign-in/';
const LONGEST_PATH = 2048;
const LONGEST_TOKEN = 1024;
const AHEAD = 240;
const LONGEST_LIFE = 43200;
const NOBODY = '-';
const RAW = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@\/]|%[0-9A-Fa-f]{2})*$/;
const ENCODED_SEPARATOR = /%(?:2f|5c)/i;
const STILL_ENCODED = /%[0-9A-Fa-f]{2}/;
const CONTROL = /[\x00-\x1f\x7f-\x9f\\]/;
const TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const HEADER = /^\{"alg":"HS256","kid":"([a-z0-9]{1,32})","typ":"JWT"\}$/;
// A session has one spelling: what a parser would read into another is not asked.
const OPAQUE = '"([A-Za-z0-9_-]{1,64})"';
const NAME = '"([a-z0-9]+(?:-[a-z0-9]+)*)"';
const INSTANT = '([1-9][0-9]{0,11})';
const CLAIMS = new RegExp(
  '^\\{"sub":' + OPAQUE + ',"sid":' + OPAQUE + ',"partner":' + NAME + ',"role":' + NAME +
  ',"iat":' + INSTANT + ',"exp":' + INSTANT + '\\}$'
);
const SECRET = /^(?:[0-9a-f]{2}){32,64}$/;
const DIGITS = /^[0-9]{1,12}$/;

// A store that cannot answer ends the request: what was not read might revoke.
async function entry(name) {
  return (await kvs.exists(name)) ? kvs.get(name) : null;
}

function requested(raw) {
  if (raw.length > LONGEST_PATH || !RAW.test(raw) || ENCODED_SEPARATOR.test(raw)) return null;
  let path;
  try {
    path = decodeURIComponent(raw);
  } catch (malformed) {
    return null;
  }
  if (CONTROL.test(path) || STILL_ENCODED.test(path)) return null;
  const parts = path.slice(1).split('/');
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '.' || parts[i] === '..' || (parts[i] === '' && i < parts.length - 1)) return null;
  }
  return parts;
}

function canonical(text) {
  return Buffer.from(text).toString('base64url');
}

function sessionOf(body) {
  const text = Buffer.from(body, 'base64url').toString();
  const said = CLAIMS.exec(text);
  if (!said || canonical(text) !== body) return null;
  const session = { sub: said[1], sid: said[2], partner: said[3], role: said[4], iat: Number(said[5]), exp: Number(said[6]) };
  return session.iat < session.exp && session.exp <= session.iat + LONGEST_LIFE ? session : null;
}

async function read(token, now) {
  const found = token.length <= LONGEST_TOKEN ? TOKEN.exec(token) : null;
  if (!found) return null;
  const header = Buffer.from(found[1], 'base64url').toString();
  const kid = HEADER.exec(header);
  if (!kid || canonical(header) !== found[1]) return null;
  const secret = await entry('k/' + kid[1]);
  if (!secret || !SECRET.test(secret)) return null;
  const mac = crypto.createHmac('sha256', Buffer.from(secret, 'hex'));
  const signature = mac.update(found[1] + '.' + found[2]).digest('base64url');
  if (!same(signature, found[3])) return null;
  const session = sessionOf(found[2]);
  return session && session.iat <= now + AHEAD && now < session.exp ? session : null;
}

// In a time that does not tell where two texts part.
function same(one, other) {
  let parts = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) parts |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return parts === 0;
}

async function signedIn(cookie, now) {
  if (!cookie || (cookie.multiValue && cookie.multiValue.length !== 1)) return null;
  const session = await read(cookie.value, now);
  if (!session) return null;
  const names = ['x/s/' + session.sid, 'x/u/' + session.sub, 'x/p/' + session.partner, 'x/all'];
  for (let i = 0; i < names.length; i++) {
    const before = await entry(names[i]);
    if (before !== null && (!DIGITS.test(before) || session.iat <= Number(before))) return null;
  }
  return session;
}

// The delta of a release, where it has the folder, else its base.
function releaseFor(release, folder) {
  const parts = release.split(' ');
  const mark = crypto.createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const marks = parts[2] || '';
  for (let at = 0; at < marks.length; at += 8) if (marks.slice(at, at + 8) === mark) return parts[1];
  return parts[0];
}

async function prefixOf(session, folder) {
  const deployments = ((await entry('live')) || '').split(' ');
  for (let i = 0; i < deployments.length; i++) {
    if (!deployments[i]) continue;
    const portal = await entry('v/' + deployments[i] + '/' + session.partner + '/' + session.role);
    if (portal === NOBODY) return null;
    const release = portal ? await entry('r/' + deployments[i] + '/' + portal) : null;
    if (release) return '/portals/' + portal + '/' + releaseFor(release, folder);
  }
  return null;
}

function nothing() {
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: { 'cache-control': { value: 'no-store' }, 'content-type': { value: 'text/plain; charset=utf-8' } },
    body: 'There is nothing here.\n',
  };
}

function go(location) {
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: { 'cache-control': { value: 'no-store' }, location: { value: location } },
  };
}

async function handler(event) {
  const request = event.request;
  const raw = request.uri;
  const parts = requested(raw);
  if ((request.method !== 'GET' && request.method !== 'HEAD') || !parts || parts.join('/') === '404.html') return nothing();
  const session = await signedIn(request.cookies[COOKIE], Math.floor(Date.now() / 1000));
  const last = parts[parts.length - 1];
  const path = parts.join('/');
  const prefix = session ? await prefixOf(session, path.slice(0, path.length - last.length)) : null;
  if (!prefix) return go(SIGN_IN + '?to=' + encodeURIComponent(raw));
  if (last && last.indexOf('.') < 0) return go(raw + '/');
  request.uri = prefix + '/' + parts.map(encodeURIComponent).join('/') + (last ? '' : 'index.html');
  // The store is asked by path alone, and hears nothing of who asked.
  request.querystring = {};
  request.cookies = {};
  return request;
}
