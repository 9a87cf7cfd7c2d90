/**
 * What a contact sheet does in the browser. It shows at most 500 pictures at a time: the others stay text in the data
 * blocks of the page. Names become text nodes, never markup.
 */
export const PAGE_SCRIPT = String.raw`"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const PAGE_SIZE = 500;
  const byId = (id) => document.getElementById(id);
  const count = (number, noun) => number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const entries = [];
  for (const block of document.querySelectorAll("script.entry")) {
    try {
      const { id, names, notes, problem, hasPhoto } = JSON.parse(block.textContent);
      const search = fold([...names, id, ...notes].join("\n"));
      entries.push({ id, names, notes, problem, hasPhoto, search, block });
    } catch {
      // cut off: the page has no end block either, and says so
    }
  }
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const title = ({ names, id }) => names[0] ?? id;
  entries.sort((one, other) => other.hasPhoto - one.hasPhoto || collator.compare(title(one), title(other)));

  const end = byId("end");
  byId("incomplete").hidden = end !== null && !JSON.parse(end.textContent).isStopped;
  const photos = entries.filter(({ hasPhoto }) => hasPhoto).length;
  byId("totals").textContent = [
    count(photos, "photo"),
    ...end ? [JSON.parse(end.textContent).withoutPhoto.toLocaleString("en") + " without a photo, not shown here"] : [],
    ...entries.length > photos ? [(entries.length - photos).toLocaleString("en") + " not known, at the end"] : [],
  ].join("; ") + ".";

  const chosen = new Set();
  let found = entries;
  let page = 1;
  const pages = () => Math.max(1, Math.ceil(found.length / PAGE_SIZE));

  const say = (message) => {
    byId("status").textContent = message;
  };
  const sayCounts = () => {
    const first = (page - 1) * PAGE_SIZE;
    const last = Math.min(found.length, first + PAGE_SIZE);
    const shown = last > first ? (first + 1).toLocaleString("en") + "\u2013" + last.toLocaleString("en") + " of " : "";
    say(shown + found.length.toLocaleString("en") + " found, " + chosen.size.toLocaleString("en") +
      " chosen. Page " + page + " of " + pages() + ".");
  };

  const noPicture = () => make("span", { className: "none", textContent: "no picture" });
  const toPicture = ({ block }) => {
    const url = block.dataset.picture;
    if (!url) return noPicture();
    const picture = make("img", { alt: "", width: 96, height: 96, decoding: "async", src: url });
    picture.addEventListener("error", () => picture.replaceWith(noPicture()));
    return picture;
  };
  const toItem = (entry, index) => {
    const { id, names, notes, problem, hasPhoto } = entry;
    const about = make("span", { className: "about" }, ...names.map((name) => make("bdi", { textContent: name })));
    if (!names.includes(id)) about.append(make("bdi", { className: "id", textContent: id }));
    if (notes.length) about.append(make("span", { className: "notes", textContent: notes.join(", ") }));
    if (problem) about.append(make("span", { className: "problem", textContent: problem }));
    if (!hasPhoto) return make("li", {}, make("div", {}, toPicture(entry), about));
    const box = make("input", { type: "checkbox", checked: chosen.has(entry), autocomplete: "off" });
    [...about.children].forEach((part, at) => (part.id = "about-" + index + "-" + at));
    box.setAttribute("aria-labelledby", "about-" + index + "-0");
    box.setAttribute("aria-describedby", [...about.children].slice(1).map((part) => part.id).join(" "));
    box.addEventListener("change", () => {
      box.checked ? chosen.add(entry) : chosen.delete(entry);
      sayCounts();
    });
    return make("li", {}, make("label", {}, box, toPicture(entry), about));
  };
  const show = () => {
    page = Math.min(Math.max(page, 1), pages());
    byId("photos").replaceChildren(...found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(toItem));
    byId("previous").setAttribute("aria-disabled", String(page === 1));
    byId("next").setAttribute("aria-disabled", String(page === pages()));
    sayCounts();
  };
  const filter = () => {
    const words = fold(byId("search").value).split(/\s+/).filter((word) => word !== "");
    const isOnlyChosen = byId("only-chosen").checked;
    found = entries.filter((entry) =>
      words.every((word) => entry.search.includes(word)) && (!isOnlyChosen || chosen.has(entry))
    );
    show();
  };
  const search = () => {
    page = 1;
    filter();
  };
  const turn = (by) => {
    if (page + by < 1 || page + by > pages()) return;
    page += by;
    show();
    byId("photos").scrollIntoView();
  };
  const copy = async () => {
    const ids = entries.filter((entry) => chosen.has(entry)).map(({ id }) => id + "\n").join("");
    const area = byId("ids");
    area.hidden = true;
    if (chosen.size === 0) return say("None is chosen: there is nothing to copy.");
    try {
      await navigator.clipboard.writeText(ids);
      say("Copied " + count(chosen.size, "id") + ", one a line.");
    } catch {
      area.hidden = false;
      area.value = ids;
      area.focus();
      area.select();
      say("The browser does not let this page copy. The " + count(chosen.size, "id") +
        " below are selected: copy them with the keyboard.");
    }
  };

  byId("search").addEventListener("input", search);
  byId("only-chosen").addEventListener("change", search);
  byId("choose-found").addEventListener("click", () => {
    for (const entry of found) if (entry.hasPhoto) chosen.add(entry);
    show();
  });
  byId("choose-none").addEventListener("click", () => {
    chosen.clear();
    filter();
  });
  byId("copy").addEventListener("click", copy);
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  byId("tools").hidden = false;
  search();
});
`;
