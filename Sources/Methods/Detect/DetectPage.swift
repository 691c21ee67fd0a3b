import Analysis
import Basics
import Detectors
public import Experiments
import Foundation
public import Pages
import Tickets

extension Detect {
  public static func document(_ record: Record<DetectFinding>) -> Document {
    let finding = record.finding, page = DetectPage(finding: finding)
    return Document(
      title: "Sparse detectors on \(record["model"]), \(record["data"])",
      subtitle: "\(finding.tasks.map(\.title.localizedLowercase).joined(separator: ", ")), \(record.spread)",
      notes: [
        "AP: average precision, mean over overlaps from 0.50 to 0.95, on the test scenes. Sparsity of the whole network and of the backbone stand side by side: a sparse backbone is not a sparse network."
      ], sections: finding.tasks.flatMap(page.sections))
  }
}

/// A task after the other: figures, charts, modules, pictures.
struct DetectPage {
  let finding: DetectFinding

  func sections(_ task: SceneTask) -> [Section] {
    [precision(task), charts(task), modules(task), pictures(task)].compactMap(\.self)
  }

  private func arms(_ task: SceneTask) -> [DetectFinding.Arm] { finding.arms.filter { $0.task == task } }

  // MARK: tables

  private func precision(_ task: SceneTask) -> Section {
    let fit = task == .keypoints ? ["OKS", "PCK@0.1"] : ["IoU"]
    let names = (["AP", "AP50", "AP75", "AP-small", "AP-medium", "AP-large", "AP50-medium", "AP50-large"] + fit).filter
    { name in
      arms(task).contains { $0.measures[name] != nil }
    }
    let columns: [Table.Column] =
      [.text("Network"), .number("Asked, %"), .number("Network sparsity, %"), .number("Backbone sparsity, %")]
      + names.map { .number("\($0), %") } + [.number("Training, s")]
    let rows = arms(task).map { arm in
      let asked: [Cell] = [
        .text(arm.title), arm.strategy == nil ? .missing : .significant(100 * arm.sparsity),
        .percent(arm.networkSparsity), .percent(arm.backboneSparsity),
      ]
      return Table.Row(
        asked + names.map { .percent(arm.measures[$0]) } + [.interval(arm.seconds, decimals: 1)],
        isMarked: arm.strategy == .direct && arm.control == nil)
    }
    let table = Table("Average precision of \(task.title.lowercased())", columns: columns, rows: rows)
    return Section(
      task.title, id: task.rawValue, isEssential: true, [.table(table)] + [frequency(task)].compactMap(\.self))
  }

  private func frequency(_ task: SceneTask) -> Block? {
    let names = ["AP-rare", "AP-common", "AP-frequent"]
    guard let dense = finding.dense(task), names.allSatisfy({ dense.measures[$0] != nil }) else { return nil }
    let rows = arms(task).map { arm in
      Table.Row([.text(arm.title), .percent(arm.networkSparsity)] + names.map { .percent(arm.measures[$0]) })
    }
    let table = Table(
      "AP by thirds of the classes, by number of objects",
      columns: [.text("Network"), .number("Network sparsity, %")] + names.map { .number("\($0), %") }, rows: rows)
    return .folded("By frequency of the class", table)
  }

  private func modules(_ task: SceneTask) -> Section? {
    let modules = finding.modules.filter { $0.task == task }, direct = finding.arms(task, .direct)
    guard !modules.isEmpty else { return nil }
    let rows = modules.map { module in
      Table.Row(
        [.text(module.name), .count(module.weights), .density(module.share)]
          + direct.map { .percent($0.moduleDensities[module.name]) })
    }
    let table = Table(
      "Weights by module, and what direct tickets keep of them",
      columns: [.text("Module"), .number("Weights"), .number("Share of the network")]
        + direct.map { .number("Kept at \(Format.significant(100 * $0.sparsity))\(Format.space)%") }, rows: rows)
    return Section("\(task.title): where the weights are", id: "\(task.rawValue)-modules", [.table(table)])
  }

  // MARK: charts

  private func charts(_ task: SceneTask) -> Section {
    var figures = [Block.chart(ChartFigure(sparsity(task)))]
    if let stability = finding.stability.first(where: { $0.task == task }), stability.steps.count > 1 {
      figures.append(.chart(ChartFigure(chart(stability))))
    }
    return Section("\(task.title): against sparsity", id: "\(task.rawValue)-sparsity", [.beside(figures)])
  }

  private func sparsity(_ task: SceneTask) -> Chart {
    let dense = finding.dense(task).map { Chart.Point(0, 100 * $0.precision.mean) }
    func points(_ arms: [DetectFinding.Arm]) -> [Chart.Point] {
      [dense].compactMap(\.self)
        + arms.map { Chart.Point(100 * $0.networkSparsity.mean, 100 * $0.precision.mean) }.sorted { $0.x < $1.x }
    }
    var series = DetectStrategy.allCases.enumerated().compactMap { i, strategy -> Chart.Series? in
      let arms = finding.arms(task, strategy)
      return arms.isEmpty ? nil : Chart.Series(strategy.title, style: .numbered(i), points: points(arms))
    }
    for control in ControlCatalog.all {
      let arms = arms(task).filter { $0.control == control.name }
      if !arms.isEmpty { series.append(Chart.Series(control.title, style: control.style, points: points(arms))) }
    }
    var x = Axis("Sparsity of the network, %", decimals: 0), y = Axis("AP, %", unit: "%", decimals: 2)
    x.range = Axis.Range(low: 0, high: 100)
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) } + [0]).map {
      Axis.Range(low: max(0, $0.low), high: min(100, $0.high), step: $0.step)
    }
    return Chart(
      id: "\(task.rawValue)-precision", title: "Average precision of \(task.title.lowercased())", x: x, y: y,
      series: series)
  }

  private func chart(_ stability: DetectFinding.Stability) -> Chart {
    var y = Axis("Overlap with the last mask, %", unit: "%", decimals: 1)
    y.range = Axis.Range(low: 0, high: 100)
    return Chart(
      id: "\(stability.task.rawValue)-stability",
      title: "The mask of \(Format.significant(100 * stability.sparsity)) % sparsity over dense training",
      x: Axis("Step", decimals: 0), y: y,
      series: [
        Chart.Series(
          "Intersection over union", style: .numbered(0),
          points: zip(stability.steps, stability.overlaps).map { Chart.Point(Double($0), 100 * $1.mean) })
      ])
  }
}
