/*
 * Stands in for the I2C driver of the kernel: gives /dev/i2c-1 (or what I2CSHIM_BUS names) with a simulated MPU-6050
 * that has its FIFO, for tests. Loaded with LD_PRELOAD; open, ioctl and close are those that a program really calls.
 *
 * Registers follow RM-MPU-6000A 4.2. Sample n is taken n / rate after the FIFO was last started; its raw value is
 *   ax = A sin(2 pi f n / rate) g, ay = 0.25 A cos(...) g, az = 1 g, temperature 25 degC, gx = 10 cos(...) deg/s,
 * with noise on each axis of acceleration.
 *
 * Environment: I2CSHIM_BUS, I2CSHIM_AMPLITUDE (g, 0.5), I2CSHIM_FREQUENCY (Hz, 25), I2CSHIM_NOISE (g, deviation; 0),
 * I2CSHIM_KHZ (bus clock that a transfer takes its time by; 0, the default: no time), I2CSHIM_CONTROL (a file that is
 * read before each transfer):
 *   present | absent (no power: registers are lost) | nack (does not answer, keeps its registers) | who=0x71
 *   | coin (present, on a rotor with a coin on one blade: 40 mg more at 2 Hz on ax and ay)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { SMPLRT_DIV = 0x19, CONFIG = 0x1a, GYRO_CONFIG = 0x1b, ACCEL_CONFIG = 0x1c, FIFO_EN = 0x23, INT_STATUS = 0x3a,
       ACCEL_XOUT_H = 0x3b, USER_CTRL = 0x6a, PWR_MGMT_1 = 0x6b, FIFO_COUNTH = 0x72, FIFO_COUNTL = 0x73,
       FIFO_R_W = 0x74, WHO_AM_I = 0x75, FIFO_BYTES = 1024, ADDRESS = 0x68, MAX_FILES = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int files[MAX_FILES], file_count;
static uint8_t reg[128], pointer, fifo[FIFO_BYTES], who = 0x68;
static int fifo_head, fifo_count, powered, has_coin;
static double started;      /* time of sample 0 */
static long taken;          /* samples put into the FIFO since then */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static double number(const char *name, double fallback) {
  const char *text = getenv(name);
  return text && *text ? atof(text) : fallback;
}

static void power_on(void) {
  memset(reg, 0, sizeof reg);
  reg[PWR_MGMT_1] = 0x40;
  fifo_head = fifo_count = 0;
  taken = 0;
  started = now();
}

/* -1: does not answer */
static int control(void) {
  static char text[64];
  const char *path = getenv("I2CSHIM_CONTROL");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (file) {
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = 0;
    fclose(file);
  } else strcpy(text, "present");
  if (!strncmp(text, "absent", 6)) { powered = 0; return -1; }
  if (!powered) { powered = 1; power_on(); }
  has_coin = !strncmp(text, "coin", 4);
  who = 0x68;
  if (!strncmp(text, "who=", 4)) who = (uint8_t)strtol(text + 4, NULL, 0);
  return !strncmp(text, "nack", 4) ? -1 : 0;
}

static double rate(void) {
  int dlpf = reg[CONFIG] & 7;
  return (dlpf == 0 || dlpf == 7 ? 8000.0 : 1000.0) / (1 + reg[SMPLRT_DIV]);
}

static void put16(uint8_t *at, double value) {
  long raw = lround(value);
  if (raw > 32767) raw = 32767;
  if (raw < -32768) raw = -32768;
  at[0] = (uint8_t)((raw >> 8) & 255);
  at[1] = (uint8_t)(raw & 255);
}

/* About normal with deviation 1, from the number of the sample and the axis: the sum of 12 even numbers. */
static double noise(long n, int axis) {
  uint64_t state = (uint64_t)n * 3 + (uint64_t)axis + 1;
  double sum = -6;
  for (int i = 0; i < 12; i++) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    uint64_t mixed = (state ^ (state >> 29)) * 0xbf58476d1ce4e5b9ULL;
    sum += (double)((mixed ^ (mixed >> 32)) >> 11) / (double)(1ULL << 53);
  }
  return sum;
}

/* The 14 bytes from ACCEL_XOUT_H on, of sample n. */
static void sample(long n, uint8_t *out) {
  double per_g = 16384 >> ((reg[ACCEL_CONFIG] >> 3) & 3), per_dps = 131.0 / (1 << ((reg[GYRO_CONFIG] >> 3) & 3));
  double phase = 2 * M_PI * number("I2CSHIM_FREQUENCY", 25) * n / rate(), a = number("I2CSHIM_AMPLITUDE", 0.5);
  double deviation = number("I2CSHIM_NOISE", 0), turn = 2 * M_PI * 2 * n / rate(), coin = has_coin ? 0.04 : 0;
  put16(out, (a * sin(phase) + coin * cos(turn) + deviation * noise(n, 0)) * per_g);
  put16(out + 2, (0.25 * a * cos(phase) + coin * sin(turn) + deviation * noise(n, 1)) * per_g);
  put16(out + 4, (1 + deviation * noise(n, 2)) * per_g);
  put16(out + 6, (25 - 36.53) * 340);
  put16(out + 8, 10 * cos(phase) * per_dps);
  put16(out + 10, 0);
  put16(out + 12, 0);
}

