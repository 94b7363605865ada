/* Pieces of memory of several sizes: none lies in another, and what is given back is taken again.
 */
#include "store/store_slab.h"

#include "base/random.h"
#include "suite.h"

#include <stdint.h>

enum { PIECES = 200, ROUNDS = 20000, SIZE_MAX_TAKEN = 1200 };

struct piece {
    uint8_t *data;
    size_t size;
};

static void piece_take(struct slab *slab, struct piece *piece, size_t size)
{
    *piece = (struct piece){slab_take(slab, size), size};
    memset(piece->data, (int)(size % 251), size);
}

static void piece_give(struct slab *slab, struct piece *piece)
{
    bool is_untouched = true;
    for (size_t i = 0; i < piece->size; i++)
        is_untouched = is_untouched && piece->data[i] == piece->size % 251;
    CU_ASSERT_TRUE(is_untouched);
    slab_give(slab, piece->data, piece->size);
    piece->data = NULL;
}

static void no_piece_lies_in_another(void)
{
    struct slab slab = {.blocks = NULL};
    static struct piece pieces[PIECES];
    struct random random = random_seeded(7);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct piece *piece = &pieces[random_below(&random, PIECES)];
        if (piece->data != NULL)
            piece_give(&slab, piece);
        else
            piece_take(&slab, piece, (size_t)random_below(&random, SIZE_MAX_TAKEN) + 1);
    }
    for (unsigned i = 0; i < PIECES; i++)
        if (pieces[i].data != NULL)
            piece_give(&slab, &pieces[i]);
    slab_deinit(&slab);
}

static void what_is_given_back_is_taken_next(void)
{
    struct slab slab = {.blocks = NULL};
    void *first = slab_take(&slab, SLAB_STEP);
    void *second = slab_take(&slab, 1);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL((uintptr_t)first % SLAB_STEP, 0);
    slab_give(&slab, first, SLAB_STEP);
    CU_ASSERT_PTR_NOT_EQUAL(slab_take(&slab, SLAB_STEP + 1), first);
    CU_ASSERT_PTR_EQUAL(slab_take(&slab, SLAB_STEP - 1), first);
    slab_deinit(&slab);
}

static void giving_nothing_and_ending_twice_do_nothing(void)
{
    struct slab slab = {.blocks = NULL};
    slab_give(&slab, NULL, 100);
    slab_deinit(&slab);
    slab_deinit(&slab);
    CU_ASSERT_PTR_NULL(slab.blocks);
}

SUITE(CASE(no_piece_lies_in_another), CASE(what_is_given_back_is_taken_next),
      CASE(giving_nothing_and_ending_twice_do_nothing))
