// A V4L2 camera at native speed: preloaded into a program, it answers the system calls for one
// video node from a file and passes all others on to the system.
//
//   cc -O2 -shared -fPIC -o standin.so standin.c -ldl -lpthread
//   V4L2_STANDIN_FILE=frames.mjpeg LD_PRELOAD=./standin.so program --device /dev/video0
//
//   V4L2_STANDIN_FILE     JPEGs end to end (MJPG), or raw frames end to end (YUYV)
//   V4L2_STANDIN_FORMAT   MJPG (default) or YUYV
//   V4L2_STANDIN_SIZE     WxH of the frames (default 640x480)
//   V4L2_STANDIN_FPS      frames a second (default 30)
//   V4L2_STANDIN_NODE     number of the node (default 0)
//   V4L2_STANDIN_CONTROL  a file whose first word is read before every frame:
//                         go | stall | garbage | truncate | empty | flag | unplug
//                         "unplug" hangs the device up, and the node is gone while it says so;
//                         "go N" brings it back as /dev/videoN.
//   V4L2_STANDIN_MODEL_MS makes the model slow: the first logarithm that the program takes for a
//                         face's uncertainties waits so long
//
// libv4l2 makes its calls through syscall(), which is therefore answered too. A device is a socket
// pair: one byte in it is one filled buffer, so poll() works, and closing the far end hangs up.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 8 };

typedef struct {
  int near, far;  // the program's end and ours
  int gone;
  int streaming;
  unsigned generation;  // streams started so far: an old stream's thread ends by it
  unsigned count;
  uint8_t *memory[BUFFERS];
  struct v4l2_buffer buffer[BUFFERS];
  unsigned queued[BUFFERS], queued_count;  // waiting to be filled, in order
  unsigned filled[BUFFERS], filled_count;  // waiting to be fetched, in order
  unsigned sequence;
} Device;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static Device *opened;  // a camera has one user; others get EBUSY
static const uint8_t *file;
static size_t file_size, *frame_at, frames, largest;
static unsigned width = 640, height = 480, node_number, is_jpeg = 1;
static double rate = 30;

static unsigned model_milliseconds;

static long (*next_syscall)(long, ...);
static float (*next_log2f)(float);

static void setup(void) {
  next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  next_log2f = (float (*)(float))dlsym(RTLD_NEXT, "log2f");
  const char *text;
  if ((text = getenv("V4L2_STANDIN_MODEL_MS"))) model_milliseconds = atoi(text);
  if ((text = getenv("V4L2_STANDIN_SIZE"))) sscanf(text, "%ux%u", &width, &height);
  if ((text = getenv("V4L2_STANDIN_FPS"))) rate = atof(text);
  if ((text = getenv("V4L2_STANDIN_NODE"))) node_number = atoi(text);
  if ((text = getenv("V4L2_STANDIN_FORMAT"))) is_jpeg = !strcmp(text, "MJPG");
  if (!(text = getenv("V4L2_STANDIN_FILE"))) return;
  int descriptor = next_syscall(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) || !status.st_size) {
    dprintf(2, "standin: cannot read %s\n", text);
    return;
  }
  file_size = status.st_size;
  file = (void *)next_syscall(
      SYS_mmap, NULL, file_size, PROT_READ, MAP_PRIVATE, descriptor, (off_t)0);
  next_syscall(SYS_close, descriptor);
  frame_at = malloc(sizeof *frame_at * (file_size / 100 + 2));
  if (is_jpeg) {
    for (const uint8_t *p = file; p; frames++) {
      frame_at[frames] = p - file;
      p = memmem(p + 2, file + file_size - p - 2, "\xff\xd9\xff\xd8", 4);
      if (p) p += 2;
    }
  } else {
    for (size_t size = (size_t)width * height * 2; (frames + 1) * size <= file_size; frames++)
      frame_at[frames] = frames * size;
  }
  frame_at[frames] = is_jpeg ? file_size : frames * (size_t)width * height * 2;
  for (size_t i = 0; i < frames; i++)
    if (frame_at[i + 1] - frame_at[i] > largest) largest = frame_at[i + 1] - frame_at[i];
}

static int is_active(void) {
  pthread_once(&once, setup);
  return frames > 0;
}

// Reads the current mode from the control file, which may also move the node.
static void read_control(char mode[16]) {
  strcpy(mode, "go");
  const char *path = getenv("V4L2_STANDIN_CONTROL");
  if (!path) return;
  int descriptor = next_syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  char text[64] = "";
  if (read(descriptor, text, sizeof text - 1) > 0) {
    unsigned number;
    if (sscanf(text, "%15s %u", mode, &number) == 2) node_number = number;
  }
  next_syscall(SYS_close, descriptor);
}

