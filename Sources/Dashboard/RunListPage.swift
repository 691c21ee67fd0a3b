import Basics
import Experiments
import Foundation
import Pages
import Sweeps

/// The first page: runs, filtered, sorted, a page at a time.
struct RunListPage {
  private static let pageSize = 50
  private let index: RunIndex
  private let text: String
  private let sort: String
  private let number: Int
  private let runs: [RunEntry]
  private let count: Int
  private let problem: String?

  init(_ index: RunIndex, _ request: HTTPRequest) throws {
    self.index = index
    text = request.value("q") ?? ""
    let sort = request.value("sort") ?? "-updated"
    self.sort = index.keys.contains(sort.hasPrefix("-") ? String(sort.dropFirst()) : sort) ? sort : "-updated"
    number = min(max(1, Int(request.value("page") ?? "1") ?? 1), 1_000_000)
    (runs, count, problem) = try Self.find(text, index, sort: self.sort, page: number)
  }

  /// A filter that cannot be read finds nothing, and says why.
  private static func find(
    _ text: String, _ index: RunIndex, sort: String, page: Int
  ) throws -> ([RunEntry], Int, String?) {
    do {
      let filter = try index.filter([text])
      let query = RunIndex.Query(filter, sort: sort, limit: pageSize, offset: (page - 1) * pageSize)
      return (try index.runs(query), try index.count(filter), nil)
    } catch let wrong as Problem where wrong.kind == .usage {
      return ([], 0, "\(wrong.problem) \(wrong.remedy)")
    }
  }

  var json: HTTPResponse {
    struct List: Encodable {
      var count: Int
      var page: Int
      var runs: [RunEntry]
      var problem: String?
    }
    return .json(List(count: count, page: number, runs: runs, problem: problem))
  }

  var response: HTTPResponse {
    LivePage(
      title: "Runs", subtitle: "<span id=\"count\">\(count)</span> runs\(text.isEmpty ? nil : filtered)",
      lead: "\(form)\(notice)", sections: [Section("Runs", id: "runs", body: table + pages)], chartScript: nil,
      script: LiveScript.list
    ).response
  }

  private var filtered: HTMLText { " with <code>\(text)</code>" }
  private var notice: HTMLText? { problem.map { "<p class=\"notice\" role=\"alert\">\($0)</p>\n" } }

  private var form: HTMLText {
    """
    <form method="get" action="/" class="controls"><label>Conditions <input name="q" value="\(text)" size="40" \
    placeholder="model=lenet-300-100 density&lt;10" autocomplete="off"></label>
    <input type="hidden" name="sort" value="\(sort)"><button>Filter</button></form>
    <p id="live" role="status" class="note"></p>

    """
  }

  private var table: HTMLText {
    let keys = RunEntry.columns(of: runs),
      rows = runs.map { run in Table.Row(keys.map { Self.cell($0, run) } + [Self.box(run)]) }
    let columns = keys.map { key in
      Table.Column(heading(key), isNumeric: key == "seeds" || runs.contains { $0.figures[key] != nil })
    }
    return """
      <form method="get" action="/compare">
      \(Table("Runs \(first) to \(first + max(0, runs.count - 1)) of \(count)", columns: columns + [.text("Compare")], rows: rows).html)\
      <p><button>Compare the chosen runs</button></p></form>

      """
  }

  private var first: Int { (number - 1) * Self.pageSize + 1 }

  private func heading(_ key: String) -> HTMLText {
    let next = sort == "-\(key)" ? key : "-\(key)", mark = sort == key ? " ↑" : sort == "-\(key)" ? " ↓" : ""
    return "<a href=\"\(Link.path([], [("q", text), ("sort", next)]))\">\(key)\(mark)</a>"
  }

  private static func box(_ run: RunEntry) -> Cell {
    "<input type=\"checkbox\" name=\"run\" value=\"\(run.name)\" aria-label=\"Compare \(run.name)\">"
  }

  private static func cell(_ key: String, _ run: RunEntry) -> Cell {
    switch key {
    case "name": "<a href=\"\(Link.path(["run", run.name]))\">\(run.name)</a>"
    case "status": .text([run.status.rawValue, run.problem].compactMap { $0 }.joined(separator: ": "))
    case "updated": "<time data-time=\"\(String(run.updated))\">\(Moment.text(run.updated))</time>"
    default: run.figures[key].map { MetricCatalog.metric(key).cell($0) } ?? .text(run[key] ?? "")
    }
  }

  private var pages: HTMLText {
    let last = max(1, (count + Self.pageSize - 1) / Self.pageSize)
    func link(_ page: Int, _ label: HTMLText) -> HTMLText {
      "<a href=\"\(Link.path([], [("q", text), ("sort", sort), ("page", String(page))]))\">\(label)</a> "
    }
    let before: HTMLText? = number > 1 ? link(1, "first") + link(min(number - 1, last), "previous") : nil
    let after: HTMLText? = number < last ? link(number + 1, "next") + link(last, "last") : nil
    return "<p>\(before)page \(number) of \(last) \(after)</p>\n"
  }
}
