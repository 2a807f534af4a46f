#include "Kernels.h"
int emenet_kernels_unused;
