// Whether a program is run by all threads of a pool or by its caller alone. Part of pool.c.
//
// On a busy machine a thread that waits at a barrier may wait for one that the system has taken off its core, for
// milliseconds where the work takes microseconds. So runs are timed: where the caller spends much of some of them waiting
// that long, it tries without the others, goes on alone if that is faster, and asks the others again from time to time. The
// parts of a task are disjoint outputs, so neither way changes a bit.
#include <time.h>

typedef struct {
  const clanes_task *tasks; // which program
  int32_t count;
  bool alone;
  int32_t strikes;   // recent runs together that mostly waited
  int32_t runs;      // since the way was last changed
  int64_t together;  // nanoseconds of a run, smoothed
  int64_t byItself;
  int64_t since;     // when the way was last changed
  int64_t patience;  // how long the caller stays alone before it asks the others again
} runMode;

enum { modes = 8, strikesToTry = 4, runsToCompare = 4 };
static const int64_t leastPatience = 20000000, mostPatience = 2000000000;

static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1000000000 * (int64_t)t.tv_sec + t.tv_nsec;
}

static void change(runMode *mode, bool alone, int64_t now) {
  mode->alone = alone;
  mode->runs = mode->strikes = 0;
  mode->since = now;
}

static void lengthen(runMode *mode) {
  mode->patience = mode->patience < mostPatience / 2 ? 2 * mode->patience : mostPatience;
}

// What a run together says that took `length` nanoseconds, of which the caller was stuck for `stuck`.
static void noteTogether(runMode *mode, int64_t length, int64_t stuck, int64_t now) {
  mode->together = mode->runs++ ? mode->together + (length - mode->together) / 4 : length;
  if (stuck > length / 4) {
    mode->strikes += 2;
    if (mode->strikes >= strikesToTry) change(mode, true, now);
  } else if (mode->strikes > 0) {
    mode->strikes--;
  } else if (now - mode->since > mostPatience) {
    mode->patience = leastPatience;
  }
}

// What a run alone says. A new trial that is no faster than the others were ends at once.
static void noteAlone(runMode *mode, int64_t length, int64_t now) {
  mode->byItself = mode->runs++ ? mode->byItself + (length - mode->byItself) / 4 : length;
  bool isSlower = mode->runs == runsToCompare && mode->byItself > mode->together;
  if (!isSlower && now - mode->since < mode->patience) return;
  lengthen(mode);
  change(mode, false, now);
}
