import Inference
import Runtime

extension CheckpointStore {
  /// - Parameter name: the value of `--prior`
  /// - Returns: nil for the members' own prior
  package func prior(_ name: String?) throws -> ExpressionPrior? {
    guard let name, name != "default" else { return nil }
    guard members.allSatisfy({ $0.expressionPrior != nil }) else {
      throw Failure(
        "--prior \(name)", "the checkpoint does not say which frequencies it assumes",
        do: "use one that has expression_prior in its metadata, or leave --prior out",
        exitCode: .badCheckpoint)
    }
    if name == "balanced" { return .balanced }
    if let prior = members[0].expressionPrior(named: name) { return prior }
    guard TextFile.exists(name) else {
      throw Failure(
        "--prior", "'\(name)' is not default, fer+, balanced or a file of seven numbers",
        exitCode: .usage)
    }
    let words = try TextFile.lines(of: name).flatMap { $0.split { " ,\t".contains($0) } }
    guard let prior = ExpressionPrior(words.map { Float($0) ?? .nan }) else {
      throw Failure(
        name, "a prior is seven positive numbers",
        do: "write them in the order \(Expression.allCases.map(\.name).joined(separator: ", "))",
        exitCode: .usage)
    }
    return prior
  }
}
