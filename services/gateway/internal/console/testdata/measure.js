// Measures the tables of every frame of a page, once a browser has laid all of them out, and
// writes what it found as JSON into the element that is there for it.
addEventListener("load", () => {
  // cut is whether something of an element lies outside of what a window shows, or of a box
  // around it that shows no more than itself.
  const cut = (state, view) => {
    if (state.scrollWidth > state.clientWidth + 1) return true;
    const at = state.getBoundingClientRect();
    let left = 0, right = view.innerWidth;
    for (let box = state.parentElement; box; box = box.parentElement) {
      if (view.getComputedStyle(box).overflowX === "visible") continue;
      left = Math.max(left, box.getBoundingClientRect().left);
      right = Math.min(right, box.getBoundingClientRect().right);
    }
    return at.left < left - 1 || at.right > right + 1 || at.width === 0;
  };
  const table = (t, view) => {
    const heads = [...t.querySelectorAll("thead th")].map(h => h.textContent);
    const first = t.querySelectorAll("tbody tr:first-child > *");
    const states = [...t.querySelectorAll("tbody .state")].map(s => {
      const cell = s.closest("td, th");
      return { column: heads[cell.cellIndex], at: cell.cellIndex, text: s.textContent, cut: cut(s, view) };
    });
    return {
      heads, states, wide: t.getBoundingClientRect().width > view.innerWidth,
      stacked: [...first].every((cell, i) => i === 0 || cell.getBoundingClientRect().top >= first[i - 1].getBoundingClientRect().bottom - 1),
    };
  };
  const frames = [...document.querySelectorAll("iframe")].map(f => ({
    page: f.title, width: f.contentWindow.innerWidth,
    over: f.contentDocument.documentElement.scrollWidth > f.contentWindow.innerWidth + 1,
    tables: [...f.contentDocument.querySelectorAll("table")].map(t => table(t, f.contentWindow)),
  }));
  document.getElementById("measured").textContent = JSON.stringify(frames);
});
