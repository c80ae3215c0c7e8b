/*
 * Lets time pass faster for a program that it is loaded into with LD_PRELOAD: clocks run FAST_CLOCK_PACE times as fast, and
 * waits for events are that much shorter. So a test sees in ten seconds what takes a user some minutes, with nothing set otherwise.
 * CPU times stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000LL

static double pace;
static int64_t real_begin, monotonic_begin;

/* ns */
static int64_t real_time(clockid_t id) {
  static int (*next)(clockid_t, struct timespec *);
  if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
  struct timespec t;
  next(id, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("FAST_CLOCK_PACE");
  real_begin = real_time(CLOCK_REALTIME);
  monotonic_begin = real_time(CLOCK_MONOTONIC);
  pace = text && *text ? atof(text) : 1;
}

static int64_t fast_time(clockid_t id) {
  int64_t now = real_time(id);
  if (pace == 0 || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID) return now;
  int64_t from = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? real_begin : monotonic_begin;
  return from + (int64_t)((double)(now - from) * pace);
}

int clock_gettime(clockid_t id, struct timespec *t) {
  int64_t now = fast_time(id);
  t->tv_sec = now / SECOND;
  t->tv_nsec = now % SECOND;
  return 0;
}

int gettimeofday(struct timeval *t, void *zone) {
  (void)zone;
  int64_t now = fast_time(CLOCK_REALTIME);
  t->tv_sec = now / SECOND;
  t->tv_usec = now % SECOND / 1000;
  return 0;
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int ms, const sigset_t *signals) {
  static int (*next)(int, struct epoll_event *, int, int, const sigset_t *);
  if (!next) next = dlsym(RTLD_NEXT, "epoll_pwait");
  int shorter = ms <= 0 || pace == 0 ? ms : (int)(ms / pace);
  return next(fd, events, most, ms > 0 && shorter < 1 ? 1 : shorter, signals);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int ms) {
  return epoll_pwait(fd, events, most, ms, NULL);
}