static void push(const uint8_t *bytes, int n) {
  for (int i = 0; i < n; i++) {
    if (fifo_count == FIFO_BYTES) { fifo_head = (fifo_head + 1) % FIFO_BYTES; fifo_count--; reg[INT_STATUS] |= 0x10; }
    fifo[(fifo_head + fifo_count++) % FIFO_BYTES] = bytes[i];
  }
}

/* Brings registers and FIFO up to date. */
static void run_chip(void) {
  if (reg[PWR_MGMT_1] & 0x40) return;
  long due = (long)floor((now() - started) * rate());
  uint8_t out[14];
  for (; taken < due; taken++) {
    sample(taken, out);
    if (!(reg[USER_CTRL] & 0x40)) continue;
    if (reg[FIFO_EN] & 0x08) push(out, 6);
    if (reg[FIFO_EN] & 0x80) push(out + 6, 2);
    if (reg[FIFO_EN] & 0x40) push(out + 8, 2);
    if (reg[FIFO_EN] & 0x20) push(out + 10, 2);
    if (reg[FIFO_EN] & 0x10) push(out + 12, 2);
  }
  sample(due, reg + ACCEL_XOUT_H);
}

static void restart_samples(void) { started = now(); taken = 0; }

static void write_register(uint8_t at, uint8_t value) {
  at &= 127;
  if (at == PWR_MGMT_1 && (value & 0x80)) { power_on(); return; }
  if (at == USER_CTRL && (value & 0x04)) { fifo_head = fifo_count = 0; value &= ~0x04; }
  reg[at] = value;
  if (at == FIFO_EN || at == SMPLRT_DIV || at == CONFIG || at == PWR_MGMT_1) restart_samples();
}

static uint8_t read_register(uint8_t at) {
  switch (at &= 127) {
    case WHO_AM_I: return who;
    case FIFO_COUNTH: return (uint8_t)(fifo_count >> 8);
    case FIFO_COUNTL: return (uint8_t)(fifo_count & 255);
    case FIFO_R_W: {
      uint8_t value = fifo[fifo_head];
      if (fifo_count > 0) { fifo_head = (fifo_head + 1) % FIFO_BYTES; fifo_count--; }
      return value;
    }
    case INT_STATUS: { uint8_t value = reg[INT_STATUS]; reg[INT_STATUS] = 0; return value; }
    default: return reg[at];
  }
}

static int transfer(struct i2c_rdwr_ioctl_data *data) {
  int bytes = 0;
  for (unsigned i = 0; i < data->nmsgs; i++) {
    struct i2c_msg *m = &data->msgs[i];
    /* As the Raspberry Pi's controller does: only the last message may read. */
    if ((m->flags & I2C_M_RD) && i + 1 < data->nmsgs) { errno = EOPNOTSUPP; return -1; }
    if (m->addr != ADDRESS || control() < 0) { errno = EREMOTEIO; return -1; }
    run_chip();
    bytes += 1 + m->len;
    for (int k = 0; k < m->len; k++) {
      if (m->flags & I2C_M_RD) {
        m->buf[k] = read_register(pointer);
        if (pointer != FIFO_R_W) pointer++;
      } else if (k == 0) pointer = m->buf[0];
      else write_register(pointer++, m->buf[k]);
    }
  }
  double khz = number("I2CSHIM_KHZ", 0);
  if (khz > 0) usleep((useconds_t)(bytes * 9 * 1000 / khz));
  return (int)data->nmsgs;
}

static int is_bus(const char *path) {
  const char *bus = getenv("I2CSHIM_BUS");
  return path && !strcmp(path, bus && *bus ? bus : "/dev/i2c-1");
}

static int index_of(int fd) {
  for (int i = 0; i < file_count; i++) if (files[i] == fd) return i;
  return -1;
}

static int open_bus(void) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int fd = real("/dev/null", O_RDWR | O_CLOEXEC);
  pthread_mutex_lock(&lock);
  if (fd >= 0 && file_count < MAX_FILES) files[file_count++] = fd;
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list); \
    if (is_bus(path)) return open_bus(); \
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  pthread_mutex_lock(&lock);
  int result;
  if (index_of(fd) < 0) {
    pthread_mutex_unlock(&lock);
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
  }
  if (request == I2C_RDWR) result = transfer(argument);
  else if (request == I2C_SLAVE) result = 0;
  else { errno = ENOTTY; result = -1; }
  int saved = errno;
  pthread_mutex_unlock(&lock);
  errno = saved;
  return result;
}

int close(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "close");
  pthread_mutex_lock(&lock);
  int i = index_of(fd);
  if (i >= 0) files[i] = files[--file_count];
  pthread_mutex_unlock(&lock);
  return real(fd);
}
