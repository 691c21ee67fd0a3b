import Basics
import Experiments
import Pages

/// What the networks of the chosen round reach class by class.
extension FindPage {
  var classes: Section? {
    guard let classes = finding.classes else { return nil }
    let networks = lines.compactMap { line in
      classes.arms[line.name].map {
        ClassTables.Network(line.title, accuracies: $0.classAccuracy, confusion: $0.confusion)
      }
    }
    guard !networks.isEmpty else { return nil }
    let tables = ClassTables(names: record.dataset?.classNames, counts: classes.counts, networks: networks)
    let place = classes.round == recommended?.round ? "the recommended round" : "the last round"
    let note: HTMLText = """
      Networks of \(place), after the last step. \(intervalNote) The mean over classes counts every class alike, \
      however many samples it has. Confusions are added over the seeds.
      """
    return Section("Classes", id: "classes", [.paragraph(note), .table(tables.accuracies)] + confusions(networks))
  }

  /// The ticket's, and behind a summary the dense network's.
  private func confusions(_ networks: [ClassTables.Network]) -> [Block] {
    let first = networks.first.flatMap { table(of: $0, networks) }.map { Block.table($0) }
    let dense = networks.first { $0.title == Line.dense.title }.flatMap { table(of: $0, networks) }
      .map { Block.folded("Confusions of the dense network", $0) }
    return [first, dense].compactMap { $0 }
  }

  private func table(of network: ClassTables.Network, _ networks: [ClassTables.Network]) -> Table? {
    let others = networks.filter { $0.title != network.title }
    return ClassTables(
      names: record.dataset?.classNames, counts: finding.classes?.counts ?? [], networks: [network] + others
    ).confusion
  }
}
