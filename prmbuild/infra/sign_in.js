// Answers where people sign in, as long as no gateway does: a CloudFront Function for viewer requests, runtime 2.0.
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem; padding: 0 1.5rem; }
  @media (prefers-color-scheme: dark) { body { background: #16181d; color: #e6e6e6; } }
</style>
<h1>You are not signed in</h1>
<p>These pages are for partners. Nobody can sign in here yet; your partner manager knows when.</p>
</html>
`;

function handler() {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
  };
  Object.keys(headers).forEach((name) => { headers[name] = { value: headers[name] }; });
  return { statusCode: 200, statusDescription: 'OK', headers: headers, body: PAGE };
}
