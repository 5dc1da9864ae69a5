// Filters, and pages side by side: each page is put into a frame in which nothing runs, once somebody looks at it.
"use strict";
const filters = document.querySelector(".filters");
const pages = document.querySelector("#pages");
const look = document.querySelector("#look").textContent;

const framed = (holder) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "");
  frame.title = holder.dataset.title;
  const page = pages.children[holder.dataset.page];
  frame.style.height = `${Math.min(34, 10 + 2.4 * page.dataset.lines)}rem`;
  frame.srcdoc = `<!doctype html><html lang="und"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${look}
body{min-height:0;padding:1rem 1.25rem;overflow-wrap:anywhere}.md-content__inner{margin:0}.md-content__inner::before{display:none}.standalone-instead{color:#55636b}</style></head>${pages.dataset.body}${page.dataset.html}</body></html>`;
  holder.replaceWith(frame);
};

document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.look") && event.target.open) event.target.querySelectorAll(".frame").forEach(framed);
}, true);

const has = (words, wanted) => !wanted || words.split(" ").includes(wanted);

const filter = () => {
  const { partner, segment, effect, text } = Object.fromEntries(new FormData(filters));
  const wanted = text.trim().toLowerCase();
  let shown = 0;
  for (const section of document.querySelectorAll(".effect")) {
    let some = false;
    for (const group of section.querySelectorAll(".group")) {
      const fits = has(section.dataset.effect, effect) && has(group.dataset.partners, partner) && has(group.dataset.segments, segment);
      let any = false;
      for (const change of group.querySelectorAll(".change")) {
        change.hidden = !(fits && change.dataset.text.includes(wanted));
        any ||= !change.hidden;
        shown += !change.hidden;
      }
      group.hidden = !any;
      some ||= any;
    }
    section.hidden = !some;
  }
  const every = document.querySelectorAll(".change").length;
  filters.querySelector(".found").textContent = `${shown} of ${every} changes`;
};

if (filters) {
  filters.hidden = false;
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
