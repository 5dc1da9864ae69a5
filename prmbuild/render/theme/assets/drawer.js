/* The navigation of a narrow window lies over the page: while it is open nothing else can be reached, and Escape closes it. */
import { wide } from "./sidebar.js"

const BENEATH = ".portal-skip, .md-header, .md-main__inner > :not(.md-sidebar--primary), .md-top, .md-footer"

export function mountDrawer() {
  const toggle = document.getElementById("__drawer")
  const drawer = document.querySelector(".md-sidebar--primary")
  if (!toggle || !drawer) return
  const turn = () => {
    const open = toggle.checked && !wide()
    for (const one of document.querySelectorAll(BENEATH)) one.inert = open
    return open
  }
  const enter = () => {
    const stops = [...drawer.querySelectorAll("a[href], [tabindex='0']")]
    stops.find((one) => one.checkVisibility({ visibilityProperty: true }))?.focus({ preventScroll: true })
  }
  toggle.addEventListener("change", () => {
    if (turn()) enter()
    else document.querySelector(".md-header [for=__drawer]")?.focus({ preventScroll: true })
  })
  drawer.addEventListener("change", (event) => {
    if (!wide() && event.target.matches(".md-nav__toggle")) requestAnimationFrame(enter)
  })
  addEventListener("resize", turn)
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && toggle.checked) toggle.click()
  })
}
