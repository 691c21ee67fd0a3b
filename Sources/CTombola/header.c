// The functions are written in Swift (Sources/TombolaC); this checks that the header stands alone.
#include "tombola.h"
