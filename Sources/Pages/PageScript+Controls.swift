extension PageScript {
  /// Legends, selectors, copy buttons, dark mode and printing; then the first drawing.
  static let controls = #"""
    "use strict";
    (() => {
      const { root, states, names, color, format, draw, drawMap } = tombola;
      const all = (selector) => [...document.querySelectorAll(selector)];
      const stateOf = (id) => states.find(({ spec }) => spec.id === id);
      const inGroup = (name) => states.filter(({ spec }) => spec.group === name);
      const marker = (ctx, style, x, y, r) => {
        const turn = (points) => points.forEach(([dx, dy]) => ctx.lineTo(x + dx * r, y + dy * r));
        ctx.beginPath();
        if (style === "circle") ctx.arc(x, y, r, 0, 2 * Math.PI);
        if (style === "triangle") turn([[0, -1.1], [1, 0.8], [-1, 0.8]]);
        if (style === "rect") turn([[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]]);
        if (style === "rectRot") turn([[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]]);
        ctx.fill();
        if (style !== "star") return;
        for (let i = 0; i < 4; i += 1) {
          const dx = r * Math.cos(i * Math.PI / 4), dy = r * Math.sin(i * Math.PI / 4);
          ctx.moveTo(x - dx, y - dy);
          ctx.lineTo(x + dx, y + dy);
        }
        ctx.stroke();
      };

      const drawSwatch = (button) => {
        const { spec } = stateOf(button.dataset.chart), name = names(spec)[button.dataset.series];
        const series = spec.variants.flatMap((variant) => variant.series).find((entry) => entry.name === name);
        const canvas = button.querySelector("canvas"), ctx = canvas.getContext("2d");
        ctx.clearRect(0, 0, canvas.width, canvas.height);
        ctx.strokeStyle = ctx.fillStyle = color(series.style.color);
        ctx.lineWidth = 4;
        ctx.setLineDash(series.style.dash.map((length) => 2 * length));
        ctx.beginPath();
        ctx.moveTo(0, 14);
        ctx.lineTo(68, 14);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.lineWidth = 2;
        marker(ctx, series.style.marker, 34, 14, 8);
      };

      const cell = (tag, text) => {
        const element = document.createElement(tag);
        element.className = "number";
        element.textContent = text;
        if (tag === "th") element.scope = "row";
        return element;
      };

      // Fills the table below a chart with the variant that the selector chose.
      const fillTable = ({ spec, selected }) => {
        const table = document.getElementById("table-" + spec.id), variant = spec.variants[selected];
        if (!table) return;
        const columns = variant.series.map(({ points }) => new Map(points.map(([x, y]) => [x, y])));
        const places = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
        if (spec.x.isReversed) places.reverse();
        const heads = [spec.x.label, ...variant.series.map(({ name }) => name)].map((text) => {
          const head = cell("th", text);
          head.scope = "col";
          return head;
        });
        table.caption.firstChild.textContent = spec.title + (variant.label ? ": " + variant.label : "");
        table.tHead.rows[0].replaceChildren(...heads);
        table.tBodies[0].replaceChildren(...places.map((x) => {
          const row = document.createElement("tr");
          const cells = columns.map((column) => cell("td", format(column.get(x), spec.y)));
          row.append(cell("th", format(x, spec.x)), ...cells);
          return row;
        }));
      };

      const drawAll = () => {
        states.forEach(draw);
        all(".legend button").forEach(drawSwatch);
      };

      const announce = (text) => { document.getElementById("status").textContent = text; };

      const copy = async (button) => {
        const source = document.getElementById(button.dataset.copy);
        try {
          await navigator.clipboard.writeText(source.textContent);
          announce("Copied.");
          button.dataset.done = "Copied";
        } catch {
          source.closest("details")?.setAttribute("open", "");
          getSelection().selectAllChildren(source);
          announce("The browser does not allow copying. The text is selected; press Control or Command and C.");
        }
        setTimeout(() => { delete button.dataset.done; }, 2000);
      };

      all(".legend button").forEach((button) => button.addEventListener("click", () => {
        const state = stateOf(button.dataset.chart), name = names(state.spec)[button.dataset.series];
        if (!state.hidden.delete(name)) state.hidden.add(name);
        button.setAttribute("aria-pressed", String(!state.hidden.has(name)));
        draw(state);
      }));
      all("select[data-group]").forEach((select) => select.addEventListener("change", () => {
        for (const state of inGroup(select.dataset.group)) {
          state.selected = Number(select.value);
          draw(state);
          fillTable(state);
        }
      }));
      all("input[data-whole]").forEach((box) => box.addEventListener("change", () => {
        for (const state of inGroup(box.dataset.whole)) {
          state.whole = box.checked;
          draw(state);
        }
      }));
      all("button[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

      // Paper is white and narrow: draw anew for it, and open what is folded.
      window.addEventListener("beforeprint", () => {
        root.dataset.print = "";
        all("details.printed:not([open])").forEach((details) => { details.open = details.dataset.unfolded = true; });
        drawAll();
        states.forEach(({ drawing }) => drawing && drawing.resize());
      });
      window.addEventListener("afterprint", () => {
        delete root.dataset.print;
        all("details[data-unfolded]").forEach((details) => {
          details.open = false;
          delete details.dataset.unfolded;
        });
        drawAll();
      });

      // A browser may restore the controls of a reloaded page.
      all("select[data-group], input[data-whole]").forEach((control) => control.dispatchEvent(new Event("change")));
      drawAll();
      all("canvas.map").forEach(drawMap);
      root.dataset.chartsDrawn = states.filter(({ drawing }) => drawing).length;
      root.dataset.mapsDrawn = all("canvas.map").length;
    })();

    """#
}
