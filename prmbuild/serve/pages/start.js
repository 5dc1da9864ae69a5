// Filters the partners of the start page: every word must occur.
(() => {
  "use strict";
  const field = document.querySelector("#filter");
  if (!field) return;
  const partners = [...document.querySelectorAll(".partner")].map((item) => [item, item.dataset.find.toLocaleLowerCase()]);
  const count = document.querySelector("#count");

  const apply = () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [item, text] of partners) {
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown += 1;
    }
    for (const segment of document.querySelectorAll(".segment")) {
      segment.hidden = !segment.querySelector(".partner:not([hidden])");
    }
    document.querySelector(".nothing").hidden = shown > 0;
    count.textContent = words.length ? `${shown} of ${partners.length}` : "";
    try {
      sessionStorage.setItem("prmbuild-filter", field.value);
    } catch {}
  };

  // Enter must not sign anybody in by accident while one is typing, unless just one partner is left to choose.
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const left = partners.filter(([item]) => !item.hidden);
    if (left.length === 1) left[0][0].querySelector("button").focus();
  });
  field.addEventListener("input", apply);
  // The page loads itself again after a build; what was typed stays then.
  if (performance.getEntriesByType("navigation")[0]?.type === "reload") {
    try {
      field.value = sessionStorage.getItem("prmbuild-filter") ?? "";
    } catch {}
  }
  apply();
})();
