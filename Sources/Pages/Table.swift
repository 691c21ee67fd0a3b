/// A table of text: a caption, columns and rows, with the first column as row headings.
public struct Table: Equatable, Sendable {
  public struct Column: Equatable, Sendable {
    public var title: HTMLText
    /// Right-aligned with figures of equal width.
    public var isNumeric: Bool

    public init(_ title: HTMLText, isNumeric: Bool = false) {
      self.title = title
      self.isNumeric = isNumeric
    }

    public static func number(_ title: HTMLText) -> Column { Column(title, isNumeric: true) }
    public static func text(_ title: HTMLText) -> Column { Column(title) }
  }

  public struct Row: Equatable, Sendable {
    public var cells: [Cell]
    /// Set off from the others, for instance the recommended ticket; the cells must say so in words as well.
    public var isMarked: Bool

    public init(_ cells: [Cell], isMarked: Bool = false) {
      self.cells = cells
      self.isMarked = isMarked
    }

    @_disfavoredOverload
    public init(_ cells: [HTMLText], isMarked: Bool = false) {
      self.init(cells.map { Cell($0) }, isMarked: isMarked)
    }
  }

  public var caption: HTMLText
  public var columns: [Column]
  public var rows: [Row]
  /// For scripts that fill the body anew.
  public var id: String?

  public init(_ caption: HTMLText, columns: [Column], rows: [Row], id: String? = nil) {
    for row in rows {
      precondition(row.cells.count == columns.count, "\(row.cells.count) cells in \(columns.count) columns")
    }
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.id = id
  }

  /// The table inside a region that scrolls by itself and can be reached from the keyboard.
  public var html: HTMLText {
    let label = caption.plainText
    let identity: HTMLText? = id.map { " id=\"\($0)\"" }
    return """
      <div class="scroll" role="group" tabindex="0" aria-label="\(label)"><table\(identity)>
      <caption><span>\(caption)</span></caption>
      <thead><tr>\(columns.map(heading))</tr></thead>
      <tbody>\(rows.map(line))</tbody></table></div>

      """
  }

  /// The table behind a summary that opens it.
  /// - Parameters:
  ///   - open: whether it is open at first.
  ///   - printed: whether it is opened for printing.
  public func folded(_ summary: HTMLText, open: Bool = false, printed: Bool = false) -> HTMLText {
    let state: HTMLText = open ? " open" : ""
    let type: HTMLText = printed ? " class=\"printed\"" : ""
    return "<details\(type)\(state)><summary>\(summary)</summary>\n\(html)</details>\n"
  }

  private func heading(_ column: Column) -> HTMLText {
    let alignment: HTMLText = column.isNumeric ? " class=\"number\"" : ""
    return "<th scope=\"col\"\(alignment)>\(column.title)</th>"
  }

  private func line(_ row: Row) -> HTMLText {
    let mark: HTMLText = row.isMarked ? " class=\"marked\"" : ""
    let cells = columns.indices.map { cell(row.cells[$0].markup, columns[$0], first: $0 == 0) }
    return "<tr\(mark)>\(cells)</tr>\n"
  }

  private func cell(_ content: HTMLText, _ column: Column, first: Bool) -> HTMLText {
    let alignment: HTMLText = column.isNumeric ? " class=\"number\"" : ""
    return first ? "<th scope=\"row\"\(alignment)>\(content)</th>" : "<td\(alignment)>\(content)</td>"
  }
}

extension HTMLText {
  /// The text without its tags, for labels; character references stay, and are unescaped once.
  var plainText: String {
    var text = "", inTag = false
    for character in markup {
      if character == "<" {
        inTag = true
      } else if character == ">" {
        inTag = false
      } else if !inTag {
        text.append(character)
      }
    }
    let references = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    return references.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
