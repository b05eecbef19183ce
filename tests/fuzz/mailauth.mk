fuzz_spf_MODS := mailauth
fuzz_dmarc_MODS := mailauth
fuzz_author_MODS := mailauth
fuzz_message_MODS := mailauth
