#pragma once
#include <linux/falloc.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// <fcntl.h> declares it for _GNU_SOURCE alone, which Swift's Glibc does not set.
int fallocate(int descriptor, int mode, off_t offset, off_t length);
