import Glibc

/// An address that a host name resolves to.
struct NetworkAddress {
  /// As written in a URL: "127.0.0.1", "[::1]".
  var numeric: String
  /// The form that system calls take.
  private var storage: sockaddr_storage
  private var length: socklen_t

  /// The addresses of `host`, at least one.
  static func resolve(host: String, port: Int) throws(PublishingError) -> [NetworkAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
      throw .unknownHost(host, reason: String(cString: gai_strerror(code)))
    }
    defer { freeaddrinfo(list) }
    return sequence(first: list!) { $0.pointee.ai_next }.map { NetworkAddress($0.pointee) }
  }

  private init(_ info: addrinfo) {
    storage = sockaddr_storage()
    length = info.ai_addrlen
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
    }
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    getnameinfo(info.ai_addr, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
    let text = String(
      decoding: name.prefix { $0 != 0 }.map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
    numeric = info.ai_family == AF_INET6 ? "[\(text)]" : text
  }

  /// Creates a connected UDP socket, which reports when nothing receives its packets. Returns nil
  /// and sets errno on failure.
  func connectedSocket() -> Int32? {
    let descriptor = socket(
      Int32(storage.ss_family),
      Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, socklen_t(MemoryLayout<Int32>.size))
    let result = withUnsafeBytes(of: storage) {
      connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), length)
    }
    guard result == 0 else {
      let code = errno
      Glibc.close(descriptor)
      errno = code
      return nil
    }
    return descriptor
  }
}
