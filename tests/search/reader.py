"""The reader's script, run in node."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import prmbuild.render

SCRIPTS = Path(prmbuild.render.__file__).parent / "theme/assets/search"

_FETCH = """
import { existsSync, readFileSync } from "node:fs"
globalThis.sent = []
globalThis.ranges = true
globalThis.moved = (path) => path
globalThis.fetch = async (url, { headers = {} }) => {
  const place = moved(url.pathname)
  if (!existsSync(place)) return new Response("gone", { status: 404 })
  const data = readFileSync(place)
  const [, start, end] = (ranges && /^bytes=(\\d+)-(\\d+)$/.exec(headers.Range)) || []
  const part = start ? data.subarray(Number(start), Number(end) + 1) : data
  sent.push([url.pathname, part.length])
  return new Response(part, { status: start ? 206 : 200 })
}
Object.defineProperty(globalThis, "navigator", { value: { language: "en" }, configurable: true })
"""


class Reader:
    """A portal's search, as a browser would use it.

    Args:
        folder: an empty one.
        files: path below the portal's root → bytes.
    """

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self._folder = folder
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        shutil.copytree(SCRIPTS, folder / "assets/portal/search")
        (folder / "package.json").write_text('{"type": "module"}')

    def run(self, script: str, value: object = None) -> object:
        """Run a script in which ``given`` is the value; it calls ``give`` with what is returned."""
        place = self._folder / "assets/portal/search/run.js"
        place.write_text(
            f"{_FETCH}\nconst given = JSON.parse(readFileSync(0, 'utf8'))\n"
            f"const give = (value) => console.log(JSON.stringify(value))\n{script}\n"
        )
        done = subprocess.run(
            ["node", str(place)], input=json.dumps(value), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def search(self, queries: Sequence[str]) -> list[list[dict[str, object]]]:
        """Return the results of every query: URL, and the numbers of the parts that answer it."""
        found = self.run(
            """
            const { search } = await import("./ranking.js")
            const all = []
            const parts = (sections) => sections.map(({ part }) => part)
            for (const query of given) {
              const { results, complete } = await search(query)
              all.push(results.map(({ page, sections }) => ({ url: page.url, complete, parts: parts(sections) })))
            }
            give(all)
            """,
            list(queries),
        )
        assert isinstance(found, list)
        return found
