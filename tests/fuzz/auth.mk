fuzz_precis_MODS := auth
fuzz_credential_MODS := auth
fuzz_tlscert_MODS := tls
fuzz_sasl_MODS := auth
