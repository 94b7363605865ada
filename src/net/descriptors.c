/* The limit of open descriptors, see descriptors.h. */
#include "net/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

enum result descriptors_want(unsigned count, struct fault *fault)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return fault_set(fault, RESULT_IO, "cannot read the limit of open files: %s",
                         strerror(errno));
    if (limit.rlim_cur >= count)
        return RESULT_OK;
    if (limit.rlim_max < count)
        return fault_set(fault, RESULT_LIMIT,
                         "%u files and connections may have to be open at once, and this process "
                         "may have %llu: raise the limit (ulimit -n %u)",
                         count, (unsigned long long)limit.rlim_max, count);
    limit.rlim_cur = count;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return fault_set(fault, RESULT_IO, "cannot raise the limit of open files to %u: %s", count,
                         strerror(errno));
    return RESULT_OK;
}
