/* Damage to a store's data file that no call can report: a page that cannot be read any more, since
 * the file was cut short or the disk fails, comes as SIGBUS in the middle of reading it; a page
 * that contradicts itself as an assertion of LMDB's, or as SIGSEGV inside it. There is no way on
 * from any: the process says what it was and ends. */
#ifndef STORE_STORE_DAMAGE_H
#define STORE_STORE_DAMAGE_H

/* Says the text (no newline) and does not return. It may be called on any thread, in the middle of
 * a read of the store, and so holds nothing that such a read may hold; it may write and _exit(),
 * but not touch a store. */
typedef void store_damage_fn(const char *text);

/* From here on, for the whole process; without it the signals end the process as they always do,
 * and an assertion aborts it. */
void store_damage_watch(store_damage_fn *tell);
/* For the adapter: which store this thread reads from now on. The name stays the caller's. */
void store_damage_reading(const char *store_name);
/* For the adapter: returns only when nobody watches. */
void store_damage_tell(const char *text);

#endif
