import CFFmpeg
import Glibc

/// SHA-256 of a file as hexadecimal digits, in the form of `sha256sum`; nil if it cannot be read.
func sha256(ofFile path: String) -> String? {
  guard let file = fopen(path, "re"), let state = av_sha_alloc() else { return nil }
  defer {
    fclose(file)
    av_free(UnsafeMutableRawPointer(state))
  }
  av_sha_init(state, 256)
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
    av_sha_update(state, chunk, count)
  }
  guard ferror(file) == 0 else { return nil }
  var digest = [UInt8](repeating: 0, count: 32)
  av_sha_final(state, &digest)
  return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
