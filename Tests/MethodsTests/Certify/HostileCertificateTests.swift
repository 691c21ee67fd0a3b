import Basics
import Foundation
import Methods
import TestSupport
import Testing

/// Certificates with any value replaced and signed anew: what cannot be is refused, and nothing traps.
@Suite struct HostileCertificateTests {
  @Test func everyValueIsCheckedWithoutTraining() throws {
    let scratch = try Scratch(), file = try Self.file(scratch)
    try CertificateCheck(Certificate(contentsOf: file)).checkStatistics()
    var right = 0, refused = 0
    try HostileJSON.variants(of: Data(contentsOf: file)) { data, what in
      do {
        let forged = try StoredJSON.decode(data, as: Certificate.self).signed()
        try forged.write(to: file)
        try CertificateCheck(Certificate(contentsOf: file)).checkStatistics()
        right += 1
      } catch let problem as Problem {
        #expect(problem.kind == .badData, "\(what)")
        refused += 1
      } catch is StoredJSON.Damage {
        refused += 1
      }
    }
    print("\(right) certificates with something else in them have right statistics, \(refused) are refused")
    #expect(refused > right)
  }

  /// Of a version before this.
  private static func file(_ scratch: Scratch) throws -> URL {
    try oldRun("certify", in: scratch).appendingPathComponent("certificate.json")
  }

  @Test func thereIsSomethingToVerify() throws {
    let scratch = try Scratch(), genuine = try Certificate(contentsOf: Self.file(scratch))
    var empty = genuine
    empty.densities = []
    let problem = #expect(throws: Problem.self) { try CertificateCheck(empty).checkStatistics() }
    #expect(problem?.problem.contains("nothing to verify") == true)
    var none = genuine
    none.dense = []
    #expect(throws: Problem.self) { try CertificateCheck(none).checkStatistics() }
    var twice = genuine
    twice.seeds = twice.seeds.map { _ in 0 }
    #expect(throws: Problem.self) { try CertificateCheck(twice).checkStatistics() }
    var level = genuine
    level.terms.alpha = 0
    #expect(throws: Problem.self) { try CertificateCheck(level).checkStatistics() }
  }
}
