/* Lets nokhwa meet PipeWire's stand-in for Video4Linux, which is put in with LD_PRELOAD after this:
 * - the bindings ask the kernel by syscall(), past the ioctl() that the stand-in replaces;
 * - the stand-in does not tell frame intervals, without which no format is complete;
 * - the stand-in says that a picture is there before it is;
 * - the system lists its cameras in a folder of /sys, for which the environment names another one.
 * For tests only. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long (*kernel)(long, long, long, long, long, long, long);

static int ask(int fd, unsigned long request, void *what)
{
	int result = ioctl(fd, request, what);
	struct v4l2_frmivalenum *interval = what;
	for (int tries = 0; tries < 500 && result != 0 && errno == EAGAIN && (request & 0xffffffff) == VIDIOC_DQBUF; tries++) {
		usleep(2000);
		result = ioctl(fd, request, what);
	}
	struct v4l2_streamparm pace = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	if (result == 0 || errno != ENOTTY || (request & 0xffffffff) != VIDIOC_ENUM_FRAMEINTERVALS)
		return result;
	if (interval->index > 0 || ioctl(fd, VIDIOC_G_PARM, &pace) != 0) {
		errno = EINVAL;
		return -1;
	}
	interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	interval->discrete = pace.parm.capture.timeperframe;
	return 0;
}

long syscall(long number, ...)
{
	long a[6];
	va_list list;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_ioctl)
		return ask((int)a[0], (unsigned long)a[1], (void *)a[2]);
	if (!kernel)
		kernel = dlsym(RTLD_NEXT, "syscall");
	return kernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static const char *moved(const char *path, char *room, size_t size)
{
	const char *from = "/sys/class/video4linux", *to = getenv("CAMERAS_FOLDER");
	if (!to || strncmp(path, from, strlen(from)) != 0)
		return path;
	snprintf(room, size, "%s%s", to, path + strlen(from));
	return room;
}

DIR *opendir(const char *path)
{
	static DIR *(*real)(const char *);
	char room[4096];
	if (!real)
		real = dlsym(RTLD_NEXT, "opendir");
	return real(moved(path, room, sizeof(room)));
}

int open64(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	char room[4096];
	va_list list;
	va_start(list, flags);
	int mode = va_arg(list, int);
	va_end(list);
	if (!real)
		real = dlsym(RTLD_NEXT, "open64");
	return real(moved(path, room, sizeof(room)), flags, mode);
}
