import Foundation

extension Table {
  /// For terminals: the caption, and columns of text, numbers to the right.
  public var text: String {
    var grid = TextTable(header: columns.map { Self.plain($0.title.plainText) })
    grid.rows = rows.map { $0.cells.map { Self.plain($0.text) } }
    grid.leading.formUnion(columns.indices.filter { !columns[$0].isNumeric })
    let caption = Self.plain(caption.plainText)
    return caption.isEmpty ? grid.text : "\(caption)\n\(grid.text)"
  }

  /// Spaces of one width and plain minus signs, as terminals and those who copy from them like it.
  public static func plain(_ text: String) -> String {
    text.replacing(Format.space, with: " ").replacing("−", with: "-").replacing(Format.missing, with: "-")
      .replacing("\n", with: " ")
  }

  /// See `Document.csv`.
  public var csv: String {
    let widths = columns.indices.map { i in rows.map { $0.cells[i].values.count }.max() ?? 0 }
    let header = zip(columns, widths).flatMap { column, width in
      let title = column.title.plainText
      return width == 3 ? [title, "\(title) low", "\(title) high"] : [title]
    }
    let lines = rows.map { row in
      zip(row.cells, widths).flatMap { cell, width -> [String] in
        let numbers = cell.values.map { $0.isFinite ? "\($0)" : "" }
        let words = numbers.isEmpty ? [cell.text == Format.missing ? "" : cell.text] : numbers
        return words + Array(repeating: "", count: max(1, width) - words.count)
      }
    }
    let caption = caption.plainText
    return CSV.text((caption.isEmpty ? [] : [[caption]]) + [header] + lines) + "\n"
  }
}

/// Comma-separated values (RFC 4180).
public enum CSV {
  /// A row a line, without the last line's end.
  public static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(field).joined(separator: ",") }.joined(separator: "\n")
  }

  /// Quoted where it must be.
  private static func field(_ text: String) -> String {
    let isSpecial = text.unicodeScalars.contains { "\",\n\r".unicodeScalars.contains($0) }
    return isSpecial ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}

/// Columns of text.
public struct TextTable {
  public var header: [String]
  /// Columns to the left; the others are to the right.
  public var leading: Set<Int> = [0]
  public var rows: [[String]] = []

  public init(header: [String], rows: [[String]] = []) {
    self.header = header
    self.rows = rows
  }

  public var text: String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).enumerated().map { i, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return leading.contains(i) ? cell.0 + space : space + cell.0
      }.joined(separator: "  ").replacingOccurrences(of: #"\s+$"#, with: "", options: .regularExpression)
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}
