/// The style sheet of all pages.
public enum PageStyle {
  public static let sheet = colors + layout + tables + figures + print

  /// Text on ground reaches a contrast of 4.5, lines 3; the colours of series stay apart for colour-blind readers.
  private static let colors = """
    :root {
      --ground: #fbfaf8; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #dcdfe3; --accent: #0b5fa5;
      --marked: #e8f1fa;
      --ticket: #0b5fa5; --reinit: #b5450b; --shuffled: #0a7557; --random: #8f3f86; --dense: #57606a;
      --series-0: #0b5fa5; --series-1: #b5450b; --series-2: #0a7557; --series-3: #8f3f86; --series-4: #7a6500;
      --series-5: #57606a;
      --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
      --serif: Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif 4", Cambria, "Liberation Serif", serif;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root:not([data-print]) {
        --ground: #13161a; --card: #1b1f25; --ink: #e7eaee; --soft: #a3adb8; --rule: #343b44; --accent: #6cb6ff;
        --marked: #1d3247;
        --ticket: #6cb6ff; --reinit: #ffa05c; --shuffled: #4fd1a5; --random: #e79adf; --dense: #a3adb8;
        --series-0: #6cb6ff; --series-1: #ffa05c; --series-2: #4fd1a5; --series-3: #e79adf; --series-4: #e0cb58;
        --series-5: #a3adb8;
      }
    }

    """

  private static let layout = """
    * { box-sizing: border-box; }
    html { color-scheme: light dark; -webkit-text-size-adjust: 100%; scroll-padding-top: 3.5rem; }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 var(--sans); }
    main, footer { max-width: 76rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
    header { padding-top: clamp(1.5rem, 5vw, 3.5rem); }
    h1, h2 { font-family: var(--serif); line-height: 1.15; letter-spacing: -0.01em; text-wrap: balance; }
    h1 { font-size: clamp(1.9rem, 4.5vw, 2.9rem); margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.65rem; margin: 0 0 1rem; }
    h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
    p { max-width: 68ch; margin: 0.5rem 0; }
    a { color: var(--accent); text-underline-offset: 0.15em; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    section { margin-top: 2rem; padding-top: 2rem; border-top: 1px solid var(--rule); }
    footer { color: var(--soft); font-size: 0.9rem; margin-top: 3rem; padding-bottom: 2rem; }
    .subtitle { color: var(--soft); font-size: 1.05rem; }
    .verdict { margin: 1.5rem 0; padding-left: 1.1rem; border-left: 4px solid var(--accent); }
    .verdict p { font: 1.22rem/1.5 var(--serif); }
    .notice { padding: 0.7rem 1rem; background: var(--marked); border-radius: 6px; max-width: none; }
    .note { color: var(--soft); font-size: 0.9rem; font-weight: 400; max-width: 82ch; }
    .note:empty { display: none; }
    .skip { position: absolute; left: -999rem; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: 0.5rem 1rem; z-index: 2; }
    nav { position: sticky; top: 0; z-index: 1; margin-top: 2rem; background: var(--ground);
      border-bottom: 1px solid var(--rule); }
    nav + section { margin-top: 0.5rem; }
    nav ul { display: flex; gap: 1.4rem; overflow-x: auto; list-style: none; margin: 0; padding: 0.6rem 0; }
    nav a { white-space: nowrap; text-decoration: none; font-size: 0.93rem; }
    nav a:hover { text-decoration: underline; }
    nav + section { border-top: 0; }
    .figures { display: grid; grid-template-columns: repeat(2, 1fr); margin: 1.5rem 0 0; background: var(--card);
      border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
    @media (min-width: 40rem) { .figures { grid-template-columns: repeat(3, 1fr); } }
    @media (min-width: 72rem) {
      :root:not([data-print]) .figures { grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); }
    }
    .figures div { padding: 0.9rem 1rem; box-shadow: 1px 0 0 var(--rule), 0 1px 0 var(--rule); }
    .meanings { font-size: 0.9rem; color: var(--soft); margin: 0.75rem 0; }
    .meanings div { margin: 0.3rem 0; }
    .meanings dt { display: inline; font-weight: 600; color: var(--ink); }
    .meanings dt::after { content: ":"; }
    .meanings dd { display: inline; margin: 0 0 0 0.35rem; }
    .figures dt { color: var(--soft); font-size: 0.86rem; }
    .figures dd { margin: 0; }
    .figures .value { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
    .figures .detail { color: var(--soft); font-size: 0.86rem; overflow-wrap: anywhere; }
    button, select { font: inherit; font-size: 0.93rem; color: var(--ink); background: var(--card);
      border: 1px solid var(--soft); border-radius: 6px; padding: 0.3rem 0.7rem; min-height: 2.2rem; }
    button { cursor: pointer; }
    button[data-done]::after { content: " \\2713"; }
    .controls { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; align-items: center; margin: 1rem 0; }
    .controls label { min-width: 0; max-width: 100%; }
    .controls select { max-width: 100%; }
    .command { position: relative; }
    pre { font: 0.9rem/1.5 var(--mono); background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
      padding: 0.9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.5rem 0; }
    code { font: 0.9em var(--mono); overflow-wrap: anywhere; }

    """

