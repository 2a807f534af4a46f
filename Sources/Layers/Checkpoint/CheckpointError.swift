/// Why a file of weights cannot be read, written or used.
public struct CheckpointError: Error, Equatable {
  public var path: String
  /// nil where the trouble is with the file as a whole.
  public var tensor: String?
  public var problem: Problem

  public init(_ path: String, tensor: String? = nil, _ problem: Problem) {
    self.path = path
    self.tensor = tensor
    self.problem = problem
  }

  public enum Problem: Equatable, Sendable {
    case unreadable(errno: Int32)
    case unwritable(errno: Int32)
    case empty
    /// Neither safetensors nor a file of `torch.save`.
    case unknownFormat
    /// The file ends before byte `end`.
    case truncated(end: Int, size: Int)
    case headerTooLarge(bytes: Int, limit: Int)
    /// The header is no JSON, or other JSON than a safetensors header; `reason` is the parser's.
    case badHeader(reason: String)
    case unsupportedType(String)
    /// A shape whose number of places is negative, overflows, or is beyond any sensible weight.
    case badShape([Double])
    /// Begin and end in bytes of the data section, which is `size` long.
    case badOffsets(begin: Double, end: Double, size: Int)
    /// The offsets hold another number of bytes than the shape needs.
    case wrongSize(expected: Int, found: Int)
    /// The tensor begins before `other` ends.
    case overlap(with: String)
    /// Bytes of the data section that belong to no tensor.
    case hole(from: Int, to: Int)
    /// The same name twice.
    case duplicate
    /// All tensors together have more numbers than any sensible network.
    case tooManyNumbers(Int, limit: Int)
    /// The zip archive is damaged; `code` is libzip's, `reason` its words.
    case zip(code: Int32, reason: String)
    /// An archive without exactly one `data.pkl`, which `torch.save` writes.
    case noPickle
    /// Part of the archive that is absent, compressed, encrypted or larger than the file.
    case badEntry(String)
    /// Saved on a machine with the other byte order.
    case bigEndian
    case pickle(PickleError)
    /// The pickle is no dictionary of tensors.
    case noStateDict
    case notATensor
    /// The storage behind the tensor is of no known type, too large or not in the file.
    case badStorage
    /// Offset, shape and strides reach beyond the storage's `count` numbers.
    case outsideStorage(offset: Double, shape: [Int], strides: [Double], count: Int)
    /// Infinity or not a number, at this index in row-major order.
    case notFinite(index: Int)
    case mismatch(Mismatch)
    /// A table of the sound's front end is not the one that EMENet-VA is computed with.
    case otherFrontEnd(difference: Float)
    /// One member of an ensemble is another network than the first.
    case otherKind(String, of: String)
  }

  /// Where the tensors of a file and those of a network differ.
  public struct Mismatch: Equatable, Sendable {
    public var missing: [String] = []
    public var unexpected: [String] = []
    public var misshapen: [Misshapen] = []

    public struct Misshapen: Equatable, Sendable {
      public var name: String
      public var expected: [Int]
      public var found: [Int]
    }
  }
}
