"""ministack with what it lacks of CloudFront. Run as a program; `tests.object_storage` does.

ministack 1.5 runs functions in node, but knows no ``import cf from 'cloudfront'``; of two cookies of a name it shows a
function the last, where CloudFront shows both; and it asks the bucket as if without TLS, which the bucket refuses.

Source: Amazon CloudFront Developer Guide, "Helper methods for key value stores" and "CloudFront Functions event
structure".
"""

from typing import Any

from ministack.app import main
from ministack.core import cloudfront_js
from ministack.core.concurrency import run_offloop
from ministack.core.iam_evaluator import pin_request_origin
from ministack.services import cloudfront, cloudfront_keyvaluestore

_IMPORT = b"import cf from 'cloudfront';"

_STORE = b"""
let known = {};
const cf = { kvs: () => ({
  exists: async (name) => Object.prototype.hasOwnProperty.call(known, name),
  get: async (name) => {
    if (!Object.prototype.hasOwnProperty.call(known, name)) throw new Error('KeyNotFound');
    return known[name];
  },
}) };
"""

_HANDLER = b"""
handler = ((inner) => (event) => { known = event.known; delete event.known; return inner(event); })(handler);
"""


async def _run_function(arn: str, event: dict[str, Any]) -> object:
    """Run a function as ministack does, with the entries of the store that it is associated with."""
    code = cloudfront.live_function_code(arn)
    if code is None:
        raise cloudfront.CloudFrontFunctionError(f"{arn} was never published")
    if _IMPORT in code:
        stores = cloudfront._functions[arn.rsplit("/", 1)[-1]]["live_body"]["kvs_arns"]
        event["known"] = dict(cloudfront_keyvaluestore._stores.get(stores[0], {}).get("items", {}))
        code = code.replace(_IMPORT, _STORE) + _HANDLER
    try:
        return await run_offloop(cloudfront_js.evaluate, code, event)
    except cloudfront_js.CloudFrontFunctionError as error:
        raise cloudfront.CloudFrontFunctionError(str(error)) from error


def _cookies(header: str | list[str]) -> dict[str, Any]:
    """Return the cookies of a request as CloudFront shows them to functions."""
    found: dict[str, Any] = {}
    for part in (header if isinstance(header, str) else "; ".join(header)).split(";"):
        name, equals, value = part.strip().partition("=")
        if not (name and equals):
            continue
        if name in found:
            every = found[name].setdefault("multiValue", [{"value": found[name]["value"]}])
            every.append({"value": value.strip()})
        else:
            found[name] = {"value": value.strip()}
    return found


def _serve_s3_origin(*arguments: object, **named: object) -> object:
    """Ask the bucket over TLS, as CloudFront does with origin access control."""
    pin_request_origin("127.0.0.1", True)
    return _asked(*arguments, **named)


cloudfront_js._EVAL_TIMEOUT = 60.0  # seconds; starting node takes long where much else runs
_asked = cloudfront._serve_s3_origin
cloudfront._serve_s3_origin = _serve_s3_origin
cloudfront._run_function = _run_function
cloudfront._event_cookies_from_header = _cookies
main()
