/* Reading and writing messages takes no memory: every allocation of this program is counted. The
 * sanitizers have an allocator of their own, so under them only the rest of the suite counts. */
#include "fixture.h"
#include "suite.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_ALLOCATOR 1
#endif

static size_t allocations;

#ifndef HAS_OWN_ALLOCATOR
/* glibc's own names for what malloc and its kin forward to. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    allocations++;
    return __libc_realloc(block, size);
}

static void the_counter_counts(void)
{
    size_t before = allocations;
    struct iso_spec *spec = shipped_spec("cup");
    CU_ASSERT_TRUE(allocations > before);
    iso_spec_free(spec);
}
#else
static void the_counter_counts(void)
{
    CU_PASS("counted by the sanitizer's allocator");
}
#endif

static void a_claim_is_read_written_and_looked_into_without_memory(void)
{
    static struct iso_message message;
    struct iso_spec *spec = shipped_spec("redpacket");
    struct sample claim = claim_packed(spec), again = {.len = 0};
    struct iso_fault fault;
    size_t before = allocations;
    enum iso_result read =
        iso_message_unpack(spec, ISO_HEADER_AUTO, claim.data, claim.len, &message, &fault);
    struct iso_value share = iso_message_find(&message, 48, "AS.HB.share");
    enum iso_result written =
        iso_message_pack(&message, again.data, sizeof again.data, &again.len, &fault);
    CU_ASSERT_EQUAL(allocations, before);
    CU_ASSERT_EQUAL(read, ISO_OK);
    CU_ASSERT_EQUAL(written, ISO_OK);
    CU_ASSERT_EQUAL(share.len, 4);
    iso_spec_free(spec);
}

static void a_fault_is_told_without_memory(void)
{
    static struct iso_message message;
    struct iso_spec *spec = shipped_spec("redpacket");
    struct sample claim = claim_packed(spec);
    struct iso_fault fault;
    claim.data[208] = 'x';
    size_t before = allocations;
    enum iso_result read =
        iso_message_unpack(spec, ISO_HEADER_AUTO, claim.data, claim.len, &message, &fault);
    CU_ASSERT_EQUAL(allocations, before);
    CU_ASSERT_EQUAL(read, ISO_INPUT);
    iso_spec_free(spec);
}

SUITE(CASE(the_counter_counts), CASE(a_claim_is_read_written_and_looked_into_without_memory),
      CASE(a_fault_is_told_without_memory))
