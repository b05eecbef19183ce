fuzz_dkim_MODS := dkim
fuzz_dsn_MODS := dsn
