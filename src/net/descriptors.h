/* How many descriptors this process may have open. Connections are what takes them: with too few a
 * flood would cost not only itself but the party's own files. */
#ifndef NET_DESCRIPTORS_H
#define NET_DESCRIPTORS_H

#include "base/result.h"

/* Makes sure that `count` may be open at once, raising the limit of this process as far as it is
 * allowed to. RESULT_LIMIT: it may not have so many; the sentence says what to do. */
MUST_USE enum result descriptors_want(unsigned count, struct fault *fault);

#endif
