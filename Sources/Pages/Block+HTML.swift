extension Section {
  /// - Parameter drawn: Whether the page carries Chart.js.
  func html(drawn: Bool) -> HTMLText {
    """
    <section id="\(id)" aria-labelledby="\(id)-heading">
    <h2 id="\(id)-heading">\(heading)</h2>
    \(blocks.map { $0.html(drawn: drawn) })</section>

    """
  }
}

extension Block {
  func html(drawn: Bool) -> HTMLText {
    switch self {
    case .paragraph(let text): "<p>\(text)</p>\n"
    case .note(let text): "<p class=\"note\">\(text)</p>\n"
    case .heading(let text): "<h3>\(text)</h3>\n"
    case .table(let table): table.html
    case .folded(let summary, let table, let printed): table.folded("\(summary)", printed: printed)
    case .chart(let figure): figure.html(drawn: drawn)
    case .charts(let figures, let group, let label):
      ChartFigure.controls(group: group, label: label, charts: figures.map(\.chart), drawn: drawn)
        + (figures.count == 1
          ? figures[0].html(drawn: drawn) : "<div class=\"side\">\(figures.map { $0.html(drawn: drawn) })</div>\n")
    case .maps(let maps): "<div class=\"maps\">\(maps.map(\.html))</div>\n"
    case .picture(let picture): picture.html
    case .pictures(let pictures): "<div class=\"maps\">\(pictures.map(\.html))</div>\n"
    case .beside(let blocks): "<div class=\"pair\">\(blocks.map { $0.html(drawn: drawn) })</div>\n"
    case .lines(let text, let id, let button, let summary): Self.lines(text, id, button, summary)
    case .markup(let markup, _, _): markup
    }
  }

  private static func lines(_ text: String, _ id: String, _ button: String, _ summary: String?) -> HTMLText {
    let button: HTMLText = "<button type=\"button\" data-copy=\"\(id)\">\(button)</button>"
    let lines: HTMLText = "<pre id=\"\(id)\" tabindex=\"0\">\(text)</pre>"
    guard let summary else { return "<div class=\"command\">\(lines)\n\(button)</div>\n" }
    return "\(button)\n<details><summary>\(summary)</summary>\(lines)</details>\n"
  }
}

extension Picture {
  /// Magnified without blurring.
  var html: HTMLText {
    """
    <figure><img src="\(image.address)" width="\(scale * image.width)" height="\(scale * image.height)" alt="\(words)" \
    style="image-rendering: pixelated"><figcaption class="note">\(caption)</figcaption></figure>

    """
  }
}
