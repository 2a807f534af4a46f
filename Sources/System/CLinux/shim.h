#pragma once
#include <linux/falloc.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// <fcntl.h> declares it for _GNU_SOURCE alone, which Swift's Glibc does not set.
int fallocate(int descriptor, int mode, off_t offset, off_t length);

#include <errno.h>
#include <stdio.h>
// Swift does not let `stdout` be named. 0 where all that was printed is written, else the error.
static inline int emenet_finish_stdout(void) {
  if (fflush(stdout) != 0) return errno;
  return ferror(stdout) ? EIO : 0;
}
