/** The style of a contact sheet, in light and dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1b1f; --quiet: #55565c; --line: #c4c6cf; --raised: #f1f2f7;
  --accent: #1a56b0; --chosen: #dbe7fb; --warning: #8a3b00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171b; --text: #e8e8ee; --quiet: #b2b4be; --line: #4a4c56; --raised: #22242b;
    --accent: #9cc2ff; --chosen: #20365a; --warning: #ffb683;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-block: 9rem 1rem; }
body {
  margin: 0 auto; padding: 1rem; max-width: 100rem; background: var(--page); color: var(--text);
  font: 1rem/1.4 system-ui, sans-serif;
}
h1 { margin: 0; font-size: 1.5rem; }
p { margin: .4rem 0; max-width: 60rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.personal { border-inline-start: .3rem solid var(--warning); padding-inline-start: .7rem; }
.warning { color: var(--warning); font-weight: 600; }
.tools {
  display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin-block: 1rem;
  padding-block: .6rem; background: var(--page); border-block: 1px solid var(--line);
}
@media (min-height: 40rem) { .tools { position: sticky; inset-block-start: 0; z-index: 1; } }
.tools p { flex: 1 1 20rem; margin: 0; }
input, button, textarea { font: inherit; color: inherit; }
input[type=checkbox] { flex: none; inline-size: 1.2rem; block-size: 1.2rem; margin: 0; accent-color: var(--accent); }
input[type=search], button, textarea {
  padding: .35rem .7rem; background: var(--raised); border: 1px solid var(--quiet); border-radius: .4rem;
}
input[type=search] { inline-size: min(100%, 18rem); }
textarea { inline-size: 100%; max-inline-size: 40rem; }
button { cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--page); }
button[aria-disabled=true] { color: var(--quiet); border-style: dashed; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav { display: flex; gap: .5rem; margin-inline-start: auto; }
.tools label, li > * { display: flex; gap: .6rem; align-items: center; }
ul {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: .6rem;
  margin: 0; padding: 0; list-style: none;
}
li { content-visibility: auto; contain-intrinsic-size: auto 7.2rem; }
li > * { block-size: 100%; padding: .6rem; border: 1px solid var(--line); border-radius: .5rem; }
li > label { cursor: pointer; }
li > label:has(:checked) { background: var(--chosen); border-color: var(--accent); }
img, .none {
  flex: none; inline-size: 6rem; block-size: 6rem; object-fit: contain; background: var(--raised);
  border-radius: .3rem;
}
.none { display: grid; place-items: center; border: 1px dashed var(--quiet); color: var(--quiet); }
.about { display: grid; min-inline-size: 0; overflow-wrap: anywhere; }
.about > :first-child { font-weight: 600; }
.about > .id, .about > .notes { color: var(--quiet); font-size: .85rem; }
.about > .problem { color: var(--warning); font-size: .85rem; }
`;
