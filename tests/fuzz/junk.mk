fuzz_junk_MODS := junk
