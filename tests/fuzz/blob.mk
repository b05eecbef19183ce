fuzz_blob_MODS := crypto
