import Glibc

/// Opens what the caller left closed of stdin, stdout and stderr: the next file of ours would get
/// its number, and what is meant for the terminal would go there. For reading only, so that writing
/// still fails as to a closed descriptor.
package func occupyStandardDescriptors() {
  for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 {
    _ = open("/dev/null", O_RDONLY)
  }
}
