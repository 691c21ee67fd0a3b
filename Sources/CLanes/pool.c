// A pool of threads that run one program of tasks together: every thread walks through all tasks, does its part of each,
// and waits for the others where the next task needs it.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "include/clanes.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "pool_mode.h"

enum { spinsBeforeYield = 4096, yieldsBeforeSleep = 256 };

typedef struct {
  clanes_pool *pool;
  int32_t part;
  pthread_t thread;
} worker;

// In a cache line of its own: written by one thread, awaited by another.
typedef struct {
  _Alignas(64) atomic_uint value;
  atomic_int sleeps; // whoever waits for it
} flag;

enum { mostRounds = 16 };

struct clanes_pool {
  int32_t threads;
  worker *workers;
  flag *flags; // [threads][mostRounds]
  const clanes_task *tasks;
  int32_t count;
  unsigned episode; // the caller's
  int64_t stuck;    // nanoseconds that the caller spent at barriers beyond its spins
  runMode mode[modes];
  int32_t nextMode;
  // The caller raises `program` to start a run.
  _Alignas(64) atomic_uint program;
  _Alignas(64) atomic_int sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  bool stop;
};

static void relax(int32_t round) {
  if (round > spinsBeforeYield) {
    sched_yield();
    return;
  }
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static bool isRaised(flag *f, unsigned episode) {
  return (int)(atomic_load_explicit(&f->value, memory_order_acquire) - episode) >= 0;
}

static void raise(flag *f, unsigned episode) {
  atomic_store(&f->value, episode);
#if defined(__linux__)
  if (atomic_load(&f->sleeps)) syscall(SYS_futex, &f->value, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#endif
}

// Waits beyond the spins: a thread that sleeps leaves its core to the one that it waits for, and its share of time to later.
static void await(flag *f, unsigned episode) {
#if defined(__linux__)
  atomic_store(&f->sleeps, 1);
  for (unsigned value; (int)((value = atomic_load(&f->value)) - episode) < 0;)
    syscall(SYS_futex, &f->value, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  atomic_store_explicit(&f->sleeps, 0, memory_order_relaxed);
#else
  while (!isRaised(f, episode)) sched_yield();
#endif
}

// A dissemination barrier (Hensgen, Finkel & Manber 1988): in round r every thread tells the one 2^r places on, so that
// after log2(threads) rounds each knows of all. With two threads that is one message each way, which is a third of the
// time of a shared counter. `episode` counts the barriers of a pool.
static void barrier(clanes_pool *pool, int32_t part, unsigned episode) {
  int32_t threads = pool->threads, round = 0;
  for (int64_t distance = 1; distance < threads; distance *= 2, round++) {
    flag *own = &pool->flags[part * mostRounds + round];
    raise(&pool->flags[(part + distance) % threads * mostRounds + round], episode);
    int32_t spins = 0;
    while (spins < spinsBeforeYield && !isRaised(own, episode)) relax(spins++);
    if (spins < spinsBeforeYield) continue;
    int64_t since = part == 0 ? nanoseconds() : 0;
    await(own, episode);
    if (part == 0) pool->stuck += nanoseconds() - since;
  }
}

// Runs the tasks and returns the number of the last barrier.
static unsigned walk(clanes_pool *pool, int32_t part, unsigned episode) {
  // Copies: once the last barrier is passed, the caller may already be writing the next program.
  const clanes_task *tasks = pool->tasks;
  int32_t count = pool->count;
  for (int32_t i = 0; i < count; i++) {
    const clanes_task *task = &tasks[i];
    if (task->barrier && i > 0) barrier(pool, part, ++episode);
    if (!task->serial) task->run(task->arguments, part, pool->threads);
    else if (part == 0) task->run(task->arguments, 0, 1);
  }
  barrier(pool, part, ++episode);
  return episode;
}

// Waits for a program newer than `seen`: spins, yields, then sleeps.
static unsigned awaitProgram(clanes_pool *pool, unsigned seen) {
  for (int32_t i = 0; i < spinsBeforeYield + yieldsBeforeSleep; i++) {
    unsigned program = atomic_load_explicit(&pool->program, memory_order_acquire);
    if (program != seen) return program;
    relax(i);
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(&pool->program) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
  return atomic_load(&pool->program);
}

static void startProgram(clanes_pool *pool) {
  atomic_fetch_add(&pool->program, 1);
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
  worker *self = argument;
  unsigned seen = 0, episode = 0;
  for (;;) {
    seen = awaitProgram(self->pool, seen);
    if (self->pool->stop) return NULL;
    episode = walk(self->pool, self->part, episode);
  }
}

clanes_pool *clanes_pool_create(int32_t threads) {
  clanes_pool *pool = aligned_alloc(64, (sizeof(clanes_pool) + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (clanes_pool){.threads = 1};
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->workers = calloc((size_t)threads, sizeof(worker));
  pool->flags = aligned_alloc(64, (size_t)threads * mostRounds * sizeof(flag));
  if (pool->flags) memset(pool->flags, 0, (size_t)threads * mostRounds * sizeof(flag));
  for (int32_t part = 1; pool->workers && pool->flags && part < threads; part++) {
    pool->workers[part] = (worker){.pool = pool, .part = part};
    if (pthread_create(&pool->workers[part].thread, NULL, work, &pool->workers[part])) break;
    pool->threads = part + 1;
  }
  return pool;
}

void clanes_pool_destroy(clanes_pool *pool) {
  pool->stop = true;
  startProgram(pool);
  for (int32_t part = 1; part < pool->threads; part++) pthread_join(pool->workers[part].thread, NULL);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->wake);
  free(pool->workers);
  free(pool->flags);
  free(pool);
}

void clanes_run_chains(const void *arguments, int32_t part, int32_t parts) {
  const clanes_chains *a = arguments;
  int32_t end = (int32_t)((int64_t)a->chains * (part + 1) / parts);
  for (int32_t c = (int32_t)((int64_t)a->chains * part / parts); c < end; c++) {
    const clanes_chain *chain = &a->chain[c];
    for (int32_t round = 0; round < chain->rounds; round++)
      for (int32_t i = 0; i < chain->count; i++) chain->tasks[i].run(chain->tasks[i].arguments, 0, 1);
  }
}

static void runAlone(const clanes_task *tasks, int32_t count) {
  for (int32_t i = 0; i < count; i++) tasks[i].run(tasks[i].arguments, 0, 1);
}

// What is known of a program; of the last few.
static runMode *modeOf(clanes_pool *pool, const clanes_task *tasks, int32_t count) {
  for (int32_t i = 0; i < modes; i++)
    if (pool->mode[i].tasks == tasks && pool->mode[i].count == count) return &pool->mode[i];
  runMode *mode = &pool->mode[pool->nextMode++ % modes];
  *mode = (runMode){.tasks = tasks, .count = count, .patience = leastWindow};
  return mode;
}

void clanes_pool_run(clanes_pool *pool, const clanes_task *tasks, int32_t count) {
  if (pool->threads == 1) {
    runAlone(tasks, count);
    return;
  }
  runMode *mode = modeOf(pool, tasks, count);
  int64_t start = nanoseconds();
  if (mode->alone) {
    runAlone(tasks, count);
    int64_t end = nanoseconds();
    noteAlone(mode, end - start, end);
    return;
  }
  pool->tasks = tasks;
  pool->count = count;
  pool->stuck = 0;
  startProgram(pool);
  pool->episode = walk(pool, 0, pool->episode);
  int64_t end = nanoseconds();
  noteTogether(mode, end - start, pool->stuck, end);
}
