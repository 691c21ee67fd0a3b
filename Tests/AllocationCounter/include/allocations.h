// Counts the memory allocations of watched threads, by standing in for malloc and its kin.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdbool.h>

// Whether this system lets us count.
bool allocations_supported(void);
// From now on this thread, and every thread that a watched thread creates, is counted.
void allocations_watch(bool on);
// Allocations of watched threads so far.
long allocations_count(void);

#endif
