fuzz_sconf_MODS := config
