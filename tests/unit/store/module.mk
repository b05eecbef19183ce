TESTPROGS += store_bench
store_bench_SRCS := tests/bench/store_bench.c
store_bench_MODS := store
