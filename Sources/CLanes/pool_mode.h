// Whether a program is run by all threads of a pool or by its caller alone. Part of pool.c.
//
// On a busy machine a thread that waits at a barrier may wait for one that the system has taken off its core, for
// milliseconds where the work takes microseconds. So runs are timed, in windows of some: where the caller spends much of
// one waiting that long, it tries a window without the others, goes on alone if that is faster, and asks the others again
// from time to time. The parts of a task are disjoint outputs, so neither way changes a bit.
#include <time.h>

typedef struct {
  const clanes_task *tasks; // which program
  int32_t count;
  bool alone;
  bool aloneWasSlower; // when it was tried last
  // Of the window that is under way, in nanoseconds.
  int32_t runs;
  int64_t length;
  int64_t stuck;
  int64_t together; // a run's mean in the last window with all threads
  int64_t since;    // when the way was last changed
  int64_t patience; // how long a way is kept before the other is tried again
} runMode;

enum { modes = 8, leastRuns = 4 };
static const int64_t leastWindow = 20000000, mostPatience = 2000000000;

static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1000000000 * (int64_t)t.tv_sec + t.tv_nsec;
}

// Adds a run to the window; true at its end.
static bool endsWindow(runMode *mode, int64_t length, int64_t stuck) {
  mode->runs++;
  mode->length += length;
  mode->stuck += stuck;
  return mode->runs >= leastRuns && mode->length >= leastWindow;
}

static void startWindow(runMode *mode) {
  mode->runs = 0;
  mode->length = mode->stuck = 0;
}

static void change(runMode *mode, bool alone, int64_t now) {
  mode->alone = alone;
  mode->since = now;
}

static void lengthen(runMode *mode) {
  mode->patience = mode->patience < mostPatience / 2 ? 2 * mode->patience : mostPatience;
}

// What a run together says that took `length` nanoseconds, of which the caller was stuck for `stuck`.
static void noteTogether(runMode *mode, int64_t length, int64_t stuck, int64_t now) {
  if (!endsWindow(mode, length, stuck)) return;
  mode->together = mode->length / mode->runs;
  bool wasStuck = mode->stuck > mode->length / 5;
  // Where being alone has turned out slower, it is not tried at once again.
  bool mayTry = !mode->aloneWasSlower || now - mode->since >= mode->patience;
  if (wasStuck && mayTry) change(mode, true, now);
  else if (!wasStuck && now - mode->since > mostPatience) mode->patience = leastWindow;
  startWindow(mode);
}

// What a run alone says.
static void noteAlone(runMode *mode, int64_t length, int64_t now) {
  if (!endsWindow(mode, length, 0)) return;
  mode->aloneWasSlower = mode->length / mode->runs > mode->together;
  if (mode->aloneWasSlower || now - mode->since >= mode->patience) {
    lengthen(mode);
    change(mode, false, now);
  }
  startWindow(mode);
}
