#include "clanes.h"
int clanes_unused;
