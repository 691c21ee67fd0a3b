import Foundation

extension Document {
  /// For papers and READMEs: what the page says and its tables; charts and pictures stay there.
  public var markdown: String {
    let parts =
      ["# " + Markdown.escape(title), subtitle.markdown] + (verdict + warnings).map(Markdown.escape)
      + notes.map(\.markdown)
      + sections.flatMap { section -> [String] in
        let blocks = section.blocks.flatMap(\.markdown)
        return blocks.isEmpty ? [] : ["## " + Markdown.escape(section.heading)] + blocks
      }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }
}

extension Block {
  fileprivate var markdown: [String] {
    switch self {
    case .paragraph(let text), .note(let text): [text.markdown]
    case .heading(let text): ["### " + Markdown.escape(text)]
    case .table(let table): table.markdown
    case .folded(let summary, let table, _):
      (summary == table.caption.plainText ? [] : ["### " + Markdown.escape(summary)]) + table.markdown
    case .beside(let blocks): blocks.flatMap(\.markdown)
    case .lines(let text, _, _, _): [Markdown.code(text)]
    case .chart, .charts, .maps, .picture, .pictures, .markup: []
    }
  }
}

extension Table {
  fileprivate var markdown: [String] {
    func line(_ cells: [HTMLText]) -> String { "| " + cells.map(\.markdown).joined(separator: " | ") + " |" }
    let rule = "|" + columns.map { $0.isNumeric ? "---:|" : "---|" }.joined()
    let lines = [line(columns.map(\.title)), rule] + rows.map { line($0.cells.map(\.markup)) }
    return [caption.markdown, lines.joined(separator: "\n")]
  }
}

extension HTMLText {
  /// Text and code; other tags are left out.
  fileprivate var markdown: String {
    markup.components(separatedBy: "<code>").enumerated().map { i, piece -> String in
      guard i > 0, let end = piece.range(of: "</code>") else { return Markdown.escape(Self.plain(piece)) }
      let code = Self.plain(String(piece[..<end.lowerBound])), rest = Self.plain(String(piece[end.upperBound...]))
      return Markdown.inline(code) + Markdown.escape(rest)
    }.joined()
  }

  private static func plain(_ markup: String) -> String { HTMLText(verbatim: markup).plainText }
}

private enum Markdown {
  /// What Markdown would take for markup, an HTML tag, or the end of a cell.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if "\\`*_{}[]<>|#~".contains(character) { escaped.append("\\") }
      escaped.append(character.isNewline ? " " : character)
    }
    return escaped
  }

  /// A fence is longer than any run of backticks inside.
  static func code(_ text: String) -> String {
    let fence = String(repeating: "`", count: max(3, longestTicks(in: text) + 1))
    return "\(fence)\n\(text.hasSuffix("\n") ? String(text.dropLast()) : text)\n\(fence)"
  }

  /// Code within a line, which may be a cell.
  static func inline(_ text: String) -> String {
    if text.isEmpty { return "" }
    let ticks = longestTicks(in: text), fence = String(repeating: "`", count: ticks + 1)
    let space = ticks > 0 ? " " : "", line = String(text.map { $0.isNewline ? " " : $0 }).replacing("|", with: "\\|")
    return fence + space + line + space + fence
  }

  private static func longestTicks(in text: String) -> Int {
    var longest = 0, run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}
