import Basics
package import Testing

/// Calls `body`, which must refuse what it is asked, with both words in its message.
package func expectUsage(
  _ words: String, _ remedy: String, location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws {
  let problem = try #require(throws: Problem.self, sourceLocation: location, performing: body)
  #expect(
    problem.kind == .usage && problem.description.contains(words) && problem.description.contains(remedy),
    "\(problem)", sourceLocation: location)
}
