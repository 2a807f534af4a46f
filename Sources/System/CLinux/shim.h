#pragma once
#include <linux/falloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// <fcntl.h>, <pthread.h> and <sched.h> declare these only with _GNU_SOURCE, which Swift's Glibc does
// not set.
int fallocate(int descriptor, int mode, off_t offset, off_t length);
int memfd_create(const char *name, unsigned flags);
int pthread_setname_np(pthread_t thread, const char *name);
int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set);
