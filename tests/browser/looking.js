// What is wrong with a page for people who see little, hear it read, or use no mouse: contrast, names, labels, order.
() => {
  const found = [];
  const isShown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".hidden, .skip");
  const say = (e, what) => found.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
  const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !isShown(e) || e.matches("option, script, datalist")) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const is = contrast(rgb(style.color), ground(e));
    if (is < (isLarge ? 3 : 4.5)) say(e, `contrast ${is.toFixed(2)}`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!e.labels?.length && !e.ariaLabel && !e.getAttribute("aria-labelledby")) say(e, "no label");
    const edge = contrast(rgb(getComputedStyle(e).borderTopColor), ground(e.parentElement));
    if (isShown(e) && !e.matches("[type=radio], [type=checkbox]") && edge < 3) say(e, `edge ${edge.toFixed(2)}`);
  }
  for (const e of document.querySelectorAll("a, button, summary")) {
    if (!(e.ariaLabel || e.textContent).trim()) say(e, "no name");
    const box = e.getBoundingClientRect();
    const isInText = e.tagName === "A" && getComputedStyle(e).display === "inline";
    if (isShown(e) && !isInText && box.height && (box.height < 24 || box.width < 24)) say(e, `small ${box.height}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) found.push(`the id ${id} is there twice`);
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-controls]")) {
    for (const id of (e.getAttribute("aria-labelledby") || e.getAttribute("aria-controls")).split(" ")) {
      if (!document.getElementById(id)) say(e, `nothing has the id ${id}`);
    }
  }
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4")) {
    if (Number(e.tagName[1]) > level + 1) say(e, "a level of headings is left out");
    level = Number(e.tagName[1]);
  }
  for (const [selector, count] of [["h1", 1], ["main", 1], ["title", 1], ["html[lang]", 1]]) {
    if (document.querySelectorAll(selector).length !== count) found.push(`not one ${selector}`);
  }
  for (const e of document.querySelectorAll("table")) if (!e.querySelector("th[scope]")) say(e, "no headings");
  for (const e of document.querySelectorAll("[style], [onclick]")) say(e, "a style or script within the page");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return found;
}
