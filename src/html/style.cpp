#include "html/assets.hpp"

namespace echosweep::html {

std::string_view style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --ink: #1b1f24; --pale: #59636e; --line: #d8dce1; --raised: #ffffff;
  --bar: #b8530f; --focus: #0b62d6;
  --alive: #1f7a34; --unreachable: #1f5fce; --unsent: #6b5d00; --silent: #59636e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12151a; --ink: #e6e9ee; --pale: #9aa3b0; --line: #2c333d; --raised: #191d24;
    --bar: #f59a3c; --focus: #7db4ff;
    --alive: #6fd58a; --unreachable: #86b4ff; --unsent: #e0cf6a; --silent: #9aa3b0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; }
dt { color: var(--pale); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0; }
figure img { display: block; width: 100%; max-width: 1120px; height: auto; border-radius: 6px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--pale); font-size: 13px; }
.bar { fill: var(--bar); }
.axis { stroke: var(--line); stroke-width: 1; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: left; border-bottom: 1px solid var(--line); }
td { unicode-bidi: isolate; overflow-wrap: anywhere; }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
th button {
  all: unset; cursor: pointer; font-weight: 600; white-space: nowrap; padding: .15rem 0;
}
th button::after { content: " \2195"; color: var(--pale); }
th[aria-sort="ascending"] button::after { content: " \2191"; color: var(--ink); }
th[aria-sort="descending"] button::after { content: " \2193"; color: var(--ink); }
th button:focus-visible, .tools :focus-visible, .pages :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.alive { color: var(--alive); font-weight: 600; }
.unreachable { color: var(--unreachable); }
.unsent { color: var(--unsent); }
.silent { color: var(--silent); }
.tools { display: flex; flex-wrap: wrap; gap: .6rem 1.4rem; align-items: end; margin-bottom: .7rem; }
.tools label { display: inline-block; }
.tools input[type="search"] {
  display: block; width: 20rem; max-width: 100%; padding: .35rem .5rem; font: inherit; color: inherit;
  background: var(--raised); border: 1px solid var(--pale); border-radius: 4px;
}
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
legend { float: left; padding: 0; margin-right: 1rem; color: var(--pale); }
.pages { display: flex; gap: .8rem; align-items: center; margin-top: .7rem; }
.pages button {
  font: inherit; padding: .25rem .8rem; color: inherit; background: var(--raised);
  border: 1px solid var(--pale); border-radius: 4px; cursor: pointer;
}
.pages button:disabled { opacity: .45; cursor: default; }
.note { color: var(--pale); }
@media print {
  :root { --paper: #fff; --ink: #000; --pale: #444; --line: #bbb; --raised: #fff; }
  body { max-width: none; padding: 0; }
  .tools, .pages, th button::after { display: none; }
  .scroll { overflow: visible; border: 0; }
  thead { display: table-header-group; }
  tr, figure { break-inside: avoid; }
}
)css";
}

}  // namespace echosweep::html
