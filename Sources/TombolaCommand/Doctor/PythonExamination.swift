import Basics
import Foundation

/// A Python, and the packages that its side of Tombola can use; nothing is imported, which takes torch seconds.
struct PythonExamination: Examination {
  static let topic = "Python"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] {
    // The first on the path need not be the one that Debian's packages are for.
    let paths = [surroundings.path(of: "python3"), "/usr/bin/python3"].compactMap { $0 }
      .filter(FileManager.default.isExecutableFile(atPath:)).reduce(into: [String]()) { places, path in
        if !places.contains(path) { places.append(path) }
      }
    let found = paths.compactMap { path in versions(path).map { (path: path, versions: $0) } }
    guard let first = found.first else {
      return [
        .missing(
          "python3", "not on the PATH, or too old; 'pip install ./python', man pages and some tests need 3.9 or newer",
          remedy: "On Debian: 'apt-get install python3'.")
      ]
    }
    return [.good("python3", "\(first.versions["python"] ?? "") (\(first.path))")]
      + packages.map { package in
        guard let place = found.first(where: { $0.versions[package.name] != nil }) else {
          return .missing(
            package.name, "not found; \(package.purpose)", remedy: "'\(first.path) -m pip install \(package.name)'.")
        }
        return .good(package.name, "\(place.versions[package.name] ?? "") (\(place.path))")
      }
  }

  private static let packages = [
    (name: "numpy", purpose: "the Python package and checks by other programs need it"),
    (name: "torch", purpose: "modules of PyTorch and the benchmarks beside it need it"),
    (name: "onnxruntime", purpose: "checks of exported ONNX files need it"),
  ]

  private static let question = """
    import importlib.metadata as m, json, platform
    found = {"python": platform.python_version()}
    for name in ("numpy", "torch", "onnxruntime"):
        try: found[name] = m.version(name)
        except m.PackageNotFoundError: pass
    print(json.dumps(found))
    """

  private static func versions(_ path: String) -> [String: String]? {
    guard let outcome = try? SystemProgram.run(path, ["-c", question], seconds: 20), outcome.status == 0 else {
      return nil
    }
    return try? JSONDecoder().decode([String: String].self, from: outcome.output)
  }
}
