import Inference
import Offline
import Runtime

extension CheckpointStore {
  /// What `--prior` asks for; nil for the members' own.
  func prior(_ arguments: Arguments) throws -> ExpressionPrior? {
    try prior(arguments.string(Option.prior.name))
  }

  func prior(_ name: String?) throws -> ExpressionPrior? {
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
      throw UsageError.badValue(
        option: Option.prior.name, value: name,
        expected: "default, fer+, balanced or a file of seven numbers")
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
