#include "ccommit.h"

__attribute__((weak)) const char *tombola_commit(void) { return ""; }
