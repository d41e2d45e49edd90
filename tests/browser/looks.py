"""What one sees on a page without reading it: nothing on top of anything, nothing beyond the edge."""

from playwright.sync_api import Page

_FAULTS = r"""
() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`sideways scroll: ${root.scrollWidth} px on ${root.clientWidth}`);

  const name = (element) => {
    const text = (element.innerText || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const kind = element.className && element.className.baseVal === undefined ? "." + element.className : "";
    return `<${element.tagName.toLowerCase()}${kind}> ${text}`;
  };
  // What is left of a box once everything around it that clips has clipped it.
  const clipped = (box, element) => {
    let { left, top, right, bottom } = box;
    for (let around = element; around && around !== root; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (around !== element && (style.overflowX !== "visible" || style.clipPath !== "none")) {
        const edge = around.getBoundingClientRect();
        left = Math.max(left, edge.left); right = Math.min(right, edge.right);
        top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
      }
      if (style.position === "fixed") break;
    }
    return { left, top, right, bottom };
  };
  const hidden = (element) =>
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
    || element.closest(".visually-hidden, .skip:not(:focus)") || element.clientWidth === 1;
  // Things that float over the page on purpose cover what is below.
  const layer = (element) => element.closest("dialog, .person ul, .choice ul, .ended");

  const boxes = [];
  const add = (box, element, shrink) => {
    const cut = clipped(box, element);
    const slack = shrink * (cut.bottom - cut.top);
    const seen = { left: cut.left + 1, right: cut.right - 1, top: cut.top + slack, bottom: cut.bottom - slack };
    if (seen.right - seen.left > 1 && seen.bottom - seen.top > 1)
      boxes.push({ ...seen, element, layer: layer(element) });
  };
  const controls = "a, button, input:not([type=hidden]), select, textarea, summary, progress";
  for (const element of document.querySelectorAll(controls))
    if (!hidden(element)) for (const box of element.getClientRects()) add(box, element, 0.08);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || hidden(element) || element.closest("select, textarea, script, style")) continue;
    range.selectNodeContents(node);
    // A line of text takes less room than its box: letters seldom fill it.
    for (const box of range.getClientRects()) add(box, element, 0.22);
  }
  boxes.sort((one, other) => one.top - other.top);
  for (let rank = 0; rank < boxes.length; rank++) {
    const one = boxes[rank];
    for (let next = rank + 1; next < boxes.length && boxes[next].top < one.bottom; next++) {
      const other = boxes[next];
      if (one.layer !== other.layer) continue;
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - other.top;
      if (wide > 1 && high > 1) faults.push(`overlap: ${name(one.element)} | ${name(other.element)}`);
    }
  }
  // Words may be cut by a box that scrolls, never by one that hides.
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const style = getComputedStyle(element);
    if (hidden(element) || !element.innerText || style.overflowX !== "hidden") continue;
    if (element.scrollWidth > element.clientWidth + 1) faults.push(`cut: ${name(element)}`);
  }
  const heading = document.querySelectorAll("h1");
  if (heading.length !== 1 || heading[0].innerText.trim().length < 3) faults.push(`${heading.length} headings`);
  if ((document.querySelector("main")?.innerText ?? "").trim().length < 3) faults.push("empty page");
  return [...new Set(faults)];
}
"""

_SMALL = r"""
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
  .filter((element) => element.checkVisibility())
  // What stands in a sentence is as high as its line.
  .filter((element) => !element.closest("p, dd, td, .visually-hidden, .skip, li:not(nav *)"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([element, box]) => `${Math.round(box.width)}x${Math.round(box.height)}: ${element.outerHTML.slice(0, 80)}`)
"""


def faults_of(page: Page) -> list[str]:
    """Name what is wrong with the look of a page as it stands."""
    found: list[str] = page.evaluate(_FAULTS)
    small: list[str] = page.evaluate(_SMALL)
    return [*found, *(f"target too small: {one}" for one in small)]
