import Basics
import Foundation
import Sweeps

/// Which page an address means. Names of runs and sweeps are looked up, never made into paths.
struct Router: Sendable {
  let store: URL
  let index: RunIndex
  let chartScript: String?
  let cache: CurveCache

  func response(to request: HTTPRequest) -> HTTPResponse {
    do {
      return try page(request) ?? .text(404, "there is nothing here")
    } catch let problem as Problem {
      let status = problem.kind == .missingInput ? 404 : problem.kind == .usage ? 400 : 500
      return .text(status, "\(problem.problem) \(problem.remedy)")
    } catch {
      return .text(500, "\(error)")
    }
  }

  private func page(_ request: HTTPRequest) throws -> HTTPResponse? {
    let path = request.path
    switch (path.first, path.count) {
    case (nil, _): return try RunListPage(index, request).response
    case ("api", 2) where path[1] == "runs": return try RunListPage(index, request).json
    case ("run", 2): return try runPage(request).response
    case ("run", 3) where path[2] == "charts": return .json(try runPage(request).liveData)
    case ("run", 3) where path[2] == "masks":
      return try MaskPage(try index.exactRun(path[1]), store, request).response
    case ("compare", 1): return try ComparePage(self, request).response
    case ("sweeps", 1): return SweepListPage(store).response
    case ("sweep", 2): return try SweepPage(sweep(path[1]), chartScript).response
    case ("report", 2): return try report(of: store.appendingPathComponent(try index.exactRun(path[1]).name))
    case ("sweep-report", 2): return try report(of: sweep(path[1]).url)
    case ("events", 1): return try EventStream(self, run: request.value("run")).response
    default: return nil
    }
  }

  private func runPage(_ request: HTTPRequest) throws -> RunPage {
    RunPage(try index.exactRun(request.path[1]), self, request)
  }

  private func sweep(_ name: String) throws -> SweepFolder {
    guard SweepFolder.names(in: store).contains(name) else {
      throw Problem.missingInput("There is no sweep '\(name)'.", remedy: "See the list of sweeps.")
    }
    return SweepFolder(name: name, store: store)
  }

  /// A report as it was written: in a sandbox, for it may come from elsewhere.
  private func report(of folder: URL) throws -> HTTPResponse {
    guard let data = PlainFile.data(folder.appendingPathComponent("report.html")) else {
      throw Problem.missingInput("There is no report yet.", remedy: "Write it with tombola report NAME.")
    }
    var response = HTTPResponse()
    response.body = data
    response.policy =
      "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
    return response
  }
}

extension RunIndex {
  /// The run of this very name.
  func exactRun(_ name: String) throws -> RunEntry {
    let entry = try run(named: name)
    guard entry.name == name else {
      throw Problem.missingInput("There is no run '\(name)'.", remedy: "See the list of runs.")
    }
    return entry
  }
}
