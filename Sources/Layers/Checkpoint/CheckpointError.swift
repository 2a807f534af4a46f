/// Why a file of weights cannot be read, written or used.
public struct CheckpointError: Error, Equatable {
  public var path: String
  /// nil if the problem concerns the file as a whole.
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
    /// The header is not JSON, or not a safetensors header; `reason` is the parser's.
    case badHeader(reason: String)
    case unsupportedType(String)
    /// A shape whose number of elements is negative, overflows, or exceeds any sensible weight.
    case badShape([Double])
    /// Begin and end in bytes of the data section, which is `size` long.
    case badOffsets(begin: Double, end: Double, size: Int)
    /// The offsets span a different number of bytes than the shape needs.
    case wrongSize(expected: Int, found: Int)
    /// The tensor begins before `other` ends.
    case overlap(with: String)
    /// Bytes of the data section that belong to no tensor.
    case hole(from: Int, to: Int)
    /// The same name appears twice.
    case duplicate
    /// All tensors together have more numbers than any sensible network.
    case tooManyNumbers(Int, limit: Int)
    /// The zip archive is damaged; `code` is libzip's, `reason` its message.
    case zip(code: Int32, reason: String)
    /// The archive does not have exactly one `data.pkl`, which `torch.save` writes.
    case noPickle
    /// Part of the archive is absent, compressed, encrypted or larger than the file.
    case badEntry(String)
    /// The file was saved on a machine with the other byte order.
    case bigEndian
    case pickle(PickleError)
    /// The pickle is not a dictionary of tensors.
    case noStateDict
    case notATensor
    /// The tensor's storage is of an unknown type, too large or not in the file.
    case badStorage
    /// Offset, shape and strides extend beyond the storage's `count` numbers.
    case outsideStorage(offset: Double, shape: [Int], strides: [Double], count: Int)
    /// An infinity or NaN, at this index in row-major order.
    case notFinite(index: Int)
    case mismatch(Mismatch)
    /// A table of the sound's front end differs from the one that EMENet-VA is computed with.
    case otherFrontEnd(difference: Float)
    /// A member of an ensemble is a different network from the first.
    case otherKind(String, of: String)
  }

  /// The differences between the tensors of a file and those of a network.
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
