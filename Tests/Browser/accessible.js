// What on this page someone cannot read, name or reach: a list of [rule, element, what].
(() => {
  const found = []
  const describe = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map((c) => "." + c).join("")
  const report = (rule, e, what) => found.push([rule, describe(e), what])
  const text = (e) => e.textContent.replace(/\s+/g, " ").trim()
  const isShown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0
  const isHidden = (e) => e.closest("[aria-hidden=true], [hidden], [inert]") !== null

  // Colours of any notation as the browser paints them: [red, green, blue, alpha].
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const known = new Map()
  const colour = (words) => {
    if (!known.has(words)) {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = words
      canvas.fillRect(0, 0, 1, 1)
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
      known.set(words, [r, g, b, a / 255])
    }
    return known.get(words)
  }
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1)
  const background = (e) => {
    const layers = []
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (style.backgroundImage !== "none") return null
      layers.push(colour(style.backgroundColor))
      if (layers.at(-1)[3] === 1) break
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme
    const page = scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches && !matchMedia("print").matches
    return layers.reduceRight((below, top) => over(top, below), page ? [18, 18, 18, 1] : [255, 255, 255, 1])
  }
  const luminance = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)]
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
  }

  // WCAG 1.4.3: 4.5 to 1, large words 3 to 1; controls that are off are left out.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const seen = new Set()
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement
    if (seen.has(e) || !walker.currentNode.data.trim() || !isShown(e) || e.closest("script, style, :disabled")) continue
    seen.add(e)
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
    const ground = background(e), isDrawn = e instanceof SVGElement
    if (!ground) continue
    let ink = colour(isDrawn ? style.fill : style.color)
    for (let at = e; at; at = at.parentElement) ink = [...ink.slice(0, 3), ink[3] * getComputedStyle(at).opacity]
    const value = ratio(over(ink, ground), ground)
    if (value < (isLarge ? 3 : 4.5)) report("contrast", e, `${value.toFixed(2)} to 1: "${text(e).slice(0, 40)}"`)
  }

  // WCAG 4.1.2: controls have names.
  const named = (e) => {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id))
    const label = [...(e.labels ?? [])].map(text).join("")
    return [e.getAttribute("aria-label"), by.map((b) => b ? text(b) : "").join(""), label, text(e), e.title, e.alt,
      [...e.querySelectorAll("img[alt]")].map((i) => i.alt).join(""), e.type === "submit" ? e.value : ""].some((n) => n?.trim())
  }
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=checkbox]"
  for (const e of document.querySelectorAll(controls)) if (isShown(e) && !isHidden(e) && !named(e)) report("name", e, "a control without a name")

  // WCAG 1.1.1: pictures have words.
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) report("picture", e, "no alt")
  for (const e of document.querySelectorAll("canvas, svg")) {
    if (!isShown(e) || isHidden(e) || e.parentElement.closest("svg")) continue
    if (!named(e) && !e.querySelector("title")) report("picture", e, "neither a name nor aria-hidden")
  }

  // WCAG 1.3.1 and 2.4.6: one heading of the page, and none that skips a level.
  const heads = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(isShown), levels = heads.map((h) => +h.tagName[1])
  if (levels.filter((l) => l === 1).length !== 1) report("headings", document.body, `${levels.filter((l) => l === 1).length} of level 1`)
  levels.forEach((l, i) => { if (i > 0 && l > levels[i - 1] + 1) report("headings", heads[i], `level ${l} after ${levels[i - 1]}: "${text(heads[i])}"`) })

  // WCAG 2.4.2, 3.1.1, 4.1.1 and references that lead nowhere.
  if (!document.title.trim()) report("page", document.documentElement, "no title")
  if (!document.documentElement.lang) report("page", document.documentElement, "no language")
  const ids = new Set()
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) report("page", e, "an id twice"); ids.add(e.id) }
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      for (const id of e.getAttribute(name).split(/\s+/)) if (!ids.has(id)) report("page", e, `${name} names no element: ${id}`)
    }
  }
  for (const e of document.querySelectorAll("main")) if (e.parentElement.closest("main")) report("page", e, "main within main")
  if (document.querySelectorAll("main, [role=main]").length !== 1) report("page", document.body, "not one main part")

  // Landmarks of one kind are told apart by their names.
  const marks = new Set()
  for (const e of document.querySelectorAll("nav, aside, [role=region], [role=navigation], section[aria-label], section[aria-labelledby]")) {
    if (!isShown(e)) continue
    const by = document.getElementById(e.getAttribute("aria-labelledby") ?? "")
    const mark = `${e.getAttribute("role") ?? e.tagName.toLowerCase()} ${e.getAttribute("aria-label") ?? (by ? text(by) : "")}`
    if (marks.has(mark)) report("page", e, `a landmark twice: ${mark}`)
    marks.add(mark)
  }

  // WCAG 1.3.1: cells of tables have headings.
  for (const e of document.querySelectorAll("table")) if (isShown(e) && !e.querySelector("th")) report("table", e, "no headings")

  // WCAG 2.1.1: what scrolls can be scrolled by keys.
  for (const e of document.querySelectorAll("body *")) {
    const style = getComputedStyle(e)
    if (!/auto|scroll/.test(style.overflowX + style.overflowY) || !isShown(e)) continue
    const scrolls = e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1
    if (scrolls && e.tabIndex < 0 && !e.querySelector("a[href], button, input, select, [tabindex='0']")) report("keys", e, "scrolls and cannot be focused")
  }

  // WCAG 1.4.10: nothing is wider than the window.
  const most = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth > most && !matchMedia("print").matches) {
    const isCut = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || isCut(e.parentElement))
    const wide = [...document.querySelectorAll("body *")].filter(
      (e) => e.getBoundingClientRect().right > most + 1 && isShown(e) && !isCut(e.parentElement))
    report("width", wide.at(0) ?? document.body, `${document.documentElement.scrollWidth} of ${most} pixels`)
  }
  return found
})()
