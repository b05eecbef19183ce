fuzz_store_MODS := store
