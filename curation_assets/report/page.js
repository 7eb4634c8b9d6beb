"use strict";
(() => {
  // All that is closed is opened for paper, and closed again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });

  const map = document.getElementById("map");
  const block = document.getElementById("points");
  if (!map || !block) return;
  const data = JSON.parse(block.textContent);
  const points = [...map.querySelectorAll("circle")];
  const places = points.map((point) => [+point.getAttribute("cx"), +point.getAttribute("cy")]);
  const tip = document.getElementById("tip");
  const said = document.getElementById("map-said");
  const choices = document.getElementById("choices");
  let shown = -1;

  choices.hidden = false;
  choices.addEventListener("change", (event) => {
    const { classes, codes } = data.ways[event.target.value];
    points.forEach((point, at) => point.setAttribute("class", classes[parseInt(codes[at], 36)]));
    if (shown >= 0) points[shown].classList.add("on");
    for (const one of document.querySelectorAll("[data-legend]")) {
      one.hidden = one.dataset.legend !== event.target.value;
    }
  });

  // Text of documents becomes text nodes, never markup.
  const show = (at, aloud) => {
    if (at === shown) return;
    if (shown >= 0) points[shown].classList.remove("on");
    shown = at;
    tip.hidden = at < 0;
    if (at < 0) return;
    points[at].classList.add("on");
    const text = document.createElement("bdi");
    text.dir = "auto";
    text.textContent = data.texts[at] || "(no text)";
    const line = document.createElement("small");
    line.textContent = data.lines[at];
    tip.replaceChildren(text, line);
    if (aloud) said.textContent = `${data.texts[at]} ${data.lines[at]}`;
    const frame = map.getBoundingClientRect();
    const dot = points[at].getBoundingClientRect();
    const x = dot.x + dot.width / 2 - frame.x;
    const y = dot.y - frame.y;
    tip.style.left = `${Math.max(0, Math.min(x - tip.offsetWidth / 2, frame.width - tip.offsetWidth))}px`;
    tip.style.top = `${y > tip.offsetHeight + 8 ? y - tip.offsetHeight - 8 : y + dot.height + 8}px`;
  };

  const nearest = (event) => {
    const frame = map.getScreenCTM().inverse();
    const here = new DOMPoint(event.clientX, event.clientY).matrixTransform(frame);
    const reach = (event.pointerType === "touch" ? 24 : 14) * frame.a;
    let best = -1;
    let least = reach * reach;
    places.forEach(([x, y], at) => {
      const apart = (x - here.x) ** 2 + (y - here.y) ** 2;
      if (apart < least) [best, least] = [at, apart];
    });
    return best;
  };

  map.addEventListener("pointermove", (event) => show(nearest(event), false));
  map.addEventListener("pointerdown", (event) => show(nearest(event), true));
  map.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") show(-1, false);
  });
  map.addEventListener("blur", () => show(-1, false));

  // An arrow goes to the nearest point in its direction, one that lies rather ahead than aside.
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  map.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(-1, false);
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    if (shown < 0) return show(0, true);
    let best = shown;
    let least = Infinity;
    places.forEach(([x, y], at) => {
      const [across, up] = [x - places[shown][0], y - places[shown][1]];
      const ahead = across * way[0] + up * way[1];
      const aside = Math.abs(across * way[1]) + Math.abs(up * way[0]);
      if (ahead > 0 && aside <= ahead && ahead + 2 * aside < least) [best, least] = [at, ahead + 2 * aside];
    });
    show(best, true);
  });
})();
