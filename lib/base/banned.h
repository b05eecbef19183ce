/*
 * Calls that do not compile outside of base. The Makefile includes this file before each source of
 * lib/, daemons/ and src/; the system headers that declare these names come first.
 */
#ifndef MOX_BASE_BANNED_H
#define MOX_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BANNED(f) mox_banned_call_##f##_see_base_banned_h

/* Unbounded or silently cutting copies: struct buf, str_to_c, snprintf. */
#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(...) BANNED(gets)

/* Hidden state, no errors: str_cut, str_to_u64. */
#undef strtok
#define strtok(...) BANNED(strtok)
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atoll
#define atoll(...) BANNED(atoll)

/* Static buffers, or a clock that tests cannot set: base/clock.h. */
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef localtime
#define localtime(...) BANNED(localtime)
#undef asctime
#define asctime(...) BANNED(asctime)
#undef ctime
#define ctime(...) BANNED(ctime)
#undef time
#define time(...) BANNED(time)

/* Memory comes from base/mem.h and base/arena.h. free() stays for what a library hands out. */
#undef malloc
#define malloc(...) BANNED(malloc)
#undef calloc
#define calloc(...) BANNED(calloc)
#undef realloc
#define realloc(...) BANNED(realloc)
#undef strdup
#define strdup(...) BANNED(strdup)
#undef strndup
#define strndup(...) BANNED(strndup)
#undef asprintf
#define asprintf(...) BANNED(asprintf)
#undef alloca
#define alloca(...) BANNED(alloca)

/* Only svc and the commands of src/ read the environment; nobody runs a shell; chance comes from
 * seal_random. */
#ifndef MOX_MAY_GETENV
#undef getenv
#define getenv(...) BANNED(getenv)
#endif
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef rand
#define rand(...) BANNED(rand)
#undef random
#define random(...) BANNED(random)

#endif