  private static let tables = """
    .scroll { overflow: auto; max-height: 75vh; margin: 0.75rem 0; border: 1px solid var(--rule); border-radius: 8px;
      background: var(--card); width: fit-content; max-width: 100%; }
    table { border-collapse: separate; border-spacing: 0; font-size: 0.93rem; }
    caption { text-align: left; padding: 0.7rem 0.9rem 0.5rem; font-weight: 600; }
    caption span { position: sticky; left: 0.9rem; display: inline-block; max-width: calc(100vw - 4.5rem); }
    th, td { padding: 0.38rem 0.9rem; text-align: left; vertical-align: baseline; border-top: 1px solid var(--rule); }
    thead th { position: sticky; top: 0; background: var(--card); color: var(--soft); font-weight: 600; border-top: 0;
      border-bottom: 1px solid var(--soft); vertical-align: bottom; }
    tbody th { font-weight: 400; position: sticky; left: 0; background: var(--card); }
    tbody th:not(.number) { min-width: 8rem; }
    tbody tr:first-child > * { border-top: 0; }
    td { overflow-wrap: break-word; max-width: 30rem; }
    td time, thead th a { white-space: nowrap; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .marked > * { background: var(--marked); font-weight: 600; }
    .tag { display: inline-block; margin-left: 0.4rem; font-size: 0.78rem; font-weight: 600; color: var(--accent); }
    .pair { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: flex-start; }
    .pair > * { min-width: 0; max-width: 100%; }
    header .pair { margin-top: 1.25rem; }
    .pair td:not(.number) { max-width: 22rem; }
    .pair .meanings { flex: 1 1 16rem; }
    .bar { display: inline-block; height: 0.6rem; min-width: 1px; background: var(--accent); border-radius: 2px;
      vertical-align: middle; }
    .track { display: inline-block; width: 9rem; }
    details { margin: 0.75rem 0; }
    summary { cursor: pointer; color: var(--accent); width: fit-content; }

    """

  private static let figures = """
    figure { margin: 1rem 0; }
    figure img { max-width: 100%; height: auto; }
    figcaption { font-weight: 600; }
    .chart { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; min-width: 0;
      padding: 1rem clamp(0.75rem, 2vw, 1.25rem); }
    .side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem; }
    .side .chart { margin: 0; }
    .side caption span { max-width: min(calc(100vw - 6rem), 24rem); }
    .plot { position: relative; height: clamp(17rem, 36vw, 27rem); }
    .side .plot { height: clamp(16rem, 28vw, 21rem); }
    .legend { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; margin: 0.6rem 0; padding: 0;
      max-height: 9rem; overflow: auto; }
    .legend button { display: inline-flex; align-items: center; gap: 0.5rem; border-color: var(--rule); }
    .legend button[aria-pressed="false"] { text-decoration: line-through; color: var(--soft); }
    .legend button[aria-pressed="false"] canvas { opacity: 0.3; }
    .swatch { width: 34px; height: 14px; }
    .maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); gap: 1.25rem; }
    @media (min-width: 60rem) { .maps { grid-template-columns: repeat(4, 1fr); } }
    .heat { margin: 0; }
    .heat figcaption { font-size: 0.95rem; margin-bottom: 0.35rem; }
    .panels { display: flex; gap: 0.4rem; }
    .panel { flex: 1; min-width: 0; }
    .map { display: block; width: 100%; image-rendering: pixelated; border: 1px solid var(--rule); }
    .channel { font-size: 0.78rem; color: var(--soft); }
    .scale { display: flex; align-items: center; gap: 0.5rem; font-size: 0.82rem; color: var(--soft); margin-top: 0.35rem; }
    .ramp { flex: 1; height: 0.6rem; border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact;
      background: linear-gradient(to right, #440154, #482878, #3e4a89, #31688e, #26828e, #1f9e89,
        #35b779, #6ece58, #b5de2b, #fde725); }
    .heat .note { font-size: 0.84rem; }

    """

  private static let print = """
    @media screen { :root[data-print] main { max-width: 45rem; padding: 0; } }
    /* In pixels, so that a chart drawn before printing keeps its proportions on the sheet. */
    :root[data-print] .plot { height: 280px; }
    :root[data-print] .side { grid-template-columns: 1fr; }
    @media print {
      @page { margin: 16mm 14mm; }
      :root { font-size: 9.5pt; }
      body { background: #fff; }
      main, footer { max-width: none; padding: 0; }
      nav, button[data-copy], .controls, .skip, .reference, details:not([open]) { display: none; }
      h2, h3, figcaption, caption, section > p, summary { break-after: avoid; }
      section { margin-top: 0.75rem; padding-top: 0.75rem; }
      h2 { margin-bottom: 0.5rem; }
      figure { margin: 0.5rem 0; }
      .chart { padding: 0.6rem 0.9rem 0.3rem; }
      .chart, .heat, .figures, tr, section > p { break-inside: avoid; }
      .scroll { max-height: none; overflow: visible; width: auto; border: 0; }
      table { font-size: 0.88rem; }
      th, td { padding: 0.2rem 0.5rem; }
      thead th, tbody th, caption span { position: static; }
      .plot canvas { width: 100% !important; height: 100% !important; }
      .maps { grid-template-columns: repeat(4, 1fr); }
      .marked > *, .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }

    """
}
