import Glibc

/// Opens /dev/null as stdin, stdout or stderr if the caller left them closed. Otherwise the next
/// file opened would get one of their numbers and receive output meant for the terminal. Opens it
/// for reading only, so that writing still fails as on a closed descriptor.
package func occupyStandardDescriptors() {
  for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 {
    _ = open("/dev/null", O_RDONLY)
  }
}
