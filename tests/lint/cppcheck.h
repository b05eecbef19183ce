/* cppcheck does not read the system's headers: the list heads of sys/queue.h. */
#define SLIST_HEAD(name, type)          \
	struct name {                   \
		struct type *slh_first; \
	}
#define LIST_HEAD(name, type)          \
	struct name {                  \
		struct type *lh_first; \
	}
#define TAILQ_HEAD(name, type)                        \
	struct name {                                 \
		struct type *tqh_first, **tqh_last;   \
	}
#define SLIST_FOREACH(v, head, field) for ((v) = (head)->slh_first; (v); (v) = (v)->field.sle_next)
#define LIST_FOREACH(v, head, field) for ((v) = (head)->lh_first; (v); (v) = (v)->field.le_next)
#define TAILQ_FOREACH(v, head, field) for ((v) = (head)->tqh_first; (v); (v) = (v)->field.tqe_next)
