fuzz_imap_MODS := imap
