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

enum { spinsBeforeYield = 4096, yieldsBeforeSleep = 256 };

typedef struct {
  clanes_pool *pool;
  int32_t part;
  pthread_t thread;
} worker;

struct clanes_pool {
  int32_t threads;
  worker *workers;
  const clanes_task *tasks;
  int32_t count;
  // The caller raises `program` to start a run; a barrier is passed when `generation` moves.
  _Alignas(64) atomic_uint program;
  _Alignas(64) atomic_int arrived;
  _Alignas(64) atomic_uint generation;
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

static void barrier(clanes_pool *pool) {
  unsigned generation = atomic_load_explicit(&pool->generation, memory_order_acquire);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) == pool->threads - 1) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->generation, generation + 1, memory_order_release);
    return;
  }
  for (int32_t i = 0; atomic_load_explicit(&pool->generation, memory_order_acquire) == generation; i++) relax(i);
}

static void walk(clanes_pool *pool, int32_t part) {
  // Copies: once the last barrier is passed, the caller may already be writing the next program.
  const clanes_task *tasks = pool->tasks;
  int32_t count = pool->count;
  for (int32_t i = 0; i < count; i++) {
    const clanes_task *task = &tasks[i];
    if (!task->serial) task->run(task->arguments, part, pool->threads);
    else if (part == 0) task->run(task->arguments, 0, 1);
    bool last = i + 1 == count;
    if (last || !(task->independent || (task->serial && tasks[i + 1].serial))) barrier(pool);
  }
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
  unsigned seen = 0;
  for (;;) {
    seen = awaitProgram(self->pool, seen);
    if (self->pool->stop) return NULL;
    walk(self->pool, self->part);
  }
}

clanes_pool *clanes_pool_create(int32_t threads) {
  clanes_pool *pool = aligned_alloc(64, (sizeof(clanes_pool) + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (clanes_pool){.threads = 1};
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->workers = calloc((size_t)threads, sizeof(worker));
  for (int32_t part = 1; pool->workers && part < threads; part++) {
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
  free(pool);
}

void clanes_pool_run(clanes_pool *pool, const clanes_task *tasks, int32_t count) {
  if (pool->threads == 1) {
    for (int32_t i = 0; i < count; i++) tasks[i].run(tasks[i].arguments, 0, 1);
    return;
  }
  pool->tasks = tasks;
  pool->count = count;
  startProgram(pool);
  walk(pool, 0);
}
