/// The page's own scripts. They read `PageData` and draw it; what they cannot draw stands in the tables.
enum PageScript {
  /// Keeps the messages of all errors in `data-errors` of the root element, where a test can read them.
  static let errors = #"""
    window.addEventListener("error", (event) => {
      const root = document.documentElement;
      root.dataset.errors = (root.dataset.errors || "") + event.message + "\n";
    });

    """#

  /// Draws charts and maps.
  static let drawing = #"""
    "use strict";
    const tombola = (() => {
      const root = document.documentElement;
      const data = JSON.parse(document.getElementById("page-data").textContent);
      const states = data.charts.map((spec) => (
        { spec, selected: spec.selected, hidden: new Set(), whole: false, drawing: null }));
      const names = (spec) => [...new Set(spec.variants.flatMap(({ series }) => series.map(({ name }) => name)))];
      const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();

      // Numbers, formatted as the tables do it.
      const grouped = (text) => {
        const [whole, part] = text.replace("-", "").split(".");
        const sign = text.startsWith("-") && /[1-9]/.test(text) ? "\u2212" : "";
        return sign + whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (part ? "." + part : "");
      };
      const significant = (value) => {
        if (value === 0) return "0";
        return grouped(value.toFixed(Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(Math.abs(value)))))));
      };
      const short = (value, digits) => grouped(String(Number(value.toPrecision(digits))));
      const format = (value, axis) => {
        if (value === null || value === undefined) return "\u2013";
        return axis.decimals === undefined ? significant(value) : grouped(value.toFixed(axis.decimals));
      };
      const withUnit = (value, axis) => format(value, axis) + (axis.unit ? "\u202f" + axis.unit : "");

      const dataset = (series, hidden) => ({
        label: series.name,
        data: series.points.map(([x, y]) => ({ x, y })),
        band: series.points.filter((point) => point.length === 4 && point[2] !== null && point[3] !== null),
        mark: series.mark,
        hidden,
        borderColor: color(series.style.color),
        backgroundColor: color(series.style.color),
        borderDash: series.style.dash,
        borderWidth: 2,
        pointStyle: series.style.marker,
        pointRadius: series.style.marker === "line" || series.points.length > 60 ? 0 : 3.5,
        pointHoverRadius: 5,
      });

      const scale = (axis, { low, high, step } = {}) => ({
        type: axis.scale,
        reverse: axis.isReversed,
        min: low,
        max: high,
        title: { display: true, text: axis.label, color: color("--ink") },
        grid: { color: color("--rule"), borderColor: color("--soft"), drawTicks: true },
        border: { color: color("--soft") },
        ticks: {
          color: color("--soft"), maxRotation: 0, autoSkipPadding: 10, stepSize: step,
          callback: (value) => short(value, axis.scale === "linear" ? 8 : 3),
        },
        afterBuildTicks: (built) => {
          if (axis.ticks) built.ticks = axis.ticks.map((value) => ({ value }));
        },
      });

      const inside = (chart, paint) => {
        const { ctx, chartArea: area } = chart;
        ctx.save();
        ctx.beginPath();
        ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
        ctx.clip();
        paint(ctx, area, chart.scales.x, chart.scales.y);
        ctx.restore();
      };

      const visible = (chart) => chart.data.datasets.filter((_, index) => chart.isDatasetVisible(index));

      const bands = {
        id: "bands",
        beforeDatasetsDraw: (chart) => inside(chart, (ctx, area, x, y) => {
          for (const { band, borderColor } of visible(chart)) {
            ctx.globalAlpha = band.length > 1 ? 0.16 : 0.5;
            ctx.fillStyle = ctx.strokeStyle = borderColor;
            ctx.lineWidth = 2;
            ctx.beginPath();
            band.forEach(([px, , , high]) => ctx.lineTo(x.getPixelForValue(px), y.getPixelForValue(high)));
            [...band].reverse().forEach(([px, , low]) => ctx.lineTo(x.getPixelForValue(px), y.getPixelForValue(low)));
            if (band.length > 1) ctx.fill(); else ctx.stroke();
          }
        }),
      };

      const marks = (spec) => ({
        id: "marks",
        afterDatasetsDraw: (chart) => inside(chart, (ctx, area, x) => {
          ctx.lineWidth = 1;
          ctx.strokeStyle = ctx.fillStyle = color("--soft");
          ctx.font = "12px " + Chart.defaults.font.family;
          for (const { x: at, label } of spec.marks) {
            const px = x.getPixelForValue(at), right = px > (area.left + area.right) / 2;
            ctx.setLineDash([3, 3]);
            ctx.beginPath();
            ctx.moveTo(px, area.top);
            ctx.lineTo(px, area.bottom);
            ctx.stroke();
            ctx.textAlign = right ? "right" : "left";
            ctx.fillText(label, px + (right ? -6 : 6), area.bottom - 8);
          }
          ctx.setLineDash([]);
          ctx.lineWidth = 3;
          for (const { mark, borderColor } of visible(chart)) {
            if (mark === undefined) continue;
            ctx.strokeStyle = borderColor;
            ctx.beginPath();
            ctx.moveTo(x.getPixelForValue(mark), area.bottom);
            ctx.lineTo(x.getPixelForValue(mark), area.bottom - 14);
            ctx.stroke();
          }
        }),
      });

      const tooltip = (spec) => ({
        backgroundColor: color("--card"), titleColor: color("--ink"), bodyColor: color("--ink"),
        borderColor: color("--soft"), borderWidth: 1, usePointStyle: true, padding: 10,
        callbacks: {
          title: (items) => items.length ? spec.x.label + ": " + format(items[0].parsed.x, spec.x) : "",
          label: (item) => {
            const point = item.dataset.band.find((entry) => entry[0] === item.parsed.x);
            const text = " " + item.dataset.label + ": " + withUnit(item.parsed.y, spec.y);
            return point && point[2] !== point[3]
              ? text + " (" + format(point[2], spec.y) + " to " + format(point[3], spec.y) + ")" : text;
          },
        },
      });

      const draw = (state) => {
        const { spec, selected, hidden, whole } = state;
        const canvas = document.getElementById("chart-" + spec.id);
        if (!window.Chart || !canvas) return;
        if (state.drawing) state.drawing.destroy();
        Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
        state.drawing = new Chart(canvas, {
          type: "line",
          data: { datasets: spec.variants[selected].series.map((series) => dataset(series, hidden.has(series.name))) },
          plugins: [bands, marks(spec)],
          options: {
            animation: false, responsive: true, maintainAspectRatio: false, normalized: true,
            interaction: { mode: "nearest", axis: "x", intersect: false },
            scales: {
              x: scale(spec.x, spec.x.range),
              y: scale(spec.y, whole ? spec.y.range : spec.y.focus || spec.y.range),
            },
            plugins: { legend: { display: false }, tooltip: tooltip(spec) },
          },
        });
      };

      // The stops of viridis: even steps of lightness, safe for colour-blind readers.
      const viridis = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137],
        [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];
      const shade = (share) => {
        const place = share * (viridis.length - 1), low = Math.min(viridis.length - 2, Math.floor(place));
        return viridis[low].map((value, i) => value + (place - low) * (viridis[low + 1][i] - value));
      };
      const drawMap = (canvas) => {
        const map = data.maps.find((entry) => entry.id === canvas.dataset.map);
        const size = map.width * map.height, start = size * Number(canvas.dataset.channel);
        const image = new ImageData(map.width, map.height);
        for (let i = 0; i < size; i += 1) {
          image.data.set([...shade(map.values[start + i] / Math.max(1, map.maximum)), 255], 4 * i);
        }
        canvas.getContext("2d").putImageData(image, 0, 0);
      };

      return { root, states, names, color, format, draw, drawMap };
    })();

    """#
}
