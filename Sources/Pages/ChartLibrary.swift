import Foundation

/// Finds Chart.js on this machine, to be placed inside the pages.
public enum ChartLibrary {
  /// Where Debian's `libjs-chart.js` and its like install the library; the first that can be used is taken.
  static let paths = ["/usr/share/javascript", "/usr/share/nodejs", "/usr/local/share/javascript"].flatMap { root in
    ["chart.js/chart.min.js", "chart.js/Chart.min.js", "chart.js/dist/chart.umd.js", "chart.js/dist/chart.min.js"]
      .map { "\(root)/\($0)" }
  }

  /// The source of Chart.js, or `nil` if none is installed.
  ///
  /// `TOMBOLA_CHART_JS` names another copy (version 3 or 4, the file that defines `Chart` by itself, not an ES module);
  /// set to nothing it leaves the charts out, and the page shows tables only.
  public static func locate() -> String? { locate(environment: ProcessInfo.processInfo.environment) }

  /// As `locate()`, with the environment given.
  public static func locate(environment: [String: String]) -> String? {
    if let path = environment["TOMBOLA_CHART_JS"] { return source(at: path) }
    return paths.lazy.compactMap(source).first
  }

  /// How to get the charts, for pages without them.
  static let remedy = """
    Charts need Chart.js, which was not found when this page was written: install Debian’s libjs-chart.js, or set \
    TOMBOLA_CHART_JS to a copy of chart.min.js, and write the report again.
    """

  private static func source(at path: String) -> String? {
    guard !path.isEmpty, let text = try? String(contentsOfFile: path, encoding: .utf8), text.contains("Chart") else {
      return nil
    }
    return isModule(text) ? nil : text
  }

  /// An ES module defines no global name, so it cannot stand in the page.
  private static func isModule(_ text: String) -> Bool {
    text.split(separator: "\n").contains {
      $0.hasPrefix("export ") || $0.hasPrefix("export{") || $0.hasPrefix("import ")
    }
  }
}
