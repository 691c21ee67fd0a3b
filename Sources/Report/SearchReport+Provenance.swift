import Basics
package import Pages

extension SearchReport {
  var provenance: Section {
    Provenance(
      command: result.command, reproduce: result.reproduce, settings: result.settings, seeds: result.seeds,
      dataset: result.dataset, seconds: result.seconds, residentBytes: result.residentBytes,
      more: ticketTable.map { [.table($0)] } ?? []
    ).section
  }

  private var ticketTable: Table? {
    result.ticket.map { ticket in
      Provenance.facts(
        "Ticket",
        [
          ("File", "<code>\(ticket.path)</code>"), ("SHA-256 of masks and weights", "<code>\(ticket.digest)</code>"),
          ("Size", "\(Format.count(ticket.bytes)) bytes"),
          ("Density", "\(Format.density(ticket.density)) after round \(ticket.round)"),
        ])
    }
  }
}
