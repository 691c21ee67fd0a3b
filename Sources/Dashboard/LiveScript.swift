/// What the live pages' scripts do with news.
enum LiveScript {
  /// Opens the stream of a run, or of the whole store; a stream that breaks is opened again by the browser.
  static let shared = #"""
    "use strict";
    const listen = (address, kinds) => {
      const source = new EventSource(address);
      for (const [kind, act] of Object.entries(kinds)) {
        source.addEventListener(kind, (event) => {
          act(JSON.parse(event.data));
          document.documentElement.dataset.events = Number(document.documentElement.dataset.events || 0) + 1;
        });
      }
      window.addEventListener("pagehide", () => source.close());
    };
    // The address that was printed, opened by who was let in already: whoever copies it from here passes no token on.
    if (location.hash.startsWith("#token=")) history.replaceState(null, "", location.pathname + location.search);

    """#

  /// The list: how many runs there are, and which are at work.
  static let list = #"""
    listen("/events", {
      runs: ({ count, changed }) => {
        document.getElementById("live").textContent = changed
          ? changed + " changed since this page was loaded; there are " + count + " runs. Load it again to see them."
          : "";
      },
    });

    """#

  /// A run: its charts are drawn again with what was measured since.
  static let run = #"""
    const main = document.getElementById("live");
    const refresh = async () => {
      const answer = await fetch(main.dataset.charts);
      if (!answer.ok) return;
      const { charts, status } = await answer.json();
      for (const spec of charts) {
        const state = tombola.states.find((entry) => entry.spec.id === spec.id);
        if (!state || state.spec.variants[0].series.length !== spec.variants[0].series.length) {
          main.textContent = status + " New networks were trained: load the page again to see their curves.";
          continue;
        }
        state.spec.variants = spec.variants;
        state.spec.y = spec.y;
        state.spec.x = spec.x;
        tombola.draw(state);
        main.textContent = status;
      }
    };
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => { waiting = false; refresh(); }, 500);
    };
    listen(main.dataset.events, { opened: later, progress: later, trained: later, damaged: later });

    """#
}
