#define _GNU_SOURCE
#include "native.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Signals that end the program when native code fails: abort() after an uncaught C++ exception, a bad address, a bad instruction.
static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { FATAL = sizeof fatal / sizeof *fatal };

static struct sigaction before[FATAL];
static volatile sig_atomic_t pipes[2] = {-1, -1}, own = -1;

// The line of each pipe that was read and is not logged yet: a crash may come in between.
static char held[2][NATIVE_LINE];
static int held_bytes[2];

// plain makes of what libraries said what does nothing to a terminal: of a crash only ASCII is shown.
static void plain(char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7f) text[i] = '?';
  }
}

static void print_held(int i) {
  int n = __atomic_load_n(&held_bytes[i], __ATOMIC_ACQUIRE);
  if (n > 0 && write(own, held[i], (size_t)n) < n) return;
}

static void print_rest(int pipe) {
  char text[512];
  ssize_t n;
  while (pipe >= 0 && (n = read(pipe, text, sizeof text)) > 0) { // it does not block
    plain(text, (size_t)n);
    if (write(own, text, (size_t)n) < n) return;
  }
}

// on_signal is on the signal's stack. Go's handler comes after it, as os/signal asks of handlers that are not Go's.
static void on_signal(int number, siginfo_t *info, void *context) {
  int saved = errno;
  // A reader may be between the pipe and the log just now: it gets the time to log its line, or to hold it.
  nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
  for (int i = 0; i < 2; i++) {
    print_held(i);
    print_rest(pipes[i]);
  }
  errno = saved;
  for (int i = 0; i < FATAL; i++) {
    if (fatal[i] != number) continue;
    if (before[i].sa_flags & SA_SIGINFO) {
      before[i].sa_sigaction(number, info, context);
    } else { // nobody handles it: it comes again, and ends the process
      signal(number, SIG_DFL);
    }
  }
}

void native_watch(int out, int errors, int own_errors) {
  pipes[0] = out, pipes[1] = errors, own = own_errors;
  for (int i = 0; i < FATAL; i++) {
    if (sigaction(fatal[i], NULL, &before[i]) != 0) continue;
    struct sigaction action = before[i]; // with its mask and stack
    action.sa_flags |= SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_signal;
    sigaction(fatal[i], &action, NULL);
  }
}

void native_forget(void) {
  for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &before[i], NULL);
  pipes[0] = pipes[1] = own = -1;
}

void native_hold(int i, const char *line, int bytes) {
  __atomic_store_n(&held_bytes[i], 0, __ATOMIC_RELEASE);
  if (bytes > 0) {
    memcpy(held[i], line, (size_t)bytes);
    plain(held[i], (size_t)bytes);
  }
  __atomic_store_n(&held_bytes[i], bytes, __ATOMIC_RELEASE);
}

void native_flush(void) {
  fflush(stdout);
  setvbuf(stdout, NULL, _IOLBF, 0);
}