static int is_our_node(const char *path) {
  if (!path || strncmp(path, "/dev/video", 10) || !is_active()) return 0;
  char mode[16];
  read_control(mode);
  return strcmp(mode, "unplug") && path[10] && (unsigned)atoi(path + 10) == node_number;
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

typedef struct {
  Device *device;
  unsigned generation;
} Stream;

static void hang_up(Device *d) {
  d->gone = 1;
  d->streaming = 0;
  if (d->far >= 0) next_syscall(SYS_close, d->far);
  d->far = -1;
}

static void *feed(void *argument) {
  Stream stream = *(Stream *)argument;
  free(argument);
  Device *d = stream.device;
  uint64_t start = now();
  for (uint64_t k = 0;; k++) {
    uint64_t due = start + (uint64_t)(k * 1e9 / rate);
    struct timespec t = {due / 1000000000, due % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
    char mode[16];
    read_control(mode);
    pthread_mutex_lock(&lock);
    if (opened != d || !d->streaming || d->generation != stream.generation) {
      pthread_mutex_unlock(&lock);
      return NULL;
    }
    if (!strcmp(mode, "unplug")) {
      hang_up(d);
      pthread_mutex_unlock(&lock);
      return NULL;
    }
    if (strcmp(mode, "stall")) {
      if (d->queued_count) {
        unsigned index = d->queued[0];
        memmove(d->queued, d->queued + 1, --d->queued_count * sizeof *d->queued);
        const uint8_t *from = file + frame_at[k % frames];
        size_t size = frame_at[k % frames + 1] - frame_at[k % frames];
        struct v4l2_buffer *b = &d->buffer[index];
        memcpy(d->memory[index], from, size);
        if (!strcmp(mode, "truncate")) size /= 2;
        if (!strcmp(mode, "empty")) size = 0;
        if (!strcmp(mode, "garbage"))
          for (size_t i = 0; i < size; i++) d->memory[index][i] = i * 37 + k;
        b->bytesused = size;
        b->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
            (strcmp(mode, "flag") ? 0 : V4L2_BUF_FLAG_ERROR);
        b->sequence = d->sequence;
        b->timestamp.tv_sec = due / 1000000000;
        b->timestamp.tv_usec = due % 1000000000 / 1000;
        d->filled[d->filled_count++] = index;
        send(d->far, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
      }
      d->sequence++;
    }
    pthread_mutex_unlock(&lock);
  }
}

static void forget_stream(Device *d) {
  char byte;
  while (recv(d->near, &byte, 1, MSG_DONTWAIT) == 1) {
  }
  d->streaming = 0;
  d->generation++;
  d->queued_count = d->filled_count = 0;
}

static int open_device(void) {
  pthread_mutex_lock(&lock);
  int pair[2], result = -1;
  Device *d = NULL;
  // Several may query it, as with a real camera; the last one to open it streams.
  if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) && (d = calloc(1, sizeof *d))) {
    d->near = result = pair[0];
    d->far = pair[1];
    opened = d;  // an earlier one is leaked, since its thread may still use it
  }
  pthread_mutex_unlock(&lock);
  return result;
}

static struct v4l2_pix_format picture_format(void) {
  return (struct v4l2_pix_format){
      .width = width, .height = height, .field = V4L2_FIELD_NONE,
      .pixelformat = is_jpeg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV,
      .bytesperline = is_jpeg ? 0 : width * 2, .sizeimage = largest,
      .colorspace = is_jpeg ? V4L2_COLORSPACE_JPEG : V4L2_COLORSPACE_SMPTE170M};
}

// The answer to an ioctl: 0, or an errno.
static int answer(Device *d, unsigned long request, void *argument) {
  if (d->gone) return ENODEV;
  switch (request) {
  case VIDIOC_QUERYCAP: {
    struct v4l2_capability *c = argument;
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "standin");
    strcpy((char *)c->card, "Stand-in Camera");
    strcpy((char *)c->bus_info, "platform:standin");
    c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
  }
  case VIDIOC_ENUM_FMT: {
    struct v4l2_fmtdesc *f = argument;
    if (f->index || f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    f->flags = is_jpeg ? V4L2_FMT_FLAG_COMPRESSED : 0;
    f->pixelformat = picture_format().pixelformat;
    return 0;
  }
  case VIDIOC_ENUM_FRAMESIZES: {
    struct v4l2_frmsizeenum *f = argument;
    if (f->index || f->pixel_format != picture_format().pixelformat) return EINVAL;
    f->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    f->discrete = (struct v4l2_frmsize_discrete){width, height};
    return 0;
  }
  case VIDIOC_ENUM_FRAMEINTERVALS: {
    struct v4l2_frmivalenum *f = argument;
    if (f->index || f->width != width || f->height != height) return EINVAL;
    f->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    f->discrete = (struct v4l2_fract){1000, rate * 1000};
    return 0;
  }
  case VIDIOC_G_FMT:
  case VIDIOC_TRY_FMT:
  case VIDIOC_S_FMT: {
    struct v4l2_format *f = argument;
    if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    f->fmt.pix = picture_format();
    return 0;
  }
  case VIDIOC_G_PARM:
  case VIDIOC_S_PARM: {
    struct v4l2_streamparm *p = argument;
    p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    p->parm.capture.timeperframe = (struct v4l2_fract){1000, rate * 1000};
    return 0;
  }
  case VIDIOC_REQBUFS: {
    struct v4l2_requestbuffers *r = argument;
    if (r->count > BUFFERS) r->count = BUFFERS;
    d->count = r->count;
    for (unsigned i = 0; i < d->count; i++) {
      if (!d->memory[i])
        d->memory[i] = (void *)next_syscall(
            SYS_mmap, NULL, largest, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
            (off_t)0);
      d->buffer[i] = (struct v4l2_buffer){
          .index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP,
          .length = largest, .m.offset = i * 4096};
    }
    return 0;
  }
  case VIDIOC_QUERYBUF: {
    struct v4l2_buffer *b = argument;
    if (b->index >= d->count) return EINVAL;
    *b = d->buffer[b->index];
    return 0;
  }
  case VIDIOC_QBUF: {
    struct v4l2_buffer *b = argument;
    if (b->index >= d->count || d->queued_count >= d->count) return EINVAL;
    d->queued[d->queued_count++] = b->index;
    return 0;
  }
  case VIDIOC_DQBUF: {
    if (!d->filled_count) return d->streaming ? EAGAIN : EINVAL;
    char byte;
    recv(d->near, &byte, 1, MSG_DONTWAIT);
    *(struct v4l2_buffer *)argument = d->buffer[d->filled[0]];
    memmove(d->filled, d->filled + 1, --d->filled_count * sizeof *d->filled);
    return 0;
  }
  case VIDIOC_STREAMON: {
    d->streaming = 1;
    d->sequence = 0;
    Stream *stream = malloc(sizeof *stream);
    *stream = (Stream){d, d->generation};
    pthread_t thread;
    if (pthread_create(&thread, NULL, feed, stream)) return ENOMEM;
    pthread_detach(thread);
    return 0;
  }
  case VIDIOC_STREAMOFF:
    forget_stream(d);
    return 0;
  }
  return ENOTTY;
}

// Whether a descriptor is ours, and the result of the call.
static int handle_ioctl(int descriptor, unsigned long request, void *argument, int *result) {
  pthread_mutex_lock(&lock);
  int ours = opened && opened->near == descriptor;
  int code = ours ? answer(opened, request, argument) : 0;
  pthread_mutex_unlock(&lock);
  if (!ours) return 0;
  *result = code ? -1 : 0;
  if (code) errno = code;
  return 1;
}

static int handle_mmap(int descriptor, off_t offset, void **result) {
  pthread_mutex_lock(&lock);
  int ours = descriptor >= 0 && opened && opened->near == descriptor;
  if (ours) *result = offset / 4096 < opened->count ? opened->memory[offset / 4096] : MAP_FAILED;
  pthread_mutex_unlock(&lock);
  return ours;
}

static int is_our_memory(void *start) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (unsigned i = 0; opened && i < BUFFERS; i++) found |= start && opened->memory[i] == start;
  pthread_mutex_unlock(&lock);
  return found;
}

