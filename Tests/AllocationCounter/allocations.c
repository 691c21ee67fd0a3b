#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "include/allocations.h"

#if defined(__linux__)
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

// glibc's own names for what we stand in front of.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long counted;
static __thread bool watched __attribute__((tls_model("initial-exec")));

static void note(void) {
  if (watched) atomic_fetch_add_explicit(&counted, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note();
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  note();
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  note();
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

typedef struct {
  void *(*run)(void *);
  void *argument;
} start;

static void *startWatched(void *argument) {
  start s = *(start *)argument;
  free(argument);
  watched = true;
  return s.run(s.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  typedef int (*creator)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static _Atomic(creator) create;
  creator real = atomic_load(&create);
  if (!real) atomic_store(&create, real = (creator)dlsym(RTLD_NEXT, "pthread_create"));
  if (!watched) return real(thread, attributes, run, argument);
  start *s = __libc_malloc(sizeof(start));
  *s = (start){run, argument};
  return real(thread, attributes, startWatched, s);
}

bool allocations_supported(void) { return true; }
void allocations_watch(bool on) { watched = on; }
long allocations_count(void) { return atomic_load(&counted); }

#else
bool allocations_supported(void) { return false; }
void allocations_watch(bool on) { (void)on; }
long allocations_count(void) { return 0; }
#endif
