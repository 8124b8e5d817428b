/// Helpers that the kernels share. This file is emitted once, before all kernels.
///
/// Everything is `static inline`: a network need not use every helper, and compilers do not warn of
/// inline functions that nobody calls.

#pragma once

#include "core.h"

#include "window.h"

#include "filters.h"

#include "requantize.h"

#include "bytes.h"

#include "sums.h"
