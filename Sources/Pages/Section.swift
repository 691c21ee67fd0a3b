/// One thing that a section shows. Pages, terminals, Markdown and CSV are all made from blocks.
public enum Block: Equatable, Sendable {
  case paragraph(HTMLText)
  /// Small print.
  case note(HTMLText)
  case heading(String)
  case table(Table)
  /// A table behind a summary that opens it; `printed` opens it on paper.
  case folded(String, Table, printed: Bool = false)
  case chart(ChartFigure)
  /// Charts that share a selector of their variants.
  case charts([ChartFigure], group: String, label: String)
  case maps([HeatMap])
  case picture(Picture)
  /// One after the other, as many in a row as fit.
  case pictures([Picture])
  /// Side by side where there is room.
  case beside([Block])
  /// Text to copy: a command, or values; behind `summary` if there is one.
  case lines(String, id: String, button: String, summary: String? = nil)
  /// For pages alone, with what their script draws in it.
  case markup(HTMLText, charts: [Chart] = [], maps: [HeatMap] = [])
}

/// A picture with what it shows in words.
public struct Picture: Equatable, Sendable {
  /// Of its file, without the ending.
  public var name: String
  public var image: PNGImage
  /// How many pixels of the page a pixel takes.
  public var scale: Int
  public var words: String
  public var caption: HTMLText

  public init(_ name: String, _ image: PNGImage, scale: Int, words: String, caption: HTMLText) {
    self.name = name
    self.image = image
    self.scale = scale
    self.words = words
    self.caption = caption
  }
}

/// One part of a document under a heading.
public struct Section: Equatable, Sendable {
  /// The anchor, also used by the page's contents.
  public var id: String
  public var heading: String
  public var blocks: [Block]
  /// Whether its tables end a command in the terminal.
  public var isEssential: Bool

  /// - Parameter isEssential: Whether its tables end a command in the terminal.
  public init(_ heading: String, id: String, isEssential: Bool = false, _ blocks: [Block]) {
    self.heading = heading
    self.id = id
    self.blocks = blocks
    self.isEssential = isEssential
  }

  public init(_ heading: String, id: String, body: HTMLText, charts: [Chart] = [], maps: [HeatMap] = []) {
    self.init(heading, id: id, [.markup(body, charts: charts, maps: maps)])
  }

  /// Charts and maps that the page's script draws.
  public var charts: [Chart] { blocks.flatMap(\.charts) }
  public var maps: [HeatMap] { blocks.flatMap(\.maps) }
  public var pictures: [Picture] { blocks.flatMap(\.pictures) }
  /// All tables in order, those behind a summary among them.
  public var tables: [Table] { blocks.flatMap(\.tables) }
}

extension Block {
  /// What it holds of a kind, and what stands beside each other in it.
  private func collect<Part>(_ own: (Block) -> [Part]) -> [Part] {
    if case .beside(let blocks) = self { return blocks.flatMap { $0.collect(own) } }
    return own(self)
  }

  var charts: [Chart] {
    collect { block in
      switch block {
      case .chart(let figure): [figure.chart]
      case .charts(let figures, _, _): figures.map(\.chart)
      case .markup(_, let charts, _): charts
      default: []
      }
    }
  }

  var maps: [HeatMap] {
    collect { block in
      switch block {
      case .maps(let maps), .markup(_, _, let maps): maps
      default: []
      }
    }
  }

  var pictures: [Picture] {
    collect { block in
      switch block {
      case .picture(let picture): [picture]
      case .pictures(let pictures): pictures
      default: []
      }
    }
  }

  var tables: [Table] {
    collect { block in
      switch block {
      case .table(let table), .folded(_, let table, _): [table]
      default: []
      }
    }
  }
}
