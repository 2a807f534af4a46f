#pragma once
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

// ioctl is variadic and its request numbers are macros; Swift sees neither.
static inline int emenet_v4l2_open(const char *path, int flags) { return v4l2_open(path, flags); }
static inline int emenet_v4l2_ioctl(int descriptor, unsigned long request, void *argument) {
  return v4l2_ioctl(descriptor, request, argument);
}
// libv4l2's log file is a global variable.
static inline void emenet_v4l2_quiet(void) { v4l2_log_file = fopen("/dev/null", "we"); }
static inline void *emenet_map_failed(void) { return MAP_FAILED; }

static const unsigned long emenet_VIDIOC_QUERYCAP = VIDIOC_QUERYCAP;
static const unsigned long emenet_VIDIOC_ENUM_FMT = VIDIOC_ENUM_FMT;
static const unsigned long emenet_VIDIOC_ENUM_FRAMESIZES = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long emenet_VIDIOC_ENUM_FRAMEINTERVALS = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long emenet_VIDIOC_S_FMT = VIDIOC_S_FMT;
static const unsigned long emenet_VIDIOC_G_PARM = VIDIOC_G_PARM;
static const unsigned long emenet_VIDIOC_S_PARM = VIDIOC_S_PARM;
static const unsigned long emenet_VIDIOC_REQBUFS = VIDIOC_REQBUFS;
static const unsigned long emenet_VIDIOC_QUERYBUF = VIDIOC_QUERYBUF;
static const unsigned long emenet_VIDIOC_QBUF = VIDIOC_QBUF;
static const unsigned long emenet_VIDIOC_DQBUF = VIDIOC_DQBUF;
static const unsigned long emenet_VIDIOC_STREAMON = VIDIOC_STREAMON;
static const unsigned long emenet_VIDIOC_STREAMOFF = VIDIOC_STREAMOFF;
