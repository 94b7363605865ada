/* Marking a settlement date as cut, which `cardlab clear` does before it makes files: by the switch
 * itself, asked over its control socket, or in its store when it does not run. */
#ifndef TOOLS_CLEAR_MARKING_H
#define TOOLS_CLEAR_MARKING_H

#include "router/moving.h"

struct clear_marking {
    const char *data;       /* folder of the switch */
    const char *store_path; /* the store in it */
    uint32_t date;
    int64_t wait_s; /* to ask again for so long while the answer is no */

    /* What came of it. */
    bool is_refused;          /* the date is not over, or something of it is under way */
    char why[FAULT_TEXT_MAX]; /* it is, as the switch says */
    struct router_moving moving;
};

/* Does nothing when the date is marked already. RESULT_STATE with is_refused: not now, and `why`
 * and `moving` tell; another result: it cannot be asked. */
MUST_USE enum result clear_mark(struct clear_marking *marking, struct fault *fault);
/* What of the date is under way at this moment. */
MUST_USE enum result clear_find_moving(const char *store_path, uint32_t date,
                                       struct router_moving *moving, struct fault *fault);

#endif
