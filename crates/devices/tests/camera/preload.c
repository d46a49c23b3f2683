/* Lets nokhwa meet PipeWire's stand-in for Video4Linux, which is put in with LD_PRELOAD after this:
 * - the bindings ask the kernel by syscall(), past the ioctl() that the stand-in replaces;
 * - the stand-in does not tell frame intervals, without which no format is complete;
 * - the stand-in says that a picture is there before it is;
 * - the stand-in has nothing to adjust: three controls are kept here, with the habits of drivers;
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

/* The temperature is locked while the switch before it is on, and rounds to hundreds. The last one is told of for ever. */
static struct { unsigned id, type, flags; int min, max, step, usual, value; const char *name; } controls[] = {
	{ V4L2_CID_BRIGHTNESS, V4L2_CTRL_TYPE_INTEGER, 0, -64, 64, 1, 0, 0, "Brightness" },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CTRL_TYPE_BOOLEAN, 0, 0, 1, 1, 1, 1, "White Balance, Automatic" },
	{ V4L2_CID_POWER_LINE_FREQUENCY, V4L2_CTRL_TYPE_MENU, 0, 0, 3, 1, 1, 1, "Power Line Frequency" },
	{ V4L2_CID_WHITE_BALANCE_TEMPERATURE, V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_FLAG_INACTIVE, 2800, 6500, 10, 4600, 4600, "White Balance Temperature" },
	{ V4L2_CID_EXPOSURE_AUTO, 0x107, 0, 0, 3, 1, 0, 0, "\xff of a type that nobody knows" },
	{ V4L2_CID_FOCUS_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_FLAG_DISABLED, 0, 9, 1, 0, 0, "Focus, Absolute" },
};
enum { CONTROLS = sizeof(controls) / sizeof(controls[0]) };

/* 1: not about controls. */
static int adjust(unsigned long request, void *what)
{
	struct v4l2_query_ext_ctrl *query = what;
	struct v4l2_querymenu *menu = what;
	struct v4l2_control *control = what;
	unsigned id = *(unsigned *)what & 0x0fffffff, next = *(unsigned *)what & V4L2_CTRL_FLAG_NEXT_CTRL;
	int at = 0;
	switch (request) {
	case VIDIOC_QUERY_EXT_CTRL:
		while (at < CONTROLS - 1 && (next ? controls[at].id <= id : controls[at].id != id))
			at++;
		memset(query, 0, sizeof(*query));
		query->id = controls[at].id;
		query->type = controls[at].type;
		query->flags = controls[at].flags;
		query->minimum = controls[at].min;
		query->maximum = controls[at].max;
		query->step = controls[at].step;
		query->default_value = controls[at].usual;
		strncpy(query->name, controls[at].name, sizeof(query->name) - 1);
		return 0;
	case VIDIOC_QUERYMENU:
		if (menu->index == 2) {
			errno = EINVAL;
			return -1;
		}
		snprintf((char *)menu->name, sizeof(menu->name), "%s", menu->index == 0 ? "Disabled" : menu->index == 1 ? "50 Hz" : "Auto");
		return 0;
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
		while (at < CONTROLS && controls[at].id != id)
			at++;
		if (at == CONTROLS || (request == VIDIOC_S_CTRL && controls[at].flags)) {
			errno = at == CONTROLS ? EINVAL : EACCES;
			return -1;
		}
		if (request == VIDIOC_S_CTRL) {
			int value = control->value < controls[at].min ? controls[at].min : control->value;
			controls[at].value = value > controls[at].max ? controls[at].max : value;
			controls[3].flags = controls[1].value ? V4L2_CTRL_FLAG_INACTIVE : 0;
			if (at == 3)
				controls[at].value = (value + 50) / 100 * 100;
		}
		control->value = controls[at].value;
		return 0;
	}
	return 1;
}

static int ask(int fd, unsigned long request, void *what)
{
	int result = adjust(request & 0xffffffff, what);
	if (result <= 0)
		return result;
	result = ioctl(fd, request, what);
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