static void handle_close(int descriptor) {
  pthread_mutex_lock(&lock);
  if (opened && opened->near == descriptor) {
    hang_up(opened);
    opened = NULL;
  }
  pthread_mutex_unlock(&lock);
}

long syscall(long number, ...) {
  pthread_once(&once, setup);
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  int result;
  void *memory;
  switch (number) {
  case SYS_openat:
    if (is_our_node((const char *)a[1])) return open_device();
    break;
  case SYS_open:
    if (is_our_node((const char *)a[0])) return open_device();
    break;
  case SYS_ioctl:
    if (handle_ioctl(a[0], a[1], (void *)a[2], &result)) return result;
    break;
  case SYS_mmap:
    if (handle_mmap(a[4], a[5], &memory)) return (long)memory;
    break;
  case SYS_munmap:
    if (is_our_memory((void *)a[0])) return 0;
    break;
  case SYS_close: handle_close(a[0]); break;
  }
  return next_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int access(const char *path, int mode) {
  if (is_our_node(path)) return 0;
  pthread_once(&once, setup);
  return next_syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

// The logarithms for one face come within microseconds of each other.
float log2f(float x) {
  static _Thread_local uint64_t last;
  pthread_once(&once, setup);
  if (model_milliseconds && now() - last > 1000000)
    nanosleep(
        &(struct timespec){model_milliseconds / 1000, model_milliseconds % 1000 * 1000000}, NULL);
  last = now();
  return next_log2f(x);
}
